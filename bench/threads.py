#!/usr/bin/env python3
"""Threads that ask for one variable at once: TensorFlow's store beside this one's, in a table.

    bench/threads.py [--varscope PATH] [--rounds N] [--threads N] [--json]

Each round has a fresh graph and fresh threads, each of which asks once. TensorFlow's part is tensorflow_threads.py, run
by $TENSORFLOW_PYTHON or .cache/tensorflow/bin/python (`script/bootstrap --tensorflow`), and left out where there is
none; this library's is `varscope stress`, which judges every answer. A round is broken when it does not end with
exactly one variable. The exit status is 1 when one of this library's is, or when it shows an anomaly.
"""

import argparse
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TITLES = {
    "auto": "AUTO_REUSE",
    "create": "reuse=False",
    "eager": "AUTO_REUSE, switching every 1 us",
    "plain": "AUTO_REUSE, without switch_to_thread_local()",
    "locked": "AUTO_REUSE, a lock around each call",
}


def tensorflow_rows(arguments):
    """What TensorFlow does; nothing where it is not installed."""
    python = os.environ.get("TENSORFLOW_PYTHON", os.path.join(ROOT, ".cache/tensorflow/bin/python"))
    if not os.access(python, os.X_OK):
        print(f"no TensorFlow: there is no {python}", file=sys.stderr)
        return []
    script = os.path.join(ROOT, "bench/tensorflow_threads.py")
    done = subprocess.run([python, script, "--rounds", str(arguments.rounds), "--threads", str(arguments.threads)],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for row in rows:
        row["what"] = f"TensorFlow {row.pop('version')}, {TITLES[row['way']]}"
    return rows


def varscope_rows(arguments):
    """What this library does."""
    rows = []
    for mode, title in (("auto", "auto reuse"), ("create", "reuse off")):
        command = [arguments.varscope, "stress", "--threads", str(arguments.threads), "--rounds", str(arguments.rounds),
                   "--names", "1", "--graphs", "1", "--calls", "1", "--mode", mode, "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        report = json.loads(done.stdout)
        outcomes = report["outcomes"]
        succeeded = outcomes["created"] + outcomes["found"]
        rows.append({"what": f"varscope, {title}", "way": mode, "rounds": report["rounds"], "threads": report["threads"],
                     "rounds_broken": min(report["anomalies"], report["rounds"]),
                     "variables": report["variables"] / report["rounds"], "succeeded": succeeded,
                     "refused": outcomes["already_exists"],
                     "died": report["calls"] - succeeded - outcomes["already_exists"]})
    return rows


def print_table(rows, arguments):
    """The rows as a table in Markdown."""
    print(f"{arguments.threads} threads ask once for one name, {arguments.rounds} rounds on fresh graphs\n")
    print("| | rounds broken | variables a round | calls that got one | refused: it exists | died |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['what']} | {row['rounds_broken']} | {row['variables']:.2f} | {row['succeeded']} "
              f"| {row['refused']} | {row['died']} |")


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="TensorFlow's variable store on threads, beside this library's.")
    parser.add_argument("--varscope", default=os.path.join(ROOT, "build/gcc-release/src/cli/varscope"),
                        help="the command (build/gcc-release/src/cli/varscope)")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--json", action="store_true", help="print a JSON list instead")
    arguments = parser.parse_args(argv)
    ours = varscope_rows(arguments)
    rows = tensorflow_rows(arguments) + ours
    if arguments.json:
        print(json.dumps(rows, indent=1))
    else:
        print_table(rows, arguments)
    return 1 if any(row["rounds_broken"] for row in ours) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
