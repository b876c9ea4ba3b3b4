# Tensors whose numbers cannot be used; external data outside of the folder.
cd ../../onnx/models || exit
senc --emit=graph tensors.onnx
senc --emit=graph external-dots.onnx
senc --emit=graph external-absolute.onnx
senc --emit=graph external-missing.onnx
cp external-link.onnx "$scratch"
ln -s "$PWD/external.bin" "$scratch/link.bin"
senc --emit=graph "$scratch/external-link.onnx"
