/* npy.c - the header of a NumPy .npy file becomes a shape, and a shape becomes such a header.
 *
 * Format: numpy.lib.format. Magic, version, length, then a Python dictionary of exactly three entries:
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (10, 3, 224, 224), }
 */
#include "npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct scanner {
    const char *at;
    const char *end;
    struct failure *failure;
};

bool npy_is(const uint8_t *data, size_t size_bytes) {
    return size_bytes >= 6 && !memcmp(data, "\x93NUMPY", 6);
}

/* Offset of the dictionary and its length. */
static bool header_extent(const uint8_t *data, size_t size_bytes, size_t *out_offset, size_t *out_length,
                          struct failure *failure) {
    if (!npy_is(data, size_bytes)) return failure_set(failure, "is not a .npy file");
    if (size_bytes < 10) return failure_set(failure, "truncated .npy header");
    unsigned major = data[6], minor = data[7];
    if (major < 1 || major > 3 || minor != 0)
        return failure_set(failure, ".npy format version %u.%u; versions 1.0 to 3.0 are read", major, minor);
    *out_offset = major == 1 ? 10 : 12;
    if (size_bytes < *out_offset) return failure_set(failure, "truncated .npy header");
    *out_length = data[8] | (size_t)data[9] << 8;
    if (major > 1) *out_length |= (size_t)data[10] << 16 | (size_t)data[11] << 24;
    if (*out_length > NPY_HEADER_BYTES_MAX)
        return failure_set(failure, ".npy header of %zu bytes", *out_length);
    return true;
}

bool npy_measure(const uint8_t *data, size_t size_bytes, size_t *out_size_bytes, struct failure *failure) {
    size_t offset, length;
    if (!header_extent(data, size_bytes, &offset, &length, failure)) return false;
    *out_size_bytes = offset + length;
    return true;
}

static void scan_space(struct scanner *scanner) {
    while (scanner->at < scanner->end && (*scanner->at == ' ' || *scanner->at == '\n')) scanner->at++;
}

static bool scan_char(struct scanner *scanner, char wanted) {
    scan_space(scanner);
    if (scanner->at == scanner->end || *scanner->at != wanted) return false;
    scanner->at++;
    return true;
}

static bool scan_expect(struct scanner *scanner, char wanted) {
    return scan_char(scanner, wanted) ||
           failure_set(scanner->failure, "malformed .npy header: '%c' expected", wanted);
}

/* A string of plain characters between ' or ". */
static bool scan_string(struct scanner *scanner, const char *what, char *out_text, size_t text_bytes) {
    scan_space(scanner);
    if (scanner->at == scanner->end || (*scanner->at != '\'' && *scanner->at != '"'))
        return failure_set(scanner->failure, "malformed .npy header: %s is not a string", what);
    char quote = *scanner->at++;
    size_t length = 0;
    for (; scanner->at < scanner->end && *scanner->at != quote; scanner->at++) {
        if (*scanner->at < 32 || *scanner->at > 126 || *scanner->at == '\\' || length + 1 == text_bytes)
            return failure_set(scanner->failure, "malformed .npy header: %s is unreadable", what);
        out_text[length++] = *scanner->at;
    }
    out_text[length] = '\0';
    return scan_expect(scanner, quote);
}

static bool scan_descr(struct scanner *scanner) {
    char descr[32];
    scan_space(scanner);
    if (scanner->at < scanner->end && *scanner->at == '[')
        return failure_set(scanner->failure, "holds structured records; float32 numbers ('<f4') are read");
    if (!scan_string(scanner, "descr", descr, sizeof descr)) return false;
    if (!strcmp(descr, "<f4")) return true;
    if (descr[0] == '>')
        return failure_set(scanner->failure,
                           "holds big-endian numbers ('%s'); little-endian float32 ('<f4') is read", descr);
    return failure_set(scanner->failure, "holds numbers of type '%s'; float32 ('<f4') is read", descr);
}

static bool scan_word(struct scanner *scanner, const char *word) {
    scan_space(scanner);
    size_t length = strlen(word);
    if ((size_t)(scanner->end - scanner->at) < length || memcmp(scanner->at, word, length)) return false;
    scanner->at += length;
    return true;
}

static bool scan_order(struct scanner *scanner) {
    if (scan_word(scanner, "False")) return true;
    if (scan_word(scanner, "True"))
        return failure_set(scanner->failure,
                           "is in Fortran order; C order is read (numpy.ascontiguousarray)");
    return failure_set(scanner->failure, "malformed .npy header: fortran_order is neither True nor False");
}

static bool scan_dim(struct scanner *scanner, uint64_t *out_dim) {
    scan_space(scanner);
    const char *start = scanner->at;
    uint64_t dim = 0;
    for (; scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9'; scanner->at++) {
        if (dim > (UINT64_MAX - 9) / 10)
            return failure_set(scanner->failure, "a dimension of the .npy file is too large");
        dim = dim * 10 + (uint64_t)(*scanner->at - '0');
    }
    if (scanner->at == start)
        return failure_set(scanner->failure, "malformed .npy header: shape is not a tuple of numbers");
    *out_dim = dim;
    return true;
}

/* A tuple: (), (3,), (3, 4), (3, 4,). */
static bool scan_shape(struct scanner *scanner, struct npy_header *header) {
    if (!scan_expect(scanner, '(')) return false;
    while (!scan_char(scanner, ')')) {
        if (header->rank == NPY_RANK_MAX)
            return failure_set(scanner->failure, "has more than %d dimensions", NPY_RANK_MAX);
        if (!scan_dim(scanner, &header->dims[header->rank++])) return false;
        if (scan_char(scanner, ',')) continue;
        if (header->rank == 1)
            return failure_set(scanner->failure, "malformed .npy header: shape is not a tuple");
        return scan_expect(scanner, ')');
    }
    return true;
}

static bool scan_dictionary(struct scanner *scanner, struct npy_header *header) {
    enum { DESCR = 1, ORDER = 2, SHAPE = 4, ALL = 7 };
    unsigned seen = 0;
    if (!scan_expect(scanner, '{')) return false;
    while (!scan_char(scanner, '}')) {
        char key[32];
        if (!scan_string(scanner, "a key", key, sizeof key) || !scan_expect(scanner, ':')) return false;
        unsigned bit = !strcmp(key, "descr")           ? DESCR
                       : !strcmp(key, "fortran_order") ? ORDER
                       : !strcmp(key, "shape")         ? SHAPE
                                                       : 0;
        if (!bit) return failure_set(scanner->failure, "malformed .npy header: unknown key '%s'", key);
        if (seen & bit) return failure_set(scanner->failure, "malformed .npy header: two keys '%s'", key);
        seen |= bit;
        if (!(bit == DESCR   ? scan_descr(scanner)
              : bit == ORDER ? scan_order(scanner)
                             : scan_shape(scanner, header)))
            return false;
        if (scan_char(scanner, ',')) continue;
        if (!scan_expect(scanner, '}')) return false;
        break;
    }
    scan_space(scanner);
    if (scanner->at != scanner->end)
        return failure_set(scanner->failure, "malformed .npy header: text after its end");
    if (seen != ALL)
        return failure_set(scanner->failure,
                           "malformed .npy header: descr, fortran_order or shape is missing");
    return true;
}

/* An empty dimension makes an empty array, however large the others are, so they are checked without it. */
static bool count_elements(struct npy_header *header, struct failure *failure) {
    uint64_t count = 1;
    bool is_empty = false;
    for (unsigned i = 0; i < header->rank; i++) {
        if (!header->dims[i]) {
            is_empty = true;
            continue;
        }
        if (count > (uint64_t)(SIZE_MAX / sizeof(float)) / header->dims[i])
            return failure_set(failure, "has more numbers than memory could hold");
        count *= header->dims[i];
    }
    header->element_count = is_empty ? 0 : count;
    return true;
}

bool npy_parse(const uint8_t *data, size_t size_bytes, struct npy_header *out_header,
               struct failure *failure) {
    size_t offset, length;
    *out_header = (struct npy_header){0};
    if (!header_extent(data, size_bytes, &offset, &length, failure)) return false;
    if (length > size_bytes - offset) return failure_set(failure, "truncated .npy header");
    const char *start = (const char *)data + offset;
    struct scanner scanner = {start, start + length, failure};
    if (!scan_dictionary(&scanner, out_header)) return false;
    out_header->data_offset = offset + length;
    return count_elements(out_header, failure);
}

char *npy_format_shape(const uint64_t *dims, unsigned rank, char *text, size_t text_bytes) {
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < rank && length < text_bytes; i++)
        length += (size_t)snprintf(text + length, text_bytes - length, "%s%" PRIu64, i ? ", " : "[", dims[i]);
    if (length < text_bytes) snprintf(text + length, text_bytes - length, "%s", rank ? "]" : "[]");
    return text;
}

void npy_write_header(const uint64_t *dims, unsigned rank, uint8_t out_header[NPY_WRITTEN_BYTES]) {
    char text[NPY_WRITTEN_BYTES - 10];
    size_t length =
        (size_t)snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (unsigned i = 0; i < rank; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%" PRIu64, i ? ", " : "", dims[i]);
    length += (size_t)snprintf(text + length, sizeof text - length, "%s), }", rank == 1 ? "," : "");
    memset(out_header, ' ', NPY_WRITTEN_BYTES);
    memcpy(out_header, "\x93NUMPY\x01\x00", 8);
    out_header[8] = (NPY_WRITTEN_BYTES - 10) & 0xff;
    out_header[9] = (NPY_WRITTEN_BYTES - 10) >> 8;
    memcpy(out_header + 10, text, length);
    out_header[NPY_WRITTEN_BYTES - 1] = '\n';
}
