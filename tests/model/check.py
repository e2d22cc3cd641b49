#!/usr/bin/env python3
"""Try every order of the store's protocol with spin, and see that ways to get it wrong are found.

    check.py [BUILD]

BUILD is where spin's verifiers are made; a temporary folder without it. The last line counts.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "store.pml")

# What is tried whole: three threads with a call each, and two with two.
WHOLE = [{"THREADS": 3, "NAMES": 2, "CALLS": 1}, {"THREADS": 2, "NAMES": 2, "CALLS": 2}]

# What must go wrong, and how: a deadlock, or an assertion that does not hold.
DEADLOCK, ASSERTION = "invalid end state", "assertion violated"
BROKEN = {
    "NO_TELL": DEADLOCK,
    "TORN_CLAIM": ASSERTION,
    "NO_CIRCLE_CHECK": DEADLOCK,
    "NO_WAITING_LOCK": DEADLOCK,
    "LATE_RING": DEADLOCK,
    "NO_HEIR": ASSERTION,
    "STALE_EDGE": ASSERTION,
    "EVERY_HEIR": ASSERTION,
    "EARLY_READY": ASSERTION,
    "OWN_NAME": DEADLOCK,
}


def define(macros):
    """Arguments that define macros."""
    return [f"-D{name}={value}" for name, value in macros.items()]


def verify(build, macros):
    """What spin's verifier of the model prints."""
    with tempfile.TemporaryDirectory(dir=build) as folder:
        run = {"cwd": folder, "check": True, "stdout": subprocess.PIPE, "text": True}
        subprocess.run(["spin", "-a", *define(macros), MODEL], **run)
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-w", "-DSAFETY", "-o", "pan", "pan.c"], **run)
        return subprocess.run(["./pan", "-m100000"], cwd=folder, stdout=subprocess.PIPE, text=True, check=False).stdout


def number(pattern, text):
    """The number that a pattern finds; None without one."""
    match = re.search(pattern, text)
    return int(match.group(1)) if match else None


def check_whole(build, macros):
    """Whether all orders were tried, and all are right."""
    said = verify(build, macros)
    states = number(r"(\d+) states, stored", said)
    whole = "Search not completed" not in said and "max search depth too small" not in said and "out of memory" not in said
    good = whole and states is not None and number(r"errors: (\d+)", said) == 0
    print(f"{macros['THREADS']} threads, {macros['NAMES']} names, calls of each {macros['CALLS']}: {states} states, "
          + ("all orders are right" if good else "NOT RIGHT, or not all tried:\n" + said), flush=True)
    return good


def check_broken(build, name, how):
    """Whether a broken protocol is found out."""
    said = verify(build, {"BROKEN": name})
    found = how in said and number(r"errors: (\d+)", said) == 1
    print(f"{name}: " + (f"{how}, as it must be" if found else f"NOT FOUND: no {how}\n" + said), flush=True)
    return found


def main(argv):
    """The command. Returns the exit status."""
    build = argv[0] if argv else None
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        checks = [pool.submit(check_whole, build, macros) for macros in WHOLE]
        checks += [pool.submit(check_broken, build, name, how) for name, how in BROKEN.items()]
        results = [check.result() for check in checks]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
