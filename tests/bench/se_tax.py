"""Measures what SE blocks cost: the time with them divided by the time without, less 1, per engine.

    python3 se_tax.py --senc SENC [--dir DIR] [--out DIR] [--threads 1,2] [--engines A,B] [--rounds N] [--seconds S]
    python3 se_tax.py --alone [--senc SENC] [--threads 1,2] [--rounds N] [--seconds S] [NAME...]

For every pair of networks in DIR (as models.py wrote them) that differ in nothing but SE, all engines hold both and take
turns; the quotient is taken within each round, and the median of the rounds counts. Written to --out: se-tax.md,
se-tax.json and se-tax-THREADS.svg (bar charts; the dashed line is 1 %).

With --alone, senc is measured by itself with random weights, which needs neither networks in DIR nor other packages, and the
table goes to standard output, each median with the range in which it lies with a probability of 95 %. Networks without a
counterpart are measured against themselves with `-D se=false`.
"""
import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

import copies

PAIRS = [("resnet18", "seresnet18"), ("resnet50", "seresnet50"), ("resnext50_32x4d", "seresnext50_32x4d"),
         ("vgg16", "sevgg16"), ("inception", "se_inception")]
# Networks that exist with SE blocks only, and have a param to leave them out.
SWITCHED = ["mobilenet_v3_large", "efficientnet_b0"]


def compile_random(senc, name, option, out):
    source = pathlib.Path(__file__).resolve().parents[2] / "examples" / name / (name + ".sen")
    subprocess.run([senc, *option, "--weights", "random", "-o", out, source], check=True)
    return copies.make(out)


def bench(executable, threads, count):
    run = subprocess.run([executable, "--threads", str(threads), "--bench", str(count)], capture_output=True, text=True,
                         check=True)
    return json.loads(run.stdout)["median_ms"]


def median_range(values):
    """The order statistics that a median lies between with a probability of 95 %; of few values, the least and the most."""
    ranked, margin = sorted(values), 0.98 * len(values) ** 0.5
    first = max(0, math.floor((len(ranked) - 1) / 2 - margin))
    return ranked[first], ranked[len(ranked) - 1 - first]


def measure_alone(executables, threads, rounds, seconds):
    """[tax, its range, ms without, ms with] of two executables, each in its copies, that take turns."""
    counts = [max(3, min(200, round(1e3 * seconds / bench(executable, threads, 1)))) for executable, *_ in executables]
    times = [[], []]
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            times[which].append(bench(executables[which][number % copies.COUNT], threads, counts[which]))
    taxes = [b / a - 1 for a, b in zip(*times)]
    return [statistics.median(taxes), median_range(taxes), statistics.median(times[0]), statistics.median(times[1])]


def alone(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--senc", default="senc", help="the compiler (default: senc)")
    parser.add_argument("--threads", default="1,2", help="default: 1,2")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each (default: 7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a turn (default: 1)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="networks with SE blocks; default: all")
    arguments = parser.parse_args(words)
    threads = [int(word) for word in arguments.threads.split(",")]
    rows = [(b, [(a, []), (b, [])]) for a, b in PAIRS]
    rows += [(name, [(name, ["-D", "se=false"]), (name, [])]) for name in SWITCHED]
    print("| network | %s |" % " | ".join("%d thread%s" % (count, "" if count == 1 else "s") for count in threads))
    print("| --- |%s" % (" --- |" * len(threads)))
    with tempfile.TemporaryDirectory() as folder:
        for name, pair in rows:
            if arguments.names and name not in arguments.names:
                continue
            executables = [compile_random(arguments.senc, network, option, pathlib.Path(folder) / str(which))
                           for which, (network, option) in enumerate(pair)]
            cells = [measure_alone(executables, count, arguments.rounds, arguments.seconds) for count in threads]
            print("| %s | %s |" % (name, " | ".join(
                "%.1f %% (%.1f to %.1f; %.4g, %.4g ms)" % (100 * tax, 100 * low, 100 * high, a, b)
                for tax, (low, high), a, b in cells)), flush=True)
    return 0


def start_pair(pair, arguments, threads, folder, notes):
    """{(engine, network): process} of the engines in which both networks run."""
    running = {}
    for name in pair:
        engines = peers.start_all(name, arguments, pathlib.Path(folder) / name, threads, folder, notes)
        running.update({(kind, name): engine for kind, engine in engines.items()})
    for kind, name in list(running):
        if any((kind, other) not in running for other in pair):
            running.pop((kind, name)).close()
    return running


def measure_pair(pair, arguments, threads, folder, notes):
    """{engine: [tax, ms without, ms with]}."""
    running = start_pair(pair, arguments, threads, folder, notes)
    try:
        times = interleave.take_turns(running, arguments.rounds, arguments.seconds)
    finally:
        for engine in running.values():
            engine.close()
    result = {}
    for kind in [kind for kind, name in times if name == pair[0]]:
        without, with_se = times[kind, pair[0]], times[kind, pair[1]]
        tax = statistics.median(b / a - 1 for a, b in zip(without, with_se))
        result[kind] = [tax, statistics.median(without), statistics.median(with_se)]
    return result


def write_report(arguments, results, notes):
    kinds = [kind for kind in arguments.engines
             if any(kind in by_kind for by_pair in results.values() for by_kind in by_pair.values())]
    lines = ["# What SE costs\n",
             "%s; time with SE / time without - 1, and the two times in ms; medians of %d rounds, the engines taking turns.\n"
             % (report.processor(), arguments.rounds)]
    for threads, by_pair in results.items():
        rows = []
        for (_, name), by_kind in by_pair.items():
            cells = ["%.1f %% (%s, %s)" % (100 * tax, report.milliseconds(a), report.milliseconds(b))
                     for tax, a, b in (by_kind[kind] for kind in kinds if kind in by_kind)]
            cells = iter(cells)
            rows.append([name] + [next(cells) if kind in by_kind else "" for kind in kinds])
        title = "%d thread%s" % (threads, "" if threads == 1 else "s")
        lines += ["## %s\n" % title, report.table(["", *kinds], rows)]
        taxes = {name: {kind: values[0] for kind, values in by_kind.items()} for (_, name), by_kind in by_pair.items()}
        (arguments.out / ("se-tax-%d.svg" % threads)).write_text(report.tax_chart("What SE costs, " + title, taxes, kinds))
    lines += report.left_out(notes)
    (arguments.out / "se-tax.md").write_text("\n".join(lines))
    numbers = {str(threads): {name: by_kind for (_, name), by_kind in by_pair.items()} for threads, by_pair in results.items()}
    (arguments.out / "se-tax.json").write_text(json.dumps(numbers, indent=1) + "\n")


def main():
    if "--alone" in sys.argv[1:]:
        return alone(sys.argv[1:])
    arguments = peers.parse(sys.argv[1:], __doc__)
    arguments.out.mkdir(parents=True, exist_ok=True)
    pairs = [pair for pair in PAIRS if set(pair) <= set(arguments.names)]
    if not pairs:
        sys.exit("%s: no two networks there differ in SE alone; models.py writes them" % arguments.dir)
    results, notes = {threads: {} for threads in arguments.threads}, {}
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs:
            for name in pair:
                check_examples.compile_network(arguments.senc, name, arguments.dir / (name + ".safetensors"),
                                               pathlib.Path(folder) / name, arguments.senc_option)
            for threads in arguments.threads:
                results[threads][pair] = measure_pair(pair, arguments, threads, folder, notes)
                print(pair[1], "%d:" % threads, ", ".join(
                    "%s %.1f %%" % (kind, 100 * values[0]) for kind, values in results[threads][pair].items()), flush=True)
            for name in pair:
                (pathlib.Path(folder) / name).unlink()
            write_report(arguments, results, notes)
    return 0


if "--alone" not in sys.argv[1:]:
    import check_examples
    import interleave
    import peers
    import report

if __name__ == "__main__":
    sys.exit(main())
