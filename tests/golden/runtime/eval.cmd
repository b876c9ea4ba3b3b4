# Accuracy on IDX files.
. ./inputs/run.sh
figures='s/images\/s [0-9.]*/images\/s N/; s/"seconds":[0-9.]*,"images_per_s":[0-9.]*/"seconds":N,"images_per_s":N/'
fake gray --threads 1 --eval inputs/images.idx.gz inputs/labels.idx | sed "$figures"
fake batch --threads 2 --eval inputs/images.idx.gz inputs/labels.idx --format=json | sed "$figures"
fake gray --eval inputs/images.idx.gz inputs/labels-49.idx
fake gray --eval inputs/images.idx.gz inputs/labels-9.idx
fake gray --eval inputs/labels.idx inputs/labels.idx
fake gray --eval inputs/missing.idx inputs/labels.idx
fake gray --eval inputs/gray.pgm inputs/labels.idx
fake pair --eval inputs/images.idx.gz inputs/labels.idx
