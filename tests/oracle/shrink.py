#!/usr/bin/env python3
"""Make a program in which library and TensorFlow differ as small as can be, so that they still differ.

    shrink.py --varscope PATH PROGRAM.json

prints the small program, and on standard error the difference. Parts of the JSON tree are taken away, or replaced by
what is inside of them, as long as some difference of the same kind stays.
"""

import argparse
import copy
import json
import os
import re
import sys
import tempfile
import time

import compare
import scope_program

SECONDS = 120


def kinds(differences):
    """The kinds of some differences: their words without what they are about."""
    found = set()
    for line in differences:
        if line.startswith(("exit status", "report: error", "report: caught", "printed")):
            found.add("outcome")
        else:
            match = (re.match(r"(node).*?(: (?:op|inputs|device|missing|attribute \w+|not in TensorFlow))\b", line)
                     or re.match(r"(report: \w+|meta: \w+|\w+)", line))
            found.add("".join(part or "" for part in match.groups()))
    return found


class Shrinker:
    """Keeps the smallest program known in which a difference shows."""

    def __init__(self, varscope, program, seconds=SECONDS):
        self._varscope = varscope
        self._end = time.monotonic() + seconds
        self._tried = set()
        self.program = program
        self.differences = self._differences(program)
        self._kinds = kinds(self.differences)

    def _differences(self, program):
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(program, file)
            file.flush()
            return compare.compare(self._varscope, file.name)

    def _accept(self, program):
        """Take a smaller program, if it shows the difference."""
        text = json.dumps(program)
        if text in self._tried or time.monotonic() > self._end:
            return False
        self._tried.add(text)
        try:
            scope_program.check(program)
        except scope_program.MalformedProgram:
            return False
        differences = self._differences(program)
        if not kinds(differences) & self._kinds:
            return False
        self.program, self.differences = program, differences
        return True

    def run(self):
        """Shrink until nothing more can go. Returns the program."""
        smaller = True
        while smaller and time.monotonic() < self._end:
            smaller = self._chunks() | self._singles()
        return self.program

    def _chunks(self):
        """Take runs of entries out of lists, long ones first."""
        found = False
        for path in _paths(self.program, list):
            size = max(len(self._list(path)) // 2, 1)
            while size:
                start = 0
                while start < len(self._list(path)):
                    program = copy.deepcopy(self.program)
                    del _at(program, path)[start:start + size]
                    if self._accept(program):
                        found = True
                    else:
                        start += size
                size //= 2
        return found

    def _list(self, path):
        """The list at a place, an empty one if there is none any more."""
        found = _at(self.program, path) if _there(self.program, path) else []
        return found if isinstance(found, list) else []

    def _singles(self):
        """Replace what stands at each place by something simpler."""
        found = False
        for path in _paths(self.program, object):
            if not path or not _there(self.program, path):
                continue
            for simpler in _simpler(_at(self.program, path), path):
                program = copy.deepcopy(self.program)
                parent, key = _at(program, path[:-1]), path[-1]
                if simpler is _GONE:
                    del parent[key]
                elif isinstance(simpler, _Spliced):
                    if not isinstance(parent, list):
                        continue
                    parent[key:key + 1] = simpler.entries
                else:
                    parent[key] = simpler
                if self._accept(program):
                    found = True
                    break
        return found


_GONE = object()


class _Spliced:
    """Statements that take the place of one."""

    def __init__(self, entries):
        self.entries = entries


def _simpler(value, path):
    """What may stand in the place of a value."""
    if isinstance(path[-1], str) and path[-1] not in ("varscope", "body", "call", "with", "try", "parallel", "op"):
        yield _GONE
    if isinstance(value, dict):
        for key in ("body", "try"):
            if isinstance(value.get(key), list):
                yield _Spliced(value[key])
        if isinstance(value.get("parallel"), list):
            for worker in value["parallel"]:
                yield _Spliced(worker)
    elif isinstance(value, list) and value and not isinstance(value[0], dict):
        yield value[0]
    elif isinstance(value, str) and path[-1] in ("name", "name_or_scope", "default_name", "fork") and len(value) > 1 \
            and not value.startswith("$"):
        yield "a"
        yield value[:len(value) // 2]
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and value not in (0, 1, 2):
        yield 1 if isinstance(value, int) else 1.0


def _paths(tree, kind, path=()):
    """The places of a tree at which there is a value of a kind, outer ones first."""
    if isinstance(tree, kind):
        yield path
    for key, value in list(tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()):
        yield from _paths(value, kind, (*path, key))


def _at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def _there(tree, path):
    try:
        _at(tree, path)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def text(program):
    """A program as text, a statement a line where it fits."""
    def block(statements, indent):
        return "[" + ",".join(f"\n{indent}{statement(entry, indent)}" for entry in statements) + "]"

    def statement(entry, indent):
        line = json.dumps(entry, ensure_ascii=False)
        if len(indent) + len(line) <= 110 or not isinstance(entry, dict):
            return line
        members = []
        for key, value in entry.items():
            if key in ("body", "try") and isinstance(value, list):
                shown = block(value, indent + "  ")
            elif key == "parallel" and isinstance(value, list):
                shown = "[" + ",".join(f"\n{indent}  {block(worker, indent + '    ')}" for worker in value) + "]"
            else:
                shown = json.dumps(value, ensure_ascii=False)
            members.append(f"{json.dumps(key)}: {shown}")
        return "{" + ", ".join(members) + "}"

    frame = [f"{json.dumps(key)}: {block(value, '  ') if key == 'body' else json.dumps(value)}"
             for key, value in program.items()]
    return "{" + ", ".join(frame) + "}\n"


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Make a program that shows a difference small.")
    parser.add_argument("--varscope", required=True, help="the command to compare")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"when to be content ({SECONDS})")
    parser.add_argument("program")
    arguments = parser.parse_args(argv)
    shrinker = Shrinker(os.path.abspath(arguments.varscope), scope_program.load(arguments.program), arguments.seconds)
    if not shrinker.differences:
        print("there is no difference", file=sys.stderr)
        return 1
    sys.stdout.write(text(shrinker.run()))
    print("\n".join(shrinker.differences), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
