# --info works on any CPU.
. ./inputs/run.sh
fake gray --info
fake rgb --info --labels inputs/labels-7.txt
fake rgb --info | sed '/this CPU/d'
fake pair --info
fake future --info
fake gray --info --format=json
fake rgb --info --format=json
fake pair --info --format=json
