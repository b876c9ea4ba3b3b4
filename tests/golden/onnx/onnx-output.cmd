# An output that is no result of the network.
cd ../../onnx/models || exit
senc --emit=graph constant-output.onnx
