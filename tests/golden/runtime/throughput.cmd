# --throughput: answers, messages, their order and the exit status are those without it.
. ./inputs/run.sh
same() {
    fake "$@" > "$scratch/wanted" 2> "$scratch/wanted-messages"
    for threads in 1 2 3 8; do
        fake "$@" --throughput --threads $threads > "$scratch/found" 2> "$scratch/messages"
        cmp "$scratch/wanted" "$scratch/found" && cmp "$scratch/wanted-messages" "$scratch/messages" || echo "differs: $*"
    done
    wc -l < "$scratch/wanted"
    cat "$scratch/wanted-messages"
}
bad='inputs/gray.pgm inputs/missing.png inputs/truncated.png inputs/empty.jpg inputs/picture.gif inputs/text.jpg
    inputs/truncated.npy inputs/surplus.npy inputs/shape.npy inputs inputs/one.npy inputs/stack.npy'
same gray --top 1 $bad
same batch --top 1 $bad
same batch --format=json inputs/gray.pgm inputs/missing.jpg inputs/one.npy
same gray --format=json $bad
same pair --format=json right=inputs/right.npy left=inputs/left.npy left=inputs/left.npy right=inputs/missing.npy
same pair left=inputs/left.npy middle=inputs/left.npy
same gray --format=npy $(yes inputs/gray.pgm inputs/one.npy inputs/stack.npy | head -n 100)
yes "$bad" | tr -s ' ' '\n' | head -n 1200 > "$scratch/list"
fake gray --format=npy - < "$scratch/list" > "$scratch/wanted" 2> "$scratch/wanted-messages"
fake gray --format=npy --throughput --threads 4 - < "$scratch/list" > "$scratch/found" 2> "$scratch/messages"
cmp "$scratch/wanted" "$scratch/found" && cmp "$scratch/wanted-messages" "$scratch/messages" && wc -l < "$scratch/messages"
figures='s/images\/s [0-9.]*/images\/s N/; s/"seconds":[0-9.]*,"images_per_s":[0-9.]*/"seconds":N,"images_per_s":N/'
fake gray --throughput --threads 3 --eval inputs/images.idx.gz inputs/labels.idx | sed "$figures"
fake batch --throughput --threads 2 --eval inputs/images.idx.gz inputs/labels.idx --format=json | sed "$figures"
fake gray --throughput --eval inputs/images.idx.gz inputs/labels-49.idx
fake gray --throughput --threads 2 --bench 20 | sed 's/:[0-9]*\.[0-9]*/:N/g'
fake batch --throughput --threads 1 --bench 3 | sed 's/:[0-9]*\.[0-9]*/:N/g'
fake gray --throughput=2 inputs/gray.pgm
fake gray --thruput inputs/gray.pgm
fake picture --throughput inputs/gray.pgm -o "$scratch/out.png"
fake gray --throughput inputs/gray.pgm -o "$scratch/missing/out"
fake gray --throughput --top 1 $(yes inputs/gray.pgm | head -n 2000) > /dev/full
