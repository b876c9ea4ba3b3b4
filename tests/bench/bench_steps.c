/* bench_steps.c - times every step of a compiled network: milliseconds, share of the run, and for
 * convolutions the speed against this machine's FMA peak, measured in the same run.
 *
 *     bench_steps [-D NAME=VALUE] [-O LEVEL] [--disable-pass PASS] [--runs N] [--threads N] NETWORK.sen
 *
 * On several threads a step lasts from when the last thread comes to it until the last one leaves it, and the peak is that
 * of one thread times their number.
 *
 * The speed of a convolution counts 2 operations for each multiply-accumulate of the direct method, so that Winograd
 * may exceed 100 %. */
#include "machine.h"

#include "../../compiler/codegen/codegen.h"
#include "../../compiler/object/object.h"
#include "../../compiler/pass/pass.h"
#include "../../compiler/schedule/plan.h"
#include "../../compiler/schedule/schedule.h"
#include "../../compiler/sema/sema.h"
#include "../../compiler/syntax/syntax.h"
#include "../../compiler/weights/weights.h"
#include "../../runtime/senrt.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 4096, MOST_RUNS = 101, MOST_THREADS = 64, PEAK_SAMPLES = 3 };

void senc_step_hook(int64_t step);

/* The hook has no argument for its caller's data, so the one run at a time that it watches is global. */
static double started[MOST_THREADS][MOST_STEPS + 1];
static atomic_int threads_seen;

void senc_step_hook(int64_t step) {
    static _Thread_local int number = -1;
    if (number < 0) number = atomic_fetch_add(&threads_seen, 1);
    if (step <= MOST_STEPS && number < MOST_THREADS) started[number][step] = machine_seconds();
}

static double last_start(size_t step, int threads) {
    double last = 0;
    for (int t = 0; t < threads; t++)
        if (started[t][step] > last) last = started[t][step];
    return last;
}

static double step_macs(const struct plan *plan, const struct plan_step *step) {
    const struct plan_conv *conv = &step->as.conv;
    double batch = (double)plan->graph->batch;
    double results = (double)(step->result.c * step->result.h * step->result.w) * batch;
    if (step->anchor == ANCHOR_WINOGRAD || step->anchor == ANCHOR_WINOGRAD_PRODUCTS) return results * 9 * (double)step->as.winograd.inputs;
    if (step->anchor == ANCHOR_EXCITE)
        return batch * (double)(step->as.excite.hidden * (step->panels[0]->tensor->shape.dims[1] + step->result.c));
    if (step->anchor != ANCHOR_CONV && step->anchor != ANCHOR_DEPTHWISE) return 0;
    double grid = (double)(conv->axis[0].grid * conv->axis[1].grid) * (double)step->result.c * batch;
    return grid * (double)(conv->axis[0].taps * conv->axis[1].taps * conv->inputs_per_group);
}

static void print_steps(const struct plan *plan, double (*seconds)[MOST_RUNS], int runs, double peak) {
    double total = 0, *middle = calloc(plan->steps.count + 1, sizeof *middle);
    if (!middle) return;
    for (size_t i = 0; i < plan->steps.count; i++) total += middle[i] = median(seconds[i], runs);
    printf("%4s %-12s %9s %6s %9s %7s  %s\n", "step", "anchor", "ms", "share", "GFLOP/s", "of peak", "result");
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct plan_step *step = plan->steps.items[i];
        double gflops = 2 * step_macs(plan, step) / middle[i] / 1e9;
        printf("%4zu %-12s %9.3f %5.1f%%", i, anchor_name(step->anchor), 1e3 * middle[i], 100 * middle[i] / total);
        if (gflops > 0)
            printf(" %9.1f %6.1f%%", gflops, 100 * gflops / peak);
        else
            printf(" %9s %7s", "", "");
        printf("  %lldx%lldx%lld %s\n", (long long)step->result.c, (long long)step->result.h, (long long)step->result.w,
               step->node && step->node->name ? step->node->name : "");
    }
    double flops = 2 * (double)plan->graph->mac_count * (double)plan->graph->batch;
    printf("total %.3f ms, %.1f GFLOP/s, %.1f %% of the FMA peak of %.1f GFLOP/s\n", 1e3 * total, flops / total / 1e9,
           100 * flops / total / 1e9 / peak, peak);
    free(middle);
}

static int time_steps(const struct plan *plan, const struct senrt_model *model, int runs, int threads) {
    static double seconds[MOST_STEPS][MOST_RUNS];
    struct senrt_session *session;
    enum senrt_status status = senrt_session_create(model, (unsigned)threads, &session);
    if (status != SENRT_OK || plan->steps.count > MOST_STEPS) {
        fprintf(stderr, "bench_steps: %s\n", status == SENRT_OK ? "too many steps" : senrt_status_text(status));
        return EXIT_FAILURE;
    }
    float *buffers[64];
    size_t count = 0;
    for (uint64_t i = 0; i < model->input_count + model->output_count && count < 64; i++) {
        const struct senrt_tensor *tensor =
            i < model->input_count ? &model->inputs[i] : &model->outputs[i - model->input_count];
        size_t elements = (size_t)(tensor->element_count * model->batch);
        buffers[count] = malloc(elements * sizeof(float));
        if (!buffers[count]) return EXIT_FAILURE;
        for (size_t e = 0; e < elements; e++) buffers[count][e] = (float)(e % 251) / 125.0f - 1;
        count++;
    }
    double peaks[PEAK_SAMPLES * 2];
    for (int i = 0; i < PEAK_SAMPLES; i++) peaks[i] = machine_fma_gflops(0.1);
    for (int run = -2; run < runs; run++) {
        senrt_session_run(session, (const float *const *)buffers, buffers + model->input_count);
        for (size_t i = 0; run >= 0 && i < plan->steps.count; i++) seconds[i][run] = last_start(i + 1, threads) - last_start(i, threads);
    }
    for (int i = 0; i < PEAK_SAMPLES; i++) peaks[PEAK_SAMPLES + i] = machine_fma_gflops(0.1);
    print_steps(plan, seconds, runs, threads * median(peaks, 2 * PEAK_SAMPLES));
    for (size_t i = 0; i < count; i++) free(buffers[i]);
    senrt_session_destroy(session);
    return EXIT_SUCCESS;
}

static int bench(struct graph *graph, const struct pass_options *passes, int runs, int threads, struct diag *diag) {
    int level = passes->level;
    weights_bind_random(graph, 1);
    pass_run_all(graph, passes);
    struct schedule_options options = {.level = level};
    struct plan *plan = schedule_graph(graph, target_find("native"), &options);
    size_t bytes;
    unsigned char *weights = plan_pack_weights(plan, &bytes);
    struct codegen_options codegen = {.level = level, .with_step_hook = true};
    struct jit *jit = jit_create(codegen_lower(plan, &codegen), weights, diag);
    int status = jit ? time_steps(plan, jit_model(jit), runs, threads) : EXIT_FAILURE;
    jit_destroy(jit);
    free(weights);
    plan_destroy(plan);
    return status;
}

int main(int argc, char **argv) {
    const char *defines[64], *path = NULL;
    struct sema_options options = {.defines = defines, .batch = 1};
    const char *disabled[16];
    struct pass_options passes = {.level = 3, .disabled = disabled};
    int runs = 11, threads = 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-D") == 0 && i + 1 < argc && options.define_count < 64)
            defines[options.define_count++] = argv[++i];
        else if (strcmp(argv[i], "-O") == 0 && i + 1 < argc)
            passes.level = atoi(argv[++i]);
        else if (strcmp(argv[i], "--disable-pass") == 0 && i + 1 < argc && passes.disabled_count < 16)
            disabled[passes.disabled_count++] = argv[++i];
        else if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc)
            runs = atoi(argv[++i]);
        else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
            threads = atoi(argv[++i]);
        else
            path = argv[i];
    }
    if (!path || runs < 1 || runs > MOST_RUNS || threads < 1 || threads > MOST_THREADS) {
        fprintf(stderr, "usage: bench_steps [-D NAME=VALUE] [-O LEVEL] [--disable-pass PASS] [--runs 1..%d] "
                        "[--threads 1..%d] NETWORK.sen\n",
                MOST_RUNS, MOST_THREADS);
        return 2;
    }
    struct diag *diag = diag_create(stderr, false);
    struct ast *ast = syntax_parse_file(path, diag);
    struct graph *graph = ast ? sema_build_graph(ast, &options, diag) : NULL;
    diag_flush(diag);
    int status = graph ? bench(graph, &passes, runs, threads, diag) : EXIT_FAILURE;
    diag_flush(diag);
    graph_destroy(graph);
    ast_destroy(ast);
    diag_destroy(diag);
    return status;
}
