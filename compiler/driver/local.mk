# compiler/driver/local.mk - the command line, and the program itself.
bin_PROGRAMS += senc
senc_SOURCES = compiler/driver/main.c
senc_LDADD = $(compiler_libs)
compiler_libsenc_a_SOURCES += \
	compiler/driver/compile.c compiler/driver/compile.h \
	compiler/driver/options.c compiler/driver/options.def compiler/driver/options.h
