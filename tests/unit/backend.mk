# tests/unit/backend.mk - compiled code against the interpreter
numeric_sources = tests/numeric/numeric.c tests/numeric/numeric.h
numeric_libs = $(compiler_libs) runtime/libsenrt.a -lpthread

check_PROGRAMS += tests/numeric/test_functions tests/numeric/test_layers tests/numeric/test_random tests/numeric/test_se
tests_numeric_test_functions_SOURCES = tests/numeric/test_functions.c tests/numeric/functions.def $(numeric_sources)
tests_numeric_test_functions_LDADD = $(numeric_libs)
TESTS += tests/numeric/test_functions

check_PROGRAMS += tests/numeric/test_winograd
tests_numeric_test_winograd_SOURCES = tests/numeric/test_winograd.c $(numeric_sources)
tests_numeric_test_winograd_LDADD = $(numeric_libs)
TESTS += tests/numeric/test_winograd
tests_numeric_test_layers_SOURCES = tests/numeric/test_layers.c tests/numeric/layers.def $(numeric_sources)
tests_numeric_test_layers_LDADD = $(numeric_libs)
tests_numeric_test_random_SOURCES = tests/numeric/test_random.c tests/numeric/generate.c tests/numeric/generate_join.c $(numeric_sources)
tests_numeric_test_random_LDADD = $(numeric_libs)
tests_numeric_test_se_SOURCES = tests/numeric/test_se.c tests/numeric/generate_se.c $(numeric_sources)
tests_numeric_test_se_LDADD = $(numeric_libs)

check_PROGRAMS += tests/numeric/test_branches
tests_numeric_test_branches_SOURCES = tests/numeric/test_branches.c $(numeric_sources)
tests_numeric_test_branches_LDADD = $(numeric_libs)
dist_noinst_SCRIPTS += tests/numeric/branches-0
TESTS += tests/numeric/branches-0

check_PROGRAMS += tests/numeric/test_export
tests_numeric_test_export_SOURCES = tests/numeric/test_export.c tests/numeric/generate.c $(numeric_sources)
tests_numeric_test_export_LDADD = $(numeric_libs)
TESTS += tests/numeric/test_export

# Two halves, so that two cores share them.
dist_noinst_SCRIPTS += tests/check-spills
EXTRA_DIST += tests/inner-loops.awk
TESTS += tests/check-spills
dist_noinst_SCRIPTS += tests/numeric/random-0 tests/numeric/random-250 tests/numeric/random-500 tests/numeric/random-join tests/numeric/se-0 tests/numeric/se-special \
	tests/numeric/se-ablation tests/numeric/se-trained tests/numeric/check-se-ablation
# Networks that make pictures.
picture_sources = tests/numeric/picture.c tests/numeric/picture.h $(numeric_sources)
picture_libs = $(compiler_libs) runtime/libsenrt-main.a runtime/libsenrt.a $(SENRT_MAIN_LIBS)
check_PROGRAMS += tests/numeric/test_tiles tests/numeric/test_waifu2x
tests_numeric_test_tiles_SOURCES = tests/numeric/test_tiles.c $(picture_sources)
tests_numeric_test_tiles_LDADD = $(picture_libs)
tests_numeric_test_waifu2x_SOURCES = tests/numeric/test_waifu2x.c $(picture_sources)
tests_numeric_test_waifu2x_LDADD = $(picture_libs)
TESTS += tests/numeric/test_tiles tests/numeric/test_waifu2x

TESTS += tests/numeric/test_layers tests/numeric/random-0 tests/numeric/random-250 tests/numeric/random-500 tests/numeric/random-join tests/numeric/se-0 tests/numeric/se-special \
	tests/numeric/se-ablation tests/numeric/se-trained tests/numeric/check-se-ablation
