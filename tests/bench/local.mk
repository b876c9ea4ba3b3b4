# tests/bench/local.mk - built by `make bench`, not by `make check`
EXTRA_PROGRAMS += tests/bench/bench_steps
tests_bench_bench_steps_SOURCES = tests/bench/bench_steps.c tests/bench/machine.c tests/bench/machine.h
tests_bench_bench_steps_LDADD = $(numeric_libs)
tests_bench_bench_steps_LDFLAGS = $(AM_LDFLAGS) -rdynamic
CLEANFILES += $(EXTRA_PROGRAMS)
