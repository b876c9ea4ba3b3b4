# A network that makes pictures: what it says of itself, and its command line. What it makes, tests/unit/test_draw knows.
. ./inputs/run.sh
fake picture --help
fake picture --info
fake picture --info --format json
fake picture inputs/color.png -o "$scratch/a.png" && ls "$scratch"
fake picture inputs/color.png -o "$scratch/a.JPG" --tiles independent
fake picture inputs/color.png
fake picture -o "$scratch/b.png"
fake picture inputs/color.png inputs/gray.pgm -o "$scratch/b.png"
fake picture inputs/color.png -o "$scratch/b.gif"
fake picture inputs/color.png -o "$scratch/no/folder/b.png"
fake picture inputs/missing.png -o "$scratch/b.png"
fake picture inputs/truncated.png -o "$scratch/b.png"
fake picture inputs/left.npy -o "$scratch/b.png"
fake picture inputs/picture.gif -o "$scratch/b.png"
fake picture inputs/color.png -o "$scratch/b.png" --tiles all
fake picture inputs/left.npy --format=npy --tiles exact
fake gray inputs/gray.pgm --tiles exact
ln -s /dev/full "$scratch/full.png"
fake picture inputs/color.png -o "$scratch/full.png"
ls "$scratch"
fake gray --format json "$scratch/a.png"
# A gray picture keeps the colors of a mask only if told to; a network from gray to colors always makes them.
fake mask --help | sed '/^ /d'
fake paint --help | grep -c -e --color
fake mask inputs/gray.pgm -o "$scratch/mask.png"
fake mask inputs/gray.pgm -o "$scratch/colors.png" --color
fake mask inputs/color.png -o "$scratch/from-colors.png"
fake picture inputs/gray.pgm -o "$scratch/gray.png"
fake paint inputs/gray.pgm -o "$scratch/paint.png"
for name in mask colors gray paint; do od -A n -t u1 -j 25 -N 1 "$scratch/$name.png"; done # 0: gray, 2: RGB
fake mask --format=npy inputs/gray.pgm --color -o "$scratch/mask.npy"
fake gray inputs/gray.pgm --color
