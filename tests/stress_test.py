#!/usr/bin/env python3
"""Tests of `varscope stress`: what it says, when it fails, and that it can.

    stress_test.py VARSCOPE LIAR [BROKEN...]

LIAR is the command with a get_variable that lies (tests/cli/liar.c), BROKEN are the command with broken stores. Prints
each check; the last line counts, and the exit status is 1 when one failed.
"""

import json
import os
import pty
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 240
SMALL = ["--rounds", "3", "--threads", "4", "--names", "24", "--seed", "7"]
# What each lie makes the stress test say.
LIES = {
    "another": "it is not the variable that others got",
    "created": "it was created twice",
    "lost": "there is no variable",
    "absent": "others had got the variable before the call began",
    "failure": "it must not fail like this: an invariant does not hold",
    "stray": "variables have",
    "stuck": "all threads are stuck",
}


class Checks:
    """Counts checks, and shows those that fail."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, condition, what, detail=""):
        """Note one check."""
        self.passed += bool(condition)
        self.failed += not condition
        print(f"{'ok' if condition else 'FAILED'}: {what}" + ("" if condition or not detail else f": {detail}"))


def run(command, *arguments, **more):
    """Run the stress test."""
    return subprocess.run([command, "stress", *arguments], capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
                          check=False, **more)


def check_calls(command, checks):
    """Help and wrong calls."""
    done = run(command, "--help")
    checks.that(done.returncode == 0 and "--stall" in done.stdout and not done.stderr, "--help: status 0")
    for arguments in (["--threads", "0"], ["--threads", "5000"], ["--names", "-1"], ["--names"], ["--seconds", "1.5"],
                      ["--seed", "18446744073709551616"], ["--rounds", ""], ["--rounds", "2", "--seconds", "2"],
                      ["--mode", "none"], ["--calls", "0"], ["--absent"], ["absent"], ["-o", "out.txt"], ["--graphs", "x"]):
        done = run(command, *arguments)
        checks.that(done.returncode == 2 and done.stderr and not done.stdout,
                    f"stress {' '.join(arguments)}: status 2")


def check_report(command, checks):
    """What a good run says."""
    done = run(command, *SMALL, "--json")
    checks.that(done.returncode == 0 and not done.stderr, "a good run: status 0, and no word", done.stderr)
    report = json.loads(done.stdout)
    outcomes = report["outcomes"]
    checks.that(report["anomalies"] == 0 and report["rounds"] == 3 and report["seed"] == 7, "no anomaly in 3 rounds")
    checks.that(report["calls"] == 3 * 4 * 4 * 24 * 2, "the number of calls", report["calls"])
    checks.that(sum(outcomes.values()) >= report["calls"], "each call has an outcome")
    checks.that(all(outcomes.values()), "every outcome was met", outcomes)
    checks.that(outcomes["created"] == 3 * 2 * 24, "each variable was created once", outcomes["created"])
    # Of 24 names the numbers 5, 13 and 21 are of three slices.
    checks.that(report["variables"] == 3 * 2 * (24 + 3 * 2), "all slices are there", report["variables"])
    times = report["latency_ns"]
    checks.that(sum(kind["count"] for kind in times.values()) == sum(outcomes.values()), "each call was timed")
    for kind, time in times.items():
        values = [time[key] for key in ("p50", "p90", "p99", "p99.9", "max")]
        checks.that(values == sorted(values) and values[0] > 0, f"{kind}: the larger share takes longer", values)
    done = run(command, *SMALL)
    checks.that(done.returncode == 0 and done.stdout.endswith("\n0 anomalies\n") and not done.stderr, "as text")


def check_modes(command, checks):
    """Only one way of asking, once for each thread and name."""
    once = ["--rounds", "5", "--threads", "4", "--names", "8", "--graphs", "1", "--calls", "1", "--json"]
    for mode, others in (("auto", "found"), ("create", "already_exists")):
        outcomes = json.loads(run(command, *once, "--mode", mode).stdout)["outcomes"]
        checks.that({name for name, count in outcomes.items() if count} == {"created", others}, f"{mode}: {outcomes}")
        checks.that((outcomes["created"], outcomes[others]) == (5 * 8, 5 * 8 * 3), f"{mode}: one creates each")


def check_seed(command, checks):
    """On one thread all follows from the seed."""
    first, second, other = (json.loads(run(command, "--rounds", "2", "--threads", "1", "--names", "50", "--seed", seed,
                                           "--json").stdout) for seed in ("3", "3", "4"))
    checks.that(first["outcomes"] == second["outcomes"], "the same seed, the same outcomes")
    checks.that(first["outcomes"] != other["outcomes"], "another seed, other outcomes")


def check_outputs(command, checks, folder):
    """The graph, and what cannot be written."""
    path = os.path.join(folder, "graph.pb")
    done = run(command, *SMALL, "-o", path)
    with open(path, "rb") as file:
        checks.that(done.returncode == 0 and b"VarHandleOp" in file.read(), "-o writes the graph")
    done = run(command, *SMALL, "-o", os.path.join(folder, "absent", "graph.pb"))
    checks.that(done.returncode == 3 and done.stderr, "a graph that cannot be written: status 3")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([command, "stress", *SMALL], stdout=full, stderr=subprocess.PIPE,
                              timeout=TIMEOUT_SECONDS, check=False)
    checks.that(done.returncode == 3 and done.stderr, "a full standard output: status 3")


def check_progress(command, checks):
    """A terminal sees progress, and standard output stays the result."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([command, "stress", "--seconds", "1", "--json"], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:  # the other side is closed
        pass
    out = process.stdout.read()
    process.stdout.close()
    checks.that(process.wait(TIMEOUT_SECONDS) == 0, "on a terminal: status 0")
    checks.that(b" rounds, " in seen and b"\r\x1b[K" in seen, "on a terminal: progress", seen[:200])
    checks.that(json.loads(out)["anomalies"] == 0, "on a terminal: standard output is the result")


def check_lies(liar, checks):
    """The stress test can fail: each lie is found."""
    done = run(liar, *SMALL)
    checks.that(done.returncode == 0, "an honest liar: status 0", done.stderr)
    for lie, words in LIES.items():
        environment = dict(os.environ, VARSCOPE_LIE=lie)
        # Threads that are stuck are not joined, which ThreadSanitizer would call a leak.
        environment["TSAN_OPTIONS"] = os.environ.get("TSAN_OPTIONS", "") + ":report_thread_leaks=0"
        done = run(liar, *SMALL, "--stall", "1", env=environment)
        checks.that(done.returncode == 1, f"{lie}: status 1", done.returncode)
        checks.that("varscope: anomaly: round " in done.stderr and words in done.stderr, f"{lie}: says what is wrong",
                    done.stderr[:400])
        checks.that("\n0 anomalies" not in done.stdout, f"{lie}: counts it")


def check_broken(broken, checks):
    """The stress test finds what is wrong with a store that is broken for the purpose."""
    for command in broken:
        for seed in range(1, 21):  # it takes luck, more of it on a busy machine
            done = run(command, "--seconds", "2", "--names", "16", "--seed", str(seed), "--stall", "5")
            if done.returncode:
                break
        # A sanitizer may be the first to see it.
        found = done.returncode and ("varscope: anomaly: " in done.stderr or "Sanitizer" in done.stderr)
        checks.that(found, f"{os.path.basename(command)}: found", done.stderr[:400])


def main(argv):
    """The command. Returns the exit status."""
    command, liar, *broken = argv
    checks = Checks()
    check_calls(command, checks)
    check_report(command, checks)
    check_modes(command, checks)
    check_seed(command, checks)
    with tempfile.TemporaryDirectory() as folder:
        check_outputs(command, checks, folder)
    check_progress(command, checks)
    check_lies(liar, checks)
    check_broken(broken, checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or not checks.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
