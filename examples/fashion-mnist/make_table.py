#!/usr/bin/env python3
"""Trains without SE and with r = 4, 8, 16, three seeds each, shortly, and prints README.md's table."""
import argparse
import concurrent.futures
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REDUCTIONS, SEEDS = (0, 4, 8, 16), (1, 2, 3)


def run(folder, epochs, reduction, seed):
    """The line of JSON that train.py ends with; kept in `folder`, so that a second start goes on where one ended."""
    base = os.path.join(folder, "r%d-seed%d" % (reduction, seed))
    if not os.path.exists(base + ".json"):
        command = [sys.executable, os.path.join(HERE, "train.py"), base + ".safetensors", "--r", str(reduction),
                   "--seed", str(seed), "--epochs", str(epochs), "--pad", "0", "--threads", "1"]
        lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        with open(base + ".json", "w") as file:
            file.write(lines[-1] + "\n")
    with open(base + ".json") as file:
        result = json.load(file)
    print("r = %d, seed %d: %d" % (reduction, seed, result["correct"]), file=sys.stderr, flush=True)
    return result


def print_table(results):
    print("| network | parameters | multiply-accumulates | each seed | mean | spread (max - min) |")
    print("| --- | --- | --- | --- | --- | --- |")
    for reduction in REDUCTIONS:
        runs = [result for result in results if result["r"] == reduction]
        accuracies = [100 * result["correct"] / result["of"] for result in runs]
        print("| %s | %s | %.3f M | %s | %.2f %% | %.2f |" % (
            "SE, r = %d" % reduction if reduction else "no SE", format(runs[0]["parameters"], ","),
            runs[0]["macs"] / 1e6, ", ".join("%.2f" % accuracy for accuracy in accuracies),
            statistics.mean(accuracies), max(accuracies) - min(accuracies)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where the trained weights go")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2, help="runs at once, a thread each (default 2)")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = [pool.submit(run, options.folder, options.epochs, reduction, seed)
                for seed in SEEDS for reduction in REDUCTIONS]
        print_table([future.result() for future in runs])


if __name__ == "__main__":
    main()
