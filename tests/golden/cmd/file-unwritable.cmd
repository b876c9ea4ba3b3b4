# Outputs that cannot be: a folder, a missing folder, a full disk; nothing is left behind.
fails() {
    senc "$@"
    status=$?
    [ $status -eq 1 ] || echo "exit status $status: $*" >&2
}
cp networks/tiny.sen "$scratch/tiny.sen"
cd "$scratch"
fails --emit=graph -o . tiny.sen
fails --emit=graph -o missing/out tiny.sen
fails --emit=graph -o out/ tiny.sen
fails --emit=graph -o tiny.sen/out tiny.sen
fails --emit=graph -o /dev/full tiny.sen
fails --emit=obj --weights random -o /dev/full tiny.sen
fails --emit=graph tiny.sen > /dev/full
fails --help > /dev/full
TMPDIR=$scratch/missing fails --emit=obj --weights random -o out.o tiny.sen
ls -A
