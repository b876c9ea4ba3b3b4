/* encode.c - rows of 8-bit pixels become a picture file: which encoder. */
#include "encode.h"
#include "encode_codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct encoder {
    enum encode_kind kind;
    struct png_writer *png;
    struct jpeg_writer *jpeg;
};

bool encode_kind_of(const char *path, enum encode_kind *out_kind, struct failure *failure) {
    static const struct {
        const char *ending;
        enum encode_kind kind;
    } endings[] = {{".png", ENCODE_PNG}, {".jpg", ENCODE_JPEG}, {".jpeg", ENCODE_JPEG}};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending_length = strlen(endings[i].ending);
        if (length <= ending_length || strcasecmp(path + length - ending_length, endings[i].ending)) continue;
        *out_kind = endings[i].kind;
        return true;
    }
    return failure_set(failure, "-o %s: a picture is written to a file named .png, .jpg or .jpeg", path);
}

static bool size_check(enum encode_kind kind, uint64_t width, uint64_t height, struct failure *failure) {
    uint64_t most = kind == ENCODE_PNG ? INT32_MAX : 65500; /* JPEG_MAX_DIMENSION */
    if (width <= most && height <= most) return true;
    return failure_set(failure, "would be %" PRIu64 " x %" PRIu64 " pixels; a %s file holds %" PRIu64 " at most on a side",
                       width, height, kind == ENCODE_PNG ? "PNG" : "JPEG", most);
}

struct encoder *encoder_create(enum encode_kind kind, FILE *stream, uint64_t width, uint64_t height, uint32_t channels,
                               struct failure *failure) {
    if (!size_check(kind, width, height, failure)) return NULL;
    if (kind == ENCODE_JPEG && channels % 2 == 0) {
        failure_set(failure, "the picture has transparency, which a JPEG file cannot hold; write a .png");
        return NULL;
    }
    struct encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) {
        failure_set_no_memory(failure);
        return NULL;
    }
    encoder->kind = kind;
    if (kind == ENCODE_PNG)
        encoder->png = png_writer_create(stream, (uint32_t)width, (uint32_t)height, channels, failure);
    else
        encoder->jpeg = jpeg_writer_create(stream, (uint32_t)width, (uint32_t)height, channels, failure);
    if (encoder->png || encoder->jpeg) return encoder;
    free(encoder);
    return NULL;
}

bool encoder_add_row(struct encoder *encoder, const uint8_t *row, struct failure *failure) {
    return encoder->png ? png_writer_add_row(encoder->png, row, failure)
                        : jpeg_writer_add_row(encoder->jpeg, row, failure);
}

bool encoder_finish(struct encoder *encoder, struct failure *failure) {
    return encoder->png ? png_writer_finish(encoder->png, failure) : jpeg_writer_finish(encoder->jpeg, failure);
}

void encoder_release(struct encoder *encoder) {
    if (!encoder) return;
    png_writer_release(encoder->png);
    jpeg_writer_release(encoder->jpeg);
    free(encoder);
}
