#!/usr/bin/env python3
"""Record the graphs that TensorFlow's Python functions make, for tests/unit/ops/graphs_test.c.

    ops_graph.py [--check]

Each function below builds a graph; the C function of the same name builds it with the builders of ops.h, call by call.
What TensorFlow 2.21.0 makes of it is written to tests/data/ops/NAME.pbtxt. `--check` writes nothing and tells what would
change. The last line counts.
"""

import os
import sys

from tf_environment import tf
from google.protobuf import text_format

tf1 = tf.compat.v1
tf1.disable_v2_behavior()

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(os.path.dirname(HERE), "data", "ops")


def placeholder(dtype, shape, name):
    """A tensor to compute with."""
    return tf1.placeholder(dtype, shape, name=name)


def floats():
    """x of shape [?, 3], and y of [2, 3]."""
    return placeholder(tf.float32, [None, 3], "x"), placeholder(tf.float32, [2, 3], "y")


def unary():
    """Functions of one tensor."""
    x, _ = floats()
    z, i = placeholder(tf.complex64, [2], "z"), placeholder(tf.int32, [2], "i")
    tf1.negative(x)
    tf1.abs(x)
    tf1.abs(z)
    tf1.abs(z, name="modulus")
    tf1.sign(x)
    tf1.square(x)
    tf1.sqrt(x)
    tf1.rsqrt(x)
    tf1.math.reciprocal(x)
    tf1.exp(x)
    tf1.log(x)
    tf1.math.log1p(x)
    tf1.sin(x)
    tf1.cos(x)
    tf1.tanh(x)
    tf1.sigmoid(x)
    tf1.math.erf(x)
    tf1.floor(x)
    tf1.math.ceil(x)
    tf1.round(x)
    tf1.identity(tf1.round(i), name="same")
    tf1.math.is_nan(x)
    tf1.logical_not(tf1.math.is_finite(x))
    tf1.stop_gradient(x)
    tf1.nn.relu(x)
    tf1.nn.relu6(x)
    tf1.nn.elu(x)
    tf1.nn.selu(x)
    tf1.nn.softplus(x)
    tf1.nn.softsign(x)
    tf1.nn.softmax(x)
    tf1.nn.log_softmax(x, name="logs")


def unary_of_literals():
    """Literals become Consts of the names that TensorFlow gives them."""
    tf1.square(2.0)
    tf1.tanh([1.0, 2.0])
    tf1.abs(-1)
    tf1.sign(-1.5)
    tf1.sigmoid(0.5, name="s")
    tf1.round(1.5)
    tf1.nn.softmax([1.0, 2.0])
    tf1.nn.relu6(7.0)
    tf1.rank([[1.0]])
    tf1.size([1, 2, 3])
    tf1.shape([[1, 2]])


def binary():
    """Functions of two tensors."""
    x, y = floats()
    tf1.maximum(x, y)
    tf1.minimum(x, 0.0)
    tf1.pow(x, 2)
    tf1.pow(2.0, x, name="p")
    tf1.math.squared_difference(x, y)
    tf1.realdiv(x, y)
    tf1.math.divide_no_nan(x, y)
    tf1.mod(x, y)
    tf1.floordiv(x, 2.0)
    tf1.truediv(x, y)
    tf1.divide(x, y)
    tf1.divide(x, y, name="quotient")
    tf1.divide(1.0, x)
    tf1.less(x, y)
    tf1.less_equal(x, 1.0)
    tf1.greater(x, y)
    tf1.greater_equal(x, y)
    tf1.equal(x, y)
    a = tf1.not_equal(x, y)
    b = tf1.equal(1.0, x)
    tf1.logical_and(a, b)
    tf1.logical_or(a, b)
    tf1.logical_xor(a, b)
    tf1.logical_xor(a, b, name="either")


def operators():
    """Python's operators, with tensors and literals on both sides."""
    x, y = floats()
    i, j = placeholder(tf.int32, [2], "i"), placeholder(tf.int32, [2], "j")
    x + y  # pylint: disable=pointless-statement
    x - 1.0  # pylint: disable=pointless-statement
    1 - x  # pylint: disable=pointless-statement
    0.5 * x  # pylint: disable=pointless-statement
    x * y  # pylint: disable=pointless-statement
    x / y  # pylint: disable=pointless-statement
    1.0 / x  # pylint: disable=pointless-statement
    i / j  # pylint: disable=pointless-statement
    i // 2  # pylint: disable=pointless-statement
    7 % i  # pylint: disable=pointless-statement
    x ** 2  # pylint: disable=pointless-statement
    y @ tf1.transpose(x)  # pylint: disable=expression-not-assigned
    i & j  # pylint: disable=pointless-statement
    i | 1  # pylint: disable=pointless-statement
    i ^ j  # pylint: disable=pointless-statement
    ~i  # pylint: disable=pointless-statement
    a, b = i < j, i >= 0
    a & b  # pylint: disable=pointless-statement
    a | b  # pylint: disable=pointless-statement
    a ^ b  # pylint: disable=pointless-statement
    ~a  # pylint: disable=pointless-statement
    a * b  # pylint: disable=pointless-statement


def operators_of_variables():
    """A variable is read first: a ref variable by its own read, a resource variable anew."""
    x, _ = floats()
    ref = tf1.get_variable("ref", [3], use_resource=False, initializer=tf1.zeros_initializer())
    resource = tf1.get_variable("resource", [3], use_resource=True, initializer=tf1.zeros_initializer())
    ref - x  # pylint: disable=pointless-statement
    x * resource  # pylint: disable=pointless-statement
    resource / 2.0  # pylint: disable=pointless-statement
    2.0 * resource  # pylint: disable=pointless-statement
    tf1.square(resource)
    tf1.gather(ref, [0, 1])
    tf1.gather(resource, [0, 1])
    tf1.cast(ref, tf.float32)
    tf1.cast(resource, tf.int32)
    tf1.reduce_mean(resource)


def reductions():
    """Along axes, along all of them, and of an unknown number of them."""
    x, _ = floats()
    u = placeholder(tf.float32, None, "u")
    tf1.reduce_sum(x, axis=-1, keepdims=True)
    tf1.reduce_mean(x, axis=[0, 1])
    tf1.reduce_max(x)
    tf1.reduce_min(x, axis=1, name="least")
    tf1.reduce_prod(x, keepdims=True)
    tf1.reduce_mean(u)
    tf1.reduce_max(u, name="most")
    a = tf1.less(x, 0.0)
    tf1.reduce_all(a)
    tf1.reduce_any(a, axis=0)
    tf1.reduce_any(tf1.less(u, 0.0))
    tf1.reduce_sum([1.0, 2.0])


def shapes():
    """Shapes as tensors: constants where they are known."""
    x, y = floats()
    u = placeholder(tf.float32, None, "u")
    empty = placeholder(tf.float32, [None, 0], "empty")
    tf1.shape(x)
    tf1.shape(y)
    tf1.shape(x, out_type=tf.int64, name="s")
    tf1.shape(placeholder(tf.float32, [], "scalar"))
    tf1.size(x)
    tf1.size(y)
    tf1.size(empty)
    tf1.rank(x)
    tf1.rank(u)
    tf1.reshape(x, [-1])
    tf1.reshape(x, [-1, 3, 1], name="r")
    tf1.expand_dims(x, 0)
    tf1.expand_dims(x, -1, name="e")
    tf1.squeeze(placeholder(tf.float32, [1, 3, 1], "ones"))
    tf1.squeeze(placeholder(tf.float32, [1, 3, 1], "ones"), axis=[0, -1])
    tf1.transpose(x)
    tf1.transpose(x, [1, 0])
    tf1.transpose(u)
    tf1.transpose(placeholder(tf.complex64, [2, 3], "z"), conjugate=True)
    tf1.tile(x, [2, 1])
    tf1.pad(x, [[1, 1], [0, 2]])
    tf1.pad(x, [[1, 1], [0, 2]], constant_values=1.0)
    tf1.pad(x, [[1, 1], [0, 2]], mode="REFLECT")
    tf1.pad(x, [[1, 1], [0, 2]], mode="symmetric", name="mirror")


def fills():
    """Constants of all kinds, and ranges."""
    x, y = floats()
    n = placeholder(tf.int32, [], "n")
    tf1.fill([2, 3], 1.5)
    tf1.fill([n, 3], 0, name="f")
    tf1.zeros_like(y)
    tf1.zeros_like(x)
    tf1.zeros_like(x, dtype=tf.int32)
    tf1.zeros_like(y, dtype=tf.int64, name="z")
    tf1.zeros_like(placeholder(tf.float32, [40, 40], "large"))
    tf1.ones_like(y)
    tf1.ones_like(x)
    tf1.ones_like(x, dtype=tf.int32, name="o")
    tf1.zeros_like([1, 2])
    tf1.range(n)
    tf1.range(5)
    tf1.range(1, 10, 3)
    tf1.range(0.0, n, name="mixed")
    tf1.range(n, dtype=tf.int32)
    tf1.range(3, dtype=tf.float32)


def casts():
    """Only what has another dtype is cast."""
    x, _ = floats()
    tf1.identity(tf1.cast(x, tf.float32), name="same")
    tf1.cast(x, tf.int32)
    tf1.cast(1e10, tf.float32)
    tf1.cast(64, tf.float32)
    tf1.cast(x, tf.float16, name="half")
    tf1.clip_by_value(x, 0.0, 1.0)
    tf1.clip_by_value(x, -1.0, x, name="clipped")
    tf1.argmax(x)
    tf1.argmax(x, axis=1, output_type=tf.int32)
    tf1.argmin(x, axis=-1, name="least")
    tf1.cumsum(x)
    tf1.cumsum(x, axis=1, exclusive=True, reverse=True, name="c")


def slices():
    """What stands between brackets."""
    x = placeholder(tf.float32, [None, 3, 4], "x")
    i, k = placeholder(tf.int32, [], "i"), placeholder(tf.int64, [], "k")
    x[0]  # pylint: disable=pointless-statement
    x[:, 1]  # pylint: disable=pointless-statement
    x[..., -1]  # pylint: disable=pointless-statement
    x[1:, :2, ::2]  # pylint: disable=pointless-statement
    x[:, None]  # pylint: disable=pointless-statement
    x[0, ..., None]  # pylint: disable=pointless-statement
    x[i]  # pylint: disable=pointless-statement
    x[i:, 1:i]  # pylint: disable=pointless-statement
    x[k]  # pylint: disable=pointless-statement
    x[k:, 0]  # pylint: disable=pointless-statement
    x[1:3, ::-1]  # pylint: disable=pointless-statement
    tf1.shape(x)[0]  # pylint: disable=expression-not-assigned


def lists():
    """Put together, and taken apart."""
    x, y = floats()
    tf1.stack([x, y])
    tf1.stack([x, y], axis=1)
    tf1.stack([1, 2, 3])
    tf1.stack([y, y], axis=-1, name="s")
    tf1.concat([x, y], 0)
    tf1.concat([x, y], axis=-1, name="c")
    tf1.concat([x], 0)
    for part in tf1.unstack(y):
        tf1.identity(part)
    tf1.unstack(x, axis=1)
    tf1.unstack(placeholder(tf.float32, None, "u"), num=2, name="un")
    for part in tf1.split(y, 3, axis=1):
        tf1.identity(part)
    tf1.split(x, [1, 2], axis=1)
    tf1.split(y, 2, name="sp")


def packed():
    """Lists with tensors in them, where a tensor may stand."""
    x, _ = floats()
    n, k = placeholder(tf.int32, [], "n"), placeholder(tf.int64, [], "k")
    f = placeholder(tf.float32, [], "f")
    tf1.reshape(x, [n, 3])
    tf1.reshape(x, [n, -1, n])
    tf1.reshape(x, [k, 3])
    tf1.tile(x, [n, 1])
    tf1.identity([n, n])
    tf1.identity([[f, 1.0], [2.0, f]])
    tf1.identity([[f, 1.0], [2.0, 3.0]])
    tf1.add(x, [f, 0.0, 1])
    tf1.multiply(x, [[f, f, 2.0]])
    v = tf1.get_variable("v", [], initializer=tf1.zeros_initializer(), use_resource=True)
    tf1.identity([v, 1.0])


def selections():
    """By index and by condition."""
    x, y = floats()
    i = placeholder(tf.int32, [None], "i")
    condition = tf1.less(y, 0.0)
    tf1.gather(x, i)
    tf1.gather(y, i, axis=1, name="columns")
    tf1.gather(y, placeholder(tf.int32, [2, 1], "rows"), batch_dims=1)
    tf1.one_hot(i, 10)
    tf1.one_hot(i, 10, on_value=5.0, axis=0, name="hot")
    tf1.one_hot(i, 4, on_value=True, off_value=False, dtype=tf.bool)
    tf1.one_hot(i, 4, dtype=tf.int64)
    tf1.where(condition)
    tf1.where(condition, y, y)
    tf1.where_v2(condition, y, 0.0, name="w")
    tf1.matrix_band_part(y, -1, 0)
    tf1.linalg.band_part(y, 0, 1, name="upper")


def pools():
    """Windows of images."""
    images = placeholder(tf.float32, [None, 8, 8, 3], "images")
    tf1.nn.max_pool(images, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    tf1.nn.avg_pool(images, [1, 3, 3, 1], [1, 1, 1, 1], "VALID", name="mean")


CASES = (unary, unary_of_literals, binary, operators, operators_of_variables, reductions, shapes, fills, casts, slices,
         lists, packed, selections, pools)


def record(case):
    """The text of the graph that a case builds."""
    graph = tf.Graph()
    with graph.as_default():
        case()
    graph_def = graph.as_graph_def()
    graph_def.ClearField("library")
    return text_format.MessageToString(graph_def)


def main(argv):
    """The command. Returns the exit status."""
    check = "--check" in argv
    passed = failed = 0
    os.makedirs(DATA, exist_ok=True)
    for case in CASES:
        path, text = os.path.join(DATA, case.__name__ + ".pbtxt"), record(case)
        old = None
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                old = file.read()
        same = old == text
        if not same:
            print(f"{case.__name__} {'would change' if check else 'is written'}")
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        passed, failed = passed + (same or not check), failed + (check and not same)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
