# examples/local.mk - networks with their weights
EXTRA_DIST += examples/blocks examples/fashion-mnist examples/resnet50 examples/seresnet50 examples/safetensors_io.py
