/* plan_print.c - a plan as text: its buffers, its steps, what they cost (--emit=plan). */
#include "plan.h"
#include "schedule.h"

static void print_map(struct text *text, struct map_shape shape) {
    text_format(text, "%lldx%lldx%lld", (long long)shape.c, (long long)shape.h, (long long)shape.w);
}

static void print_buffer(struct text *text, const struct plan_buffer *buffer) {
    static const char *const spaces[] = {"arena", "weights", "private"};
    text_format(text, "b%-3d ", buffer->id);
    print_map(text, buffer->shape);
    text_format(text, " /%lld", (long long)buffer->block);
    const int64_t *halo = buffer->halo;
    if (halo[0] || halo[1] || halo[2] || halo[3])
        text_format(text, " halo %lld,%lld,%lld,%lld", (long long)halo[0], (long long)halo[1], (long long)halo[2],
                    (long long)halo[3]);
    if (buffer->whole)
        text_format(text, "  b%d from block %lld on", plan_whole(buffer)->id, (long long)plan_whole_block(buffer));
    else
        text_format(text, "  %s+%lld, %lld bytes", spaces[buffer->space],
                    (long long)buffer->offset_bytes, (long long)buffer->size_bytes);
    if (buffer->space == SPACE_ARENA) text_format(text, ", steps %d..%d", buffer->first_step, buffer->last_step);
    text_format(text, "  %s\n", buffer->name);
}

static void print_operand(struct text *text, const struct plan_operand *operand) {
    if (operand->buffer)
        text_format(text, operand->scale ? "b%d*b%d" : "b%d", operand->buffer->id, operand->scale ? operand->scale->id : 0);
    else
        text_format(text, "%.9g", (double)operand->value);
}

static void print_conv(struct text *text, const struct plan_step *step) {
    const struct plan_conv *conv = &step->as.conv;
    const struct plan_axis *rows = &conv->axis[0], *columns = &conv->axis[1];
    text_format(text, " %lldx%lld taps, stride %lldx%lld", (long long)rows->taps, (long long)columns->taps,
                (long long)rows->stride, (long long)columns->stride);
    if (rows->result_step != 1 || columns->result_step != 1)
        text_format(text, ", phase %lld,%lld of %lldx%lld", (long long)rows->result_first,
                    (long long)columns->result_first, (long long)rows->result_step, (long long)columns->result_step);
    if (conv->groups != 1) text_format(text, ", %lld groups", (long long)conv->groups);
    if (step->anchor == ANCHOR_CONV && conv->pass_blocks < conv->reduce_blocks)
        text_format(text, ", passes of %lld blocks", (long long)conv->pass_blocks);
    if (step->anchor == ANCHOR_DEPTHWISE) text_format(text, ", tile %lldx1", (long long)conv->tile_columns);
    if (step->anchor == ANCHOR_CONV)
        text_format(text, ", tile %lldx%lld, %lld rows an item, grid %lldx%lld", (long long)conv->tile_columns,
                    (long long)conv->tile_blocks, (long long)conv->item_rows, (long long)rows->grid,
                    (long long)columns->grid);
    if (conv->by_tap_rows) text_add(text, ", by rows of taps");
    if (conv->streams_weights) text_add(text, ", streams weights");
    if (conv->ahead_bytes) text_format(text, ", fetches %lld KiB ahead", (long long)conv->ahead_bytes / 1024);
    if (conv->spreads_weights) text_add(text, ", spreads weights");
    if (conv->keeps_scaled) text_add(text, ", keeps scaled weights");
}

static const char *const axis_names[] = {" channels", " rows", " columns"};

static void print_anchor(struct text *text, const struct plan_step *step) {
    switch (step->anchor) {
    case ANCHOR_CONV:
    case ANCHOR_DEPTHWISE: print_conv(text, step); break;
    case ANCHOR_WINOGRAD_INPUT:
    case ANCHOR_WINOGRAD:
    case ANCHOR_WINOGRAD_PRODUCTS:
    case ANCHOR_WINOGRAD_RESULT:
        text_format(text, " F(%d) %lldx%lld tiles", step->as.winograd.results, (long long)step->as.winograd.tile_rows,
                    (long long)step->as.winograd.tile_columns);
        if (step->anchor == ANCHOR_WINOGRAD || step->anchor == ANCHOR_WINOGRAD_PRODUCTS)
            text_format(text, ", tile %lldx%lld, %lldx%lld an item", (long long)step->as.winograd.tile_most,
                        (long long)step->as.winograd.tile_blocks, (long long)step->as.winograd.item_tiles,
                        (long long)(step->as.winograd.item_groups * step->as.winograd.tile_blocks));
        if (step->as.winograd.streams_weights && step->panels[0]) text_add(text, ", streams weights");
        break;
    case ANCHOR_POOL:
        text_format(text, " %s %lldx%lld", step->as.pool.is_max ? "max" : "mean",
                    (long long)step->as.pool.window.kernel[0], (long long)step->as.pool.window.kernel[1]);
        break;
    case ANCHOR_REDUCE:
        text_add(text, step->as.reduce.is_max ? " max" : step->as.reduce.count == 1 ? " sum" : " mean");
        break;
    case ANCHOR_MEET:
        text_format(text, " %s %d in phase %d%s", step->as.meet.is_max ? "max" : "mean", step->as.meet.index,
                    step->as.meet.phase, step->as.meet.ends_phase ? ", its end" : "");
        break;
    case ANCHOR_EXCITE:
        for (int i = 0; i < step->as.excite.part_count; i++)
            text_format(text, "%sb%d", i ? "+" : "", step->as.excite.parts[i]->id);
        if (step->as.excite.part_count) text_add(text, step->as.excite.is_max ? " max," : " mean,");
        if (step->as.excite.hidden)
            text_format(text, " %lld hidden, %s,", (long long)step->as.excite.hidden, activation_name(step->as.excite.inner.kind));
        text_format(text, "%s %s", step->as.excite.hidden ? "" : " one layer,", activation_name(step->as.excite.gate.kind));
        break;
    case ANCHOR_REARRANGE:
        text_add(text, step->as.rearrange.moves_blocks ? " blocks" : step->as.rearrange.tile_axis ? " tiles" : "");
        break;
    case ANCHOR_GATHER:
        if (step->as.gather.pick_count) text_format(text, " %d picks", step->as.gather.pick_count);
        break;
    case ANCHOR_TAKE: text_add(text, axis_names[step->as.take.axis]); break;
    case ANCHOR_RESAMPLE:
        text_format(text, "%s, %lld taps", axis_names[step->as.resample.axis], (long long)step->as.resample.taps);
        break;
    case ANCHOR_FOLD:
        text_format(text, " %s of", reduce_name(step->as.fold.kind));
        for (int i = 0; i < 3; i++)
            if (step->as.fold.over[i]) text_add(text, axis_names[i]);
        break;
    case ANCHOR_ARGMAX: text_add(text, axis_names[step->as.argmax.axis]); break;
    case ANCHOR_SOFTMAX: text_add(text, step->as.is_log ? " log" : ""); break;
    default: break;
    }
}

static void print_epilogue(struct text *text, const struct plan_epilogue *epilogue) {
    text_add(text, "; ");
    if (epilogue->kind == EPILOGUE_ACTIVATION) {
        text_add(text, activation_name(epilogue->activation.kind));
        return;
    }
    text_format(text, "%s%s ", epilogue->reversed ? "reversed " : "", op_name(epilogue->node->op == OP_PRELU ? OP_PRELU : epilogue->op));
    print_operand(text, &epilogue->operand);
}

/* Those of the results behind `at` epilogues. */
static void print_squeezes(struct text *text, const struct plan_step *step, size_t at) {
    for (int i = 0; i < step->squeeze_count; i++)
        if (step->squeezes[i].at == at)
            text_format(text, "; %s to b%d", step->squeezes[i].is_max ? "largest" : "sums", step->squeezes[i].sums->id);
}

static void print_step(struct text *text, const struct plan_step *step) {
    text_format(text, "%3d %c %-9s ", step->index, step->barrier ? '|' : ' ', anchor_name(step->anchor));
    if (step->target) text_format(text, "b%d = ", step->target->id);
    if (step->source.buffer || step->anchor == ANCHOR_COPY) print_operand(text, &step->source);
    print_anchor(text, step);
    for (size_t i = 0; i <= step->epilogues.count; i++) {
        print_squeezes(text, step, i);
        if (i < step->epilogues.count) print_epilogue(text, &step->epilogues.items[i]);
    }
    text_format(text, "  [%lld items%s]", (long long)step->items, step->is_redundant ? ", all threads" : "");
    if (step->node && step->node->name) text_format(text, "  %s", step->node->name);
    text_add(text, "\n");
}

void plan_print(const struct plan *plan, struct text *text) {
    text_format(text, "plan of network %s for %s, %lld floats a vector, batch %lld\n", plan->graph->name,
                plan->target->name, (long long)plan->lanes, (long long)plan->graph->batch);
    text_format(text, "arena %lld bytes, %.3f of the largest live set (%lld bytes); weights %lld bytes\n\nbuffers:\n",
                (long long)plan->arena_bytes,
                plan->live_bytes ? (double)plan->arena_bytes / (double)plan->live_bytes : 1.0,
                (long long)plan->live_bytes, (long long)plan->weight_bytes);
    for (size_t i = 0; i < plan->buffers.count; i++) {
        const struct plan_buffer *buffer = plan->buffers.items[i];
        if (buffer->space != SPACE_ARENA || buffer->first_step >= 0) print_buffer(text, buffer);
    }
    text_add(text, "\nsteps ('|': all threads meet before):\n");
    for (size_t i = 0; i < plan->steps.count; i++) print_step(text, plan->steps.items[i]);
}
