/* pass.c - the passes of passes.def run over a graph, in order; each is verified, timed and, if asked for, dumped. */
#include "pass.h"

#include "../base/fatal.h"

#include <string.h>
#include <time.h>

const struct pass pass_list[] = {
#define PASS(id, name, level, summary) {name, level, summary, pass_##id},
#include "passes.def"
#undef PASS
};

const int pass_count = sizeof pass_list / sizeof *pass_list;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void verify(struct graph *graph, const char *culprit) {
    const char *problem = graph_verify(graph);
    if (problem) fatal_bug("%s broke the graph of '%s': %s", culprit, graph->name, problem);
}

static bool is_disabled(const struct pass *pass, const struct pass_options *options) {
    if (options->level < pass->level) return true;
    for (int i = 0; i < options->disabled_count && pass->level > 0; i++)
        if (!strcmp(options->disabled[i], pass->name)) return true;
    return false;
}

static void run(struct graph *graph, int index, const struct pass_options *options) {
    double start = now();
    pass_list[index].run(graph);
    if (options->seconds) options->seconds[index] += now() - start;
    verify(graph, pass_list[index].name);
}

static void dump(const struct graph *graph, const struct pass *pass, FILE *stream) {
    struct arena *arena = arena_create();
    struct text text = text_create(arena);
    graph_print(graph, &text);
    fprintf(stream, "# after %s\n%s", pass->name, text.bytes);
    arena_destroy(arena);
}

void pass_run_all(struct graph *graph, const struct pass_options *options) {
    verify(graph, "the front end");
    for (int i = 0; i < pass_count; i++) {
        const struct pass *pass = &pass_list[i];
        bool skipped = is_disabled(pass, options);
        if (!skipped) run(graph, i, options);
        bool asked = options->dump_after && !strcmp(options->dump_after, pass->name);
        bool all = options->dump_after && !strcmp(options->dump_after, "all");
        if (asked || (all && !skipped)) dump(graph, pass, options->dump_stream);
        if (options->stop_after && !strcmp(options->stop_after, pass->name)) return;
    }
}
