compiler_libsenc_a_SOURCES += \
	compiler/object/jit.c \
	compiler/object/link.c \
	compiler/object/object.c \
	compiler/object/object.h \
	compiler/object/weights_object.c
