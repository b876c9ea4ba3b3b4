# Versions of operators that are too old or too new.
cd ../../onnx/models || exit
senc --emit=graph opset-5.onnx
senc --emit=graph opset-99.onnx
