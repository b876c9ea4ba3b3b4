# tests/unit/graph.mk - graph, interpreter, weights and passes
check_PROGRAMS += tests/unit/test_graph
tests_unit_test_graph_SOURCES = tests/unit/test_graph.c tests/unit/build.c tests/unit/build.h
tests_unit_test_graph_LDADD = $(test_libs)
TESTS += tests/unit/test_graph

check_PROGRAMS += tests/unit/test_eval
tests_unit_test_eval_SOURCES = tests/unit/test_eval.c tests/unit/build.c tests/unit/build.h
tests_unit_test_eval_LDADD = $(test_libs)
TESTS += tests/unit/test_eval

check_PROGRAMS += tests/unit/test_weights
tests_unit_test_weights_SOURCES = tests/unit/test_weights.c tests/unit/build.c tests/unit/build.h
tests_unit_test_weights_LDADD = $(test_libs)
TESTS += tests/unit/test_weights

check_PROGRAMS += tests/unit/test_pass
tests_unit_test_pass_SOURCES = tests/unit/test_pass.c tests/unit/build.c tests/unit/build.h
tests_unit_test_pass_LDADD = $(test_libs)
TESTS += tests/unit/test_pass
