# What became of SE blocks: kept, folded into readers, or a pass of their own; as text, as JSON; a format that is none.
cat > "$scratch/blocks.sen" <<'N'
network blocks {
    input x: f32[16, 12, 12]
    a = x -> conv(16, 1) @conv -> relu -> se(4) @read
    b = a -> conv(32, 1) @project -> se(4) @hoisted -> relu
    c = b -> se(4) @stays
    output y = c -> softmax
}
N
# how much depends on tiles
hide() { sed -E 's/[0-9]+ (FLOP|bytes)/N \1/g; s/(flops|bytes)": [0-9]+/\1": N/g'; }
cd "$scratch"
senc --march=x86-64-v3 --explain-se blocks.sen | hide
senc --march=x86-64-v3 --explain-se=json --disable-pass=hoist-squeeze blocks.sen | hide
senc --explain-se=xml blocks.sen
# A convolution of one channel is hoisted through, but not composed: an infinity could leave the gate finite.
printf 'network one {\n    input x: f32[1, 8, 8]\n    output y = x -> conv(1, 1) @conv -> se(hidden = 1) @se\n}\n' > one.sen
senc --march=x86-64-v3 --explain-se one.sen | hide
