# compiler/tensor/local.mk
compiler_libsenc_a_SOURCES += \
	compiler/tensor/shape.c compiler/tensor/shape.h \
	compiler/tensor/tensor.c compiler/tensor/tensor.h
