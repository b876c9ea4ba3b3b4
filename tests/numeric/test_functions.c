/* test_functions.c - the error of each compiled function, over the floats: every 4093rd of all and all near the special
 * points; with SENC_FLOAT_STEP=n in the environment every nth, so 1 tries all 2^32. Prints TAP, with the largest error found. */
#include "numeric.h"

#include "../../compiler/codegen/codegen.h"
#include "../../compiler/eval/eval.h"
#include "../../compiler/object/object.h"
#include "../../compiler/pass/pass.h"
#include "../../compiler/schedule/schedule.h"
#include "../../compiler/sema/sema.h"
#include "../../compiler/syntax/syntax.h"
#include "../../runtime/senrt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct function {
    const char *layer;
    double units[2], least_unit; /* on the two CPUs */
};

static const struct function functions[] = {
#include "functions.def"
};

enum { CHUNK = 16 * 64 * 256, STEP = 4093, NEAR = 2000 };
#define NETWORK "network f { input x: f32[16, 64, 256]  output y = x -> %s }"
#define POWER "network f { input x: f32[16, 64, 256]  input p: f32[16, 64, 256]  output y = pow(x, p) }"

/* A compiled function of CHUNK floats, and what it should compute. */
struct compiled {
    struct diag *diag;
    struct ast *ast;
    struct graph *graph, *optimised;
    struct plan *plan;
    struct jit *jit;
    struct senrt_session *session;
    struct activation activation;
};

static struct compiled compile(const char *text, const char *cpu) {
    struct compiled compiled = {.diag = diag_create(stderr, false)};
    struct sema_options sema = {.batch = 1};
    compiled.ast = syntax_parse_text("test.sen", text, strlen(text), compiled.diag);
    compiled.graph = compiled.ast ? sema_build_graph(compiled.ast, &sema, compiled.diag) : NULL;
    if (!compiled.graph) abort();
    compiled.activation = compiled.graph->outputs.items[0].node->as.activation;
    compiled.optimised = graph_clone(compiled.graph);
    struct pass_options passes = {.level = 3};
    pass_run_all(compiled.optimised, &passes);
    struct schedule_options schedule = {.level = 3};
    compiled.plan = schedule_graph(compiled.optimised, target_find(cpu), &schedule);
    struct codegen_options codegen = {.level = 3};
    compiled.jit = jit_create(codegen_lower(compiled.plan, &codegen), NULL, compiled.diag);
    if (!compiled.jit || senrt_session_create(jit_model(compiled.jit), 1, &compiled.session) != SENRT_OK) abort();
    return compiled;
}

static void release(struct compiled *compiled) {
    senrt_session_destroy(compiled->session);
    jit_destroy(compiled->jit);
    plan_destroy(compiled->plan);
    graph_destroy(compiled->optimised);
    graph_destroy(compiled->graph);
    ast_destroy(compiled->ast);
    diag_destroy(compiled->diag);
}

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t to_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Overflow counts as 2^128, the next number beyond the floats. */
static double widen(float x) {
    return isinf(x) ? copysign(0x1p128, (double)x) : (double)x;
}

/* How many units `got` is away from what it should be; infinite if it is of another kind. */
static double error_of(const struct function *function, double x, double expected, float got) {
    /* minus infinity times 0, as PyTorch has it, or the limit 0: both will do */
    if (isnan(expected) && !isnan(x) && fabsf(got) < 1e-30f) return 0;
    if (isnan(expected) || isnan(got)) return isnan(expected) && isnan(got) ? 0 : INFINITY;
    if (isinf(expected)) return (double)got == expected ? 0 : INFINITY;
    if (fabs(expected) > 0x1p128) expected = copysign(0x1p128, expected);
    int exponent;
    frexp(expected, &exponent);
    double unit = ldexp(1, exponent - 24), least = fmax(function->least_unit, 0x1p-149);
    double difference = fabs(widen(got) - expected);
    if (difference <= 0x1p-126) return 0; /* denormals are flushed */
    return difference / fmax(unit, least);
}

struct worst {
    double units;
    float x, got;
    double expected;
};

/* Denormals count as zero. */
static double flushed(float x) {
    return fabsf(x) < 0x1p-126f ? copysign(0, (double)x) : (double)x;
}

static void check_chunk(const struct function *function, struct compiled *compiled, const float *x, float *y,
                        struct worst *worst) {
    if (senrt_session_run(compiled->session, &x, &y) != SENRT_OK) abort();
    for (int i = 0; i < CHUNK; i++) {
        double at = flushed(x[i]), expected = eval_activation(compiled->activation, at);
        double units = error_of(function, at, expected, y[i]);
        if (units <= worst->units) continue;
        *worst = (struct worst){units, x[i], y[i], expected};
    }
}

struct feed {
    const struct function *function;
    struct compiled *compiled;
    float *x, *y;
    int count;
    struct worst worst;
};

static void feed(struct feed *feed, uint32_t bits) {
    feed->x[feed->count++] = from_bits(bits);
    if (feed->count < CHUNK) return;
    check_chunk(feed->function, feed->compiled, feed->x, feed->y, &feed->worst);
    feed->count = 0;
}

static void feed_special_points(struct feed *to) {
    static const float points[] = {0,        0x1p-126f, 1e-3f, 0.25f,   0.5f,     0.625f, 0.7071068f, 0.94f,    1,      1.4142135f,
                                   1.5f,     2,         2.5f,  3,       4,        5.5f,   6,          13,       14.5f,  16.6f,
                                   20,       25,        60,    86.643f, 87.3365f, 88,     88.3763f,   88.7229f, 104,    0x1p23f,
                                   0x1p24f,  0x1p31f,   1e19f, 1e38f,   INFINITY, NAN};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        for (int sign = 0; sign < 2; sign++)
            for (uint32_t n = 0; n <= 2 * NEAR; n++) feed(to, (to_bits(points[i]) ^ (uint32_t)sign << 31) + n - NEAR);
}

static struct worst check_function(struct arena *arena, const struct function *function, const char *cpu, uint32_t step) {
    struct compiled compiled = compile(arena_format(arena, NETWORK, function->layer), cpu);
    struct feed to = {.function = function, .compiled = &compiled};
    to.x = ARENA_NEW_ARRAY(arena, float, CHUNK);
    to.y = ARENA_NEW_ARRAY(arena, float, CHUNK);
    feed_special_points(&to);
    for (uint64_t bits = 0; bits < (uint64_t)1 << 32; bits += step) feed(&to, (uint32_t)bits);
    while (to.count) feed(&to, 0);
    release(&compiled);
    return to.worst;
}

static float random_float(uint64_t *state) {
    static const float special[] = {0, 1, -1, 2, -2, 3, -3, 0.5f, -0.5f, 0.75f, INFINITY, -INFINITY, NAN, -0.0f, 0x1p24f, 16777215};
    uint64_t random = random_next(state);
    if (random % 4 == 0) return special[random / 4 % (sizeof special / sizeof *special)];
    if (random % 4 == 1) return from_bits((uint32_t)(random >> 32));
    return ((float)(random >> 40) * 0x1p-23f - 1) * (random % 4 == 2 ? 2 : 30);
}

static struct worst check_power(struct arena *arena, const struct function *function, const char *cpu) {
    struct compiled compiled = compile(POWER, cpu);
    struct worst worst = {0};
    float *x = ARENA_NEW_ARRAY(arena, float, CHUNK), *p = ARENA_NEW_ARRAY(arena, float, CHUNK);
    float *y = ARENA_NEW_ARRAY(arena, float, CHUNK);
    uint64_t state = 1;
    for (int i = 0; i < CHUNK; i++) {
        x[i] = random_float(&state);
        p[i] = random_float(&state);
    }
    if (senrt_session_run(compiled.session, (const float *const[]){x, p}, &y) != SENRT_OK) abort();
    for (int i = 0; i < CHUNK; i++) {
        double expected = pow(flushed(x[i]), flushed(p[i])), units = error_of(function, NAN, expected, y[i]);
        if (units > worst.units) worst = (struct worst){units, x[i], y[i], expected};
    }
    release(&compiled);
    return worst;
}

int main(int argc, char **argv) {
    static const char *const cpus[] = {"native", "x86-64-v2"}; /* the second without fused multiply-add */
    int count = sizeof functions / sizeof *functions, failed = 0;
    const char *given = getenv("SENC_FLOAT_STEP");
    uint32_t step = given && atoi(given) > 0 ? (uint32_t)atoi(given) : STEP;
    printf("1..%d\n", 2 * count);
    for (int i = 0; i < 2 * count; i++) {
        const struct function *function = &functions[i / 2];
        if (argc > 1 && !strstr(function->layer, argv[1])) continue;
        struct arena *arena = arena_create();
        bool is_power = strcmp(function->layer, "pow") == 0;
        struct worst worst = is_power ? check_power(arena, function, cpus[i % 2])
                                      : check_function(arena, function, cpus[i % 2], step);
        bool passed = worst.units <= function->units[i % 2];
        printf("%sok %d - %s, %s: %.2f units at %.9g\n", passed ? "" : "not ", i + 1, function->layer,
               cpus[i % 2], worst.units, (double)worst.x);
        if (!passed)
            printf("# %a: %a instead of %a\n", (double)worst.x, (double)worst.got, worst.expected), failed++;
        fflush(stdout);
        arena_destroy(arena);
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
