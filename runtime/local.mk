# libsenrt (sessions, threads) and libsenrt-main (the command line of a compiled network). Position-independent,
# because senc --emit=shared links them into a shared object.

lib_LIBRARIES += runtime/libsenrt.a runtime/libsenrt-main.a
include_HEADERS += runtime/senrt.h runtime/senrt_abi.h
pkgconfig_DATA += runtime/senrt.pc

runtime_libsenrt_a_CFLAGS = $(AM_CFLAGS) -fPIC -pthread
runtime_libsenrt_a_SOURCES = \
	runtime/cpus.c runtime/cpus.h \
	runtime/gate.h \
	runtime/model.c runtime/model.h \
	runtime/pool.c runtime/pool.h \
	runtime/senrt.h runtime/senrt_abi.h \
	runtime/session.c \
	runtime/status.c

runtime_libsenrt_main_a_CFLAGS = $(AM_CFLAGS) -fPIC $(JPEG_CFLAGS) $(PNG_CFLAGS) $(ZLIB_CFLAGS)
runtime_libsenrt_main_a_SOURCES = \
	runtime/main/alpha.c runtime/main/alpha.h \
	runtime/main/answer.c runtime/main/answer.h \
	runtime/main/answer_json.c \
	runtime/main/answer_npy.c \
	runtime/main/answer_text.c \
	runtime/main/bench.c runtime/main/bench.h \
	runtime/main/classify.c runtime/main/classify.h \
	runtime/main/crew.c runtime/main/crew.h \
	runtime/main/draw.c runtime/main/draw.h \
	runtime/main/encode.c runtime/main/encode.h runtime/main/encode_codec.h \
	runtime/main/encode_jpeg.c \
	runtime/main/encode_png.c \
	runtime/main/eval.c runtime/main/eval.h \
	runtime/main/exif.c \
	runtime/main/failure.c runtime/main/failure.h \
	runtime/main/idx.c runtime/main/idx.h \
	runtime/main/image.c runtime/main/image.h runtime/main/image_codec.h \
	runtime/main/image_jpeg.c \
	runtime/main/image_png.c \
	runtime/main/image_pnm.c \
	runtime/main/info.c runtime/main/info.h \
	runtime/main/json.c runtime/main/json.h \
	runtime/main/labels.c runtime/main/labels.h \
	runtime/main/main.c runtime/main/senrt_main.h \
	runtime/main/npy.c runtime/main/npy.h \
	runtime/main/options.c runtime/main/options.h \
	runtime/main/output.c runtime/main/output.h \
	runtime/main/preprocess.c runtime/main/preprocess.h \
	runtime/main/rank.c runtime/main/rank.h \
	runtime/main/resize.c runtime/main/resize.h \
	runtime/main/runner.c runtime/main/runner.h \
	runtime/main/source.c runtime/main/source.h \
	runtime/main/tiles.c runtime/main/tiles.h \
	runtime/main/tiles_grid.c runtime/main/tiles_grid.h

# What a program that links libsenrt-main needs besides.
SENRT_MAIN_LIBS = $(JPEG_LIBS) $(PNG_LIBS) $(ZLIB_LIBS) -lm -lpthread
