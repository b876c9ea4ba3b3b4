# No network, and more than one.
senc
senc -- --emit=ast network.sen
