# compiler/weights/local.mk
compiler_libsenc_a_SOURCES += compiler/weights/weights.h
