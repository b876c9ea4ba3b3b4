# Raw outputs, a row an input: to standard output, to a file, to a file an output.
. ./inputs/run.sh
dump() { od -A d -t f4 -j 256 "$1" | sed 's/  */ /g'; head -c 256 "$1" | tail -c +11 | sed 's/  *$//'; }
fake gray --format=npy inputs/stack.npy inputs/gray.pgm > "$scratch/piped.npy"
dump "$scratch/piped.npy"
fake gray --format=npy inputs/stack.npy inputs/gray.pgm -o "$scratch/out.npy"
cmp "$scratch/piped.npy" "$scratch/out.npy"
fake gray --format=npy inputs/stack.npy inputs/gray.pgm | cmp - "$scratch/out.npy"
fake pair --format=npy left=inputs/left.npy right=inputs/right.npy -o "$scratch/out.npy"
(cd "$scratch" && ls)
dump "$scratch/out.sum.npy"
dump "$scratch/out.product.npy"
fake pair --format=npy left=inputs/left.npy right=inputs/right.npy
