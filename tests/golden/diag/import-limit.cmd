# A hundred files, each of which imports the next.
i=0
while [ $i -lt 100 ]; do
    echo "import \"f$((i + 1)).sen\"" > "$scratch/f$i.sen"
    i=$((i + 1))
done
echo 'network n { input x: f32[1] output x }' >> "$scratch/f0.sen"
echo > "$scratch/f100.sen"
senc --emit=graph -O0 "$scratch/f0.sen"
