/* sum_parts.c - a sum over maps that were put one behind the other becomes a sum of the maps.
 *
 *     %3 = concat %1, %2 : f32[2, 200704]          ->  (nothing)
 *     %4 = mul %3, %s seen as [128, 3136], [128, 1]    %6 = mul %1, half of %s     %7 = mul %2, other half
 *     %5 = reduce %4 : f32[1, 200704]  sum axes [0]    %5 = add %6, %7 : f32[64, 56, 56]
 *
 * So the selective kernels of SKNet and the split attention of ResNeSt come out of PyTorch, which stacks maps along an
 * axis of their own. What is stacked lies in channel blocks, and to see it as rows of numbers means to move all of it,
 * several times.
 *
 * The parts are those of a concatenation, or slices of the channels of one map, perhaps times one number a channel. Their sum is
 * taken in the order of the reduction, so the numbers are the same.
 *
 * Declined: more than 8 parts; slices of fewer than 8 channels; a sum that no reshape sees as a map; parts that are no
 * maps of its shape, or are multiplied by anything but a vector that flows; products that something else reads, too. */
#include "pass.h"

enum { MOST_PARTS = 8, LEAST_CHANNELS = 8 };

struct cut {
    int64_t count;      /* of equal parts, one behind the other in row-major order */
    struct shape shape; /* of each */
};

static bool is_vector(struct shape shape) {
    return shape.dims[1] == 1 && shape.dims[2] == 1;
}

/* The value under that shape, if it or one that it is a reshape of has it; else NULL. */
static struct node *seen_as(struct node *value, struct shape shape) {
    while (!shape_equal(value->shape, shape) && value->op == OP_RESHAPE) value = value->inputs[0];
    return shape_equal(value->shape, shape) ? value : NULL;
}

/* Which operand has one number for each channel of all parts, if the value is a product of maps with such, read here
 * alone; else -1. */
static int find_factors(const struct node *value, const struct cut *cut) {
    if (value->op != OP_MUL || value->use_count != 1 || is_vector(cut->shape)) return -1;
    const struct shape *all = &value->shape;
    for (int i = 0; i < 2; i++) {
        const struct shape *factors = &value->inputs[i]->shape, *rest = &value->inputs[1 - i]->shape;
        bool is_row = factors->rank == all->rank && factors->dims[0] == cut->count * cut->shape.dims[0];
        if (is_row && shape_element_count(*factors) == factors->dims[0] && shape_equal(*rest, *all)) return i;
    }
    return -1;
}

static struct cut vector_cut(const struct cut *cut) {
    return (struct cut){cut->count, {.rank = 3, .dims = {cut->shape.dims[0], 1, 1}}};
}

/* Whether the parts lie along the first axis: the channels of a map, or a vector however it is seen. */
static bool is_sliced(const struct node *value, const struct cut *cut) {
    const struct shape *shape = &value->shape;
    if (value->op == OP_PARAM || shape->rank < 1 || shape->dims[0] % cut->count) return false;
    if (is_vector(cut->shape)) return shape_element_count(*shape) == cut->count * cut->shape.dims[0];
    struct shape all = cut->shape;
    all.dims[0] *= cut->count;
    return cut->shape.dims[0] >= LEAST_CHANNELS && shape_equal(*shape, all);
}

static bool is_of_parts(const struct node *concat, const struct cut *cut) {
    if (concat->as.concat.axis != 0 || concat->input_count != cut->count) return false;
    for (int i = 0; i < concat->input_count; i++)
        if (!seen_as(concat->inputs[i], cut->shape)) return false;
    return true;
}

static bool has_parts(const struct node *value, const struct cut *cut) {
    while (value->op == OP_RESHAPE) value = value->inputs[0];
    if (value->op == OP_CONCAT && is_of_parts(value, cut)) return true;
    int factors = find_factors(value, cut);
    if (factors < 0) return is_sliced(value, cut);
    struct cut vectors = vector_cut(cut);
    return has_parts(value->inputs[factors], &vectors) && has_parts(value->inputs[1 - factors], cut);
}

static struct node *add_shaped(struct graph *graph, struct node *before, enum op op, struct node *a, struct node *b, struct shape shape) {
    struct node *node = graph_add(graph, before, op, (struct node *const[]){a, b}, b ? 2 : 1, before->origin);
    node->shape = shape;
    return node;
}

static struct node *slice_part(struct graph *graph, struct node *before, struct node *value, const struct cut *cut, int64_t index) {
    struct shape shape = value->shape;
    shape.dims[0] /= cut->count;
    struct node *slice = add_shaped(graph, before, OP_SLICE, value, NULL, shape);
    slice->as.slice.begin[0] = index * shape.dims[0];
    return shape_equal(shape, cut->shape) ? slice : add_shaped(graph, before, OP_RESHAPE, slice, NULL, cut->shape);
}

/* Part `index`; has_parts holds. */
static struct node *take_part(struct graph *graph, struct node *before, struct node *value, const struct cut *cut, int64_t index) {
    while (value->op == OP_RESHAPE) value = value->inputs[0];
    if (value->op == OP_CONCAT && is_of_parts(value, cut)) return seen_as(value->inputs[index], cut->shape);
    int factors = find_factors(value, cut);
    if (factors < 0) return slice_part(graph, before, value, cut, index);
    struct cut vectors = vector_cut(cut);
    struct node *part = take_part(graph, before, value->inputs[1 - factors], cut, index);
    struct node *factor = take_part(graph, before, value->inputs[factors], &vectors, index);
    return add_shaped(graph, before, OP_MUL, part, factor, cut->shape);
}

/* The shape of a map under which the sum is read. */
static bool find_map(const struct node *sum, struct shape *out_shape) {
    for (const struct node *user = sum->next; user; user = user->next) {
        if (user->op != OP_RESHAPE || user->inputs[0] != sum || user->shape.rank != 3) continue;
        *out_shape = user->shape;
        return true;
    }
    return false;
}

static bool find_cut(const struct node *sum, struct cut *cut) {
    if (sum->op != OP_REDUCE || sum->as.reduce.kind != REDUCE_SUM || sum->as.reduce.axes != 1) return false;
    cut->count = sum->inputs[0]->shape.dims[0];
    return cut->count > 1 && cut->count <= MOST_PARTS && find_map(sum, &cut->shape) && has_parts(sum->inputs[0], cut);
}

/* The sum, and what was stacked for it alone: other readers of the maps are looked for by passes behind this one. */
static void drop(struct graph *graph, struct node *sum) {
    for (struct node *node = sum, *previous; node; node = previous) {
        previous = node->previous;
        bool is_of_stack = node == sum || node->op == OP_RESHAPE || node->op == OP_CONCAT || node->op == OP_MUL;
        if (is_of_stack && !graph_use_count(graph, node)) graph_remove(graph, node);
    }
}

void pass_sum_parts(struct graph *graph) {
    struct cut cut;
    for (struct node *sum = graph->first, *next; sum; sum = next) {
        next = sum->next;
        if (!find_cut(sum, &cut)) continue;
        struct node *total = NULL;
        for (int64_t i = 0; i < cut.count; i++) {
            struct node *part = take_part(graph, sum, sum->inputs[0], &cut, i);
            total = total ? add_shaped(graph, sum, OP_ADD, total, part, cut.shape) : part;
        }
        total->name = sum->name;
        graph_replace_uses(graph, sum, add_shaped(graph, sum, OP_RESHAPE, total, NULL, sum->shape));
        drop(graph, sum);
    }
}
