/* generate.c - a seed becomes a random valid network in the language: values of known shapes, each made from earlier
 * ones by a random layer. */
#include "numeric.h"

#include "../../compiler/base/text.h"
#include "../../compiler/base/vec.h"

struct value {
    int rank; /* 1 or 3 */
    int c, h, w;
};

struct maker {
    struct arena *arena;
    uint64_t state;
    bool is_wide; /* makes all kinds of layers */
    struct text text;
    VEC(struct value) values;
};

static int pick(struct maker *maker, int low, int high) {
    return low + (int)(random_next(&maker->state) % (uint64_t)(high - low + 1));
}

static const char *pick_name(struct maker *maker, const char *const *names, int count) {
    return names[pick(maker, 0, count - 1)];
}

#define PICK_NAME(maker, ...)                                                                                          \
    pick_name((maker), (const char *const[]){__VA_ARGS__}, (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

static const char *activation(struct maker *maker) {
    return PICK_NAME(maker, "relu", "relu6", "leaky_relu(slope = 0.1)", "sigmoid", "hard_sigmoid", "tanh", "silu",
                     "hard_swish", "gelu", "elu", "prelu", "relu", "relu");
}

/* A new value; the statement that makes it follows. */
static void add_value(struct maker *maker, struct value value) {
    text_format(&maker->text, "    v%zu = ", maker->values.count);
    vec_push(maker->arena, &maker->values, value);
}

static struct value value_at(const struct maker *maker, int index) {
    return maker->values.items[index];
}

/* The latest values are taken more often than the early ones, so that networks grow deep. */
static int pick_value(struct maker *maker, int rank) {
    int count = (int)maker->values.count;
    for (int tries = 0; tries < 50; tries++) {
        int index = pick(maker, 0, 2) ? count - 1 - pick(maker, 0, count < 3 ? count - 1 : 2) : pick(maker, 0, count - 1);
        if (!rank || value_at(maker, index).rank == rank) return index;
    }
    return -1;
}

static int divisor_of(struct maker *maker, int number) {
    for (;;) {
        int divisor = pick(maker, 1, number);
        if (number % divisor == 0) return divisor;
    }
}

static void make_conv(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int groups = pick(maker, 0, 3) ? 1 : divisor_of(maker, v.c), out = groups * pick(maker, 1, groups > 1 ? 3 : 24);
    int k = 1 + 2 * pick(maker, 0, 2), stride = pick(maker, 0, 2) ? 1 : 2, dilation = k > 1 && !pick(maker, 0, 4) ? 2 : 1;
    int reach = dilation * (k - 1), pads[4]; /* top, left, bottom, right */
    bool is_even = v.h <= reach || v.w <= reach || pick(maker, 0, 3);
    for (int i = 0; i < 4; i++) pads[i] = is_even ? reach / 2 : pick(maker, 0, k);
    add_value(maker, (struct value){3, out, (v.h + pads[0] + pads[2] - reach - 1) / stride + 1,
                                    (v.w + pads[1] + pads[3] - reach - 1) / stride + 1});
    text_format(&maker->text, "v%d -> conv(%d, %d, stride = %d, dilation = %d, groups = %d, bias = %s", from, out, k, stride,
                dilation, groups, pick(maker, 0, 1) ? "true" : "false");
    if (!is_even) text_format(&maker->text, ", pad = [%d, %d, %d, %d]", pads[0], pads[1], pads[2], pads[3]);
    text_add(&maker->text, ")");
    if (pick(maker, 0, 1)) text_add(&maker->text, " -> bn");
    if (pick(maker, 0, 1)) text_format(&maker->text, " -> %s", activation(maker));
}

static void make_depthwise(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int k = 3 + 2 * pick(maker, 0, 1), stride = pick(maker, 1, 2);
    add_value(maker, (struct value){3, v.c, (v.h - 1) / stride + 1, (v.w - 1) / stride + 1});
    text_format(&maker->text, "v%d -> depthwise(%d, stride = %d) -> bn -> %s", from, k, stride, activation(maker));
}

static void make_conv_transpose(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int k = pick(maker, 1, 4), stride = pick(maker, 1, 3), pad = k > 2 ? pick(maker, 0, 1) : 0, out = pick(maker, 1, 12);
    int h = (v.h - 1) * stride - 2 * pad + k, w = (v.w - 1) * stride - 2 * pad + k;
    if (h < 1 || w < 1 || h > 40 || w > 40) return;
    add_value(maker, (struct value){3, out, h, w});
    text_format(&maker->text, "v%d -> conv_transpose(%d, %d, stride = %d, pad = %d, bias = true)", from, out, k, stride, pad);
}

static void make_se(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int hidden = pick(maker, 1, 9);
    add_value(maker, v);
    text_format(&maker->text, "v%d -> se(hidden = %d, squeeze = %s, act = %s, gate = %s)", from, hidden,
                PICK_NAME(maker, "avg", "avg", "max"), PICK_NAME(maker, "relu", "silu", "hard_swish"),
                PICK_NAME(maker, "sigmoid", "sigmoid", "hard_sigmoid", "tanh", "relu"));
    if (pick(maker, 0, 1)) text_format(&maker->text, " -> %s", activation(maker));
}

/* An SE block spelled out, and now and then its gate used a second time. */
static void make_written_se(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int gate = (int)maker->values.count, hidden = pick(maker, 1, 9);
    bool as_conv = pick(maker, 0, 1);
    add_value(maker, (struct value){as_conv ? 3 : 1, v.c, 1, 1});
    text_format(&maker->text, "v%d -> %s(global) -> ", from, PICK_NAME(maker, "avgpool", "maxpool"));
    if (as_conv)
        text_format(&maker->text, "conv(%d, 1, bias = true) -> relu -> conv(%d, 1) -> sigmoid\n", hidden, v.c);
    else
        text_format(&maker->text, "linear(%d) -> relu -> linear(%d) -> %s\n", hidden, v.c,
                    PICK_NAME(maker, "sigmoid", "hard_sigmoid"));
    add_value(maker, v);
    bool map_first = pick(maker, 0, 1);
    text_format(&maker->text, "v%d * v%d", map_first ? from : gate, map_first ? gate : from);
}

static void make_pool(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    const char *kind = PICK_NAME(maker, "maxpool", "avgpool");
    int k = pick(maker, 2, 3), stride = pick(maker, 1, 3), pad = k == 3 ? pick(maker, 0, 1) : 0;
    if (!pick(maker, 0, 3)) {
        add_value(maker, (struct value){3, v.c, 1, 1});
        text_format(&maker->text, "v%d -> %s(global)", from, kind);
        return;
    }
    if (v.h + 2 * pad < k || v.w + 2 * pad < k) return;
    add_value(maker, (struct value){3, v.c, (v.h + 2 * pad - k) / stride + 1, (v.w + 2 * pad - k) / stride + 1});
    text_format(&maker->text, "v%d -> %s(%d, stride = %d, pad = %d%s)", from, kind, k, stride, pad,
                kind[0] == 'a' && pick(maker, 0, 1) ? ", count_include_pad = false" : "");
}

/* Another value of the same shape if there is one, else of a shape that broadcasts, else a number. */
static void make_arithmetic(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    const char *op = PICK_NAME(maker, "+", "*", "-", "+");
    for (int i = (int)maker->values.count - 1; i >= 0; i--) {
        struct value u = value_at(maker, i);
        bool same = u.rank == v.rank && u.c == v.c && u.h == v.h && u.w == v.w;
        bool vector = v.rank == 3 && u.c == v.c && u.h == 1 && u.w == 1;
        if (!(same || vector) || !pick(maker, 0, 2)) continue;
        add_value(maker, v);
        text_format(&maker->text, "v%d %s v%d", from, op, i);
        if (pick(maker, 0, 1)) text_format(&maker->text, " -> %s", activation(maker));
        return;
    }
    add_value(maker, v);
    if (pick(maker, 0, 1))
        text_format(&maker->text, "v%d %s 1.5", from, op);
    else
        text_format(&maker->text, "0.75 %s v%d", op, from);
}

static void make_concat(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    struct value sum = v;
    int parts[3], count = 0, axis = v.rank == 3 && !pick(maker, 0, 3) ? pick(maker, 1, 2) : 0;
    for (int i = 0; i < (int)maker->values.count && count < 3; i++) {
        struct value u = value_at(maker, i);
        bool fits = u.rank == v.rank && (axis == 0 || u.c == v.c) && (axis == 1 || u.h == v.h) && (axis == 2 || u.w == v.w);
        if (!fits || !pick(maker, 0, 1)) continue;
        parts[count++] = i;
        if (axis == 0) sum.c += u.c;
        if (axis == 1) sum.h += u.h;
        if (axis == 2) sum.w += u.w;
    }
    if (sum.c > 64 || sum.h > 40 || sum.w > 40) return;
    add_value(maker, sum);
    text_format(&maker->text, "concat(v%d", from);
    for (int i = 0; i < count; i++) text_format(&maker->text, ", v%d", parts[i]);
    text_format(&maker->text, ", axis = %d)", axis);
}

static void make_slice(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int axis = v.rank == 3 ? pick(maker, 0, 2) : 0, *extent = axis == 0 ? &v.c : axis == 1 ? &v.h : &v.w;
    int begin = pick(maker, 0, *extent - 1), end = pick(maker, begin + 1, *extent);
    *extent = end - begin;
    add_value(maker, v);
    text_format(&maker->text, "v%d -> slice(%d, %d, %d)", from, axis, begin, end);
}

static void make_move(struct maker *maker, int from) {
    struct value v = value_at(maker, from), w = v;
    int edges[4], groups = divisor_of(maker, v.c);
    for (int i = 0; i < 4; i++) edges[i] = pick(maker, 0, 2);
    switch (pick(maker, 0, 4)) {
    case 0:
        add_value(maker, v);
        text_format(&maker->text, "v%d -> channel_shuffle(%d)", from, groups);
        break;
    case 1:
        if (v.h > 16 || v.w > 16) return;
        w.h *= 2, w.w *= 2;
        add_value(maker, w);
        text_format(&maker->text, "v%d -> upsample(2, %s)", from, PICK_NAME(maker, "nearest", "bilinear"));
        break;
    case 2:
        w.h += edges[0] + edges[2], w.w += edges[1] + edges[3];
        add_value(maker, w);
        text_format(&maker->text, "v%d -> pad([%d, %d, %d, %d], value = %s)", from, edges[0], edges[1], edges[2], edges[3],
                    PICK_NAME(maker, "0", "0.5", "-1"));
        break;
    case 3:
        w.h -= edges[0] + edges[2], w.w -= edges[1] + edges[3];
        if (w.h < 1 || w.w < 1) return;
        add_value(maker, w);
        text_format(&maker->text, "v%d -> crop([%d, %d, %d, %d])", from, edges[0], edges[1], edges[2], edges[3]);
        break;
    default:
        add_value(maker, (struct value){3, groups, v.h, v.c / groups * v.w});
        text_format(&maker->text, "v%d -> reshape([%d, %d, -1])", from, groups, v.h);
    }
}

static void make_vector(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int out = pick(maker, 1, 40);
    if (v.c * v.h * v.w > 3000) return;
    add_value(maker, (struct value){1, pick(maker, 0, 4) ? out : v.c * v.h * v.w, 1, 1});
    text_format(&maker->text, "v%d%s", from, v.rank == 3 ? " -> flatten" : "");
    if (maker->values.items[maker->values.count - 1].c == out) text_format(&maker->text, " -> linear(%d)", out);
    text_format(&maker->text, " -> %s", PICK_NAME(maker, "relu", "softmax", "log_softmax", "tanh", "silu"));
}

static void make_elementwise(struct maker *maker, int from) {
    add_value(maker, value_at(maker, from));
    text_format(&maker->text, "v%d -> %s", from,
                value_at(maker, from).rank == 3 && !pick(maker, 0, 5) ? "softmax" : activation(maker));
}

/* --- seeds from 500 on: what works along axes, and more functions; nothing that jumps where rounding errors decide */

static void make_function(struct maker *maker, int from) {
    add_value(maker, value_at(maker, from));
    text_format(&maker->text, PICK_NAME(maker, "v%d -> clip(-3, 3) -> exp", "log(abs(v%d) + 0.5)", "sqrt(abs(v%d) + 0.1)",
                                        "v%d -> erf", "v%d -> softplus", "v%d -> softsign", "v%d -> mish", "v%d -> selu",
                                        "v%d -> celu(alpha = 0.8)", "v%d -> shrink(0.2, bias = 0.2)", "v%d -> neg",
                                        "(v%d -> abs) + 0.3 -> reciprocal", "pow(abs(v%d) + 0.1, 1.3)", "pow(v%d, 2)",
                                        "min(v%d, 0.75, 1)", "max(0.1, v%d)"),
                from);
}

static int extent_of(struct value v, int axis) {
    return axis == 0 ? v.c : axis == 1 ? v.h : v.w;
}

static void set_extent(struct value *v, int axis, int extent) {
    *(axis == 0 ? &v->c : axis == 1 ? &v->h : &v->w) = extent;
}

static void make_transpose(struct maker *maker, int from) {
    static const int orders[][3] = {{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct value v = value_at(maker, from);
    const int *order = orders[pick(maker, 0, 4)];
    add_value(maker, (struct value){3, extent_of(v, order[0]), extent_of(v, order[1]), extent_of(v, order[2])});
    text_format(&maker->text, "v%d -> transpose([%d, %d, %d])", from, order[0], order[1], order[2]);
}

static void make_blocks(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int block = pick(maker, 2, 3);
    if (v.c % (block * block) == 0 && v.h * block <= 40 && v.w * block <= 40) {
        add_value(maker, (struct value){3, v.c / (block * block), v.h * block, v.w * block});
        text_format(&maker->text, "v%d -> %s(%d)", from, PICK_NAME(maker, "depth_to_space", "pixel_shuffle"), block);
    } else if (v.h % block == 0 && v.w % block == 0 && v.c * block * block <= 80) {
        add_value(maker, (struct value){3, v.c * block * block, v.h / block, v.w / block});
        text_format(&maker->text, "v%d -> %s(%d)", from, PICK_NAME(maker, "space_to_depth", "pixel_unshuffle"), block);
    }
}

/* The numbers of a map taken apart into factors of its extents, mixed, and seen as a vector or a map. */
static void make_rearrange(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int factors[6], order[6], count = v.c * v.h * v.w, rest = count;
    for (int i = 0; i < 6; i++) {
        factors[i] = i == 5 ? rest : divisor_of(maker, rest < 6 ? rest : pick(maker, 0, 1) ? v.c : v.w);
        if (rest % factors[i]) factors[i] = 1;
        rest /= factors[i];
        order[i] = i;
    }
    for (int i = 5; i > 0; i--) {
        int j = pick(maker, 0, i), held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
    int channels = divisor_of(maker, count), height = divisor_of(maker, count / channels);
    int width = count / channels / height;
    if (channels > 96 || height > 60 || width > 60) return;
    add_value(maker, (struct value){3, channels, height, width});
    text_format(&maker->text, "v%d -> rearrange([", from);
    for (int i = 0; i < 6; i++) text_format(&maker->text, "%s%d", i ? ", " : "", factors[i]);
    text_add(&maker->text, "], [");
    for (int i = 0; i < 6; i++) text_format(&maker->text, "%s%d", i ? ", " : "", order[i]);
    text_format(&maker->text, "], [%d, %d, %d])", channels, height, width);
}

static void make_take(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int axis = v.rank == 3 ? pick(maker, 0, 2) : 0, extent = extent_of(v, axis), count = pick(maker, 1, 20);
    set_extent(&v, axis, count);
    add_value(maker, v);
    text_format(&maker->text, "v%d -> take(%d, [", from, axis);
    for (int i = 0; i < count; i++) text_format(&maker->text, "%s%d", i ? ", " : "", pick(maker, 0, extent) - 1);
    text_format(&maker->text, "], fill = %s)", PICK_NAME(maker, "0", "0.5", "-2"));
}

static void make_resample(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int axis = v.rank == 3 ? pick(maker, 0, 2) : 0, extent = extent_of(v, axis), count = pick(maker, 1, 18);
    int taps = pick(maker, 1, 3) * pick(maker, 1, 4);
    set_extent(&v, axis, count);
    add_value(maker, v);
    text_format(&maker->text, "v%d -> resample(%d, %d, [", from, axis, count);
    for (int i = 0; i < count * taps; i++) text_format(&maker->text, "%s%d", i ? ", " : "", pick(maker, 0, extent - 1));
    text_add(&maker->text, "], [");
    for (int i = 0; i < count * taps; i++)
        text_format(&maker->text, "%s%s", i ? ", " : "", PICK_NAME(maker, "0", "0.25", "0.5", "-0.125", "0.3"));
    text_add(&maker->text, "])");
}

static void make_reduction(struct maker *maker, int from) {
    struct value v = value_at(maker, from);
    int mask = v.rank == 3 ? pick(maker, 1, 7) : 1;
    struct value result = v;
    for (int axis = 0; axis < 3; axis++)
        if (mask >> axis & 1) set_extent(&result, axis, 1);
    add_value(maker, result);
    text_format(&maker->text, "v%d -> %s([", from, PICK_NAME(maker, "mean", "mean", "amax", "amin"));
    for (int axis = 0, count = 0; axis < 3; axis++)
        if (mask >> axis & 1) text_format(&maker->text, "%s%d", count++ ? ", " : "", axis);
    text_add(&maker->text, "])");
}

static void make_more(struct maker *maker, int from) {
    static void (*const of_all[])(struct maker * maker, int from) = {make_function, make_function, make_take, make_resample,
                                                                     make_reduction};
    static void (*const of_maps[])(struct maker * maker, int from) = {make_transpose, make_blocks, make_rearrange};
    if (value_at(maker, from).rank == 3 && pick(maker, 0, 1))
        of_maps[pick(maker, 0, 2)](maker, from);
    else
        of_all[pick(maker, 0, 4)](maker, from);
}

static void make_one(struct maker *maker) {
    static void (*const of_maps[])(struct maker * maker, int from) = {
        make_conv,       make_conv,   make_conv,   make_depthwise, make_conv_transpose, make_se,     make_written_se, make_pool,
        make_arithmetic, make_concat, make_slice,  make_move,      make_vector,         make_concat, make_elementwise};
    static void (*const of_vectors[])(struct maker * maker, int from) = {make_arithmetic, make_concat, make_slice, make_vector,
                                                                         make_elementwise};
    int from = pick_value(maker, 0);
    size_t before = maker->values.count;
    if (maker->is_wide && pick(maker, 0, 1))
        make_more(maker, from);
    else if (value_at(maker, from).rank == 3)
        of_maps[pick(maker, 0, (int)(sizeof of_maps / sizeof *of_maps) - 1)](maker, from);
    else
        of_vectors[pick(maker, 0, (int)(sizeof of_vectors / sizeof *of_vectors) - 1)](maker, from);
    if (maker->values.count > before) text_add(&maker->text, "\n");
}

const char *generate_network(struct arena *arena, uint64_t seed) {
    struct maker maker = {.arena = arena, .state = seed * 0x9e3779b97f4a7c15u + 12345, .is_wide = seed >= 500, .text = text_create(arena)};
    struct value input = {3, pick(&maker, 1, 34), pick(&maker, 1, 15), pick(&maker, 1, 15)};
    text_format(&maker.text, "network random {\n    input x: f32[%d, %d, %d]\n", input.c, input.h, input.w);
    add_value(&maker, input);
    text_add(&maker.text, "x\n");
    int layers = pick(&maker, 1, 14);
    for (int i = 0; i < layers; i++) make_one(&maker);
    int last = (int)maker.values.count - 1;
    text_format(&maker.text, "    output last = v%d\n", last);
    if (pick(&maker, 0, 1)) text_format(&maker.text, "    output other = v%d\n", pick(&maker, 0, last));
    text_add(&maker.text, "}\n");
    return maker.text.bytes;
}
