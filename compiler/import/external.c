/* external.c - the numbers of a tensor that lie in another file: mapped, if it is in the model's folder.
 *
 * A model is data from somewhere, so it must not make us read any file it likes: names with "..", absolute ones, and
 * links that lead out of the folder are refused.
 */
#include "importer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    const char *location;
    uint64_t offset, length;
    bool has_length;
};

static bool read_number(const char *text, uint64_t *out_number) {
    char *end;
    errno = 0;
    if (*text < '0' || *text > '9') return false;
    *out_number = strtoull(text, &end, 10);
    return !*end && !errno;
}

static bool read_place(struct import *import, const Onnx__TensorProto *proto, struct place *place,
                       const char **out_problem) {
    for (size_t i = 0; i < proto->n_external_data; i++) {
        const char *key = proto->external_data[i]->key, *value = proto->external_data[i]->value;
        bool is_good = true;
        if (!key || !value) continue;
        if (!strcmp(key, "location")) place->location = value;
        if (!strcmp(key, "offset")) is_good = read_number(value, &place->offset);
        if (!strcmp(key, "length")) is_good = place->has_length = read_number(value, &place->length);
        if (is_good) continue;
        *out_problem = arena_format(import->arena, "the %s '%s' of its external data is no number", key, value);
        return false;
    }
    if (place->location) return true;
    *out_problem = "its external data has no location";
    return false;
}

static bool has_dots(const char *location) {
    for (const char *part = location; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (!strncmp(part, "..", 2) && (!part[2] || part[2] == '/')) return true;
    }
    return false;
}

static bool is_inside(const char *folder, const char *path) {
    size_t length = strlen(folder);
    if (!strcmp(folder, "/")) return true;
    return !strncmp(folder, path, length) && path[length] == '/';
}

/* The real path of the file, in the import's arena. */
static const char *resolve(struct import *import, const char *location, const char **out_problem) {
    char folder[PATH_MAX], path[PATH_MAX];
    const char *slash = strrchr(import->path, '/'), *model_folder = ".";
    if (slash) model_folder = arena_format(import->arena, "%.*s", (int)(slash - import->path) + 1, import->path);
    if (!*location || *location == '/' || has_dots(location)) {
        *out_problem = arena_format(import->arena, "its external data '%s' is not in the folder of the model", location);
        return NULL;
    }
    if (!realpath(model_folder, folder) ||
        !realpath(arena_format(import->arena, "%s/%s", model_folder, location), path)) {
        *out_problem = arena_format(import->arena, "its external data '%s' cannot be found: %s", location, strerror(errno));
        return NULL;
    }
    if (is_inside(folder, path)) return arena_copy_string(import->arena, path);
    *out_problem = arena_format(import->arena, "its external data '%s' leads out of the folder of the model", location);
    return NULL;
}

static bool map_descriptor(int descriptor, struct mapping *mapping) {
    struct stat status;
    if (fstat(descriptor, &status)) return false;
    errno = EINVAL;
    if (!S_ISREG(status.st_mode) || status.st_size == 0) return false;
    mapping->size_bytes = (size_t)status.st_size;
    mapping->bytes = mmap(NULL, mapping->size_bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    return mapping->bytes != MAP_FAILED;
}

static const struct mapping *map_file(struct import *import, const char *location, const char **out_problem) {
    const char *path = resolve(import, location, out_problem);
    if (!path) return NULL;
    for (size_t i = 0; i < import->mappings.count; i++)
        if (!strcmp(import->mappings.items[i].path, path)) return &import->mappings.items[i];
    struct mapping mapping = {.path = path};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_mapped = descriptor >= 0 && map_descriptor(descriptor, &mapping);
    int problem = errno;
    if (descriptor >= 0) close(descriptor);
    if (!is_mapped) {
        *out_problem = arena_format(import->arena, "its external data '%s' cannot be read: %s", location, strerror(problem));
        return NULL;
    }
    vec_push(import->arena, &import->mappings, mapping);
    return &import->mappings.items[import->mappings.count - 1];
}

const char *import_external_path(const struct import *import, size_t index) {
    return index < import->mappings.count ? import->mappings.items[index].path : NULL;
}

const unsigned char *external_map(struct import *import, const Onnx__TensorProto *proto, size_t wanted_bytes, size_t *out_bytes,
                                  const char **out_problem) {
    struct place place = {0};
    if (!import->has_folder) {
        *out_problem = "its numbers lie in another file, and the model in none";
        return NULL;
    }
    if (!read_place(import, proto, &place, out_problem)) return NULL;
    const struct mapping *mapping = map_file(import, place.location, out_problem);
    if (!mapping) return NULL;
    uint64_t rest = place.offset <= mapping->size_bytes ? mapping->size_bytes - place.offset : 0;
    if (!place.has_length) place.length = rest < wanted_bytes ? rest : wanted_bytes;
    if (place.offset > mapping->size_bytes || place.length > rest) {
        *out_problem = arena_format(import->arena, "its external data lies beyond the end of '%s'", place.location);
        return NULL;
    }
    *out_bytes = (size_t)place.length;
    return mapping->bytes + place.offset;
}
