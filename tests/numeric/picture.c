/* picture.c - networks that make pictures, compiled in memory and run on whole pictures. */
#include "picture.h"

#include "../../compiler/codegen/codegen.h"
#include "../../compiler/object/object.h"
#include "../../compiler/pass/pass.h"
#include "../../compiler/schedule/schedule.h"
#include "../../compiler/sema/sema.h"
#include "../../compiler/syntax/syntax.h"
#include "../../compiler/weights/weights.h"
#include "numeric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void require(const struct compiled *compiled, bool is_good) {
    diag_flush(compiled->diag);
    if (is_good) return;
    printf("Bail out! %s\n", diag_text(compiled->diag));
    exit(EXIT_FAILURE);
}

struct graph *picture_elaborate(struct compiled *compiled, const char *text, const char *path,
                                const char *const *defines, size_t define_count, const char *weights_path) {
    const struct sema_options options = {.defines = defines, .define_count = define_count, .batch = 1};
    *compiled = (struct compiled){.diag = diag_create(NULL, false)};
    struct ast *ast = text ? syntax_parse_text("test.sen", text, strlen(text), compiled->diag)
                           : syntax_parse_file(path, compiled->diag);
    require(compiled, ast);
    compiled->graph = sema_build_graph(ast, &options, compiled->diag);
    require(compiled, compiled->graph);
    ast_destroy(ast);
    if (weights_path) {
        compiled->weights = weights_read_safetensors(weights_path, compiled->diag);
        require(compiled, compiled->weights && weights_bind(compiled->graph, compiled->weights, false, compiled->diag));
    } else {
        weights_bind_random(compiled->graph, 7);
    }
    return compiled->graph;
}

void picture_compile(struct compiled *compiled) {
    size_t weight_bytes;
    pass_run_all(compiled->graph, &(struct pass_options){.level = 3});
    compiled->plan = schedule_graph(compiled->graph, target_find("native"), &(struct schedule_options){.level = 3});
    compiled->packed = plan_pack_weights(compiled->plan, &weight_bytes);
    struct unit *unit = codegen_lower(compiled->plan, &(struct codegen_options){.level = 3});
    compiled->jit = jit_create(unit, compiled->packed, compiled->diag);
    require(compiled, compiled->jit);
    compiled->model = jit_model(compiled->jit);
}

void picture_close(struct compiled *compiled) {
    jit_destroy(compiled->jit);
    free(compiled->packed);
    plan_destroy(compiled->plan);
    graph_destroy(compiled->graph);
    weights_destroy(compiled->weights);
    diag_destroy(compiled->diag);
}

struct collector {
    struct shape shape;
    float *values;
    uint64_t rows; /* that are done */
};

static bool put(void *context, const struct tiles_part *part, struct failure *failure) {
    struct collector *collector = context;
    const int64_t *dims = collector->shape.dims;
    (void)failure;
    for (int64_t c = 0; c < dims[0]; c++)
        for (uint64_t y = 0; y < part->rows; y++)
            for (uint64_t x = 0; x < part->columns; x++) {
                int64_t row = (int64_t)(part->row + y), column = (int64_t)(part->column + x);
                float *to = &collector->values[(c * dims[1] + row) * dims[2] + column];
                bool is_new = isnan(*to) && part->row >= collector->rows;
                float value = part->values[(size_t)c * part->channel_stride + y * part->row_stride + x];
                *to = is_new ? value : INFINITY;
            }
    return true;
}

static bool rows_done(void *context, uint64_t row_end, struct failure *failure) {
    struct collector *collector = context;
    (void)failure;
    collector->rows = row_end;
    return true;
}

bool picture_run(const struct senrt_model *model, const struct image *image, unsigned threads, enum tiles_mode mode,
                 struct shape shape, float *out_values) {
    struct failure failure;
    struct runner runner;
    struct collector collector = {.shape = shape, .values = out_values};
    const struct tiles_sink sink = {&collector, put, rows_done, NULL};
    size_t count = (size_t)shape_element_count(shape);
    for (size_t i = 0; i < count; i++) out_values[i] = NAN;
    bool is_good = tiles_check(model, &failure) && runner_create(model, threads, &runner, &failure);
    if (is_good) {
        is_good = tiles_run(&runner, image, mode, &sink, &failure);
        runner_release(&runner);
    }
    if (!is_good) printf("# %s\n", failure.text);
    return is_good && collector.rows == (uint64_t)shape.dims[1];
}

double picture_difference(const float *got, const float *expected, size_t count) {
    double largest = 1, difference = 0;
    for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs((double)expected[i]));
    for (size_t i = 0; i < count; i++) {
        double d = fabs((double)got[i] - (double)expected[i]);
        difference = isnan(d) ? INFINITY : fmax(difference, d);
    }
    return difference / largest;
}

void picture_make(struct image *out_image, uint32_t height, uint32_t width, uint32_t channels) {
    struct failure failure;
    uint64_t state = 11;
    if (!image_create(width, height, channels, UINT64_MAX, out_image, &failure)) exit(EXIT_FAILURE);
    uint8_t *to = out_image->pixels;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t c = 0; c < channels; c++)
                *to++ = (uint8_t)((2 * x + 3 * y * (c + 1)) % 192 + random_next(&state) % 64);
}
