compiler_libsenc_a_SOURCES += \
	compiler/codegen/activation.c compiler/codegen/activation_math.c compiler/codegen/arithmetic.h \
	compiler/codegen/codegen.h \
	compiler/codegen/entry.c \
	compiler/codegen/ir.c \
	compiler/codegen/kernel.c \
	compiler/codegen/kernel.h \
	compiler/codegen/kernel_axis.c \
	compiler/codegen/kernel_border.c \
	compiler/codegen/kernel_conv.c \
	compiler/codegen/kernel_depthwise.c \
	compiler/codegen/kernel_excite.c \
	compiler/codegen/kernel_fold.c \
	compiler/codegen/kernel_gather.c \
	compiler/codegen/kernel_meet.c compiler/codegen/kernel_move.c \
	compiler/codegen/kernel_pool.c \
	compiler/codegen/kernel_softmax.c \
	compiler/codegen/kernel_winograd.c compiler/codegen/kernel_winograd.h compiler/codegen/kernel_winograd_multiply.c \
	compiler/codegen/model.c \
	compiler/codegen/place.c compiler/codegen/power.c \
	compiler/codegen/target_machine.c \
	compiler/codegen/unit.c \
	compiler/codegen/unit.h
