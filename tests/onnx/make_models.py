#!/usr/bin/env python3
"""make_models.py - writes the small ONNX models of the tests into the folder models. Needs the package onnx.

    python3 tests/onnx/make_models.py

The models are part of the repository, so that no test needs Python; this script says what is in them.
"""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
RANDOM = np.random.default_rng(5)


def floats(*shape):
    """Numbers that look alike in every print: quarters."""
    return (RANDOM.integers(-4, 5, shape) / 4).astype(np.float32)


def tensor(name, values):
    return numpy_helper.from_array(np.asarray(values), name)


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def node(operator, inputs, outputs, **attributes):
    return helper.make_node(operator, inputs.split(), outputs.split(), name=f"{operator.lower()}_{outputs.split()[0]}",
                            **attributes)


def save(name, nodes, inputs, outputs, tensors=(), opset=13, domains=(), ir_version=7):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(tensors))
    sets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(domain, 1) for domain in domains]
    model = helper.make_model(graph, opset_imports=sets, producer_name="senc tests", ir_version=ir_version)
    with open(os.path.join(FOLDER, f"{name}.onnx"), "wb") as file:
        file.write(model.SerializeToString())
    return model


def network():
    """A small SE network as exporters write it: BN unfolded, hard-swish spelled out, extents computed."""
    parameters = [tensor("conv1.weight", floats(8, 3, 3, 3)), tensor("bn.weight", np.abs(floats(8)) + 1),
                  tensor("bn.bias", floats(8)), tensor("bn.mean", floats(8)), tensor("bn.var", np.abs(floats(8)) + 1),
                  tensor("three", np.float32(3)), tensor("six", np.float32(6)), tensor("zero", np.float32(0)),
                  tensor("fc1.weight", floats(4, 8)), tensor("fc1.bias", floats(4)),
                  tensor("fc2.weight", floats(8, 4)), tensor("fc2.bias", floats(8)),
                  tensor("index", np.int64(0)), tensor("axis0", np.array([0], np.int64)),
                  tensor("axes23", np.array([2, 3], np.int64)), tensor("rest", np.array([-1], np.int64)),
                  tensor("fc.weight", floats(8, 5))]
    nodes = [
        node("Conv", "image conv1.weight", "c", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
        node("BatchNormalization", "c bn.weight bn.bias bn.mean bn.var", "n", epsilon=1e-3),
        node("Add", "n three", "shifted"),
        node("Clip", "shifted zero six", "clipped"),
        node("Mul", "n clipped", "product"),
        node("Div", "product six", "x"),
        node("ReduceMean", "x", "mean", axes=[2, 3], keepdims=0),
        node("Gemm", "mean fc1.weight fc1.bias", "hidden", transB=1),
        node("Relu", "hidden", "hidden2"),
        node("Gemm", "hidden2 fc2.weight fc2.bias", "gate", transB=1),
        node("Sigmoid", "gate", "gate2"),
        node("Unsqueeze", "gate2 axes23", "gate3"),
        node("Mul", "x gate3", "scaled"),
        node("Transpose", "scaled", "nhwc", perm=[0, 2, 3, 1]),
        node("Transpose", "nhwc", "nchw", perm=[0, 3, 1, 2]),
        node("Dropout", "nchw", "dropped"),
        node("GlobalAveragePool", "dropped", "pooled"),
        node("Shape", "pooled", "shape"),
        node("Gather", "shape index", "extent"),
        node("Unsqueeze", "extent axis0", "extent1"),
        node("Concat", "extent1 rest", "wanted", axis=0),
        node("Reshape", "pooled wanted", "flat"),
        node("MatMul", "flat fc.weight", "y"),
        node("Softmax", "y", "probability"),
    ]
    save("network", nodes, [value("image", ["batch", 3, 16, 16])], [value("probability", ["batch", 5])], parameters)


def types():
    """Weights of every type, raw and typed, all cast to float and added to the input."""
    kinds = [("float16", np.float16), ("double", np.float64), ("int8", np.int8), ("uint8", np.uint8),
             ("int16", np.int16), ("uint16", np.uint16), ("int32", np.int32), ("int64", np.int64),
             ("uint32", np.uint32), ("uint64", np.uint64), ("bool", np.bool_)]
    tensors, nodes, last = [], [], "x"
    for name, kind in kinds:
        values = np.array([1, 0, 3], np.int64).astype(kind)
        tensors.append(tensor(f"raw_{name}", values))
        tensors.append(helper.make_tensor(f"typed_{name}", helper.np_dtype_to_tensor_dtype(np.dtype(kind)), [3],
                                          values.tolist()))
        for form in ("raw", "typed"):
            nodes.append(node("Cast", f"{form}_{name}", f"cast_{form}_{name}", to=TensorProto.FLOAT))
            nodes.append(node("Add", f"{last} cast_{form}_{name}", f"sum_{form}_{name}"))
            last = f"sum_{form}_{name}"
    bits = np.array([0x3f80, 0, 0x4040], np.uint16)  # 1, 0, 3
    bfloat = TensorProto(name="raw_bfloat16", data_type=TensorProto.BFLOAT16, dims=[3], raw_data=bits.tobytes())
    tensors.append(bfloat)
    nodes.append(node("Cast", "raw_bfloat16", "cast_bfloat16", to=TensorProto.FLOAT))
    nodes.append(node("Add", f"{last} cast_bfloat16", "y"))
    save("types", nodes, [value("x", [1, 3])], [value("y", [1, 3])], tensors)


def moves():
    """What only moves numbers: a shuffle of channels, depth to space, slices, pads, a gather."""
    tensors = [tensor("split", np.array([1, 2, 4, 6, 6], np.int64)), tensor("joined", np.array([1, 8, 6, 6], np.int64)),
               tensor("starts", np.array([1, -1], np.int64)), tensor("ends", np.array([5, -99], np.int64)),
               tensor("axes", np.array([2, 3], np.int64)), tensor("steps", np.array([1, -2], np.int64)),
               tensor("pads", np.array([0, 0, 1, 2, 0, 0, 0, 1], np.int64)),
               tensor("order", np.array([3, 0, 0], np.int64))]
    nodes = [
        node("Reshape", "x split", "groups"),
        node("Transpose", "groups", "turned", perm=[0, 2, 1, 3, 4]),
        node("Reshape", "turned joined", "shuffled"),
        node("Slice", "shuffled starts ends axes steps", "cut"),
        node("Pad", "cut pads", "padded", mode="reflect"),
        node("Gather", "padded order", "gathered", axis=1),
        node("DepthToSpace", "shuffled", "larger", blocksize=2, mode="CRD"),
        node("Relu", "gathered", "y"),
        node("Neg", "larger", "z"),
    ]
    save("moves", nodes, [value("x", [1, 8, 6, 6])], [value("y", None), value("z", None)], tensors)


def unbatched():
    """Axis 0 is no batch: it is reduced."""
    nodes = [node("ReduceMax", "x", "largest", axes=[0], keepdims=1), node("Sub", "x largest", "y")]
    save("unbatched", nodes, [value("x", [4, 3, 5])], [value("y", [4, 3, 5])])


def external():
    """A weight in a file beside the model, at an offset; and others that lie outside of the folder."""
    values = floats(4)
    with open(os.path.join(FOLDER, "external.bin"), "wb") as file:
        file.write(b"\0" * 16 + values.tobytes())
    places = {"external": "external.bin", "external-dots": "../models/external.bin", "external-absolute": "/etc/passwd",
              "external-link": "link.bin", "external-missing": "missing.bin"}
    for name, location in places.items():
        weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
        for key, text in (("location", location), ("offset", "16"), ("length", "16")):
            weight.external_data.add(key=key, value=text)
        save(name, [node("Add", "x w", "y")], [value("x", [1, 4])], [value("y", [1, 4])], [weight])


def broken():
    """Models that are refused, one for each reason."""
    x, y = [value("x", [1, 3, 8, 8])], [value("y", None)]
    relu = node("Relu", "x", "y")
    save("cycle", [node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")], x, y)
    save("missing-input", [node("Add", "x nowhere", "y")], x, y)
    save("twice", [relu, node("Relu", "x", "y")], x, y)
    save("no-outputs", [relu], x, [])
    save("opset-5", [relu], x, y, opset=5)
    save("opset-99", [relu], x, y, opset=99)
    save("symbolic", [relu], [value("x", ["N", 3, "H", "W"])], y)
    save("negative", [relu], [value("x", [1, -3, 8, 8])], y)
    save("huge", [relu], [value("x", [1, 100000, 100000, 8])], y)
    save("integers", [relu], [value("x", [1, 3], TensorProto.INT64)], y)
    save("constant-output", [node("Identity", "w", "y")], x, y, [tensor("w", floats(2))])
    save("unsupported", [node("Sin", "x", "a"), node("LSTM", "a w w", "b"), node("Sin", "b", "c"),
                         helper.make_node("Swirl", ["c"], ["y"], name="swirl", domain="com.example")],
         x, y, [tensor("w", floats(1))], domains=["com.example"])
    save("nodes", [node("Conv", "x weight", "a", kernel_shape=[3, 3]), node("Concat", "x small", "b", axis=2),
                   node("MaxPool", "x", "c indices", kernel_shape=[2, 2], strides=[2, 2]), node("Neg", "indices", "d"),
                   node("Relu", "x", "e", swing=1), node("Add", "a b", "f")],
         x, [value(name, None) for name in "fcde"], [tensor("weight", floats(4, 2, 3, 3)), tensor("small", floats(1, 1))])
    cut = tensor("w", floats(8))
    cut.raw_data = cut.raw_data[:-3]
    large = TensorProto(name="v", data_type=TensorProto.FLOAT, dims=[1 << 20, 1 << 20])
    strange = TensorProto(name="u", data_type=TensorProto.STRING, dims=[1], string_data=[b"a"])
    save("tensors", [node("Add", "x w", "a"), node("Add", "x v", "b"), node("Add", "x u", "c"), node("Sum", "a b c", "y")],
         x, y, [cut, large, strange])
    save("expansion", [node("Expand", "w shape", "a"), node("Add", "x a", "y")], x, y,
         [tensor("w", floats(1)), tensor("shape", np.array([1 << 14, 1 << 15], np.int64))])


if __name__ == "__main__":
    network()
    types()
    moves()
    unbatched()
    external()
    broken()
