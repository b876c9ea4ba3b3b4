compiler_libsenc_a_SOURCES += \
	compiler/schedule/ahead.c \
	compiler/schedule/anchor.def \
	compiler/schedule/axis.c \
	compiler/schedule/border.c \
	compiler/schedule/buffer.c \
	compiler/schedule/build.h \
	compiler/schedule/conv.c \
	compiler/schedule/defer.c \
	compiler/schedule/excite.c \
	compiler/schedule/explain_se.c \
	compiler/schedule/fuse.c \
	compiler/schedule/gather.c \
	compiler/schedule/header.c \
	compiler/schedule/memory.c \
	compiler/schedule/move.c \
	compiler/schedule/pack.c compiler/schedule/pack_table.c \
	compiler/schedule/plan.h \
	compiler/schedule/plan_print.c \
	compiler/schedule/plan_verify.c \
	compiler/schedule/rearrange.c compiler/schedule/reduce.c \
	compiler/schedule/schedule.c \
	compiler/schedule/schedule.h \
	compiler/schedule/squeeze.c \
	compiler/schedule/step.c \
	compiler/schedule/tile.c \
	compiler/schedule/tile_choice.c compiler/schedule/tile_choice.h \
	compiler/schedule/tile_model.c compiler/schedule/tile_model.h \
	compiler/schedule/tile_winograd.c \
	compiler/schedule/view.c \
	compiler/schedule/winograd.c \
	compiler/schedule/winograd.h
