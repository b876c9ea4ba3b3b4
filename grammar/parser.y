/* parser.y - the grammar of .sen texts; turns tokens into the tree of compiler/syntax/ast.h. */

%define api.pure full
%define api.prefix {senc_}
%define api.token.prefix {TOK_}
%define api.value.type union
%define api.location.type {struct span}
%define parse.lac full
%define parse.error custom
%locations
%param {struct parse *parse}
%expect 0

%code requires {
#include "compiler/syntax/parse.h"
}

%code provides {
/* The tokens as the grammar sees them: tokens.c, on top of the scanner. */
int senc_lex(SENC_STYPE *value, struct span *span, struct parse *parse);
}

%code {
#include "compiler/syntax/ast_build.h"

/* bison counts errors in a variable that nothing reads; Clang sees it. */
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"

#define YYLLOC_DEFAULT(current, right, count)                                                                          \
    ((current) = (count) ? span_join(YYRHSLOC(right, 1), YYRHSLOC(right, count))                                       \
                         : (struct span){YYRHSLOC(right, 0).source, YYRHSLOC(right, 0).end, YYRHSLOC(right, 0).end})

static void yyerror(struct span *span, struct parse *parse, const char *message);
}

%initial-action { @$ = (struct span){.source = parse->source}; }

/* The first token says what is read. */
%token FILE_BEGIN "a file" EXPRESSION_BEGIN "an expression alone"

/* After an error: what follows begins a statement or an item, or ends a body. */
%token RESUME "a new start"

%token IMPORT "'import'" PARAM "'param'" BLOCK "'block'" NETWORK "'network'"
%token INPUT "'input'" OUTPUT "'output'" LABELS "'labels'" FROM "'from'"
%token IF "'if'" ELSE "'else'" FOR "'for'" IN "'in'" RETURN "'return'" ASSERT "'assert'"
%token AND "'and'" OR "'or'" NOT "'not'" TRUE "'true'" FALSE "'false'"
%token ARROW "'->'" DOTS "'..'" EQUAL "'=='" UNEQUAL "'!='" LESS_EQUAL "'<='" GREATER_EQUAL "'>='"
%token AT "'@'" LABEL_OPEN "'{' of a label" LABEL_CLOSE "'}' of a label"
%token YYEOF 0 "end of file"

%token <const char *> NAME "a name" STRING "a string" LABEL_TEXT "a label"
%token <int64_t> INTEGER "a number"
%token <double> REAL "a decimal number"

%right '?' ':'
%left OR
%left AND
%precedence NOT
%nonassoc EQUAL UNEQUAL '<' LESS_EQUAL '>' GREATER_EQUAL
%left '+' '-'
%left '*' '/' '%'
%precedence NEGATE

%type <struct ast_expression *> chain expression primary
%type <struct ast_expressions *> list list_items
%type <struct ast_call *> call link
%type <struct ast_arguments *> arguments argument_list
%type <struct ast_label *> label label_parts
%type <struct ast_body *> body statements
%type <struct ast_statement *> statement
%type <struct ast_clauses *> clauses
%type <struct ast_picture *> picture picture_kind
%type <struct ast_parameters *> parameters parameter_list

%%

start:
    FILE_BEGIN items
  | EXPRESSION_BEGIN chain                  { ast_finish_expression(parse, $2); }
  ;

items:
    %empty
  | items item
  | items ';'
  | items error RESUME                      { yyerrok; }
  ;

item:
    IMPORT STRING                           { ast_add_import(parse, @$, ast_name($2, @2)); }
  | PARAM NAME '=' chain                    { ast_add_param(parse, @$, ast_name($2, @2), $4); }
  | BLOCK NAME parameters body              { ast_add_block(parse, span_join(@1, @3), ast_name($2, @2), $3, $4); }
  | NETWORK NAME body                       { ast_add_network(parse, span_join(@1, @2), ast_name($2, @2), $3); }
  ;

parameters:
    %empty                                  { $$ = ast_parameters(parse); }
  | '(' ')'                                 { $$ = ast_parameters(parse); }
  | '(' parameter_list ')'                  { $$ = $2; }
  | '(' parameter_list ',' ')'              { $$ = $2; }
  ;

parameter_list:
    NAME                                    { $$ = ast_parameter(parse, ast_name($1, @1), NULL); }
  | NAME '=' chain                          { $$ = ast_parameter(parse, ast_name($1, @1), $3); }
  | parameter_list ',' NAME                 { $$ = ast_parameters_add(parse, $1, ast_name($3, @3), NULL); }
  | parameter_list ',' NAME '=' chain       { $$ = ast_parameters_add(parse, $1, ast_name($3, @3), $5); }
  ;

body:
    '{' statements '}'                      { $$ = ast_body_close($2, @1, @3); }
  ;

statements:
    %empty                                  { $$ = ast_body(parse); }
  | statements statement                    { $$ = ast_body_add(parse, $1, $2); }
  | statements ';'
  | statements error RESUME                 { yyerrok; }
  ;

statement:
    NAME '=' chain                          { $$ = ast_assign(parse, @$, ast_name($1, @1), $3); }
  | clauses                                 { $$ = ast_if(parse, @$, $1); }
  | clauses ELSE body                       { $$ = ast_if(parse, @$, ast_clauses_add(parse, $1, NULL, $3)); }
  | FOR NAME IN expression DOTS expression body { $$ = ast_for(parse, @$, ast_name($2, @2), $4, $6, $7); }
  | RETURN chain                            { $$ = ast_return(parse, @$, $2); }
  | ASSERT '(' chain ')'                    { $$ = ast_assert(parse, @$, $3, NULL); }
  | ASSERT '(' chain ',' chain ')'          { $$ = ast_assert(parse, @$, $3, $5); }
  | INPUT NAME ':' NAME list picture        { $$ = ast_input(parse, @$, ast_name($2, @2), ast_name($4, @4), $5, $6); }
  | OUTPUT NAME '=' chain                   { $$ = ast_output(parse, @$, ast_name($2, @2), NULL, $4); }
  | OUTPUT NAME ':' picture_kind '=' chain  { $$ = ast_output(parse, @$, ast_name($2, @2), $4, $6); }
  | OUTPUT chain                            { $$ = ast_output(parse, @$, ast_name(NULL, @1), NULL, $2); }
  | LABELS chain                            { $$ = ast_labels(parse, @$, $2); }
  ;

clauses:
    IF chain body                           { $$ = ast_clauses_add(parse, NULL, $2, $3); }
  | clauses ELSE IF chain body              { $$ = ast_clauses_add(parse, $1, $4, $5); }
  ;

picture:
    %empty                                  { $$ = NULL; }
  | FROM picture_kind                       { $$ = $2; $$->span = @$; }
  ;

picture_kind:
    NAME                                    { $$ = ast_picture(parse, @$, ast_name($1, @1), ast_arguments(parse)); }
  | NAME '(' arguments ')'                  { $$ = ast_picture(parse, @$, ast_name($1, @1), $3); }
  ;

/* As a whole statement, a value may be fed through layers; within operators such a chain stands in parentheses. */
chain:
    expression
  | chain ARROW link                        { $$ = ast_chain(parse, $1, $3); }
  ;

link:
    NAME label                              { $$ = ast_call(parse, @1, ast_name($1, @1), NULL, $2); }
  | NAME '(' arguments ')' label            { $$ = ast_call(parse, span_join(@1, @4), ast_name($1, @1), $3, $5); }
  ;

expression:
    primary
  | expression '?' chain ':' expression     { $$ = ast_conditional(parse, $1, $3, $5); }
  | expression OR expression                { $$ = ast_binary(parse, @2, AST_OR, $1, $3); }
  | expression AND expression               { $$ = ast_binary(parse, @2, AST_AND, $1, $3); }
  | NOT expression                          { $$ = ast_unary(parse, @$, AST_NOT, $2); }
  | expression EQUAL expression             { $$ = ast_binary(parse, @2, AST_EQUAL, $1, $3); }
  | expression UNEQUAL expression           { $$ = ast_binary(parse, @2, AST_UNEQUAL, $1, $3); }
  | expression '<' expression               { $$ = ast_binary(parse, @2, AST_LESS, $1, $3); }
  | expression LESS_EQUAL expression        { $$ = ast_binary(parse, @2, AST_LESS_EQUAL, $1, $3); }
  | expression '>' expression               { $$ = ast_binary(parse, @2, AST_GREATER, $1, $3); }
  | expression GREATER_EQUAL expression     { $$ = ast_binary(parse, @2, AST_GREATER_EQUAL, $1, $3); }
  | expression '+' expression               { $$ = ast_binary(parse, @2, AST_ADD, $1, $3); }
  | expression '-' expression               { $$ = ast_binary(parse, @2, AST_SUBTRACT, $1, $3); }
  | expression '*' expression               { $$ = ast_binary(parse, @2, AST_MULTIPLY, $1, $3); }
  | expression '/' expression               { $$ = ast_binary(parse, @2, AST_DIVIDE, $1, $3); }
  | expression '%' expression               { $$ = ast_binary(parse, @2, AST_REMAINDER, $1, $3); }
  | '-' expression %prec NEGATE             { $$ = ast_unary(parse, @$, AST_NEGATE, $2); }
  ;

primary:
    INTEGER                                 { $$ = ast_integer(parse, @1, $1); }
  | REAL                                    { $$ = ast_real(parse, @1, $1); }
  | TRUE                                    { $$ = ast_boolean(parse, @1, true); }
  | FALSE                                   { $$ = ast_boolean(parse, @1, false); }
  | STRING                                  { $$ = ast_string(parse, @1, $1); }
  | NAME                                    { $$ = ast_name_use(parse, @1, $1); }
  | IN                                      { $$ = ast_in(parse, @1); }
  | list                                    { $$ = ast_list(parse, @1, $1); }
  | call                                    { $$ = ast_call_use(parse, $1); }
  | primary '[' chain ']'                   { $$ = ast_index(parse, @$, $1, $3); }
  | '(' chain ')'                           { $$ = ast_parenthesised($2, @$); }
  ;

call:
    NAME '(' arguments ')' label            { $$ = ast_call(parse, span_join(@1, @4), ast_name($1, @1), $3, $5); }
  ;

arguments:
    %empty                                  { $$ = ast_arguments(parse); }
  | argument_list
  | argument_list ','
  ;

argument_list:
    chain                                   { $$ = ast_argument(parse, ast_name(NULL, @1), $1); }
  | NAME '=' chain                          { $$ = ast_argument(parse, ast_name($1, @1), $3); }
  | argument_list ',' chain                 { $$ = ast_arguments_add(parse, $1, ast_name(NULL, @3), $3); }
  | argument_list ',' NAME '=' chain        { $$ = ast_arguments_add(parse, $1, ast_name($3, @3), $5); }
  ;

list:
    '[' ']'                                 { $$ = ast_expressions(parse); }
  | '[' list_items ']'                      { $$ = $2; }
  | '[' list_items ',' ']'                  { $$ = $2; }
  ;

list_items:
    chain                                   { $$ = ast_expressions_add(parse, ast_expressions(parse), $1); }
  | list_items ',' chain                    { $$ = ast_expressions_add(parse, $1, $3); }
  ;

label:
    %empty                                  { $$ = NULL; }
  | AT label_parts                          { $$ = ast_label_begin($2, @1); }
  ;

label_parts:
    LABEL_TEXT                              { $$ = ast_label_add(parse, ast_label(parse), @1, $1, NULL); }
  | LABEL_OPEN chain LABEL_CLOSE            { $$ = ast_label_add(parse, ast_label(parse), @$, NULL, $2); }
  | label_parts LABEL_TEXT                  { $$ = ast_label_add(parse, $1, @2, $2, NULL); }
  | label_parts LABEL_OPEN chain LABEL_CLOSE { $$ = ast_label_add(parse, $1, span_join(@2, @4), NULL, $3); }
  ;

%%

static int yyreport_syntax_error(const yypcontext_t *context, struct parse *parse) {
    enum { EXPECTED_LIMIT = 64 };
    yysymbol_kind_t expected[EXPECTED_LIMIT];
    const char *names[EXPECTED_LIMIT];
    int count = yypcontext_expected_tokens(context, expected, EXPECTED_LIMIT);
    for (int i = 0; i < count; i++) names[i] = yysymbol_name(expected[i]);
    yysymbol_kind_t found = yypcontext_token(context);
    parse_report_unexpected(parse, *yypcontext_location(context), found == YYSYMBOL_YYEMPTY ? "" : yysymbol_name(found),
                            names, count);
    return 0;
}

/* Called for a full stack only: syntax errors go through yyreport_syntax_error. */
static void yyerror(struct span *span, struct parse *parse, const char *message) {
    (void)message;
    parse_report_nesting(parse, *span, AST_MAX_DEPTH);
}
