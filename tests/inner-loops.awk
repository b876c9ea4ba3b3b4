# inner-loops.awk - reads assembly (AT&T syntax) and prints a line for each innermost loop that multiplies and adds:
# function, label, multiply-adds, instructions that move vector registers to or from the stack.
# An innermost loop is one basic block that jumps to its own label.
function forget() { label = ""; fma = 0; spills = 0 }
/^"?[A-Za-z_][A-Za-z0-9_-]*"?:/ { forget(); name = $1; sub(/:.*/, "", name); next }
/^\.LBB[0-9_]+:/ { forget(); label = $1; sub(/:.*/, "", label); next }
/v?fn?madd/ || /mulps/ { fma++ }
/[xyz]mm[0-9]+.*\(%rsp\)|\(%rsp\).*[xyz]mm[0-9]+/ { spills++ }
/^[ \t]+j[a-z]+[ \t]/ {
    if (label != "" && $2 == label && fma >= 8) print name, label, fma, spills + 0
    forget()
}
