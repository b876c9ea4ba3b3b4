# Three pictures a run: full batches and a rest, a failure in between.
. ./inputs/run.sh
fake batch --top 1 inputs/stack.npy inputs/gray.pgm inputs/one.npy
fake batch --top 1 inputs/gray.pgm inputs/missing.jpg inputs/one.npy
for threads in 1 2 3 7; do
    fake batch --threads $threads --format=npy inputs/stack.npy -o "$scratch/$threads.npy"
    cmp "$scratch/1.npy" "$scratch/$threads.npy"
done
