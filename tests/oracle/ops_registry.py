#!/usr/bin/env python3
"""Check data/ops.txt against the registry of the TensorFlow that is installed.

    PYTHON tests/oracle/ops_registry.py

Reads data/ops.txt as the build does and makes an OpDef of each op. Every one must equal TensorFlow's in full,
descriptions aside, and every default must have the bytes that protobuf writes.
"""

import os
import sys
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, 'src', 'graph'))

from tf_environment import tf  # noqa: E402
from tensorflow.core.framework import full_type_pb2, op_def_pb2, types_pb2  # noqa: E402
from tensorflow.python.client import pywrap_tf_session  # noqa: E402

import gen_op_registry as generator  # noqa: E402


def without_descriptions(op):
    """The same OpDef, changed in place."""
    op.ClearField('summary')
    op.ClearField('description')
    for part in list(op.input_arg) + list(op.output_arg) + list(op.attr):
        part.ClearField('description')
    return op


def tensorflow_ops():
    """TensorFlow's registry by name."""
    data = pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList())
    return {op.name: without_descriptions(op) for op in op_def_pb2.OpList.FromString(data).op}


def arg_def(arg):
    out = op_def_pb2.OpDef.ArgDef(
        name=arg.name, type=generator.DATA_TYPES.get(arg.dtype, 0), type_attr=arg.type_attr or '',
        number_attr=arg.number_attr or '', type_list_attr=arg.type_list_attr or '', is_ref=arg.is_ref)
    if arg.full_type is not None:
        out.experimental_full_type.ParseFromString(generator.full_type_bytes(arg.full_type))
    return out


def attr_def(attr):
    out = op_def_pb2.OpDef.AttrDef(name=attr.name, type='list(%s)' % attr.kind if attr.is_list else attr.kind)
    if attr.allowed is not None and attr.kind == 'type':
        out.allowed_values.list.type.extend(generator.DATA_TYPES[name] for name in attr.allowed)
    elif attr.allowed is not None:
        out.allowed_values.list.s.extend(attr.allowed)
    if attr.minimum is not None:
        out.has_minimum = True
        out.minimum = attr.minimum
    if attr.default is not None:
        out.default_value.ParseFromString(generator.default_bytes(attr))
    return out


def op_def(op):
    """The OpDef that the text describes."""
    out = op_def_pb2.OpDef(name=op.name, **{flag: True for flag in op.flags})
    out.input_arg.extend(map(arg_def, op.inputs))
    out.output_arg.extend(map(arg_def, op.outputs))
    out.attr.extend(map(attr_def, op.attrs))
    if op.deprecation is not None:
        out.deprecation.version = op.deprecation.version
        out.deprecation.explanation = op.deprecation.explanation.decode()
    return out


class OpsRegistry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(ROOT, 'data', 'ops.txt'), encoding='utf-8') as file:
            cls.registry = generator.parse(file.read())
        cls.expected = tensorflow_ops()

    def test_same_tensorflow(self):
        self.assertEqual(tf.version.VERSION, self.registry.version)
        self.assertEqual(tf.version.GRAPH_DEF_VERSION, self.registry.producer)
        self.assertEqual(tf.version.GRAPH_DEF_VERSION_MIN_CONSUMER, self.registry.min_consumer)

    def test_same_names(self):
        self.assertEqual(sorted(self.expected), [op.name for op in self.registry.ops])

    def test_same_ops(self):
        for op in self.registry.ops:
            with self.subTest(op=op.name):
                self.assertEqual(self.expected[op.name], op_def(op))

    def test_defaults_and_full_types_have_the_bytes_of_protobuf(self):
        for op in self.registry.ops:
            expected = self.expected[op.name]
            for attr, attr_expected in zip(op.attrs, expected.attr):
                with self.subTest(op=op.name, attr=attr.name):
                    self.assertEqual(attr_expected.default_value.SerializeToString(deterministic=True),
                                     generator.default_bytes(attr))
            args = list(expected.input_arg) + list(expected.output_arg)
            for arg, arg_expected in zip(op.inputs + op.outputs, args):
                with self.subTest(op=op.name, arg=arg.name):
                    full_type = arg_expected.experimental_full_type
                    self.assertEqual(full_type.SerializeToString(deterministic=True),
                                     generator.full_type_bytes(arg.full_type))

    def test_type_numbers_are_those_of_tensorflow(self):
        types = {name[3:].lower(): number for name, number in types_pb2.DataType.items()
                 if 0 < number < types_pb2.DT_FLOAT_REF}
        self.assertEqual(types, generator.DATA_TYPES)
        self.assertLess(max(types.values()), 64)
        full_types = {name[4:]: number for name, number in full_type_pb2.FullTypeId.items() if number > 0}
        self.assertEqual(full_types, generator.FULL_TYPES)


if __name__ == '__main__':
    unittest.main()
