/* reduce.c - sums, means and extremes over any axes, by reductions over at most three. */
#include "importer.h"

/* The axes of a picture, those of extent 1 left out, neighbours that are alike joined. */
struct groups {
    struct shape shape;
    unsigned axes; /* bits: is reduced */
    int count;     /* may be more than the shape can hold */
};

static struct groups join_groups(const struct dims *picture, unsigned axes) {
    struct groups groups = {0};
    int last = -1;
    for (int i = 0; i < picture->rank; i++) {
        int is_reduced = axes >> i & 1;
        if (picture->d[i] == 1) continue;
        if (is_reduced != last) groups.count++;
        last = is_reduced;
        if (groups.count > 3) continue;
        if (groups.shape.rank < groups.count) groups.shape.dims[groups.shape.rank++] = 1;
        groups.shape.dims[groups.count - 1] *= picture->d[i];
        groups.axes |= (unsigned)is_reduced << (groups.count - 1);
    }
    return groups;
}

static struct node *add_reduce(struct call *call, enum reduce_kind kind, struct node *node, unsigned axes) {
    bool is_map = node->shape.rank == 3 && axes == 6;
    if (is_map && (kind == REDUCE_MEAN || kind == REDUCE_MAX))
        return call_finish(call, call_add(call, kind == REDUCE_MEAN ? OP_GLOBAL_AVG_POOL : OP_GLOBAL_MAX_POOL, &node, 1));
    struct node *reduce = call_add(call, OP_REDUCE, &node, 1);
    reduce->as.reduce.kind = kind;
    reduce->as.reduce.axes = axes;
    return call_finish(call, reduce);
}

/* Bits of the picture's axes that a value of its own shape has, or 0 if some were joined with others. */
static unsigned own_axes(const struct call *call, const struct dims *picture, unsigned axes) {
    int skip = !call->importer->is_batched && picture->rank >= 2 && picture->d[0] == 1;
    return picture->rank - skip <= 3 ? axes >> skip : 0;
}

static struct value *reduce_flow(struct call *call, enum reduce_kind kind, struct value *value, unsigned axes) {
    struct dims picture = value_picture(call, value), dims = value->dims;
    int first = dims.rank - picture.rank;
    if (first && (axes & 1)) return call_fail_batch(call), NULL;
    for (int i = 0; i < dims.rank; i++) {
        if (dims.d[i] == 1) axes &= ~(1u << i); /* there is nothing to reduce, and no run of axes ends there */
        if (axes >> i & 1) dims.d[i] = 1;
    }
    if (!axes) return value;
    axes >>= first;
    struct groups groups = join_groups(&picture, axes);
    unsigned own = own_axes(call, &picture, axes);
    if (!own && groups.count > 3) { /* the last run of axes first: a mean of means is the mean */
        unsigned last = 0;
        for (int i = picture.rank; i-- > 0 && !(last && !(axes >> i & 1));) last |= axes & 1u << i;
        value = reduce_flow(call, kind, value, last << first);
        return value ? reduce_flow(call, kind, value, axes << first) : NULL;
    }
    struct node *node = value_node(call, value, own ? value_shape(call, picture) : groups.shape);
    return node ? value_flow(call, add_reduce(call, kind, node, own ? own : groups.axes), dims) : NULL;
}

struct value *value_reduce(struct call *call, enum reduce_kind kind, struct value *value, unsigned axes) {
    if (!value) return NULL;
    if (value->behind) {
        unsigned own = 0;
        for (int i = 0; i < value->dims.rank; i++) own |= (axes >> i & 1) << value->axes[i];
        return value_turn_like(call, value_reduce(call, kind, value->behind, own), value);
    }
    return value->node ? reduce_flow(call, kind, value, axes) : fold_reduce(call, kind, value, axes);
}

struct value *value_drop_axes(struct call *call, struct value *value, unsigned axes) {
    struct dims dims = {0};
    if (!value) return NULL;
    for (int i = 0; i < value->dims.rank; i++) {
        if (!(axes >> i & 1))
            dims.d[dims.rank++] = value->dims.d[i];
        else if (value->dims.d[i] != 1)
            return call_fail(call, "axis %d has extent %lld, so it cannot be dropped", i, (long long)value->dims.d[i]),
                   NULL;
    }
    if ((axes & 1) && value->node && call->importer->is_batched) return call_fail_batch(call), NULL;
    return value_reshape(call, value, dims);
}
