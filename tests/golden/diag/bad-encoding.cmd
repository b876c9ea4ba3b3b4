# A NUL byte; then a byte that is not UTF-8, in a comment; then valid UTF-8 in comments and strings, which is right.
printf 'network n {\n    x = 3 \000\n}\n' > "$scratch/nul.sen"
printf '# caf\351\nnetwork n { }\n' > "$scratch/latin1.sen"
printf '\357\273\277# caf\303\251\nnetwork n { input x: f32[1] labels ["\303\251"] output x }\n' > "$scratch/utf8.sen"
for name in nul latin1 utf8; do
    senc --emit=ast "$scratch/$name.sen"
done
