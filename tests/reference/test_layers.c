/* test_layers.c - each network of tests/reference/layers, run by the interpreter, against PyTorch. Speaks TAP. */
#include "reference.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "tests/reference/layers"

/* Both computed in double and stored as float; a little more for the rounding of values inside longer chains. */
static const double bound = 1e-6;

static const char *file_of(struct arena *arena, const char *name, const char *ending) {
    return arena_format(arena, FOLDER "/%s%s", name, ending);
}

static bool has_weights(struct arena *arena, const char *name) {
    const char *folder = getenv("top_srcdir");
    return access(arena_format(arena, "%s/%s", folder ? folder : ".", file_of(arena, name, ".safetensors")), F_OK) ==
           0;
}

static bool check_layer(struct arena *arena, const char *name, const char **out_message) {
    struct reference reference;
    const char *weights = has_weights(arena, name) ? file_of(arena, name, ".safetensors") : NULL;
    bool ok = reference_open(&reference, file_of(arena, name, ".sen"), weights);
    const struct tensor *input = ok ? reference_read(&reference, file_of(arena, name, ".input.npy")) : NULL;
    const struct tensor *wanted = input ? reference_read(&reference, file_of(arena, name, ".output.npy")) : NULL;
    const char *message = NULL;
    ok = wanted && reference_check(&reference, input, wanted, bound, &message);
    if (!message) {
        diag_flush(reference.diag);
        message = diag_text(reference.diag);
    }
    *out_message = arena_copy_string(arena, message);
    reference_close(&reference);
    return ok;
}

static int is_network(const struct dirent *entry) {
    const char *ending = strrchr(entry->d_name, '.');
    return ending && !strcmp(ending, ".sen");
}

/* "# " before each line. */
static void print_comment(const char *text) {
    for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
        end = line + strcspn(line, "\n");
        printf("# %.*s\n", (int)(end - line), line);
    }
}

int main(void) {
    struct arena *arena = arena_create();
    const char *folder = getenv("top_srcdir");
    struct dirent **entries;
    int count = scandir(arena_format(arena, "%s/" FOLDER, folder ? folder : "."), &entries, is_network, alphasort);
    int failed = count < 1;
    if (failed) printf("# there are no networks in " FOLDER "\n");
    for (int i = 0; i < count; i++) {
        const char *message, *name = entries[i]->d_name;
        name = arena_format(arena, "%.*s", (int)(strrchr(name, '.') - name), name);
        bool ok = check_layer(arena, name, &message);
        printf("%s %d - %s\n", ok ? "ok" : "not ok", i + 1, name);
        if (!ok) print_comment(message);
        failed += !ok;
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    printf("1..%d\n", count > 0 ? count : 0);
    arena_destroy(arena);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
