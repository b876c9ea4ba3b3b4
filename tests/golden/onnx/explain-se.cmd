# What is said of SE blocks names the nodes of the model; the costs depend on tiles.
hide() { sed -E 's/[0-9]+ (FLOP|bytes)/N \1/g; s/(flops|bytes)": [0-9]+/\1": N/g'; }
cd ../../onnx/cases/squeezes || exit
senc --march=x86-64-v3 --explain-se model.onnx | hide
senc --march=x86-64-v3 --explain-se=json model.onnx | hide | head -n 8
