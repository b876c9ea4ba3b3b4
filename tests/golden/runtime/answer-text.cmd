# Scores, probabilities, --top, labels of the network, of a file and of nobody.
. ./inputs/run.sh
fake gray inputs/gray.pgm
fake gray --top 2 inputs/color.png inputs/one.npy
fake gray --top=100 --labels inputs/labels.txt inputs/gray.pgm
fake rgb inputs/color.png
fake rgb --top 1 -- inputs/color.png
