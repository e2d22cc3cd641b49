#!/usr/bin/env python3
"""Record what protobuf's text form looks like: messages of TensorFlow's, printed by protobuf's own printer.

    record_text_format.py [--check] [DIRECTORY]

Writes, for each case below, MESSAGE.CASE.pb (wire form) and MESSAGE.CASE.pbtxt (its text form) to DIRECTORY
(by default tests/data/text_format), for tests/unit/io/text_format_test.c. With --check nothing is written;
exit status 1 if what would be written differs from what is there. Every run records the same: random numbers
are seeded. Needs the packages tensorflow and protobuf.
"""
import argparse
import pathlib
import random
import struct
import sys

import tf_environment  # noqa: F401
from google.protobuf import text_format
from tensorflow.core.framework import attr_value_pb2, graph_pb2, node_def_pb2, tensor_pb2, variable_pb2
from tensorflow.core.framework import types_pb2 as types
from tensorflow.core.protobuf import meta_graph_pb2

HERE = pathlib.Path(__file__).resolve().parent
INT32 = [0, 1, -1, 7, 2**31 - 1, -2**31]
INT64 = INT32 + [2**31, 10**18, 2**63 - 1, -2**63]
ODD_STRINGS = [
    "", "plain", " two  spaces ", "tab\tnewline\nreturn\r", "quote\" apostrophe' backslash\\",
    "\\n is not a newline", "".join(map(chr, range(1, 128))), "\x7f", "\x011",
    "caf\u00e9", "\u0411\u0443\u043a\u0432\u0430", "\u4e2d\u6587",
    "\U0001f600 beyond 16 bits", "\u2028 \u00a0 \ufeff", "a/b:0", "^control", "?",
]
ODD_BYTES = [s.encode() for s in ODD_STRINGS]
ODD_BYTES += [bytes(range(256)), b"\x00", b"\x00\x001", b"\xff\xfe", b"\xc3", b"\xc3\xa9"]


# ---- reals that are hard to print

def floats():
    """Single precision: ends, neighbours of powers, what people write, anything."""
    def of(bits):
        return struct.unpack("<f", struct.pack("<I", bits))[0]

    def bits(value):
        return struct.unpack("<I", struct.pack("<f", value))[0]

    ends = [0x00000000, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001, 1, 2, 3,
            0x80000001, 0x007fffff, 0x00800000, 0x00800001, 0x7f7fffff, 0xff7fffff, 0x3f7fffff, 0x3f800001]
    yield from map(of, ends)
    for power in range(-45, 39):
        middle = bits(float("1e%d" % power))
        yield from (of(middle - 1) if middle else 0.0, of(middle), of(middle + 1))
    for power in range(-149, 128, 3):
        yield 2.0 ** power
    for text in ("0.1 0.2 0.3 -0.5 0.9 0.01 0.001 0.0001 0.00012345 1e-5 9.9999e-5 1.5 3.14159265 2.71828182 "
                 "100 65504 999999 1000000 9999999 16777216 16777217 123456789 1e15 9.9e15 1e16 1.1e16 1e20 "
                 "0.044715 0.7978845608 33554432.0 8388608.5 1e-8 1e-7 5e-45 0.3333333 0.6666667 0.02"
                 ).split():
        yield struct.unpack("<f", struct.pack("<f", float(text)))[0]
    dice = random.Random(1)
    yield from (of(dice.getrandbits(32)) for _ in range(200))
    yield from (struct.unpack("<f", struct.pack("<f", dice.uniform(-2, 2)))[0] for _ in range(50))


def doubles():
    """Double precision; every power of two, for there the shortest text need not be the nearest."""
    def of(bits):
        return struct.unpack("<d", struct.pack("<Q", bits))[0]

    ends = [0, 1 << 63, 0x7ff << 52, 0xfff << 52, 0x7ff8 << 48, 0xfff8 << 48, 1, 2, 3, (1 << 63) + 1,
            (1 << 52) - 1, 1 << 52, (1 << 52) + 1, (0x7ff << 52) - 1, (0xfff << 52) - 1, (0x3ff << 52) - 1,
            (0x3ff << 52) + 1]
    yield from map(of, ends)
    for power in range(-1074, 1024):
        yield 2.0 ** power
    for power in range(-324, 309, 4):
        yield float("1e%d" % power)
    for text in ("0.1 0.2 0.30000000000000004 -0.5 0.0001 0.00001 123456789012345678 1e15 1e16 "
                 "9999999999999998 9e15 9007199254740991 9007199254740993 5e-324 2.2250738585072011e-308 "
                 "1.7976931348623157e308 4.35 1e22 1e23 8.41e21 2.0e-3 9.5367431640625e-07 "
                 "5.684341886080802e-14").split():
        yield float(text)
    dice = random.Random(2)
    yield from (of(dice.getrandbits(64)) for _ in range(200))
    yield from (dice.uniform(-1, 1) for _ in range(50))
    yield from (float(dice.getrandbits(60)) for _ in range(50))


# ---- messages

def wire_of(message):
    """Without deterministic=True the order of a map's entries changes from run to run."""
    return message.SerializeToString(deterministic=True)


def shape(proto, *dims, unknown_rank=False):
    proto.SetInParent()
    proto.unknown_rank = unknown_rank
    for size in dims:
        proto.dim.add(size=size)


def add_node(graph, name, op, *inputs, device="", **attrs):
    node = graph.node.add(name=name, op=op, input=inputs, device=device)
    for key, value in attrs.items():
        node.attr[key].CopyFrom(value)


def attr(**value):
    return attr_value_pb2.AttrValue(**value)


def small_graph():
    """A variable in a scope as TensorFlow 1 makes one, on a device, and an op that reads it."""
    graph = graph_pb2.GraphDef()
    at = dict(device="/job:ps/task:1/device:CPU:0")
    near = attr(list=attr_value_pb2.AttrValue.ListValue(s=[b"loc:@scope/v"]))
    float32 = attr(type=types.DT_FLOAT)
    value = attr()
    value.tensor.dtype = types.DT_FLOAT
    shape(value.tensor.tensor_shape, 2, 3)
    value.tensor.float_val.append(0.1)
    static = attr()
    shape(static.shape, 2, 3)
    unknown = attr()
    shape(unknown.shape, unknown_rank=True)
    add_node(graph, "scope/v/initial_value", "Const", dtype=float32, value=value)
    add_node(graph, "scope/v", "VariableV2", _class=near, container=attr(s=b""), dtype=float32, shape=static,
             shared_name=attr(s=b""), **at)
    add_node(graph, "scope/v/Assign", "Assign", "scope/v", "scope/v/initial_value", T=float32, _class=near,
             use_locking=attr(b=True), validate_shape=attr(b=True), **at)
    add_node(graph, "scope/v/read", "Identity", "scope/v", T=float32, _class=near, **at)
    add_node(graph, "x", "Placeholder", dtype=float32, shape=unknown)
    add_node(graph, "y", "MatMul", "scope/v/read", "x", "^scope/v/Assign", T=float32,
             transpose_a=attr(b=False))
    graph.versions.producer = 2500
    graph.versions.min_consumer = 12
    graph.versions.bad_consumers.extend([1, -2, 3])
    return graph


def attr_kinds():
    """Every member of AttrValue, at zero and not, alone and in lists."""
    node = node_def_pb2.NodeDef(name="n", op="NoOp", input=["", "a", "b:1", "^c"])
    a = node.attr
    a["nothing"].SetInParent()
    a["s_zero"].s, a["i_zero"].i, a["f_zero"].f, a["b_zero"].b = b"", 0, 0.0, False
    a["type_zero"].type = types.DT_INVALID
    a["shape_zero"].shape.SetInParent()
    a["tensor_zero"].tensor.SetInParent()
    a["list_zero"].list.SetInParent()
    a["func_zero"].func.SetInParent()
    a["placeholder_zero"].placeholder = ""
    a["f_minus_zero"].f = -0.0
    a["s"].s, a["f"].f, a["b"].b, a["placeholder"].placeholder = b"bytes \x80", 1e-5, True, "T"
    for i, value in enumerate(INT64):
        a["i%d" % i].i = value
    for number in [types.DT_FLOAT, types.DT_FLOAT_REF, 99, 1000, -1, -2**31]:
        a["type_%d" % number].type = number
    shape(a["shape"].shape, 0, 1, -1, 2**40)
    a["shape"].shape.dim.add(size=3, name="named \"dim\"")
    a["shape"].shape.dim.add()
    shape(a["shape_unknown"].shape, unknown_rank=True)
    full = a["list"].list
    full.s.extend(ODD_BYTES[:4])
    full.i.extend(INT64)
    full.f.extend([0.0, -0.0, 0.1, float("inf"), float("nan")])
    full.b.extend([False, True, False])
    full.type.extend(types.DataType.values())
    full.type.extend([100, -7])
    shape(full.shape.add())
    shape(full.shape.add(), 4, -1)
    full.tensor.add()
    full.tensor.add(dtype=types.DT_BOOL)
    full.func.add()
    full.func.add(name="f").attr["T"].type = types.DT_INT32
    return node


def escapes():
    node = node_def_pb2.NodeDef(name=ODD_STRINGS[4], op=ODD_STRINGS[10], input=ODD_STRINGS,
                                device=ODD_STRINGS[6])
    node.attr["bytes"].list.s.extend(ODD_BYTES)
    for string in ODD_STRINGS[1:]:
        node.attr[string].placeholder = string
    return node


def nested_functions():
    node = node_def_pb2.NodeDef(name="while", op="While")
    inner = node.attr["body"].func
    for level in range(12):
        inner.name = "body_%d" % level
        inner.attr["level"].i = level
        branches = inner.attr["branches"].list.func
        branches.add(name="left").attr["T"].type = types.DT_HALF
        branches.add(name="right").attr["f"].func.name = "leaf"
        inner = inner.attr["body"].func
    return node


def tensors():
    """Every list of values that a TensorProto has, and both ways to give them."""
    node = node_def_pb2.NodeDef(name="constants", op="Pack")
    add = node.attr["value"].list.tensor.add
    add(dtype=types.DT_FLOAT, float_val=[1, 2.5, 1e-5])
    add(dtype=types.DT_DOUBLE, double_val=[1, 2.5, 1e-5, 0.1])
    for dtype in (types.DT_INT32, types.DT_UINT8, types.DT_INT8, types.DT_INT16, types.DT_QINT32):
        add(dtype=dtype, int_val=INT32)
    add(dtype=types.DT_STRING, string_val=ODD_BYTES)
    add(dtype=types.DT_COMPLEX64, scomplex_val=[0.1, -0.0, float("inf"), float("nan")])
    add(dtype=types.DT_COMPLEX128, dcomplex_val=[0.1, -0.0, float("-inf"), float("nan")])
    add(dtype=types.DT_INT64, int64_val=INT64)
    add(dtype=types.DT_BOOL, bool_val=[True, False, True])
    add(dtype=types.DT_HALF, half_val=[0, 15360, 64512])
    add(dtype=types.DT_BFLOAT16, half_val=[16256])
    add(dtype=types.DT_UINT32, uint32_val=[0, 2**32 - 1])
    add(dtype=types.DT_UINT64, uint64_val=[0, 10, 2**64 - 1])
    add(dtype=types.DT_FLOAT8_E5M2, float8_val=b"\x00\x3c\xff")
    add(dtype=types.DT_STRING_REF, version_number=-3)
    whole = add(dtype=types.DT_FLOAT, version_number=1, tensor_content=struct.pack("<6f", *range(6)))
    shape(whole.tensor_shape, 2, 3)
    return node


def float_tensor():
    return tensor_pb2.TensorProto(dtype=types.DT_FLOAT, float_val=list(floats()))


def double_tensor():
    return tensor_pb2.TensorProto(dtype=types.DT_DOUBLE, double_val=list(doubles()))


def sliced_variable():
    v = variable_pb2.VariableDef(variable_name="p/part_1:0", initializer_name="p/part_1/Assign",
                                 snapshot_name="p/part_1/read:0",
                                 initial_value_name="p/part_1/Initializer/zeros:0",
                                 is_resource=True, trainable=True,
                                 synchronization=variable_pb2.VARIABLE_SYNCHRONIZATION_ON_READ,
                                 aggregation=variable_pb2.VARIABLE_AGGREGATION_ONLY_FIRST_REPLICA)
    info = v.save_slice_info_def
    info.full_name = "p"
    info.full_shape.extend([7, 2])
    info.var_offset.extend([3, 0])
    info.var_shape.extend([2, 2])
    return v


def meta_graph():
    meta = meta_graph_pb2.MetaGraphDef()
    info = meta.meta_info_def
    info.meta_graph_version, info.tensorflow_version, info.tensorflow_git_version = "v1", "1.15.0", "unknown"
    info.tags.extend(["serve", "train"])
    info.stripped_default_attrs = True
    meta.graph_def.CopyFrom(small_graph())
    collections = meta.collection_def
    variable = variable_pb2.VariableDef(variable_name="scope/v:0", initializer_name="scope/v/Assign",
                                        snapshot_name="scope/v/read:0", trainable=True)
    for key in ("variables", "trainable_variables"):
        collections[key].bytes_list.value.append(variable.SerializeToString())
    collections["variables"].bytes_list.value.append(sliced_variable().SerializeToString())
    collections["losses"].node_list.value.extend(["y:0", "scope/v:0", ""])
    collections["steps"].int64_list.value.extend(INT64)
    collections["rates"].float_list.value.extend([0.1, 1e-5, float("inf"), -0.0])
    collections["anything"].any_list.value.add(type_url="not a url", value=b"\x08\x01")
    collections["anything"].any_list.value.add(type_url="example.com/no.such.Message", value=b"\xff")
    collections["anything"].any_list.value.add()
    for kind in ("node_list", "bytes_list", "int64_list", "float_list", "any_list"):
        getattr(collections["empty " + kind], kind).SetInParent()
    collections["no kind"].SetInParent()
    return meta


def empty_parts():
    meta = meta_graph_pb2.MetaGraphDef()
    meta.meta_info_def.SetInParent()
    meta.graph_def.versions.SetInParent()
    meta.graph_def.node.add()
    return meta


# ---- wire forms that protobuf reads though it would not write them

def field(number, payload):
    """One length-delimited field; payloads here are short."""
    assert number < 16 and len(payload) < 128
    return bytes([number << 3 | 2, len(payload)]) + payload


def entry(key, value):
    """One entry of a map attr<string, AttrValue>; None leaves a part out."""
    payload = b"" if key is None else field(1, key)
    if value is not None:
        payload += field(2, value.SerializeToString())
    return field(5, payload)


def map_out_of_order():
    """Keys descending, prefixes after what they begin, non-ASCII first, keys given twice."""
    keys = ["\U0001f600", "\uffee", "\u00e9", "z", "b", "ab", "aa", "a", "_a", "Z", "T", "Tidx",
            "a", "z", "b"]
    return b"".join(entry(key.encode(), attr(i=i)) for i, key in enumerate(keys))


def map_with_a_key_twice():
    """Sorted but for that."""
    return b"".join(entry(key, attr(i=i)) for i, key in enumerate([b"a", b"b", b"b", b"c"]))


def map_with_parts_missing():
    return entry(b"no value", None) + entry(None, attr(b=True)) + entry(b"value", attr())


def map_of_nothing():
    return field(1, b"n") + entry(None, None)


def unknown_fields():
    """Functions and debug information, which our schema leaves out; last, where protobuf-c keeps them."""
    rest = graph_pb2.GraphDef()
    rest.library.function.add().signature.name = "f"
    rest.debug_info.files.append("model.py")
    return wire_of(small_graph()) + wire_of(rest)


def forget_unknown_fields(graph):
    graph.ClearField("library")
    graph.ClearField("debug_info")


# ---- recording

MESSAGES = {
    "GraphDef.empty": graph_pb2.GraphDef,
    "GraphDef.small": small_graph,
    "NodeDef.attr_kinds": attr_kinds,
    "NodeDef.escapes": escapes,
    "NodeDef.nested_functions": nested_functions,
    "NodeDef.tensors": tensors,
    "TensorProto.floats": float_tensor,
    "TensorProto.doubles": double_tensor,
    "VariableDef.slice": sliced_variable,
    "MetaGraphDef.collections": meta_graph,
    "MetaGraphDef.empty_parts": empty_parts,
}
WIRE_FORMS = {
    "NodeDef.map_out_of_order": (node_def_pb2.NodeDef, map_out_of_order, None),
    "NodeDef.map_with_a_key_twice": (node_def_pb2.NodeDef, map_with_a_key_twice, None),
    "NodeDef.map_with_parts_missing": (node_def_pb2.NodeDef, map_with_parts_missing, None),
    "NodeDef.map_of_nothing": (node_def_pb2.NodeDef, map_of_nothing, None),
    "GraphDef.unknown_fields": (graph_pb2.GraphDef, unknown_fields, forget_unknown_fields),
}


def text_of(message):
    return text_format.MessageToString(message, as_utf8=False).encode()


def recordings():
    """Pairs of file name and content."""
    for case, make in MESSAGES.items():
        message = make()
        yield case + ".pb", wire_of(message)
        yield case + ".pbtxt", text_of(message)
    for case, (kind, make, trim) in WIRE_FORMS.items():
        wire = make()
        message = kind.FromString(wire)
        if trim:
            trim(message)
        yield case + ".pb", wire
        yield case + ".pbtxt", text_of(message)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with what is there, write nothing")
    parser.add_argument("directory", nargs="?", type=pathlib.Path,
                        default=HERE.parent / "data" / "text_format")
    args = parser.parse_args()
    args.directory.mkdir(parents=True, exist_ok=True)
    differing = []
    for name, content in recordings():
        path = args.directory / name
        if not args.check:
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            differing.append(name)
    for name in differing:
        print("differs:", name, file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
