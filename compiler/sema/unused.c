/* unused.c - warns of layers with weights on which no output depends: a mistyped variable drops them silently. */
#include "elaborate.h"

/* What becomes of a node. */
struct fate {
    bool is_needed;                  /* for an output, or for a value that is unused on purpose */
    bool is_told;                    /* of a dead end */
    const struct node *end;          /* the last node that is made of it, if it is not needed */
    const struct assignment *holder; /* the last variable that had it as its value, or NULL */
};

static bool has_weights(const struct node *node) {
    return node->op == OP_PARAM && node->as.param.role != PARAM_CONSTANT;
}

static struct fate *find_roots(const struct sema *sema) {
    struct fate *fates = ARENA_NEW_ARRAY(sema->arena, struct fate, sema->graph->next_id);
    for (size_t i = 0; i < sema->graph->outputs.count; i++)
        fates[sema->graph->outputs.items[i].node->id].is_needed = true;
    for (size_t i = 0; i < sema->assignments.count; i++) {
        const struct assignment *assignment = &sema->assignments.items[i];
        struct fate *fate = &fates[assignment->node->id];
        fate->holder = assignment;
        if (assignment->name.text[0] == '_') fate->is_needed = true;
    }
    return fates;
}

/* The node, all of whose users have been seen, hands its fate on to what it is made of. */
static void hand_on(struct fate *fates, const struct node *node) {
    struct fate *fate = &fates[node->id];
    if (!fate->end) fate->end = node;
    for (int i = 0; i < node->input_count; i++) {
        struct fate *input = &fates[node->inputs[i]->id];
        if (fate->is_needed)
            input->is_needed = true;
        else if (!input->end)
            input->end = fate->end;
    }
}

static void warn(struct sema *sema, const struct node *param, const struct assignment *holder) {
    if (holder) {
        diag_warning(sema->diag, holder->name.span, DIAG_UNUSED_LAYER, "no output depends on '%s', nor on layer '%s'",
                     holder->name.text, param->name);
        sema->error_frame = holder->frame;
        sema_finish_error(sema);
    } else {
        diag_warning(sema->diag, param->origin->span, DIAG_UNUSED_LAYER, "no output depends on layer '%s'",
                     param->name);
        origin_note_callers(param->origin, sema->diag);
    }
}

void sema_warn_unused(struct sema *sema) {
    struct fate *fates = find_roots(sema);
    VEC(const struct node *) dropped = {0}; /* of each dead end the last layer, the last ones first */
    for (const struct node *node = sema->graph->last; node; node = node->previous) {
        hand_on(fates, node);
        struct fate *fate = &fates[node->id], *end = &fates[fate->end->id];
        if (fate->is_needed || !has_weights(node) || end->is_told) continue;
        end->is_told = true;
        vec_push(sema->arena, &dropped, node);
    }
    for (size_t i = dropped.count; i-- > 0;)
        warn(sema, dropped.items[i], fates[fates[dropped.items[i]->id].end->id].holder);
}
