/* hoist_squeeze.c - the mean of what is linear in a map becomes a product of sums of that map.
 *
 *     %2 = conv %1, w, b          1x1        ->  %4 = global_avgpool %1
 *     %3 = global_avgpool %2                     %5 = conv %4, w, b
 *                                                %2 = conv %1, w, b
 *
 * mean(A x + b) = A mean(x) + b. The squeeze of an SE block behind the last convolution of a branch so reads the input of
 * that convolution, which often has fewer channels, and its gate is known before the convolution runs, which can apply it
 * to its results in registers. The new nodes, and the excitation, stand before the convolution. A 1x1 convolution with a
 * stride becomes one without of every other pixel (an avgpool of 1x1 windows), whose mean it is.
 *
 * For k x k taps, mean(sum over t of W_t shift_t(x)) = sum over t of W_t S_t / (H W), where S_t is the sum of those pixels
 * of x that tap t meets. Rows that the same taps meet form a class, and so do columns: with a padded 3x3 kernel the first
 * row, the last row, and the others; with stride 2 even and odd ones. With M_r the sum over the pixels of class r (a class
 * of rows and one of columns)
 *
 *     mean = sum over r of (sum over the taps t that meet r of W_t) M_r / (H W),
 *
 * exactly, for every kernel, stride, dilation and padding: pixels of padding are in no class.
 *
 *     %2 = conv %1, w, b          3x3        ->  %4 = resample %1 axis 1 (classes of rows); %5 = resample %4 axis 2
 *     %3 = global_avgpool %2                     %6 = conv %5, w', b          kernel = classes, gives [C, 1, 1]
 *                                                %2 = conv %1, w, b
 *
 * Where most of the map is one class of neighbours, its sum is the sum of the map, which its producer keeps, less the border's
 * (schedule/border.c); else the map is read once more.
 *
 * A mean pool weights each pixel by its row's share times its column's, whether padding counts or not and in ceil mode too:
 *
 *     mean(avgpool x) = sum over p, q of a_p b_q x_pq,     a_p = sum over the windows i that hold row p of 1 / (H n_i),
 *
 * n_i the rows of window i that count. Where windows cut the map without rest this is mean(x); else the map is read once more.
 *
 *     mean(x + conv h) = mean(x) + mean(conv h)
 *
 * for the later of two summands a convolution with 1x1 taps, of which the sum is an epilogue, and so the product.
 *
 * Declined: squeezes by the largest value; convolutions that narrow a 1x1 map's channels (more would be summed), an input that
 * is squeezed already, and k x k kernels where the first layer of the excitation grows (compose-excite) by more than the pass
 * over the map that is saved; what reads the map once more, or moves it, where the product costs no pass or less;
 * concatenations: the product with the gate would have to be with each part; parameters that are not bound; weights of so few
 * channels that an infinity could leave a gate finite (compose-excite), and so all k x k depthwise ones. */
#include "pass.h"

#include "param.h"
#include "rectifier.h"
#include "squeeze_classes.h"

/* How the mean of a map is that of something before it. */
enum way { WAY_MATRIX, WAY_STRIDED_MATRIX, WAY_CLASSES, WAY_POOL, WAY_SHARES, WAY_SUM };

struct hoist {
    struct graph *graph;
    struct node *squeeze, *map;
    struct node *linear; /* the map; of a sum the summand that is computed later */
    const struct node *excite; /* the only user of the squeeze, or NULL */
    enum way way;
    struct classes classes[2];
    const struct tensor *weight; /* of classes */
};

static bool is_plain_1x1(const struct window *window) {
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return false;
    return window->kernel[0] == 1 && window->kernel[1] == 1;
}

static bool has_stride(const struct window *window) {
    return window->stride[0] != 1 || window->stride[1] != 1;
}

static bool is_squeezed(const struct node *node) {
    for (const struct node *user = node->next; user; user = user->next)
        if ((user->op == OP_GLOBAL_AVG_POOL || user->op == OP_GLOBAL_MAX_POOL) && user->inputs[0] == node) return true;
    return false;
}

/* --- costs, in cycles */

/* A pass counts several times: the others wait for it at a barrier, and it reads and writes maps that have left the caches. */
enum { LANES = 8, BYTES_PER_CYCLE = 16, PASS_CYCLES = 3, BARRIER_CYCLES = 2500, WAITING = 4 };

static int64_t pass_cost(const struct node *map) {
    return WAITING * (shape_element_count(map->shape) * PASS_CYCLES / LANES + BARRIER_CYCLES);
}

/* A map is read once more, in two steps. */
static int64_t read_cost(const struct node *map) {
    return WAITING * (shape_element_count(map->shape) * PASS_CYCLES / (2 * LANES) + 2 * BARRIER_CYCLES);
}

/* Whether the product of the map and its gate is a pass if the gate is late: convolutions read it scaled, also behind a
 * rectifier (sink-scale). */
static bool costs_a_pass(const struct hoist *hoist) {
    const struct node *excite = hoist->excite, *mul = excite ? graph_single_user(hoist->graph, excite) : NULL;
    const struct node *user = mul ? graph_single_user(hoist->graph, mul) : NULL;
    if (user && rectifier_commutes(user, excite->as.se.gate.kind)) mul = user;
    if (!mul || graph_use_count(hoist->graph, mul) != mul->use_count) return true;
    for (user = mul->next; user; user = user->next)
        for (int i = 0; i < user->input_count; i++)
            if (user->inputs[i] == mul && user->op != OP_CONV) return true;
    return false;
}

/* What the excitation reads more, of weights and of the border. */
static int64_t growth_cost(const struct hoist *hoist) {
    const struct classes *rows = &hoist->classes[0], *columns = &hoist->classes[1];
    int64_t hidden = hoist->excite->inputs[1]->shape.dims[0], inputs = hoist->map->inputs[0]->shape.dims[0];
    int64_t border = (rows->extent - rows->most) * columns->extent + (columns->extent - columns->most) * rows->extent;
    int64_t weights = 4 * hidden * (inputs * rows->count * columns->count - hoist->map->shape.dims[0]) / BYTES_PER_CYCLE;
    return weights + (rows->has_middle && columns->has_middle ? inputs * border / LANES : 0);
}

/* --- obstacles: NULL, or why the squeeze stays where it is; the way is found */

static const char *find_matrix(struct hoist *hoist, const struct node *conv) {
    hoist->way = has_stride(&conv->as.conv.window) ? WAY_STRIDED_MATRIX : WAY_MATRIX;
    if (!param_inputs_are_bound(conv, 1)) return "the convolution has no weights yet";
    if (conv->inputs[0]->shape.dims[0] > conv->shape.dims[0]) return "the convolution narrows: more would be summed";
    if (hoist->way == WAY_MATRIX || graph_single_user(hoist->graph, conv) == hoist->squeeze) return NULL;
    if (!hoist->excite) return "the mean is not for an excitation alone";
    return costs_a_pass(hoist) ? NULL : "what reads the scaled map scales it for less";
}

/* Whether the step that computes the map can keep its sums. */
static bool keeps_sums(const struct node *x) {
    return x->op != OP_INPUT && x->op != OP_PARAM && x->op != OP_CONV_TRANSPOSE && x->op != OP_PAD;
}

static const char *find_classes(struct hoist *hoist) {
    const struct node *conv = hoist->map, *excite = hoist->excite;
    hoist->way = WAY_CLASSES;
    if (!param_inputs_are_bound(conv, 1)) return "the convolution has no weights yet";
    if (!excite || !param_inputs_are_bound(excite, 1)) return "the mean is not for an excitation alone";
    if (conv->inputs[0]->op == OP_INPUT) return "the convolution reads an input, whose sums nobody keeps";
    if (is_squeezed(conv->inputs[0])) return "the input of the convolution is squeezed already";
    for (int axis = 0; axis < 2; axis++)
        if (!classes_of_conv(hoist->graph, conv, axis, &hoist->classes[axis])) return "the kernel is larger than 64x64";
    bool has_middle = hoist->classes[0].has_middle && hoist->classes[1].has_middle;
    int64_t cost = growth_cost(hoist) + (has_middle ? 0 : read_cost(conv->inputs[0]));
    if (!has_middle && !costs_a_pass(hoist)) return "what reads the scaled map scales it for less";
    if (cost > pass_cost(conv))
        return has_middle ? "the first layer of the excitation would grow by more than is saved"
                          : "its input would have to be read once more, for more than is saved";
    hoist->weight = classes_sum_weights(hoist->graph, conv->inputs[1], hoist->classes);
    return param_spreads_nan(excite, hoist->weight, conv->as.conv.groups) ? NULL : "an infinity could leave a gate finite";
}

static const char *find_pool(struct hoist *hoist) {
    const struct node *pool = hoist->map, *x = pool->inputs[0];
    if (!hoist->excite) return "the mean is not for an excitation alone";
    if (!keeps_sums(x)) return "the pool reads a map whose sums nobody keeps";
    for (int axis = 0; axis < 2; axis++)
        if (!classes_of_pool(hoist->graph, pool, axis, &hoist->classes[axis])) return "a window lies in the padding";
    bool is_mean = classes_are_mean(&hoist->classes[0]) && classes_are_mean(&hoist->classes[1]);
    hoist->way = is_mean ? WAY_POOL : WAY_SHARES;
    if (!is_mean && !costs_a_pass(hoist)) return "what reads the scaled map scales it for less";
    return is_mean || read_cost(x) <= pass_cost(pool) ? NULL : "its input would have to be read once more, for more than is saved";
}

static bool is_before(const struct node *a, const struct node *b) {
    for (const struct node *node = a; node; node = node->next)
        if (node == b) return true;
    return false;
}

static const char *find_sum(struct hoist *hoist) {
    struct node *const *terms = hoist->map->inputs;
    bool is_first_later = is_before(terms[1], terms[0]);
    struct node *later = terms[is_first_later ? 0 : 1], *earlier = terms[is_first_later ? 1 : 0];
    if (!hoist->excite) return "the mean is not for an excitation alone";
    if (!shape_equal(later->shape, earlier->shape) || !keeps_sums(earlier)) return "a summand keeps no sums";
    if (later->op != OP_CONV || !is_plain_1x1(&later->as.conv.window) || graph_single_user(hoist->graph, later) != hoist->map)
        return "the later summand is not the result of a 1x1 convolution";
    hoist->linear = later;
    const char *obstacle = find_matrix(hoist, later);
    hoist->way = WAY_SUM;
    if (obstacle) return obstacle;
    if (has_stride(&later->as.conv.window)) return "the later summand is of a convolution with a stride";
    if (!costs_a_pass(hoist)) return "what reads the scaled map scales it for less";
    return 3 * WAITING * BARRIER_CYCLES <= pass_cost(hoist->map) ? NULL : "the sums of the summands would cost more than is saved";
}

static const char *find_way(struct hoist *hoist) {
    switch (hoist->map->op) {
    case OP_CONV: return is_plain_1x1(&hoist->map->as.conv.window) ? find_matrix(hoist, hoist->map) : find_classes(hoist);
    case OP_AVG_POOL: return find_pool(hoist);
    case OP_ADD: return find_sum(hoist);
    case OP_CONCAT: return "the map joins maps, each of which would need its part of the gate";
    default: return "the map is not the result of a convolution, a mean pool or a sum";
    }
}

/* --- rewriting: nodes before the linear one */

static struct node *add_mean(const struct hoist *hoist, struct node *x) {
    struct node *mean = graph_add(hoist->graph, hoist->linear, OP_GLOBAL_AVG_POOL, &x, 1, hoist->squeeze->origin);
    mean->shape = (struct shape){.rank = 3, .dims = {x->shape.dims[0], 1, 1}};
    mean->name = hoist->squeeze->name;
    mean->se = hoist->squeeze->se;
    return mean;
}

/* The sums of classes along both axes; the last ones times `factor`. Rows come first where their border is looked for
 * (schedule/border.c); columns where the map is read, which gives every thread rows to read. */
static struct node *add_sums(const struct hoist *hoist, struct node *x, double factor) {
    const struct classes *classes = hoist->classes;
    int first = classes[0].has_middle && classes[1].has_middle && hoist->way == WAY_CLASSES ? 0 : 1;
    struct node *half = classes_add_sums(hoist->graph, hoist->linear, x, 1 + first, &classes[first], 1);
    struct node *sums = classes_add_sums(hoist->graph, hoist->linear, half, 2 - first, &classes[1 - first], factor);
    sums->name = hoist->squeeze->name;
    sums->se = half->se = hoist->squeeze->se;
    return sums;
}

/* The convolution of a vector, or of sums of classes, which its kernel covers. */
static struct node *add_product(const struct hoist *hoist, struct node *sums, struct node *weight) {
    struct node *conv = hoist->linear, *inputs[3] = {sums, weight, conv->input_count > 2 ? conv->inputs[2] : NULL};
    struct node *product = graph_add(hoist->graph, conv, OP_CONV, inputs, conv->input_count, conv->origin);
    product->shape = (struct shape){.rank = 3, .dims = {conv->shape.dims[0], 1, 1}};
    product->name = conv->name;
    product->as.conv = conv->as.conv;
    product->as.conv.window = (struct window){.stride = {1, 1}, .dilation = {1, 1}};
    for (int i = 0; i < 2; i++) product->as.conv.window.kernel[i] = weight->shape.dims[2 + i];
    return product;
}

/* The pixels that a convolution with a stride reads; it reads them without one from now on. */
static struct node *take_pixels(struct hoist *hoist) {
    struct node *conv = hoist->linear, *inputs[3] = {NULL, conv->inputs[1], conv->input_count > 2 ? conv->inputs[2] : NULL};
    struct node *pixels = graph_add(hoist->graph, conv, OP_AVG_POOL, conv->inputs, 1, conv->origin);
    pixels->shape = conv->shape;
    pixels->shape.dims[0] = conv->inputs[0]->shape.dims[0];
    pixels->as.pool.window = conv->as.conv.window;
    inputs[0] = pixels;
    struct node *plain = graph_add(hoist->graph, conv, OP_CONV, inputs, conv->input_count, conv->origin);
    plain->shape = conv->shape;
    plain->name = conv->name;
    plain->as = conv->as;
    plain->as.conv.window.stride[0] = plain->as.conv.window.stride[1] = 1;
    graph_replace_uses(hoist->graph, conv, plain);
    graph_remove(hoist->graph, conv);
    hoist->linear = plain;
    return pixels;
}

static struct node *add_vector_sum(const struct hoist *hoist) {
    struct node *conv = hoist->linear, *const *terms = hoist->map->inputs;
    struct node *other = terms[terms[0] == conv ? 1 : 0];
    struct node *vectors[2] = {add_product(hoist, add_mean(hoist, conv->inputs[0]), conv->inputs[1])};
    vectors[1] = add_mean(hoist, other);
    struct node *sum = graph_add(hoist->graph, conv, OP_ADD, vectors, 2, hoist->map->origin);
    sum->shape = hoist->squeeze->shape;
    return sum;
}

static struct node *add_product_of_sums(const struct hoist *hoist, struct node *x, double factor) {
    struct node *weight = param_add_constant(hoist->graph, hoist->weight, hoist->linear->inputs[1]);
    return add_product(hoist, add_sums(hoist, x, factor), weight);
}

static struct node *rewrite(struct hoist *hoist) {
    struct node *x = hoist->linear->inputs[0];
    double area = (double)(hoist->map->shape.dims[1] * hoist->map->shape.dims[2]);
    switch (hoist->way) {
    case WAY_STRIDED_MATRIX: x = take_pixels(hoist); break;
    case WAY_CLASSES: return add_product_of_sums(hoist, x, 1 / area);
    case WAY_POOL: return add_mean(hoist, x);
    case WAY_SHARES: return add_sums(hoist, x, 1);
    case WAY_SUM: return add_vector_sum(hoist);
    case WAY_MATRIX: break;
    }
    return add_product(hoist, add_mean(hoist, x), hoist->linear->inputs[1]);
}

static void note(const struct hoist *hoist) {
    const struct node *linear = hoist->linear;
    bool is_conv = linear->op == OP_CONV;
    const struct window *window = is_conv ? &linear->as.conv.window : &linear->as.pool.window;
    graph_note_se(hoist->graph, hoist->squeeze->se, "hoist-squeeze", linear->origin,
                  "through the %s%lldx%lld %s: reads %lld channels%s", hoist->way == WAY_SUM ? "sum and the " : "",
                  (long long)window->kernel[0], (long long)window->kernel[1], is_conv ? "convolution" : "mean pool",
                  (long long)linear->inputs[0]->shape.dims[0], hoist->way == WAY_SUM ? " and the other summand" : "");
}

/* So that the gate is known before the map is computed. */
static void move_excite(struct hoist *hoist) {
    struct node *excite = (struct node *)hoist->excite;
    for (int i = 1; i < excite->input_count; i++)
        if (excite->inputs[i]->op == OP_PARAM) graph_move_to_front(hoist->graph, excite->inputs[i]);
        else return;
    graph_move_before(hoist->graph, excite, hoist->linear);
}

void pass_hoist_squeeze(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (node->op == OP_GLOBAL_MAX_POOL)
            graph_note_se(graph, node->se, "hoist-squeeze", node->origin, "declined: the largest value of a sum is not the sum of largest values");
        if (node->op != OP_GLOBAL_AVG_POOL) continue;
        struct hoist hoist = {.graph = graph, .squeeze = node, .map = node->inputs[0], .linear = node->inputs[0]};
        const struct node *user = graph_single_user(graph, node);
        if (user && user->op == OP_EXCITE) hoist.excite = user;
        const char *obstacle = find_way(&hoist);
        if (obstacle) {
            graph_note_se(graph, node->se, "hoist-squeeze", hoist.map->origin, "declined: %s", obstacle);
            continue;
        }
        note(&hoist);
        graph_replace_uses(graph, node, rewrite(&hoist));
        graph_remove(graph, node);
        if (next && next == hoist.excite) next = next->next;
        if (hoist.excite) move_excite(&hoist);
    }
}
