/* test_networks.c - ResNet-50 and SE-ResNet-50 with random weights, run by the interpreter, as they are written and
 * as the passes leave them, against PyTorch. Speaks TAP. */
#include "reference.h"

#include "../../compiler/pass/pass.h"
#include "../../compiler/weights/weights.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    int level; /* of the passes; -1: none */
    double bound;
} cases[] = {
    {"resnet50", -1, 1e-6},
    {"seresnet50", -1, 1e-6},
    {"seresnet50", 3, 2e-6}, /* batch norm folded: other roundings of the weights */
};
enum { CASE_COUNT = sizeof cases / sizeof *cases };

/* The picture of README.md: a parameter of that name whose rule is 2 u - 1, for a fan-in of 6. */
static const struct tensor *make_picture(struct reference *reference) {
    struct graph *graph = graph_create("picture");
    struct node *node = graph_add(graph, NULL, OP_PARAM, NULL, 0, NULL);
    node->shape = reference->graph->inputs.items[0]->shape;
    node->as.param.name = "input:image";
    node->as.param.role = PARAM_WEIGHT;
    node->as.param.fan_in = 6;
    weights_bind_random(graph, 0);
    float *values;
    struct tensor *picture = tensor_create(reference->arena, node->shape, &values);
    for (int64_t i = 0; i < shape_element_count(node->shape); i++) values[i] = node->as.param.tensor->values[i];
    graph_destroy(graph);
    return picture;
}

static bool check_network(struct arena *arena, int index, const char **out_message) {
    struct reference reference;
    const char *name = cases[index].name, *message = NULL;
    bool ok = reference_open(&reference, arena_format(arena, "examples/%s/%s.sen", name, name), NULL);
    const struct tensor *wanted =
        ok ? reference_read(&reference, arena_format(arena, "tests/reference/%s.output.npy", name)) : NULL;
    if (wanted && cases[index].level >= 0)
        pass_run_all(reference.graph, &(struct pass_options){.level = cases[index].level});
    ok = wanted && reference_check(&reference, make_picture(&reference), wanted, cases[index].bound, &message);
    if (!message) {
        diag_flush(reference.diag);
        message = diag_text(reference.diag);
    }
    *out_message = arena_copy_string(arena, message);
    reference_close(&reference);
    return ok;
}

int main(void) {
    struct arena *arena = arena_create();
    int failed = 0;
    printf("1..%d\n", CASE_COUNT);
    for (int i = 0; i < CASE_COUNT; i++) {
        const char *message;
        bool ok = check_network(arena, i, &message);
        printf("%s %d - %s%s\n# %s\n", ok ? "ok" : "not ok", i + 1, cases[i].name,
               cases[i].level >= 0 ? ", optimised" : "", message);
        fflush(stdout);
        failed += !ok;
    }
    arena_destroy(arena);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
