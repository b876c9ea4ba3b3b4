# Which stages and passes have a row; the numbers differ each time.
senc --emit=obj --time-passes --weights random -o "$scratch/tiny.o" networks/tiny.sen 2>&1 | sed 's/[0-9][0-9.]*/N/g; s/  */ /g'
senc --emit=obj -v --weights random -o "$scratch/tiny.o" networks/tiny.sen 2>&1 | sed 's/[0-9][0-9.]*/N/g; s/  */ /g; s/for .*, arena/for CPU, arena/; s/ with .*/ with CC/'
