/* numeric.c - parses and elaborates a network, runs the interpreter, compiles it in each way, and compares. */
#include "numeric.h"

#include "../../compiler/base/fatal.h"
#include "../../compiler/base/vec.h"
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
#include <sys/mman.h>
#include <unistd.h>

struct mapping {
    void *begin;
    size_t size_bytes;
};

struct run {
    struct arena *arena;
    VEC(struct mapping) mappings;
    const struct numeric_case *test;
    double *error; /* of the way at hand, or NULL */
    struct diag *diag;
    struct graph *graph;
    float **inputs;          /* [input][batch * elements] */
    const float ***expected; /* [picture][output] */
    const float ***wary; /* NULL, or like `expected`: of a graph with a wary excitation (pass sink-scale), which may spread NaN */
    const char *message;
};

uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Bytes that end where a page begins that nobody may touch, or up to `alignment` - 1 bytes before it. */
static void *guarded_bytes(struct run *run, size_t size_bytes, size_t alignment) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), rounded = (size_bytes + page - 1) / page * page;
    struct mapping mapping = {.size_bytes = rounded + page};
    mapping.begin = mmap(NULL, mapping.size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping.begin == MAP_FAILED || mprotect((char *)mapping.begin + rounded, page, PROT_NONE)) fatal_no_memory();
    vec_push(run->arena, &run->mappings, mapping);
    return (char *)mapping.begin + (rounded - size_bytes) / alignment * alignment;
}

static float *guarded_floats(struct run *run, size_t count) {
    return guarded_bytes(run, count * sizeof(float), sizeof(float));
}

static size_t elements_of(const struct node *node) {
    return (size_t)shape_element_count(node->shape);
}

static void spoil(float *values, size_t count, enum numeric_inputs kind, uint64_t *state) {
    size_t at = (size_t)random_next(state) % count;
    for (size_t e = 0; e < count && (kind == INPUTS_ZERO || kind == INPUTS_LARGE); e++)
        values[e] *= kind == INPUTS_ZERO ? 0 : 1e4f;
    if (kind == INPUTS_INFINITY) values[at] = values[at] < 0 ? -INFINITY : INFINITY;
    if (kind == INPUTS_NAN) values[at] = NAN;
}

static void make_inputs(struct run *run) {
    size_t batch = (size_t)run->test->batch, count = run->graph->inputs.count;
    uint64_t state = run->test->seed + 1;
    run->inputs = ARENA_NEW_ARRAY(run->arena, float *, count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t elements = batch * elements_of(run->graph->inputs.items[i]);
        run->inputs[i] = guarded_floats(run, elements);
        for (size_t e = 0; e < elements; e++)
            run->inputs[i][e] = (float)(random_next(&state) >> 40) * 0x1p-23f - 1;
        spoil(run->inputs[i], elements, run->test->inputs, &state);
    }
}

static const float ***interpret(struct run *run, const struct graph *graph) {
    const float ***results = ARENA_NEW_ARRAY(run->arena, const float **, (size_t)run->test->batch);
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
        results[picture] = ARENA_NEW_ARRAY(run->arena, const float *, graph->outputs.count + 1);
        for (size_t i = 0; i < graph->outputs.count; i++) results[picture][i] = outputs[i]->values;
    }
    return results;
}

static bool same(const struct numeric_case *test, float got, float expected, double allowed) {
    if (isnan(expected)) return isnan(got) || (isinf(got) && test->merges_infinities && test->inputs == INPUTS_INFINITY);
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
                if (same(run->test, got[e], expected[e], run->test->bound * largest)) continue;
                if (run->wary && isnan(got[e]) && isnan(run->wary[picture][i][e])) continue;
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

static size_t output_elements(const struct run *run, size_t output) {
    return (size_t)run->test->batch * elements_of(run->graph->outputs.items[output].node);
}

/* Outputs of a run; NULL if it fails. */
static float **execute(struct run *run, unsigned threads, const struct senrt_model *model) {
    float **outputs = ARENA_NEW_ARRAY(run->arena, float *, run->graph->outputs.count + 1);
    for (size_t i = 0; i < run->graph->outputs.count; i++) {
        outputs[i] = guarded_floats(run, output_elements(run, i));
        for (size_t e = 0; e < output_elements(run, i); e++) outputs[i][e] = NAN;
    }
    struct senrt_session *session;
    enum senrt_status status = senrt_session_create(model, threads, &session);
    if (status == SENRT_OK) status = senrt_session_run(session, (const float *const *)run->inputs, outputs);
    if (status != SENRT_OK) run->message = senrt_status_text(status);
    senrt_session_destroy(session);
    return status == SENRT_OK ? outputs : NULL;
}

/* What `outputs` holds is expected from now on. */
static void expect(struct run *run, float *const *outputs) {
    for (size_t i = 0; i < run->graph->outputs.count; i++)
        for (int64_t picture = 0; picture < run->test->batch; picture++)
            run->expected[picture][i] = outputs[i] + (size_t)picture * elements_of(run->graph->outputs.items[i].node);
}

static void measure_error(struct run *run, float *const *outputs) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < run->graph->outputs.count; i++) {
        size_t elements = elements_of(run->graph->outputs.items[i].node);
        for (size_t e = 0; e < output_elements(run, i); e++) {
            double expected = run->expected[e / elements][i][e % elements];
            difference += (outputs[i][e] - expected) * (outputs[i][e] - expected);
            size += expected * expected;
        }
    }
    *run->error = size > 0 ? sqrt(difference / size) : 0;
}

static bool check_same_bits(struct run *run, const struct senrt_model *model, float *const *outputs) {
    static const unsigned counts[] = {1, 2, 3, 5, 8};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        float **others = execute(run, counts[c], model);
        if (!others) return false;
        for (size_t i = 0; i < run->graph->outputs.count; i++) {
            if (memcmp(outputs[i], others[i], output_elements(run, i) * sizeof(float)) == 0) continue;
            run->message = arena_format(run->arena, "%u threads give other bits", counts[c]);
            return false;
        }
    }
    return true;
}

static bool check_way(struct run *run, const struct numeric_way *way, const struct senrt_model *model, bool is_first) {
    float **outputs = execute(run, way->threads, model);
    if (!outputs) return false;
    if (run->test->against_first && is_first) expect(run, outputs);
    if (run->error) measure_error(run, outputs);
    return compare(run, way, outputs) && (!way->same_bits || check_same_bits(run, model, outputs));
}

static bool has_wary_excitation(const struct graph *graph) {
    for (const struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_EXCITE && node->as.se.is_wary) return true;
    return false;
}

enum { DISABLED_MOST = 9 };

static int list_disabled(const struct numeric_case *test, const struct numeric_way *way, const char **disabled) {
    static const char *const of_se[] = {"recognise-se", "hoist-squeeze", "compose-excite",
                                        "sink-scale",   "squeeze-epilogue", "fuse-excite"};
    int count = 0;
    if (test->against_first) disabled[count++] = "choose-winograd";
    if (way->without_merging) disabled[count++] = "merge-branches";
    if (way->without) disabled[count++] = way->without;
    for (size_t i = 0; way->without_se && i < sizeof of_se / sizeof *of_se; i++) disabled[count++] = of_se[i];
    return count;
}

static bool compile_and_run(struct run *run, const struct numeric_way *way, bool is_first) {
    const char *disabled[DISABLED_MOST];
    struct graph *graph = graph_clone(run->graph);
    struct pass_options passes = {.level = way->level, .disabled = disabled};
    passes.disabled_count = list_disabled(run->test, way, disabled);
    pass_run_all(graph, &passes);
    run->wary = has_wary_excitation(graph) && run->test->inputs == INPUTS_INFINITY ? interpret(run, graph) : NULL;
    struct schedule_options options = {.level = way->level, .vector_bytes = way->vector_bytes};
    struct plan *plan = schedule_graph(graph, target_find("native"), &options);
    bool agrees = false;
    size_t weight_bytes;
    unsigned char *weights = plan_pack_weights(plan, &weight_bytes);
    void *guarded = memcpy(guarded_bytes(run, weight_bytes, SENRT_ALIGNMENT), weights, weight_bytes);
    run->message = plan_verify(plan);
    if (!run->message) {
        struct codegen_options codegen = {.level = way->level};
        struct jit *jit = jit_create(codegen_lower(plan, &codegen), guarded, run->diag);
        if (jit)
            agrees = check_way(run, way, jit_model(jit), is_first);
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
    struct sema_options options = {.batch = run->test->batch,
                                   .defines = run->test->defines,
                                   .define_count = (size_t)run->test->define_count};
    *out_ast = syntax_parse_text(run->test->path ? run->test->path : "test.sen", run->test->text, strlen(run->test->text), run->diag);
    struct graph *graph = *out_ast ? sema_build_graph(*out_ast, &options, run->diag) : NULL;
    diag_flush(run->diag);
    if (!graph) run->message = arena_copy_string(run->arena, diag_text(run->diag));
    return graph;
}

/* False after a message. The weights, if there are any, must outlive the graph. */
static bool bind_weights(struct run *run, struct weights **out_weights) {
    const char *path = run->test->weights;
    if (!path) {
        weights_bind_random(run->graph, run->test->seed);
        return true;
    }
    *out_weights = weights_read_safetensors(path, run->diag);
    if (*out_weights && weights_bind(run->graph, *out_weights, false, run->diag)) return true;
    diag_flush(run->diag);
    run->message = arena_copy_string(run->arena, diag_text(run->diag));
    return false;
}

bool numeric_check(struct arena *arena, const struct numeric_case *test, const struct numeric_way *ways, int way_count,
                   const char **out_message) {
    struct run run = {.arena = arena_create(), .test = test, .diag = diag_create(NULL, false)};
    struct ast *ast = NULL;
    struct weights *weights = NULL;
    bool agrees = false;
    run.graph = elaborate(&run, &ast);
    if (run.graph && bind_weights(&run, &weights)) {
        make_inputs(&run);
        run.expected = interpret(&run, run.graph);
        agrees = true;
        for (int i = 0; i < way_count && agrees; i++) {
            run.error = test->errors ? &test->errors[i] : NULL;
            agrees = compile_and_run(&run, &ways[i], i == 0);
        }
    }
    *out_message = run.message ? arena_copy_string(arena, run.message) : NULL;
    graph_destroy(run.graph);
    weights_destroy(weights);
    ast_destroy(ast);
    diag_destroy(run.diag);
    for (size_t i = 0; i < run.mappings.count; i++) munmap(run.mappings.items[i].begin, run.mappings.items[i].size_bytes);
    arena_destroy(run.arena);
    return agrees;
}
