/* test_export.c - networks printed as .sen text and read again compute the same bits; written as ONNX models and imported
 * again, nearly the same numbers. Prints TAP.
 *
 *     test_export             networks by hand and from the generator
 *     test_export MODEL.onnx... models, as text alone */
#include "numeric.h"

#include "../../compiler/eval/eval.h"
#include "../../compiler/export/export.h"
#include "../../compiler/import/import.h"
#include "../../compiler/sema/sema.h"
#include "../../compiler/weights/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_COUNT = 150 };

/* What becomes of the parameters' names before the network is printed. */
enum naming { NAMES_KEPT, NAMES_NUMBERED, NAMES_ODD, NAMES_SHARED, NAMES_OF_MODULES, NAMING_COUNT };

static struct graph *read_network(const char *text, struct diag *diag) {
    const struct sema_options options = {.batch = 1};
    struct ast *ast = syntax_parse_text("network.sen", text, strlen(text), diag);
    struct graph *graph = ast ? sema_build_graph(ast, &options, diag) : NULL;
    ast_destroy(ast);
    return graph;
}

/* As a file from elsewhere might have them: without structure, with any characters, or one for many parameters. */
static void rename_params(struct graph *graph, enum naming naming) {
    struct node *same = NULL;
    int number = 0;
    for (struct node *node = graph->first; node; node = node->next) {
        if (node->op != OP_PARAM || node->as.param.role == PARAM_CONSTANT) continue;
        number++;
        if (naming == NAMES_NUMBERED || naming == NAMES_OF_MODULES)
            node->as.param.name = arena_format(graph->arena, "%d", number);
        else if (naming == NAMES_ODD)
            node->as.param.name = arena_format(graph->arena, "/%s:w/..%d", node->as.param.name, number % 3);
        else if (naming == NAMES_SHARED && same && shape_equal(same->shape, node->shape))
            graph_replace_uses(graph, node, same);
        else
            same = node;
    }
}

/* "l.0.a" as PyTorch would call the result: "/l/l.0/a/Layer_output_0". */
static const char *module_name(struct arena *arena, const char *path) {
    struct text text = text_create(arena);
    const char *part = path;
    for (const char *dot; (dot = strchr(part, '.')); part = dot + 1) {
        bool goes_on = dot[1] >= '0' && dot[1] <= '9';
        text_format(&text, "/%.*s", (int)(dot - part), part);
        if (goes_on) text_format(&text, "/%.*s.%.*s", (int)(dot - part), part, (int)strcspn(dot + 1, "."), dot + 1);
        if (goes_on) dot += 1 + strcspn(dot + 1, ".");
        if (!*dot) return arena_format(arena, "%s/Layer_output_0", text.bytes);
    }
    return arena_format(arena, "%s/%s/Layer_output_0", text.bytes, part);
}

/* Layers keep their paths as names of modules, and nothing else: their parameters are renamed by rename_params. */
static void name_modules(struct graph *graph) {
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op != OP_PARAM && node->name) node->name = module_name(graph->arena, node->name);
}

/* Constants of the graph, as an importer makes them of numbers that have no name. */
static void make_constants(struct graph *graph) {
    int number = 0;
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_PARAM && ++number % 3 == 0) {
            node->as.param.role = PARAM_CONSTANT;
            node->as.param.name = NULL;
        }
}

/* Whether all parameters of layers have the names that they had before. */
static bool has_params_of(const struct graph *graph, const struct map *names) {
    for (const struct node *node = graph->first; node; node = node->next) {
        bool is_named = node->op == OP_PARAM && node->as.param.role != PARAM_CONSTANT && node->use_count;
        if (is_named && *node->as.param.name <= '9') continue; /* numbered, and no layer's: that of a tensor by itself */
        if (is_named && !map_has(names, node->as.param.name)) return false;
    }
    return true;
}

static struct weights collect_weights(struct arena *arena, const struct graph *graph) {
    struct weights weights = {
        .arena = arena, .path = "network.safetensors", .tensors = map_create(arena), .others = map_create(arena)};
    for (const struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_PARAM && node->as.param.role != PARAM_CONSTANT)
            map_set(&weights.tensors, node->as.param.name, (void *)node->as.param.tensor);
    return weights;
}

static const struct tensor **run(struct arena *arena, const struct graph *graph, uint64_t seed) {
    size_t inputs = graph->inputs.count;
    const struct tensor **given = ARENA_NEW_ARRAY(arena, const struct tensor *, inputs);
    const struct tensor **out = ARENA_NEW_ARRAY(arena, const struct tensor *, graph->outputs.count);
    for (size_t i = 0; i < inputs; i++) {
        float *values;
        given[i] = tensor_create(arena, graph->inputs.items[i]->shape, &values);
        for (int64_t k = 0; k < shape_element_count(given[i]->shape); k++)
            values[k] = (float)(random_next(&seed) >> 40) * 0x1p-23f - 1;
    }
    eval_graph(arena, graph, given, out);
    return out;
}

/* Not a number is the same as not a number. */
static bool is_near(const struct tensor *x, const struct tensor *y, double bound) {
    double largest = 1;
    int64_t count = shape_element_count(x->shape);
    for (int64_t i = 0; i < count; i++)
        if (isfinite(x->values[i])) largest = fmax(largest, fabs((double)x->values[i]));
    for (int64_t i = 0; i < count; i++) {
        double difference = fabs((double)x->values[i] - (double)y->values[i]);
        bool is_same = x->values[i] == y->values[i] || (isnan(x->values[i]) && isnan(y->values[i]));
        if (!is_same && !(difference <= bound * largest)) return false;
    }
    return true;
}

static const char *compare(struct arena *arena, const struct graph *a, const struct graph *b, uint64_t seed,
                           double bound) {
    if (a->outputs.count != b->outputs.count) return "another number of outputs";
    const struct tensor **x = run(arena, a, seed), **y = run(arena, b, seed);
    for (size_t i = 0; i < a->outputs.count; i++) {
        if (shape_element_count(x[i]->shape) != shape_element_count(y[i]->shape)) return "another shape";
        size_t count = (size_t)shape_element_count(x[i]->shape);
        bool is_same = bound ? is_near(x[i], y[i], bound) : !memcmp(x[i]->values, y[i]->values, count * sizeof(float));
        if (!is_same) return "other numbers";
    }
    return NULL;
}

/* NULL, or what is wrong with the graph printed and read again. */
static const char *check_printed(struct arena *arena, const struct graph *graph, uint64_t seed, struct text *text,
                                 struct diag *diag) {
    const char *problem = "the text is wrong";
    struct graph *named = export_sen(graph, "test", text);
    struct weights weights = collect_weights(arena, named);
    struct graph *again = read_network(text->bytes, diag);
    if (again && weights_bind(again, &weights, false, diag)) problem = compare(arena, graph, again, seed, 0);
    graph_destroy(again);
    graph_destroy(named);
    return problem;
}

static bool has_names_of(const struct graph *a, const struct graph *b) {
    bool is_same = a->outputs.count == b->outputs.count;
    for (size_t i = 0; is_same && i < a->outputs.count; i++)
        is_same = !strcmp(a->outputs.items[i].name, b->outputs.items[i].name);
    return is_same;
}

static const char *finish(struct arena *arena, const char *problem, struct diag *diag) {
    diag_flush(diag);
    if (problem && *diag_text(diag)) problem = arena_copy_string(arena, diag_text(diag));
    diag_destroy(diag);
    return problem;
}

static const char *check_text(struct arena *arena, const char *network, enum naming naming, uint64_t seed,
                              struct text *text) {
    struct diag *diag = diag_create(NULL, false);
    struct graph *graph = read_network(network, diag);
    if (!graph) return finish(arena, "the network is wrong", diag);
    weights_bind_random(graph, seed);
    struct weights before = collect_weights(arena, graph);
    rename_params(graph, naming);
    if (naming == NAMES_OF_MODULES) name_modules(graph);
    if (naming == NAMES_ODD) make_constants(graph);
    const char *problem = check_printed(arena, graph, seed, text, diag);
    struct graph *again = problem ? NULL : read_network(text->bytes, diag);
    bool keeps_names = naming == NAMES_KEPT || naming == NAMES_OF_MODULES;
    if (again && !has_names_of(graph, again)) problem = "other names of outputs";
    if (again && keeps_names && !has_params_of(again, &before.tensors)) problem = "other names of parameters";
    graph_destroy(again);
    graph_destroy(graph);
    return finish(arena, problem, diag);
}

static const char *check_model(struct arena *arena, const char *network, uint64_t seed) {
    struct diag *diag = diag_create(NULL, false);
    const char *problem = "the model cannot be imported";
    struct graph *graph = read_network(network, diag), *again = NULL;
    size_t size_bytes;
    if (!graph) return finish(arena, "the network is wrong", diag);
    weights_bind_random(graph, seed);
    unsigned char *bytes = export_onnx(graph, "test", &size_bytes);
    struct import *import = import_parse("network.onnx", bytes, size_bytes, diag);
    const struct import_options options = {.name = graph->name, .batch = 1};
    if (import) again = import_build_graph(import, &options, diag);
    if (again) problem = compare(arena, graph, again, seed, 1e-5);
    graph_destroy(again);
    import_close(import);
    free(bytes);
    graph_destroy(graph);
    return finish(arena, problem, diag);
}

static void print_comment(const char *text) {
    printf("# ");
    for (; *text; text++) {
        putchar(*text);
        if (*text == '\n' && text[1]) printf("# ");
    }
    putchar('\n');
}

static bool check(int number, const char *network, enum naming naming, uint64_t seed, const char *name) {
    static const char *const namings[] = {"names kept", "names without structure", "odd names", "shared parameters",
                                          "names of modules"};
    struct arena *arena = arena_create();
    struct text text = text_create(arena);
    const char *problem = check_text(arena, network, naming, seed, &text);
    printf("%sok %d - %s, %s\n", problem ? "not " : "", number, name, namings[naming]);
    if (problem) {
        print_comment(problem);
        print_comment(text.bytes);
    }
    arena_destroy(arena);
    return !problem;
}

static bool check_onnx(int number, const char *network, uint64_t seed, const char *name) {
    struct arena *arena = arena_create();
    const char *problem = check_model(arena, network, seed);
    printf("%sok %d - %s, as ONNX\n", problem ? "not " : "", number, name);
    if (problem) {
        print_comment(problem);
        print_comment(network);
    }
    arena_destroy(arena);
    return !problem;
}

/* Blocks inside each other, loops, choices, all kinds of operands. */
static const char *const by_hand =
    "block unit(w, s) { u = in -> conv(w, 3, stride = s) @a -> bn @b -> relu -> conv(w, 3) @c -> bn @d\n"
    "  t = u + 3 -> clip(0, 6)\n u = u * t / 6\n"
    "  return relu(u + (s == 1 and channels(in) == w ? in : in -> conv(w, 1, stride = s) @e -> bn @f)) }\n"
    "network hand { input input1: f32[3, 32, 32] from rgb(fill = 0.5, mean = 0.5)\n input other: f32[8]\n"
    "  x = input1 -> unit(8, 1) @l.0\n for i in 1..6 { x = x -> unit(8, 1) @l.{i} }\n x = x -> unit(16, 2) @l.7\n"
    "  y = x * parameter([16]) @gamma + parameter([1, 16, 16]) @place - 1.1 / (x + 0.3) - (x - (x * -2 - x))\n"
    "  z = concat(y, x, parameter([2, 16, 16]) @extra) -> maxpool(2, stride = 1, dilation = 2) -> slice(0, 1, 20)\n"
    "  z = z -> crop([1, 0, 2, 3]) -> avgpool(2, 1, dilation = [2, 1], pad = 1, count_include_pad = false)\n"
    "  m = max(x, 0.25, y) -> transpose([2, 0, 1]) -> take(1, [3, 3, -1, 0], fill = 0.5) -> clip(0.01, 4)\n"
    "  m = pow(m, 1.5) - min(m, 2) -> resample(2, 2, [0, 3, 5, 1, 7, 7], [0.25, 0.5, -1, 3, 1e-3, 0.1]) -> exp -> gelu\n"
    "  output m2 = (m -> mean([0, 2])) + (m -> amax(1)) * (m -> argmin(2, last = true)) + (m -> prod(0))\n"
    "  output d = x -> depth_to_space(2) -> pixel_unshuffle(4) -> rearrange([8, 2, 8, 4, 8], [0, 3, 2, 4, 1], [8, 512])\n"
    "  output answer = z -> avgpool(global) -> flatten -> linear(2) @fc -> softmax\n output z\n"
    "  output input1\n output last = other * 2.5e-7 - 3 }\n";

/* Models of ONNX, printed as texts; those that cannot be imported are left out. */
static int check_files(char **paths, int count) {
    int number = 0, failed = 0;
    for (int i = 0; i < count; i++) {
        struct arena *arena = arena_create();
        struct diag *diag = diag_create(NULL, false);
        struct text text = text_create(arena);
        const struct import_options options = {.name = "model"};
        struct import *import = import_open(paths[i], diag);
        struct graph *graph = import ? import_build_graph(import, &options, diag) : NULL;
        const char *problem = graph ? check_printed(arena, graph, 1, &text, diag) : NULL;
        if (graph) printf("%sok %d - %s\n", problem ? "not " : "", ++number, paths[i]);
        if (problem) printf("# %s\n", problem), failed++;
        graph_destroy(graph);
        import_close(import);
        diag_destroy(diag);
        arena_destroy(arena);
    }
    printf("1..%d\n", number);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    bool passed = true;
    int number = 0;
    if (argc > 1) return check_files(argv + 1, argc - 1);
    printf("1..%d\n", 2 * SEED_COUNT + NAMING_COUNT + 1);
    for (int naming = 0; naming < NAMING_COUNT; naming++)
        passed = check(++number, by_hand, (enum naming)naming, 1, "by hand") && passed;
    passed = check_onnx(++number, by_hand, 1, "by hand") && passed;
    for (uint64_t seed = 0; seed < SEED_COUNT; seed++) {
        struct arena *arena = arena_create();
        const char *name = arena_format(arena, "seed %d", (int)seed);
        const char *network = generate_network(arena, seed);
        passed = check(++number, network, (enum naming)(seed % NAMING_COUNT), seed, name) && passed;
        passed = check_onnx(++number, network, seed, name) && passed;
        arena_destroy(arena);
    }
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
