#!/usr/bin/env python3
"""Write random scope programs.

    generate.py SEED NUMBER

prints one of the programs of a seed. A program is written while TensorFlow runs it: each statement is chosen when the one
before it has been run, so that it can refer to what is bound, look for variables that are there, and fit shapes and
dtypes, and most of it is valid. A statement that fails goes into a `try` with the code that it failed with; some `try`
stand around more statements, and take what fails deep inside; in a few programs nothing takes the first failure.

What is written comes from tables: CALLS and MANAGERS for the statements, ARGUMENTS and KINDS for the arguments, and
`random_values.py` for the values. `reach.py` tells which parts of the language came up; each program is also told to
reach one that comes up seldom.

What is left out:

- seeds from a counter in forked workers: a program with a graph seed does not fork
  (docs/decisions/0005-departures-from-tensorflow.md);
- ops without a shape rule whose outcome depends on shapes: they get inputs of unknown rank, and nothing takes what they
  give (`random_ops.py`);
- as a shape, an axis or the like, a tensor whose value TensorFlow computes while the graph is built and the library does
  not (`is_riddle`), or one that has room for more dimensions than a tensor can have (`is_large`);
- names with a trailing slash that another name may meet: such a name is taken exactly, without a note that it is taken,
  so that TensorFlow stumbles over it later, tries again, and leaves nodes behind. conformance/ has what is to be known;
- a known scalar as `size_splits` of SplitV, and ops with a broken shape function (`random_ops.BROKEN`), which end or
  hang TensorFlow's process.
"""

import json
import random
import sys

import random_ops
import reach
import scope_program
import tf_program
from random_values import DEFAULTS, KEYS, LEAVES, NODES, ODD, SCOPES, WRONG, Values
from tf_values import is_partitioned, is_variable, tf, tf1
from tensorflow.python.ops import variable_scope as tf_variable_scope
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

LEAST_STATEMENTS, MOST_STATEMENTS = 10, 60
DEEPEST = 6
WISH_AFTER = 2  # statements

# Statements and what they are written with, by weight.
STATEMENTS = {"call": 70, "with": 25, "try": 4, "parallel": 2}

CALLS = {
    "get_variable": 26, "get_local_variable": 3, "Variable": 6, "get_variable_scope": 3, "reuse_variables": 1,
    "set_initializer": 1, "set_regularizer": 1, "set_caching_device": 1, "set_partitioner": 0.7, "set_dtype": 0.7,
    "set_use_resource": 1, "placeholder": 5, "constant": 7, "zeros": 2, "ones": 2, "random_normal": 2,
    "random_uniform": 2.5, "add": 4, "subtract": 2, "multiply": 3, "plus": 3, "matmul": 3, "conv2d": 2, "relu": 2,
    "bias_add": 2, "identity": 4, "assign": 3, "add_n": 2, "reduce_sum": 3, "l2_loss": 2, "no_op": 2, "group": 3,
    "global_variables_initializer": 1, "global_variables": 1, "trainable_variables": 1, "get_collection": 2,
    "add_to_collection": 2, "print": 5, "op": 18}

MANAGERS = {"variable_scope": 40, "name_scope": 14, "op_scope": 3, "variable_op_scope": 5, "device": 8,
            "control_dependencies": 8, "colocate_with": 6}

# What a call or manager needs; left out only by mistake. Others come with a probability: USUAL, or the one in OFTEN.
REQUIRED = {
    "get_variable": ("name",), "get_local_variable": ("name",), "Variable": ("initial_value",),
    "reuse_variables": ("scope",), "set_initializer": ("scope", "initializer"),
    "set_regularizer": ("scope", "regularizer"), "set_caching_device": ("scope", "caching_device"),
    "set_partitioner": ("scope", "partitioner"), "set_dtype": ("scope", "dtype"),
    "set_use_resource": ("scope", "use_resource"), "placeholder": ("dtype",), "constant": ("value",),
    "zeros": ("shape",), "ones": ("shape",), "random_normal": ("shape",), "random_uniform": ("shape",),
    "add": ("x", "y"), "subtract": ("x", "y"), "multiply": ("x", "y"), "plus": ("x", "y"), "matmul": ("a", "b"),
    "conv2d": ("input", "filter", "strides", "padding"), "relu": ("features",), "bias_add": ("value", "bias"),
    "identity": ("input",), "assign": ("ref", "value"), "add_n": ("inputs",), "reduce_sum": ("input_tensor",),
    "l2_loss": ("t",), "group": ("inputs",), "get_collection": ("key",), "add_to_collection": ("name", "value"),
    "print": ("value",), "variable_scope": ("name_or_scope",), "variable_op_scope": ("name_or_scope",), "device": ("name",), "control_dependencies": ("inputs",), "colocate_with": ("op",)}
USUAL = 0.12
OFTEN = {"name": 0.4, "shape": 0.8, "dtype": 0.2, "initializer": 0.4, "reuse": 0.3, "default_name": 0.15, "mean": 0.3,
         "stddev": 0.3, "minval": 0.4, "maxval": 0.4, "seed": 0.3, "axis": 0.5, "transpose_a": 0.2, "transpose_b": 0.2,
         "auxiliary_name_scope": 0.15, "regularizer": 0.1, "partitioner": 0.1}
OF_SCOPES = {"initializer": 0.12, "dtype": 0.06, "partitioner": 0.05, "regularizer": 0.06}
NULL = 0.025
MISTAKE = 0.008

# What makes an argument: by call and argument, by argument, or by kind. Functions of the author.
ARGUMENTS = {
    ("variable_scope", "name_or_scope"): lambda author: author.name_or_scope(),
    ("variable_op_scope", "name_or_scope"): lambda author: author.name_or_scope(),
    ("name_scope", "name"): lambda author: author.values.name(SCOPES if author.values.chance(0.6) else NODES),
    ("op_scope", "name"): lambda author: author.values.name(SCOPES),
    ("device", "name"): lambda author: author.values.device(),
    ("get_collection", "key"): lambda author: author.values.pick(KEYS),
    ("add_to_collection", "name"): lambda author: author.values.pick(KEYS),
    ("print", "value"): lambda author: author.values.anything() if author.values.chance(0.97) else "$nothing",
    ("get_variable", "name"): lambda author: author.values.name(LEAVES),
    ("get_local_variable", "name"): lambda author: author.values.name(LEAVES),
    ("Variable", "initial_value"): lambda author: author.values.initial_value(),
    ("conv2d", "strides"): lambda author: author.values.pick([1, 2, [1, 1, 1, 1], [1, 2, 2, 1], [1, 1], [2], [1, 0, 1, 1],
                                                              [2, 1, 1, 1], [1, 1, 1], 0, "a", [1, 1.5]]),
    ("conv2d", "padding"): lambda author: author.values.pick(
        ["SAME"] * 5 + ["VALID"] * 5 + [[[0, 0], [1, 1], [1, 1], [0, 0]], [[0, 0], [1, 0], [0, 2], [0, 0]], "same", "FULL",
                                        [[1, 0], [0, 0], [0, 0], [0, 0]], [[0, 0]], [1, 1], [[0, 0], [-1, 0], [0, 0], [0, 0]]]),
    ("reduce_sum", "axis"): lambda author: author.values.pick([0, 0, 1, -1, [0], [0, 1], [1, 0], [], 2, 7, [0, 0], [-1], True,
                                                               1.0, "a", "$" + author.values.view.any_name()]),
    ("l2_loss", "t"): lambda author: author.values.operand(author.values.pick(["float32", "float32", "float64", None])),
    ("relu", "features"): lambda author: author.values.operand(author.values.pick(["float32", "float32", "int32", None])),
    "seed": lambda author: author.values.parameter("", "seed"),
    "default_name": lambda author: author.values.name(DEFAULTS),
    "mean": lambda author: author.values.real(),
    "stddev": lambda author: author.values.real(),
    "minval": lambda author: author.values.parameter("", "minval"),
    "maxval": lambda author: author.values.parameter("", "maxval"),
}

KINDS = {
    "name": lambda author: author.values.name(NODES),
    "shape": lambda author: author.values.shape(),
    "dtype": lambda author: author.values.dtype(),
    "initializer": lambda author: author.values.initializer(),
    "regularizer": lambda author: author.values.regularizer(),
    "partitioner": lambda author: author.values.partitioner(),
    "device": lambda author: author.values.device(),
    "reuse": lambda author: author.values.reuse(),
    "bool": lambda author: author.values.boolean(),
    "names": lambda author: author.values.keys(),
    "scope": lambda author: author.values.scope(),
    "tensor": lambda author: author.values.operand(),
    "tensors": lambda author: author.values.some(0, 3, author.values.operand),
    "nodes": lambda author: author.values.nodes(),
    "node_tree": lambda author: author.values.nodes(),
    "values": lambda author: author.values.nodes(),
    "plain_name": lambda author: author.values.name(DEFAULTS),
    "filled_shape": lambda author: author.shape_operand(),
    "dimensions": lambda author: author.values.shape(0.02),
    "indices": lambda author: author.shape_operand(),
    "node": lambda author: author.values.node(),
    "value": lambda author: author.values.initial_value(),
    "item": lambda author: author.collected(),
}


class View:
    """What a program can refer to where it has come to: bindings, and the variables that there are."""

    def __init__(self, bindings, counter):
        self.bindings = bindings
        self._counter = counter

    def _named(self, wanted):
        return [name for name, value in self.bindings.items() if wanted(value)]

    def new_name(self, stem):
        """A name that has not been bound before."""
        self._counter[stem] = self._counter.get(stem, -1) + 1
        return f"{stem}{self._counter[stem]}"

    def any_name(self):
        """The newest binding that may stand for a shape or an axis, or a name that is not bound."""
        return next((name for name in reversed(self.bindings) if self.may_be_evaluated(name)), "nothing")

    def values(self):
        """The tensors and variables."""
        return self._named(_is_value)

    def of_dtype(self, dtype):
        """The tensors and variables of a dtype."""
        wanted = _dtype(dtype)
        return self._named(lambda value: _is_value(value) and value.dtype.base_dtype == wanted)

    def of_rank(self, dtype, ranks):
        """The tensors and variables of a dtype whose rank is one of those given, or unknown."""
        return [name for name in self.of_dtype(dtype) if self.bindings[name].get_shape().rank in (*ranks, None)]

    def of_dtype_to_evaluate(self, dtype):
        """The same without those whose value the library cannot tell while the graph is built, and TensorFlow can."""
        return [name for name in self.of_dtype(dtype) if self.may_be_evaluated(name)]

    def may_be_evaluated(self, name):
        """Whether what is bound is nothing whose value TensorFlow can tell, and the library cannot."""
        value = self.bindings[name]
        return not isinstance(value, tf.Tensor) or not (random_ops.is_riddle(value) or random_ops.is_large(value.shape))

    def of_unknown_rank(self, dtype):
        """The tensors of a dtype of which no shape is known."""
        wanted = _dtype(dtype)
        return self._named(lambda value: isinstance(value, tf.Tensor) and value.dtype == wanted
                           and value.op.type == "Placeholder" and value.shape.rank is None)

    def ref_variables(self, dtype=None):
        """The ref variables, of a dtype if one is given."""
        return self._named(lambda value: isinstance(value, tf.Variable) and not isinstance(value, BaseResourceVariable)
                           and (dtype is None or value.dtype.base_dtype == _dtype(dtype)))

    def initial_values(self, dtype=None):
        """The tensors and variables, of a dtype if one is given."""
        return self._named(lambda value: _is_value(value)
                           and (dtype is None or value.dtype.base_dtype == _dtype(dtype)))

    def nodes(self):
        """The operations, tensors and variables."""
        return self._named(lambda value: _is_value(value) or isinstance(value, tf.Operation))

    def scopes(self):
        """The variable scopes."""
        return self._named(lambda value: isinstance(value, tf1.VariableScope))

    def lists(self):
        """The lists."""
        return self._named(lambda value: isinstance(value, (list, tuple)))

    def references(self):
        """References of every form to what is bound."""
        found = []
        for name, value in self.bindings.items():
            found.append("$" + name)
            if _is_value(value) or isinstance(value, tf1.VariableScope):
                found.append(f"${name}.name")
            if isinstance(value, tf1.VariableScope):
                found.append(f"${name}.original_name_scope")
        return found

    @staticmethod
    def variables_here():
        """The variables whose names begin with the current variable scope: (the rest of the name, variable)."""
        scope = tf1.get_variable_scope().name
        prefix = scope + "/" if scope else ""
        store = tf_variable_scope._get_default_variable_store()  # pylint: disable=protected-access
        made = {**store._vars, **store._partitioned_vars}  # pylint: disable=protected-access
        return [(key[len(prefix):], variable) for key, variable in made.items() if key.startswith(prefix)]


def _dtype(name):
    """The dtype of a name, None when there is no such dtype."""
    try:
        return tf.as_dtype(name)
    except TypeError:
        return None


def _is_value(value):
    return isinstance(value, tf.Tensor) or is_variable(value)


class Unwritten(list):
    """A list of statements that is written when it is run.

    `size` is the number of statements; `catches`: each failure is taken where it happens.
    """

    def __init__(self, size, catches):
        super().__init__()
        self.size = size
        self.catches = catches


class Author:
    """Chooses statements."""

    def __init__(self, seed, wish=None):
        self._wish = wish
        self.rng = random.Random(seed)
        self.values = Values(self.rng)
        self.left = self.rng.randint(LEAST_STATEMENTS, MOST_STATEMENTS)
        self.may_fork = False
        self._counter = {}
        self._depth = 0

    def program(self):
        """The frame of a program, its body unwritten."""
        chance = self.values.chance
        program = {"varscope": 1}
        if chance(0.3):
            program["seed"] = self.values.parameter("", "seed") if chance(0.9) else 0
            if type(program["seed"]) is not int:
                program["seed"] = None
        if chance(0.4):
            program["resource_variables"] = chance(0.7)
        self.may_fork = program.get("seed") is None
        program["body"] = Unwritten(self.left, chance(0.96))
        return program

    # --- Statements -------------------------------------------------------------------------------------------------

    def statements(self, block, bindings):
        """The statements of a block, one after another; `bindings` is what is bound there, as it changes."""
        self._depth += 1
        written = 0
        while written < block.size and self.left > 0:
            self.values.view = View(bindings, self._counter)
            for statement in self._some(block):
                self.left -= 1
                written += 1
                yield statement
                self.values.view = View(bindings, self._counter)
        if self._depth == 1 and self._wish is not None:
            yield from self._wished(*self._wish)
        self._depth -= 1

    def _some(self, block):
        if self._wish is not None and self._depth == 1 and len(block) >= WISH_AFTER:
            statements, self._wish = self._wished(*self._wish), None
            return statements
        kind = self.values.pick(STATEMENTS)
        if self._depth > DEEPEST:
            kind = "call"
        if kind == "call":
            return self._call()
        return [{"with": self._with, "try": self._try, "parallel": self._parallel}[kind](block)]

    def _body(self, most, catches):
        return Unwritten(self.rng.randint(0 if self.values.chance(0.1) else 1, most), catches)

    def _with(self, block):
        manager = self.values.pick(MANAGERS)
        statement = {"with": manager, **self._arguments(manager, scope_program.CONTEXTS[manager], self._preset(manager))}
        if self.values.chance(0.6 if "variable" in manager else 0.2):
            statement["as"] = self._binding("s" if "variable" in manager else "n")
        statement["body"] = self._body(8, block.catches)
        return statement

    def _try(self, block):
        statement = {"try": self._body(6, block.catches and self.values.chance(0.25))}
        if self.values.chance(0.1):
            statement["error"] = None
        elif self.values.chance(0.06):
            statement["error"] = self.values.pick(scope_program.CODES)
        return statement

    def _parallel(self, block):
        statement = {"parallel": self.values.some(0 if self.values.chance(0.1) else 1, 3,
                                                  lambda: self._body(6, block.catches and self.values.chance(0.9)))}
        if self.may_fork and self.values.chance(0.6):
            statement["fork"] = self.values.pick(["tower", "tower", "tower_%d", "t%d/x", "a", "A", "", None, "a/", "%d/", "_x",
                                                  "a b", "tower/"])
        elif self.values.chance(0.1):
            statement["fork"] = None
        return statement

    def _wished(self, name, argument, form):
        """Statements of which the last has an argument in a form that was asked for (`reach.wishes`)."""
        if name in MANAGERS:
            kinds, statements = scope_program.CONTEXTS[name], [{"with": name, "body": self._body(3, True)}]
        else:
            kinds, statements = scope_program.CALLS[name], self._call(name) or [{"call": "op", "op": "NoOp"}]
        statement = statements[-1]
        if name in MANAGERS:
            statement.update(self._arguments(name, kinds, self._preset(name)))
        named = self.values.view.initial_values() if "initial" in argument else self.values.view.values()
        named = [entry for entry in named if self.values.view.may_be_evaluated(entry)]
        statement[argument] = "$" + self.values.pick(named) if form == "reference" and named else reach.WISHED[form]
        if form == "left out":
            del statement[argument]
        return statements

    def _call(self, call=None):
        call = call or self.values.pick(CALLS)
        if call == "op":
            made = random_ops.statements(self.values, self._binding("t"),
                                         self.values.name(NODES) if self.values.chance(0.4) else None)
            return [*made[:-1], self._spoiled_op(made[-1])] if made else []
        kinds = scope_program.CALLS[call]
        statement = {"call": call, **self._arguments(call, kinds, self._preset(call))}
        if self.values.chance(0.8):
            statement["as"] = self._binding(BINDINGS.get(call, "t"))
        return [statement]

    def _spoiled_op(self, statement):
        """The call of an op, seldom with a mistake in it."""
        if not self.values.chance(0.06):
            return statement
        inputs, attrs = statement.get("inputs", {}), statement.get("attrs", {})
        mistake = self.values.pick(["op", "input", "attr", "no input", "no attr", "value", "attr value", "inferred"])
        if mistake == "op":
            return {**statement, "op": self.values.pick(["NoSuchOp", "add", "", "Add "])}
        if mistake == "input":
            return {**statement, "inputs": {**inputs, "no_such": 1}}
        if mistake == "attr":
            return {**statement, "attrs": {**attrs, "no_such": 1}}
        if mistake == "inferred":
            return {**statement, "attrs": {**attrs, self.values.pick(["T", "N", "dtype", "Tidx"]): "float32"}}
        what, mapping = ("inputs", inputs) if "input" in mistake or mistake == "value" else ("attrs", attrs)
        if not mapping:
            return statement
        key = self.values.pick(list(mapping))
        if mistake.startswith("no "):
            return {**statement, what: {name: value for name, value in mapping.items() if name != key}}
        # Without a shape rule for the op, the outcome must not depend on the shape of what is wrong.
        wrong = WRONG if what == "attrs" or statement["op"] in random_ops.with_shape_rule() else [None, "$nothing"]
        return {**statement, what: {**mapping, key: self.values.pick(wrong)}}

    def _binding(self, stem):
        """A binding: a new one, or one that is there already."""
        if self.values.chance(0.06) and self.values.view.bindings:
            return self.values.pick(list(self.values.view.bindings))
        return self.values.view.new_name(stem)

    # --- Arguments --------------------------------------------------------------------------------------------------

    def _arguments(self, name, kinds, preset):
        """The arguments of a call or manager: those that are preset, and of the others some."""
        values, made = self.values, {}
        for argument, kind in kinds.items():
            if argument in preset:
                if preset[argument] is not ABSENT:
                    made[argument] = preset[argument]
            elif values.chance(self._probability(name, argument)):
                made[argument] = self._argument(name, argument, kind)
            if argument in made and values.chance(NULL):
                made[argument] = None
            if argument in made and values.chance(MISTAKE):
                made[argument] = values.pick(WRONG)
        return made

    @staticmethod
    def _probability(name, argument):
        if argument in REQUIRED.get(name, ()):
            return 0.99
        if name in MANAGERS and argument in OF_SCOPES:
            return OF_SCOPES[argument]
        return OFTEN.get(argument, USUAL)

    def _argument(self, name, argument, kind):
        for key in ((name, argument), argument):
            if key in ARGUMENTS:
                return ARGUMENTS[key](self)
        return KINDS[kind](self)

    def name_or_scope(self):
        """The name of a variable scope, or a scope."""
        scopes = self.values.view.scopes()
        if scopes and self.values.chance(0.3):
            return "$" + self.values.pick(scopes)
        if self.values.chance(0.02):
            return self.values.pick(self.values.view.references() or ["$nothing"])
        return self.values.name(SCOPES)

    def collected(self):
        """What is added to a collection."""
        named = self.values.view.nodes()
        return "$" + self.values.pick(named) if named and self.values.chance(0.8) else self.values.pick(["text", "$$x", 1])

    def shape_operand(self):
        """A shape where a tensor may stand."""
        tensors = self.values.view.of_dtype_to_evaluate("int32")
        return "$" + self.values.pick(tensors) if tensors and self.values.chance(0.1) else self.values.shape(0.03)

    # --- Arguments that have to fit each other ----------------------------------------------------------------------

    def _preset(self, name):
        return PRESETS[name](self) if name in PRESETS and self.values.chance(0.93) else {}

    def preset_get_variable(self):
        """A variable that is there already, asked for in a fitting way, or a new one."""
        values = self.values
        scope = tf1.get_variable_scope()
        there = values.view.variables_here()
        if there and values.chance(0.75 if scope.reuse else 0.15):
            name, variable = values.pick(there)
            made = {"name": name, "initializer": ABSENT}
            shape = variable.get_shape()
            if values.chance(0.7) and shape.rank is not None:
                made["shape"] = shape.as_list()
                if made["shape"] and values.chance(0.1):
                    made["shape"][0] = None
            elif values.chance(0.6):
                made["shape"] = ABSENT
            if values.chance(0.8):
                made["dtype"] = ABSENT if variable.dtype.base_dtype == scope.dtype else variable.dtype.base_dtype.name
            if is_partitioned(variable) and values.chance(0.5):
                made["partitioner"] = {"fixed_size": {"num_shards": len(list(variable))}}
            return made
        return self._new_variable(scope)

    def _new_variable(self, scope):
        values = self.values
        dtype = values.dtype() if values.chance(0.3) else None
        shape = values.shape(0.03)
        asked = dtype if isinstance(dtype, str) else scope.dtype.base_dtype.name
        made = {"dtype": dtype if dtype is not None else ABSENT, "shape": shape, "initializer": ABSENT}
        if values.chance(0.5):
            made["initializer"] = values.initializer(asked, tuple(shape) if isinstance(shape, list) else None)
            if not isinstance(made["initializer"], dict) and values.chance(0.9):
                made["shape"] = ABSENT
        return made

    def preset_variable(self):
        """An initial value of the dtype that is asked for."""
        if self.values.chance(0.7):
            return {"dtype": ABSENT}
        dtype = self.values.dtype()
        return {"dtype": dtype, "initial_value": self.values.initial_value(dtype if _exists(dtype) else None)}

    def preset_constant(self):
        """A value that fits the dtype and the shape."""
        values = self.values
        dtype = values.dtype() if values.chance(0.4) else None
        shape = values.shape(0.02) if values.chance(0.3) else None
        fits = dtype if isinstance(dtype, str) and _exists(dtype) else None
        value = values.literal(tf.as_dtype(fits).base_dtype.name if fits else None,
                               tuple(shape) if isinstance(shape, list) and values.chance(0.5) else
                               () if shape is not None else None)
        return {"value": value, "dtype": ABSENT if dtype is None else dtype, "shape": ABSENT if shape is None else shape}

    def preset_binary(self):
        """Two operands of one dtype."""
        dtype = self._dtype_that_is_there()
        return {"x": self.values.operand(dtype), "y": self.values.operand(dtype)}

    def preset_matmul(self):
        """Two matrices of one dtype."""
        return dict(zip("ab", (self._of_rank((2, 3), 2) for _ in range(2))))

    def preset_conv2d(self):
        """An image and a filter."""
        return {"input": self._of_rank((4,), 4), "filter": self._of_rank((4,), 4)}

    def preset_bias_add(self):
        """A value, and a bias of the length of its last dimension."""
        return {"value": self._of_rank((2, 3, 4), 2), "bias": self._of_rank((1,), 1)}

    def preset_assign(self):
        """A variable, and something like it."""
        view = self.values.view
        names = [name for name, value in view.bindings.items() if isinstance(value, tf.Variable)]
        if not names:
            return {}
        ref = self.values.pick(names)
        variable = view.bindings[ref]
        like = [name for name in view.of_dtype(variable.dtype.base_dtype)
                if view.bindings[name].get_shape().is_compatible_with(variable.get_shape())]
        value = "$" + self.values.pick(like) if self.values.chance(0.6) else self.values.literal(
            variable.dtype.base_dtype.name, tuple(variable.get_shape().as_list() if variable.get_shape().rank else ()))
        return {"ref": "$" + ref, "value": value}

    def preset_add_n(self):
        """Operands of one dtype, or a list that is bound."""
        lists = self.values.view.lists()
        if lists and self.values.chance(0.2):
            return {"inputs": "$" + self.values.pick(lists)}
        dtype = self._dtype_that_is_there()
        first = self.values.operand(dtype)
        return {"inputs": [first, *self.values.some(0, 2, lambda: first if self.values.chance(0.6)
                                                    else self.values.operand(dtype))]}

    def preset_group(self):
        """A list, with lists in it, or one that is bound."""
        lists = self.values.view.lists()
        if lists and self.values.chance(0.2):
            return {"inputs": "$" + self.values.pick(lists)}
        inputs = self.values.nodes(4)
        if self.values.chance(0.3):
            inputs.append(self.values.nodes(2))
        return {"inputs": inputs}

    def preset_variable_scope(self):
        """A scope in which something can be found or made, most of the time."""
        made = {}
        if self.values.chance(0.12):
            made = {"name_or_scope": None if self.values.chance(0.6) else ABSENT, "default_name": self.values.name(DEFAULTS)}
            if self.values.chance(0.9):
                made["reuse"] = ABSENT
        return made

    def preset_name_scope(self):
        """A name, or only a default."""
        if self.values.chance(0.15):
            return {"name": None, "default_name": self.values.name(DEFAULTS)}
        return {"name": self.values.name(SCOPES)}

    def preset_random_uniform(self):
        """Bounds that suit an int dtype."""
        if self.values.chance(0.8):
            return {"dtype": ABSENT} if self.values.chance(0.7) else {"dtype": self.values.pick(["float64", "half", "bfloat16"])}
        return {"dtype": self.values.pick(["int32", "int64"]), "minval": self.values.pick([0, 1, -5]),
                "maxval": self.values.pick([10, 20])}

    def preset_random_normal(self):
        """A dtype of floats."""
        return {"dtype": ABSENT} if self.values.chance(0.7) else {"dtype": self.values.pick(["float64", "half", "bfloat16"])}

    def _dtype_that_is_there(self):
        names = self.values.view.values()
        return self.values.view.bindings[self.values.pick(names)].dtype.base_dtype.name if names else None

    def _of_rank(self, ranks, literal_rank):
        """An operand of one of some ranks."""
        named = self.values.view.of_rank(self.values.pick(["float32"] * 6 + ["float64", "half", "int32"]), ranks)
        if named and self.values.chance(0.85):
            return "$" + self.values.pick(named)
        return self.values.literal("float32", tuple(self.values.pick([1, 2, 2, 3]) for _ in range(literal_rank)))


ABSENT = object()  # of a preset: this argument is not given


def _exists(dtype):
    return isinstance(dtype, str) and _dtype(dtype) is not None


PRESETS = {
    "get_variable": Author.preset_get_variable, "get_local_variable": Author.preset_get_variable,
    "Variable": Author.preset_variable, "constant": Author.preset_constant, "add": Author.preset_binary,
    "subtract": Author.preset_binary, "multiply": Author.preset_binary, "plus": Author.preset_binary,
    "matmul": Author.preset_matmul, "conv2d": Author.preset_conv2d, "bias_add": Author.preset_bias_add,
    "assign": Author.preset_assign, "add_n": Author.preset_add_n, "group": Author.preset_group,
    "variable_scope": Author.preset_variable_scope, "variable_op_scope": Author.preset_variable_scope,
    "name_scope": Author.preset_name_scope, "random_uniform": Author.preset_random_uniform,
    "random_normal": Author.preset_random_normal}

BINDINGS = {"get_variable": "v", "get_local_variable": "v", "Variable": "v", "get_variable_scope": "s", "no_op": "o",
            "group": "o", "global_variables_initializer": "o", "global_variables": "l", "trainable_variables": "l",
            "get_collection": "l"}


class Writer(tf_program.Interpreter):
    """Runs a program, and writes the blocks in it that are unwritten."""

    author = None  # set by `write`

    def block(self, statements, path):
        if not isinstance(statements, Unwritten):
            super().block(statements, path)
            return
        for statement in self.author.statements(statements, self.bindings):
            statements.append(statement)
            self._written(statements, len(statements) - 1, path)

    def _written(self, statements, index, path):
        """Run a statement that was just written; one that fails goes into a `try`, if the block catches."""
        place = scope_program.pointer(path, index)
        bindings, caught = dict(self.bindings), len(self.outcome.caught)
        try:
            self._statement(statements[index], place)
        except tf_program.ProgramFailed as failure:
            if not statements.catches:
                raise
            statements[index] = {"try": [statements[index]], "error": failure.code}
            self.bindings.clear()
            self.bindings.update(bindings)
            self.outcome.caught.append(failure)
            for inside in self.outcome.caught[caught:]:
                inside.path = f"{place}/try/0{inside.path[len(place):]}"

    def _try(self, statement, path):
        caught = len(self.outcome.caught)
        super()._try(statement, path)
        if "error" not in statement and len(self.outcome.caught) > caught and self.author.values.chance(0.6):
            taken = self.outcome.caught[-1]
            if not any(other is taken for other in self.outcome.caught[:-1]) and self._is_own(taken, statement, path):
                statement["error"] = taken.code

    @staticmethod
    def _is_own(failure, statement, path):
        """True when a failure was not taken further inside."""
        return "/try/" not in failure.path[len(path) + len("/try/"):]


def write(seed, number):
    """Write a program of a seed. Returns it, its Outcome in TensorFlow, and what it printed there."""
    wishes = list(reach.wishes())
    author = Author(f"{seed}/{number}", wishes[number % len(wishes)])
    program, printed = author.program(), []
    outcome = tf_program.run(program, printed.append, type("Writer", (Writer,), {"author": author}))
    return program, outcome, "".join(printed)


def main(argv):
    """The command. Returns the exit status."""
    if len(argv) != 2:
        print("usage: generate.py SEED NUMBER", file=sys.stderr)
        return 2
    program, _, _ = write(int(argv[0]), int(argv[1]))
    print(json.dumps(program, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
