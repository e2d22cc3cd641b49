#!/usr/bin/env python3
"""Compare the graphs of examples/gpt2 with those that TensorFlow builds, node by node, each with all its bytes.

    gpt2_test.py GPT2 EXAMPLES/gpt2 DATA/gpt2

DATA has what `tests/oracle/gpt2_tf.py -o` wrote in TensorFlow 2.21.0: SIZE.pb.xz with one tower, 124M_8_towers.pb.xz with
eight. Also checked: the graph does not depend on the number of threads, and what is wrong with a call is said. The last
line counts.
"""

import glob
import json
import lzma
import os
import subprocess
import sys
import tempfile


def varint(data, at):
    """The number at a place, and the place behind it."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    """The fields of a message, each a number and its bytes or value."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 2:
            size, at = varint(data, at)
            yield tag >> 3, data[at:at + size]
            at += size
        else:
            value, at = varint(data, at)
            yield tag >> 3, value


def graph_def(data):
    """A GraphDef as a list of its fields; the attributes of a node, which are a map, in the order of their bytes."""
    graph = []
    for field, part in fields(data):
        parts = list(fields(part))
        attributes = sorted(value for number, value in parts if number == 5)
        graph.append((field, [entry for entry in parts if entry[0] != 5], attributes))
    return graph


def first_difference(ours, theirs):
    """Where two GraphDefs part, for a person; empty when they do not."""
    for index, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return f"node {index}:\n  {a}\n  instead of\n  {b}"
    return "" if len(ours) == len(theirs) else f"{len(ours)} parts instead of {len(theirs)}"


class Tester:
    """Runs the program, and counts."""

    def __init__(self, program, examples, folder):
        self.program, self.examples, self.folder = program, examples, folder
        self.passed = self.failed = 0

    def check(self, good, what, why=""):
        """Count one check."""
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        if not good:
            print(f"{what}: {why}")

    def run(self, *arguments):
        """Run the program."""
        return subprocess.run([self.program, *arguments], capture_output=True, text=True, check=False)

    def hparams(self, size):
        """The file of a size."""
        return os.path.join(self.examples, f"hparams_{size}.json")

    def build(self, size, *arguments):
        """The bytes of a graph, None when the program failed."""
        path = os.path.join(self.folder, "graph.pb")
        done = self.run(self.hparams(size), "-o", path, *arguments)
        self.check(done.returncode == 0, f"{size} {' '.join(arguments)}", done.stderr)
        if done.returncode:
            return None
        with open(path, "rb") as file:
            return file.read()


def check_graphs(tester, data):
    """Each size, and towers, beside TensorFlow's."""
    listings = sorted(glob.glob(os.path.join(data, "*.pb.xz")))
    tester.check(len(listings) == 5, "listings", str(listings))
    for listing in listings:
        size, _, towers = os.path.basename(listing)[:-len(".pb.xz")].partition("_")
        with lzma.open(listing) as file:
            theirs = file.read()
        ours = tester.build(size, "--threads", "1", "--towers", towers.partition("_")[0] or "1")
        difference = first_difference(graph_def(ours), graph_def(theirs)) if ours else "not built"
        tester.check(not difference, listing, difference)


def check_threads(tester):
    """The same bytes by any number of threads, each time anew."""
    alone = tester.build("124M", "--towers", "6", "--threads", "1")
    for threads in ("2", "3", "6", "6", "16"):
        together = tester.build("124M", "--towers", "6", "--threads", threads)
        tester.check(together == alone, f"--threads {threads}", "other bytes than by one thread")


def check_report(tester):
    """What the program says of its work."""
    done = tester.run(tester.hparams("124M"), "--towers", "2", "--threads", "2", "--repeat", "3", "--json")
    report = json.loads(done.stdout or "{}")
    tester.check(report.get("nodes") == 5681 and len(report.get("milliseconds", [])) == 3, "--json", done.stdout)
    done = tester.run(tester.hparams("124M"), "--summary")
    lines = [line.split() for line in done.stdout.splitlines()]
    for words in (["nodes", "3,262"], ["variables", "148"], ["parameters", "124,439,808"], ["model/", "124,439,808"],
                  ["wte", "(50257,", "768)", "float32", "38,597,376"]):
        tester.check(words in lines, f"--summary: {' '.join(words)}", done.stdout)


def check_refusals(tester):
    """Wrong calls and files."""
    path = os.path.join(tester.folder, "hparams.json")
    good = {"n_vocab": 50, "n_ctx": 16, "n_embd": 8, "n_head": 2, "n_layer": 2}
    for change in ({}, {"n_embd": 9}, {"n_layer": 0}, {"n_head": None}, {"n_vocab": 2**40}, {"n_layer": 1001}):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**good, **change}, file)
        tester.check(tester.run(path).returncode == bool(change), f"hparams with {change}")
    for arguments in ([], [path, path], [path, "--towers", "0"], [path, "--threads", "x"], [path, "--no-such"]):
        tester.check(tester.run(*arguments).returncode == 2, f"arguments {arguments}")
    tester.check(tester.run(tester.hparams("none")).returncode == 1, "no such file")
    tester.check(tester.run(tester.hparams("124M"), "-o", os.path.join(tester.folder, "no", "x.pb")).returncode == 1,
                 "no such folder")


def main(argv):
    """The command. Returns the exit status."""
    program, examples, data = argv
    with tempfile.TemporaryDirectory() as folder:
        tester = Tester(program, examples, folder)
        check_graphs(tester, data)
        check_threads(tester)
        check_report(tester)
        check_refusals(tester)
    print(f"{tester.passed} passed, {tester.failed} failed")
    return 1 if tester.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
