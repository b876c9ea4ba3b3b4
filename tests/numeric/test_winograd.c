/* test_winograd.c - whether Winograd's rounding errors are as docs/accuracy.md says: for layers of random numbers, the root
 * mean square of the errors over that of the results is near 0.43 u b sqrt(C / 2 + 8), with b from the transforms. A
 * transform that is wrong, or worse points, are above; a layer that was not computed by Winograd is below. Prints TAP. */
#include "numeric.h"

#include "../../compiler/pass/pass.h"
#include "../../compiler/schedule/plan.h"
#include "../../compiler/schedule/schedule.h"
#include "../../compiler/schedule/winograd.h"
#include "../../compiler/sema/sema.h"
#include "../../compiler/syntax/syntax.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of large maps F(6) is best, of some size F(4), of little size F(2); for each machine of target.def one of them. */
static const struct layer {
    int channels, extent;
} layers[] = {{32, 28}, {64, 28}, {64, 14}, {256, 14}, {512, 14}, {32, 64}, {64, 60}, {128, 90}, {24, 100}};

static const char *network_text(struct arena *arena, const struct layer *layer) {
    return arena_format(arena, "network layer {\n    input x: f32[%d, %d, %d]\n    output y = x -> conv(128, 3) @conv\n}\n",
                        layer->channels, layer->extent, layer->extent);
}

/* The m of F(m, 3) in the plan of a network; 0: none. */
static int planned_results(const char *text) {
    struct diag *diag = diag_create(stderr, false);
    struct ast *ast = syntax_parse_text("layer.sen", text, strlen(text), diag);
    struct sema_options options = {.batch = 1};
    struct graph *graph = sema_build_graph(ast, &options, diag);
    struct pass_options passes = {.level = 3};
    struct schedule_options schedule = {.level = 3};
    pass_run_all(graph, &passes);
    struct plan *plan = schedule_graph(graph, target_find("native"), &schedule);
    int results = 0;
    for (size_t i = 0; i < plan->steps.count; i++)
        if (plan->steps.items[i]->anchor == ANCHOR_WINOGRAD_INPUT) results = plan->steps.items[i]->as.winograd.results;
    plan_destroy(plan);
    graph_destroy(graph);
    ast_destroy(ast);
    diag_destroy(diag);
    return results;
}

static double square_of(double x) {
    return x * x;
}

/* |B_i|^2, from the coefficients of the polynomials that winograd.h describes. */
static double source_square(const struct winograd *winograd, int i) {
    double sum = 0;
    if (i == 0 || i == winograd->size - 1) {
        for (int j = 0; j <= winograd->pairs; j++) sum += square_of(winograd->all[j]);
        return sum;
    }
    int k = (i - 1) / 2;
    for (int j = 0; j < winograd->pairs; j++)
        sum += square_of(winograd->others[k][j]) * (1 + square_of(winograd->point[k]));
    return sum;
}

/* A_ri */
static double result_factor(const struct winograd *winograd, int r, int i) {
    if (i == 0) return r == 0;
    if (i == winograd->size - 1) return r == winograd->results - 1;
    return pow(i % 2 ? winograd->point[(i - 1) / 2] : -winograd->point[(i - 1) / 2], r);
}

static double expected_error(int results, int channels) {
    struct winograd winograd = winograd_make(results);
    double b = 0;
    for (int r = 0; r < results; r++)
        for (int i = 0; i < winograd.size; i++) {
            const double *g = winograd.weight[i];
            double weight_square = square_of(g[0]) + square_of(g[1]) + square_of(g[2]);
            b += square_of(result_factor(&winograd, r, i)) * weight_square * source_square(&winograd, i);
        }
    return 0.43 * 0x1p-24 * b / (3 * results) * sqrt(channels / 2.0 + 8);
}

int main(void) {
    static const struct numeric_way way = {.level = 3, .threads = 1};
    const double least = 0.7, most = 1.4;
    int count = sizeof layers / sizeof *layers, failed = 0;
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        struct arena *arena = arena_create();
        const char *message = "", *text = network_text(arena, &layers[i]);
        int results = planned_results(text);
        double error = 0, expected = results ? expected_error(results, layers[i].channels) : 0;
        struct numeric_case test = {.text = text, .seed = (uint64_t)i + 1, .batch = 1, .bound = 1e-3, .errors = &error};
        bool agrees = numeric_check(arena, &test, &way, 1, &message);
        bool passed = agrees && error > least * expected && error < most * expected;
        printf("%sok %d - %d channels, %d x %d\n", passed ? "" : "not ", i + 1, layers[i].channels, layers[i].extent, layers[i].extent);
        printf("# F(%d): error %.3g, expected %.3g %s\n", results, error, expected, agrees ? "" : message);
        fflush(stdout);
        failed += !passed;
        arena_destroy(arena);
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
