# compiler/import/local.mk - ONNX models. protoc-c makes the reader of their format from the published schema.
compiler_libsenc_a_SOURCES += \
	compiler/import/attribute.c \
	compiler/import/call.c \
	compiler/import/dims.c \
	compiler/import/external.c \
	compiler/import/fold.c \
	compiler/import/import.c compiler/import/import.h \
	compiler/import/importer.h \
	compiler/import/input.c \
	compiler/import/math.c \
	compiler/import/model.c \
	compiler/import/move.c \
	compiler/import/operator.c compiler/import/operators.def \
	compiler/import/operator_math.c \
	compiler/import/operator_matrix.c \
	compiler/import/operator_move.c \
	compiler/import/operator_norm.c \
	compiler/import/operator_product.c \
	compiler/import/operator_resize.c \
	compiler/import/operator_shape.c \
	compiler/import/operator_window.c \
	compiler/import/reduce.c \
	compiler/import/tensor.c \
	compiler/import/value.c

nodist_compiler_libsenc_a_SOURCES = compiler/import/onnx.pb-c.c compiler/import/onnx.pb-c.h
BUILT_SOURCES += compiler/import/onnx.pb-c.h
CLEANFILES += compiler/import/onnx.pb-c.c compiler/import/onnx.pb-c.h
EXTRA_DIST += compiler/import/onnx.proto compiler/import/LICENSE.onnx compiler/import/README.md

compiler/import/onnx.pb-c.c: compiler/import/onnx.proto
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(PROTOC_C) --proto_path='$(srcdir)/compiler/import' --c_out=$(@D) '$(srcdir)/compiler/import/onnx.proto'
compiler/import/onnx.pb-c.h: compiler/import/onnx.pb-c.c
	@test -f $@ || { rm -f $<; $(MAKE) $(AM_MAKEFLAGS) $<; }
