#!/usr/bin/env python3
"""Check that every source file includes only headers of the layers that it may use.

    layers_test.py ROOT [BUILD]

The build folder is where generated headers are looked for. The compiler sees to it too, as each layer has include
paths of its own; this finds the ways round that: "../", and a header of one name in two layers. The last line counts.
"""

import os
import re
import sys

# Layer -> those whose headers it may include, besides its own and the public ones.
ALLOWED = {
    "src/base": [],
    "src/graph": ["src/base"],
    "src/scope": ["src/base", "src/graph"],
    "src/ops": ["src/base", "src/graph", "src/scope"],
    "src/io": ["src/base", "src/graph", "src/scope", "src/ops"],
    "src/uv": [],
    "src/cli": [],
    "src/service": [],
    "examples": [],
    "include/varscope": [],
}
# Headers of others that are called as one of ours; with <> they are meant.
FOREIGN = {"uv.h"}
# Layers whose own headers another layer may have as well; they never meet.
PROGRAMS = {"src/cli", "src/service", "examples"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
SOURCES = (".c", ".h", ".inc", ".in")


def sources(root, layer):
    """The source files of a layer, and of the folders in it that are no layer, as paths seen from the root."""
    for folder, _, names in os.walk(os.path.join(root, layer)):
        place = os.path.relpath(folder, root)
        if place == layer or not any(place == other or place.startswith(other + "/") for other in ALLOWED
                                     if other != layer and other.startswith(layer + "/")):
            yield from (os.path.join(place, name) for name in sorted(names) if name.endswith(SOURCES))


def headers(roots):
    """Header, as an #include spells it -> the layers that have it, generated ones as well."""
    found = {}
    for root in roots:
        for layer in ALLOWED:
            for path in sources(root, layer):
                if path.endswith((".h", ".inc")):
                    for name in {os.path.relpath(path, layer), os.path.basename(path)}:
                        found.setdefault(name, set()).add(layer)
    return found


def complaint(layer, quote, name, known):
    """What is wrong with an #include, or None."""
    if ".." in name.split("/"):
        return f'"{name}" leaves its layer'
    if name.startswith("varscope/"):
        return None if quote == "<" else f'"{name}" is public: write <{name}>'
    if quote == "<":
        return f"<{name}> is the project's: write \"{name}\"" if name in known and name not in FOREIGN else None
    owners = known.get(name, set())
    if layer in owners or owners & set(ALLOWED[layer]):
        return None
    owners = " and ".join(sorted(owners - {"include/varscope"}))
    return f'"{name}" is of {owners}, which {layer} may not use' if owners else f'"{name}" is in no layer'


def main(argv):
    """The command. Returns the exit status."""
    root = argv[0]
    known = headers(argv)
    complaints = [f'"{name}" is in {" and ".join(sorted(layers))}' for name, layers in sorted(known.items())
                  if len(layers - PROGRAMS - {"include/varscope"}) > 1]
    count = 0
    for layer in ALLOWED:
        for path in sources(root, layer):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
            count += 1
            for match in INCLUDE.finditer(text):
                wrong = complaint(layer, *match.groups(), known)
                if wrong:
                    line = text.count("\n", 0, match.start(1)) + 1
                    complaints.append(f"{path}:{line}: {wrong}")
    print("".join(f"{line}\n" for line in complaints), end="")
    print(f"{count} passed, {len(complaints)} failed")
    return 1 if complaints or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
