/* Regularizers: the loss of a new variable, built once. */
#include <string.h>

#include "apply.h"
#include "dtypes.h"
#include "variable.h"

static const vs_tensor null_tensor = {{NULL}, VS__TENSOR_NULL, 0};

static vs_tensor apply(vs__builder *builder, uint32_t op, vs_tensor x, vs_tensor y, vs__op_scope *scope)
{
    const vs__application application = {.op = op, .scope = scope, .inputs = {x, y}};
    return builder->error->code == VS_OK ? vs__apply(builder, &application) : null_tensor;
}

/* The axes of a scalar, of which there is nothing to list: range(0, rank(x)), as reduce_sum makes it. */
static vs_tensor no_axes(vs__builder *builder, vs_tensor tensor)
{
    vs_tensor rank = vs_tensor_shape(tensor).kind == VS_SHAPE_RANKED
                         ? vs__constant_tensor(builder, vs_int(0), VS_INT32, (vs_shape){VS_SHAPE_ABSENT, 0, NULL}, "Rank")
                         : apply(builder, VS__OP_Rank, tensor, null_tensor, NULL);
    const vs__application range = {.op = VS__OP_Range, .name = "range", .inputs = {vs_int(0), rank, vs_int(1)}};
    return vs_tensor_is_null(rank) ? null_tensor : vs__apply(builder, &range);
}

/* All dimensions of a tensor, as reduce_sum reduces them. */
static vs_tensor all_axes(vs__builder *builder, vs_tensor tensor)
{
    int64_t axes[VS_MAX_RANK];
    vs_shape shape = vs_tensor_shape(tensor);
    if (!shape.rank)
        return no_axes(builder, tensor);
    for (uint32_t i = 0; i < shape.rank; i++)
        axes[i] = i;
    return vs__constant_ints(builder, axes, shape.rank, VS_INT32, "Const");
}

/* The penalty inside the scope: sum(|v|), or sum(v * v) / 2. */
static vs_tensor penalty(vs__builder *builder, const vs_regularizer *regularizer, vs_tensor value)
{
    if (regularizer->kind == VS_REGULARIZER_L2)
        return apply(builder, VS__OP_L2Loss, value, null_tensor, NULL);
    vs_tensor magnitude = builder->error->code == VS_OK ? vs__apply_abs(builder, NULL, value) : null_tensor;
    return apply(builder, VS__OP_Sum, magnitude,
                 vs_tensor_is_null(magnitude) ? null_tensor : all_axes(builder, magnitude), NULL);
}

/* A whole scale may regularize a variable of ints. */
static vs_tensor scale_literal(const vs_regularizer *regularizer, vs_dtype dtype)
{
    double scale = regularizer->scale;
    bool whole = scale > -9e15 && scale < 9e15 && (double)(int64_t)scale == scale;
    return vs__dtype_is_integer(dtype) && whole ? vs_int((int64_t)scale) : vs_real(scale);
}

static vs_tensor norm(vs__builder *builder, const vs_regularizer *regularizer, vs_variable *variable)
{
    vs__op_scope scope;
    const char *name = regularizer->kind == VS_REGULARIZER_L2 ? "l2_regularizer" : "l1_regularizer";
    if (!vs__op_scope_open(builder, NULL, name, &scope) || !vs__op_scope_enter(builder, &scope))
        return null_tensor;
    vs_tensor scale = vs__constant_tensor(builder, scale_literal(regularizer, (vs_dtype)variable->dtype),
                                          (vs_dtype)variable->dtype, (vs_shape){VS_SHAPE_ABSENT, 0, NULL}, "scale");
    vs_tensor value = builder->error->code == VS_OK ? penalty(builder, regularizer, vs_value(variable)) : null_tensor;
    vs__op_scope_leave(builder, &scope);
    return apply(builder, VS__OP_Mul, scale, value, &scope);
}

static vs_tensor loss(vs__state *state, const vs_regularizer *regularizer, vs_variable *variable)
{
    switch (regularizer->kind) {
    case VS_REGULARIZER_L1:
    case VS_REGULARIZER_L2:
        return norm(&state->builder, regularizer, variable);
    case VS_REGULARIZER_FUNCTION: {
        const vs_call *call = state->builder.call;
        vs_tensor value = regularizer->function(variable, regularizer->user);
        state->builder.call = call;
        return value;
    }
    default:
        return null_tensor;
    }
}

/* "foo/v/Regularizer/", exactly: a variable is regularized once. */
static vs__scope *regularizer_scope(vs__builder *builder, const char *key)
{
    char small[512];
    size_t size = strlen(key) + sizeof "/Regularizer/";
    char *path = size <= sizeof small ? small : vs__allocate(size);
    vs__scope *scope = NULL;
    if (path) {
        vs__text text = vs__text_of(path, size);
        vs__text_put(&text, key);
        vs__text_put(&text, "/Regularizer/");
        scope = vs__scope_at(&builder->arena, builder->graph, path, text.length);
        if (path != small)
            vs__release(path, size);
    }
    if (!scope)
        vs__fail_memory(builder->error, builder->call);
    return scope;
}

bool vs__regularizer_call(vs__state *state, const vs_regularizer *regularizer, const char *key,
                          vs_variable *variable)
{
    vs__builder *builder = &state->builder;
    if (regularizer->kind == VS_REGULARIZER_INHERIT || regularizer->kind == VS_REGULARIZER_NONE)
        return true;
    vs__scope *scope = regularizer_scope(builder, key);
    vs__frame *frame = scope ? vs__frame_push(state->context, state) : NULL;
    if (!frame)
        return false;
    const vs_operation *op = vs__output_node(variable->variable);
    vs__colocation_enter(builder, &frame->colocation, op);
    builder->scope = scope;
    vs_tensor value = loss(state, regularizer, variable);
    vs__frame_pop_all(state->context, frame);
    if (builder->error->code != VS_OK || vs_tensor_is_null(value))
        return builder->error->code == VS_OK;
    return vs__collection_add(builder, VS_REGULARIZATION_LOSSES, (vs_item){VS_ITEM_TENSOR, {.tensor = value}});
}
