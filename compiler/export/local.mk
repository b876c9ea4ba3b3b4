# compiler/export/local.mk
compiler_libsenc_a_SOURCES += \
	compiler/export/block.c compiler/export/describe.c compiler/export/describe_move.c \
	compiler/export/export.h compiler/export/export_sen.c \
	compiler/export/export_onnx.c compiler/export/format.c compiler/export/item.c compiler/export/item.h compiler/export/label.c \
	compiler/export/onnx.c compiler/export/onnx.h compiler/export/onnx_activation.c compiler/export/onnx_move.c \
	compiler/export/onnx_operator.c \
	compiler/export/picture.c compiler/export/repeat.c compiler/export/sen.c
