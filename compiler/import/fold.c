/* fold.c - operators on constants: shapes computed by the graph, weights turned round. Numbers are float32 or 64-bit
 * integers; sums and products of floats are made in double. */
#include "importer.h"

#include "../eval/eval.h"

#include <math.h>
#include <string.h>

static struct value *result_like(struct call *call, const struct value *value, struct dims dims, float **floats,
                                 int64_t **integers) {
    if (value->element == ELEMENT_FLOAT) return value_floats(call, dims, floats);
    struct value *result = value_integers(call, dims, integers);
    if (result) result->element = value->element;
    return result;
}

static void copy_number(const struct value *from, int64_t i, float *floats, int64_t *integers, int64_t to) {
    if (from->element == ELEMENT_FLOAT)
        floats[to] = from->floats[i];
    else
        integers[to] = from->integers[i];
}

struct value *fold_take(struct call *call, const struct value *value, int axis, const int64_t *indices, int64_t count,
                        double fill) {
    struct dims dims = value->dims;
    int64_t before = dims_product(&dims, 0, axis), extent = dims.d[axis],
            after = dims_product(&dims, axis + 1, dims.rank);
    float *floats = NULL;
    int64_t *integers = NULL, to = 0;
    dims.d[axis] = count;
    struct value *result = result_like(call, value, dims, &floats, &integers);
    for (int64_t b = 0; result && b < before; b++)
        for (int64_t i = 0; i < count; i++)
            for (int64_t a = 0; a < after; a++, to++) {
                if (indices[i] >= 0)
                    copy_number(value, (b * extent + indices[i]) * after + a, floats, integers, to);
                else if (floats)
                    floats[to] = (float)fill;
                else
                    integers[to] = fabs(fill) < 0x1p63 ? (int64_t)fill : 0;
            }
    return result;
}

/* Steps of each axis of `dims` in row-major order. */
static void find_steps(const struct dims *dims, int64_t *steps) {
    int64_t step = 1;
    for (int i = dims->rank; i-- > 0;) {
        steps[i] = step;
        step *= dims->d[i];
    }
}

/* The next index vector in row-major order, and where it lies by `steps`. */
static void advance(const struct dims *dims, int64_t *index, const int64_t *steps, int64_t *place) {
    for (int i = dims->rank; i-- > 0;) {
        *place += steps[i];
        if (++index[i] < dims->d[i]) return;
        *place -= steps[i] * dims->d[i];
        index[i] = 0;
    }
}

struct value *fold_permute(struct call *call, const struct value *value, const int *axes) {
    struct dims dims = value->dims;
    int64_t own[DIMS_MAX_RANK], steps[DIMS_MAX_RANK], index[DIMS_MAX_RANK] = {0}, place = 0;
    find_steps(&value->dims, own);
    for (int i = 0; i < dims.rank; i++) {
        dims.d[i] = value->dims.d[axes[i]];
        steps[i] = own[axes[i]];
    }
    float *floats = NULL;
    int64_t *integers = NULL, count = dims_count(dims);
    struct value *result = result_like(call, value, dims, &floats, &integers);
    for (int64_t to = 0; result && to < count; to++) {
        copy_number(value, place, floats, integers, to);
        advance(&dims, index, steps, &place);
    }
    return result;
}

struct value *fold_concat(struct call *call, struct value *const *values, int count, int axis) {
    struct dims dims = values[0]->dims;
    int64_t before = dims_product(&dims, 0, axis), after = dims_product(&dims, axis + 1, dims.rank), to = 0;
    float *floats = NULL;
    int64_t *integers = NULL;
    for (int i = 1; i < count; i++) dims.d[axis] += values[i]->dims.d[axis];
    struct value *result = result_like(call, values[0], dims, &floats, &integers);
    for (int64_t b = 0; result && b < before; b++)
        for (int i = 0; i < count; i++) {
            int64_t part = values[i]->dims.d[axis] * after;
            for (int64_t a = 0; a < part; a++) copy_number(values[i], b * part + a, floats, integers, to++);
        }
    return result;
}

/* --- arithmetic */

static double apply_reals(enum binary kind, double a, double b) {
    switch (kind) {
    case BINARY_ADD: return a + b;
    case BINARY_SUB: return a - b;
    case BINARY_MUL: return a * b;
    case BINARY_DIV: return a / b;
    case BINARY_MIN: return isnan(a) || a < b ? a : b;
    case BINARY_MAX: return isnan(a) || a > b ? a : b;
    case BINARY_POW: return pow(a, b);
    case BINARY_FMOD: return fmod(a, b);
    case BINARY_MOD: return a - b * floor(a / b);
    case BINARY_EQUAL: return a == b;
    case BINARY_LESS: return a < b;
    case BINARY_LESS_EQUAL: return a <= b;
    case BINARY_GREATER: return a > b;
    case BINARY_GREATER_EQUAL: return a >= b;
    case BINARY_AND: return a != 0 && b != 0;
    case BINARY_OR: return a != 0 || b != 0;
    default: return (a != 0) != (b != 0);
    }
}

/* Wrapping, as ONNX's reference does; false: a division by zero. */
static bool apply_integers(enum binary kind, int64_t a, int64_t b, int64_t *out) {
    bool is_division = kind == BINARY_DIV || kind == BINARY_MOD || kind == BINARY_FMOD;
    if (is_division && b == 0) return false;
    switch (kind) {
    case BINARY_ADD: (void)__builtin_add_overflow(a, b, out); break;
    case BINARY_SUB: (void)__builtin_sub_overflow(a, b, out); break;
    case BINARY_MUL: (void)__builtin_mul_overflow(a, b, out); break;
    case BINARY_DIV: *out = b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b; break; /* towards zero */
    case BINARY_FMOD: *out = b == -1 ? 0 : a % b; break;
    case BINARY_MOD: *out = b == -1 ? 0 : a % b + (a % b && (a % b < 0) != (b < 0) ? b : 0); break;
    case BINARY_MIN: *out = a < b ? a : b; break;
    case BINARY_MAX: *out = a > b ? a : b; break;
    case BINARY_EQUAL: *out = a == b; break;
    case BINARY_LESS: *out = a < b; break;
    case BINARY_LESS_EQUAL: *out = a <= b; break;
    case BINARY_GREATER: *out = a > b; break;
    case BINARY_GREATER_EQUAL: *out = a >= b; break;
    default: {
        double real = apply_reals(kind, (double)a, (double)b);
        *out = fabs(real) < 0x1p63 ? (int64_t)real : INT64_MIN;
    }
    }
    return true;
}

/* Steps of an operand along the axes of the result: 0 where it is broadcast. */
static void broadcast_steps(const struct value *value, const struct dims *dims, int64_t *steps) {
    struct dims padded = dims_pad_front(value->dims, dims->rank);
    find_steps(&padded, steps);
    for (int i = 0; i < dims->rank; i++)
        if (padded.d[i] == 1) steps[i] = 0;
}

struct value *fold_binary(struct call *call, enum binary kind, const struct value *a, const struct value *b) {
    struct dims dims;
    if (!dims_broadcast(a->dims, b->dims, &dims))
        return call_fail(call, "its inputs %s and %s do not go together", dims_text(call->importer->arena, a->dims),
                         dims_text(call->importer->arena, b->dims)),
               NULL;
    bool is_test = kind >= BINARY_EQUAL, is_real = a->element == ELEMENT_FLOAT || b->element == ELEMENT_FLOAT;
    int64_t steps_a[DIMS_MAX_RANK], steps_b[DIMS_MAX_RANK], ia[DIMS_MAX_RANK] = {0}, ib[DIMS_MAX_RANK] = {0};
    int64_t at_a = 0, at_b = 0, *integers = NULL, count = dims_count(dims);
    float *floats = NULL;
    struct value *result =
        is_real && !is_test ? value_floats(call, dims, &floats) : value_integers(call, dims, &integers);
    if (result && is_test) result->element = ELEMENT_BOOLEAN;
    broadcast_steps(a, &dims, steps_a);
    broadcast_steps(b, &dims, steps_b);
    for (int64_t i = 0; result && i < count; i++) {
        if (floats)
            floats[i] = (float)apply_reals(kind, value_at(a, at_a), value_at(b, at_b));
        else if (is_real)
            integers[i] = apply_reals(kind, value_at(a, at_a), value_at(b, at_b)) != 0;
        else if (!apply_integers(kind, a->integers[at_a], b->integers[at_b], &integers[i]))
            return call_fail(call, "it divides by zero"), NULL;
        advance(&dims, ia, steps_a, &at_a);
        advance(&dims, ib, steps_b, &at_b);
    }
    return result;
}

struct value *fold_where(struct call *call, const struct value *condition, const struct value *a,
                         const struct value *b) {
    struct dims dims;
    const struct value *operands[3] = {condition, a, b};
    if (!dims_broadcast(a->dims, b->dims, &dims) || !dims_broadcast(condition->dims, dims, &dims) ||
        a->element != b->element)
        return call_fail(call, "its inputs do not go together"), NULL;
    int64_t steps[3][DIMS_MAX_RANK], index[3][DIMS_MAX_RANK] = {{0}}, at[3] = {0}, *integers = NULL;
    float *floats = NULL;
    struct value *result = result_like(call, a, dims, &floats, &integers);
    for (int k = 0; k < 3; k++) broadcast_steps(operands[k], &dims, steps[k]);
    for (int64_t i = 0, count = dims_count(dims); result && i < count; i++) {
        int which = value_at(condition, at[0]) != 0 ? 1 : 2;
        copy_number(operands[which], at[which], floats, integers, i);
        for (int k = 0; k < 3; k++) advance(&dims, index[k], steps[k], &at[k]);
    }
    return result;
}

struct value *fold_activation(struct call *call, const struct value *value, struct activation activation) {
    float *floats;
    struct value *result = value_floats(call, value->dims, &floats);
    for (int64_t i = 0, count = result ? dims_count(value->dims) : 0; i < count; i++)
        floats[i] = (float)eval_activation(activation, value_at(value, i));
    return result;
}

static double start_reduction(enum reduce_kind kind) {
    return kind == REDUCE_MAX ? -INFINITY : kind == REDUCE_MIN ? INFINITY : kind == REDUCE_PROD;
}

static double reduce_step(enum reduce_kind kind, double so_far, double x) {
    switch (kind) {
    case REDUCE_MAX: return apply_reals(BINARY_MAX, x, so_far);
    case REDUCE_MIN: return apply_reals(BINARY_MIN, x, so_far);
    case REDUCE_PROD: return so_far * x;
    default: return so_far + x;
    }
}

struct value *fold_reduce(struct call *call, enum reduce_kind kind, const struct value *value, unsigned axes) {
    struct dims dims = value->dims;
    int64_t steps[DIMS_MAX_RANK], index[DIMS_MAX_RANK] = {0}, place = 0, reduced = 1;
    for (int i = 0; i < dims.rank; i++) {
        if (!(axes >> i & 1)) continue;
        reduced *= dims.d[i];
        dims.d[i] = 1;
    }
    int64_t from = dims_count(value->dims), to = dims_count(dims);
    double *sums = ARENA_NEW_ARRAY(call->importer->arena, double, (size_t)to + 1);
    find_steps(&dims, steps);
    for (int i = 0; i < dims.rank; i++)
        if (axes >> i & 1) steps[i] = 0;
    for (int64_t i = 0; i < to; i++) sums[i] = start_reduction(kind);
    for (int64_t i = 0; i < from; i++) {
        sums[place] = reduce_step(kind, sums[place], value_at(value, i));
        advance(&value->dims, index, steps, &place);
    }
    float *floats = NULL;
    int64_t *integers = NULL;
    struct value *result = result_like(call, value, dims, &floats, &integers);
    for (int64_t i = 0; result && i < to; i++) {
        if (kind == REDUCE_MEAN) sums[i] /= (double)reduced;
        if (floats)
            floats[i] = (float)sums[i];
        else
            integers[i] = fabs(sums[i]) < 0x1p63 ? (int64_t)sums[i] : INT64_MIN;
    }
    return result;
}

/* Mean and variance of a channel, which lies in `batch` runs of `run` numbers, `step` apart. */
static void find_moments(const float *floats, int64_t batch, int64_t step, int64_t run, double *out_mean, double *out_variance) {
    double mean = 0, variance = 0, count = (double)(batch * run);
    for (int64_t b = 0; b < batch; b++)
        for (int64_t i = 0; i < run; i++) mean += (double)floats[b * step + i];
    mean /= count;
    for (int64_t b = 0; b < batch; b++)
        for (int64_t i = 0; i < run; i++) {
            double difference = (double)floats[b * step + i] - mean;
            variance += difference * difference;
        }
    *out_mean = mean;
    *out_variance = variance / count;
}

struct value *fold_batch_norm(struct call *call, const struct value *x, const struct value *scale, const struct value *bias,
                              const struct value *mean, const struct value *variance, double epsilon) {
    int64_t batch = x->dims.d[0], channels = x->dims.d[1], run = dims_product(&x->dims, 2, x->dims.rank), step = channels * run;
    float *floats;
    struct value *result = value_floats(call, x->dims, &floats);
    for (int64_t c = 0; result && c < channels; c++) {
        double m, v;
        if (mean) {
            m = (double)mean->floats[c];
            v = (double)variance->floats[c];
        } else {
            find_moments(x->floats + c * run, batch, step, run, &m, &v);
        }
        double factor = (double)scale->floats[c] / sqrt(v + epsilon), offset = (double)bias->floats[c];
        for (int64_t b = 0; b < batch; b++)
            for (int64_t i = 0, at = b * step + c * run; i < run; i++, at++)
                floats[at] = (float)(((double)x->floats[at] - m) * factor + offset);
    }
    if (result) result->name = x->name;
    return result;
}

/* Whole numbers of a type of fewer bits wrap, as C's conversions do. */
static int64_t wrap(int64_t number, int type) {
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT8: return (uint8_t)number;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT8: return (int8_t)number;
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT16: return (uint16_t)number;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT16: return (int16_t)number;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT32: return (int32_t)number;
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT32: return (uint32_t)number;
    default: return number;
    }
}

struct value *fold_cast(struct call *call, const struct value *value, enum element element, int onnx_type) {
    int64_t count = dims_count(value->dims), *integers;
    float *floats;
    struct value *result;
    if (element == ELEMENT_FLOAT) {
        result = value_floats(call, value->dims, &floats);
        for (int64_t i = 0; result && i < count; i++) floats[i] = (float)value_at(value, i);
        return result;
    }
    result = value_integers(call, value->dims, &integers);
    for (int64_t i = 0; result && i < count; i++) {
        double number = value_at(value, i);
        if (element == ELEMENT_BOOLEAN)
            integers[i] = number != 0;
        else if (value->element != ELEMENT_FLOAT)
            integers[i] = wrap(value->integers[i], onnx_type);
        else
            integers[i] = fabs(number) < 0x1p63 ? wrap((int64_t)number, onnx_type) : 0;
    }
    if (result) result->element = element;
    return result;
}
