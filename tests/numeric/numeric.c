/* numeric.c - parses and elaborates a network, runs the interpreter, compiles it in each way, and compares. */
#include "numeric.h"

#include "../../compiler/codegen/codegen.h"
#include "../../compiler/eval/eval.h"
#include "../../compiler/object/object.h"
#include "../../compiler/pass/pass.h"
#include "../../compiler/schedule/schedule.h"
#include "../../compiler/sema/sema.h"
#include "../../compiler/syntax/syntax.h"
#include "../../compiler/weights/weights.h"
#include "../../runtime/senrt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct run {
    struct arena *arena;
    const struct numeric_case *test;
    struct diag *diag;
    struct graph *graph;
    float **inputs;          /* [input][batch * elements] */
    const float ***expected; /* [picture][output] */
    const char *message;
};

uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t elements_of(const struct node *node) {
    return (size_t)shape_element_count(node->shape);
}

static void make_inputs(struct run *run) {
    size_t batch = (size_t)run->test->batch, count = run->graph->inputs.count;
    uint64_t state = run->test->seed + 1;
    run->inputs = ARENA_NEW_ARRAY(run->arena, float *, count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t elements = batch * elements_of(run->graph->inputs.items[i]);
        run->inputs[i] = ARENA_NEW_ARRAY(run->arena, float, elements);
        for (size_t e = 0; e < elements; e++)
            run->inputs[i][e] = (float)(random_next(&state) >> 40) * 0x1p-23f - 1;
    }
}

static void interpret(struct run *run) {
    const struct graph *graph = run->graph;
    run->expected = ARENA_NEW_ARRAY(run->arena, const float **, (size_t)run->test->batch);
    for (int64_t picture = 0; picture < run->test->batch; picture++) {
        const struct tensor **inputs = ARENA_NEW_ARRAY(run->arena, const struct tensor *, graph->inputs.count + 1);
        const struct tensor **outputs = ARENA_NEW_ARRAY(run->arena, const struct tensor *, graph->outputs.count + 1);
        for (size_t i = 0; i < graph->inputs.count; i++) {
            struct tensor *tensor = ARENA_NEW(run->arena, struct tensor);
            const struct node *node = graph->inputs.items[i];
            *tensor = (struct tensor){node->shape, run->inputs[i] + (size_t)picture * elements_of(node)};
            inputs[i] = tensor;
        }
        eval_graph(run->arena, graph, inputs, outputs);
        run->expected[picture] = ARENA_NEW_ARRAY(run->arena, const float *, graph->outputs.count + 1);
        for (size_t i = 0; i < graph->outputs.count; i++) run->expected[picture][i] = outputs[i]->values;
    }
}

static bool same(float got, float expected, double allowed) {
    if (isnan(expected)) return isnan(got);
    return fabs((double)got - (double)expected) <= allowed || got == expected;
}

static bool compare(struct run *run, const struct numeric_way *way, float *const *outputs) {
    for (size_t i = 0; i < run->graph->outputs.count; i++) {
        const struct graph_output *output = &run->graph->outputs.items[i];
        size_t elements = elements_of(output->node);
        for (int64_t picture = 0; picture < run->test->batch; picture++) {
            const float *expected = run->expected[picture][i], *got = outputs[i] + (size_t)picture * elements;
            double largest = 1;
            for (size_t e = 0; e < elements; e++) largest = fmax(largest, isfinite(expected[e]) ? fabs(expected[e]) : 0);
            for (size_t e = 0; e < elements; e++) {
                if (same(got[e], expected[e], run->test->bound * largest)) continue;
                run->message = arena_format(
                    run->arena, "-O%d, %u threads, vectors of %d bytes: output '%s' of picture %lld, element %zu: %.9g instead of %.9g",
                    way->level, way->threads, way->vector_bytes, output->name, (long long)picture, e, (double)got[e],
                    (double)expected[e]);
                return false;
            }
        }
    }
    return true;
}

static bool execute(struct run *run, const struct numeric_way *way, const struct senrt_model *model) {
    float **outputs = ARENA_NEW_ARRAY(run->arena, float *, run->graph->outputs.count + 1);
    for (size_t i = 0; i < run->graph->outputs.count; i++) {
        size_t elements = (size_t)run->test->batch * elements_of(run->graph->outputs.items[i].node);
        outputs[i] = ARENA_NEW_ARRAY(run->arena, float, elements);
        for (size_t e = 0; e < elements; e++) outputs[i][e] = NAN;
    }
    struct senrt_session *session;
    enum senrt_status status = senrt_session_create(model, way->threads, &session);
    if (status == SENRT_OK) status = senrt_session_run(session, (const float *const *)run->inputs, outputs);
    bool agrees = status == SENRT_OK && compare(run, way, outputs);
    if (status != SENRT_OK) run->message = senrt_status_text(status);
    senrt_session_destroy(session);
    return agrees;
}

static bool compile_and_run(struct run *run, const struct numeric_way *way) {
    struct graph *graph = graph_clone(run->graph);
    struct pass_options passes = {.level = way->level};
    pass_run_all(graph, &passes);
    struct schedule_options options = {.level = way->level, .vector_bytes = way->vector_bytes};
    struct plan *plan = schedule_graph(graph, target_find("native"), &options);
    bool agrees = false;
    size_t weight_bytes;
    unsigned char *weights = plan_pack_weights(plan, &weight_bytes);
    run->message = plan_verify(plan);
    if (!run->message) {
        struct codegen_options codegen = {.level = way->level};
        struct jit *jit = jit_create(codegen_lower(plan, &codegen), weights, run->diag);
        if (jit)
            agrees = execute(run, way, jit_model(jit));
        else
            run->message = diag_text(run->diag);
        jit_destroy(jit);
    }
    free(weights);
    plan_destroy(plan);
    graph_destroy(graph);
    return agrees;
}

static struct graph *elaborate(struct run *run, struct ast **out_ast) {
    struct sema_options options = {.batch = run->test->batch};
    *out_ast = syntax_parse_text("test.sen", run->test->text, strlen(run->test->text), run->diag);
    struct graph *graph = *out_ast ? sema_build_graph(*out_ast, &options, run->diag) : NULL;
    diag_flush(run->diag);
    if (!graph) run->message = arena_copy_string(run->arena, diag_text(run->diag));
    return graph;
}

bool numeric_check(struct arena *arena, const struct numeric_case *test, const struct numeric_way *ways, int way_count,
                   const char **out_message) {
    struct run run = {.arena = arena_create(), .test = test, .diag = diag_create(NULL, false)};
    struct ast *ast = NULL;
    bool agrees = false;
    run.graph = elaborate(&run, &ast);
    if (run.graph) {
        weights_bind_random(run.graph, test->seed);
        make_inputs(&run);
        interpret(&run);
        agrees = true;
        for (int i = 0; i < way_count && agrees; i++) agrees = compile_and_run(&run, &ways[i]);
    }
    *out_message = run.message ? arena_copy_string(arena, run.message) : NULL;
    graph_destroy(run.graph);
    ast_destroy(ast);
    diag_destroy(run.diag);
    arena_destroy(run.arena);
    return agrees;
}
