/* header.c - the C header of a compiled network: names, shapes and sizes (--emit=header). */
#include "../graph/print.h"
#include "plan.h"
#include "schedule.h"

#include <ctype.h>

static char *upper_case(struct arena *arena, const char *name) {
    char *upper = arena_copy_string(arena, name);
    for (char *c = upper; *c; c++) *c = (char)toupper((unsigned char)*c);
    return upper;
}

static void print_tensor(struct text *text, const char *kind, size_t index, const char *name, struct shape shape, int64_t batch) {
    text_format(text, "/* %s %zu, '%s': float32 [%lld", kind, index, name, (long long)batch);
    for (int i = 0; i < shape.rank; i++) text_format(text, ", %lld", (long long)shape.dims[i]);
    text_add(text, "], row-major");
}

static void print_count(struct text *text, const char *prefix, const char *kind, size_t index, struct shape shape) {
    text_format(text, " */\n#define %s_%s_%zu_ELEMENTS %lld /* of one picture */\n\n", prefix, kind, index,
                (long long)shape_element_count(shape));
}

/* What senrt_abi.h says of struct senrt_picture, with the figures of this one. */
static void print_input(struct text *text, const char *prefix, size_t index, const struct node *node, int64_t batch) {
    const struct picture *picture = node->as.input.picture;
    print_tensor(text, "INPUT", index, node->as.input.name, node->shape, batch);
    if (picture) {
        text_add(text, ";\n * of a picture's values from 0 to 255: (value / 255 - mean) / std; ");
        print_input_picture(text, picture);
    }
    print_count(text, prefix, "INPUT", index, node->shape);
}

static void print_output(struct text *text, const char *prefix, size_t index, const struct graph_output *output, int64_t batch) {
    print_tensor(text, "OUTPUT", index, output->name, output->node->shape, batch);
    if (output->picture) {
        text_add(text, ";\n * a picture's values from 0 to 255 are 255 (number * std + mean); ");
        print_output_picture(text, output->picture);
    }
    print_count(text, prefix, "OUTPUT", index, output->node->shape);
}

void plan_print_header(const struct plan *plan, struct text *text) {
    const struct graph *graph = plan->graph;
    const char *upper = upper_case(plan->arena, graph->name);
    text_format(text, "/* %s.h - network '%s', compiled by senc " SENC_VERSION " for %s. See senrt.h for how to run it. */\n",
                graph->name, graph->name, plan->target->name);
    text_format(text, "#ifndef SENC_NETWORK_%s_H\n#define SENC_NETWORK_%s_H\n\n#include \"senrt.h\"\n\n", upper, upper);
    text_add(text, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    text_format(text, "#define %s_BATCH %lld /* pictures a run */\n", upper, (long long)graph->batch);
    text_format(text, "#define %s_ARENA_BYTES %lld /* scratch memory of a session */\n", upper,
                (long long)plan->arena_bytes);
    text_format(text, "#define %s_WEIGHT_BYTES %lld /* in the object, read-only */\n", upper,
                (long long)plan->weight_bytes);
    text_format(text, "#define %s_PARAMETERS %lld\n", upper, (long long)graph->parameter_count);
    text_format(text, "#define %s_MACS %lld /* multiply-accumulates a picture */\n", upper, (long long)graph->mac_count);
    if (graph->labels.count)
        text_format(text, "#define %s_LABELS %zu /* classes; their names are %s_model.labels[0] and on */\n", upper,
                    graph->labels.count, graph->name);
    text_add(text, "\n");
    for (size_t i = 0; i < graph->inputs.count; i++) print_input(text, upper, i, graph->inputs.items[i], graph->batch);
    for (size_t i = 0; i < graph->outputs.count; i++) print_output(text, upper, i, &graph->outputs.items[i], graph->batch);
    text_format(text, "extern const struct senrt_model %s_model;\n\n", graph->name);
    text_add(text, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}
