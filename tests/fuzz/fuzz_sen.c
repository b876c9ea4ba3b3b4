/* fuzz_sen.c - any bytes as a .sen text: parsed, printed, elaborated, and the graph verified. */
#include "../../compiler/base/diag.h"
#include "../../compiler/sema/sema.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds) {
    if (!holds) abort();
}

/* What is printed reads back as the same tree. Texts with imports are left out: their print holds several files. */
static void check_print(const struct ast *ast) {
    struct arena *arena = arena_create();
    struct text once = text_create(arena), twice = text_create(arena);
    ast_print(ast, &once);
    struct diag *diag = diag_create(NULL, false);
    struct ast *again = syntax_parse_text("fuzz.sen", once.bytes, once.length, diag);
    if (ast->files.count == 1 && !strstr(once.bytes, "import")) {
        /* Printing adds parentheses, so that what just fits may nest too deep the second time. */
        require(again || strstr(diag_text(diag), "[nesting]"));
        if (again) ast_print(again, &twice);
        if (again) require(strcmp(once.bytes, twice.bytes) == 0);
    }
    ast_destroy(again);
    diag_destroy(diag);
    arena_destroy(arena);
}

/* What a first line "#D name=value" says; NULL if there is none. */
static const char *copy_define(const uint8_t *bytes, size_t size) {
    const uint8_t *end = memchr(bytes, '\n', size);
    if (!end || end - bytes < 3 || memcmp(bytes, "#D ", 3) != 0) return NULL;
    return strndup((const char *)bytes + 3, (size_t)(end - bytes) - 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct diag *diag = diag_create(NULL, false);
    struct ast *ast = syntax_parse_text("fuzz.sen", (const char *)bytes, size, diag);
    require((ast != NULL) == (diag_error_count(diag) == 0));
    if (ast) {
        const char *define = copy_define(bytes, size);
        const struct sema_options options = {.defines = &define, .define_count = define != NULL, .batch = 1};
        check_print(ast);
        struct graph *graph = sema_build_graph(ast, &options, diag);
        ast_destroy(ast);
        require((graph != NULL) == (diag_error_count(diag) == 0));
        if (graph) require(graph_verify(graph) == NULL);
        graph_destroy(graph);
        free((void *)(uintptr_t)define);
    }
    require((diag_error_count(diag) == 0) == (strstr(diag_text(diag), "error:") == NULL));
    diag_destroy(diag);
    return 0;
}
