# compiler/codegen/local.mk
compiler_libsenc_a_SOURCES += compiler/codegen/codegen.h
