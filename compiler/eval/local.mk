# compiler/eval/local.mk
compiler_libsenc_a_SOURCES += \
	compiler/eval/binary.c compiler/eval/conv.c compiler/eval/elementwise.c \
	compiler/eval/eval.c compiler/eval/eval.h compiler/eval/eval_op.h compiler/eval/index.c \
	compiler/eval/move.c compiler/eval/pool.c compiler/eval/pool.h compiler/eval/reduce.c compiler/eval/se.c
