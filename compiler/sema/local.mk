# compiler/sema/local.mk
compiler_libsenc_a_SOURCES += \
	compiler/sema/arithmetic.c \
	compiler/sema/call.c \
	compiler/sema/check.c \
	compiler/sema/elaborate.h \
	compiler/sema/elsewhere.c \
	compiler/sema/expression.c \
	compiler/sema/function.c \
	compiler/sema/layer.c compiler/sema/layer.def compiler/sema/layer.h \
	compiler/sema/layer_argument.c compiler/sema/layer_axis.c \
	compiler/sema/layer_conv.c \
	compiler/sema/layer_move.c compiler/sema/layer_norm.c \
	compiler/sema/layer_pointwise.c compiler/sema/layer_resize.c \
	compiler/sema/network.c \
	compiler/sema/node.c \
	compiler/sema/param.c \
	compiler/sema/picture.c \
	compiler/sema/sema.c compiler/sema/sema.h \
	compiler/sema/statement.c compiler/sema/unused.c \
	compiler/sema/value.c compiler/sema/value.h
