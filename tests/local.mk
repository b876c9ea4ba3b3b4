# tests/local.mk - how tests are run: every test speaks TAP, so that each case is counted.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; SENC='$(abs_top_builddir)/senc'; \
	SENC_CC='$(abs_top_builddir)/tests/cc'; \
	export top_srcdir top_builddir SENC SENC_CC;
