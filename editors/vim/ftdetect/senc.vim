" senc.vim - texts in .sen files are of the type senc.
autocmd BufRead,BufNewFile *.sen setfiletype senc
