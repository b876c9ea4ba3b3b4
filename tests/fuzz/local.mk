# tests/fuzz/local.mk - fuzz targets. Without --enable-fuzzer each is a test that replays its seeds, seeds/FUZZ_SEEDS;
# with it (Clang) each is a libFuzzer program: tests/fuzz/fuzz_image my-corpus tests/fuzz/seeds/image
if FUZZER
fuzz_main =
fuzz_flags = -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay.c
fuzz_flags =
TESTS += $(fuzz_programs)
endif
fuzz_programs =
check_PROGRAMS += $(fuzz_programs)
EXTRA_DIST += tests/fuzz/seeds tests/fuzz/replay.c
fuzz_runtime_libs = runtime/libsenrt-main.a $(SENRT_MAIN_LIBS)

fuzz_programs += tests/fuzz/fuzz_image
tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz_image.c $(fuzz_main)
tests_fuzz_fuzz_image_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"image"'
tests_fuzz_fuzz_image_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_image_LDADD = $(fuzz_runtime_libs)

fuzz_programs += tests/fuzz/fuzz_runtime_npy
tests_fuzz_fuzz_runtime_npy_SOURCES = tests/fuzz/fuzz_runtime_npy.c $(fuzz_main)
tests_fuzz_fuzz_runtime_npy_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"npy"'
tests_fuzz_fuzz_runtime_npy_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_runtime_npy_LDADD = $(fuzz_runtime_libs)

fuzz_programs += tests/fuzz/fuzz_idx
tests_fuzz_fuzz_idx_SOURCES = tests/fuzz/fuzz_idx.c $(fuzz_main)
tests_fuzz_fuzz_idx_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"idx"'
tests_fuzz_fuzz_idx_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_idx_LDADD = $(fuzz_runtime_libs)

fuzz_programs += tests/fuzz/fuzz_safetensors
tests_fuzz_fuzz_safetensors_SOURCES = tests/fuzz/fuzz_safetensors.c $(fuzz_main)
tests_fuzz_fuzz_safetensors_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"safetensors"'
tests_fuzz_fuzz_safetensors_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_safetensors_LDADD = $(compiler_libs)

fuzz_programs += tests/fuzz/fuzz_npy
tests_fuzz_fuzz_npy_SOURCES = tests/fuzz/fuzz_npy.c $(fuzz_main)
tests_fuzz_fuzz_npy_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"compiler-npy"'
tests_fuzz_fuzz_npy_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_npy_LDADD = $(compiler_libs)

fuzz_programs += tests/fuzz/fuzz_sen
tests_fuzz_fuzz_sen_SOURCES = tests/fuzz/fuzz_sen.c $(fuzz_main)
tests_fuzz_fuzz_sen_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"sen"'
tests_fuzz_fuzz_sen_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_sen_LDADD = $(compiler_libs)
EXTRA_DIST += tests/fuzz/sen.dict

fuzz_programs += tests/fuzz/fuzz_onnx
tests_fuzz_fuzz_onnx_SOURCES = tests/fuzz/fuzz_onnx.c $(fuzz_main)
tests_fuzz_fuzz_onnx_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"../../onnx/models"'
tests_fuzz_fuzz_onnx_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_onnx_LDADD = $(compiler_libs)
