# The value of a -D is looked over as that of a param is: it warns, and goes on.
for define in rate=1/6 rate=1.0/6 r=7/2 r=6/3 widths='[16, 9/2]' 'r=nothing(3)'; do
    echo "== $define"
    senc --emit=graph -O0 -D "$define" files/params.sen 2>&1 > /dev/null
done
