# compiler/object/local.mk
compiler_libsenc_a_SOURCES += compiler/object/object.h
