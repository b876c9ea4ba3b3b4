# grammar/local.mk - the scanner and the parser.
BUILT_SOURCES += grammar/parser.h
compiler_libsenc_a_SOURCES += \
	grammar/lexer.h \
	grammar/lexer.l \
	grammar/parser.y \
	grammar/tokens.c

# Also for those who make one target alone, before BUILT_SOURCES come into it.
grammar/lexer.$(OBJEXT) grammar/tokens.$(OBJEXT): grammar/parser.h
