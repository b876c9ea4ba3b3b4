/* fold_batch_norm.c - a batch norm behind a convolution or a linear layer goes into that layer's weights.
 *
 *     %2 = conv %1, w, b                               ->  %9 = conv %1, w * scale, (b - mean) * scale + bias
 *     %3 = batch_norm %2, weight, bias, mean, var          where scale = weight / sqrt(var + epsilon)
 *
 * and the same for conv_transpose and linear, with or without b. Computed in double, rounded once.
 * Declined: a layer whose result has other uses (it would have to be computed twice), parameters that are not bound,
 * and a batch norm before the layer (where there is padding, the padding is not normalised).
 * Legal because each result of the layer is a sum that the norm maps by one factor and one offset a channel; only
 * rounding differs. */
#include "pass.h"

#include "param.h"

#include "../base/parallel.h"

struct fold {
    struct graph *graph;
    struct node *layer, *norm;
    double *scale, *shift; /* a channel of the result */
};

static bool is_layer(enum op op) {
    return op == OP_CONV || op == OP_CONV_TRANSPOSE || op == OP_LINEAR;
}

static bool can_fold(const struct graph *graph, const struct node *norm) {
    if (norm->op != OP_BATCH_NORM) return false;
    const struct node *layer = norm->inputs[0];
    return is_layer(layer->op) && graph_single_user(graph, layer) == norm && param_inputs_are_bound(layer, 1) &&
           param_inputs_are_bound(norm, 1);
}

static const float *values(const struct node *node, int index) {
    return node->inputs[index]->as.param.tensor->values;
}

/* The channel of the result that kernel number `index` contributes to: kernels lie [out, in / groups] in conv and
 * linear, [in, out / groups] in conv_transpose. */
static int64_t kernel_channel(const struct node *layer, int64_t index) {
    const int64_t *dims = layer->inputs[1]->shape.dims;
    if (layer->op != OP_CONV_TRANSPOSE) return index / dims[1];
    int64_t group = index / dims[1] / (dims[0] / layer->as.conv.groups);
    return group * dims[1] + index % dims[1];
}

struct scaling {
    const struct fold *fold;
    const float *from;
    float *to;
    int64_t kernels, kernel_size; /* in a slice of the first axis; numbers in a kernel */
};

static void scale_slice(void *context, size_t slice) {
    const struct scaling *scaling = context;
    int64_t size = scaling->kernel_size;
    for (int64_t k = (int64_t)slice * scaling->kernels; k < (int64_t)(slice + 1) * scaling->kernels; k++) {
        double scale = scaling->fold->scale[kernel_channel(scaling->fold->layer, k)];
        for (int64_t i = k * size; i < (k + 1) * size; i++) scaling->to[i] = (float)(scaling->from[i] * scale);
    }
}

static struct node *scale_weight(const struct fold *fold) {
    const struct node *weight = fold->layer->inputs[1];
    const int64_t *dims = weight->shape.dims;
    struct scaling scaling = {.fold = fold,
                              .from = weight->as.param.tensor->values,
                              .kernels = dims[1],
                              .kernel_size = shape_element_count(weight->shape) / (dims[0] * dims[1])};
    struct tensor *tensor = tensor_create(fold->graph->arena, weight->shape, &scaling.to);
    parallel_run((size_t)dims[0], scale_slice, &scaling);
    return param_add_constant(fold->graph, tensor, weight);
}

static struct node *scale_bias(const struct fold *fold) {
    const struct node *layer = fold->layer, *like = layer->input_count > 2 ? layer->inputs[2] : fold->norm->inputs[2];
    float *scaled;
    struct tensor *tensor = tensor_create(fold->graph->arena, like->shape, &scaled);
    for (int64_t c = 0; c < like->shape.dims[0]; c++) {
        double bias = layer->input_count > 2 ? values(layer, 2)[c] : 0;
        scaled[c] = (float)(bias * fold->scale[c] + fold->shift[c]);
    }
    return param_add_constant(fold->graph, tensor, like);
}

static void fold_norm(struct graph *graph, struct node *norm) {
    struct fold fold = {.graph = graph, .layer = norm->inputs[0], .norm = norm};
    param_norm_factors(graph->arena, norm, &fold.scale, &fold.shift);
    struct node *const inputs[3] = {fold.layer->inputs[0], scale_weight(&fold), scale_bias(&fold)};
    struct node *folded = graph_add(graph, norm, fold.layer->op, inputs, 3, fold.layer->origin);
    folded->name = fold.layer->name;
    folded->shape = norm->shape;
    folded->as = fold.layer->as;
    graph_replace_uses(graph, norm, folded);
    graph_remove(graph, norm);
    graph_remove(graph, fold.layer);
}

void pass_fold_batch_norm(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (can_fold(graph, node)) fold_norm(graph, node);
    }
}
