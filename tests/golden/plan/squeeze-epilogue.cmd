# The plan without the pass and with it: sums of a convolution's results, in front of its activation, of a pool's, of a joined map, and of the
# border that a hoisted squeeze needs.
for arguments in --disable-pass=squeeze-epilogue -O3; do
    echo "--- $arguments"
    senc --emit=plan --weights random:1 --march=x86-64-v3 $arguments networks/squeezes.sen | sed -n '/^steps/,$p'
done
