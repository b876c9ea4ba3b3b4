# What cannot be written is an error; the old file stays as it was, and nothing is left beside it.
. ./inputs/run.sh
fake gray inputs/gray.pgm > /dev/full
fake gray --format=npy inputs/gray.pgm > /dev/full
fake gray --info > /dev/full
fake gray --help > /dev/full
fake gray inputs/gray.pgm -o "$scratch/no/folder.txt"
fake gray inputs/gray.pgm -o "$scratch"
echo old > "$scratch/kept.txt"
fake gray inputs/missing.pgm -o "$scratch/kept.txt"
fake gray --eval inputs/images.idx.gz inputs/labels-49.idx -o "$scratch/kept.txt"
cat "$scratch/kept.txt"
chmod 640 "$scratch/kept.txt"
ln -s kept.txt "$scratch/link.txt"
fake gray --top 1 inputs/gray.pgm -o "$scratch/link.txt"
cat "$scratch/kept.txt"
stat -c '%A %F' "$scratch/kept.txt" "$scratch/link.txt"
fake gray --top 1 inputs/gray.pgm -o /dev/stdout | cat
(umask 027 && fake gray --top 1 inputs/gray.pgm -o "$scratch/new.txt" && stat -c %A "$scratch/new.txt")
(fake gray inputs/stack.npy inputs/stack.npy 2> "$scratch/pipe-errors") | :
ls "$scratch"
