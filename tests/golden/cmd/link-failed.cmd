# A linker that fails, one that is not there, one that talks; nothing is left behind.
fails() {
    senc "$@"
    status=$?
    [ $status -eq 1 ] || echo "exit status $status: $*" >&2
}
fails --weights random --cc=false -o "$scratch/out" networks/tiny.sen
fails --weights random --cc="$scratch/no-such-compiler" -o "$scratch/out" networks/tiny.sen
printf '#!/bin/sh\necho first line\necho second line >&2\nexit 1\n' > "$scratch/cc"
chmod +x "$scratch/cc"
fails --weights random --emit=shared --cc="$scratch/cc" -o "$scratch/out" networks/tiny.sen
ls -A "$scratch"
