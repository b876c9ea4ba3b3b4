/* codegen.h - a plan becomes an LLVM module: a kernel for each kind of step, the run function, the model's data. The
 * packed weights, NAME_weights, are defined elsewhere: object_write_weights. */
#ifndef SENC_CODEGEN_CODEGEN_H
#define SENC_CODEGEN_CODEGEN_H

#include "../base/text.h"
#include "../schedule/schedule.h"

struct unit; /* an LLVM module and what owns it; see codegen/unit.h */

struct codegen_options {
    int level;             /* -O: how much LLVM optimises */
    bool with_main;        /* also a `main` that calls senrt_main (--emit=exe) */
    bool with_step_hook; /* call `void senc_step_hook(int64_t step)` before each step and after the last (benchmarks) */
};

/* NAME_weights */
const char *codegen_weights_symbol(struct arena *arena, const struct plan *plan);

struct unit *codegen_lower(const struct plan *plan, const struct codegen_options *options);
void unit_destroy(struct unit *unit);

void unit_print(const struct unit *unit, struct text *text); /* --emit=llvm, after LLVM's optimiser */

/* Seconds spent: building IR, LLVM's optimiser, LLVM's code generator (0 before object_make). */
struct unit_times {
    double build, optimise, emit;
};
struct unit_times unit_times(const struct unit *unit);

#endif
