# Files that are no models, and graphs that do not hang together.
cd ../../onnx/models || exit
senc --emit=graph cycle.onnx
senc --emit=graph missing-input.onnx
senc --emit=graph twice.onnx
senc --emit=graph no-outputs.onnx
head -c 1000 ../cases/network/model.onnx > "$scratch/cut.onnx"
senc --emit=graph "$scratch/cut.onnx"
cp ../make_models.py "$scratch/text.onnx"
senc --emit=graph "$scratch/text.onnx"
: > "$scratch/empty.onnx"
senc --emit=graph "$scratch/empty.onnx"
senc --emit=graph "$scratch/none.onnx"
senc --emit=graph "$scratch/.onnx"
