# The plan without the pass and with it: an excitation on every thread, one that the threads share, one whose first layer has so many weights
# that it stays a step of its own; a wary one is one step in any case.
for arguments in --disable-pass=fuse-excite -O3; do
    echo "--- $arguments"
    senc --emit=plan --weights random:1 --march=x86-64-v3 $arguments networks/excitations.sen | sed -n '/^steps/,$p' | grep excite
done
