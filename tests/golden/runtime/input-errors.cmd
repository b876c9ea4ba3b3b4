# One bad picture among many: its error, the others' answers, exit status 1.
. ./inputs/run.sh
fake gray --top 1 inputs/gray.pgm inputs/missing.png inputs/truncated.png inputs/empty.jpg inputs/picture.gif \
    inputs/text.jpg inputs/truncated.npy inputs/surplus.npy inputs/doubles.npy inputs/big-endian.npy \
    inputs/fortran.npy inputs/shape.npy inputs inputs/one.npy
cat inputs/truncated.npy | fake gray --top 1 /dev/stdin
fake gray --labels inputs/labels-7.txt inputs/gray.pgm
fake gray --labels inputs/missing.txt inputs/gray.pgm
fake gray --labels inputs/one.npy inputs/gray.pgm
fake gray "$(printf 'inputs/two\nlines\033[1m.png')"
