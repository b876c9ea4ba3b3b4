/* syntax.c - turns a .sen file, and the files it imports, into an ast. */
#include "syntax.h"

#include "../base/diag.h"
#include "../base/map.h"
#include "parse.h"

#include <string.h>
#include <sys/stat.h>

enum { MAX_IMPORT_DEPTH = 64, MAX_FILES = 1000 };

/* A file being read, and the import that asked for it. */
struct visit {
    const struct visit *importer; /* NULL for the root */
    struct span import;
    const char *identity;
    const char *path;
    int depth;
};

struct reader {
    struct ast *ast;
    struct diag *diag;
    struct map seen; /* identities of the files read or being read */
};

static uint32_t skip_byte_order_mark(const struct source *source) {
    return source->size_bytes >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static struct ast_file *parse_source(struct reader *reader, const struct source *source) {
    struct ast_file *file = ARENA_NEW(reader->ast->arena, struct ast_file);
    file->source = source;
    if (!source_check_text(source, reader->diag)) return file;
    struct parse parse = {.arena = reader->ast->arena, .source = source, .diag = reader->diag, .file = file};
    parse_run(&parse, skip_byte_order_mark(source));
    return file;
}

static const char *join_path(struct arena *arena, const char *importer, const char *path) {
    const char *slash = strrchr(importer, '/');
    while (strncmp(path, "./", 2) == 0) path += 2;
    if (!slash || path[0] == '/') return path;
    return arena_format(arena, "%.*s/%s", (int)(slash - importer), importer, path);
}

/* What two paths of one file have in common; the path itself for a file that is not there. */
static const char *file_identity(struct arena *arena, const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) return path;
    return arena_format(arena, "%llu:%llu", (unsigned long long)status.st_dev,
                        (unsigned long long)status.st_ino);
}

static void read_imports(struct reader *reader, const struct ast_file *file, const struct visit *visit);

static void report_cycle(struct reader *reader, const struct visit *visit) {
    diag_error(reader->diag, visit->import, DIAG_IMPORT_CYCLE, "'%s' imports itself", visit->path);
    const struct visit *step = visit->importer;
    for (; step && strcmp(step->identity, visit->identity) != 0; step = step->importer)
        diag_note(reader->diag, step->import, "by way of '%s', imported", step->path);
}

static bool is_being_read(const struct visit *visit) {
    for (const struct visit *step = visit->importer; step; step = step->importer)
        if (strcmp(step->identity, visit->identity) == 0) return true;
    return false;
}

/* Reads the imported file unless that was done before. */
static void read_import(struct reader *reader, const struct visit *visit) {
    if (is_being_read(visit)) {
        report_cycle(reader, visit);
        return;
    }
    if (map_has(&reader->seen, visit->identity)) return;
    map_set(&reader->seen, visit->identity, NULL);
    if (visit->depth > MAX_IMPORT_DEPTH || reader->seen.count > MAX_FILES) {
        diag_error(reader->diag, visit->import, DIAG_IMPORT_LIMIT,
                   "too many imports: at most %d files, %d deep", MAX_FILES, MAX_IMPORT_DEPTH);
        return;
    }
    const struct source *source =
        source_read_for(reader->ast->arena, visit->path, visit->import, reader->diag);
    if (!source) return;
    struct ast_file *file = parse_source(reader, source);
    read_imports(reader, file, visit);
    vec_push(reader->ast->arena, &reader->ast->files, file);
}

static void read_imports(struct reader *reader, const struct ast_file *file, const struct visit *visit) {
    struct arena *arena = reader->ast->arena;
    for (size_t i = 0; i < file->items.count && !diag_too_many(reader->diag); i++) {
        const struct ast_item *item = file->items.items[i];
        if (item->kind != AST_IMPORT) continue;
        struct visit next = {.importer = visit, .import = item->name.span, .depth = visit->depth + 1};
        next.path = join_path(arena, file->source->path, item->name.text);
        next.identity = file_identity(arena, next.path);
        read_import(reader, &next);
    }
}

/* The root file and all it imports; NULL if anything was wrong. */
static struct ast *parse_program(struct ast *ast, const struct source *source, struct diag *diag) {
    size_t errors_before = diag_error_count(diag);
    struct reader reader = {.ast = ast, .diag = diag, .seen = map_create(ast->arena)};
    if (source) {
        struct visit root = {.path = source->path, .identity = file_identity(ast->arena, source->path)};
        map_set(&reader.seen, root.identity, NULL);
        struct ast_file *file = parse_source(&reader, source);
        read_imports(&reader, file, &root);
        vec_push(ast->arena, &ast->files, file);
    }
    diag_flush(diag);
    if (source && diag_error_count(diag) == errors_before) return ast;
    ast_destroy(ast);
    return NULL;
}

static struct ast *ast_create(void) {
    struct arena *arena = arena_create();
    struct ast *ast = ARENA_NEW(arena, struct ast);
    ast->arena = arena;
    return ast;
}

struct ast *syntax_parse_file(const char *path, struct diag *diag) {
    struct ast *ast = ast_create();
    return parse_program(ast, source_read(ast->arena, path, diag), diag);
}

struct ast *syntax_parse_text(const char *path, const char *text, size_t size_bytes, struct diag *diag) {
    struct ast *ast = ast_create();
    return parse_program(ast, source_from_text(ast->arena, path, text, size_bytes), diag);
}

const struct ast_expression *syntax_parse_expression(struct arena *arena, const struct source *source,
                                                     uint32_t begin, struct diag *diag) {
    size_t errors_before = diag_error_count(diag);
    struct parse parse = {.arena = arena, .source = source, .diag = diag};
    if (source_check_text(source, diag)) parse_run(&parse, begin);
    return diag_error_count(diag) == errors_before ? parse.expression : NULL;
}

const char *ast_path_beside(struct arena *arena, const struct ast_expression *name) {
    const char *own = name->span.source->path, *text = name->as.text;
    const char *slash = text[0] == '/' ? NULL : strrchr(own, '/');
    return slash ? arena_format(arena, "%.*s/%s", (int)(slash - own), own, text) : text;
}

void ast_destroy(struct ast *ast) {
    if (ast) arena_destroy(ast->arena);
}
