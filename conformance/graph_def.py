"""Read a GraphDef, protobuf's binary form, into the plain values that the vectors have. Needs nothing installed."""

import base64
import math
import struct

DTYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 8: "complex64", 9: "int64",
    10: "bool", 11: "qint8", 12: "quint8", 13: "qint32", 14: "bfloat16", 15: "qint16", 16: "quint16", 17: "uint16",
    18: "complex128", 19: "float16", 20: "resource", 21: "variant", 22: "uint32", 23: "uint64"}
REF = 100  # what a reference type is above its type

# How TensorProto.tensor_content lays out one element: struct's code, and how many of it.
PACKED = {
    "float32": ("f", 1), "float64": ("d", 1), "int32": ("i", 1), "uint8": ("B", 1), "int16": ("h", 1), "int8": ("b", 1),
    "complex64": ("f", 2), "int64": ("q", 1), "bool": ("?", 1), "bfloat16": ("H", 1), "uint16": ("H", 1),
    "complex128": ("d", 2), "float16": ("e", 1), "uint32": ("I", 1), "uint64": ("Q", 1), "qint8": ("b", 1),
    "quint8": ("B", 1), "qint32": ("i", 1), "qint16": ("h", 1), "quint16": ("H", 1)}

# The fields of TensorProto that hold values: number -> (struct's code, or how a varint is read).
VALUE_FIELDS = {5: "f", 6: "d", 7: "signed", 8: "bytes", 9: "f", 10: "signed", 11: "bool", 12: "d", 13: "signed",
                16: "unsigned", 17: "unsigned"}


# --- The wire format ------------------------------------------------------------------------------------------------

def varint(data, at):
    """A varint and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """The fields of a message: (number, value); value is an int, or bytes of a length."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, at = data[at:at + size], at + size
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            raise ValueError(f"wire type {kind}")
        yield tag >> 3, value


def signed(value):
    """An int64 from its varint."""
    return value - (1 << 64) if value >> 63 else value


def _scalars(code, value):
    """The elements of a repeated field of numbers, packed or one of them."""
    if code in ("f", "d"):
        return [item for item, in struct.iter_unpack("<" + code, value)]
    if isinstance(value, int):
        numbers = [value]
    else:
        numbers, at = [], 0
        while at < len(value):
            number, at = varint(value, at)
            numbers.append(number)
    convert = {"signed": signed, "unsigned": int, "bool": bool}[code]
    return [convert(number) for number in numbers]


# --- Values ---------------------------------------------------------------------------------------------------------

def real(value, code="d"):
    """A float as JSON has it: the shortest number that is this one in its own type, and names for what is none."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if code == "f":
        for digits in range(1, 10):
            short = float(f"{value:.{digits}g}")
            if struct.pack("<f", short) == struct.pack("<f", value):
                return short
    return value


def text(value):
    """Bytes as JSON has them."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def dtype(number):
    """The name of a DataType."""
    return DTYPES[number - REF] + "_ref" if number > REF else DTYPES[number]


def shape(data):
    """A TensorShapeProto: a list with null for an unknown dimension; null for an unknown rank."""
    dims = []
    for number, value in fields(data):
        if number == 3 and value:
            return None
        if number == 2:
            size = next((signed(item) for key, item in fields(value) if key == 1), 0)
            dims.append(None if size < 0 else size)
    return dims


def _element(kind, parts):
    """One element of a tensor."""
    if kind == "bfloat16":
        return real(struct.unpack("<f", struct.pack("<I", (parts[0] & 0xffff) << 16))[0], "f")
    if kind == "float16":
        half = parts[0] if isinstance(parts[0], float) else struct.unpack("<e", struct.pack("<H", parts[0] & 0xffff))[0]
        return real(half)
    code = {"float32": "f", "complex64": "f"}.get(kind, "d")
    numbers = [real(part, code) if isinstance(part, float) else part for part in parts]
    return numbers if kind.startswith("complex") else numbers[0]


def tensor(data):
    """A TensorProto: {"dtype", "shape", "values"}, in row-major order, or "fill" where all elements are one."""
    kind, dims, content, given = "float32", [], b"", []
    for number, value in fields(data):
        if number == 1:
            kind = dtype(value)
        elif number == 2:
            dims = shape(value)
        elif number == 4:
            content = value
        elif number in VALUE_FIELDS:
            code = VALUE_FIELDS[number]
            given += [value] if code == "bytes" else _scalars(code, value)
    count = math.prod(dims)
    width = PACKED.get(kind, ("", 1))[1]
    if content:
        given = [item for item, in struct.iter_unpack("<" + PACKED[kind][0], content)]
    if kind == "string":
        values = [text(item) for item in given]
    else:
        values = [_element(kind, given[at:at + width]) for at in range(0, len(given), width)]
    if not values and count: # protobuf leaves zeros out
        values = [{"string": "", "bool": False}.get(kind, [0.0, 0.0] if kind.startswith("complex") else
                                                    0.0 if "float" in kind else 0)]
    values += values[-1:] * (count - len(values)) # the last one is repeated
    described = {"dtype": kind, "shape": dims}
    first = repr(values[0]) if values else None
    if count > 4 and all(repr(value) == first for value in values):
        return {**described, "fill": values[0]}
    return {**described, "values": values}


def _list(data):
    """An AttrValue.ListValue: {kind: [items]}, without a kind when it is empty."""
    found = {}
    for number, value in fields(data):
        kind = {2: "s", 3: "i", 4: "f", 5: "b", 6: "type", 7: "shape", 8: "tensor"}[number]
        if kind in ("i", "b", "type"):
            items = _scalars("signed", value)
            items = [bool(item) if kind == "b" else dtype(item) if kind == "type" else item for item in items]
        elif kind == "f":
            items = [real(item, "f") for item in _scalars("f", value)]
        else:
            items = [{"s": text, "shape": shape, "tensor": tensor}[kind](value)]
        found.setdefault(kind, []).extend(items)
    return found


def attribute(data):
    """An AttrValue: an object with one key, which says its kind."""
    for number, value in fields(data):
        if number == 1:
            return {"list": _list(value)}
        kind = {2: "s", 3: "i", 4: "f", 5: "b", 6: "type", 7: "shape", 8: "tensor"}[number]
        convert = {"s": text, "i": signed, "f": lambda item: real(struct.unpack("<f", item)[0], "f"), "b": bool,
                   "type": dtype, "shape": shape, "tensor": tensor}[kind]
        return {kind: convert(value)}
    raise ValueError("an attribute without a value")


def node(data):
    """A NodeDef: {"name", "op", "inputs", "device", "attrs"}; what is empty is left out, but for name and op."""
    found = {"name": "", "op": "", "inputs": [], "device": "", "attrs": {}}
    for number, value in fields(data):
        if number in (1, 2, 4):
            found[{1: "name", 2: "op", 4: "device"}[number]] = value.decode()
        elif number == 3:
            found["inputs"].append(value.decode())
        elif number == 5:
            entry = dict(fields(value))
            found["attrs"][entry[1].decode()] = attribute(entry[2])
    found["attrs"] = dict(sorted(found["attrs"].items()))
    return {key: value for key, value in found.items() if value or key in ("name", "op")}


def nodes(data):
    """The nodes of a GraphDef, in its order."""
    return [node(value) for number, value in fields(data) if number == 1]
