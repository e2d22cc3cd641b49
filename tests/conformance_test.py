#!/usr/bin/env python3
"""Check the conformance suite itself: that it is whole, well formed, and covers every rule.

    conformance_test.py ROOT

Prints what is wrong; the last line counts, and the exit status is 1 when anything is.
"""

import json
import os
import re
import sys

import jsonschema

sys.dont_write_bytecode = True

LEAST_VECTORS = 300


def read(path):
    """A JSON file."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check_vector(path, vector, validator, rules):
    """What is wrong with one vector."""
    found = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
             for error in validator.iter_errors(vector)]
    if found:
        return found[:5]
    if vector["topic"] != os.path.basename(os.path.dirname(path)):
        found.append(f"the topic is {vector['topic']}")
    if not re.fullmatch(r"[A-Za-z0-9_]+\.json", os.path.basename(path)):
        found.append("the file's name has other characters than letters, digits and _")
    found += [f"there is no rule {rule}" for rule in vector["covers"] if rule not in rules]
    if ("nodes" in vector["expect"]) == bool(vector["expect"]["error"]):
        found.append("there are nodes unless the program fails")
    names = [node["name"] for node in vector["expect"].get("nodes", [])]
    if len(set(names)) != len(names):
        found.append("a node is there twice")
    return found


def check_rules(root, rules, vectors):
    """What is wrong with the rules: each is covered by a vector, or by a test in C where the language has no form."""
    covered = {rule for vector in vectors.values() for rule in vector["covers"]}
    found = []
    for name, rule in rules.items():
        tests = rule.get("tests", [])
        found += [f"rule {name}: there is no {test}" for test in tests if not os.path.exists(os.path.join(root, test))]
        if name not in covered and not tests:
            found.append(f"rule {name}: no vector covers it")
    return found


def check_manifest(manifest, vectors):
    """What is wrong with the manifest."""
    topics = {}
    for vector in vectors.values():
        topics[vector["topic"]] = topics.get(vector["topic"], 0) + 1
    found = []
    if manifest["vectors"] != len(vectors) or manifest["topics"] != dict(sorted(topics.items())):
        found.append("manifest.json counts other vectors: run tests/oracle/conformance.py")
    if len(vectors) < LEAST_VECTORS:
        found.append(f"{len(vectors)} vectors, not {LEAST_VECTORS}")
    titles = {}
    for path, vector in vectors.items():
        if titles.setdefault(vector["title"], path) != path:
            found.append(f"two vectors have the title \"{vector['title']}\"")
    return found


def main(argv):
    """Check the suite below the root given."""
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    suite = os.path.join(argv[0], "conformance")
    sys.path.insert(0, suite)
    import check  # pylint: disable=import-outside-toplevel
    validator = jsonschema.Draft7Validator(read(os.path.join(suite, "schema.json")))
    rules = {rule["id"]: rule for rule in read(os.path.join(suite, "rules.json"))}
    vectors = {path: read(path) for path in check.find_vectors()}
    results = {check.vector_name(path): check_vector(path, vector, validator, rules)
               for path, vector in vectors.items()}
    results["rules"] = check_rules(argv[0], rules, vectors)
    results["manifest"] = check_manifest(read(os.path.join(suite, "manifest.json")), vectors)
    for name, wrong in results.items():
        for line in wrong:
            print(f"{name}: {line}")
    failed = sum(1 for wrong in results.values() if wrong)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
