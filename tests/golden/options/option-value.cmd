# Arguments that the options do not take, each with what they do take.
wrong() {
    senc "$@"
    status=$?
    [ $status -eq 2 ] || echo "exit status $status: $*" >&2
}
wrong --emit=grpah network.sen
wrong --emit=everything network.sen
wrong --batch 0 network.sen
wrong --batch 18446744073709551617 network.sen
wrong --batch -1 network.sen
wrong -O4 network.sen
wrong -O2x network.sen
wrong --march=skylake_avx512 network.sen
wrong --march=itanium network.sen
wrong --vector-bytes=24 network.sen
wrong -D r network.sen
wrong -D =8 network.sen
wrong -D r= network.sen
wrong --weights random:-1 network.sen
wrong --weights random: network.sen
wrong --disable-pass=fold-batchnorm network.sen
wrong --disable-pass=remove-dead network.sen
wrong --dump-after=al network.sen
wrong --stop-after=all network.sen
wrong --color=purple network.sen
for tile in a a=4 =4x1 a=4x a=0x1 a=4x1, a=4x1,rows a=4x1,rows=0 a=4x1,rows=1,rows=2 a=4x1,columns=2 a=1000000x1; do wrong --tile $tile network.sen; done
for name in '' 2x a-b 'a b'; do wrong --name "$name" network.sen; done
wrong -o '' network.sen
