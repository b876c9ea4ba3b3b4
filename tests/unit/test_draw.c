/* test_draw.c - pictures are written, and a network makes pictures of pictures: what comes out is read again. */
#include "fake_model.h"
#include "runtime/main/alpha.h"
#include "runtime/main/draw.h"
#include "runtime/main/encode.h"
#include "runtime/main/source.h"

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/senc-test-draw-XXXXXX";

static const char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static uint8_t byte_at(uint32_t y, uint32_t x, uint32_t c) {
    return (uint8_t)(c == 3 ? 20 * x : 3 * x + 5 * y + 40 * c);
}

static struct image image_make(uint32_t height, uint32_t width, uint32_t channels) {
    struct image image;
    struct failure failure;
    ck_assert(image_create(width, height, channels, UINT64_MAX, &image, &failure));
    uint8_t *to = image.pixels;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t c = 0; c < channels; c++) *to++ = byte_at(y, x, channels == 2 && c ? 3 : c);
    return image;
}

static void image_write(const struct image *image, const char *path) {
    struct failure failure;
    enum encode_kind kind;
    ck_assert(encode_kind_of(path, &kind, &failure));
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    struct encoder *encoder = encoder_create(kind, stream, image->width, image->height, image->channels, &failure);
    ck_assert_msg(encoder != NULL, "%s", failure.text);
    for (uint32_t y = 0; y < image->height; y++)
        ck_assert(encoder_add_row(encoder, image->pixels + (size_t)y * image->width * image->channels, &failure));
    ck_assert(encoder_finish(encoder, &failure));
    encoder_release(encoder);
    ck_assert_int_eq(fclose(stream), 0);
}

static struct image image_read(const char *path) {
    struct image image;
    struct failure failure;
    ck_assert_msg(source_read_picture(path, &image, &failure), "%s", failure.text);
    return image;
}

/* The case's number is that of the channels. */
START_TEST(png_is_read_as_written) {
    struct image written = image_make(13, 21, (uint32_t)_i);
    image_write(&written, path_of("a.png"));
    struct image read = image_read(path_of("a.png"));
    ck_assert_uint_eq(read.width, 21);
    ck_assert_uint_eq(read.height, 13);
    ck_assert_uint_eq(read.channels, (uint32_t)_i);
    ck_assert_mem_eq(read.pixels, written.pixels, (size_t)13 * 21 * (size_t)_i);
    image_release(&written);
    image_release(&read);
}
END_TEST

START_TEST(jpeg_is_read_about_as_written) {
    uint32_t channels = _i ? 3 : 1;
    struct image written = image_make(20, 20, channels);
    image_write(&written, path_of("a.jpeg"));
    struct image read = image_read(path_of("a.jpeg"));
    ck_assert_uint_eq(read.channels, channels);
    for (size_t i = 0; i < (size_t)20 * 20 * channels; i++)
        ck_assert_int_le(abs(read.pixels[i] - written.pixels[i]), 8);
    image_release(&written);
    image_release(&read);
}
END_TEST

START_TEST(what_a_file_cannot_hold_is_refused) {
    struct failure failure;
    enum encode_kind kind;
    ck_assert_ptr_null(encoder_create(ENCODE_JPEG, stdout, 65501, 1, 3, &failure));
    ck_assert_ptr_null(encoder_create(ENCODE_JPEG, stdout, 5, 5, 4, &failure));
    ck_assert_ptr_null(encoder_create(ENCODE_PNG, stdout, UINT64_C(1) << 31, 1, 3, &failure));
    ck_assert(!encode_kind_of(".png", &kind, &failure));
    ck_assert(!encode_kind_of("png", &kind, &failure));
    ck_assert(!encode_kind_of("a.gif", &kind, &failure));
    ck_assert(encode_kind_of("A.PNG", &kind, &failure) && kind == ENCODE_PNG);
    ck_assert(encode_kind_of("a.b.JpeG", &kind, &failure) && kind == ENCODE_JPEG);
}
END_TEST

/* The Catmull-Rom kernel by its definition, in two steps. */
static double kernel(double x) {
    x = fabs(x);
    return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

static double alpha_at(const struct image *alpha, double y, double x) {
    double sum = 0;
    for (int64_t j = (int64_t)floor(y) - 2; j <= (int64_t)floor(y) + 3; j++)
        for (int64_t i = (int64_t)floor(x) - 2; i <= (int64_t)floor(x) + 3; i++) {
            int64_t row = j < 0 ? 0 : j >= alpha->height ? alpha->height - 1 : j;
            int64_t column = i < 0 ? 0 : i >= alpha->width ? alpha->width - 1 : i;
            sum += kernel(y - (double)j) * kernel(x - (double)i) * alpha->pixels[row * alpha->width + column];
        }
    return fmin(fmax(sum, 0), 255);
}

START_TEST(alpha_is_enlarged_by_cubics) {
    struct image alpha = image_make(7, 9, 1);
    uint8_t row[3 * 27];
    for (uint64_t y = 0; y < 14; y++) {
        alpha_row(&alpha, 27, 14, y, 3, row);
        for (uint64_t x = 0; x < 27; x++) {
            double wanted = alpha_at(&alpha, ((double)y + 0.5) / 2 - 0.5, ((double)x + 0.5) / 3 - 0.5);
            ck_assert_double_eq_tol((double)row[3 * x], wanted, 0.5001);
        }
    }
    image_release(&alpha);
}
END_TEST

static bool draw(const char *from, const char *to, enum tiles_mode mode, unsigned threads, struct failure *failure) {
    char from_path[128];
    snprintf(from_path, sizeof from_path, "%s", path_of(from));
    const char *inputs[] = {from_path};
    struct options options = {.inputs = inputs, .input_count = 1, .output_path = path_of(to), .tiles = mode};
    struct runner runner;
    ck_assert(draw_check(&options, failure));
    ck_assert(runner_create(&fake_picture_model, threads, &runner, failure));
    bool is_good = draw_picture(&runner, &options, "test_draw", failure);
    runner_release(&runner);
    return is_good;
}

static uint32_t clamp_byte(double value) {
    return value < 0 ? 0 : value > 255 ? 255 : (uint32_t)floor(value + 0.5);
}

/* By channels: gray, gray with alpha, RGB, RGB with alpha; odd sizes, of which some fit into a tile. */
START_TEST(a_picture_is_drawn) {
    static const uint32_t sizes[][2] = {{19, 37}, {5, 3}, {8, 8}, {1, 30}};
    for (size_t s = 0; s < 4; s++) {
        uint32_t height = sizes[s][0], width = sizes[s][1], channels = (uint32_t)_i;
        struct failure failure;
        struct image from = image_make(height, width, channels);
        image_write(&from, path_of("from.png"));
        ck_assert_msg(draw("from.png", "to.png", TILES_EXACT, 1 + s % 2, &failure), "%s", failure.text);
        struct image to = image_read(path_of("to.png"));
        ck_assert_uint_eq(to.channels, channels);
        ck_assert_uint_eq(to.width, 2 * width);
        ck_assert_uint_eq(to.height, 2 * height);
        for (uint32_t c = 0; c < (channels < 3 ? 1 : 3); c++) {
            double sum = 0;
            for (size_t i = 0; i < (size_t)height * width; i++) sum += from.pixels[i * channels + c];
            double mean = sum / height / width;
            for (uint32_t y = 0; y < to.height; y++)
                for (uint32_t x = 0; x < to.width; x++) {
                    uint32_t wanted = clamp_byte(byte_at(y / 2, x / 2, c) - mean + 127.5);
                    uint8_t got = to.pixels[((size_t)y * to.width + x) * channels + c];
                    ck_assert_int_le(abs((int)got - (int)wanted), 1);
                }
        }
        image_release(&from);
        image_release(&to);
    }
}
END_TEST

START_TEST(tiles_by_themselves_differ) {
    struct failure failure;
    struct image from = image_make(16, 24, 3);
    image_write(&from, path_of("from.png"));
    ck_assert(draw("from.png", "exact.png", TILES_EXACT, 1, &failure));
    ck_assert(draw("from.png", "alone.png", TILES_INDEPENDENT, 1, &failure));
    struct image exact = image_read(path_of("exact.png")), alone = image_read(path_of("alone.png"));
    ck_assert_mem_ne(exact.pixels, alone.pixels, (size_t)32 * 48 * 3);
    image_release(&from);
    image_release(&exact);
    image_release(&alone);
}
END_TEST

START_TEST(what_fails_leaves_nothing) {
    struct failure failure;
    struct image from = image_make(16, 24, 4);
    image_write(&from, path_of("alpha.png"));
    ck_assert(!draw("alpha.png", "new.jpg", TILES_EXACT, 1, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "transparency"));
    ck_assert(!draw("nothing.png", "new.png", TILES_EXACT, 1, &failure));
    ck_assert_int_ne(access(path_of("new.jpg"), F_OK), 0);
    ck_assert_int_ne(access(path_of("new.png"), F_OK), 0);
    for (size_t i = 0; i < (size_t)16 * 24; i++) from.pixels[4 * i + 3] = 255; /* opaque after all */
    image_write(&from, path_of("alpha.png"));
    ck_assert_msg(draw("alpha.png", "new.jpg", TILES_EXACT, 1, &failure), "%s", failure.text);
    image_release(&from);
}
END_TEST

START_TEST(phases_that_there_are_not_are_refused) {
    struct senrt_session *session;
    static float in[3 * 64], out[3 * 256];
    const float *inputs[] = {in};
    float *outputs[] = {out};
    ck_assert_int_eq(senrt_session_create(&fake_picture_model, 2, &session), SENRT_OK);
    ck_assert_int_eq(senrt_session_run_tile(session, inputs, NULL, 1, NULL), SENRT_OK);
    ck_assert_int_eq(senrt_session_run_tile(session, inputs, NULL, 0, NULL), SENRT_BAD_ARGUMENT);
    ck_assert_int_eq(senrt_session_run_tile(session, inputs, outputs, 2, NULL), SENRT_BAD_ARGUMENT);
    ck_assert_int_eq(senrt_session_run_tile(session, NULL, outputs, 1, NULL), SENRT_BAD_ARGUMENT);
    ck_assert_int_eq(senrt_session_run_tile(session, inputs, outputs, 0, NULL), SENRT_OK);
    ck_assert_float_eq_tol(out[0], 0.5f, 1e-6f);
    senrt_session_destroy(session);
}
END_TEST

/* A signal that comes while tiles are run ends the program as it would have, after the new file is gone. */
START_TEST(a_signal_leaves_nothing) {
    struct image from = image_make(16, 24, 3);
    image_write(&from, path_of("from.png"));
    image_release(&from);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        struct failure failure;
        signal(SIGTERM, SIG_DFL); /* Check has a handler of its own */
        draw_hold_signals();
        kill(getpid(), SIGTERM);
        draw("from.png", "killed.png", TILES_EXACT, 1, &failure);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    DIR *entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    for (struct dirent *entry; (entry = readdir(entries));) ck_assert_int_ne(strncmp(entry->d_name, "killed", 6), 0);
    closedir(entries);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("draw");
    TCase *encode = tcase_create("encode"), *drawing = tcase_create("draw");
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    tcase_add_loop_test(encode, png_is_read_as_written, 1, 5);
    tcase_add_loop_test(encode, jpeg_is_read_about_as_written, 0, 2);
    tcase_add_test(encode, what_a_file_cannot_hold_is_refused);
    tcase_add_test(encode, alpha_is_enlarged_by_cubics);
    tcase_add_loop_test(drawing, a_picture_is_drawn, 1, 5);
    tcase_add_test(drawing, tiles_by_themselves_differ);
    tcase_add_test(drawing, what_fails_leaves_nothing);
    tcase_add_test(drawing, phases_that_there_are_not_are_refused);
    tcase_add_test(drawing, a_signal_leaves_nothing);
    suite_add_tcase(suite, encode);
    suite_add_tcase(suite, drawing);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
