#!/usr/bin/env python3
"""What TensorFlow's variable store makes of threads that ask for one name at once.

    tensorflow_threads.py [--rounds N] [--threads N]

A round has a fresh graph and fresh threads. All enter variable scope "shared" and call get_variable("v", [2]), once. By
its documentation all get one variable under AUTO_REUSE; without reuse one creates it, and the others fail. Prints a
JSON object for each way of doing it:

    auto     reuse=tf.AUTO_REUSE, after Graph.switch_to_thread_local(): each thread has its own stacks of devices and
             control dependencies, without which most calls die in them
    create   reuse=False, likewise
    eager    as auto, and the interpreter switches threads every microsecond instead of every 5 ms
    plain    reuse=tf.AUTO_REUSE, with the graph as it comes
    locked   as plain, with a lock of the caller's around scope and call: shows that the counting is right

rounds_broken: not exactly one variable; variables: the mean number of a round; succeeded, refused (ValueError: the
variable exists) and died (any other exception): calls.
"""

import argparse
import contextlib
import json
import os
import sys
import threading

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
import tensorflow.compat.v1 as tf  # noqa: E402  pylint: disable=wrong-import-position

SWITCH_SECONDS = 0.005
WAYS = ("auto", "create", "eager", "plain", "locked")


class Round:
    """One graph, and threads that ask for one variable in it."""

    def __init__(self, way, threads):
        self.graph = tf.Graph()
        self.reuse = False if way == "create" else tf.AUTO_REUSE
        self.lock = threading.Lock() if way == "locked" else contextlib.nullcontext()
        if way not in ("plain", "locked"):
            self.graph.switch_to_thread_local()
        self.barrier = threading.Barrier(threads)
        self.variables = []
        self.refused = 0
        self.died = []
        self.counting = threading.Lock()

    def ask(self):
        """What a thread does."""
        self.barrier.wait()
        try:
            with self.lock, self.graph.as_default(), tf.variable_scope("shared", reuse=self.reuse):
                variable = tf.get_variable("v", [2])
            with self.counting:
                self.variables.append(variable)
        except ValueError:
            with self.counting:
                self.refused += 1
        except Exception as error:  # pylint: disable=broad-except
            with self.counting:
                self.died.append(f"{type(error).__name__}: {error}")

    def run(self, threads):
        """Run the threads. Returns how many variables there are now."""
        workers = [threading.Thread(target=self.ask) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        made = sum(operation.type == "VariableV2" for operation in self.graph.get_operations())
        return max(made, len({id(variable) for variable in self.variables}))


def measure(way, rounds, threads):
    """Run rounds. Returns what came of them."""
    sys.setswitchinterval(1e-6 if way == "eager" else SWITCH_SECONDS)
    result = {"version": tf.__version__, "way": way, "rounds": rounds, "threads": threads, "rounds_broken": 0,
              "variables": 0, "succeeded": 0, "refused": 0, "died": 0, "deaths": {}}
    for _ in range(rounds):
        one = Round(way, threads)
        variables = one.run(threads)
        result["rounds_broken"] += variables != 1
        result["variables"] += variables
        result["succeeded"] += len(one.variables)
        result["refused"] += one.refused
        result["died"] += len(one.died)
        for death in one.died:
            result["deaths"][death] = result["deaths"].get(death, 0) + 1
    result["variables"] = round(result["variables"] / rounds, 3)
    return result


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Count what TensorFlow's variable store does wrong on threads.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--threads", type=int, default=8)
    arguments = parser.parse_args(argv)
    tf.disable_v2_behavior()
    tf.disable_resource_variables()
    for way in WAYS:
        print(json.dumps(measure(way, arguments.rounds, arguments.threads)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
