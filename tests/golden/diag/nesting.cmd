# Ten thousand levels of everything that nests: one error each, and soon.
repeat() {
    awk -v text="$1" -v count="$2" 'BEGIN { for (i = 0; i < count; i++) printf "%s", text; }'
}
cd "$scratch" || exit
try() {
    echo "== $1"
    printf 'network n { input x: f32[1]\n y = %s\n output x }\n' "$2" > nested.sen
    senc --emit=graph -O0 nested.sen 2>&1 | cut -c1-120
}
try parentheses "$(repeat '(' 10000)1$(repeat ')' 10000)"
try brackets "$(repeat '[' 10000)1$(repeat ']' 10000)"
try minus "$(repeat '-' 10000)1"
try 'a long minus' "$(repeat '- ' 300000)1"
try not "$(repeat 'not ' 10000)true"
try choice "$(repeat 'true ? 1 : ' 10000)1"
try sum "$(repeat '1 + ' 10000)1"
try calls "$(repeat 'relu(' 10000)x$(repeat ')' 10000)"
try labels "$(repeat 'x -> relu @{' 10000)1$(repeat '}' 10000)"
try bodies "1 $(repeat 'if true { ' 10000)$(repeat '}' 10000)"
try 'else if' "1 if false { } $(repeat 'else if false { } ' 10000)"
try chain "x $(repeat '-> relu ' 10000)"
