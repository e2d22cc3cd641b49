#!/usr/bin/env python3
"""Compare the outputs of `varscope build` with those of TensorFlow, program by program.

    compare.py --varscope PATH [--first N] PROGRAM.json|FOLDER ...

Each program is run in TensorFlow, in this process, and by `PATH build ... --threads 1`. Compared are the exit status;
the printed text; each node's name, op, inputs, device and attributes (tensors by their bits, whatever their encoding;
an attribute that is left out is not the same as its default); the order of the nodes; the collections of report and
MetaGraphDef; the failures, caught and not, by place and code; the results; for a document that is not a scope program,
that the message names the place. Programs listed in `exceptions.json` are passed over. The last line counts; the exit
status is 1 when a program differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import record
import scope_program
import tf_program
from tf_values import tf, tf1
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorflow.python.framework import ops

TIMEOUT_SECONDS = 20  # less than a worker of fuzz.py has


class Run:
    """What one side made of a program: exit status, printed text, message, and, if there are, report and graphs."""

    def __init__(self, status, printed, message="", *, report=None, graph_def=None, meta_graph_def=None):
        self.status = status
        self.printed = printed
        self.message = message
        self.report = report
        self.graph_def = graph_def
        self.meta_graph_def = meta_graph_def


def run_tensorflow(path):
    """Run a program in TensorFlow."""
    try:
        program = scope_program.load(path)
    except scope_program.MalformedProgram as fault:
        return Run(2, "", "" if isinstance(fault, scope_program.MalformedJson) else fault.place)
    printed = []
    outcome = tf_program.run(program, printed.append)
    return of_outcome(outcome, "".join(printed))


def of_outcome(outcome, printed):
    """The Run of a program that has been run in TensorFlow."""
    if outcome.error is not None:
        return Run(1, printed, report=outcome.report())
    return Run(0, printed, report=outcome.report(), graph_def=outcome.graph_def(),
               meta_graph_def=_meta_graph_def(outcome))


def _meta_graph_def(outcome):
    """TensorFlow's MetaGraphDef; None where it cannot write one, as when a collection of variables holds a string."""
    try:
        return outcome.meta_graph_def()
    except (AttributeError, TypeError, ValueError):
        return None


def run_varscope(varscope, path):
    """Run a program with the command `varscope`."""
    with tempfile.TemporaryDirectory() as folder:
        graph, meta, report = (os.path.join(folder, name) for name in ("a.pb", "a.meta", "a.report.json"))
        command = [varscope, "build", path, "-o", graph, "-o", meta, "--report", report, "--threads", "1"]
        process = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        printed, errors = (text.decode("utf-8", "replace") for text in (process.stdout, process.stderr))
        return Run(process.returncode, printed, errors, report=_read_json(report),
                   graph_def=_read_message(graph, tf1.GraphDef()),
                   meta_graph_def=_read_message(meta, tf1.MetaGraphDef()))


def _read_json(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _read_message(path, target):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        target.ParseFromString(file.read())
    return target


# --- Differences ----------------------------------------------------------------------------------------------------

def differences(expected, actual):
    """All differences between two runs, as lines to read."""
    found = _unequal("exit status", expected.status, actual.status)
    found += _unequal("printed", expected.printed, actual.printed)
    if expected.message not in actual.message:
        found.append(f"message: does not name {expected.message}")
    if expected.report is not None:
        found += _report_differences(record.comparable_report(expected.report), actual.report)
    if expected.graph_def is not None:
        found += _graph_differences(expected.graph_def, actual.graph_def)
    if expected.meta_graph_def is not None:
        found += _meta_differences(expected.meta_graph_def, actual)
    return found


def _unequal(what, expected, actual):
    return [] if expected == actual else [f"{what}: {_show(expected)} in TensorFlow, here {_show(actual)}"]


def _show(value):
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _report_differences(expected, actual):
    if actual is None:
        return ["no report"]
    try:
        actual = record.comparable_report(actual)
    except (KeyError, TypeError) as error:
        return [f"the report has not the form it should have: {error!r}"]
    found = _unequal("report: error", expected["error"], actual["error"])
    found += _unequal("report: caught", expected["caught"], actual["caught"])
    for part in ("collections", "results"):
        for key in _keys(expected[part], actual[part]):
            found += _unequal(f"report: {part}: {key}", expected[part].get(key), actual[part].get(key))
    return found


def _keys(expected, actual):
    """The keys of two mappings, each once, the expected ones first."""
    return list(dict.fromkeys([*expected, *actual]))


def _graph_differences(expected, actual):
    if actual is None:
        return ["no graph"]
    found = _unequal("producer", expected.versions.producer, actual.versions.producer)
    here, there = ({node.name: node for node in graph.node} for graph in (actual, expected))
    found += [f"node {name}: missing" for name in there if name not in here]
    found += [f"node {name}: not in TensorFlow" for name in here if name not in there]
    if not found:
        found += _order_differences(list(there), [node.name for node in actual.node])
    for name in there:
        if name in here:
            found += _node_differences(f"node {name}", there[name], here[name])
    return found


def _order_differences(expected, actual):
    for index, (there, here) in enumerate(zip(expected, actual)):
        if there != here:
            return [f"order: node {index} is {there} in TensorFlow, here {here}"]
    return [] if len(expected) == len(actual) else [f"order: a node is there twice"]


def _node_differences(where, expected, actual):
    found = _unequal(f"{where}: op", expected.op, actual.op)
    found += _unequal(f"{where}: inputs", list(expected.input), list(actual.input))
    found += _unequal(f"{where}: device", expected.device, actual.device)
    for key in _keys(expected.attr, actual.attr):
        there, here = (node.attr[key] if key in node.attr else None for node in (expected, actual))
        if _attribute_bits(there) != _attribute_bits(here):
            found.append(f"{where}: attribute {key}: {_attribute_text(there)} in TensorFlow, here "
                         f"{_attribute_text(here)}")
    return found


def _attribute_bits(attribute):
    """An attribute in a form that is equal when its value is."""
    if attribute is None:
        return None
    if attribute.HasField("tensor"):
        return _tensor_bits(attribute.tensor)
    if attribute.list.tensor:
        return [_tensor_bits(tensor) for tensor in attribute.list.tensor]
    return attribute.SerializeToString(deterministic=True)


def _tensor_bits(tensor):
    dtype = tf.as_dtype(tensor.dtype)
    if dtype == tf.string or dtype.is_quantized:  # of which TensorFlow writes one even where the shape has none
        return tensor.SerializeToString(deterministic=True)
    array = tf.make_ndarray(tensor)
    values = array.tolist() if array.dtype == object else array.tobytes()
    return tensor.dtype, tensor.tensor_shape.SerializeToString(deterministic=True), array.shape, values


def _attribute_text(attribute):
    return "nothing" if attribute is None else text_format.MessageToString(attribute, as_one_line=True)


def _without_shapes(graph_def):
    """The graph of a MetaGraphDef as it is in a GraphDef: without the shapes that TensorFlow adds to the nodes."""
    for node in graph_def.node:
        node.attr.pop("_output_shapes", None)
    return graph_def


def _meta_differences(expected, actual):
    """Differences of the collections from TensorFlow's, and of the graph from the one in the GraphDef beside it."""
    meta = actual.meta_graph_def
    if meta is None:
        return ["meta: no file"]
    found = [f"meta: {line}" for line in _graph_differences(actual.graph_def, _without_shapes(meta.graph_def))]
    for key in _keys(expected.collection_def, meta.collection_def):
        there, here = (_collection_text(key, side.collection_def[key]) if key in side.collection_def else None
                       for side in (expected, meta))
        found += _unequal(f"meta: collection {key}", there, here)
    return found


def _collection_text(key, collection):
    """A CollectionDef to read: the messages in it, of a kind that TensorFlow knows by the key, as text."""
    kind = ops.get_collection_proto_type(key)
    if kind is None or not collection.bytes_list.value:
        return text_format.MessageToString(collection, as_one_line=True)
    try:
        return [text_format.MessageToString(kind.FromString(data), as_one_line=True)
                for data in collection.bytes_list.value]
    except DecodeError as error:
        return f"unreadable: {error}"


# --- The command ----------------------------------------------------------------------------------------------------

def compare(varscope, path, expected=None):
    """The differences for one program; `expected` is TensorFlow's Run of it, if there is one already."""
    expected = expected or run_tensorflow(path)
    try:
        return differences(expected, run_varscope(varscope, path))
    except subprocess.TimeoutExpired:
        return [f"varscope took more than {TIMEOUT_SECONDS} s"]
    except (DecodeError, ValueError) as error:
        return [f"unreadable output: {error}"]


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Compare varscope with TensorFlow.")
    parser.add_argument("--varscope", required=True, help="the command to compare")
    parser.add_argument("--first", type=int, default=20, help="how many differences of a program to show (20)")
    parser.add_argument("programs", nargs="+", help="scope programs, or folders of them")
    arguments = parser.parse_args(argv)
    exceptions = record.exceptions()
    counts = {True: 0, False: 0}
    for path in record.find_programs(arguments.programs):
        if record.repository_path(path) in exceptions:
            continue
        found = compare(arguments.varscope, path)
        counts[not found] += 1
        if found:
            print(f"{path}: {len(found)} differences")
            print("".join(f"  {line}\n" for line in found[:arguments.first]), end="", flush=True)
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
