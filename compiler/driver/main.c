/* main.c - senc: the command line becomes a compile, its outcome an exit status. */
#include "compile.h"

#include "../base/cleanup.h"
#include "../base/output.h"
#include "../pass/pass.h"

#include <config.h>

static void print_version(struct text *text) {
    text_add(text, "senc " SENC_VERSION " (LLVM " SENC_LLVM_VERSION ")\n");
}

static void print_passes(struct text *text) {
    for (int i = 0; i < pass_count; i++) {
        const struct pass *pass = &pass_list[i];
        text_format(text, "%-20s %s  %s\n", pass->name, pass->level ? arena_format(text->arena, "-O%d", pass->level) : "all",
                    pass->summary);
    }
}

/* Writes a text that was asked for to standard output. */
static bool answer(void (*print)(struct text *text), struct arena *arena, struct diag *diag) {
    struct text text = text_create(arena);
    print(&text);
    struct output *output = output_begin(arena, "-", diag);
    return output && output_write(output, text.bytes, text.length, diag) && output_commit(output, diag);
}

static enum senc_exit run(struct arena *arena, int argc, char **argv, struct diag *diag) {
    struct options options;
    bool is_done = false;
    switch (options_parse(arena, argc, argv, diag, &options)) {
    case ACTION_WRONG_USAGE: return SENC_EXIT_USAGE;
    case ACTION_HELP: is_done = answer(options_print_help, arena, diag); break;
    case ACTION_VERSION: is_done = answer(print_version, arena, diag); break;
    case ACTION_LIST_PASSES: is_done = answer(print_passes, arena, diag); break;
    case ACTION_COMPILE: is_done = compile_network(&options, diag); break;
    }
    return is_done ? SENC_EXIT_OK : SENC_EXIT_INPUT;
}

int main(int argc, char **argv) {
    cleanup_install();
    struct arena *arena = arena_create();
    struct diag *diag = diag_create(stderr, options_use_color(argc, argv));
    enum senc_exit status = run(arena, argc, argv, diag);
    diag_destroy(diag);
    arena_destroy(arena);
    return status;
}
