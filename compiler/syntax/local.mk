# compiler/syntax/local.mk
