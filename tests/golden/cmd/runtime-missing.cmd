# A runtime library that is not there is missed before any work is done.
senc --runtime-dir=networks --weights random -o "$scratch/out" networks/tiny.sen
SENC_RUNTIME_DIR=networks/nowhere senc --weights random --emit=shared -o "$scratch/out" networks/tiny.sen
ls -A "$scratch"
