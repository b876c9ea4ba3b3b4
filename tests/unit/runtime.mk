# tests/unit/runtime.mk - the runtime library and the command line of a compiled network
runtime_test_libs = runtime/libsenrt-main.a runtime/libsenrt.a $(CHECK_LIBS) $(SENRT_MAIN_LIBS)

check_PROGRAMS += tests/unit/test_runtime
tests_unit_test_runtime_SOURCES = tests/unit/test_runtime.c tests/unit/fake_model.c tests/unit/fake_model.h
tests_unit_test_runtime_LDADD = $(runtime_test_libs)
TESTS += tests/unit/test_runtime

check_PROGRAMS += tests/unit/test_images
tests_unit_test_images_SOURCES = tests/unit/test_images.c tests/unit/fixture.h
tests_unit_test_images_LDADD = $(runtime_test_libs)
TESTS += tests/unit/test_images
EXTRA_DIST += tests/unit/images

check_PROGRAMS += tests/unit/test_draw
tests_unit_test_draw_SOURCES = tests/unit/test_draw.c tests/unit/fake_picture.c tests/unit/fake_model.h
tests_unit_test_draw_LDADD = $(runtime_test_libs)
TESTS += tests/unit/test_draw

check_PROGRAMS += tests/unit/test_npy_idx
tests_unit_test_npy_idx_SOURCES = tests/unit/test_npy_idx.c
tests_unit_test_npy_idx_LDADD = $(runtime_test_libs)
TESTS += tests/unit/test_npy_idx

# Networks written by hand, whose command lines tests/runtime.golden tests.
check_PROGRAMS += tests/unit/fake_network
tests_unit_fake_network_SOURCES = tests/unit/fake_network.c tests/unit/fake_picture.c tests/unit/fake_model.c tests/unit/fake_model.h
tests_unit_fake_network_LDADD = runtime/libsenrt-main.a runtime/libsenrt.a $(SENRT_MAIN_LIBS)
