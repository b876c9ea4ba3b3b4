#!/usr/bin/env python3
"""make_models.py - writes the small ONNX models of the tests. Needs the packages onnx and onnxruntime.

    python3 tests/onnx/make_models.py

models: those that are refused. cases: those that are compiled and run; beside each, inputs and what ONNX Runtime
computes of them, laid out as the official tests are. The models are part of the repository, so that no test needs Python;
this script says what is in them.
"""
import os
import shutil

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "models")
CASES = os.path.join(HERE, "cases")
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


def make(name, nodes, inputs, outputs, tensors=(), opset=13, domains=(), ir_version=7):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(tensors))
    sets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(domain, 1) for domain in domains]
    return helper.make_model(graph, opset_imports=sets, producer_name="senc tests", ir_version=ir_version)


def write(path, message):
    with open(path, "wb") as file:
        file.write(message.SerializeToString())


def save(name, *arguments, **options):
    """A model that is refused, or looked at only."""
    write(os.path.join(FOLDER, f"{name}.onnx"), make(name, *arguments, **options))


def case(name, nodes, inputs, outputs, tensors=(), opset=13, files=(), least=None, expected=None):
    """A model with inputs and what becomes of them. `inputs`: names and shapes; `outputs`: names. The inputs are at
    least `least`: sums that come near to 0 would be compared more closely than float32 is. `expected`: nodes and tensors of
    another model, which is run in its place."""
    folder = os.path.join(CASES, name)
    data = os.path.join(folder, "test_data_set_0")
    os.makedirs(data, exist_ok=True)
    for file in files:
        shutil.copy(os.path.join(FOLDER, file), folder)
    declared = [value(key, [open or extent for open, extent in zip(names, shape)])
                for key, (names, shape) in inputs.items()]
    path = os.path.join(folder, "model.onnx")
    declared_outputs = [helper.make_empty_tensor_value_info(key) for key in outputs]
    model = make(name, nodes, declared, declared_outputs, tensors, opset, ir_version=10 if opset > 20 else 8)
    write(path, model)
    if expected:
        model = make(name, expected[0], declared, declared_outputs, expected[1], opset, ir_version=8)
    arrays = {key: (RANDOM.standard_normal(shape) * 2).astype(np.float32) for key, (_, shape) in inputs.items()}
    if least is not None:
        arrays = {key: np.abs(array) + np.float32(least) for key, array in arrays.items()}
    session = onnxruntime.InferenceSession(path if not expected else model.SerializeToString(), providers=["CPUExecutionProvider"])
    for i, (key, array) in enumerate(arrays.items()):
        write(os.path.join(data, f"input_{i}.pb"), numpy_helper.from_array(array, key))
    for i, (key, array) in enumerate(zip(outputs, session.run(outputs, arrays))):
        write(os.path.join(data, f"output_{i}.pb"), numpy_helper.from_array(array, key))


def shaped(*shape):
    """An input of fixed extents."""
    return ([None] * len(shape), shape)


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
    case("network", nodes, {"image": (["batch", None, None, None], (3, 3, 16, 16))}, ["probability"], parameters)


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
    case("types", nodes, {"x": shaped(1, 3)}, ["y"], tensors)


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
    case("moves", nodes, {"x": shaped(1, 8, 6, 6)}, ["y", "z"], tensors)


def unbatched():
    """Axis 0 is no batch: it is reduced."""
    nodes = [node("ReduceMax", "x", "largest", axes=[0], keepdims=1), node("Sub", "x largest", "y")]
    case("unbatched", nodes, {"x": shaped(4, 3, 5)}, ["y"])


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
        nodes = [node("Add", "x w", "y")]
        if name == "external":
            case(name, nodes, {"x": shaped(2, 4)}, ["y"], [weight], files=["external.bin"])
        else:
            save(name, nodes, [value("x", [1, 4])], [value("y", [1, 4])], [weight])


def squeezes():
    """SE blocks in five spellings: each is to be recognised."""
    tensors, nodes, x = [], [], "x"
    channels, hidden = 8, 2
    integers = {"axes23": [2, 3], "column": [-1, channels, 1, 1], "flat": [0, -1]}
    tensors += [tensor(name, np.array(values, np.int64)) for name, values in integers.items()]
    for i in range(5):
        tensors += [tensor(f"w{i}", floats(hidden, channels)), tensor(f"b{i}", floats(hidden)),
                    tensor(f"v{i}", floats(channels, hidden)), tensor(f"c{i}", floats(channels)),
                    tensor(f"w{i}.kernel", floats(hidden, channels, 1, 1)),
                    tensor(f"v{i}.kernel", floats(channels, hidden, 1, 1)),
                    tensor(f"w{i}.turned", floats(channels, hidden)), tensor(f"v{i}.turned", floats(hidden, channels))]
    steps = [
        # 1x1 convolutions behind a pool as large as the map, hard sigmoid
        [("AveragePool", "{x}", "p", dict(kernel_shape=[6, 6])), ("Conv", "p w{i}.kernel b{i}", "h", {}),
         ("Relu", "h", "r", {}), ("Conv", "r v{i}.kernel c{i}", "g", {}), ("HardSigmoid", "g", "s", {}),
         ("Mul", "{x} s", "y", {})],
        # ReduceMean that keeps its axes, silu spelled out
        [("ReduceMean", "{x}", "p", dict(axes=[2, 3])), ("Conv", "p w{i}.kernel", "h", {}), ("Sigmoid", "h", "t", {}),
         ("Mul", "h t", "r", {}), ("Conv", "r v{i}.kernel", "g", {}), ("Sigmoid", "g", "s", {}), ("Mul", "s {x}", "y", {})],
        # ReduceMean that drops its axes, Gemm, Reshape
        [("ReduceMean", "{x}", "p", dict(axes=[2, 3], keepdims=0)), ("Gemm", "p w{i} b{i}", "h", dict(transB=1)),
         ("Relu", "h", "r", {}), ("Gemm", "r v{i} c{i}", "g", dict(transB=1)), ("Sigmoid", "g", "s0", {}),
         ("Reshape", "s0 column", "s", {}), ("Mul", "{x} s", "y", {})],
        # Flatten, MatMul and Add, Unsqueeze twice
        [("GlobalAveragePool", "{x}", "p", {}), ("Flatten", "p", "f", {}), ("MatMul", "f w{i}.turned", "m", {}),
         ("Add", "m b{i}", "h", {}), ("Relu", "h", "r", {}), ("MatMul", "r v{i}.turned", "n", {}), ("Add", "c{i} n", "g", {}),
         ("Sigmoid", "g", "s0", {}), ("Unsqueeze", "s0 axes23", "s", {}), ("Mul", "{x} s", "y", {})],
        # the largest, Squeeze, and the gate before the reshape
        [("GlobalMaxPool", "{x}", "p", {}), ("Squeeze", "p axes23", "f", {}), ("Gemm", "f w{i} b{i}", "h", dict(transB=1)),
         ("Relu", "h", "r", {}), ("Gemm", "r v{i} c{i}", "g0", dict(transB=1)), ("Reshape", "g0 column", "g", {}),
         ("Tanh", "g", "s", {}), ("Mul", "{x} s", "y", {})],
    ]
    for i, block in enumerate(steps):
        for operator, read, made, attributes in block:
            read = " ".join(f"{name}{i}" if name in ("p", "h", "r", "g", "s", "t", "f", "m", "n", "s0", "g0") else name
                            for name in read.format(x=x, i=i).split())
            nodes.append(node(operator, read, f"{made}{i}" if made != "y" else f"y{i}", **attributes))
        x = f"y{i}"
    case("squeezes", nodes, {"x": shaped(2, channels, 6, 6)}, [x], tensors)


def activations():
    """Spelled out and in one, new ones too."""
    numbers = {"half": 0.5, "one": 1, "three": 3, "six": 6, "root2": 2**0.5, "zero": 0}
    tensors = [tensor(name, np.float32(number)) for name, number in numbers.items()]
    nodes = [
        node("Sigmoid", "x", "s"), node("Mul", "x s", "silu"),
        node("Add", "silu three", "a"), node("Clip", "a zero six", "b"), node("Div", "b six", "c"), node("Mul", "silu c", "swish"),
        node("Div", "swish root2", "d"), node("Erf", "d", "e"), node("Add", "e one", "f"), node("Mul", "swish f", "g"),
        node("Mul", "g half", "gelu"),
        node("HardSwish", "gelu", "h"), node("Mish", "h", "i"), node("Gelu", "i", "j"), node("Gelu", "j", "k", approximate="tanh"),
        node("Softplus", "k", "l"), node("Selu", "l", "m"), node("Celu", "m", "n", alpha=1.5), node("ThresholdedRelu", "n", "y", alpha=0.5),
    ]
    case("activations", nodes, {"x": shaped(2, 4, 3, 5)}, ["y"], tensors, opset=20)


def norms():
    """Normalisations: of groups, of layers, of instances, of all."""
    tensors = [tensor("scale6", floats(6) + 2), tensor("bias6", floats(6)), tensor("scale5", floats(5) + 2), tensor("bias5", floats(5))]
    nodes = [node("GroupNormalization", "x scale6 bias6", "a", num_groups=3), node("LayerNormalization", "a scale5 bias5", "b"),
             node("InstanceNormalization", "b scale6 bias6", "c"), node("LRN", "c", "d", size=3, alpha=0.2),
             node("LogSoftmax", "d", "y", axis=2)]
    case("norms", nodes, {"x": shaped(2, 6, 4, 5)}, ["y"], tensors, opset=21)
    case("norm-of-all", [node("MeanVarianceNormalization", "x", "y", axes=[0, 2, 3])], {"x": shaped(2, 6, 4, 5)}, ["y"])


def lines():
    """One spatial axis: convolutions, pools, a transposed convolution."""
    tensors = [tensor("w", floats(6, 4, 3)), tensor("b", floats(6)), tensor("v", floats(6, 2, 4)), tensor("s", floats(6, 1))]
    nodes = [node("Conv", "x w b", "a", auto_pad="SAME_LOWER", strides=[2]), node("PRelu", "a s", "p"),
             node("MaxPool", "p", "c", kernel_shape=[3], pads=[1, 1], ceil_mode=1, strides=[2]),
             node("AveragePool", "c", "d", kernel_shape=[2], pads=[1, 0], count_include_pad=1),
             node("ConvTranspose", "d v", "y", strides=[2], group=2, pads=[1, 1], output_padding=[1])]
    case("lines", nodes, {"x": shaped(2, 4, 21)}, ["y"], tensors)


def resizes():
    """What Resize has since opset 18 and 19."""
    tensors = [tensor("sizes", np.array([5, 4], np.int64)), tensor("larger", np.array([9, 20], np.int64)),
               tensor("scales", np.array([1.5, 2.25], np.float32)), tensor("smaller", np.array([0.5, 0.6], np.float32))]
    nodes = [
        helper.make_node("Resize", ["x", "", "", "sizes"], ["a"], mode="linear", antialias=1, axes=[2, 3]),
        helper.make_node("Resize", ["x", "", "smaller"], ["b"], mode="cubic", antialias=1, axes=[2, 3]),
        helper.make_node("Resize", ["x", "", "", "larger"], ["c"], mode="linear", axes=[2, 3], keep_aspect_ratio_policy="not_larger"),
        helper.make_node("Resize", ["x", "", "scales"], ["d"], mode="linear", axes=[2, 3], coordinate_transformation_mode="half_pixel_symmetric"),
        helper.make_node("Resize", ["x", "", "scales"], ["e"], mode="nearest", axes=[2, 3], nearest_mode="ceil", coordinate_transformation_mode="asymmetric"),
        helper.make_node("Resize", ["x", "", "scales"], ["f"], mode="linear", axes=[2, 3], coordinate_transformation_mode="pytorch_half_pixel"),
    ]
    case("resizes", nodes, {"x": shaped(1, 3, 8, 7)}, list("abcdef"), tensors, opset=19, least=4)


def parts():
    """What Split, Pad, ReduceMax and Squeeze have since opset 13 to 19."""
    tensors = [tensor("pads", np.array([1, -1, 2, 3], np.int64)), tensor("axes", np.array([2, -1], np.int64)),
               tensor("axis1", np.array([1], np.int64)), tensor("repeats", np.array([1, 2, 1, 3], np.int64)),
               tensor("wide", np.array([3, 1, 5, 5], np.int64)), tensor("value", np.float32(-1.5)),
               tensor("five", floats(2, 1, 3, 1, 2))]
    nodes = [
        helper.make_node("Split", ["x"], ["a", "b", "c"], axis=1, num_outputs=3),
        helper.make_node("Pad", ["a", "pads", "", "axes"], ["d"], mode="wrap"),
        helper.make_node("Pad", ["b", "pads", "value", "axes"], ["e"]),
        node("ReduceMax", "d axes", "f", keepdims=0), node("ReduceL2", "e axis1", "g"),
        node("Tile", "g repeats", "h"), node("Concat", "h h", "i", axis=3), node("ReduceLogSumExp", "c axes", "j"),
        node("Transpose", "x", "k", perm=[0, 2, 3, 1]), node("Relu", "k", "l"), node("Transpose", "l", "m", perm=[0, 3, 1, 2]),
        node("ArgMax", "x", "n", axis=3, keepdims=0),
    ]
    case("parts", nodes, {"x": shaped(2, 7, 5, 4)}, list("fijmn"), tensors, opset=19)


def channels_last():
    """As converters from TensorFlow leave it: the channels last between convolutions. All turns but the first vanish."""
    tensors = [tensor("w1", floats(8, 3, 3, 3)), tensor("w2", floats(8, 8, 3, 3)), tensor("bias", floats(8)),
               tensor("scale", floats(1, 1, 1, 8)), tensor("half", np.float32(0.5)), tensor("fc1", floats(8, 2)), tensor("fc2", floats(2, 8)),
               tensor("column", np.array([-1, 1, 1, 8], np.int64))]
    first, last = dict(perm=[0, 3, 1, 2]), dict(perm=[0, 2, 3, 1])
    nodes = [node("Transpose", "x", "t0", **first), node("Conv", "t0 w1", "c1", pads=[1, 1, 1, 1]), node("Transpose", "c1", "t1", **last),
             node("Add", "t1 bias", "a1"), node("Relu", "a1", "r1"), node("Transpose", "r1", "t2", **first),
             node("Conv", "t2 w2", "c2", pads=[1, 1, 1, 1]), node("Transpose", "c2", "t3", **last), node("Mul", "t3 scale", "m1"),
             node("Add", "m1 r1", "a2"), node("Mul", "a2 half", "m2"), node("Concat", "m2 r1", "j", axis=3), node("Split", "j", "k l", axis=3),
             node("ReduceMean", "m2", "p", axes=[1, 2], keepdims=0), node("MatMul", "p fc1", "f1"), node("Relu", "f1", "f2"),
             node("MatMul", "f2 fc2", "f3"), node("Sigmoid", "f3", "s"), node("Reshape", "s column", "g"), node("Mul", "m2 g", "e"),
             node("Transpose", "e", "t4", **first), node("GlobalAveragePool", "t4", "y")]
    case("channels-last", nodes, {"x": shaped(2, 6, 5, 3)}, ["y", "k"], tensors)


def matrices():
    """Products with constant matrices, on either side; broadcasting over five axes."""
    tensors = [tensor("right", floats(6, 3)), tensor("left", floats(4, 5)), tensor("five", floats(2, 1, 5, 1)),
               tensor("square", floats(6, 6)), tensor("c", floats(1, 6))]
    nodes = [node("MatMul", "x right", "a"), node("MatMul", "left x", "b"), node("Add", "x five", "d"),
             node("ReduceSum", "x", "s", keepdims=0), node("Mul", "d s", "e"), node("Softmax", "a", "f", axis=-2)]
    case("matrices", nodes, {"x": shaped(1, 5, 6)}, list("befs"), tensors)
    nodes = [node("Reshape", "flat six", "x"), node("Transpose", "x", "y", perm=[5, 3, 1, 0, 2, 4]), node("Mul", "x c", "z"),
             node("ReduceMax", "x", "w", axes=[1, 3, 5])]
    case("six-axes", nodes, {"flat": shaped(12, 18)}, list("yzw"),
         [tensor("c", floats(3, 1, 3, 1, 3)), tensor("six", np.array([2, 3, 2, 3, 2, 3], np.int64))])
    nodes = [node("Gemm", "y square c", "z", alpha=0.5, beta=2.0, transA=1)]
    case("gemm", nodes, {"y": shaped(6, 4)}, ["z"], tensors)


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
    save("zero", [relu], [value("x", [1, 0, -1, 8])], y)
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
    save("five-axes", [node("Relu", "x", "y")], [value("x", [1, 3, 4, 32, 32])], y)
    fours = [tensor(name, floats(4)) for name in ("scale", "bias", "mean", "variance")]
    save("training", [node("Conv", "x w", "a"), node("BatchNormalization", "a scale bias mean variance", "b m v", training_mode=1),
                      node("Dropout", "b half true", "c"), node("BatchNormalization", "c scale bias mean variance", "y n w2", training_mode=1)],
         x, y, [tensor("w", floats(4, 3, 1, 1)), tensor("half", np.float32(0.5)), tensor("true", np.bool_(True))] + fours, opset=15)
    save("products-declined", [node("MatMul", "a a", "x"), node("MatMul", "b b", "y"), node("MatMul", "a b", "z")],
         [value("a", [1, 300, 6, 6]), value("b", [1, 1, 1500, 1500])], [value(name, None) for name in "xyz"])


def standardised():
    """Convolutions whose weights are standardised by a batch norm in training mode, as PyTorch exports them: from opset 14 on, and
    before, when further outputs told. What is expected is computed with weights that numpy standardised."""
    w, v, gain, zeros, ones = floats(6, 3, 3, 3), floats(4, 3, 3, 3), np.abs(floats(6)) + 0.5, np.zeros(6, np.float32), np.ones(6, np.float32)
    w[1] += 100  # a mean far from 0
    w[2] = 0.25  # no variance

    def standardise(weight, gain, epsilon):
        rows = weight.astype(np.float64).reshape(len(weight), -1)
        mean = rows.mean(axis=1, keepdims=True)
        variance = ((rows - mean) ** 2).mean(axis=1, keepdims=True)
        return ((rows - mean) / np.sqrt(variance + epsilon) * gain.reshape(-1, 1)).reshape(weight.shape).astype(np.float32)

    for name, opset, outputs, training in (("standardised", 17, "{} {}.m {}.v", {"training_mode": 1}),
                                           ("standardised-old", 11, "{} {}.m {}.v {}.sm {}.sv", {})):
        nodes, tensors = [], [tensor("zeros", zeros), tensor("ones", ones), tensor("gain", gain)]
        for key, weight in (("w", w), ("v", np.concatenate([v, -v[:2]]))):
            tensors += [tensor(key, weight), tensor(f"{key}.rows", np.array([1, 6, -1], np.int64)),
                        tensor(f"{key}.shape", np.array(weight.shape, np.int64))]
            nodes += [node("Reshape", f"{key} {key}.rows", f"{key}.r"),
                      node("BatchNormalization", f"{key}.r gain zeros zeros ones", outputs.replace("{}", f"{key}.n"), epsilon=1e-6, **training),
                      node("Reshape", f"{key}.n {key}.shape", f"{key}.s"), node("Conv", f"x {key}.s", f"{key}.c", pads=[1, 1, 1, 1])]
        nodes.append(node("Add", "w.c v.c", "y"))
        plain = [node("Conv", f"x {key}.s", f"{key}.c", pads=[1, 1, 1, 1]) for key in "wv"] + nodes[-1:]
        known = [tensor("w.s", standardise(w, gain, 1e-6)), tensor("v.s", standardise(np.concatenate([v, -v[:2]]), gain, 1e-6))]
        case(name, nodes, {"x": shaped(1, 3, 8, 9)}, ["y"], tensors, opset=opset, expected=(plain, known))


def branches():
    """RepVGG and MobileOne as they are trained, with an SE block: each sum is to become one convolution."""
    tensors = [tensor("large", floats(4, 4, 3, 3)), tensor("large.bias", floats(4)), tensor("point", floats(4, 4, 1, 1)),
               tensor("each.0", floats(4, 1, 3, 3)), tensor("each.1", floats(4, 1, 3, 3)), tensor("each.point", floats(4, 1, 1, 1)),
               tensor("w", floats(2, 4, 1, 1)), tensor("v", floats(4, 2, 1, 1))]
    for i in range(3):
        tensors += [tensor(f"{name}{i}", values) for name, values in
                    (("scale", floats(4) + 2), ("bias", floats(4)), ("mean", floats(4)), ("var", np.abs(floats(4)) + 1))]
    nodes = [
        node("Conv", "x large large.bias", "a", pads=[1, 1, 1, 1]), node("Conv", "x point", "b"),
        node("BatchNormalization", "b scale0 bias0 mean0 var0", "c"), node("Add", "a c", "d"),
        node("BatchNormalization", "x scale1 bias1 mean1 var1", "e"), node("Add", "d e", "f"), node("GlobalAveragePool", "f", "g"),
        node("Conv", "g w", "h"), node("Relu", "h", "i"), node("Conv", "i v", "j"), node("Sigmoid", "j", "k"), node("Mul", "f k", "l"),
        node("Relu", "l", "m"), node("Conv", "m each.0", "n", pads=[1, 1, 1, 1], group=4),
        node("Conv", "m each.1", "o", pads=[1, 1, 1, 1], group=4), node("Conv", "m each.point", "p", group=4),
        node("BatchNormalization", "m scale2 bias2 mean2 var2", "q"), node("Sum", "q n o p", "y"),
    ]
    case("branches", nodes, {"x": shaped(2, 4, 7, 6)}, ["y"], tensors)


def products():
    """Matrices times matrices: both flow, as in attention; many constant ones, on either side; vectors. Old operators."""
    tensors = [tensor("many", floats(3, 1, 6, 4)), tensor("below", floats(3, 2, 4, 5)), tensor("one", floats(4, 5)),
               tensor("row", floats(5)), tensor("column", floats(6)), tensor("square", floats(6, 6)), tensor("scale", np.float32(0.5))]
    nodes = [node("Transpose", "x", "t", perm=[0, 1, 3, 2]), node("MatMul", "x t", "s"), node("Mul", "s scale", "u"),
             node("Softmax", "u", "p", axis=-1), node("MatMul", "p x", "a"), node("MatMul", "x many", "b"),
             node("MatMul", "below x", "c"), node("MatMul", "one x", "d"), node("MatMul", "row x", "e"),
             node("MatMul", "x column", "f"), node("MatMul", "square y", "m"), node("MatMul", "y column", "v")]
    case("products", nodes, {"x": ([None, None, None, None], (1, 2, 5, 6)), "y": shaped(1, 6, 6)}, list("abcdefmv"), tensors)
    nodes = [node("MatMul", "x y", "a"), node("MatMul", "y z", "b"), node("MatMul", "many y", "c")]
    case("products-in-batches", nodes, {"x": (["n", None, None, None], (3, 2, 5, 6)), "y": (["n", None, None, None], (3, 2, 6, 4)),
                                        "z": (["n", None, None, None], (3, 1, 4, 3))}, list("abc"), [tensor("many", floats(1, 2, 3, 6))])
    nodes = [node("Gemm", "a b c", "y", transA=1, transB=1, alpha=0.5, beta=2.0), node("Gemm", "left b", "z", transB=1)]
    case("gemm-of-inputs", nodes, {"a": shaped(4, 3), "b": shaped(5, 4), "c": shaped(5)}, list("yz"), [tensor("left", floats(2, 4))])
    case("opset-1", [node("Softplus", "x", "a"), node("GlobalMaxPool", "a", "y")], {"x": shaped(1, 3, 4, 5)}, ["y"], opset=1)


def places():
    """Resizes whose places are whole numbers only as float32 has them, and the nearest of opset 10; corners that do not meet; what a
    Dropout keeps."""
    tensors = [tensor("s", np.array([1, 1, 1.7, 0.6], np.float32)), tensor("ten", np.array([1, 1, 0.7, 1.2], np.float32))]
    nodes = [node("Resize", f"x none {key}", f"{key}{i}", mode="nearest", coordinate_transformation_mode=mode, nearest_mode=rounding)
             for i, (mode, rounding) in enumerate((("asymmetric", "floor"), ("half_pixel", "floor"), ("half_pixel", "round_prefer_ceil"),
                                                   ("half_pixel_symmetric", "ceil"), ("pytorch_half_pixel", "floor"))) for key in ("s", "ten")]
    for one in nodes:
        one.input[1] = ""
    case("places", nodes, {"x": shaped(1, 2, 10, 9)}, [one.output[0] for one in nodes], tensors, opset=19)
    nodes = [node("Resize", "x s", "y", mode="nearest"), node("Resize", "x ten", "z", mode="linear")]
    case("resize-10", nodes, {"x": shaped(1, 2, 10, 9)}, ["y", "z"], tensors, opset=10)
    nodes = [node("Dropout", "x", "a mask"), node("Cast", "mask", "f", to=TensorProto.FLOAT), node("Sub", "a f", "y")]
    case("dropout-mask", nodes, {"x": shaped(2, 3, 4)}, ["y"])
    corners = node("Resize", "x none s", "y", mode="linear", coordinate_transformation_mode="align_corners")
    corners.input[1] = ""
    save("corners", [corners], [value("x", [1, 2, 10, 9])], [value("y", None)], tensors[:1])


def turned():
    """A transposed map that is seen in two shapes, multiplied by itself, an output beside a view of it, and times a number
    that has more axes than it; a softmax along an axis of one."""
    nodes = [node("Transpose", "x", "t", perm=[0, 2, 3, 1]), node("Reshape", "t row", "r"), node("Transpose", "x", "u", perm=[0, 1, 3, 2]),
             node("Reshape", "u flat", "v"), node("Reshape", "u ones", "w"), node("Add", "w v", "sum"),
             node("MatMul", "u u", "square"), node("Mul", "t half", "halves"), node("Softmax", "t", "softmax", axis=0)]
    tensors = [tensor("row", np.array([1, 9, 2], np.int64)), tensor("flat", np.array([1, 6, 3, 1], np.int64)),
               tensor("ones", np.array([1, 6, 1, 3], np.int64)), tensor("half", np.full([1] * 5, 0.5, np.float32))]
    case("turned", nodes, {"x": shaped(1, 2, 3, 3)}, ["t", "r", "sum", "square", "halves", "softmax"], tensors)


if __name__ == "__main__":
    for write_models in (network, types, moves, unbatched, external, squeezes, activations, norms, lines, resizes, parts, channels_last,
                         matrices, broken, standardised, branches, products, places, turned):
        write_models()
