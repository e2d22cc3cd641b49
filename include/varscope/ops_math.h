/* Ops on numbers: elementwise ones, comparisons, products of matrices, reductions (math_ops.py). See ops.h. */
#ifndef VARSCOPE_OPS_MATH_H
#define VARSCOPE_OPS_MATH_H

#include "ops_arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Elementwise ops of one tensor. */
VS_API vs_tensor vs_negative_with(const vs_unary_args *args); /* node Neg */
VS_API vs_tensor vs_abs_with(const vs_unary_args *args); /* of complex numbers node ComplexAbs */
VS_API vs_tensor vs_sign_with(const vs_unary_args *args);
VS_API vs_tensor vs_square_with(const vs_unary_args *args);
VS_API vs_tensor vs_sqrt_with(const vs_unary_args *args);
VS_API vs_tensor vs_rsqrt_with(const vs_unary_args *args); /* 1 / sqrt(x) */
VS_API vs_tensor vs_reciprocal_with(const vs_unary_args *args);
VS_API vs_tensor vs_exp_with(const vs_unary_args *args);
VS_API vs_tensor vs_log_with(const vs_unary_args *args);
VS_API vs_tensor vs_log1p_with(const vs_unary_args *args); /* log(1 + x) */
VS_API vs_tensor vs_sin_with(const vs_unary_args *args);
VS_API vs_tensor vs_cos_with(const vs_unary_args *args);
VS_API vs_tensor vs_tanh_with(const vs_unary_args *args);
VS_API vs_tensor vs_sigmoid_with(const vs_unary_args *args);
VS_API vs_tensor vs_erf_with(const vs_unary_args *args);
VS_API vs_tensor vs_floor_with(const vs_unary_args *args);
VS_API vs_tensor vs_ceil_with(const vs_unary_args *args);
VS_API vs_tensor vs_round_with(const vs_unary_args *args); /* of integers the tensor itself */
VS_API vs_tensor vs_is_nan_with(const vs_unary_args *args);
VS_API vs_tensor vs_is_finite_with(const vs_unary_args *args);
VS_API vs_tensor vs_logical_not_with(const vs_unary_args *args);

#define vs_negative(...) VS__UNARY(vs_negative_with, __VA_ARGS__)
#define vs_abs(...) VS__UNARY(vs_abs_with, __VA_ARGS__)
#define vs_sign(...) VS__UNARY(vs_sign_with, __VA_ARGS__)
#define vs_square(...) VS__UNARY(vs_square_with, __VA_ARGS__)
#define vs_sqrt(...) VS__UNARY(vs_sqrt_with, __VA_ARGS__)
#define vs_rsqrt(...) VS__UNARY(vs_rsqrt_with, __VA_ARGS__)
#define vs_reciprocal(...) VS__UNARY(vs_reciprocal_with, __VA_ARGS__)
#define vs_exp(...) VS__UNARY(vs_exp_with, __VA_ARGS__)
#define vs_log(...) VS__UNARY(vs_log_with, __VA_ARGS__)
#define vs_log1p(...) VS__UNARY(vs_log1p_with, __VA_ARGS__)
#define vs_sin(...) VS__UNARY(vs_sin_with, __VA_ARGS__)
#define vs_cos(...) VS__UNARY(vs_cos_with, __VA_ARGS__)
#define vs_tanh(...) VS__UNARY(vs_tanh_with, __VA_ARGS__)
#define vs_sigmoid(...) VS__UNARY(vs_sigmoid_with, __VA_ARGS__)
#define vs_erf(...) VS__UNARY(vs_erf_with, __VA_ARGS__)
#define vs_floor(...) VS__UNARY(vs_floor_with, __VA_ARGS__)
#define vs_ceil(...) VS__UNARY(vs_ceil_with, __VA_ARGS__)
#define vs_round(...) VS__UNARY(vs_round_with, __VA_ARGS__)
#define vs_is_nan(...) VS__UNARY(vs_is_nan_with, __VA_ARGS__)
#define vs_is_finite(...) VS__UNARY(vs_is_finite_with, __VA_ARGS__)
#define vs_logical_not(...) VS__UNARY(vs_logical_not_with, __VA_ARGS__)

/** Elementwise ops of two tensors, broadcast. */
VS_API vs_tensor vs_add_with(const vs_binary_args *args);
VS_API vs_tensor vs_subtract_with(const vs_binary_args *args);
VS_API vs_tensor vs_multiply_with(const vs_binary_args *args);
VS_API vs_tensor vs_divide_with(const vs_binary_args *args); /* as the operator /: nodes truediv; named, one node of that name */
VS_API vs_tensor vs_truediv_with(const vs_binary_args *args); /* integers are made floats first */
VS_API vs_tensor vs_floordiv_with(const vs_binary_args *args); /* rounds down */
VS_API vs_tensor vs_realdiv_with(const vs_binary_args *args);
VS_API vs_tensor vs_div_no_nan_with(const vs_binary_args *args); /* 0 where y is 0 */
VS_API vs_tensor vs_mod_with(const vs_binary_args *args); /* node FloorMod */
VS_API vs_tensor vs_pow_with(const vs_binary_args *args);
VS_API vs_tensor vs_maximum_with(const vs_binary_args *args);
VS_API vs_tensor vs_minimum_with(const vs_binary_args *args);
VS_API vs_tensor vs_squared_difference_with(const vs_binary_args *args);
VS_API vs_tensor vs_less_with(const vs_binary_args *args);
VS_API vs_tensor vs_less_equal_with(const vs_binary_args *args);
VS_API vs_tensor vs_greater_with(const vs_binary_args *args);
VS_API vs_tensor vs_greater_equal_with(const vs_binary_args *args);
VS_API vs_tensor vs_equal_with(const vs_binary_args *args);
VS_API vs_tensor vs_not_equal_with(const vs_binary_args *args);
VS_API vs_tensor vs_logical_and_with(const vs_binary_args *args);
VS_API vs_tensor vs_logical_or_with(const vs_binary_args *args);
VS_API vs_tensor vs_logical_xor_with(const vs_binary_args *args);

#define vs_add(...) VS__BINARY(vs_add_with, __VA_ARGS__)
#define vs_subtract(...) VS__BINARY(vs_subtract_with, __VA_ARGS__)
#define vs_multiply(...) VS__BINARY(vs_multiply_with, __VA_ARGS__)
#define vs_divide(...) VS__BINARY(vs_divide_with, __VA_ARGS__)
#define vs_truediv(...) VS__BINARY(vs_truediv_with, __VA_ARGS__)
#define vs_floordiv(...) VS__BINARY(vs_floordiv_with, __VA_ARGS__)
#define vs_realdiv(...) VS__BINARY(vs_realdiv_with, __VA_ARGS__)
#define vs_div_no_nan(...) VS__BINARY(vs_div_no_nan_with, __VA_ARGS__)
#define vs_mod(...) VS__BINARY(vs_mod_with, __VA_ARGS__)
#define vs_pow(...) VS__BINARY(vs_pow_with, __VA_ARGS__)
#define vs_maximum(...) VS__BINARY(vs_maximum_with, __VA_ARGS__)
#define vs_minimum(...) VS__BINARY(vs_minimum_with, __VA_ARGS__)
#define vs_squared_difference(...) VS__BINARY(vs_squared_difference_with, __VA_ARGS__)
#define vs_less(...) VS__BINARY(vs_less_with, __VA_ARGS__)
#define vs_less_equal(...) VS__BINARY(vs_less_equal_with, __VA_ARGS__)
#define vs_greater(...) VS__BINARY(vs_greater_with, __VA_ARGS__)
#define vs_greater_equal(...) VS__BINARY(vs_greater_equal_with, __VA_ARGS__)
#define vs_equal(...) VS__BINARY(vs_equal_with, __VA_ARGS__)
#define vs_not_equal(...) VS__BINARY(vs_not_equal_with, __VA_ARGS__)
#define vs_logical_and(...) VS__BINARY(vs_logical_and_with, __VA_ARGS__)
#define vs_logical_or(...) VS__BINARY(vs_logical_or_with, __VA_ARGS__)
#define vs_logical_xor(...) VS__BINARY(vs_logical_xor_with, __VA_ARGS__)

/** Convert to another dtype; of a tensor that has it, the tensor itself. */
typedef struct vs_cast_args {
    vs_call call;
    vs_tensor x;
    vs_dtype dtype;
    const char *name;
} vs_cast_args;
VS_API vs_tensor vs_cast_with(const vs_cast_args *args);
#define vs_cast(...) VS__BUILD(cast, x, __VA_ARGS__)

/** Each element within two bounds: nodes clip_by_value/Minimum, clip_by_value. */
typedef struct vs_clip_by_value_args {
    vs_call call;
    vs_tensor t;
    vs_tensor clip_value_min;
    vs_tensor clip_value_max;
    const char *name;
} vs_clip_by_value_args;
VS_API vs_tensor vs_clip_by_value_with(const vs_clip_by_value_args *args);
#define vs_clip_by_value(...) VS__BUILD(clip_by_value, t, __VA_ARGS__)

/** The index of the largest, or smallest, element along a dimension. */
typedef struct vs_arg_max_args {
    vs_call call;
    vs_tensor input;
    vs_tensor axis;       /* null: 0 */
    vs_dtype output_type; /* 0: int64 */
    const char *name;
} vs_arg_max_args;
VS_API vs_tensor vs_argmax_with(const vs_arg_max_args *args);
VS_API vs_tensor vs_argmin_with(const vs_arg_max_args *args);
#define vs_argmax(...) vs_argmax_with(&(const vs_arg_max_args){VS_CALL(vs_arg_max_args), .input = __VA_ARGS__})
#define vs_argmin(...) vs_argmin_with(&(const vs_arg_max_args){VS_CALL(vs_arg_max_args), .input = __VA_ARGS__})

/** Sums along a dimension, each with all before it. */
typedef struct vs_cumsum_args {
    vs_call call;
    vs_tensor x;
    vs_tensor axis; /* null: 0 */
    bool exclusive;
    bool reverse;
    const char *name;
} vs_cumsum_args;
VS_API vs_tensor vs_cumsum_with(const vs_cumsum_args *args);
#define vs_cumsum(...) VS__BUILD(cumsum, x, __VA_ARGS__)

/** Matrix product, in batches when a rank is above 2. */
typedef struct vs_matmul_args {
    vs_call call;
    vs_tensor a;
    vs_tensor b;
    bool transpose_a;
    bool transpose_b;
    const char *name;
} vs_matmul_args;
VS_API vs_tensor vs_matmul_with(const vs_matmul_args *args);
#define vs_matmul(...) VS__BUILD(matmul, a, __VA_ARGS__)

/** Reduce some dimensions, which go away, or stay with size 1. */
typedef struct vs_reduce_args {
    vs_call call;
    vs_tensor input_tensor;
    vs_tensor axis; /* null: all */
    bool keepdims;
    const char *name;
} vs_reduce_args;
VS_API vs_tensor vs_reduce_sum_with(const vs_reduce_args *args);
VS_API vs_tensor vs_reduce_mean_with(const vs_reduce_args *args);
VS_API vs_tensor vs_reduce_max_with(const vs_reduce_args *args);
VS_API vs_tensor vs_reduce_min_with(const vs_reduce_args *args);
VS_API vs_tensor vs_reduce_prod_with(const vs_reduce_args *args);
VS_API vs_tensor vs_reduce_all_with(const vs_reduce_args *args); /* of booleans */
VS_API vs_tensor vs_reduce_any_with(const vs_reduce_args *args); /* of booleans */

#define VS__REDUCE(function, ...)                                                                             \
    function(&(const vs_reduce_args){VS_CALL(vs_reduce_args), .input_tensor = __VA_ARGS__})
#define vs_reduce_sum(...) VS__REDUCE(vs_reduce_sum_with, __VA_ARGS__)
#define vs_reduce_mean(...) VS__REDUCE(vs_reduce_mean_with, __VA_ARGS__)
#define vs_reduce_max(...) VS__REDUCE(vs_reduce_max_with, __VA_ARGS__)
#define vs_reduce_min(...) VS__REDUCE(vs_reduce_min_with, __VA_ARGS__)
#define vs_reduce_prod(...) VS__REDUCE(vs_reduce_prod_with, __VA_ARGS__)
#define vs_reduce_all(...) VS__REDUCE(vs_reduce_all_with, __VA_ARGS__)
#define vs_reduce_any(...) VS__REDUCE(vs_reduce_any_with, __VA_ARGS__)

/** Sum of tensors of one shape; of a single one that one itself, unless it is named. */
typedef struct vs_add_n_args {
    vs_call call;
    const vs_tensor *inputs;
    size_t count;
    const char *name;
} vs_add_n_args;
VS_API vs_tensor vs_add_n_with(const vs_add_n_args *args);
#define vs_add_n(...) VS__BUILD(add_n, inputs, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
