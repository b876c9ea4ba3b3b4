/* ast_build.h - what the grammar's actions call: each makes or extends one node of the tree. */
#ifndef SENC_SYNTAX_AST_BUILD_H
#define SENC_SYNTAX_AST_BUILD_H

#include "parse.h"

/* --- expressions --- */
struct ast_expression *ast_integer(struct parse *parse, struct span span, int64_t value);
struct ast_expression *ast_real(struct parse *parse, struct span span, double value);
struct ast_expression *ast_boolean(struct parse *parse, struct span span, bool value);
struct ast_expression *ast_string(struct parse *parse, struct span span, const char *text);
struct ast_expression *ast_name_use(struct parse *parse, struct span span, const char *text);
struct ast_expression *ast_in(struct parse *parse, struct span span);
struct ast_expression *ast_list(struct parse *parse, struct span span, const struct ast_expressions *list);
struct ast_expression *ast_unary(struct parse *parse, struct span span, enum ast_unary operator,
                                 const struct ast_expression * operand);
struct ast_expression *ast_binary(struct parse *parse, struct span operator_span, enum ast_binary operator,
                                  const struct ast_expression * left, const struct ast_expression *right);
struct ast_expression *ast_conditional(struct parse *parse, const struct ast_expression *condition,
                                       const struct ast_expression *yes, const struct ast_expression *no);
struct ast_expression *ast_index(struct parse *parse, struct span span, const struct ast_expression *list,
                                 const struct ast_expression *position);
struct ast_expression *ast_call_use(struct parse *parse, const struct ast_call *call);
struct ast_expression *ast_chain(struct parse *parse, struct ast_expression *first,
                                 const struct ast_call *call);
struct ast_expression *ast_parenthesised(struct ast_expression *expression, struct span span);

/* --- their parts --- */
struct ast_expressions *ast_expressions(struct parse *parse);
struct ast_expressions *ast_expressions_add(struct parse *parse, struct ast_expressions *list,
                                            const struct ast_expression *expression);
struct ast_call *ast_call(struct parse *parse, struct span span, struct ast_name callee,
                          const struct ast_arguments *arguments,
                          const struct ast_label *label); /* each may be NULL */
struct ast_arguments *ast_arguments(struct parse *parse);
struct ast_arguments *ast_argument(struct parse *parse, struct ast_name name, const struct ast_expression *value);
struct ast_arguments *ast_arguments_add(struct parse *parse, struct ast_arguments *arguments,
                                        struct ast_name name, const struct ast_expression *value);
struct ast_label *ast_label(struct parse *parse);
struct ast_label *ast_label_add(struct parse *parse, struct ast_label *label, struct span span,
                                const char *text, const struct ast_expression *value);
struct ast_label *ast_label_begin(struct ast_label *label, struct span at);
struct ast_name ast_name(const char *text, struct span span);

/* --- statements --- */
struct ast_body *ast_body(struct parse *parse);
struct ast_body *ast_body_add(struct parse *parse, struct ast_body *body,
                              const struct ast_statement *statement);
struct ast_body *ast_body_close(struct ast_body *body, struct span open, struct span close);
struct ast_statement *ast_assign(struct parse *parse, struct span span, struct ast_name name,
                                 const struct ast_expression *value);
struct ast_clauses *ast_clauses_add(struct parse *parse, struct ast_clauses *clauses,
                                    const struct ast_expression *condition, const struct ast_body *body);
struct ast_statement *ast_if(struct parse *parse, struct span span, const struct ast_clauses *clauses);
struct ast_statement *ast_for(struct parse *parse, struct span span, struct ast_name name,
                              const struct ast_expression *first, const struct ast_expression *last,
                              const struct ast_body *body);
struct ast_statement *ast_return(struct parse *parse, struct span span, const struct ast_expression *value);
struct ast_statement *ast_assert(struct parse *parse, struct span span,
                                 const struct ast_expression *condition,
                                 const struct ast_expression *message);
struct ast_picture *ast_picture(struct parse *parse, struct span span, struct ast_name color,
                                const struct ast_arguments *arguments);
struct ast_statement *ast_input(struct parse *parse, struct span span, struct ast_name name,
                                struct ast_name type, const struct ast_expressions *dims,
                                const struct ast_picture *picture);
struct ast_statement *ast_output(struct parse *parse, struct span span, struct ast_name name,
                                 const struct ast_picture *picture, const struct ast_expression *value);
struct ast_statement *ast_labels(struct parse *parse, struct span span, const struct ast_expression *value);

/* --- items --- */
struct ast_parameters *ast_parameters(struct parse *parse);
struct ast_parameters *ast_parameter(struct parse *parse, struct ast_name name, const struct ast_expression *value);
struct ast_parameters *ast_parameters_add(struct parse *parse, struct ast_parameters *parameters,
                                          struct ast_name name, const struct ast_expression *value);
void ast_add_import(struct parse *parse, struct span span, struct ast_name path);
void ast_add_param(struct parse *parse, struct span span, struct ast_name name,
                   const struct ast_expression *value);
void ast_add_block(struct parse *parse, struct span span, struct ast_name name,
                   const struct ast_parameters *parameters, const struct ast_body *body);
void ast_add_network(struct parse *parse, struct span span, struct ast_name name,
                     const struct ast_body *body);
void ast_finish_expression(struct parse *parse, const struct ast_expression *expression);

#endif
