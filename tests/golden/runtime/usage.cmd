# A wrong command line: what is wrong, exit status 2.
. ./inputs/run.sh
fake gray
fake gray --tpo 3 inputs/gray.pgm
fake gray --formt=json inputs/gray.pgm
fake gray --thread 2 inputs/gray.pgm
fake gray --nonsense
fake gray --foo inputs/gray.pgm
fake gray --oupput x inputs/gray.pgm
fake gray -x
fake gray --threads
fake gray --threads 0 inputs/gray.pgm
fake gray --threads 1025 inputs/gray.pgm
fake gray --threads 2x inputs/gray.pgm
fake gray --top -3 inputs/gray.pgm
fake gray --format=xml inputs/gray.pgm
fake gray --info=3
fake gray --eval inputs/images.idx.gz
fake gray --bench
fake gray --bench 0
fake gray --bench 1 --info
fake gray --info inputs/gray.pgm
fake gray --info --format=npy
fake gray -o
fake gray -o '' inputs/gray.pgm
