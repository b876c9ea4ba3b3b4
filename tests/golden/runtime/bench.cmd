. ./inputs/run.sh
fake gray --bench 20 --threads 2 | sed 's/:[0-9]*\.[0-9]*/:N/g'
fake pair --bench 1 --threads 1 | sed 's/:[0-9]*\.[0-9]*/:N/g'
