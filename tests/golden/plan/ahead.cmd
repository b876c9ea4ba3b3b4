# Weights of the steps behind a convolution are fetched while it multiplies: those of the depthwise convolution, the excitation
# and the next convolution; not where L2 is small, nor where all weights stay in L2.
cat >"$scratch/t.sen" <<'END'
param channels = 512
network t {
    input x: f32[96, 14, 14]
    output y = x -> conv(channels, 1) @a -> relu -> depthwise(5) @b -> relu -> se(r = 4) @c -> conv(96, 1) @d
                 -> conv(channels, 1) @e -> relu
}
END
for cpu in sapphirerapids znver3; do
    senc --march=$cpu --weights=random --emit=plan "$scratch/t.sen" -o - | sed -n '/^steps/,$p'
done
senc --march=sapphirerapids -D channels=128 --weights=random --emit=plan "$scratch/t.sen" -o - | sed -n "/ahead/p" | wc -l
