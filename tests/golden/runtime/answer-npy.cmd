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
# An input that failed is a row of NaN, in its place also in batches; if all fail there is no file.
for network in gray batch; do
    for way in '' --throughput; do
        fake $network $way --format=npy inputs/gray.pgm inputs/missing.png inputs/one.npy inputs/truncated.png inputs/gray.pgm \
            inputs/text.jpg -o "$scratch/$network$way.npy"
        cmp "$scratch/gray.npy" "$scratch/$network$way.npy"
    done
done
dump "$scratch/gray.npy"
cat inputs/truncated.npy | fake batch --format=npy /dev/stdin inputs/one.npy | tail -c +257 | od -A d -t f4 | sed 's/  */ /g'
fake pair --format=npy left=inputs/left.npy right=inputs/missing.npy left=inputs/left.npy right=inputs/right.npy \
    -o "$scratch/failed.npy"
dump "$scratch/failed.sum.npy"
fake gray --format=npy inputs/missing.png -o "$scratch/none.npy"
[ ! -e "$scratch/none.npy" ]
