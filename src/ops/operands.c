#include "operands.h"

bool vs__operands_open(vs__builder *builder, vs__operands *operands)
{
    if (operands->has_scope)
        return true;
    const char *default_name = operands->default_name;
    operands->has_scope = vs__op_scope_open(builder, operands->name, default_name, &operands->scope);
    return operands->has_scope;
}

static bool convert_operand(vs__builder *builder, vs__operands *operands, int i)
{
    const vs__output *output;
    vs_dtype first = i ? vs_dtype_base(vs_tensor_dtype(operands->tensors[0])) : VS_DTYPE_NONE;
    vs_dtype dtype = !i ? VS_DTYPE_NONE
                     : operands->same_ref ? vs_tensor_dtype(operands->tensors[0])
                     : operands->same_dtype ? first : VS_DTYPE_NONE;
    if (!vs__convert(builder, operands->tensors[i], operands->names[i], dtype, first, false, &output))
        return false;
    operands->tensors[i] = vs__tensor_of(output);
    return true;
}

static bool convert_both(vs__builder *builder, vs__operands *operands)
{
    return convert_operand(builder, operands, 0) && convert_operand(builder, operands, 1);
}

bool vs__operands_convert(vs__builder *builder, vs__operands *operands)
{
    bool at_root = operands->name && !*operands->name;
    if (!at_root && vs__is_plain(builder, operands->tensors[0]) && vs__is_plain(builder, operands->tensors[1])) {
        if (convert_both(builder, operands))
            return true;
        vs__operands_open(builder, operands); /* a call that fails uses its name up */
        return false;
    }
    if (!vs__operands_open(builder, operands) || !vs__op_scope_enter(builder, &operands->scope))
        return false;
    bool converted = convert_both(builder, operands);
    vs__op_scope_leave(builder, &operands->scope);
    return converted;
}

vs_tensor vs__operands_apply(vs__builder *builder, vs__operands *operands, vs__application *application)
{
    application->inputs[0] = operands->tensors[0];
    application->inputs[1] = operands->tensors[1];
    if (operands->has_scope)
        application->scope = &operands->scope;
    else
        application->name = operands->name ? operands->name : operands->default_name;
    return vs__apply(builder, application);
}

vs_tensor vs__unary(const vs_unary_args *args, uint32_t op)
{
    vs__state *state = vs__enter_call(&args->call);
    const vs__application application = {.op = op, .name = args->name, .inputs = {args->x}};
    return state ? vs__apply(&state->builder, &application) : VS__NO_TENSOR;
}

vs_tensor vs__binary(const vs_binary_args *args, uint32_t op)
{
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    return vs__operation_tensor(vs__apply_to(&state->builder, op, args->name, NULL, NULL, args->x, args->y));
}

bool vs__operand(vs__builder *builder, vs_tensor *tensor, const char *name, vs_dtype dtype, vs_dtype preferred)
{
    const vs__output *output;
    if (!vs__convert(builder, *tensor, name, dtype, preferred, false, &output))
        return false;
    *tensor = vs__tensor_of(output);
    return true;
}

bool vs__function_enter(vs__builder *builder, const char *name, const char *default_name, vs__op_scope *scope)
{
    return vs__op_scope_open(builder, name, default_name, scope) && vs__op_scope_enter(builder, scope);
}
