# One object a line; strings escaped, bytes that are not UTF-8 replaced.
. ./inputs/run.sh
fake gray --format=json --top 8 inputs/gray.pgm
fake rgb --format json inputs/color.png
fake pair --format=json left=inputs/left.npy right=inputs/right.npy
fake gray --top 1 --format=json inputs/stack.npy
