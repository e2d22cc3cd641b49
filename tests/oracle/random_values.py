"""Random values for the arguments of scope programs, as tables with weights.

A value is made for a kind of argument (`scope_program.py` has the kinds), or for one argument by its name. The pools
are small, so that names clash and shapes agree often. What must be refused is in them too, but seldom.
"""

import scope_program

# Names of variables, scopes and nodes: pools with weights, so small that they meet each other.
LEAVES = {"v": 10, "w": 8, "b": 5, "V": 2, "v_1": 2, "p/part_0": 1, "read": 1, "Assign": 1, "x.y": 1, "x-y_0": 1,
          "in/ner": 2, "a/v": 1, "foo/v": 1, "v/Initializer": 1, "Const": 1}
SCOPES = {"a": 8, "b": 6, "foo": 5, "Foo": 2, "a_1": 2, "d": 3, "d_1": 2, "a/b": 2, "v": 2, "a.b": 1, "x": 1,
          "a/": 1, "": 1, "v/Initializer": 0.3, "0": 0.5, "Regularizer": 0.3}
DEFAULTS = {"d": 8, "D": 1, "a": 3, "d_1": 1, "unit": 3, "d/e": 1, "": 0.5, "d/": 0.3}
NODES = {"x": 6, "c": 6, "y": 4, "X": 2, "c_1": 2, "a": 2, "a/c": 2, "v": 2, "exact/": 1, "exact/b/": 1, "x.y": 1, "": 1,
         "0": 0.5, "in//ner": 0.5, "Const": 1, "Const_1": 0.5, "add": 1, "v/read": 0.5}
# Allowed in some places and refused in others.
ODD = [".a", "_a", "-a", "/a", ">a", "a>b", "a//b", "a b", "a#", "a:b", "\u00e9", "a\\b", "a\nb", "\\", "a/\t", "^a", "a^",
       "..", "-", "_", "/", "a/ /b", "A_", "a@b", "\u03a9/x", "a,b", "a_01", "a_1_1", "%d", "loc:@a", "a:0", "_/a"]

SHAPES = {(): 6, (1,): 3, (2,): 8, (3,): 6, (4,): 3, (2, 3): 8, (3, 2): 6, (3, 3): 5, (2, 2): 4, (7, 2): 3, (4, 3): 3,
          (2, 3, 4): 2, (1, 2, 2, 1): 1, (2, 2, 1, 2): 1, (0,): 1, (2, 0): 1, (1000,): 1, (10, 100): 1, (1, 1, 3): 1,
          (3, 1): 2, (5, 2, 3): 1}
PARTIAL = {(None, 3): 6, (None,): 3, (2, None): 3, (None, None): 2, (None, 4, 4, 2): 1, (None, 0): 0.5}
NO_SHAPES = [-1, [-1], [2, -3], "2", [2.0], ["a"], [[2]], True, [True], 1.5, [2, "3"], {}]

DTYPES = {"float32": 20, "float64": 4, "int32": 6, "int64": 3, "bool": 3, "string": 3, "half": 2, "bfloat16": 2,
          "complex64": 2, "complex128": 1, "uint8": 1, "int8": 1, "int16": 1, "uint16": 1, "uint32": 1, "uint64": 1,
          "float16": 1, "double": 1, "float": 1, "float32_ref": 1, "int32_ref": 0.5, "qint8": 0.5, "quint8": 0.3,
          "qint32": 0.3, "resource": 0.3, "variant": 0.3, "float8_e5m2": 0.2, "int4": 0.2}
NO_DTYPES = ["float33", "", "Float32", "tf.float32", 1, True, ["float32"]]

DEVICES = {"/cpu:0": 6, "/gpu:0": 5, "/job:ps/task:1": 5, "/device:GPU:1": 2, "": 3, "/job:worker": 3, "/task:2": 1,
           "/job:ps/replica:0/task:0/device:CPU:0": 2, "/device:CPU:*": 1, "/job:a/task:3/gpu:7": 1, "/CPU:0": 1,
           "/job:*": 0.5, "/gpu:*": 0.5, "/replica:1": 1, "/device:XLA_CPU:0": 0.5, "cpu:0": 0.5}
NO_DEVICES = ["/foo:1", "abc", "/job:", "/gpu:x", "/job:ps/task", "//", "/device:GPU:1:2", "/cpu:0/gpu:0", "/job:1", 7,
              ["/cpu:0"], True, "/task:-1", "/gpu", " /cpu:0", "/job:a b"]

KEYS = {"k": 6, "variables": 3, "trainable_variables": 3, "local_variables": 2, "regularization_losses": 1, "k2": 3,
        "model_variables": 1, "a/k": 1, "moving_average_variables": 0.5, "": 0.3, "losses": 1, "summaries": 1,
        "global_step": 0.5, "init_op": 0.3, "table_initializer": 0.3}

SEEDS = {0: 2, 1: 4, 7: 4, -3: 1, 2147483647: 1, 2147483648: 1, -2147483649: 0.5, 4294967297: 0.5}
REALS = [0.0, 0.0, 1.0, 1.0, 0.5, 0.5, -1.5, 0.1, 0.1, 2.0, 0.25, 3.25e10, 1e-7, 2, 2, 0, 0, 1, -1, -0.0]
ODD_REALS = [1e39, 1e-46, "NaN", "Infinity", "-Infinity", 16777217, 9007199254740993, 1e308, 65520.0, 5e-324, 3.0e38]
INTEGERS = {0: 5, 1: 6, 2: 5, 3: 4, -1: 2, 7: 2, 100: 1, 127: 0.5, 255: 0.5, 256: 0.3, 65536: 0.3, 2147483647: 0.3,
            2147483648: 0.3, -2147483648: 0.2, 9223372036854775807: 0.1, -9223372036854775808: 0.1}
STRINGS = {"": 1, "a": 4, "text": 3, "NaN": 1, "$$x": 1, "$$$$": 0.5, "\u00e9t\u00e9": 1, "a\nb": 1, "\"q\"": 0.5, "'": 0.5,
           "\u0001\u007f": 0.3, "\U0001f600": 0.3, "a\\b": 0.5}
FLOATS = ("float16", "bfloat16", "float32", "float64")

# An argument of the wrong kind, whatever it should be. What a kind makes of them is settled before a call begins.
WRONG = [None, True, False, 0, 1.5, -7, "text", [], ["a", 1], [[1], [2]], "$nothing"]


class Values:
    """Draws values; `rng` decides, `view` (see generate.View) says what there is to refer to."""

    def __init__(self, rng):
        self.rng = rng
        self.view = None

    # --- Choices ----------------------------------------------------------------------------------------------------

    def chance(self, probability):
        """True with a probability."""
        return self.rng.random() < probability

    def pick(self, choices):
        """One of a list, or a key of a table of weights."""
        if isinstance(choices, dict):
            return self.rng.choices(list(choices), list(choices.values()))[0]
        return self.rng.choice(choices)

    def some(self, least, most, make):
        """A list of a random length."""
        return [make() for _ in range(self.rng.randint(least, most))]

    # --- Literals ---------------------------------------------------------------------------------------------------

    def scalar(self, dtype=None):
        """A number, string or boolean, of a dtype or of any."""
        dtype = dtype or self.pick({"float32": 8, "int32": 6, "bool": 2, "string": 2})
        if dtype == "bool":
            return self.chance(0.5)
        if dtype == "string":
            return self.pick(STRINGS)
        if "int" in dtype:
            return self.pick(INTEGERS)
        return self.real()

    def real(self):
        """A number where a real is due."""
        return self.pick(ODD_REALS if self.chance(0.06) else REALS)

    def filled(self, shape, make):
        """A nested list of a shape, of values that `make` makes; large ones are cut short."""
        if not shape:
            return make()
        size = shape[0] if isinstance(shape[0], int) else 2
        return [self.filled(shape[1:], make) for _ in range(max(min(size, 12), 0))]

    def literal(self, dtype=None, shape=None):
        """A literal of a dtype and a shape, or of any."""
        if self.chance(0.03):
            return self.pick([[], [[]], [[1, 2], [3]], [1, "a"], [1, 2.5], [True, 2], ["a", True], [[], []], [1.0, "NaN"],
                              [1, 4294967296], [[1], 2], [None], [1, None], "", [2.5, 1], [[[]]], [1.0, True]])
        dtype = dtype or self.pick({"float32": 8, "int32": 6, "bool": 1.5, "string": 1.5})
        if shape is None:
            shape = self.pick({(): 10, (2,): 4, (3,): 3, (2, 3): 3, (2, 2): 2, (1,): 1, (3, 2): 1, (1, 1, 2): 0.5})
        return self.filled(shape, lambda: self.scalar(dtype))

    # --- Kinds ------------------------------------------------------------------------------------------------------

    def shape(self, partial=0.12):
        """A shape that a variable can have, or, with a probability, one that is not wholly known."""
        if self.chance(0.02):
            return self.pick(NO_SHAPES[:-1])
        shape = list(self.pick(PARTIAL if self.chance(partial) else SHAPES))
        return shape[0] if len(shape) == 1 and shape[0] is not None and self.chance(0.1) else shape

    def dtype(self):
        """The name of a dtype."""
        return self.pick(NO_DTYPES) if self.chance(0.02) else self.pick(DTYPES)

    def name(self, pool):
        """A name out of a pool, and now and then an odd one."""
        return self.pick(ODD) if self.chance(0.04) else self.pick(pool)

    def device(self):
        """A device."""
        return self.pick(NO_DEVICES) if self.chance(0.04) else self.pick(DEVICES)

    def keys(self):
        """The keys of collections."""
        return self.some(0, 3, lambda: self.pick(KEYS))

    def reuse(self):
        """A reuse mode."""
        return self.pick({"auto": 10, True: 4, False: 3, None: 2})

    def boolean(self):
        """True or false."""
        return self.chance(0.5)

    def operand(self, dtype=None):
        """A tensor, variable or literal, of a dtype if one is given and there is any."""
        named = self.view.of_dtype(dtype) if dtype else self.view.values()
        if named and self.chance(0.8):
            return "$" + self.pick(named)
        return self.literal(dtype if dtype in ("float32", "int32", "bool", "string") or dtype is None
                            else "int32" if "int" in dtype else "float32")

    def node(self):
        """An operation, tensor or variable, or, seldom, something that is none."""
        named = self.view.nodes()
        if named and self.chance(0.97):
            return "$" + self.pick(named)
        return self.pick([1, "x", None, [], *self.view.references()])

    def nodes(self, most=3):
        """A list of nodes."""
        return self.some(0, most, self.node)

    def scope(self):
        """A variable scope, or, seldom, something that is none."""
        scopes = self.view.scopes()
        return "$" + self.pick(scopes) if scopes and self.chance(0.98) else self.anything()

    def anything(self):
        """A value of any kind: what `print` and `add_to_collection` take, and what other arguments refuse."""
        bound = self.view.references()
        if bound and self.chance(0.8):
            return self.pick(bound)
        return self.pick([None, self.literal(), "text", "$$x", [1, 2.0, "a", True, None], [], ["$$x", ["\u00e9", "'"]]])

    # --- Objects ----------------------------------------------------------------------------------------------------

    def parameters(self, what, kind, required=()):
        """Some of the parameters of an object, each from PARAMETERS or by its kind."""
        made = {}
        for name in scope_program.OBJECTS[what][kind]:
            if self.chance(0.97 if name in required else 0.4):
                made[name] = self.parameter(kind, name)
        return made

    def parameter(self, kind, name):
        """The value of one parameter of an object."""
        if self.chance(0.02):
            return self.pick(WRONG)
        table = PARAMETERS.get((kind, name)) or PARAMETERS[name]
        return table(self) if callable(table) else self.pick(table)

    def initializer(self, dtype=None, shape=None):
        """An initializer that mostly suits a dtype and a shape, in any of its forms."""
        if self.chance(0.25):
            return self.initial_value(dtype, shape)
        kinds = INITIALIZERS_OF_FLOATS if dtype is None or dtype in FLOATS or self.chance(0.05) else INITIALIZERS_OF_OTHERS
        kind = self.pick(kinds)
        made = self.parameters("initializer", kind)
        if kind == "random_uniform" and dtype is not None and "int" in dtype and self.chance(0.9):
            made.update(minval=self.pick([0, -2, 1]), maxval=self.pick([3, 10]))
        if kind == "constant" and self.chance(0.8):
            made["value"] = self.literal(dtype, self.pick([(), shape or (), (2,)]))
        return {kind: made}

    def initial_value(self, dtype=None, shape=None):
        """A value as initializer: a literal, a tensor or a variable."""
        tensors = self.view.initial_values(dtype)
        if tensors and self.chance(0.4):
            return "$" + self.pick(tensors)
        return self.literal(dtype, None if self.chance(0.3) else shape)

    def partitioner(self):
        """A partitioner."""
        kind = self.pick({"fixed_size": 6, "variable_axis_size": 3, "min_max_variable": 3})
        return {kind: self.parameters("partitioner", kind, ("num_shards", "max_shard_bytes"))}

    def regularizer(self):
        """A regularizer."""
        kind = self.pick({"l1": 3, "l2": 3, "none": 1})
        return {kind: self.parameters("regularizer", kind, ("scale",))}


INITIALIZERS_OF_FLOATS = {"zeros": 4, "ones": 3, "constant": 5, "random_normal": 3, "random_uniform": 3,
                          "truncated_normal": 2, "variance_scaling": 2, "glorot_uniform": 2, "glorot_normal": 2,
                          "uniform_unit_scaling": 2, "orthogonal": 2, "identity": 2}
INITIALIZERS_OF_OTHERS = {"zeros": 4, "ones": 3, "constant": 5, "random_uniform": 1, "identity": 0.5}

# The parameters of initializers, partitioners and regularizers: a table of weights, or a function of Values.
PARAMETERS = {
    ("constant", "value"): lambda values: values.literal(),
    "seed": {**SEEDS, None: 2},
    "mean": Values.real,
    "stddev": Values.real,
    "minval": lambda values: values.pick(INTEGERS) if values.chance(0.4) else values.real(),
    "maxval": lambda values: values.pick(INTEGERS) if values.chance(0.4) else values.real(),
    "scale": lambda values: values.real() if values.chance(0.3) else values.pick([2.0, 0.01, 1, 0.5]),
    "factor": Values.real,
    "gain": Values.real,
    "mode": {"fan_in": 4, "fan_out": 4, "fan_avg": 4, "fan": 0.5, "FAN_IN": 0.5, "": 0.2},
    "distribution": {"truncated_normal": 4, "normal": 4, "untruncated_normal": 4, "uniform": 4, "Uniform": 1, "gauss": 0.5},
    "num_shards": {1: 4, 2: 8, 3: 6, 5: 1, 0: 0.3, -1: 0.3, 100: 0.3},
    "axis": {0: 8, 1: 4, -1: 2, 2: 1, 7: 0.3, -5: 0.3},
    "max_shard_bytes": {4: 3, 8: 4, 16: 4, 64: 2, 1: 1, 1000: 2, 0: 0.3, -4: 0.3},
    "bytes_per_string_element": {16: 3, 1: 2, 8: 2, 0: 0.3, -1: 0.2},
    "max_shards": {1: 1, 2: 4, 3: 4, None: 2, 0: 0.3, -1: 0.2},
    "max_partitions": {1: 2, 2: 4, 3: 4, 10: 1, 0: 0.3, -1: 0.2},
    "min_slice_size": {1: 3, 4: 4, 16: 3, 262144: 1, 0: 0.3, -1: 0.2},
}
