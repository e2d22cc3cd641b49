#!/usr/bin/env python3
"""Record what TensorFlow makes of what has no form in scope programs: creators, getters, device functions and the like.

    record_scoping.py [--check] [CASE]...

Each function of `cases` below is run in a fresh graph of TensorFlow's, and tests/data/scoping/CASE.txt gets what came
of it: a line for each note(), then one for each node in serial order, with fields separated by tabs: name, op, device,
inputs (control inputs with ^), groups of _class. tests/unit/scope/scoping_test.c does the same with the C API and
compares. With --check nothing is written; exit status 1 if what would be written differs from what is there.
"""
import argparse
import pathlib
import sys

import initial_values
import tf_environment
from tensorflow.python.framework import ops

tf = tf_environment.tf.compat.v1
DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "scoping"
cases = {}
notes = []


def case(function):
    """Mark a case; it is named as its function."""
    cases[function.__name__] = function
    return function


def spell(value):
    """A value as the C tests spell it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tf.DType):
        return value.name
    if isinstance(value, tf.TensorShape):
        return spell(None if value.rank is None else value.as_list())
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(spell(item) for item in value) + "]"
    return str(value)


def note(*words):
    """Say what happened, for the first lines of the record."""
    notes.append(" ".join(spell(word) for word in words))


def line_of(node):
    """One line of a record."""
    groups = " ".join(group.decode() for group in node.attr["_class"].list.s) if "_class" in node.attr else ""
    return "\t".join((node.name, node.op, node.device, " ".join(node.input), groups))


def after_inputs(nodes):
    """Nodes in the order that they stand in, but each after its inputs."""
    by_name = {node.name: node for node in nodes}
    ordered = {}

    def place(node):
        for name in node.input if node.name not in ordered else ():
            place(by_name[name.lstrip("^").split(":")[0]])
        ordered.setdefault(node.name, node)
    for node in nodes:
        place(node)
    return ordered.values()


def record(function):
    """What a case makes, as text."""
    notes.clear()
    graph = tf.Graph()
    graph.switch_to_thread_local()
    with graph.as_default():
        function()
    return "".join(line + "\n" for line in notes + [line_of(node) for node in after_inputs(graph.as_graph_def().node)])


def refused(function, *arguments, **keywords):
    """Note whether a call fails."""
    try:
        function(*arguments, **keywords)
    except (ValueError, TypeError, AttributeError, AssertionError, RuntimeError):
        note("refused")
    else:
        note("done")


# ---- variable_creator_scope

def noting(label, **changes):
    """A creator that notes what it is called with, and goes on with some of it changed."""
    def creator(next_creator, **kwargs):
        note(label, kwargs["name"], kwargs["shape"], kwargs["dtype"], kwargs["trainable"], kwargs["collections"],
             kwargs["use_resource"], kwargs["caching_device"])
        kwargs.update(changes)
        variable = next_creator(**kwargs)
        note(label, "made", variable.name)
        return variable
    return creator


@case
def creators_run_innermost_first():
    with tf.variable_creator_scope(noting("outer")), tf.variable_creator_scope(noting("inner")):
        with tf.variable_scope("s"):
            tf.get_variable("v", [2], initializer=tf.zeros_initializer())
        with tf.name_scope("n"):
            tf.Variable([1.0, 2.0], name="w")
    tf.get_variable("x", initializer=3.0)


@case
def creators_change_name_and_arguments():
    with tf.variable_creator_scope(noting("outer")):
        with tf.variable_creator_scope(noting("inner", name="other", trainable=False, collections=["k"],
                                              use_resource=True, caching_device="/cpu:0")):
            with tf.variable_scope("s"):
                v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
            tf.Variable(5, name="w")
    with tf.variable_scope("s", reuse=True):
        note(tf.get_variable("v", [2]) is v)
    note("k", [item.name for item in tf.get_collection("k")])
    note("trainable", [item.name for item in tf.trainable_variables()])


@case
def creators_run_for_each_slice_and_not_on_reuse():
    with tf.variable_creator_scope(noting("creator")):
        with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(2), reuse=tf.AUTO_REUSE):
            tf.get_variable("p", [3, 2], initializer=tf.zeros_initializer())
            p = tf.get_variable("p", [3, 2])
    note([item._get_save_slice_info().spec for item in p])


@case
def creators_return_another_variable():
    other = tf.Variable(1.0, name="other")

    def creator(next_creator, **kwargs):
        del next_creator, kwargs
        return other
    with tf.variable_scope("s"), tf.variable_creator_scope(creator):
        note(tf.get_variable("v", [2]).name)
    with tf.variable_scope("s", reuse=True):
        note(tf.get_variable("v", []).name)


@case
def creators_build_around_the_initial_value():
    def doubled(next_creator, **kwargs):
        initial = kwargs["initial_value"]
        kwargs["initial_value"] = lambda: initial() * 2.0
        return next_creator(**kwargs)

    def replaced(next_creator, **kwargs):
        tf.no_op("here")
        kwargs["initial_value"] = [7.0, 8.0]
        kwargs["dtype"] = None
        return next_creator(**kwargs)
    with tf.name_scope("n"), tf.control_dependencies([tf.no_op("before")]):
        with tf.variable_creator_scope(doubled):
            tf.get_variable("v", [2], initializer=tf.ones_initializer())
        with tf.variable_creator_scope(replaced):
            tf.get_variable("w", [2], initializer=tf.ones_initializer())
            tf.Variable(1.0, name="x")


# ---- custom getters

def getting(label, suffix="", **changes):
    """A custom getter that notes what it is called with."""
    def custom(getter, name, **kwargs):
        note(label, name, kwargs["shape"], kwargs["dtype"], kwargs["trainable"], kwargs["reuse"], kwargs["use_resource"])
        kwargs.update(changes)
        variable = getter(name + suffix, **kwargs)
        note(label, "got", variable.name)
        return variable
    return custom


@case
def getters_of_scopes_run_before_the_inherited_ones():
    zeros = {"initializer": tf.zeros_initializer()}
    with tf.variable_scope("a", custom_getter=getting("a", "_a")):
        with tf.variable_scope("b", custom_getter=getting("b", "_b"), dtype=tf.float64) as b:
            tf.get_variable("v", [1], **zeros)
            tf.get_variable("w", [1], custom_getter=getting("own", "_own", trainable=False), **zeros)
        with tf.variable_scope("c"):
            tf.get_variable("v", [1], **zeros)
        with tf.variable_scope(b, custom_getter=getting("again"), reuse=True):
            tf.get_variable("v", [1])
    with tf.variable_scope(b) as again:
        again.set_custom_getter(getting("set"))
        tf.get_variable("x", [1], **zeros)
    with tf.variable_scope(b):
        tf.get_variable("y", [1], **zeros)
    note([item.name for item in tf.trainable_variables()])


@case
def getters_make_more_than_they_return():
    def shadowed(getter, name, **kwargs):
        getter(name, **kwargs)
        shadow = getter(name + "/shadow", **dict(kwargs, trainable=False))
        tf.no_op(name="c")
        return shadow
    with tf.name_scope("n"), tf.variable_scope("s", custom_getter=shadowed):
        note(tf.get_variable("v", [2], initializer=tf.zeros_initializer()).name)
    note([item.name for item in tf.trainable_variables()])


@case
def getters_run_once_for_all_slices():
    with tf.variable_scope("s", custom_getter=getting("getter"), partitioner=tf.fixed_size_partitioner(2)):
        tf.get_variable("p", [4], initializer=tf.zeros_initializer())


# ---- device functions

def choosing(label, **devices):
    """A device function that notes what it is asked, and answers by the type of the op."""
    def choose(op):
        note(label, op.type, op.name, op.device or "none", op.inputs[0].name if op.inputs else "none",
             op.outputs[0].dtype.name if op.outputs else "none", op.outputs[0].shape if op.outputs else "none")
        return devices.get(op.type, devices.get("other", op.device))
    return choose


@case
def device_functions_are_asked_from_the_inside_out():
    with tf.device("/gpu:0"), tf.device(choosing("outer", MatMul="/job:outer")):
        with tf.device("/job:ps"), tf.device(choosing("inner", Identity="/task:1", NoOp="")):
            with tf.device("/cpu:*"), tf.name_scope("n"):
                c = tf.constant([[1.0]], name="c")
                tf.identity(c, name="i")
                tf.matmul(c, c, name="m")
                tf.no_op("none")
        with tf.device(None):
            tf.identity(c, name="outside")
            with tf.device(choosing("again", Identity="/cpu:0")):
                tf.identity(c, name="raw")
    tf.identity(c, name="last")


@case
def device_functions_place_variables():
    place = choosing("place", VariableV2="/job:ps/task:0", VarHandleOp="/job:ps/task:1", other="/job:worker")
    cache = choosing("cache", Identity="/job:worker/cpu:0")
    for use_resource in (False, True):
        with tf.variable_scope("resource" if use_resource else "ref", use_resource=use_resource):
            with tf.device(place), tf.device("/gpu:1"):
                tf.get_variable("v", [2], initializer=tf.zeros_initializer())
                tf.get_variable("w", initializer=[1.0, 2.0], caching_device=cache)
                with tf.variable_scope("cached", caching_device=cache):
                    tf.get_variable("x", [], initializer=tf.ones_initializer())


@case
def device_functions_and_colocation():
    place = choosing("place", Const="/job:a", other="/job:b")
    with tf.device(place):
        c = tf.constant(1.0, name="c")
        with tf.colocate_with(c):
            tf.identity(c, name="near")
            with tf.device(choosing("inside", other="/job:c")):
                tf.identity(c, name="inside")
                tf.get_variable("v", [2], initializer=tf.zeros_initializer())
            tf.get_variable("w", [2], initializer=tf.zeros_initializer())
        v = tf.Variable(0.0, name="x")
        tf.assign(v, 1.0, name="assigned")


# ---- scopes entered again

@case
def scopes_entered_again_exactly():
    def build(scope):
        tf.no_op("c")
        tf.get_variable("v", [1], initializer=tf.zeros_initializer())
        with tf.variable_scope("inner") as inner:
            tf.no_op("c")
            note(inner.name, inner.original_name_scope)
        note(scope.name, scope.original_name_scope, tf.get_default_graph().get_name_scope())

    def again(scope, **keywords):
        with tf.variable_scope(scope, auxiliary_name_scope=False, **keywords) as entered:
            with tf.name_scope(entered.original_name_scope):
                build(entered)
    with tf.variable_scope("", reuse=tf.AUTO_REUSE) as root:
        pass
    with tf.variable_scope("foo", reuse=tf.AUTO_REUSE):
        with tf.variable_scope("bar") as bar:
            build(bar)
    again(bar)
    with tf.name_scope("n"), tf.variable_scope("other"):
        again(bar, reuse=True)
        again(root)
    with tf.variable_scope(bar) as fresh:
        build(fresh)
    again(fresh)


# ---- frozen graphs

@case
def frozen_graphs_refuse_nodes_and_collections():
    def enter(manager):
        with manager:
            pass
    halves = tf.fixed_size_partitioner(2)
    v = tf.get_variable("v", [1], initializer=tf.zeros_initializer())
    tf.get_variable("p", [2], initializer=tf.zeros_initializer(), partitioner=halves)
    with tf.variable_scope("s") as scope:
        pass
    tf.get_default_graph().finalize()
    refused(tf.no_op)
    refused(tf.constant, 1.0)
    refused(tf.get_variable, "w", [1])
    refused(tf.Variable, 1.0)
    refused(tf.add_to_collection, "k", v)
    refused(tf.global_variables_initializer)
    refused(tf.assign, v, [1.0])
    refused(enter, tf.name_scope("n"))
    refused(enter, tf.variable_scope("q"))
    refused(enter, tf.variable_scope(scope))
    refused(enter, tf.variable_scope(None, "d"))
    refused(enter, tf.device("/cpu:0"))
    refused(enter, tf.control_dependencies([v]))
    refused(enter, tf.colocate_with(v))
    refused(tf.set_random_seed, 1)
    refused(tf.convert_to_tensor, v)
    scope.reuse_variables()
    with tf.variable_scope("", reuse=True):
        refused(tf.get_variable, "v", [1])
        refused(tf.get_variable, "p", [2], partitioner=halves)
        refused(tf.get_variable, "x", [1])


# ---- assignments

@case
def assignments_of_ref_variables():
    v = tf.get_variable("v", [2], initializer=tf.zeros_initializer(), caching_device="/cpu:0")
    note(tf.assign(v, [1.0, 2.0]).name)
    note(tf.assign(v, [1.0, 2.0, 3.0], validate_shape=False, use_locking=False, name="another").name)
    note(tf.assign_add(v, [1.0, 2.0]).name)
    note(tf.assign_sub(tf.assign_add(v, v, use_locking=True, name="more"), [1.0, 1.0], name="less").name)
    note(tf.is_variable_initialized(v).name)
    refused(tf.assign_add, v, [1.0])
    refused(tf.assign_add, tf.identity(v, name="copy"), [1.0, 1.0])


@case
def assignments_of_resource_variables():
    tf.enable_resource_variables()
    v = tf.get_variable("v", [2], initializer=tf.zeros_initializer())
    w = tf.get_variable("w", [2], initializer=tf.zeros_initializer(), caching_device="/cpu:0")
    tf.assign(v, [1, 2])
    v.assign_add([1.0, 2.0], name="more")  # tf.assign_add() forgets the name
    v.assign_add(w, name="first").assign_sub([1.0, 1.0], name="second")
    w.assign_add([1.0, 1.0], name="cached")
    tf.assign(w, [1.0, 1.0], name="over")
    tf.identity(w.assign_sub([2, 2], name="last"), name="used")
    note(tf.is_variable_initialized(v).name)
    refused(tf.assign, v, [1.0])
    tf.disable_resource_variables()


@case
def assignments_of_partitioned_variables():
    def make():
        p = tf.get_variable("p", [2, 3], initializer=tf.zeros_initializer(),
                            partitioner=tf.fixed_size_partitioner(2, axis=1))
        q = tf.get_variable("q", [2, 3], initializer=tf.zeros_initializer(),
                            partitioner=tf.fixed_size_partitioner(2, axis=1))
        one = tf.get_variable("one", [2], initializer=tf.zeros_initializer(), partitioner=tf.fixed_size_partitioner(1))
        tf.assign(p, tf.ones([2, 3], name="ones"), name="all")
        tf.assign(p, [[[1.0, 2.0], [3.0, 4.0]], [[5.0], [6.0]]], name="listed")
        tf.assign(p, q, name="copied")
        tf.assign(one, tf.zeros([2], name="zeros"), name="whole")
        p.assign_add(tf.ones([2, 3], name="ones_again"), name="more")
        p.assign_sub(q, use_locking=True, name="less")
        refused(tf.assign, p, [[1.0, 2.0, 3.0]])
    both_kinds(make)


@case
def colocation_in_place_of_others():
    with tf.device("/gpu:0"):
        a = tf.constant(1.0, name="a")
    b = tf.constant(1.0, name="b")
    with tf.device("/gpu:1"), tf.colocate_with(a):
        with tf.colocate_with(b):
            tf.no_op("both")
        with tf.colocate_with(b, ignore_existing=True):
            tf.no_op("only_b")
            tf.Variable(1.0, name="v")
            with tf.colocate_with(a):
                tf.no_op("both_again")
        with tf.colocate_with(None, ignore_existing=True):
            tf.no_op("none")
            with tf.device("/cpu:0"):
                tf.no_op("cpu")
            tf.Variable(1.0, name="w")
        tf.no_op("a_again")
    with tf.device("/gpu:1"), tf.colocate_with(None, ignore_existing=True):
        tf.no_op("hidden")


# ---- variables as they are described in a MetaGraphDef

@case
def variables_as_they_are_described():
    sync, aggregation = tf.VariableSynchronization, tf.VariableAggregation
    zeros = tf.zeros_initializer()

    def make():
        tf.get_variable("plain", [2], initializer=zeros)
        tf.get_variable("read", [2], initializer=zeros, synchronization=sync.ON_READ, aggregation=aggregation.SUM)
        tf.get_variable("write", [2], initializer=zeros, synchronization=sync.ON_WRITE, aggregation=aggregation.MEAN,
                        trainable=False)
        tf.get_variable("none", [2], initializer=zeros, synchronization=sync.NONE, trainable=True,
                        aggregation=aggregation.ONLY_FIRST_REPLICA, caching_device="/cpu:0")
        tf.get_local_variable("local", [2], initializer=zeros)
        tf.Variable([1.0], name="new", synchronization=sync.ON_READ)
        tf.get_variable("p", [3], initializer=zeros, partitioner=tf.fixed_size_partitioner(2), trainable=False)
        tf.get_variable("model", [2], initializer=zeros, collections=["model_variables"])
    both_kinds(make)
    for key in ("variables", "trainable_variables", "local_variables", "model_variables"):
        for item in tf.get_collection(key):
            note(key, item.to_proto().SerializeToString(deterministic=True).hex())


# ---- literals that JSON has not

@case
def literals_of_complex_numbers_and_bytes():
    def show(tensor):
        value = tensor.op.node_def.attr["value"].tensor
        note(tensor.op.name, tensor.dtype, value.SerializeToString(deterministic=True).hex())
    show(tf.constant(1.5 - 2j, name="scalar"))
    show(tf.constant([1j, 2.0 + 0.5j], name="list"))
    show(tf.constant([1j, 2.0 + 0.5j], dtype=tf.complex64, name="narrow"))
    show(tf.constant(1.0, dtype=tf.complex64, name="real"))
    show(tf.constant(1j, shape=[3], name="repeated"))
    refused(tf.constant, 1j, dtype=tf.float32, name="refused")
    show(tf.constant(b"a\0b", name="bytes"))
    show(tf.constant([b"", b"\xff\0", b"plain"], name="three"))
    x = tf.placeholder(tf.complex64, [2], name="x")
    show(tf.multiply(x, 2j, name="times").op.inputs[1])
    tf.get_variable("c", initializer=tf.constant_initializer(1.0 - 1j), shape=[2], dtype=tf.complex64)
    with tf.variable_scope("s", initializer=tf.constant_initializer([1j, 2j]), dtype=tf.complex128):
        tf.get_variable("d", [2])
    show(tf.get_default_graph().get_tensor_by_name("c/Initializer/Const:0"))
    show(tf.get_default_graph().get_tensor_by_name("s/d/Initializer/Const:0"))
    tf.Variable(b"\0", name="t")
    refused(tf.get_variable, "e", [2], dtype=tf.complex64)
    refused(tf.get_variable, "f", [2], dtype=tf.complex64, initializer=tf.random_normal_initializer())


@case
def initialized_values():
    def make():
        v = tf.get_variable("v", [2], initializer=tf.zeros_initializer())
        w = tf.Variable(5.0, name="w")
        for x in (v, w):
            with tf.name_scope("n"), tf.control_dependencies([tf.no_op("before")]), tf.device("/cpu:0"), \
                    ops.init_scope(): # of resource variables there is no initialized_value(), but this is what it says
                value = tf.cond(tf.is_variable_initialized(x), x.read_value, lambda x=x: x.initial_value)
                note(value.name, value.shape)
    both_kinds(make)
    with tf.name_scope("own"):
        tf.Variable(1.0, name="v").initialized_value()


# ---- initial values that read other variables

def both_kinds(function):
    """Run a function for ref variables, then for resource variables, in scopes of their own."""
    for use_resource in (False, True):
        with tf.variable_scope("resource" if use_resource else "ref", use_resource=use_resource):
            function()


@case
def initial_values_read_other_variables():
    def make():
        w = tf.get_variable("w", [2], initializer=tf.ones_initializer())
        x = tf.Variable(tf.add(tf.identity(tf.multiply(w, 2.0, name="mul"), name="twice"), w, name="add"), name="x")
        y = tf.get_variable("y", initializer=lambda: tf.multiply(x, 3.0, name="thrice"))
        tf.Variable(tf.add(y, tf.constant(1.0, name="one"), name="sum"), name="z")
        tf.Variable(w, name="same")
    both_kinds(make)


@case
def initial_values_read_slices():
    def make():
        p = tf.get_variable("p", [4, 2], initializer=tf.zeros_initializer(), partitioner=tf.fixed_size_partitioner(2))
        tf.Variable(tf.negative(p, name="negative"), name="x")
        tf.get_variable("q", initializer=tf.multiply(p, 2.0, name="twice"), shape=[4, 2],
                        partitioner=tf.fixed_size_partitioner(2))
    both_kinds(make)


@case
def initial_values_wait_for_what_takes_a_handle():
    w = tf.get_variable("w", [3, 2], initializer=tf.ones_initializer(), use_resource=True)
    rows = tf.gather(w, [0, 2], name="rows")
    tf.Variable(tf.negative(rows, name="negative"), name="x", use_resource=True)
    with tf.control_dependencies([tf.assign_add(w, tf.ones([3, 2], name="ones")).op]):
        changed = tf.identity(w, name="changed")
    tf.Variable(tf.negative(changed, name="after"), name="y", use_resource=True)
    tf.Variable(tf.is_variable_initialized(w), name="z")


@case
def initial_values_that_need_no_copy():
    w = tf.get_variable("w", [2], initializer=tf.ones_initializer(), collections=["mine"])
    tf.Variable(tf.negative(w, name="n"), name="of_no_collection", trainable=False)
    local = tf.get_local_variable("l", [2], initializer=tf.ones_initializer())
    tf.Variable(tf.negative(local, name="m"), name="of_local")
    v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
    refused(tf.Variable, tf.assign_add(v, [1.0, 1.0], name="add"), name="of_a_change")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only tell what differs")
    parser.add_argument("case", nargs="*", help="of the functions in this file; without one, all")
    args = parser.parse_args()
    tf.disable_v2_behavior()
    tf.disable_resource_variables()
    initial_values.install()
    different = 0
    for name in args.case or cases:
        text = record(cases[name])
        path = DATA / (name + ".txt")
        if path.exists() and path.read_text() == text:
            continue
        different += 1
        print(f"{name}: {'differs' if args.check else 'recorded'}")
        if not args.check:
            DATA.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return 1 if args.check and different else 0


if __name__ == "__main__":
    sys.exit(main())
