"""Values of scope programs as TensorFlow objects: arguments on the way in, descriptions on the way out.

The form that a value takes in the language (`scope_program.py` has the kinds of arguments) is turned into what the
Python API takes, and what the API returns into what a report and a printed line say.
"""

import functools
import re

from tf_environment import tf

from tensorflow.python.ops.variables import PartitionedVariable  # noqa: E402

import scope_program  # noqa: E402

tf1 = tf.compat.v1
tf1.logging.set_verbosity(tf1.logging.ERROR)
tf1.disable_v2_behavior()

MOST_DIMENSIONS = 254
SPECIAL_FLOATS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}

_FLOATS = (tf.float16, tf.bfloat16, tf.float32, tf.float64)


class Fault(Exception):
    """What the caller got wrong, as one of the codes of the language."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def invalid(message):
    """The fault of an argument that is not what it has to be."""
    return Fault("invalid_argument", message)


# --- Literals -------------------------------------------------------------------------------------------------------

class Literal:
    """A literal given as the initializer of a variable.

    TensorFlow converts such a value once only to learn its dtype, when a dtype is given too, and leaves a stray `Const`
    at the root (of a resource variable a stray read). The language does without: that first conversion, the only one
    with neither dtype nor name, is made in a graph that is thrown away.
    """

    def __init__(self, value):
        self.value = value


def _convert_literal(literal, dtype=None, name=None, as_ref=False):
    del as_ref
    if dtype is None and name is None:
        with tf.Graph().as_default():
            if is_variable(literal.value):
                return tf1.placeholder(literal.value.dtype.base_dtype)
            return tf.convert_to_tensor(literal.value)
    return tf.convert_to_tensor(literal.value, dtype=dtype, name=name)


tf.register_tensor_conversion_function(Literal, _convert_literal)


def special_floats(value):
    """Replace the strings for NaN and the infinities in a nested list by the numbers."""
    if isinstance(value, list):
        return [special_floats(entry) for entry in value]
    return SPECIAL_FLOATS.get(value, value) if isinstance(value, str) else value


def for_dtype(value, dtype):
    """A literal where `dtype` is asked for: the strings for NaN and the infinities count where it is a float dtype."""
    return special_floats(value) if dtype is not None and dtype.base_dtype in _FLOATS else value


def is_literal(value):
    """True for a number, string, boolean, or a nested list of these."""
    if isinstance(value, list):
        return all(is_literal(entry) for entry in value)
    return isinstance(value, (bool, int, float, str))


def is_list_of_tensors(value):
    """True for a list with a tensor or a variable in it, or in a list in it, and nothing but those and literals."""
    def leaves(entry):
        return [leaf for inner in entry for leaf in leaves(inner)] if isinstance(entry, list) else [entry]
    tensors = [isinstance(leaf, tf.Tensor) or is_variable(leaf) for leaf in leaves(value)]
    return isinstance(value, list) and any(tensors) and all(
        tensor or is_literal(leaf) for tensor, leaf in zip(tensors, leaves(value)))


def is_well_formed(literal, specials=False):
    """True when the lists of a literal have one shape, and what is in them one kind, numbers and booleans being one.

    With `specials` the strings for NaN and the infinities are numbers.
    """
    leaves = []
    return _shape_of(special_floats(literal) if specials else literal, leaves) is not None and (
        all(isinstance(leaf, str) for leaf in leaves) or all(isinstance(leaf, (bool, int, float)) for leaf in leaves))


def _shape_of(literal, leaves):
    """The shape of a nested list, None when there is no one; puts what is in it into `leaves`."""
    if not isinstance(literal, list):
        leaves.append(literal)
        return ()
    shapes = {_shape_of(entry, leaves) for entry in literal}
    if len(shapes) > 1 or None in shapes:
        return None
    return (len(literal), *(shapes.pop() if shapes else ()))


# --- Initializers, partitioners, regularizers -----------------------------------------------------------------------

class ConstantInitializer(tf1.constant_initializer):
    """TensorFlow's, with the language's strings for NaN and the infinities.

    `is_of_numbers`: they were numbers where the initializer was made, and so are to complex variables, too.
    """

    is_of_numbers = False

    def __call__(self, shape, dtype=None, partition_info=None, verify_shape=None):
        wanted = tf.as_dtype(dtype or self.dtype)
        if self.is_of_numbers and wanted.is_complex:
            wanted = tf.float32
        given, self.value = self.value, for_dtype(self.value, wanted)
        try:
            return super().__call__(shape, dtype, partition_info, verify_shape)
        finally:
            self.value = given


_INITIALIZERS = {
    "zeros": tf1.zeros_initializer,
    "ones": tf1.ones_initializer,
    "constant": ConstantInitializer,
    "random_normal": tf1.random_normal_initializer,
    "random_uniform": tf1.random_uniform_initializer,
    "truncated_normal": tf1.truncated_normal_initializer,
    "variance_scaling": tf1.variance_scaling_initializer,
    "glorot_uniform": tf1.glorot_uniform_initializer,
    "glorot_normal": tf1.glorot_normal_initializer,
    "uniform_unit_scaling": tf1.uniform_unit_scaling_initializer,
    "orthogonal": tf1.orthogonal_initializer,
    "identity": tf1.initializers.identity,
}

def _min_max_variable(**parameters):
    if parameters.get("min_slice_size") == 0:
        raise invalid("min_slice_size must not be 0")
    return tf1.min_max_variable_partitioner(**parameters)


_PARTITIONERS = {
    "fixed_size": tf1.fixed_size_partitioner,
    "variable_axis_size": tf1.variable_axis_size_partitioner,
    "min_max_variable": _min_max_variable,
}


def _norm_loss(norm, variable, scale):
    """The nodes of an l1 or l2 loss, as TensorFlow 1's contrib made them."""
    with tf1.name_scope(None, f"{norm}_regularizer", [variable]) as name:
        dtype = variable.dtype.base_dtype
        if dtype.is_integer and float(scale).is_integer() and abs(scale) < 9e15:
            scale = int(scale)  # a scale is a real number: a whole one may regularize a variable of integers
        factor = tf.convert_to_tensor(scale, dtype=dtype, name="scale")
        loss = tf.nn.l2_loss(variable) if norm == "l2" else tf1.reduce_sum(tf1.abs(variable))
        return tf1.multiply(factor, loss, name=name)


def _norm_regularizer(norm, scale=None):
    """An l1 or l2 regularizer that leaves no strays.

    TensorFlow calls a regularizer once outside of the name scope `VARIABLE/Regularizer/`, to see whether it yields a
    loss at all: that call gets a stand-in.
    """
    def regularizer(variable):
        if not tf1.get_default_graph().get_name_scope().endswith("/Regularizer"):
            return "stand-in"
        return _norm_loss(norm, variable, scale)
    return regularizer


_REGULARIZERS = {
    "l1": functools.partial(_norm_regularizer, "l1"),
    "l2": functools.partial(_norm_regularizer, "l2"),
    "none": lambda: tf1.no_regularizer,
}

FACTORIES = {"initializer": _INITIALIZERS, "partitioner": _PARTITIONERS, "regularizer": _REGULARIZERS}


def keep_losses():
    """Put the loss tensors themselves into the collection of regularization losses.

    TensorFlow keeps recipes there, which build the loss again at each use; in the language a loss is built once.
    """
    key = tf1.GraphKeys.REGULARIZATION_LOSSES
    if tf1.get_collection(key):
        losses = tf1.get_collection_ref(key)
        losses[:] = [getattr(loss, "_master_tensor", loss) for loss in losses]


# --- Arguments ------------------------------------------------------------------------------------------------------

class Arguments:
    """Turns the arguments of one statement into those of a Python call, with `bindings` for the references."""

    def __init__(self, bindings):
        self._bindings = bindings
        self._statement = {}

    def convert(self, statement, kinds, name=""):
        """The keyword arguments of `statement`, of what `name` says; arguments that are not given stay away."""
        if name in scope_program.CALLS or name in scope_program.CONTEXTS:
            self._statement = statement
        for key in scope_program.GIVEN.get(name, ()):
            if key not in statement:
                raise invalid(f"{name} needs {key}")
        for key in scope_program.NOT_NULL.get(name, ()):
            if key in statement and self._is_null(statement[key]):
                raise invalid(f"{key} may not be null")
        return {key: self.value(statement[key], kind, key) for key, kind in kinds.items() if key in statement}

    def _is_null(self, form):
        return form is None or (scope_program.references(form) and self.resolve(form) is None)

    def value(self, form, kind, key):
        """One argument, as `kind` asks for."""
        if kind in FACTORIES and isinstance(form, dict):
            return self._object(form, kind)
        if kind in ("inputs", "attrs"):
            if not isinstance(form, (dict, type(None))):
                raise invalid(f"{key} must be an object")
            return {name: self.resolve(entry) for name, entry in (form or {}).items()}
        value = self.resolve(form)
        if kind in ("value", "initializer", "constant"):
            specials = self._asks_for_floats(kind, value)
            checked = _check_tensor(value, key, specials=specials)
            return special_floats(checked) if specials and kind == "initializer" and is_literal(checked) else checked
        if kind in _CHECKS:
            return _CHECKS[kind](value, key)
        return value

    def _asks_for_floats(self, kind, value):
        """True when the strings for NaN and the infinities are numbers in a value of the present statement."""
        try:
            dtype = self.value(self._statement.get("dtype"), "dtype", "dtype")
        except Fault:
            dtype = None
        if dtype is None and kind == "constant" and isinstance(value, list):
            dtype = tf1.get_variable_scope().dtype
        return kind == "constant" if dtype is None else dtype.base_dtype in _FLOATS

    def resolve(self, form):
        """A value in which references stand for what they are bound to."""
        if isinstance(form, list):
            return [self.resolve(entry) for entry in form]
        if not isinstance(form, str) or not form.startswith("$"):
            return form
        if form.startswith("$$"):
            return form[1:]
        return self._lookup(form)

    def _lookup(self, reference):
        name, attribute = scope_program.REFERENCE.match(reference).groups()
        if name not in self._bindings:
            raise invalid(f"nothing is bound to ${name}")
        value = self._bindings[name]
        return value if attribute is None else _attribute(value, attribute, reference)

    def _object(self, form, kind):
        (name, parameters), = form.items()
        kinds = scope_program.OBJECTS[kind][name]
        made = FACTORIES[kind][name](**self.convert(parameters, kinds, f"{kind} {name}"))
        if isinstance(made, ConstantInitializer):
            made.is_of_numbers = self._asks_for_floats("constant", made.value)
        return made


def _attribute(value, attribute, reference):
    if attribute == "original_name_scope":
        if isinstance(value, tf1.VariableScope):
            return value.original_name_scope
    elif isinstance(value, (tf.Tensor, tf1.VariableScope)) or is_variable(value):
        return value.name
    raise invalid(f"{reference}: there is no such thing")


def check_name(value, key):
    """Check a name of any kind."""
    if not isinstance(value, (str, type(None))):
        raise invalid(f"{key} must be a string")
    if value is not None and ("\\" in value or "\n" in value or "\r" in value):
        raise invalid(f"{key}: neither backslash nor line break may stand in a name")
    return value


def _check_op_name(value, key):
    if check_name(value, key) == "/":
        raise invalid(f"{key}: no op can have such a name")
    return value


def _check_key(value, key):
    if not isinstance(value, str):
        raise invalid(f"{key} must be a string")
    return value


def check_scope_name(name, default_name):
    """Check the name of a name scope, the default only where it is used. With a slash at the end it is a path from the root on, and must be one there."""
    value = check_name(default_name, "default_name") if name is None else name
    if isinstance(value, str) and value.endswith("/") and value != "/" and not re.match(r"[A-Za-z0-9.]", value):
        raise invalid(f"no op can have a name in the scope {value}")


def _check_given_name(value, key):
    if not isinstance(value, str):
        raise invalid(f"{key} must be a string")
    return check_name(value, key)


def _check_name_or_scope(value, key):
    return value if isinstance(value, tf1.VariableScope) else check_name(value, key)


def _check_scope(value, key):
    if not isinstance(value, tf1.VariableScope):
        raise invalid(f"{key} must be a variable scope")
    return value


def _check_text(value, key):
    if not isinstance(value, (str, type(None))):
        raise invalid(f"{key} must be a string")
    return value


def _check_names(value, key):
    if value is not None and not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
        raise invalid(f"{key} must be a list of strings")
    return value


def _check_values(value, key):
    if not isinstance(value, (list, tuple, type(None))):
        raise invalid(f"{key} must be a list")
    return value


def _check_tensors(value, key):
    for entry in _check_values(value, key) or ():
        if entry is None:
            raise invalid(f"{key} must be a list of tensors, variables and literals")
        _check_tensor(entry, key)
    return value


def _check_nodes(value, key):
    for entry in _check_values(value, key) or ():
        if not isinstance(entry, (tf.Tensor, tf.Operation)) and not is_variable(entry):
            raise invalid(f"{key} must be a list of operations, tensors and variables")
    return value


def _check_node_tree(value, key):
    for entry in _check_values(value, key) or ():
        if isinstance(entry, (list, tuple)):
            _check_node_tree(entry, key)
        else:
            _check_nodes([entry], key)
    return value


def _check_strides(value, key):
    strides = value if isinstance(value, list) else [value]
    if len(strides) not in (1, 2, 4) or not all(_is_dimension(stride) and stride for stride in strides):
        raise invalid(f"{key} must be 1, 2 or 4 positive integers")
    return value


def _check_padding(value, key):
    if isinstance(value, str):
        if value not in ("SAME", "VALID"):
            raise invalid(f"{key} must be SAME, VALID or a list")
    elif not (isinstance(value, list) and len(value) == 4 and all(
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(size, int) and not isinstance(size, bool)
                                                              for size in pair) for pair in value)):
        raise invalid(f"{key} must be 4 pairs of integers")
    return value


def _check_object(value, key):
    if value is not None:
        raise invalid(f"{key} must be an object or null")
    return value


def _check_bool(value, key):
    if not isinstance(value, (bool, type(None))):
        raise invalid(f"{key} must be a boolean")
    return value


def _check_int(value, key):
    if isinstance(value, bool) or not isinstance(value, (int, type(None))):
        raise invalid(f"{key} must be an integer")
    return value


def _check_dtype(value, key):
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"{key} must be the name of a dtype")
    try:
        return tf.as_dtype(value)
    except TypeError:
        raise invalid(f"{key}: there is no dtype '{value}'") from None


def _check_reuse(value, key):
    if value == "auto":
        return tf1.AUTO_REUSE
    if not isinstance(value, (bool, type(None))):
        raise invalid(f"{key} must be a boolean, null or 'auto'")
    return value


def _check_number(value, key):
    return special_floats(_check_tensor(value, key, specials=True))


def _check_tensor(value, key, specials=False):
    if value is None or isinstance(value, tf.Tensor) or is_variable(value):
        return value
    if is_literal(value) and is_well_formed(value, specials) or is_list_of_tensors(value):
        return value
    raise invalid(f"{key} must be a tensor, a variable, or a literal")


def _check_node(value, key):
    return value if isinstance(value, tf.Operation) else _check_tensor(value, key)


def _check_filled_shape(value, key):
    if isinstance(value, tf.Tensor) or is_variable(value) or _is_dimension(value):
        return value
    return _check_dimensions(value, key)


def _check_real(value, key):
    value = special_floats(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise invalid(f"{key} must be a number")
    return float(value)


def _check_shape(value, key):
    if _is_dimension(value):
        return value
    return _check_dimensions(value, key, _is_dimension)


def _check_dimensions(value, key, is_dimension=lambda entry: _is_dimension(entry) or isinstance(entry, float) and entry > -1):
    """A list of dimensions; where it is no shape that is asked for, TensorFlow cuts reals off."""
    if value is not None and not (isinstance(value, list)
                                  and all(entry is None or is_dimension(entry) for entry in value)):
        raise invalid(f"{key} must be a list of dimensions and nulls")
    return value


def _is_dimension(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _check_item(value, key):
    if not isinstance(value, (str, tf.Tensor, tf.Operation)) and not is_variable(value):
        raise invalid(f"{key} must be a variable, tensor, operation or string")
    return value


# Kinds that are not here take whatever TensorFlow takes.
_CHECKS = {
    "name": _check_op_name, "plain_name": _check_text, "given_name": _check_given_name, "name_or_scope": _check_name_or_scope,
    "scope": _check_scope, "text": _check_text, "names": _check_names, "device": _check_text,
    "tensors": _check_tensors, "bool": _check_bool, "int": _check_int, "dtype": _check_dtype, "reuse": _check_reuse,
    "number": _check_number, "real": _check_real, "shape": _check_shape, "item": _check_item,
    "key": _check_key, "values": _check_values, "nodes": _check_nodes, "node_tree": _check_node_tree,
    "strides": _check_strides, "padding": _check_padding, "regularizer": _check_object, "partitioner": _check_object,
    "tensor": _check_tensor, "indices": _check_tensor, "node": _check_node, "filled_shape": _check_filled_shape,
    "dimensions": _check_dimensions}


# --- Results --------------------------------------------------------------------------------------------------------

def is_partitioned(value):
    """True for a partitioned variable."""
    return isinstance(value, PartitionedVariable)


def is_variable(value):
    """True for a variable of any kind, a partitioned one included."""
    return isinstance(value, tf.Variable) or is_partitioned(value)


def dimensions(shape):
    """A shape as a list in which None is an unknown dimension, or None for unknown rank."""
    shape = tf.TensorShape(shape)
    return None if shape.rank is None else shape.as_list()


def describe(value):
    """What a report says about a bound value."""
    if isinstance(value, (list, tuple)):
        return [describe(entry) for entry in value]
    if isinstance(value, tf.Tensor) or is_variable(value):
        shape = dimensions(value.get_shape())
        if shape is not None and len(shape) > MOST_DIMENSIONS:
            shape = None  # TensorFlow knows of shapes that no tensor can have
        return {"name": value.name, "shape": shape, "dtype": value.dtype.name}
    if isinstance(value, tf1.VariableScope):
        reuse = "auto" if value.reuse is tf1.AUTO_REUSE else bool(value.reuse)
        return {"scope": value.name, "original_name_scope": value.original_name_scope, "reuse": reuse}
    if isinstance(value, tf.Operation):
        return {"operation": value.name}
    return value


def collection_name(item):
    """What a report says about a member of a collection."""
    return getattr(item, "name", item)


def line(value):
    """The line that `print` writes for a value: TensorFlow's own form, or where that is no line, a form of its kind."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(line(entry) if _own_form(entry) else repr(entry) for entry in value) + "]"
    return _own_form(value) or str(value)


def _own_form(value):
    if isinstance(value, (list, tuple)):
        return line(value)
    if isinstance(value, tf.Operation):
        return f"<tf.Operation '{value.name}' type={value.type}>"
    if isinstance(value, tf1.VariableScope):
        return f"<tf.VariableScope '{value.name}'>"
    if is_partitioned(value):
        return (f"<tf.PartitionedVariable '{value.name}' shape={value.get_shape()} dtype={value.dtype.name} "
                f"parts={len(list(value))}>")
    return None
