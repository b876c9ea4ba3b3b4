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
cd "$scratch"
senc --march=x86-64-v3 --explain-se blocks.sen
senc --march=x86-64-v3 --explain-se=json --disable-pass=hoist-squeeze blocks.sen
senc --explain-se=xml blocks.sen
