# Inputs that lack something, and options about them.
cd ../../onnx/models || exit
senc --emit=graph symbolic.onnx
senc --emit=graph --shape x=1x3x16 symbolic.onnx
senc --emit=graph --shape x=1x4x16x16 symbolic.onnx
senc --emit=graph --shape x=1x3x16xW symbolic.onnx
senc --emit=graph --shape y=1x3x16x16 symbolic.onnx
senc --emit=graph --shape x=2x3x16x16 --batch 4 symbolic.onnx
senc --emit=graph --shape x=2x3x16x16 symbolic.onnx
senc --emit=graph --batch 4 symbolic.onnx --shape x=1x3x16x16
senc --emit=graph --batch 4 ../cases/unbatched/model.onnx
senc --emit=graph negative.onnx
senc --emit=graph zero.onnx
senc --emit=graph huge.onnx
senc --emit=graph integers.onnx
senc --emit=graph --constant x=nowhere.pb integers.onnx
senc --emit=graph --picture y=rgb ../cases/network/model.onnx
senc --emit=graph --picture "image=rgb(crop = 15)" ../cases/network/model.onnx
senc --emit=graph --picture "image=rgb(" ../cases/network/model.onnx
senc --emit=graph five-axes.onnx
