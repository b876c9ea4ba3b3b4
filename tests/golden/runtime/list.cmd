# `-` reads names from standard input, a line each; empty lines and carriage returns do not count.
. ./inputs/run.sh
printf 'inputs/gray.pgm\n\ninputs/missing.png\r\ninputs/one.npy' | fake gray --top 1 -
printf 'right=inputs/right.npy\nleft=inputs/left.npy\n' | fake pair --top 1 -
printf '' | fake gray -
fake gray --top 1 /dev/stdin < inputs/gray.pgm
fake gray - < inputs
