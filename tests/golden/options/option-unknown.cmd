# Names that are no options, near to one and far from all; all are reported in one run.
senc --emitt=graph --wieghts w.safetensors -z -v=3 --frobnicate network.sen
