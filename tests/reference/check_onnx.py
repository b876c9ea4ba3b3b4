#!/usr/bin/env python3
"""Compares what --emit=onnx writes, run by ONNX Runtime, with what the networks should compute.

    python3 check_onnx.py SENC                 # the layers of this folder against their reference outputs
    python3 check_onnx.py SENC NETWORK.sen...  # networks with random weights against the executables that senc makes of them

Needs the packages numpy, onnx and onnxruntime. Every model must also pass ONNX's own checker, and a batch of two pictures
must give what each of them gives.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

HERE = pathlib.Path(__file__).resolve().parent
BOUND = 1e-4  # of the largest number, for float32 sums in another order


def emit(senc, network, weights, model):
    command = [senc, "--emit=onnx", "-o", model, network]
    subprocess.run(command + (["--weights", weights] if weights else ["--weights", "random"]), check=True)
    onnx.checker.check_model(str(model), full_check=True)
    return onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])


def distance(got, expected):
    got, expected = got.reshape(-1).astype(np.float64), expected.reshape(-1).astype(np.float64)
    if got.shape != expected.shape:
        return np.inf
    return float(np.max(np.abs(got - expected), initial=0) / max(1, np.max(np.abs(expected), initial=0)))


def run(session, inputs):
    """The first output, for one picture; the error of a batch of two pictures beside it."""
    one = session.run(None, {name: value[None] for name, value in inputs.items()})[0]
    other = {name: np.roll(value, 1) for name, value in inputs.items()}
    two = session.run(None, {name: np.stack([value, other[name]]) for name, value in inputs.items()})[0]
    alone = session.run(None, {name: value[None] for name, value in other.items()})[0]
    return one[0], max(distance(two[0], one[0]), distance(two[1], alone[0]))


def check_layer(senc, network, folder):
    weights = network.with_suffix(".safetensors")
    session = emit(senc, network, weights if weights.exists() else None, folder / "model.onnx")
    inputs = {session.get_inputs()[0].name: np.load(network.with_suffix(".input.npy"))}
    got, batch_error = run(session, inputs)
    return distance(got, np.load(network.with_suffix(".output.npy"))), batch_error


def check_network(senc, network, folder):
    session = emit(senc, network, None, folder / "model.onnx")
    subprocess.run([senc, "--weights", "random", "-o", folder / "program", network], check=True)
    generator = np.random.default_rng(1)
    inputs, arguments = {}, []
    for value in session.get_inputs():
        inputs[value.name] = generator.uniform(-1, 1, value.shape[1:]).astype(np.float32)
        np.save(folder / f"{value.name}.npy", inputs[value.name])
        arguments.append(f"{value.name}={folder / value.name}.npy" if len(session.get_inputs()) > 1
                         else folder / f"{value.name}.npy")
    subprocess.run([folder / "program", "--format", "npy", "-o", folder / "out.npy", *arguments], check=True)
    got, batch_error = run(session, inputs)
    return distance(np.load(folder / "out.npy"), got), batch_error


def main():
    senc, networks = pathlib.Path(sys.argv[1]).resolve(), [pathlib.Path(name) for name in sys.argv[2:]]
    check = check_network if networks else check_layer
    failed = 0
    for network in networks or sorted((HERE / "layers").glob("*.sen")):
        with tempfile.TemporaryDirectory() as folder:
            try:
                error, batch_error = check(senc, network, pathlib.Path(folder))
                good = error <= BOUND and batch_error <= BOUND
                print(f"{'ok' if good else 'NOT OK'}  {network.stem}: {error:.1e}, in a batch {batch_error:.1e}", flush=True)
            except Exception as problem:  # whatever ONNX Runtime says of a model, the others are to be tried
                good = False
                print(f"NOT OK  {network.stem}: {problem}", flush=True)
        failed += not good
    print(f"{failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
