#!/usr/bin/env python3
"""Compare the library with TensorFlow on random scope programs.

    fuzz.py --varscope PATH [--count N] [--seed S] [--jobs J] [--seconds T] [--keep FOLDER] [--reach]
            [--tolerate N]

writes N programs (`generate.py`), numbered from seed S on, and compares each as `compare.py` does. S is random if it is
not given, and printed; the same S gives the same programs. A program that differs is made small (`shrink.py`) and
written, with its differences, into FOLDER. With --tolerate N up to so many are told, but are no failure: new programs may
find what was wrong before. At the end it tells which parts of the language the programs reached; in a
run of 5,000 programs or more a part that none reached is a failure. The last line counts.
"""

import argparse
import collections
import itertools
import json
import os
import random
import sys
import tempfile
import time
import traceback

from workers import Workers

MANY = 5000
MOST_SHRUNK = 12
SHRINK_SECONDS = 60
CHECK_SECONDS = 30  # a program takes a hundredth of one


class Result:
    """What became of one program."""

    def __init__(self, number):
        self.number = number
        self.nodes = 0
        self.failed = False
        self.differences = []
        self.program = None
        self.reached = {}


def check(task):
    """Write and compare one program, in a process that has TensorFlow; a fault of the oracle is a difference."""
    try:
        return compared(*task)
    except Exception:  # pylint: disable=broad-except
        result = Result(task[2])
        result.differences = traceback.format_exc().splitlines()[-8:]
        return result


def compared(varscope, seed, number):
    """Write and compare one program."""
    import compare  # pylint: disable=import-outside-toplevel
    import generate  # pylint: disable=import-outside-toplevel
    import reach  # pylint: disable=import-outside-toplevel
    result = Result(number)
    program, outcome, printed = generate.write(seed, number)
    result.reached = reach.of_program(program, outcome)
    expected = compare.of_outcome(outcome, printed)
    result.failed = outcome.error is not None
    result.nodes = 0 if result.failed else len(expected.graph_def.node)
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(program, file)
        file.flush()
        result.differences = compare.compare(varscope, file.name, expected)
        if result.differences or number % 50 == 0:  # also: is what was seen while writing what the document says?
            result.differences = compare.compare(varscope, file.name) or result.differences
    if result.differences:
        result.program = json.loads(json.dumps(program))
    return result


def shrunk(task):
    """A program made small, with its differences."""
    import shrink  # pylint: disable=import-outside-toplevel
    varscope, program, _ = task
    shrinker = shrink.Shrinker(varscope, program, SHRINK_SECONDS)
    if shrinker.differences:
        shrinker.run()
    return shrink.text(shrinker.program), shrinker.differences


def keep(folder, name, text, differences):
    """Write a program and what differs."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(folder, name + ".txt"), "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in differences))


class Tally:
    """Counts results."""

    def __init__(self):
        self.programs = self.failed = self.crashes = self.nodes = self.ended_early = 0
        self.different = []
        self.reached = collections.Counter()

    def add(self, result):
        """Count one."""
        self.reached.update(result.reached)
        self.programs += 1
        self.nodes += result.nodes
        self.ended_early += result.failed
        if result.differences:
            self.failed += 1
            self.different.append(result)


def run(arguments, tally):
    """Check all programs, and make small what differs."""
    end = time.monotonic() + arguments.seconds if arguments.seconds else float("inf")
    numbers = itertools.takewhile(lambda _: time.monotonic() < end,
                                  range(arguments.first, arguments.first + arguments.count))
    workers = Workers(arguments.jobs)
    tasks = ((arguments.varscope, arguments.seed, number) for number in numbers)
    for task, result in workers.results(check, tasks, CHECK_SECONDS):
        if result is None:
            tally.crashes += 1
            print(f"program {arguments.seed}/{task[2]} made TensorFlow abort or hang", flush=True)
            continue
        tally.add(result)
        if result.differences:
            print(f"program {arguments.seed}/{result.number}: {len(result.differences)} differences")
            print("".join(f"  {line}\n" for line in result.differences[:arguments.lines]), end="", flush=True)
    if arguments.keep:
        keep_all(arguments, tally, workers)


def keep_all(arguments, tally, workers):
    """Make programs that differ small, and write them."""
    different = [result for result in tally.different if result.program]
    different = sorted(different, key=lambda result: len(json.dumps(result.program)))[:MOST_SHRUNK]
    tasks = [(arguments.varscope, entry.program, entry.number) for entry in different]
    for task, small in workers.results(shrunk, tasks, 2 * SHRINK_SECONDS):
        text, differences = small or (json.dumps(task[1]), ["TensorFlow aborted while the program was made small"])
        name = f"{arguments.seed}_{task[2]}"
        keep(arguments.keep, name, text, differences)
        print(f"{arguments.keep}/{name}.json:\n{text}" + "".join(f"  {line}\n" for line in differences[:arguments.lines]))


def parse_arguments(argv):
    """The command line."""
    parser = argparse.ArgumentParser(description="Compare the library with TensorFlow on random scope programs.")
    parser.add_argument("--varscope", required=True, type=os.path.abspath, help="the command to compare")
    parser.add_argument("--count", type=int, default=1000, help="how many programs (1000)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9), help="which programs")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time")
    parser.add_argument("--seconds", type=float, help="stop after so many")
    parser.add_argument("--lines", type=int, default=6, help="how many differences of a program to show (6)")
    parser.add_argument("--keep", help="a folder for what differs, made small")
    parser.add_argument("--tolerate", type=int, default=0, help="so many programs may differ (0)")
    parser.add_argument("--reach", action="store_true", help="show all that was reached, and how often")
    return parser.parse_args(argv)


def main(argv):
    """The command. Returns the exit status."""
    arguments = parse_arguments(argv)
    print(f"seed {arguments.seed}", flush=True)
    start, tally = time.monotonic(), Tally()
    run(arguments, tally)
    import reach  # pylint: disable=import-outside-toplevel
    unreached = reach.unreached(tally.reached)
    print("\n".join(reach.table(tally.reached) if arguments.reach else reach.summary(tally.reached)))
    if unreached and tally.programs >= MANY:
        print("".join(f"unreached: {part}\n" for part in unreached), end="")
        tally.failed += 1
    print(f"seed {arguments.seed}: {tally.programs} programs, {tally.nodes} nodes compared, {tally.ended_early} programs "
          f"that fail, {tally.crashes} made TensorFlow abort or hang, {time.monotonic() - start:.0f} s")
    if tally.different and len(tally.different) <= arguments.tolerate:
        print(f"{len(tally.different)} differ, which is tolerated: mend them, and keep them in tests/programs/found")
        tally.failed -= len(tally.different)
    print(f"{tally.programs - len(tally.different)} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.programs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
