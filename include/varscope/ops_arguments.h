/* What the headers of ops share: how the macros make arguments, and the structs that many builders take.
 *
 * A builder vs_NAME(...) is a macro over vs_NAME_with(), which takes a pointer to its arguments. The first argument
 * goes by its place, all others by their name: vs_reduce_sum(x, .axis = vs_int(0), .keepdims = true).
 */
#ifndef VARSCOPE_OPS_ARGUMENTS_H
#define VARSCOPE_OPS_ARGUMENTS_H

#include "operation.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The arguments struct of a builder is vs_NAME_args, its function vs_NAME_with(). */
#define VS__BUILD(name, first, ...)                                                                         \
    vs_##name##_with(&(const vs_##name##_args){VS_CALL(vs_##name##_args), .first = __VA_ARGS__})

/** The arguments of an op of one tensor. */
typedef struct vs_unary_args {
    vs_call call;
    vs_tensor x;
    const char *name;
} vs_unary_args;
#define VS__UNARY(function, ...) function(&(const vs_unary_args){VS_CALL(vs_unary_args), .x = __VA_ARGS__})

/** The arguments of an op of two tensors. */
typedef struct vs_binary_args {
    vs_call call;
    vs_tensor x;
    vs_tensor y;
    const char *name;
} vs_binary_args;
#define VS__BINARY(function, ...) function(&(const vs_binary_args){VS_CALL(vs_binary_args), .x = __VA_ARGS__})

/** An int for which zero is legal and not the default: VS_INT(0); left out takes the default. */
typedef struct vs_optional_int {
    int64_t value;
    bool is_set;
} vs_optional_int;
#define VS_INT(number) ((vs_optional_int){(number), true})

/** A list of tensors and its length, as two arguments: vs_stack(VS_TENSORS(a, b), .axis = 1). */
#define VS_TENSORS(...) VS__TENSORS(__VA_ARGS__)
#define VS__TENSORS(...)                                                                                      \
    (const vs_tensor[]){__VA_ARGS__}, sizeof((const vs_tensor[]){__VA_ARGS__}) / sizeof(vs_tensor)

/**
 * An array that gets the results of an op with many, and how many fit: vs_split(x, .num = 3, VS_OUTPUTS(parts)).
 */
#define VS_OUTPUTS(array) .outputs = (array), .room = sizeof(array) / sizeof(vs_tensor)

#ifdef __cplusplus
}
#endif

#endif
