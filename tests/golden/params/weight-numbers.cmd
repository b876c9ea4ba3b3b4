# Numbers that are none: in one tensor, in several, in an ONNX model that was written with them; random weights have none.
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
