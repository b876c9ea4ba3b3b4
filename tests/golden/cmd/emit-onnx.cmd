# Weights are needed; the file is named after the network; what comes in again is what went out.
cp networks/tiny.sen "$scratch/tiny.sen"
cd "$scratch"
senc --emit=onnx tiny.sen
senc --emit=onnx --weights random tiny.sen
senc --emit=onnx --weights random -o - tiny.sen
ls
senc --emit=sen tiny.onnx
