/* test_images.c - decoding, turning, resizing and normalising pictures, against what Pillow makes of them. */
#include "runtime/main/image.h"
#include "runtime/main/image_codec.h"
#include "runtime/main/npy.h"
#include "runtime/main/preprocess.h"
#include "runtime/main/resize.h"
#include "tests/unit/fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct image image_load(const char *name) {
    char path[64];
    size_t size_bytes;
    struct image image;
    struct failure failure;
    snprintf(path, sizeof path, "images/%s", name);
    uint8_t *bytes = fixture_read(path, &size_bytes);
    ck_assert_msg(image_decode(bytes, size_bytes, IMAGE_MAX_PIXELS, &image, &failure), "%s: %s", name,
                  failure.text);
    free(bytes);
    return image;
}

/* The largest difference of two pictures of one size. */
static int image_distance(const struct image *a, const struct image *b) {
    int largest = 0;
    ck_assert_uint_eq(a->width, b->width);
    ck_assert_uint_eq(a->height, b->height);
    ck_assert_uint_eq(a->channels, b->channels);
    for (size_t i = 0; i < (size_t)a->width * a->height * a->channels; i++) {
        int distance = abs(a->pixels[i] - b->pixels[i]);
        if (distance > largest) largest = distance;
    }
    return largest;
}

/* What is decoded from the first file is what the second one holds. JPEG decoders may differ by a rounding.
 */
static const struct {
    const char *name;
    const char *expected;
    int tolerance;
} decodings[] = {
    {"jpeg-color.jpg", "jpeg-color.ppm", 2},
    {"jpeg-progressive.jpg", "jpeg-progressive.ppm", 2},
    {"jpeg-gray.jpg", "jpeg-gray.pgm", 2},
    {"jpeg-cmyk.jpg", "jpeg-cmyk.ppm", 2},
    {"exif-1.jpg", "exif-1.pgm", 2},
    {"exif-2.jpg", "exif-2.pgm", 2},
    {"exif-3.jpg", "exif-3.pgm", 2},
    {"exif-4.jpg", "exif-4.pgm", 2},
    {"exif-5.jpg", "exif-5.pgm", 2},
    {"exif-6.jpg", "exif-6.pgm", 2},
    {"exif-7.jpg", "exif-7.pgm", 2},
    {"exif-8.jpg", "exif-8.pgm", 2},
    {"png-exif.png", "png-exif.ppm", 0},
    {"png-bits1.png", "png-bits1.pgm", 0},
    {"png-gray2.png", "png-gray2.pgm", 0},
    {"png-gray4.png", "png-gray4.pgm", 0},
    {"png-gray.png", "png-gray.pgm", 0},
    {"png-gray-key.png", "png-gray-key.pgm", 0},
    {"png-gray-alpha.png", "png-gray-alpha.pgm", 0},
    {"png-gray16.png", "png-gray16.pgm", 0},
    {"png-rgb.png", "png-rgb.ppm", 0},
    {"png-rgb-key.png", "png-rgb-key.ppm", 0},
    {"png-rgba.png", "png-rgba.ppm", 0},
    {"png-rgb16.png", "png-rgb16.ppm", 0},
    {"png-interlaced.png", "png-interlaced.ppm", 0},
    {"png-palette4.png", "png-palette4.ppm", 0},
    {"png-palette-key.png", "png-palette-key.ppm", 0},
    {"png-palette-alpha.png", "png-palette-alpha.ppm", 0},
    {"png-gray-alpha16.png", "png-gray-alpha16.pgm", 0},
    {"png-rgba16.png", "png-rgba16.ppm", 0},
    {"png-interlaced1.png", "png-interlaced1.pgm", 0},
    {"png-1x1.png", "png-1x1.ppm", 0},
    {"jpeg-1x1.jpg", "jpeg-1x1.ppm", 2},
};

START_TEST(decodes_as_pillow_does) {
    struct image decoded = image_load(decodings[_i].name), expected = image_load(decodings[_i].expected);
    int distance = image_distance(&decoded, &expected);
    ck_assert_msg(distance <= decodings[_i].tolerance, "%s differs from %s by %d", decodings[_i].name,
                  decodings[_i].expected, distance);
    image_release(&decoded);
    image_release(&expected);
}
END_TEST

START_TEST(decodes_wide_pictures) {
    static const char *const names[] = {"wide.png", "wide.jpg"};
    for (int i = 0; i < 2; i++) {
        struct image image = image_load(names[i]);
        ck_assert_uint_eq(image.width, 30000);
        ck_assert_uint_eq(image.height, 1);
        for (size_t k = 0; k < 30000; k++) ck_assert_int_le(abs(image.pixels[k * image.channels] - 77), 1);
        image_release(&image);
    }
}
END_TEST

static const struct {
    uint32_t width, height;
} sizes[] = {{7, 5}, {50, 40}, {31, 9}, {3, 60}, {1, 1}, {120, 2}};

START_TEST(resizes_as_pillow_does) {
    char name[64];
    struct failure failure;
    uint32_t width = sizes[_i].width, height = sizes[_i].height;
    snprintf(name, sizeof name, "resize-%ux%u.ppm", (unsigned)width, (unsigned)height);
    struct image image = image_load("resize.ppm"), expected = image_load(name), resized;
    struct resize_window all = {0, 0, width, height};
    ck_assert(resize_window(&image, width, height, &all, &resized, &failure));
    ck_assert_int_eq(image_distance(&resized, &expected), 0);
    image_release(&resized);

    /* A window of it is the same as cutting it out afterwards. */
    struct resize_window part = {width / 3, height / 4, width - width / 3 - width / 5, height - height / 4};
    ck_assert(resize_window(&image, width, height, &part, &resized, &failure));
    for (uint32_t y = 0; y < part.height; y++)
        ck_assert_mem_eq(resized.pixels + y * part.width * 3,
                         expected.pixels + ((part.top + y) * width + part.left) * 3, part.width * 3);
    image_release(&resized);
    image_release(&image);
    image_release(&expected);
}
END_TEST

START_TEST(resizes_extreme_shapes) {
    struct failure failure;
    struct image line, part;
    ck_assert(image_create(1, 5000000, 1, IMAGE_MAX_PIXELS, &line, &failure));
    memset(line.pixels, 77, 5000000);
    struct resize_window window = {28, UINT64_C(559999888), 224, 224}; /* of 256 x 1.28e9 */
    ck_assert(resize_window(&line, 256, UINT64_C(1280000000), &window, &part, &failure));
    for (size_t i = 0; i < 224 * 224; i++) ck_assert_uint_eq(part.pixels[i], 77);
    image_release(&part);
    image_release(&line);
}
END_TEST

static const float imagenet_mean[] = {0.485f, 0.456f, 0.406f};
static const float imagenet_std[] = {0.229f, 0.224f, 0.225f};

static const struct {
    const char *name;
    struct senrt_picture picture;
} preprocessings[] = {
    {"images/preprocess-rgb.npy", {SENRT_COLOR_RGB, 12, 0, 9, 11, imagenet_mean, imagenet_std, NULL}},
    {"images/preprocess-bgr.npy", {SENRT_COLOR_BGR, 10, 14, 10, 13, imagenet_mean, imagenet_std, NULL}},
    {"images/preprocess-gray.npy", {SENRT_COLOR_GRAY, 10, 0, 7, 8, imagenet_mean, imagenet_std, NULL}},
    {"images/preprocess-small.npy", {SENRT_COLOR_RGB, 0, 0, 28, 36, imagenet_mean, imagenet_std, NULL}},
};

START_TEST(prepares_as_torchvision_does) {
    const struct senrt_picture *picture = &preprocessings[_i].picture;
    uint64_t channels = picture->color == SENRT_COLOR_GRAY ? 1 : 3;
    struct senrt_tensor input = {.name = "image",
                                 .rank = 3,
                                 .dim0 = channels,
                                 .dim1 = picture->crop_height,
                                 .dim2 = picture->crop_width,
                                 .element_count = channels * picture->crop_height * picture->crop_width,
                                 .picture = picture};
    struct failure failure;
    struct npy_header header;
    size_t size_bytes;
    uint8_t *bytes = fixture_read(preprocessings[_i].name, &size_bytes);
    ck_assert_msg(npy_parse(bytes, size_bytes, &header, &failure), "%s", failure.text);
    ck_assert_uint_eq(header.element_count, input.element_count);
    ck_assert_uint_eq(size_bytes, header.data_offset + input.element_count * sizeof(float));
    ck_assert(preprocess_check(&input, &failure));

    struct image image = image_load("resize.ppm");
    float *values = calloc((size_t)input.element_count, sizeof *values);
    ck_assert_msg(preprocess_picture(&input, &image, values, &failure), "%s", failure.text);
    for (size_t i = 0; i < input.element_count; i++) {
        float expected;
        memcpy(&expected, bytes + header.data_offset + i * sizeof expected, sizeof expected);
        ck_assert_float_eq_tol(values[i], expected, 1e-6f);
    }
    free(values);
    free(bytes);
    image_release(&image);
}
END_TEST

/* A picture that is `width` x `height` in white, in an input of 6 x 10: how many columns of it there are. */
static int filled_columns(uint32_t width, uint32_t height) {
    const float half[] = {0.5f, 0.5f, 0.5f}, fill[] = {0.25f, 0.25f, 0.25f};
    struct senrt_picture picture = {SENRT_COLOR_BGR, 0, 0, 6, 10, half, half, fill};
    struct senrt_tensor input = {.name = "line", .rank = 3, .dim0 = 3, .dim1 = 6, .dim2 = 10, .picture = &picture};
    struct failure failure;
    struct image image;
    float values[3 * 6 * 10];
    int columns = 0;
    ck_assert(preprocess_check(&input, &failure));
    ck_assert(image_create(width, height, 3, IMAGE_MAX_PIXELS, &image, &failure));
    memset(image.pixels, 255, (size_t)width * height * 3);
    ck_assert_msg(preprocess_picture(&input, &image, values, &failure), "%s", failure.text);
    while (columns < 10 && values[columns] > 0.9f) columns++;
    for (int i = 0; i < 3 * 6 * 10; i++) ck_assert_float_eq(values[i], i % 10 < columns ? 1 : fill[0]);
    image_release(&image);
    return columns;
}

START_TEST(fills_beside_the_picture) {
    static const struct {
        uint32_t width, height;
        int columns;
    } cases[] = {{10, 6, 10}, {5, 6, 5}, {1, 1, 6}, {12, 18, 4}, {13, 18, 5}, {1, 3000, 1}, {30000, 4, 10}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_int_eq(filled_columns(cases[i].width, cases[i].height), cases[i].columns);
}
END_TEST

START_TEST(malformed_declarations_are_refused) {
    struct senrt_picture picture = {SENRT_COLOR_RGB, 12, 0, 9, 11, imagenet_mean, imagenet_std, NULL};
    struct senrt_tensor input = {
        .name = "image", .rank = 3, .dim0 = 3, .dim1 = 9, .dim2 = 11, .picture = &picture};
    struct failure failure;
    ck_assert(preprocess_check(&input, &failure));
    input.dim0 = 1;
    ck_assert(!preprocess_check(&input, &failure));
    input.dim0 = 3;
    picture.crop_width = 12;
    ck_assert(!preprocess_check(&input, &failure));
    picture.crop_width = 11;
    picture.fill = imagenet_mean; /* beside a size to resize to */
    ck_assert(!preprocess_check(&input, &failure));
    picture.fill = NULL;
    picture.stddev = NULL;
    ck_assert(!preprocess_check(&input, &failure));
}
END_TEST

START_TEST(converts_gray_and_rgb) {
    struct failure failure;
    struct image image = {2, 1, 3, malloc(6)};
    memcpy(image.pixels, (uint8_t[]){255, 0, 0, 10, 200, 30}, 6);
    ck_assert(image_convert(&image, 1, &failure));
    ck_assert_uint_eq(image.pixels[0], 76); /* Pillow's convert("L") */
    ck_assert_uint_eq(image.pixels[1], 124);
    ck_assert(image_convert(&image, 3, &failure));
    ck_assert_mem_eq(image.pixels, ((uint8_t[]){76, 76, 76, 124, 124, 124}), 6);
    image_release(&image);
}
END_TEST

/* PNM files and what they hold, or NULL and a part of the message. */
static const struct {
    const char *text;
    size_t size_bytes; /* 0: strlen */
    const char *pixels;
    const char *message;
} pnms[] = {
    {"P2\n# a comment\n3 1 # another\n255\n0 128\t255\n", 0, "\x00\x80\xff", NULL},
    {"P2 3 1 3 0 1 3", 0, "\x00\x55\xff", NULL},
    {"P5 2 1 255\n\x01\x02", 0, "\x01\x02", NULL},
    {"P5 2 1 65535\n\x80\x80\xff\xff", 0, "\x80\xff", NULL},
    {"P6\n1 1\n255\n\x01\x02\x03 and more", 0, "\x01\x02\x03", NULL},
    {"P3 1 1 15 15 0 5", 0, "\xff\x00\x55", NULL},
    {"P5 2 2 255\n\x01\x02\x03", 0, NULL, "damaged PGM: truncated: 3 of 4 bytes"},
    {"P6 1 1 255\n\x01\x02", 0, NULL, "damaged PPM: truncated: 2 of 3 bytes"},
    {"P2 3 1 255 1 2", 0, NULL, "truncated: a sample is missing"},
    {"P2 3 1 255 1 2 x", 0, NULL, "a sample is not a number"},
    {"P2 3 1 255 1 2 256", 0, NULL, "a sample is larger than 255"},
    {"P5 0 7 255\n", 0, NULL, "0 x 7 pixels"},
    {"P5 7 1 0\n1234567", 0, NULL, "largest value is 0"},
    {"P5 7 1 65536\n1234567", 0, NULL, "largest value is larger than 65535"},
    {"P5 -7 1 255\n1234567", 0, NULL, "width is not a number"},
    {"P5 99999999999 1 255\n", 0, NULL, "width is larger than"},
    {"P5 100000 100000 255\n", 0, NULL, "too large: 100000 x 100000 pixels"},
    {"P2 10000 10000 255\n1 2 3", 0, NULL, "truncated: fewer samples"},
    {"P5 7", 0, NULL, "the height is missing"},
    {"P5 1 1 255", 0, NULL, "no white space"},
    {"P4 8 1 \xff", 0, NULL, "is a PBM file"},
    {"GIF89a", 0, NULL, "is a GIF file"},
    {"RIFF\x10\x00\x00\x00WEBPVP8 ", 16, NULL, "is a WebP file"},
    {"hello", 0, NULL, "is not a JPEG"},
    {"", 0, NULL, "is empty"},
};

START_TEST(reads_pnm) {
    size_t size_bytes = pnms[_i].size_bytes ? pnms[_i].size_bytes : 0;
    const char *text = pnms[_i].text;
    /* The only NUL bytes are in the tables' pixels, not in their files, but for WebP. */
    if (!size_bytes) size_bytes = strlen(text);
    struct image image;
    struct failure failure;
    bool is_good = image_decode((const uint8_t *)text, size_bytes, IMAGE_MAX_PIXELS, &image, &failure);
    if (pnms[_i].message) {
        ck_assert(!is_good);
        ck_assert_msg(strstr(failure.text, pnms[_i].message) != NULL, "'%s' lacks '%s'", failure.text,
                      pnms[_i].message);
        return;
    }
    ck_assert_msg(is_good, "%s", failure.text);
    ck_assert_mem_eq(image.pixels, pnms[_i].pixels, (size_t)image.width * image.height * image.channels);
    image_release(&image);
}
END_TEST

/* What has alpha: as image_decode gives it, and one channel more. Of a key, one color is transparent. */
static const struct {
    const char *name;
    bool is_key;
} with_alpha[] = {{"png-gray-alpha.png", false},
                  {"png-rgba.png", false},
                  {"png-gray-key.png", true},
                  {"png-rgb-key.png", true},
                  {"png-palette-key.png", false}};

START_TEST(keeps_alpha) {
    char path[64];
    size_t size_bytes;
    struct image colors, image;
    struct failure failure;
    snprintf(path, sizeof path, "images/%s", with_alpha[_i].name);
    uint8_t *bytes = fixture_read(path, &size_bytes);
    ck_assert(image_decode(bytes, size_bytes, IMAGE_MAX_PIXELS, &colors, &failure));
    ck_assert(image_decode_alpha(bytes, size_bytes, IMAGE_MAX_PIXELS, &image, &failure));
    ck_assert_uint_eq(image.channels, colors.channels + 1);
    const uint8_t *first = NULL, *from = colors.pixels, *at = image.pixels;
    size_t transparent = 0, count = (size_t)image.width * image.height;
    for (size_t i = 0; i < count; i++, from += colors.channels, at += image.channels) {
        ck_assert_mem_eq(from, at, colors.channels);
        transparent += at[colors.channels] < 255;
        if (!with_alpha[_i].is_key) continue;
        ck_assert(at[colors.channels] == 0 || at[colors.channels] == 255);
        if (at[colors.channels]) continue;
        if (!first) first = from;
        ck_assert_mem_eq(from, first, colors.channels);
    }
    ck_assert(transparent > 0 && transparent < count);
    image_release(&colors);
    image_release(&image);
    free(bytes);
}
END_TEST

static const char *const files_to_damage[] = {"jpeg-color.jpg", "jpeg-progressive.jpg", "jpeg-cmyk.jpg",
                                              "png-rgb.png",    "png-palette4.png",     "png-interlaced.png",
                                              "exif-6.jpg",     "png-rgba16.png",       "wide.jpg"};

/* Every beginning of a file is refused with a message, except that the trailers may be missing. */
START_TEST(refuses_truncated_files) {
    char path[64];
    size_t size_bytes, refused = 0;
    snprintf(path, sizeof path, "images/%s", files_to_damage[_i]);
    uint8_t *bytes = fixture_read(path, &size_bytes);
    for (size_t length = 0; length < size_bytes; length++) {
        struct image image;
        struct failure failure = {""};
        uint8_t *start = malloc(length + 1); /* exactly as long, for the sanitizer */
        memcpy(start, bytes, length);
        bool is_good = image_decode(start, length, IMAGE_MAX_PIXELS, &image, &failure);
        if (is_good) image_release(&image);
        if (!is_good) ck_assert_str_ne(failure.text, "");
        refused += !is_good;
        free(start);
    }
    ck_assert_msg(refused + 20 >= size_bytes, "%zu of %zu beginnings were refused", refused, size_bytes);
    free(bytes);
}
END_TEST

/* Whatever byte is changed: no crash, no hang, and a message with each refusal. */
START_TEST(survives_damaged_files) {
    char path[64];
    size_t size_bytes;
    snprintf(path, sizeof path, "images/%s", files_to_damage[_i]);
    uint8_t *bytes = fixture_read(path, &size_bytes);
    for (size_t i = 0; i < size_bytes; i++) {
        struct image image;
        struct failure failure = {""};
        uint8_t before = bytes[i];
        bytes[i] = (uint8_t)(before ^ (1 << i % 8));
        if (image_decode(bytes, size_bytes, (uint64_t)1 << 20, &image, &failure))
            image_release(&image);
        else
            ck_assert_str_ne(failure.text, "");
        bytes[i] = before;
    }
    free(bytes);
}
END_TEST

START_TEST(limits_the_number_of_pixels) {
    size_t size_bytes;
    struct image image;
    struct failure failure;
    static const char *const names[] = {"images/jpeg-color.jpg", "images/png-rgb.png", "images/resize.ppm"};
    for (int i = 0; i < 3; i++) {
        uint8_t *bytes = fixture_read(names[i], &size_bytes);
        ck_assert(!image_decode(bytes, size_bytes, 500, &image, &failure));
        ck_assert_ptr_nonnull(strstr(failure.text, "too large"));
        free(bytes);
    }
}
END_TEST

START_TEST(reads_exif_orientation) {
    const uint8_t little[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0};
    const uint8_t big[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0};
    uint8_t bytes[sizeof little];
    ck_assert_uint_eq(exif_orientation(little, sizeof little), 6);
    ck_assert_uint_eq(exif_orientation(big, sizeof big), 8);
    for (size_t length = 0; length < sizeof little; length++)
        ck_assert_uint_eq(exif_orientation(little, length), 1);
    memcpy(bytes, little, sizeof little);
    bytes[18] = 9; /* no orientation of this number */
    ck_assert_uint_eq(exif_orientation(bytes, sizeof bytes), 1);
    memcpy(bytes, little, sizeof little);
    memset(bytes + 4, 0xff, 4); /* the directory lies outside */
    ck_assert_uint_eq(exif_orientation(bytes, sizeof bytes), 1);
    memcpy(bytes, little, sizeof little);
    bytes[8] = bytes[9] = bytes[10] = 0xff; /* 65535 entries, the first of another tag */
    ck_assert_uint_eq(exif_orientation(bytes, sizeof bytes), 1);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

int main(void) {
    Suite *suite = suite_create("images");
    TCase *tests = tcase_create("images");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, decodes_as_pillow_does, 0, COUNT(decodings));
    tcase_add_test(tests, decodes_wide_pictures);
    tcase_add_loop_test(tests, resizes_as_pillow_does, 0, COUNT(sizes));
    tcase_add_test(tests, resizes_extreme_shapes);
    tcase_add_loop_test(tests, prepares_as_torchvision_does, 0, COUNT(preprocessings));
    tcase_add_test(tests, fills_beside_the_picture);
    tcase_add_test(tests, malformed_declarations_are_refused);
    tcase_add_test(tests, converts_gray_and_rgb);
    tcase_add_loop_test(tests, reads_pnm, 0, COUNT(pnms));
    tcase_add_loop_test(tests, keeps_alpha, 0, COUNT(with_alpha));
    tcase_add_loop_test(tests, refuses_truncated_files, 0, COUNT(files_to_damage));
    tcase_add_loop_test(tests, survives_damaged_files, 0, COUNT(files_to_damage));
    tcase_add_test(tests, limits_the_number_of_pixels);
    tcase_add_test(tests, reads_exif_orientation);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
