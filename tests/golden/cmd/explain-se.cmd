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
# What looks like a block: a gate used twice, a squeeze of another map, another gate, another layer, a sum that is no mean,
# a smallest value; and what does not, a norm.
cat > unlike.sen <<'N'
network unlike {
    input x: f32[8, 6, 6]
    a = x -> avgpool(global) -> linear(4) -> relu -> linear(8) -> sigmoid -> reshape([8, 1, 1])
    b = x * a + a
    c = x -> avgpool(global) -> linear(4) -> relu -> linear(8) -> sigmoid -> reshape([8, 1, 1])
    d = b * c
    e = d -> avgpool(global) -> linear(8) -> silu -> reshape([8, 1, 1])
    f = d * e
    g = f -> avgpool(global) -> linear(4) -> softmax -> linear(8) -> sigmoid -> reshape([8, 1, 1])
    h = f * g
    i = h * (((h -> sum([1, 2])) / 35) -> conv(8, 1) -> sigmoid)
    j = i * (i -> amin([1, 2]) -> conv(8, 1) -> sigmoid)
    output y = j -> group_norm(4) @norm
}
N
senc --march=x86-64-v3 --explain-se unlike.sen | hide
senc --march=x86-64-v3 --explain-se=json unlike.sen | hide
# Squeezes that tiles of a picture share are passes over their maps.
cat > tiles.sen <<'E'
network tiles {
    input image: f32[3, 40, 40] from rgb()
    output picture: rgb() = image -> conv(8, 3, pad = 0) @a -> relu -> se(4) @se -> conv(3, 1) @last
}
E
senc --march=x86-64-v3 --weights random --explain-se tiles.sen | hide
# A largest value is not moved in front of a convolution; a map of few pixels is scaled for less than wide weights; what of the map nobody
# sums up.
cat > reasons.sen <<'N'
network reasons {
    input x: f32[8, 5, 5]
    a = x -> conv(16, 1) -> se(4, squeeze = max) @largest
    b = a -> conv(256, 3) -> relu -> se(4) @wide -> conv(512, 1)
    output y = b
    output z = x -> conv_transpose(4, 2, stride = 2) -> se(2) @transposed -> depthwise(3)
}
N
senc --march=x86-64-v3 --weights random --explain-se reasons.sen | hide
# Rectifiers one behind the other: 17 are one too many.
for count in 16 17; do
    cat > rectifiers.sen <<N
network rectifiers {
    input x: f32[16, 8, 8]
    x = x -> conv(16, 3) @conv -> se(4) @se
    for i in 0..$count { x = x -> leaky_relu(slope = 0.5) }
    output y = x -> conv(3, 1) @last
}
N
    senc --march=x86-64-v3 --weights random --explain-se rectifiers.sen | grep 'scale ' | hide
done
