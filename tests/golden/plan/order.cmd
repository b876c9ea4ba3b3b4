# The plan is the same whatever the order in the file: the shortcut first, or behind the main branch.
plan() {
    printf '%s\n' 'network order {' '    input image: f32[8, 12, 12]' "$@" '    output y = relu(main + short)' '}' >"$scratch/order.sen"
    senc --emit=plan --weights random:1 --march=x86-64-v3 "$scratch/order.sen"
}
main='    main = image -> conv(8, 1) @a -> relu -> conv(8, 3) @b -> se(4) @se'
short='    short = image -> conv(8, 1) @short'
plan "$short" "$main" >"$scratch/one"
plan "$main" "$short" >"$scratch/two"
diff "$scratch/one" "$scratch/two" && cat "$scratch/one"
