# tests/unit/backend.mk - compiled code against the interpreter
numeric_sources = tests/numeric/numeric.c tests/numeric/numeric.h
numeric_libs = $(compiler_libs) runtime/libsenrt.a -lpthread

check_PROGRAMS += tests/numeric/test_layers tests/numeric/test_random
tests_numeric_test_layers_SOURCES = tests/numeric/test_layers.c tests/numeric/layers.def $(numeric_sources)
tests_numeric_test_layers_LDADD = $(numeric_libs)
tests_numeric_test_random_SOURCES = tests/numeric/test_random.c tests/numeric/generate.c $(numeric_sources)
tests_numeric_test_random_LDADD = $(numeric_libs)

check_PROGRAMS += tests/numeric/test_export
tests_numeric_test_export_SOURCES = tests/numeric/test_export.c tests/numeric/generate.c $(numeric_sources)
tests_numeric_test_export_LDADD = $(numeric_libs)
TESTS += tests/numeric/test_export

# Two halves, so that two cores share them.
dist_noinst_SCRIPTS += tests/check-spills
EXTRA_DIST += tests/inner-loops.awk
TESTS += tests/check-spills
dist_noinst_SCRIPTS += tests/numeric/random-0 tests/numeric/random-250
TESTS += tests/numeric/test_layers tests/numeric/random-0 tests/numeric/random-250
