#!/usr/bin/env python3
"""Check `varscope ops` against the data that the registry is made from, op by op.

    ops_test.py VARSCOPE ROOT

The last line counts; the exit status is 1 when an op differs.
"""

import json
import math
import os
import subprocess
import sys

sys.dont_write_bytecode = True

TIMEOUT_SECONDS = 60
# The words of REGISTER_OP for types, where the public API has others.
TYPE_NAMES = {"float": "float32", "double": "float64", "half": "float16"}
FLAGS = ("is_stateful", "is_commutative", "is_aggregate", "allows_uninitialized_input", "is_distributed_communication")


def run(varscope, *arguments):
    """The command's exit status and texts."""
    done = subprocess.run([varscope, "ops", *arguments], capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def type_name(name):
    """The API's name of a type."""
    return TYPE_NAMES.get(name, name)


def expected_arg(arg):
    """An argument as the command tells it."""
    told = {"name": arg.name}
    if arg.dtype:
        told["dtype"] = type_name(arg.dtype)
    told |= {key: getattr(arg, key) for key in ("type_attr", "number_attr", "type_list_attr") if getattr(arg, key)}
    return told | ({"is_ref": True} if arg.is_ref else {})


def expected_shape(shape):
    """A shape as the command tells it."""
    return None if shape == "unknown" else [None if dim < 0 else dim for dim in shape]


def expected_value(kind, value):
    """A default as the command tells it."""
    if kind == "float":
        return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    if kind == "tensor":
        return {"dtype": type_name(value.dtype), "shape": expected_shape(value.shape), "values": list(value.values)}
    convert = {"type": type_name, "shape": expected_shape, "string": bytes.decode}
    return convert.get(kind, lambda same: same)(value)


def expected_attr(attr):
    """An attribute as the command tells it."""
    told = {"name": attr.name, "type": f"list({attr.kind})" if attr.is_list else attr.kind}
    if attr.default is not None:
        told["default"] = ([expected_value(attr.kind, item) for item in attr.default] if attr.is_list
                           else expected_value(attr.kind, attr.default))
    if attr.minimum is not None:
        told["minimum"] = attr.minimum
    if attr.allowed:
        told["allowed"] = [type_name(item) if attr.kind == "type" else item.decode() for item in attr.allowed]
    return told


def same(told, expected):
    """Whether two values are equal, reals as float32."""
    if isinstance(expected, float) and isinstance(told, (int, float)):
        return math.isclose(told, expected, rel_tol=1e-6)
    if isinstance(expected, dict):
        return isinstance(told, dict) and told.keys() == expected.keys() and all(
            same(told[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        return isinstance(told, list) and len(told) == len(expected) and all(map(same, told, expected))
    return type(told) is type(expected) and told == expected


def check_op(told, op):
    """What is wrong with one op, as lines."""
    expected = {"name": op.name, "inputs": [expected_arg(arg) for arg in op.inputs],
                "outputs": [expected_arg(arg) for arg in op.outputs], "attrs": [expected_attr(attr) for attr in op.attrs]}
    found = [f"{key}: {told.get(key)}, not {expected[key]}" for key in expected
             if not same(told.get(key), expected[key])]
    found += [f"{flag}: {told.get(flag)}" for flag in FLAGS if told.get(flag, False) != (flag in op.flags)]
    if ("deprecation" in told) != (op.deprecation is not None):
        found.append("deprecation")
    return found


def check_command(varscope):
    """What is wrong with what a person sees, as lines."""
    found = []

    def expect(what, condition):
        if not condition:
            found.append(what)
    status, out, _ = run(varscope)
    expect("a line for each op", status == 0 and "AddV2(x: T, y: T) -> z: T\n" in out)
    status, out, _ = run(varscope, "MaxPool")
    for line in ("  input      input: T", "  attribute  strides: list(int), at least 4 of them",
                 "  attribute  padding: string, one of SAME VALID EXPLICIT", "  is         its shapes are inferred",
                 '  attribute  data_format: string, one of NHWC NCHW NCHW_VECT_C; "NHWC" unless given'):
        expect(f"MaxPool: {line}", line in out.splitlines())
    status, out, _ = run(varscope, "ScatterUpd*", "Split")
    expect("patterns and names", out.splitlines()[0] == "ScatterUpdate(ref: Ref(T), indices: Tindices, updates: T) "
           "-> output_ref: Ref(T)" and "Split(split_dim: int32, value: T) -> output: num_split * T" in out)
    status, out, _ = run(varscope, "VarHandle")
    expect("the beginning of a name", status == 0 and out.startswith("VarHandleOp("))
    status, out, err = run(varscope, "Tanhh")
    expect("a name that is misspelt", (status, out) == (1, "") and "no op Tanhh: did you mean Tanh?" in err)
    status, out, err = run(varscope, "qqqqqqqqqqqqqqqq")
    expect("a name near to none", (status, out) == (1, "") and err == "varscope: there is no op qqqqqqqqqqqqqqqq\n")
    status, out, err = run(varscope, "--what")
    expect("an unknown option", (status, out) == (2, "") and "help ops" in err)
    status, out, _ = run(varscope, "--help")
    expect("help", status == 0 and "varscope ops [NAME]" in out)
    return found


def main(argv):
    """Check the command."""
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    varscope, root = argv
    sys.path.insert(0, os.path.join(root, "src", "graph"))
    import gen_op_registry as generator  # pylint: disable=import-outside-toplevel
    with open(os.path.join(root, "data", "ops.txt"), encoding="utf-8") as file:
        ops = generator.parse(file.read()).ops
    told = {op["name"]: op for op in json.loads(run(varscope, "--json")[1])}
    results = {op.name: check_op(told[op.name], op) if op.name in told else ["missing"] for op in ops}
    results["the number of ops"] = [] if len(told) == len(ops) else [f"{len(told)}, not {len(ops)}"]
    results["the command"] = check_command(varscope)
    for name, wrong in results.items():
        for line in wrong:
            print(f"{name}: {line}")
    failed = sum(1 for wrong in results.values() if wrong)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
