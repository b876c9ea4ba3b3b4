# Twenty errors are all that there are; of more it is said that they are not shown, whichever stage stops.
network() {
    echo 'network n {'
    echo '    input x: f32[4, 8, 8]'
    for i in $(seq "$1"); do echo "    y = $2"; done
    echo '    output x'
    echo '}'
}
for count in 20 21 40; do
    for chain in 'x -> conv(0, 3)' 'x -> nothing' 'x -> )'; do
        echo "== $count times $chain"
        network $count "$chain" > "$scratch/n.sen"
        senc --emit=graph -O0 "$scratch/n.sen" 2>&1 | sed -n -e '/^senc:/p' -e '/ error: /p' | sed 's/.*: error: .*\[\(.*\)\]/\1/' | uniq -c
    done
done
