# A runtime library that is not there is missed before any work is done.
fails() {
    senc "$@"
    status=$?
    [ $status -eq 1 ] || echo "exit status $status: $*" >&2
}
fails --runtime-dir=networks --weights random -o "$scratch/out" networks/tiny.sen
SENC_RUNTIME_DIR=networks/nowhere fails --weights random --emit=shared -o "$scratch/out" networks/tiny.sen
ls -A "$scratch"
