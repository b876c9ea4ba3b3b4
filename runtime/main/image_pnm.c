/* image_pnm.c - bytes of a PPM or PGM file (P2, P3, P5, P6) become 8-bit pixels. */
#include "image_codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pnm_reader {
    const uint8_t *data;
    size_t size_bytes;
    size_t position;
    struct failure *failure;
};

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void reader_skip_space(struct pnm_reader *reader) {
    while (reader->position < reader->size_bytes) {
        uint8_t byte = reader->data[reader->position];
        if (byte == '#')
            while (reader->position < reader->size_bytes && reader->data[reader->position] != '\n')
                reader->position++;
        else if (is_space(byte))
            reader->position++;
        else
            return;
    }
}

/* A decimal number of at most `max`, after any white space and comments. */
static bool reader_number(struct pnm_reader *reader, const char *what, uint32_t max, uint32_t *out_number) {
    reader_skip_space(reader);
    if (reader->position == reader->size_bytes)
        return failure_set(reader->failure, "truncated: %s is missing", what);
    uint64_t number = 0;
    size_t start = reader->position;
    for (; reader->position < reader->size_bytes; reader->position++) {
        uint8_t byte = reader->data[reader->position];
        if (byte < '0' || byte > '9') break;
        number = number * 10 + (byte - '0');
        if (number > max) return failure_set(reader->failure, "%s is larger than %u", what, (unsigned)max);
    }
    if (reader->position == start) return failure_set(reader->failure, "%s is not a number", what);
    *out_number = (uint32_t)number;
    return true;
}

/* table[v] is what v of 0 ... maxval becomes in 0 ... 255: Python's round(v / maxval * 255), which Pillow
 * uses. */
static uint8_t *table_create(uint32_t maxval) {
    uint8_t *table = malloc((size_t)maxval + 1);
    for (uint32_t value = 0; table && value <= maxval; value++)
        table[value] = (uint8_t)nearbyint((double)value / maxval * 255.0);
    return table;
}

static bool reader_read_plain(struct pnm_reader *reader, uint32_t maxval, const uint8_t *table,
                              struct image *image) {
    size_t count = (size_t)image->width * image->height * image->channels;
    for (size_t i = 0; i < count; i++) {
        uint32_t value;
        if (!reader_number(reader, "a sample", maxval, &value)) return false;
        image->pixels[i] = table[value];
    }
    return true;
}

static bool reader_read_binary(struct pnm_reader *reader, uint32_t maxval, const uint8_t *table,
                               struct image *image) {
    size_t count = (size_t)image->width * image->height * image->channels;
    size_t sample_bytes = maxval > 255 ? 2 : 1;
    const uint8_t *from = reader->data + reader->position;
    for (size_t i = 0; i < count; i++, from += sample_bytes) {
        uint32_t value = sample_bytes == 2 ? (uint32_t)from[0] << 8 | from[1] : from[0];
        image->pixels[i] = table[value > maxval ? maxval : value];
    }
    return true;
}

/* A binary picture is as long as its header says: checked before memory is taken. One white space ends the
 * header. */
static bool reader_check_binary(struct pnm_reader *reader, uint32_t maxval, uint64_t sample_count) {
    if (reader->position == reader->size_bytes || !is_space(reader->data[reader->position]))
        return failure_set(reader->failure, "no white space after the largest value");
    reader->position++;
    uint64_t needed = sample_count * (maxval > 255 ? 2 : 1);
    uint64_t there = reader->size_bytes - reader->position;
    if (there >= needed) return true;
    return failure_set(reader->failure, "truncated: %llu of %llu bytes of pixels are there",
                       (unsigned long long)there, (unsigned long long)needed);
}

static bool reader_read(struct pnm_reader *reader, uint64_t max_pixels, struct image *image) {
    uint8_t kind = reader->data[1];
    bool is_binary = kind == '5' || kind == '6';
    uint32_t channels = kind == '3' || kind == '6' ? 3 : 1;
    uint32_t width, height, maxval;
    reader->position = 2;
    if (!reader_number(reader, "the width", INT32_MAX, &width) ||
        !reader_number(reader, "the height", INT32_MAX, &height) ||
        !reader_number(reader, "the largest value", 65535, &maxval))
        return false;
    if (!maxval) return failure_set(reader->failure, "the largest value is 0");
    uint64_t pixel_count = (uint64_t)width * height;
    if (is_binary && pixel_count <= max_pixels &&
        !reader_check_binary(reader, maxval, pixel_count * channels))
        return false;
    if (!is_binary && pixel_count <= max_pixels && pixel_count * channels > reader->size_bytes)
        return failure_set(reader->failure, "truncated: fewer samples than %llu pixels need",
                           (unsigned long long)pixel_count);
    if (!image_create(width, height, channels, max_pixels, image, reader->failure)) return false;
    uint8_t *table = table_create(maxval);
    if (!table) return failure_set_no_memory(reader->failure);
    bool is_good = is_binary ? reader_read_binary(reader, maxval, table, image)
                             : reader_read_plain(reader, maxval, table, image);
    free(table);
    return is_good;
}

bool image_decode_pnm(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, struct image *out_image,
                      struct failure *failure) {
    struct pnm_reader reader = {data, size_bytes, 0, failure};
    struct image image = {0};
    if (reader_read(&reader, max_pixels, &image)) {
        *out_image = image;
        return true;
    }
    image_release(&image);
    return failure_prefix(failure, data[1] == '3' || data[1] == '6' ? "damaged PPM" : "damaged PGM");
}
