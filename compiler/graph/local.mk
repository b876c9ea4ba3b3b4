# compiler/graph/local.mk
compiler_libsenc_a_SOURCES += compiler/graph/activation.def compiler/graph/graph.h compiler/graph/op.def
