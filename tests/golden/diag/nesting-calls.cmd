# Deep expressions in blocks that call themselves.
minus=$(awk 'BEGIN { for (i = 0; i < 200; i++) printf "-" }')
printf 'block f(n) { return %sf(n + 1) }\nnetwork n { input x: f32[1]\n y = f(0)\n output x }\n' "$minus" > "$scratch/deep.sen"
senc --emit=graph -O0 "$scratch/deep.sen"
