/* generate_join.c - a seed becomes a random network of concatenations and slices of whole blocks of channels: parts with
 * readers of their own that want a halo, parts of parts, parts in two places, slices of concatenations, squeezes of both,
 * and now and then channels that begin within a block. */
#include "numeric.h"

#include "../../compiler/base/text.h"

enum { MOST_VALUES = 64, MOST_CHANNELS = 160 };

struct maker {
    uint64_t state;
    struct text text;
    int channels[MOST_VALUES]; /* of values v0, v1 ... */
    int count;
};

static int pick(struct maker *maker, int low, int high) {
    return low + (int)(random_next(&maker->state) % (uint64_t)(high - low + 1));
}

/* The latest values are taken more often. */
static int pick_value(struct maker *maker) {
    int last = maker->count - 1;
    return pick(maker, 0, 1) ? last - pick(maker, 0, last < 3 ? last : 3) : pick(maker, 0, last);
}

static int pick_width(struct maker *maker) {
    return pick(maker, 0, 7) ? 16 * pick(maker, 1, 3) : pick(maker, 1, 40);
}

static void add_value(struct maker *maker, int channels) {
    text_format(&maker->text, "    v%d = ", maker->count);
    maker->channels[maker->count++] = channels;
}

static void write_activation(struct maker *maker) {
    static const char *const names[] = {"relu", "relu6", "sigmoid", "silu", "hard_swish"};
    if (pick(maker, 0, 1)) text_format(&maker->text, " -> %s", names[pick(maker, 0, 4)]);
    text_add(&maker->text, "\n");
}

static void write_conv(struct maker *maker, int from) {
    int width = pick_width(maker), k = 1 + 2 * pick(maker, 0, 1), dilation = k > 1 && !pick(maker, 0, 3) ? 2 : 1;
    add_value(maker, width);
    text_format(&maker->text, "v%d -> conv(%d, %d, dilation = %d) -> bn", from, width, k, dilation);
    write_activation(maker);
}

static void write_same(struct maker *maker, int from) {
    static const char *const layers[] = {"depthwise(3)", "depthwise(5)", "maxpool(3, stride = 1, pad = 1)", "bn", "se(4)", "relu",
                                         "se(hidden = 4, squeeze = max)", "avgpool(3, stride = 1, pad = 1)"};
    add_value(maker, maker->channels[from]);
    text_format(&maker->text, "v%d -> %s", from, layers[pick(maker, 0, 7)]);
    write_activation(maker);
}

static void write_concat(struct maker *maker, int from) {
    int parts[4] = {from}, count = 1, sum = maker->channels[from], wanted = pick(maker, 2, 4);
    for (; count < wanted; count++) {
        parts[count] = pick_value(maker);
        sum += maker->channels[parts[count]];
    }
    if (sum > MOST_CHANNELS) return;
    add_value(maker, sum);
    text_format(&maker->text, "concat(v%d", parts[0]);
    for (int i = 1; i < count; i++) text_format(&maker->text, ", v%d", parts[i]);
    text_add(&maker->text, ")");
    write_activation(maker);
}

static void write_slice(struct maker *maker, int from) {
    int blocks = maker->channels[from] / 16, begin = 16 * pick(maker, 0, blocks > 1 ? blocks - 1 : 0), end = maker->channels[from];
    if (pick(maker, 0, 1) && begin + 16 < end) end = begin + 16 + (pick(maker, 0, 4) ? 0 : pick(maker, -3, 0));
    if (begin >= end) return;
    add_value(maker, end - begin);
    text_format(&maker->text, "v%d -> slice(0, %d, %d)\n", from, begin, end);
}

static void write_sum(struct maker *maker, int from) {
    for (int i = maker->count - 1; i >= 0; i--) {
        if (i == from || maker->channels[i] != maker->channels[from]) continue;
        add_value(maker, maker->channels[from]);
        text_format(&maker->text, "v%d + v%d", from, i);
        write_activation(maker);
        return;
    }
}

const char *generate_join_network(struct arena *arena, uint64_t seed) {
    static void (*const writers[])(struct maker *maker, int from) = {write_conv,   write_conv,   write_same,  write_same,
                                                                     write_concat, write_concat, write_slice, write_sum};
    struct maker maker = {.state = seed * 0x9e3779b97f4a7c15u + 777, .text = text_create(arena)};
    int width = 16 * pick(&maker, 1, 2), h = pick(&maker, 1, 14), w = pick(&maker, 1, 14);
    text_format(&maker.text, "network join {\n    input x: f32[%d, %d, %d]\n", width, h, w);
    add_value(&maker, width);
    text_add(&maker.text, "x\n");
    for (int layers = pick(&maker, 3, 16); layers > 0; layers--) writers[pick(&maker, 0, 7)](&maker, pick_value(&maker));
    text_format(&maker.text, "    output last = v%d\n", maker.count - 1);
    if (pick(&maker, 0, 1)) text_format(&maker.text, "    output other = v%d\n", pick(&maker, 0, maker.count - 1));
    text_add(&maker.text, "}\n");
    return maker.text.bytes;
}
