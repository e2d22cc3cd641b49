#!/usr/bin/env python3
"""Tests of the command `varscope`, as a user calls it: exit statuses, what goes to which stream, and files.

    cli_test.py PATH_OF_VARSCOPE

Prints each check, and ends with the line "N passed, N failed"; the exit status is 1 when one failed.
"""

import json
import os
import stat
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 60

GOOD = {"varscope": 1, "body": [
    {"with": "variable_scope", "name_or_scope": "net", "as": "net", "body": [
        {"call": "get_variable", "name": "w", "shape": [3, 4], "as": "w"},
        {"call": "get_variable", "name": "b", "shape": [4]}]},
    {"parallel": [
        [{"with": "variable_scope", "name_or_scope": "$net", "reuse": "auto", "body": [
            {"call": "get_variable", "name": "w", "shape": [3, 4], "as": "w"},
            {"call": "print", "value": "$w.name"}]}],
        [{"call": "print", "value": "second"}]]},
    {"call": "print", "value": "$w"}]}

PRINTED = "net/w:0\nsecond\n<tf.Variable 'net/w:0' shape=(3, 4) dtype=float32_ref>\n"

FAILING = {"varscope": 1, "body": [
    {"call": "print", "value": "before"},
    {"call": "no_op", "as": "o"},
    {"with": "name_scope", "name": "n", "body": [{"call": "print", "value": "$absent"}]}]}

NO_PROGRAM = {"varscope": 1, "body": [{"call": "no_op"}, {"call": "absent"}]}


class Checks:
    """Counts checks, and shows each."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, condition, what, detail=""):
        """Note one check."""
        if condition:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok' if condition else 'FAILED'}: {what}" + ("" if condition or not detail else f": {detail}"))

    def equal(self, actual, expected, what):
        """Note whether two values are equal."""
        self.that(actual == expected, what, f"{actual!r}, not {expected!r}")


class Command:
    """The command, in a folder of its own."""

    def __init__(self, binary, folder, checks):
        self.binary = binary
        self.folder = folder
        self.check = checks

    def run(self, *arguments, stdin=None, stdout=subprocess.PIPE):
        """Run it; standard input is empty unless given."""
        return subprocess.run([self.binary, *arguments], cwd=self.folder, input=stdin or b"", stdout=stdout,
                              stderr=subprocess.PIPE, timeout=TIMEOUT_SECONDS, check=False)

    def path(self, name):
        """A path in the folder."""
        return os.path.join(self.folder, name)

    def write(self, name, content):
        """A file in the folder; what is no text is written as JSON."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return name

    def read(self, name):
        """The bytes of a file in the folder; None when there is no such file."""
        if not os.path.exists(self.path(name)):
            return None
        with open(self.path(name), "rb") as file:
            return file.read()

    def files(self):
        """The names of all files in the folder."""
        return sorted(os.listdir(self.folder))


def check_help(command):
    """Help and version go to standard output."""
    for arguments in (["--help"], ["help"], ["-h"]):
        done = command.run(*arguments)
        command.check.equal(done.returncode, 0, f"{' '.join(arguments)}: status 0")
        command.check.that(b"build" in done.stdout and not done.stderr, f"{' '.join(arguments)}: lists the commands")
    for arguments in (["help", "build"], ["build", "--help"], ["build", "x", "-h"]):
        done = command.run(*arguments)
        command.check.equal(done.returncode, 0, f"{' '.join(arguments)}: status 0")
        command.check.that(b"--threads" in done.stdout, f"{' '.join(arguments)}: tells the options")
    done = command.run("--version")
    command.check.equal(done.returncode, 0, "--version: status 0")
    command.check.that(done.stdout.startswith(b"varscope ") and done.stdout.count(b".") == 2, "--version: a version")


def check_wrong_calls(command):
    """Status 2, something on standard error, nothing on standard output, and no file."""
    good = command.write("good.json", GOOD)
    before = command.files()
    for arguments in ([], ["absent"], ["--absent"], ["help", "absent"], ["build"], ["build", good, good],
                      ["build", good, "--absent"], ["build", good, "-o"], ["build", good, "-o", "out.txt"],
                      ["build", good, "-o", "out.pb", "-o", "pb"], ["build", good, "--threads", "0"],
                      ["build", good, "--threads", "-1"], ["build", good, "--threads", "two"],
                      ["build", good, "--threads", "99999999999999999999"], ["build", good, "--report"],
                      ["build", "absent.json", "-o", "out.pb"], ["build", ".", "-o", "out.pb"]):
        done = command.run(*arguments)
        call = " ".join(["varscope", *arguments])
        command.check.equal(done.returncode, 2, f"{call}: status 2")
        command.check.that(done.stderr and not done.stdout, f"{call}: standard error only")
    command.check.equal(command.files(), before, "wrong calls write nothing")


def check_documents(command):
    """What is no scope program: status 2, with the place."""
    for text, place in (("{\n \"varscope\": 1,\n \"body\": [}", b"bad.json:3:"), ("", b"bad.json:1:"),
                        ("[]", b"bad.json: : invalid_argument: "),
                        (json.dumps(NO_PROGRAM), b"bad.json: /body/1/call: invalid_argument: "),
                        ('{"varscope": 1, "body": [], "seed": 1e400}', b"bad.json:1:")):
        command.write("bad.json", text)
        done = command.run("build", "bad.json", "-o", "bad.pb", "--report", "bad.report.json")
        command.check.equal(done.returncode, 2, f"{text!r}: status 2")
        command.check.that(done.stderr.startswith(place), f"{text!r}: {place.decode()}", done.stderr)
        command.check.equal(done.stderr.count(b"\n"), 1, f"{text!r}: one line")
        command.check.equal(done.stdout, b"", f"{text!r}: nothing printed")
    command.check.that(command.read("bad.pb") is None and command.read("bad.report.json") is None,
                       "no scope program, no output")


def check_outputs(command):
    """A program that works."""
    command.write("good.json", GOOD)
    done = command.run("build", "good.json", "-o", "a.pb", "-o", "a.pbtxt", "--output", "a.meta", "--report",
                       "a.report.json")
    command.check.equal(done.returncode, 0, "a good program: status 0")
    command.check.equal(done.stdout.decode(), PRINTED, "a good program: what it prints")
    command.check.equal(done.stderr, b"", "a good program: nothing on standard error")
    command.check.that(b"VariableV2" in (command.read("a.pb") or b""), "a.pb holds the graph")
    command.check.that((command.read("a.pbtxt") or b"").startswith(b"node {\n  name: \"net/w/"), "a.pbtxt is text")
    command.check.that(b"trainable_variables" in (command.read("a.meta") or b""), "a.meta holds collections")
    report = json.loads(command.read("a.report.json") or "null")
    command.check.equal(sorted(report), ["caught", "collections", "error", "results"], "the parts of a report")
    command.check.equal(report["error"], None, "the report: no error")
    command.check.equal(report["collections"]["variables"], ["net/w:0", "net/b:0"], "the report: collections")
    command.check.equal(report["results"], {
        "net": {"scope": "net", "original_name_scope": "net/", "reuse": False},
        "w": {"name": "net/w:0", "shape": [3, 4], "dtype": "float32_ref"}}, "the report: results")
    command.check.equal([name for name in command.files() if name.startswith("a.")],
                        ["a.meta", "a.pb", "a.pbtxt", "a.report.json"], "no other file is left")
    umask = os.umask(0)
    os.umask(umask)
    command.check.equal(stat.S_IMODE(os.stat(command.path("a.pb")).st_mode), 0o666 & ~umask, "the usual file mode")


def check_threads(command):
    """Threads change neither prints nor, run one after another, a byte."""
    command.write("good.json", GOOD)
    for threads in ("1", "2", "7"):
        done = command.run("build", "good.json", "--threads", threads, "-o", f"t{threads}.pb")
        command.check.equal((done.returncode, done.stdout.decode()), (0, PRINTED), f"--threads {threads}")
    command.run("build", "good.json", "--threads", "1", "-o", "again.pb")
    command.check.equal(command.read("again.pb"), command.read("t1.pb"), "--threads 1: the same bytes again")


def check_stdin(command):
    """A program from standard input."""
    done = command.run("build", "-", "-o", "stdin.pb", stdin=json.dumps(GOOD).encode())
    command.check.equal((done.returncode, done.stdout.decode()), (0, PRINTED), "a program on standard input")
    command.check.that(command.read("stdin.pb") is not None, "a program on standard input: its graph")
    done = command.run("build", "-", stdin=b"{")
    command.check.that(done.returncode == 2 and done.stderr.startswith(b"<stdin>:1:"), "a fault on standard input",
                       done.stderr)


def check_failure(command):
    """A program that fails: status 1, one line, the report, and no graph."""
    command.write("failing.json", FAILING)
    done = command.run("build", "failing.json", "-o", "f.pb", "-o", "f.meta", "--report", "f.report.json")
    command.check.equal(done.returncode, 1, "a failing program: status 1")
    command.check.equal(done.stdout, b"before\n", "a failing program: what it prints")
    command.check.that(done.stderr.startswith(b"failing.json: /body/2/body/0: invalid_argument: "),
                       "a failing program: file, path, code, message", done.stderr)
    command.check.equal(done.stderr.count(b"\n"), 1, "a failing program: one line")
    command.check.that(command.read("f.pb") is None and command.read("f.meta") is None, "a failing program: no graph")
    report = json.loads(command.read("f.report.json") or "null")
    command.check.equal((report["error"]["path"], report["error"]["code"]), ("/body/2/body/0", "invalid_argument"),
                        "a failing program: the report says where")
    command.check.that(report["error"]["message"] and done.stderr.decode().endswith(report["error"]["message"] + "\n"),
                       "a failing program: the report says what standard error says")
    command.check.equal(report["results"], {"o": {"operation": "NoOp"}}, "a failing program: what was bound")


def check_atomicity(command):
    """An output that cannot be written: status 3, and none is."""
    command.write("good.json", GOOD)
    command.write("old.pb", "old")
    os.mkdir(command.path("folder.meta"))
    before = command.files()
    for bad in ("folder.meta", "absent/x.meta"):
        for order in (["old.pb", "new.pbtxt", bad], [bad, "old.pb", "new.pbtxt"]):
            done = command.run("build", "good.json", *(word for path in order for word in ("-o", path)), "--report",
                               "new.report.json")
            command.check.equal(done.returncode, 3, f"{' '.join(order)}: status 3")
            command.check.that(bad.encode() in done.stderr, f"{' '.join(order)}: says which", done.stderr)
            command.check.equal(command.files(), before, f"{' '.join(order)}: nothing is written")
            command.check.equal(command.read("old.pb"), b"old", f"{' '.join(order)}: what was there stays")
    done = command.run("build", "good.json", "-o", "new.pb", "--report", "absent/report.json")
    command.check.equal((done.returncode, command.files()), (3, before), "a report that cannot be written")
    command.write("failing.json", FAILING)
    done = command.run("build", "failing.json", "--report", "absent/report.json")
    command.check.equal(done.returncode, 3, "a failing program whose report cannot be written: status 3")


def events_in(command, folder):
    """The names of what is in a folder, none when there is no folder."""
    return sorted(os.listdir(command.path(folder))) if os.path.isdir(command.path(folder)) else []


def check_events(command):
    """A directory, by a slash at its end or because it is one, gets an event file; nothing half-written stays."""
    command.write("good.json", GOOD)
    for folder in ("logs/run/", "logs/run", "logs/run/"):
        before = events_in(command, "logs/run")
        done = command.run("build", "good.json", "-o", folder)
        new = set(events_in(command, "logs/run")) - set(before)
        command.check.equal((done.returncode, len(new)), (0, 1), f"-o {folder}: one more file")
        name = (sorted(new) or ["none"])[0]
        command.check.that(name.startswith("events.out.tfevents."), f"-o {folder}: {name}")
        data = command.read(f"logs/run/{name}") or b""
        command.check.that(b"brain.Event:2" in data and data.count(b"VariableV2") >= 2, f"-o {folder}: the graph twice")
    command.write("file", "")
    done = command.run("build", "good.json", "-o", "fresh/", "-o", "file/x/")
    command.check.equal((done.returncode, events_in(command, "fresh")), (3, []), "a file in the way: status 3, no events")
    command.check.that(b"file/x/" in done.stderr, "a file in the way: says which", done.stderr)


def check_places(command):
    """Outputs over what is there already: files, links, and what is no file."""
    command.write("good.json", GOOD)
    command.write("there.pb", "old")
    os.symlink("there.pb", command.path("link.pb"))
    done = command.run("build", "good.json", "-o", "link.pb", "--report", "/dev/null")
    command.check.equal(done.returncode, 0, "over a link, and to /dev/null: status 0")
    command.check.that(os.path.islink(command.path("link.pb")), "a link stays one")
    command.check.that(b"VariableV2" in command.read("there.pb"), "what it leads to is written")
    command.check.that(stat.S_ISCHR(os.stat("/dev/null").st_mode), "/dev/null stays what it is")
    os.symlink("nowhere", command.path("dangling.pb"))
    done = command.run("build", "good.json", "-o", "dangling.pb")
    command.check.equal((done.returncode, os.path.islink(command.path("dangling.pb"))), (3, True),
                        "a link to nothing: status 3, and it stays")
    os.symlink("/proc/self/fd/1", command.path("out.pb"))
    done = command.run("build", "good.json", "-o", "out.pb")
    command.check.that(done.returncode == 0 and b"VariableV2" in done.stdout, "a pipe behind a link is written to",
                       done.stderr)
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            done = command.run("build", "good.json", "-o", "full.pb", stdout=full)
        command.check.equal(done.returncode, 3, "standard output is full: status 3")
        command.check.equal(command.read("full.pb"), None, "standard output is full: nothing is written")
        done = command.run("build", "good.json", "-o", "full.pb", "--report", "/dev/full")
        command.check.equal((done.returncode, command.read("full.pb")), (3, None), "a report that finds no room")


def check_summary(command):
    """The summary is asked for, and goes to standard error."""
    command.write("good.json", GOOD)
    done = command.run("build", "good.json", "--summary")
    said = done.stderr.decode()
    command.check.equal((done.returncode, done.stdout.decode()), (0, PRINTED), "--summary: standard output")
    lines = [line.split() for line in said.splitlines()]
    for words in (["variables", "2"], ["parameters", "16"], ["threads", "3"], ["net/", "16"],
                  ["w", "(3,", "4)", "float32", "12"], ["b", "(4,)", "float32", "4"]):
        command.check.that(words in lines, f"--summary: {' '.join(words)}", said)
    command.check.that(any(line[:1] == ["nodes"] for line in lines) and any(line[:1] == ["time"] for line in lines),
                       "--summary: nodes and time", said)
    command.check.that("\x1b" not in said, "--summary: no colours")


RENAMED = {"varscope": 1, "body": [
    {"call": "constant", "value": 1.0, "name": "net/w"},
    {"with": "variable_scope", "name_or_scope": "net", "body": [{"call": "get_variable", "name": "w", "shape": [1]}]},
    {"with": "variable_scope", "name_or_scope": "net", "reuse": True, "body": []},
    {"call": "no_op"}, {"call": "no_op"},
    {"with": "variable_scope", "name_or_scope": "$absent", "body": []}]}


def check_explain(command):
    """--explain tells of names on standard error and in the report, also when the program fails."""
    command.write("renamed.json", RENAMED)
    done = command.run("build", "renamed.json", "--explain", "--report", "report.json")
    command.check.equal(done.returncode, 1, "--explain: the status is the program's")
    said = done.stderr.decode().splitlines()
    command.check.equal(said[0], "renamed.json: /body/1/body/0: operation net/w came out as net/w_1: operation net/w of "
                        "/body/0 has that name", "--explain: a name that was taken")
    command.check.that(said[1].startswith("renamed.json: /body/2: name scope net/ came out as net_1/: the variable scope "
                                          "was entered before, as name scope net/ of /body/1;"),
                       "--explain: a scope that was entered again", said[1])
    command.check.that("were numbered: 1 " in said[2], "--explain: names by default are counted", said[2])
    command.check.that("/body/5: " in said[3] and len(said) == 4, "--explain: the failure stands last", said)
    notes = json.loads(command.read("report.json"))["explain"]
    command.check.equal([(note["got"], note["reason"], note["given"]) for note in notes],
                        [("net/w_1", "taken_by_operation", True), ("net_1/", "scope_entered_again", True),
                         ("NoOp_1", "taken_by_operation", False)], "--explain: the report")
    command.check.equal(notes[0], {"kind": "operation", "asked": "net/w", "got": "net/w_1", "given": True,
                                   "path": "/body/1/body/0", "reason": "taken_by_operation",
                                   "taker": {"kind": "operation", "name": "net/w", "path": "/body/0"}},
                        "--explain: a note of the report")
    command.run("build", "renamed.json", "--report", "report.json")
    command.check.that("explain" not in json.loads(command.read("report.json")), "no --explain, no notes")


def check_rename(command):
    """--rename writes other names, --preview says which, and nothing is written where two would be one."""
    command.write("scopes.json", {"varscope": 1, "body": [
        {"call": "no_op", "name": "bert/x"}, {"call": "no_op", "name": "bert_1/x"}, {"call": "no_op", "name": "x"}]})
    done = command.run("build", "scopes.json", "--rename", "bert=encoder/bert", "--rename", "bert_1=b", "--preview",
                       "-o", "scopes.pbtxt", "-o", "scopes.meta")
    command.check.equal(done.returncode, 0, "--rename: status 0")
    command.check.equal(done.stderr.decode().splitlines(), ["scopes.json: bert/x becomes encoder/bert/x",
                                                            "scopes.json: bert_1/x becomes b/x"], "--preview: the names")
    names = [line.split('"')[1] for line in command.read("scopes.pbtxt").decode().splitlines() if " name: " in line]
    command.check.equal(names, ["encoder/bert/x", "b/x", "x"], "--rename: the names that are written")
    command.check.that(b"encoder/bert/x" in command.read("scopes.meta"), "--rename: in a MetaGraphDef, too")
    done = command.run("build", "scopes.json", "--rename", "bert=", "-o", "clash.pb")
    command.check.that(done.returncode == 3 and b"bert/x cannot be renamed to x" in done.stderr and command.read("clash.pb") is None,
                       "--rename: two that would have one name", done.stderr)
    done = command.run("build", "scopes.json", "--rename", "bert")
    command.check.that(done.returncode == 2 and b"OLD=NEW" in done.stderr, "--rename: without a new name", done.stderr)


def get_in_fork(*initializers):
    """A program whose workers ask for one variable, each with an initializer."""
    return {"varscope": 1, "body": [{"parallel": [
        [{"call": "get_variable", "name": "w", "shape": [1], "initializer": initializer}] for initializer in initializers],
        "fork": "tower"}]}


def check_conflicts(command):
    """What forked workers ask for differently is told on standard error and in the report."""
    reuse = {"with": "variable_scope", "name_or_scope": "net", "reuse": "auto"}
    differ, agree = get_in_fork({"zeros": {}}, {"ones": {}}), get_in_fork({"zeros": {}}, {"zeros": {}})
    for program in (differ, agree):
        program["body"] = [{**reuse, "body": program["body"]}]
    command.write("differ.json", differ)
    command.write("agree.json", agree)
    done = command.run("build", "differ.json", "--report", "report.json")
    command.check.equal(done.returncode, 0, "a conflict is no failure")
    command.check.that("variable net/w: forked workers ask for it with another initializer each" in done.stderr.decode(),
                       "a conflict is told", done.stderr)
    conflict, = json.loads(command.read("report.json"))["conflicts"]
    places = {conflict.pop("path"), conflict.pop("other")}
    command.check.equal(conflict, {"kind": "setting", "name": "net/w", "setting": "initializer"}, "a conflict is reported")
    command.check.equal(places, {f"/body/0/body/0/parallel/{index}/0" for index in (0, 1)}, "with both places")
    done = command.run("build", "agree.json", "--report", "report.json")
    command.check.equal(done.stderr, b"", "no conflict, nothing is told")
    command.check.that("conflicts" not in json.loads(command.read("report.json")), "nor reported")


CHECKS = (check_help, check_wrong_calls, check_documents, check_outputs, check_threads, check_stdin, check_failure,
          check_atomicity, check_events, check_places, check_summary, check_explain, check_rename, check_conflicts)


def main(argv):
    """Run all checks on the command at the path given."""
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    checks = Checks()
    for check in CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            check(Command(os.path.abspath(argv[0]), folder, checks))
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
