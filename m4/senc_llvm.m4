# senc_llvm.m4 - finds LLVM through its llvm-config.
#
# SENC_FIND_LLVM([OLDEST-MAJOR-VERSION])
# Sets LLVM_CONFIG, LLVM_VERSION, LLVM_CPPFLAGS, LLVM_LDFLAGS and LLVM_LIBS. The names with a version come first:
# on Debian 12 the plain llvm-config is LLVM 14.
AC_DEFUN([SENC_FIND_LLVM], [
    AC_ARG_WITH([llvm],
        [AS_HELP_STRING([--with-llvm=PATH], [llvm-config, or the folder that holds bin/llvm-config])])
    senc_llvm_advice="On Debian and Ubuntu: apt install llvm-19-dev. Elsewhere: ./configure --with-llvm=/path/to/llvm-config"
    AS_CASE([$with_llvm],
        [''|yes], [AC_PATH_PROGS_FEATURE_CHECK([LLVM_CONFIG],
            [llvm-config-19 llvm-config-18 llvm-config-17 llvm-config-16 llvm-config-20 llvm-config],
            [senc_major=`$ac_path_LLVM_CONFIG --version | $SED 's/\..*//'`
             AS_IF([test "$senc_major" -ge $1 2>/dev/null],
                   [ac_cv_path_LLVM_CONFIG=$ac_path_LLVM_CONFIG ac_path_LLVM_CONFIG_found=:])],
            [AC_MSG_ERROR([no LLVM $1 or newer was found. $senc_llvm_advice])])
            LLVM_CONFIG=$ac_cv_path_LLVM_CONFIG],
        [no], [AC_MSG_ERROR([senc generates code through LLVM and cannot be built without it])],
        [AS_IF([test -d "$with_llvm"], [LLVM_CONFIG=$with_llvm/bin/llvm-config], [LLVM_CONFIG=$with_llvm])])
    AC_MSG_CHECKING([the version of LLVM])
    LLVM_VERSION=`"$LLVM_CONFIG" --version 2>/dev/null`
    AC_MSG_RESULT([${LLVM_VERSION:-none}])
    senc_major=`AS_ECHO(["$LLVM_VERSION"]) | $SED 's/\..*//'`
    AS_IF([test "$senc_major" -ge $1 2>/dev/null], [],
        [AC_MSG_ERROR(['$LLVM_CONFIG' is no llvm-config of LLVM $1 or newer. $senc_llvm_advice])])
    AS_CASE([" `$LLVM_CONFIG --targets-built` "], [*' X86 '*], [],
        [AC_MSG_ERROR([LLVM $LLVM_VERSION was built without its X86 target])])

    senc_components="core passes analysis target x86 orcjit native"
    LLVM_CPPFLAGS="-isystem `$LLVM_CONFIG --includedir`"
    LLVM_LDFLAGS=`$LLVM_CONFIG --ldflags`
    LLVM_LIBS=`$LLVM_CONFIG --libs $senc_components`
    AS_IF([test "`$LLVM_CONFIG --shared-mode $senc_components`" = static],
        [LLVM_LIBS="$LLVM_LIBS `$LLVM_CONFIG --system-libs --link-static $senc_components` -lstdc++ -lm"])

    senc_save_CPPFLAGS=$CPPFLAGS senc_save_LDFLAGS=$LDFLAGS senc_save_LIBS=$LIBS
    CPPFLAGS="$CPPFLAGS $LLVM_CPPFLAGS" LDFLAGS="$LDFLAGS $LLVM_LDFLAGS" LIBS="$LLVM_LIBS $LIBS"
    AC_CHECK_HEADER([llvm-c/Core.h], [],
        [AC_MSG_ERROR([the headers of LLVM $LLVM_VERSION are missing. $senc_llvm_advice])])
    AC_CHECK_FUNC([LLVMRunPasses], [],
        [AC_MSG_ERROR([the libraries of LLVM $LLVM_VERSION do not link. $senc_llvm_advice])])
    CPPFLAGS=$senc_save_CPPFLAGS LDFLAGS=$senc_save_LDFLAGS LIBS=$senc_save_LIBS

    AC_SUBST([LLVM_CONFIG])
    AC_SUBST([LLVM_VERSION])
    AC_SUBST([LLVM_CPPFLAGS])
    AC_SUBST([LLVM_LDFLAGS])
    AC_SUBST([LLVM_LIBS])
    AC_DEFINE_UNQUOTED([SENC_LLVM_VERSION], ["$LLVM_VERSION"], [The version of LLVM that senc is linked with.])
])
