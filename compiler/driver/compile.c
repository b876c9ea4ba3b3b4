/* compile.c - a .sen file or an ONNX model becomes what was asked for: the whole compiler on one page.
 *
 *     text --parse--> ast --elaborate--> graph --bind, optimise--> graph --schedule--> plan --lower--> unit --emit--> file
 *     model --read, import-------------> graph
 *
 * Each stage is one function of the folder of its name, and sees nothing but what the stage before it made. A stage
 * reports all that it finds wrong; the next one begins only if that was nothing. The stages stand below in their
 * order, and run_stages at the end strings them together.
 */
#include "compile.h"

#include "../base/cleanup.h"
#include "../base/output.h"
#include "../base/parallel.h"
#include "../codegen/codegen.h"
#include "../export/export.h"
#include "../graph/graph.h"
#include "../import/import.h"
#include "../object/object.h"
#include "../pass/pass.h"
#include "../schedule/plan.h"
#include "../schedule/schedule.h"
#include "../sema/sema.h"
#include "../syntax/syntax.h"
#include "../weights/weights.h"
#include "destination.h"
#include "annotate.h"
#include "runtime_dir.h"
#include "tile_option.h"
#include "timing.h"

#include <stdlib.h>
#include <string.h>

struct compile {
    const struct options *options;
    struct diag *diag;
    struct arena *arena; /* of what belongs to no product: file names, printed texts */
    struct timing timing;
    struct output *output;          /* the file that was asked for */
    struct output *written_weights; /* the one beside a .sen file, or NULL */
    const char *runtime_dir;
    /* the products, in the order in which they come to be */
    struct ast *ast;       /* of a text */
    struct import *import; /* of an ONNX model */
    struct weights *weights;
    struct graph *graph;
    struct plan *plan;
    struct output *packed_weights;
    struct unit *unit;
    struct output *object;
};

static bool parse(struct compile *c) {
    timing_start(&c->timing);
    c->ast = syntax_parse_file(c->options->network, c->diag);
    if (!c->ast) return false;
    timing_stop(&c->timing, "parse", "%s", c->options->network);
    return true;
}

static bool elaborate(struct compile *c) {
    const struct sema_options options = {
        .defines = c->options->defines.items,
        .define_count = c->options->defines.count,
        .batch = c->options->batch ? c->options->batch : 1,
    };
    timing_start(&c->timing);
    c->graph = sema_build_graph(c->ast, &options, c->diag);
    if (!c->graph) return false;
    if (c->options->name) c->graph->name = c->options->name;
    timing_stop(&c->timing, "elaborate", "%s: %lld parameters, %lld multiply-accumulates a picture", c->graph->name,
                (long long)c->graph->parameter_count, (long long)c->graph->mac_count);
    return true;
}

static bool read_model(struct compile *c) {
    timing_start(&c->timing);
    c->import = import_open(c->options->network, c->diag);
    if (!c->import) return false;
    timing_stop(&c->timing, "read", "%s", c->options->network);
    return true;
}

static bool import(struct compile *c) {
    const struct options *options = c->options;
    const struct import_options import_options = {
        .name = options->name ? options->name : destination_network_name(c->arena, options->network),
        .shapes = options->shapes.items,
        .shape_count = options->shapes.count,
        .constants = options->constants.items,
        .constant_count = options->constants.count,
        .batch = options->batch,
    };
    timing_start(&c->timing);
    c->graph = import_build_graph(c->import, &import_options, c->diag);
    if (!c->graph || !annotate_graph(c->graph, c->import, options, c->diag)) return false;
    timing_stop(&c->timing, "import", "%s: %lld parameters, %lld multiply-accumulates a picture", c->graph->name,
                (long long)c->graph->parameter_count, (long long)c->graph->mac_count);
    return true;
}

/* What an ONNX file can hold is known before the weights are. */
static bool check_model_size(struct compile *c) {
    if (c->options->emit != EMIT_ONNX || c->graph->parameter_count <= EXPORT_ONNX_MAX_PARAMETERS) return true;
    diag_error(c->diag, SPAN_NONE, DIAG_ONNX_TOO_LARGE, "an ONNX file cannot hold the %lld parameters of network '%s': it ends at 2 GiB",
               (long long)c->graph->parameter_count, c->graph->name);
    return false;
}

/* What can fail without any work fails before the work. */
static bool open_output(struct compile *c) {
    if (!destination_check_weights(c->options, c->graph, c->diag) || !check_model_size(c)) return false;
    if (c->options->emit >= EMIT_SHARED) {
        c->runtime_dir = runtime_dir_find(c->arena, c->options->runtime_dir, c->diag);
        if (!c->runtime_dir) return false;
    }
    const struct destination_inputs inputs = {c->ast, c->import, c->graph ? c->graph->name : NULL};
    c->output = destination_open(c->arena, c->options, &inputs, c->diag);
    return c->output;
}

static bool bind(struct compile *c) {
    const struct options *options = c->options;
    timing_start(&c->timing);
    bool any_will_do = options->explain_se && !options->weights && !c->import;
    if (options->random_weights || any_will_do) {
        weights_bind_random(c->graph, options->random_seed);
        timing_stop(&c->timing, "weights", "random, seed %llu", (unsigned long long)options->random_seed);
    } else if (options->weights) {
        c->weights = weights_read_safetensors(options->weights, c->diag);
        if (!c->weights) return false;
        if (!weights_bind(c->graph, c->weights, options->allow_unused_weights, c->diag)) return false;
        weights_check_numbers(c->graph, options->weights, c->diag);
        timing_stop(&c->timing, "weights", "%s: %zu tensors", options->weights, c->weights->tensors.count);
    } else if (c->import) {
        weights_check_numbers(c->graph, options->network, c->diag);
    }
    return true;
}

static void optimise(struct compile *c) {
    double *seconds = ARENA_NEW_ARRAY(c->arena, double, (size_t)pass_count);
    const struct pass_options options = {
        .level = c->options->level,
        .disabled = c->options->disabled_passes.items,
        .disabled_count = (int)c->options->disabled_passes.count,
        .dump_after = c->options->dump_after,
        .stop_after = c->options->stop_after,
        .dump_stream = stderr,
        .seconds = seconds,
    };
    timing_start(&c->timing);
    pass_run_all(c->graph, &options);
    for (int i = 0; i < pass_count; i++) timing_add(&c->timing, pass_list[i].name, seconds[i]);
    timing_stop_parts(&c->timing, "optimise", "%d passes at -O%d", pass_count, options.level);
}

static bool schedule(struct compile *c) {
    const struct schedule_options options = {
        .level = c->options->level,
        .vector_bytes = c->options->vector_bytes,
        .tiles = c->options->tiles.items,
        .tile_count = c->options->tiles.count,
    };
    timing_start(&c->timing);
    c->plan = schedule_graph(c->graph, c->options->target, &options);
    const char *problem = plan_verify(c->plan);
    if (problem) fatal_bug("the plan of network '%s' is broken: %s", c->graph->name, problem);
    timing_stop(&c->timing, "schedule", "%zu steps for %s, arena %lld bytes, weights %lld bytes", c->plan->steps.count,
                c->options->target->name, (long long)c->plan->arena_bytes, (long long)c->plan->weight_bytes);
    if (!tile_options_check(c->options, c->plan, c->diag)) return false;
    if (c->plan->arena_bytes <= PLAN_MAX_ARENA_BYTES) return true;
    diag_error(c->diag, SPAN_NONE, DIAG_ARENA_TOO_LARGE,
               "network '%s' needs %lld bytes of scratch memory for a batch of %lld; %lld is the most", c->graph->name,
               (long long)c->plan->arena_bytes, (long long)c->graph->batch, (long long)PLAN_MAX_ARENA_BYTES);
    return false;
}

static void lower(struct compile *c) {
    const struct codegen_options options = {.level = c->options->level, .with_main = c->options->emit == EMIT_EXE};
    c->unit = codegen_lower(c->plan, &options);
}

static void *make_object(void *context) {
    struct compile *c = context;
    lower(c);
    object_make(c->unit, OBJECT_FILE);
    return NULL;
}

/* The weights become an object of their own. */
static bool pack_weights(struct compile *c) {
    size_t size_bytes;
    timing_start(&c->timing);
    c->packed_weights = output_begin_temporary(c->arena, "-weights.o", c->diag);
    if (!c->packed_weights) return false;
    unsigned char *bytes = plan_pack_weights(c->plan, &size_bytes);
    const char *symbol = codegen_weights_symbol(c->arena, c->plan);
    bool is_written = object_write_weights(symbol, bytes, size_bytes, c->packed_weights, c->diag);
    free(bytes);
    if (is_written) timing_stop(&c->timing, "pack", "%zu bytes of weights", size_bytes);
    return is_written;
}

static void report_times(struct compile *c) {
    struct unit_times times = unit_times(c->unit);
    timing_add(&c->timing, "build LLVM IR", times.build);
    timing_add(&c->timing, "optimise LLVM IR", times.optimise);
    timing_add(&c->timing, "emit", times.emit);
    timing_stop_parts(&c->timing, "lower", "LLVM IR built in %.3f s, optimised in %.3f s, code made in %.3f s", times.build,
                      times.optimise, times.emit);
}

/* LLVM makes the code, which needs one CPU, while the weights are packed and written. */
static bool pack_and_make(struct compile *c) {
    pthread_t thread;
    bool has_thread = parallel_start(&thread, make_object, c);
    bool is_packed = pack_weights(c);
    timing_start(&c->timing);
    if (has_thread)
        pthread_join(thread, NULL);
    else
        make_object(c);
    report_times(c);
    return is_packed;
}

static bool link_binary(struct compile *c) {
    static const enum link_kind kinds[] = {
        [EMIT_OBJ] = LINK_OBJECT, [EMIT_EXE] = LINK_EXECUTABLE, [EMIT_SHARED] = LINK_SHARED};
    timing_start(&c->timing);
    const char *path = output_path(c->output, c->diag), *code = output_path(c->object, c->diag);
    if (!path || !code || !object_write(c->unit, code, c->diag)) return false;
    if (!object_link(kinds[c->options->emit], c->options->cc, c->runtime_dir, code,
                     output_path(c->packed_weights, c->diag), path, c->diag))
        return false;
    timing_stop(&c->timing, "link", "with %s", c->options->cc);
    return true;
}

static bool emit_binary(struct compile *c) {
    if (!pack_and_make(c)) return false;
    c->object = output_begin_temporary(c->arena, ".o", c->diag);
    return c->object && link_binary(c);
}

static bool emit_assembly(struct compile *c) {
    object_make(c->unit, OBJECT_ASSEMBLY);
    report_times(c);
    const char *path = output_path(c->output, c->diag);
    return path && object_write(c->unit, path, c->diag);
}

/* The last product that was made, as text. */
static bool print(struct compile *c) {
    struct text text = text_create(c->arena);
    if (c->options->explain_se) {
        (c->options->explain_json ? plan_explain_se_json : plan_explain_se)(c->plan, &text);
        return output_write(c->output, text.bytes, text.length, c->diag);
    }
    switch (c->options->emit) {
    case EMIT_AST: ast_print(c->ast, &text); break;
    case EMIT_PARAMS: weights_print_params(c->graph, &text); break;
    case EMIT_GRAPH: graph_print(c->graph, &text); break;
    case EMIT_DOT: graph_dot(c->graph, &text); break;
    case EMIT_PLAN: plan_print(c->plan, &text); break;
    case EMIT_HEADER: plan_print_header(c->plan, &text); break;
    case EMIT_LLVM: unit_print(c->unit, &text); break;
    default: fatal_bug("--emit=%s is no text", emit_kind_name(c->options->emit));
    }
    return output_write(c->output, text.bytes, text.length, c->diag);
}

static const char *describe_source(struct compile *c) {
    const char *slash = strrchr(c->options->network, '/');
    return arena_format(c->arena, "Written by senc from %s.", slash ? slash + 1 : c->options->network);
}

static bool open_written_weights(struct compile *c) {
    const struct options *options = c->options;
    const char *path;
    if (!destination_find_weights(c->arena, options, &path, c->diag)) return false;
    bool has_weights = c->import || options->weights || options->random_weights;
    if (!has_weights || !path) return true;
    c->written_weights = output_begin(c->arena, path, c->diag);
    return c->written_weights;
}

/* The network as a .sen text, and beside it the weights if they are known. */
static bool write_source(struct compile *c) {
    if (!open_written_weights(c)) return false;
    struct text text = text_create(c->arena);
    struct graph *named = export_sen(c->graph, describe_source(c), &text);
    bool is_written = !c->written_weights || weights_write_safetensors(named, c->written_weights, c->diag);
    graph_destroy(named);
    return is_written && output_write(c->output, text.bytes, text.length, c->diag);
}

static bool write_model(struct compile *c) {
    size_t size_bytes;
    unsigned char *bytes = export_onnx(c->graph, describe_source(c), &size_bytes);
    bool is_written = output_write(c->output, bytes, size_bytes, c->diag);
    free(bytes);
    return is_written;
}

static bool run_stages(struct compile *c) {
    enum emit_kind kind = c->options->emit;

    if (options_is_onnx(c->options)) {
        if (!read_model(c) || !import(c)) return false;
    } else {
        if (!parse(c)) return false;
        if (kind == EMIT_AST) return open_output(c) && print(c);
        if (!elaborate(c)) return false;
    }
    if (!open_output(c)) return false;
    if (kind == EMIT_PARAMS) return print(c);

    if (!bind(c)) return false;
    if (kind == EMIT_SEN) return write_source(c);
    if (kind == EMIT_ONNX) return write_model(c);

    optimise(c);
    if (kind == EMIT_GRAPH || kind == EMIT_DOT) return print(c);

    if (!schedule(c)) return false;
    if (kind == EMIT_PLAN || kind == EMIT_HEADER) return print(c);

    if (kind >= EMIT_OBJ) return emit_binary(c);
    timing_start(&c->timing);
    lower(c);
    return kind == EMIT_LLVM ? print(c) : emit_assembly(c);
}

/* In the opposite order of making. */
static void destroy(struct compile *c) {
    output_abandon(c->object);
    unit_destroy(c->unit);
    output_abandon(c->packed_weights);
    plan_destroy(c->plan);
    graph_destroy(c->graph);
    weights_destroy(c->weights);
    import_close(c->import);
    ast_destroy(c->ast);
    output_abandon(c->written_weights);
    output_abandon(c->output);
    arena_destroy(c->arena);
}

/* A compile that a signal ends has changed nothing: once files begin to get their names only memory is left to be freed, and
 * signals wait for the end of that. */
static bool commit(struct compile *c) {
    bool is_held = output_is_file(c->output);
    sigset_t signals;
    if (is_held) cleanup_hold(&signals);
    bool is_done = (!c->written_weights || output_commit(c->written_weights, c->diag)) && output_commit(c->output, c->diag);
    if (is_held && !is_done) cleanup_release(&signals);
    return is_done;
}

bool compile_network(const struct options *options, struct diag *diag) {
    struct arena *arena = arena_create();
    struct compile c = {
        .options = options,
        .diag = diag,
        .arena = arena,
        .timing = timing_create(arena, options->verbose),
    };
    bool is_done = run_stages(&c) && !diag_error_count(diag);
    diag_flush(diag);
    if (options->time_passes) timing_print(&c.timing, stderr);
    is_done = is_done && commit(&c);
    destroy(&c);
    return is_done;
}
