/* generate_se.c - a seed becomes a random network of SE blocks: in every place that they are put in (in front of a
 * branch, behind it, behind the sum, beside it, between an expansion and a projection, on a concatenation, before pools),
 * in every spelling, around convolutions of random kernels, strides, paddings and groups. */
#include "numeric.h"

#include "../../compiler/base/text.h"

struct maker {
    uint64_t state;
    struct text text;
    int c, h, w;  /* of x, the value that the network goes on with */
    int branches; /* names used */
};

static int pick(struct maker *maker, int low, int high) {
    return low + (int)(random_next(&maker->state) % (uint64_t)(high - low + 1));
}

#define PICK(maker, ...)                                                                                               \
    ((const char *const[]){__VA_ARGS__})[pick((maker), 0, (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)) - 1)]

static const char *activation(struct maker *maker) {
    return PICK(maker, "relu", "silu", "hard_swish", "relu6", "leaky_relu(slope = 0.1)", "relu");
}

static const char *gate(struct maker *maker) {
    return PICK(maker, "sigmoid", "hard_sigmoid", "sigmoid", "hard_sigmoid(slope = 0.2)", "tanh", "relu", "hard_sigmoid");
}

/* One of the layers of an excitation written by hand, or both. */
static void write_layer(struct maker *maker, int out) {
    if (pick(maker, 0, 1))
        text_format(&maker->text, " -> linear(%d, bias = %s)", out, PICK(maker, "true", "false"));
    else
        text_format(&maker->text, " -> reshape([-1, 1, 1]) -> conv(%d, 1, bias = %s)", out, PICK(maker, "true", "false"));
    if (!pick(maker, 0, 3)) text_add(&maker->text, " -> reshape([-1, 1, 1]) -> bn");
}

static void write_gate(struct maker *maker) {
    if (pick(maker, 0, 4))
        text_format(&maker->text, " -> %s -> reshape([-1, 1, 1])\n", gate(maker));
    else
        text_format(&maker->text, " -> reshape([-1, 1, 1])\n    s = clip(s * %s + 0.5)\n", PICK(maker, "0.2", "0.25"));
}

/* `name` times its gate, as a statement: "NAME = ...". */
static void write_se(struct maker *maker, const char *name, int c, int h, int w) {
    int hidden = pick(maker, 0, 11) ? pick(maker, 1, 9) : pick(maker, 500, 900); /* many: two steps */
    if (pick(maker, 0, 2)) {
        text_format(&maker->text, "    %s = %s -> se(hidden = %d, squeeze = %s, act = %s, gate = %s, bias = %s)\n", name, name,
                    hidden, PICK(maker, "avg", "avg", "avg", "max"), PICK(maker, "relu", "silu", "hard_swish"),
                    PICK(maker, "sigmoid", "hard_sigmoid", "sigmoid", "tanh", "relu"), PICK(maker, "true", "false"));
        return;
    }
    text_format(&maker->text, "    s = %s -> ", name);
    if (pick(maker, 0, 1))
        text_format(&maker->text, "%s(global)", PICK(maker, "avgpool", "avgpool", "maxpool"));
    else
        text_format(&maker->text, "avgpool([%d, %d])", h, w);
    if (pick(maker, 0, 1)) text_add(&maker->text, " -> flatten");
    if (pick(maker, 0, 3)) {
        write_layer(maker, hidden);
        text_format(&maker->text, " -> %s", PICK(maker, "relu", "silu", "hard_swish", "prelu"));
    }
    write_layer(maker, c);
    write_gate(maker);
    bool map_first = pick(maker, 0, 1);
    text_format(&maker->text, "    %s = %s * %s\n", name, map_first ? name : "s", map_first ? "s" : name);
}

/* A convolution of `name`, which has *c channels and *h x *w pixels; keeps them if `keeps`. */
static void write_conv(struct maker *maker, const char *name, int *c, int *h, int *w, bool keeps) {
    int k = pick(maker, 0, 2) ? 1 + 2 * pick(maker, 0, 1) : pick(maker, 2, 5), stride = keeps || pick(maker, 0, 2) ? 1 : 2;
    int dilation = k > 1 && !pick(maker, 0, 4) ? 2 : 1, reach = dilation * (k - 1);
    int before[2], after[2], extents[2] = {*h, *w};
    if (keeps && reach % 2) k = 3, dilation = 1, reach = 2;
    for (int i = 0; i < 2; i++) {
        before[i] = keeps ? reach / 2 : pick(maker, 0, reach);
        after[i] = keeps ? reach / 2 : pick(maker, 0, reach);
        while (extents[i] + before[i] + after[i] < reach + 1) after[i]++;
        extents[i] = (extents[i] + before[i] + after[i] - reach - 1) / stride + 1;
    }
    static const int groups_of[] = {1, 1, 1, 2, 4};
    int groups = groups_of[pick(maker, 0, 4)], out = keeps ? *c : groups * pick(maker, 1, 24 / groups);
    if (*c % groups || out % groups) groups = 1;
    if (!keeps && !pick(maker, 0, 4)) groups = out = *c;
    text_format(&maker->text, "    %s = %s -> conv(%d, %d, stride = %d, pad = [%d, %d, %d, %d], dilation = %d, groups = %d, bias = %s)%s\n",
                name, name, out, k, stride, before[0], before[1], after[0], after[1], dilation, groups,
                PICK(maker, "true", "false"), pick(maker, 0, 1) ? " -> bn" : "");
    *c = out, *h = extents[0], *w = extents[1];
}

static void write_activation(struct maker *maker, const char *name) {
    if (pick(maker, 0, 3)) text_format(&maker->text, "    %s = %s -> %s\n", name, name, activation(maker));
}

/* A branch of one or two convolutions; `se`: an SE block between them. */
static void write_branch(struct maker *maker, const char *name, int *c, int *h, int *w, bool keeps, bool se) {
    text_format(&maker->text, "    %s = x\n", name);
    *c = maker->c, *h = maker->h, *w = maker->w;
    write_conv(maker, name, c, h, w, keeps);
    write_activation(maker, name);
    if (se) write_se(maker, name, *c, *h, *w);
    if (pick(maker, 0, 1)) write_conv(maker, name, c, h, w, keeps);
}

/* The paper's placements: standard, PRE, POST, Identity, and between two convolutions. */
static void write_residual(struct maker *maker) {
    int c, h, w, place = pick(maker, 0, 4);
    if (place == 1) text_add(&maker->text, "    y = x\n"), write_se(maker, "x", maker->c, maker->h, maker->w);
    write_branch(maker, "u", &c, &h, &w, true, place == 4);
    if (place == 1) text_add(&maker->text, "    x = y\n");
    if (place == 0) write_se(maker, "u", c, h, w);
    if (place == 3) write_se(maker, "x", maker->c, maker->h, maker->w);
    text_add(&maker->text, "    x = u + x\n");
    if (place == 2) write_se(maker, "x", maker->c, maker->h, maker->w);
    write_activation(maker, "x");
}

static void write_plain(struct maker *maker) {
    write_conv(maker, "x", &maker->c, &maker->h, &maker->w, false);
    write_activation(maker, "x");
    write_se(maker, "x", maker->c, maker->h, maker->w);
    write_activation(maker, "x");
}

static void write_concat(struct maker *maker) {
    int c[3], h, w, count = pick(maker, 2, 3), all = 0;
    static const char *const names[] = {"u0", "u1", "u2"};
    for (int i = 0; i < count; i++) {
        text_format(&maker->text, "    %s = x\n", names[i]);
        c[i] = maker->c, h = maker->h, w = maker->w;
        write_conv(maker, names[i], &c[i], &h, &w, true);
        if (pick(maker, 0, 1)) text_format(&maker->text, "    %s = %s -> conv(%d, 1)\n", names[i], names[i], c[i] = 8 * pick(maker, 1, 3));
        write_activation(maker, names[i]);
        if (!pick(maker, 0, 3)) write_se(maker, names[i], c[i], h, w);
        all += c[i];
    }
    text_format(&maker->text, "    x = concat(u0, u1%s)\n", count > 2 ? ", u2" : "");
    maker->c = all;
    write_se(maker, "x", maker->c, maker->h, maker->w);
}

/* What a scaled map is read by. */
static void write_reader(struct maker *maker) {
    int k = pick(maker, 2, 3), pad = k == 3 ? pick(maker, 0, 1) : 0;
    write_activation(maker, "x");
    write_se(maker, "x", maker->c, maker->h, maker->w);
    if (!pick(maker, 0, 3) && maker->h < 12 && maker->w < 12) {
        text_format(&maker->text, "    x = x -> upsample(2, %s)\n", PICK(maker, "nearest", "bilinear"));
        maker->h *= 2, maker->w *= 2;
        return;
    }
    if (!pick(maker, 0, 2) && maker->h < 12 && maker->w < 12 && maker->h > 1 && maker->w > 1) {
        int stride = pick(maker, 1, 3), most = k - 1 < stride ? k - 1 : stride, extra = stride > 1 ? pick(maker, 0, 1) : 0;
        pad = pick(maker, 0, most);
        maker->h = (maker->h - 1) * stride + k - 2 * pad + extra, maker->w = (maker->w - 1) * stride + k - 2 * pad + extra;
        maker->c = pick(maker, 1, 24);
        text_format(&maker->text, "    x = x -> conv_transpose(%d, %d, stride = %d, pad = %d, output_pad = %d, bias = %s)\n", maker->c,
                    k, stride, pad, extra, PICK(maker, "true", "false"));
        return;
    }
    if (maker->h + 2 * pad < k || maker->w + 2 * pad < k) return;
    text_format(&maker->text, "    x = x -> %s(%d, stride = 2, pad = %d)\n", PICK(maker, "maxpool", "avgpool"), k, pad);
    maker->h = (maker->h + 2 * pad - k) / 2 + 1, maker->w = (maker->w + 2 * pad - k) / 2 + 1;
}

/* Behind this a pass over a map costs more than its sums do, so that squeezes move. */
static int many_channels(const struct maker *maker, int h, int w) {
    int c = 16000 / (h * w) + 8;
    return maker->c * h * w > 3000 || c > 700 ? 48 : c / 4 * 4;
}

/* Squeezes that can move in front of what computes the map: convolutions with strides, mean pools, sums. */
static void write_wide(struct maker *maker) {
    int kind = pick(maker, 0, 3), h = maker->h, w = maker->w, stride = pick(maker, 1, 3), k = pick(maker, 1, 3);
    if (kind == 0 && h > 3 && w > 3) {
        h = (h - 1) / stride + 1, w = (w - 1) / 2 + 1;
        int c = many_channels(maker, h, w), odd = pick(maker, 0, 1) ? 3 : 1;
        text_format(&maker->text, "    x = x -> conv(%d, %d, stride = [%d, 2], bias = %s)\n", c, odd, stride, PICK(maker, "true", "false"));
        maker->c = c;
    } else if (kind == 1) {
        int pad = k / 2, step = h % k || pick(maker, 0, 1) ? 1 : k, c = many_channels(maker, h, w);
        text_format(&maker->text, "    x = x -> conv(%d, 1) -> %s -> avgpool([%d, %d]", c, activation(maker), k, step == 1 ? 2 : 1);
        if (step == 1)
            text_format(&maker->text, ", stride = 1, pad = [%d, 1, %d, 0], count_include_pad = %s)\n", pad, pad,
                        PICK(maker, "true", "false"));
        else
            text_add(&maker->text, ")\n");
        h = step == 1 ? h + 2 * pad - k + 1 : h / k;
        maker->c = c;
    } else {
        int c = many_channels(maker, h, w);
        text_format(&maker->text, "    u = x -> conv(%d, 1) -> %s\n    x = u + (%s -> conv(%d, 1, bias = %s))\n", c, activation(maker),
                    PICK(maker, "x", "u -> conv(4, 1) -> relu"), c, PICK(maker, "true", "false"));
        maker->c = c;
    }
    maker->h = h, maker->w = w;
    write_se(maker, "x", maker->c, h, w);
    write_activation(maker, "x");
    maker->c = pick(maker, 1, 12);
    text_format(&maker->text, "    x = x -> conv(%d, 1)\n", maker->c);
}

/* A convolution or pool whose scaled result goes through a rectifier to what takes the factor; others read it sometimes. */
static void write_rectified(struct maker *maker) {
    if (pick(maker, 0, 5) || maker->h < 3 || maker->w < 3)
        write_conv(maker, "x", &maker->c, &maker->h, &maker->w, false);
    else
        text_add(&maker->text, "    x = x -> maxpool(3, stride = 1, pad = 1)\n");
    if (!pick(maker, 0, 3)) text_format(&maker->text, "    x = x -> %s\n", PICK(maker, "hard_swish", "leaky_relu(slope = -0.5)", "relu"));
    if (!pick(maker, 0, 5)) text_format(&maker->text, "    output other%d = x\n", maker->branches++);
    write_se(maker, "x", maker->c, maker->h, maker->w);
    const char *rectifier = PICK(maker, "relu", "relu", "leaky_relu", "leaky_relu(slope = -0.3)", "leaky_relu(slope = 0)", "prelu");
    text_format(&maker->text, "    x = x -> %s\n", rectifier);
    switch (pick(maker, 0, 5)) {
    case 0: text_format(&maker->text, "    x = x -> depthwise(3, bias = %s)\n", PICK(maker, "true", "false")); break;
    case 1: text_add(&maker->text, "    x = x -> maxpool(2, stride = 1, pad = [0, 0, 1, 1])\n"); break;
    case 2: text_format(&maker->text, "    u = x -> conv(%d, 1)\n    x = x + u\n", maker->c); break;
    case 3:
        text_format(&maker->text, "    x = x -> conv(%d, 1)\n", maker->c = 8 * pick(maker, 1, 5));
        write_se(maker, "x", maker->c, maker->h, maker->w);
        break;
    default: write_conv(maker, "x", &maker->c, &maker->h, &maker->w, false);
    }
}

const char *generate_se_network(struct arena *arena, uint64_t seed) {
    static void (*const blocks[])(struct maker * maker) = {write_residual, write_plain, write_concat, write_reader, write_residual, write_wide,
                                                     write_rectified, write_rectified};
    struct maker maker = {.state = seed * 0x9e3779b97f4a7c15u + 777, .text = text_create(arena)};
    maker.c = pick(&maker, 1, 20), maker.h = pick(&maker, 1, 18), maker.w = pick(&maker, 1, 18);
    text_format(&maker.text, "network random {\n    input image: f32[%d, %d, %d]\n    x = image\n", maker.c, maker.h, maker.w);
    write_conv(&maker, "x", &maker.c, &maker.h, &maker.w, false);
    int count = pick(&maker, 1, 4);
    for (int i = 0; i < count && maker.c <= 60; i++) blocks[pick(&maker, 0, 7)](&maker);
    if (pick(&maker, 0, 1)) text_format(&maker.text, "    output features = x\n");
    text_add(&maker.text, "    output y = x -> avgpool(global) -> linear(7)\n}\n");
    return maker.text.bytes;
}
