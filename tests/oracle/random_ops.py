"""Random uses of any op by its registered name, made from what the op registers.

Ops that have a shape rule in the library get whatever inputs there are. Of the others the outcome may not depend on
shapes: they get inputs of unknown rank, and their results are not bound.
"""

import functools
import os
import re

from random_values import FLOATS
from tf_values import tf, tf1
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session
from tensorflow.python.framework import op_def_library

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EVALUATOR = os.path.join(ROOT, "src", "graph", "infer_value.c")
RULES = os.path.join(ROOT, "src", "graph", "infer_table.c")

# Ops with shape functions that write where they may not, or read what is not there, when attributes do not fit each other.
BROKEN = ("InfeedDequeueTuple", "OutfeedDequeueTuple", "OutfeedDequeueTupleV2", "RaggedGather", "SplitDedupData")

# Inputs whose known value makes TensorFlow end the process where it is a scalar.
NEVER_KNOWN = {("SplitV", "size_splits")}

COMMON = ("float32", "float32", "float32", "int32", "int32", "int64", "float64", "half", "bfloat16", "bool", "string",
          "complex64", "uint8")
LITERALS = ("int32", "int64", "float32", "bool", "string", *FLOATS)
MOST_INPUTS = 3
OF_SHAPES = ("Shape", "ShapeN", "Size", "Rank")  # known where the shape is, whatever the input comes from
LARGEST_SHAPE = 50  # dimensions
SIMPLE_ATTRS = ("string", "int", "float", "bool", "type", "shape", "list(string)", "list(int)", "list(float)",
                "list(bool)", "list(type)", "list(shape)")


@functools.lru_cache(None)
def registry():
    """TensorFlow's ops by name, those whose attributes all have a form in the language."""
    data = pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList())
    return {op.name: op for op in sorted(op_def_pb2.OpList.FromString(data).op, key=lambda op: op.name)
            if op.name not in BROKEN
            and all(attr.type in SIMPLE_ATTRS or attr.HasField("default_value") for attr in op.attr)}


@functools.lru_cache(None)
def with_shape_rule():
    """The names of the ops for which the library infers shapes."""
    with open(RULES, encoding="utf-8") as file:
        found = set(re.findall(r"\bVS__OP_([A-Za-z0-9]+)", file.read()))
    return sorted(found & set(registry()))


@functools.lru_cache(None)
def without_shape_rule():
    """The names of the other ops; not those that take variables, whose shapes are known."""
    return sorted(name for name in set(registry()) - set(with_shape_rule())
                  if not any(arg.is_ref for arg in registry()[name].input_arg))


@functools.lru_cache(None)
def evaluated():
    """The names of the ops that the library evaluates while the graph is built."""
    with open(EVALUATOR, encoding="utf-8") as file:
        return frozenset(re.findall(r"\bVS__OP_([A-Za-z0-9]+)", file.read()))


def is_riddle(tensor):
    """True when a value comes from constants alone, so that TensorFlow knows it, but the library does not evaluate it."""
    seen, todo, known = set(), [tensor.op], True
    while todo:
        operation = todo.pop()
        if operation.name in seen:
            continue
        seen.add(operation.name)
        if not operation.inputs and operation.type != "Const":
            return False
        known = known and operation.type in evaluated() and all(
            entry.dtype in (tf.int32, tf.int64) for entry in (*operation.inputs, *operation.outputs))
        if operation.type not in OF_SHAPES:
            todo += [entry.op for entry in operation.inputs]
    return not known


def is_large(shape):
    """True of the shapes of tensors that would be a shape of more dimensions than there can be."""
    try:
        return (tf.TensorShape(shape).num_elements() or 0) > LARGEST_SHAPE
    except (TypeError, ValueError):
        return False


def dtype_name(enum):
    """The name of a dtype of the registry."""
    return tf.as_dtype(enum).base_dtype.name


class Use:
    """A use of one op on its way: which dtypes and lengths it has decided on, its inputs and attributes."""

    def __init__(self, values, definition, operand):
        self._values = values
        self._definition = definition
        self._operand = operand
        self._attrs = {attr.name: attr for attr in definition.attr}
        self._types = {}
        self._lengths = {}
        self.inputs = {}
        self.attrs = {}

    def make(self):
        """Decide everything."""
        for arg in self._definition.input_arg:
            self.inputs[arg.name] = self._input(arg)
        inferred = set(self._types) | set(self._lengths)
        for name, attr in self._attrs.items():
            if name not in inferred and attr.type in SIMPLE_ATTRS:
                self._attr(attr)
        return self

    def _input(self, arg):
        if arg.type_list_attr:
            self._lengths[arg.type_list_attr] = None
            return [self._operand(self._values.pick(self._allowed(arg.type_list_attr)), False)
                    for _ in range(self._length(arg.type_list_attr))]
        dtype = self._type(arg.type_attr) if arg.type_attr else dtype_name(arg.type)
        if (self._definition.name, arg.name) in NEVER_KNOWN:
            return self._operand.placeholder(dtype)
        if not arg.number_attr:
            return self._operand(dtype, arg.is_ref)
        if arg.number_attr not in self._lengths:
            self._lengths[arg.number_attr] = self._length(arg.number_attr)
        return [self._operand(dtype, arg.is_ref) for _ in range(self._lengths[arg.number_attr])]

    def _length(self, name):
        attr = self._attrs[name]
        least = max(attr.minimum if attr.has_minimum else 0, 0)
        if self._values.chance(0.03):
            return 0
        return self._values.rng.randint(max(least, 1) if self._values.chance(0.9) else least, max(least, MOST_INPUTS))

    def _type(self, name):
        if name not in self._types:
            self._types[name] = self._values.pick(self._allowed(name))
        return self._types[name]

    def _allowed(self, name):
        allowed = [dtype_name(enum) for enum in self._attrs[name].allowed_values.list.type]
        if not allowed:
            return COMMON
        common = [dtype for dtype in COMMON if dtype in allowed]
        return common if common and self._values.chance(0.8) else allowed

    def _attr(self, attr):
        chance = self._values.chance
        if attr.HasField("default_value") and chance(0.6):
            if chance(0.1):
                self.attrs[attr.name] = None
            return
        if chance(0.02):
            return
        self.attrs[attr.name] = self._attr_value(attr)

    def _attr_value(self, attr):
        if attr.type.startswith("list("):
            least = attr.minimum if attr.has_minimum else 0
            default = attr.default_value.list if attr.HasField("default_value") else None
            length = len(default.i) if default is not None and default.i else self._values.rng.randint(least, least + 3)
            return [self._scalar(attr, attr.type[5:-1]) for _ in range(length)]
        return self._scalar(attr, attr.type)

    def _scalar(self, attr, kind):
        values = self._values
        allowed = attr.allowed_values.list
        if kind == "type":
            return values.pick(self._allowed(attr.name))
        if kind == "string":
            given = [text.decode() for text in allowed.s if b"_VECT_" not in text]  # for which the library has no rule
            return values.pick(given) if given and values.chance(0.97) else values.pick(["a", "", "NHWC", "text"])
        if kind == "int":
            least = attr.minimum if attr.has_minimum and not attr.type.startswith("list") else 0
            return values.rng.choice([least, least + 1, least + 1, least + 2, 1, 2, least - 1 if values.chance(0.1) else 1])
        if kind == "float":
            return values.real()
        if kind == "bool":
            return values.boolean()
        return None if values.chance(0.2) else list(values.pick([(), (2,), (2, 3), (None, 3), (3, 3), (0,)]))


class Operands:
    """Where the inputs of an op come from: what is bound, literals, and placeholders that are made before."""

    def __init__(self, values, shapes_matter):
        self._values = values
        self._shapes_matter = shapes_matter
        self.before = []
        self.dtypes = {}

    def __call__(self, dtype, is_ref):
        values = self._values
        if is_ref:
            named = values.view.ref_variables(dtype) or values.view.ref_variables()
        elif not self._shapes_matter:
            named = values.view.of_unknown_rank(dtype)
        else:
            if values.chance(0.02):
                form = values.anything()
                name = form[1:] if isinstance(form, str) else None
                if name not in values.view.bindings or values.view.may_be_evaluated(name):
                    return form
            named = values.view.of_dtype_to_evaluate(dtype)
        if named and (is_ref or values.chance(0.6)):
            form = "$" + values.pick(named)
        elif self._shapes_matter and dtype in LITERALS and values.chance(0.6):
            return values.literal(dtype)
        else:
            form = self.placeholder(dtype)
        self.dtypes[form] = dtype
        return form

    def placeholder(self, dtype):
        """A placeholder of the input's own."""
        name = self._values.view.new_name("p")
        statement = {"call": "placeholder", "dtype": dtype, "as": name}
        if self._shapes_matter and self._values.chance(0.9):
            shape = self._values.shape()
            if dtype not in ("int32", "int64") or not is_large(shape):
                statement["shape"] = shape
        self.before.append(statement)
        return "$" + name


def _is_accepted(definition, use, dtypes):
    """True when TensorFlow takes the op with inputs of unknown rank."""
    def tensor(form):
        return [tensor(entry) for entry in form] if isinstance(form, list) else tf1.placeholder(dtypes[form])
    with tf.Graph().as_default():
        try:
            op_def_library.apply_op(definition.name, **{name: tensor(form) for name, form in use.inputs.items()},
                                    **{name: value for name, value in use.attrs.items() if value is not None})
        except Exception:  # pylint: disable=broad-except
            return False
    return True


def statements(values, binding, name):
    """Statements that use a random op: the placeholders that it needs, and the `op` call. None, if it came to nothing.

    `binding` is what the result is bound to, `name` the name of the op or None.
    """
    shapes_matter = values.chance(0.7)
    definition = registry()[values.pick(with_shape_rule() if shapes_matter else without_shape_rule())]
    operands = Operands(values, shapes_matter)
    use = Use(values, definition, operands).make()
    if not shapes_matter and not _is_accepted(definition, use, operands.dtypes):
        return None
    statement = {"call": "op", "op": definition.name}
    if use.inputs or values.chance(0.2):
        statement["inputs"] = use.inputs
    if use.attrs or values.chance(0.2):
        statement["attrs"] = use.attrs
    if name is not None:
        statement["name"] = name
    if shapes_matter:
        statement["as"] = binding
    return [*operands.before, statement]
