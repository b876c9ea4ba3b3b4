# compiler/eval/local.mk
compiler_libsenc_a_SOURCES += compiler/eval/eval.h
