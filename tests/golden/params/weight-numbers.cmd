# Numbers that are none: in one tensor, in several, in an ONNX model that was written with them; random weights have none.
# Variances below 0, and of 0 without an epsilon.
. ./files/tensors
tensors a.conv.weight F32 2,2,1,1 16 b.conv.weight F32 2,2 16 fc.weight F16 2,2 8 fc.bias F32 2 8
# put FROM_END BYTES: the bytes stand so far from the end of the file.
put() {
    size=$(wc -c < "$scratch/w.safetensors")
    printf %b "$2" | dd of="$scratch/w.safetensors" bs=1 seek=$((size - $1)) conv=notrunc 2> /dev/null
}
put 16 '\000\0176'
senc --weights "$scratch/w.safetensors" --emit=graph two.sen > /dev/null
put 48 '\000\000\0300\0177\000\000\0200\0377\000\000\0300\0377'
put 4 '\000\000\0200\0177'
senc --weights "$scratch/w.safetensors" --emit=onnx -o "$scratch/two.onnx" two.sen
cd "$scratch" && senc --emit=graph two.onnx > /dev/null
cat > "$scratch/norms.sen" <<'END'
network norms {
    input x: f32[2, 3, 3]
    output y = x -> bn @a -> bn(eps = 0) @b
}
END
cd - > /dev/null
tensors a.weight F32 2 8 a.bias F32 2 8 a.running_mean F32 2 8 b.weight F32 2 8 b.bias F32 2 8 b.running_mean F32 2 8 \
    b.running_var F32 2 8 a.running_var F32 2 8
put 8 '\000\000\0200\0277\000\000\0200\077'
senc --weights "$scratch/w.safetensors" --emit=graph "$scratch/norms.sen" > /dev/null
