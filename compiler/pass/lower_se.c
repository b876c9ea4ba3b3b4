/* lower_se.c - an se becomes what the schedule knows: a global pool, the excitation, a multiplication.
 *
 *     %2 = se %1, w1, w2   ->   %3 = global_avgpool %1
 *                               %4 = excite %3, w1, w2
 *                               %5 = mul %1, %4
 *
 * It declines nothing: no se is left. Legal because se is defined as these operations. */
#include "pass.h"

static const char *part_name(struct graph *graph, const struct node *se, const char *part) {
    return se->name ? arena_format(graph->arena, "%s.%s", se->name, part) : NULL;
}

/* Also for blocks that hoist-squeeze and the schedule take apart later. */
static struct se_block *add_block(struct graph *graph, struct node *se) {
    struct se_block *block = ARENA_NEW(graph->arena, struct se_block);
    *block = (struct se_block){.number = (int)graph->se_blocks.count,
                               .name = se->name,
                               .origin = se->origin,
                               .map = shape_as_map(se->shape),
                               .squeeze = se->as.se.squeeze,
                               .inner = se->as.se.inner,
                               .gate = se->as.se.gate,
                               .hidden = se->inputs[1]->shape.dims[0]};
    vec_push(graph->arena, &graph->se_blocks, block);
    return block;
}

static struct node *add_squeeze(struct graph *graph, struct node *se) {
    enum op op = se->as.se.squeeze == SQUEEZE_MAX ? OP_GLOBAL_MAX_POOL : OP_GLOBAL_AVG_POOL;
    struct node *squeeze = graph_add(graph, se, op, &se->inputs[0], 1, se->origin);
    squeeze->shape = (struct shape){.rank = 3, .dims = {se->shape.dims[0], 1, 1}};
    squeeze->name = part_name(graph, se, "squeeze");
    squeeze->se = se->se;
    return squeeze;
}

static struct node *add_excite(struct graph *graph, struct node *se) {
    struct node *inputs[5] = {add_squeeze(graph, se)};
    for (int i = 1; i < se->input_count; i++) inputs[i] = se->inputs[i];
    struct node *excite = graph_add(graph, se, OP_EXCITE, inputs, se->input_count, se->origin);
    excite->shape = inputs[0]->shape;
    excite->as.se = se->as.se;
    excite->name = part_name(graph, se, "excite");
    excite->se = se->se;
    return excite;
}

static void lower(struct graph *graph, struct node *se) {
    se->se = add_block(graph, se);
    struct node *const factors[2] = {se->inputs[0], add_excite(graph, se)};
    struct node *scale = graph_add(graph, se, OP_MUL, factors, 2, se->origin);
    scale->shape = se->shape;
    scale->name = se->name;
    scale->se = se->se;
    graph_replace_uses(graph, se, scale);
    graph_remove(graph, se);
}

void pass_lower_se(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (node->op == OP_SE) lower(graph, node);
    }
}
