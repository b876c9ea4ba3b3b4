# compiler/base/local.mk
compiler_libsenc_a_SOURCES += \
	compiler/base/arena.c compiler/base/arena.h \
	compiler/base/cleanup.c compiler/base/cleanup.h \
	compiler/base/diag.c compiler/base/diag.def compiler/base/diag.h \
	compiler/base/fatal.c compiler/base/fatal.h \
	compiler/base/map.c compiler/base/map.h \
	compiler/base/nearest.c \
	compiler/base/snippet.c compiler/base/snippet.h \
	compiler/base/output.c compiler/base/output.h \
	compiler/base/parallel.c compiler/base/parallel.h \
	compiler/base/source.c compiler/base/source.h \
	compiler/base/text.c compiler/base/text.h \
	compiler/base/utf8.c compiler/base/utf8.h \
	compiler/base/vec.c compiler/base/vec.h
