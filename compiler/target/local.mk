compiler_libsenc_a_SOURCES += \
	compiler/target/target.c \
	compiler/target/target.def \
	compiler/target/target.h
