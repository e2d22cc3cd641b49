/* Calls whose arguments have forms that the C builders have not: the strides and padding of conv2d, and a
 * shape of zeros or ones that is no list. What a builder cannot say is asked for by the names of ops. */
#include <string.h>

#include <varscope/name_scope.h>
#include <varscope/operation.h>
#include <varscope/ops.h>

#include "dtypes.h"
#include "program_calls.h"
#include "program_values.h"

/* ---- conv2d ---- */

enum { NUM_DIMS = 4, NUM_PADDINGS = 2 * NUM_DIMS };

/* Exactly count integers of a list. */
static bool take_ints(vs__runner *runner, const vs__value *list, size_t count, const char *must, int64_t *out)
{
    if (vs__program_num_items(list) != count)
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "%s", must);
    for (size_t i = 0; i < count; i++) {
        vs__value item;
        if (!vs__program_item(runner, list, i, &item))
            return false;
        if (item.kind != VS__VALUE_INT)
            return vs__program_fail(runner, VS_INVALID_ARGUMENT, "%s", must);
        out[i] = item.of.integer;
    }
    return true;
}

/* One stride for both dimensions, [height, width], or all four. */
static bool take_strides(vs__runner *runner, const vs__value *value, int64_t out[NUM_DIMS])
{
    static const char must[] = "strides must be 1, 2 or 4 integers";
    size_t count = vs__program_num_items(value);
    out[0] = out[1] = out[3] = 1;
    if (value->kind == VS__VALUE_INT)
        out[1] = value->of.integer;
    else if (!take_ints(runner, value, count == 1 || count == 2 ? count : NUM_DIMS, must,
                        count == NUM_DIMS ? out : out + 1))
        return false;
    if (value->kind == VS__VALUE_INT || count == 1)
        out[2] = out[1];
    for (int i = 0; i < NUM_DIMS; i++)
        if (out[i] < 1)
            return vs__program_fail(runner, VS_INVALID_ARGUMENT, "strides must be positive");
    return true;
}

/* [before, after] of each dimension. */
static bool take_paddings(vs__runner *runner, const vs__value *value, int64_t out[NUM_PADDINGS])
{
    static const char must[] = "padding must be \"SAME\", \"VALID\" or a list of 4 pairs of integers";
    if (vs__program_num_items(value) != NUM_DIMS)
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "%s", must);
    for (size_t i = 0; i < NUM_DIMS; i++) {
        vs__value pair;
        if (!vs__program_item(runner, value, i, &pair) || !take_ints(runner, &pair, 2, must, out + 2 * i))
            return false;
    }
    return true;
}

/* With explicit padding, which the C builder has not, the op is asked for by its name. */
static vs_tensor build_padded(const vs__program_conv2d_args *given, const int64_t strides[NUM_DIMS],
                              const int64_t paddings[NUM_PADDINGS])
{
    const vs_op_input inputs[] = {
        {.name = "input", .tensor = given->input},
        {.name = "filter", .tensor = given->filter},
    };
    const vs_op_attr attrs[] = {
        {.name = "strides", .kind = VS_ATTR_INTS, .value.list = {NUM_DIMS, strides}},
        {.name = "padding", .kind = VS_ATTR_STRING, .value.string = "EXPLICIT"},
        {.name = "explicit_paddings", .kind = VS_ATTR_INTS, .value.list = {NUM_PADDINGS, paddings}},
    };
    vs_op_args args = {given->call, "Conv2D", inputs, 2, attrs, 3, given->name};
    args.call.size = sizeof args;
    const vs_operation *operation = vs_op_with(&args);
    return operation ? vs_operation_output(operation, 0) : (vs_tensor){.kind = VS__TENSOR_NULL};
}

void vs__program_conv2d_call(vs__runner *runner, void *arguments, vs__value *out)
{
    const vs__program_conv2d_args *given = arguments;
    const char *padding = given->padding.kind == VS__VALUE_STRING ? given->padding.of.string : "";
    vs_conv2d_args args = {
        .call = given->call, .input = given->input, .filter = given->filter, .name = given->name};
    int64_t paddings[NUM_PADDINGS];
    vs_tensor result;
    args.call.size = sizeof args;
    if (given->input.kind != VS__TENSOR_OUTPUT && given->input.kind != VS__TENSOR_VARIABLE) {
        vs__program_fail(runner, VS_INVALID_ARGUMENT, "input must be a tensor or variable, and no literal");
        return;
    }
    if (!take_strides(runner, &given->strides, args.strides))
        return;
    if (strcmp(padding, "SAME") == 0 || strcmp(padding, "VALID") == 0) {
        args.padding = padding[0] == 'S' ? VS_PADDING_SAME : VS_PADDING_VALID;
        result = vs_conv2d_with(&args);
    } else {
        if (!take_paddings(runner, &given->padding, paddings))
            return;
        result = build_padded(given, args.strides, paddings);
    }
    if (!vs_tensor_is_null(result))
        *out = (vs__value){VS__VALUE_TENSOR, {.tensor = result}};
}

/* ---- zeros and ones ---- */

/* An op of two inputs, of which it takes the first output. */
static vs_tensor build_op(const vs_call *call, const char *op, const vs_op_input *inputs, const char *name)
{
    const vs_op_args args = {.call = *call, .op = op, .inputs = inputs, .num_inputs = 2, .name = name};
    const vs_operation *operation = vs_op_with(&args);
    return operation ? vs_operation_output(operation, 0) : (vs_tensor){.kind = VS__TENSOR_NULL};
}

/* What one element is filled with, as a literal that becomes the dtype. */
static vs_tensor filling_of(vs_dtype dtype, bool ones)
{
    switch (vs_dtype_base(dtype)) {
    case VS_BOOL:
        return vs_bool(ones);
    case VS_STRING:
        return ones ? vs_int(1) : vs_string(""); /* strings have no one: the constant is refused */
    default:
        return vs_int(ones);
    }
}

/* A shape as a tensor of rank 1, as TensorFlow makes sure: one that may be a scalar is reshaped. */
static vs_tensor shape_as_vector(const vs_call *call, const vs__value *shape)
{
    const int64_t value = shape->kind == VS__VALUE_INT ? shape->of.integer : 0;
    const int64_t one = 1, minus_one = -1;
    const vs_literal shape_literal = {VS_LITERAL_INTS, 1, &one, &value};
    const vs_literal any_literal = {VS_LITERAL_INTS, 1, &one, &minus_one};
    if (shape->kind == VS__VALUE_INT) {
        const vs_constant_args args = {.call = *call,
                                       .value = vs_literal_tensor(&shape_literal),
                                       .dtype = value > INT32_MAX ? VS_INT64 : VS_INT32,
                                       .name = "shape_as_tensor"};
        return vs_constant_with(&args);
    }
    vs_tensor tensor = shape->kind == VS__VALUE_TENSOR ? shape->of.tensor : vs_value(shape->of.variable);
    if (tensor.kind == VS__TENSOR_VARIABLE)
        tensor = vs_variable_as_tensor(tensor.of.pointer); /* read before the element is made */
    if (vs_tensor_is_null(tensor) || vs_tensor_shape(tensor).rank > 0)
        return tensor;
    const vs_op_input inputs[] = {
        {.name = "tensor", .tensor = tensor},
        {.name = "shape", .tensor = vs_literal_tensor(&any_literal)},
    };
    return build_op(call, "Reshape", inputs, NULL);
}

/* The element to fill with; a literal is cast to a quantized dtype only on the way of ones and zeros themselves. */
static vs_tensor element_of(const vs_call *call, vs_dtype dtype, bool ones)
{
    const vs_constant_args filling = {.call = *call, .value = filling_of(dtype, ones), .dtype = dtype};
    const vs_fill_args scalar = {.call = *call, .shape = {VS_SHAPE_RANKED, 0, NULL}, .dtype = dtype, .name = "Const"};
    if (!vs__dtype_is_quantized(dtype))
        return vs_constant_with(&filling);
    return ones ? vs_ones_with(&scalar) : vs_zeros_with(&scalar);
}

/* The nodes NAME/Const and NAME, and what the shape needs, in a name scope as TensorFlow opens it. */
static void build_fill(const vs__program_fill_args *given, bool ones, vs__value *out)
{
    const char *scope = NULL;
    vs_dtype dtype = given->dtype ? given->dtype : VS_FLOAT32;
    vs_call call = given->call;
    call.size = 0; /* that of each struct below, as this header has it */
    const vs_name_scope_args scope_args = {
        .call = call, .name = given->name, .default_name = ones ? "ones" : "zeros", .as = &scope};
    vs_frame frame = vs_enter_name_scope_with(&scope_args);
    if (!frame.context)
        return;
    vs_tensor dims = shape_as_vector(&call, &given->shape);
    const vs_op_input inputs[] = {
        {.name = "dims", .tensor = dims},
        {.name = "value", .tensor = element_of(&call, dtype, ones)},
    };
    vs_tensor result = build_op(&call, "Fill", inputs, scope);
    vs_leave(frame);
    if (!vs_tensor_is_null(result))
        *out = (vs__value){VS__VALUE_TENSOR, {.tensor = result}};
}

static void run_fill(vs__runner *runner, const vs__program_fill_args *given, bool ones, vs__value *out)
{
    vs_fill_args args = {.call = given->call, .dtype = given->dtype, .name = given->name};
    vs_tensor result;
    args.call.size = sizeof args;
    if (given->shape.kind == VS__VALUE_INT && given->shape.of.integer < 0) {
        vs__program_fail(runner, VS_INVALID_ARGUMENT, "shape must not be negative");
        return;
    }
    if (given->name && strcmp(given->name, "/") == 0) {
        vs__program_fail(runner, VS_INVALID_ARGUMENT, "name: '/' is the name of no op");
        return;
    }
    if (given->shape.kind == VS__VALUE_INT || given->shape.kind == VS__VALUE_TENSOR ||
        given->shape.kind == VS__VALUE_VARIABLE) {
        build_fill(given, ones, out);
        return;
    }
    if (!vs__program_shape(runner, &given->shape, "shape", VS__DIMS_BY_INT, &args.shape))
        return;
    result = ones ? vs_ones_with(&args) : vs_zeros_with(&args);
    if (!vs_tensor_is_null(result))
        *out = (vs__value){VS__VALUE_TENSOR, {.tensor = result}};
}

void vs__program_zeros_call(vs__runner *runner, void *arguments, vs__value *out)
{
    run_fill(runner, arguments, false, out);
}

void vs__program_ones_call(vs__runner *runner, void *arguments, vs__value *out)
{
    run_fill(runner, arguments, true, out);
}
