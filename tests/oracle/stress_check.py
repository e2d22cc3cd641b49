#!/usr/bin/env python3
"""Let TensorFlow load and run what the threads of `varscope stress` built.

    stress_check.py --varscope PATH [--runs N]

Each run builds one graph with 8 threads. TensorFlow must import its GraphDef and its MetaGraphDef, find as many nodes
and variables as the stress test counted, initialize the variables, and leave none without a value. The last line
counts; the exit status is 1 when a run failed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

from tf_values import tf1

TIMEOUT_SECONDS = 120


def build(varscope, path, seed):
    """Let threads build a graph. Returns the stress test's report."""
    command = [varscope, "stress", "--rounds", "1", "--graphs", "1", "--seed", str(seed), "-o", path, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=TIMEOUT_SECONDS, check=True)
    return json.loads(done.stdout)


def complaint(report, path):
    """What is wrong with a graph, or None."""
    meta_graph = tf1.MetaGraphDef()
    with open(path, "rb") as file:
        meta_graph.ParseFromString(file.read())
    with tf1.Graph().as_default() as plain:
        tf1.import_graph_def(meta_graph.graph_def, name="")
        if len(plain.get_operations()) != report["nodes"]:
            return f"{len(plain.get_operations())} nodes, not {report['nodes']}"
    graph = tf1.Graph()
    with graph.as_default(), tf1.Session(graph=graph) as session:
        tf1.train.import_meta_graph(meta_graph)
        variables = tf1.global_variables()
        if len({variable.name for variable in variables}) != report["variables"]:
            return f"{len(variables)} variables, not {report['variables']}"
        session.run([variable.initializer for variable in variables])
        missing = session.run(tf1.report_uninitialized_variables(variables))
        if missing.size:
            return f"{missing.size} variables have no value"
        losses = tf1.get_collection(tf1.GraphKeys.REGULARIZATION_LOSSES)
        if not losses or session.run(tf1.add_n(losses)) != 0:
            return "the losses are not those of zeros"
    return None


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Let TensorFlow load what the stress test built.")
    parser.add_argument("--varscope", required=True)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args(argv)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(arguments.runs):
            path = os.path.join(folder, f"{seed}.meta")
            wrong = complaint(build(arguments.varscope, path, seed), path)
            failed += wrong is not None
            print(f"seed {seed}: {wrong or 'ok'}")
    print(f"{arguments.runs - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
