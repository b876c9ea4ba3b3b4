# The names of files without -o; text goes to standard output.
cp networks/tiny.sen "$scratch/tiny.sen"
cd "$scratch"
for kind in exe obj shared header; do senc --emit=$kind --weights random tiny.sen; done
ls -A
for kind in llvm asm plan graph dot params ast; do
    senc --emit=$kind --weights random tiny.sen > "$kind.out" && senc --emit=$kind --weights random -o "$kind.file" tiny.sen
    senc --emit=$kind --weights random -o - tiny.sen > "$kind.dash"
    cmp "$kind.out" "$kind.file"
    cmp "$kind.out" "$kind.dash"
    test -s "$kind.out" || echo "$kind is empty"
done
senc --emit=header -o - --weights random tiny.sen | cmp - tiny.h
cat > classes.sen <<'END'
network classes {
    input image: f32[3, 8, 12] from bgr(resize = 16, crop = [8, 12], mean = [0.5, 0.25, 0], std = 0.5)
    labels ["a", "b"]
    output y = image -> avgpool(global) -> linear(2) @fc
}
END
cat > mask.sen <<'END'
network mask {
    input image: f32[3, 8, 12] from rgb()
    output mask: gray(std = 2) = image -> conv(1, 1) @conv -> sigmoid
}
END
cp "$top_srcdir/tests/onnx/cases/gemm/model.onnx" .
for name in classes mask; do senc --emit=header --weights random -o - $name.sen | grep -A 2 'LABELS\|PUT [0-9],'; done
senc --emit=obj --weights random --name tiny_4 --batch 4 --cc="env SENC_TESTED=1 $SENC_CC" tiny.sen
senc --emit=header --weights random --name tiny_4 --batch 4 tiny.sen
grep 'BATCH\|model' tiny_4.h
nm tiny_4.o | grep -c ' tiny_4_model$'
senc --emit=graph --name other model.onnx | head -n 1
