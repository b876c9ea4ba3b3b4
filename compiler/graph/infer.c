/* infer.c - the shape of a node from its inputs and attributes, or what is wrong with them. */
#include "infer.h"

bool infer_problem(struct infer *infer, const char *format, ...) {
    va_list list;
    va_start(list, format);
    infer->problem = arena_format_list(infer->arena, format, list);
    va_end(list);
    return false;
}

const char *infer_shape_text(struct infer *infer, struct shape shape) {
    return shape_text(infer->arena, shape);
}

bool infer_need_map(struct infer *infer, const struct node *node) {
    struct shape x = node->inputs[0]->shape;
    if (x.rank == 3) return true;
    return infer_problem(infer, "%s needs a map [C, H, W], not %s", op_name(node->op), infer_shape_text(infer, x));
}

bool infer_need_shape(struct infer *infer, const struct node *node, int index, const char *what,
                      struct shape wanted) {
    struct shape found = node->inputs[index]->shape;
    if (shape_equal(found, wanted)) return true;
    return infer_problem(infer, "the %s of %s must have shape %s, not %s", what, op_name(node->op),
                         infer_shape_text(infer, wanted), infer_shape_text(infer, found));
}

bool infer_INPUT(struct infer *infer, struct node *node) {
    (void)infer, (void)node; /* its shape is as declared */
    return true;
}

bool infer_PARAM(struct infer *infer, struct node *node) {
    const struct tensor *tensor = node->as.param.tensor;
    if (!tensor || shape_equal(tensor->shape, node->shape)) return true;
    return infer_problem(infer, "a parameter of shape %s is bound to a tensor of shape %s",
                         infer_shape_text(infer, node->shape), infer_shape_text(infer, tensor->shape));
}

bool infer_ACTIVATION(struct infer *infer, struct node *node) {
    (void)infer;
    node->shape = node->inputs[0]->shape;
    return true;
}

bool infer_channelwise(struct infer *infer, struct node *node) {
    struct shape x = node->inputs[0]->shape;
    if (x.rank == 0)
        return infer_problem(infer, "%s needs channels, and a single number has none", op_name(node->op));
    node->shape = x;
    return true;
}

bool infer_SOFTMAX(struct infer *infer, struct node *node) {
    return infer_channelwise(infer, node);
}

bool infer_LOG_SOFTMAX(struct infer *infer, struct node *node) {
    return infer_channelwise(infer, node);
}

bool infer_BATCH_NORM(struct infer *infer, struct node *node) {
    static const char *const parts[] = {"weight", "bias", "running mean", "running variance"};
    if (!infer_channelwise(infer, node)) return false;
    struct shape wanted = {.rank = 1, .dims = {node->shape.dims[0]}};
    for (int i = 0; i < 4; i++)
        if (!infer_need_shape(infer, node, i + 1, parts[i], wanted)) return false;
    return true;
}

bool infer_PRELU(struct infer *infer, struct node *node) {
    if (!infer_channelwise(infer, node)) return false;
    struct shape slope = node->inputs[1]->shape;
    if (slope.rank == 1 && (slope.dims[0] == 1 || slope.dims[0] == node->shape.dims[0])) return true;
    return infer_problem(infer, "the slope of prelu must have shape [%lld] or [1], not %s",
                         (long long)node->shape.dims[0], infer_shape_text(infer, slope));
}

static bool infer_binary(struct infer *infer, struct node *node) {
    struct shape a = node->inputs[0]->shape, b = node->inputs[1]->shape;
    if (shape_broadcast(a, b, &node->shape)) return true;
    return infer_problem(infer, "cannot %s tensors of different shapes: %s and %s", op_binary_verb(node->op),
                         infer_shape_text(infer, a), infer_shape_text(infer, b));
}

bool infer_ADD(struct infer *infer, struct node *node) {
    return infer_binary(infer, node);
}

bool infer_SUB(struct infer *infer, struct node *node) {
    return infer_binary(infer, node);
}

bool infer_MUL(struct infer *infer, struct node *node) {
    return infer_binary(infer, node);
}

bool infer_DIV(struct infer *infer, struct node *node) {
    return infer_binary(infer, node);
}

bool infer_MIN(struct infer *infer, struct node *node) {
    return infer_binary(infer, node);
}

bool infer_MAX(struct infer *infer, struct node *node) {
    return infer_binary(infer, node);
}

bool infer_POW(struct infer *infer, struct node *node) {
    return infer_binary(infer, node);
}

struct op_row {
    int least, most;
    bool (*infer)(struct infer *infer, struct node *node);
};

static const struct op_row rows[] = {
#define OP(id, name, least, most, attributes, summary) {least, most, infer_##id},
#include "op.def"
#undef OP
};

static bool check_count(struct infer *infer, const struct node *node) {
    const struct op_row *row = &rows[node->op];
    bool is_se = node->op == OP_SE || node->op == OP_EXCITE;
    bool fits = node->input_count >= row->least && node->input_count <= row->most;
    if (fits && !(is_se && node->input_count == 4)) return true;
    if (is_se) return infer_problem(infer, "%s has 3 or 5 inputs, not %d", op_name(node->op), node->input_count);
    if (row->least == row->most)
        return infer_problem(infer, "%s has %d inputs, not %d", op_name(node->op), row->least, node->input_count);
    return infer_problem(infer, "%s has %d to %d inputs, not %d", op_name(node->op), row->least, row->most,
                         node->input_count);
}

/* What flows through a network is a map, a vector or less; four axes are for weights. */
static bool check_result(struct infer *infer, const struct node *node) {
    if (node->op != OP_PARAM && node->shape.rank > 3)
        return infer_problem(infer, "the result %s of %s has more than three axes",
                             infer_shape_text(infer, node->shape), op_name(node->op));
    for (int i = 0; i < node->shape.rank; i++)
        if (node->shape.dims[i] < 1)
            return infer_problem(infer, "the result %s of %s is empty", infer_shape_text(infer, node->shape),
                                 op_name(node->op));
    if (shape_element_count(node->shape) > 0) return true;
    return infer_problem(infer, "the result %s of %s is too large: a tensor may have %lld elements (4 GiB) at most",
                         infer_shape_text(infer, node->shape), op_name(node->op), (long long)SHAPE_MAX_ELEMENTS);
}

bool graph_infer(struct graph *graph, struct node *node, const char **out_problem) {
    struct infer infer = {.arena = graph->arena};
    bool ok = check_count(&infer, node) && rows[node->op].infer(&infer, node) && check_result(&infer, node);
    if (!ok) *out_problem = infer.problem;
    return ok;
}
