/* block.c - pieces of the network that are alike become a block and calls of it: what differs becomes parameters. */
#include "item.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PARAMETERS = 8 };

struct parameter {
    const char *name;
    const char **values; /* one an occurrence */
};

struct occurrence {
    struct item **items;
    struct item *fed;
    const char *common; /* path of the labels, see label_common_path */
};

struct making {
    struct exporter *exporter;
    struct arena *arena;
    struct block *block;
    struct occurrence *occurrences;
    int count, length;
    VEC(struct parameter) parameters;
};

static const char *nth_value(const struct making *making, int occurrence, int item, int attribute) {
    return making->occurrences[occurrence].items[item]->attributes[attribute].value;
}

static bool read_count(const char *text, int64_t *out_count) {
    char *end;
    *out_count = strtoll(text, &end, 10);
    return end != text && !*end && *out_count > 0;
}

/* The whole number that all `values` are of `others`; 0 if there is none. */
static int64_t common_factor(const struct making *making, const char *const *values, const char *const *others) {
    int64_t factor = 0;
    for (int i = 0; i < making->count; i++) {
        int64_t value, other;
        if (!read_count(values[i], &value) || !read_count(others[i], &other) || value % other) return 0;
        if (factor && factor != value / other) return 0;
        factor = value / other;
    }
    return factor;
}

static bool are_equal(const struct making *making, const char *const *a, const char *const *b) {
    for (int i = 0; i < making->count; i++)
        if (strcmp(a[i], b[i])) return false;
    return true;
}

static const char **count_channels(const struct making *making, bool of_result) {
    const char **channels = ARENA_NEW_ARRAY(making->arena, const char *, (size_t)making->count);
    for (int i = 0; i < making->count; i++) {
        const struct occurrence *occurrence = &making->occurrences[i];
        const struct item *item = of_result ? occurrence->items[making->length - 1] : occurrence->fed;
        channels[i] = format_integer(making->arena, item->shape.rank ? item->shape.dims[0] : 1);
    }
    return channels;
}

/* "out", "out2" ... */
static const char *unused_name(const struct making *making, const char *base) {
    const char *name = base;
    for (int number = 2;; number++) {
        bool is_used = false;
        for (size_t i = 0; i < making->parameters.count; i++)
            is_used = is_used || !strcmp(making->parameters.items[i].name, name);
        if (!is_used) return name;
        name = arena_format(making->arena, "%s%d", base, number);
    }
}

static bool counts_channels(const char *name) {
    return !strncmp(name, "out", 3) || !strncmp(name, "width", 5) || !strncmp(name, "hidden", 6) ||
           !strncmp(name, "end", 3);
}

/* Numbers of channels in terms of others that are known; or NULL. */
static const char *express_channels(const struct making *making, const char *const *values) {
    const char **in = count_channels(making, false);
    int64_t factor = common_factor(making, values, in), divisor = common_factor(making, in, values);
    if (factor == 1) return "channels(in)";
    if (factor) return arena_format(making->arena, "%lld * channels(in)", (long long)factor);
    if (divisor) return arena_format(making->arena, "channels(in) / %lld", (long long)divisor);
    for (size_t i = 0; i < making->parameters.count; i++) {
        const struct parameter *parameter = &making->parameters.items[i];
        if (!counts_channels(parameter->name)) continue;
        factor = common_factor(making, values, parameter->values);
        divisor = common_factor(making, parameter->values, values);
        if (factor) return arena_format(making->arena, "%lld * %s", (long long)factor, parameter->name);
        if (divisor) return arena_format(making->arena, "%s / %lld", parameter->name, (long long)divisor);
    }
    return NULL;
}

/* What stands in the block for an argument that has those values where the block is called. */
static const char *express(struct making *making, const char *name, const char **values) {
    bool is_same = true;
    for (int i = 1; i < making->count; i++) is_same = is_same && !strcmp(values[0], values[i]);
    if (is_same) return values[0];
    for (size_t i = 0; i < making->parameters.count; i++)
        if (are_equal(making, values, making->parameters.items[i].values)) return making->parameters.items[i].name;
    if (counts_channels(name)) {
        const char *expression = express_channels(making, values);
        if (expression) return expression;
        if (are_equal(making, values, count_channels(making, true)))
            name = "out";
        else if (!strncmp(name, "out", 3))
            name = "width";
    }
    struct parameter parameter = {unused_name(making, name), values};
    vec_push(making->arena, &making->parameters, parameter);
    return parameter.name;
}

static struct occurrence find_occurrence(const struct making *making, int begin) {
    struct occurrence occurrence = {.items = making->exporter->network.items.items + begin};
    for (int i = 0; i < making->length; i++)
        for (int k = 0; k < occurrence.items[i]->input_count; k++)
            if (occurrence.items[i]->inputs[k]->index < begin) occurrence.fed = occurrence.items[i]->inputs[k];
    occurrence.common = label_common_path(making->arena, occurrence.items, making->length);
    return occurrence;
}

/* The items of the block, as in the first occurrence, with the expressions. */
static void add_body(struct making *making) {
    const struct occurrence *first = &making->occurrences[0];
    struct body *body = &making->block->body;
    int begin = first->items[0]->index;
    body->in = ARENA_NEW(making->arena, struct item);
    *body->in = (struct item){.form = ITEM_INPUT, .shape = first->fed->shape, .variable = "in"};
    for (int i = 0; i < making->length; i++) {
        struct item *item = ARENA_NEW(making->arena, struct item);
        *item = *first->items[i];
        item->is_output = false;
        item->inputs = ARENA_NEW_ARRAY(making->arena, struct item *, (size_t)item->input_count);
        for (int k = 0; k < item->input_count; k++) {
            int place = first->items[i]->inputs[k]->index - begin;
            item->inputs[k] = place < 0 ? body->in : body->items.items[place];
        }
        for (int k = 0; k < item->attribute_count; k++) {
            const char **values = ARENA_NEW_ARRAY(making->arena, const char *, (size_t)making->count);
            for (int n = 0; n < making->count; n++) values[n] = nth_value(making, n, i, k);
            item->attributes[k].value = express(making, item->attributes[k].name, values);
        }
        vec_push(making->arena, &body->items, item);
        body->result = item;
    }
}

static bool is_label_used(const struct body *body, const char *label) {
    size_t length = strlen(label);
    for (size_t i = 0; i < body->items.count; i++) {
        const struct item *item = body->items.items[i];
        if (!item->kind || strncmp(item->label, label, length)) continue;
        if (!item->label[length] || item->label[length] == '.') return true;
    }
    return false;
}

/* Labels inside of the block: what is left of the paths, else one that is made up. */
static void label_body(struct making *making) {
    const struct occurrence *first = &making->occurrences[0];
    struct body *body = &making->block->body;
    for (size_t i = 0; i < body->items.count; i++) {
        const char *below = first->items[i]->kind ? label_below(first->items[i], first->common) : "";
        body->items.items[i]->label = below ? below : "";
    }
    for (size_t i = 0; i < body->items.count; i++) {
        struct item *item = body->items.items[i];
        const char *label = item->label;
        for (int number = 1; item->kind && !first->items[i]->path && (number == 1 || is_label_used(body, label)); number++)
            label = arena_format(making->arena, "%s%d", item->kind, number);
        item->label = label;
    }
    for (int n = 0; n < making->count; n++)
        for (int i = 0; i < making->length; i++) making->occurrences[n].items[i]->label = body->items.items[i]->label;
}

static bool has_layer(const struct body *body, const char *callee) {
    for (size_t i = 0; i < body->items.count; i++)
        if (body->items.items[i]->callee && !strcmp(body->items.items[i]->callee, callee)) return true;
    return false;
}

/* What an activation, or an operator with a number, is applied to; or NULL. */
static const struct item *before_activation(const struct item *item) {
    if (item_is_activation(item)) return item->inputs[0];
    if (item->form != ITEM_OPERATOR) return NULL;
    if (item->inputs[1]->form == ITEM_NUMBER) return item->inputs[0];
    return item->inputs[0]->form == ITEM_NUMBER ? item->inputs[1] : NULL;
}

/* By what is done last, and by what stands out. */
static const char *name_by_structure(const struct body *body, bool has_weights) {
    const struct item *last = body->result, *before;
    while ((before = before_activation(last)) && before != body->in) last = before;
    bool is_sum = last->form == ITEM_OPERATOR && !strcmp(last->callee, "+");
    if (!has_weights) return "arithmetic";
    if (last->form == ITEM_OPERATOR && !strcmp(last->callee, "*")) return "excite";
    if (is_sum && (last->inputs[0] == body->in || last->inputs[1] == body->in)) return "residual";
    if (is_sum) return "projected";
    if (last->form == ITEM_FUNCTION) return "branches";
    return has_layer(body, "depthwise") ? "separable" : "layers";
}

static const char *name_block(struct exporter *exporter, const char *base) {
    int *count = map_lookup(&exporter->block_names, base);
    if (!count) map_set(&exporter->block_names, base, count = ARENA_NEW(exporter->arena, int));
    return ++*count == 1 ? base : arena_format(exporter->arena, "%s%d", base, *count);
}

static struct item *make_call(struct making *making, int n, bool has_weights) {
    const struct occurrence *occurrence = &making->occurrences[n];
    struct item *call = ARENA_NEW(making->arena, struct item), *last = occurrence->items[making->length - 1];
    *call = (struct item){.form = ITEM_CALL, .block = making->block, .shape = last->shape, .label = ""};
    call->inputs = ARENA_NEW(making->arena, struct item *);
    call->inputs[0] = occurrence->fed;
    call->input_count = 1;
    call->kind = has_weights ? making->block->name : NULL;
    call->path = has_weights && occurrence->common ? occurrence->common : NULL;
    call->children = ARENA_NEW_ARRAY(making->arena, struct item *, (size_t)making->length);
    memcpy(call->children, occurrence->items, (size_t)making->length * sizeof *call->children);
    call->child_count = making->length;
    call->is_output = last->is_output;
    for (size_t i = 0; i < making->parameters.count; i++) {
        const struct parameter *parameter = &making->parameters.items[i];
        call->attributes[call->attribute_count++] = (struct attribute){parameter->name, parameter->values[n], NULL};
    }
    call->positional_count = call->attribute_count;
    return call;
}

static void replace(struct exporter *exporter, const struct item *old, struct item *call) {
    for (size_t i = 0; i < exporter->network.items.count; i++) {
        struct item *item = exporter->network.items.items[i];
        for (int k = 0; k < item->input_count; k++)
            if (item->inputs[k] == old) item->inputs[k] = call;
    }
    for (size_t i = 0; i < exporter->outputs.count; i++)
        if (exporter->outputs.items[i].item == old) exporter->outputs.items[i].item = call;
}

/* The calls take the places of the items that they stand for. A call may be fed by the result of another. */
static void put_calls(struct making *making, bool has_weights) {
    struct exporter *exporter = making->exporter;
    struct item **items = exporter->network.items.items;
    struct item **calls = ARENA_NEW_ARRAY(making->arena, struct item *, (size_t)making->count);
    size_t count = exporter->network.items.count, to = 0;
    for (int n = 0; n < making->count; n++) calls[n] = make_call(making, n, has_weights);
    for (int n = 0; n < making->count; n++) {
        const struct item *last = making->occurrences[n].items[making->length - 1];
        for (int m = 0; m < making->count; m++)
            if (calls[m]->inputs[0] == last) calls[m]->inputs[0] = calls[n];
        replace(exporter, last, calls[n]);
    }
    for (size_t from = 0, n = 0; from < count; to++) {
        bool is_call = n < (size_t)making->count && items[from] == calls[n]->children[0];
        items[to] = is_call ? calls[n++] : items[from];
        from += is_call ? (size_t)making->length : 1;
    }
    exporter->network.items.count = to;
}

bool block_create(struct exporter *exporter, const int *begins, int count, int length) {
    struct making making = {.exporter = exporter, .arena = exporter->arena, .count = count, .length = length};
    making.block = ARENA_NEW(exporter->arena, struct block);
    making.occurrences = ARENA_NEW_ARRAY(exporter->arena, struct occurrence, (size_t)count);
    bool has_weights = false;
    for (int n = 0; n < count; n++) making.occurrences[n] = find_occurrence(&making, begins[n]);
    for (int i = 0; i < length; i++) has_weights = has_weights || making.occurrences[0].items[i]->kind;
    add_body(&making);
    if (making.parameters.count > MOST_PARAMETERS) return false;
    const char *base = name_by_structure(&making.block->body, has_weights);
    making.block->is_whole = !strcmp(base, "residual") || !strcmp(base, "projected");
    making.block->name = name_block(exporter, base);
    for (size_t i = 0; i < making.parameters.count; i++)
        vec_push(exporter->arena, &making.block->parameters, making.parameters.items[i].name);
    label_body(&making);
    vec_push(exporter->arena, &exporter->blocks, making.block);
    put_calls(&making, has_weights);
    return true;
}
