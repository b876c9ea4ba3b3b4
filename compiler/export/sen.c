/* sen.c - the items of a network or a block become statements: chains of layers, variables where results meet. */
#include "item.h"

#include <limits.h>
#include <string.h>

enum { WIDTH = 110, MOST_LINKS = 12, MOST_OPERATORS = 4, LEAST_LOOP = 3 };
enum precedence { SUM = 1, PRODUCT, PRIMARY };

struct expression {
    const char *head;
    enum precedence precedence; /* of the head */
    VEC(const char *) links;    /* " -> " stands between */
    int operator_count;
};

struct printer {
    struct arena *arena;
    struct exporter *exporter;
    const struct body *body;
    struct text *text;
    VEC(struct item *) holders; /* those with variables that may be reused */
    struct map taken;           /* names that are no variables of results */
    struct item **statements;   /* of each item: the one in whose statement it is evaluated */
    size_t next_output;
};

/* A label as it is written: what holds '-' is a string in braces. */
static const char *label_text(struct arena *arena, const char *label) {
    struct text text = text_create(arena);
    while (*label) {
        size_t length = strcspn(label, ".");
        bool is_quoted = memchr(label, '-', length) != NULL;
        text_format(&text, is_quoted ? "{\"%.*s\"}" : "%.*s", (int)length, label);
        label += length;
        if (*label) text_add_bytes(&text, label++, 1);
    }
    return text.bytes;
}

/* "conv(64, 3, stride = 2) @conv1" */
static const char *call_text(const struct printer *printer, const struct item *item, const char *first) {
    struct text text = text_create(printer->arena);
    int begin = item->callee || item->block ? 0 : 1, written = 0;
    text_add(&text, item->block ? item->block->name : item->callee ? item->callee : item->attributes[0].value);
    if (first) text_format(&text, "%s%s", written++ ? ", " : "(", first);
    for (int i = begin; i < item->attribute_count; i++) {
        const struct attribute *attribute = &item->attributes[i];
        if (attribute->usual && !strcmp(attribute->value, attribute->usual)) continue;
        text_add(&text, written++ ? ", " : "(");
        if (i >= item->positional_count) text_format(&text, "%s = ", attribute->name);
        text_add(&text, attribute->value);
    }
    if (written) text_add(&text, ")");
    if (item->kind && *item->label) text_format(&text, " @%s", label_text(printer->arena, item->label));
    return text.bytes;
}

static struct expression evaluate(struct printer *printer, const struct item *item);

static const char *join(const struct printer *printer, const struct expression *expression) {
    struct text text = text_create(printer->arena);
    text_add(&text, expression->head);
    for (size_t i = 0; i < expression->links.count; i++) text_format(&text, " -> %s", expression->links.items[i]);
    return text.bytes;
}

static const char *operand(struct printer *printer, const struct item *item, enum precedence least, int *operators) {
    struct expression expression = evaluate(printer, item);
    *operators += expression.operator_count;
    bool is_bare = !expression.links.count && expression.precedence >= least;
    return is_bare ? expression.head : arena_format(printer->arena, "(%s)", join(printer, &expression));
}

static struct expression evaluate_operator(struct printer *printer, const struct item *item) {
    bool is_sum = *item->callee == '+' || *item->callee == '-';
    struct expression expression = {.precedence = is_sum ? SUM : PRODUCT, .operator_count = 1};
    const char *left = operand(printer, item->inputs[0], expression.precedence, &expression.operator_count);
    const char *right = operand(printer, item->inputs[1], expression.precedence + 1, &expression.operator_count);
    expression.head = arena_format(printer->arena, "%s %s %s", left, item->callee, right);
    return expression;
}

static struct expression evaluate_function(struct printer *printer, const struct item *item) {
    struct text text = text_create(printer->arena);
    int operators = 0;
    for (int i = 0; i < item->input_count; i++)
        text_format(&text, "%s%s", i ? ", " : "", operand(printer, item->inputs[i], SUM, &operators));
    return (struct expression){.head = call_text(printer, item, text.bytes), .precedence = PRIMARY};
}

/* relu(a + b) reads better than a + b -> relu. */
static struct expression evaluate_layer(struct printer *printer, const struct item *item) {
    struct expression expression = evaluate(printer, item->inputs[0]);
    const char *call = call_text(printer, item, NULL);
    bool is_plain = !strpbrk(call, "(@");
    if (is_plain && !expression.links.count && expression.precedence < PRIMARY)
        return (struct expression){.head = arena_format(printer->arena, "%s(%s)", call, expression.head),
                                   .precedence = PRIMARY, .operator_count = expression.operator_count};
    vec_push(printer->arena, &expression.links, call);
    return expression;
}

static struct expression evaluate(struct printer *printer, const struct item *item) {
    if (item->variable) return (struct expression){.head = item->variable, .precedence = PRIMARY};
    switch (item->form) {
    case ITEM_NUMBER: {
        const char *value = item->attributes[0].value;
        return (struct expression){.head = value, .precedence = *value == '-' ? SUM - 1 : PRIMARY};
    }
    case ITEM_TENSOR: return (struct expression){.head = call_text(printer, item, NULL), .precedence = PRIMARY};
    case ITEM_OPERATOR: return evaluate_operator(printer, item);
    case ITEM_FUNCTION: return evaluate_function(printer, item);
    default: return evaluate_layer(printer, item);
    }
}

/* --- which items are statements of their own */

static bool is_link(const struct item *item) {
    return item->form == ITEM_LAYER || item->form == ITEM_CALL;
}

/* Whether items[index] begins a loop: equal calls whose labels count up from *out_first behind a common path. */
static int loop_length(const struct printer *printer, int index, const char **out_path, int64_t *out_first) {
    const struct body *body = printer->body;
    if (body->items.items[index]->form != ITEM_CALL) return 0;
    int length = label_run_length(body, index);
    for (int i = 0; i < length; i++) {
        const char *label = body->items.items[index + i]->label, *dot = strrchr(label, '.');
        const char *digits = dot ? dot + 1 : label;
        const char *path = arena_copy_bytes(printer->arena, label, (size_t)(digits - label));
        int64_t number = 0;
        for (const char *c = digits; *c && number >= 0; c++)
            number = *c >= '0' && *c <= '9' && number < 100000 ? number * 10 + *c - '0' : -1;
        bool is_plain = *digits && number >= 0 && !strcmp(digits, format_integer(printer->arena, number));
        if (!i) {
            *out_path = path;
            *out_first = number;
        }
        if (!is_plain || strcmp(path, *out_path) || number != *out_first + i) return i;
    }
    return length;
}

static int loop_at(const struct printer *printer, int index) {
    const char *path;
    int64_t first;
    int length = loop_length(printer, index, &path, &first);
    return length >= LEAST_LOOP ? length : 0;
}

/* How long the chain is that ends in the item, as far as it is one statement. */
static int count_links(const struct item *item, bool *const is_statement) {
    int count = 0;
    for (; is_link(item) && !(count && is_statement[item->index]); item = item->inputs[0]) count++;
    return count;
}

static int count_operators(const struct item *item, const bool *is_statement) {
    int count = item->form == ITEM_OPERATOR;
    for (int i = 0; i < item->input_count; i++) {
        const struct item *input = item->inputs[i];
        if (input->form != ITEM_INPUT && !is_statement[input->index]) count += count_operators(input, is_statement);
    }
    return count;
}

static bool needs_statement(const struct printer *printer, const struct item *item, bool *is_statement) {
    if (item->form == ITEM_INPUT || (item_is_source(item) && !item->is_output)) return false;
    if (item->is_output || item == printer->body->result || item->use_count != 1) return true;
    const struct item *user = printer->body->items.items[item->last_use];
    if (is_link(user)) return is_link(item) && count_links(item, is_statement) >= MOST_LINKS;
    return is_link(item) || count_operators(item, is_statement) > MOST_OPERATORS;
}

/* Whether nothing but parts of its user's statement lies between an item and its user: the order stays what it is. */
static bool follows_at_once(const struct printer *printer, int index) {
    int user = printer->body->items.items[index]->last_use;
    if (user < 0 || user == INT_MAX) return false;
    for (int i = index + 1; i < user; i++)
        if (printer->statements[i] != printer->statements[user]) return false;
    return true;
}

static void find_statements(struct printer *printer) {
    struct item *const *items = printer->body->items.items;
    int count = (int)printer->body->items.count;
    bool *is_statement = ARENA_NEW_ARRAY(printer->arena, bool, (size_t)count);
    for (int i = 0; i < count; i++) {
        if (needs_statement(printer, items[i], is_statement)) is_statement[i] = true;
        int loop = loop_at(printer, i);
        if (!loop) continue;
        struct item *fed = items[i]->inputs[0];
        if (fed->form != ITEM_INPUT) is_statement[fed->index] = true;
        for (int k = 0; k < loop; k++) is_statement[i + k] = true;
        i += loop - 1;
    }
    printer->statements = ARENA_NEW_ARRAY(printer->arena, struct item *, (size_t)count);
    for (int i = count; i-- > 0;) {
        bool is_own = is_statement[i] || items[i]->form == ITEM_INPUT || !follows_at_once(printer, i);
        printer->statements[i] = is_own ? items[i] : printer->statements[items[i]->last_use];
    }
}

/* --- variables */

/* Index of the last statement that reads the item. */
static int last_reader(const struct printer *printer, const struct item *item) {
    int last = item->is_output ? INT_MAX : -1;
    for (int i = item->index + 1; last < INT_MAX && i < (int)printer->body->items.count && i <= item->last_use; i++) {
        const struct item *user = printer->body->items.items[i];
        for (int k = 0; k < user->input_count; k++)
            if (user->inputs[k] == item && printer->statements[i]->index > last) last = printer->statements[i]->index;
    }
    return last;
}

static bool is_free_at(const struct printer *printer, const char *name, int index) {
    if (map_has(&printer->taken, name)) return false;
    for (size_t i = 0; i < printer->holders.count; i++) {
        const struct item *holder = printer->holders.items[i];
        if (!strcmp(holder->variable, name) && last_reader(printer, holder) > index) return false;
    }
    return true;
}

/* Where the chain or the left operands of the item's statement begin. */
static const struct item *find_head(const struct item *item) {
    const struct item *head = item;
    while (head->input_count && (head == item || (head->form != ITEM_INPUT && !head->variable))) head = head->inputs[0];
    return head;
}

static const char *choose_variable(struct printer *printer, const struct item *item, int last_index) {
    static const char *const names[] = {"x", "u", "v", "w", "y", "z", "s", "t"};
    if (is_free_at(printer, names[0], last_index)) return names[0];
    const struct item *head = find_head(item);
    for (size_t i = 0; i < printer->holders.count; i++)
        if (printer->holders.items[i] == head && is_free_at(printer, head->variable, last_index)) return head->variable;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_free_at(printer, names[i], last_index)) return names[i];
    for (int number = 1;; number++) {
        const char *name = arena_format(printer->arena, "t%d", number);
        if (is_free_at(printer, name, last_index)) return name;
    }
}

/* --- statements */

static void write_chain(struct printer *printer, const char *begin, const struct expression *expression) {
    struct text line = text_create(printer->arena);
    text_format(&line, "    %s%s", begin, expression->head);
    for (size_t i = 0; i < expression->links.count; i++) {
        if (line.length + 4 + strlen(expression->links.items[i]) > WIDTH && line.length > WIDTH / 3) {
            text_format(printer->text, "%s\n", line.bytes);
            line = text_create(printer->arena);
            text_add(&line, "          ");
        }
        text_format(&line, " -> %s", expression->links.items[i]);
    }
    text_format(printer->text, "%s\n", line.bytes);
}

static const struct output_use *next_output(const struct printer *printer) {
    const struct exporter *exporter = printer->exporter;
    bool is_network = printer->body == &exporter->network;
    return is_network && printer->next_output < exporter->outputs.count ? &exporter->outputs.items[printer->next_output]
                                                                        : NULL;
}

/* "output probability = " */
static const char *begin_output(const struct printer *printer, const struct output_use *output) {
    const char *picture = output->picture ? picture_text(printer->arena, output->picture) : NULL;
    return arena_format(printer->arena, "output %s%s%s = ", output->name, picture ? ": " : "", picture ? picture : "");
}

/* Whether the output's name, which may be no identifier, is the one that an output without a name gets. */
static bool is_made_up(const struct printer *printer, const struct output_use *output) {
    static const char *const made_up[] = {"output", "output2"};
    return printer->next_output < 2 && !output->picture && !strcmp(output->given_name, made_up[printer->next_output]);
}

/* The outputs whose turn it is and whose value is a variable. */
static void write_known_outputs(struct printer *printer) {
    for (const struct output_use *output; (output = next_output(printer)) && output->item->variable;
         printer->next_output++) {
        const char *variable = output->item->variable;
        if (!output->picture && !strcmp(output->name, variable))
            text_format(printer->text, "    output %s\n", variable);
        else if (is_made_up(printer, output))
            text_format(printer->text, "    output %s -> identity\n", variable); /* not the variable's name */
        else
            text_format(printer->text, "    %s%s\n", begin_output(printer, output), variable);
    }
}

/* Whether the item is needed again after it has been given out. */
static bool is_used_again(const struct printer *printer, const struct item *item) {
    const struct exporter *exporter = printer->exporter;
    bool is_used = item->use_count;
    for (size_t i = printer->next_output + 1; i < exporter->outputs.count; i++)
        is_used = is_used || exporter->outputs.items[i].item == item;
    return is_used;
}

/* "output name = ", or "output " where the name is the one that an output without a name gets. */
static void write_output(struct printer *printer, struct item *item, const struct expression *expression) {
    const struct output_use *output = next_output(printer);
    bool is_bare = item->variable && !expression->links.count;
    if (is_made_up(printer, output) && !is_bare && !is_used_again(printer, item)) {
        write_chain(printer, "output ", expression);
    } else {
        write_chain(printer, begin_output(printer, output), expression);
        item->variable = output->name;
    }
    printer->next_output++;
}

static void set_variable(struct printer *printer, struct item *item, const char *name) {
    item->variable = name;
    vec_push(printer->arena, &printer->holders, item);
}

static void write_loop(struct printer *printer, int index, int length) {
    struct item *first = printer->body->items.items[index], *last = printer->body->items.items[index + length - 1];
    const char *path, *fed = first->inputs[0]->variable, *label = first->label;
    int64_t number;
    loop_length(printer, index, &path, &number);
    const char *name = choose_variable(printer, first, index);
    if (strcmp(name, fed)) text_format(printer->text, "    %s = %s\n", name, fed);
    first->label = "";
    text_format(printer->text, "    for i in %lld..%lld { %s = %s -> %s @%s{i} }\n", (long long)number,
                (long long)number + length, name, name, call_text(printer, first, NULL), label_text(printer->arena, path));
    first->label = label;
    if (last == printer->body->result)
        text_format(printer->text, "    return %s\n", name);
    else
        set_variable(printer, last, name);
}

static void write_statement(struct printer *printer, struct item *item) {
    struct expression expression = evaluate(printer, item);
    const struct output_use *output = next_output(printer);
    if (item == printer->body->result) {
        write_chain(printer, "return ", &expression);
    } else if (output && output->item == item) {
        write_output(printer, item, &expression);
    } else {
        const char *name = choose_variable(printer, item, item->index);
        write_chain(printer, arena_format(printer->arena, "%s = ", name), &expression);
        set_variable(printer, item, name);
    }
}

static void take_names(struct printer *printer, const struct block *block) {
    printer->taken = map_create(printer->arena);
    for (size_t i = 0; block && i < block->parameters.count; i++)
        map_set(&printer->taken, block->parameters.items[i], printer);
    for (size_t i = 0; !block && i < printer->exporter->outputs.count; i++)
        map_set(&printer->taken, printer->exporter->outputs.items[i].name, printer);
    for (size_t i = 0; i < printer->body->items.count; i++)
        if (printer->body->items.items[i]->form == ITEM_INPUT)
            map_set(&printer->taken, printer->body->items.items[i]->variable, printer);
}

void sen_print_body(struct exporter *exporter, const struct body *body, const struct block *block, struct text *text) {
    struct printer printer = {.arena = exporter->arena, .exporter = exporter, .body = body, .text = text};
    take_names(&printer, block);
    find_statements(&printer);
    write_known_outputs(&printer);
    for (int i = 0; i < (int)body->items.count; i++) {
        struct item *item = body->items.items[i];
        if (printer.statements[i] != item || item->form == ITEM_INPUT) continue;
        int loop = loop_at(&printer, i);
        if (loop && item->inputs[0]->variable) {
            write_loop(&printer, i, loop);
            i += loop - 1;
        } else {
            write_statement(&printer, item);
        }
        write_known_outputs(&printer);
    }
}
