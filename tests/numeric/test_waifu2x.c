/* test_waifu2x.c - the trained network of examples/waifu2x, compiled, against numbers of its authors' engine, and in tiles
 * against itself in one piece. Speaks TAP. */
#include "picture.h"

#include "../../runtime/senrt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TILE = 164, SIDE = 256, COUNT = 3 * SIDE * SIDE };

/* What ncnn and ONNX Runtime agree on for this picture, to 7e-6: see examples/waifu2x/README.md. */
static float input_at(int c, int y, int x) {
    return (float)((x * x + 3 * x * y + 5 * y * y + 85 * c) % 256) / 255;
}

static const struct {
    int c, y, x;
    double value;
} values[] = {
    {0, 0, 0, 0.339536},     {0, 100, 57, 0.184839},  {1, 255, 0, 0.849192},
    {1, 128, 128, 0.646094}, {2, 3, 250, 0.481712}, {2, 255, 255, 0.819640},
};

static int case_number, failed_count;

static void check(const char *what, double got, double expected, double bound) {
    bool is_good = fabs(got - expected) <= bound;
    failed_count += !is_good;
    printf("%sok %d - %s\n# %.9g, expected %.9g\n", is_good ? "" : "not ", ++case_number, what, got, expected);
}

static void open_network(struct compiled *compiled, struct arena *arena, int tile) {
    const char *source = getenv("top_srcdir");
    const char *folder = arena_format(arena, "%s/examples/waifu2x", source ? source : ".");
    const char *defines[] = {arena_format(arena, "tile=%d", tile)};
    picture_elaborate(compiled, NULL, arena_format(arena, "%s/cunet.sen", folder), defines, 1,
                      arena_format(arena, "%s/cunet.safetensors", folder));
    picture_compile(compiled);
}

static void check_values(const struct compiled *compiled, struct arena *arena) {
    float *input = ARENA_NEW_ARRAY(arena, float, 3 * TILE * TILE), *output = ARENA_NEW_ARRAY(arena, float, COUNT);
    for (int i = 0; i < 3 * TILE * TILE; i++) input[i] = input_at(i / TILE / TILE, i / TILE % TILE, i % TILE);
    struct senrt_session *session;
    const float *inputs[] = {input};
    if (senrt_session_create(compiled->model, 2, &session) != SENRT_OK ||
        senrt_session_run(session, inputs, &output) != SENRT_OK) {
        printf("Bail out! the network cannot be run\n");
        exit(EXIT_FAILURE);
    }
    senrt_session_destroy(session);
    double sum = 0, least = INFINITY, most = -INFINITY;
    for (int i = 0; i < COUNT; i++) {
        sum += (double)output[i];
        least = fmin(least, (double)output[i]);
        most = fmax(most, (double)output[i]);
    }
    check("mean", sum / COUNT, 0.504244, 1e-5);
    check("smallest", least, -0.731739, 1e-5);
    check("largest", most, 1.738651, 1e-5);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        int at = (values[i].c * SIDE + values[i].y) * SIDE + values[i].x;
        check(arena_format(arena, "[%d][%d][%d]", values[i].c, values[i].y, values[i].x), (double)output[at],
              values[i].value, 1e-5);
    }
}

/* A picture that fits into one tile of TILE is run untiled there. */
static void check_tiles(const struct compiled *whole, struct arena *arena) {
    static const int tiles[] = {110, 84, 66};
    struct image image;
    picture_make(&image, 127, 85, 3);
    struct shape shape = {.rank = 3, .dims = {3, 254, 170}};
    size_t count = (size_t)shape_element_count(shape);
    float *expected = ARENA_NEW_ARRAY(arena, float, count), *got = ARENA_NEW_ARRAY(arena, float, count);
    bool is_run = picture_run(whole->model, &image, 2, TILES_EXACT, shape, expected);
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        struct compiled compiled;
        open_network(&compiled, arena, tiles[i]);
        is_run = picture_run(compiled.model, &image, 2, TILES_EXACT, shape, got) && is_run;
        double difference = is_run ? picture_difference(got, expected, count) : INFINITY;
        check(arena_format(arena, "85x127 in tiles of %d is 85x127 untiled", tiles[i]), difference, 0, 1e-4);
        picture_close(&compiled);
    }
    image_release(&image);
}

int main(void) {
    struct arena *arena = arena_create();
    struct compiled compiled;
    open_network(&compiled, arena, TILE);
    check_values(&compiled, arena);
    check_tiles(&compiled, arena);
    picture_close(&compiled);
    arena_destroy(arena);
    printf("1..%d\n", case_number);
    return failed_count ? EXIT_FAILURE : EXIT_SUCCESS;
}
