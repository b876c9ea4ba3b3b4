printf '%s\n' 'network n {' '    input a: f32[3, 16, 16] from rgb' '    output b: rgb = a -> sigmoid' '}' > "$scratch/n.sen"
cd "$scratch"
senc --emit=graph --batch 4 n.sen
