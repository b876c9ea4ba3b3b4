/* test_export.c - networks printed as .sen text: what is read again computes the same bits. Prints TAP. */
#include "numeric.h"

#include "../../compiler/eval/eval.h"
#include "../../compiler/export/export.h"
#include "../../compiler/sema/sema.h"
#include "../../compiler/weights/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_COUNT = 150 };

/* What becomes of the parameters' names before the network is printed. */
enum naming { NAMES_KEPT, NAMES_NUMBERED, NAMES_ODD, NAMES_SHARED, NAMING_COUNT };

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
        if (naming == NAMES_NUMBERED)
            node->as.param.name = arena_format(graph->arena, "%d", number);
        else if (naming == NAMES_ODD)
            node->as.param.name = arena_format(graph->arena, "/%s:w/..%d", node->as.param.name, number % 3);
        else if (naming == NAMES_SHARED && same && shape_equal(same->shape, node->shape))
            graph_replace_uses(graph, node, same);
        else
            same = node;
    }
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

static const char *compare(struct arena *arena, const struct graph *a, const struct graph *b, uint64_t seed) {
    if (a->outputs.count != b->outputs.count) return "another number of outputs";
    const struct tensor **x = run(arena, a, seed), **y = run(arena, b, seed);
    for (size_t i = 0; i < a->outputs.count; i++) {
        if (strcmp(a->outputs.items[i].name, b->outputs.items[i].name)) return "another name of an output";
        if (!shape_equal(x[i]->shape, y[i]->shape)) return "another shape";
        size_t count = (size_t)shape_element_count(x[i]->shape);
        if (memcmp(x[i]->values, y[i]->values, count * sizeof(float))) return "other numbers";
    }
    return NULL;
}

/* NULL, or what is wrong. */
static const char *check_text(struct arena *arena, const char *network, enum naming naming, uint64_t seed,
                              struct text *text) {
    struct diag *diag = diag_create(NULL, false);
    const char *problem = "the text is wrong";
    struct graph *graph = read_network(network, diag), *again = NULL;
    weights_bind_random(graph, seed);
    rename_params(graph, naming);
    if (naming == NAMES_ODD) make_constants(graph);
    struct graph *named = export_sen(graph, "test", text);
    struct weights weights = collect_weights(arena, named);
    again = read_network(text->bytes, diag);
    if (again && weights_bind(again, &weights, false, diag)) problem = compare(arena, graph, again, seed);
    diag_flush(diag);
    if (problem && *diag_text(diag)) problem = arena_copy_string(arena, diag_text(diag));
    graph_destroy(again);
    graph_destroy(named);
    graph_destroy(graph);
    diag_destroy(diag);
    return problem;
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
    static const char *const namings[] = {"names kept", "names without structure", "odd names", "shared parameters"};
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
    "  output answer = z -> avgpool(global) -> flatten -> linear(2) @fc -> softmax\n output z\n"
    "  output input1\n output last = other * 2.5e-7 - 3 }\n";

int main(void) {
    bool passed = true;
    int number = 0;
    printf("1..%d\n", SEED_COUNT + NAMING_COUNT);
    for (int naming = 0; naming < NAMING_COUNT; naming++)
        passed = check(++number, by_hand, (enum naming)naming, 1, "by hand") && passed;
    for (uint64_t seed = 0; seed < SEED_COUNT; seed++) {
        struct arena *arena = arena_create();
        const char *name = arena_format(arena, "seed %d", (int)seed);
        passed = check(++number, generate_network(arena, seed), (enum naming)(seed % NAMING_COUNT), seed, name) && passed;
        arena_destroy(arena);
    }
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
