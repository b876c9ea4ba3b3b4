# -D with values of another kind, or of none.
for define in r r= r=1.5 r=relu r=true rate=true deep=1 widths=3 'r=(3' 'r=3 4' r=1/0 'r=x y'; do
    echo "== $define"
    senc --emit=graph -O0 -D "$define" files/params.sen 2>&1
done
# These are right.
senc --emit=graph -O0 -D r=2*4 -D rate=1 -D name=3 -D name='"b"' -D deep=not\ true -D widths='[8]' files/params.sen
