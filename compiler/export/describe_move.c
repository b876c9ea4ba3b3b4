/* describe_move.c - what moves numbers about or sums them along axes, as layers of the language. */
#include "item.h"

#include "../base/fatal.h"

#include <string.h>

static const char *integer_list(struct arena *arena, const int64_t *values, int64_t count) {
    struct text text = text_create(arena);
    for (int64_t i = 0; i < count; i++) text_format(&text, "%s%lld", i ? ", " : "[", (long long)values[i]);
    text_add(&text, count ? "]" : "[]");
    return text.bytes;
}

static const char *axis_list(struct arena *arena, const int *axes, int count) {
    int64_t values[REARRANGE_MAX_RANK];
    for (int i = 0; i < count; i++) values[i] = axes[i];
    return integer_list(arena, values, count);
}

static void describe_axis(struct exporter *exporter, struct item *item, int axis) {
    describe_place(item, "axis", format_integer(exporter->arena, axis));
}

static void describe_reshape(struct exporter *exporter, struct item *item, const struct node *node) {
    if (node->shape.rank == 1 && node->inputs[0]->shape.rank > 1) {
        item->callee = "flatten";
        return;
    }
    item->callee = "reshape";
    describe_place(item, "shape", format_shape(exporter->arena, node->shape));
}

static void describe_slice(struct exporter *exporter, struct item *item, const struct node *node) {
    item->callee = "slice"; /* of everything: the others are taken apart by item.c */
    describe_axis(exporter, item, 0);
    describe_place(item, "begin", "0");
    describe_place(item, "end", format_integer(exporter->arena, node->shape.dims[0]));
}

static void describe_upsample(struct exporter *exporter, struct item *item, const struct node *node) {
    item->callee = "upsample";
    describe_place(item, "scale", format_pair(exporter->arena, node->as.upsample.scale));
    describe_argument(item, "mode", node->as.upsample.mode == UPSAMPLE_BILINEAR ? "bilinear" : "nearest", "nearest");
}

static void describe_pad(struct exporter *exporter, struct item *item, const struct node *node) {
    item->callee = "pad";
    describe_place(item, "edges", format_edges(exporter->arena, node->as.pad.pad));
    describe_argument(item, "value", format_double(exporter->arena, node->as.pad.value), "0");
}

/* --- rearrange, and its cases that have names */

static bool has_axes(const struct node *node, const int *axes) {
    return node->as.rearrange.rank == 5 && !memcmp(node->as.rearrange.axes, axes, 5 * sizeof *axes);
}

static bool has_dims(const struct node *node, const int64_t *dims) {
    return !memcmp(node->as.rearrange.dims, dims, 5 * sizeof *dims);
}

static bool has_shape(const struct node *node, int64_t channels, int64_t height, int64_t width) {
    return shape_equal(node->shape, (struct shape){.rank = 3, .dims = {channels, height, width}});
}

/* The layer that moves blocks of channels to blocks of pixels or back; *out_block is their extent. NULL: none does. */
static const char *find_block_layer(const struct node *node, int64_t *out_block) {
    static const int to_space[] = {2, 3, 0, 4, 1}, shuffled[] = {0, 3, 1, 4, 2};
    static const int to_depth[] = {2, 4, 0, 1, 3}, unshuffled[] = {0, 2, 4, 1, 3};
    const int64_t *x = node->inputs[0]->shape.dims;
    if (node->inputs[0]->shape.rank != 3 || node->as.rearrange.rank != 5) return NULL;
    int64_t block = *out_block = node->as.rearrange.dims[has_axes(node, to_depth) || has_axes(node, unshuffled) ? 2 : 1];
    int64_t channels = x[0] / (block * block);
    const int64_t dcr[] = {block, block, channels, x[1], x[2]}, crd[] = {channels, block, block, x[1], x[2]};
    const int64_t down[] = {x[0], x[1] / block, block, x[2] / block, block};
    bool goes_up = has_shape(node, channels, x[1] * block, x[2] * block);
    bool goes_down = has_shape(node, x[0] * block * block, x[1] / block, x[2] / block) && has_dims(node, down);
    if (goes_up && has_axes(node, to_space) && has_dims(node, dcr)) return "depth_to_space";
    if (goes_up && has_axes(node, shuffled) && has_dims(node, crd)) return "pixel_shuffle";
    if (goes_down && has_axes(node, to_depth)) return "space_to_depth";
    return goes_down && has_axes(node, unshuffled) ? "pixel_unshuffle" : NULL;
}

static bool is_transpose(const struct node *node) {
    struct shape x = node->inputs[0]->shape;
    int rank = node->as.rearrange.rank;
    if (rank != x.rank || rank != node->shape.rank) return false;
    for (int i = 0; i < rank; i++)
        if (node->as.rearrange.dims[i] != x.dims[i] || node->shape.dims[i] != x.dims[node->as.rearrange.axes[i]])
            return false;
    return true;
}

static void describe_rearrange(struct exporter *exporter, struct item *item, const struct node *node) {
    struct arena *arena = exporter->arena;
    int64_t block;
    const char *axes = axis_list(arena, node->as.rearrange.axes, node->as.rearrange.rank);
    item->callee = find_block_layer(node, &block);
    if (item->callee) {
        describe_place(item, "block", format_integer(arena, block));
    } else if (is_transpose(node)) {
        item->callee = "transpose";
        describe_place(item, "order", axes);
    } else {
        item->callee = "rearrange";
        describe_place(item, "dims", integer_list(arena, node->as.rearrange.dims, node->as.rearrange.rank));
        describe_place(item, "axes", axes);
        describe_place(item, "shape", format_shape(arena, node->shape));
    }
}

/* --- along an axis */

static void describe_take(struct exporter *exporter, struct item *item, const struct node *node) {
    item->callee = "take";
    describe_axis(exporter, item, node->as.take.axis);
    describe_place(item, "indices", integer_list(exporter->arena, node->as.take.indices, node->as.take.count));
    describe_argument(item, "fill", format_double(exporter->arena, node->as.take.fill), "0");
}

static void describe_resample(struct exporter *exporter, struct item *item, const struct node *node) {
    int64_t count = node->as.resample.count * node->as.resample.taps;
    struct text weights = text_create(exporter->arena);
    for (int64_t i = 0; i < count; i++)
        text_format(&weights, "%s%s", i ? ", " : "[", format_float(exporter->arena, node->as.resample.weights[i]));
    text_add(&weights, "]");
    item->callee = "resample";
    describe_axis(exporter, item, node->as.resample.axis);
    describe_place(item, "count", format_integer(exporter->arena, node->as.resample.count));
    describe_place(item, "indices", integer_list(exporter->arena, node->as.resample.indices, count));
    describe_place(item, "weights", weights.bytes);
}

static void describe_reduce(struct exporter *exporter, struct item *item, const struct node *node) {
    static const char *const callees[] = {[REDUCE_MEAN] = "mean", [REDUCE_SUM] = "sum",   [REDUCE_MAX] = "amax",
                                          [REDUCE_MIN] = "amin",  [REDUCE_PROD] = "prod"};
    int64_t axes[SHAPE_MAX_RANK];
    int count = 0;
    for (int i = 0; i < SHAPE_MAX_RANK; i++)
        if (node->as.reduce.axes >> i & 1) axes[count++] = i;
    item->callee = callees[node->as.reduce.kind];
    describe_place(item, "axis", count == 1 ? format_integer(exporter->arena, axes[0])
                                            : integer_list(exporter->arena, axes, count));
}

static void describe_argmax(struct exporter *exporter, struct item *item, const struct node *node) {
    item->callee = node->as.argmax.is_min ? "argmin" : "argmax";
    describe_axis(exporter, item, node->as.argmax.axis);
    describe_argument(item, "last", node->as.argmax.last ? "true" : "false", "false");
}

void describe_move(struct exporter *exporter, struct item *item, const struct node *node) {
    switch (node->op) {
    case OP_MIN:
    case OP_MAX:
    case OP_POW: item->callee = op_name(node->op); break;
    case OP_CONCAT:
        item->callee = "concat";
        describe_argument(item, "axis", format_integer(exporter->arena, node->as.concat.axis), "0");
        break;
    case OP_RESHAPE: describe_reshape(exporter, item, node); break;
    case OP_SLICE: describe_slice(exporter, item, node); break;
    case OP_CHANNEL_SHUFFLE:
        item->callee = "channel_shuffle";
        describe_place(item, "groups", format_integer(exporter->arena, node->as.shuffle.groups));
        break;
    case OP_UPSAMPLE: describe_upsample(exporter, item, node); break;
    case OP_PAD: describe_pad(exporter, item, node); break;
    case OP_REARRANGE: describe_rearrange(exporter, item, node); break;
    case OP_TAKE: describe_take(exporter, item, node); break;
    case OP_RESAMPLE: describe_resample(exporter, item, node); break;
    case OP_REDUCE: describe_reduce(exporter, item, node); break;
    case OP_ARGMAX: describe_argmax(exporter, item, node); break;
    default: fatal_bug("%s has no spelling in the language", op_name(node->op));
    }
}
