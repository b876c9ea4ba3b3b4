# A linker that fails, one that is not there, one that talks; nothing is left behind.
senc --weights random --cc=false -o "$scratch/out" networks/tiny.sen
senc --weights random --cc=no-such-compiler -o "$scratch/out" networks/tiny.sen
printf '#!/bin/sh\necho first line\necho second line >&2\nexit 1\n' > "$scratch/cc"
chmod +x "$scratch/cc"
senc --weights random --emit=shared --cc="$scratch/cc" -o "$scratch/out" networks/tiny.sen
ls -A "$scratch"
