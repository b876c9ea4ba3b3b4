#!/usr/bin/env python3
"""Writes text-direction.safetensors: the weights of PP-OCR's ONNX file under the names that text-direction.sen has.

The ONNX file calls its weights conv2d_57.w_0 and the like, in no useful order; here they are named after the layer that
uses them, in the order in which the layers run. Needs the packages onnx and numpy.
"""
import os
import sys

import onnx
from onnx import numpy_helper

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(FOLDER))
import safetensors_io  # noqa: E402

WITH_SE = [0, 3, 4, 5, 6, 7, 8, 9, 10]


def layer_names():
    """The labels of the convolutions, in the order in which they run; each but those of SE has a batch norm behind it."""
    yield "stem"
    for unit in range(11):
        yield f"unit{unit}.expand"
        yield f"unit{unit}.depthwise"
        if unit in WITH_SE:
            yield f"unit{unit}.se.reduce"
            yield f"unit{unit}.se.expand"
        yield f"unit{unit}.project"
    yield "head"


def main():
    model = onnx.load(os.path.join(FOLDER, "ch_ppocr_mobile_v2.0_cls_infer.onnx"))
    constants = {node.output[0]: numpy_helper.to_array(node.attribute[0].t)
                 for node in model.graph.node if node.op_type == "Constant"}
    names, tensors, layer = layer_names(), {}, None
    for node in model.graph.node:
        if node.op_type == "Conv":
            layer = next(names)
            tensors[f"{layer}.weight"] = constants[node.input[1]]
            if len(node.input) > 2:
                tensors[f"{layer}.bias"] = constants[node.input[2]]
        elif node.op_type == "BatchNormalization":
            for part, value in zip(("weight", "bias", "running_mean", "running_var"), node.input[1:]):
                tensors[f"{layer}_bn.{part}"] = constants[value]
        elif node.op_type == "MatMul":
            tensors["classifier.weight"] = constants[node.input[1]].T
            layer = "classifier"
        elif node.op_type == "Add" and layer == "classifier":
            tensors["classifier.bias"] = next(constants[value] for value in node.input if value in constants)
    if list(names):
        sys.exit("the model has fewer convolutions than text-direction.sen")
    safetensors_io.save(os.path.join(FOLDER, "text-direction.safetensors"), tensors)


if __name__ == "__main__":
    main()
