# An input is not replaced, by whatever name it is called.
fails() {
    senc "$@"
    status=$?
    [ $status -eq 1 ] || echo "exit status $status: $*" >&2
}
cp networks/tiny.sen "$scratch/tiny.sen"
cd "$scratch"
ln -s tiny.sen link.sen
fails --emit=ast -o tiny.sen tiny.sen
fails --emit=ast -o ./link.sen tiny.sen
fails --emit=ast -o tiny.sen ../scratch/link.sen
printf 'network net { input x: f32[1] output y = x }' > main.sen
printf 'import "blocks.sen"\n' | cat - main.sen > importing.sen
printf 'block same() { return in }' > blocks.sen
fails --emit=ast -o blocks.sen importing.sen
printf 'weights' > weights.safetensors
fails --emit=graph --weights weights.safetensors -o weights.safetensors tiny.sen
cat weights.safetensors; echo; ls -A
printf 'cat\ndog\n' > "$scratch/classes.txt"
echo 'network labelled { input x: f32[2] labels "classes.txt" output y = x -> relu }' > "$scratch/labelled.sen"
senc -o "$scratch/classes.txt" "$scratch/labelled.sen"
cat "$scratch/classes.txt"
# Also where the text is not evaluated; in a branch; beside a model.
senc --emit=ast -o "$scratch/classes.txt" "$scratch/labelled.sen"
echo 'network labelled { input x: f32[2] if false { labels "classes.txt" } output y = x }' > "$scratch/branch.sen"
senc --emit=graph -o "$scratch/classes.txt" "$scratch/branch.sen"
cat "$scratch/classes.txt"
cd "$top_srcdir/tests/onnx/cases/external" && cp model.onnx external.bin "$scratch" && cd "$scratch" || exit
senc --emit=plan -o external.bin model.onnx
cmp external.bin "$top_srcdir/tests/onnx/cases/external/external.bin"
