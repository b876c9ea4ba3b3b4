/* operator_move.c - operators that only move numbers, or see them under other extents. */
#include "importer.h"

#include <string.h>

bool import_identity(struct call *call, int variant) {
    (void)variant;
    call->outputs[0] = call->inputs[0];
    return true;
}

/* What a Dropout keeps when a network is used: all. */
static struct value *full_mask(struct call *call) {
    int64_t *integers;
    struct value *mask = value_integers(call, call->inputs[0]->dims, &integers);
    if (!mask) return NULL;
    mask->element = ELEMENT_BOOLEAN;
    for (int64_t i = 0; i < dims_count(mask->dims); i++) integers[i] = 1;
    return mask;
}

bool import_dropout(struct call *call, int variant) {
    (void)variant;
    (void)attribute_find(call, "ratio");
    (void)attribute_find(call, "is_test");
    (void)attribute_find(call, "seed");
    struct value *training = NULL, *ratio = NULL;
    if (call_has_input(call, 2) && !(training = call_constant(call, 2, "training_mode"))) return false;
    if (training && dims_count(training->dims) == 1 && value_at(training, 0) != 0) {
        if (call_has_input(call, 1) && !(ratio = call_constant(call, 1, "ratio"))) return false;
        if (!ratio || dims_count(ratio->dims) != 1 || value_at(ratio, 0) != 0) call_note_training(call);
    }
    call->outputs[0] = call->inputs[0];
    bool wants_mask = call->output_count > 1 && model_count_uses(call->importer, call->proto->output[1]);
    return !wants_mask || (call->outputs[1] = full_mask(call));
}

/* --- extents */

bool import_reshape(struct call *call, int variant) {
    (void)variant;
    int64_t count, known = 1, open = -1;
    struct value *x = call->inputs[0];
    bool allows_zero = attribute_integer(call, "allowzero", 0) != 0;
    const int64_t *wanted = call_integers(call, 1, "shape", &count);
    if (!wanted) return false;
    if (count > DIMS_MAX_RANK) return call_fail(call, "it makes %lld axes; %d are the most", (long long)count, DIMS_MAX_RANK);
    struct dims dims = {.rank = (int)count};
    for (int i = 0; i < dims.rank; i++) {
        dims.d[i] = wanted[i];
        if (wanted[i] == 0 && !allows_zero && i >= x->dims.rank) return call_fail(call, "it copies extent %d, which is not there", i);
        if (wanted[i] == 0 && !allows_zero) dims.d[i] = x->dims.d[i];
        if (wanted[i] < -1 || wanted[i] > SHAPE_MAX_ELEMENTS || (wanted[i] == -1 && open >= 0))
            return call_fail(call, "it cannot be seen as %s", dims_text(call->importer->arena, dims));
        if (wanted[i] == -1)
            open = i;
        else if (__builtin_mul_overflow(known, dims.d[i], &known))
            return call_fail(call, "its shape is too large");
    }
    if (open >= 0) dims.d[open] = known ? dims_count(x->dims) / known : 0;
    call->outputs[0] = value_reshape(call, x, dims);
    return call->outputs[0];
}

bool import_flatten(struct call *call, int variant) {
    (void)variant;
    struct value *x = call->inputs[0];
    int rank = x->dims.rank;
    int64_t axis = attribute_integer(call, "axis", 1);
    if (axis < -rank || axis > rank) return call_fail(call, "it has no axis %lld", (long long)axis);
    if (axis < 0) axis += rank;
    struct dims dims = {.rank = 2, .d = {dims_product(&x->dims, 0, (int)axis), dims_product(&x->dims, (int)axis, rank)}};
    call->outputs[0] = value_reshape(call, x, dims);
    return call->outputs[0];
}

bool import_squeeze(struct call *call, int variant) {
    (void)variant;
    struct value *x = call->inputs[0];
    unsigned axes;
    int64_t count;
    if (!call_axes(call, x->dims.rank, &axes, &count)) return false;
    if (count > DIMS_MAX_RANK) return call_fail(call, "it names too many axes");
    bool is_given = count > 0 || call_has_input(call, 1);
    for (int i = 0; i < x->dims.rank && !is_given; i++)
        if (x->dims.d[i] == 1) axes |= 1u << i;
    call->outputs[0] = value_drop_axes(call, x, axes);
    return call->outputs[0];
}

bool import_unsqueeze(struct call *call, int variant) {
    (void)variant;
    struct value *x = call->inputs[0];
    size_t given;
    int64_t count;
    const int64_t *axes = attribute_integers(call, "axes", &given);
    count = (int64_t)given;
    if (call_has_input(call, 1) && !(axes = call_integers(call, 1, "axes", &count))) return false;
    if (x->dims.rank + count > DIMS_MAX_RANK) return call_fail(call, "it makes more than %d axes", DIMS_MAX_RANK);
    struct dims dims = {.rank = x->dims.rank + (int)count};
    unsigned added = 0;
    for (int64_t i = 0; i < count; i++) {
        int axis = value_axis(call, axes[i], dims.rank);
        if (axis < 0) return false;
        if (added >> axis & 1) return call_fail(call, "it names axis %d twice", axis);
        added |= 1u << axis;
    }
    for (int i = 0, from = 0; i < dims.rank; i++) dims.d[i] = added >> i & 1 ? 1 : x->dims.d[from++];
    call->outputs[0] = value_reshape(call, x, dims);
    return call->outputs[0];
}

bool import_expand(struct call *call, int variant) {
    (void)variant;
    int64_t count;
    const int64_t *wanted = call_integers(call, 1, "shape", &count);
    if (!wanted) return false;
    struct dims dims = {.rank = (int)count}, result;
    if (count > DIMS_MAX_RANK) return call_fail(call, "it makes more than %d axes", DIMS_MAX_RANK);
    for (int i = 0; i < dims.rank; i++) {
        dims.d[i] = wanted[i];
        if (wanted[i] < 0 || wanted[i] > SHAPE_MAX_ELEMENTS) return call_fail(call, "its shape is out of range");
    }
    if (!dims_broadcast(call->inputs[0]->dims, dims, &result)) return call_fail(call, "its input does not fit its shape");
    call->outputs[0] = value_expand(call, call->inputs[0], result);
    return call->outputs[0];
}

bool import_tile(struct call *call, int variant) {
    (void)variant;
    int64_t count;
    struct value *x = call->inputs[0];
    const int64_t *repeats = call_integers(call, 1, "repeats", &count);
    if (!repeats) return false;
    if (count != x->dims.rank) return call_fail(call, "its repeats do not fit its input");
    for (int axis = 0; axis < (int)count && x; axis++) {
        int64_t extent = x->dims.d[axis], total;
        if (repeats[axis] < 0 || __builtin_mul_overflow(extent, repeats[axis], &total) || !value_count_numbers(call, total))
            return call_fail(call, "its repeats are out of range");
        int64_t *indices = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)total + 1);
        for (int64_t i = 0; i < total; i++) indices[i] = i % extent;
        x = value_take(call, x, axis, indices, total, 0);
    }
    call->outputs[0] = x;
    return x;
}

bool import_transpose(struct call *call, int variant) {
    (void)variant;
    struct value *x = call->inputs[0];
    size_t count;
    const int64_t *given = attribute_integers(call, "perm", &count);
    int axes[DIMS_MAX_RANK], rank = x->dims.rank;
    unsigned seen = 0;
    if (given && (int)count != rank) return call_fail(call, "its perm does not fit its input");
    for (int i = 0; i < rank; i++) {
        axes[i] = given ? value_axis(call, given[i], rank) : rank - 1 - i;
        if (axes[i] < 0) return false;
        seen |= 1u << axes[i];
    }
    if (seen != (1u << rank) - 1) return call_fail(call, "its perm is no permutation");
    call->outputs[0] = value_permute(call, x, axes);
    return call->outputs[0];
}

/* variant: 0 depth to space, 1 space to depth. DCR: the blocks are the outer part of the channels; CRD: the inner. */
bool import_depth_space(struct call *call, int variant) {
    struct value *x = call->inputs[0];
    struct dims dims = x->dims;
    int64_t block = attribute_integer(call, "blocksize", 0);
    bool is_inner = !variant && !strcmp(attribute_string(call, "mode", "DCR"), "CRD");
    if (dims.rank != 4 || block < 1 || block > 1 << 15) return call_fail(call, "its input or blocksize is not supported");
    int64_t n = dims.d[0], c = dims.d[1], h = dims.d[2], w = dims.d[3];
    static const int out[2][6] = {{0, 3, 4, 1, 5, 2}, {0, 1, 4, 2, 5, 3}}, in[6] = {0, 3, 5, 1, 2, 4};
    struct dims seen, result;
    if (variant) {
        if (h % block || w % block) return call_fail(call, "its blocks do not divide its input");
        seen = (struct dims){6, {n, c, h / block, block, w / block, block}};
        result = (struct dims){4, {n, c * block * block, h / block, w / block}};
    } else {
        if (c % (block * block)) return call_fail(call, "its blocks do not divide its channels");
        int64_t rest = c / (block * block);
        seen = is_inner ? (struct dims){6, {n, rest, block, block, h, w}} : (struct dims){6, {n, block, block, rest, h, w}};
        result = (struct dims){4, {n, rest, h * block, w * block}};
    }
    x = value_reshape(call, x, seen);
    if (x) x = value_permute(call, x, variant ? in : out[is_inner]);
    call->outputs[0] = x ? value_reshape(call, x, result) : NULL;
    return call->outputs[0];
}

/* --- parts */

bool import_concat(struct call *call, int variant) {
    (void)variant;
    for (int i = 0; i < call->input_count; i++)
        if (!call->inputs[i]) return call_fail(call, "its input %d is missing", i + 1);
    int axis = value_axis(call, attribute_integer(call, "axis", 1), call->inputs[0]->dims.rank);
    call->outputs[0] = axis < 0 ? NULL : value_concat(call, call->inputs, call->input_count, axis);
    return call->outputs[0];
}

/* The parts' extents: an input since opset 13, an attribute before, or equal parts, the last perhaps smaller. */
static bool find_parts(struct call *call, int64_t extent, int64_t *parts) {
    int64_t count;
    size_t given;
    const int64_t *split = attribute_integers(call, "split", &given);
    count = (int64_t)given;
    (void)attribute_find(call, "num_outputs");
    if (call_has_input(call, 1) && !(split = call_integers(call, 1, "split", &count))) return false;
    int64_t each = (extent + call->output_count - 1) / (call->output_count ? call->output_count : 1), rest = extent;
    if (split && count != call->output_count) return call_fail(call, "it makes %lld parts for %d outputs", (long long)count, call->output_count);
    for (int i = 0; i < call->output_count; i++) {
        parts[i] = split ? split[i] : rest < each ? rest : each;
        if (parts[i] < 0 || parts[i] > rest) return call_fail(call, "its parts do not fit its input");
        rest -= parts[i];
    }
    return !rest || call_fail(call, "its parts do not fill its input");
}

bool import_split(struct call *call, int variant) {
    (void)variant;
    struct value *x = call->inputs[0];
    int axis = value_axis(call, attribute_integer(call, "axis", 0), x->dims.rank);
    int64_t *parts = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)call->output_count + 1);
    int64_t begin[DIMS_MAX_RANK] = {0};
    if (axis < 0 || !find_parts(call, x->dims.d[axis], parts)) return false;
    for (int i = 0; i < call->output_count; i++) {
        struct dims extent = x->dims;
        extent.d[axis] = parts[i];
        call->outputs[i] = value_slice(call, x, begin, extent.d);
        if (!call->outputs[i]) return false;
        begin[axis] += parts[i];
    }
    return true;
}

/* One input of Slice (since opset 10), or its attribute (before). */
static bool slice_numbers(struct call *call, int index, const char *name, const int64_t **out_numbers, int64_t *out_count) {
    size_t given;
    *out_numbers = attribute_integers(call, name, &given);
    *out_count = (int64_t)given;
    if (!call_has_input(call, index)) return true;
    *out_numbers = call_integers(call, index, name, out_count);
    return *out_numbers;
}

static int64_t clamp(int64_t x, int64_t low, int64_t high) {
    return x < low ? low : x > high ? high : x;
}

/* numpy's rule: negative ends count from the end, what lies outside is left out. */
static struct value *slice_steps(struct call *call, struct value *x, int axis, int64_t start, int64_t end, int64_t step) {
    int64_t extent = x->dims.d[axis], count = 0;
    if (start < 0) start += start < -extent ? 0 : extent;
    if (end < 0) end += end < -extent ? 0 : extent;
    start = step > 0 ? clamp(start, 0, extent) : clamp(start, -1, extent - 1);
    end = step > 0 ? clamp(end, 0, extent) : clamp(end, -1, extent - 1);
    if (step > 0 && end > start) count = (end - start - 1) / step + 1;
    if (step < 0 && start > end) count = (start - end - 1) / (step == INT64_MIN ? INT64_MAX : -step) + 1;
    if (!value_count_numbers(call, count)) return NULL;
    int64_t *indices = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)count + 1);
    for (int64_t i = 0; i < count; i++) indices[i] = start + (i ? i * step : 0);
    return value_take(call, x, axis, indices, count, 0);
}

bool import_slice(struct call *call, int variant) {
    (void)variant;
    const int64_t *starts, *ends, *axes, *steps;
    int64_t count, end_count, axis_count, step_count, begin[DIMS_MAX_RANK] = {0};
    struct value *x = call->inputs[0];
    if (!slice_numbers(call, 1, "starts", &starts, &count) || !slice_numbers(call, 2, "ends", &ends, &end_count) ||
        !slice_numbers(call, 3, "axes", &axes, &axis_count) || !slice_numbers(call, 4, "steps", &steps, &step_count))
        return false;
    if (count != end_count || (axes && axis_count != count) || (steps && step_count != count) || count > x->dims.rank)
        return call_fail(call, "its starts, ends, axes and steps do not go together");
    struct dims box = x->dims; /* what is cut in steps of 1, in one go */
    for (int64_t i = 0; i < count; i++) {
        int axis = value_axis(call, axes ? axes[i] : i, x->dims.rank);
        int64_t step = steps ? steps[i] : 1;
        if (axis < 0) return false;
        if (step == 0) return call_fail(call, "its step is 0");
        if (step != 1) {
            x = slice_steps(call, x, axis, starts[i], ends[i], step);
            if (!x) return false;
            box.d[axis] = x->dims.d[axis];
            continue;
        }
        int64_t extent = x->dims.d[axis], start = starts[i], end = ends[i];
        if (start < 0) start += start < -extent ? 0 : extent;
        if (end < 0) end += end < -extent ? 0 : extent;
        begin[axis] = clamp(start, 0, extent);
        box.d[axis] = clamp(end, begin[axis], extent) - begin[axis];
    }
    call->outputs[0] = value_slice(call, x, begin, box.d);
    return call->outputs[0];
}

bool import_gather(struct call *call, int variant) {
    (void)variant;
    struct value *x = call->inputs[0], *where = call_constant(call, 1, "indices");
    int axis = value_axis(call, attribute_integer(call, "axis", 0), x->dims.rank);
    if (!where || axis < 0) return false;
    if (where->element == ELEMENT_FLOAT) return call_fail(call, "its indices are no integers");
    int64_t count = dims_count(where->dims), extent = x->dims.d[axis];
    int64_t *indices = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)count + 1);
    for (int64_t i = 0; i < count; i++) {
        indices[i] = where->integers[i] < 0 ? where->integers[i] + extent : where->integers[i];
        if (indices[i] < 0) return call_fail(call, "index %lld is not one of the %lld of axis %d", (long long)where->integers[i], (long long)extent, axis);
    }
    struct dims dims = {.rank = x->dims.rank - 1 + where->dims.rank};
    if (dims.rank > DIMS_MAX_RANK) return call_fail(call, "its result has more than %d axes", DIMS_MAX_RANK);
    for (int i = 0; i < dims.rank; i++) {
        bool is_index = i >= axis && i < axis + where->dims.rank;
        dims.d[i] = is_index ? where->dims.d[i - axis] : x->dims.d[i < axis ? i : i - where->dims.rank + 1];
    }
    if (axis == 0 && x->node && call->importer->is_batched) return call_fail_batch(call);
    struct value *taken = value_take(call, x, axis, indices, count, 0);
    call->outputs[0] = taken ? value_reshape(call, taken, dims) : NULL;
    return call->outputs[0];
}

/* --- padding */

struct padding {
    const char *mode;
    double value;
    int64_t begin[DIMS_MAX_RANK], end[DIMS_MAX_RANK];
};

static bool read_padding(struct call *call, int rank, struct padding *padding) {
    size_t given, old;
    const int64_t *pads = attribute_integers(call, "pads", &given), *older = attribute_integers(call, "paddings", &old);
    int64_t count = (int64_t)given, axis_count = rank;
    const int64_t *axes = NULL;
    if (!pads) {
        pads = older;
        count = (int64_t)old;
    }
    *padding = (struct padding){.mode = attribute_string(call, "mode", "constant"), .value = attribute_real(call, "value", 0)};
    if (call_has_input(call, 1) && !(pads = call_integers(call, 1, "pads", &count))) return false;
    if (call_has_input(call, 3) && !(axes = call_integers(call, 3, "axes", &axis_count))) return false;
    if (call_has_input(call, 2)) {
        struct value *value = call_constant(call, 2, "constant_value");
        if (!value) return false;
        if (dims_count(value->dims) == 1) padding->value = value_at(value, 0);
    }
    if (count != 2 * axis_count || axis_count > rank) return call_fail(call, "its pads do not fit its input");
    for (int64_t i = 0; i < axis_count; i++) {
        int axis = value_axis(call, axes ? axes[i] : i, rank);
        if (axis < 0) return false;
        padding->begin[axis] = pads[i];
        padding->end[axis] = pads[i + axis_count];
        if (pads[i] > SHAPE_MAX_ELEMENTS || pads[i] < -SHAPE_MAX_ELEMENTS || pads[i + axis_count] > SHAPE_MAX_ELEMENTS ||
            pads[i + axis_count] < -SHAPE_MAX_ELEMENTS)
            return call_fail(call, "its pads are out of range");
    }
    return true;
}

/* Where the number at `i` of the padded axis comes from; -1: the constant. */
static int64_t padded_index(const char *mode, int64_t i, int64_t extent) {
    if (i >= 0 && i < extent) return i;
    if (!strcmp(mode, "edge")) return clamp(i, 0, extent - 1);
    if (!strcmp(mode, "wrap")) return (i % extent + extent) % extent;
    if (strcmp(mode, "reflect") != 0) return -1;
    int64_t period = 2 * (extent - 1);
    i = extent == 1 ? 0 : (i % period + period) % period;
    return i < extent ? i : period - i;
}

/* Negative pads cut off, before anything is repeated. */
static struct value *crop(struct call *call, struct value *x, struct padding *padding) {
    int64_t begin[DIMS_MAX_RANK] = {0};
    struct dims rest = x->dims;
    for (int axis = 0; axis < x->dims.rank; axis++) {
        if (padding->begin[axis] < 0) begin[axis] = -padding->begin[axis];
        rest.d[axis] -= begin[axis] + (padding->end[axis] < 0 ? -padding->end[axis] : 0);
        if (rest.d[axis] < 0) return call_fail(call, "its pads leave nothing of its input"), NULL;
        if (padding->begin[axis] < 0) padding->begin[axis] = 0;
        if (padding->end[axis] < 0) padding->end[axis] = 0;
    }
    return value_slice(call, x, begin, rest.d);
}

static struct value *pad_axis(struct call *call, struct value *x, int axis, const struct padding *padding) {
    int64_t extent = x->dims.d[axis], count = extent + padding->begin[axis] + padding->end[axis];
    if (!padding->begin[axis] && !padding->end[axis]) return x;
    if (extent < 1 || count < 0 || !value_count_numbers(call, count)) return call_fail(call, "its pads do not fit its input"), NULL;
    int64_t *indices = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)count + 1);
    for (int64_t i = 0; i < count; i++) indices[i] = padded_index(padding->mode, i - padding->begin[axis], extent);
    return value_take(call, x, axis, indices, count, padding->value);
}

/* A constant around rows and columns of a map is an operation of its own. */
static bool is_map_border(const struct call *call, const struct value *x, const struct padding *padding) {
    int rank = x->dims.rank;
    bool has_batch = call->importer->is_batched || x->dims.d[0] == 1;
    if (!x->node || rank != 4 || !has_batch || strcmp(padding->mode, "constant") != 0) return false;
    for (int i = 0; i < rank; i++)
        if (i < 2 && (padding->begin[i] || padding->end[i])) return false;
    return true;
}

bool import_pad(struct call *call, int variant) {
    static const char *const modes[] = {"constant", "edge", "reflect", "wrap"};
    struct value *x = call->inputs[0];
    struct padding padding;
    bool is_known = false;
    (void)variant;
    if (!read_padding(call, x->dims.rank, &padding)) return false;
    for (int i = 0; i < 4; i++) is_known = is_known || !strcmp(modes[i], padding.mode);
    if (!is_known) return call_fail(call, "its mode '%s' is not supported", padding.mode);
    x = crop(call, x, &padding);
    if (!x) return false;
    if (!is_map_border(call, x, &padding)) {
        for (int axis = 0; axis < call->inputs[0]->dims.rank && x; axis++) x = pad_axis(call, x, axis, &padding);
        call->outputs[0] = x;
        return x;
    }
    struct dims dims = x->dims;
    struct node *node = value_node(call, x, value_shape(call, value_picture(call, x)));
    if (!node) return false;
    node = call_add(call, OP_PAD, &node, 1);
    node->as.pad.pad[EDGE_TOP] = padding.begin[2];
    node->as.pad.pad[EDGE_LEFT] = padding.begin[3];
    node->as.pad.pad[EDGE_BOTTOM] = padding.end[2];
    node->as.pad.pad[EDGE_RIGHT] = padding.end[3];
    node->as.pad.value = padding.value;
    for (int i = 2; i < 4; i++) dims.d[i] += padding.begin[i] + padding.end[i];
    call->outputs[0] = value_flow(call, call_finish(call, node), dims);
    return call->outputs[0];
}
