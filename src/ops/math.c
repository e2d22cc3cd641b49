/* Elementwise ops (math_ops.py). */
#include <string.h>

#include "dtypes.h"
#include "operands.h"
#include "variable.h"

VS__UNARY_FUNCTION(negative, Neg)
VS__UNARY_FUNCTION(square, Square)
VS__UNARY_FUNCTION(sqrt, Sqrt)
VS__UNARY_FUNCTION(rsqrt, Rsqrt)
VS__UNARY_FUNCTION(reciprocal, Reciprocal)
VS__UNARY_FUNCTION(exp, Exp)
VS__UNARY_FUNCTION(log, Log)
VS__UNARY_FUNCTION(log1p, Log1p)
VS__UNARY_FUNCTION(sin, Sin)
VS__UNARY_FUNCTION(cos, Cos)
VS__UNARY_FUNCTION(tanh, Tanh)
VS__UNARY_FUNCTION(sigmoid, Sigmoid)
VS__UNARY_FUNCTION(erf, Erf)
VS__UNARY_FUNCTION(floor, Floor)
VS__UNARY_FUNCTION(ceil, Ceil)
VS__UNARY_FUNCTION(is_nan, IsNan)
VS__UNARY_FUNCTION(is_finite, IsFinite)
VS__UNARY_FUNCTION(logical_not, LogicalNot)

VS__BINARY_FUNCTION(subtract, Sub)
VS__BINARY_FUNCTION(multiply, Mul)
VS__BINARY_FUNCTION(realdiv, RealDiv)
VS__BINARY_FUNCTION(mod, FloorMod)
VS__BINARY_FUNCTION(pow, Pow)
VS__BINARY_FUNCTION(maximum, Maximum)
VS__BINARY_FUNCTION(minimum, Minimum)
VS__BINARY_FUNCTION(squared_difference, SquaredDifference)
VS__BINARY_FUNCTION(less, Less)
VS__BINARY_FUNCTION(less_equal, LessEqual)
VS__BINARY_FUNCTION(greater, Greater)
VS__BINARY_FUNCTION(greater_equal, GreaterEqual)
VS__BINARY_FUNCTION(equal, Equal)
VS__BINARY_FUNCTION(not_equal, NotEqual)
VS__BINARY_FUNCTION(logical_and, LogicalAnd)
VS__BINARY_FUNCTION(logical_or, LogicalOr)

/* ---- of one tensor, by its dtype ---- */

vs_tensor vs_abs_with(const vs_unary_args *given)
{
    VS__ARGUMENTS(vs_unary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    return vs__apply_abs(&state->builder, args->name, args->x);
}

/* What is no tensor is converted on its own, before the op. */
vs_tensor vs_sign_with(const vs_unary_args *given)
{
    VS__ARGUMENTS(vs_unary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    vs_tensor x = args->x;
    if (!state || !vs__operand(&state->builder, &x, "Const", VS_DTYPE_NONE, VS_DTYPE_NONE))
        return VS__NO_TENSOR;
    const vs__application sign = {.op = VS__OP_Sign, .name = args->name, .inputs = {x}};
    return vs__apply(&state->builder, &sign);
}

vs_tensor vs_round_with(const vs_unary_args *given)
{
    VS__ARGUMENTS(vs_unary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    vs_tensor x = args->x;
    if (!state || !vs__operand(&state->builder, &x, "x", VS_DTYPE_NONE, VS_DTYPE_NONE))
        return VS__NO_TENSOR;
    const vs__application round = {.op = VS__OP_Round, .name = args->name, .inputs = {x}};
    return vs__dtype_is_integer(vs_dtype_base(vs_tensor_dtype(x))) ? x : vs__apply(&state->builder, &round);
}

/* ---- sums ---- */

/* Strings are added by the older op. A raw ref of strings is none to TensorFlow, and then refused. */
static uint32_t add_op(vs_tensor x)
{
    return vs_tensor_dtype(x) == VS_STRING ? VS__OP_Add : VS__OP_AddV2;
}

vs_tensor vs_add_with(const vs_binary_args *given)
{
    VS__ARGUMENTS(vs_binary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    const char *own_name = args->name ? NULL : "Add"; /* "" gives that of the op */
    bool outputs = args->x.kind == VS__TENSOR_OUTPUT && args->y.kind == VS__TENSOR_OUTPUT;
    if (outputs && !(args->name && !*args->name)) /* nothing to convert: the op looks at them itself */
        return vs__operation_tensor(vs__apply_to(builder, add_op(args->x), args->name, own_name, NULL, args->x, args->y));
    vs__operands operands = {.name = args->name, .default_name = "Add", .names = {"x", "y"},
                             .tensors = {args->x, args->y}};
    if (!vs__operands_convert(builder, &operands))
        return VS__NO_TENSOR;
    vs_tensor x = operands.tensors[0], y = operands.tensors[1];
    return vs__operation_tensor(vs__apply_to(builder, add_op(x), args->name, own_name,
                                             operands.has_scope ? &operands.scope : NULL, x, y));
}

/* ---- quotients ---- */

/* The dtype that a quotient of numbers of a dtype has; VS_DTYPE_NONE: it has none. */
static vs_dtype quotient_dtype(vs_dtype dtype)
{
    switch (dtype) {
    case VS_INT8:
    case VS_UINT8:
    case VS_INT16:
    case VS_UINT16:
        return VS_FLOAT32;
    case VS_INT32:
    case VS_UINT32:
    case VS_INT64:
    case VS_UINT64:
        return VS_FLOAT64;
    case VS_FLOAT16:
    case VS_BFLOAT16:
    case VS_FLOAT32:
    case VS_FLOAT64:
    case VS_COMPLEX64:
    case VS_COMPLEX128:
        return dtype;
    default:
        return VS_DTYPE_NONE;
    }
}

/* Operands of one dtype that has quotients, in the scope of the call. */
static bool convert_for_quotient(vs__builder *builder, vs_tensor *x, vs_tensor *y)
{
    if (!vs__operand(builder, x, "x", VS_DTYPE_NONE, VS_DTYPE_NONE) ||
        !vs__operand(builder, y, "y", VS_DTYPE_NONE, vs_dtype_base(vs_tensor_dtype(*x))))
        return false;
    vs_dtype dtype = vs_dtype_base(vs_tensor_dtype(*x)), other = vs_dtype_base(vs_tensor_dtype(*y));
    if (dtype != other)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "truediv: x has dtype %s and y %s: cast one of them", vs_dtype_name(dtype),
                        vs_dtype_name(other));
    vs_dtype quotient = quotient_dtype(dtype);
    if (quotient == VS_DTYPE_NONE)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "truediv: dtype %s cannot be divided",
                        vs_dtype_name(dtype));
    *x = vs__cast(builder, *x, quotient);
    *y = vs_tensor_is_null(*x) ? *x : vs__cast(builder, *y, quotient);
    return !vs_tensor_is_null(*y);
}

vs_tensor vs__truediv(vs__builder *builder, vs_tensor x, vs_tensor y, const char *name, vs__op_scope *scope)
{
    vs__op_scope own;
    if (!scope) {
        if (!vs__op_scope_open(builder, name, "truediv", &own))
            return VS__NO_TENSOR;
        scope = &own;
    }
    if (!vs__op_scope_enter(builder, scope))
        return VS__NO_TENSOR;
    bool converted = convert_for_quotient(builder, &x, &y);
    vs__op_scope_leave(builder, scope);
    const vs__application quotient = {.op = VS__OP_RealDiv, .scope = scope, .inputs = {x, y}};
    return converted ? vs__apply(builder, &quotient) : VS__NO_TENSOR;
}

vs_tensor vs_truediv_with(const vs_binary_args *given)
{
    VS__ARGUMENTS(vs_binary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    return state ? vs__truediv(&state->builder, args->x, args->y, args->name, NULL) : VS__NO_TENSOR;
}

vs_tensor vs_divide_with(const vs_binary_args *given)
{
    VS__ARGUMENTS(vs_binary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    vs_tensor x = args->x;
    bool is_tensor = x.kind == VS__TENSOR_OUTPUT || x.kind == VS__TENSOR_VARIABLE;
    if (args->name)
        return vs__truediv(builder, x, args->y, args->name, NULL);
    if (!is_tensor && !vs__operand(builder, &x, "Const", vs_dtype_base(vs_tensor_dtype(args->y)), VS_DTYPE_NONE))
        return VS__NO_TENSOR;
    return vs__operate(builder, VS__OPERATOR_TRUEDIV, x, args->y);
}

vs_tensor vs_div_no_nan_with(const vs_binary_args *given)
{
    VS__ARGUMENTS(vs_binary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__operands operands = {.name = args->name, .default_name = "div_no_nan", .names = {"x", "y"},
                             .tensors = {args->x, args->y}, .same_dtype = true};
    vs__application quotient = {.op = VS__OP_DivNoNan};
    return vs__operands_convert(&state->builder, &operands)
               ? vs__operands_apply(&state->builder, &operands, &quotient)
               : VS__NO_TENSOR;
}

vs_tensor vs_floordiv_with(const vs_binary_args *given)
{
    VS__ARGUMENTS(vs_binary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    const char *name = args->name && *args->name ? args->name : "floordiv";
    const vs__application floordiv = {.op = VS__OP_FloorDiv, .name = name, .inputs = {args->x, args->y}};
    return state ? vs__apply(&state->builder, &floordiv) : VS__NO_TENSOR;
}

/* ---- casts and bounds ---- */

vs_tensor vs__cast(vs__builder *builder, vs_tensor tensor, vs_dtype dtype)
{
    const vs__application cast = {.op = VS__OP_Cast, .inputs = {tensor}, .attrs = {VS__ATTR_OF_INT("DstT", dtype)}};
    return vs_dtype_base(vs_tensor_dtype(tensor)) == dtype ? tensor : vs__apply(builder, &cast);
}

/* Whether it is returned as it is: Python's ref variables are read first. */
static bool stays_as_it_is(vs_tensor x, vs_dtype dtype)
{
    bool as_it_is = x.kind == VS__TENSOR_OUTPUT || (x.kind == VS__TENSOR_VARIABLE &&
                                                    vs_variable_kind_of(x.of.pointer) == VS_RESOURCE_VARIABLE);
    return as_it_is && vs_tensor_dtype(x) == dtype;
}

vs_tensor vs_cast_with(const vs_cast_args *given)
{
    VS__ARGUMENTS(vs_cast_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    vs__op_scope scope;
    vs_tensor x = args->x;
    vs_dtype dtype = vs_dtype_base(args->dtype);
    if (!vs__dtype_is_known(dtype)) {
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "cast: %d is no dtype", (int)args->dtype);
        return VS__NO_TENSOR;
    }
    if (stays_as_it_is(x, dtype))
        return x;
    if (!vs__function_enter(builder, args->name, "Cast", &scope))
        return VS__NO_TENSOR;
    bool converted = vs__operand(builder, &x, "x", VS_DTYPE_NONE, VS_DTYPE_NONE);
    vs__op_scope_leave(builder, &scope);
    const vs__application cast = {.op = VS__OP_Cast, .scope = &scope, .inputs = {x},
                                  .attrs = {VS__ATTR_OF_INT("DstT", dtype)}};
    if (!converted)
        return VS__NO_TENSOR;
    return vs_tensor_dtype(x) == dtype ? x : vs__apply(builder, &cast);
}

vs_tensor vs_clip_by_value_with(const vs_clip_by_value_args *given)
{
    VS__ARGUMENTS(vs_clip_by_value_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    vs__op_scope scope;
    vs_tensor t = args->t, least = VS__NO_TENSOR;
    if (!state || !vs__function_enter(&state->builder, args->name, "clip_by_value", &scope))
        return VS__NO_TENSOR;
    if (vs__operand(&state->builder, &t, "t", VS_DTYPE_NONE, VS_DTYPE_NONE)) {
        const vs__application minimum = {.op = VS__OP_Minimum, .inputs = {t, args->clip_value_max}};
        least = vs__apply(&state->builder, &minimum);
    }
    vs__op_scope_leave(&state->builder, &scope);
    const vs__application maximum = {.op = VS__OP_Maximum, .scope = &scope, .inputs = {least, args->clip_value_min}};
    return vs_tensor_is_null(least) ? least : vs__apply(&state->builder, &maximum);
}

/* ---- along a dimension ---- */

static vs_tensor arg_max(const vs_arg_max_args *args, uint32_t op)
{
    vs__state *state = vs__enter_call(&args->call);
    vs_tensor axis = vs_tensor_is_null(args->axis) ? vs_int(0) : args->axis;
    vs_dtype dtype = args->output_type == VS_DTYPE_NONE ? VS_INT64 : vs_dtype_base(args->output_type);
    const vs__application application = {.op = op, .name = args->name, .inputs = {args->input, axis},
                                         .attrs = {VS__ATTR_OF_INT("output_type", dtype)}};
    return state ? vs__apply(&state->builder, &application) : VS__NO_TENSOR;
}

vs_tensor vs_argmax_with(const vs_arg_max_args *given)
{
    VS__ARGUMENTS(vs_arg_max_args, args, given);
    return arg_max(args, VS__OP_ArgMax);
}

vs_tensor vs_argmin_with(const vs_arg_max_args *given)
{
    VS__ARGUMENTS(vs_arg_max_args, args, given);
    return arg_max(args, VS__OP_ArgMin);
}

vs_tensor vs_cumsum_with(const vs_cumsum_args *given)
{
    VS__ARGUMENTS(vs_cumsum_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    vs_tensor axis = vs_tensor_is_null(args->axis) ? vs_int(0) : args->axis;
    const vs__application cumsum = {
        .op = VS__OP_Cumsum, .name = args->name, .inputs = {args->x, axis},
        .attrs = {VS__ATTR_OF_INT("exclusive", args->exclusive), VS__ATTR_OF_INT("reverse", args->reverse)}};
    return state ? vs__apply(&state->builder, &cumsum) : VS__NO_TENSOR;
}
