/* header.c - the C header of a compiled network: names, shapes and sizes (--emit=header). */
#include "plan.h"
#include "schedule.h"

#include <ctype.h>

static char *upper_case(struct arena *arena, const char *name) {
    char *upper = arena_copy_string(arena, name);
    for (char *c = upper; *c; c++) *c = (char)toupper((unsigned char)*c);
    return upper;
}

static void print_tensor(struct text *text, const char *prefix, const char *kind, const char *name, size_t index,
                         struct shape shape, int64_t batch) {
    text_format(text, "/* %s %zu, '%s': float32 [%lld", kind, index, name, (long long)batch);
    for (int i = 0; i < shape.rank; i++) text_format(text, ", %lld", (long long)shape.dims[i]);
    text_format(text, "], row-major */\n#define %s_%s_%zu_ELEMENTS %lld /* of one picture */\n\n", prefix, kind, index,
                (long long)shape_element_count(shape));
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
    text_format(text, "#define %s_MACS %lld /* multiply-accumulates a picture */\n\n", upper, (long long)graph->mac_count);
    for (size_t i = 0; i < graph->inputs.count; i++)
        print_tensor(text, upper, "INPUT", graph->inputs.items[i]->as.input.name, i, graph->inputs.items[i]->shape,
                     graph->batch);
    for (size_t i = 0; i < graph->outputs.count; i++)
        print_tensor(text, upper, "OUTPUT", graph->outputs.items[i].name, i, graph->outputs.items[i].node->shape,
                     graph->batch);
    text_format(text, "extern const struct senrt_model %s_model;\n\n", graph->name);
    text_add(text, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}
