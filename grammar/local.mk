# grammar/local.mk - the scanner and the parser.
