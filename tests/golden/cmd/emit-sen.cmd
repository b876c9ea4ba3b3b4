# The text goes where it is told, the weights beside it; no input is replaced.
cp networks/tiny.sen "$scratch/tiny.sen"
cd "$scratch"
senc --emit=sen tiny.sen
senc --emit=sen --weights random:3 -o out.sen tiny.sen
senc --emit=sen -o without.sen tiny.sen
senc --emit=sen --weights random:3 -o other tiny.sen
senc --emit=sen --weights out.safetensors -o out.sen tiny.sen
senc --emit=sen -o tiny.sen tiny.sen
senc --emit=sen --weights random:3 -o missing/out.sen tiny.sen
cmp other out.sen
cmp other.safetensors out.safetensors
senc --emit=graph --weights out.safetensors out.sen
ls -A
