"""Processes that each hold one network in one engine, and times taken in turns: A B C A B C ...

What else runs on the machine, and how warm it is, then meets all of them alike.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np

import copies

HERE = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    """An engine that is not installed, cannot load the network, or stopped."""


class Engine:
    """A network in one of the peers: engines.py, waiting for requests."""

    def __init__(self, kind, name, folder, threads):
        self.kind = kind
        self.process = subprocess.Popen(
            [sys.executable, HERE / "engines.py", kind, name, folder, str(threads)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        word, _, rest = self.answer().partition(" ")
        self.version = rest
        if word != "ready":
            self.close()
            raise Failure("not installed" if word == "missing" else rest)

    def answer(self):
        line = self.process.stdout.readline().strip()
        if not line:
            raise Failure("the process ended")
        return line

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self.answer()

    def output(self, path):
        self.ask("output %s" % path)
        return np.load(path)

    def time(self, count):
        return float(self.ask("time %d" % count))

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Executable:
    """A network compiled by senc; each timing is of the next of some copies."""

    def __init__(self, executable, picture, threads):
        self.kind = "senc"
        self.executable, self.picture, self.threads = executable, picture, threads
        try:
            self.copies, self.timed = copies.make(executable), 0
        except OSError as error:
            raise Failure(str(error)) from error
        text = subprocess.run([executable, "--version"], capture_output=True, text=True, check=True).stdout
        self.version = text.strip().splitlines()[0].rpartition("compiled by senc ")[2]

    def run(self, *arguments, executable=None):
        run = subprocess.run([executable or self.executable, "--threads", str(self.threads), *arguments], capture_output=True, text=True)
        if run.returncode != 0:
            raise Failure(run.stderr.strip())
        return run.stdout

    def output(self, path):
        self.run("--format", "npy", "-o", path, self.picture)
        return np.load(path).ravel()

    def time(self, count):
        self.timed += 1
        copy = self.copies[self.timed % copies.COUNT]
        return json.loads(self.run("--bench", str(count), executable=copy))["median_ms"]

    def close(self):
        copies.remove(self.copies)


def runs_a_turn(ms, seconds):
    return max(3, min(200, round(1e3 * seconds / ms)))


def take_turns(engines, rounds, seconds):
    """Each of `engines`, a dict, is timed `rounds` times for about `seconds`. Gives {key: [median ms of each turn]}; in
    every second round the order is turned around, so that nobody always follows the same one."""
    counts = {key: runs_a_turn(engine.time(1), seconds) for key, engine in engines.items()}
    times = {key: [] for key in engines}
    for number in range(rounds):
        order = list(engines) if number % 2 == 0 else list(reversed(engines))
        for key in order:
            times[key].append(engines[key].time(counts[key]))
    return times
