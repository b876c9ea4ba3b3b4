/* test_networks.c - whole networks, run by the interpreter, against PyTorch: ResNet-50 and SE-ResNet-50 with random
 * weights, as they are written and as the passes leave them; the trained Fashion-MNIST networks. Speaks TAP. */
#include "reference.h"

#include "../../compiler/pass/pass.h"
#include "../../compiler/weights/weights.h"

#include <stdio.h>
#include <stdlib.h>

#define FASHION "examples/fashion-mnist/"

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

/* The verdict on a case, and its message copied to `arena`. */
static bool conclude(struct reference *reference, bool ok, const char *message, struct arena *arena,
                     const char **out_message) {
    if (!message) {
        diag_flush(reference->diag);
        message = diag_text(reference->diag);
    }
    *out_message = arena_copy_string(arena, message);
    reference_close(reference);
    return ok;
}

static bool check_resnet(struct arena *arena, int index, const char **out_message) {
    struct reference reference;
    const char *name = cases[index].name, *message = NULL;
    bool ok = reference_open(&reference, arena_format(arena, "examples/%s/%s.sen", name, name), NULL);
    const struct tensor *wanted =
        ok ? reference_read(&reference, arena_format(arena, "tests/reference/%s.output.npy", name)) : NULL;
    if (wanted && cases[index].level >= 0)
        pass_run_all(reference.graph, &(struct pass_options){.level = cases[index].level});
    ok = wanted && reference_check(&reference, make_picture(&reference), wanted, cases[index].bound, &message);
    return conclude(&reference, ok, message, arena, out_message);
}

/* Item `index` of a tensor whose first axis counts items. */
static struct tensor item_of(const struct tensor *items, int64_t index) {
    struct tensor item = {.shape.rank = items->shape.rank - 1};
    for (int i = 0; i < item.shape.rank; i++) item.shape.dims[i] = items->shape.dims[i + 1];
    item.values = items->values + index * shape_element_count(item.shape);
    return item;
}

/* Real pictures, all of them; PyTorch computed in float32, so 1e-5. */
static bool check_fashion(struct arena *arena, const char *name, const char **out_message) {
    struct reference reference;
    const char *message = NULL;
    bool ok = reference_open(&reference, arena_format(arena, FASHION "%s.sen", name),
                             arena_format(arena, FASHION "%s.safetensors", name));
    const struct tensor *pictures = ok ? reference_read(&reference, FASHION "reference/images.npy") : NULL;
    const struct tensor *logits =
        pictures ? reference_read(&reference, arena_format(arena, FASHION "reference/%s.logits.npy", name)) : NULL;
    ok = logits && logits->shape.dims[0] == pictures->shape.dims[0];
    for (int64_t i = 0; ok && i < logits->shape.dims[0]; i++) {
        struct tensor picture = item_of(pictures, i), wanted = item_of(logits, i);
        ok = reference_check(&reference, &picture, &wanted, 1e-5, &message);
    }
    return conclude(&reference, ok, message, arena, out_message);
}

int main(void) {
    static const char *const fashion[] = {"se", "plain"};
    struct arena *arena = arena_create();
    int failed = 0;
    printf("1..%d\n", CASE_COUNT + 2);
    for (int i = 0; i < CASE_COUNT + 2; i++) {
        const char *message, *name = i < CASE_COUNT ? cases[i].name : fashion[i - CASE_COUNT];
        bool is_optimised = i < CASE_COUNT && cases[i].level >= 0;
        bool ok = i < CASE_COUNT ? check_resnet(arena, i, &message) : check_fashion(arena, name, &message);
        printf("%s %d - %s%s%s\n# %s\n", ok ? "ok" : "not ok", i + 1, i < CASE_COUNT ? "" : "fashion-mnist ", name,
               is_optimised ? ", optimised" : "", message);
        fflush(stdout);
        failed += !ok;
    }
    arena_destroy(arena);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
