# Operators used in ways that are not supported.
cd ../../onnx/models || exit
senc --emit=graph nodes.onnx
senc --emit=graph expansion.onnx
senc --emit=graph training.onnx
