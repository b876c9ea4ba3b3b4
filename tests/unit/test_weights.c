/* test_weights.c - weights files read, checked, bound, written; random weights; .npy files. */
#include "build.h"

#include "../../compiler/weights/weights.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/test_weights-XXXXXX";

static const char *in_folder(struct arena *arena, const char *name) {
    return arena_format(arena, "%s/%s", folder, name);
}

static void write_bytes(const char *path, const void *bytes, size_t size_bytes) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size_bytes, file), size_bytes);
    ck_assert_int_eq(fclose(file), 0);
}

/* A test's surroundings: where messages go and where files lie. */
struct bench {
    struct arena *arena;
    struct diag *diag;
    const char *path;
};

static struct bench set_up(const char *name) {
    struct bench bench = {.arena = arena_create(), .diag = diag_create(NULL, false)};
    bench.path = in_folder(bench.arena, name);
    return bench;
}

static void tear_down(struct bench *bench) {
    unlink(bench->path);
    diag_destroy(bench->diag);
    arena_destroy(bench->arena);
}

static const char *messages(struct bench *bench) {
    diag_flush(bench->diag);
    return diag_text(bench->diag);
}

static void check_says(struct bench *bench, const char *part) {
    ck_assert_msg(strstr(messages(bench), part) != NULL, "said \"%s\", without \"%s\"", messages(bench), part);
}

/* A file of a header and `data_bytes` bytes of data that count up from 0. */
static void write_tensors(struct bench *bench, const char *header, size_t data_bytes) {
    uint64_t length = strlen(header);
    struct text text = text_create(bench->arena);
    text_add_bytes(&text, (const char *)&length, sizeof length);
    text_add(&text, header);
    for (size_t i = 0; i < data_bytes; i++) text_add_char(&text, (char)i, 1);
    write_bytes(bench->path, text.bytes, text.length);
}

static void write_floats(struct bench *bench, const char *header, const float *values, size_t count) {
    uint64_t length = strlen(header);
    struct text text = text_create(bench->arena);
    text_add_bytes(&text, (const char *)&length, sizeof length);
    text_add(&text, header);
    text_add_bytes(&text, (const char *)values, count * sizeof *values);
    write_bytes(bench->path, text.bytes, text.length);
}

/* --- reading */

START_TEST(tensors_are_read) {
    struct bench bench = set_up("good.safetensors");
    static const float values[6] = {1, -2, 0.5f, 3e38f, -0.0f, 1e-45f};
    /* a header of a length that leaves the data misaligned must work, too: _i blanks more */
    const char *header =
        arena_format(bench.arena,
                     "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],"
                     "\"data_offsets\":[8,24]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"
                     "},\"e\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[8,8]}}%*s",
                     _i, "");
    write_floats(&bench, header, values, 6);
    struct weights *weights = weights_read_safetensors(bench.path, bench.diag);
    ck_assert_msg(weights != NULL, "%s", messages(&bench));
    const struct tensor *a = map_lookup(&weights->tensors, "a"), *b = map_lookup(&weights->tensors, "b");
    ck_assert(shape_equal(a->shape, SHAPE1(2)) && shape_equal(b->shape, SHAPE2(2, 2)));
    ck_assert_mem_eq(a->values, values, 8);
    ck_assert_mem_eq(b->values, values + 2, 16);
    ck_assert_str_eq(map_lookup(&weights->others, "e"), "F32[0, 7]");
    ck_assert_uint_eq(weights->tensors.count, 2);
    weights_destroy(weights);
    tear_down(&bench);
}
END_TEST

START_TEST(short_types_are_converted) {
    struct bench bench = set_up("short.safetensors");
    const char *header = "{\"h\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                         "\"b\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[4,6]},"
                         "\"n\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[6,14]},"
                         "\"five\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,2],\"data_offsets\":[14,16]}}";
    write_tensors(&bench, header, 16);
    struct weights *weights = weights_read_safetensors(bench.path, bench.diag);
    ck_assert_msg(weights != NULL, "%s", messages(&bench));
    const struct tensor *h = map_lookup(&weights->tensors, "h"), *b = map_lookup(&weights->tensors, "b");
    ck_assert(h->values[0] == float_from_half(0x0100) && h->values[1] == float_from_half(0x0302));
    ck_assert_int_eq(b->shape.rank, 0);
    ck_assert(b->values[0] == float_from_bfloat16(0x0504));
    ck_assert_str_eq(map_lookup(&weights->others, "n"), "I64[1]");
    ck_assert_str_eq(map_lookup(&weights->others, "five"), "U8[1, 1, 1, 1, 2]");
    weights_destroy(weights);
    tear_down(&bench);
}
END_TEST

#define TENSOR(name, type, shape, begin, end)                                                                        \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

/* Each file has 16 bytes of data. */
static const struct {
    const char *header, *problem;
} broken[] = {
    {"", "the header is not JSON"},
    {"[1]", "the header is not a JSON object"},
    {"{\"a\":", "the header is not JSON"},
    {"{" TENSOR("a", "F32", "[4]", 0, 16) "} x", "the header is not JSON"},
    {"{" TENSOR("a", "F32", "[4]", 0, 16) "," TENSOR("a", "F32", "[4]", 0, 16) "}", "duplicate object key"},
    {"{" TENSOR("a\\u0000b", "F32", "[4]", 0, 16) "}", "NUL byte in object key not supported"},
    {"{" TENSOR("a\377", "F32", "[4]", 0, 16) "}", "unable to decode byte"},
    {"{\"a\":7}", "tensor 'a' has no description"},
    {"{\"a\":{\"shape\":[4],\"data_offsets\":[0,16]}}", "tensor 'a' has no dtype"},
    {"{\"a\":{\"dtype\":3,\"shape\":[4],\"data_offsets\":[0,16]}}", "tensor 'a' has no dtype"},
    {"{" TENSOR("a", "F31", "[4]", 0, 16) "}", "tensor 'a' has the unknown dtype 'F31'"},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,16]}}", "tensor 'a' has no shape"},
    {"{" TENSOR("a", "F32", "{}", 0, 16) "}", "tensor 'a' has no shape"},
    {"{" TENSOR("a", "F32", "[-4]", 0, 16) "}", "tensor 'a' has a shape that cannot be"},
    {"{" TENSOR("a", "F32", "[4.0]", 0, 16) "}", "tensor 'a' has a shape that cannot be"},
    {"{" TENSOR("a", "F32", "[4294967296,4294967296]", 0, 16) "}", "tensor 'a' has a shape that cannot be"},
    {"{" TENSOR("a", "F32", "[4611686018427387904]", 0, 16) "}", "does not fill its 16 bytes"},
    {"{" TENSOR("a", "F32", "[99999999999999999999]", 0, 16) "}", "too big integer"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4]}}", "tensor 'a' has no data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0]}}", "tensor 'a' has no data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16,32]}}", "tensor 'a' has no data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[\"0\",16]}}", "tensor 'a' has no data_offsets"},
    {"{" TENSOR("a", "F32", "[4]", -16, 0) "}", "tensor 'a' lies at bytes -16 to 0"},
    {"{" TENSOR("a", "F32", "[4]", 16, 0) "}", "tensor 'a' lies at bytes 16 to 0"},
    {"{" TENSOR("a", "F32", "[5]", 0, 20) "}", "tensor 'a' lies at bytes 0 to 20, but the file has 16 bytes of data"},
    {"{" TENSOR("a", "F32", "[3]", 0, 16) "}", "tensor 'a' of type F32[3] does not fill its 16 bytes"},
    {"{" TENSOR("a", "F16", "[4]", 0, 16) "}", "tensor 'a' of type F16[4] does not fill its 16 bytes"},
    {"{" TENSOR("a", "F4", "[3]", 0, 1) "," TENSOR("b", "U8", "[15]", 1, 16) "}", "does not fill its 1 bytes"},
    {"{" TENSOR("a", "F32", "[3]", 0, 12) "," TENSOR("b", "F32", "[2]", 8, 16) "}", "tensors 'a' and 'b' overlap"},
    {"{" TENSOR("a", "F32", "[4]", 0, 16) "," TENSOR("b", "F32", "[4]", 0, 16) "}", "tensors 'a' and 'b' overlap"},
    {"{" TENSOR("a", "F32", "[1]", 0, 4) "," TENSOR("b", "F32", "[2]", 8, 16) "}",
     "bytes 4 to 8 of the data belong to no"},
    {"{" TENSOR("a", "F32", "[3]", 4, 16) "}", "bytes 0 to 4 of the data belong to no tensor"},
    {"{" TENSOR("a", "F32", "[3]", 0, 12) "}", "bytes 12 to 16 of the data belong to no tensor"},
    {"{\"__metadata__\":[]," TENSOR("a", "F32", "[4]", 0, 16) "}", "__metadata__ is not a JSON object"},
    {"{\"__metadata__\":{\"k\":1}," TENSOR("a", "F32", "[4]", 0, 16) "}",
     "__metadata__ has 'k', which is not a string"},
};
enum { BROKEN_COUNT = sizeof broken / sizeof *broken };

START_TEST(broken_files_are_refused) {
    struct bench bench = set_up("broken.safetensors");
    write_tensors(&bench, broken[_i].header, 16);
    ck_assert_ptr_null(weights_read_safetensors(bench.path, bench.diag));
    ck_assert_uint_eq(diag_error_count(bench.diag), 1);
    check_says(&bench, broken[_i].problem);
    check_says(&bench, "[weights-malformed]");
    tear_down(&bench);
}
END_TEST

START_TEST(cut_files_are_refused) {
    struct bench bench = set_up("cut.safetensors");
    write_tensors(&bench, "{" TENSOR("a", "F32", "[4]", 0, 16) "}", 16);
    FILE *file = fopen(bench.path, "rb");
    char bytes[256];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t i = 0; i < size; i++) {
        write_bytes(bench.path, bytes, i);
        ck_assert_ptr_null(weights_read_safetensors(bench.path, bench.diag));
    }
    write_bytes(bench.path, bytes, size);
    struct weights *weights = weights_read_safetensors(bench.path, bench.diag);
    ck_assert_ptr_nonnull(weights);
    weights_destroy(weights);
    tear_down(&bench);
}
END_TEST

START_TEST(long_headers_are_refused) {
    struct bench bench = set_up("long.safetensors");
    static const uint64_t lengths[] = {100000001, UINT64_MAX, UINT64_MAX - 7, 9};
    char bytes[16] = {0};
    memcpy(bytes, &lengths[_i], 8);
    write_bytes(bench.path, bytes, sizeof bytes);
    if (_i == 0) ck_assert_int_eq(truncate(bench.path, 100000001 + 8), 0); /* a hole: it is all there */
    ck_assert_ptr_null(weights_read_safetensors(bench.path, bench.diag));
    check_says(&bench, "its header would have");
    tear_down(&bench);
}
END_TEST

START_TEST(unreadable_files_are_told) {
    struct bench bench = set_up("none.safetensors");
    ck_assert_ptr_null(weights_read_safetensors(bench.path, bench.diag));
    check_says(&bench, "none.safetensors': No such file or directory");
    ck_assert_ptr_null(weights_read_safetensors(folder, bench.diag));
    check_says(&bench, "Is a directory");
    ck_assert_ptr_null(weights_read_safetensors("/dev/null", bench.diag));
    check_says(&bench, "regular file");
    tear_down(&bench);
}
END_TEST

/* --- binding */

static struct graph *make_graph(void) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(2, 1, 1)), *w, *b;
    w = make_unbound(graph, "layer1.fc.weight", PARAM_WEIGHT, SHAPE2(2, 2));
    b = make_unbound(graph, "layer1.fc.bias", PARAM_BIAS, SHAPE1(2));
    struct node *fc = make_op(graph, OP_LINEAR, 3, x, w, b);
    fc->name = "layer1.fc";
    make_output(graph, "y", make_op(graph, OP_ADD, 2, fc, make_number(graph, 1)));
    return graph;
}

static bool bind_file(struct bench *bench, struct graph *graph, const char *header, size_t data_bytes, bool allow,
                      struct weights **out_weights) {
    write_tensors(bench, header, data_bytes);
    *out_weights = weights_read_safetensors(bench->path, bench->diag);
    ck_assert_msg(*out_weights != NULL, "%s", messages(bench));
    return weights_bind(graph, *out_weights, allow, bench->diag);
}

#define GOOD_BIAS TENSOR("layer1.fc.bias", "F32", "[2]", 0, 8)
#define GOOD_WEIGHT TENSOR("layer1.fc.weight", "F32", "[2,2]", 8, 24)

static const struct {
    const char *header;
    size_t data_bytes;
    bool allow;
    const char *says[3]; /* NULL first: binds, and says nothing */
} bindings[] = {
    {"{" GOOD_BIAS "," GOOD_WEIGHT "}", 24, false, {NULL}},
    {"{" GOOD_BIAS "," TENSOR("layer1.fc.weight", "F32", "[2,2,1,1]", 8, 24) "}", 24, false, {NULL}},
    {"{" GOOD_BIAS "," TENSOR("layer1.fc.weight", "F16", "[2,2]", 8, 16) "}", 16, false, {NULL}},
    {"{" GOOD_BIAS "," GOOD_WEIGHT "," TENSOR("bn.num_batches_tracked", "I64", "[]", 24, 32) "}", 32, false, {NULL}},
    {"{" GOOD_BIAS "," GOOD_WEIGHT "," TENSOR("extra", "F32", "[2]", 24, 32) "}", 32, true, {NULL}},
    {"{" GOOD_BIAS "," GOOD_WEIGHT "," TENSOR("extra", "F32", "[2]", 24, 32) "}",
     32,
     false,
     {"has tensor 'extra', f32[2], which belongs to no layer [unused-weight]", "--allow-unused-weights"}},
    {"{" GOOD_BIAS "," GOOD_WEIGHT "," TENSOR("extra", "I64", "[1]", 24, 32) "}",
     32,
     false,
     {"has tensor 'extra', I64[1], which belongs to no layer"}},
    {"{" GOOD_BIAS "}", 8, false, {"linear 'layer1.fc' needs tensor 'layer1.fc.weight', f32[2, 2], which"}},
    {"{" TENSOR("layer1.fc.bias", "F32", "[3]", 0, 12) "," TENSOR("layer1.fc.weight", "F32", "[2,2]", 12, 28) "}",
     28,
     true,
     {"linear 'layer1.fc' needs tensor 'layer1.fc.bias', f32[2], but in", "it is f32[3] [weight-shape]"}},
    {"{" GOOD_BIAS "," TENSOR("layer1.fc.weight", "F32", "[1,2,2]", 8, 24) "}", 24, false, {"it is f32[1, 2, 2]"}},
    {"{" GOOD_BIAS "," TENSOR("layer1.fc.weight", "F32", "[2,2,2,1]", 8, 40) "}",
     40,
     false,
     {"it is f32[2, 2, 2, 1]"}},
    {"{" GOOD_BIAS "," TENSOR("layer1.fc.weight", "F32", "[2,2,1,2]", 8, 40) "}",
     40,
     false,
     {"it is f32[2, 2, 1, 2]"}},
    {"{" GOOD_BIAS "," TENSOR("layer1.fc.weight", "F32", "[2,1,1,2]", 8, 24) "}",
     24,
     false,
     {"it is f32[2, 1, 1, 2]"}},
    {"{" GOOD_BIAS "," TENSOR("layer1.fc.weight", "I32", "[2,2]", 8, 24) "}",
     24,
     true,
     {"needs tensor 'layer1.fc.weight', f32[2, 2], but in", "it is I32[2, 2] [weight-type]"}},
    {"{" GOOD_BIAS "," TENSOR("layer1.fc.wieght", "F32", "[2,2]", 8, 24) "}",
     24,
     false,
     {"did you mean 'layer1.fc.wieght'?", "did you mean 'layer1.fc.weight'?", "[missing-weight]"}},
    {"{" TENSOR("module.layer1.fc.bias", "F32", "[2]", 0, 8) "," TENSOR("module.layer1.fc.weight", "F32", "[2,2]", 8,
                                                                        24) "}",
     24,
     false,
     {"did you mean 'module.layer1.fc.weight'?", "did you mean 'layer1.fc.bias'?"}},
};
enum { BINDING_COUNT = sizeof bindings / sizeof *bindings };

START_TEST(tensors_are_bound_or_told) {
    struct bench bench = set_up("bind.safetensors");
    struct graph *graph = make_graph();
    struct weights *weights;
    bool bound = bind_file(&bench, graph, bindings[_i].header, bindings[_i].data_bytes, bindings[_i].allow, &weights);
    ck_assert_msg(bound == !bindings[_i].says[0], "%s", messages(&bench));
    if (bound) ck_assert_str_eq(messages(&bench), "");
    for (int i = 0; i < 3 && bindings[_i].says[i]; i++) check_says(&bench, bindings[_i].says[i]);
    for (struct node *node = graph->first; bound && node; node = node->next)
        ck_assert(node->op != OP_PARAM || shape_equal(node->as.param.tensor->shape, node->shape));
    ck_assert_ptr_null(graph_verify(graph));
    graph_destroy(graph);
    weights_destroy(weights);
    tear_down(&bench);
}
END_TEST

/* Two calls of one block: both lack their tensors at one place of the text. */
START_TEST(missing_tensors_of_one_line_stand_together) {
    struct bench bench = set_up("missing.safetensors");
    struct graph *graph = graph_create("g");
    static const char text[] = "block b { return in -> conv(2, 1) @c }\nnetwork n { x -> b @0 -> b @1 }\n";
    const struct source *source = source_from_text(graph->arena, "n.sen", text, sizeof text - 1);
    struct origin calls[2] = {{.span = {source, 56, 60}}, {.span = {source, 64, 68}}};
    for (int i = 0; i < 7; i++) {
        struct origin *origin = ARENA_NEW(graph->arena, struct origin);
        *origin = (struct origin){.span = {source, 23, 33}, .block = "b", .caller = &calls[i % 2]};
        make_unbound(graph, arena_format(graph->arena, "%d.c.weight", i), PARAM_WEIGHT, SHAPE4(2, 2, 1, 1))->origin =
            origin;
    }
    struct weights *weights;
    ck_assert(!bind_file(&bench, graph, "{}", 0, false, &weights));
    ck_assert_uint_eq(diag_error_count(bench.diag), 1);
    check_says(&bench, "n.sen:1:24: error: layer '0.c' needs tensor '0.c.weight', f32[2, 2, 1, 1], which '");
    check_says(&bench, "in block 'b' called at n.sen:2:18\n");
    check_says(&bench, "note: '4.c.weight' is missing, too\nnote: and 2 more of this line\n");
    graph_destroy(graph);
    weights_destroy(weights);
    tear_down(&bench);
}
END_TEST

/* --- writing and random numbers */

START_TEST(what_is_written_is_read_again) {
    struct bench bench = set_up("again.safetensors");
    struct graph *graph = make_graph(), *again = make_graph();
    for (struct node *node = graph->first; node; node = node->next)
        node->as.param.fan_in = node->op == OP_PARAM ? 2 : node->as.param.fan_in;
    weights_bind_random(graph, 7);
    struct output *output = output_begin(bench.arena, bench.path, bench.diag);
    ck_assert_msg(weights_write_safetensors(graph, output, bench.diag) && output_commit(output, bench.diag), "%s",
                  messages(&bench));
    struct weights *weights = weights_read_safetensors(bench.path, bench.diag);
    ck_assert_msg(weights && weights_bind(again, weights, false, bench.diag), "%s", messages(&bench));
    for (struct node *a = graph->first, *b = again->first; a; a = a->next, b = b->next)
        if (a->op == OP_PARAM)
            ck_assert_mem_eq(a->as.param.tensor->values, b->as.param.tensor->values,
                             (size_t)shape_element_count(a->shape) * sizeof(float));
    ck_assert_str_eq(weights->tensors.entries[0].key, "layer1.fc.bias");
    ck_assert((uintptr_t)((const struct tensor *)map_lookup(&weights->tensors, "layer1.fc.bias"))->values % 8 == 0);
    graph_destroy(again);
    graph_destroy(graph);
    weights_destroy(weights);
    output = output_begin(bench.arena, "/dev/full", bench.diag);
    ck_assert(!weights_write_safetensors(graph = graph_create("g"), output, bench.diag));
    check_says(&bench, "[file-unwritable]");
    graph_destroy(graph);
    tear_down(&bench);
}
END_TEST

/* The example of tests/reference/README.md. */
START_TEST(random_numbers_follow_the_rule) {
    struct graph *graph = graph_create("g");
    struct node *param = make_unbound(graph, "conv1.weight", PARAM_WEIGHT, SHAPE4(64, 3, 7, 7));
    param->as.param.fan_in = 147;
    weights_bind_random(graph, 0);
    const float *v = param->as.param.tensor->values;
    static const int seed0[4] = {0x8B8A08, 0xBEC2EB, 0x05DE32, 0xBC7775},
                     seed1[4] = {0x0186C3, 0xBDE5E0, 0xB4F0D5, 0x8E7041};
    static const float wanted[4] = {0.01821303f, 0.09906029f, -0.19276875f, 0.09543831f};
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq_tol(v[i], wanted[i], 1e-8f);
        ck_assert(v[i] == (float)((2 * (seed0[i] * 0x1p-24) - 1) * sqrt(6.0 / 147)));
    }
    weights_bind_random(graph, 1);
    v = param->as.param.tensor->values;
    for (int i = 0; i < 4; i++) ck_assert(v[i] == (float)((2 * (seed1[i] * 0x1p-24) - 1) * sqrt(6.0 / 147)));
    graph_destroy(graph);
}
END_TEST

START_TEST(random_numbers_suit_their_role) {
    static const struct {
        enum param_role role;
        double low, high;
    } roles[] = {{PARAM_WEIGHT, -1, 1},        {PARAM_BIAS, -0.1, 0.1},      {PARAM_NORM_WEIGHT, 0.6, 1},
                 {PARAM_NORM_BIAS, -0.1, 0.1}, {PARAM_NORM_MEAN, -0.1, 0.1}, {PARAM_NORM_VAR, 0.8, 1.2},
                 {PARAM_SLOPE, 0.1, 0.3}};
    struct graph *graph = graph_create("g");
    struct node *param = make_unbound(graph, "p", roles[_i].role, SHAPE1(4000));
    param->as.param.fan_in = 6;
    weights_bind_random(graph, 3);
    double least = 9, most = -9, width = roles[_i].high - roles[_i].low;
    for (int i = 0; i < 4000; i++) {
        least = fmin(least, param->as.param.tensor->values[i]);
        most = fmax(most, param->as.param.tensor->values[i]);
    }
    ck_assert(least >= roles[_i].low - 1e-7 && least < roles[_i].low + 0.01 * width);
    ck_assert(most <= roles[_i].high + 1e-7 && most > roles[_i].high - 0.01 * width);
    graph_destroy(graph);
}
END_TEST

START_TEST(params_are_listed) {
    struct graph *graph = make_graph();
    struct text text = text_create(graph->arena);
    weights_print_params(graph, &text);
    ck_assert_str_eq(text.bytes, "layer1.fc.weight  [2, 2]  F32\nlayer1.fc.bias    [2]  F32\n");
    graph_destroy(graph);
}
END_TEST

/* --- .npy */

static void write_npy(struct bench *bench, const char *dictionary, size_t count) {
    struct text text = text_create(bench->arena);
    text_add_bytes(&text, "\x93NUMPY\1\0", 8);
    text_add_char(&text, (char)strlen(dictionary), 1);
    text_add_char(&text, 0, 1);
    text.bytes[text.length - 1] = 0;
    text_add(&text, dictionary);
    for (size_t i = 0; i < count; i++) {
        float value = (float)i;
        text_add_bytes(&text, (const char *)&value, sizeof value);
    }
    write_bytes(bench->path, text.bytes, text.length);
}

static const struct {
    const char *dictionary;
    int count, rank; /* rank -1: refused */
} arrays[] = {
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n", 6, 2},
    {"{'shape': (6,), 'fortran_order': False, 'descr': '<f4'}", 6, 1},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", 1, 0},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1, 3), }\n", 6, 4},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2, 1, 3), }\n", 6, -1},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", 5, -1},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", 7, -1},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n", 6, -1},
    {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", 6, -1},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }\n", 0, -1},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (6), }\n", 6, -1},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (-6,), }\n", 6, -1},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }\n", 6, -1},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), } x\n", 6, -1},
    {"{'descr': '<f4', 'shape': (6,), }\n", 6, -1},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,", 6, -1},
    {"", 6, -1},
};
enum { ARRAY_COUNT = sizeof arrays / sizeof *arrays };

START_TEST(arrays_are_read_or_refused) {
    struct bench bench = set_up("a.npy");
    write_npy(&bench, arrays[_i].dictionary, (size_t)arrays[_i].count);
    const struct tensor *tensor = npy_read(bench.arena, bench.path, bench.diag);
    ck_assert_int_eq(tensor ? tensor->shape.rank : -1, arrays[_i].rank);
    for (int i = 0; tensor && i < arrays[_i].count; i++) ck_assert(tensor->values[i] == (float)i);
    if (!tensor) check_says(&bench, "[file-unreadable]");
    tear_down(&bench);
}
END_TEST

int main(void) {
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    TCase *tcase = tcase_create("weights");
    tcase_add_loop_test(tcase, tensors_are_read, 0, 9);
    tcase_add_test(tcase, short_types_are_converted);
    tcase_add_loop_test(tcase, broken_files_are_refused, 0, BROKEN_COUNT);
    tcase_add_test(tcase, cut_files_are_refused);
    tcase_add_loop_test(tcase, long_headers_are_refused, 0, 4);
    tcase_add_test(tcase, unreadable_files_are_told);
    tcase_add_loop_test(tcase, tensors_are_bound_or_told, 0, BINDING_COUNT);
    tcase_add_test(tcase, missing_tensors_of_one_line_stand_together);
    tcase_add_test(tcase, what_is_written_is_read_again);
    tcase_add_test(tcase, random_numbers_follow_the_rule);
    tcase_add_loop_test(tcase, random_numbers_suit_their_role, 0, 7);
    tcase_add_test(tcase, params_are_listed);
    tcase_add_loop_test(tcase, arrays_are_read_or_refused, 0, ARRAY_COUNT);
    Suite *suite = suite_create("weights");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    rmdir(folder);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
