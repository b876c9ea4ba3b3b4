/* options.h - the command line of senc as a structure. */
#ifndef SENC_DRIVER_OPTIONS_H
#define SENC_DRIVER_OPTIONS_H

#include "../base/diag.h"
#include "../base/text.h"
#include "../base/vec.h"
#include "../schedule/schedule.h"
#include "../target/target.h"

/* What --emit asks for, in the order of the pipeline. */
enum emit_kind {
    EMIT_AST,
    EMIT_PARAMS,
    EMIT_SEN,
    EMIT_ONNX,
    EMIT_GRAPH,
    EMIT_DOT,
    EMIT_PLAN,
    EMIT_HEADER,
    EMIT_LLVM,
    EMIT_ASM,
    EMIT_OBJ,
    EMIT_SHARED,
    EMIT_EXE,
};

/* What main is to do. */
enum action { ACTION_COMPILE, ACTION_HELP, ACTION_VERSION, ACTION_LIST_PASSES, ACTION_WRONG_USAGE };

/* Strings belong to argv, to the environment or to the arena given to options_parse. */
struct options {
    const char *network; /* path of the .sen or .onnx file */
    const char *output;  /* NULL: the default of `emit` */
    const char *name;    /* of the network, a C identifier; NULL: its own */
    enum emit_kind emit;
    const char *weights; /* path of a safetensors file, or NULL */
    bool random_weights; /* then `weights` is NULL */
    uint64_t random_seed;
    bool allow_unused_weights;
    VEC(const char *) defines; /* NAME=VALUE */
    int64_t batch; /* 0: not given */
    VEC(const char *) shapes, constants, pictures; /* INPUT=...: of an ONNX model */
    int level;
    const char *march; /* as given */
    const struct target *target;
    int vector_bytes; /* 0: the target's */
    VEC(struct tile_choice) tiles;
    const char *runtime_dir; /* NULL: look for it */
    const char *cc;
    VEC(const char *) disabled_passes;
    const char *dump_after, *stop_after;
    bool time_passes, verbose;
    bool explain_se, explain_json; /* instead of what `emit` asks for: what became of the SE blocks */
};

/* Reads the command line. On ACTION_WRONG_USAGE the mistakes have been reported. */
enum action options_parse(struct arena *arena, int argc, char **argv, struct diag *diag, struct options *out_options);

/* Whether messages on standard error get colours: by the last --color, else by terminal, NO_COLOR and TERM. Looks
 * only at that option, so that it can be asked before there is a struct diag. */
bool options_use_color(int argc, char **argv);

void options_print_help(struct text *text);

/* Whether the network is an ONNX model, by its name. */
bool options_is_onnx(const struct options *options);

/* "exe"; for messages. */
const char *emit_kind_name(enum emit_kind kind);

#endif
