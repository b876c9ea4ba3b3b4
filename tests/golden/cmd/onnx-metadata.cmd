# Labels and pictures go through --emit=onnx and come back; --picture says it otherwise.
cat > "$scratch/twice.sen" <<'EOF'
network twice {
    input small: f32[3, 16, 16] from rgb(mean = 0.5)
    output large: bgr(std = [0.25, 0.5, 1]) = small -> conv(3, 3) @conv -> upsample(2)
}
EOF
cat > "$scratch/named.sen" <<'EOF'
network named {
    input image: f32[1, 4, 4] from gray(resize = 6, crop = 4, std = 0.25)
    labels ["dash-ed", "two words", "c"]
    output score = image -> flatten -> linear(3) @fc
}
EOF
for name in twice named; do
    senc --weights random --emit=onnx -o "$scratch/$name.onnx" "$scratch/$name.sen"
    senc --emit=sen "$scratch/$name.onnx"
done
senc --emit=sen --picture 'image=gray(mean = 0.75)' "$scratch/named.onnx" | grep input
# labels with a line's end and a backslash
sed 's/"c"/"two\\nlines \\\\n"/' "$scratch/named.sen" > "$scratch/lines.sen"
senc --weights random --emit=onnx -o "$scratch/lines.onnx" "$scratch/lines.sen"
grep labels "$scratch/lines.sen"
senc --emit=sen "$scratch/lines.onnx" | grep labels
# what was edited, or does not go together
sed 's/two words/two\nwords/' "$scratch/named.onnx" > "$scratch/more.onnx"
senc --emit=plan "$scratch/more.onnx"
sed 's/gray(resize/grey(resize/' "$scratch/named.onnx" > "$scratch/grey.onnx"
senc --emit=plan "$scratch/grey.onnx"
senc --emit=plan --batch 2 "$scratch/twice.onnx"
senc --emit=plan --picture 'small=rgb(crop = 16)' "$scratch/twice.onnx"
