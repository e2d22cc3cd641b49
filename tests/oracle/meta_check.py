#!/usr/bin/env python3
"""Check that TensorFlow takes the files that varscope writes: loads them, runs them, and writes them back the same.

    meta_check.py --varscope PATH [--first N] PROGRAM.json|FOLDER ...

Each program is run in TensorFlow, in one of several processes, and by `PATH build` into a .pb, a .pbtxt and a .meta
file. Then:

- the .pbtxt is the text of the .pb, byte for byte, and is read back as the same message;
- import_graph_def takes the .pb, and makes of it what it makes of TensorFlow's own GraphDef;
- import_meta_graph takes the .meta, with variables of the same kinds, names, shapes and slices as in the program's own
  graph; and what export_meta_graph then writes has the same collections, as has what it writes of the own graph;
- what both graphs come to is the same: initial values of variables first, and then, from given initial values and fed
  placeholders, everything that nothing else takes. What cannot run (no such device, no kernel) must not run in either;
  of what is drawn at random only types and shapes are compared;
- the program's own initializing op leaves no variable uninitialized, and each variable's can run first of all.

Programs listed in `exceptions.json`, and those that fail, are passed over. The last line counts; the exit status is 1
when a check of a program failed.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy

import record
import scope_program
import tf_program
from tf_values import tf, tf1
from workers import Workers
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorflow.core.framework import variable_pb2
from tensorflow.python.framework import ops

TIMEOUT_SECONDS = 120
ENDINGS = (".pb", ".pbtxt", ".meta")
UNKNOWN_SIZE = 2
NO_FILES = "no files"


class Files:
    """What varscope made of a program."""

    def __init__(self, varscope, path):
        with tempfile.TemporaryDirectory() as folder:
            names = [os.path.join(folder, "a" + ending) for ending in ENDINGS]
            outputs = [word for name in names for word in ("-o", name)]
            process = subprocess.run([varscope, "build", path, *outputs, "--threads", "1"], capture_output=True,
                                     timeout=TIMEOUT_SECONDS, check=False)
            self.status = process.returncode
            self.message = process.stderr.decode("utf-8", "replace")
            if self.status == 0:
                self.graph, self.text, self.meta = (_read(name) for name in names)


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _unequal(what, expected, actual):
    return [] if expected == actual else [f"{what}: {expected!r} expected, here {actual!r}"]


def _can_be_imported(outcome):
    """Whether TensorFlow reads what it writes itself. Not where a node is colocated with one that was never made, or a
    collection names a partitioned variable."""
    try:
        with tf.Graph().as_default():
            tf1.train.import_meta_graph(outcome.meta_graph_def())
        return True
    except (ValueError, KeyError):
        return False


def _bytes(message):
    return message.SerializeToString(deterministic=True)


# --- The files ------------------------------------------------------------------------------------------------------

def check_text(files):
    """The two forms of the graph are one message."""
    graph_def = tf1.GraphDef.FromString(files.graph)
    found = []
    if text_format.MessageToString(graph_def).encode() != files.text:
        found.append("text: not as TensorFlow prints it")
    if _bytes(text_format.Parse(files.text.decode(), tf1.GraphDef())) != _bytes(graph_def):
        found.append("text: not read back as the same graph")
    return found


def check_graph(outcome, files):
    """TensorFlow imports the GraphDef as it imports its own."""
    return _graph_differences(_imported(outcome.graph_def()), _imported(tf1.GraphDef.FromString(files.graph)))


def _imported(graph_def):
    """A GraphDef after its import, which gives nodes the devices of what they are colocated with."""
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
    graph_def = graph.as_graph_def()
    graph_def.ClearField("library")
    return graph_def


def _graph_differences(expected, actual):
    found = _unequal("imported: nodes", sorted(node.name for node in expected.node),
                     sorted(node.name for node in actual.node))
    nodes = {node.name: node for node in actual.node}
    for node in expected.node:
        if node.name in nodes and _bytes(node) != _bytes(nodes[node.name]):
            found += _unequal(f"imported: node {node.name}", text_format.MessageToString(node, as_one_line=True),
                              text_format.MessageToString(nodes[node.name], as_one_line=True))
    return found


def collections_of(meta_graph_def):
    """The collections of a MetaGraphDef: key -> text, packed messages unpacked."""
    return {key: _collection_text(key, value) for key, value in meta_graph_def.collection_def.items()}


def _collection_text(key, collection):
    if ops.get_collection_proto_type(key) is not variable_pb2.VariableDef:
        return text_format.MessageToString(collection, as_one_line=True)
    return [text_format.MessageToString(variable_pb2.VariableDef.FromString(data), as_one_line=True)
            for data in collection.bytes_list.value]


def _describe(variable):
    """What TensorFlow knows of a variable that came from a VariableDef."""
    part = variable._get_save_slice_info()  # pylint: disable=protected-access
    return (type(variable).__name__, variable.name, variable.dtype.name, str(variable.shape), variable.trainable,
            variable.synchronization.name, variable.aggregation.name,
            variable.initial_value.name, variable.initializer.name,
            part and (part.full_name, part.spec))


VARIABLES = ("variables", "trainable_variables", "local_variables", "model_variables")


def check_collections(outcome, files):
    """The MetaGraphDef holds the graph of the .pb, and the collections that TensorFlow writes."""
    meta = tf1.MetaGraphDef.FromString(files.meta)
    return (_unequal("meta: graph", _bytes(tf1.GraphDef.FromString(files.graph)), _bytes(meta.graph_def)) +
            _collection_differences("in TensorFlow", outcome.meta_graph_def(), meta))


def _collection_differences(where, expected, actual):
    expected, actual = collections_of(expected), collections_of(actual)
    return [line for key in sorted({*expected, *actual})
            for line in _unequal(f"meta: collection {key}, as {where}", expected.get(key), actual.get(key))]


def check_meta(outcome, files):
    """TensorFlow imports the MetaGraphDef, has the same variables, and exports the same collections."""
    meta = tf1.MetaGraphDef.FromString(files.meta)
    with tf.Graph().as_default() as graph:
        tf1.train.import_meta_graph(meta)
        found = _collection_differences("exported again", tf1.train.export_meta_graph(graph=graph), meta)
    for key in VARIABLES:
        if key in meta.collection_def:
            found += _unequal(f"meta: variables in {key}", [_describe(v) for v in outcome.graph.get_collection(key)],
                              [_describe(v) for v in graph.get_collection(key)])
    return found


# --- Running --------------------------------------------------------------------------------------------------------

def _filled(dtype, shape, start):
    """Some values of a type, the same at each call, as an array; None of a type that has none."""
    sizes = [UNKNOWN_SIZE if size is None else size for size in shape.as_list()] if shape.rank is not None else []
    count = int(numpy.prod(sizes))
    if dtype == tf.string:
        return numpy.array([f"text {start + i}" for i in range(count)], dtype=object).reshape(sizes)
    if dtype in (tf.resource, tf.variant):
        return None
    if dtype == tf.bool:
        return (numpy.arange(count) % 2 == 0).reshape(sizes)
    values = (numpy.arange(count) * 7 + start) % 11
    if dtype.is_floating or dtype.is_complex:
        values = values / 11
    return values.astype(dtype.as_numpy_dtype).reshape(sizes)


def _feeds(graph):
    """A value for each placeholder."""
    feeds = {}
    for number, node in enumerate(op for op in graph.get_operations() if op.type == "Placeholder"):
        value = _filled(node.outputs[0].dtype, node.outputs[0].shape, number)
        if value is not None:
            feeds[node.outputs[0].name] = value
    return feeds


def _variables_of(graph):
    found = {}
    for key in VARIABLES:
        for item in graph.get_collection(key):
            if hasattr(item, "initializer"):
                found[item.name] = item
    return [found[name] for name in sorted(found)]


def _given_values(graph):
    """An initial value for each variable: name of the tensor -> array."""
    tensors = [variable.initializer.inputs[1] for variable in _variables_of(graph)]
    return {tensor.name: _filled(tensor.dtype.base_dtype, tensor.shape, number)
            for number, tensor in enumerate(tensors)}


def _random_nodes(graph):
    """The names of the nodes whose values are drawn without a seed, and of what depends on them."""
    drawn = set()
    for node in graph.get_operations():
        attrs = node.node_def.attr
        unseeded = "seed2" in attrs and not attrs["seed"].i and not attrs["seed2"].i
        if unseeded or any(tensor.op.name in drawn for tensor in node.inputs):
            drawn.add(node.name)
    return drawn


def _results(graph, names):
    """What initial values, and all nodes that no other one takes, come to: name -> value, or the kind of failure."""
    drawn, feeds, results = _random_nodes(graph), _feeds(graph), {}
    with tf1.Session(graph=graph, config=tf1.ConfigProto(allow_soft_placement=True)) as session:
        for name in _given_values(graph):
            tensor = graph.get_tensor_by_name(name)
            results["initial " + name] = _result(session, tensor, feeds, tensor.op.name in drawn)
        feeds.update(_given_values(graph))
        for variable in _variables_of(graph):
            results["given to " + variable.name] = _result(session, variable.initializer, feeds, False)
        for node in map(graph.get_operation_by_name, sorted(names)):
            for tensor in node.outputs:
                if (node.type not in ("Placeholder", "VariableV2", "VarHandleOp") and
                        not any(consumer.name in names for consumer in tensor.consumers())):
                    results[tensor.name] = _result(session, tensor, feeds, node.name in drawn)
            if not node.outputs:
                results[node.name] = _result(session, node, feeds, False)
    return results


def _result(session, fetch, feeds, is_drawn):
    try:
        value = session.run(fetch, feeds)
    except (tf.errors.OpError, ValueError, TypeError) as error:
        return type(error).__name__
    if value is None:
        return "ran"
    value = numpy.asarray(value)
    return (value.dtype.name, value.shape, None if is_drawn else value.tolist())


def check_run(outcome, files):
    """The imported graph computes what the program's own graph does."""
    names = {node.name for node in tf1.GraphDef.FromString(files.graph).node} # the import adds a Saver's nodes
    with tf.Graph().as_default() as graph:
        tf1.train.import_meta_graph(tf1.MetaGraphDef.FromString(files.meta))
    missing = sorted(names - {node.name for node in outcome.graph.get_operations()})
    if missing:
        return _unequal("run: nodes that are not in TensorFlow's graph", [], missing)
    expected, actual = _results(outcome.graph, names), _results(graph, names)
    found = []
    for name in sorted({*expected, *actual}):
        if repr(expected.get(name)) != repr(actual.get(name)): # NaN is NaN
            found.append(f"run: {name} is {str(expected.get(name))[:200]} in TensorFlow, here "
                         f"{str(actual.get(name))[:200]}")
    return found


NOT_HERE = ("Cannot assign a device", "No OpKernel was registered", "Could not satisfy")


def check_initializers(files):
    """The program's own initializing op runs, and then no variable is uninitialized."""
    with tf.Graph().as_default() as graph:
        tf1.train.import_meta_graph(tf1.MetaGraphDef.FromString(files.meta))
        places = {node.name: place for place, node in enumerate(graph.get_operations())}
        if "init" not in places:
            return []
        variables = [v for v in tf1.global_variables() if places[v.initializer.name] < places["init"]]
        missing = tf1.report_uninitialized_variables(variables) if variables else tf.constant([], tf.string)
        with tf1.Session(config=tf1.ConfigProto(allow_soft_placement=True)) as session:
            try:
                session.run("init", _feeds(graph))
                return _unequal("init: uninitialized", [], session.run(missing).tolist())
            except tf.errors.OpError as error:
                return [] if any(text in str(error) for text in NOT_HERE) else [f"init: {error}"]


def _initializer_errors(graph, in_order):
    """What initializers of variables fail of, each run by itself, where none was run before: name -> error."""
    feeds, errors = _feeds(graph), {}
    with graph.as_default(), tf1.Session(config=tf1.ConfigProto(allow_soft_placement=True)) as session:
        for variable in in_order(tf1.global_variables() + tf1.local_variables()):
            try:
                session.run(variable.initializer, feeds)
            except tf.errors.OpError as error:
                errors[variable.name] = str(error)
    return errors


def check_any_order(outcome, files):
    """Each variable's initializer runs where none was run before, the last one first; save those that fail in
    TensorFlow's own graph, where all variables before have values."""
    with tf.Graph().as_default() as graph:
        tf1.train.import_meta_graph(tf1.MetaGraphDef.FromString(files.meta))
    errors = _initializer_errors(graph, reversed)
    excused = _initializer_errors(outcome.graph, iter) if errors else {}
    return [f"initialized first: {name}: {error}" for name, error in errors.items() if name not in excused]


# --- The command ----------------------------------------------------------------------------------------------------

def check(task):
    """What is wrong with the files of a program; NO_FILES when it makes none."""
    varscope, path = task
    try:
        outcome = tf_program.run(scope_program.load(path), lambda text: None)
    except scope_program.MalformedProgram:
        return NO_FILES
    if outcome.error is not None:
        return NO_FILES
    files = Files(varscope, path)
    if files.status != 0:
        return [f"varscope build: {files.message.strip()}"]
    try:
        found = check_text(files) + check_collections(outcome, files)
        if _can_be_imported(outcome):
            found += (check_graph(outcome, files) + check_meta(outcome, files) + check_run(outcome, files) +
                      check_initializers(files) + check_any_order(outcome, files))
        return found
    except (DecodeError, text_format.ParseError, ValueError, KeyError, TypeError, tf.errors.OpError) as error:
        return [f"{type(error).__name__}: {error}"]


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Check that TensorFlow takes what varscope writes.")
    parser.add_argument("--varscope", required=True, help="the command to check")
    parser.add_argument("--first", type=int, default=10, help="how many faults of a program to show (10)")
    parser.add_argument("programs", nargs="+", help="scope programs, or folders of them")
    arguments = parser.parse_args(argv)
    exceptions = record.exceptions()
    tasks = [(arguments.varscope, path) for path in record.find_programs(arguments.programs)
             if record.repository_path(path) not in exceptions]
    counts = {True: 0, False: 0}
    for (_, path), found in Workers(os.cpu_count()).results(check, tasks, TIMEOUT_SECONDS):
        if found == NO_FILES:
            continue
        if found is None:
            found = ["the process ended, in TensorFlow or by a fault of this check"]
        counts[not found] += 1
        if found:
            print(f"{path}: {len(found)} faults")
            print("".join(f"  {line}\n" for line in found[:arguments.first]), end="", flush=True)
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
