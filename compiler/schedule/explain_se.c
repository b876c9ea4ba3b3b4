/* explain_se.c - a plan as an account of its SE blocks: where squeeze, excitation and scale of each went, what they cost,
 * and what the passes had to say (--explain-se).
 *
 * Costs are those of one run of the batch: bytes that are read and written only for the block, floating-point operations,
 * and barriers that would not be there without it. A pass is a feature map read (and written) by a step that does nothing
 * else. */
#include "plan.h"
#include "schedule.h"

struct cost {
    int64_t flops, bytes, barriers, passes;
};

/* One line of the account: a step, how it serves the block, and what that costs. */
struct part {
    const char *how;
    const struct plan_step *step;
    struct cost cost;
};

struct account {
    const struct se_block *block;
    const struct plan_step *gate; /* NULL: the block is not in the plan */
    int64_t squeezed;             /* channels that the squeeze reads */
    VEC(struct part) squeeze, excite, scale;
};

struct explanation {
    struct arena *arena;
    const struct plan *plan;
    struct text *text;
    struct cost total;
};

static int64_t map_numbers(const struct explanation *at, struct map_shape map) {
    return map.c * map.h * map.w * at->plan->graph->batch;
}

static void add_cost(struct cost *sum, struct cost cost) {
    sum->flops += cost.flops;
    sum->bytes += cost.bytes;
    sum->barriers += cost.barriers;
    sum->passes += cost.passes;
}

/* --- where things went */

static const struct plan_step *writer_of(const struct plan *plan, const struct plan_buffer *buffer) {
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct plan_step *step = plan->steps.items[i];
        if (plan_find_squeeze(step, buffer) || (step->target == buffer && step->anchor != ANCHOR_HALO)) return step;
    }
    return NULL;
}

/* The sums (or the map) that a squeeze reads. */
static void add_squeeze_part(struct explanation *at, struct account *account, const struct plan_buffer *buffer) {
    const struct plan_step *writer = writer_of(at->plan, buffer);
    struct part part = {.step = writer};
    int64_t numbers = map_numbers(at, buffer->shape);
    const struct plan_squeeze *squeeze = writer ? plan_find_squeeze(writer, buffer) : NULL;
    if (squeeze) {
        bool is_early = squeeze->at < writer->epilogues.count;
        part.how = squeeze->is_max ? "largest values, kept by the step that computes the map"
                   : is_early      ? "sums of the map, kept by the step that computes what follows it"
                                   : "sums, kept by the step that computes the map";
        if (squeeze->is_max && is_early) part.how = "largest values of the map, kept by the step that computes what follows it";
        part.cost = (struct cost){.flops = map_numbers(at, writer->result) + numbers, .bytes = 8 * numbers};
    } else {
        part.how = "read by the excitation, few pixels";
        part.cost = (struct cost){.flops = numbers, .bytes = 4 * numbers};
    }
    account->squeezed += writer ? writer->result.c : buffer->shape.c;
    vec_push(at->arena, &account->squeeze, part);
}

/* A squeeze that is a step: of the map, or of sums that others read too. */
static void add_squeeze_step(struct explanation *at, struct account *account, const struct plan_step *step) {
    const struct plan_buffer *source = step->source.buffer;
    const struct plan_step *writer = source ? writer_of(at->plan, source) : NULL;
    const struct plan_squeeze *squeeze = writer ? plan_find_squeeze(writer, source) : NULL;
    bool reads_sums = writer && (squeeze || writer->anchor == ANCHOR_RESAMPLE);
    struct part part = {.how = reads_sums ? "sums, added up by a step of their own" : "a pass over the map", .step = step};
    int64_t numbers = source ? map_numbers(at, source->shape) : 0;
    part.cost = (struct cost){.flops = numbers, .bytes = 4 * numbers, .barriers = 1, .passes = !reads_sums};
    if (!reads_sums || squeeze) account->squeezed += step->result.c;
    vec_push(at->arena, &account->squeeze, part);
}

/* A step between a squeeze and its excitation: the convolution of a vector, sums in another order. */
static void add_vector_step(struct explanation *at, struct account *account, const struct plan_step *step) {
    int64_t from = step->source.buffer ? map_numbers(at, step->source.buffer->shape) : 0, to = map_numbers(at, step->result);
    bool is_product = step->anchor == ANCHOR_CONV || step->anchor == ANCHOR_DEPTHWISE;
    int64_t weights = is_product ? shape_element_count(step->panels[0]->tensor->shape) : 0;
    struct part part = {.how = is_product ? "a product with the squeezed numbers" : "the squeezed numbers, moved", .step = step};
    part.cost = (struct cost){.flops = 2 * weights * at->plan->graph->batch, .bytes = 4 * (weights + from + to), .barriers = 1};
    vec_push(at->arena, &account->squeeze, part);
}

static bool is_vector(const struct plan_buffer *buffer) {
    return buffer->shape.h * buffer->shape.w == 1;
}

/* The steps from the map to the vector in `buffer`. */
static void add_squeeze_steps(struct explanation *at, struct account *account, const struct plan_buffer *buffer) {
    const struct plan_step *step = writer_of(at->plan, buffer);
    if (!step || step->anchor == ANCHOR_INPUT) return;
    bool is_squeeze = step->anchor == ANCHOR_REDUCE || step->anchor == ANCHOR_MEET || step->anchor == ANCHOR_RESAMPLE;
    if (step->source.buffer && step->source.buffer->space == SPACE_ARENA) {
        const struct plan_step *before = writer_of(at->plan, step->source.buffer);
        if (before && (before->anchor == ANCHOR_RESAMPLE || !is_squeeze)) add_squeeze_steps(at, account, step->source.buffer);
    }
    for (size_t e = 0; e < step->epilogues.count; e++) {
        const struct plan_buffer *operand = step->epilogues.items[e].operand.buffer;
        if (operand && operand->space == SPACE_ARENA && is_vector(operand)) add_squeeze_steps(at, account, operand);
    }
    (is_squeeze ? add_squeeze_step : add_vector_step)(at, account, step);
}

/* The border of the map that an excitation reads besides the sum. */
static void add_squeeze_border(struct explanation *at, struct account *account, const struct plan_border *border) {
    const struct plan_run *rows = &border->axes[0].runs[border->axes[0].middle];
    const struct plan_run *columns = &border->axes[1].runs[border->axes[1].middle];
    struct map_shape map = border->map->shape, middle = {map.c, rows->end - rows->begin, columns->end - columns->begin};
    int64_t numbers = map_numbers(at, map) - map_numbers(at, middle);
    struct part part = {.how = "rows and columns at the border, read by the excitation", .step = account->excite.items[0].step};
    part.cost = (struct cost){.flops = numbers, .bytes = 4 * numbers};
    vec_push(at->arena, &account->squeeze, part);
}

static void find_squeeze(struct explanation *at, struct account *account) {
    const struct plan_step *first = account->excite.items[0].step;
    const struct plan_excite *excite = &first->as.excite;
    if (excite->border) add_squeeze_border(at, account, excite->border);
    for (int i = 0; i < excite->part_count; i++) add_squeeze_part(at, account, excite->parts[i]);
    if (excite->part_count) return;
    add_squeeze_steps(at, account, first->source.buffer);
}

/* A step of the excitation: both layers, or one. */
static void add_excite_part(struct explanation *at, struct account *account, const struct plan_step *step) {
    int64_t inputs = step->panels[0]->tensor->shape.dims[1], outputs = step->result.c;
    int64_t hidden = step->as.excite.hidden, numbers = hidden ? hidden * (inputs + outputs) : inputs * outputs;
    struct part part = {.how = step->is_redundant ? "on every thread, in memory of its own" : "split over the threads", .step = step};
    part.cost = (struct cost){.flops = 2 * numbers * at->plan->graph->batch,
                              .bytes = 4 * (numbers + inputs + outputs),
                              .barriers = !step->is_redundant};
    vec_push(at->arena, &account->excite, part);
}

static bool cuts_its_source(const struct plan_step *step) {
    const struct map_shape *source = &step->source.buffer->shape, *result = &step->result;
    return source->c != result->c || source->h != result->h || source->w != result->w;
}

static bool is_pass(const struct plan_step *step) {
    return step->anchor == ANCHOR_COPY && step->source.buffer && !cuts_its_source(step) && step->epilogues.count > 0;
}

/* The source of a step is read scaled. */
static struct part scaled_source(const struct explanation *at, const struct plan_step *step) {
    const struct plan_conv *conv = &step->as.conv;
    struct part part = {.step = step};
    int64_t numbers = map_numbers(at, step->source.buffer->shape);
    if (step->anchor == ANCHOR_CONV) {
        int64_t weights = conv->axis[0].taps * conv->axis[1].taps * conv->inputs_per_group * step->result.c;
        int64_t times = conv->keeps_scaled ? 1 : plan_parts(conv->axis[0].grid, conv->item_rows);
        times *= at->plan->graph->batch;
        part.how = "in the weights of the convolution that reads the map";
        part.cost = (struct cost){.flops = weights * times, .bytes = 4 * weights * times};
        return part;
    }
    part.how = step->anchor == ANCHOR_WINOGRAD_INPUT ? "in the tiles of the convolution that reads the map"
               : is_pass(step)                       ? "a pass over the map, with what follows it"
                                                     : "in the copy that joins the map to others";
    part.cost = (struct cost){.flops = numbers};
    if (is_pass(step)) part.cost.bytes = 8 * numbers, part.cost.passes = 1, part.cost.barriers = 1;
    return part;
}

static struct part epilogue_scale(const struct explanation *at, const struct plan_step *step, const struct node *mul) {
    int64_t numbers = map_numbers(at, step->result);
    struct part part = {.how = "in the epilogue of a step that passes over the map anyway", .step = step};
    part.cost = (struct cost){.flops = numbers};
    if (numbers == step->result.c * at->plan->graph->batch) part.how = "on one number a channel";
    else if (is_pass(step)) {
        part.how = step->epilogues.count > 1 ? "a pass over the map, with what follows it" : "a pass over the map";
        if (mul->op == OP_MUL && mul->as.mul.deferred) part.how = "a pass over the map, cheaper than to scale what reads it";
        part.cost = (struct cost){.flops = numbers, .bytes = 8 * numbers, .barriers = 1, .passes = 1};
    }
    return part;
}

static void find_scale(struct explanation *at, struct account *account) {
    const struct plan_buffer *gate = account->gate->target;
    for (size_t i = 0; i < at->plan->steps.count; i++) {
        const struct plan_step *step = at->plan->steps.items[i];
        if (step->source.buffer && step->source.scale == gate) vec_push(at->arena, &account->scale, scaled_source(at, step));
        for (size_t e = 0; e < step->epilogues.count; e++) {
            const struct plan_operand *operand = &step->epilogues.items[e].operand;
            if (operand->buffer == gate) vec_push(at->arena, &account->scale, epilogue_scale(at, step, step->epilogues.items[e].node));
            if (operand->scale != gate) continue;
            struct part part = {.how = "in the sum that reads the map", .step = step};
            part.cost.flops = map_numbers(at, step->result);
            vec_push(at->arena, &account->scale, part);
        }
    }
}

static struct account explain(struct explanation *at, const struct se_block *block) {
    struct account account = {.block = block};
    for (size_t i = 0; i < at->plan->steps.count; i++) {
        const struct plan_step *step = at->plan->steps.items[i];
        if (step->anchor != ANCHOR_EXCITE || step->node->se != block) continue;
        add_excite_part(at, &account, step);
        account.gate = step;
    }
    if (!account.gate) return account;
    find_squeeze(at, &account);
    find_scale(at, &account);
    for (size_t i = 0; i < account.excite.count; i++) add_cost(&at->total, account.excite.items[i].cost);
    for (size_t i = 0; i < account.squeeze.count; i++) add_cost(&at->total, account.squeeze.items[i].cost);
    for (size_t i = 0; i < account.scale.count; i++) add_cost(&at->total, account.scale.items[i].cost);
    return account;
}

/* --- as text */

static const struct span *span_of(const struct origin *origin) {
    return origin && origin->span.source ? &origin->span : NULL;
}

static void print_place(struct text *text, const struct origin *origin) {
    const struct span *span = span_of(origin);
    if (span) text_format(text, "  %s:%u", span->source->path, source_line(span->source, span->begin));
    else if (origin && origin->imported) text_format(text, "  %s", origin->imported);
}

static void print_cost(struct text *text, struct cost cost) {
    text_format(text, ": %lld FLOP", (long long)cost.flops);
    if (cost.bytes) text_format(text, ", %lld bytes", (long long)cost.bytes);
    if (cost.passes) text_format(text, ", %lld pass%s over a map", (long long)cost.passes, cost.passes > 1 ? "es" : "");
    if (cost.barriers) text_format(text, ", %lld barrier%s", (long long)cost.barriers, cost.barriers > 1 ? "s" : "");
}

static void print_part(struct text *text, const char *name, const struct part *part) {
    text_format(text, "    %-8s %s", name, part->how);
    if (part->step) {
        text_format(text, " (step %d, %s", part->step->index, anchor_name(part->step->anchor));
        if (part->step->node && part->step->node->name) text_format(text, " %s", part->step->node->name);
        text_add(text, ")");
    }
    print_cost(text, part->cost);
    text_add(text, "\n");
}

static const char *squeeze_name(const struct se_block *block) {
    return block->squeeze == SQUEEZE_MAX ? "max" : "avg";
}

static void print_account(struct explanation *at, const struct account *account) {
    const struct se_block *block = account->block;
    text_format(at->text, "\n%d %s: %lldx%lldx%lld, %s, %lld hidden, %s, %s", block->number, block->name ? block->name : "se",
                (long long)block->map.c, (long long)block->map.h, (long long)block->map.w,
                squeeze_name(block), (long long)block->hidden, activation_name(block->inner.kind),
                activation_name(block->gate.kind));
    print_place(at->text, block->origin);
    text_add(at->text, "\n");
    if (!account->gate) text_add(at->text, "    no output needs it\n");
    for (size_t i = 0; i < account->squeeze.count; i++) print_part(at->text, "squeeze", &account->squeeze.items[i]);
    for (size_t i = 0; i < account->excite.count; i++) print_part(at->text, "excite", &account->excite.items[i]);
    for (size_t i = 0; i < account->scale.count; i++) print_part(at->text, "scale", &account->scale.items[i]);
    for (size_t i = 0; i < block->notes.count; i++) {
        const struct se_note *note = &block->notes.items[i];
        text_format(at->text, "    %s: %s", note->pass, note->text);
        print_place(at->text, note->origin);
        text_add(at->text, "\n");
    }
}

void plan_explain_se(const struct plan *plan, struct text *text) {
    struct explanation at = {.arena = plan->arena, .plan = plan, .text = text};
    const struct graph *graph = plan->graph;
    text_format(text, "SE blocks of network %s for %s: %zu\n", graph->name, plan->target->name, graph->se_blocks.count);
    for (size_t i = 0; i < graph->se_blocks.count; i++) {
        struct account account = explain(&at, graph->se_blocks.items[i]);
        print_account(&at, &account);
    }
    for (size_t i = 0; i < graph->se_declined.count; i++) {
        text_format(text, "%sno SE block: %s", i ? "" : "\n", graph->se_declined.items[i].text);
        print_place(text, graph->se_declined.items[i].origin);
        text_add(text, "\n");
    }
    text_format(text, "\nextra feature-map passes: %lld\nextra barriers: %lld\nextra work: %lld FLOP, %lld bytes\n",
                (long long)at.total.passes, (long long)at.total.barriers, (long long)at.total.flops,
                (long long)at.total.bytes);
}

/* --- as JSON */

static void print_string(struct text *text, const char *string) {
    text_add(text, "\"");
    for (const char *c = string; *c; c++) {
        if (*c == '"' || *c == '\\')
            text_format(text, "\\%c", *c);
        else if ((unsigned char)*c < ' ')
            text_format(text, "\\u%04x", (unsigned)(unsigned char)*c);
        else
            text_add_char(text, *c, 1);
    }
    text_add(text, "\"");
}

static void print_place_json(struct text *text, const struct origin *origin) {
    const struct span *span = span_of(origin);
    if (!span && origin && origin->imported) {
        text_add(text, ", \"node\": ");
        print_string(text, origin->imported);
    }
    if (!span) return;
    text_add(text, ", \"file\": ");
    print_string(text, span->source->path);
    text_format(text, ", \"line\": %u", source_line(span->source, span->begin));
}

static void print_part_json(struct text *text, const struct part *part) {
    text_add(text, "{\"how\": ");
    print_string(text, part->how);
    if (part->step) text_format(text, ", \"step\": %d, \"anchor\": \"%s\"", part->step->index, anchor_name(part->step->anchor));
    text_format(text, ", \"flops\": %lld, \"bytes\": %lld, \"passes\": %lld, \"barriers\": %lld}", (long long)part->cost.flops,
                (long long)part->cost.bytes, (long long)part->cost.passes, (long long)part->cost.barriers);
}

static void print_parts_json(struct text *text, const char *name, const struct part *parts, size_t count) {
    text_format(text, ",\n     \"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        if (i) text_add(text, ", ");
        print_part_json(text, &parts[i]);
    }
    text_add(text, "]");
}

static void print_account_json(struct explanation *at, const struct account *account) {
    const struct se_block *block = account->block;
    struct text *text = at->text;
    text_add(text, "    {\"name\": ");
    print_string(text, block->name ? block->name : "se");
    print_place_json(text, block->origin);
    text_format(text, ", \"map\": [%lld, %lld, %lld], \"hidden\": %lld, \"squeezed_channels\": %lld", (long long)block->map.c,
                (long long)block->map.h, (long long)block->map.w, (long long)block->hidden, (long long)account->squeezed);
    text_format(text, ", \"squeezed_by\": \"%s\", \"act\": \"%s\", \"gate\": \"%s\"", squeeze_name(block),
                activation_name(block->inner.kind), activation_name(block->gate.kind));
    print_parts_json(text, "squeeze", account->squeeze.items, account->squeeze.count);
    print_parts_json(text, "excite", account->excite.items, account->excite.count);
    print_parts_json(text, "scale", account->scale.items, account->scale.count);
    text_add(text, ",\n     \"notes\": [");
    for (size_t i = 0; i < block->notes.count; i++) {
        text_format(text, "%s{\"pass\": \"%s\", \"text\": ", i ? ", " : "", block->notes.items[i].pass);
        print_string(text, block->notes.items[i].text);
        print_place_json(text, block->notes.items[i].origin);
        text_add(text, "}");
    }
    text_add(text, "]}");
}

void plan_explain_se_json(const struct plan *plan, struct text *text) {
    struct explanation at = {.arena = plan->arena, .plan = plan, .text = text};
    const struct graph *graph = plan->graph;
    text_add(text, "{\"network\": ");
    print_string(text, graph->name);
    text_format(text, ", \"target\": \"%s\",\n \"blocks\": [", plan->target->name);
    for (size_t i = 0; i < graph->se_blocks.count; i++) {
        struct account account = explain(&at, graph->se_blocks.items[i]);
        text_add(text, i ? ",\n" : "\n");
        print_account_json(&at, &account);
    }
    text_add(text, "],\n \"declined\": [");
    for (size_t i = 0; i < graph->se_declined.count; i++) {
        text_format(text, "%s{\"text\": ", i ? ", " : "");
        print_string(text, graph->se_declined.items[i].text);
        print_place_json(text, graph->se_declined.items[i].origin);
        text_add(text, "}");
    }
    text_format(text, "],\n \"extra\": {\"passes\": %lld, \"barriers\": %lld, \"flops\": %lld, \"bytes\": %lld}}\n",
                (long long)at.total.passes, (long long)at.total.barriers, (long long)at.total.flops,
                (long long)at.total.bytes);
}
