#!/usr/bin/env python3
"""Write what TensorFlow makes of the programs of the conformance suite into its vectors.

    conformance.py [--check] [VECTOR.json ...]
    conformance.py --programs FOLDER

A vector is written by hand but for its member "expect", which TensorFlow decides (`tf_program.py`). This fills it in,
lays the file out, and rebuilds `manifest.json` and `RULES.md`. `--check` writes nothing and tells what would change;
the exit status is then 1 when something would. The last line counts. `--programs` only writes the bare programs to a
folder, for what runs programs, and needs no TensorFlow.
"""

import argparse
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SUITE = os.path.join(ROOT, "conformance")
sys.path.insert(0, SUITE)

import check  # noqa: E402  pylint: disable=wrong-import-position
import graph_def  # noqa: E402  pylint: disable=wrong-import-position

# The version of the suite: the major number rises when a vector's meaning changes, the minor one when vectors come.
VERSION = "1.0"
WIDTH = 118
ORDER = ("conformance", "title", "topic", "rule", "covers", "program", "expect")
FIRST, LAST = ("varscope", "seed", "resource_variables", "with", "call", "error", "fork"), ("as", "body", "try", "parallel")


# --- What TensorFlow makes of a program -----------------------------------------------------------------------------

def expectation(program):
    """The member "expect" for a program."""
    import tf_program  # pylint: disable=import-outside-toplevel
    printed = []
    outcome = tf_program.run(program, printed.append)
    report = outcome.report()
    expect = {"printed": "".join(printed).splitlines(), "error": check.failure(report["error"]),
              "caught": [check.failure(failure) for failure in report["caught"]]}
    if outcome.error is None:
        expect["nodes"] = graph_def.nodes(outcome.graph_def().SerializeToString(deterministic=True))
    expect["collections"] = dict(sorted(report["collections"].items()))
    expect["results"] = dict(sorted(report["results"].items()))
    return expect


# --- Files ----------------------------------------------------------------------------------------------------------

def _ordered(value):
    """A statement with its telling key first and what is inside last; all else as it is."""
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    first, last = ([key for key in keys if key in value] for keys in (FIRST, LAST))
    if not any(key in value for key in ("varscope", "with", "call", "try", "parallel")):
        first, last = list(value), []
    keys = first + [key for key in value if key not in first and key not in last] + last
    return {key: _ordered(value[key]) for key in keys}


def _line(value):
    return json.dumps(value, ensure_ascii=False)


def layout(value, indent=0, lead=0):
    """JSON to read: on one line what fits, with `lead` bytes before it; else its last member, or its items, below."""
    line = _line(value)
    if len(line) + indent + lead <= WIDTH or not isinstance(value, (dict, list)) or not value:
        return line
    pad = "\n" + " " * (indent + 2)
    if isinstance(value, list):
        return "[" + ",".join(pad + layout(item, indent + 2) for item in value) + "\n" + " " * indent + "]"
    *first, (key, last) = value.items()
    head = "{" + "".join(f"{_line(name)}: {_line(item)}, " for name, item in first) + f"{_line(key)}: "
    if len(head) + indent + lead < WIDTH and isinstance(last, (dict, list)) and first:
        return head + layout(last, indent, lead=WIDTH) + "}"
    members = (f"{_line(name)}: {layout(item, indent + 2, len(name) + 4)}" for name, item in value.items())
    return "{" + ",".join(pad + member for member in members) + "\n" + " " * indent + "}"


def vector_text(vector):
    """A vector as its file has it."""
    vector = {**vector, "program": _ordered(vector["program"])}
    members = [f'  "{key}": {layout(vector[key], 2, len(key) + 4)}' for key in ORDER]
    return "{\n" + ",\n".join(members) + "\n}\n"


def manifest_text(vectors, tensorflow):
    """manifest.json"""
    topics = {}
    for vector in vectors.values():
        topics[vector["topic"]] = topics.get(vector["topic"], 0) + 1
    manifest = {"conformance": 1, "version": VERSION, "tensorflow": tensorflow, "vectors": len(vectors),
                "topics": dict(sorted(topics.items()))}
    return json.dumps(manifest, indent=1) + "\n"


def rules_text(vectors, rules):
    """RULES.md: each rule with the vectors that cover it."""
    covered = {}
    for path, vector in vectors.items():
        for rule in vector["covers"]:
            covered.setdefault(rule, []).append(path)
    lines = ["# The rules, and the vectors that cover them", "",
             "Made by `tests/oracle/conformance.py` from `rules.json` and the vectors.", ""]
    topic = None
    for rule in rules:
        if rule["topic"] != topic:
            topic = rule["topic"]
            lines += ["", f"## {topic}", "", "| rule | vectors |", "|---|---|"]
        links = ", ".join(f"[{name}]({name}.json)" for name in
                          (check.vector_name(path) for path in covered.get(rule["id"], [])))
        lines.append(f"| **{rule['id']}**: {rule['text'].replace('|', chr(92) + '|')} | {links or '**none**'} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def write_programs(folder):
    """The program of each vector, in a file of its own."""
    for path in check.find_vectors():
        target = os.path.join(folder, check.vector_name(path) + ".json")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            json.dump(check.read_json(path)["program"], file)


def _read_text(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


def main(argv):
    """The command. Returns the exit status: 1 when a check finds a change."""
    parser = argparse.ArgumentParser(description="Fill in the conformance vectors from TensorFlow.")
    parser.add_argument("--check", action="store_true", help="write nothing, tell what would change")
    parser.add_argument("--programs", metavar="FOLDER", help="write the bare programs there, and nothing else")
    parser.add_argument("vectors", nargs="*", help="vectors (all)")
    arguments = parser.parse_args(argv)
    if arguments.programs:
        write_programs(arguments.programs)
        return 0
    from tf_values import tf  # pylint: disable=import-outside-toplevel
    paths = check.find_vectors()
    vectors = {path: check.read_json(path) for path in paths}
    wanted = {}
    for path in [os.path.abspath(path) for path in arguments.vectors] or paths:
        vector = vectors[path]
        vectors[path] = {**vector, "topic": os.path.basename(os.path.dirname(path)),
                         "expect": expectation(vector["program"])}
        wanted[path] = vector_text(vectors[path])
    wanted[os.path.join(SUITE, "manifest.json")] = manifest_text(vectors, tf.__version__)
    wanted[os.path.join(SUITE, "RULES.md")] = rules_text(vectors, check.read_json(os.path.join(SUITE, "rules.json")))
    changed = [path for path, text in wanted.items() if _read_text(path) != text]
    for path in changed:
        print(f"{'differs' if arguments.check else 'written'}: {os.path.relpath(path, ROOT)}")
        if not arguments.check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(wanted[path])
    if arguments.check:
        print(f"{len(wanted) - len(changed)} passed, {len(changed)} failed")
    else:
        print(f"{len(wanted)} files, {len(changed)} written")
    return 1 if arguments.check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
