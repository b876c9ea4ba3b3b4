/* exif.c - an EXIF block becomes the orientation of its picture. */
#include "image_codec.h"

struct tiff {
    const uint8_t *data;
    size_t size_bytes;
    bool is_big_endian;
};

/* `count` is 2 or 4; the caller has checked that the bytes are there. */
static uint32_t tiff_read(const struct tiff *tiff, size_t offset, unsigned count) {
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned shift = 8 * (tiff->is_big_endian ? count - 1 - i : i);
        value |= (uint32_t)tiff->data[offset + i] << shift;
    }
    return value;
}

unsigned exif_orientation(const uint8_t *data, size_t size_bytes) {
    enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4, ENTRY_BYTES = 12 };
    if (size_bytes < 8) return 1;
    struct tiff tiff = {data, size_bytes, data[0] == 'M'};
    if (!(data[0] == 'I' && data[1] == 'I') && !(data[0] == 'M' && data[1] == 'M')) return 1;
    if (tiff_read(&tiff, 2, 2) != 42) return 1;
    size_t directory = tiff_read(&tiff, 4, 4);
    if (directory > size_bytes - 2) return 1;
    size_t entry_count = tiff_read(&tiff, directory, 2);
    for (size_t i = 0; i < entry_count; i++) {
        size_t entry = directory + 2 + i * ENTRY_BYTES;
        if (entry > size_bytes || size_bytes - entry < ENTRY_BYTES) return 1;
        if (tiff_read(&tiff, entry, 2) != TAG_ORIENTATION) continue;
        uint32_t type = tiff_read(&tiff, entry + 2, 2);
        if (type != TYPE_SHORT && type != TYPE_LONG) return 1;
        uint32_t value = tiff_read(&tiff, entry + 8, type == TYPE_SHORT ? 2 : 4);
        return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}
