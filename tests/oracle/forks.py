#!/usr/bin/env python3
"""Build random programs with forked workers by 1, 2, 4, 8 and 16 threads, and compare them with TensorFlow.

    forks.py --varscope PATH [--count N] [--seed S] [--repeat R] [PROGRAM.json ...]

The programs keep the rule of docs/threading.md: workers ask for a shared variable in the same way, and build in their own
name scopes. For each, all runs must write the same bytes, print and report the same, without a conflict; and the graph
must be the one that TensorFlow makes of the workers one after another, but for the seeds of random ops. Programs may be
given instead. S is random unless given, and printed. The last line counts.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

import compare
import tf_program
from tf_values import tf1

THREADS = (1, 2, 4, 8, 16)
OUTPUTS = ("a.pb", "a.meta", "a.report.json")


# --- Programs -------------------------------------------------------------------------------------------------------

SHARED = {
    "zeros": {"shape": [4, 3], "initializer": {"zeros": {}}},
    "ones": {"shape": [4, 3], "initializer": {"ones": {}}, "regularizer": {"l1": {"scale": 0.5}}},
    "normal": {"shape": [4, 3], "initializer": {"random_normal": {"stddev": 0.1}}},
    "seeded": {"shape": [4, 3], "initializer": {"random_uniform": {"seed": 5}}, "regularizer": {"none": {}}},
    "orthogonal": {"shape": [4, 3], "initializer": {"orthogonal": {}}},
    "value": {"initializer": [[1.0, 2.0, 3.0]] * 4, "trainable": False},
    "listed": {"shape": [4, 3], "initializer": {"zeros": {}}, "collections": ["listed", "variables"]},
    "cached": {"shape": [4, 3], "initializer": {"zeros": {}}, "caching_device": "/cpu:0"},
    "resource": {"shape": [4, 3], "use_resource": True},
    "default": {"shape": [4, 3]},
    "sliced": {"shape": [4, 3], "partitioner": {"fixed_size": {"num_shards": 2}}},
    "sliced_too": {"shape": [4, 3], "initializer": {"truncated_normal": {}},
                   "partitioner": {"min_max_variable": {"max_partitions": 3, "min_slice_size": 16}}},
}


class Writer:
    """Writes one program."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.bound = 0

    def program(self):
        """A program that forks once or twice, in a scope in which all may be reused."""
        scope = {"with": "variable_scope", "name_or_scope": "net", "reuse": "auto"}
        if self.random.random() < 0.5:
            scope["regularizer"] = {"l2": {"scale": 0.1}}
        if self.random.random() < 0.3:
            scope["initializer"] = {"glorot_normal": {}}
        body = self.some(self.parent_statement, 2)
        for _ in range(self.random.choice([1, 1, 2])):
            body += [self.fork(2), *self.some(self.parent_statement, 3)]
        return {"varscope": 1, "seed": self.random.choice([None, 7]),
                "resource_variables": self.random.random() < 0.2, "body": [{**scope, "body": body}]}

    def some(self, write, most):
        """Up to so many statements, or lists of them."""
        lists = [write() for _ in range(self.random.randint(0, most))]
        return [statement for statements in lists for statement in statements]

    def name(self):
        """A binding."""
        self.bound += 1
        return f"b{self.bound}"

    def fork(self, depth):
        """Workers, each with statements of its own."""
        count = self.random.randint(2, 6)
        return {"parallel": [self.worker(depth) for _ in range(count)],
                "fork": self.random.choice(["tower", "tower_%d", "t%d/x", "a"])}

    def worker(self, depth):
        """The statements of one."""
        statements = []
        for _ in range(self.random.randint(1, 8)):
            statements += self.statement(depth)
        return statements

    def statement(self, depth):
        """One statement, or a few that belong together."""
        write = self.random.choice([self.shared] * 6 + [self.op] * 3 + [self.scope, self.controlled, self.collected])
        if depth and self.random.random() < 0.1:
            return [self.fork(depth - 1)]
        return write(depth)

    def parent_statement(self):
        """What the thread that forks does before and after."""
        return self.random.choice([self.shared, self.op, self.collected])(0)

    def shared(self, _, name=None):
        """Get a variable, always in the way of its name, and use it."""
        name = name or self.random.choice(list(SHARED))
        binding, used = self.name(), self.name()
        get = {"call": "get_variable", "name": name, **SHARED[name], "as": binding}
        if "sliced" in name:
            return [get]
        return [get, {"call": "identity", "input": f"${binding}", "as": used},
                *([{"call": "multiply", "x": f"${used}", "y": 2.0}] if self.random.random() < 0.5 else [])]

    def op(self, _):
        """An op that needs nothing."""
        return [self.random.choice([
            {"call": "constant", "value": 1.5}, {"call": "no_op"}, {"call": "no_op", "name": "n"},
            {"call": "random_normal", "shape": [2]}, {"call": "random_uniform", "shape": [2], "seed": 3},
            {"call": "random_uniform", "shape": [2], "minval": 0, "maxval": 9, "dtype": "int32"}])]

    def scope(self, depth):
        """A scope around some statements."""
        body = self.statement(max(depth - 1, 0)) + self.statement(0)
        return [{**self.random.choice([
            {"with": "variable_scope", "name_or_scope": "sub"},
            {"with": "variable_scope", "name_or_scope": None, "default_name": "d"},
            {"with": "name_scope", "name": "n"}, {"with": "name_scope", "name": "scope"}]), "body": body}]

    def controlled(self, _):
        """Statements that wait for an op; the loss of a variable would, too."""
        first = self.name()
        return [{"call": "no_op", "as": first},
                {"with": "control_dependencies", "inputs": [f"${first}"], "body": self.shared(0, "seeded") + self.op(0)}]

    def collected(self, _):
        """A tensor in a collection."""
        first = self.name()
        return [{"call": "constant", "value": 1, "as": first},
                {"call": "add_to_collection", "name": self.random.choice(["x", "y"]), "value": f"${first}"}]


# --- Runs -----------------------------------------------------------------------------------------------------------

def build(varscope, path, threads):
    """The status, what was printed and said, and the outputs of one run."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in OUTPUTS]
        command = [varscope, "build", path, "-o", paths[0], "-o", paths[1], "--report", paths[2], "--threads", str(threads)]
        process = subprocess.run(command, capture_output=True, timeout=compare.TIMEOUT_SECONDS, check=False)
        outputs = []
        for name in paths:
            if os.path.exists(name):
                with open(name, "rb") as file:
                    outputs.append(file.read())
            else:
                outputs.append(None)
    return process.returncode, process.stdout, process.stderr, *outputs


def as_run(built):
    """The run as compare.py has it."""
    status, printed, said, graph, meta, report = built
    return compare.Run(status, printed.decode(), said.decode(), report=report and json.loads(report),
                       graph_def=graph and tf1.GraphDef.FromString(graph),
                       meta_graph_def=meta and tf1.MetaGraphDef.FromString(meta))


def without_seeds(run):
    """A run whose random ops have no seeds."""
    for graph in (run.graph_def, run.meta_graph_def and run.meta_graph_def.graph_def):
        for node in graph.node if graph else ():
            for key in ("seed", "seed2"):
                if key in node.attr:
                    node.attr[key].i = 0
    return run


def differences(varscope, path, repeat):
    """What is wrong with the builds of one program, and the number of its nodes."""
    with open(path, encoding="utf-8") as file:
        program = json.load(file)
    first, found = build(varscope, path, 1), []
    for threads in THREADS[1:] * repeat:
        for what, one, other in zip(("status", "output", "messages", *OUTPUTS), first, build(varscope, path, threads)):
            if one != other:
                found.append(f"{threads} threads: another {what}")
    if first[2]:
        found.append(first[2].decode())
    printed = []
    outcome = tf_program.run(program, printed.append)
    expected = compare.of_outcome(outcome, "".join(printed))
    nodes = len(expected.graph_def.node) if expected.graph_def else 0
    found += compare.differences(without_seeds(expected), without_seeds(as_run(first)))
    return found, nodes


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Build programs with forked workers under many schedules.")
    parser.add_argument("--varscope", required=True, type=os.path.abspath, help="the command to compare")
    parser.add_argument("--count", type=int, default=60, help="how many programs (60)")
    parser.add_argument("--repeat", type=int, default=1, help="how often with each number of threads (1)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9), help="which programs")
    parser.add_argument("programs", nargs="*", help="programs to take instead")
    arguments = parser.parse_args(argv)
    passed = failed = all_nodes = 0
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(0 if arguments.programs else arguments.count):
            path = os.path.join(folder, f"{number}.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(Writer(f"{arguments.seed}/{number}").program(), file)
            arguments.programs.append(path)
        for path in arguments.programs:
            found, nodes = differences(arguments.varscope, path, arguments.repeat)
            all_nodes += nodes
            passed, failed = passed + (not found), failed + bool(found)
            if found:
                print(f"{os.path.basename(path)}:\n" + "".join(f"  {line}\n" for line in found[:10]), end="")
                with open(path, encoding="utf-8") as file:
                    print(file.read(), flush=True)
    print(f"{all_nodes} nodes, {len(THREADS[1:]) * arguments.repeat + 1} builds of each program")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
