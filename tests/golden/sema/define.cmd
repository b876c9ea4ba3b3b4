# Params of the root and of imported files, from the command line.
senc --emit=graph -O0 -D depth=1 -D bias='not false' --batch 4 names.sen
