#!/usr/bin/env python3
"""Compare docs/tensorflow.md with TensorFlow's own signatures, with the headers, and with the language.

    signatures.py

Each section that is named after a function of `tf.compat.v1` must have a row for each of its arguments, in order, and no
other; what it names must exist: functions and macros in the headers, members in the struct that the section names,
arguments in the call, context manager or object of scope programs. Every attribute of VariableScope must have its row,
and no function below may be without a section. The last line counts; the exit status is 1 when something differs.
"""

import glob
import inspect
import os
import re
import sys

import scope_program
from tf_values import tf1

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

FUNCTIONS = """
    name_scope op_scope variable_scope variable_op_scope get_variable_scope variable_creator_scope get_variable
    get_local_variable Variable trainable_variables global_variables local_variables model_variables
    variables_initializer global_variables_initializer local_variables_initializer is_variable_initialized
    Variable.initialized_value assign assign_add assign_sub
    zeros_initializer ones_initializer constant_initializer random_normal_initializer random_uniform_initializer
    truncated_normal_initializer variance_scaling_initializer glorot_uniform_initializer glorot_normal_initializer
    initializers.he_normal initializers.he_uniform initializers.lecun_normal initializers.lecun_uniform
    uniform_unit_scaling_initializer orthogonal_initializer initializers.identity fixed_size_partitioner
    variable_axis_size_partitioner min_max_variable_partitioner no_regularizer device control_dependencies colocate_with
    add_to_collection get_collection set_random_seed placeholder constant zeros ones random_normal random_uniform add
    subtract multiply matmul nn.conv2d nn.relu nn.bias_add identity add_n reduce_sum nn.l2_loss no_op group""".split()

# Functions whose signature says less than their documentation.
DOCUMENTED = {"group": ["inputs", "name"]}


def signature(name):
    """The names of the arguments of a function of tf.compat.v1."""
    found = tf1
    for part in name.split("."):
        found = getattr(found, part)
    if name in DOCUMENTED:
        return DOCUMENTED[name]
    if name == "Variable":
        found = found.__init__
    return [argument for argument in inspect.signature(found).parameters if argument != "self"]


def scope_attributes():
    """The public attributes of VariableScope."""
    return sorted(name for name in dir(tf1.VariableScope) if not name.startswith("_"))


def headers():
    """All public headers as one text, without comments."""
    text = ""
    for path in sorted(glob.glob(os.path.join(ROOT, "include", "varscope", "*.h"))):
        with open(path, encoding="utf-8") as file:
            text += file.read()
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def members(text, struct):
    """The members of a struct."""
    found = re.search(rf"typedef struct {struct} \{{(.*?)\n\}} {struct};", text, re.S)
    return set(re.findall(r"(\w+)(?:\[\d+\])?;", found.group(1))) if found else set()


def arguments_of(intro):
    """The arguments that the language has for what a section's first lines name."""
    match = re.search(r"In scope programs (call|with|initializer|partitioner|regularizer) `(\w+)`", intro)
    if not match:
        return set()
    kind, name = match.groups()
    table = {"call": scope_program.CALLS, "with": scope_program.CONTEXTS}.get(kind) or scope_program.OBJECTS[kind]
    return set(table[name])


def table_rows(section):
    """The rows of a section's table, as lists of cells."""
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def check_names(cell, text, known):
    """What a cell names in C and does not exist."""
    found = [f"there is no member {name}" for name in re.findall(r"`\.(\w+)`", cell) if name not in known]
    names = re.findall(r"`(vs_\w+|VS_\w+)(?:\(\))?`", cell)
    return found + [f"there is no {name}" for name in names if not re.search(rf"\b{name}\b", text)]


def check_section(name, section, text):
    """What is wrong with the section of a function, as lines."""
    intro = section.split("\n|")[0]
    rows = table_rows(section)
    listed = [row[0].strip("`") for row in rows]
    found = [] if listed == signature(name) else [f"arguments {listed}, but TensorFlow's are {signature(name)}"]
    struct = re.search(r"members of `(\w+)`", intro)
    known = members(text, struct.group(1)) if struct else set()
    found += check_names(intro, text, known)
    allowed = arguments_of(intro)
    for row in rows:
        found += check_names(row[1], text, known)
        if not row[2].startswith("none"):
            found += [f"scope programs have no argument {argument} for it"
                      for argument in re.findall(r"^`(\w+)`", row[2]) if argument not in allowed]
    return found


def check_scope_object(section, text):
    """What is wrong with the table of VariableScope, as lines."""
    rows = table_rows(section)
    listed = sorted(row[0].strip("`") for row in rows)
    found = [] if listed == scope_attributes() else [f"attributes {listed}, but TensorFlow's are {scope_attributes()}"]
    for row in rows:
        found += check_names(row[1], text, set())
        found += [f"there is no call {name}" for name in re.findall(r"^call `(\w+)`", row[2])
                  if name not in scope_program.CALLS]
    return found


def main():
    """Compare everything."""
    with open(os.path.join(ROOT, "docs", "tensorflow.md"), encoding="utf-8") as file:
        page = file.read()
    parts = re.split(r"^##+ ", page, flags=re.M)[1:]
    sections = {part.split("\n", 1)[0].strip("`"): part for part in parts}
    text = headers()
    results = {name: check_section(name, sections[name], text) if name in sections else ["no section"]
               for name in FUNCTIONS}
    results["VariableScope"] = check_scope_object(sections.get("A scope object", ""), text)
    for name, wrong in results.items():
        for line in wrong:
            print(f"{name}: {line}")
    failed = sum(1 for wrong in results.values() if wrong)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
