"""Measures the rounding error of the example networks with the weights and the float64 outputs that models.py wrote.

    python3 accuracy.py --senc SENC [--dir DIR] [NAME...]

Prints a Markdown table: the largest difference as a part of the largest output (the logits, before any softmax), of what
senc makes with all convolutions computed directly, of what it makes by itself (with Winograd), and of ONNX Runtime in
float32 where that is installed. The exit status is 1 when one of senc's is above its bar.
"""
import argparse
import pathlib
import sys
import tempfile

import numpy as np

import check_examples
import report

WAYS = {"direct": (("--disable-pass=choose-winograd",), 1e-5), "Winograd": ((), 1e-4)}


def measure_onnxruntime(name, models):
    """None where it is not installed."""
    try:
        import onnxruntime
    except ImportError:
        return None
    session = onnxruntime.InferenceSession(str(models / (name + ".onnx")), providers=["CPUExecutionProvider"])
    picture = np.load(models / (name + ".input.npy"))
    found = session.run(None, {session.get_inputs()[0].name: picture[None]})[0].ravel()
    expected = np.load(models / (name + ".output.npy")).ravel()
    return np.abs(found - expected).max() / np.abs(expected).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--senc", default="senc")
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("models"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all that DIR has")
    arguments = parser.parse_args()
    names = arguments.names or [name for name in check_examples.PARAMETERS if (arguments.dir / (name + ".onnx")).exists()]
    if not names:
        parser.error("%s has no networks; models.py writes them" % arguments.dir)
    rows, above = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            print(name, file=sys.stderr, flush=True)
            row = [name]
            for way, (options, bar) in WAYS.items():
                error, _ = check_examples.check(arguments.senc, name, arguments.dir, folder, options)
                row.append("%.1e" % error)
                if not error <= bar:
                    above.append("%s, %s: %.1e is above %.0e" % (name, way, error, bar))
            error = measure_onnxruntime(name, arguments.dir)
            rows.append(row + ["" if error is None else "%.1e" % error])
    print(report.table(["network", *WAYS, "ONNX Runtime"], rows), end="")
    for line in above:
        print("\n" + line, end="")
    print()
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
