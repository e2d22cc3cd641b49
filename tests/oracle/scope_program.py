"""Scope programs as documents: reading one, the tables of the language, and the checks made before a run.

Needs nothing but the standard library. Two sorts of faults are kept apart:

*Not a scope program* (`MalformedProgram`, exit status 2; found before anything runs): whatever can be told from the
document alone, without knowing what a binding holds.

- JSON (`MalformedJson`): syntax, a key twice in one object, a number beyond int64 or double, `NaN` or `Infinity` as
  bare words, a lone surrogate or a NUL in a string.
- The frame: `varscope` other than 1, no `body`, `seed` other than an integer or null, `resource_variables` other than
  a boolean, an unknown key.
- A statement: not an object, none or two of the keys `call`, `with`, `parallel`, `try`; an unknown call or context
  manager; an unknown argument; a `with` without `body`; a `body`, `try` or worker that is no list; `error` that is no
  code, `fork` that is no string, `as` that is no identifier.
- A value: a string that begins with one `$` but is not `$name`, `$name.name` or `$name.original_name_scope`; an object
  where none can stand; an initializer, partitioner or regularizer of an unknown kind or with an unknown parameter.

*Run-time faults* (`invalid_argument` at the statement): everything else, an unbound reference included. The values of
arguments are never judged before the run. A call that lacks an argument of GIVEN, has a null for one of NOT_NULL, or a
value of another kind than the argument's, fails before it builds anything or uses up a name; what else a null leads to
is TensorFlow's business. In a `with` an argument that is not given is the same as null.
"""

import json
import math
import re

CODES = ("already_exists", "not_found", "incompatible", "invalid_argument", "resource_exhausted")

STATEMENT_KEYS = ("call", "with", "parallel", "try")

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)(?:\.(name|original_name_scope))?\Z")

# The arguments of context managers and calls, each with its kind. What a kind accepts is said in `tf_values.py`; the
# kinds that matter here are `initializer`, `partitioner`, `regularizer` (objects) and `inputs`, `attrs` (of `op`).
_SCOPE_DEFAULTS = {
    "initializer": "initializer", "regularizer": "regularizer", "caching_device": "device",
    "partitioner": "partitioner", "reuse": "reuse", "dtype": "dtype", "use_resource": "bool"}

CONTEXTS = {
    "variable_scope": {"name_or_scope": "name_or_scope", "default_name": "plain_name", "values": "values",
                       **_SCOPE_DEFAULTS, "auxiliary_name_scope": "bool"},
    "name_scope": {"name": "plain_name", "default_name": "plain_name", "values": "values"},
    "op_scope": {"values": "values", "name": "plain_name", "default_name": "plain_name"},
    "variable_op_scope": {"values": "values", "name_or_scope": "name_or_scope", "default_name": "plain_name",
                          **_SCOPE_DEFAULTS},
    "device": {"name": "device"},
    "control_dependencies": {"inputs": "nodes"},
    "colocate_with": {"op": "node"},
}

# Arguments that must be given, and arguments that may not be null.
GIVEN = {
    "get_variable": ("name",), "get_local_variable": ("name",), "Variable": ("initial_value",),
    "reuse_variables": ("scope",), "set_initializer": ("scope",), "set_regularizer": ("scope",),
    "set_caching_device": ("scope",), "set_partitioner": ("scope",), "set_dtype": ("scope",),
    "set_use_resource": ("scope",), "placeholder": ("dtype",), "constant": ("value",), "zeros": ("shape",),
    "ones": ("shape",), "random_normal": ("shape",), "random_uniform": ("shape",), "add": ("x", "y"),
    "subtract": ("x", "y"), "multiply": ("x", "y"), "plus": ("x", "y"), "matmul": ("a", "b"),
    "conv2d": ("input", "filter", "strides", "padding"), "relu": ("features",), "bias_add": ("value", "bias"),
    "identity": ("input",), "assign": ("ref", "value"), "add_n": ("inputs",), "reduce_sum": ("input_tensor",),
    "l2_loss": ("t",), "get_collection": ("key",), "add_to_collection": ("name", "value"), "op": ("op",),
    "colocate_with": ("op",), "partitioner fixed_size": ("num_shards",),
    "partitioner variable_axis_size": ("max_shard_bytes",), "regularizer l1": ("scale",), "regularizer l2": ("scale",)}

NOT_NULL = {
    **{name: arguments for name, arguments in GIVEN.items() if len(arguments) == 1 and name not in (
        "relu", "identity", "reduce_sum", "l2_loss")},
    "zeros": ("shape", "dtype"), "ones": ("shape", "dtype"), "random_normal": ("shape", "mean", "stddev", "dtype"),
    "random_uniform": ("shape", "minval", "dtype"), "conv2d": ("strides", "padding"),
    "add_to_collection": ("name", "value"), "variable_scope": ("auxiliary_name_scope",),
    "initializer constant": ("value",), "initializer random_uniform": ("minval",),
    "partitioner fixed_size": ("num_shards", "axis"),
    "partitioner variable_axis_size": ("max_shard_bytes", "axis", "bytes_per_string_element"),
    "partitioner min_max_variable": ("max_partitions", "axis", "min_slice_size", "bytes_per_string_element")}

_GET_VARIABLE = {
    "name": "given_name", "shape": "shape", "dtype": "dtype", "initializer": "initializer",
    "regularizer": "regularizer", "trainable": "bool", "collections": "names", "caching_device": "device",
    "partitioner": "partitioner", "validate_shape": "bool", "use_resource": "bool"}

_BINARY = {"x": "tensor", "y": "tensor", "name": "name"}

CALLS = {
    "get_variable": _GET_VARIABLE,
    "get_local_variable": _GET_VARIABLE,
    "Variable": {"initial_value": "value", "trainable": "bool", "collections": "names", "validate_shape": "bool",
                 "caching_device": "device", "name": "name", "dtype": "dtype", "use_resource": "bool"},
    "get_variable_scope": {},
    "reuse_variables": {"scope": "scope"},
    "set_initializer": {"scope": "scope", "initializer": "initializer"},
    "set_regularizer": {"scope": "scope", "regularizer": "regularizer"},
    "set_caching_device": {"scope": "scope", "caching_device": "device"},
    "set_partitioner": {"scope": "scope", "partitioner": "partitioner"},
    "set_dtype": {"scope": "scope", "dtype": "dtype"},
    "set_use_resource": {"scope": "scope", "use_resource": "bool"},
    "placeholder": {"dtype": "dtype", "shape": "shape", "name": "name"},
    "constant": {"value": "value", "dtype": "dtype", "shape": "dimensions", "name": "name"},
    "zeros": {"shape": "filled_shape", "dtype": "dtype", "name": "name"},
    "ones": {"shape": "filled_shape", "dtype": "dtype", "name": "name"},
    "random_normal": {"shape": "indices", "mean": "number", "stddev": "number", "dtype": "dtype", "seed": "int",
                      "name": "name"},
    "random_uniform": {"shape": "indices", "minval": "number", "maxval": "number", "dtype": "dtype", "seed": "int",
                       "name": "name"},
    "add": _BINARY,
    "subtract": _BINARY,
    "multiply": _BINARY,
    "plus": {"x": "tensor", "y": "tensor"},
    "matmul": {"a": "tensor", "b": "tensor", "transpose_a": "bool", "transpose_b": "bool", "name": "name"},
    "conv2d": {"input": "tensor", "filter": "tensor", "strides": "strides", "padding": "padding", "name": "name"},
    "relu": {"features": "tensor", "name": "name"},
    "bias_add": {"value": "tensor", "bias": "tensor", "name": "name"},
    "identity": {"input": "tensor", "name": "name"},
    "assign": {"ref": "tensor", "value": "tensor"},
    "add_n": {"inputs": "tensors"},
    "reduce_sum": {"input_tensor": "tensor", "axis": "indices"},
    "l2_loss": {"t": "tensor"},
    "no_op": {"name": "name"},
    "group": {"inputs": "node_tree", "name": "name"},
    "global_variables_initializer": {},
    "global_variables": {},
    "trainable_variables": {},
    "get_collection": {"key": "key"},
    "add_to_collection": {"name": "key", "value": "item"},
    "print": {"value": "any"},
    "op": {"op": "key", "inputs": "inputs", "attrs": "attrs", "name": "name"},
}

# The objects that stand for Python's callables: kind -> parameters, each with its kind.
_SEEDED = {"seed": "int"}
_NORMAL = {"mean": "real", "stddev": "real", **_SEEDED}
OBJECTS = {
    "initializer": {
        "zeros": {},
        "ones": {},
        "constant": {"value": "constant"},
        "random_normal": _NORMAL,
        "random_uniform": {"minval": "number", "maxval": "number", **_SEEDED},
        "truncated_normal": _NORMAL,
        "variance_scaling": {"scale": "real", "mode": "text", "distribution": "text", **_SEEDED},
        "glorot_uniform": _SEEDED,
        "glorot_normal": _SEEDED,
        "uniform_unit_scaling": {"factor": "real", **_SEEDED},
        "orthogonal": {"gain": "real", **_SEEDED},
        "identity": {"gain": "real"},
    },
    "partitioner": {
        "fixed_size": {"num_shards": "int", "axis": "int"},
        "variable_axis_size": {"max_shard_bytes": "int", "axis": "int", "bytes_per_string_element": "int",
                               "max_shards": "int"},
        "min_max_variable": {"max_partitions": "int", "axis": "int", "min_slice_size": "int",
                             "bytes_per_string_element": "int"},
    },
    "regularizer": {
        "l1": {"scale": "real"},
        "l2": {"scale": "real"},
        "none": {},
    },
}


class MalformedProgram(Exception):
    """The document is not a scope program. `place` is a JSON pointer."""

    def __init__(self, place, message):
        super().__init__(message)
        self.place = place


class MalformedJson(MalformedProgram):
    """The document is no JSON. `place` is line and column, or empty."""


def load(path):
    """Read and check the scope program in the file `path`. Raises MalformedProgram, or OSError."""
    with open(path, "rb") as file:
        return parse(file.read())


def parse(data):
    """Turn the bytes of a document into a checked scope program."""
    try:
        program = json.loads(data.decode("utf-8"), object_pairs_hook=_unique_object, parse_constant=_no_constant,
                             parse_int=_int64, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.lineno}:{error.colno}", error.msg) from None
    except UnicodeDecodeError as error:
        raise MalformedJson("", f"not UTF-8: {error.reason}") from None
    check(program)
    return program


def check(program):
    """Raise MalformedProgram unless the parsed document is a scope program."""
    if not isinstance(program, dict):
        raise MalformedProgram("", "a scope program is an object")
    if type(program.get("varscope")) is not int or program["varscope"] != 1:
        raise MalformedProgram("/varscope", "must be 1")
    _check_keys(program, ("varscope", "seed", "resource_variables", "body"), "")
    if program.get("seed") is not None and type(program["seed"]) is not int:
        raise MalformedProgram("/seed", "must be an integer or null")
    if not isinstance(program.get("resource_variables", False), bool):
        raise MalformedProgram("/resource_variables", "must be a boolean")
    if "body" not in program:
        raise MalformedProgram("", "no body")
    _check_block(program["body"], "/body")


def references(value):
    """True when a string is a reference, as opposed to a literal."""
    return isinstance(value, str) and value.startswith("$") and not value.startswith("$$")


def pointer(path, key):
    """The JSON pointer of `key` below `path`."""
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _unique_object(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise MalformedJson("", "an object has a key twice")
    for text in (*result, *result.values()):
        _check_text(text)
    return result


def _no_constant(word):
    raise MalformedJson("", f"{word} is not JSON; write it as a string")


def _int64(digits):
    value = int(digits)
    if not -2**63 <= value < 2**63:
        raise MalformedJson("", f"{digits} is beyond int64")
    return value


def _finite(digits):
    value = float(digits)
    if math.isinf(value):
        raise MalformedJson("", f"{digits} is beyond double")
    return value


def _check_text(value):
    """Refuse strings that cannot be UTF-8 or end early, in a value that stands in an object."""
    if isinstance(value, list):
        for entry in value:
            _check_text(entry)
    elif isinstance(value, str) and ("\0" in value or any(0xD800 <= ord(char) < 0xE000 for char in value)):
        raise MalformedJson("", "a string may hold no NUL and no lone surrogate")


def _check_keys(mapping, known, path):
    for key in mapping:
        if key not in known:
            raise MalformedProgram(pointer(path, key), f"unknown key '{key}'")


def _check_block(statements, path):
    if not isinstance(statements, list):
        raise MalformedProgram(path, "must be a list of statements")
    for index, statement in enumerate(statements):
        _check_statement(statement, pointer(path, index))


def _check_statement(statement, path):
    if not isinstance(statement, dict):
        raise MalformedProgram(path, "a statement is an object")
    kinds = [key for key in STATEMENT_KEYS if key in statement]
    if len(kinds) != 1:
        raise MalformedProgram(path, "a statement has exactly one of call, with, parallel, try")
    {"call": _check_call, "with": _check_with, "parallel": _check_parallel, "try": _check_try}[kinds[0]](
        statement, path)


def _check_call(statement, path):
    arguments = _table_entry(CALLS, statement["call"], pointer(path, "call"), "call")
    _check_arguments(statement, arguments, ("call", "as"), path)


def _check_with(statement, path):
    arguments = _table_entry(CONTEXTS, statement["with"], pointer(path, "with"), "context manager")
    if "body" not in statement:
        raise MalformedProgram(path, "a with has a body")
    _check_arguments(statement, arguments, ("with", "body", "as"), path)
    _check_block(statement["body"], pointer(path, "body"))


def _check_parallel(statement, path):
    _check_keys(statement, ("parallel", "fork"), path)
    if not isinstance(statement.get("fork"), (str, type(None))):
        raise MalformedProgram(pointer(path, "fork"), "must be a string")
    workers = statement["parallel"]
    if not isinstance(workers, list):
        raise MalformedProgram(pointer(path, "parallel"), "must be a list of workers")
    for index, worker in enumerate(workers):
        _check_block(worker, pointer(pointer(path, "parallel"), index))


def _check_try(statement, path):
    _check_keys(statement, ("try", "error"), path)
    if statement.get("error") not in (*CODES, None):
        raise MalformedProgram(pointer(path, "error"), "unknown code")
    _check_block(statement["try"], pointer(path, "try"))


def _table_entry(table, name, path, what):
    if not isinstance(name, str) or name not in table:
        raise MalformedProgram(path, f"unknown {what}")
    return table[name]


def _check_arguments(statement, arguments, own_keys, path):
    if "as" in statement and not (isinstance(statement["as"], str) and IDENTIFIER.match(statement["as"])):
        raise MalformedProgram(pointer(path, "as"), "must be an identifier")
    for key, value in statement.items():
        if key in own_keys and not (key == "op" and "op" in arguments):
            continue
        if key not in arguments:
            raise MalformedProgram(pointer(path, key), f"unknown argument '{key}'")
        _check_argument(value, arguments[key], pointer(path, key))


def _check_argument(value, kind, path):
    if kind in OBJECTS and isinstance(value, dict):
        _check_object(value, OBJECTS[kind], kind, path)
    elif kind in ("inputs", "attrs") and isinstance(value, dict):
        for key, entry in value.items():
            _check_value(entry, pointer(path, key))
    else:
        _check_value(value, path)


def _check_object(value, kinds, what, path):
    if len(value) != 1:
        raise MalformedProgram(path, f"a {what} is an object with one key, its kind")
    (kind, parameters), = value.items()
    known = _table_entry(kinds, kind, pointer(path, kind), what)
    if not isinstance(parameters, dict):
        raise MalformedProgram(pointer(path, kind), "the parameters are an object")
    _check_keys(parameters, known, pointer(path, kind))
    for key, entry in parameters.items():
        _check_value(entry, pointer(pointer(path, kind), key))


def _check_value(value, path):
    if isinstance(value, dict):
        raise MalformedProgram(path, "no object can stand here")
    if isinstance(value, list):
        for index, entry in enumerate(value):
            _check_value(entry, pointer(path, index))
    if references(value) and not REFERENCE.match(value):
        raise MalformedProgram(path, f"'{value}' is no reference; write '$' twice for the character")
