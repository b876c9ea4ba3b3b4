# compiler/tensor/local.mk
compiler_libsenc_a_SOURCES += compiler/tensor/shape.h compiler/tensor/tensor.h
