# An input is not replaced, by whatever name it is called.
cp networks/tiny.sen "$scratch/tiny.sen"
cd "$scratch"
ln -s tiny.sen link.sen
senc --emit=ast -o tiny.sen tiny.sen
senc --emit=ast -o ./link.sen tiny.sen
senc --emit=ast -o tiny.sen ../scratch/link.sen
senc --emit=graph --weights weights.safetensors -o weights.safetensors tiny.sen
ls -A
