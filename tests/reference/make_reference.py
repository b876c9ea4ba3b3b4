#!/usr/bin/env python3
"""Writes the reference outputs of this folder with PyTorch; README.md says what they are."""
import argparse
import os
import sys

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "examples"))
import safetensors_io
import random_weights as rule
from layer_cases import CASES
from networks import ResNet50, set_random_weights

SEED = 0
PARAMETER_COUNTS = {"resnet50": 25557032, "seresnet50": 28088024}


def progress(done, total, name):
    if sys.stderr.isatty():
        print("\r[%3d/%d] %-30s" % (done, total, name), end="\n" if done == total else "", file=sys.stderr, flush=True)


def write_array(path, tensor):
    np.save(path, tensor.detach().numpy().astype(np.float32))


def make_case(folder, name, shape, text, function):
    tensors = {}

    def weight(tensor_name, *tensor_shape, positive=False):
        key = name + ":" + tensor_name
        if positive:
            values = rule.between(key, tensor_shape, SEED, 0.5, 1)
        elif len(tensor_shape) == 1:
            values = rule.centred(key, tensor_shape, SEED, 1)
        else:
            values = rule.weight(key, tensor_shape, SEED, np.prod(tensor_shape[1:]))
        tensors[tensor_name] = values
        return torch.from_numpy(values).double()

    # Eight wide, so that every activation shows all its pieces.
    values = rule.centred(name + ":input", shape, SEED, 4)
    output = function(torch.from_numpy(values).double()[None], weight)[0]
    *statements, result = text.split("\n")
    lines = ["network %s {" % name, "    input x: f32[%s]" % ", ".join(map(str, shape))]
    lines += ["    " + line for line in statements] + ["    output y = " + result, "}"]
    with open(os.path.join(folder, name + ".sen"), "w") as file:
        file.write("\n".join(lines) + "\n")
    np.save(os.path.join(folder, name + ".input.npy"), values)
    write_array(os.path.join(folder, name + ".output.npy"), output)
    if tensors:
        safetensors_io.save(os.path.join(folder, name + ".safetensors"), tensors)


def make_layers(folder):
    os.makedirs(folder, exist_ok=True)
    for i, case in enumerate(CASES):
        make_case(folder, *case)
        progress(i + 1, len(CASES), case[0])


def run_onnx(model, picture):
    """The same network run by ONNX Runtime."""
    import io

    import onnxruntime
    buffer = io.BytesIO()
    torch.onnx.export(model.float(), picture, buffer, input_names=["image"], output_names=["logits"])
    session = onnxruntime.InferenceSession(buffer.getvalue(), providers=["CPUExecutionProvider"])
    return session.run(None, {"image": picture.numpy()})[0][0]


def make_network(name, reduction, check_onnx):
    model = set_random_weights(ResNet50(reduction), SEED).eval()
    count = sum(parameter.numel() for parameter in model.parameters())
    assert count == PARAMETER_COUNTS[name], count
    picture = torch.from_numpy(rule.centred("input:image", (1, 3, 224, 224), SEED, 1))
    with torch.no_grad():
        single = model(picture)[0]
        output = model.double()(picture.double())[0]
    write_array(os.path.join(HERE, name + ".output.npy"), output)
    largest = output.abs().max()
    print("%s: %d parameters, largest logit %.4g, PyTorch's own float32 differs by %.2g relative"
          % (name, count, largest, (single - output).abs().max() / largest))
    if check_onnx:
        other = torch.from_numpy(run_onnx(model, picture))
        print("%s: ONNX Runtime differs by %.2g relative" % (name, (other - output).abs().max() / largest))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--onnx", action="store_true", help="compare the networks with ONNX Runtime as well")
    options = parser.parse_args()
    make_layers(os.path.join(HERE, "layers"))
    make_network("resnet50", 0, options.onnx)
    make_network("seresnet50", 16, options.onnx)


if __name__ == "__main__":
    main()
