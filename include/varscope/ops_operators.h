/* The operators of Python's tensors, which name their nodes otherwise than the functions: x + y is a node "add", where
 * vs_add(x, y) is "Add". One operand at least is a tensor or a variable; the other may be a literal, which becomes of
 * the same dtype. A variable is read first, where the expression stands.
 *
 *     vs_times(vs_real(0.5), x)      // 0.5 * x: nodes mul/x, mul
 *
 * The comparisons, and -x and abs(x), are named as the functions are: vs_less(), vs_negative(), vs_abs().
 */
#ifndef VARSCOPE_OPS_OPERATORS_H
#define VARSCOPE_OPS_OPERATORS_H

#include "ops_arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

VS_API vs_tensor vs_plus_with(const vs_binary_args *args); /* x + y: node add */
VS_API vs_tensor vs_minus_with(const vs_binary_args *args); /* x - y: node sub */
VS_API vs_tensor vs_times_with(const vs_binary_args *args); /* x * y: node mul */
VS_API vs_tensor vs_over_with(const vs_binary_args *args); /* x / y: node truediv */
VS_API vs_tensor vs_floor_over_with(const vs_binary_args *args); /* x // y: node floordiv */
VS_API vs_tensor vs_remainder_with(const vs_binary_args *args); /* x % y: node mod */
VS_API vs_tensor vs_to_the_with(const vs_binary_args *args); /* x ** y: node pow */
VS_API vs_tensor vs_matrix_times_with(const vs_binary_args *args); /* x @ y: node matmul */

#define vs_plus(...) VS__BINARY(vs_plus_with, __VA_ARGS__)
#define vs_minus(...) VS__BINARY(vs_minus_with, __VA_ARGS__)
#define vs_times(...) VS__BINARY(vs_times_with, __VA_ARGS__)
#define vs_over(...) VS__BINARY(vs_over_with, __VA_ARGS__)
#define vs_floor_over(...) VS__BINARY(vs_floor_over_with, __VA_ARGS__)
#define vs_remainder(...) VS__BINARY(vs_remainder_with, __VA_ARGS__)
#define vs_to_the(...) VS__BINARY(vs_to_the_with, __VA_ARGS__)
#define vs_matrix_times(...) VS__BINARY(vs_matrix_times_with, __VA_ARGS__)

/** Of booleans logical, of integers bit by bit: x & y, x | y, x ^ y; nodes and, or, xor; ~x: node LogicalNot or Invert. */
VS_API vs_tensor vs_and_with(const vs_binary_args *args);
VS_API vs_tensor vs_or_with(const vs_binary_args *args);
VS_API vs_tensor vs_xor_with(const vs_binary_args *args);

#define vs_and(...) VS__BINARY(vs_and_with, __VA_ARGS__)
#define vs_or(...) VS__BINARY(vs_or_with, __VA_ARGS__)
#define vs_xor(...) VS__BINARY(vs_xor_with, __VA_ARGS__)

VS_API vs_tensor vs_invert_with(const vs_unary_args *args);
#define vs_invert(...) VS__UNARY(vs_invert_with, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
