/* model.c - a file becomes a ModelProto: mapped, unpacked by protobuf-c within bounds, and its versions checked.
 *
 * protobuf-c copies every `bytes` field, so a file of 100 MB is copied once; what points into the copies (raw floats)
 * is used where it lies. The allocator bounds memory, and the depth of nested messages by the stack that they take,
 * which protobuf-c itself does not.
 */
#include "importer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODEL_MAX_BYTES ((size_t)INT32_MAX) /* protobuf's own limit */
#define STACK_MAX_BYTES ((ptrdiff_t)1 << 20)
/* What a message needs in memory: its own size, and as much again for each byte of small messages. */
#define MEMORY_BASE_BYTES ((size_t)64 << 20)
enum { MEMORY_FACTOR = 12 };

static void *allocate(void *data, size_t size_bytes) {
    struct import *import = data;
    ptrdiff_t depth = import->stack - (const char *)__builtin_frame_address(0);
    if (depth > STACK_MAX_BYTES || depth < -STACK_MAX_BYTES) return NULL;
    if (size_bytes > import->most_bytes - import->allocated_bytes) return NULL;
    import->allocated_bytes += size_bytes;
    return malloc(size_bytes ? size_bytes : 1);
}

static void release(void *data, void *memory) {
    (void)data;
    free(memory);
}

static struct import *create(const char *path, bool has_folder) {
    struct arena *arena = arena_create();
    struct import *import = ARENA_NEW(arena, struct import);
    import->arena = arena;
    import->path = arena_copy_string(arena, path);
    import->has_folder = has_folder;
    import->allocator = (ProtobufCAllocator){allocate, release, import};
    return import;
}

void import_close(struct import *import) {
    if (!import) return;
    if (import->model) onnx__model_proto__free_unpacked(import->model, &import->allocator);
    for (size_t i = 0; i < import->tensors.count; i++)
        onnx__tensor_proto__free_unpacked(import->tensors.items[i], &import->allocator);
    for (size_t i = 0; i < import->mappings.count; i++)
        munmap((void *)import->mappings.items[i].bytes, import->mappings.items[i].size_bytes);
    arena_destroy(import->arena);
}

static void begin_unpacking(struct import *import, size_t size_bytes) {
    import->stack = __builtin_frame_address(0);
    import->allocated_bytes = 0;
    import->most_bytes = MEMORY_BASE_BYTES + MEMORY_FACTOR * size_bytes;
}

static bool unpack(struct import *import, const void *bytes, size_t size_bytes, struct diag *diag) {
    begin_unpacking(import, size_bytes);
    import->model = onnx__model_proto__unpack(&import->allocator, size_bytes, bytes);
    if (import->model && import->model->graph) return true;
    diag_error(diag, SPAN_NONE, DIAG_ONNX_MALFORMED,
               import->model ? "'%s' holds no graph: is it an ONNX model?" : "'%s' is no ONNX model, or is cut off",
               import->path);
    return false;
}

static struct import *close_unless(bool is_good, struct import *import) {
    if (is_good) return import;
    import_close(import);
    return NULL;
}

struct import *import_parse(const char *path, const void *bytes, size_t size_bytes, struct diag *diag) {
    struct import *import = create(path, false);
    return close_unless(unpack(import, bytes, size_bytes, diag), import);
}

/* The bytes of a regular file. NULL with the problem in words; an empty file has none. */
static const void *map_descriptor(int descriptor, size_t *out_bytes, const char **out_problem) {
    struct stat status;
    *out_problem = NULL;
    if (fstat(descriptor, &status)) *out_problem = strerror(errno);
    else if (S_ISDIR(status.st_mode)) *out_problem = strerror(EISDIR);
    else if (!S_ISREG(status.st_mode)) *out_problem = "models are mapped, so they must be in a regular file";
    else if ((size_t)status.st_size > MODEL_MAX_BYTES) *out_problem = "it is larger than 2 GiB";
    else if (status.st_size == 0) *out_problem = "it is empty";
    if (*out_problem) return NULL;
    *out_bytes = (size_t)status.st_size;
    void *bytes = mmap(NULL, *out_bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes != MAP_FAILED) return bytes;
    *out_problem = strerror(errno);
    return NULL;
}

static const void *map_file(const char *path, size_t *out_bytes, const char **out_problem) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe shall not block */
    if (descriptor < 0) {
        *out_problem = strerror(errno);
        return NULL;
    }
    const void *bytes = map_descriptor(descriptor, out_bytes, out_problem);
    close(descriptor);
    return bytes;
}

struct import *import_open(const char *path, struct diag *diag) {
    struct import *import = create(path, true);
    const char *problem;
    size_t size_bytes;
    const void *bytes = map_file(path, &size_bytes, &problem);
    if (!bytes) {
        diag_error(diag, SPAN_NONE, DIAG_FILE_UNREADABLE, "cannot read '%s': %s", path, problem);
        return close_unless(false, import);
    }
    bool is_good = unpack(import, bytes, size_bytes, diag);
    munmap((void *)bytes, size_bytes);
    return close_unless(is_good, import);
}

const Onnx__TensorProto *import_read_tensor(struct import *import, const char *path, const char **out_problem) {
    size_t size_bytes;
    const void *bytes = map_file(path, &size_bytes, out_problem);
    if (!bytes) return NULL;
    begin_unpacking(import, size_bytes);
    Onnx__TensorProto *tensor = onnx__tensor_proto__unpack(&import->allocator, size_bytes, bytes);
    munmap((void *)bytes, size_bytes);
    if (tensor) vec_push(import->arena, &import->tensors, tensor);
    else *out_problem = "it holds no ONNX tensor";
    return tensor;
}

/* --- what holds of the model as a whole */

static bool is_standard(const char *domain) {
    return !domain || !*domain || !strcmp(domain, "ai.onnx");
}

static bool check_opset(struct importer *importer) {
    const Onnx__ModelProto *model = importer->import->model;
    const char *path = importer->import->path;
    bool is_given = false;
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *set = model->opset_import[i];
        if (!is_standard(set->domain) || !set->has_version) continue;
        importer->opset = set->version;
        is_given = true;
    }
    if (!is_given) {
        diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_OPSET, "'%s' does not say which version of ONNX's operators it uses",
                   path);
        return false;
    }
    if (importer->opset >= 1 && importer->opset <= IMPORT_OPSET_MOST) return true;
    diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_OPSET,
               "'%s' uses version %lld of ONNX's operators (opset); %d to %d are understood", path,
               (long long)importer->opset, IMPORT_OPSET_LEAST, IMPORT_OPSET_MOST);
    return false;
}

static bool malformed(struct importer *importer, const char *problem) {
    diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_MALFORMED, "'%s': %s", importer->import->path, problem);
    return false;
}

/* The name of everything that is made, once. */
static bool add_producers(struct importer *importer) {
    const Onnx__GraphProto *graph = importer->proto;
    for (size_t i = 0; i < graph->n_node; i++) {
        const Onnx__NodeProto *node = graph->node[i];
        if (!node->op_type) return malformed(importer, "a node has no operator");
        for (size_t o = 0; o < node->n_output; o++) {
            const char *name = node->output[o];
            if (!*name) continue;
            if (map_has(&importer->producers, name))
                return malformed(importer, arena_format(importer->arena, "two nodes make '%s'", name));
            map_set(&importer->producers, name, (void *)node);
        }
    }
    return true;
}

static bool add_tensors(struct importer *importer) {
    const Onnx__GraphProto *graph = importer->proto;
    for (size_t i = 0; i < graph->n_initializer; i++) {
        Onnx__TensorProto *tensor = graph->initializer[i];
        if (!tensor->name) return malformed(importer, "an initialiser has no name");
        if (map_has(&importer->tensors, tensor->name))
            return malformed(importer, arena_format(importer->arena, "two initialisers are named '%s'", tensor->name));
        map_set(&importer->tensors, tensor->name, tensor);
    }
    return true;
}

size_t model_count_uses(const struct importer *importer, const char *name) {
    return (size_t)(uintptr_t)map_lookup(&importer->uses, name);
}

static void add_use(struct importer *importer, const char *name) {
    if (name && *name) map_set(&importer->uses, name, (void *)(uintptr_t)(model_count_uses(importer, name) + 1));
}

static void add_uses(struct importer *importer) {
    const Onnx__GraphProto *graph = importer->proto;
    for (size_t i = 0; i < graph->n_output; i++) add_use(importer, graph->output[i]->name);
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t k = 0; k < graph->node[i]->n_input; k++) add_use(importer, graph->node[i]->input[k]);
}

bool model_check(struct importer *importer) {
    add_uses(importer);
    return check_opset(importer) && add_producers(importer) && add_tensors(importer);
}
