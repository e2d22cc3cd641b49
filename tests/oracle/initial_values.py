"""Initial values that read other variables, as the library has them.

TensorFlow puts a conditional around each ref variable that an initial value reads (the variable if it is initialized,
else its initial value), and leaves resource variables alone. The library replaces each variable that is read by what
it starts as; the ops on the way are copied, as in TensorFlow (docs/decisions/0008-initial-values-that-read-variables.md).
`install()` puts this in the place of TensorFlow's own guard, so that everything else stays TensorFlow's.
"""
import tf_environment  # noqa: F401
from tensorflow.python.framework import ops
from tensorflow.python.ops import variables

_ABOUT_ITSELF = ("IsVariableInitialized", "VarIsInitializedOp", "VarHandleOp")


def _variable_of(operation):
    """The variable behind a node, if an initializing op would find it."""
    for key in (ops.GraphKeys.GLOBAL_VARIABLES, ops.GraphKeys.LOCAL_VARIABLES):
        for variable in operation.graph.get_collection(key):
            if getattr(variable, "op", None) is operation or getattr(variable, "_handle_op", None) is operation:
                return variable
            if isinstance(variable, variables.Variable) and variable.name == operation.name + ":0":
                return variable
    return None


def _reads_a_change(read):
    return any(read.inputs[0] is item for waited in read.control_inputs for item in waited.inputs)


class _Guard:
    def __init__(self, name):
        self.name = name
        self.known = {}

    def tensor(self, tensor):
        """What stands for a tensor."""
        operation = tensor.op
        if operation not in self.known:
            self.known[operation] = self._stand_in(operation)
        return self.known[operation][tensor.value_index]

    def _stand_in(self, operation):
        variable = None
        if operation.type in ("Variable", "VariableV2"):
            variable = _variable_of(operation)
        elif operation.type == "ReadVariableOp":
            if _reads_a_change(operation):
                return operation.outputs
            variable = _variable_of(operation.inputs[0].op)
        if variable is not None:
            return [variable.initializer.inputs[1]]
        if operation.type in _ABOUT_ITSELF:
            return operation.outputs
        inputs = [self.tensor(item) for item in operation.inputs]
        held = [_variable_of(item.op) for item in operation.inputs if item.op.type == "VarHandleOp"]
        waits = [variable.initializer for variable in held if variable is not None]
        if not waits and all(a is b for a, b in zip(inputs, operation.inputs)):
            return operation.outputs
        return self._copy(operation, inputs, waits).outputs

    def _copy(self, operation, inputs, waits):
        graph = operation.graph
        attrs = {key: value for key, value in operation.node_def.attr.items()
                 if key != "_has_manual_control_dependencies"}
        with ops.name_scope(None), graph.control_dependencies(None), \
                ops.colocate_with(None, ignore_existing=True), ops.device(operation.device or None):
            copy = graph.create_op(operation.type, inputs, operation._output_types, attrs=attrs,
                                   name=operation.name + "_" + self.name.rstrip("/"))
        copy._add_control_inputs(sorted(waits, key=lambda wait: wait.name))
        return copy


def install():
    """Let TensorFlow make initial values as the library does."""
    variables._try_guard_against_uninitialized_dependencies = lambda name, value: _Guard(name).tensor(value)
