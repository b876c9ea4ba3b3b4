senc --emit=graph -O0 -D rat=3 -D q=3 -D wdiths=3 files/params.sen
