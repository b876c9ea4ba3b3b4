/* test_se.c - random networks of SE blocks: compiled with the passes over them = compiled without = interpreted; the same
 * bits on any number of threads; no less exact than without; zeros, infinities and NaN as without; each pass can be left out
 * alone. Prints TAP.
 *
 *     test_se FIRST COUNT     seeds FIRST .. FIRST + COUNT - 1
 *     test_se --print SEED    the network of a seed, to replay it by hand
 *     test_se --special       small networks whose squeeze is hoisted: each with zeros, large numbers, infinities, NaN
 *     test_se --trained DIR   the examples that ship with trained weights
 *     test_se --ablations F   examples/se_ablation/se_ablation.sen, small, with each of its choices
 */
#include "numeric.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sums of the squares of relative errors, with the passes and without. */
static double squares[2];

static bool check_values(struct arena *arena, uint64_t seed, const char *text, const char **out_message) {
    static const int vectors[] = {0, 0, 16, 64};
    static const char *const passes[] = {"recognise-se",     "hoist-squeeze", "compose-excite",
                                         "squeeze-epilogue", "fuse-excite",   "sink-scale"};
    int vector_bytes = vectors[seed % 4];
    double errors[3];
    struct numeric_way ways[] = {{.level = 3, .threads = 1, .vector_bytes = vector_bytes, .without_se = true},
                                 {.level = 3, .threads = 2, .vector_bytes = vector_bytes, .same_bits = true},
                                 {.level = 3, .threads = 2, .without = passes[seed % 6]}};
    struct numeric_case test = {
        .text = text, .seed = seed, .batch = 1 + (int64_t)(seed % 5 == 0), .bound = 1e-4, .errors = errors};
    if (!numeric_check(arena, &test, ways, 3, out_message)) return false;
    for (int i = 0; i < 2; i++) squares[i] += errors[i] * errors[i];
    return true;
}

static const enum numeric_inputs special_kinds[] = {INPUTS_ZERO, INPUTS_LARGE, INPUTS_INFINITY, INPUTS_NAN};
enum { SPECIAL_COUNT = sizeof special_kinds / sizeof *special_kinds };

/* With one kind of unusual inputs. A gate near 1/2 has the absolute rounding error of large numbers, so a larger bound there. */
static bool check_special(struct arena *arena, uint64_t seed, const char *text, size_t kind, const char **out_message) {
    static const char *const names[] = {"zeros", "large numbers", "an infinity", "a NaN"};
    struct numeric_way ways[] = {{.level = 3, .threads = 1, .without_se = true}, {.level = 3, .threads = 2}};
    enum numeric_inputs inputs = special_kinds[kind];
    struct numeric_case test = {.text = text,
                                .seed = seed,
                                .batch = 1,
                                .bound = inputs == INPUTS_LARGE ? 1e-3 : 1e-4,
                                .inputs = inputs,
                                .against_first = true};
    if (numeric_check(arena, &test, ways, 2, out_message)) return true;
    *out_message = arena_format(arena, "inputs with %s: %s", names[kind], *out_message);
    return false;
}

/* Networks whose outputs are maps, in which nothing before the block spreads an infinity. */
static int check_specials(void) {
    enum { SEEDS = 8 };
    static const char *const bodies[] = {
        "x -> conv(16, 1, bias = true) -> se(4)",
        "x -> conv(40, 1) -> bn -> se(hidden = 20, gate = hard_sigmoid, bias = false)",
        "x -> conv(16, 1, groups = 4) -> se(4, act = silu) -> relu",
        "x -> conv(8, 1) -> se(hidden = 3, gate = relu)",
        "x -> conv(8, 1) -> se(hidden = 1, gate = tanh)",
        "x -> conv(1, 1) -> se(hidden = 1)",
        "x -> conv(2, 1) -> se(hidden = 1)",
        "x -> maxpool(1) -> conv(24, 3) -> se(4)",
        "x -> maxpool(1) -> conv(24, 3, groups = 2) -> se(hidden = 8)",
        "x -> maxpool(1) -> conv(1, 3) -> se(hidden = 1)",
        "x -> maxpool(1) -> conv(16, 5, pad = 0) -> se(hidden = 2)",
        "x -> maxpool(1) -> conv(24, 1, stride = 2, bias = true) -> se(4)",
        "x -> maxpool(1) -> conv(40, 1, stride = [3, 1], groups = 4) -> se(hidden = 3) -> relu",
        "x -> maxpool(1) -> conv(208, 3, stride = 2, bias = true) -> se(hidden = 4) -> relu",
        "x -> maxpool(1) -> conv(160, [2, 5], stride = [1, 3], pad = [0, 2, 1, 1], groups = 2) -> se(hidden = 4)",
        "x -> maxpool(1) -> conv(288, 3, stride = 2, dilation = 2, pad = 1) -> se(hidden = 4) -> silu",
        "x -> conv(112, 1) -> leaky_relu -> avgpool([1, 3], stride = 1, pad = [0, 2, 0, 2]) -> se(hidden = 3)",
        "x -> conv(24, 1) -> leaky_relu -> avgpool([3, 1]) -> se(hidden = 3) -> relu",
        "x -> conv(112, 1) -> leaky_relu -> avgpool(3, stride = 1, pad = 1) -> se(hidden = 3) -> relu",
        "x -> conv(112, 1) -> leaky_relu -> avgpool([2, 4], stride = 1, pad = [1, 3, 0, 2], count_include_pad = false) -> se(hidden = 3)",
        "x * (x -> mean(2) -> mean(1) -> conv(2, 1) -> relu -> conv(4, 1) -> sigmoid)",
        "x * (x -> reshape([4, 132]) -> mean(1) -> flatten -> linear(2) -> relu -> linear(4) -> tanh -> reshape([4, 1, 1]))",
        "x * (((x -> sum([1, 2])) / 132) -> conv(3, 1) -> relu -> conv(4, 1) -> hard_sigmoid)",
        "x * (x -> amax(1) -> amax(2) -> conv(4, 1) -> sigmoid)",
        "x -> maxpool(1) -> se(hidden = 1) -> relu -> conv(8, 1)",
        "x -> maxpool(1) -> se(hidden = 1) -> relu -> maxpool(2, stride = 1)",
        "x -> maxpool(1) -> se(hidden = 1) -> leaky_relu(slope = -0.5) -> conv(8, 3)",
        "x -> maxpool(1) -> se(hidden = 3) -> leaky_relu(slope = 0) -> depthwise(1)",
        "x -> maxpool(1) -> se(hidden = 1, gate = hard_sigmoid, squeeze = max) -> prelu -> depthwise(1)",
        "x -> maxpool(1) -> se(hidden = 1, gate = hard_sigmoid, bias = false) -> relu -> depthwise(1)",
        "x -> maxpool(1) -> se(hidden = 2, gate = relu) -> relu -> conv(8, 1)",
        "x -> conv(8, 3, groups = 4, bias = true) -> se(hidden = 1) -> relu -> conv(16, 1) -> se(hidden = 1)",
        "(x -> conv(112, 1)) + (x -> conv(8, 1) -> leaky_relu -> conv(112, 1)) -> se(hidden = 3) -> relu",
        "(x -> conv(112, 1) -> leaky_relu) + (x -> conv(112, 1, groups = 4, bias = true)) -> se(hidden = 1, gate = tanh)"};
    int number = 0, failed = 0;
    printf("1..%zu\n", sizeof bodies / sizeof *bodies * SPECIAL_COUNT);
    for (size_t body = 0; body < sizeof bodies / sizeof *bodies; body++)
        for (size_t kind = 0; kind < SPECIAL_COUNT; kind++) {
            struct arena *arena = arena_create();
            const char *message, *text = arena_format(
                arena, "network special {\n    input x: f32[4, 12, 11]\n    output y = %s\n}\n", bodies[body]);
            bool passed = true;
            for (uint64_t seed = 0; seed < SEEDS && passed; seed++) passed = check_special(arena, seed, text, kind, &message);
            printf("%sok %d - %s\n", passed ? "" : "not ", ++number, bodies[body]);
            if (!passed) printf("# %s\n", message), failed++;
            fflush(stdout);
            arena_destroy(arena);
        }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool check_seed(uint64_t number, uint64_t seed) {
    struct arena *arena = arena_create();
    const char *text = generate_se_network(arena, seed), *message;
    bool passed = check_values(arena, seed, text, &message) && (seed % 4 != 0 || check_special(arena, seed, text, seed / 4 % SPECIAL_COUNT, &message));
    printf("%sok %" PRIu64 " - seed %" PRIu64 "\n", passed ? "" : "not ", number, seed);
    if (!passed) printf("# %s\n", message);
    fflush(stdout);
    arena_destroy(arena);
    return passed;
}

static char *read_text(struct arena *arena, const char *path) {
    enum { MOST = 1 << 20 };
    char *text = ARENA_NEW_ARRAY(arena, char, MOST);
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, MOST - 1, file) : 0;
    if (file) fclose(file);
    return length ? text : NULL;
}

/* The paper's choices, one at a time. */
static int check_ablations(const char *path) {
    static const char *const choices[] = {
        "r=2",           "r=4",        "r=8",         "r=16",           "r=32",         "squeeze=\"max\"",
        "gate=\"tanh\"", "gate=\"relu\"", "gate=\"hard_sigmoid\"", "place=\"pre\"", "place=\"post\"", "place=\"identity\"",
        "place=\"inside\"", "se_stages=[true, true, true, false]"};
    int count = sizeof choices / sizeof *choices, failed = 0;
    struct arena *arena = arena_create();
    const char *text = read_text(arena, path), *message;
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        const char *defines[] = {"size=40", "base=16", "classes=10", "depths=[1, 2, 1, 1]", choices[i]};
        struct numeric_way ways[] = {{.level = 3, .threads = 2, .same_bits = true}};
        struct numeric_case test = {.text = text ? text : "", .defines = defines, .define_count = 5, .seed = 1, .batch = 1, .bound = 1e-4};
        bool passed = numeric_check(arena, &test, ways, 1, &message);
        printf("%sok %d - %s\n", passed ? "" : "not ", i + 1, choices[i]);
        if (!passed) printf("# %s\n", message), failed++;
        fflush(stdout);
    }
    arena_destroy(arena);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Trained networks of SE blocks: the error with the passes at most 1.5 times that without. */
static int check_trained(const char *folder) {
    static const struct {
        const char *network, *weights, *define;
        uint64_t seeds; /* of the inputs */
    } networks[] = {{"fashion-mnist/se.sen", "fashion-mnist/se.safetensors", NULL, 8},
                    {"text-direction/text-direction.sen", "text-direction/text-direction.safetensors", NULL, 2},
                    {"waifu2x/cunet.sen", "waifu2x/cunet.safetensors", "tile=44", 1}};
    int count = sizeof networks / sizeof *networks, failed = 0;
    struct arena *arena = arena_create();
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        const char *message = "", *path = arena_format(arena, "%s/%s", folder, networks[i].network);
        const char *text = read_text(arena, path);
        double sums[2] = {0, 0};
        bool passed = true;
        for (uint64_t seed = 0; seed < networks[i].seeds && passed; seed++) {
            double errors[2];
            struct numeric_way ways[] = {{.level = 3, .threads = 1, .without_se = true}, {.level = 3, .threads = 2}};
            struct numeric_case test = {.text = text ? text : "",
                                        .path = path,
                                        .defines = &networks[i].define,
                                        .define_count = networks[i].define != NULL,
                                        .seed = seed,
                                        .weights = arena_format(arena, "%s/%s", folder, networks[i].weights),
                                        .batch = 1,
                                        .bound = 1e-4,
                                        .errors = errors};
            passed = numeric_check(arena, &test, ways, 2, &message);
            for (int w = 0; w < 2 && passed; w++) sums[w] += errors[w] * errors[w];
        }
        double error = sqrt(sums[1] / (double)networks[i].seeds), without = sqrt(sums[0] / (double)networks[i].seeds);
        if (passed && error > 1.5 * without) passed = false, message = "more than 1.5 times";
        printf("%sok %d - %s: error %.2e, %.2e without the passes\n", passed ? "" : "not ", i + 1, networks[i].network, error, without);
        if (!passed) printf("# %s\n", message), failed++;
        fflush(stdout);
    }
    arena_destroy(arena);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--print") == 0) {
        struct arena *arena = arena_create();
        fputs(generate_se_network(arena, strtoull(argv[2], NULL, 10)), stdout);
        arena_destroy(arena);
        return EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(argv[1], "--special") == 0) return check_specials();
    if (argc == 3 && strcmp(argv[1], "--trained") == 0) return check_trained(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--ablations") == 0) return check_ablations(argv[2]);
    if (argc != 3) {
        fprintf(stderr, "usage: %s FIRST COUNT | --print SEED | --special | --trained DIR | --ablations FILE\n", argv[0]);
        return 2;
    }
    uint64_t first = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10), failed = 0;
    printf("1..%" PRIu64 "\n", count + 1);
    for (uint64_t i = 0; i < count; i++) failed += !check_seed(i + 1, first + i);
    double ratio = squares[0] > 0 ? sqrt(squares[1] / squares[0]) : 1;
    bool is_exact = ratio <= 1.5;
    printf("%sok %" PRIu64 " - error %.3f times that without the passes\n", is_exact ? "" : "not ", count + 1, ratio);
    return failed || !is_exact ? EXIT_FAILURE : EXIT_SUCCESS;
}
