/* safetensors.c - a .safetensors file becomes named tensors: mapped, and every number of its header checked.
 *
 * The format: 8 bytes, the little-endian length of the header; the header, JSON,
 *     {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ..., "__metadata__": {"any": "text"}}
 * then the data, which the tensors cover without gaps or overlaps. https://github.com/huggingface/safetensors */
#include "weights.h"

#include "../base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the data of safetensors files is little-endian, and is used in place"
#endif

enum { LENGTH_BYTES = 8, HEADER_MAX_BYTES = 100000000, AXES_MAX = 64 };

struct element_type {
    const char *name;
    int bits;
};

static const struct element_type element_types[] = {
    {"F32", 32},    {"F16", 16},    {"BF16", 16}, {"F64", 64},    {"I64", 64},    {"U64", 64}, {"I32", 32},
    {"U32", 32},    {"I16", 16},    {"U16", 16},  {"I8", 8},      {"U8", 8},      {"BOOL", 8}, {"F8_E4M3", 8},
    {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"C64", 64},  {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},
};

struct entry {
    const char *name;
    const struct element_type *type;
    const char *type_text; /* "I64[1]" */
    struct shape shape;    /* of the first four axes */
    int axis_count;
    int64_t element_count;
    int64_t begin, end; /* bytes of the data */
};

struct reader {
    struct weights *weights;
    struct diag *diag;
    const unsigned char *data;
    int64_t data_bytes;
    VEC(struct entry) entries;
};

static bool malformed(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool malformed(struct reader *reader, const char *format, ...) {
    va_list list;
    va_start(list, format);
    const char *problem = arena_format_list(reader->weights->arena, format, list);
    va_end(list);
    diag_error(reader->diag, SPAN_NONE, DIAG_WEIGHTS_MALFORMED, "%s: %s", reader->weights->path, problem);
    return false;
}

/* --- one tensor of the header */

static const struct element_type *find_type(const char *name) {
    for (size_t i = 0; i < sizeof element_types / sizeof *element_types; i++)
        if (!strcmp(element_types[i].name, name)) return &element_types[i];
    return NULL;
}

static bool read_type(struct reader *reader, const json_t *info, struct entry *entry) {
    const json_t *type = json_object_get(info, "dtype");
    if (!json_is_string(type)) return malformed(reader, "tensor '%s' has no dtype", entry->name);
    entry->type = find_type(json_string_value(type));
    if (entry->type) return true;
    return malformed(reader, "tensor '%s' has the unknown dtype '%s'", entry->name, json_string_value(type));
}

/* Also counts the elements. */
static bool read_shape(struct reader *reader, const json_t *info, struct entry *entry) {
    const json_t *shape = json_object_get(info, "shape");
    if (!json_is_array(shape)) return malformed(reader, "tensor '%s' has no shape", entry->name);
    size_t axes = json_array_size(shape);
    if (axes > AXES_MAX) return malformed(reader, "tensor '%s' has %zu axes", entry->name, axes);
    entry->axis_count = (int)axes;
    entry->shape.rank = entry->axis_count < SHAPE_MAX_RANK ? entry->axis_count : SHAPE_MAX_RANK;
    entry->element_count = 1;
    struct text text = text_create(reader->weights->arena);
    text_format(&text, "%s[", entry->type->name);
    for (size_t i = 0; i < axes; i++) {
        const json_t *item = json_array_get(shape, i);
        int64_t extent = json_is_integer(item) ? (int64_t)json_integer_value(item) : -1;
        if (extent < 0 || __builtin_mul_overflow(entry->element_count, extent, &entry->element_count))
            return malformed(reader, "tensor '%s' has a shape that cannot be", entry->name);
        if (i < SHAPE_MAX_RANK) entry->shape.dims[i] = extent;
        text_format(&text, "%s%lld", i ? ", " : "", (long long)extent);
    }
    text_add(&text, "]");
    entry->type_text = text.bytes;
    return true;
}

static bool read_offsets(struct reader *reader, const json_t *info, struct entry *entry) {
    const json_t *offsets = json_object_get(info, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return malformed(reader, "tensor '%s' has no data_offsets", entry->name);
    entry->begin = json_integer_value(begin);
    entry->end = json_integer_value(end);
    if (entry->begin < 0 || entry->end < entry->begin || entry->end > reader->data_bytes)
        return malformed(reader, "tensor '%s' lies at bytes %lld to %lld, but the file has %lld bytes of data",
                         entry->name, (long long)entry->begin, (long long)entry->end, (long long)reader->data_bytes);
    int64_t bits, found = entry->end - entry->begin;
    if (__builtin_mul_overflow(entry->element_count, (int64_t)entry->type->bits, &bits) || bits % 8 ||
        bits / 8 != found)
        return malformed(reader, "tensor '%s' of type %s does not fill its %lld bytes", entry->name, entry->type_text,
                         (long long)found);
    return true;
}

static bool read_entry(struct reader *reader, const char *name, const json_t *info) {
    struct entry entry = {.name = arena_copy_string(reader->weights->arena, name)};
    if (!json_is_object(info)) return malformed(reader, "tensor '%s' has no description", name);
    if (!read_type(reader, info, &entry) || !read_shape(reader, info, &entry) || !read_offsets(reader, info, &entry))
        return false;
    vec_push(reader->weights->arena, &reader->entries, entry);
    return true;
}

static bool check_metadata(struct reader *reader, json_t *metadata) {
    const char *key;
    json_t *value;
    if (!json_is_object(metadata)) return malformed(reader, "__metadata__ is not a JSON object");
    json_object_foreach(metadata, key, value) {
        if (!json_is_string(value)) return malformed(reader, "__metadata__ has '%s', which is not a string", key);
    }
    return true;
}

static bool read_entries(struct reader *reader, json_t *header) {
    const char *name;
    json_t *value;
    json_object_foreach(header, name, value) {
        bool ok = strcmp(name, "__metadata__") ? read_entry(reader, name, value) : check_metadata(reader, value);
        if (!ok) return false;
    }
    return true;
}

/* --- the file */

static int compare_begin(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1; /* empty ones first */
    return strcmp(x->name, y->name);
}

/* Sorts the entries, and sees that they cover the data from the first byte to the last, each byte once. */
static bool check_cover(struct reader *reader) {
    int64_t at = 0;
    if (reader->entries.count)
        qsort(reader->entries.items, reader->entries.count, sizeof *reader->entries.items, compare_begin);
    for (size_t i = 0; i < reader->entries.count; i++) {
        const struct entry *entry = &reader->entries.items[i];
        if (entry->begin < at)
            return malformed(reader, "tensors '%s' and '%s' overlap", reader->entries.items[i - 1].name, entry->name);
        if (entry->begin > at)
            return malformed(reader, "bytes %lld to %lld of the data belong to no tensor", (long long)at,
                             (long long)entry->begin);
        at = entry->end;
    }
    if (at == reader->data_bytes) return true;
    return malformed(reader, "bytes %lld to %lld of the data belong to no tensor", (long long)at,
                     (long long)reader->data_bytes);
}

static const float *convert(struct arena *arena, const struct entry *entry, const unsigned char *bytes) {
    bool is_float = entry->type->bits == 32, is_half = !strcmp(entry->type->name, "F16");
    if (is_float && (uintptr_t)bytes % _Alignof(float) == 0) return (const float *)(const void *)bytes;
    float *values = ARENA_NEW_ARRAY(arena, float, (size_t)entry->element_count);
    if (is_float) {
        memcpy(values, bytes, (size_t)entry->element_count * sizeof *values);
        return values;
    }
    for (int64_t i = 0; i < entry->element_count; i++) {
        uint16_t bits;
        memcpy(&bits, bytes + 2 * i, sizeof bits);
        values[i] = is_half ? float_from_half(bits) : float_from_bfloat16(bits);
    }
    return values;
}

static bool can_be_parameter(const struct entry *entry) {
    const char *type = entry->type->name;
    bool is_float = !strcmp(type, "F32") || !strcmp(type, "F16") || !strcmp(type, "BF16");
    return is_float && entry->axis_count <= SHAPE_MAX_RANK && shape_element_count(entry->shape) > 0;
}

static void add_tensors(struct reader *reader) {
    struct weights *weights = reader->weights;
    for (size_t i = 0; i < reader->entries.count; i++) {
        const struct entry *entry = &reader->entries.items[i];
        if (!can_be_parameter(entry)) {
            map_set(&weights->others, entry->name, (void *)entry->type_text);
            continue;
        }
        struct tensor *tensor = ARENA_NEW(weights->arena, struct tensor);
        tensor->shape = entry->shape;
        tensor->values = convert(weights->arena, entry, reader->data + entry->begin);
        map_set(&weights->tensors, entry->name, tensor);
    }
}

static json_t *parse_header(struct reader *reader, const unsigned char *bytes, size_t size_bytes) {
    json_error_t error;
    json_t *header = json_loadb((const char *)bytes, size_bytes, JSON_REJECT_DUPLICATES, &error);
    if (!header) {
        malformed(reader, "the header is not JSON as it should be: %s", error.text);
    } else if (!json_is_object(header)) {
        malformed(reader, "the header is not a JSON object");
        json_decref(header);
        header = NULL;
    }
    return header;
}

/* PyTorch's own formats: zip archives, and before them pickles. */
static bool is_pytorch_file(const unsigned char *bytes, size_t size_bytes) {
    return size_bytes >= 4 && (!memcmp(bytes, "PK\3\4", 4) || (bytes[0] == 0x80 && bytes[1] == 2 && bytes[2] == 0x8a));
}

static bool read_bytes(struct reader *reader, const unsigned char *bytes, size_t size_bytes) {
    uint64_t header_bytes;
    if (is_pytorch_file(bytes, size_bytes))
        return malformed(reader, "a file of PyTorch's own (.pth, .pt); save the state_dict as safetensors: "
                                 "safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")");
    if (size_bytes < LENGTH_BYTES) return malformed(reader, "not a safetensors file: it has %zu bytes", size_bytes);
    memcpy(&header_bytes, bytes, sizeof header_bytes);
    if (header_bytes > HEADER_MAX_BYTES || header_bytes > size_bytes - LENGTH_BYTES)
        return malformed(reader, "not a safetensors file, or cut off: its header would have %llu bytes",
                         (unsigned long long)header_bytes);
    reader->data = bytes + LENGTH_BYTES + header_bytes;
    reader->data_bytes = (int64_t)(size_bytes - LENGTH_BYTES - header_bytes);
    json_t *header = parse_header(reader, bytes + LENGTH_BYTES, (size_t)header_bytes);
    if (!header) return false;
    bool ok = read_entries(reader, header) && check_cover(reader);
    json_decref(header);
    if (ok) add_tensors(reader);
    return ok;
}

static bool unreadable(const struct reader *reader, const char *problem) {
    diag_error(reader->diag, SPAN_NONE, DIAG_FILE_UNREADABLE, "cannot read '%s': %s", reader->weights->path, problem);
    return false;
}

static bool map_descriptor(struct reader *reader, int descriptor) {
    struct stat status;
    struct weights *weights = reader->weights;
    if (fstat(descriptor, &status)) return unreadable(reader, strerror(errno));
    if (S_ISDIR(status.st_mode)) return unreadable(reader, strerror(EISDIR));
    if (!S_ISREG(status.st_mode)) return unreadable(reader, "weights are mapped, so they must be in a regular file");
    if (status.st_size == 0) return malformed(reader, "not a safetensors file: it is empty");
    void *mapping = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapping == MAP_FAILED) return unreadable(reader, strerror(errno));
    weights->mapping = mapping;
    weights->mapping_bytes = (size_t)status.st_size;
    return true;
}

static bool map_file(struct reader *reader) {
    int descriptor = open(reader->weights->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe shall not block */
    if (descriptor < 0) return unreadable(reader, strerror(errno));
    bool ok = map_descriptor(reader, descriptor);
    close(descriptor);
    return ok;
}

static struct weights *create(const char *path) {
    struct arena *arena = arena_create();
    struct weights *weights = ARENA_NEW(arena, struct weights);
    *weights = (struct weights){.arena = arena,
                                .path = arena_copy_string(arena, path),
                                .tensors = map_create(arena),
                                .others = map_create(arena)};
    return weights;
}

static struct weights *destroy_unless(bool ok, struct weights *weights) {
    if (ok) return weights;
    weights_destroy(weights);
    return NULL;
}

struct weights *weights_parse_safetensors(const char *path, const void *bytes, size_t size_bytes, struct diag *diag) {
    struct reader reader = {.weights = create(path), .diag = diag};
    return destroy_unless(read_bytes(&reader, bytes, size_bytes), reader.weights);
}

struct weights *weights_read_safetensors(const char *path, struct diag *diag) {
    struct reader reader = {.weights = create(path), .diag = diag};
    bool ok = map_file(&reader) && read_bytes(&reader, reader.weights->mapping, reader.weights->mapping_bytes);
    return destroy_unless(ok, reader.weights);
}

void weights_destroy(struct weights *weights) {
    if (!weights) return;
    if (weights->mapping) munmap(weights->mapping, weights->mapping_bytes);
    arena_destroy(weights->arena);
}
