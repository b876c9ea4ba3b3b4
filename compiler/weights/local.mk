# compiler/weights/local.mk
compiler_libsenc_a_SOURCES += \
	compiler/weights/bind.c compiler/weights/finite.c compiler/weights/npy.c compiler/weights/print.c compiler/weights/random.c \
	compiler/weights/safetensors.c compiler/weights/weights.h compiler/weights/write.c
