# Arguments that the options do not take, each with what they do take.
senc --emit=grpah network.sen
senc --emit=everything network.sen
senc --batch 0 network.sen
senc --batch 18446744073709551617 network.sen
senc --batch -1 network.sen
senc -O4 network.sen
senc -O2x network.sen
senc --march=skylake_avx512 network.sen
senc --march=itanium network.sen
senc --vector-bytes=24 network.sen
senc -D r network.sen
senc -D =8 network.sen
senc -D r= network.sen
senc --weights random:-1 network.sen
senc --weights random: network.sen
senc --disable-pass=fold-batchnorm network.sen
senc --disable-pass=remove-dead network.sen
senc --dump-after=al network.sen
senc --stop-after=all network.sen
senc --color=purple network.sen
