/* test_tiles.c - what the runtime makes of a picture in tiles is what the interpreter makes of the whole picture: networks
 * with and without padding, with several squeezes, at several sizes of the tile, for pictures of odd sizes and smaller ones
 * than a tile. Speaks TAP: one case a network, picture and tile. */
#include "picture.h"

#include "../../compiler/eval/eval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A network of params h and w. What tiling.c finds out stands here as known by hand. */
struct network {
    const char *name, *text;
    uint32_t channels;
    int64_t align, margin; /* the whole input is the picture, rounded up to a multiple of align, and margins around it */
    bool is_padded;        /* and not smaller than a tile */
    int64_t times, parts;  /* the result has times / parts the size of the picture */
    bool has_squeeze;
    int64_t tiles[3];
};

static const struct network networks[] = {
    {"two-unets", /* unpadded, squeezes one behind the other and beside each other, like waifu2x */
     "param h = 64 param w = 64\n"
     "block pair(n) { return in -> conv(n, 3, pad = 0, bias = true) @a -> leaky_relu(0.1) }\n"
     "network two_unets {\n"
     "    input x: f32[3, h, w] from rgb(mean = 0.4, std = 0.3)\n"
     "    a = x -> pair(12) @p1\n"
     "    b = a -> conv(10, 2, stride = 2, pad = 0) @d1 -> pair(9) @p2 -> se(3) @s1 -> conv_transpose(12, 2, stride = 2) @u1\n"
     "    c = ((a -> crop(2)) + b) -> conv_transpose(5, 4, stride = 2, pad = 3) @u2\n"
     "    d = c -> pair(8) @p3 -> se(2, squeeze = max) @s2\n"
     "    e = c -> pair(8) @p4 -> se(2) @s3\n"
     "    f = (d * e) -> conv(6, 3, pad = 0) @c1 -> se(2, gate = tanh) @s4\n"
     "    output y: rgb() = (c -> crop(2) -> conv(3, 1) @last) + (f -> conv(3, 1) @fix)\n"
     "}\n",
     3, 2, 5, false, 2, 1, true, {40, 26, 64}},
    {"same-unet", /* padded, pools, enlarging of both kinds */
     "param h = 64 param w = 64\n"
     "network same_unet {\n"
     "    input x: f32[3, h, w] from bgr()\n"
     "    a = x -> conv(8, 3) @c1 -> relu\n"
     "    b = a -> maxpool(2) -> conv(12, 3) @c2 -> se(4) @s1 -> silu\n"
     "    c = b -> conv(10, 3, stride = 2) @c3 -> relu -> se(2) @s2 -> upsample(2, bilinear)\n"
     "    d = concat(b, c) -> conv(8, 3, dilation = 2) @c4 -> upsample(2)\n"
     "    output y: bgr() = (a + d) -> conv(3, 3) @c5 -> sigmoid\n"
     "}\n",
     3, 4, 0, true, 1, 1, true, {64, 48, 72}},
    {"larger", /* padded, without squeezes */
     "param h = 64 param w = 64\n"
     "network larger {\n"
     "    input x: f32[1, h, w] from gray\n"
     "    output y: gray = x -> conv(7, 5) @c1 -> relu -> conv_transpose(6, 6, stride = 3, pad = 1, output_pad = 0) @u -> relu"
     " -> conv(1, 4, pad = [1, 1, 1, 1]) @c2\n"
     "}\n",
     1, 1, 0, true, 3, 1, false, {16, 24, 33}},
    {"smaller", /* half the size; a squeeze of a convolution, which is hoisted elsewhere */
     "param h = 64 param w = 64\n"
     "network smaller {\n"
     "    input x: f32[1, h, w] from gray\n"
     "    output y: rgb = x -> conv(8, 3) @c1 -> relu -> avgpool(3, stride = 2, pad = 1) -> conv(16, 1) @c2 -> se(2) @s"
     " -> conv(3, 3) @c3\n"
     "}\n",
     1, 2, 0, true, 1, 2, true, {24, 40, 64}},
    {"shuffled", /* space to depth and back; the two squeezes of a normalisation */
     "param h = 64 param w = 64\n"
     "network shuffled {\n"
     "    input x: f32[1, h, w] from gray\n"
     "    y = x -> conv(3, 3) @c1 -> relu -> space_to_depth(2) -> conv(16, 3) @c2 -> instance_norm -> pixel_shuffle(2)\n"
     "    output z: gray = y -> conv(4, 3) @c3 -> depth_to_space(2)\n"
     "}\n",
     1, 2, 0, true, 2, 1, true, {20, 36, 64}},
};

static const struct {
    uint32_t height, width;
} pictures[] = {{61, 97}, {7, 90}, {5, 3}, {128, 40}};

struct test {
    struct arena *arena;
    const struct network *network;
    struct image image;
    int64_t tile;
    struct shape result;
    const float *expected;
    float *got, *again;
};

static int case_number, failed_count;

static void report(const struct test *test, unsigned threads, const char *what, bool is_good, double difference) {
    case_number++;
    failed_count += !is_good;
    printf("%sok %d - %s, %ux%u in tiles of %lld, %u threads: %s (%.2g)\n", is_good ? "" : "not ", case_number,
           test->network->name, test->image.height, test->image.width, (long long)test->tile, threads, what, difference);
}

static struct graph *elaborate(const struct test *test, struct compiled *compiled, int64_t height, int64_t width) {
    const char *defines[] = {arena_format(test->arena, "h=%lld", (long long)height),
                             arena_format(test->arena, "w=%lld", (long long)width)};
    return picture_elaborate(compiled, test->network->text, NULL, defines, 2, NULL);
}

/* --- the whole picture, by the interpreter ---------------------------------------------------------------- */

static int64_t whole_size(const struct test *test, int64_t picture) {
    const struct network *network = test->network;
    int64_t size = (picture + network->align - 1) / network->align * network->align + 2 * network->margin;
    return network->is_padded && size < test->tile ? test->tile : size;
}

static int64_t clamp(int64_t place, int64_t extent) {
    return place < 0 ? 0 : place < extent ? place : extent - 1;
}

static struct tensor whole_input(const struct test *test, const struct graph *graph) {
    const struct node *input = graph->inputs.items[0];
    const struct picture *picture = input->as.input.picture;
    struct shape shape = input->shape;
    float *values = ARENA_NEW_ARRAY(test->arena, float, (size_t)shape_element_count(shape)), *to = values;
    for (int64_t c = 0; c < shape.dims[0]; c++)
        for (int64_t y = 0; y < shape.dims[1]; y++)
            for (int64_t x = 0; x < shape.dims[2]; x++) {
                int64_t row = clamp(y - test->network->margin, test->image.height);
                int64_t column = clamp(x - test->network->margin, test->image.width);
                int64_t color = picture->color == PICTURE_BGR ? 2 - c : c;
                int64_t at = (row * test->image.width + column) * test->image.channels + color;
                *to++ = ((float)test->image.pixels[at] / 255 - picture->mean[c]) / picture->stddev[c];
            }
    return (struct tensor){shape, values};
}

static int64_t result_size(const struct test *test, int64_t picture) {
    return (picture * test->network->times + test->network->parts - 1) / test->network->parts;
}

static void interpret(struct test *test) {
    int64_t height = test->image.height, width = test->image.width;
    struct compiled whole;
    struct graph *graph = elaborate(test, &whole, whole_size(test, height), whole_size(test, width));
    struct tensor input = whole_input(test, graph);
    const struct tensor *inputs[] = {&input}, *outputs[1];
    eval_graph(test->arena, graph, inputs, outputs);
    struct shape shape = outputs[0]->shape;
    test->result = (struct shape){.rank = 3, .dims = {shape.dims[0], result_size(test, height), result_size(test, width)}};
    size_t count = (size_t)shape_element_count(test->result);
    float *expected = ARENA_NEW_ARRAY(test->arena, float, count);
    test->expected = expected;
    for (int64_t c = 0; c < shape.dims[0]; c++)
        for (int64_t y = 0; y < test->result.dims[1]; y++, expected += test->result.dims[2])
            memcpy(expected, outputs[0]->values + (c * shape.dims[1] + y) * shape.dims[2],
                   (size_t)test->result.dims[2] * sizeof *expected);
    picture_close(&whole);
}

/* --- in tiles --------------------------------------------------------------------------------------------- */

static void check_model(struct test *test, const struct senrt_model *model) {
    size_t count = (size_t)shape_element_count(test->result);
    for (unsigned threads = 1; threads <= 2; threads++) {
        float *got = threads == 1 ? test->got : test->again;
        bool is_run = picture_run(model, &test->image, threads, TILES_EXACT, test->result, got);
        double difference = picture_difference(got, test->expected, count);
        report(test, threads, "exact is the whole picture", is_run && difference <= 1e-4, difference);
    }
    report(test, 2, "the same bits as by one thread", !memcmp(test->got, test->again, count * sizeof *test->got), 0);
    bool is_run = picture_run(model, &test->image, 1, TILES_INDEPENDENT, test->result, test->again);
    double difference = picture_difference(test->again, test->expected, count);
    bool is_one_tile = whole_size(test, test->image.height) <= test->tile && whole_size(test, test->image.width) <= test->tile;
    bool is_exact = is_one_tile || !test->network->has_squeeze;
    report(test, 1, is_exact ? "independent is the whole picture" : "independent is not",
           is_run && (is_exact ? difference <= 1e-4 : difference > 1e-4 && isfinite(difference)), difference);
}

static void check_pictures(const struct network *network, int64_t tile, const struct senrt_model *model) {
    for (size_t p = 0; p < sizeof pictures / sizeof *pictures; p++) {
        struct test test = {.arena = arena_create(), .network = network, .tile = tile};
        picture_make(&test.image, pictures[p].height, pictures[p].width, network->channels);
        interpret(&test);
        size_t count = (size_t)shape_element_count(test.result);
        test.got = ARENA_NEW_ARRAY(test.arena, float, count);
        test.again = ARENA_NEW_ARRAY(test.arena, float, count);
        check_model(&test, model);
        image_release(&test.image);
        arena_destroy(test.arena);
    }
}

static void compile_and_check(const struct network *network, int64_t tile) {
    struct compiled compiled;
    struct test test = {.arena = arena_create(), .network = network, .tile = tile};
    elaborate(&test, &compiled, tile, tile);
    picture_compile(&compiled);
    check_pictures(network, tile, compiled.model);
    picture_close(&compiled);
    arena_destroy(test.arena);
}

int main(void) {
    for (size_t n = 0; n < sizeof networks / sizeof *networks; n++)
        for (int t = 0; t < 3; t++) compile_and_check(&networks[n], networks[n].tiles[t]);
    printf("1..%d\n", case_number);
    return failed_count > 0;
}
