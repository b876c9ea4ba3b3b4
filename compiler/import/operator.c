/* operator.c - the table of the operators that are understood. */
#include "importer.h"

#include <string.h>

static const struct operator operators[] = {
#define OPERATOR(name, least, most, handler, variant) {name, least, most, import_##handler, (int)variant},
#include "operators.def"
#undef OPERATOR
};

const struct operator *operator_find(const char *name) {
    size_t low = 0, high = sizeof operators / sizeof operators[0]; /* the rows are sorted */
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(operators[middle].name, name);
        if (order == 0) return &operators[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool operator_has_changed(const char *name) {
    static const char *const same[] = {
        "And", "ArgMax", "ArgMin", "AveragePool", "Constant", "Conv", "ConvTranspose", "DepthToSpace", "Equal", "Flatten",
        "Gather", "GlobalAveragePool", "GlobalMaxPool", "Greater", "Identity", "LRN", "Less", "LogSoftmax", "MatMul", "MaxPool",
        "Not", "Or", "Pow", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
        "ReduceProd", "ReduceSum", "ReduceSumSquare", "Shape", "Size", "Slice", "Softmax", "Softplus", "Softsign",
        "SpaceToDepth", "Squeeze", "Transpose", "Unsqueeze", "Xor",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (!strcmp(same[i], name)) return false;
    return true;
}
