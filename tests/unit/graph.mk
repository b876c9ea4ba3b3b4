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

# The interpreter against PyTorch.
reference_sources = tests/reference/reference.c tests/reference/reference.h
check_PROGRAMS += tests/reference/test_layers tests/reference/test_networks
tests_reference_test_layers_SOURCES = tests/reference/test_layers.c $(reference_sources)
tests_reference_test_layers_LDADD = $(compiler_libs)
tests_reference_test_networks_SOURCES = tests/reference/test_networks.c $(reference_sources)
tests_reference_test_networks_LDADD = $(compiler_libs)
TESTS += tests/reference/test_layers tests/reference/test_networks
EXTRA_DIST += tests/reference/README.md tests/reference/layers \
	tests/reference/check_onnx.py tests/reference/layer_cases.py tests/reference/make_reference.py tests/reference/networks.py \
	tests/reference/random_weights.py tests/reference/resnet50.output.npy tests/reference/seresnet50.output.npy
