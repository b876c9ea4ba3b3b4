# compiler/pass/local.mk
compiler_libsenc_a_SOURCES += \
	compiler/pass/choose_winograd.c \
	compiler/pass/compose_excite.c \
	compiler/pass/fold_batch_norm.c \
	compiler/pass/fold_constants.c \
	compiler/pass/fuse_excite.c \
	compiler/pass/hoist_squeeze.c \
	compiler/pass/lower_se.c \
	compiler/pass/meet_squeezes.c \
	compiler/pass/merge_branches.c \
	compiler/pass/order_nodes.c \
	compiler/pass/param.c compiler/pass/param.h \
	compiler/pass/pass.c compiler/pass/pass.h compiler/pass/passes.def \
	compiler/pass/recognise_activation.c \
	compiler/pass/recognise_se.c \
	compiler/pass/rectifier.c compiler/pass/rectifier.h \
	compiler/pass/remove_dead.c \
	compiler/pass/remove_identity.c \
	compiler/pass/sink_scale.c \
	compiler/pass/squeeze_classes.c compiler/pass/squeeze_classes.h \
	compiler/pass/squeeze_epilogue.c \
	compiler/pass/squeeze_match.c compiler/pass/squeeze_match.h \
	compiler/pass/sum_parts.c
