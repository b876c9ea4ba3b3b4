# tests/onnx/local.mk - the official tests of the ONNX backends.
check_PROGRAMS += tests/onnx/run_conformance
tests_onnx_run_conformance_SOURCES = tests/onnx/run_conformance.c tests/onnx/conformance.c tests/onnx/conformance.h \
	tests/onnx/compare.c
tests_onnx_run_conformance_LDADD = $(compiler_libs) runtime/libsenrt.a -lpthread

# All of them: make check-onnx. The table of docs/onnx-support.md is made anew by make update-onnx-support.
SUITE_LOG_DRIVER = $(LOG_DRIVER)
EXTRA_DIST += tests/onnx-official.suite
check-onnx: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/onnx-official.suite
update-onnx-support:
	cp tests/onnx/onnx-support.md '$(srcdir)/docs/onnx-support.md'
.PHONY: check-onnx update-onnx-support
CLEANFILES += tests/onnx/results.tsv tests/onnx/results.tap tests/onnx/onnx-support.md tests/onnx/documented tests/onnx/found
