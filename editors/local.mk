# editors/local.mk - colours for editors
vimsyntaxdir = $(vimdir)/syntax
vimftdetectdir = $(vimdir)/ftdetect
dist_vimsyntax_DATA = editors/vim/syntax/senc.vim
dist_vimftdetect_DATA = editors/vim/ftdetect/senc.vim
