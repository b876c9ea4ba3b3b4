# compiler/pass/local.mk
compiler_libsenc_a_SOURCES += compiler/pass/pass.h compiler/pass/passes.def
