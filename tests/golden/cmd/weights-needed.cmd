# What contains weights needs them; what does not, does not.
fails() {
    senc "$@"
    status=$?
    [ $status -eq 1 ] || echo "exit status $status: $*" >&2
}
for kind in exe obj shared header llvm asm plan; do fails --emit=$kind -o "$scratch/out" networks/tiny.sen; done
for kind in ast params graph dot; do senc --emit=$kind -o "$scratch/$kind" networks/tiny.sen; done
ls -A "$scratch"
# a network without weights needs none
echo 'network bare { input x: f32[2] output y = x -> relu }' > "$scratch/bare.sen"
senc -o "$scratch/bare" "$scratch/bare.sen" && "$scratch/bare" --version | cut -d' ' -f1
