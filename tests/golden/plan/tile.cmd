# --tile: the plan as the user wants it; a collapsed map, groups, rows of items, passes; the last of two counts.
plan() {
    senc --emit=plan --weights random:1 --march=x86-64-v4 --disable-pass=choose-winograd "$@" direct.sen | grep ' conv  '
}
plan
plan --tile hard_swish1=4x1 --tile relu1=7x1,rows=2 --tile relu2=5x4,rows=16,passes=1 --tile e=8x1 --tile e=16x1,rows=1
plan -O0 --tile c=3x2
plan -O0 --tile relu2=3x2
# What cannot be.
plan --tile relu3=4x1
plan --tile nowhere=4x1
plan --tile silu1=4x1
plan --tile hard_swish1=17x1
plan --tile hard_swish1=4x3
plan --tile hard_swish1=16x2
plan --tile relu1=4x2
plan --tile relu2=14x2,rows=17
plan --tile relu2=14x2,passes=3 --tile e=15x2
senc --emit=plan --weights random:1 --march=x86-64-v3 --tile relu1=4x1 networks/winograd.sen | tail -n 3
# Scaled weights are kept for rows in several items.
for rows in 2 28; do
    senc --emit=plan --weights random:1 --march=x86-64-v3 --tile relu3=6x2,rows=$rows rectified.sen | grep "conv .*relu3$"
done
