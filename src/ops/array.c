/* Placeholders, constants and identity (array_ops.py, constant_op.py). */
#include <string.h>

#include "dtypes.h"
#include "operands.h"
#include "shapes.h"

/* Whether a dtype is one; error set when not. */
static bool check_dtype(vs__builder *builder, vs_dtype dtype, const char *function)
{
    if (vs__dtype_is_known(dtype))
        return true;
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "%s: %d is no dtype", function,
                    (int)dtype);
}

static bool check_shape(vs__builder *builder, vs_shape shape, const char *function)
{
    if (shape.kind != VS_SHAPE_RANKED || vs__shape_is_valid(shape))
        return true;
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "%s: a shape has at most %d dims, each at least 0, or -1 where it is not known", function,
                    VS_MAX_RANK);
}

vs_tensor vs_placeholder_with(const vs_placeholder_args *given)
{
    VS__ARGUMENTS(vs_placeholder_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state || !check_dtype(&state->builder, args->dtype, "placeholder") ||
        !check_shape(&state->builder, args->shape, "placeholder"))
        return VS__NO_TENSOR;
    vs_shape shape = args->shape.kind == VS_SHAPE_RANKED ? args->shape : VS_UNKNOWN_SHAPE;
    const vs__application placeholder = {
        .op = VS__OP_Placeholder, .name = args->name,
        .attrs = {VS__ATTR_OF_INT("dtype", vs_dtype_base(args->dtype)), VS__ATTR_OF_SHAPE("shape", shape)}};
    return vs__apply(&state->builder, &placeholder);
}

vs_tensor vs_constant_with(const vs_constant_args *given)
{
    VS__ARGUMENTS(vs_constant_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    if ((args->dtype != VS_DTYPE_NONE && !check_dtype(builder, args->dtype, "constant")) ||
        !check_shape(builder, args->shape, "constant"))
        return VS__NO_TENSOR;
    /* Of all ops only this one refuses an empty name: the others go by their own then. */
    if (args->name && !*args->name) {
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "constant: the name is empty");
        return VS__NO_TENSOR;
    }
    const char *name = args->name ? args->name : "Const";
    return vs__constant_tensor(builder, args->value, args->dtype, args->shape, name);
}

static vs_tensor fill(const vs_fill_args *args, bool ones)
{
    const char *function = ones ? "ones" : "zeros";
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    vs_dtype dtype = args->dtype == VS_DTYPE_NONE ? VS_FLOAT32 : vs_dtype_base(args->dtype);
    if (!check_dtype(builder, dtype, function) || !check_shape(builder, args->shape, function))
        return VS__NO_TENSOR;
    if (!vs_shape_is_fully_defined(args->shape)) {
        vs__op_scope used;
        if (args->shape.kind != VS_SHAPE_ABSENT)
            vs__op_scope_open(builder, args->name, function, &used);
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                 "%s: the shape must be given and fully defined", function);
        return VS__NO_TENSOR;
    }
    return vs__fill(builder, ones, args->shape, dtype, args->name);
}

vs_tensor vs_zeros_with(const vs_fill_args *given)
{
    VS__ARGUMENTS(vs_fill_args, args, given);
    return fill(args, false);
}

vs_tensor vs_ones_with(const vs_fill_args *given)
{
    VS__ARGUMENTS(vs_fill_args, args, given);
    return fill(args, true);
}

/* ---- like another tensor ---- */

static vs_tensor zeros_like(vs__builder *builder, vs__op_scope *scope, vs_tensor tensor, vs_dtype dtype)
{
    const vs__application zeros = {.op = VS__OP_ZerosLike, .scope = scope, .inputs = {tensor}};
    vs_shape shape = vs_tensor_shape(tensor);
    if (vs_shape_is_fully_defined(shape))
        return vs__fill_in(builder, scope, /* ones= */ false, shape, dtype);
    if (dtype == vs_dtype_base(vs_tensor_dtype(tensor)))
        return vs__apply(builder, &zeros);
    if (!vs__op_scope_enter(builder, scope))
        return VS__NO_TENSOR;
    vs_tensor dims = vs__shape_of(builder, tensor, VS_DTYPE_NONE, NULL);
    vs__op_scope_leave(builder, scope);
    return vs_tensor_is_null(dims) ? dims : vs__fill_shape(builder, scope, /* ones= */ false, dims, dtype);
}

static vs_tensor ones_like(vs__builder *builder, vs__op_scope *scope, vs_tensor tensor, vs_dtype dtype)
{
    if (!vs__op_scope_enter(builder, scope))
        return VS__NO_TENSOR;
    vs_tensor dims = vs__shape_of(builder, tensor, VS_DTYPE_NONE, NULL);
    vs__op_scope_leave(builder, scope);
    return vs_tensor_is_null(dims) ? dims : vs__fill_shape(builder, scope, /* ones= */ true, dims, dtype);
}

static vs_tensor like(const vs_like_args *args, bool ones)
{
    const char *function = ones ? "ones_like" : "zeros_like";
    vs__state *state = vs__enter_call(&args->call);
    vs__op_scope scope;
    vs_tensor tensor = args->tensor;
    if (!state || (args->dtype != VS_DTYPE_NONE && !check_dtype(&state->builder, args->dtype, function)) ||
        !vs__function_enter(&state->builder, args->name, function, &scope))
        return VS__NO_TENSOR;
    bool converted = vs__operand(&state->builder, &tensor, "tensor", VS_DTYPE_NONE, VS_DTYPE_NONE);
    vs__op_scope_leave(&state->builder, &scope);
    if (!converted)
        return VS__NO_TENSOR;
    vs_dtype dtype = vs_dtype_base(args->dtype == VS_DTYPE_NONE ? vs_tensor_dtype(tensor) : args->dtype);
    return ones ? ones_like(&state->builder, &scope, tensor, dtype) : zeros_like(&state->builder, &scope, tensor, dtype);
}

vs_tensor vs_zeros_like_with(const vs_like_args *given)
{
    VS__ARGUMENTS(vs_like_args, args, given);
    return like(args, false);
}

vs_tensor vs_ones_like_with(const vs_like_args *given)
{
    VS__ARGUMENTS(vs_like_args, args, given);
    return like(args, true);
}

/* ---- filled and counted ---- */

vs_tensor vs_filled_with(const vs_fill_with_args *given)
{
    VS__ARGUMENTS(vs_fill_with_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    const vs__application fill = {.op = VS__OP_Fill, .name = args->name, .inputs = {args->dims, args->value}};
    return state ? vs__apply(&state->builder, &fill) : VS__NO_TENSOR;
}

/* The place of a dtype among those that a range may have; the largest of the three decides. */
static int range_rank(vs_dtype dtype)
{
    static const vs_dtype dtypes[] = {VS_INT32, VS_INT64, VS_FLOAT16, VS_BFLOAT16, VS_FLOAT32, VS_FLOAT64};
    for (int i = 0; i < (int)(sizeof dtypes / sizeof dtypes[0]); i++)
        if (dtypes[i] == vs_dtype_base(dtype))
            return i;
    return -1;
}

/* Convert the three ends, and make them of one dtype. */
static bool convert_ends(vs__builder *builder, vs_tensor ends[3], vs_dtype dtype)
{
    static const char *const names[] = {"start", "limit", "delta"};
    vs_dtype largest = dtype;
    for (int i = 0; i < 3; i++) {
        vs_dtype asked = ends[i].kind == VS__TENSOR_OUTPUT ? VS_DTYPE_NONE : dtype;
        if (!vs__operand(builder, &ends[i], names[i], asked, VS_DTYPE_NONE))
            return false;
    }
    for (int i = 0; i < 3 && dtype == VS_DTYPE_NONE; i++) {
        vs_dtype found = vs_dtype_base(vs_tensor_dtype(ends[i]));
        if (range_rank(found) < 0)
            return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "range: %s has dtype %s, no number's",
                            names[i], vs_dtype_name(found));
        if (range_rank(found) > range_rank(largest))
            largest = found;
    }
    for (int i = 0; i < 3; i++) {
        ends[i] = vs__cast(builder, ends[i], largest);
        if (vs_tensor_is_null(ends[i]))
            return false;
    }
    return true;
}

vs_tensor vs__range(vs__builder *builder, vs_tensor start, vs_tensor limit, vs_tensor delta, vs_dtype dtype,
                    const char *name)
{
    vs__op_scope scope;
    bool from_zero = vs_tensor_is_null(limit);
    vs_tensor ends[] = {from_zero ? vs_int(0) : start, from_zero ? start : limit, delta};
    if (!vs__function_enter(builder, name ? name : "range", "Range", &scope))
        return VS__NO_TENSOR;
    bool converted = convert_ends(builder, ends, dtype);
    vs__op_scope_leave(builder, &scope);
    const vs__application range = {.op = VS__OP_Range, .scope = &scope, .inputs = {ends[0], ends[1], ends[2]}};
    return converted ? vs__apply(builder, &range) : VS__NO_TENSOR;
}

vs_tensor vs_range_with(const vs_range_args *given)
{
    VS__ARGUMENTS(vs_range_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    vs_tensor delta = vs_tensor_is_null(args->delta) ? vs_int(1) : args->delta;
    if (!state || (args->dtype != VS_DTYPE_NONE && !check_dtype(&state->builder, args->dtype, "range")))
        return VS__NO_TENSOR;
    return vs__range(&state->builder, args->start, args->limit, delta, vs_dtype_base(args->dtype), args->name);
}
