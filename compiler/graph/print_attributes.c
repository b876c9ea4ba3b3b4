/* print_attributes.c - the attributes of an operation as text: " kernel 3x3 stride 2 pad 1". */
#include "print.h"

#include <stdio.h>
#include <stdlib.h>

/* The fewest digits that read back as the same double. */
static void print_double(struct text *text, double value) {
    char digits[32];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    text_add(text, digits);
}

void print_float(struct text *text, float value) {
    char digits[32];
    for (int precision = 1; precision <= 9; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, (double)value);
        if (strtof(digits, NULL) == value) break;
    }
    text_add(text, digits);
}

static void print_pair(struct text *text, const char *name, const int64_t pair[2], int64_t usual) {
    if (pair[0] == usual && pair[1] == usual) return;
    text_format(text, " %s %lld", name, (long long)pair[0]);
    if (pair[1] != pair[0]) text_format(text, "x%lld", (long long)pair[1]);
}

/* "1", "[1, 2]" (rows, columns) or "[top, left, bottom, right]"; nothing for no padding. */
static void print_pad(struct text *text, const int64_t pad[EDGE_COUNT]) {
    long long top = pad[EDGE_TOP], left = pad[EDGE_LEFT], bottom = pad[EDGE_BOTTOM], right = pad[EDGE_RIGHT];
    if (top != bottom || left != right)
        text_format(text, " pad [%lld, %lld, %lld, %lld]", top, left, bottom, right);
    else if (top != left)
        text_format(text, " pad [%lld, %lld]", top, left);
    else if (top)
        text_format(text, " pad %lld", top);
}

static void print_window(struct text *text, const struct window *window) {
    text_format(text, " kernel %lldx%lld", (long long)window->kernel[0], (long long)window->kernel[1]);
    print_pair(text, "stride", window->stride, 1);
    print_pad(text, window->pad);
    print_pair(text, "dilation", window->dilation, 1);
}

static void print_argument(struct text *text, const char *name, double value) {
    if (!name[0]) return;
    text_format(text, " %s ", name);
    print_double(text, value);
}

/* Those constants of an activation that are not the usual ones. */
static void print_activation_arguments(struct text *text, struct activation activation) {
    static const struct {
        const char *alpha_name, *beta_name;
        double alpha, beta;
    } rows[] = {
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula)                                      \
    {alpha, beta, alpha_default, beta_default},
#include "activation.def"
#undef ACTIVATION
    };
    if (activation.alpha != rows[activation.kind].alpha)
        print_argument(text, rows[activation.kind].alpha_name, activation.alpha);
    if (activation.beta != rows[activation.kind].beta)
        print_argument(text, rows[activation.kind].beta_name, activation.beta);
}

static void print_activation(struct text *text, const char *part, struct activation activation) {
    text_format(text, " %s %s", part, activation_name(activation.kind));
    print_activation_arguments(text, activation);
}

static void print_excitation(struct text *text, const struct node *node) {
    text_format(text, " hidden %lld", (long long)node->inputs[1]->shape.dims[0]);
    if (node->as.se.is_single) text_add(text, " single");
    if (node->as.se.is_strict) text_add(text, " strict");
    if (node->as.se.is_wary) text_add(text, " wary");
    if (node->as.se.is_fused) text_add(text, " fused");
    if (node->op == OP_SE && node->as.se.squeeze == SQUEEZE_MAX) text_add(text, " squeeze max");
    print_activation(text, "act", node->as.se.inner);
    print_activation(text, "gate", node->as.se.gate);
}

static void print_pool(struct text *text, const struct node *node) {
    print_window(text, &node->as.pool.window);
    if (node->op == OP_AVG_POOL && !node->as.pool.count_include_pad) text_add(text, " exclude_pad");
    if (node->as.pool.ceil_mode) text_add(text, " ceil_mode");
}

static void print_slice(struct text *text, const struct node *node) {
    for (int i = 0; i < node->shape.rank; i++)
        text_format(text, "%s%lld..%lld", i ? ", " : " ", (long long)node->as.slice.begin[i],
                    (long long)(node->as.slice.begin[i] + node->shape.dims[i]));
}

/* "name [1, 0.5]"; of long lists the first ones: a graph is to be read. */
enum { LIST_MOST = 32 };

static void print_floats(struct text *text, const char *name, const float *values, int64_t count) {
    text_format(text, " %s [", name);
    for (int64_t i = 0; i < count && i < LIST_MOST; i++) {
        if (i) text_add(text, ", ");
        print_float(text, values[i]);
    }
    text_add(text, count > LIST_MOST ? ", ...]" : "]");
}

static void print_integers(struct text *text, const char *name, const int64_t *values, int64_t count) {
    text_format(text, " %s [", name);
    for (int64_t i = 0; i < count && i < LIST_MOST; i++)
        text_format(text, "%s%lld", i ? ", " : "", (long long)values[i]);
    text_add(text, count > LIST_MOST ? ", ...]" : "]");
}

static const char *const color_names[] = {[PICTURE_GRAY] = "gray", [PICTURE_RGB] = "rgb", [PICTURE_BGR] = "bgr"};

static void print_scaling(struct text *text, const struct picture *picture) {
    int channels = picture->color == PICTURE_GRAY ? 1 : 3;
    print_floats(text, "mean", picture->mean, channels);
    print_floats(text, "std", picture->stddev, channels);
}

void print_output_picture(struct text *text, const struct picture *picture) {
    text_format(text, "%s", color_names[picture->color]);
    print_scaling(text, picture);
}

void print_input_picture(struct text *text, const struct picture *picture) {
    text_format(text, "%s", color_names[picture->color]);
    if (picture->is_filled)
        print_floats(text, "fill", &picture->fill, 1);
    else if (picture->resize_width)
        text_format(text, " resize %lldx%lld", (long long)picture->resize_height, (long long)picture->resize_width);
    else if (picture->resize_height)
        text_format(text, " resize %lld", (long long)picture->resize_height);
    text_format(text, " crop %lldx%lld", (long long)picture->crop_height, (long long)picture->crop_width);
    print_scaling(text, picture);
}

static void print_rearrange(struct text *text, const struct node *node) {
    int64_t axes[REARRANGE_MAX_RANK];
    for (int i = 0; i < node->as.rearrange.rank; i++) axes[i] = node->as.rearrange.axes[i];
    print_integers(text, "dims", node->as.rearrange.dims, node->as.rearrange.rank);
    print_integers(text, "axes", axes, node->as.rearrange.rank);
}

static void print_take(struct text *text, const struct node *node) {
    bool fills = false;
    for (int64_t i = 0; i < node->as.take.count; i++) fills = fills || node->as.take.indices[i] < 0;
    text_format(text, " axis %d", node->as.take.axis);
    print_integers(text, "indices", node->as.take.indices, node->as.take.count);
    if (fills) print_argument(text, "fill", node->as.take.fill);
}

static void print_resample(struct text *text, const struct node *node) {
    int64_t count = node->as.resample.count * node->as.resample.taps;
    text_format(text, " axis %d taps %lld", node->as.resample.axis, (long long)node->as.resample.taps);
    print_integers(text, "indices", node->as.resample.indices, count);
    print_floats(text, "weights", node->as.resample.weights, count);
}

static void print_reduce(struct text *text, const struct node *node) {
    text_format(text, " %s axes [", reduce_name(node->as.reduce.kind));
    for (int axis = 0, count = 0; axis < node->shape.rank; axis++)
        if (node->as.reduce.axes >> axis & 1) text_format(text, "%s%d", count++ ? ", " : "", axis);
    text_add(text, "]");
}

void print_attributes(struct text *text, const struct node *node) {
    if (node->from_sums) text_add(text, " sums");
    switch (node->op) {
    case OP_INPUT:
        if (!node->as.input.picture) break;
        text_add(text, " from ");
        print_input_picture(text, node->as.input.picture);
        break;
    case OP_CONV:
    case OP_CONV_TRANSPOSE:
        print_window(text, &node->as.conv.window);
        print_pair(text, "output_pad", node->as.conv.output_pad, 0);
        if (node->as.conv.groups != 1) text_format(text, " groups %lld", (long long)node->as.conv.groups);
        if (node->as.conv.winograd) text_add(text, " winograd");
        break;
    case OP_BATCH_NORM: print_argument(text, "epsilon", node->as.batch_norm.epsilon); break;
    case OP_SE:
    case OP_EXCITE: print_excitation(text, node); break;
    case OP_MUL:
        if (node->as.mul.deferred) text_add(text, " deferred");
        break;
    case OP_ACTIVATION: print_activation_arguments(text, node->as.activation); break;
    case OP_MAX_POOL:
    case OP_AVG_POOL: print_pool(text, node); break;
    case OP_MEET:
        text_format(text, " %s in phase %d", node->as.meet.is_max ? "max" : "mean", node->as.meet.phase);
        break;
    case OP_CONCAT: text_format(text, " axis %d", node->as.concat.axis); break;
    case OP_SLICE: print_slice(text, node); break;
    case OP_CHANNEL_SHUFFLE: text_format(text, " groups %lld", (long long)node->as.shuffle.groups); break;
    case OP_UPSAMPLE:
        print_pair(text, "scale", node->as.upsample.scale, 0);
        text_add(text, node->as.upsample.mode == UPSAMPLE_BILINEAR ? " bilinear" : " nearest");
        break;
    case OP_PAD:
        print_pad(text, node->as.pad.pad);
        print_argument(text, "value", node->as.pad.value);
        break;
    case OP_REARRANGE: print_rearrange(text, node); break;
    case OP_TAKE: print_take(text, node); break;
    case OP_RESAMPLE: print_resample(text, node); break;
    case OP_REDUCE: print_reduce(text, node); break;
    case OP_ARGMAX:
        text_format(text, " axis %d%s%s", node->as.argmax.axis, node->as.argmax.last ? " last" : "",
                    node->as.argmax.is_min ? " smallest" : "");
        break;
    default: break;
    }
}
