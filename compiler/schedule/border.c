/* border.c - the sums of classes of rows and columns that hoist-squeeze asks for become sums of the whole map, which the
 * steps that compute it keep, and sums of its border, which the excitation reads from the map:
 *
 *     r = resample x axis 1; q = resample r axis 2      s = reduce sum x
 *     gate = excite q                               =>  gate = excite s, border of x
 *
 * Of the rectangles into which the classes cut the map, all but the one in the middle are a few rows or columns wide; the
 * middle is what they leave of the sum. */
#include "build.h"

struct chain {
    const struct node *vector, *columns, *rows, *x;
};

static const struct node *input_of(const struct builder *builder, const struct node *node, enum op op) {
    const struct node *input = node->inputs[0];
    return input->op == op && input->se && builder->use_counts[input->id] == 1 ? input : NULL;
}

static bool find_chain(const struct builder *builder, const struct node *excite, struct chain *chain) {
    if (excite->op != OP_EXCITE) return false;
    if (!(chain->vector = input_of(builder, excite, OP_RESHAPE))) return false;
    if (!(chain->columns = input_of(builder, chain->vector, OP_RESAMPLE))) return false;
    if (!(chain->rows = input_of(builder, chain->columns, OP_RESAMPLE))) return false;
    chain->x = chain->rows->inputs[0];
    return chain->rows->from_sums && chain->rows->as.resample.axis == 1 && chain->columns->as.resample.axis == 2;
}

/* The runs of rows (or columns) of one class; the longest is the middle. False if there are too many. */
static bool find_runs(struct builder *builder, const struct node *sums, int64_t extent, struct plan_border_axis *axis) {
    int64_t *classes = ARENA_NEW_ARRAY(builder->plan->arena, int64_t, (size_t)extent), longest = 0;
    int64_t taps = sums->as.resample.taps;
    for (int64_t p = 0; p < extent; p++) classes[p] = -1;
    for (int64_t i = 0; i < sums->as.resample.count * taps; i++)
        if (sums->as.resample.weights[i] != 0) classes[sums->as.resample.indices[i]] = i / taps;
    axis->class_count = sums->as.resample.count;
    for (int64_t begin = 0, end; begin < extent; begin = end) {
        for (end = begin + 1; end < extent && classes[end] == classes[begin];) end++;
        if (axis->run_count == PLAN_MAX_RUNS) return false;
        axis->runs[axis->run_count] = (struct plan_run){begin, end, classes[begin]};
        if (end - begin > longest && classes[begin] >= 0) longest = end - begin, axis->middle = axis->run_count;
        axis->run_count++;
    }
    return longest > 0;
}

static struct plan_border *find_border(struct builder *builder, const struct node *excite, struct chain *chain) {
    if (!find_chain(builder, excite, chain)) return NULL;
    struct plan_border *border = ARENA_NEW(builder->plan->arena, struct plan_border);
    const int64_t *dims = chain->x->shape.dims;
    if (!find_runs(builder, chain->rows, dims[1], &border->axes[0])) return NULL;
    if (!find_runs(builder, chain->columns, dims[2], &border->axes[1])) return NULL;
    border->factor = chain->rows->as.resample.weights[0] * chain->columns->as.resample.weights[0];
    return border;
}

void schedule_find_borders(struct builder *builder) {
    struct chain chain;
    for (const struct node *node = builder->graph->first; node; node = node->next)
        if (find_border(builder, node, &chain))
            builder->done[chain.vector->id] = builder->done[chain.columns->id] = builder->done[chain.rows->id] = true;
}

struct plan_buffer *schedule_border(struct builder *builder, const struct node *excite, struct plan_border **out_border) {
    struct chain chain;
    struct plan_border *border = find_border(builder, excite, &chain);
    if (!border) return NULL;
    border->map = schedule_arena_value(builder, chain.x);
    struct plan_step *step = schedule_step(builder, ANCHOR_REDUCE, chain.rows);
    step->source = (struct plan_operand){.buffer = border->map};
    step->as.reduce.from_sums = true;
    step->as.reduce.count = 1;
    step->result = (struct map_shape){border->map->shape.c, 1, 1};
    step->target = schedule_buffer(builder, "sums", step->result);
    *out_border = border;
    return step->target;
}
