/* Shapes of tensors: asking for them, and giving others (array_ops.py). */
#include <string.h>

#include "dtypes.h"
#include "operands.h"
#include "variable.h"

VS__UNARY_FUNCTION(identity, Identity)
VS__UNARY_FUNCTION(stop_gradient, StopGradient)

/* ---- asked for ---- */

/* Convert in the scope of a function that was opened. */
static bool convert_in(vs__builder *builder, vs__op_scope *scope, vs_tensor *tensor, const char *name)
{
    if (vs__is_plain(builder, *tensor))
        return vs__operand(builder, tensor, name, VS_DTYPE_NONE, VS_DTYPE_NONE);
    if (!vs__op_scope_enter(builder, scope))
        return false;
    bool converted = vs__operand(builder, tensor, name, VS_DTYPE_NONE, VS_DTYPE_NONE);
    vs__op_scope_leave(builder, scope);
    return converted;
}

static vs_tensor constant_of(vs__builder *builder, vs__op_scope *scope, int64_t number, vs_dtype dtype)
{
    return vs__tensor_of(vs__constant(builder, vs_int(number), dtype, VS__NO_SHAPE, NULL, scope));
}

vs_tensor vs__rank_of(vs__builder *builder, vs_tensor input, const char *name)
{
    vs__op_scope scope;
    if (!vs__op_scope_open(builder, name, "Rank", &scope) || !convert_in(builder, &scope, &input, "Const"))
        return VS__NO_TENSOR;
    vs_shape shape = vs_tensor_shape(input);
    const vs__application rank = {.op = VS__OP_Rank, .scope = &scope, .inputs = {input}};
    return shape.kind == VS_SHAPE_RANKED ? constant_of(builder, &scope, shape.rank, VS_INT32)
                                         : vs__apply(builder, &rank);
}

vs_tensor vs_rank_with(const vs_unary_args *given)
{
    VS__ARGUMENTS(vs_unary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    return state ? vs__rank_of(&state->builder, args->x, args->name) : VS__NO_TENSOR;
}

/* A known shape: with no dtype asked for, in a scope of its own. */
static vs_tensor constant_shape(vs__builder *builder, vs__op_scope *scope, vs_shape shape, vs_dtype out_type)
{
    const int64_t count[] = {shape.rank}, none = 0;
    const vs_literal dims = {VS_LITERAL_INTS, 1, count, shape.rank ? shape.dims : &none};
    if (out_type != VS_DTYPE_NONE)
        return vs__tensor_of(
            vs__constant(builder, vs_literal_tensor(&dims), out_type, VS__NO_SHAPE, NULL, scope));
    if (!vs__op_scope_enter(builder, scope))
        return VS__NO_TENSOR;
    out_type = shape.rank ? VS_DTYPE_NONE : VS_INT32;
    vs_tensor constant =
        vs__constant_tensor(builder, vs_literal_tensor(&dims), out_type, VS__NO_SHAPE, "shape_as_tensor");
    vs__op_scope_leave(builder, scope);
    return constant;
}

vs_tensor vs__shape_of(vs__builder *builder, vs_tensor input, vs_dtype out_type, const char *name)
{
    vs__op_scope scope;
    if (!vs__op_scope_open(builder, name, "Shape", &scope) || !convert_in(builder, &scope, &input, "Const"))
        return VS__NO_TENSOR;
    vs_shape shape = vs_tensor_shape(input);
    if (vs_shape_is_fully_defined(shape))
        return constant_shape(builder, &scope, shape, out_type);
    const vs__application node = {
        .op = VS__OP_Shape, .scope = &scope, .inputs = {input},
        .attrs = {VS__ATTR_OF_INT("out_type", out_type == VS_DTYPE_NONE ? VS_INT32 : out_type)}};
    return vs__apply(builder, &node);
}

static vs_dtype int_type(vs_dtype dtype)
{
    return dtype == VS_DTYPE_NONE ? VS_INT32 : vs_dtype_base(dtype);
}

vs_tensor vs_shape_of_with(const vs_shape_of_args *given)
{
    VS__ARGUMENTS(vs_shape_of_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    return state ? vs__shape_of(&state->builder, args->input, int_type(args->out_type), args->name) : VS__NO_TENSOR;
}

static bool has_zero_dim(vs_shape shape)
{
    for (uint32_t i = 0; shape.kind == VS_SHAPE_RANKED && i < shape.rank; i++)
        if (shape.dims[i] == 0)
            return true;
    return false;
}

vs_tensor vs_size_with(const vs_shape_of_args *given)
{
    VS__ARGUMENTS(vs_shape_of_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    vs__op_scope scope;
    vs_tensor input = args->input;
    if (!vs__op_scope_open(builder, args->name, "Size", &scope) || !convert_in(builder, &scope, &input, "Const"))
        return VS__NO_TENSOR;
    vs_dtype out_type = int_type(args->out_type);
    vs_shape shape = vs_tensor_shape(input);
    if (vs_shape_is_fully_defined(shape))
        return constant_of(builder, &scope, vs_shape_num_elements(shape), out_type);
    if (has_zero_dim(shape))
        return constant_of(builder, &scope, 0, out_type);
    const vs__application size = {.op = VS__OP_Size, .scope = &scope, .inputs = {input},
                                  .attrs = {VS__ATTR_OF_INT("out_type", out_type)}};
    return vs__apply(builder, &size);
}

/* ---- given ---- */

vs_tensor vs_reshape_with(const vs_reshape_args *given)
{
    VS__ARGUMENTS(vs_reshape_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    const vs__application reshape = {.op = VS__OP_Reshape, .name = args->name, .inputs = {args->tensor, args->shape}};
    return state ? vs__apply(&state->builder, &reshape) : VS__NO_TENSOR;
}

/* The dimensions reversed; of an unknown number, computed: range(rank - 1, -1, -1). */
static vs_tensor reversed(vs__builder *builder, vs_tensor a)
{
    int64_t axes[VS_MAX_RANK], none = 0;
    vs_shape shape = vs_tensor_shape(a);
    if (shape.kind == VS_SHAPE_RANKED) {
        for (uint32_t i = 0; i < shape.rank; i++)
            axes[i] = shape.rank - 1 - i;
        return vs__constant_ints(builder, shape.rank ? axes : &none, shape.rank, VS_INT32, "perm");
    }
    const vs__application rank = {.op = VS__OP_Rank, .inputs = {a}};
    vs_tensor last = vs__apply(builder, &rank);
    if (!vs_tensor_is_null(last))
        last = vs__operate(builder, VS__OPERATOR_SUB, last, vs_int(1));
    const vs__application range = {.op = VS__OP_Range, .inputs = {last, vs_int(-1), vs_int(-1)}};
    return vs_tensor_is_null(last) ? last : vs__apply(builder, &range);
}

vs_tensor vs_transpose_with(const vs_transpose_args *given)
{
    VS__ARGUMENTS(vs_transpose_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    vs__op_scope scope;
    vs_tensor a = args->a, perm = args->perm;
    if (!vs__op_scope_open(builder, args->name, "transpose", &scope) || !convert_in(builder, &scope, &a, "a"))
        return VS__NO_TENSOR;
    if (vs_tensor_is_null(perm)) {
        if (!vs__op_scope_enter(builder, &scope))
            return VS__NO_TENSOR;
        perm = reversed(builder, a);
        vs__op_scope_leave(builder, &scope);
        if (vs_tensor_is_null(perm))
            return VS__NO_TENSOR;
    }
    bool conjugate = args->conjugate && vs__dtype_is_complex(vs_tensor_dtype(a));
    const vs__application transpose = {.op = conjugate ? VS__OP_ConjugateTranspose : VS__OP_Transpose, .scope = &scope,
                                       .inputs = {a, perm}};
    return vs__apply(builder, &transpose);
}

vs_tensor vs_expand_dims_with(const vs_expand_dims_args *given)
{
    VS__ARGUMENTS(vs_expand_dims_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (state && vs_tensor_is_null(args->axis))
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, state->builder.call, "expand_dims needs an axis");
    const vs__application expand_dims = {.op = VS__OP_ExpandDims, .name = args->name,
                                         .inputs = {args->input, args->axis}};
    return state ? vs__apply(&state->builder, &expand_dims) : VS__NO_TENSOR;
}

vs_tensor vs_squeeze_with(const vs_squeeze_args *given)
{
    VS__ARGUMENTS(vs_squeeze_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    const vs__application squeeze = {.op = VS__OP_Squeeze, .name = args->name, .inputs = {args->input},
                                     .attrs = {VS__ATTR_OF_INTS("squeeze_dims", args->axis.axes, args->axis.count)}};
    return state ? vs__apply(&state->builder, &squeeze) : VS__NO_TENSOR;
}

vs_tensor vs_tile_with(const vs_tile_args *given)
{
    VS__ARGUMENTS(vs_tile_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    const vs__application tile = {.op = VS__OP_Tile, .name = args->name, .inputs = {args->input, args->multiples}};
    return state ? vs__apply(&state->builder, &tile) : VS__NO_TENSOR;
}

/* ---- padded ---- */

/* Whether Python finds it equal to zero: a scalar literal. */
static bool is_zero(vs_tensor value)
{
    switch (value.kind) {
    case VS__TENSOR_NULL:
        return true;
    case VS__TENSOR_INT:
    case VS__TENSOR_BOOL:
        return value.of.integer == 0;
    case VS__TENSOR_REAL:
        return value.of.real == 0;
    default:
        return false;
    }
}

/* tf.pad takes the mode in any case. */
static bool is_mode(const char *mode, const char *name)
{
    for (; *mode && *name; mode++, name++)
        if (*mode != *name && *mode != *name + ('a' - 'A'))
            return false;
    return *mode == *name;
}

vs_tensor vs_pad_with(const vs_pad_args *given)
{
    VS__ARGUMENTS(vs_pad_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    const char *mode = args->mode ? args->mode : "CONSTANT";
    bool reflect = is_mode(mode, "REFLECT"), symmetric = is_mode(mode, "SYMMETRIC");
    vs__application pad = {.op = VS__OP_Pad, .name = args->name, .inputs = {args->tensor, args->paddings}};
    if (reflect || symmetric) {
        const char *text = reflect ? "REFLECT" : "SYMMETRIC";
        pad.op = VS__OP_MirrorPad;
        pad.attrs[0] = (vs__named_attr)VS__ATTR_OF_TEXT("mode", text, strlen(text));
    } else if (!is_mode(mode, "CONSTANT")) {
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, state->builder.call,
                 "pad: the mode is \"CONSTANT\", \"REFLECT\" or \"SYMMETRIC\", not \"%s\"", mode);
        return VS__NO_TENSOR;
    } else if (!is_zero(args->constant_values)) {
        pad.op = VS__OP_PadV2;
        pad.inputs[2] = args->constant_values;
    }
    return vs__apply(&state->builder, &pad);
}
