"""Which parts of the language of scope programs a set of programs reached.

A part is a text such as `get_variable.shape: partial` or `get_local_variable: not_found`. `wanted()` lists all that
there are, from the tables of `scope_program.py`, so that a new call, manager or argument is wanted by itself.
"""

import collections

import scope_program
from scope_program import CALLS, CODES, CONTEXTS, OBJECTS

# What a kind of argument can be given as, besides null.
FORMS = {
    "name": ("string",),
    "plain_name": ("string",),
    "given_name": ("string",),
    "name_or_scope": ("string", "reference"),
    "shape": ("list", "partial", "scalar", "integer"),
    "dtype": ("string",),
    "initializer": ("object", "number", "boolean", "string", "list", "reference"),
    "regularizer": ("object",),
    "partitioner": ("object",),
    "bool": ("boolean",),
    "device": ("string",),
    "reuse": ("true", "false", "auto"),
    "names": ("list",),
    "tensors": ("list",),
    "nodes": ("list",),
    "node_tree": ("list",),
    "values": ("list",),
    "key": ("string",),
    "strides": ("number", "list"),
    "padding": ("string", "list"),
    "scope": ("reference",),
    "tensor": ("reference", "number", "list", "string", "boolean"),
    "value": ("reference", "number", "list", "string", "boolean"),
    "constant": ("number", "list", "string", "boolean"),
    "node": ("reference",),
    "any": ("reference", "number", "list", "string", "boolean"),
    "indices": ("list", "reference"),
    "dimensions": ("list", "scalar"),
    "filled_shape": ("list", "scalar", "integer", "reference"),
    "item": ("reference", "string"),
    "number": ("number",),
    "real": ("number",),
    "int": ("number",),
    "text": ("string",),
    "inputs": ("object",),
    "attrs": ("object",),
}

# Where a kind does not say it all.
FORMS_OF_ARGUMENTS = {
    ("add_n", "inputs"): ("list", "reference"),
    ("group", "inputs"): ("list", "reference"),
    ("conv2d", "input"): ("reference",),
    ("conv2d", "filter"): ("reference", "list"),
    ("reduce_sum", "axis"): ("number", "list", "reference"),
    ("assign", "ref"): ("reference",),
    ("constant", "shape"): ("list", "scalar"),
    ("colocate_with", "op"): ("reference",),
    ("constant", "value"): ("number", "list", "string", "boolean"),
    ("variable_scope", "default_name"): ("string",),
    "axis": ("number",),
}

# How a get_variable can end, and what else has codes of its own; all other calls and managers fail as invalid_argument.
ENDS = {
    "get_variable": ("done", "already_exists", "not_found", "incompatible", "invalid_argument"),
    "get_local_variable": ("done", "already_exists", "not_found", "incompatible", "invalid_argument"),
}
NEVER_FAIL = ("get_variable_scope", "global_variables", "trainable_variables", "global_variables_initializer")

FRAME = ("seed: number", "seed: null", "resource_variables: true", "resource_variables: false")
STRUCTURE = (
    "with in with", "with in parallel", "parallel in with", "parallel in parallel", "try in try", "try in with",
    "try in parallel", "parallel in try", "with in try", "try that fails", "try that does not fail", "try: any failure",
    "try: null", "parallel: no fork", "parallel: fork", "parallel: fork with %d", "parallel: fork null",
    "failure through a with", "program that fails", "binding replaced", "reference", "reference.name",
    "reference.original_name_scope", "string with a dollar sign", "reference to nothing")
DTYPES = ("bfloat16", "bool", "complex128", "complex64", "double", "float", "float16", "float32", "float64", "half",
          "int16", "int32", "int64", "int8", "qint8", "string", "uint16", "uint32", "uint64", "uint8", "float32_ref")
SPECIAL = ("NaN", "Infinity", "-Infinity")

# The forms that come up seldom where they are not usual, with a value of each; a reference is found when it is written.
WISHED = {"left out": None, "null": None, "boolean": True, "string": "text", "number": 1, "list": [1.0, 2.0],
          "reference": None}

# What cannot be reached, and why.
UNREACHABLE = {
    "try: error resource_exhausted": "takes 2 GiB",
}


def wanted():
    """All parts, in order."""
    parts = list(FRAME + STRUCTURE)
    parts += [f"try: error {code}" for code in CODES]
    parts += [f"dtype {name}" for name in DTYPES] + [f"special float {name}" for name in SPECIAL]
    for table in (CONTEXTS, CALLS):
        for name, arguments in table.items():
            for argument, kind in arguments.items():
                parts += [f"{name}.{argument}: {form}" for form in _forms(name, argument, kind)]
                parts.append(f"{name}.{argument}: left out")
                parts.append(f"{name}.{argument}: null")
            parts += [f"{name}: {end}" for end in ENDS.get(name, ("done", "invalid_argument"))
                      if end == "done" or name not in NEVER_FAIL]
    for what, kinds in OBJECTS.items():
        for name, parameters in kinds.items():
            parts.append(f"{what} {name}")
            for parameter, kind in parameters.items():
                parts += [f"{what} {name}.{parameter}: {form}" for form in _forms(name, parameter, kind)]
    parts += ["op: list of inputs", "op: literal input", "op: reference input", "op: attr null", "op: attr given",
              "op: no shape rule"]
    return [part for part in parts if part not in UNREACHABLE]


def _forms(name, argument, kind):
    return FORMS_OF_ARGUMENTS.get((name, argument)) or FORMS_OF_ARGUMENTS.get(argument) or FORMS[kind]


def of_program(program, outcome):
    """The parts that a program reached, with how often, given its Outcome."""
    visit = _Visit(outcome)
    visit.program(program)
    return dict(visit.found)


class _Visit:
    """Goes through a program and counts."""

    def __init__(self, outcome):
        self.found = collections.Counter()
        self._failures = {failure.path: failure.code for failure in outcome.caught}
        self._error = outcome.error
        if outcome.error is not None:
            self._failures[outcome.error.path] = outcome.error.code
        self._bound = set()

    def _note(self, part):
        self.found[part] += 1

    def program(self, program):
        """Count a whole program."""
        if "seed" in program:
            self._note(f"seed: {_form(program['seed'])}")
        if "resource_variables" in program:
            self._note(f"resource_variables: {json_word(program['resource_variables'])}")
        if self._error is not None:
            self._note("program that fails")
        self._block(program["body"], "/body", ())

    def _block(self, statements, path, around):
        for index, statement in enumerate(statements):
            self._statement(statement, scope_program.pointer(path, index), around)

    def _statement(self, statement, path, around):
        kind = next(key for key in scope_program.STATEMENT_KEYS if key in statement)
        for outer in set(around):
            self._note(f"{kind} in {outer}")
        {"call": self._call, "with": self._with, "try": self._try, "parallel": self._parallel}[kind](statement, path, around)

    def _end(self, name, path, around):
        """Count how a call or manager ended: of those inside a `try` only failures are known."""
        if path in self._failures:
            self._note(f"{name}: {self._failures[path]}")
        elif "try" not in around and self._error is None:
            self._note(f"{name}: done")

    def _bind(self, statement):
        if "as" in statement:
            if statement["as"] in self._bound:
                self._note("binding replaced")
            self._bound.add(statement["as"])

    def _arguments(self, name, statement, kinds):
        for argument, kind in kinds.items():
            if argument not in statement:
                self._note(f"{name}.{argument}: left out")
                continue
            self._argument(name, argument, kind, statement[argument])
        self._bind(statement)

    def _argument(self, name, argument, kind, value):
        self._note(f"{name}.{argument}: {_form(value, kind)}")
        self._value(value, kind)

    def _value(self, value, kind=""):
        if kind in OBJECTS and isinstance(value, dict):
            self._object(value, kind)
        elif isinstance(value, dict):
            for entry in value.values():
                self._value(entry)
        elif isinstance(value, list):
            for entry in value:
                self._value(entry)
        elif isinstance(value, str):
            self._text(value, kind)

    def _text(self, value, kind):
        if kind == "dtype":
            self._note(f"dtype {value}")
        elif value in SPECIAL:
            self._note(f"special float {value}")
        elif value.startswith("$$"):
            self._note("string with a dollar sign")
        elif value.startswith("$"):
            name, _, attribute = value[1:].partition(".")
            self._note("reference" + (f".{attribute}" if attribute else "") if name in self._bound
                       else "reference to nothing")

    def _object(self, value, what):
        (kind, parameters), = value.items()
        self._note(f"{what} {kind}")
        for name, parameter in parameters.items():
            self._argument(f"{what} {kind}", name, OBJECTS[what][kind][name], parameter)

    def _call(self, statement, path, around):
        name = statement["call"]
        self._end(name, path, around)
        self._arguments(name, statement, CALLS[name])
        if name == "op":
            self._op(statement)

    def _op(self, statement):
        self._note(f"op {statement.get('op')}")
        if "as" not in statement:
            self._note("op: no shape rule")
        for value in (statement.get("inputs") or {}).values():
            form = _form(value)
            inside = {_form(entry) for entry in value} if form == "list" else ()
            self._note("op: reference input" if form == "reference" else
                       "op: list of inputs" if "reference" in inside else "op: literal input")
        for value in (statement.get("attrs") or {}).values():
            self._note("op: attr null" if value is None else "op: attr given")

    def _with(self, statement, path, around):
        name = statement["with"]
        self._end(name, path, around)
        self._arguments(name, statement, CONTEXTS[name])
        if any(failure.startswith(path + "/body/") and "/try/" not in failure[len(path):] for failure in self._failures):
            self._note("failure through a with")
        self._block(statement["body"], path + "/body", (*around, "with"))

    def _try(self, statement, path, around):
        inside = path + "/try/"
        fails = any(failure.startswith(inside) and "/try/" not in failure[len(inside):] for failure in self._failures)
        self._note("try that fails" if fails else "try that does not fail")
        self._note("try: any failure" if "error" not in statement else "try: null" if statement["error"] is None
                   else f"try: error {statement['error']}")
        self._block(statement["try"], path + "/try", (*around, "try"))

    def _parallel(self, statement, path, around):
        fork = statement.get("fork")
        self._note("parallel: no fork" if "fork" not in statement else "parallel: fork null" if fork is None
                   else "parallel: fork with %d" if "%d" in fork else "parallel: fork")
        for index, worker in enumerate(statement["parallel"]):
            self._block(worker, f"{path}/parallel/{index}", (*around, "parallel"))


def json_word(value):
    """A boolean as JSON has it."""
    return "true" if value else "false"


def _form(value, kind=""):
    """The form that a value takes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return json_word(value) if kind == "reuse" else "boolean"
    if isinstance(value, (int, float)):
        return "integer" if kind in ("shape", "dimensions", "filled_shape") else "number"
    if isinstance(value, str):
        if scope_program.references(value):
            return "reference"
        return "auto" if kind == "reuse" and value == "auto" else "string"
    if isinstance(value, dict):
        return "object"
    if kind in ("shape", "dimensions", "filled_shape"):
        return "scalar" if not value else "partial" if None in value else "list"
    return "list"


def wishes():
    """What a program can be told to reach, as it comes up seldom by itself: (call or manager, argument, form)."""
    for table in (CONTEXTS, CALLS):
        for name, arguments in table.items():
            for argument, kind in arguments.items():
                forms = _forms(name, argument, kind)
                yield from ((name, argument, form) for form in (*forms, "left out", "null") if form in WISHED)


def unreached(reached):
    """The parts that are wanted and were not reached."""
    return [part for part in wanted() if not reached.get(part)]


def ops(reached):
    """The ops by name that were reached."""
    return [part for part in reached if part.startswith("op ")]


def summary(reached):
    """Lines that say how much was reached."""
    parts = wanted()
    return [f"{len(parts) - len(unreached(reached))} of {len(parts)} parts of the language reached, {len(ops(reached))} ops by name"]


def table(reached):
    """Lines that say how often each part was reached."""
    return [f"{reached.get(part, 0):8} {part}" for part in [*wanted(), *sorted(ops(reached))]] + summary(reached)
