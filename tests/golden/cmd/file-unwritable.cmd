# Outputs that cannot be: a folder, a missing folder, a full disk; nothing is left behind.
cp networks/tiny.sen "$scratch/tiny.sen"
cd "$scratch"
senc --emit=graph -o . tiny.sen
senc --emit=graph -o missing/out tiny.sen
senc --emit=graph -o out/ tiny.sen
senc --emit=graph -o tiny.sen/out tiny.sen
senc --emit=graph -o '' tiny.sen
senc --emit=graph -o /dev/full tiny.sen
senc --emit=obj --weights random -o /dev/full tiny.sen
senc --emit=graph tiny.sen > /dev/full
senc --help > /dev/full
TMPDIR=$scratch/missing senc --emit=obj --weights random -o out.o tiny.sen
ls -A
