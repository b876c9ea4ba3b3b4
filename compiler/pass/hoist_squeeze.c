/* hoist_squeeze.c - the mean of a convolution's result is a product of sums of its input.
 *
 *     %2 = conv %1, w, b          1x1        ->  %4 = global_avgpool %1
 *     %3 = global_avgpool %2                     %5 = conv %4, w, b
 *                                                %2 = conv %1, w, b
 *
 * mean(A x + b) = A mean(x) + b. The squeeze of an SE block behind the last convolution of a branch so reads the input of
 * that convolution, which often has fewer channels, and its gate is known before the convolution runs, which can apply it
 * to its results in registers. The new nodes stand before the convolution.
 *
 * For k x k taps, mean(sum over t of W_t shift_t(x)) = sum over t of W_t S_t / (H W), where S_t is the sum of those pixels
 * of x that tap t meets. Rows that the same taps meet form a class, and so do columns: with a padded 3x3 kernel the first
 * row, the last row, and the others. With M_r the sum over the pixels of class r (a class of rows and one of columns)
 *
 *     mean = sum over r of (sum over the taps t that meet r of W_t) M_r / (H W),
 *
 * exactly, for every kernel, dilation and padding: pixels of padding are in no class.
 *
 *     %2 = conv %1, w, b          3x3        ->  %4 = resample %1 axis 1 (classes of rows); %5 = resample %4 axis 2
 *     %3 = global_avgpool %2                     %6 = conv %5, w', b          kernel = classes, gives [C, 1, 1]
 *                                                %2 = conv %1, w, b
 *
 * Declined: convolutions that narrow a 1x1 map's channels (more would be summed), strides (most pixels lie at borders
 * then), maps of which every row is a border, an input that is squeezed already, and k x k kernels where the first layer of
 * the excitation grows (compose-excite) by more than the pass over the map that is saved; parameters that are not bound;
 * weights of so few channels that an infinity could leave a gate finite (compose-excite). */
#include "pass.h"

#include "param.h"

enum { MOST_CLASSES = 8 };

/* The classes of the rows (or columns) of a map: by the taps that meet them. */
struct classes {
    int64_t count, extent, most; /* most: positions of the largest */
    int64_t *of;                 /* [extent]: the class, or -1: no tap meets it */
    uint64_t taps[MOST_CLASSES]; /* bit t: tap t meets it */
};

static uint64_t taps_at(const struct window *window, int axis, int64_t position, int64_t results) {
    uint64_t taps = 0;
    for (int64_t t = 0; t < window->kernel[axis]; t++) {
        int64_t result = position + window->pad[axis ? EDGE_LEFT : EDGE_TOP] - t * window->dilation[axis];
        if (result >= 0 && result < results) taps |= (uint64_t)1 << t;
    }
    return taps;
}

/* False if there are too many. */
static bool find_classes(struct graph *graph, const struct node *conv, int axis, struct classes *out) {
    const struct window *window = &conv->as.conv.window;
    int64_t sizes[MOST_CLASSES] = {0};
    *out = (struct classes){.extent = conv->inputs[0]->shape.dims[axis + 1]};
    if (window->kernel[axis] > 64) return false;
    out->of = ARENA_NEW_ARRAY(graph->arena, int64_t, (size_t)out->extent);
    for (int64_t p = 0; p < out->extent; p++) {
        uint64_t taps = taps_at(window, axis, p, conv->shape.dims[axis + 1]);
        int64_t class = 0;
        while (class < out->count && out->taps[class] != taps) class++;
        out->of[p] = taps ? class : -1;
        if (!taps) continue;
        if (class == MOST_CLASSES) return false;
        if (class == out->count) out->taps[out->count++] = taps;
        if (++sizes[class] > out->most) out->most = sizes[class];
    }
    return out->count > 0;
}

static bool is_plain_1x1(const struct window *window) {
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return false;
    return window->kernel[0] == 1 && window->kernel[1] == 1;
}

static bool is_squeezed(const struct node *node) {
    for (const struct node *user = node->next; user; user = user->next)
        if ((user->op == OP_GLOBAL_AVG_POOL || user->op == OP_GLOBAL_MAX_POOL) && user->inputs[0] == node) return true;
    return false;
}

/* Whether what the excitation reads more costs less than what a pass over the map costs that is saved, in cycles. A pass
 * counts several times: the others wait for it at a barrier, and it reads and writes maps that have left the caches. */
static bool pays(const struct node *conv, const struct node *excite, const struct classes classes[2]) {
    enum { LANES = 8, BYTES_PER_CYCLE = 16, PASS_CYCLES = 3, BARRIER_CYCLES = 2500, WAITING = 4 };
    int64_t hidden = excite->inputs[1]->shape.dims[0], inputs = conv->inputs[0]->shape.dims[0];
    int64_t outputs = conv->shape.dims[0], area = conv->shape.dims[1] * conv->shape.dims[2];
    int64_t regions = classes[0].count * classes[1].count;
    int64_t border = (classes[0].extent - classes[0].most) * classes[1].extent +
                     (classes[1].extent - classes[1].most) * classes[0].extent;
    int64_t grown = 4 * hidden * (inputs * regions - outputs) / BYTES_PER_CYCLE + inputs * border / LANES;
    return grown <= WAITING * (outputs * area * PASS_CYCLES / LANES + BARRIER_CYCLES);
}

/* For each class of rows and of columns the sum of the weights whose taps meet it, in double: [out, in, classes]. */
static const struct tensor *sum_classes(struct graph *graph, const struct node *weight, const struct classes classes[2]) {
    const int64_t *dims = weight->shape.dims;
    struct shape shape = {4, {dims[0], dims[1], classes[0].count, classes[1].count}};
    float *sums;
    struct tensor *tensor = tensor_create(graph->arena, shape, &sums);
    const float *from = weight->as.param.tensor->values;
    for (int64_t pair = 0; pair < dims[0] * dims[1]; pair++, from += dims[2] * dims[3])
        for (int64_t r = 0; r < classes[0].count; r++)
            for (int64_t c = 0; c < classes[1].count; c++) {
                double sum = 0;
                for (int64_t tap = 0; tap < dims[2] * dims[3]; tap++)
                    if (classes[0].taps[r] >> tap / dims[3] & 1 && classes[1].taps[c] >> tap % dims[3] & 1) sum += from[tap];
                *sums++ = (float)sum;
            }
    return tensor;
}

/* NULL, or why the squeeze stays where it is; behind a k x k convolution also the weights of its classes. */
static const char *find_obstacle(struct graph *graph, const struct node *squeeze, struct classes classes[2],
                                 const struct tensor **out_weight) {
    const struct node *conv = squeeze->inputs[0], *excite = graph_single_user(graph, squeeze);
    const struct window *window = &conv->as.conv.window;
    if (conv->op != OP_CONV) return "the map is not the result of a convolution";
    if (!param_inputs_are_bound(conv, 1)) return "the convolution has no weights yet";
    if (window->stride[0] != 1 || window->stride[1] != 1) return "the convolution has a stride";
    if (is_plain_1x1(window))
        return conv->inputs[0]->shape.dims[0] > conv->shape.dims[0] ? "the convolution narrows: more would be summed" : NULL;
    if (!excite || excite->op != OP_EXCITE || !param_inputs_are_bound(excite, 1)) return "the mean is not for an excitation alone";
    if (conv->inputs[0]->op == OP_INPUT) return "the convolution reads an input, whose sums nobody keeps";
    if (is_squeezed(conv->inputs[0])) return "the input of the convolution is squeezed already";
    for (int axis = 0; axis < 2; axis++)
        if (!find_classes(graph, conv, axis, &classes[axis]) || 2 * classes[axis].most < classes[axis].extent)
            return "most of the map lies at its border";
    if (!pays(conv, excite, classes)) return "the first layer of the excitation would grow by more than is saved";
    *out_weight = sum_classes(graph, conv->inputs[1], classes);
    return param_spreads_nan(excite, *out_weight, conv->as.conv.groups) ? NULL : "an infinity could leave a gate finite";
}

/* Sums of the classes along one axis, times `weight`. */
static struct node *add_class_sums(struct graph *graph, struct node *conv, struct node *x, int axis,
                                   const struct classes *classes, double weight) {
    int64_t numbers = classes->count * classes->most, *indices = ARENA_NEW_ARRAY(graph->arena, int64_t, (size_t)numbers);
    float *weights = ARENA_NEW_ARRAY(graph->arena, float, (size_t)numbers);
    for (int64_t class = 0; class < classes->count; class ++) {
        int64_t at = class * classes->most;
        for (int64_t p = 0; p < classes->extent; p++) {
            if (classes->of[p] != class) continue;
            indices[at] = p;
            weights[at++] = (float)weight;
        }
    }
    struct node *sums = graph_add(graph, conv, OP_RESAMPLE, &x, 1, conv->origin);
    sums->as.resample.axis = axis;
    sums->as.resample.count = classes->count;
    sums->as.resample.taps = classes->most;
    sums->as.resample.indices = indices;
    sums->as.resample.weights = weights;
    sums->shape = x->shape;
    sums->shape.dims[axis] = classes->count;
    return sums;
}

static struct node *add_mean(struct graph *graph, struct node *squeeze) {
    struct node *conv = squeeze->inputs[0];
    struct node *mean = graph_add(graph, conv, OP_GLOBAL_AVG_POOL, &conv->inputs[0], 1, squeeze->origin);
    mean->shape = (struct shape){.rank = 3, .dims = {conv->inputs[0]->shape.dims[0], 1, 1}};
    mean->name = squeeze->name;
    mean->se = squeeze->se;
    return mean;
}

static void hoist(struct graph *graph, struct node *squeeze, const struct classes classes[2], const struct tensor *weight) {
    struct node *conv = squeeze->inputs[0], *inputs[3] = {NULL, conv->inputs[1], conv->input_count > 2 ? conv->inputs[2] : NULL};
    bool is_plain = is_plain_1x1(&conv->as.conv.window);
    if (is_plain) {
        inputs[0] = add_mean(graph, squeeze);
    } else {
        double area = (double)(conv->shape.dims[1] * conv->shape.dims[2]);
        struct node *rows = add_class_sums(graph, conv, conv->inputs[0], 1, &classes[0], 1);
        inputs[0] = add_class_sums(graph, conv, rows, 2, &classes[1], 1 / area);
        inputs[1] = param_add_constant(graph, weight, conv->inputs[1]);
        inputs[0]->name = squeeze->name;
        inputs[0]->se = rows->se = squeeze->se;
    }
    struct node *product = graph_add(graph, conv, OP_CONV, inputs, conv->input_count, conv->origin);
    product->shape = squeeze->shape;
    product->name = conv->name;
    product->as.conv = conv->as.conv;
    product->as.conv.window = (struct window){.stride = {1, 1}, .dilation = {1, 1}};
    for (int i = 0; i < 2; i++) product->as.conv.window.kernel[i] = inputs[1]->shape.dims[2 + i];
    graph_note_se(graph, squeeze->se, "hoist-squeeze", conv->origin, "through the %lldx%lld convolution: reads %lld channels",
                  (long long)conv->as.conv.window.kernel[0], (long long)conv->as.conv.window.kernel[1],
                  (long long)conv->inputs[0]->shape.dims[0]);
    graph_replace_uses(graph, squeeze, product);
    graph_remove(graph, squeeze);
}

void pass_hoist_squeeze(struct graph *graph) {
    struct classes classes[2];
    const struct tensor *weight = NULL;
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (node->op != OP_GLOBAL_AVG_POOL) continue;
        const char *obstacle = find_obstacle(graph, node, classes, &weight);
        if (!obstacle)
            hoist(graph, node, classes, weight);
        else
            graph_note_se(graph, node->se, "hoist-squeeze", node->inputs[0]->origin, "declined: %s", obstacle);
    }
}
