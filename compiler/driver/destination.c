/* destination.c - the options and the network's name become the file to write. */
#include "destination.h"

#include <sys/stat.h>

bool destination_check_weights(const struct options *options, struct diag *diag) {
    if (options->emit < EMIT_PLAN || options->weights || options->random_weights) return true;
    diag_error(diag, SPAN_NONE, DIAG_WEIGHTS_NEEDED, "'--emit=%s' needs the network's weights",
               emit_kind_name(options->emit));
    diag_note(diag, SPAN_NONE, "give --weights FILE.safetensors, or --weights random for a trial");
    return false;
}

static const char *default_path(struct arena *arena, enum emit_kind emit, const char *network_name) {
    switch (emit) {
    case EMIT_EXE: return network_name;
    case EMIT_OBJ: return arena_format(arena, "%s.o", network_name);
    case EMIT_SHARED: return arena_format(arena, "lib%s.so", network_name);
    case EMIT_HEADER: return arena_format(arena, "%s.h", network_name);
    default: return "-";
    }
}

static bool is_same_file(const char *a, const char *b) {
    struct stat a_status, b_status;
    return !stat(a, &a_status) && !stat(b, &b_status) && a_status.st_dev == b_status.st_dev &&
           a_status.st_ino == b_status.st_ino;
}

struct output *destination_open(struct arena *arena, const struct options *options, const char *network_name,
                                struct diag *diag) {
    const char *path = options->output ? options->output : default_path(arena, options->emit, network_name);
    const char *inputs[] = {options->network, options->weights};
    for (int i = 0; i < 2; i++) {
        if (!inputs[i] || !is_same_file(path, inputs[i])) continue;
        diag_error(diag, SPAN_NONE, DIAG_OUTPUT_IS_INPUT, "the output '%s' would replace the input '%s'", path,
                   inputs[i]);
        return NULL;
    }
    return output_begin(arena, path, diag);
}
