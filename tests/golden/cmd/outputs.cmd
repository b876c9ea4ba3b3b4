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
