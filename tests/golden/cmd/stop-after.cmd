# The graph as it is after a pass, and dumps on the way.
senc --stop-after=fold-constants networks/tiny.sen > "$scratch/stopped"
senc --emit=graph --dump-after=fold-constants networks/tiny.sen > "$scratch/end" 2> "$scratch/dumped"
grep -c ' = ' "$scratch/stopped"
grep -c ' = ' "$scratch/dumped"
grep -c 'se ' "$scratch/stopped"
grep -c 'excite ' "$scratch/end"
