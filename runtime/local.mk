# runtime/local.mk
