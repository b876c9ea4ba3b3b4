# tests/unit/driver.mk - outputs and the command line
check_PROGRAMS += tests/unit/test_output
tests_unit_test_output_SOURCES = tests/unit/test_output.c
tests_unit_test_output_LDADD = $(test_libs)
TESTS += tests/unit/test_output

check_PROGRAMS += tests/unit/test_options
tests_unit_test_options_SOURCES = tests/unit/test_options.c
tests_unit_test_options_LDADD = $(test_libs)
TESTS += tests/unit/test_options
