. ./inputs/run.sh
fake gray --help
fake gray --version
fake future --version
fake gray --info -h --bench 2 | head -n 1
