"""Measures what SE blocks cost: the time with them divided by the time without, less 1, per engine.

    python3 se_tax.py --senc SENC [--dir DIR] [--out DIR] [--threads 1,2] [--engines A,B] [--rounds N] [--seconds S]

For every pair of networks in DIR (as models.py wrote them) that differ in nothing but SE, all engines hold both and take
turns; the quotient is taken within each round, and the median of the rounds counts. Written to --out: se-tax.md and
se-tax.json.
"""
import json
import pathlib
import statistics
import sys
import tempfile

import check_examples
import interleave
import peers
import report

PAIRS = [("resnet18", "seresnet18"), ("resnet50", "seresnet50"), ("resnext50_32x4d", "seresnext50_32x4d"),
         ("vgg16", "sevgg16"), ("inception", "se_inception")]


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
        lines.append("## %d thread%s\n" % (threads, "" if threads == 1 else "s"))
        lines.append(report.table(["", *kinds], rows))
    lines += report.left_out(notes)
    (arguments.out / "se-tax.md").write_text("\n".join(lines))
    numbers = {str(threads): {name: by_kind for (_, name), by_kind in by_pair.items()} for threads, by_pair in results.items()}
    (arguments.out / "se-tax.json").write_text(json.dumps(numbers, indent=1) + "\n")


def main():
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


if __name__ == "__main__":
    sys.exit(main())
