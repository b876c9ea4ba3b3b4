/* operator_product.c - products of matrices beyond a linear layer: both factors flow, or they are many matrices at once.
 *
 * Two that flow are multiplied number by number, [M, K, 1] times [1, K, N], and summed over K. Many constant matrices are a
 * convolution of as many groups. */
#include "importer.h"

enum { MATRICES_MAX = 256 };

/* The factors [count, M, K] and [count, K, N], the count 1 where there is but one matrix; behind the batch
 * where they flow in a batched import. */
struct product {
    struct value *a, *b;
    int64_t count;
    struct dims dims; /* of the result */
};

static bool has_batch(const struct call *call, const struct value *value) {
    return call->importer->is_batched && value->node;
}

static struct value *see(struct call *call, struct value *value, struct dims dims) {
    if (!value) return NULL;
    if (has_batch(call, value)) {
        dims = dims_pad_front(dims, dims.rank + 1);
        dims.d[0] = call->importer->batch;
    }
    return value_reshape(call, value, dims);
}

static struct value *turn(struct call *call, struct value *value, int a, int b) {
    int axes[DIMS_MAX_RANK], first = value && has_batch(call, value);
    for (int i = 0; i < DIMS_MAX_RANK; i++) axes[i] = i;
    axes[first + a] = first + b;
    axes[first + b] = first + a;
    const char *name = value && !value->node ? value->name : NULL;
    value = value ? value_permute(call, value, axes) : NULL;
    if (value && name) value->name = name;
    return value;
}

static struct value *matrix_at(struct call *call, struct value *value, int64_t index) {
    int64_t begin[DIMS_MAX_RANK] = {0}, extent[DIMS_MAX_RANK];
    int first = has_batch(call, value);
    struct dims matrix = {2, {value->dims.d[first + 1], value->dims.d[first + 2]}};
    for (int i = 0; i < value->dims.rank; i++) extent[i] = value->dims.d[i];
    if (value->dims.d[first] > 1) begin[first] = index;
    extent[first] = 1;
    return see(call, value_slice(call, value, begin, extent), matrix);
}

/* [M, K] times [K, N] */
static struct value *multiply_pair(struct call *call, struct value *a, struct value *b) {
    if (!a || !b) return NULL;
    int first = has_batch(call, a) || has_batch(call, b);
    int64_t m = a->dims.d[a->dims.rank - 2], k = a->dims.d[a->dims.rank - 1], n = b->dims.d[b->dims.rank - 1];
    if (dims_count((struct dims){3, {m, k, n}}) < 1)
        return call_fail(call, "both its factors are computed when the network runs, and %lld x %lld x %lld products are too many",
                         (long long)m, (long long)k, (long long)n),
               NULL;
    a = see(call, a, (struct dims){3, {m, k, 1}});
    b = see(call, b, (struct dims){3, {1, k, n}});
    struct value *sum =
        a && b ? value_reduce(call, REDUCE_SUM, value_binary(call, BINARY_MUL, a, b), 1u << (first + 1))
               : NULL;
    return see(call, sum, (struct dims){3, {1, m, n}});
}

static struct value *multiply_each(struct call *call, const struct product *product) {
    struct value *parts[MATRICES_MAX];
    if (product->count > MATRICES_MAX)
        return call_fail(call, "it multiplies %lld pairs of matrices; %d are the most",
                         (long long)product->count, MATRICES_MAX),
               NULL;
    for (int64_t i = 0; i < product->count; i++) {
        struct value *a = matrix_at(call, product->a, i);
        struct value *b = a ? matrix_at(call, product->b, i) : NULL;
        if (!(parts[i] = multiply_pair(call, a, b))) return NULL;
    }
    return product->count == 1 ? parts[0]
                               : value_concat(call, parts, (int)product->count, has_batch(call, parts[0]));
}

/* Constant a [count, M, K] times x [count, K, N], of which neither count is 1 unless both are. */
static struct value *multiply_grouped(struct call *call, struct value *a, struct value *x) {
    int first = call->importer->is_batched;
    int64_t count = a->dims.d[0], m = a->dims.d[1], k = a->dims.d[2], n = x->dims.d[first + 2];
    struct node *inputs[2] = {value_node(call, x, (struct shape){.rank = 3, .dims = {count * k, 1, n}})};
    if (!inputs[0]) return NULL;
    inputs[1] =
        value_param(call, a, (struct shape){.rank = 4, .dims = {count * m, k, 1, 1}}, PARAM_WEIGHT, k);
    struct node *conv = call_add(call, OP_CONV, inputs, 2);
    conv->as.conv.window = (struct window){{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}};
    conv->as.conv.groups = count;
    struct dims dims = x->dims;
    dims.d[first + 1] = m;
    return value_flow(call, call_finish(call, conv), dims);
}

/* Constant a times x, which flows; one of the counts may be 1. */
static struct value *multiply_constant(struct call *call, struct value *a, struct value *x) {
    int first = call->importer->is_batched;
    int64_t matrices = a->dims.d[0], count = x->dims.d[first], m = a->dims.d[1], k = a->dims.d[2],
            n = x->dims.d[first + 2];
    if (matrices == count) return multiply_grouped(call, a, x);
    if (count == 1) { /* one below the other, they are one matrix */
        a = value_view(call, a, (struct dims){3, {1, matrices * m, k}});
        return see(call, multiply_grouped(call, a, x), (struct dims){3, {matrices, m, n}});
    }
    x = see(call, turn(call, x, 0, 1), (struct dims){3, {1, k, count * n}});
    x = x ? see(call, multiply_grouped(call, a, x), (struct dims){3, {m, count, n}}) : NULL;
    return turn(call, x, 0, 1);
}

/* The extents of a factor of at least two axes without the batch, with as many axes as the other has. */
static bool find_picture(struct call *call, const struct value *value, int rank, bool is_batched,
                         struct dims *out_picture) {
    *out_picture = dims_pad_front(value->dims, rank);
    if (!is_batched) return true;
    bool is_batch = value->node ? value->dims.rank == rank && rank > 2 : out_picture->d[0] == 1;
    if (!is_batch) return call_fail_batch(call);
    *out_picture = dims_drop_front(*out_picture);
    return true;
}

/* A factor as [count, ...] or, if it is one matrix, as [1, ...]. */
static struct value *see_matrices(struct call *call, struct value *value, struct dims picture,
                                  struct dims leading, int64_t count) {
    int rank = picture.rank;
    bool is_one = dims_product(&picture, 0, rank - 2) == 1;
    const char *name = value->node ? NULL : value->name;
    struct dims matrices = {3, {is_one ? 1 : count, picture.d[rank - 2], picture.d[rank - 1]}};
    for (int i = 0; i < rank - 2 && !is_one; i++) picture.d[i] = leading.d[i];
    if (has_batch(call, value)) {
        picture = dims_pad_front(picture, rank + 1);
        picture.d[0] = call->importer->batch;
    }
    if (!is_one) value = value_expand(call, value, picture);
    value = see(call, value, matrices);
    if (value && name) value->name = name;
    return value;
}

/* The factors as `product` wants them. */
static bool find_product(struct call *call, struct value *a, struct value *b, struct product *product) {
    int rank = a->dims.rank > b->dims.rank ? a->dims.rank : b->dims.rank;
    bool is_batched = has_batch(call, a) || has_batch(call, b);
    struct dims of_a, of_b, leading;
    if (!find_picture(call, a, rank, is_batched, &of_a) || !find_picture(call, b, rank, is_batched, &of_b))
        return false;
    rank = of_a.rank;
    struct dims before_a = of_a, before_b = of_b;
    before_a.rank = before_b.rank = rank - 2;
    if (of_a.d[rank - 1] != of_b.d[rank - 2] || !dims_broadcast(before_a, before_b, &leading))
        return call_fail(call, "%s and %s cannot be multiplied", dims_text(call->importer->arena, a->dims),
                         dims_text(call->importer->arena, b->dims));
    product->count = dims_count(leading);
    product->dims = leading;
    product->dims.rank = rank;
    product->dims.d[rank - 2] = of_a.d[rank - 2];
    product->dims.d[rank - 1] = of_b.d[rank - 1];
    if (dims_count(product->dims) < 1 || of_a.d[rank - 1] < 1)
        return call_fail(call, "its result is empty or too large");
    product->a = see_matrices(call, a, of_a, leading, product->count);
    product->b = product->a ? see_matrices(call, b, of_b, leading, product->count) : NULL;
    return product->b;
}

struct value *value_product(struct call *call, struct value *a, struct value *b) {
    struct product product;
    struct value *result;
    if (!find_product(call, a, b, &product)) return NULL;
    if (!a->node == !b->node) {
        result = multiply_each(call, &product);
    } else if (!a->node) {
        result = multiply_constant(call, product.a, product.b);
    } else { /* the product of the turned factors, turned */
        struct value *constant = turn(call, product.b, 1, 2), *x = turn(call, product.a, 1, 2);
        result = constant && x ? turn(call, multiply_constant(call, constant, x), 1, 2) : NULL;
    }
    return see(call, result, product.dims);
}
