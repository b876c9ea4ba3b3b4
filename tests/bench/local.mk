# tests/bench/local.mk - built by `make bench`, not by `make check`
EXTRA_PROGRAMS += tests/bench/bench_steps tests/bench/bench_machine tests/bench/bench_process
tests_bench_bench_steps_SOURCES = tests/bench/bench_steps.c tests/bench/machine.c tests/bench/machine.h
tests_bench_bench_steps_LDADD = $(numeric_libs)
tests_bench_bench_steps_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_bench_bench_machine_SOURCES = tests/bench/bench_machine.c tests/bench/machine.c tests/bench/machine.h
tests_bench_bench_process_SOURCES = tests/bench/bench_process.c
dist_noinst_SCRIPTS += tests/bench/networks tests/bench/startup tests/bench/with-python
EXTRA_DIST += \
	tests/bench/README.md \
	tests/bench/accuracy.py \
	tests/bench/check_examples.py \
	tests/bench/copies.py \
	tests/bench/engines.py \
	tests/bench/interleave.py \
	tests/bench/models.py \
	tests/bench/peers.py \
	tests/bench/report.py \
	tests/bench/requirements-models.txt \
	tests/bench/requirements.txt \
	tests/bench/se_tax.py \
	tests/bench/zoo.py
CLEANFILES += $(EXTRA_PROGRAMS)

# Measurements; nothing here passes or fails. NETWORKS and THREADS (of bench-steps) as wanted.
NETWORKS = resnet18 seresnet18 resnet50 seresnet50 resnext50_32x4d seresnext50_32x4d senet154 vgg16 sevgg16 inception \
	se_inception mobilenet_v3_large mobilenet_v3_small efficientnet_b0 regnety_800mf mnasnet_a1 ghostnet lcnet_100
THREADS = 1
bench: all $(EXTRA_PROGRAMS)
	$(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/bench/networks $$(for n in $(NETWORKS); do echo $(srcdir)/examples/$$n/$$n.sen; done)
bench-steps: all $(EXTRA_PROGRAMS)
	@for n in $(NETWORKS); do \
	    echo "$$n:"; \
	    tests/bench/bench_steps --threads $(THREADS) $(srcdir)/examples/$$n/$$n.sen || exit; \
	done
bench-startup: all tests/bench/bench_process
	$(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/bench/startup $(srcdir)/examples/seresnet50/seresnet50.sen $(srcdir)/examples/fashion-mnist/se.sen

# Against other engines; PYTHON, MODELS (what models.py wrote), OUT (for the reports) and ARGUMENTS as wanted.
PYTHON = python3
MODELS = models
OUT = .
bench-peers: all
	$(AM_TESTS_ENVIRONMENT) PYTHON='$(PYTHON)' $(srcdir)/tests/bench/with-python peers.py '$(MODELS)' --out '$(OUT)' $(ARGUMENTS)
bench-se-tax: all
	$(AM_TESTS_ENVIRONMENT) PYTHON='$(PYTHON)' $(srcdir)/tests/bench/with-python se_tax.py '$(MODELS)' --out '$(OUT)' $(ARGUMENTS)
# Rounding errors against float64; exits 1 where one is above its bar.
bench-accuracy: all
	$(AM_TESTS_ENVIRONMENT) PYTHON='$(PYTHON)' $(srcdir)/tests/bench/with-python accuracy.py '$(MODELS)' $(ARGUMENTS)
.PHONY: bench-accuracy bench bench-steps bench-startup bench-peers bench-se-tax
