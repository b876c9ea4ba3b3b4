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
