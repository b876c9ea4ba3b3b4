# compiler/graph/local.mk
compiler_libsenc_a_SOURCES += \
	compiler/graph/activation.def compiler/graph/op.def \
	compiler/graph/graph.c compiler/graph/macs.c compiler/graph/graph.h \
	compiler/graph/graph_dot.c compiler/graph/graph_print.c compiler/graph/graph_verify.c \
	compiler/graph/infer.c compiler/graph/infer.h compiler/graph/infer_index.c compiler/graph/infer_move.c \
	compiler/graph/infer_window.c \
	compiler/graph/origin.c compiler/graph/print.h compiler/graph/print_attributes.c \
	compiler/graph/tiling.c compiler/graph/tiling.h
