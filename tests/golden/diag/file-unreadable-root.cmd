senc --emit=ast files/none.sen
