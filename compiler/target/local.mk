# compiler/target/local.mk
compiler_libsenc_a_SOURCES += compiler/target/target.def compiler/target/target.h
