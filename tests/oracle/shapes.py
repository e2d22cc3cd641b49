#!/usr/bin/env python3
"""Record TensorFlow's shape inference: random ops, and the shapes that TensorFlow gives them.

    TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES= python tests/oracle/shapes.py > tests/data/shapes.txt

Needs a Python with TensorFlow (2.21.0 made the recording). The same seed asks the same questions. The form of
a line is told in tests/unit/graph/infer_test.c, which replays the recording without TensorFlow.

A question is a list of nodes: placeholders, constants, ops. A generator (a function named after what it asks)
appends nodes to a Question; the last one is the op that is asked about. Shape-like arguments (Question.ints)
are made in many ways: a constant, a placeholder, or a small computation that TensorFlow folds or does not.
"""

import argparse
import itertools
import multiprocessing
import random
import sys

import numpy as np
from tf_environment import tf
from tensorflow.python.framework import op_def_library, op_def_registry

DIMS = (0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12)


def shape_text(shape):
    """A list with -1 for unknown, or None for an unknown rank."""
    if shape is None:
        return '*'
    return 'x'.join('?' if dim is None or dim < 0 else str(dim) for dim in shape) or '-'


def tf_shape(shape):
    return tf.TensorShape(None if shape is None else [None if dim < 0 else dim for dim in shape])


class Question:
    """Nodes on their way; each method appends one and returns its index."""

    def __init__(self, rng):
        self.rng = rng
        self.nodes = []

    def add(self, node):
        self.nodes.append(node)
        return len(self.nodes) - 1

    def op(self, name, *inputs, **attrs):
        return self.add((name, list(inputs), attrs))

    def placeholder(self, shape, dtype='float32'):
        return self.add(('P', dtype, shape))

    def constant(self, values, dtype='int32', shape=None):
        values = list(values)
        return self.add(('K', dtype, [len(values)] if shape is None else shape, values))

    def scalar_constant(self, value, dtype='int32'):
        return self.constant([value], dtype, [])

    # ---- random parts ----

    def chance(self, probability):
        return self.rng.random() < probability

    def dim(self, unknown=0.15):
        return -1 if self.chance(unknown) else self.rng.choice(DIMS)

    def shape(self, low=0, high=4, unknown_rank=0.06, unknown=0.15):
        if self.chance(unknown_rank):
            return None
        return [self.dim(unknown) for _ in range(self.rng.randint(low, high))]

    def blur(self, shape, unknown_rank=0.06, unknown=0.12, wrong=0.04):
        """The same shape, as it may be known elsewhere; seldom another one."""
        if shape is None or self.chance(unknown_rank):
            return None
        shape = [-1 if self.chance(unknown) else dim for dim in shape]
        if self.chance(wrong) and shape:
            shape[self.rng.randrange(len(shape))] = self.rng.choice(DIMS)
        if self.chance(wrong):
            shape = shape[1:] if self.chance(0.5) else shape + [2]
        return shape

    def data(self, *args, dtype='float32', **kwargs):
        return self.placeholder(self.shape(*args, **kwargs), dtype)

    # ---- integer arguments ----

    def scalar(self, value, dtype='int32', depth=0):
        """A scalar of a value, in one of many forms."""
        kind = self.rng.randrange(16) if depth < 3 else 0
        if kind == 1:
            return self.placeholder([], dtype)
        if kind == 2:
            return self.placeholder(None if self.chance(0.7) else [1], dtype)
        if kind == 3 and value >= 0:
            shape = [self.dim() for _ in range(self.rng.randint(0, 2))] + [value]
            return self.one_dim_of(shape, len(shape) - 1, dtype)
        if kind == 4:
            other = self.rng.randint(-5, 5)
            name, first = self.rng.choice(
                [('AddV2', value - other), ('Sub', value + other), ('Add', value - other)]
            )
            return self.op(name, self.scalar(first, dtype, depth + 1), self.scalar(other, dtype, depth + 1))
        if kind == 5:
            other = 'int64' if dtype == 'int32' else 'int32'
            return self.op('Cast', self.scalar(value, other, depth + 1), DstT=dtype)
        if kind == 6:
            return self.op('Identity', self.scalar(value, dtype, depth + 1))
        if kind == 7 and dtype == 'int32' and 0 <= value < 5:
            return self.op('Rank', self.placeholder([self.dim() for _ in range(value)]))
        if kind == 8:
            return self.op('Prod', self.ints([value, 1], dtype, depth + 1), self.constant([0]))
        if kind == 9:
            return self.op('Size', self.placeholder([max(value, 0)]), out_type=dtype)
        if kind == 10:
            return self.constant([value], dtype, [1])
        if kind == 11:
            return self.op('Reshape', self.constant([value], dtype), self.constant([], 'int32'))
        if kind == 12:
            other = self.rng.choice([-3, -2, 1, 2, 3])
            name, first = self.rng.choice([('FloorDiv', value * other), ('Mul', None), ('Maximum', value)])
            if first is None:
                return self.op('Mul', self.scalar(value, dtype, depth + 1), self.scalar_constant(1, dtype))
            if name == 'Maximum':
                return self.op(
                    name, self.scalar(value, dtype, depth + 1), self.scalar_constant(value - 1, dtype)
                )
            return self.op(name, self.scalar(first, dtype, depth + 1), self.scalar_constant(other, dtype))
        if kind == 13:
            return self.folded_scalar(value, dtype, depth + 1)
        return self.scalar_constant(value, dtype)

    def folded_scalar(self, value, dtype, depth):
        """A scalar that takes arithmetic to find."""
        other = self.rng.randint(1, 6)
        axis = self.constant([0])
        kind = self.rng.randrange(9)
        if kind == 0:
            return self.op('Neg', self.scalar(-value, dtype, depth))
        if kind == 1:
            return self.op('Sum', self.ints([value - other, other], dtype, depth), axis)
        if kind == 2:
            return self.op('Max', self.ints([value - other, value, value - 1], dtype, depth), axis)
        if kind == 3:
            return self.op('Min', self.ints([value + other, value], dtype, depth), self.constant([-1]))
        if kind == 4:
            return self.op(
                'Squeeze', self.op('ExpandDims', self.scalar(value, dtype, depth), self.scalar_constant(0))
            )
        if kind == 5:
            return self.op(
                'FloorMod', self.scalar(value - 50 * other, dtype, depth), self.scalar_constant(50, dtype)
            )
        if kind == 6:
            name = self.rng.choice(['TruncateDiv', 'FloorDiv', 'Div'])
            return self.op(name, self.scalar(value * other, dtype, depth), self.scalar_constant(other, dtype))
        if kind == 7:
            whole = self.op('Unpack', self.ints([other, value], dtype, depth), num=2)
            return '%d:1' % whole
        name = self.rng.choice(['Abs', 'Sign', 'Square', 'OnesLike', 'ZerosLike'])
        return self.op(name, self.scalar(value, dtype, depth))

    def one_dim_of(self, shape, index, dtype):
        """tf.shape(x)[index] or tf.unstack(tf.shape(x))[index]."""
        whole = self.op('Shape', self.placeholder(shape), out_type=dtype)
        if self.chance(0.3):
            return '%d:%d' % (self.op('Unpack', whole, num=len(shape), axis=0), index)
        begin = index - len(shape) if self.chance(0.3) else index
        return self.op(
            'StridedSlice',
            whole,
            self.constant([begin]),
            self.constant([begin + 1]),
            self.constant([1]),
            shrink_axis_mask=1,
        )

    def ints(self, values, dtype='int32', depth=0):
        """A vector of values, in one of many forms."""
        values = list(values)
        kind = self.rng.randrange(19) if depth < 3 else 0
        if kind == 1:
            return self.placeholder([len(values)], dtype)
        if kind == 2:
            return self.placeholder(self.rng.choice([None, [-1], [len(values)], [len(values) + 1]]), dtype)
        if kind in (3, 4) and values:
            return self.op('Pack', [self.scalar(value, dtype, depth + 1) for value in values], axis=0)
        if kind == 5 and all(value >= -1 for value in values):
            return self.op('Shape', self.placeholder(values), out_type=dtype)
        if kind == 6:
            at = self.rng.randint(0, len(values))
            parts = [self.ints(values[:at], dtype, depth + 1), self.ints(values[at:], dtype, depth + 1)]
            return self.op('ConcatV2', parts, self.scalar_constant(0))
        if kind == 7:
            other = 'int64' if dtype == 'int32' else 'int32'
            return self.op('Cast', self.ints(values, other, depth + 1), DstT=dtype)
        if kind == 8:
            before, after = self.rng.randint(0, 2), self.rng.randint(0, 2)
            whole = self.ints([7] * before + values + [9] * after, dtype, depth + 1)
            begin, end = self.constant([before]), self.constant([before + len(values)])
            return self.op(
                'StridedSlice',
                whole,
                begin,
                end,
                self.constant([1]),
                begin_mask=int(before == 0),
                end_mask=int(after == 0 and self.chance(0.5)),
            )
        if kind == 9:
            return self.op('Identity', self.ints(values, dtype, depth + 1))
        if kind == 10:
            other = [self.rng.randint(0, 3) for _ in values]
            first = [a - b for a, b in zip(values, other)]
            return self.op('AddV2', self.ints(first, dtype, depth + 1), self.constant(other, dtype))
        if kind == 11:
            whole = self.ints([3] + values, dtype, depth + 1)
            return self.op('Slice', whole, self.constant([1]), self.constant([len(values)]))
        if kind == 12 and values:
            order = list(range(len(values)))
            self.rng.shuffle(order)
            whole = [0] * len(values)
            for at, value in zip(order, values):
                whole[at] = value
            return self.op(
                'GatherV2', self.ints(whole, dtype, depth + 1), self.constant(order), self.scalar_constant(0)
            )
        if kind == 13 and len(values) > 1 and values == list(range(values[0], values[0] + len(values))):
            return self.op(
                'Range',
                self.scalar(values[0], dtype, depth + 1),
                self.scalar(values[0] + len(values), dtype, depth + 1),
                self.scalar_constant(1, dtype),
            )
        if kind == 14 and values and len(set(values)) == 1:
            return self.op(
                'Fill', self.ints([len(values)], 'int32', depth + 1), self.scalar(values[0], dtype, depth + 1)
            )
        if kind == 15 and values and len(set(values)) == 1:
            one = self.ints(values[:1], dtype, depth + 1)
            return self.op(self.rng.choice(['Tile', 'BroadcastTo']), one, self.constant([len(values)]))
        if kind == 16:
            whole = self.constant(values * 2, dtype, [2, len(values)])
            return self.op(
                'Reshape',
                self.op(self.rng.choice(['Max', 'Min']), whole, self.constant([0])),
                self.constant([-1]),
            )
        if kind == 17 and values:
            return self.op(
                'Neg', self.op('Sub', self.constant([0], dtype), self.ints(values, dtype, depth + 1))
            )
        return self.constant(values, dtype)

    def index_dtype(self):
        return self.rng.choice(['int32', 'int32', 'int64'])


# ---- asking TensorFlow ----


class Skip(Exception):
    """A question that is not asked, as an op on the way to it is refused."""


def default_of(value):
    """An AttrValue as apply_op takes it."""
    kind = value.WhichOneof('value')
    if kind == 'list':
        return [item for field in ('i', 's', 'f', 'b') for item in getattr(value.list, field)]
    if kind == 'type':
        return tf.as_dtype(value.type)
    if kind == 'shape':
        return tf.TensorShape(value.shape)
    return getattr(value, kind)


def build(node, outputs):
    def tensor(word):
        if isinstance(word, list):
            return [tensor(one) for one in word]
        index, _, output = str(word).partition(':')
        return outputs[int(index)][int(output or 0)]

    if node[0] == 'P':
        return tf.compat.v1.placeholder(node[1], tf_shape(node[2])).op
    if node[0] == 'K':
        array = np.array(node[3], dtype=node[1]).reshape(node[2])
        return tf.constant(array, dtype=node[1]).op
    name, inputs, attrs = node
    op_def = op_def_registry.get(name)
    arguments = {arg.name: tensor(word) for arg, word in zip(op_def.input_arg, inputs)}
    kinds = {attr.name: attr.type for attr in op_def.attr}
    for key, value in attrs.items():
        if kinds[key] == 'type':
            value = tf.as_dtype(value)
        elif kinds[key] == 'shape':
            value = tf_shape(value)
        elif kinds[key] == 'bool':
            value = bool(value)
        arguments[key] = value
    inferred = {
        key for arg in op_def.input_arg for key in (arg.type_attr, arg.number_attr, arg.type_list_attr)
    }
    for attr in op_def.attr:
        if attr.name not in inferred and attr.HasField('default_value'):
            arguments.setdefault(attr.name, default_of(attr.default_value))
    op_def_library.apply_op(name, **arguments)
    return tf.compat.v1.get_default_graph().get_operations()[-1]


def ask(question):
    """The answer as text."""
    with tf.Graph().as_default():
        outputs = []
        for i, node in enumerate(question.nodes):
            try:
                op = build(node, outputs)
            except (ValueError, TypeError, IndexError, OverflowError, tf.errors.OpError) as error:
                if i < len(question.nodes) - 1 or not isinstance(error, (ValueError, tf.errors.OpError)):
                    raise Skip(str(error)) from error
                return '!'
            outputs.append(op.outputs)
        try:
            shapes = [out.shape for out in op.outputs]
        except ValueError as error:  # a shape that only C++ puts up with
            raise Skip(str(error)) from error
        return ' '.join(shape_text(None if shape.rank is None else shape.as_list()) for shape in shapes)


def node_text(node):
    def number(value):
        return repr(value) if isinstance(value, float) else str(value)

    if node[0] == 'P':
        return 'P %s %s' % (node[1], shape_text(node[2]))
    if node[0] == 'K':
        return 'K %s %s %s' % (
            node[1],
            shape_text(node[2]),
            ','.join(number(value) for value in node[3]) or '[]',
        )
    name, inputs, attrs = node
    kinds = {attr.name: attr.type for attr in op_def_registry.get(name).attr}
    words = [name]
    for word in inputs:
        words.append('[%s]' % ','.join(map(str, word)) if isinstance(word, list) else str(word))
    for key, value in attrs.items():
        if kinds[key] == 'shape':
            value = shape_text(value)
        elif isinstance(value, (list, tuple)):
            value = '[%s]' % ','.join(map(str, value))
        words.append('%s=%s' % (key, value))
    return ' '.join(words)


# ---- questions ----

GENERATORS = {}


def asks(function):
    GENERATORS[function.__name__] = function
    return function


UNARY = (
    'Relu Tanh Exp Sqrt Rsqrt Neg Abs Sign Square Identity StopGradient ZerosLike OnesLike Sigmoid Softplus '
    'Floor Log Erf Elu Selu Relu6 LeakyRelu Round Softmax LogSoftmax L2Loss Rank Size Shape Where'
).split()
BINARY = (
    'Add AddV2 Sub Mul RealDiv Pow SquaredDifference Maximum Minimum FloorDiv Greater Less LessEqual '
    'GreaterEqual Equal NotEqual FloorMod Div'
).split()


@asks
def unary(q):
    q.op(q.rng.choice(UNARY), q.data())


@asks
def boolean(q):
    if q.chance(0.3):
        q.op('LogicalNot', q.data(dtype='bool'))
    else:
        q.op(q.rng.choice(['LogicalAnd', 'LogicalOr']), q.data(dtype='bool'), q.data(dtype='bool'))


@asks
def broadcast(q):
    shape = q.shape(0, 5)
    other = q.blur(shape)
    if other is not None:
        other = [1 if q.chance(0.2) else dim for dim in other][q.rng.choice([0, 0, 1, 2]) :]
    a, b = q.placeholder(shape), q.placeholder(other)
    q.op(q.rng.choice(BINARY), *((a, b) if q.chance(0.5) else (b, a)))


@asks
def matmul(q):
    m, k, n = q.dim(0), q.dim(0), q.dim(0)
    ta, tb = q.chance(0.4), q.chance(0.4)
    a, b = q.placeholder(q.blur([k, m] if ta else [m, k])), q.placeholder(q.blur([n, k] if tb else [k, n]))
    q.op('MatMul', a, b, transpose_a=int(ta), transpose_b=int(tb))


@asks
def batch_matmul(q):
    m, k, n = q.dim(0), q.dim(0), q.dim(0)
    ta, tb = q.chance(0.4), q.chance(0.4)
    batch = q.shape(0, 3, unknown_rank=0)
    other = [1 if q.chance(0.2) else dim for dim in batch][q.rng.choice([0, 0, 1]) :]
    a = q.placeholder(q.blur(batch + ([k, m] if ta else [m, k])))
    b = q.placeholder(q.blur(other + ([n, k] if tb else [k, n])))
    q.op(q.rng.choice(['BatchMatMulV2', 'BatchMatMulV2', 'BatchMatMul']), a, b, adj_x=int(ta), adj_y=int(tb))


@asks
def conv2d(q):
    channels, nchw = q.rng.choice([1, 2, 3, 4, 6]), q.chance(0.3)
    image = [q.dim(), q.rng.randint(0, 20), q.rng.randint(0, 20), channels]
    kernel = [q.rng.randint(0, 5), q.rng.randint(0, 5), q.rng.choice([channels, channels, 1, 2, 0]), q.dim()]
    attrs = {
        'strides': window_list(q, [1, 1, 2, 3, 0]),
        'padding': q.rng.choice(['SAME', 'VALID', 'EXPLICIT']),
    }
    if q.chance(0.4):
        attrs['dilations'] = window_list(q, [1, 1, 2, 3, 0])
    if attrs['padding'] == 'EXPLICIT':
        attrs['explicit_paddings'] = paddings_list(q, nchw)
    order = [0, 3, 1, 2] if nchw else [0, 1, 2, 3]
    if nchw:
        attrs['data_format'] = 'NCHW'
        for key in ('strides', 'dilations'):
            if key in attrs and len(attrs[key]) == 4:
                attrs[key] = [attrs[key][i] for i in order]
    a, b = q.placeholder(q.blur([image[i] for i in order])), q.placeholder(q.blur(kernel))
    q.op('Conv2D', a, b, **attrs)


def window_list(q, choices):
    values = [1, q.rng.choice(choices), q.rng.choice(choices), 1]
    if q.chance(0.03):
        values.pop()
    return values


def paddings_list(q, nchw):
    pads = [0, 0] + [q.rng.randint(0, 3) for _ in range(4)]
    pads = pads[:2] + [0, 0] + pads[2:] if nchw else pads + [0, 0]
    if q.chance(0.05):
        pads[q.rng.randrange(8)] = q.rng.choice([-1, 1])
    if q.chance(0.03):
        pads.pop()
    return pads


@asks
def pool(q):
    name, nchw = q.rng.choice(['MaxPool', 'AvgPool']), q.chance(0.3)
    image = [q.dim(), q.rng.randint(0, 20), q.rng.randint(0, 20), q.rng.randint(1, 8)]
    paddings = ['SAME', 'VALID'] + (['EXPLICIT'] if name == 'MaxPool' else [])
    attrs = {
        'ksize': window_list(q, [1, 2, 3]),
        'strides': window_list(q, [1, 2, 3]),
        'padding': q.rng.choice(paddings),
    }
    if attrs['padding'] == 'EXPLICIT':
        attrs['explicit_paddings'] = paddings_list(q, nchw)
    order = [0, 3, 1, 2] if nchw else [0, 1, 2, 3]
    if nchw:
        attrs['data_format'] = 'NCHW'
        for key in ('strides', 'ksize'):
            if len(attrs[key]) == 4:
                attrs[key] = [attrs[key][i] for i in order]
    q.op(name, q.placeholder(q.blur([image[i] for i in order])), **attrs)


@asks
def bias_add(q):
    shape, nchw = q.shape(1, 5), q.chance(0.3)
    channel = -1 if shape is None or not shape else shape[min(1, len(shape) - 1) if nchw else -1]
    q.op(
        'BiasAdd',
        q.placeholder(shape),
        q.placeholder(q.blur([channel])),
        **({'data_format': 'NCHW'} if nchw else {})
    )


@asks
def reduction(q):
    shape = q.shape(0, 5)
    rank = 3 if shape is None else len(shape)
    axes = [q.rng.randint(-rank, max(rank - 1, -rank)) for _ in range(q.rng.randint(0, 3))]
    if q.chance(0.05):
        axes.append(rank + q.rng.randint(0, 1))
    if q.chance(0.03):
        axes.append(-rank - 1)
    name = q.rng.choice('Sum Mean Max Min Prod All Any'.split())
    dtype = 'bool' if name in ('All', 'Any') else 'float32'
    index = q.index_dtype()
    x = q.placeholder(shape, dtype)
    axis = q.scalar(axes[0], index) if len(axes) == 1 and q.chance(0.5) else q.ints(axes, index)
    q.op(name, x, axis, keep_dims=int(q.chance(0.5)))


@asks
def from_shape(q):
    shape = [q.rng.choice(DIMS) for _ in range(q.rng.randint(0, 4))]
    if q.chance(0.05) and shape:
        shape[-1] = q.rng.choice([-1, -2])
    index = q.index_dtype()
    name = q.rng.choice(
        'Fill Fill RandomStandardNormal RandomUniform TruncatedNormal RandomUniformInt'.split()
    )
    dims = q.ints(shape, index)
    if name == 'Fill':
        q.op('Fill', dims, q.placeholder(q.rng.choice([[], [], [], None, [1]])))
    elif name == 'RandomUniformInt':
        bounds = [q.placeholder(q.rng.choice([[], [], [], [], [], None, [1]]), 'int32') for _ in range(2)]
        if q.chance(0.4):
            seed = q.placeholder(q.rng.choice([[2], [2], [2], None, [3]]), 'int64')
            q.op('StatelessRandomUniformInt', dims, seed, *bounds)
        else:
            q.op(name, dims, *bounds)
    else:
        q.op(name, dims, dtype='float32')


@asks
def reshape(q):
    shape = [q.rng.choice(DIMS) for _ in range(q.rng.randint(0, 4))]
    size = int(np.prod(shape))
    target = list(shape)
    q.rng.shuffle(target)
    if q.chance(0.3) and size:
        target = [size]
    elif q.chance(0.3) and size:
        factor = q.rng.choice([f for f in range(1, size + 1) if size % f == 0])
        target = [factor, size // factor]
    if target and q.chance(0.5):
        target[q.rng.randrange(len(target))] = -1
    if target and q.chance(0.06):
        target[q.rng.randrange(len(target))] = q.rng.choice([-1, -2, 0, 7])
    x = q.placeholder(q.blur(shape, wrong=0.02))
    q.op('Reshape', x, q.ints(target, q.index_dtype()))


@asks
def slice_(q):
    shape = q.shape(0, 4, unknown_rank=0)
    begin = [q.rng.randint(0, max(dim, 0)) for dim in shape]
    size = [q.rng.choice([-1, q.rng.randint(0, max(dim - at, 0))]) for dim, at in zip(shape, begin)]
    if size and q.chance(0.06):
        size[-1] = q.rng.choice([-2, 30])
    if begin and q.chance(0.06):
        begin[-1] = q.rng.choice([-1, 30])
    if q.chance(0.03):
        begin.append(0)
    index = q.index_dtype()
    x = q.placeholder(q.blur(shape))
    q.op('Slice', x, q.ints(begin, index), q.ints(size, index))


@asks
def concat(q):
    shape = q.shape(0, 4, unknown_rank=0.03)
    rank = 2 if shape is None else len(shape)
    axis = q.rng.randint(-rank, max(rank - 1, -rank)) + (1 if q.chance(0.06) else 0)
    parts = []
    for _ in range(q.rng.randint(2, 5)):
        part = q.blur(shape)
        if part and -len(part) <= axis < len(part):
            part[axis] = q.dim()
        parts.append(q.placeholder(part))
    if q.chance(0.2):
        q.op('Concat', q.scalar(axis), parts)
    else:
        q.op('ConcatV2', parts, q.scalar(axis, q.index_dtype()))


@asks
def split(q):
    shape = q.shape(0, 4)
    rank = 2 if shape is None else len(shape)
    axis = q.rng.randint(-rank, max(rank - 1, -rank)) + (1 if q.chance(0.06) else 0)
    x = q.placeholder(shape)
    q.op('Split', q.scalar(axis), x, num_split=q.rng.choice([1, 1, 2, 2, 3, 4]))


@asks
def split_v(q):
    shape = q.shape(0, 3)
    rank = 2 if shape is None else len(shape)
    axis = q.rng.randint(-rank, max(rank - 1, -rank)) + (1 if q.chance(0.06) else 0)
    whole = shape[axis] if shape and -rank <= axis < rank else 6
    sizes, left = [], max(whole, 0)
    for _ in range(q.rng.randint(0, 3)):
        sizes.append(q.rng.randint(0, left))
        left -= sizes[-1]
    sizes.append(left)
    if q.chance(0.3):
        sizes[q.rng.randrange(len(sizes))] = -1
    if q.chance(0.08):
        sizes[q.rng.randrange(len(sizes))] = q.rng.choice([-1, 9, 1])
    number = len(sizes) + (1 if q.chance(0.03) else 0)
    x = q.placeholder(shape)
    q.op('SplitV', x, q.ints(sizes, q.index_dtype()), q.scalar(axis), num_split=number)


@asks
def pack(q):
    shape = q.shape(0, 4)
    rank = 2 if shape is None else len(shape)
    parts = [q.placeholder(q.blur(shape)) for _ in range(q.rng.randint(1, 4))]
    q.op('Pack', parts, axis=q.rng.randint(-rank - 1, rank) + (1 if q.chance(0.05) else 0))


@asks
def unpack(q):
    shape = q.shape(1, 4)
    rank = 2 if shape is None else len(shape)
    axis = q.rng.randint(-rank, rank - 1) + (1 if q.chance(0.05) else 0)
    number = shape[axis] if shape and -rank <= axis < rank and shape[axis] >= 0 else 3
    q.op('Unpack', q.placeholder(shape), num=number + (1 if q.chance(0.05) else 0), axis=axis)


@asks
def strided_slice(q):
    shape = q.shape(0, 5)
    rank = 3 if shape is None else len(shape)
    count = q.rng.randint(0, rank + 1)
    begin = [q.rng.randint(-4, 5) for _ in range(count)]
    end = [q.rng.randint(-4, 9) for _ in range(count)]
    strides = [q.rng.choice([1, 1, 1, 2, 3, -1, -2]) for _ in range(count)]
    if strides and q.chance(0.03):
        strides[-1] = 0
    attrs = {}
    for key, probability in (
        ('begin_mask', 0.3),
        ('end_mask', 0.3),
        ('ellipsis_mask', 0.08),
        ('new_axis_mask', 0.15),
        ('shrink_axis_mask', 0.25),
    ):
        mask = sum(1 << i for i in range(count) if q.chance(probability))
        if mask:
            attrs[key] = mask
    index = q.index_dtype()
    x = q.placeholder(shape)
    q.op('StridedSlice', x, q.ints(begin, index), q.ints(end, index), q.ints(strides, index), **attrs)


@asks
def transpose(q):
    shape = q.shape(0, 5)
    order = list(range(3 if shape is None else len(shape)))
    q.rng.shuffle(order)
    if order and q.chance(0.06):
        order[0] = q.rng.choice([-1, len(order), 0])
    if q.chance(0.03):
        order.append(len(order))
    x = q.placeholder(shape)
    q.op('Transpose', x, q.ints(order, q.index_dtype()))


@asks
def range_(q):
    dtype = q.rng.choice(['int32', 'int64', 'float32', 'float64'])
    start, delta = q.rng.randint(-5, 20), q.rng.choice([1, 1, 2, 3, -1, -2, 0])
    limit = start + delta * q.rng.randint(-1, 10) + q.rng.choice([0, 1, -1])
    if dtype.startswith('int'):
        q.op('Range', q.scalar(start, dtype), q.scalar(limit, dtype), q.scalar(delta, dtype))
        return
    values = [start / 4, limit / 2, delta * q.rng.choice([0.1, 0.25, 0.3])]
    makers = [
        lambda value: q.scalar_constant(value, dtype),
        lambda value: q.scalar_constant(value, dtype),
        lambda value: q.placeholder([], dtype),
        lambda value: q.op('Cast', q.scalar(int(value)), DstT=dtype),
    ]
    q.op('Range', *[q.rng.choice(makers[:2] if q.chance(0.8) else makers)(value) for value in values])


@asks
def gather(q):
    params, indices = q.shape(0, 4), q.shape(0, 3)
    rank = 2 if params is None else len(params)
    if q.chance(0.15):
        q.op('Gather', q.placeholder(params), q.placeholder(indices, 'int32'))
        return
    axis = q.rng.randint(-rank, max(rank - 1, -rank)) + (1 if q.chance(0.05) else 0)
    batch = q.rng.choice([0, 0, 0, 1, 2, -1])
    a, b = q.placeholder(params), q.placeholder(indices, q.index_dtype())
    q.op('GatherV2', a, b, q.scalar(axis, q.index_dtype()), batch_dims=batch)


@asks
def gather_nd(q):
    a, b = q.data(0, 4), q.data(0, 4, dtype='int32')
    q.op('GatherNd', a, b)


@asks
def select(q):
    shape = q.shape(0, 4)
    cond = q.blur(shape)
    if cond and q.chance(0.3):
        cond = cond[:1]
    a, b, c = q.placeholder(cond, 'bool'), q.placeholder(shape), q.placeholder(q.blur(shape))
    q.op(q.rng.choice(['Select', 'SelectV2']), a, b, c)


@asks
def one_hot(q):
    shape = q.shape(0, 3)
    rank = 2 if shape is None else len(shape)
    axis = q.rng.choice([-1, -1, q.rng.randint(-2, rank + 1)])
    x = q.placeholder(shape, 'int32')
    q.op(
        'OneHot',
        x,
        q.scalar(q.rng.randint(-1, 9)),
        q.placeholder([]),
        q.placeholder(q.rng.choice([[], [], None, [1]])),
        axis=axis,
    )


@asks
def tile(q):
    shape = q.shape(0, 4)
    rank = 2 if shape is None else len(shape)
    multiples = [q.rng.randint(0, 4) for _ in range(rank + (1 if q.chance(0.04) else 0))]
    x = q.placeholder(shape)
    q.op('Tile', x, q.ints(multiples, q.index_dtype()))


@asks
def expand_dims(q):
    shape = q.shape(0, 4)
    rank = 2 if shape is None else len(shape)
    x = q.placeholder(shape)
    q.op(
        'ExpandDims',
        x,
        q.scalar(q.rng.randint(-rank - 1, rank) + (1 if q.chance(0.06) else 0), q.index_dtype()),
    )


@asks
def squeeze(q):
    shape = q.shape(0, 5)
    if shape is not None:
        shape = [1 if q.chance(0.5) else dim for dim in shape]
    rank = 2 if shape is None else len(shape)
    dims = [q.rng.randint(-rank, max(rank - 1, -rank)) for _ in range(q.rng.randint(0, 2))]
    if shape and q.chance(0.6):
        dims = [i - q.rng.choice([0, rank]) for i in range(rank) if shape[i] in (1, -1) and q.chance(0.6)]
    q.op('Squeeze', q.placeholder(shape), squeeze_dims=dims)


@asks
def add_n(q):
    shape = q.shape(0, 4)
    q.op('AddN', [q.placeholder(q.blur(shape)) for _ in range(q.rng.randint(1, 4))])


@asks
def identity_n(q):
    q.op('IdentityN', [q.data(), q.data(dtype='int32')])


@asks
def matrix(q):
    name = q.rng.choice(
        'MatrixDiag DiagPart MatrixDiagPart Diag MatrixBandPart Qr MatrixSetDiag Cholesky'.split()
    )
    shape = q.shape(0, 5)
    if shape and name == 'DiagPart' and q.chance(0.7):
        shape = shape[:2] + q.blur(shape[:2], unknown_rank=0)
    if name == 'Cholesky' and shape and len(shape) > 1 and q.chance(0.7):
        shape[-1] = shape[-2]
    x = q.placeholder(shape)
    if name == 'Qr':
        q.op(name, x, full_matrices=int(q.chance(0.5)))
    elif name == 'MatrixBandPart':
        q.op(name, x, q.scalar(-1, 'int64'), q.scalar(0, 'int64'))
    elif name == 'MatrixSetDiag':
        diagonal = None
        if shape is not None and len(shape) > 1:
            diagonal = q.blur(shape[:-2] + [min(shape[-2:])])
        q.op(name, x, q.placeholder(diagonal))
    else:
        q.op(name, x)


def diagonals(q):
    lower = q.rng.randint(-3, 3)
    if q.chance(0.5):
        return [lower]
    return [lower, lower + q.rng.choice([0, 1, 2, 3, -1])]


def diagonals_input(q, k):
    if q.chance(0.08):
        return q.placeholder(q.rng.choice([None, [], [-1], [2]]), 'int32')
    return q.scalar(k[0]) if len(k) == 1 and q.chance(0.6) else q.ints(k)


@asks
def matrix_diag_v3(q):
    k, rows, columns = diagonals(q), q.rng.randint(1, 6), q.rng.randint(1, 6)
    length = min(rows + min(k[-1], 0), columns - max(k[0], 0))
    shape = q.shape(0, 2, unknown_rank=0) + ([k[-1] - k[0] + 1] if k[-1] != k[0] else []) + [length]
    x = q.placeholder(q.blur([max(dim, -1) for dim in shape]))
    index = diagonals_input(q, k)
    sizes = [-1 if q.chance(0.4) else size for size in (rows, columns)]
    name = q.rng.choice(['MatrixDiagV2', 'MatrixDiagV3'])
    q.op(name, x, index, q.scalar(sizes[0]), q.scalar(sizes[1]), q.placeholder([]))


@asks
def matrix_diag_part_v3(q):
    name = q.rng.choice(['MatrixDiagPartV2', 'MatrixDiagPartV3'])
    x = q.data(0, 4)
    q.op(name, x, diagonals_input(q, diagonals(q)), q.placeholder([]))


@asks
def matrix_set_diag_v3(q):
    k, shape = diagonals(q), q.shape(1, 4, unknown_rank=0)
    diagonal = None
    if len(shape) > 1:
        rows, columns = shape[-2:]
        length = min(rows + min(k[-1], 0), columns - max(k[0], 0)) if rows >= 0 and columns >= 0 else 2
        diagonal = q.blur(shape[:-2] + ([k[-1] - k[0] + 1] if k[-1] != k[0] else []) + [length])
        diagonal = None if diagonal is None else [max(dim, -1) for dim in diagonal]
    x = q.placeholder(q.blur(shape))
    q.op(
        q.rng.choice(['MatrixSetDiagV2', 'MatrixSetDiagV3']),
        x,
        q.placeholder(diagonal),
        diagonals_input(q, k),
    )


@asks
def arg_max(q):
    shape = q.shape(0, 4)
    rank = 2 if shape is None else len(shape)
    x = q.placeholder(shape)
    axis = q.scalar(
        q.rng.randint(-rank, max(rank - 1, -rank)) + (1 if q.chance(0.05) else 0), q.index_dtype()
    )
    q.op(q.rng.choice(['ArgMax', 'ArgMin', 'Cumsum', 'Cumprod']), x, axis)


@asks
def pad(q):
    shape = q.shape(0, 3)
    rank = 2 if shape is None else len(shape)
    rank += 1 if q.chance(0.04) else 0
    pads = [q.rng.randint(0, 3) for _ in range(2 * rank)]
    if pads and q.chance(0.04):
        pads[0] = -1
    x = q.placeholder(shape)
    paddings = q.constant(pads, 'int32', [rank, 2])
    if q.chance(0.3):
        paddings = q.placeholder(q.rng.choice([None, [rank, 2], [-1, 2], [-1, -1], [rank, 3]]), 'int32')
    if q.chance(0.3):
        q.op('PadV2', x, paddings, q.placeholder([]))
    else:
        q.op('Pad', x, paddings)


@asks
def broadcast_to(q):
    shape = q.shape(0, 3)
    target = q.blur(shape, unknown_rank=0, unknown=0) if shape is not None else [2, 3]
    target = [q.rng.choice(DIMS) for _ in range(q.rng.randint(0, 1))] + [max(dim, 1) for dim in target]
    x = q.placeholder(shape)
    q.op('BroadcastTo', x, q.ints(target, q.index_dtype()))


@asks
def ref_variable(q):
    shape = q.shape(0, 3)
    variable = q.op('VariableV2', shape=shape, dtype='float32')
    name = q.rng.choice(
        ['VariableV2', 'Assign', 'Assign', 'AssignAdd', 'AssignSub', 'Identity', 'IsVariableInitialized']
    )
    if name.startswith('Assign'):
        attrs = {'validate_shape': int(q.chance(0.6))} if name == 'Assign' else {}
        q.op(name, variable, q.placeholder(q.blur(shape)), **attrs)
    elif name != 'VariableV2':
        q.op(name, variable)


@asks
def resource_variable(q):
    shape = q.shape(0, 3)
    handle = q.op('VarHandleOp', shape=shape, dtype='float32')
    if q.chance(0.2):
        handle = q.op('Identity', handle)
    if q.chance(0.1):
        handle = q.placeholder([], 'resource')
    dtype = 'float32' if q.chance(0.9) else 'float64'
    name = q.rng.choice(
        ['ReadVariableOp', 'AssignVariableOp', 'AssignAddVariableOp', 'VarIsInitializedOp', 'VariableShape']
    )
    if name == 'ReadVariableOp':
        q.op(name, handle, dtype=dtype)
    elif name.startswith('Assign'):
        q.op(name, handle, q.placeholder(q.blur(shape), dtype))
        if q.chance(0.3):
            q.op('ReadVariableOp', handle, dtype=dtype)
    else:
        q.op(name, handle)


@asks
def sources(q):
    shape = q.shape(0, 5)
    if q.chance(0.5):
        q.placeholder(shape)
    else:
        (
            q.constant([0], 'float32', [max(dim, 0) for dim in shape or []])
            if shape == []
            else q.placeholder(shape, 'int32')
        )


@asks
def losses(q):
    kind = q.rng.randrange(4)
    if kind == 0:
        shape = q.shape(1, 3)
        q.op('SoftmaxCrossEntropyWithLogits', q.placeholder(shape), q.placeholder(q.blur(shape)))
    elif kind == 1:
        shape = q.shape(2, 2)
        q.op(
            'SparseSoftmaxCrossEntropyWithLogits',
            q.placeholder(shape),
            q.placeholder(q.blur(shape[:1] if shape else shape), 'int32'),
        )
    elif kind == 2:
        shape = q.shape(2, 2)
        q.op(
            'InTopK', q.placeholder(shape), q.placeholder(q.blur(shape[:1] if shape else shape), 'int32'), k=2
        )
    else:
        x = q.data(0, 3)
        q.op('TopKV2', x, q.scalar(q.rng.randint(-1, 4)))


@asks
def various(q):
    kind = q.rng.randrange(8)
    if kind == 0:
        q.op('LinSpace', q.placeholder([]), q.placeholder([]), q.scalar(q.rng.randint(-1, 9)))
    elif kind == 1:
        q.op('EnsureShape', q.data(0, 3), shape=q.shape(0, 3))
    elif kind == 2:
        shape = q.shape(0, 3)
        q.op('PlaceholderWithDefault', q.placeholder(shape), shape=q.blur(shape))
    elif kind == 3:
        q.op('InvertPermutation', q.data(0, 2, dtype='int32'))
    elif kind == 4:
        shape = q.shape(0, 3)
        rank = 2 if shape is None else len(shape)
        axes = [q.rng.randint(-rank, max(rank - 1, -rank)) for _ in range(q.rng.randint(0, 2))]
        q.op('ReverseV2', q.placeholder(shape), q.ints(axes))
    elif kind == 5:
        q.op('ShapeN', [q.data(), q.data()])
    elif kind == 6:
        q.op('SegmentSum', q.data(0, 3), q.data(0, 2, dtype='int32'))
    else:
        q.op('Cast', q.data(), DstT='int32')


# What inputs look like: letters are dims, equal ones alike, a dot any dims, * any shape, _ a scalar.
PATTERNS = '''
    AdjustContrastv2:.abc,_ AdjustHue:.abc,* AdjustSaturation:.abc,* BroadcastGradientArgs:a,b Cholesky:.aa
    DecodeRaw:. Diag:a. EncodeJpeg:abc FFT:.a FFT2D:.ab FFT3D:.abc HSVToRGB:.3 IFFT:.a IFFT2D:.ab IFFT3D:.abc
    InTopK:ab,a InTopKV2:ab,a,* InvertPermutation:a LRN:abcd ListDiff:a,b LogMatrixDeterminant:.aa
    LogSoftmax:.a LookupTableSizeV2:_ LoopCond:_ Lu:.aa MatrixDeterminant:.aa MatrixDiag:.a MatrixInverse:.aa
    MatrixLogarithm:.aa MatrixSolve:.aa,.ab MatrixSquareRoot:.aa MaxPoolGrad:abcd,*,* RGBToHSV:.3 ReadFile:_
    RegexReplace:*,_,_ SegmentMax:a.,b SegmentMean:a.,b SegmentMin:a.,b SegmentProd:a.,b SegmentSum:a.,b
    Softmax:.a SparseSegmentMean:a.,b,b SparseSegmentSqrtN:a.,b,b SparseSegmentSum:a.,b,b
    SparseSoftmaxCrossEntropyWithLogits:ab,a Switch:*,_ Unique:a UniqueWithCounts:*
'''.split()

# Ops whose inputs may have any shapes.
SIMPLE = '''
    Abs Acos Acosh Add AddV2 Angle AsString Asin Asinh Atan Atan2 Atanh AudioSummaryV2 BesselI0 BesselI0e
    BesselI1 BesselI1e BesselJ0 BesselJ1 BesselK0 BesselK0e BesselK1 BesselK1e BesselY0 BesselY1 BitwiseAnd
    BitwiseOr BitwiseXor Bucketize Cast Ceil CheckNumerics CheckNumericsV2 ClipByValue Complex ComplexAbs Conj
    Cos Cosh Cumprod Cumsum CumulativeLogsumexp Dawsn DecodeBase64 DecodeCompressed DeepCopy Digamma Div
    DivNoNan Elu EluGrad EncodeBase64 Equal Erf Erfc Erfinv Exit Exp Expint Expm1 FakeQuantWithMinMaxArgs
    Floor FloorDiv FloorMod FresnelCos FresnelSin GetSessionHandle GetSessionHandleV2 Greater GreaterEqual
    GuaranteeConst HistogramSummary Identity Igamma IgammaGradA Igammac Imag ImageSummary Inv InvGrad Invert
    IsFinite IsInf IsNan L2Loss LeakyRelu LeakyReluGrad LeftShift Less LessEqual Lgamma Log Log1p LogicalAnd
    LogicalNot LogicalOr MatrixBandPart Maximum MergeSummary Minimum Mod Mul MulNoNan Ndtri Neg NextAfter
    NextIteration NotEqual OnesLike Polygamma PopulationCount Pow PreventGradient RandomGammaGrad
    RandomShuffle Rank Real RealDiv Reciprocal ReciprocalGrad Relu Relu6 Relu6Grad ReluGrad RightShift Rint
    Round Rsqrt RsqrtGrad ScalarSummary Selu SeluGrad SerializeTensor Sigmoid SigmoidGrad Sign Sin Sinh Size
    Snapshot Softplus SoftplusGrad Softsign SoftsignGrad Spence Sqrt SqrtGrad Square SquaredDifference
    StaticRegexFullMatch StaticRegexReplace StopGradient StringLength StringLower StringStrip
    StringToHashBucket StringToHashBucketFast StringToNumber StringUpper Sub Tan Tanh TanhGrad TensorSummary
    TruncateDiv TruncateMod UnicodeScript Xdivy Xlog1py Xlogy ZerosLike Zeta
'''.split()

DTYPES = 'float32 int32 bool string complex64 int64 uint8 quint8 resource'.split()


def dtype_of(op_def, arg):
    """One that an input may have."""
    if arg.type:
        return tf.as_dtype(arg.type).name
    allowed = next(attr for attr in op_def.attr if attr.name == arg.type_attr).allowed_values.list.type
    names = [tf.as_dtype(dtype).name for dtype in allowed]
    return next(dtype for dtype in DTYPES + names if not names or dtype in names)


def needed_attrs(op_def):
    """Values of those that have no default, and that no input tells."""
    inferred = {
        name for arg in op_def.input_arg for name in (arg.type_attr, arg.number_attr, arg.type_list_attr)
    }
    values = {
        'int': 2,
        'bool': 0,
        'string': 'a',
        'list(int)': [1, 2, 2, 1],
        'list(float)': [],
        'type': 'float32',
    }
    return {
        attr.name: 'SAME' if attr.name == 'padding' else values[attr.type]
        for attr in op_def.attr
        if attr.name not in inferred and not attr.HasField('default_value')
    }


def ask_simply(q, name, shapes):
    op_def = op_def_registry.get(name)
    inputs = [q.placeholder(shape, dtype_of(op_def, arg)) for shape, arg in zip(shapes, op_def.input_arg)]
    q.op(
        name,
        *[[one] if arg.number_attr else one for one, arg in zip(inputs, op_def.input_arg)],
        **needed_attrs(op_def)
    )


@asks
def patterned(q):
    name, _, text = q.rng.choice(PATTERNS).partition(':')
    letters = {letter: q.dim(0) for letter in 'abcd'}
    dots = q.shape(0, 2, unknown_rank=0, unknown=0)
    shapes = []
    for part in text.split(','):
        shape = []
        for c in part:
            shape += dots if c == '.' else [int(c)] if c.isdigit() else [letters[c]] if c in letters else []
        shapes.append(q.blur(q.shape(0, 3) if part == '*' else shape))
    ask_simply(q, name, shapes)


@asks
def simple(q):
    name = q.rng.choice(SIMPLE)
    shape = q.shape(0, 4)
    shapes = [shape]
    for _ in op_def_registry.get(name).input_arg[1:]:
        shapes.append(q.blur(shape))
    ask_simply(q, name, shapes)


@asks
def depthwise_conv2d(q):
    channels, nchw = q.rng.choice([1, 2, 3, 4]), q.chance(0.3)
    image = [q.dim(), q.rng.randint(0, 20), q.rng.randint(0, 20), channels]
    kernel = [q.rng.randint(0, 5), q.rng.randint(0, 5), channels, q.dim()]
    attrs = {'strides': window_list(q, [1, 1, 2, 0]), 'padding': q.rng.choice(['SAME', 'VALID', 'EXPLICIT'])}
    if q.chance(0.3):
        attrs['dilations'] = window_list(q, [1, 2, 3])
    if attrs['padding'] == 'EXPLICIT':
        attrs['explicit_paddings'] = paddings_list(q, nchw)
    if nchw:
        attrs['data_format'] = 'NCHW'
        image = [image[i] for i in (0, 3, 1, 2)]
    q.op('DepthwiseConv2dNative', q.placeholder(q.blur(image)), q.placeholder(q.blur(kernel)), **attrs)


@asks
def conv2d_transpose(q):
    nchw = q.chance(0.3)
    batch, inner, outer = q.dim(0), q.dim(0), q.dim(0)
    gradient, result = [batch, q.dim(), q.dim(), inner], [batch, q.dim(0), q.dim(0), outer]
    if nchw:
        gradient, result = [gradient[i] for i in (0, 3, 1, 2)], [result[i] for i in (0, 3, 1, 2)]
    if q.chance(0.2):
        result = result[: q.rng.choice([2, 3])]
    sizes = q.ints(result)
    kernel = q.placeholder(q.blur([3, 3, outer, inner]))
    q.op(
        'Conv2DBackpropInput',
        sizes,
        kernel,
        q.placeholder(q.blur(gradient)),
        strides=[1, 2, 2, 1],
        padding='SAME',
        data_format='NCHW' if nchw else 'NHWC',
    )


@asks
def fused_batch_norm(q):
    name = q.rng.choice(['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'])
    data_format = q.rng.choice(['NHWC', 'NCHW'] + (['NDHWC', 'NCDHW'] if name.endswith('V3') else []))
    channels, training = q.dim(), q.chance(0.5)
    shape = [q.dim() for _ in range(len(data_format))]
    shape[data_format.index('C')] = channels
    x = q.placeholder(q.blur(shape))
    vectors = [q.placeholder(q.blur([channels])) for _ in range(2)]
    vectors += [q.placeholder([0] if training and q.chance(0.6) else q.blur([channels])) for _ in range(2)]
    q.op(name, x, *vectors, is_training=int(training), data_format=data_format)


@asks
def resize(q):
    name = q.rng.choice(['ResizeBilinear', 'ResizeNearestNeighbor', 'ResizeBicubic', 'ResizeArea'])
    x = q.data(4, 4)
    q.op(name, x, q.ints([q.rng.randint(-1, 9) for _ in range(2 if q.chance(0.95) else 3)]))


@asks
def samples(q):
    kind = q.rng.randrange(3)
    if kind == 0:
        data = q.shape(0, 4)
        ids = q.blur(data if data is None else data[: q.rng.randint(0, 3)])
        name = 'UnsortedSegment' + q.rng.choice(['Sum', 'Max', 'Min', 'Prod'])
        q.op(name, q.placeholder(data), q.placeholder(ids, 'int32'), q.scalar(q.rng.randint(-1, 7)))
    elif kind == 1:
        q.op('Multinomial', q.data(2, 2), q.scalar(q.rng.randint(-1, 7)))
    else:
        shape = q.ints([q.rng.choice(DIMS) for _ in range(q.rng.randint(0, 3))])
        q.op(
            q.rng.choice(['StatelessRandomNormal', 'StatelessRandomUniform', 'StatelessTruncatedNormal']),
            shape,
            q.placeholder(q.rng.choice([[2], [2], None, [-1], [3]]), 'int64'),
            dtype='float32',
        )


@asks
def chains(q):
    """Shapes as programs compute them: reshape to what tf.shape() said, in pieces."""
    shape = q.shape(2, 4, unknown_rank=0, unknown=0.3)
    x = q.placeholder(shape)
    whole = q.op('Shape', x)
    pieces = []
    for i, dim in enumerate(shape):
        if dim >= 0 and q.chance(0.6):
            pieces.append(q.scalar(dim))
        else:
            pieces.append(
                q.op(
                    'StridedSlice',
                    whole,
                    q.constant([i]),
                    q.constant([i + 1]),
                    q.constant([1]),
                    shrink_axis_mask=1,
                )
            )
    if q.chance(0.5) and len(pieces) > 1:
        merged = q.op('Mul', pieces[0], pieces[1])
        pieces = [merged] + pieces[2:]
    target = q.op('Pack', pieces, axis=0)
    kind = q.rng.randrange(5)
    if kind == 0:
        q.op('RandomStandardNormal', target, dtype='float32')
    elif kind == 1:
        q.op('Fill', target, q.placeholder([]))
    elif kind == 2:
        begin = q.constant([q.rng.randint(-1, 2)])
        part = q.op(
            'StridedSlice',
            whole,
            begin,
            q.constant([q.rng.randint(-1, 4)]),
            q.constant([q.rng.choice([1, 1, 2, -1])]),
            begin_mask=int(q.chance(0.4)),
            end_mask=int(q.chance(0.4)),
        )
        q.op('Fill', q.op('ConcatV2', [part, q.ints([4])], q.scalar_constant(0)), q.placeholder([]))
    else:
        q.op('Reshape', x, target)


class Asker:
    """Asks in a process of its own, since TensorFlow aborts on some questions; those are skipped."""

    def __init__(self):
        self.start()

    def start(self):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.get_context('fork').Process(
            target=self.serve, args=(other,), daemon=True
        )
        self.process.start()
        other.close()

    @staticmethod
    def serve(pipe):
        while True:
            question = pipe.recv()
            try:
                pipe.send(ask(question))
            except Skip:
                pipe.send(None)

    def __call__(self, question):
        """The answer; None: none that could be recorded."""
        try:
            self.pipe.send(question)
            return self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            self.start()
            return None


def record(seed, count, names, out):
    """Ask until there are `count` different questions, of all generators in turn."""
    rng = random.Random(seed)
    asker = Asker()
    seen = set()
    for turn in itertools.count():
        if len(seen) == count:
            return
        question = Question(rng)
        GENERATORS[names[turn % len(names)]](question)
        text = ' ; '.join(map(node_text, question.nodes))
        if text in seen or len(text) > 400:
            continue
        answer = asker(question)
        if answer is not None:
            seen.add(text)
            print(text, '=>', answer, file=out, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=4000)
    parser.add_argument('--only', nargs='*', default=sorted(GENERATORS))
    options = parser.parse_args()
    print(
        '# Shapes that TensorFlow %s infers. Recorded by tests/oracle/shapes.py, seed %d.'
        % (tf.__version__, options.seed)
    )
    record(options.seed, options.count, options.only, sys.stdout)


if __name__ == '__main__':
    main()
