# The drawing.
senc --emit=dot -O0 blocks.sen
