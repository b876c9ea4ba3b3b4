# Names of a million characters, written or made of labels.
long=$(awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "x"; }')
{
    echo 'block f(n) { return n == 0 ? in -> conv(1, 1) @c : in -> f(n - 1) @abcdefghijklmnopqrstuvwxyz }'
    echo 'network n { input a: f32[1, 1, 1]'
    echo "$long = a"
    echo 'b = a -> f(60) }'
} > "$scratch/long.sen"
senc --emit=graph "$scratch/long.sen"
echo 'block f(n) { return n == 0 ? in -> conv(1, 1) @c : in -> f(n - 1) @abcdefghijklmnopqrstuvwxyz }
network n { input a: f32[1, 1, 1] output b = a -> f(60) }' > "$scratch/path.sen"
senc --emit=graph "$scratch/path.sen"
