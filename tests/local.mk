# tests/local.mk - how tests are run: every test speaks TAP, so that each case is counted.
TEST_EXTENSIONS = .golden .suite
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
GOLDEN_LOG_DRIVER = $(LOG_DRIVER)
GOLDEN_LOG_COMPILER = $(srcdir)/tests/run-golden
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; SENC='$(abs_top_builddir)/senc'; \
	SENC_CC='$(abs_top_builddir)/tests/cc'; MAKE='$(MAKE)'; \
	CK_TIMEOUT_MULTIPLIER=10; \
	export top_srcdir top_builddir SENC SENC_CC MAKE CK_TIMEOUT_MULTIPLIER;

golden_tests = \
	tests/ast.golden \
	tests/cmd.golden \
	tests/diag.golden \
	tests/onnx.golden \
	tests/graph.golden \
	tests/options.golden \
	tests/params.golden \
	tests/pass.golden \
	tests/plan.golden \
	tests/runtime.golden \
	tests/sema.golden \
	tests/sen.golden
script_tests = \
	tests/check-docs \
	tests/check-export \
	tests/check-install \
	tests/check-layers \
	tests/check-linking \
	tests/check-lists \
	tests/check-onnx \
	tests/check-reproducible \
	tests/check-signals \
	tests/check-style

TESTS += $(golden_tests) $(script_tests)
# of tests/onnx what is tracked only: make check-onnx builds in a folder of the same name
EXTRA_DIST += tests/golden tests/onnx/cases tests/onnx/models tests/onnx/make_models.py tests/onnx/report.awk tests/run-golden $(golden_tests) $(script_tests)

# Rewrites the expectations of all golden tests; look at the difference before you commit it.
update-golden: all $(check_PROGRAMS)
	$(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/run-golden --update $(golden_tests:%=$(srcdir)/%)
.PHONY: update-golden
