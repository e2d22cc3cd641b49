#!/usr/bin/env python3
"""Count the tests in the log that `meson test` leaves: "passed failed skipped". Then, what failed, and its last words.

    count_tests.py BUILD/meson-logs/testlog.junit.xml

A test program that reports its tests one by one counts as that many; one that ends badly without a failed test counts
as one more that failed.
"""

import collections
import re
import sys
import xml.etree.ElementTree

LAST_LINES = 10
LONGEST_LINE = 300
# What a test may print, but XML does not allow.
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def outcome(case):
    """How a test case ended."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "passed" if case.find("skipped") is None else "skipped"


def last_words(element):
    """The end of what a program printed, and before it what it said of failures."""
    lines = [line for name in ("system-out", "system-err") for text in element.findall(name)
             for line in (text.text or "").splitlines()]
    first = max(len(lines) - LAST_LINES, 0)
    return [line for line in lines[:first] if re.search("FAIL|not ok|ERROR|error:", line)][:LAST_LINES] + lines[first:]


def failures(suite):
    """What failed of a suite, and its words: (name, lines)."""
    cases = [case for case in suite.iter("testcase") if outcome(case) == "failed"]
    found = [(case.get("name"), last_words(case)) for case in cases]
    if not cases and int(suite.get("failures", 0)) + int(suite.get("errors", 0)):
        found.append((suite.get("name"), []))
    if found:
        found[-1][1].extend(last_words(suite))
    return found


def main(argv):
    """The command. Returns the exit status."""
    counts, failed = collections.Counter(), []
    with open(argv[0], encoding="utf-8", errors="replace") as file:
        log = xml.etree.ElementTree.fromstring(NOT_XML.sub("?", file.read()).encode())
    for suite in log.iter("testsuite"):
        counts.update(map(outcome, suite.iter("testcase")))
        found = failures(suite)
        counts["failed"] += len(found) - sum(outcome(case) == "failed" for case in suite.iter("testcase"))
        failed.extend(found)
    print(counts["passed"], counts["failed"], counts["skipped"])
    for name, lines in failed:
        print("\n".join([name, *(f"    {line[:LONGEST_LINE]}" for line in lines)]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
