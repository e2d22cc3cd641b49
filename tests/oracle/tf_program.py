#!/usr/bin/env python3
"""Run a scope program in real TensorFlow: the oracle of the project.

    tf_program.py PROGRAM.json [-o OUT.pb] [-o OUT.pbtxt] [-o OUT.meta] [--report FILE]

does what `varscope build` does, with the same output, report and exit status, and TensorFlow decides every outcome. For
many programs in one process there is `run`.

Where the language and TensorFlow part, the oracle follows the language:

- l1 and l2 losses are built once, when the variable is made (`tf_values.keep_losses`), and without the strays of
  TensorFlow's probe; a value as initializer with a dtype leaves no stray `Const` (`tf_values.Literal`).
- An initial value that reads other variables is guarded as the library does it (`initial_values.py`).
- Names with a backslash or a line break are refused.
- Devices, control dependencies and colocations are a thread's own (`switch_to_thread_local`).
- A forked worker (which TensorFlow does not know) starts with copies of the stacks of the thread that forked, in a
  name scope reserved beforehand, and with no counters of default names. Seeds drawn from a counter cannot be had.
- Operations, variable scopes and partitioned variables print in one line.

Which faults make a document no scope program (exit status 2) and which are faults of the run (`invalid_argument`) is
said in `scope_program.py`.
"""

import argparse
import contextlib
import copy
import json
import os
import re
import sys
import tempfile
import threading

import initial_values
import scope_program
from scope_program import pointer
from tf_values import (SPECIAL_FLOATS, Arguments, Fault, Literal, check_name, check_scope_name, collection_name,
                       describe, for_dtype, invalid, is_list_of_tensors, is_literal, is_variable, is_well_formed,
                       keep_losses, line, tf, tf1)
from google.protobuf import text_format
from tensorflow.python.eager import context as tf_context
from tensorflow.python.framework import op_def_library, op_def_registry
from tensorflow.python.ops import variable_scope as tf_variable_scope

initial_values.install()

MESSAGE_CODES = (
    (r"Variable .* already exists, disallowed", "already_exists"),
    (r"Partitioned variable with name .* already exists", "already_exists"),
    (r"(Partitioned)?Variable .* does not exist, or was not created with tf\.get_variable", "not_found"),
    (r"Trying to (share|reuse partitioned) variable ", "incompatible"),
    (r"No partitioner was provided, but a partitioned version of the variable was found", "incompatible"),
    (r"A partitioner was provided, but an unpartitioned version of the variable was found", "incompatible"),
    (r"Partitioner returned a different partitioning than what was already found", "incompatible"),
    (r".*larger than 2 ?GB", "resource_exhausted"))


class ProgramFailed(Exception):
    """A statement failed, and no `try` has taken it yet."""

    def __init__(self, path, code, message):
        super().__init__(message)
        self.path = path
        self.code = code

    def report(self):
        """The failure as a report has it."""
        return {"path": self.path, "code": self.code, "message": str(self)}


class Outcome:
    """All that a run leaves: the graph, the failure, and what was caught, bound and collected."""

    def __init__(self, graph):
        self.graph = graph
        self.error = None
        self.caught = []
        self.bindings = {}

    def report(self):
        """The report of `program.md`."""
        collections = {key: [collection_name(item) for item in self.graph.get_collection(key)]
                       for key in self.graph.get_all_collection_keys()}
        return {"error": self.error and self.error.report(),
                "caught": [failure.report() for failure in self.caught],
                "collections": {key: names for key, names in collections.items() if names},
                "results": {name: describe(value) for name, value in self.bindings.items()}}

    def graph_def(self):
        """The graph as a GraphDef; the library of functions, which is always empty here, is left out."""
        graph_def = self.graph.as_graph_def()
        graph_def.ClearField("library")
        return graph_def

    def meta_graph_def(self):
        """The graph and its collections as a MetaGraphDef."""
        with self.graph.as_default():
            return tf1.train.export_meta_graph(graph=self.graph)


def error_code(error):
    """The code of the language for an exception that TensorFlow raised."""
    if isinstance(error, (MemoryError, tf.errors.ResourceExhaustedError)):
        return "resource_exhausted"
    for pattern, code in MESSAGE_CODES:
        if re.match(pattern, str(error), re.DOTALL):
            return code
    return "invalid_argument"


class _Guard:
    """Turns what is raised inside into the failure of the statement at `path`."""

    def __init__(self, path):
        self._path = path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, Fault):
            raise ProgramFailed(self._path, error.code, str(error)) from error
        if isinstance(error, Exception) and not isinstance(error, ProgramFailed):
            raise ProgramFailed(self._path, error_code(error), str(error) or type(error).__name__) from error
        return False


# --- Calls ----------------------------------------------------------------------------------------------------------

def _initializer_value(value, dtype):
    """An initializer that is a value, as TensorFlow has to see it."""
    return Literal(for_dtype(value, dtype)) if dtype is not None and (is_literal(value) or is_variable(value)) else value


def _get_variable(getter, initializer=None, dtype=None, **arguments):
    if "validate_shape" in arguments:
        arguments["validate_shape"] = bool(arguments["validate_shape"])
    try:
        return getter(initializer=_initializer_value(initializer, dtype), dtype=dtype, **arguments)
    finally:
        keep_losses()


def _variable(initial_value=None, dtype=None, **arguments):
    _check_not_empty(arguments.get("name"))
    if "validate_shape" in arguments:
        arguments["validate_shape"] = bool(arguments["validate_shape"])
    return tf1.Variable(for_dtype(initial_value, dtype), dtype=dtype, **arguments)


def _check_not_empty(name):
    """Variables and constants of an empty name are refused: TensorFlow's are called `a/`, or colocated with nothing."""
    if name == "":
        raise invalid("the name is empty")


def _constant(value=None, dtype=None, **arguments):
    _check_not_empty(arguments.get("name"))
    if not is_literal(value):
        raise invalid("a constant needs a literal as its value")
    return tf1.constant(for_dtype(value, dtype), dtype=dtype, **arguments)


def _filled(function, default_name):
    """zeros or ones. Of a variable as shape TensorFlow asks on its way whether it is small, which leaves strays."""
    def call(shape=None, name=None, **arguments):
        if is_variable(shape):
            with tf1.name_scope(name, default_name) as name:
                shape = tf.convert_to_tensor(shape)
        elif isinstance(shape, list):  # a whole number is one, also when it is written as a real
            shape = [int(size) if isinstance(size, float) and size.is_integer() else size for size in shape]
        return function(shape, name=name, **arguments)
    return call


def _set_dtype(scope, dtype=None):
    scope.set_dtype(dtype or tf.float32)


def _plus(x=None, y=None):
    if not any(isinstance(operand, tf.Tensor) or is_variable(operand) for operand in (x, y)):
        raise invalid("one operand at least must be a tensor")
    return x + y


def _group(inputs=None, name=None):
    return tf1.group(*(inputs or []), name=name)


def _scope_method(method, key=None):
    """A call of a method of a variable scope; `key` is the argument that holds the value to set."""
    def call(scope, **arguments):
        getattr(scope, method)(*([arguments.get(key)] if key else []))
    return call


def _of_the_language(definition, attrs):
    """Attributes as TensorFlow has them: strings for NaN and the infinities where they are floats; and where they are
    dtypes only strings, while TensorFlow takes numbers, too."""
    kinds = {attr.name: attr.type for attr in definition.attr}
    made = {}
    for key, value in attrs.items():
        if kinds[key] in ("float", "list(float)"):
            value = for_dtype(value, tf.float32)
        elif kinds[key] == "type" and isinstance(value, (bool, int, float)):
            value = object()
        elif kinds[key] == "list(type)" and isinstance(value, list):
            value = [object() if isinstance(entry, (bool, int, float)) else entry for entry in value]
        made[key] = value
    return made


def _any_op(op=None, inputs=None, attrs=None, name=None):
    """An op by its registered name."""
    definition = op_def_registry.get(op)
    if definition is None:
        raise invalid(f"there is no op '{op}'")
    inputs, attrs = inputs or {}, attrs or {}
    _check_op_keys(definition, inputs, attrs)
    _check_op_inputs(definition, inputs)
    _check_op_attrs(attrs)
    attrs = {**_default_attrs(definition), **_of_the_language(definition, attrs)}
    results = op_def_library.apply_op(op, name=name, **inputs, **attrs)
    return list(results) if isinstance(results, tuple) else results


def _default_attrs(definition):
    """None, which has TensorFlow take the default, for each attribute with a default that no input decides."""
    inferred = {name for arg in definition.input_arg for name in (arg.type_attr, arg.number_attr, arg.type_list_attr)}
    return {attr.name: None for attr in definition.attr if attr.HasField("default_value") and attr.name not in inferred}


def _check_op_inputs(definition, inputs):
    """A list stands for a list of tensors, or is a literal, as in all other calls: lists of tensors are not packed."""
    for arg in definition.input_arg:
        value = inputs.get(arg.name)
        if isinstance(value, list) and (arg.number_attr or arg.type_list_attr):
            for entry in value:
                _check_op_input(entry, arg.name)
        elif arg.name in inputs:
            _check_op_input(value, arg.name)


def _check_op_input(value, name):
    if isinstance(value, tf.Tensor) or is_variable(value) or is_list_of_tensors(value):
        return
    if not is_literal(value) or not is_well_formed(value):
        raise invalid(f"input {name} must be a tensor, a variable, or a literal")


def _check_op_attrs(attrs):
    """A list as an attribute has members of one kind; objects of the graph are no attributes."""
    for name, value in attrs.items():
        members = value if isinstance(value, list) else [value]
        numbers = [entry for entry in members if isinstance(entry, (int, float)) and not isinstance(entry, bool)]
        special = [entry for entry in members if isinstance(entry, str) and entry in SPECIAL_FLOATS]
        kinds = {type(entry) for entry in members}
        known = not kinds - {bool, int, float, str, list, type(None)}
        if not known or len(members) > 1 and not (
                len(kinds) == 1 or len(numbers) + len(special) == len(members)
                or kinds in ({int, type(None)}, {list, type(None)})):
            raise invalid(f"attribute {name}: mixed kinds in a list")


def _check_op_keys(definition, inputs, attrs):
    for given, known, what in ((inputs, definition.input_arg, "input"), (attrs, definition.attr, "attribute")):
        unknown = set(given) - {entry.name for entry in known}
        if unknown:
            raise invalid(f"{definition.name} has no {what} '{min(unknown)}'")


CALLS = {
    "get_variable": lambda **arguments: _get_variable(tf1.get_variable, **arguments),
    "get_local_variable": lambda **arguments: _get_variable(tf1.get_local_variable, **arguments),
    "Variable": _variable,
    "get_variable_scope": tf1.get_variable_scope,
    "reuse_variables": _scope_method("reuse_variables"),
    "set_initializer": _scope_method("set_initializer", "initializer"),
    "set_regularizer": _scope_method("set_regularizer", "regularizer"),
    "set_caching_device": _scope_method("set_caching_device", "caching_device"),
    "set_partitioner": _scope_method("set_partitioner", "partitioner"),
    "set_dtype": _set_dtype,
    "set_use_resource": _scope_method("set_use_resource", "use_resource"),
    "placeholder": tf1.placeholder,
    "constant": _constant,
    "zeros": _filled(tf1.zeros, "zeros"),
    "ones": _filled(tf1.ones, "ones"),
    "random_normal": tf1.random_normal,
    "random_uniform": tf1.random_uniform,
    "add": tf1.add,
    "subtract": tf1.subtract,
    "multiply": tf1.multiply,
    "plus": _plus,
    "matmul": tf1.matmul,
    "conv2d": tf1.nn.conv2d,
    "relu": tf1.nn.relu,
    "bias_add": tf1.nn.bias_add,
    "identity": tf1.identity,
    "assign": tf1.assign,
    "add_n": tf1.add_n,
    "reduce_sum": tf1.reduce_sum,
    "l2_loss": tf1.nn.l2_loss,
    "no_op": tf1.no_op,
    "group": _group,
    "global_variables_initializer": tf1.global_variables_initializer,
    "global_variables": tf1.global_variables,
    "trainable_variables": tf1.trainable_variables,
    "get_collection": tf1.get_collection,
    "add_to_collection": tf1.add_to_collection,
    "op": _any_op,
}

def _variable_scope(name_or_scope=None, **arguments):
    if arguments.get("auxiliary_name_scope", True):
        check_scope_name(name_or_scope, arguments.get("default_name"))
    elif name_or_scope is None:
        check_name(arguments.get("default_name"), "default_name")
    return tf1.variable_scope(name_or_scope, **arguments)


def _variable_op_scope(values=None, name_or_scope=None, **arguments):
    check_scope_name(name_or_scope, arguments.get("default_name"))
    return tf1.variable_op_scope(values, name_or_scope, **arguments)


def _name_scope(name=None, default_name=None, **arguments):
    check_scope_name(check_name(name, "name"), default_name)
    return tf1.name_scope(name, default_name, **arguments)


def _op_scope(values=None, name=None, default_name=None):
    check_scope_name(check_name(name, "name"), default_name)
    return tf1.op_scope(values, name, default_name)


CONTEXTS = {
    "variable_scope": _variable_scope,
    "name_scope": _name_scope,
    "op_scope": _op_scope,
    "variable_op_scope": _variable_op_scope,
    "device": lambda name=None: tf1.device(name),
    "control_dependencies": lambda inputs=None: tf1.control_dependencies(inputs),
    "colocate_with": lambda op=None: tf1.colocate_with(op),
}


# --- Statements -----------------------------------------------------------------------------------------------------

class _Context:
    """What a forked worker takes along: copies of all that TensorFlow keeps for a thread, but the counters."""

    _STACKS = ("_device_function_stack", "_colocation_stack", "_control_dependencies_stack")

    def __init__(self, graph, name_scope):
        self._graph = graph
        self._name_scope = name_scope
        self._stacks = {name: copy.copy(getattr(graph, name)) for name in self._STACKS}
        self._switches = list(tf_context.context().context_switches.stack)
        self._variable_scope = copy.copy(tf1.get_variable_scope())

    @contextlib.contextmanager
    def entered(self):
        """Have the calling thread, a new one, in the context."""
        for name, stack in self._stacks.items():
            setattr(self._graph, name, stack)
        # Where graph and scopes were entered: ops.init_scope takes from there the devices that a colocation hides.
        tf_context.context().context_switches.stack[:] = self._switches
        tf_variable_scope.get_variable_scope_store().current_scope = self._variable_scope
        with tf1.name_scope(self._name_scope):
            yield


class Interpreter:
    """Runs the statements of one thread; each worker has an interpreter of its own."""

    def __init__(self, outcome, write, bindings):
        self.outcome = outcome
        self.bindings = bindings
        self._write = write

    def _inner(self):
        """The interpreter of a `try` or a worker: what it binds is its own."""
        return type(self)(self.outcome, self._write, dict(self.bindings))

    def block(self, statements, path):
        """Run a list of statements."""
        for index, statement in enumerate(statements):
            self._statement(statement, pointer(path, index))

    def _statement(self, statement, path):
        kind = next(key for key in scope_program.STATEMENT_KEYS if key in statement)
        {"call": self._call, "with": self._with, "parallel": self._parallel, "try": self._try}[kind](statement, path)

    def _bind(self, statement, value):
        if "as" in statement:
            self.bindings[statement["as"]] = value

    def _call(self, statement, path):
        name = statement["call"]
        with _Guard(path):
            arguments = Arguments(self.bindings).convert(statement, scope_program.CALLS[name], name)
            value = self._print(**arguments) if name == "print" else CALLS[name](**arguments)
        self._bind(statement, value)

    def _print(self, value=None):
        self._write(line(value) + "\n")

    def _with(self, statement, path):
        name = statement["with"]
        with _Guard(path):
            arguments = Arguments(self.bindings).convert(statement, scope_program.CONTEXTS[name], name)
            manager = CONTEXTS[name](**arguments)
            value = manager.__enter__()
        self._bind(statement, value)
        try:
            self.block(statement["body"], pointer(path, "body"))
        except ProgramFailed:
            manager.__exit__(*sys.exc_info())
            raise
        with _Guard(path):
            manager.__exit__(None, None, None)

    def _try(self, statement, path):
        inner = self._inner()
        try:
            inner.block(statement["try"], pointer(path, "try"))
        except ProgramFailed as failure:
            if statement.get("error") not in (None, failure.code):
                raise
            self.outcome.caught.append(failure)
            return
        if statement.get("error") is not None:
            raise ProgramFailed(path, "invalid_argument", f"{statement['error']} was expected, and nothing failed")

    def _parallel(self, statement, path):
        workers = statement["parallel"]
        with _Guard(path):
            contexts = self._fork(statement.get("fork"), len(workers))
        failures = [self._worker(worker, pointer(pointer(path, "parallel"), index), contexts[index])
                    for index, worker in enumerate(workers)]
        for failure in failures:
            if failure is not None:
                raise failure

    def _fork(self, name, count):
        """The contexts that workers start with: for each one None, or, forked, a context in a name scope of its own."""
        if name is None:
            return [None] * count
        names = []
        for index in range(count):
            with tf1.name_scope(name.replace("%d", str(index))) as reserved:
                names.append(reserved)
        return [_Context(self.outcome.graph, reserved) for reserved in names]

    def _worker(self, statements, path, context):
        """Run a worker to its end on a thread of its own, and return its failure."""
        worker = self._inner()

        def work():
            with self.outcome.graph.as_default(), context.entered() if context else contextlib.nullcontext():
                worker.block(statements, path)
        return _on_new_thread(work)


def _on_new_thread(work):
    """Call `work` on a thread with no TensorFlow state, and return the ProgramFailed that it raised, or None."""
    raised = []

    def target():
        try:
            work()
        except BaseException as error:  # pylint: disable=broad-except
            raised.append(error)
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if raised and not isinstance(raised[0], ProgramFailed):
        raise raised[0]
    return raised[0] if raised else None


# --- Programs -------------------------------------------------------------------------------------------------------

def run(program, write, interpreter=Interpreter):
    """Run a checked program on a new graph and a new thread; `write` takes what it prints. Returns the Outcome."""
    graph = tf.Graph()
    graph.switch_to_thread_local()
    outcome = Outcome(graph)
    if program.get("resource_variables", False):
        tf1.enable_resource_variables()
    else:
        tf1.disable_resource_variables()

    def work():
        with graph.as_default():
            if program.get("seed") is not None:
                tf1.set_random_seed(program["seed"])
            interpreter(outcome, write, outcome.bindings).block(program["body"], "/body")
    outcome.error = _on_new_thread(work)
    return outcome


def encode(outcome, ending):
    """The bytes of an output file."""
    if ending == ".pb":
        return outcome.graph_def().SerializeToString(deterministic=True)
    if ending == ".pbtxt":
        return text_format.MessageToString(outcome.graph_def()).encode()
    return outcome.meta_graph_def().SerializeToString(deterministic=True)


ENDINGS = (".pb", ".pbtxt", ".meta")


def _write_files(contents):
    """Write files, all of them or none."""
    temporary = {}
    try:
        for path, data in contents.items():
            handle, temporary[path] = tempfile.mkstemp(dir=os.path.dirname(path) or ".")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
        for path, name in temporary.items():
            os.replace(name, path)
    except OSError:
        for name in temporary.values():
            if os.path.exists(name):
                os.unlink(name)
        raise


def _contents(outcome, arguments):
    """What goes into which file."""
    contents = {}
    if arguments.report:
        contents[arguments.report] = (json.dumps(outcome.report(), indent=1) + "\n").encode()
    if outcome.error is None:
        for path in arguments.output:
            contents[path] = encode(outcome, os.path.splitext(path)[1])
    return contents


def _parse_arguments(argv):
    parser = argparse.ArgumentParser(description="Run a scope program in TensorFlow.")
    parser.add_argument("program")
    parser.add_argument("-o", "--output", action="append", default=[], help="a .pb, .pbtxt or .meta file")
    parser.add_argument("--report")
    arguments = parser.parse_args(argv)
    for path in arguments.output:
        if os.path.splitext(path)[1] not in ENDINGS:
            parser.error(f"{path}: must end in one of {', '.join(ENDINGS)}")
    return arguments


def main(argv):
    """The command. Returns the exit status."""
    arguments = _parse_arguments(argv)
    try:
        program = scope_program.load(arguments.program)
    except (scope_program.MalformedProgram, OSError) as error:
        print(f"{arguments.program}: {getattr(error, 'place', '')}: {error}", file=sys.stderr)
        return 2
    outcome = run(program, sys.stdout.write)
    sys.stdout.flush()
    try:
        _write_files(_contents(outcome, arguments))
    except OSError as error:
        print(f"{arguments.program}: {error}", file=sys.stderr)
        return 3
    if outcome.error is None:
        return 0
    message = str(outcome.error).partition("\n")[0]
    print(f"{arguments.program}: {outcome.error.path}: {outcome.error.code}: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
