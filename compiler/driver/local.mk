# compiler/driver/local.mk - the command line, and the program itself.
bin_PROGRAMS += senc
senc_SOURCES = compiler/driver/main.c
senc_LDADD = $(compiler_libs)
compiler_libsenc_a_SOURCES += \
	compiler/driver/annotate.c compiler/driver/annotate.h \
	compiler/driver/compile.c compiler/driver/compile.h \
	compiler/driver/destination.c compiler/driver/destination.h \
	compiler/driver/options.c compiler/driver/options.def compiler/driver/options.h \
	compiler/driver/runtime_dir.c compiler/driver/runtime_dir.h \
	compiler/driver/tile_option.c compiler/driver/tile_option.h \
	compiler/driver/timing.c compiler/driver/timing.h

# Where the runtime will be, and how to get there from senc wherever the tree is moved to.
compiler/driver/install_dirs.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	to_lib=`realpath -m --relative-to='$(bindir)' '$(libdir)'` && \
	printf '#define SENC_BIN_TO_LIB "%s"\n#define SENC_LIBDIR "%s"\n' "$$to_lib" '$(libdir)' > $@
compiler/driver/runtime_dir.$(OBJEXT): compiler/driver/install_dirs.h
BUILT_SOURCES += compiler/driver/install_dirs.h
dist_bashcompletion_DATA += compiler/driver/senc.bash
CLEANFILES += compiler/driver/install_dirs.h
