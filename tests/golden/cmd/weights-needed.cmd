# What contains weights needs them; what does not, does not.
for kind in exe obj shared header llvm asm plan; do senc --emit=$kind -o "$scratch/out" networks/tiny.sen; done
for kind in ast params graph dot; do senc --emit=$kind -o "$scratch/$kind" networks/tiny.sen; done
ls -A "$scratch"
