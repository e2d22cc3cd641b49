#!/usr/bin/env python3
"""Run the conformance suite against an implementation.

    check.py [--level names|graph|full] [--topic TOPIC]... [--jobs N] [--tap] -- COMMAND...

COMMAND runs one scope program. In its words `{program}` stands for the file to run, `{graph}` for the GraphDef to write
(protobuf's binary form), `{report}` for the report to write. For varscope:

    check.py -- varscope build {program} -o {graph} --report {report} --threads 1

It writes what the program prints to standard output, and ends with status 0, or 1 when the program failed. README.md
says what is compared at each level. The last line counts; the exit status is 1 when a vector fails. With `--tap` each
vector is reported to a test harness.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import graph_def  # noqa: E402  pylint: disable=wrong-import-position

LEVELS = ("names", "graph", "full")
TIMEOUT_SECONDS = 60
MOST_LINES = 30


def find_vectors(topics=None):
    """The files of the suite, in order."""
    found = glob.glob(os.path.join(glob.escape(HERE), "*", "*.json"))
    return sorted(path for path in found if not topics or os.path.basename(os.path.dirname(path)) in topics)


def vector_name(path):
    """What a vector is called: TOPIC/NAME."""
    return os.path.splitext(os.path.relpath(path, HERE))[0]


def read_json(path):
    """A JSON file; None when there is none."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Outcome:
    """What an implementation made of a program, in the form of a vector's "expect"."""

    def __init__(self, command, program):
        with tempfile.TemporaryDirectory() as folder:
            places = {key: os.path.join(folder, key + ending)
                      for key, ending in (("program", ".json"), ("graph", ".pb"), ("report", ".report.json"))}
            with open(places["program"], "w", encoding="utf-8") as file:
                json.dump(program, file)
            words = [word.format(**places) for word in command]
            process = subprocess.run(words, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
            self.status = process.returncode
            self.message = process.stderr.decode("utf-8", "replace").strip()
            report = read_json(places["report"]) or {}
            self.parts = {"printed": process.stdout.decode("utf-8", "replace").splitlines(),
                          "error": failure(report.get("error")),
                          "caught": [failure(caught) for caught in report.get("caught", [])],
                          "collections": report.get("collections", {}), "results": report.get("results", {})}
            if os.path.exists(places["graph"]):
                with open(places["graph"], "rb") as file:
                    self.parts["nodes"] = graph_def.nodes(file.read())


def failure(reported):
    """A failure of a report without its message, whose words are each implementation's own."""
    return reported and {"path": reported["path"], "code": reported["code"]}


def at_level(parts, level):
    """What counts of an outcome at a level."""
    counted = {key: parts[key] for key in ("printed", "error", "caught")}
    keys = {"names": ("name",), "graph": ("name", "op", "inputs", "device")}.get(level)
    if "nodes" in parts:
        counted["nodes"] = [{key: node[key] for key in keys if key in node} if keys else node
                            for node in parts["nodes"]]
    if level == "full":
        counted |= {key: parts[key] for key in ("collections", "results")}
    return counted


def show(value):
    """A value on one line."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def list_differences(what, expected, actual):
    """The differences of two lists, element by element."""
    found = []
    for index in range(max(len(expected), len(actual))):
        sides = [show(side[index]) if index < len(side) else "nothing" for side in (expected, actual)]
        if sides[0] != sides[1]:
            found.append(f"{what} {index}: expected {sides[0]}, got {sides[1]}")
    return found


def differences(expected, actual):
    """All differences of an outcome from what is expected, as lines to read."""
    found = []
    for key in dict.fromkeys([*expected, *actual]):
        sides = expected.get(key), actual.get(key)
        if show(sides[0]) == show(sides[1]):
            continue
        if all(isinstance(side, list) for side in sides):
            found += list_differences(key, *sides)
        elif all(isinstance(side, dict) for side in sides) and key != "error":
            found += [f"{key}: {name}: expected {show(sides[0].get(name))}, got {show(sides[1].get(name))}"
                      for name in dict.fromkeys([*sides[0], *sides[1]])
                      if show(sides[0].get(name)) != show(sides[1].get(name))]
        else:
            found.append(f"{key}: expected {show(sides[0])}, got {show(sides[1])}")
    return found


def check(path, command, level):
    """What is wrong with one vector, as lines."""
    vector = read_json(path)
    try:
        outcome = Outcome(command, vector["program"])
    except subprocess.TimeoutExpired:
        return [f"more than {TIMEOUT_SECONDS} s"]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        return [f"unreadable output: {error!r}"]
    status = 1 if vector["expect"]["error"] else 0
    found = [] if outcome.status == status else [f"exit status {outcome.status}, not {status}", outcome.message]
    return found + differences(at_level(vector["expect"], level), at_level(outcome.parts, level))


def parse_arguments(argv):
    """The command line."""
    parser = argparse.ArgumentParser(description="Run the conformance suite against an implementation.")
    parser.add_argument("--level", choices=LEVELS, default="full", help="how much has to agree (full)")
    parser.add_argument("--topic", action="append", help="only these folders; may be given several times")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="vectors at a time")
    parser.add_argument("--tap", action="store_true", help="report to a test harness")
    parser.add_argument("command", nargs="+", help="what runs a program: words with {program}, {graph}, {report}")
    return parser.parse_args(argv)


def main(argv):
    """The command. Returns the exit status."""
    arguments = parse_arguments(argv)
    counts = {True: 0, False: 0}
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        tests = [(vector_name(path), pool.submit(check, path, arguments.command, arguments.level))
                 for path in find_vectors(arguments.topic)]
        for number, (name, future) in enumerate(tests, 1):
            wrong = future.result()
            counts[not wrong] += 1
            if arguments.tap:
                print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
            if wrong:
                lines = [f"{name}: {len(wrong)} differences", *wrong[:MOST_LINES]]
                print("\n  ".join(lines), file=sys.stderr if arguments.tap else sys.stdout)
    print(f"1..{len(tests)}" if arguments.tap else f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] or not counts[True] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
