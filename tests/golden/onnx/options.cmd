# Options that go with texts or with models only.
cd ../../onnx/models || exit
senc --weights random network.onnx
senc -D a=1 --emit=ast network.onnx
senc --shape a=1 --constant a=b --picture a=rgb "$scratch/a.sen"
senc --shape image network.onnx
senc --emit=params network.onnx
senc -o network.onnx network.onnx
