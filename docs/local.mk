# docs/local.mk
dist_man_MANS += docs/senc.1
