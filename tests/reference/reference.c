/* reference.c - a network of the source tree, run by the interpreter and compared with a reference output. */
#include "reference.h"

#include "../../compiler/eval/eval.h"
#include "../../compiler/sema/sema.h"
#include "../../compiler/syntax/syntax.h"
#include "../../compiler/weights/weights.h"

#include <math.h>
#include <stdlib.h>

static const char *in_source_tree(struct arena *arena, const char *path) {
    const char *folder = getenv("top_srcdir");
    return arena_format(arena, "%s/%s", folder ? folder : ".", path);
}

static bool bind(struct reference *r, const char *weights_path) {
    if (!weights_path) {
        weights_bind_random(r->graph, 0);
        return true;
    }
    r->weights = weights_read_safetensors(in_source_tree(r->arena, weights_path), r->diag);
    return r->weights && weights_bind(r->graph, r->weights, false, r->diag);
}

bool reference_open(struct reference *reference, const char *path, const char *weights_path) {
    struct sema_options options = {.batch = 1};
    *reference = (struct reference){.arena = arena_create(), .diag = diag_create(NULL, false)};
    struct reference *r = reference;
    r->ast = syntax_parse_file(in_source_tree(r->arena, path), r->diag);
    r->graph = r->ast ? sema_build_graph(r->ast, &options, r->diag) : NULL;
    return r->graph && bind(r, weights_path);
}

void reference_close(struct reference *reference) {
    graph_destroy(reference->graph);
    weights_destroy(reference->weights);
    ast_destroy(reference->ast);
    diag_destroy(reference->diag);
    arena_destroy(reference->arena);
}

const struct tensor *reference_read(struct reference *reference, const char *path) {
    return npy_read(reference->arena, in_source_tree(reference->arena, path), reference->diag);
}

/* The largest difference, as a part of the largest number; infinite where shapes or NaNs differ. */
static double compare(const struct tensor *found, const struct tensor *wanted) {
    double largest = 0, difference = 0;
    if (!shape_equal(found->shape, wanted->shape)) return INFINITY;
    for (int64_t i = 0; i < shape_element_count(wanted->shape); i++) {
        double d = fabs((double)found->values[i] - wanted->values[i]);
        if (isnan(d)) return INFINITY;
        difference = fmax(difference, d);
        largest = fmax(largest, fabs(wanted->values[i]));
    }
    return largest > 0 ? difference / largest : INFINITY; /* nothing but zeros shows nothing */
}

bool reference_check(struct reference *reference, const struct tensor *input, const struct tensor *wanted,
                     double bound, const char **out_message) {
    const struct graph *graph = reference->graph;
    if (graph->inputs.count != 1 || graph->outputs.count != 1 ||
        !shape_equal(graph->inputs.items[0]->shape, input->shape)) {
        *out_message = "the input has another shape than the network's";
        return false;
    }
    const struct tensor *output;
    eval_graph(reference->arena, graph, &input, &output);
    double error = compare(output, wanted);
    *out_message = arena_format(reference->arena, "%s differs by %.3g of the largest number %s, bound %g",
                                shape_text(reference->arena, output->shape), error,
                                shape_text(reference->arena, wanted->shape), bound);
    return error <= bound;
}
