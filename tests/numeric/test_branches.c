/* test_branches.c - random sums of branches of one map: compiled with merge-branches = compiled without = interpreted; no less
 * exact than without; zeros, infinities and NaN as the pass promises. Prints TAP.
 *
 *     test_branches FIRST COUNT     seeds FIRST .. FIRST + COUNT - 1
 *     test_branches --print SEED    the network of a seed, to replay it by hand
 */
#include "numeric.h"

#include "../../compiler/base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct window {
    int kernel[2], stride[2], dilation[2], before[2], after[2];
};

struct maker {
    uint64_t state;
    struct text text;
    int channels, outputs, groups;
    struct window host;
};

static int pick(struct maker *maker, int low, int high) {
    return low + (int)(random_next(&maker->state) % (uint64_t)(high - low + 1));
}

static void write_conv(struct maker *maker, const char *from, const struct window *w, int groups) {
    bool has_bias = pick(maker, 0, 1), has_norm = pick(maker, 0, 1);
    text_format(&maker->text,
                "(%s -> conv(%d, [%d, %d], stride = [%d, %d], pad = [%d, %d, %d, %d], dilation = [%d, %d], groups = %d, bias = %s)%s)",
                from, maker->outputs, w->kernel[0], w->kernel[1], w->stride[0], w->stride[1], w->before[0], w->before[1], w->after[0],
                w->after[1], w->dilation[0], w->dilation[1], groups, has_bias ? "true" : "false",
                has_norm ? " -> bn" : "");
}

static void make_host(struct maker *maker) {
    struct window *host = &maker->host;
    bool is_same = pick(maker, 0, 1);
    for (int axis = 0; axis < 2; axis++) {
        host->kernel[axis] = is_same ? 1 + 2 * pick(maker, 0, 2) : pick(maker, 1, 5);
        host->stride[axis] = is_same ? 1 : pick(maker, 1, 2);
        host->dilation[axis] = pick(maker, 0, 3) ? 1 : 2;
        int reach = (host->kernel[axis] - 1) * host->dilation[axis];
        host->before[axis] = is_same ? reach / 2 : pick(maker, 0, reach);
        host->after[axis] = is_same ? reach / 2 : pick(maker, 0, reach);
    }
    static const int each[] = {1, 1, 2, 3};
    maker->groups = pick(maker, 0, 1) ? 1 : pick(maker, 2, 4);
    maker->channels = maker->groups * (pick(maker, 0, 3) ? 4 : each[pick(maker, 0, 3)]);
    maker->outputs = is_same ? maker->channels : maker->groups * pick(maker, 1, 6);
}

/* Some of the host's taps; the host itself where they are not those of a convolution with the same result. */
static struct window pick_window(struct maker *maker) {
    struct window host = maker->host, window = host;
    for (int axis = 0; axis < 2; axis++) {
        int first = pick(maker, 0, host.kernel[axis] - 1), step = pick(maker, 1, 2);
        int count = pick(maker, 0, (host.kernel[axis] - 1 - first) / step) + 1, last = first + (count - 1) * step;
        window.kernel[axis] = count;
        window.dilation[axis] = count > 1 ? step * host.dilation[axis] : pick(maker, 1, 3);
        window.before[axis] = host.before[axis] - first * host.dilation[axis];
        window.after[axis] = host.after[axis] - (host.kernel[axis] - 1 - last) * host.dilation[axis];
        if (window.before[axis] < 0 || window.after[axis] < 0) return host;
    }
    return window;
}

/* The map and its norm, where they have the shape of the sum. */
static void write_map(struct maker *maker, bool is_norm) {
    bool is_same = maker->channels == maker->outputs;
    for (int axis = 0; axis < 2; axis++) {
        int reach = (maker->host.kernel[axis] - 1) * maker->host.dilation[axis];
        is_same = is_same && maker->host.stride[axis] == 1 && maker->host.before[axis] + maker->host.after[axis] == reach;
    }
    struct window window = pick_window(maker);
    if (is_same)
        text_add(&maker->text, is_norm ? "(u -> bn)" : "u");
    else
        write_conv(maker, "u", &window, maker->groups);
}

static void write_term(struct maker *maker) {
    struct window window = pick_window(maker);
    bool divides = maker->channels % (2 * maker->groups) == 0 && maker->outputs % (2 * maker->groups) == 0;
    switch (pick(maker, 0, 9)) {
    case 0: write_map(maker, false); break;
    case 1:
    case 2: write_map(maker, true); break;
    case 3: write_conv(maker, "u", &maker->host, maker->groups); break;
    case 4: write_conv(maker, "u", &window, divides ? 2 * maker->groups : maker->groups); break;
    case 5: write_conv(maker, "u", &window, 1); break;
    case 6: write_conv(maker, "v", &window, maker->groups); break;
    default: write_conv(maker, "u", &window, maker->groups);
    }
}

/* Terms in any nesting. */
static void write_sum(struct maker *maker, int terms) {
    if (terms == 1) {
        write_term(maker);
        return;
    }
    int left = pick(maker, 1, terms - 1);
    text_add(&maker->text, "(");
    write_sum(maker, left);
    text_add(&maker->text, " + ");
    write_sum(maker, terms - left);
    text_add(&maker->text, ")");
}

/* `bare`: nothing in front of the sum or behind it, so that what is not finite shows where it is. */
static const char *generate(struct arena *arena, uint64_t seed, bool bare) {
    struct maker maker = {.state = seed * 0x9e3779b97f4a7c15u + 4242, .text = text_create(arena)};
    make_host(&maker);
    int height = pick(&maker, 9, 14), width = pick(&maker, 9, 14);
    static const char *const fronts[] = {"x -> relu", "x -> se(hidden = 2)", "x -> depthwise(3) -> silu"};
    text_format(&maker.text, "network branches {\n    input x: f32[%d, %d, %d]\n    u = %s\n    v = x\n    y = ", maker.channels,
                height, width, bare ? "x -> maxpool(1)" : fronts[pick(&maker, 0, 2)]);
    write_sum(&maker, pick(&maker, 2, 6));
    static const char *const ends[] = {"y", "y -> relu", "y -> se(hidden = 3) -> relu -> conv(9, 1)", "y -> se(hidden = 1)", "y -> bn -> silu"};
    text_format(&maker.text, "\n    output z = %s\n}\n", ends[bare ? 0 : pick(&maker, 0, 4)]);
    return maker.text.bytes;
}

/* Sums of the squares of relative errors, with the pass and without. */
static double squares[2];

static bool check_values(struct arena *arena, uint64_t seed, const char **out_message) {
    double errors[3];
    struct numeric_way ways[] = {{.level = 3, .threads = 1, .without_merging = true},
                                 {.level = 3, .threads = 2},
                                 {.level = 2, .threads = 1, .vector_bytes = 16}};
    struct numeric_case test = {
        .text = generate(arena, seed, false), .seed = seed, .batch = 1 + (int64_t)(seed % 3 == 0), .bound = 1e-4, .errors = errors};
    if (!numeric_check(arena, &test, ways, 3, out_message)) return false;
    for (int i = 0; i < 2; i++) squares[i] += errors[i] * errors[i];
    return true;
}

static bool check_special(struct arena *arena, uint64_t seed, enum numeric_inputs inputs, const char **out_message) {
    static const char *const names[] = {"random numbers", "zeros", "large numbers", "an infinity", "a NaN"};
    struct numeric_way ways[] = {{.level = 3, .threads = 1, .without_merging = true}, {.level = 3, .threads = 1}};
    struct numeric_case test = {.text = generate(arena, seed, true),
                                .seed = seed,
                                .batch = 1,
                                .bound = 1e-5,
                                .inputs = inputs,
                                .against_first = true,
                                .merges_infinities = true};
    if (numeric_check(arena, &test, ways, 2, out_message)) return true;
    *out_message = arena_format(arena, "inputs with %s: %s", names[inputs], *out_message);
    return false;
}

static bool check_seed(struct arena *arena, uint64_t seed, const char **out_message) {
    static const enum numeric_inputs others[] = {INPUTS_NAN, INPUTS_ZERO, INPUTS_NAN, INPUTS_LARGE};
    return check_values(arena, seed, out_message) && check_special(arena, seed, INPUTS_INFINITY, out_message) &&
           check_special(arena, seed, others[seed % 4], out_message);
}

static void report(bool passed, uint64_t number, const char *message) {
    printf("%sok %" PRIu64 " - %s\n", passed ? "" : "not ", number, message);
    fflush(stdout);
}

int main(int argc, char **argv) {
    struct arena *arena = arena_create();
    if (argc == 3 && strcmp(argv[1], "--print") == 0) {
        for (int bare = 0; bare < 2; bare++) fputs(generate(arena, strtoull(argv[2], NULL, 10), bare), stdout);
        arena_destroy(arena);
        return EXIT_SUCCESS;
    }
    if (argc != 3) {
        fprintf(stderr, "usage: %s FIRST COUNT | --print SEED\n", argv[0]);
        return 2;
    }
    uint64_t first = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10), failed = 0;
    printf("1..%" PRIu64 "\n", count + 1);
    for (uint64_t i = 0; i < count; i++) {
        const char *message = "";
        bool passed = check_seed(arena, first + i, &message);
        report(passed, i + 1, arena_format(arena, "seed %" PRIu64, first + i));
        if (!passed) printf("# %s\n", message), failed++;
    }
    double ratio = squares[0] > 0 ? sqrt(squares[1] / squares[0]) : 1;
    report(ratio <= 1.5, count + 1, arena_format(arena, "error %.3f times that without the pass", ratio));
    arena_destroy(arena);
    return failed || ratio > 1.5 ? EXIT_FAILURE : EXIT_SUCCESS;
}
