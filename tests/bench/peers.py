"""Times networks in senc and in other inference engines, with the same weights, in turns, and writes what came out.

    python3 peers.py --senc SENC [--dir DIR] [--out DIR] [--threads 1,2] [--engines A,B] [--rounds N] [--seconds S] [NAME...]

DIR holds the networks as models.py wrote them. Before anything is timed all engines classify the same picture and have
to agree with the reference output to 1e-3 of its largest number: one that does not is left out and named in the table.
Written to --out: peers.md (tables), peers.json (the numbers) and peers-THREADS.svg (bar charts).
"""
import argparse
import ctypes
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np

import check_examples
import engines
import interleave
import report

TOLERANCE = 1e-3
# IREE and TVM (untuned) take 10 to 100 times as long as the others: only when asked for.
DEFAULT_ENGINES = ["senc", "onnxruntime", "openvino", "ncnn", "mnn", "pytorch"]


def fma_peak(folder):
    """GFLOP/s of one thread, by machine.c; 0 where it cannot be built."""
    library = pathlib.Path(folder) / "machine.so"
    source = pathlib.Path(__file__).with_name("machine.c")
    if subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], capture_output=True).returncode != 0:
        return 0.0
    function = ctypes.CDLL(str(library)).machine_fma_gflops
    function.argtypes, function.restype = [ctypes.c_double], ctypes.c_double
    return function(1.0)


def start(kind, name, arguments, executable, threads):
    if kind == "senc":
        return interleave.Executable(executable, arguments.dir / (name + ".input.npy"), threads)
    return interleave.Engine(kind, name, arguments.dir, threads)


def start_all(name, arguments, executable, threads, folder, notes):
    """The engines that are installed, load the network and agree with the reference; `notes` tells why others do not."""
    expected = np.load(arguments.dir / (name + ".output.npy")).ravel()
    running = {}
    for kind in arguments.engines:
        engine = None
        try:
            engine = start(kind, name, arguments, executable, threads)
            got = engine.output(str(pathlib.Path(folder) / "output.npy"))
            difference = np.abs(got - expected).max() / np.abs(expected).max()
            if not difference <= TOLERANCE:
                raise interleave.Failure("its output is %.1e off" % difference)
            running[kind] = engine
        except interleave.Failure as failure:
            if engine:
                engine.close()
            notes.setdefault(kind, {}).setdefault(str(failure), []).append(name)
    return running


def time_network(name, arguments, threads, folder, notes, versions):
    executable = pathlib.Path(folder) / name
    running = start_all(name, arguments, executable, threads, folder, notes)
    try:
        versions.update({kind: engine.version for kind, engine in running.items()})
        times = interleave.take_turns(running, arguments.rounds, arguments.seconds)
        return {kind: statistics.median(turns) for kind, turns in times.items()}
    finally:
        for engine in running.values():
            engine.close()


def write_report(arguments, results, macs, peak, notes, versions):
    used = [kind for kind in arguments.engines if any(kind in times for by in results.values() for times in by.values())]
    lines = ["# Networks in senc and other engines\n",
             "%s; float32, batch 1; medians of %d turns of about %g s each, the engines taking turns.\n"
             % (report.processor(), arguments.rounds, arguments.seconds),
             ", ".join("%s: %s" % (kind, versions[kind]) for kind in used) + ".\n"]
    for threads, by_network in results.items():
        limits = {name: 2e-6 * macs[name] / (peak * threads) for name in by_network} if peak else {}
        lines.append("## %d thread%s\n" % (threads, "" if threads == 1 else "s"))
        if peak:
            lines.append("Direct limit: 2 x multiply-accumulates / (%d x %.1f GFLOP/s, measured in this run).\n" % (threads, peak))
        lines.append(report.times_table(by_network, used, limits))
        chart = report.bar_chart("Time relative to senc's, %d thread%s" % (threads, "" if threads == 1 else "s"), by_network, used)
        (arguments.out / ("peers-%d.svg" % threads)).write_text(chart)
    lines += report.left_out(notes)
    (arguments.out / "peers.md").write_text("\n".join(lines))
    numbers = {"processor": report.processor(), "fma_gflops": peak, "versions": versions, "macs": macs, "median_ms": results}
    (arguments.out / "peers.json").write_text(json.dumps(numbers, indent=1) + "\n")


def parse(words, description):
    known = ["senc", *engines.ENGINES]
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--senc", default="senc", help="the compiler (default: senc)")
    parser.add_argument("--senc-option", action="append", default=[], metavar="OPTION", help="for senc; may be repeated")
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("models"), help="networks (default: models)")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."), help="reports (default: here)")
    parser.add_argument("--threads", default="1,2", help="default: 1,2")
    parser.add_argument("--engines", default=",".join(DEFAULT_ENGINES), help="of %s" % ", ".join(known))
    parser.add_argument("--rounds", type=int, default=7, help="turns of each engine (default: 7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a turn (default: 1)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="networks; default: all that DIR has")
    arguments = parser.parse_args(words)
    arguments.threads = [int(word) for word in arguments.threads.split(",")]
    arguments.engines = arguments.engines.split(",")
    unknown = [kind for kind in arguments.engines if kind not in known]
    if unknown:
        parser.error("unknown engine: %s" % ", ".join(unknown))
    if arguments.rounds < 1 or not arguments.seconds > 0 or min(arguments.threads) < 1:
        parser.error("--rounds, --seconds and --threads must be positive")
    present = [name for name in check_examples.PARAMETERS if (arguments.dir / (name + ".onnx")).exists()]
    missing = [name for name in arguments.names if name not in present]
    if missing or not present:
        parser.error("%s has no %s; models.py writes it" % (arguments.dir, ", ".join(missing) or "networks"))
    arguments.names = arguments.names or present
    return arguments


def main():
    arguments = parse(sys.argv[1:], __doc__)
    arguments.out.mkdir(parents=True, exist_ok=True)
    results = {threads: {} for threads in arguments.threads}
    macs, notes, versions = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        peak = fma_peak(folder)
        for name in arguments.names:
            executable = pathlib.Path(folder) / name
            _, macs[name] = check_examples.compile_network(
                arguments.senc, name, arguments.dir / (name + ".safetensors"), executable, arguments.senc_option)
            for threads in arguments.threads:
                times = time_network(name, arguments, threads, folder, notes, versions)
                if times:
                    results[threads][name] = times
                    print(name, "%d:" % threads, ", ".join("%s %s" % (kind, report.milliseconds(ms)) for kind, ms in times.items()),
                          flush=True)
            executable.unlink()
            write_report(arguments, results, macs, peak, notes, versions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
