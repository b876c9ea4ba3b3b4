"""Compiles the example networks with the weights that models.py wrote and compares what they say with what it computed.

    python3 check_examples.py --senc SENC [--dir DIR] [NAME...] [-- SENC OPTIONS...]

Prints one line a network in TAP; the exit status is 1 when one differs by more than 1e-4 of the largest output, when
weights do not fit or are left over, or when the number of parameters is not the known one. Needs NumPy only.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
TOLERANCE = 1e-4

# As published with the weights that fit.
PARAMETERS = {
    "resnet18": 11689512, "seresnet18": 11778592, "resnet50": 25557032, "seresnet50": 28088024,
    "resnext50_32x4d": 25028904, "seresnext50_32x4d": 27559896, "senet154": 115088984, "vgg16": 138357544,
    "sevgg16": 138596784, "inception": 11295240, "se_inception": 11941638, "mobilenet_v3_large": 5483032,
    "mobilenet_v3_small": 2542856, "efficientnet_b0": 5288548, "regnety_800mf": 6432512, "mnasnet_a1": 3887038,
    "ghostnet": 5182508, "lcnet_100": 2953800,
}


def compile_network(senc, name, weights, out, options=()):
    """Compile one example; give what `senc -v` said: parameters and multiply-accumulates a picture."""
    source = EXAMPLES / name / (name + ".sen")
    run = subprocess.run([senc, "-v", "--weights", weights, "-o", out, *options, source], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError("senc failed:\n" + run.stderr)
    counts = re.search(r": (\d+) parameters, (\d+) multiply-accumulates", run.stderr)
    return int(counts[1]), int(counts[2])


def run_network(executable, picture, folder, threads=1):
    """The outputs for one picture, a .npy file."""
    out = pathlib.Path(folder) / "output.npy"
    subprocess.run([executable, "--threads", str(threads), "--format", "npy", "-o", out, picture], check=True)
    return np.load(out)


def check(senc, name, models, folder, options):
    """Compile and run one network. Gives the largest difference, as a part of the largest output, and the parameters."""
    executable = pathlib.Path(folder) / name
    parameters, _ = compile_network(senc, name, models / (name + ".safetensors"), executable, options)
    got = run_network(executable, models / (name + ".input.npy"), folder)
    executable.unlink()
    expected = np.load(models / (name + ".output.npy"))
    if got.size != expected.size:
        raise RuntimeError("%d outputs; expected %d" % (got.size, expected.size))
    difference = np.abs(got.ravel() - expected.ravel()).max() / np.abs(expected).max()
    return difference, parameters


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--senc", default="senc")
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("models"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all that DIR has")
    words = sys.argv[1:]
    options = []
    if "--" in words:
        words, options = words[:words.index("--")], words[words.index("--") + 1:]
    arguments = parser.parse_args(words)
    names = arguments.names or [name for name in PARAMETERS if (arguments.dir / (name + ".onnx")).exists()]
    if not names:
        parser.error("%s has no networks; models.py writes them" % arguments.dir)
    print("1..%d" % len(names))
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(names, 1):
            try:
                difference, parameters = check(arguments.senc, name, arguments.dir, folder, options)
                problem = ""
                if not difference <= TOLERANCE:
                    problem = "the difference is too large"
                elif parameters != PARAMETERS[name]:
                    problem = "%d parameters expected" % PARAMETERS[name]
                text = "%s: %d parameters, difference %.1e" % (name, parameters, difference)
            except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
                text, problem = name, str(error)
            failures += problem != ""
            print("%sok %d - %s" % ("not " if problem else "", number, text), flush=True)
            if problem:
                print("# " + problem.replace("\n", "\n# "), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
