/* Lists of tensors: put together, and taken apart (array_ops.py, array_ops_stack.py). */
#include "operands.h"

/* ---- put together ---- */

static bool check_list(vs__builder *builder, const vs_tensor *values, size_t count, const char *function)
{
    return (values && count) || vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                                         "%s: at least one tensor is needed", function);
}

/* What can be a list by itself, and only then a Pack: the error of the first try is dropped. */
static bool convert_as_list(vs__builder *builder, const vs_stack_args *args, const char *name, vs_tensor *out)
{
    vs_error *error = builder->error, ignored = {.code = VS_OK};
    builder->error = &ignored;
    *out = vs_list(args->values, args->count);
    bool converted = vs__operand(builder, out, name, VS_DTYPE_NONE, VS_DTYPE_NONE);
    builder->error = error;
    return converted;
}

/* The axis is looked at where the rank is known; what is no tensor is converted for that. */
static bool check_stack_axis(vs__builder *builder, const vs_stack_args *args, const char *name)
{
    vs_tensor first = args->values[0];
    if (!vs__operand(builder, &first, name, VS_DTYPE_NONE, VS_DTYPE_NONE))
        return false;
    vs_shape shape = vs_tensor_shape(first);
    int64_t rank = (int64_t)shape.rank + 1;
    return shape.kind != VS_SHAPE_RANKED || (args->axis >= -rank && args->axis < rank) ||
           vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "stack: axis %lld is not in [%lld, %lld)",
                    (long long)args->axis, (long long)-rank, (long long)rank);
}

vs_tensor vs_stack_with(const vs_stack_args *given)
{
    VS__ARGUMENTS(vs_stack_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state || !check_list(&state->builder, args->values, args->count, "stack"))
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    const char *name = args->name ? args->name : "stack";
    vs_tensor stacked;
    if (args->axis == 0 && convert_as_list(builder, args, name, &stacked))
        return stacked;
    if (!check_stack_axis(builder, args, name))
        return VS__NO_TENSOR;
    const vs__application pack = {.op = VS__OP_Pack, .name = name, .list = args->values, .n_list = args->count,
                                  .attrs = {VS__ATTR_OF_INT("axis", args->axis)}};
    return vs__apply(builder, &pack);
}

/* Of one tensor itself, in a scope of its own; the axis is converted only to see that it is one. */
static vs_tensor concat_one(vs__builder *builder, const vs_concat_args *args, const char *name)
{
    vs__op_scope scope;
    vs_tensor axis = args->axis, one = VS__NO_TENSOR;
    if (!vs__function_enter(builder, name, name, &scope))
        return VS__NO_TENSOR;
    bool converted = vs__operand(builder, &axis, "concat_dim", VS_INT32, VS_DTYPE_NONE);
    vs_shape shape = vs_tensor_shape(axis);
    if (converted && shape.kind == VS_SHAPE_RANKED && shape.rank)
        converted = vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "concat: the axis must be a scalar");
    const vs__application identity = {.op = VS__OP_Identity, .name = name, .inputs = {args->values[0]}};
    if (converted)
        one = vs__apply(builder, &identity);
    vs__op_scope_leave(builder, &scope);
    return one;
}

vs_tensor vs_concat_with(const vs_concat_args *given)
{
    VS__ARGUMENTS(vs_concat_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state || !check_list(&state->builder, args->values, args->count, "concat"))
        return VS__NO_TENSOR;
    const char *name = args->name ? args->name : "concat";
    if (args->count == 1)
        return concat_one(&state->builder, args, name);
    const vs__application concat = {.op = VS__OP_ConcatV2, .name = name, .list = args->values, .n_list = args->count,
                                    .inputs = {args->axis}};
    return vs__apply(&state->builder, &concat);
}

/* ---- taken apart ---- */

/* Hand the outputs of an op over; nulls when there is none. */
static size_t give_outputs(const vs_operation *op, vs_tensor *outputs, size_t room)
{
    size_t count = op ? vs_operation_num_outputs(op) : 0;
    for (size_t i = 0; outputs && i < room; i++)
        outputs[i] = i < count ? vs_operation_output(op, (uint32_t)i) : VS__NO_TENSOR;
    return count;
}

static bool check_room(vs__builder *builder, int64_t num, const vs_tensor *outputs, size_t room, const char *function)
{
    return (outputs && num >= 0 && (uint64_t)num <= room) ||
           vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "%s makes %lld tensors, and there is room for %zu: give it VS_OUTPUTS(array)", function,
                    (long long)num, outputs ? room : 0);
}

/* The size of the dimension that goes, where it is known. */
static bool infer_num(vs__builder *builder, vs_tensor value, int64_t axis, int64_t *num)
{
    vs_shape shape = vs_tensor_shape(value);
    int64_t rank = (int64_t)shape.rank;
    *num = -1;
    if (shape.kind == VS_SHAPE_RANKED) {
        if (axis < -rank || axis >= rank)
            return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                            "unstack: axis %lld is not in [%lld, %lld)", (long long)axis, (long long)-rank,
                            (long long)rank);
        *num = shape.dims[axis < 0 ? axis + rank : axis];
    }
    return *num >= 0 || vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                                 "unstack: the size of dimension %lld is not known: give .num", (long long)axis);
}

static const vs_operation *unstack(vs__builder *builder, const vs_unstack_args *args)
{
    vs_tensor value = args->value;
    int64_t num = args->num.value;
    if (!args->num.is_set && (!vs__operand(builder, &value, "Const", VS_DTYPE_NONE, VS_DTYPE_NONE) ||
                              !infer_num(builder, value, args->axis, &num)))
        return NULL;
    if (!check_room(builder, num, args->outputs, args->room, "unstack"))
        return NULL;
    const vs__application unpack = {.op = VS__OP_Unpack, .name = args->name ? args->name : "unstack",
                                    .inputs = {value},
                                    .attrs = {VS__ATTR_OF_INT("num", num), VS__ATTR_OF_INT("axis", args->axis)}};
    return vs__apply_node(builder, &unpack);
}

size_t vs_unstack_with(const vs_unstack_args *given)
{
    VS__ARGUMENTS(vs_unstack_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    return give_outputs(state ? unstack(&state->builder, args) : NULL, args->outputs, args->room);
}

static const vs_operation *split_evenly(vs__builder *builder, const vs_split_args *args, vs_tensor axis,
                                        const char *name)
{
    if (!check_room(builder, args->num, args->outputs, args->room, "split"))
        return NULL;
    const vs__application split = {.op = VS__OP_Split, .name = name, .inputs = {axis, args->value},
                                   .attrs = {VS__ATTR_OF_INT("num_split", args->num)}};
    return vs__apply_node(builder, &split);
}

static const vs_operation *split_by_sizes(vs__builder *builder, const vs_split_args *args, vs_tensor axis,
                                          const char *name)
{
    vs_tensor sizes = args->sizes;
    if (!vs__operand(builder, &sizes, "Const", VS_DTYPE_NONE, VS_DTYPE_NONE))
        return NULL;
    vs_shape shape = vs_tensor_shape(sizes);
    int64_t num = shape.kind == VS_SHAPE_RANKED && shape.rank ? shape.dims[0] : -1;
    if (num < 0) {
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                 "split: the sizes must be a list whose length is known");
        return NULL;
    }
    if (!check_room(builder, num, args->outputs, args->room, "split"))
        return NULL;
    const vs__application split = {.op = VS__OP_SplitV, .name = name, .inputs = {args->value, sizes, axis},
                                   .attrs = {VS__ATTR_OF_INT("num_split", num)}};
    return vs__apply_node(builder, &split);
}

size_t vs_split_with(const vs_split_args *given)
{
    VS__ARGUMENTS(vs_split_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    vs_tensor axis = vs_tensor_is_null(args->axis) ? vs_int(0) : args->axis;
    const char *name = args->name ? args->name : "split";
    const vs_operation *node = NULL;
    if (state)
        node = vs_tensor_is_null(args->sizes) ? split_evenly(&state->builder, args, axis, name)
                                              : split_by_sizes(&state->builder, args, axis, name);
    return give_outputs(node, args->outputs, args->room);
}
