/*
 * What the builders of this layer share: operands that Python's functions convert before they make their op.
 *
 * tf.add(x, 1.0) opens a name scope "Add", converts what is no tensor in it ("Add/y"), and names the op as
 * the scope. Nearly always there is nothing to convert; then no scope is made, and the op takes the name.
 *
 * A null tensor is what None is in Python: it is refused where TensorFlow would convert it, when the name is
 * used up.
 */
#ifndef VS_OPS_OPERANDS_H
#define VS_OPS_OPERANDS_H

#include <varscope/ops.h>

#include "apply.h"
#include "context.h"

#define VS__NO_TENSOR ((vs_tensor){{NULL}, VS__TENSOR_NULL, 0})
#define VS__NO_SHAPE ((vs_shape){VS_SHAPE_ABSENT, 0, NULL})

/* Whether converting it makes no node: outputs, and variables that keep a read of theirs. */
static inline bool vs__is_plain(const vs__builder *builder, vs_tensor tensor)
{
    return tensor.kind == VS__TENSOR_OUTPUT ||
           (tensor.kind == VS__TENSOR_VARIABLE && !builder->read_makes_node(tensor.of.pointer, false));
}

/* The operands of one call. */
typedef struct vs__operands {
    const char *name;          /* given by the caller; NULL: default_name; "": the root, as for vs__op_scope */
    const char *default_name;
    const char *names[2];      /* what Consts made of literals are called */
    vs_tensor tensors[2];      /* anything; after conversion, outputs */
    bool same_dtype;           /* the second must have the first's dtype; else a literal takes it if it can */
    bool same_ref;             /* ... and be a reference where the first is one, which no literal is */
    bool has_scope;            /* the name is reserved */
    vs__op_scope scope;
} vs__operands;

/* Convert them, left to right. false: error set, and the name is used up. */
bool vs__operands_convert(vs__builder *builder, vs__operands *operands);

/* Reserve the name, if that was not done yet. false: error set. */
bool vs__operands_open(vs__builder *builder, vs__operands *operands);

/* Build the op of the converted operands, under their name; the rest of the application is the caller's. */
vs_tensor vs__operands_apply(vs__builder *builder, vs__operands *operands, vs__application *application);

/* An op of one tensor, or of two, that the generated function of TensorFlow makes as it is. */
vs_tensor vs__unary(const vs_unary_args *args, uint32_t op);
vs_tensor vs__binary(const vs_binary_args *args, uint32_t op);

/* The public functions for such ops. */
#define VS__UNARY_FUNCTION(name, op)                                                                          \
    vs_tensor vs_##name##_with(const vs_unary_args *given)                                                    \
    {                                                                                                         \
        VS__ARGUMENTS(vs_unary_args, args, given);                                                            \
        return vs__unary(args, VS__OP_##op);                                                                  \
    }
#define VS__BINARY_FUNCTION(name, op)                                                                         \
    vs_tensor vs_##name##_with(const vs_binary_args *given)                                                   \
    {                                                                                                         \
        VS__ARGUMENTS(vs_binary_args, args, given);                                                           \
        return vs__binary(args, VS__OP_##op);                                                                 \
    }

/* Convert a tensor in the current scope. false: error set. */
bool vs__operand(vs__builder *builder, vs_tensor *tensor, const char *name, vs_dtype dtype, vs_dtype preferred);

/*
 * The scope of a function that does `with ops.name_scope(name, default_name)`: opened and entered, until
 * vs__op_scope_leave(). false: error set, nothing to leave.
 */
bool vs__function_enter(vs__builder *builder, const char *name, const char *default_name, vs__op_scope *scope);

/* math_ops.cast in the current scope: of a tensor that has the dtype, itself. null: error set. */
vs_tensor vs__cast(vs__builder *builder, vs_tensor tensor, vs_dtype dtype);

/* array_ops.rank: a Const where it is known. null: error set. */
vs_tensor vs__rank_of(vs__builder *builder, vs_tensor input, const char *name);

/* array_ops.shape_internal. null: error set. */
vs_tensor vs__shape_of(vs__builder *builder, vs_tensor input, vs_dtype out_type, const char *name);

/* math_ops.range; limit null: from 0 to start. dtype VS_DTYPE_NONE: inferred. null: error set. */
vs_tensor vs__range(vs__builder *builder, vs_tensor start, vs_tensor limit, vs_tensor delta, vs_dtype dtype,
                    const char *name);

/* The operators, by the number of their row in operators.c. null: error set. */
typedef enum vs__operator {
    VS__OPERATOR_ADD,
    VS__OPERATOR_SUB,
    VS__OPERATOR_MUL,
    VS__OPERATOR_TRUEDIV,
    VS__OPERATOR_FLOORDIV,
    VS__OPERATOR_MOD,
    VS__OPERATOR_POW,
    VS__OPERATOR_MATMUL,
    VS__OPERATOR_AND,
    VS__OPERATOR_OR,
    VS__OPERATOR_XOR
} vs__operator;
vs_tensor vs__operate(vs__builder *builder, vs__operator which, vs_tensor x, vs_tensor y);

/* math_ops.truediv, matmul, add and logical_xor, named as the scope when that is not NULL. null: error set. */
vs_tensor vs__truediv(vs__builder *builder, vs_tensor x, vs_tensor y, const char *name, vs__op_scope *scope);
vs_tensor vs__matmul(vs__builder *builder, const vs_matmul_args *args, vs__op_scope *scope);

#endif
