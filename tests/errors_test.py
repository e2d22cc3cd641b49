#!/usr/bin/env python3
"""Check that docs/errors.md tells of every message of the library, and of no other.

    errors_test.py ROOT

A message in the source is a string literal in a call that fails; one in the document stands in the first column of a
table. Both have places that are filled in: `%s` there, words in capitals here. What stands between those in the source
must stand in the document. As the source puts some messages together from several strings, it is enough for the other
side that most words of a message stand side by side in the source, too. Messages of shape rules (`vs__refuse` in infer*.c) are told of as a whole. The last line counts; the exit status is 1
when a message is missing on either side.
"""

import glob
import os
import re
import sys

CALL = re.compile(r"\b(?!vs__fail_memory)\w*(?:fail|refuse|raise|complain|clash|fault)\w*\s*\((?!void)")
LITERALS = re.compile(r'"((?:[^"\\\n]|\\.)*)"(?:\s*(?:[A-Z]\w+\s*)?"((?:[^"\\\n]|\\.)*)")*')
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
DIRECTIVE = re.compile(r"%(?:\.\*|[-+ 0#]*\d*(?:\.\d+)?)(?:hh|h|ll|l|z|j)?[a-zA-Z]")
PLACE = re.compile(r"\b[A-Z][A-Z]+\b|\b\d[\d.,]*\b|\.\.\.")
SHAPE_RULES = re.compile(r"^(?:vs__)?\w*refuse\w*$")
# Words in capitals that are no places to be filled in.
WORDS = {"NULL", "VS_WITH_GRAPH", "CONSTANT", "REFLECT", "SYMMETRIC", "SAME", "VALID", "EXPLICIT", "JSON", "GPU"}
LEAST_BYTES = 10  # a shorter piece says too little
WINDOW = 2  # words that must stand side by side
LEAST_SHARE = 0.6  # of a message's words


def unescape(text):
    """A C string literal's text."""
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match.group(1), match.group(1)), text)


def without_comments(source):
    """C source without its comments."""
    return re.sub(r"/\*.*?\*/", " ", source, flags=re.S)


def call_text(source, start):
    """The arguments of a call, from its opening bracket on."""
    depth, at, in_string = 0, start, False
    while at < len(source):
        char = source[at]
        if in_string:
            at += char == "\\"
            in_string = char != '"'
        elif char == '"':
            in_string = True
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return source[start:at]
        at += 1
    return source[start:]


def strings_of(code):
    """The string literals in code, adjacent ones joined."""
    for match in LITERALS.finditer(code):
        yield unescape("".join(LITERAL.findall(match.group(0))))


def pieces(message, places):
    """What stands between the places of a message that are filled in."""
    parts, at = [], 0
    for match in places.finditer(message):
        if match.group(0) in WORDS:
            continue
        parts.append(message[at:match.start()])
        at = match.end()
    parts.append(message[at:])
    return [part.strip() for part in parts if len(part.strip()) >= LEAST_BYTES]


def share_in(message, text):
    """The share of a message's words that stand in a text with those beside them."""
    covered = total = 0
    for piece in pieces(message, PLACE):
        words = piece.strip(" :'\"").split()
        marks = [False] * len(words)
        size = min(WINDOW, len(words))
        for at in range(len(words) - size + 1):
            if " ".join(words[at:at + size]) in text:
                marks[at:at + size] = [True] * size
        covered, total = covered + sum(marks), total + len(words)
    return covered / total if total else 1.0


def source_files(root):
    """The sources of the library; the command's own messages are told of in words."""
    found = glob.glob(os.path.join(root, "src", "*", "*.c"))
    return sorted(path for path in found if os.path.basename(os.path.dirname(path)) != "cli")


def source_messages(path):
    """The messages in a source file: (line, text)."""
    with open(path, encoding="utf-8") as file:
        source = without_comments(file.read())
    is_shape_rule = os.path.basename(path).startswith("infer")
    for match in CALL.finditer(source):
        name = match.group(0).rstrip("( \n")
        if is_shape_rule and SHAPE_RULES.match(name):
            continue
        for text in strings_of(call_text(source, match.end() - 1)):
            if len(text.split()) >= 3:
                yield source.count("\n", 0, match.start()) + 1, text


def documented_messages(root):
    """The messages of the document: the backticked texts of first columns."""
    with open(os.path.join(root, "docs", "errors.md"), encoding="utf-8") as file:
        text = file.read()
    for section in text.split("\n| message | cause | remedy |\n")[1:]:
        for row in section.splitlines()[1:]:
            if not row.startswith("|"):
                break
            for message in re.findall(r"`([^`]*)`", row.split(" | ")[0]):
                if len(message.split()) >= 3:
                    yield message


def main(argv):
    """Check both sides."""
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    root = argv[0]
    documented = list(documented_messages(root))
    known = "\n".join(documented)
    literals, checked, wrong = [], 0, []
    for path in source_files(root):
        with open(path, encoding="utf-8") as file:
            literals += strings_of(without_comments(file.read()))
        for line, text in source_messages(path):
            checked += 1
            missing = [piece for piece in pieces(text, DIRECTIVE) if piece not in known]
            wrong += [f"{os.path.relpath(path, root)}:{line}: not in docs/errors.md: {piece}" for piece in missing[:1]]
    there = "\n".join(literals)
    for message in documented:
        checked += 1
        if share_in(message, there) < LEAST_SHARE:
            wrong.append(f"docs/errors.md: no source says: {message}")
    for line in wrong:
        print(line)
    print(f"{checked - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
