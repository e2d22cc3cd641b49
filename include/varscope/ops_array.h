/* Ops on the form of tensors: constants, shapes, slices, and lists of tensors (array_ops.py). See ops.h. */
#ifndef VARSCOPE_OPS_ARRAY_H
#define VARSCOPE_OPS_ARRAY_H

#include "ops_arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A value to be fed: node Placeholder. */
typedef struct vs_placeholder_args {
    vs_call call;
    vs_dtype dtype;
    vs_shape shape; /* absent: unknown */
    const char *name;
} vs_placeholder_args;
VS_API vs_tensor vs_placeholder_with(const vs_placeholder_args *args);
#define vs_placeholder(...) VS__BUILD(placeholder, dtype, __VA_ARGS__)

/** A constant: node Const. A name with a trailing slash is taken exactly, as in TensorFlow. */
typedef struct vs_constant_args {
    vs_call call;
    vs_tensor value; /* a literal */
    vs_dtype dtype;  /* 0: int32, int64, float32, bool or string, by the literal */
    vs_shape shape;  /* absent: the literal's; a literal with fewer elements repeats its last one */
    const char *name;
} vs_constant_args;
VS_API vs_tensor vs_constant_with(const vs_constant_args *args);
#define vs_constant(...) VS__BUILD(constant, value, __VA_ARGS__)

/** All zeros or ones: one Const below 1,000 elements, else a Fill. */
typedef struct vs_fill_args {
    vs_call call;
    vs_shape shape;
    vs_dtype dtype; /* 0: float32 */
    const char *name;
} vs_fill_args;
VS_API vs_tensor vs_zeros_with(const vs_fill_args *args);
VS_API vs_tensor vs_ones_with(const vs_fill_args *args);
#define vs_zeros(...) vs_zeros_with(&(const vs_fill_args){VS_CALL(vs_fill_args), .shape = __VA_ARGS__})
#define vs_ones(...) vs_ones_with(&(const vs_fill_args){VS_CALL(vs_fill_args), .shape = __VA_ARGS__})

/** Tensors of the shape of another, all zeros or ones. Where the shape is known, as vs_zeros() and vs_ones(). */
typedef struct vs_like_args {
    vs_call call;
    vs_tensor tensor;
    vs_dtype dtype; /* 0: the tensor's */
    const char *name;
} vs_like_args;
VS_API vs_tensor vs_zeros_like_with(const vs_like_args *args);
VS_API vs_tensor vs_ones_like_with(const vs_like_args *args);
#define vs_zeros_like(...) vs_zeros_like_with(&(const vs_like_args){VS_CALL(vs_like_args), .tensor = __VA_ARGS__})
#define vs_ones_like(...) vs_ones_like_with(&(const vs_like_args){VS_CALL(vs_like_args), .tensor = __VA_ARGS__})

/** A tensor of a shape that may be computed, filled with one value: tf.fill, node Fill. */
typedef struct vs_fill_with_args {
    vs_call call;
    vs_tensor dims;  /* ints, or a tensor of them */
    vs_tensor value; /* a scalar */
    const char *name;
} vs_fill_with_args;
VS_API vs_tensor vs_filled_with(const vs_fill_with_args *args);
#define vs_filled(...) vs_filled_with(&(const vs_fill_with_args){VS_CALL(vs_fill_with_args), .dims = __VA_ARGS__})

/** The numbers from start up to limit, without it; of one number, those from 0: tf.range, node range. */
typedef struct vs_range_args {
    vs_call call;
    vs_tensor start;
    vs_tensor limit; /* null: start is the limit, and 0 the start */
    vs_tensor delta; /* null: 1 */
    vs_dtype dtype;  /* 0: the largest of the three */
    const char *name;
} vs_range_args;
VS_API vs_tensor vs_range_with(const vs_range_args *args);
#define vs_range(...) VS__BUILD(range, start, __VA_ARGS__)

VS_API vs_tensor vs_identity_with(const vs_unary_args *args);
VS_API vs_tensor vs_stop_gradient_with(const vs_unary_args *args);
VS_API vs_tensor vs_rank_with(const vs_unary_args *args); /* an int32; a Const where it is known */

#define vs_identity(...) VS__UNARY(vs_identity_with, __VA_ARGS__)
#define vs_stop_gradient(...) VS__UNARY(vs_stop_gradient_with, __VA_ARGS__)
#define vs_rank(...) VS__UNARY(vs_rank_with, __VA_ARGS__)

/**
 * The shape as a tensor, tf.shape: a Const where it is known whole, else node Shape. (vs_tensor_shape() is what is known
 * of it now.)
 */
typedef struct vs_shape_of_args {
    vs_call call;
    vs_tensor input;
    vs_dtype out_type; /* 0: int32; or int64 */
    const char *name;
} vs_shape_of_args;
VS_API vs_tensor vs_shape_of_with(const vs_shape_of_args *args);
VS_API vs_tensor vs_size_with(const vs_shape_of_args *args); /* the number of elements */
#define vs_shape_of(...) VS__BUILD(shape_of, input, __VA_ARGS__)
#define vs_size(...) vs_size_with(&(const vs_shape_of_args){VS_CALL(vs_shape_of_args), .input = __VA_ARGS__})

/** The same elements in another shape; one dimension may be -1. VS_LIST() makes a shape of numbers and tensors. */
typedef struct vs_reshape_args {
    vs_call call;
    vs_tensor tensor;
    vs_tensor shape;
    const char *name;
} vs_reshape_args;
VS_API vs_tensor vs_reshape_with(const vs_reshape_args *args);
#define vs_reshape(...) VS__BUILD(reshape, tensor, __VA_ARGS__)

/** Dimension i of the result is dimension perm[i] of a. */
typedef struct vs_transpose_args {
    vs_call call;
    vs_tensor a;
    vs_tensor perm; /* null: the dimensions reversed */
    bool conjugate;
    const char *name;
} vs_transpose_args;
VS_API vs_tensor vs_transpose_with(const vs_transpose_args *args);
#define vs_transpose(...) VS__BUILD(transpose, a, __VA_ARGS__)

/** Add a dimension of size 1 before dimension axis; below zero it counts from the end. */
typedef struct vs_expand_dims_args {
    vs_call call;
    vs_tensor input;
    vs_tensor axis; /* a scalar */
    const char *name;
} vs_expand_dims_args;
VS_API vs_tensor vs_expand_dims_with(const vs_expand_dims_args *args);
#define vs_expand_dims(...) VS__BUILD(expand_dims, input, __VA_ARGS__)

/** Ints that are attributes of an op: VS_AXES(0, -1). The numbers live until the end of the enclosing block. */
typedef struct vs_axes {
    const int64_t *axes;
    size_t count;
} vs_axes;
#define VS_AXES(...)                                                                                          \
    ((vs_axes){(const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)})

/** Remove dimensions of size 1. */
typedef struct vs_squeeze_args {
    vs_call call;
    vs_tensor input;
    vs_axes axis; /* left out: all that are 1 */
    const char *name;
} vs_squeeze_args;
VS_API vs_tensor vs_squeeze_with(const vs_squeeze_args *args);
#define vs_squeeze(...) VS__BUILD(squeeze, input, __VA_ARGS__)

/** Repeat a tensor along each dimension. */
typedef struct vs_tile_args {
    vs_call call;
    vs_tensor input;
    vs_tensor multiples; /* one for each dimension */
    const char *name;
} vs_tile_args;
VS_API vs_tensor vs_tile_with(const vs_tile_args *args);
#define vs_tile(...) VS__BUILD(tile, input, __VA_ARGS__)

/** Elements before and after each dimension: paddings is [rank, 2]. */
typedef struct vs_pad_args {
    vs_call call;
    vs_tensor tensor;
    vs_tensor paddings;
    const char *mode;          /* NULL: "CONSTANT"; "REFLECT", "SYMMETRIC" */
    vs_tensor constant_values; /* null: 0 */
    const char *name;
} vs_pad_args;
VS_API vs_tensor vs_pad_with(const vs_pad_args *args);
#define vs_pad(...) VS__BUILD(pad, tensor, __VA_ARGS__)

/** Slices of params by index: node GatherV2; of a resource variable ResourceGather. */
typedef struct vs_gather_args {
    vs_call call;
    vs_tensor params;
    vs_tensor indices;
    vs_tensor axis; /* null: batch_dims */
    int64_t batch_dims;
    const char *name;
} vs_gather_args;
VS_API vs_tensor vs_gather_with(const vs_gather_args *args);
#define vs_gather(...) VS__BUILD(gather, params, __VA_ARGS__)

/** Vectors of depth elements with on_value at the index, and off_value elsewhere. */
typedef struct vs_one_hot_args {
    vs_call call;
    vs_tensor indices;
    vs_tensor depth;
    vs_tensor on_value;  /* null: 1 */
    vs_tensor off_value; /* null: 0 */
    vs_optional_int axis; /* left out: -1, the last */
    vs_dtype dtype;      /* 0: that of a value given, else float32 */
    const char *name;
} vs_one_hot_args;
VS_API vs_tensor vs_one_hot_with(const vs_one_hot_args *args);
#define vs_one_hot(...) VS__BUILD(one_hot, indices, __VA_ARGS__)

/**
 * With x and y: x where the condition holds, y elsewhere. Without both: the indices where it holds. vs_where() is
 * tf.compat.v1's (node Select), vs_where_v2() broadcasts (node SelectV2).
 */
typedef struct vs_where_args {
    vs_call call;
    vs_tensor condition;
    vs_tensor x;
    vs_tensor y;
    const char *name;
} vs_where_args;
VS_API vs_tensor vs_where_with(const vs_where_args *args);
VS_API vs_tensor vs_where_v2_with(const vs_where_args *args);
#define vs_where(...) VS__BUILD(where, condition, __VA_ARGS__)
#define vs_where_v2(...) vs_where_v2_with(&(const vs_where_args){VS_CALL(vs_where_args), .condition = __VA_ARGS__})

/** Matrices of which only a band around the diagonal is kept; below zero: all on that side. */
typedef struct vs_matrix_band_part_args {
    vs_call call;
    vs_tensor input;
    vs_tensor num_lower;
    vs_tensor num_upper;
    const char *name;
} vs_matrix_band_part_args;
VS_API vs_tensor vs_matrix_band_part_with(const vs_matrix_band_part_args *args);
#define vs_matrix_band_part(...) VS__BUILD(matrix_band_part, input, __VA_ARGS__)

/* ---- subscripts ---- */

/** What stands between the brackets of x[...] for one dimension. */
typedef enum vs_subscript_kind {
    VS_SUBSCRIPT_SLICE = 0, /* start:stop:step */
    VS_SUBSCRIPT_INDEX,     /* start; the dimension goes */
    VS_SUBSCRIPT_NEW_AXIS,  /* None: a dimension of size 1 comes in */
    VS_SUBSCRIPT_ELLIPSIS   /* ...: all dimensions that no other subscript takes */
} vs_subscript_kind;

typedef struct vs_subscript {
    vs_subscript_kind kind;
    vs_tensor start; /* ints or scalar tensors; null: left out */
    vs_tensor stop;
    vs_tensor step;
} vs_subscript;

/** x[i]; x[start:stop]; x[:]; x[None]; x[...]. Ends that are left out, and steps: {.start = vs_int(1)}. */
#define VS_AT(i) ((vs_subscript){.kind = VS_SUBSCRIPT_INDEX, .start = vs_int(i)})
#define VS_SLICE(from, to) ((vs_subscript){.start = vs_int(from), .stop = vs_int(to)})
#define VS_ALL ((vs_subscript){.kind = VS_SUBSCRIPT_SLICE})
#define VS_NEW_AXIS ((vs_subscript){.kind = VS_SUBSCRIPT_NEW_AXIS})
#define VS_ELLIPSIS ((vs_subscript){.kind = VS_SUBSCRIPT_ELLIPSIS})

typedef struct vs_getitem_args {
    vs_call call;
    vs_tensor tensor;
    const vs_subscript *subscripts;
    size_t count;
} vs_getitem_args;

/**
 * A part of a tensor by Python's subscripts. x[:, None] is vs_getitem(x, VS_ALL, VS_NEW_AXIS): nodes strided_slice/stack,
 * strided_slice/stack_1, strided_slice/stack_2, strided_slice.
 *
 * At most 31 subscripts, one of them an ellipsis.
 */
VS_API vs_tensor vs_getitem_with(const vs_getitem_args *args);
#define vs_getitem(x, ...)                                                                                    \
    vs_getitem_with(&(const vs_getitem_args){VS_CALL(vs_getitem_args), .tensor = (x),                         \
                                             .subscripts = (const vs_subscript[]){__VA_ARGS__},               \
                                             .count = sizeof((const vs_subscript[]){__VA_ARGS__}) /           \
                                                      sizeof(vs_subscript)})

/* ---- lists of tensors ---- */

/** Tensors of one shape, put together along a new dimension: node stack. */
typedef struct vs_stack_args {
    vs_call call;
    const vs_tensor *values;
    size_t count;
    int64_t axis;
    const char *name;
} vs_stack_args;
VS_API vs_tensor vs_stack_with(const vs_stack_args *args);
#define vs_stack(...) VS__BUILD(stack, values, __VA_ARGS__)

/** Tensors put together along a dimension that they have: node concat. */
typedef struct vs_concat_args {
    vs_call call;
    const vs_tensor *values;
    size_t count;
    vs_tensor axis;
    const char *name;
} vs_concat_args;
VS_API vs_tensor vs_concat_with(const vs_concat_args *args);
#define vs_concat(...) VS__BUILD(concat, values, __VA_ARGS__)

/** Take a tensor apart along a dimension, which goes: node unstack. */
typedef struct vs_unstack_args {
    vs_call call;
    vs_tensor value;
    vs_optional_int num; /* left out: the size of the dimension */
    int64_t axis;
    vs_tensor *outputs; /* VS_OUTPUTS(array) */
    size_t room;
    const char *name;
} vs_unstack_args;

/**
 * @return how many outputs were written; 0 on failure, when all that there is room for are null. Besides the errors of
 *         all: invalid_argument when the number is not known, or is more than there is room for
 */
VS_API size_t vs_unstack_with(const vs_unstack_args *args);
#define vs_unstack(...) VS__BUILD(unstack, value, __VA_ARGS__)

/** Cut a tensor into parts along a dimension: node split. */
typedef struct vs_split_args {
    vs_call call;
    vs_tensor value;
    int64_t num;     /* so many equal parts; or: */
    vs_tensor sizes; /* the size of each part */
    vs_tensor axis;  /* null: 0 */
    vs_tensor *outputs; /* VS_OUTPUTS(array) */
    size_t room;
    const char *name;
} vs_split_args;

/** @return as vs_unstack() */
VS_API size_t vs_split_with(const vs_split_args *args);
#define vs_split(...) VS__BUILD(split, value, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
