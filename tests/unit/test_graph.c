/* test_graph.c - shapes, tensors, and the graph: building, inference, rewriting, printing, verifying. */
#include "build.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- shapes and tensors */

START_TEST(shape_counts_elements) {
    ck_assert_int_eq(shape_element_count(SHAPE0()), 1);
    ck_assert_int_eq(shape_element_count(SHAPE3(64, 56, 56)), 200704);
    ck_assert_int_eq(shape_element_count(SHAPE2(1 << 15, 1 << 15)), 1 << 30);
    ck_assert_int_eq(shape_element_count(SHAPE2((1 << 15) + 1, 1 << 15)), -1);
    ck_assert_int_eq(shape_element_count(SHAPE4(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX)), -1);
    ck_assert_int_eq(shape_element_count(SHAPE2(3, 0)), -1);
    ck_assert_int_eq(shape_element_count(SHAPE1(-4)), -1);
}
END_TEST

static void check_broadcast(struct shape a, struct shape b, const struct shape *wanted) {
    struct shape result;
    for (int swap = 0; swap < 2; swap++) {
        bool fits = shape_broadcast(swap ? b : a, swap ? a : b, &result);
        ck_assert_int_eq(fits, wanted != NULL);
        if (fits) ck_assert(shape_equal(result, *wanted));
    }
}

START_TEST(shapes_broadcast) {
    struct shape map = SHAPE3(4, 5, 6), column = SHAPE3(4, 5, 1), vector = SHAPE1(6), matrix = SHAPE2(5, 6);
    check_broadcast(map, map, &map);
    check_broadcast(map, SHAPE3(4, 1, 1), &map);
    check_broadcast(column, SHAPE3(1, 1, 6), &map);
    check_broadcast(map, SHAPE1(4), &map);
    check_broadcast(map, SHAPE1(6), NULL); /* a vector is along the channels, not along W */
    check_broadcast(map, SHAPE0(), &map);
    check_broadcast(matrix, SHAPE1(1), &matrix);
    check_broadcast(map, matrix, NULL);
    check_broadcast(matrix, vector, NULL);
    check_broadcast(vector, SHAPE1(1), &vector);
    check_broadcast(map, SHAPE3(4, 5, 2), NULL);
}
END_TEST

START_TEST(shapes_are_maps) {
    struct map_shape map = shape_as_map(SHAPE0());
    ck_assert(map.c == 1 && map.h == 1 && map.w == 1);
    map = shape_as_map(SHAPE1(7));
    ck_assert(map.c == 7 && map.h == 1 && map.w == 1);
    map = shape_as_map(SHAPE2(3, 4));
    ck_assert(map.c == 3 && map.h == 1 && map.w == 4);
    map = shape_as_map(SHAPE3(3, 4, 5));
    ck_assert(map.c == 3 && map.h == 4 && map.w == 5);
    map = shape_as_map(SHAPE4(2, 3, 4, 5));
    ck_assert(map.c == 2 && map.h == 12 && map.w == 5);
}
END_TEST

START_TEST(half_becomes_float) {
    ck_assert(float_from_half(0x0000) == 0 && !signbit(float_from_half(0x0000)));
    ck_assert(signbit(float_from_half(0x8000)));
    ck_assert(float_from_half(0x3c00) == 1.0f);
    ck_assert(float_from_half(0xc500) == -5.0f);
    ck_assert(float_from_half(0x7bff) == 65504.0f);
    ck_assert(float_from_half(0x0400) == 0x1p-14f);
    ck_assert(float_from_half(0x0001) == 0x1p-24f);
    ck_assert(float_from_half(0x83ff) == -0x1.ff8p-15f);
    ck_assert(float_from_half(0xfc00) == -INFINITY);
    ck_assert(isnan(float_from_half(0x7e01)));
    ck_assert(float_from_bfloat16(0x3f80) == 1.0f);
    ck_assert(float_from_bfloat16(0xc0a0) == -5.0f);
    ck_assert(float_from_bfloat16(0x0001) == 0x1p-133f);
    ck_assert(isnan(float_from_bfloat16(0x7fc0)));
}
END_TEST

/* --- inference */

static void check_shape(const struct node *node, struct shape wanted) {
    struct arena *arena = arena_create();
    ck_assert_str_eq(shape_text(arena, node->shape), shape_text(arena, wanted));
    arena_destroy(arena);
}

START_TEST(conv_shapes) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(6, 33, 30));
    check_shape(make_conv(graph, x, "a", 16, 7, 2, true), SHAPE3(16, 17, 15));
    check_shape(make_conv(graph, x, "b", 8, 1, 2, false), SHAPE3(8, 17, 15));
    struct window window = {{3, 5}, {2, 1}, {2, 3}, {0, 1, 2, 3}};
    check_shape(make_conv_window(graph, x, "c", 4, false, window, 2), SHAPE3(4, 16, 22));
    check_shape(make_conv_transpose(graph, x, "d", 9, 4, 2, 3, true), SHAPE3(9, 68, 62));
    graph_destroy(graph);
}
END_TEST

START_TEST(conv_transpose_output_pad) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(4, 5, 6));
    struct node *w = make_param(graph, "w", PARAM_WEIGHT, SHAPE4(4, 7, 3, 3));
    struct node like = {.as.conv = {.window = make_window(3, 2, 1), .groups = 1, .output_pad = {1, 0}}};
    struct node *node = make_raw(graph, OP_CONV_TRANSPOSE, &like, 2, x, w);
    ck_assert_ptr_null(check_infer(graph, node));
    check_shape(node, SHAPE3(7, 10, 11));
    node->as.conv.output_pad[0] = 2;
    ck_assert_str_eq(check_infer(graph, node), "output_pad 2 is not smaller than stride 2 or dilation 1");
    node->as.conv.output_pad[0] = 0;
    node->as.conv.window.pad[EDGE_TOP] = 11;
    ck_assert_str_eq(check_infer(graph, node), "the padding leaves no rows of the result");
    graph_destroy(graph);
}
END_TEST

static int64_t pooled(int64_t extent, struct window window, bool ceil_mode) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(1, extent, extent));
    struct node like = {.as.pool = {.window = window, .ceil_mode = ceil_mode}};
    struct node *node = make_raw(graph, OP_MAX_POOL, &like, 1, x);
    int64_t result = check_infer(graph, node) ? -1 : node->shape.dims[1];
    graph_destroy(graph);
    return result;
}

/* The numbers are those of torch.nn.functional.max_pool2d. */
START_TEST(pool_shapes) {
    ck_assert_int_eq(pooled(112, make_window(3, 2, 1), false), 56);
    ck_assert_int_eq(pooled(11, make_window(2, 2, 0), false), 5);
    ck_assert_int_eq(pooled(11, make_window(2, 2, 0), true), 6);
    ck_assert_int_eq(pooled(10, make_window(3, 2, 1), true), 6);
    ck_assert_int_eq(pooled(7, make_window(3, 3, 1), true), 3);
    ck_assert_int_eq(pooled(5, make_window(2, 3, 1), true), 2); /* a third window would start in the padding */
    ck_assert_int_eq(pooled(5, make_window(7, 1, 0), false), -1);
}
END_TEST

START_TEST(pool_windows_in_padding_are_refused) {
    ck_assert_int_eq(pooled(5, make_window(3, 1, 2), false), 7);
    ck_assert_int_eq(pooled(5, make_window(3, 1, 3), false), -1);
    ck_assert_int_eq(pooled(5, make_window(2, 1, 2), false), -1);
    ck_assert_int_eq(pooled(5, (struct window){{2, 2}, {1, 1}, {1, 1}, {0, 0, 2, 2}}, false), -1);
    struct window dilated = {{2, 2}, {1, 1}, {2, 2}, {1, 1, 1, 1}};
    ck_assert_int_eq(pooled(1, dilated, false), -1); /* taps at -1 and 1 */
    ck_assert_int_eq(pooled(2, dilated, false), 2);
}
END_TEST

START_TEST(problems_are_told) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(6, 5, 5)), *v = make_input(graph, "v", SHAPE1(6));
    struct node *w = make_param(graph, "w", PARAM_WEIGHT, SHAPE4(8, 6, 7, 7));
    struct node like = {.as.conv = {.window = make_window(7, 1, 0), .groups = 1}};
    struct node *node = make_raw(graph, OP_CONV, &like, 2, x, w);
    ck_assert_str_eq(check_infer(graph, node), "kernel 7x7 is larger than the input 5x5");
    node->as.conv.window.pad[EDGE_LEFT] = 1;
    ck_assert_str_eq(check_infer(graph, node), "kernel 7x7 is larger than the padded input 5x6");
    node->as.conv.groups = 4;
    ck_assert_str_eq(check_infer(graph, node), "4 groups do not divide the 6 input channels");
    node->as.conv.groups = 3;
    ck_assert_str_eq(check_infer(graph, node), "3 groups do not divide the 8 output channels");
    node->as.conv.groups = 2;
    ck_assert_str_eq(check_infer(graph, node), "the weight of conv must have shape [8, 3, 7, 7], not [8, 6, 7, 7]");
    node->as.conv.groups = 0;
    ck_assert_str_eq(check_infer(graph, node), "groups must be 1 or more, not 0");
    node->as.conv.groups = 1;
    node->as.conv.window.stride[0] = 0;
    ck_assert_str_eq(check_infer(graph, node), "stride 0 is not between 1 and 16777216");
    ck_assert_str_eq(check_infer(graph, make_raw(graph, OP_CONV, &like, 2, v, w)),
                     "conv needs a map [C, H, W], not [6]");
    ck_assert_str_eq(check_infer(graph, make_raw(graph, OP_CONV, &like, 1, x)), "conv has 2 to 3 inputs, not 1");
    ck_assert_str_eq(check_infer(graph, make_raw(graph, OP_SE, NULL, 4, x, w, w, w)), "se has 3 or 5 inputs, not 4");
    ck_assert_str_eq(check_infer(graph, make_raw(graph, OP_LINEAR, NULL, 2, x, w)),
                     "linear needs a vector [C] or a map [C, 1, 1], not [6, 5, 5]");
    ck_assert_str_eq(check_infer(graph, make_raw(graph, OP_ADD, NULL, 2, x, make_input(graph, "y", SHAPE1(5)))),
                     "cannot add tensors of different shapes: [6, 5, 5] and [5]");
    graph_destroy(graph);
}
END_TEST

START_TEST(moves_have_shapes) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(6, 4, 5)), *y = make_input(graph, "y", SHAPE3(3, 4, 5));
    struct node like = {.as.concat.axis = 0};
    struct node *node = make_raw(graph, OP_CONCAT, &like, 2, x, y);
    ck_assert_ptr_null(check_infer(graph, node));
    check_shape(node, SHAPE3(9, 4, 5));
    node->as.concat.axis = 1;
    ck_assert_str_eq(check_infer(graph, node),
                     "cannot join [6, 4, 5] and [3, 4, 5] along axis 1: the other axes differ");
    node->as.concat.axis = 3;
    ck_assert_str_eq(check_infer(graph, node), "axis 3 is not one of the axes of [6, 4, 5]");
    like = (struct node){.shape = SHAPE3(2, 4, 3), .as.slice.begin = {4, 0, 2}};
    node = make_raw(graph, OP_SLICE, &like, 1, x);
    ck_assert_ptr_null(check_infer(graph, node));
    node->as.slice.begin[2] = 3;
    ck_assert_str_eq(check_infer(graph, node), "a slice of 3 from 3 on along axis 2 does not lie within [6, 4, 5]");
    node->as.slice.begin[2] = INT64_MAX;
    ck_assert_ptr_nonnull(check_infer(graph, node));
    node = make_raw(graph, OP_RESHAPE, &like, 1, x);
    ck_assert_str_eq(check_infer(graph, node), "cannot see [6, 4, 5] (120 elements) as [2, 4, 3] (24 elements)");
    node->shape = SHAPE4(2, 3, 4, 5);
    ck_assert_str_eq(check_infer(graph, node), "the result [2, 3, 4, 5] of reshape has more than three axes");
    like = (struct node){.as.upsample.scale = {2, 3}};
    node = make_raw(graph, OP_UPSAMPLE, &like, 1, x);
    ck_assert_ptr_null(check_infer(graph, node));
    check_shape(node, SHAPE3(6, 8, 15));
    node->as.upsample.scale[0] = 1 << 30;
    ck_assert_str_eq(check_infer(graph, node),
                     "the result [6, 4294967296, 15] of upsample is too large: a tensor may "
                     "have 1073741824 elements (4 GiB) at most");
    graph_destroy(graph);
}
END_TEST

START_TEST(work_along_axes_has_shapes) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(6, 4, 5));
    static const int64_t indices[4] = {4, -1, 0, 0};
    static const float weights[4] = {1, 0, 1, 0};
    struct node like = {.as.take = {.axis = 2, .count = 4, .indices = indices}};
    struct node *node = make_raw(graph, OP_TAKE, &like, 1, x);
    ck_assert_ptr_null(check_infer(graph, node));
    check_shape(node, SHAPE3(6, 4, 4));
    node->as.take.axis = 1;
    ck_assert_str_eq(check_infer(graph, node), "index 4 is not one of the 4 of the axis");
    node->as.take.axis = 3;
    ck_assert_str_eq(check_infer(graph, node), "axis 3 is not one of the axes of [6, 4, 5]");
    like = (struct node){.as.resample = {.axis = 2, .count = 2, .taps = 2, .indices = indices, .weights = weights}};
    node = make_raw(graph, OP_RESAMPLE, &like, 1, x);
    ck_assert_str_eq(check_infer(graph, node), "index -1 is not one of the 5 of the axis");
    node->as.resample.taps = 0;
    ck_assert_str_eq(check_infer(graph, node), "taps of resample: 0 is not between 1 and 1073741824");
    like = (struct node){.as.reduce = {REDUCE_SUM, 5}};
    node = make_raw(graph, OP_REDUCE, &like, 1, x);
    ck_assert_ptr_null(check_infer(graph, node));
    check_shape(node, SHAPE3(1, 4, 1));
    node->as.reduce.axes = 8;
    ck_assert_str_eq(check_infer(graph, node), "reduce works over an axis that [6, 4, 5] does not have");
    node->as.reduce.axes = 0;
    ck_assert_str_eq(check_infer(graph, node), "reduce works over one axis at least");
    like = (struct node){.as.argmax = {.axis = 0}};
    node = make_raw(graph, OP_ARGMAX, &like, 1, x);
    ck_assert_ptr_null(check_infer(graph, node));
    check_shape(node, SHAPE3(1, 4, 5));
    graph_destroy(graph);
}
END_TEST

START_TEST(rearrange_has_a_shape) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(6, 4, 5));
    struct node like = {.shape = SHAPE3(3, 8, 5), .as.rearrange = {4, {3, 2, 4, 5}, {0, 2, 1, 3}}};
    struct node *node = make_raw(graph, OP_REARRANGE, &like, 1, x);
    ck_assert_ptr_null(check_infer(graph, node));
    node->as.rearrange.axes[0] = 1;
    ck_assert_str_eq(check_infer(graph, node), "the axes of rearrange do not name each of 4 axes once");
    node->as.rearrange.axes[0] = 0;
    node->as.rearrange.dims[3] = 4;
    ck_assert_str_eq(check_infer(graph, node), "[6, 4, 5] (120 elements) cannot be seen with the extents given");
    node->as.rearrange.dims[3] = 5;
    node->shape = SHAPE1(60);
    ck_assert_str_eq(check_infer(graph, node), "cannot see [6, 4, 5] (120 elements) as [60] (60 elements)");
    node->as.rearrange.rank = 9;
    ck_assert_str_eq(check_infer(graph, node), "rearrange sees 1 to 8 axes, not 9");
    graph_destroy(graph);
}
END_TEST

START_TEST(vectors_are_taken_where_they_may) {
    struct graph *graph = graph_create("g");
    struct node *v = make_input(graph, "v", SHAPE1(6)), *m = make_input(graph, "m", SHAPE3(6, 1, 1));
    struct node *x = make_input(graph, "x", SHAPE3(6, 4, 5));
    check_shape(make_linear(graph, v, "a", 9, true), SHAPE1(9));
    check_shape(make_linear(graph, m, "b", 9, false), SHAPE1(9));
    check_shape(make_batch_norm(graph, v, "c"), SHAPE1(6));
    check_shape(make_se(graph, x, "d", 2, true), SHAPE3(6, 4, 5));
    check_shape(make_op(graph, OP_GLOBAL_AVG_POOL, 1, x), SHAPE3(6, 1, 1));
    check_shape(make_op(graph, OP_MUL, 2, v, x), SHAPE3(6, 4, 5));
    check_shape(make_op(graph, OP_SOFTMAX, 1, v), SHAPE1(6));
    check_shape(make_op(graph, OP_PRELU, 2, x, make_param(graph, "s", PARAM_SLOPE, SHAPE1(1))), SHAPE3(6, 4, 5));
    ck_assert_str_eq(check_infer(graph, make_raw(graph, OP_SOFTMAX, NULL, 1, make_number(graph, 1))),
                     "softmax needs channels, and a single number has none");
    graph_destroy(graph);
}
END_TEST

/* --- rewriting */

START_TEST(uses_are_counted_and_replaced) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE1(4));
    struct node *a = make_activation(graph, x, ACTIVATION_RELU), *b = make_activation(graph, x, ACTIVATION_TANH);
    struct node *sum = make_op(graph, OP_ADD, 2, a, a), *product = make_op(graph, OP_MUL, 2, sum, b);
    make_output(graph, "y", product);
    make_output(graph, "z", a);
    ck_assert_int_eq(graph_use_count(graph, x), 2);
    ck_assert_int_eq(graph_use_count(graph, a), 3);
    ck_assert_ptr_null(graph_single_user(graph, a));
    ck_assert_ptr_eq(graph_single_user(graph, sum), product);
    ck_assert_ptr_null(graph_single_user(graph, product));
    graph_replace_uses(graph, a, x);
    ck_assert_int_eq(graph_use_count(graph, a), 0);
    ck_assert_int_eq(graph_use_count(graph, x), 5);
    ck_assert_ptr_eq(sum->inputs[0], x);
    ck_assert_ptr_eq(sum->inputs[1], x);
    ck_assert_ptr_eq(graph->outputs.items[1].node, x);
    graph_remove(graph, a);
    ck_assert_ptr_null(graph_verify(graph));
    ck_assert_int_eq(graph_use_count(graph, x), 4);
    graph_destroy(graph);
}
END_TEST

START_TEST(clones_are_equal_and_apart) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(3, 8, 8));
    make_output(graph, "y", make_batch_norm(graph, make_conv(graph, x, "conv", 4, 3, 1, true), "bn"));
    graph->batch = 3;
    vec_push(graph->arena, &graph->labels, "cat");
    struct graph *clone = graph_clone(graph);
    ck_assert_ptr_null(graph_verify(clone));
    ck_assert_str_eq(print_graph(clone), print_graph(graph));
    const char *before = print_graph(graph);
    graph_replace_uses(clone, clone->last, clone->last->inputs[0]);
    graph_remove(clone, clone->last);
    ck_assert_ptr_null(graph_verify(clone));
    ck_assert_str_eq(print_graph(graph), before);
    ck_assert_ptr_null(graph_verify(graph));
    graph_destroy(clone);
    graph_destroy(graph);
}
END_TEST

/* --- printing */

START_TEST(text_of_a_graph) {
    struct graph *graph = graph_create("little");
    struct picture picture = {.color = PICTURE_RGB,
                              .resize_height = 9,
                              .crop_height = 8,
                              .crop_width = 8,
                              .mean = {0.485f, 0.456f, 0.406f},
                              .stddev = {0.25f, 0.5f, 1}};
    struct node *x = make_input(graph, "image", SHAPE3(3, 8, 8));
    x->as.input.picture = &picture;
    struct node *u = make_conv(graph, x, "conv1", 4, 3, 2, false);
    u = make_activation(graph, make_batch_norm(graph, u, "bn1"), ACTIVATION_LEAKY_RELU);
    u = make_activation(graph, u, ACTIVATION_ELU);
    u->as.activation.alpha = 0.5;
    u = make_se(graph, u, "se", 2, false);
    u = make_op(graph, OP_MUL, 2, u, make_number(graph, 0.1f));
    make_output(graph, "y", make_pool(graph, u, OP_AVG_POOL, make_window(2, 2, 0)));
    ck_assert_str_eq(
        print_graph(graph),
        "network little, batch 1 {\n"
        "    %0 = input image : f32[3, 8, 8]  from rgb resize 9 crop 8x8 mean [0.485, 0.456, 0.406] std [0.25, 0.5, "
        "1]\n"
        "    %2 = conv %0, conv1.weight : f32[4, 4, 4]  kernel 3x3 stride 2 pad 1  @conv1\n"
        "    %7 = batch_norm %2, bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var : f32[4, 4, 4]  epsilon "
        "1e-05"
        "  @bn1\n"
        "    %8 = leaky_relu %7 : f32[4, 4, 4]\n"
        "    %9 = elu %8 : f32[4, 4, 4]  alpha 0.5\n"
        "    %12 = se %9, se.fc1.weight, se.fc2.weight : f32[4, 4, 4]  hidden 2 act relu gate sigmoid  @se\n"
        "    %14 = mul %12, 0.1 : f32[4, 4, 4]\n"
        "    %15 = avgpool %14 : f32[4, 2, 2]  kernel 2x2 stride 2\n"
        "    output y = %15\n"
        "}\n");
    graph_destroy(graph);
}
END_TEST

START_TEST(drawing_of_a_graph) {
    struct graph *graph = graph_create("little");
    struct node *x = make_input(graph, "x", SHAPE3(3, 8, 8));
    make_output(graph, "y", make_conv(graph, x, "say \"hi\"", 4, 3, 2, false));
    struct text text = text_create(graph->arena);
    graph_dot(graph, &text);
    ck_assert_str_eq(text.bytes,
                     "digraph little {\n"
                     "    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
                     "    n0 [label=\"x\\ninput\\nf32[3, 8, 8]\", style=\"filled,rounded\"];\n"
                     "    n2 [label=\"say \\\"hi\\\"\\nconv kernel 3x3 stride 2 pad 1\\nf32[4, 4, 4]\"];\n"
                     "    n0 -> n2;\n"
                     "    out0 [label=\"y\", style=\"filled,rounded\"];\n"
                     "    n2 -> out0;\n"
                     "}\n");
    graph_destroy(graph);
}
END_TEST

/* --- verifying: a sound graph passes, and each kind of damage is seen */

struct sample {
    struct graph *graph;
    struct node *x, *conv, *relu, *constant;
};

static struct sample make_sample(void) {
    struct sample s = {.graph = graph_create("g")};
    s.x = make_input(s.graph, "x", SHAPE3(3, 8, 8));
    s.conv = make_conv(s.graph, s.x, "conv", 4, 3, 1, true);
    s.relu = make_activation(s.graph, s.conv, ACTIVATION_RELU);
    s.constant = make_number(s.graph, 2);
    make_output(s.graph, "y", make_op(s.graph, OP_MUL, 2, s.relu, s.constant));
    ck_assert_ptr_null(graph_verify(s.graph));
    return s;
}

static void check_found(struct sample *s, const char *part) {
    const char *problem = graph_verify(s->graph);
    ck_assert_msg(problem && strstr(problem, part), "found '%s', not '%s'", problem ? problem : "nothing", part);
    graph_destroy(s->graph);
}

START_TEST(verify_sees_wrong_shape) {
    struct sample s = make_sample();
    s.relu->shape.dims[0] = 5;
    check_found(&s, "has shape [5, 8, 8], but computes [4, 8, 8]");
}
END_TEST

START_TEST(verify_sees_wrong_attribute) {
    struct sample s = make_sample();
    s.conv->as.conv.groups = 3;
    check_found(&s, "is not well formed: 3 groups do not divide");
}
END_TEST

START_TEST(verify_sees_wrong_order) {
    struct sample s = make_sample();
    s.relu->inputs[0] = s.graph->last;
    check_found(&s, "comes before one of its inputs");
}
END_TEST

START_TEST(verify_sees_foreign_input) {
    struct sample s = make_sample();
    struct node stranger = *s.conv;
    s.relu->inputs[0] = &stranger;
    check_found(&s, "comes before one of its inputs");
}
END_TEST

START_TEST(verify_sees_wrong_use_count) {
    struct sample s = make_sample();
    s.relu->inputs[0] = s.x;
    s.relu->shape = s.x->shape;
    s.graph->last->shape = s.x->shape;
    check_found(&s, "has a wrong count of its uses");
}
END_TEST

START_TEST(verify_sees_computed_weight) {
    struct sample s = make_sample();
    struct node *bias = s.conv->inputs[2];
    struct node *computed = graph_add(s.graph, s.conv, OP_ACTIVATION, &bias, 1, NULL);
    computed->shape = bias->shape;
    graph_replace_uses(s.graph, bias, computed);
    computed->inputs[0] = bias;
    bias->use_count++, computed->use_count--;
    check_found(&s, "has a computed weight");
}
END_TEST

START_TEST(verify_sees_missing_constant) {
    struct sample s = make_sample();
    s.constant->as.param.tensor = NULL;
    check_found(&s, "is a constant without numbers");
}
END_TEST

START_TEST(verify_sees_unnamed_parameter) {
    struct sample s = make_sample();
    s.conv->inputs[1]->as.param.name = NULL;
    check_found(&s, "is a parameter without a name");
}
END_TEST

START_TEST(verify_sees_shared_id) {
    struct sample s = make_sample();
    s.relu->id = s.conv->id;
    check_found(&s, "shares its id with another");
}
END_TEST

START_TEST(verify_sees_broken_link) {
    struct sample s = make_sample();
    s.relu->previous = s.x;
    check_found(&s, "is not linked both ways");
}
END_TEST

START_TEST(verify_sees_lost_output) {
    struct sample s = make_sample();
    struct node stranger = *s.relu;
    s.graph->outputs.items[0].node = &stranger;
    check_found(&s, "an output is computed by no node");
}
END_TEST

START_TEST(verify_sees_lost_input) {
    struct sample s = make_sample();
    s.graph->inputs.count = 0;
    check_found(&s, "the list of inputs does not name each input once");
}
END_TEST

START_TEST(verify_sees_misbound_parameter) {
    struct sample s = make_sample();
    s.conv->inputs[2]->as.param.tensor = make_tensor(s.graph->arena, SHAPE1(5), "five");
    check_found(&s, "a parameter of shape [4] is bound to a tensor of shape [5]");
}
END_TEST

static TCase *cases(const char *name, const TTest *const *tests, size_t count) {
    TCase *tcase = tcase_create(name);
    for (size_t i = 0; i < count; i++) tcase_add_test(tcase, tests[i]);
    return tcase;
}

int main(void) {
    const TTest *const shapes[] = {shape_counts_elements, shapes_broadcast, shapes_are_maps, half_becomes_float};
    const TTest *const infer[] = {conv_shapes,
                                  conv_transpose_output_pad,
                                  pool_shapes,
                                  pool_windows_in_padding_are_refused,
                                  problems_are_told,
                                  moves_have_shapes,
                                  work_along_axes_has_shapes,
                                  rearrange_has_a_shape,
                                  vectors_are_taken_where_they_may};
    const TTest *const rewrite[] = {uses_are_counted_and_replaced, clones_are_equal_and_apart, text_of_a_graph,
                                    drawing_of_a_graph};
    const TTest *const verify[] = {
        verify_sees_wrong_shape,       verify_sees_wrong_attribute,   verify_sees_wrong_order,
        verify_sees_foreign_input,     verify_sees_wrong_use_count,   verify_sees_computed_weight,
        verify_sees_missing_constant,  verify_sees_unnamed_parameter, verify_sees_shared_id,
        verify_sees_broken_link,       verify_sees_lost_output,       verify_sees_lost_input,
        verify_sees_misbound_parameter};
#define CASES(list) cases(#list, list, sizeof list / sizeof *list)
    Suite *suite = suite_create("graph");
    suite_add_tcase(suite, CASES(shapes));
    suite_add_tcase(suite, CASES(infer));
    suite_add_tcase(suite, CASES(rewrite));
    suite_add_tcase(suite, CASES(verify));
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
