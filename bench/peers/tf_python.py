#!/usr/bin/env python3
"""What TensorFlow's Python needs for the rows of bench/micro: the same ids and units, and the same JSON.

    tf_python.py [--repeats N] [ROW-PREFIX ...]

Needs tensorflow 2.21. Each figure is the median of several batches in one process, on one thread unless the row says
otherwise.
"""

import argparse
import gc
import json
import os
import statistics
import sys
import threading
import time

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="")
import tensorflow.compat.v1 as tf  # noqa: E402  pylint: disable=wrong-import-position

tf.disable_v2_behavior()
tf.disable_resource_variables()

ROWS = {}


def row(name, unit, what):
    """Register a function of the number of repeats that returns the values of a row."""
    def register(function):
        ROWS[name] = (unit, what, function)
        return function
    return register


def nanoseconds(calls, function):
    """What one of so many calls, made by `function`, takes."""
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) / calls * 1e9


def inputs():
    """Two tensors of shape [8, 8]."""
    return [tf.placeholder(tf.float32, [8, 8], name) for name in "xy"]


def add_chain(x, y, count):
    """Nodes AddV2, each of the one before and y."""
    for _ in range(count):
        x = tf.raw_ops.AddV2(x=x, y=y)


@row("node", "ns", "AddV2 of two tensors, its name made unique")
def measure_node(repeats):
    with tf.Graph().as_default():
        x, y = inputs()
        add_chain(x, y, 200)
        return [nanoseconds(2000, lambda: add_chain(x, y, 2000)) for _ in range(repeats)]


def resident_bytes():
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@row("node.resident", "bytes", "resident memory a node")
def measure_resident(repeats):
    del repeats
    graph, count = tf.Graph(), 20000
    with graph.as_default():
        x, y = inputs()
        add_chain(x, y, 1000)
        before = resident_bytes()
        add_chain(x, y, count)
        return [(resident_bytes() - before) / count]


def zeros(name):
    return tf.get_variable(name, [8, 8], tf.float32, tf.zeros_initializer())


@row("created", "ns", "get_variable that creates: zeros, 4 nodes")
def measure_created(repeats):
    values = []
    for _ in range(repeats):
        with tf.Graph().as_default(), tf.variable_scope("model/layer_7/dense"):
            values.append(nanoseconds(300, lambda: [zeros(f"kernel_{i}") for i in range(300)]))
    return values


@row("found.1e4", "ns", "get_variable that finds, 10,000 names")
def measure_found(repeats):
    with tf.Graph().as_default():
        with tf.variable_scope("s"):
            for i in range(10000):
                zeros(f"v{i}")
        with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
            names = [f"v{i * 7919 % 10000}" for i in range(2000)]
            return [nanoseconds(len(names), lambda: [zeros(name) for name in names]) for _ in range(repeats)]


def enter(manager, count):
    for _ in range(count):
        with manager("dense"):
            pass


@row("variable_scope", "ns", "variable_scope in and out")
def measure_variable_scope(repeats):
    with tf.Graph().as_default():
        return [nanoseconds(2000, lambda: enter(tf.variable_scope, 2000)) for _ in range(repeats)]


@row("name_scope", "ns", "name_scope in and out")
def measure_name_scope(repeats):
    with tf.Graph().as_default():
        return [nanoseconds(5000, lambda: enter(tf.name_scope, 5000)) for _ in range(repeats)]


def default_names(count):
    for _ in range(count):
        with tf.variable_scope(None, default_name="dense"):
            pass


def measure_default_names(count, repeats):
    values = []
    for _ in range(repeats):
        with tf.Graph().as_default():
            values.append(nanoseconds(count, lambda: default_names(count)))
    return values


for _id, _count in (("1e2", 100), ("1e3", 1000), ("1e4", 10000)):
    row(f"default_name.{_id}", "ns", f"variable_scope(None, default_name), {_count:,} times: each call")(
        lambda repeats, count=_count: measure_default_names(count, repeats if count < 10000 else 1))


@row("export", "ns", "GraphDef out: as_graph_def and SerializeToString, a node")
def measure_export(repeats):
    graph, count = tf.Graph(), 20000
    with graph.as_default():
        add_chain(*inputs(), count)
    return [nanoseconds(count, lambda: graph.as_graph_def().SerializeToString()) for _ in range(repeats)]


def build_towers(threads, count):
    """Nodes by several threads, each in a name scope of its own."""
    graph = tf.Graph()
    barrier = threading.Barrier(threads + 1)

    def work(index):
        with graph.as_default(), tf.name_scope(f"tower_{index}"):
            x, y = inputs()
            barrier.wait()
            add_chain(x, y, count // threads)
    workers = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    start = time.perf_counter()
    for worker in workers:
        worker.join()
    return (time.perf_counter() - start) / count * 1e9


for _threads in (1, 2):
    row(f"towers.t{_threads}", "ns", f"nodes in scopes of their own from {_threads} threads: wall time a node")(
        lambda repeats, threads=_threads: [build_towers(threads, 4000) for _ in range(repeats)])


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="TensorFlow's Python in the rows of bench/micro.")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="rows whose ids begin so; all unless given")
    arguments = parser.parse_args(argv)
    result = []
    for name, (unit, what, function) in ROWS.items():
        if arguments.rows and not name.startswith(tuple(arguments.rows)):
            continue
        values = function(arguments.repeats)
        result.append({"id": name, "unit": unit, "median": statistics.median(values), "least": min(values),
                       "most": max(values), "what": what})
    json.dump(result, sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
