/* Products of matrices (math_ops.matmul). */
#include "dtypes.h"
#include "operands.h"

static bool is_batch(vs_tensor tensor)
{
    vs_shape shape = vs_tensor_shape(tensor);
    return shape.kind != VS_SHAPE_RANKED || shape.rank > 2;
}

/* The conjugate, in the call's scope; of real numbers the tensor itself. */
static bool conjugate(vs__builder *builder, vs__operands *operands, int i)
{
    vs_dtype dtype = vs_tensor_dtype(operands->tensors[i]);
    if (vs__dtype_is_floating(dtype) || vs__dtype_is_integer(dtype))
        return true;
    if (!vs__operands_open(builder, operands) || !vs__op_scope_enter(builder, &operands->scope))
        return false;
    const vs__application conj = {.op = VS__OP_Conj, .inputs = {operands->tensors[i]}};
    operands->tensors[i] = vs__apply(builder, &conj);
    vs__op_scope_leave(builder, &operands->scope);
    return !vs_tensor_is_null(operands->tensors[i]);
}

/* Products of batches know no transposition, but adjoints: what is to be transposed is conjugated first. */
static vs_tensor batch_product(vs__builder *builder, const vs_matmul_args *args, vs__operands *operands)
{
    if ((args->transpose_a && !conjugate(builder, operands, 0)) ||
        (args->transpose_b && !conjugate(builder, operands, 1)))
        return VS__NO_TENSOR;
    vs__application product = {
        .op = VS__OP_BatchMatMulV2,
        .attrs = {VS__ATTR_OF_INT("adj_x", args->transpose_a), VS__ATTR_OF_INT("adj_y", args->transpose_b)}};
    return vs__operands_apply(builder, operands, &product);
}

/* bfloat16 and another type: only the sparse product takes two types. */
static bool is_mixed(const vs__operands *operands)
{
    vs_dtype a = vs_dtype_base(vs_tensor_dtype(operands->tensors[0]));
    vs_dtype b = vs_dtype_base(vs_tensor_dtype(operands->tensors[1]));
    if (a == b)
        return false;
    return (a == VS_BFLOAT16 && b != VS_INT8 && b != VS_UINT8) ||
           (b == VS_BFLOAT16 && a != VS_INT8 && a != VS_UINT8);
}

vs_tensor vs__matmul(vs__builder *builder, const vs_matmul_args *args, vs__op_scope *scope)
{
    vs__operands operands = {.name = args->name, .default_name = "MatMul", .names = {"a", "b"},
                             .tensors = {args->a, args->b}};
    if (scope) {
        operands.has_scope = true;
        operands.scope = *scope;
    }
    if (!vs__operands_convert(builder, &operands))
        return VS__NO_TENSOR;
    if (is_batch(operands.tensors[0]) || is_batch(operands.tensors[1]))
        return batch_product(builder, args, &operands);
    vs__application product = {
        .op = is_mixed(&operands) ? VS__OP_SparseMatMul : VS__OP_MatMul,
        .attrs = {VS__ATTR_OF_INT("transpose_a", args->transpose_a),
                  VS__ATTR_OF_INT("transpose_b", args->transpose_b)}};
    return vs__operands_apply(builder, &operands, &product);
}

vs_tensor vs_matmul_with(const vs_matmul_args *given)
{
    VS__ARGUMENTS(vs_matmul_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    return state ? vs__matmul(&state->builder, args, NULL) : VS__NO_TENSOR;
}
