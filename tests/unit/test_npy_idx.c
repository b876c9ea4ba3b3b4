/* test_npy_idx.c - headers of .npy and IDX files, ranking of scores, numbers and strings of JSON. */
#define _GNU_SOURCE 1
#include "runtime/main/idx.h"
#include "runtime/main/json.h"
#include "runtime/main/npy.h"
#include "runtime/main/rank.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* A file of version `major` with this dictionary, padded as numpy does. Returns its length. */
static size_t npy_make(unsigned major, const char *dictionary, uint8_t *file) {
    size_t start = major == 1 ? 10 : 12, length = strlen(dictionary);
    size_t total = (start + length + 1 + 63) / 64 * 64;
    memset(file, ' ', total);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (uint8_t)major;
    file[7] = 0;
    size_t header = total - start;
    for (size_t i = 8; i < start; i++) file[i] = (uint8_t)(header >> 8 * (i - 8));
    memcpy(file + start, dictionary, length);
    file[total - 1] = '\n';
    return total;
}

static const struct {
    unsigned major;
    const char *dictionary;
    const char *shape; /* NULL: refused with this message: */
    const char *message;
} headers[] = {
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", "[3, 4]", NULL},
    {2, "{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }", "[7]", NULL},
    {3, "{'shape': (1, 2, 3, 4), 'descr': \"<f4\", 'fortran_order': False}", "[1, 2, 3, 4]", NULL},
    {1, "{'descr':'<f4','fortran_order':False,'shape':()}", "[]", NULL},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4,), }", "[3, 4]", NULL},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9999999999999), }", "[0, 9999999999999]",
     NULL},
    {1, "{'descr': '>f4', 'fortran_order': False, 'shape': (3, 4), }", NULL, "big-endian numbers ('>f4')"},
    {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }", NULL, "numbers of type '<f8'"},
    {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4), }", NULL, "numbers of type '|u1'"},
    {1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }", NULL, "structured records"},
    {1, "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }", NULL, "Fortran order"},
    {1, "{'descr': '<f4', 'fortran_order': 0, 'shape': (3, 4), }", NULL, "neither True nor False"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3), }", NULL, "shape is not a tuple"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': 3, }", NULL, "'(' expected"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 4), }", NULL, "tuple of numbers"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3.5, 4), }", NULL, "shape is not a tuple"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999, 4), }", NULL,
     "too large"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999), }", NULL,
     "more numbers than"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", NULL,
     "more than 8 dimensions"},
    {1, "{'descr': '<f4', 'fortran_order': False, }", NULL, "is missing"},
    {1, "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", NULL,
     "two keys 'descr'"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}", NULL, "unknown key 'x'"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x", NULL, "text after its end"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,) 'x'", NULL, "'}' expected"},
    {1, "{'descr': '<f4", NULL, "unreadable"},
    {1, "['descr']", NULL, "'{' expected"},
    {1, "", NULL, "'{' expected"},
    {4, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", NULL, "version 4.0"},
    {0, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", NULL, "version 0.0"},
};

START_TEST(parses_npy_headers) {
    uint8_t file[512];
    char shape[128];
    struct npy_header header;
    struct failure failure;
    size_t size_bytes = npy_make(headers[_i].major, headers[_i].dictionary, file);
    bool is_good = npy_parse(file, size_bytes, &header, &failure);
    if (headers[_i].message) {
        ck_assert(!is_good);
        ck_assert_msg(strstr(failure.text, headers[_i].message) != NULL, "'%s' lacks '%s'", failure.text,
                      headers[_i].message);
        return;
    }
    ck_assert_msg(is_good, "%s", failure.text);
    ck_assert_str_eq(npy_format_shape(header.dims, header.rank, shape, sizeof shape), headers[_i].shape);
    ck_assert_uint_eq(header.data_offset, size_bytes);
    size_t measured;
    ck_assert(npy_measure(file, 12, &measured, &failure));
    ck_assert_uint_eq(measured, size_bytes);
    for (size_t length = 0; length < size_bytes;
         length++) { /* every beginning is refused, reading no further */
        uint8_t *start = malloc(length + 1);
        memcpy(start, file, length);
        ck_assert(!npy_parse(start, length, &header, &failure));
        free(start);
    }
}
END_TEST

START_TEST(refuses_monstrous_npy_headers) {
    uint8_t file[12] = "\x93NUMPY\x02\x00\xff\xff\xff\xff";
    struct failure failure;
    size_t measured;
    ck_assert(!npy_measure(file, sizeof file, &measured, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "4294967295 bytes"));
}
END_TEST

START_TEST(writes_npy_headers_that_it_reads) {
    const uint64_t dims[] = {UINT64_C(1) << 40, 3, 0, 224, 1};
    uint8_t file[NPY_WRITTEN_BYTES];
    struct npy_header header;
    struct failure failure;
    for (unsigned rank = 1; rank <= 5; rank++) {
        npy_write_header(dims, rank, file);
        ck_assert_msg(npy_parse(file, sizeof file, &header, &failure), "%s", failure.text);
        ck_assert_uint_eq(header.rank, rank);
        ck_assert_mem_eq(header.dims, dims, rank * sizeof *dims);
        ck_assert_uint_eq(header.data_offset, NPY_WRITTEN_BYTES);
    }
}
END_TEST

/* IDX files, and NULL or a part of the message. */
static const struct {
    const char *bytes;
    size_t size_bytes;
    unsigned rank;
    const char *message;
} idxs[] = {
    {"\0\0\x08\x01\0\0\0\x03\x01\x02\x03", 11, 1, NULL},
    {"\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02\x01\x02\x03\x04", 20, 3, NULL},
    {"\0\0\x08\x01\0\0\0\x03\x01\x02", 10, 1, "truncated: 2 of 3 values"},
    {"\0\0\x08\x01\0\0\0\x03\x01\x02\x03\x04", 12, 1, "longer than its header says"},
    {"\0\0\x08\x01\0\0\0", 7, 1, "no IDX header"},
    {"\0\0\x08", 3, 1, "no IDX header"},
    {"", 0, 1, "no IDX header"},
    {"\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02\x01\x02\x03\x04", 20, 1, "has 3 dimensions"},
    {"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", 12, 1, "holds floats"},
    {"\0\0\x08\x01\0\0\0\0", 8, 1, "dimension 0 is 0"},
    {"\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16, 3, "too large"},
    {"\0\0\x08\x01\xff\xff\xff\xff\x01", 9, 1, "truncated: 1 of 4294967295 values"},
    {"\x89PNG\r\n\x1a\n", 8, 1, "is not an IDX file"},
};

static void idx_check(const char *path, int i) {
    struct idx_file file;
    struct failure failure;
    bool is_good = idx_load(path, idxs[i].rank, &file, &failure);
    if (idxs[i].message) {
        ck_assert(!is_good);
        ck_assert_msg(strstr(failure.text, idxs[i].message) != NULL, "'%s' lacks '%s'", failure.text,
                      idxs[i].message);
        return;
    }
    ck_assert_msg(is_good, "%s", failure.text);
    ck_assert_mem_eq(file.values, idxs[i].bytes + file.header.header_bytes, file.header.value_count);
    idx_release(&file);
}

/* Plain and gzipped. */
START_TEST(reads_idx_files) {
    char path[] = "/tmp/senrt-idx-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, idxs[_i].bytes, idxs[_i].size_bytes), (ssize_t)idxs[_i].size_bytes);
    close(descriptor);
    idx_check(path, _i);
    gzFile stream = gzopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    gzwrite(stream, idxs[_i].bytes, (unsigned)idxs[_i].size_bytes);
    gzclose(stream);
    idx_check(path, _i);
    unlink(path);
}
END_TEST

START_TEST(refuses_damaged_gzip_files) {
    char path[] = "/tmp/senrt-idx-XXXXXX";
    close(mkstemp(path));
    gzFile stream = gzopen(path, "wb");
    gzwrite(stream, "\0\0\x08\x01\0\0\0\x03\x01\x02\x03", 11);
    gzclose(stream);
    struct idx_file file;
    struct failure failure;
    FILE *plain = fopen(path, "r+b"); /* flip a bit of the checksum, which is in the last 8 bytes */
    fseek(plain, -8, SEEK_END);
    int byte = getc(plain);
    fseek(plain, -8, SEEK_END);
    putc(byte ^ 1, plain);
    fclose(plain);
    ck_assert(!idx_load(path, 1, &file, &failure));
    ck_assert_int_eq(truncate(path, 24), 0);
    ck_assert(!idx_load(path, 1, &file, &failure));
    unlink(path);
    ck_assert(!idx_load(path, 1, &file, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "No such file"));
}
END_TEST

START_TEST(ranks_scores) {
    const float scores[] = {1.0f, NAN, 3.0f, 3.0f, -INFINITY, INFINITY, NAN};
    const size_t order[] = {5, 2, 3, 0, 4, 1, 6};
    struct ranked ranked[7];
    rank_sort(scores, 7, ranked);
    for (size_t i = 0; i < 7; i++) {
        ck_assert_uint_eq(ranked[i].index, order[i]);
        ck_assert_uint_eq(rank_of(scores, 7, order[i]), i);
    }
    ck_assert(rank_is_probability((const float[]){0.25f, 0.75f}, 2));
    ck_assert(!rank_is_probability((const float[]){-0.25f, 1.25f}, 2));
    ck_assert(!rank_is_probability((const float[]){0.25f, 0.25f}, 2));
    ck_assert(!rank_is_probability((const float[]){NAN, 1.0f}, 2));
    ck_assert(!rank_is_probability((const float[]){1.0f}, 1));
}
END_TEST

static char *json_of(const char *string, float number) {
    char *text = NULL;
    size_t size_bytes;
    FILE *stream = open_memstream(&text, &size_bytes);
    if (string)
        json_write_string(stream, string);
    else
        json_write_float(stream, number);
    fclose(stream);
    return text;
}

static const struct {
    const char *string;
    float number;
    const char *text;
} jsons[] = {
    {"a \"b\" \\ /", 0, "\"a \\\"b\\\" \\\\ /\""},
    {"\n\t\x01\x7f", 0, "\"\\u000a\\u0009\\u0001\\u007f\""},
    {"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x88", 0, "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x88\""},
    {"\xff", 0, "\"\\ufffd\""},
    {"\xc3", 0, "\"\\ufffd\""},
    {"\xc0\x80", 0, "\"\\ufffd\\ufffd\""},            /* overlong */
    {"\xed\xa0\x80", 0, "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate */
    {"\xe2\x82", 0, "\"\\ufffd\\ufffd\""},            /* cut off */
    {"\xf4\x90\x80\x80", 0, "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
    {NULL, 9.1f, "9.1"},
    {NULL, 0.1f, "0.1"},
    {NULL, -0.0f, "-0"},
    {NULL, 16777217.0f, "16777216"},
    {NULL, 1e-45f, "1.4013e-45"},
    {NULL, 3.40282347e38f, "3.4028235e+38"},
    {NULL, NAN, "null"},
    {NULL, -INFINITY, "null"},
};

START_TEST(writes_json) {
    char *text = json_of(jsons[_i].string, jsons[_i].number);
    ck_assert_str_eq(text, jsons[_i].text);
    free(text);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

int main(void) {
    Suite *suite = suite_create("npy_idx");
    TCase *tests = tcase_create("files");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, parses_npy_headers, 0, COUNT(headers));
    tcase_add_test(tests, refuses_monstrous_npy_headers);
    tcase_add_test(tests, writes_npy_headers_that_it_reads);
    tcase_add_loop_test(tests, reads_idx_files, 0, COUNT(idxs));
    tcase_add_test(tests, refuses_damaged_gzip_files);
    tcase_add_test(tests, ranks_scores);
    tcase_add_loop_test(tests, writes_json, 0, COUNT(jsons));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
