# report.awk - the table of run_conformance becomes docs/onnx-support.md.
#
#     awk -f report.awk compiler/import/operators.def TABLE

BEGIN { FS = "\t" }

# the first file: rows OPERATOR("Name", ...
FNR == NR {
    if (split($0, part, "\"") > 2 && part[1] == "OPERATOR(") known[part[2]] = 1
    next
}

{
    operator = $2
    seen[operator] = 1
    counts[operator, $1]++
    totals[$1]++
    if (!(operator in least) || $3 < least[operator]) least[operator] = $3
    if ($3 > most[operator]) most[operator] = $3
    if ($1 == "passed") {
        if ($4 > 0) with_constants++
        if ($5 + 0 > error[operator]) error[operator] = $5 + 0
        if ($6 + 0 > ulps[operator]) ulps[operator] = $6 + 0
    }
    if ($1 == "declined") add_reason(operator, reason($8))
}

# In a word.
function reason(message) {
    if (message ~ /^operator .* is not supported/) {
        split(message, word, " ")
        return word[2] == operator ? "operator" : "needs " word[2]
    }
    if (message ~ /spatial axes; 1 and 2/) return "3-D"
    if (message ~ /opset\); |which version/) return "opset"
    if (message ~ /of type string/) return "strings"
    if (message ~ /is no tensor/) return "sequences, optionals"
    if (message ~ /training mode/) return "training"
    if (message ~ /its output [0-9]/) return "further outputs"
    if (message ~ /empty/ || message ~ /do not fill its input/) return "empty tensors"
    if (message ~ /known when the model is compiled|computed from the inputs/) return "values known only at run time"
    if (message ~ /its input is a constant/) return "integers"
    if (message ~ /cannot be seen/) return "empty tensors"
    return "other"
}

function add_reason(operator, why) {
    if ((operator, why) in has) return
    has[operator, why] = 1
    reasons[operator] = reasons[operator] (reasons[operator] == "" ? "" : ", ") why
}

function row(operator) {
    opsets = operator in least ? (least[operator] == most[operator] ? least[operator] : least[operator] "-" most[operator]) : "-"
    passed = counts[operator, "passed"] + 0
    printf "| %s | %s | %d | %d | %d | %s | %s | %s |\n", operator, opsets, passed, counts[operator, "folded"],
           counts[operator, "declined"], passed ? sprintf("%.0e", error[operator]) : "", passed ? sprintf("%.1f", ulps[operator]) : "",
           reasons[operator]
}

function sorted(set, list, count, name) {
    count = 0
    for (name in set) list[++count] = name
    for (i = 2; i <= count; i++)
        for (k = i; k > 1 && list[k - 1] > list[k]; k--) {
            name = list[k]
            list[k] = list[k - 1]
            list[k - 1] = name
        }
    return count
}

END {
    print "# What is understood of ONNX"
    print ""
    print "This page is made by `make update-onnx-support` from a run of the official tests of the ONNX backends (`make check-onnx`: the"
    print "folders node, pytorch-operator, pytorch-converted and simple of Debian's `libonnx-testdata` 1.12). A test counts for the first of"
    print "its operators that is none of Constant, Identity and Cast."
    print ""
    printf "| | tests |\n| --- | --- |\n| passed: compiled, run, and equal within the suite's tolerance (relative 1e-3, absolute 1e-7) | %d |\n", totals["passed"]
    printf "| passed, with inputs that were given as constants (`--constant`), such as weights or the extents of a Reshape | %d of these |\n", with_constants
    printf "| computed while compiling: nothing in them depends on an input that flows (integers, booleans, extents) | %d |\n", totals["folded"]
    printf "| declined with a diagnostic | %d |\n| failed | %d |\n", totals["declined"], totals["failed"]
    print ""
    print "Opsets 6 to 22 are understood, and of older ones the operators that have not changed until 6; the suite tests up to 17. All"
    print "computing is in float32: tensors of float16, bfloat16 and double are converted, and integers flow only where they are known when"
    print "the model is compiled. ArgMax and ArgMin give whole numbers as floats. Products of matrices that both flow take memory for M x K x N"
    print "numbers; up to 256 pairs are multiplied at once. A Resize that aligns corners to an extent that is no whole number does as this"
    print "suite, with a warning: ONNX Runtime and PyTorch align them to the whole one."
    print ""
    print "Tensors may have eight axes; of inputs (with a warning) and outputs of more than four, the axes behind that of the batch are joined"
    print "but for the last two. A BatchNormalization in training mode is that of a constant, a weight that is standardised before each use"
    print "(BiT, NFNet), or an error: the model was not exported after `model.eval()`."
    print ""
    print "The errors are the largest of the tests that passed; ULP are units in the last place of the output's largest number. They are of one"
    print "machine (AVX2)."
    print ""
    print "## Supported operators"
    print ""
    print "| operator | opsets tested | passed | while compiling | declined | largest error | ULP | declined because of |"
    print "| --- | --- | --- | --- | --- | --- | --- | --- |"
    count = sorted(known, list)
    for (n = 1; n <= count; n++) row(list[n])
    print ""
    print "## Operators that are not supported"
    print ""
    print "A test is listed here also if it only contains such an operator."
    print ""
    count = 0
    for (name in seen) if (!(name in known)) others[name] = 1
    count = sorted(others, rest)
    for (n = 1; n <= count; n++) printf "%s%s", rest[n], n < count ? (n % 8 ? ", " : ",\n") : ".\n"
}
