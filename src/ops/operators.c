/* The operators of Python's tensors (override_binary_operator.py, tensor_math_operator_overrides.py). */
#include "dtypes.h"
#include "operands.h"
#include "variable.h"

/* What an operator does once its name is reserved; x is a tensor, y anything. null: error set. */
typedef vs_tensor operation(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y);

static vs_tensor apply_in(vs__builder *builder, vs__op_scope *scope, uint32_t op, vs_tensor x, vs_tensor y)
{
    return vs__operation_tensor(vs__apply_to(builder, op, NULL, NULL, scope, x, y));
}

/* y takes x's dtype if it can, where the generated functions insist on it. */
static vs_tensor add(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    if (y.kind != VS__TENSOR_OUTPUT) {
        if (!vs__op_scope_enter(builder, scope))
            return VS__NO_TENSOR;
        bool converted = vs__operand(builder, &y, "y", VS_DTYPE_NONE, vs_dtype_base(vs_tensor_dtype(x)));
        vs__op_scope_leave(builder, scope);
        if (!converted)
            return VS__NO_TENSOR;
    }
    return apply_in(builder, scope, vs_tensor_dtype(x) == VS_STRING ? VS__OP_Add : VS__OP_AddV2, x, y);
}

static vs_tensor subtract(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    return apply_in(builder, scope, VS__OP_Sub, x, y);
}

static bool is_bool(vs_tensor tensor)
{
    return tensor.kind == VS__TENSOR_OUTPUT && vs_dtype_base(vs_tensor_dtype(tensor)) == VS_BOOL;
}

/* The generated function, which makes a node of any cast. */
static vs_tensor cast_node(vs__builder *builder, vs_tensor x, vs_dtype dtype)
{
    const vs__application cast = {.op = VS__OP_Cast, .inputs = {x}, .attrs = {VS__ATTR_OF_INT("DstT", dtype)}};
    return vs_tensor_is_null(x) ? x : vs__apply(builder, &cast);
}

static vs_tensor multiply_bools(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    if (!vs__op_scope_enter(builder, scope))
        return VS__NO_TENSOR;
    x = cast_node(builder, x, VS_INT32);
    y = vs_tensor_is_null(x) ? x : cast_node(builder, y, VS_INT32);
    vs_tensor product = vs_tensor_is_null(y) ? y : apply_in(builder, scope, VS__OP_Mul, x, y);
    product = cast_node(builder, product, VS_BOOL);
    vs__op_scope_leave(builder, scope);
    return product;
}

static vs_tensor multiply(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    if (is_bool(x) || is_bool(y))
        return multiply_bools(builder, scope, x, y);
    return apply_in(builder, scope, VS__OP_Mul, x, y);
}

static vs_tensor divide(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    return vs__truediv(builder, x, y, NULL, scope);
}

static vs_tensor divide_down(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    return apply_in(builder, scope, VS__OP_FloorDiv, x, y);
}

static vs_tensor remainder_of(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    return apply_in(builder, scope, VS__OP_FloorMod, x, y);
}

static vs_tensor power(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    return apply_in(builder, scope, VS__OP_Pow, x, y);
}

static vs_tensor matrix_product(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    const vs_matmul_args args = {.a = x, .b = y};
    return vs__matmul(builder, &args, scope);
}

/* Of numbers the bits, in a node inside of the scope. */
static vs_tensor logical(vs__builder *builder, vs__op_scope *scope, uint32_t of_bools, uint32_t of_bits, vs_tensor x,
                         vs_tensor y)
{
    if (is_bool(x))
        return apply_in(builder, scope, of_bools, x, y);
    if (!vs__op_scope_enter(builder, scope))
        return VS__NO_TENSOR;
    vs_tensor bits = apply_in(builder, NULL, of_bits, x, y);
    vs__op_scope_leave(builder, scope);
    return bits;
}

static vs_tensor and(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    return logical(builder, scope, VS__OP_LogicalAnd, VS__OP_BitwiseAnd, x, y);
}

static vs_tensor or(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    return logical(builder, scope, VS__OP_LogicalOr, VS__OP_BitwiseOr, x, y);
}

/* One or the other, but not both: three nodes in the current scope, and the one that is named. */
static vs_tensor xor_of_bools(vs__builder *builder, vs__op_scope *scope, const char *name, vs_tensor x, vs_tensor y)
{
    vs_tensor either = apply_in(builder, NULL, VS__OP_LogicalOr, x, y);
    vs_tensor both = vs_tensor_is_null(either) ? either : apply_in(builder, NULL, VS__OP_LogicalAnd, x, y);
    const vs__application not_both = {.op = VS__OP_LogicalNot, .inputs = {both}};
    vs_tensor not_all = vs_tensor_is_null(both) ? both : vs__apply(builder, &not_both);
    const vs__application one = {.op = VS__OP_LogicalAnd, .name = name, .scope = scope, .inputs = {either, not_all}};
    return vs_tensor_is_null(not_all) ? not_all : vs__apply(builder, &one);
}

static vs_tensor xor(vs__builder *builder, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    if (!is_bool(x))
        return logical(builder, scope, 0, VS__OP_BitwiseXor, x, y);
    if (!vs__op_scope_enter(builder, scope))
        return VS__NO_TENSOR;
    vs_tensor result = xor_of_bools(builder, scope, NULL, x, y);
    vs__op_scope_leave(builder, scope);
    return result;
}

/* ---- all of them ---- */

static const struct {
    const char *name; /* of the node */
    operation *run;
} operators[] = {
    [VS__OPERATOR_ADD] = {"add", add},
    [VS__OPERATOR_SUB] = {"sub", subtract},
    [VS__OPERATOR_MUL] = {"mul", multiply},
    [VS__OPERATOR_TRUEDIV] = {"truediv", divide},
    [VS__OPERATOR_FLOORDIV] = {"floordiv", divide_down},
    [VS__OPERATOR_MOD] = {"mod", remainder_of},
    [VS__OPERATOR_POW] = {"pow", power},
    [VS__OPERATOR_MATMUL] = {"matmul", matrix_product},
    [VS__OPERATOR_AND] = {"and", and},
    [VS__OPERATOR_OR] = {"or", or},
    [VS__OPERATOR_XOR] = {"xor", xor},
};

/* Whether Python's class of it has the operators: tensors and variables do, but no partitioned variable. */
static bool has_operators(vs_tensor tensor)
{
    return tensor.kind == VS__TENSOR_OUTPUT ||
           (tensor.kind == VS__TENSOR_VARIABLE &&
            vs_variable_kind_of(tensor.of.pointer) != VS_PARTITIONED_VARIABLE);
}

/* The operators of a variable first take its value, where the expression stands. */
static bool take_value(vs__builder *builder, vs_tensor *tensor)
{
    return vs__operand(builder, tensor, "", VS_DTYPE_NONE, VS_DTYPE_NONE);
}

/* Reflected, the left operand is made a tensor of the right one's dtype. */
static vs_tensor operate_reflected(vs__builder *builder, operation *run, vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    if (!vs__op_scope_enter(builder, scope))
        return VS__NO_TENSOR;
    bool converted = vs__operand(builder, &x, "x", vs_dtype_base(vs_tensor_dtype(y)), VS_DTYPE_NONE);
    vs__op_scope_leave(builder, scope);
    return converted ? run(builder, scope, x, y) : VS__NO_TENSOR;
}

/*
 * When x + y fails, Python asks y for its reflected operator, inside of the scope of the first. It fails too,
 * and the first error is the one that is told, but a read of y and a used name remain.
 */
static void leave_reflected(vs__builder *builder, vs__op_scope *scope, const char *name, vs_tensor y)
{
    vs_error *error = builder->error, ignored = {.code = VS_OK};
    vs__op_scope inner;
    builder->error = &ignored;
    if (vs__op_scope_enter(builder, scope)) {
        if (take_value(builder, &y))
            vs__op_scope_open(builder, NULL, name, &inner);
        vs__op_scope_leave(builder, scope);
    }
    builder->error = error;
}

vs_tensor vs__operate(vs__builder *builder, vs__operator which, vs_tensor x, vs_tensor y)
{
    vs__op_scope scope;
    const char *name = operators[which].name;
    bool reflected = !has_operators(x);
    if (!has_operators(x) && !has_operators(y)) {
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                 "operator %s: one operand at least must be a tensor or a variable that is not partitioned", name);
        return VS__NO_TENSOR;
    }
    if (!take_value(builder, reflected ? &y : &x) || !vs__op_scope_open(builder, NULL, name, &scope))
        return VS__NO_TENSOR;
    if (reflected)
        return operate_reflected(builder, operators[which].run, &scope, x, y);
    vs_tensor result = operators[which].run(builder, &scope, x, y);
    if (vs_tensor_is_null(result) && has_operators(y))
        leave_reflected(builder, &scope, name, y);
    return result;
}

#define OPERATOR(name, which)                                                                                 \
    vs_tensor vs_##name##_with(const vs_binary_args *given)                                                   \
    {                                                                                                         \
        VS__ARGUMENTS(vs_binary_args, args, given);                                                           \
        vs__state *state = vs__enter_call(&args->call);                                                       \
        return state ? vs__operate(&state->builder, VS__OPERATOR_##which, args->x, args->y) : VS__NO_TENSOR;  \
    }

OPERATOR(plus, ADD)
OPERATOR(minus, SUB)
OPERATOR(times, MUL)
OPERATOR(over, TRUEDIV)
OPERATOR(floor_over, FLOORDIV)
OPERATOR(remainder, MOD)
OPERATOR(to_the, POW)
OPERATOR(matrix_times, MATMUL)
OPERATOR(and, AND)
OPERATOR(or, OR)
OPERATOR(xor, XOR)

vs_tensor vs_invert_with(const vs_unary_args *given)
{
    VS__ARGUMENTS(vs_unary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    vs_tensor x = args->x;
    if (!state || !take_value(&state->builder, &x))
        return VS__NO_TENSOR;
    const vs__application invert = {.op = is_bool(x) ? VS__OP_LogicalNot : VS__OP_Invert, .name = args->name,
                                    .inputs = {x}};
    return vs__apply(&state->builder, &invert);
}

vs_tensor vs_logical_xor_with(const vs_binary_args *given)
{
    VS__ARGUMENTS(vs_binary_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    const char *name = args->name ? args->name : "LogicalXor";
    return state ? xor_of_bools(&state->builder, NULL, name, args->x, args->y) : VS__NO_TENSOR;
}
