# protobuf ends at 2 GiB: told before the weights are made.
printf 'network large { input x: f32[1024]\n output y = x -> linear(600000) }\n' > "$scratch/large.sen"
senc --emit=onnx --weights random -o "$scratch/large.onnx" "$scratch/large.sen"
senc --emit=onnx -o "$scratch/large.onnx" "$scratch/large.sen"
senc --emit=onnx --weights random -o - "$scratch/large.sen"
ls "$scratch"
