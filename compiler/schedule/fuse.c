/* fuse.c - elementwise operations become epilogues of the step that computes their input, or steps of their own.
 *
 * An operation becomes an epilogue if nothing else needs its input, or only a squeeze, whose sums the step can keep at
 * that place of its epilogues (squeeze.c). */
#include "build.h"

#include <math.h>

bool schedule_is_elementwise(const struct node *node) {
    switch (node->op) {
    case OP_ACTIVATION:
    case OP_PRELU:
    case OP_BATCH_NORM: return true;
    default: return op_is_binary(node->op);
    }
}

static void add_constant_operand(struct builder *builder, struct plan_step *step, const struct node *node, enum op op,
                                 const struct tensor *tensor) {
    struct plan_epilogue epilogue = {.kind = EPILOGUE_BINARY, .node = node, .op = op};
    struct map_shape result = shape_as_map(node->shape);
    epilogue.operand.buffer = schedule_constant(builder, tensor, node->name ? node->name : op_name(node->op));
    epilogue.operand.one_row = result.h > 1;
    epilogue.operand.one_column = result.w > 1;
    vec_push(builder->plan->arena, &step->epilogues, epilogue);
}

/* weight * (x - mean) / sqrt(variance + epsilon) + bias  =  x * scale + shift, both computed in double. */
static void add_batch_norm(struct builder *builder, struct plan_step *step, const struct node *node) {
    const float *parts[4];
    for (int i = 0; i < 4; i++) parts[i] = node->inputs[i + 1]->as.param.tensor->values;
    struct shape shape = node->inputs[1]->shape;
    float *scales, *shifts;
    struct tensor *scale = tensor_create(builder->plan->arena, shape, &scales);
    struct tensor *shift = tensor_create(builder->plan->arena, shape, &shifts);
    for (int64_t c = 0; c < shape.dims[0]; c++) {
        double s = parts[0][c] / sqrt((double)parts[3][c] + node->as.batch_norm.epsilon);
        scales[c] = (float)s;
        shifts[c] = (float)(parts[1][c] - parts[2][c] * s);
    }
    add_constant_operand(builder, step, node, OP_MUL, scale);
    add_constant_operand(builder, step, node, OP_ADD, shift);
}

/* `node` applied to the step's value, which is its input number `through`. */
static void add_epilogue(struct builder *builder, struct plan_step *step, const struct node *node, int through) {
    struct plan_epilogue epilogue = {.node = node, .op = node->op};
    struct map_shape result = shape_as_map(node->shape);
    if (node->op == OP_BATCH_NORM) {
        add_batch_norm(builder, step, node);
        return;
    }
    if (node->op == OP_ACTIVATION) {
        epilogue.kind = EPILOGUE_ACTIVATION;
        epilogue.activation = node->as.activation;
    } else if (node->op == OP_PRELU) {
        epilogue.kind = EPILOGUE_PRELU;
        epilogue.operand = schedule_operand(builder, node->inputs[1], result);
    } else {
        epilogue.kind = EPILOGUE_BINARY;
        epilogue.reversed = through == 1;
        epilogue.operand = schedule_operand(builder, node->inputs[1 - through], result);
    }
    vec_push(builder->plan->arena, &step->epilogues, epilogue);
}

static bool same_map(struct shape a, struct shape b) {
    struct map_shape x = shape_as_map(a), y = shape_as_map(b);
    return x.c == y.c && x.h == y.h && x.w == y.w;
}

static bool is_ready(const struct builder *builder, const struct node *node) {
    return node->op == OP_PARAM || builder->values[node->id] || builder->deferred[node->id];
}

static bool is_squeeze(const struct node *node) {
    return node->from_sums && (node->op == OP_GLOBAL_AVG_POOL || node->op == OP_GLOBAL_MAX_POOL);
}

/* The only user of `node`; beside a squeeze of it (*out_squeeze, else NULL), if the step can keep what that needs. */
static const struct node *sole_user(const struct builder *builder, const struct plan_step *step, const struct node *node,
                                    const struct node **out_squeeze) {
    const struct node *last = builder->users[node->id], *other = NULL;
    *out_squeeze = NULL;
    if (builder->use_counts[node->id] == 1) return last;
    if (builder->use_counts[node->id] != 2 || !last || !schedule_can_squeeze(step)) return NULL;
    for (const struct node *user = node->next; user != last && !other; user = user->next)
        for (int i = 0; i < user->input_count; i++)
            if (user->inputs[i] == node) other = user;
    if (!other || is_squeeze(other) == is_squeeze(last)) return NULL;
    *out_squeeze = is_squeeze(other) ? other : last;
    return is_squeeze(other) ? last : other;
}

/* The user of `node` that can be an epilogue of the step that computes `node`; NULL if there is none. */
static const struct node *fusable_user(const struct builder *builder, const struct plan_step *step, const struct node *node,
                                       int *out_through, const struct node **out_squeeze) {
    const struct node *user = sole_user(builder, step, node, out_squeeze);
    if (!user || !schedule_is_elementwise(user) || !same_map(node->shape, user->shape)) return NULL;
    *out_through = user->inputs[0] == node ? 0 : 1;
    if (op_is_binary(user->op)) return is_ready(builder, user->inputs[1 - *out_through]) ? user : NULL;
    return *out_through == 0 ? user : NULL;
}

const struct node *schedule_epilogues(struct builder *builder, struct plan_step *step, const struct node *node) {
    int through;
    const struct node *user, *squeeze;
    builder->done[node->id] = true;
    while (builder->level > 0 && step->epilogues.count < PLAN_MOST_FUSED &&
           (user = fusable_user(builder, step, node, &through, &squeeze))) {
        if (squeeze) builder->values[node->id] = schedule_sums(builder, step, squeeze->op == OP_GLOBAL_MAX_POOL);
        add_epilogue(builder, step, user, through);
        builder->done[user->id] = true;
        node = user;
    }
    return node;
}

/* The input that the step reads: the first that has the shape of the result, weights last. */
static int choose_source(const struct node *node) {
    if (!op_is_binary(node->op)) return 0;
    for (int i = 0; i < 2; i++)
        if (node->inputs[i]->op != OP_PARAM && same_map(node->inputs[i]->shape, node->shape)) return i;
    for (int i = 0; i < 2; i++)
        if (same_map(node->inputs[i]->shape, node->shape)) return i;
    return 0;
}

void schedule_elementwise(struct builder *builder, const struct node *node) {
    if (schedule_defer(builder, node)) return;
    int through = choose_source(node);
    struct plan_step *step = schedule_step(builder, ANCHOR_COPY, node);
    step->source = schedule_operand(builder, node->inputs[through], shape_as_map(node->shape));
    add_epilogue(builder, step, node, through);
    schedule_finish(builder, step, node);
}
