/* fixture.h - the name of a file under tests/unit becomes its bytes. For tests only: any failure fails the
 * test. */
#ifndef SENC_TESTS_FIXTURE_H
#define SENC_TESTS_FIXTURE_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* `name` below $top_srcdir/tests/unit; `path` has room for 512 bytes. Returns `path`. */
static inline const char *fixture_path(const char *name, char *path) {
    const char *source = getenv("top_srcdir");
    snprintf(path, 512, "%s/tests/unit/%s", source ? source : ".", name);
    return path;
}

/* The caller frees. */
static inline uint8_t *fixture_read(const char *name, size_t *out_size_bytes) {
    char path[512];
    FILE *stream = fopen(fixture_path(name, path), "rb");
    ck_assert_msg(stream != NULL, "%s is missing", path);
    size_t capacity = (size_t)1 << 20;
    uint8_t *bytes = malloc(capacity);
    ck_assert_ptr_nonnull(bytes);
    *out_size_bytes = fread(bytes, 1, capacity, stream);
    ck_assert_msg(*out_size_bytes < capacity, "%s is too large for a fixture", path);
    fclose(stream);
    return bytes;
}

#endif
