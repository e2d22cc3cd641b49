#!/usr/bin/env python3
"""Compile every public header alone, as C11 and as C++17, without a warning.

    headers_test.py [--cc COMMAND] [--cxx COMMAND] [--macros FILE.c] HEADER...

The headers are put together in a folder of their own, as an installation has them, so that nothing else is found. The
file given by --macros, which uses the macros, is compiled as C11 too. The last line counts.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-fsyntax-only"]
# libuv's own header asks for POSIX.
POSIX = {"uv.h": "#define _POSIX_C_SOURCE 200809L\n"}
C_ONLY = ["-Wstrict-prototypes", "-Wmissing-prototypes"]


def compile_text(command, language, standard, text, folder):
    """Compile a text. Returns what the compiler complains of, "" when nothing."""
    warnings = WARNINGS + (C_ONLY if language == "c" else [])
    process = subprocess.run([*command, f"-std={standard}", *warnings, "-I", folder, "-x", language, "-"], input=text,
                             capture_output=True, text=True, check=False)
    if process.returncode == 0:
        return ""
    return process.stderr or f"exit status {process.returncode}"


def install(headers, folder):
    """Put the headers where an installation has them. Returns their names."""
    os.mkdir(os.path.join(folder, "varscope"))
    for header in headers:
        shutil.copy(header, os.path.join(folder, "varscope"))
    return sorted(os.listdir(os.path.join(folder, "varscope")))


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Compile every public header alone.")
    parser.add_argument("--cc", default="cc", help="the C compiler (cc)")
    parser.add_argument("--cxx", default="c++", help="the C++ compiler (c++)")
    parser.add_argument("--macros", help="a C file that uses the macros")
    parser.add_argument("headers", nargs="+")
    arguments = parser.parse_args(argv)
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        cases = []
        for name in install(arguments.headers, folder):
            text = POSIX.get(name, "") + f"#include <varscope/{name}>\n" * 2 + "typedef int not_empty;\n"
            cases.append((f"{name} as C11", arguments.cc, "c", "c11", text))
            cases.append((f"{name} as C++17", arguments.cxx, "c++", "c++17", text))
        if arguments.macros:
            with open(arguments.macros, encoding="utf-8") as file:
                cases.append((os.path.basename(arguments.macros), arguments.cc, "c", "c11", file.read()))
        for what, command, language, standard, text in cases:
            complaint = compile_text(shlex.split(command), language, standard, text, folder)
            passed, failed = passed + (not complaint), failed + bool(complaint)
            if complaint:
                print(f"{what}:\n{complaint}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
