# Several inputs: by name, by order, in groups; what can be wrong with them.
. ./inputs/run.sh
fake pair left=inputs/left.npy right=inputs/right.npy
fake pair --top 1 right=inputs/left.npy left=inputs/right.npy inputs/left.npy inputs/right.npy
fake pair left=inputs/left.npy
fake pair left=inputs/left.npy left=inputs/right.npy
fake pair lft=inputs/left.npy right=inputs/right.npy
fake pair left=inputs/left.npy right=inputs/three.npy
fake pair left=inputs/color.png right=inputs/right.npy
fake pair left=inputs/text.jpg right=inputs/right.npy
printf 'left=inputs/left.npy\nright=inputs/right.npy\nlft=inputs/left.npy\n' | fake pair --top 1 -
printf 'left=inputs/left.npy\n' | fake pair -
printf 'left=inputs/left.npy\nright=inputs/right.npy\n' | fake pair --top 1 - lft=inputs/left.npy
fake pair left=inputs/left.npy right=inputs/right.npy lft=inputs/left.npy
