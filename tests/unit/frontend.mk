# tests/unit/frontend.mk - what all of the compiler stands on, and the language
check_PROGRAMS += tests/unit/test_base tests/unit/test_syntax tests/unit/test_sema
tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_LDADD = $(test_libs)
tests_unit_test_syntax_SOURCES = tests/unit/test_syntax.c
tests_unit_test_syntax_LDADD = $(test_libs)
tests_unit_test_sema_SOURCES = tests/unit/test_sema.c
tests_unit_test_sema_LDADD = $(test_libs)
TESTS += tests/unit/test_base tests/unit/test_syntax tests/unit/test_sema
