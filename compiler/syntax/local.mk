# compiler/syntax/local.mk
compiler_libsenc_a_SOURCES += \
	compiler/syntax/ast.h \
	compiler/syntax/ast_build.c compiler/syntax/ast_build.h \
	compiler/syntax/ast_print.c \
	compiler/syntax/parse.h \
	compiler/syntax/syntax.c compiler/syntax/syntax.h \
	compiler/syntax/syntax_error.c
