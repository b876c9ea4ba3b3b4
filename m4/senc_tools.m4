# senc_tools.m4 - the scanner and parser generators, and the switches that change how everything is compiled.

# SENC_FIND_SCANNER_GENERATORS
# Sets LEX and YACC. AC_PROG_YACC would run `bison -y`, which refuses %define api.value.type union. A release has
# the generated files with it, so a missing generator is an error only when a grammar file has changed.
AC_DEFUN([SENC_FIND_SCANNER_GENERATORS], [
    AC_REQUIRE([AM_MISSING_HAS_RUN])
    AC_PROG_LEX([noyywrap])
    AS_IF([test "$LEX" = :], [LEX=${am_missing_run}flex])
    AC_PATH_PROG([BISON], [bison], [${am_missing_run}bison])
    AC_SUBST([YACC], ['$(BISON) -o y.tab.c'])
])

# SENC_FIND_PROTOC_C
# Sets PROTOC_C, the command that makes C code of a protobuf schema: protoc-c, or protoc with its plugin.
AC_DEFUN([SENC_FIND_PROTOC_C], [
    AC_ARG_VAR([PROTOC_C], [compiler of protobuf schemas to C: takes --c_out])
    AC_CHECK_PROGS([PROTOC_C], [protoc-c protoc])
    AS_IF([test -z "$PROTOC_C"],
        [AC_MSG_ERROR([protoc-c was not found. On Debian and Ubuntu: apt install protobuf-c-compiler])])
])

# SENC_WARNINGS
# Sets WARNING_CFLAGS.
AC_DEFUN([SENC_WARNINGS], [
    AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [compiler warnings are errors])])
    WARNING_CFLAGS="-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes"
    AS_IF([test "x$enable_werror" = xyes], [WARNING_CFLAGS="$WARNING_CFLAGS -Werror"])
    AC_SUBST([WARNING_CFLAGS])
])

# SENC_SANITIZERS
# Sets SANITIZER_CFLAGS, for compiling and for linking, from --enable-sanitizers=address,undefined.
AC_DEFUN([SENC_SANITIZERS], [
    AC_ARG_ENABLE([sanitizers],
        [AS_HELP_STRING([--enable-sanitizers=LIST],
                        [instrument everything with -fsanitize=LIST @<:@address,undefined@:>@])])
    AS_CASE([$enable_sanitizers],
        [yes], [enable_sanitizers=address,undefined],
        [no], [enable_sanitizers=])
    SANITIZER_CFLAGS=
    AS_IF([test -n "$enable_sanitizers"],
        [SANITIZER_CFLAGS="-fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
         senc_save_CFLAGS=$CFLAGS
         CFLAGS="$CFLAGS $SANITIZER_CFLAGS"
         AC_MSG_CHECKING([whether $CC takes -fsanitize=$enable_sanitizers])
         AC_LINK_IFELSE([AC_LANG_PROGRAM], [AC_MSG_RESULT([yes])],
             [AC_MSG_RESULT([no])
              AC_MSG_ERROR([$CC cannot link with -fsanitize=$enable_sanitizers])])
         CFLAGS=$senc_save_CFLAGS])
    AC_SUBST([SANITIZER_CFLAGS])
    AM_CONDITIONAL([SANITIZERS], [test -n "$enable_sanitizers"])
])

# SENC_FUZZER
# --enable-fuzzer builds the programs of tests/fuzz with libFuzzer (Clang); without it they replay their seeds only. All
# that they are linked with is instrumented, too: libFuzzer follows the branches that an input takes.
AC_DEFUN([SENC_FUZZER], [
    AC_ARG_ENABLE([fuzzer], [AS_HELP_STRING([--enable-fuzzer], [build the libFuzzer targets (needs CC=clang)])])
    AS_IF([test "x$enable_fuzzer" = xyes],
        [senc_save_CFLAGS=$CFLAGS
         CFLAGS="$CFLAGS -fsanitize=fuzzer"
         AC_MSG_CHECKING([whether $CC takes -fsanitize=fuzzer])
         AC_LINK_IFELSE([AC_LANG_SOURCE([[
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) { return bytes == 0 && size == 0; }]])],
             [AC_MSG_RESULT([yes])],
             [AC_MSG_RESULT([no])
              AC_MSG_ERROR([$CC has no libFuzzer: ./configure --enable-fuzzer CC=clang-19])])
         CFLAGS=$senc_save_CFLAGS
         SANITIZER_CFLAGS="$SANITIZER_CFLAGS -fsanitize=fuzzer-no-link"])
    AM_CONDITIONAL([FUZZER], [test "x$enable_fuzzer" = xyes])
])
