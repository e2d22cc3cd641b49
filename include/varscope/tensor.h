/* Tensors and what may stand for one.
 *
 * A vs_tensor is a value of 16 bytes: an output of an operation, a variable, a literal, or a list of these. A function
 * that takes a tensor converts the others as TensorFlow does, inside the name scope of the op that uses it: a literal
 * becomes a Const ("Mul/y"), a ref variable its read tensor ("v/read:0"), a resource variable is read anew
 * ("MatMul/ReadVariableOp"), a partitioned variable is concatenated, and a list with a tensor in it is packed
 * ("Reshape/shape/1", "Reshape/shape").
 *
 *     vs_tensor y = vs_multiply(x, vs_real(0.5));      // nodes Mul/y, Mul
 *
 * Outputs live as long as their graph. A zeroed vs_tensor is null: what a failed builder returns.
 */
#ifndef VARSCOPE_TENSOR_H
#define VARSCOPE_TENSOR_H

#include "dtype.h"
#include "shape.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vs_graph vs_graph;
typedef struct vs_operation vs_operation;
typedef struct vs_variable vs_variable;

/** A tensor, a variable or a literal; the members are the library's business. */
typedef struct vs_tensor {
    union {
        const void *pointer;
        int64_t integer;
        double real;
    } of;
    uint32_t kind; /* 0: null */
    uint32_t count; /* of a list */
} vs_tensor;

/** What the elements of a literal are. They convert as Python's do. */
typedef enum vs_literal_kind {
    VS_LITERAL_INTS = 1, /* const int64_t *: int32, or int64 when one does not fit */
    VS_LITERAL_REALS,    /* const double *: float32 */
    VS_LITERAL_BOOLS,    /* const bool *: bool */
    VS_LITERAL_STRINGS,  /* const char *const *: string */
    VS_LITERAL_COMPLEX,  /* const vs_complex *: complex128 */
    VS_LITERAL_BYTES     /* const vs_bytes *: string, zero bytes and all */
} vs_literal_kind;

/** A complex number of a literal. */
typedef struct vs_complex {
    double real;
    double imag;
} vs_complex;

/** A string of a literal that may hold zero bytes; data may be NULL when size is 0. */
typedef struct vs_bytes {
    const void *data;
    size_t size;
} vs_bytes;

/** A literal with a shape. Everything in it is borrowed for the call that takes it. */
typedef struct vs_literal {
    vs_literal_kind kind;
    uint32_t rank;
    const int64_t *dims; /* rank of them, each at least 0 */
    const void *data;    /* row-major */
} vs_literal;

/* Kinds of vs_tensor. */
enum { VS__TENSOR_NULL, VS__TENSOR_OUTPUT, VS__TENSOR_VARIABLE, VS__TENSOR_LITERAL, VS__TENSOR_INT,
       VS__TENSOR_REAL, VS__TENSOR_BOOL, VS__TENSOR_STRING, VS__TENSOR_OPERATION, VS__TENSOR_LIST };

/** An integer literal: int32, or int64 when it does not fit, unless the op asks for another type. */
static inline vs_tensor vs_int(int64_t value)
{
    vs_tensor tensor = {{NULL}, VS__TENSOR_INT, 0};
    tensor.of.integer = value;
    return tensor;
}

/** A real literal: float32, unless the op asks for another floating type. */
static inline vs_tensor vs_real(double value)
{
    vs_tensor tensor = {{NULL}, VS__TENSOR_REAL, 0};
    tensor.of.real = value;
    return tensor;
}

/** A boolean literal. */
static inline vs_tensor vs_bool(bool value)
{
    vs_tensor tensor = {{NULL}, VS__TENSOR_BOOL, 0};
    tensor.of.integer = value;
    return tensor;
}

/** A string literal; borrowed for the call that takes it. */
static inline vs_tensor vs_string(const char *value)
{
    vs_tensor tensor = {{value}, VS__TENSOR_STRING, 0};
    return tensor;
}

/** A literal with a shape; borrowed for the call that takes it. */
static inline vs_tensor vs_literal_tensor(const vs_literal *literal)
{
    vs_tensor tensor = {{literal}, VS__TENSOR_LITERAL, 0};
    return tensor;
}

/**
 * A list of tensors, variables, literals and lists, that all have one shape; borrowed for the call that takes it.
 * Without a tensor or variable in it, it is a literal. An op packs what is in it along a new first dimension.
 */
static inline vs_tensor vs_list(const vs_tensor *items, size_t count)
{
    vs_tensor tensor = {{items}, VS__TENSOR_LIST, count < UINT32_MAX ? (uint32_t)count : UINT32_MAX};
    return tensor;
}

/**
 * A variable, to be used as a tensor wherever one may stand. A null variable gives a null tensor.
 */
static inline vs_tensor vs_value(const vs_variable *variable)
{
    vs_tensor tensor = {{variable}, variable ? VS__TENSOR_VARIABLE : VS__TENSOR_NULL, 0};
    return tensor;
}

static inline bool vs_tensor_is_null(vs_tensor tensor)
{
    return tensor.kind == VS__TENSOR_NULL;
}

#define VS__LITERAL(literal_kind, type, ...)                                                                  \
    vs_literal_tensor(&(const vs_literal){literal_kind, 1,                                                    \
        (const int64_t[]){(int64_t)(sizeof((const type[]){__VA_ARGS__}) / sizeof(type))},                     \
        (const type[]){__VA_ARGS__}})

/* Literal lists of rank 1, alive until the end of the enclosing block: VS_REALS(1.0, 2.0). */
#define VS_INTS(...) VS__LITERAL(VS_LITERAL_INTS, int64_t, __VA_ARGS__)
#define VS_REALS(...) VS__LITERAL(VS_LITERAL_REALS, double, __VA_ARGS__)
#define VS_COMPLEXES(...) VS__LITERAL(VS_LITERAL_COMPLEX, vs_complex, __VA_ARGS__) /* VS_COMPLEXES({1.0, -1.0}) */

/* Scalars of the kinds that do not fit into a vs_tensor, alive until the end of the enclosing block. */
#define VS__SCALAR_LITERAL(literal_kind, type, ...)                                                           \
    vs_literal_tensor(&(const vs_literal){literal_kind, 0, NULL, &(const type){__VA_ARGS__}})
#define VS_COMPLEX(real, imag) VS__SCALAR_LITERAL(VS_LITERAL_COMPLEX, vs_complex, real, imag)
#define VS_BYTES(data, size) VS__SCALAR_LITERAL(VS_LITERAL_BYTES, vs_bytes, data, size)

/* A list, alive as long: vs_reshape(x, VS_LIST(batch, vs_int(3))). */
#define VS_LIST(...)                                                                                          \
    vs_list((const vs_tensor[]){__VA_ARGS__}, sizeof((const vs_tensor[]){__VA_ARGS__}) / sizeof(vs_tensor))

/**
 * The operation that makes a tensor.
 *
 * @return NULL for a null tensor, a literal or a list; for a variable the node that holds it; valid as long as the graph
 * Threads: any.
 */
VS_API const vs_operation *vs_tensor_op(vs_tensor tensor);

/** The index of a tensor among its operation's outputs. Threads: any. */
VS_API uint32_t vs_tensor_index(vs_tensor tensor);

/**
 * The element type; of a ref variable's node the ref type, of a variable used as a tensor the base type.
 *
 * @return VS_DTYPE_NONE for null and literals
 * Threads: any.
 */
VS_API vs_dtype vs_tensor_dtype(vs_tensor tensor);

/**
 * The static shape.
 *
 * @return VS_UNKNOWN_SHAPE when nothing is known; an absent shape for null and literals; dims valid as long as
 *         the graph
 * Threads: any.
 */
VS_API vs_shape vs_tensor_shape(vs_tensor tensor);

/**
 * Write the tensor's name, "scope/add:0".
 *
 * @return the length of the whole name, as snprintf
 * Threads: any.
 */
VS_API size_t vs_tensor_name(vs_tensor tensor, char *buffer, size_t size);

/**
 * Write a tensor as TensorFlow prints it: Tensor("x:0", shape=(?, 3), dtype=float32); without shape= when the
 * rank is unknown. A variable is written as vs_variable_format() does.
 *
 * @return the length of the whole text, as snprintf
 * Threads: any.
 */
VS_API size_t vs_tensor_format(vs_tensor tensor, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
