#!/usr/bin/env python3
"""Writes what PyTorch makes of se.safetensors and plain.safetensors into reference/."""
import os

import numpy as np
import torch

from model import SmallResNet
from train import load_split, normalise, predict, safetensors_io

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "reference")
PICTURES = 64


def load_model(name, reduction):
    tensors = safetensors_io.load(os.path.join(HERE, name + ".safetensors"))
    model = SmallResNet(reduction)
    state = {key: torch.from_numpy(tensors[key].copy()) if key in tensors else value
             for key, value in model.state_dict().items()}
    model.load_state_dict(state)
    return model


def main():
    os.makedirs(FOLDER, exist_ok=True)
    images, labels = load_split("/usr/share/datasets/fashion-mnist", "t10k")
    pictures = normalise(images)
    np.save(os.path.join(FOLDER, "images.npy"), pictures[:PICTURES].numpy())
    lines = ["# network, correct of %d test pictures, in PyTorch" % len(labels)]
    for name, reduction in (("se", 8), ("plain", 0)):
        logits = predict(load_model(name, reduction), pictures)
        np.save(os.path.join(FOLDER, name + ".logits.npy"), logits[:PICTURES].numpy())
        lines.append("%s %d" % (name, int((logits.argmax(1) == labels).sum())))
    with open(os.path.join(FOLDER, "correct.txt"), "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
