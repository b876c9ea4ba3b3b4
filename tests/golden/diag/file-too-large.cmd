# Read up to the limit and no further: also a file without an end.
head -c 16777217 /dev/zero | tr '\000' '#' > "$scratch/large.sen"
senc --emit=ast "$scratch/large.sen"
printf 'import "/dev/zero"\nnetwork n { input x: f32[1] output x }\n' > "$scratch/endless.sen"
senc --emit=ast "$scratch/endless.sen"
awk 'BEGIN { printf "param p = ["; for (i = 0; i < 1000000; i++) printf "1,"; print "]" }' > "$scratch/words.sen"
senc --emit=ast "$scratch/words.sen"
