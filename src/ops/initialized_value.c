/*
 * A variable's value if it is initialized, else what it starts as (Variable.initialized_value, tf.cond).
 *
 * TensorFlow makes the read first and then puts the switch in front of it; here a node comes after its inputs.
 */
#include "context.h"
#include "operands.h"
#include "variable.h"

/* A conditional that is being made, in name scope cond. */
typedef struct conditional {
    vs__builder *builder;
    const vs_variable *variable;
    vs_tensor predicate; /* cond/pred_id */
} conditional;

static const vs_operation *apply(const conditional *of, uint32_t op, const char *name, vs_tensor x, vs_tensor y)
{
    const vs__application application = {.op = op, .name = name, .inputs = {x, y}};
    return of->builder->error->code == VS_OK ? vs__apply_node(of->builder, &application) : NULL;
}

static vs_tensor output(const vs_operation *node, uint32_t i)
{
    return node ? vs__tensor_of(vs__node_output(node, i)) : VS__NO_TENSOR;
}

/* A Switch of data, colocated with it and with nothing else. */
static const vs_operation *switch_data(const conditional *of, uint32_t op, vs_tensor data)
{
    vs__builder *builder = of->builder;
    vs__state *state = (vs__state *)builder; /* a builder of this layer is the first member of a state */
    vs__position before = vs__position_of(state);
    vs__colocation level;
    builder->colocation = NULL;
    vs__colocation_enter(builder, &level, vs_tensor_op(data));
    const vs_operation *node = apply(of, op, "Switch", data, of->predicate);
    vs__position_restore(state, &before);
    return node;
}

/* A node named `name` that takes the variable, switched, where the variable is initialized. */
static vs_tensor read_switched(const conditional *of, uint32_t switch_op, const char *name, uint32_t read_op)
{
    vs__builder *builder = of->builder;
    vs__op_scope scope;
    if (!vs__op_scope_open(builder, name, name, &scope) || !vs__op_scope_enter(builder, &scope))
        return VS__NO_TENSOR;
    vs_tensor switched = output(switch_data(of, switch_op, vs__tensor_of(of->variable->variable)), 1);
    vs__op_scope_leave(builder, &scope);
    if (vs_tensor_is_null(switched))
        return VS__NO_TENSOR;
    const bool of_resource = of->variable->kind == VS_RESOURCE_VARIABLE;
    const vs__application read = {.op = read_op, .scope = &scope, .inputs = {switched},
                                  .attrs = {VS__ATTR_OF_INT(of_resource ? "dtype" : NULL, of->variable->dtype)}};
    return vs__apply(builder, &read);
}

/* read_value(), inside the conditional. */
static vs_tensor read_variable(const conditional *of)
{
    vs__builder *builder = of->builder;
    if (of->variable->kind == VS_REF_VARIABLE)
        return read_switched(of, VS__OP_RefSwitch, "read", VS__OP_Identity);
    vs__scope *before = builder->scope, *scope = vs__scope_open(builder, "Read");
    if (!scope)
        return VS__NO_TENSOR;
    builder->scope = scope;
    vs_tensor value = read_switched(of, VS__OP_Switch, "ReadVariableOp", VS__OP_ReadVariableOp);
    builder->scope = before;
    return vs_tensor_is_null(value) ? VS__NO_TENSOR
                                    : output(apply(of, VS__OP_Identity, NULL, value, VS__NO_TENSOR), 0);
}

static vs_tensor merge(const conditional *of, vs_tensor otherwise, vs_tensor value)
{
    const vs_tensor list[] = {otherwise, value};
    const vs__application application = {.op = VS__OP_Merge, .list = list, .n_list = 2};
    return of->builder->error->code == VS_OK ? vs__apply(of->builder, &application) : VS__NO_TENSOR;
}

static vs_tensor build_conditional(vs__builder *builder, const vs_variable *variable, const vs_call *call)
{
    conditional of = {.builder = builder, .variable = variable};
    const vs_is_variable_initialized_args args = {
        .call = {(uint32_t)sizeof args, call->line, call->file, call->function}, .ref = vs_value(variable)};
    vs_tensor asked = vs_is_variable_initialized_with(&args);
    builder->call = call; /* again, as args ends here */
    vs__scope *before = builder->scope, *scope = vs_tensor_is_null(asked) ? NULL : vs__scope_open(builder, "cond");
    if (!scope)
        return VS__NO_TENSOR;
    builder->scope = scope;
    const vs_operation *choice = apply(&of, VS__OP_Switch, NULL, asked, asked);
    apply(&of, VS__OP_Identity, "switch_t", output(choice, 1), VS__NO_TENSOR);
    apply(&of, VS__OP_Identity, "switch_f", output(choice, 0), VS__NO_TENSOR);
    of.predicate = output(apply(&of, VS__OP_Identity, "pred_id", asked, VS__NO_TENSOR), 0);
    vs_tensor value = read_variable(&of);
    vs_tensor otherwise = output(switch_data(&of, VS__OP_Switch, vs__tensor_of(variable->start)), 0);
    vs_tensor merged = merge(&of, otherwise, value);
    builder->scope = before;
    return merged;
}

vs_tensor vs_initialized_value_with(const vs_initialized_value_args *given)
{
    VS__ARGUMENTS(vs_initialized_value_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state || !vs__tensor_check(&state->builder, args->ref, "the variable to read"))
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    const vs_variable *variable = args->ref.kind == VS__TENSOR_VARIABLE ? args->ref.of.pointer : NULL;
    if (!variable || !variable->start) {
        vs__fail(builder->error, VS_INVALID_ARGUMENT, &args->call, "initialized_value: %s%s",
                 variable ? variable->name : "ref",
                 !variable            ? " is no variable: give the variable, not a value of it"
                 : variable->n_slices ? " is partitioned: take its slices (vs_variable_slice())"
                                      : " is what an assignment gives: give the variable that was assigned to");
        return VS__NO_TENSOR;
    }
    vs__position before = vs__position_of(state); /* ops.init_scope: it waits for nothing */
    builder->control = NULL;
    if (builder->device_level == VS__DEVICE_HIDDEN)
        builder->device = builder->outer_device;
    vs_tensor value = build_conditional(builder, variable, &args->call);
    vs__position_restore(state, &before);
    return value;
}
