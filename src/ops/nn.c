/* Ops of neural networks (nn_ops.py). */
#include <string.h>

#include "operands.h"

VS__UNARY_FUNCTION(relu, Relu)
VS__UNARY_FUNCTION(relu6, Relu6)
VS__UNARY_FUNCTION(elu, Elu)
VS__UNARY_FUNCTION(selu, Selu)
VS__UNARY_FUNCTION(softplus, Softplus)
VS__UNARY_FUNCTION(softsign, Softsign)
VS__UNARY_FUNCTION(l2_loss, L2Loss)

/* What is no tensor is converted on its own, before the op. */
static vs_tensor along_last(const vs_unary_args *args, uint32_t op)
{
    vs__state *state = vs__enter_call(&args->call);
    vs_tensor x = args->x;
    if (!state || !vs__operand(&state->builder, &x, "Const", VS_DTYPE_NONE, VS_DTYPE_NONE))
        return VS__NO_TENSOR;
    const vs__application application = {.op = op, .name = args->name, .inputs = {x}};
    return vs__apply(&state->builder, &application);
}

vs_tensor vs_softmax_with(const vs_unary_args *given)
{
    VS__ARGUMENTS(vs_unary_args, args, given);
    return along_last(args, VS__OP_Softmax);
}

vs_tensor vs_log_softmax_with(const vs_unary_args *given)
{
    VS__ARGUMENTS(vs_unary_args, args, given);
    return along_last(args, VS__OP_LogSoftmax);
}

vs_tensor vs_bias_add_with(const vs_bias_add_args *given)
{
    VS__ARGUMENTS(vs_bias_add_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__operands operands = {.name = args->name, .default_name = "BiasAdd", .names = {"input", "bias"},
                             .tensors = {args->value, args->bias}, .same_ref = true};
    vs__application bias_add = {.op = VS__OP_BiasAdd};
    if (!vs__operands_convert(&state->builder, &operands))
        return VS__NO_TENSOR;
    return vs__operands_apply(&state->builder, &operands, &bias_add);
}

static const char *padding_text(vs_padding padding)
{
    return padding == VS_PADDING_SAME ? "SAME" : padding == VS_PADDING_VALID ? "VALID" : NULL;
}

/* What Python looks at before it touches anything. */
static bool check_conv2d(vs__builder *builder, const vs_conv2d_args *args)
{
    if (args->input.kind != VS__TENSOR_OUTPUT && args->input.kind != VS__TENSOR_VARIABLE)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "conv2d: the input must be a tensor: make a constant of a literal first");
    if (!padding_text(args->padding))
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "conv2d: argument padding must be VS_PADDING_SAME or VS_PADDING_VALID");
    vs_shape shape = vs_tensor_shape(args->input);
    return shape.kind != VS_SHAPE_RANKED || shape.rank <= 4 ||
           vs__fail(builder->error, VS_UNIMPLEMENTED, builder->call,
                    "conv2d of an input of rank %u: reshape it to rank 4", (unsigned)shape.rank);
}

vs_tensor vs_conv2d_with(const vs_conv2d_args *given)
{
    VS__ARGUMENTS(vs_conv2d_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state || !check_conv2d(&state->builder, args))
        return VS__NO_TENSOR;
    const char *padding = padding_text(args->padding);
    const vs__application conv2d = {
        .op = VS__OP_Conv2D, .name = args->name, .inputs = {args->input, args->filter},
        .attrs = {VS__ATTR_OF_INTS("strides", args->strides, 4),
                  VS__ATTR_OF_TEXT("padding", padding, strlen(padding))}};
    return vs__apply(&state->builder, &conv2d);
}

static vs_tensor pool(const vs_pool_args *args, uint32_t op)
{
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    const char *padding = padding_text(args->padding);
    if (!padding) {
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, state->builder.call,
                 "pooling: argument padding must be VS_PADDING_SAME or VS_PADDING_VALID");
        return VS__NO_TENSOR;
    }
    const vs__application application = {
        .op = op, .name = args->name, .inputs = {args->value},
        .attrs = {VS__ATTR_OF_INTS("ksize", args->ksize, 4), VS__ATTR_OF_INTS("strides", args->strides, 4),
                  VS__ATTR_OF_TEXT("padding", padding, strlen(padding))}};
    return vs__apply(&state->builder, &application);
}

vs_tensor vs_max_pool_with(const vs_pool_args *given)
{
    VS__ARGUMENTS(vs_pool_args, args, given);
    return pool(args, VS__OP_MaxPool);
}

vs_tensor vs_avg_pool_with(const vs_pool_args *given)
{
    VS__ARGUMENTS(vs_pool_args, args, given);
    return pool(args, VS__OP_AvgPool);
}
