/* infer_window.c - shapes of what slides a window or multiplies by a matrix: convolutions, pools, linear, se. */
#include "infer.h"

/* The most of a kernel, stride, dilation or pad: no sum or product with an extent (at most 2^30) leaves 64 bits. */
#define WINDOW_MAX ((int64_t)1 << 24)

static const char *const axis_names[2] = {"rows", "columns"};

static int64_t pad_begin(const struct window *window, int axis) {
    return window->pad[axis ? EDGE_LEFT : EDGE_TOP];
}

static int64_t pad_end(const struct window *window, int axis) {
    return window->pad[axis ? EDGE_RIGHT : EDGE_BOTTOM];
}

/* How far the kernel reaches with its holes. */
static int64_t kernel_extent(const struct window *window, int axis) {
    return window->dilation[axis] * (window->kernel[axis] - 1) + 1;
}

static bool check_number(struct infer *infer, const char *what, int64_t value, int64_t least) {
    if (value >= least && value <= WINDOW_MAX) return true;
    return infer_problem(infer, "%s %lld is not between %lld and %lld", what, (long long)value, (long long)least,
                         (long long)WINDOW_MAX);
}

static bool check_window(struct infer *infer, const struct window *window) {
    for (int axis = 0; axis < 2; axis++)
        if (!check_number(infer, "kernel", window->kernel[axis], 1) ||
            !check_number(infer, "stride", window->stride[axis], 1) ||
            !check_number(infer, "dilation", window->dilation[axis], 1))
            return false;
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (!check_number(infer, "pad", window->pad[edge], 0)) return false;
    return true;
}

static bool kernel_too_large(struct infer *infer, const struct window *window, const int64_t extents[2]) {
    int64_t padded[2], reach[2];
    for (int axis = 0; axis < 2; axis++) {
        padded[axis] = extents[axis] + pad_begin(window, axis) + pad_end(window, axis);
        reach[axis] = kernel_extent(window, axis);
    }
    bool dilated = window->dilation[0] > 1 || window->dilation[1] > 1;
    bool has_pad = padded[0] != extents[0] || padded[1] != extents[1];
    return infer_problem(infer, "kernel %lldx%lld%s is larger than the %sinput %lldx%lld", (long long)reach[0],
                         (long long)reach[1], dilated ? " (with its dilation)" : "", has_pad ? "padded " : "",
                         (long long)padded[0], (long long)padded[1]);
}

/* Positions of the window along each axis. */
static bool slide_window(struct infer *infer, const struct window *window, const int64_t extents[2], bool ceil_mode,
                         int64_t out_extents[2]) {
    if (!check_window(infer, window)) return false;
    for (int axis = 0; axis < 2; axis++) {
        int64_t begin = pad_begin(window, axis), stride = window->stride[axis];
        int64_t room = extents[axis] + begin + pad_end(window, axis) - kernel_extent(window, axis);
        if (room < 0) return kernel_too_large(infer, window, extents);
        out_extents[axis] = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
        /* As PyTorch has it, the last window starts inside the input or the padding before it. */
        if (ceil_mode && (out_extents[axis] - 1) * stride >= extents[axis] + begin) out_extents[axis]--;
    }
    return true;
}

static bool check_groups(struct infer *infer, const struct node *node, int64_t in, int64_t out) {
    int64_t groups = node->as.conv.groups;
    if (groups < 1) return infer_problem(infer, "groups must be 1 or more, not %lld", (long long)groups);
    if (in % groups)
        return infer_problem(infer, "%lld groups do not divide the %lld input channels", (long long)groups,
                             (long long)in);
    if (out % groups)
        return infer_problem(infer, "%lld groups do not divide the %lld output channels", (long long)groups,
                             (long long)out);
    return true;
}

static bool check_bias(struct infer *infer, const struct node *node, int64_t out) {
    if (node->input_count < 3) return true;
    return infer_need_shape(infer, node, 2, "bias", (struct shape){.rank = 1, .dims = {out}});
}

static bool check_weight_rank(struct infer *infer, const struct node *node, int rank) {
    struct shape weight = node->inputs[1]->shape;
    if (weight.rank == rank) return true;
    return infer_problem(infer, "the weight of %s must have %d axes, not shape %s", op_name(node->op), rank,
                         infer_shape_text(infer, weight));
}

bool infer_CONV(struct infer *infer, struct node *node) {
    if (!infer_need_map(infer, node) || !check_weight_rank(infer, node, 4)) return false;
    const struct window *window = &node->as.conv.window;
    struct shape x = node->inputs[0]->shape;
    int64_t out = node->inputs[1]->shape.dims[0], extents[2];
    if (!check_groups(infer, node, x.dims[0], out)) return false;
    struct shape weight = {.rank = 4,
                           .dims = {out, x.dims[0] / node->as.conv.groups, window->kernel[0], window->kernel[1]}};
    if (!infer_need_shape(infer, node, 1, "weight", weight) || !check_bias(infer, node, out)) return false;
    if (node->as.conv.output_pad[0] || node->as.conv.output_pad[1])
        return infer_problem(infer, "output_pad belongs to conv_transpose");
    if (!slide_window(infer, window, &x.dims[1], false, extents)) return false;
    node->shape = (struct shape){.rank = 3, .dims = {out, extents[0], extents[1]}};
    return true;
}

/* (in - 1) * stride - pads + dilation * (kernel - 1) + output_pad + 1 */
static bool spread_window(struct infer *infer, const struct node *node, const int64_t extents[2],
                          int64_t out_extents[2]) {
    const struct window *window = &node->as.conv.window;
    if (!check_window(infer, window)) return false;
    for (int axis = 0; axis < 2; axis++) {
        int64_t stride = window->stride[axis], dilation = window->dilation[axis];
        int64_t output_pad = node->as.conv.output_pad[axis];
        if (output_pad < 0 || output_pad >= (stride > dilation ? stride : dilation))
            return infer_problem(infer, "output_pad %lld is not smaller than stride %lld or dilation %lld",
                                 (long long)output_pad, (long long)stride, (long long)dilation);
        out_extents[axis] = (extents[axis] - 1) * stride - pad_begin(window, axis) - pad_end(window, axis) +
                            kernel_extent(window, axis) + output_pad;
        if (out_extents[axis] < 1)
            return infer_problem(infer, "the padding leaves no %s of the result", axis_names[axis]);
    }
    return true;
}

bool infer_CONV_TRANSPOSE(struct infer *infer, struct node *node) {
    if (!infer_need_map(infer, node) || !check_weight_rank(infer, node, 4)) return false;
    const struct window *window = &node->as.conv.window;
    struct shape x = node->inputs[0]->shape, found = node->inputs[1]->shape;
    int64_t groups = node->as.conv.groups, out, extents[2];
    if (groups < 1 || groups > SHAPE_MAX_ELEMENTS || found.dims[1] > SHAPE_MAX_ELEMENTS)
        return infer_problem(infer, "groups must be between 1 and the number of channels, not %lld",
                             (long long)groups);
    out = found.dims[1] * groups;
    if (!check_groups(infer, node, x.dims[0], out)) return false;
    struct shape weight = {.rank = 4, .dims = {x.dims[0], found.dims[1], window->kernel[0], window->kernel[1]}};
    if (!infer_need_shape(infer, node, 1, "weight", weight) || !check_bias(infer, node, out)) return false;
    if (!spread_window(infer, node, &x.dims[1], extents)) return false;
    node->shape = (struct shape){.rank = 3, .dims = {out, extents[0], extents[1]}};
    return true;
}

static bool is_vector(struct shape shape) {
    return shape.rank == 1 || (shape.rank == 3 && shape.dims[1] == 1 && shape.dims[2] == 1);
}

bool infer_LINEAR(struct infer *infer, struct node *node) {
    struct shape x = node->inputs[0]->shape;
    if (!is_vector(x))
        return infer_problem(infer, "linear needs a vector [C] or a map [C, 1, 1], not %s",
                             infer_shape_text(infer, x));
    if (!check_weight_rank(infer, node, 2)) return false;
    int64_t out = node->inputs[1]->shape.dims[0];
    struct shape weight = {.rank = 2, .dims = {out, x.dims[0]}};
    if (!infer_need_shape(infer, node, 1, "weight", weight) || !check_bias(infer, node, out)) return false;
    node->shape = (struct shape){.rank = 1, .dims = {out}};
    return true;
}

static struct shape vector_of(int64_t extent) {
    return (struct shape){.rank = 1, .dims = {extent}};
}

static struct shape matrix_of(int64_t rows, int64_t columns) {
    return (struct shape){.rank = 2, .dims = {rows, columns}};
}

static const struct node *second_layer(const struct node *node) {
    return node->inputs[node->input_count == 5 ? 3 : 2];
}

/* fc1 [hidden, in], fc2 [out, hidden] and their biases. */
static bool check_excitation(struct infer *infer, const struct node *node, int64_t in, int64_t out) {
    bool has_bias = node->input_count == 5;
    if (!check_weight_rank(infer, node, 2)) return false;
    int64_t hidden = node->inputs[1]->shape.dims[0];
    return infer_need_shape(infer, node, 1, "fc1 weight", matrix_of(hidden, in)) &&
           infer_need_shape(infer, node, has_bias ? 3 : 2, "fc2 weight", matrix_of(out, hidden)) &&
           (!has_bias || (infer_need_shape(infer, node, 2, "fc1 bias", vector_of(hidden)) &&
                          infer_need_shape(infer, node, 4, "fc2 bias", vector_of(out))));
}

bool infer_SE(struct infer *infer, struct node *node) {
    if (!infer_need_map(infer, node)) return false;
    node->shape = node->inputs[0]->shape;
    return check_excitation(infer, node, node->shape.dims[0], node->shape.dims[0]);
}

/* The vector may have another length than the gate: compose-excite puts a convolution of it into fc1. */
bool infer_EXCITE(struct infer *infer, struct node *node) {
    struct shape z = node->inputs[0]->shape;
    int64_t out = second_layer(node)->shape.dims[0];
    if (!is_vector(z))
        return infer_problem(infer, "excite needs a vector [C] or a map [C, 1, 1], not %s",
                             infer_shape_text(infer, z));
    node->shape = (struct shape){.rank = 3, .dims = {out, 1, 1}};
    return check_excitation(infer, node, z.dims[0], out);
}

/* Does the window at `position` (relative to the input, may be negative) have a tap inside the input? */
static bool window_meets_input(const struct window *window, int axis, int64_t position, int64_t extent) {
    int64_t dilation = window->dilation[axis];
    int64_t first_tap = position < 0 ? (-position + dilation - 1) / dilation : 0;
    return first_tap < window->kernel[axis] && position + first_tap * dilation < extent;
}

/* A pool's window that lies wholly in the padding has no largest number and no mean. */
static bool check_windows_meet_input(struct infer *infer, const struct window *window, const int64_t extents[2],
                                     const int64_t positions[2]) {
    for (int axis = 0; axis < 2; axis++) {
        int64_t stride = window->stride[axis], begin = pad_begin(window, axis);
        int64_t last = (positions[axis] - 1) * stride - begin;
        bool meets = window_meets_input(window, axis, last, extents[axis]);
        for (int64_t i = 0; meets && i < positions[axis] && i * stride < begin; i++)
            meets = window_meets_input(window, axis, i * stride - begin, extents[axis]);
        if (!meets)
            return infer_problem(infer,
                                 "some windows of the pool lie wholly in the padding (%s: kernel %lld, pad %lld "
                                 "and %lld, input %lld)",
                                 axis_names[axis], (long long)window->kernel[axis], (long long)begin,
                                 (long long)pad_end(window, axis), (long long)extents[axis]);
    }
    return true;
}

static bool infer_pool(struct infer *infer, struct node *node) {
    if (!infer_need_map(infer, node)) return false;
    struct shape x = node->inputs[0]->shape;
    const struct window *window = &node->as.pool.window;
    int64_t positions[2];
    if (!slide_window(infer, window, &x.dims[1], node->as.pool.ceil_mode, positions) ||
        !check_windows_meet_input(infer, window, &x.dims[1], positions))
        return false;
    node->shape = (struct shape){.rank = 3, .dims = {x.dims[0], positions[0], positions[1]}};
    return true;
}

bool infer_MAX_POOL(struct infer *infer, struct node *node) {
    return infer_pool(infer, node);
}

bool infer_AVG_POOL(struct infer *infer, struct node *node) {
    return infer_pool(infer, node);
}

static bool infer_global_pool(struct infer *infer, struct node *node) {
    if (!infer_need_map(infer, node)) return false;
    node->shape = (struct shape){.rank = 3, .dims = {node->inputs[0]->shape.dims[0], 1, 1}};
    return true;
}

bool infer_GLOBAL_MAX_POOL(struct infer *infer, struct node *node) {
    return infer_global_pool(infer, node);
}

bool infer_GLOBAL_AVG_POOL(struct infer *infer, struct node *node) {
    return infer_global_pool(infer, node);
}

bool infer_MEET(struct infer *infer, struct node *node) {
    return infer_global_pool(infer, node);
}
