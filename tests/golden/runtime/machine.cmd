# A machine that cannot run the network: exit status 3, and no answer.
. ./inputs/run.sh
fake future inputs/gray.pgm
fake future --bench 3
fake foreign inputs/gray.pgm
fake foreign --info
