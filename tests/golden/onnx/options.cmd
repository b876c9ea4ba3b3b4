# Options that go with texts or with models only.
cd ../../onnx/models || exit
senc --weights random ../cases/network/model.onnx
senc -D a=1 --emit=ast ../cases/network/model.onnx
senc --shape a=1 --constant a=b --picture a=rgb "$scratch/a.sen"
senc --shape image ../cases/network/model.onnx
senc --emit=params ../cases/network/model.onnx
senc -o ../cases/network/model.onnx ../cases/network/model.onnx
