# An output that would replace what is read is refused before any work, however it is spelled; the file stays.
. ./inputs/run.sh
mkdir "$scratch/files"
cp inputs/gray.pgm inputs/color.png inputs/one.npy inputs/left.npy inputs/right.npy inputs/labels.txt inputs/images.idx.gz \
    inputs/labels.idx "$scratch/files"
cd "$scratch/files" || exit
cksum * > ../before
ln -s color.png link.png
ln one.npy hard.npy
fake picture color.png -o color.png
fake picture color.png -o link.png
fake picture link.png -o "$PWD/./color.png"
fake gray --format npy -o one.npy one.npy
fake gray gray.pgm one.npy --format npy -o hard.npy
fake gray gray.pgm missing.png one.npy -o one.npy
fake gray gray.pgm --labels labels.txt -o labels.txt
fake gray --info --labels labels.txt -o labels.txt
fake gray --eval images.idx.gz labels.idx -o images.idx.gz
fake gray --eval images.idx.gz labels.idx -o labels.idx
fake pair left=left.npy right=right.npy -o right.npy
ln -s left.npy out.sum.npy
fake pair left=left.npy right=right.npy --format npy -o out.npy
fake pair left=left.npy right=right.npy --format npy -o left.npy && ls left.*
printf 'gray.pgm\none.npy\ngray.pgm\n' | fake gray -o one.npy -
printf 'left=left.npy\nright=right.npy\n' | fake pair --format npy -o out.npy -
echo gray.pgm > list
fake gray - -o list < list
cat list
fake gray --top 1 /dev/stdin < gray.pgm -o /dev/stdout | cat
cksum color.png gray.pgm images.idx.gz labels.idx labels.txt left.npy one.npy right.npy | diff ../before -
ls
