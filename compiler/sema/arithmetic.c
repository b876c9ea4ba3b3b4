/* arithmetic.c - operators: on numbers they give numbers now, on tensors they become nodes. */
#include "elaborate.h"

#include <math.h>
#include <string.h>

/* Floor division, so that (a / b) * b + a % b == a and the remainder has the sign of b. */
static bool divide_integers(int64_t a, int64_t b, int64_t *out_quotient, int64_t *out_remainder) {
    if (a == INT64_MIN && b == -1) return false;
    int64_t quotient = a / b, remainder = a % b;
    if (remainder && (remainder < 0) != (b < 0)) {
        quotient--;
        remainder += b;
    }
    *out_quotient = quotient;
    *out_remainder = remainder;
    return true;
}

static struct value report_overflow(struct sema *sema, const struct ast_expression *expression,
                                    const char *what) {
    sema_error(sema, expression->as.binary.operator_span, DIAG_NUMBER_TOO_LARGE, "the result does not fit %s",
               what);
    return NO_VALUE;
}

static struct value apply_integers(struct sema *sema, const struct ast_expression *expression, int64_t a,
                                   int64_t b) {
    int64_t result = 0, other = 0;
    bool fits = true;
    switch (expression->as.binary.operator) {
    case AST_ADD: fits = !__builtin_add_overflow(a, b, &result); break;
    case AST_SUBTRACT: fits = !__builtin_sub_overflow(a, b, &result); break;
    case AST_MULTIPLY: fits = !__builtin_mul_overflow(a, b, &result); break;
    case AST_DIVIDE: fits = divide_integers(a, b, &result, &other); break;
    default: fits = divide_integers(a, b, &other, &result); break;
    }
    return fits ? value_integer(result) : report_overflow(sema, expression, "a 64-bit integer");
}

static struct value apply_reals(struct sema *sema, const struct ast_expression *expression, double a,
                                double b) {
    double result = 0;
    switch (expression->as.binary.operator) {
    case AST_ADD: result = a + b; break;
    case AST_SUBTRACT: result = a - b; break;
    case AST_MULTIPLY: result = a * b; break;
    case AST_DIVIDE: result = a / b; break;
    default: result = a - b * floor(a / b); break;
    }
    return isfinite(result) ? value_real(result) : report_overflow(sema, expression, "a double");
}

static struct value apply_numbers(struct sema *sema, const struct ast_expression *expression, struct value a,
                                  struct value b) {
    enum ast_binary operator= expression->as.binary.operator;
    if ((operator== AST_DIVIDE || operator== AST_REMAINDER) && value_as_real(b) == 0) {
        sema_error(sema, expression->as.binary.operator_span, DIAG_DIVISION_BY_ZERO, "division by zero");
        diag_label(sema->diag, expression->as.binary.right->span, "this is 0");
        return NO_VALUE;
    }
    if (a.kind == VALUE_INTEGER && b.kind == VALUE_INTEGER)
        return apply_integers(sema, expression, a.as.integer, b.as.integer);
    return apply_reals(sema, expression, value_as_real(a), value_as_real(b));
}

static int sign_of(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

static struct value compare_numbers(enum ast_binary operator, struct value a, struct value b) {
    double x = value_as_real(a), y = value_as_real(b);
    bool both_integers = a.kind == VALUE_INTEGER && b.kind == VALUE_INTEGER;
    int sign = both_integers ? sign_of(a.as.integer, b.as.integer) : (x > y) - (x < y);
    switch (operator) {
    case AST_EQUAL: return value_boolean(sign == 0);
    case AST_UNEQUAL: return value_boolean(sign != 0);
    case AST_LESS: return value_boolean(sign < 0);
    case AST_LESS_EQUAL: return value_boolean(sign <= 0);
    case AST_GREATER: return value_boolean(sign > 0);
    default: return value_boolean(sign >= 0);
    }
}

static bool is_arithmetic(enum ast_binary operator) {
    return operator<= AST_REMAINDER;
}

/* Says what the operands are, under each of them. */
static void label_operands(struct sema *sema, const struct ast_expression *expression, struct value left,
                           struct value right) {
    const struct span left_span = expression->as.binary.left->span,
                      right_span = expression->as.binary.right->span;
    diag_label(sema->diag, left_span, "%s", sema_describe(sema, left, expression->as.binary.operator_span));
    diag_label(sema->diag, right_span, "%s", sema_describe(sema, right, expression->as.binary.operator_span));
}

static struct value report_operands(struct sema *sema, const struct ast_expression *expression,
                                    struct value left, struct value right) {
    sema_error(sema, expression->as.binary.operator_span, DIAG_TYPE, "'%s' does not go with these operands",
               ast_binary_text(expression->as.binary.operator));
    label_operands(sema, expression, left, right);
    return NO_VALUE;
}

static struct value apply_tensors(struct sema *sema, const struct ast_expression *expression,
                                  struct value left, struct value right) {
    static const enum op ops[] = {OP_ADD, OP_SUB, OP_MUL, OP_DIV};
    enum ast_binary operator= expression->as.binary.operator;
    bool both_fit = (left.kind == VALUE_TENSOR || value_is_number(left)) &&
                    (right.kind == VALUE_TENSOR || value_is_number(right));
    if (operator> AST_DIVIDE || !both_fit) return report_operands(sema, expression, left, right);
    struct node *inputs[2];
    const struct value operands[2] = {left, right};
    const struct span spans[2] = {expression->as.binary.left->span, expression->as.binary.right->span};
    for (int i = 0; i < 2; i++) {
        inputs[i] = operands[i].kind == VALUE_TENSOR
                        ? operands[i].as.node
                        : sema_add_number(sema, value_as_real(operands[i]), spans[i]);
        if (!inputs[i]) return NO_VALUE;
    }
    struct shape shape;
    if (!shape_broadcast(inputs[0]->shape, inputs[1]->shape, &shape)) {
        sema_error(sema, expression->as.binary.operator_span, DIAG_SHAPE_MISMATCH,
                   "cannot %s tensors of different shapes: %s and %s", op_binary_verb(ops[operator]),
                   shape_text(sema->arena, inputs[0]->shape), shape_text(sema->arena, inputs[1]->shape));
        label_operands(sema, expression, left, right);
        return NO_VALUE;
    }
    struct node *node = sema_add_node(sema, ops[operator], inputs, 2, sema_origin(sema, expression->span));
    return sema_finish_node(sema, node, ast_binary_text(operator), expression->as.binary.operator_span);
}

struct value sema_apply_binary(struct sema *sema, const struct ast_expression *expression, struct value left,
                               struct value right) {
    enum ast_binary operator= expression->as.binary.operator;
    if (left.kind == VALUE_TENSOR || right.kind == VALUE_TENSOR)
        return apply_tensors(sema, expression, left, right);
    if (value_is_number(left) && value_is_number(right))
        return is_arithmetic(operator) ? apply_numbers(sema, expression, left, right)
                                       : compare_numbers(operator, left, right);
    bool is_equality = operator== AST_EQUAL || operator== AST_UNEQUAL;
    if (is_equality && left.kind == VALUE_BOOLEAN && right.kind == VALUE_BOOLEAN)
        return value_boolean((left.as.boolean == right.as.boolean) == (operator== AST_EQUAL));
    if (is_equality && value_is_text(left) && value_is_text(right))
        return value_boolean((strcmp(left.as.text, right.as.text) == 0) == (operator== AST_EQUAL));
    return report_operands(sema, expression, left, right);
}

struct value sema_apply_unary(struct sema *sema, const struct ast_expression *expression,
                              struct value operand) {
    if (operand.kind == VALUE_REAL) return value_real(-operand.as.real);
    if (operand.kind == VALUE_INTEGER && operand.as.integer != INT64_MIN)
        return value_integer(-operand.as.integer);
    if (operand.kind == VALUE_INTEGER) {
        sema_error(sema, expression->span, DIAG_NUMBER_TOO_LARGE, "the result does not fit a 64-bit integer");
        return NO_VALUE;
    }
    if (operand.kind != VALUE_TENSOR) {
        sema_error(sema, expression->span, DIAG_TYPE, "'-' does not go with this operand");
        diag_label(sema->diag, expression->as.unary.operand->span, "%s",
                   sema_describe(sema, operand, expression->span));
        return NO_VALUE;
    }
    struct node *inputs[2] = {operand.as.node, sema_add_number(sema, -1, expression->span)};
    if (!inputs[1]) return NO_VALUE;
    struct node *node = sema_add_node(sema, OP_MUL, inputs, 2, sema_origin(sema, expression->span));
    return sema_finish_node(sema, node, "-", expression->span);
}
