#!/usr/bin/env python3
"""Compiles what export.py wrote, by hand-written text and by ONNX, and compares both with PyTorch.

    python3 compare.py [--senc SENC] [--folder DIR] [--runs N] NAME...

Prints for each network the largest difference from PyTorch's answer, relative to its largest number, and the median time of a
run on one thread, the two executables taking turns. Needs NumPy.
"""
import argparse
import json
import pathlib
import subprocess

import numpy as np

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent
TURNS = 5


def compile_both(senc, name, folder):
    programs = {"sen": folder / f"{name}-sen", "onnx": folder / f"{name}-onnx"}
    subprocess.run([senc, "--weights", folder / f"{name}.safetensors", "-o", programs["sen"],
                    EXAMPLES / name / f"{name}.sen"], check=True)
    subprocess.run([senc, "-o", programs["onnx"], folder / f"{name}.onnx"], check=True)
    return programs


def difference(program, name, folder):
    answer = folder / "answer.npy"
    subprocess.run([program, "--format", "npy", "-o", answer, folder / f"{name}.input.npy"], check=True)
    expected = np.load(folder / f"{name}.output.npy").astype(np.float64)
    return np.max(np.abs(np.load(answer).reshape(-1) - expected)) / np.max(np.abs(expected))


def measure(programs, runs):
    times = {way: [] for way in programs}
    for _ in range(TURNS):
        for way, program in programs.items():
            line = subprocess.run([program, "--threads", "1", "--bench", str(runs)], check=True, capture_output=True)
            times[way].append(json.loads(line.stdout)["median_ms"])
    return {way: float(np.median(values)) for way, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--senc", default="senc")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    print("| network | .sen: difference | ONNX: difference | .sen, ms | ONNX, ms | ONNX / .sen |\n| --- | --- | --- | --- | --- | --- |")
    for name in arguments.names:
        programs = compile_both(arguments.senc, name, folder)
        differences = {way: difference(program, name, folder) for way, program in programs.items()}
        times = measure(programs, arguments.runs)
        print(f"| {name} | {differences['sen']:.1e} | {differences['onnx']:.1e} | {times['sen']:.2f} | {times['onnx']:.2f} "
              f"| {times['onnx'] / times['sen']:.3f} |", flush=True)


if __name__ == "__main__":
    main()
