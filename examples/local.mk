# examples/local.mk - networks with their weights
EXTRA_DIST += examples/blocks examples/fashion-mnist examples/text-direction examples/from-pytorch examples/resnet50 \
	examples/seresnet50 examples/se_ablation examples/safetensors_io.py \
	examples/resnet18 examples/seresnet18 examples/resnext50_32x4d examples/seresnext50_32x4d examples/senet154 \
	examples/vgg16 examples/sevgg16 examples/inception examples/se_inception examples/mobilenet_v3_large \
	examples/mobilenet_v3_small examples/efficientnet_b0 examples/regnety_800mf examples/mnasnet_a1 \
	examples/ghostnet examples/lcnet_100 examples/waifu2x examples/check-examples
TESTS += examples/check-examples
