/* move.c - numbers moved: constants at once, the rest by slice, take, rearrange, concat. */
#include "importer.h"

#include <string.h>

static bool is_batch_axis(const struct call *call, const struct value *value, int axis) {
    return axis == 0 && value->node && call->importer->is_batched;
}

struct value *value_reshape(struct call *call, struct value *value, struct dims dims) {
    if (dims_count(dims) != dims_count(value->dims))
        return call_fail(call, "%s cannot be seen as %s", dims_text(call->importer->arena, value->dims),
                         dims_text(call->importer->arena, dims)),
               NULL;
    bool is_batched = value->node && call->importer->is_batched;
    if (is_batched && (!dims.rank || dims.d[0] != call->importer->batch)) return call_fail_batch(call), NULL;
    value = value_settle(call, value);
    return value ? value_view(call, value, dims) : NULL;
}

/* --- taking */

static bool is_range(const int64_t *indices, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (indices[i] < 0 || indices[i] != indices[0] + i) return false;
    return true;
}

/* The node with axis `axis` of the value as one of its axes. */
static struct node *node_with_axis(struct call *call, struct value *value, int axis, int *out_axis) {
    struct dims picture = value_picture(call, value);
    struct shape shape = value_axis_shape(call, picture, axis - (value->dims.rank - picture.rank), out_axis);
    return value_node(call, value, shape);
}

static struct node *take_range(struct call *call, struct node *node, int axis, int64_t begin, int64_t extent) {
    struct node *slice = call_add(call, OP_SLICE, &node, 1);
    slice->shape = node->shape;
    slice->shape.dims[axis] = extent;
    slice->as.slice.begin[axis] = begin;
    return call_finish(call, slice);
}

static struct node *take_any(struct call *call, struct node *node, int axis, const int64_t *indices, int64_t count,
                             double fill) {
    if (!value_count_numbers(call, count)) return NULL;
    struct node *take = call_add(call, OP_TAKE, &node, 1);
    int64_t *copy = ARENA_NEW_ARRAY(call->importer->graph->arena, int64_t, (size_t)count);
    memcpy(copy, indices, (size_t)count * sizeof *copy);
    take->as.take.axis = axis;
    take->as.take.count = count;
    take->as.take.indices = copy;
    take->as.take.fill = fill;
    return call_finish(call, take);
}

struct value *value_take(struct call *call, struct value *value, int axis, const int64_t *indices, int64_t count,
                         double fill) {
    for (int64_t i = 0; i < count; i++)
        if (indices[i] < -1 || indices[i] >= value->dims.d[axis])
            return call_fail(call, "index %lld is not one of the %lld of axis %d", (long long)indices[i],
                             (long long)value->dims.d[axis], axis),
                   NULL;
    bool is_some_range = is_range(indices, count);
    if (is_some_range && count == value->dims.d[axis]) return value;
    if (value->behind)
        return value_turn_like(call, value_take(call, value->behind, value->axes[axis], indices, count, fill), value);
    if (!value->node) return fold_take(call, value, axis, indices, count, fill);
    if (is_batch_axis(call, value, axis)) return call_fail_batch(call), NULL;
    if (count == 0) return call_fail(call, "its result is empty"), NULL;
    int place;
    struct node *node = node_with_axis(call, value, axis, &place);
    struct dims dims = value->dims;
    dims.d[axis] = count;
    if (!node || dims_count(dims) < 0) return call_fail(call, "its result is too large"), NULL;
    node = is_some_range ? take_range(call, node, place, indices[0], count)
                         : take_any(call, node, place, indices, count, fill);
    return value_flow(call, node, dims);
}

/* One axis, begin .. begin + extent - 1. */
static struct value *slice_axis(struct call *call, struct value *value, int axis, int64_t begin, int64_t extent) {
    if (begin == 0 && extent == value->dims.d[axis]) return value;
    if (!value_count_numbers(call, extent)) return NULL;
    int64_t *indices = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)extent + 1);
    for (int64_t i = 0; i < extent; i++) indices[i] = begin + i;
    return value_take(call, value, axis, indices, extent, 0);
}

/* A box of a map in one step, if each axis that is cut is one of the shape's own. */
static struct value *slice_map(struct call *call, struct value *value, const int64_t *begin, const int64_t *extent) {
    struct dims picture = value_picture(call, value), dims = value->dims;
    int first = dims.rank - picture.rank;
    struct node *node = value_node(call, value, value_shape(call, picture));
    if (!node) return NULL;
    struct node *slice = call_add(call, OP_SLICE, &node, 1);
    slice->shape = node->shape;
    for (int i = first; i < dims.rank; i++) {
        dims.d[i] = extent[i];
        if (extent[i] == value->dims.d[i]) continue;
        int place;
        value_axis_shape(call, picture, i - first, &place);
        slice->shape.dims[place] = extent[i];
        slice->as.slice.begin[place] = begin[i];
    }
    return value_flow(call, call_finish(call, slice), dims);
}

static struct value *slice_behind(struct call *call, struct value *value, const int64_t *begin, const int64_t *extent) {
    int64_t own_begin[DIMS_MAX_RANK], own_extent[DIMS_MAX_RANK];
    for (int i = 0; i < value->dims.rank; i++) {
        own_begin[value->axes[i]] = begin[i];
        own_extent[value->axes[i]] = extent[i];
    }
    return value_turn_like(call, value_slice(call, value->behind, own_begin, own_extent), value);
}

struct value *value_slice(struct call *call, struct value *value, const int64_t *begin, const int64_t *extent) {
    if (value->behind) return slice_behind(call, value, begin, extent);
    struct dims picture = value_picture(call, value);
    int cut = 0, first = value->dims.rank - picture.rank;
    bool is_map = value->node;
    for (int i = 0; i < value->dims.rank; i++) {
        if (extent[i] == value->dims.d[i]) continue;
        cut++;
        if (extent[i] == 0) is_map = false;
        if (!is_map) continue;
        if (is_batch_axis(call, value, i)) return call_fail_batch(call), NULL;
        int place;
        struct shape shape = value_axis_shape(call, picture, i - first, &place);
        if (!shape_equal(shape, value_shape(call, picture))) is_map = false;
    }
    if (cut > 1 && is_map) return slice_map(call, value, begin, extent);
    for (int i = 0; value && i < value->dims.rank; i++) value = slice_axis(call, value, i, begin[i], extent[i]);
    return value;
}

/* --- turning */

/* A permutation with axes of extent 1 left out, and axes that stay together joined. */
struct turn {
    struct dims dims;
    int axes[DIMS_MAX_RANK];
};

static struct turn simplify(const struct dims *dims, const int *axes) {
    struct turn turn = {0};
    int first[DIMS_MAX_RANK], count = 0; /* of each group in the order of the result, its first axis */
    int64_t extents[DIMS_MAX_RANK];
    for (int i = 0, last = -1; i < dims->rank; i++) {
        if (dims->d[axes[i]] == 1) continue;
        bool follows = last >= 0 && axes[i] > last;
        for (int k = last + 1; follows && k < axes[i]; k++) follows = dims->d[k] == 1;
        if (!follows) {
            first[count] = axes[i];
            extents[count++] = 1;
        }
        extents[count - 1] *= dims->d[axes[i]];
        last = axes[i];
    }
    turn.dims.rank = count;
    for (int i = 0; i < count; i++) {
        int place = 0; /* among the groups in the order of the input */
        for (int k = 0; k < count; k++) place += first[k] < first[i];
        turn.axes[i] = place;
        turn.dims.d[place] = extents[i];
    }
    return turn;
}

/* [groups, channels / groups, H, W] turned to [channels / groups, groups, H, W] */
static bool is_shuffle(const struct node *node, const struct turn *turn) {
    const struct shape *shape = &node->shape;
    bool is_swap = turn->axes[0] == 1 && turn->axes[1] == 0 && (turn->dims.rank == 2 || turn->axes[2] == 2);
    return is_swap && turn->dims.rank == 3 && shape->rank == 3 && shape->dims[0] == turn->dims.d[0] * turn->dims.d[1];
}

static struct node *add_rearrange(struct call *call, struct node *node, const struct turn *turn, struct shape shape) {
    while (node->op == OP_RESHAPE) node = node->inputs[0];
    if (is_shuffle(node, turn)) {
        struct node *shuffle = call_add(call, OP_CHANNEL_SHUFFLE, &node, 1);
        shuffle->as.shuffle.groups = turn->dims.d[0];
        return call_finish(call, shuffle);
    }
    struct node *result = call_add(call, OP_REARRANGE, &node, 1);
    result->shape = shape;
    result->as.rearrange.rank = turn->dims.rank;
    for (int i = 0; i < turn->dims.rank; i++) {
        result->as.rearrange.dims[i] = turn->dims.d[i];
        result->as.rearrange.axes[i] = turn->axes[i];
    }
    return call_finish(call, result);
}

static bool is_in_order(const struct turn *turn) {
    for (int i = 0; i < turn->dims.rank; i++)
        if (turn->axes[i] != i) return false;
    return true;
}

/* What the permutation is for the pictures. */
static struct turn picture_turn(const struct call *call, const struct value *value, const int *axes) {
    struct dims picture = value_picture(call, value);
    int own[DIMS_MAX_RANK], first = value->dims.rank - picture.rank;
    for (int i = 0; i < picture.rank; i++) own[i] = axes[i + first] - first;
    return simplify(&picture, own);
}

struct value *value_permute(struct call *call, struct value *value, const int *axes) {
    int composed[DIMS_MAX_RANK];
    if (!value->node) return fold_permute(call, value, axes);
    if (call->importer->is_batched && axes[0] != 0) return call_fail_batch(call), NULL;
    struct value *behind = value->behind ? value->behind : value;
    for (int i = 0; i < value->dims.rank; i++) composed[i] = value->behind ? value->axes[axes[i]] : axes[i];
    struct dims dims = behind->dims;
    for (int i = 0; i < dims.rank; i++) dims.d[i] = behind->dims.d[composed[i]];
    struct turn turn = picture_turn(call, behind, composed);
    struct value *turned = value_view(call, behind, dims);
    if (is_in_order(&turn)) return turned;
    turned->name = NULL;
    turned->behind = behind;
    memcpy(turned->axes, composed, sizeof composed);
    return turned;
}

struct value *value_settle(struct call *call, struct value *value) {
    if (!value->behind) return value;
    struct value *behind = value->behind;
    struct turn turn = picture_turn(call, behind, value->axes);
    struct node *node = add_rearrange(call, behind->node, &turn, value_shape(call, value_picture(call, value)));
    if (!node) return NULL;
    if (value->name) node->name = value->name;
    value->behind = NULL; /* for all others, too */
    value->node = node;
    return value;
}

struct value *value_turn_like(struct call *call, struct value *value, const struct value *like) {
    return value && like->behind ? value_permute(call, value, like->axes) : value;
}

struct value *value_turn_back(struct call *call, struct value *value, const struct value *like) {
    int back[DIMS_MAX_RANK], rank = like->dims.rank;
    for (int i = 0; i < rank; i++) back[like->axes[i]] = i;
    if (!value->node) value = value_view(call, value, dims_pad_front(value->dims, rank));
    return value_permute(call, value, back);
}

bool value_is_turned_alike(const struct value *a, const struct value *b) {
    if (!a->behind || !b->behind || a->dims.rank != b->dims.rank) return false;
    return !memcmp(a->axes, b->axes, (size_t)a->dims.rank * sizeof *a->axes);
}

/* --- joining */

static bool check_parts(struct call *call, struct value *const *values, int count, int axis) {
    for (int i = 1; i < count; i++) {
        struct dims dims = values[i]->dims;
        if (dims.rank == values[0]->dims.rank) dims.d[axis] = values[0]->dims.d[axis];
        if (!dims_equal(dims, values[0]->dims))
            return call_fail(call, "it joins %s and %s", dims_text(call->importer->arena, values[0]->dims),
                             dims_text(call->importer->arena, values[i]->dims));
    }
    return true;
}

/* The parts without those that are empty, as nodes; -1 after call_fail. */
static int find_parts(struct call *call, struct value *const *values, int count, int axis, struct node **nodes,
                      int *out_axis) {
    int found = 0;
    for (int i = 0; i < count; i++) {
        struct dims picture = values[i]->dims;
        if (dims_count(picture) == 0) continue;
        if (call->importer->is_batched) {
            if (!values[i]->node && (picture.d[0] != 1 || call->importer->batch != 1)) return call_fail_batch(call), -1;
            picture = dims_drop_front(picture);
        }
        struct shape shape = value_axis_shape(call, picture, axis - call->importer->is_batched, out_axis);
        nodes[found] = value_node(call, values[i], shape);
        if (!nodes[found++]) return -1;
    }
    return found;
}

/* Of values that are all turned alike; NULL: they are not, or after call_fail. */
static struct value *concat_turned(struct call *call, struct value *const *values, int count, int axis) {
    struct value **behind = ARENA_NEW_ARRAY(call->importer->arena, struct value *, (size_t)count);
    for (int i = 0; i < count; i++) {
        if (!values[i]->node || !value_is_turned_alike(values[i], values[0])) return NULL;
        behind[i] = values[i]->behind;
    }
    return value_turn_like(call, value_concat(call, behind, count, values[0]->axes[axis]), values[0]);
}

struct value *value_concat(struct call *call, struct value *const *values, int count, int axis) {
    enum { MOST = 1024 };
    bool is_constant = true, is_real = values[0]->element == ELEMENT_FLOAT;
    if (!check_parts(call, values, count, axis)) return NULL;
    for (int i = 0; i < count; i++) {
        is_constant = is_constant && !values[i]->node;
        if ((values[i]->element == ELEMENT_FLOAT) != is_real)
            return call_fail(call, "it joins numbers of different types"), NULL;
    }
    if (is_constant) return fold_concat(call, values, count, axis);
    struct value *turned = concat_turned(call, values, count, axis);
    if (turned || call->problem) return turned;
    if (axis == 0 && call->importer->is_batched) return call_fail_batch(call), NULL;
    if (count > MOST) return call_fail(call, "it joins %d tensors; %d are the most", count, MOST), NULL;
    struct node *nodes[MOST];
    struct dims dims = values[0]->dims;
    int place = 0, found = find_parts(call, values, count, axis, nodes, &place);
    if (found < 0) return NULL;
    for (int i = 1; i < count; i++) dims.d[axis] += values[i]->dims.d[axis];
    struct node *concat = call_add(call, OP_CONCAT, nodes, found);
    concat->as.concat.axis = place;
    return value_flow(call, call_finish(call, concat), dims);
}

struct value *value_expand(struct call *call, struct value *value, struct dims dims) {
    struct dims padded = dims_pad_front(value->dims, dims.rank);
    if (dims_count(dims) < 0) return call_fail(call, "its result is too large"), NULL;
    value = value_reshape(call, value, padded);
    for (int i = 0; value && i < dims.rank; i++) {
        if (padded.d[i] == dims.d[i]) continue;
        if (!value_count_numbers(call, dims.d[i])) return NULL;
        int64_t *zeros = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)dims.d[i] + 1);
        value = value_take(call, value, i, zeros, dims.d[i], 0);
    }
    return value;
}
