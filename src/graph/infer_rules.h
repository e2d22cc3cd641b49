/*
 * What the shape rules share: access to inputs and attributes, checks, arithmetic of dims, results.
 *
 * A rule is a port of the shape function that TensorFlow registers for the op (core/ops/..., and
 * core/framework/common_shape_fns.cc): it gives the same shape, and it refuses the same inputs. A dim is -1
 * where it is unknown; a shape of unknown rank has every dim unknown.
 */
#ifndef VS_GRAPH_INFER_RULES_H
#define VS_GRAPH_INFER_RULES_H

#include "infer.h"
#include "op_registry_ids.h"

/* false: the error is set. */
typedef bool vs__rule(vs__inference *op);

/* Set the error, with the name of the op in front; returns false. */
bool vs__refuse(const vs__inference *op, const char *format, ...) VS_PRINTF(2, 3);

/* ---- inputs ---- */

static inline vs_shape vs__in(const vs__inference *op, size_t i)
{
    return vs__blob_shape(op->inputs[i]->shape);
}

static inline bool vs__is_ranked(vs_shape shape)
{
    return shape.kind == VS_SHAPE_RANKED;
}

/* -1: unknown. */
static inline int64_t vs__rank(vs_shape shape)
{
    return vs__is_ranked(shape) ? (int64_t)shape.rank : -1;
}

/* A dim; negative counts from the end. -1: unknown. */
static inline int64_t vs__dim(vs_shape shape, int64_t i)
{
    return vs__is_ranked(shape) ? shape.dims[i < 0 ? i + shape.rank : i] : -1;
}

/* A part of a shape. end: VS__END for all that follows; unknown when the rank is. */
enum { VS__END = VS_MAX_RANK + 1 };
vs_shape vs__part(vs_shape shape, int64_t begin, int64_t end);

/* Whether an input may have a rank; the error is set when not. */
bool vs__rank_is(const vs__inference *op, size_t input, int64_t rank);
bool vs__rank_at_least(const vs__inference *op, size_t input, int64_t rank);
bool vs__rank_at_most(const vs__inference *op, size_t input, int64_t rank);

/* ---- attributes, by name; one that the op has not is a programming error ---- */

const vs__attr_value *vs__attr(const vs__inference *op, const char *name);
int64_t vs__attr_int(const vs__inference *op, const char *name);

/* An int that TensorFlow keeps in 32 bits. false: it does not fit, the error is set. */
bool vs__attr_int32(const vs__inference *op, const char *name, int64_t *out);

bool vs__attr_is(const vs__inference *op, const char *name, const char *value);

/* A list of ints, also where it is the default. @return its length; out gets at most capacity of them */
size_t vs__attr_ints(const vs__inference *op, const char *name, int64_t *out, size_t capacity);

/* Read a TensorShapeProto. capacity of dims: VS_MAX_RANK. */
vs_shape vs__shape_proto_read(const uint8_t *data, size_t size, int64_t *dims);

/* Whether a shape attribute is one that may be given; the error is set when not. */
bool vs__shape_check(const vs__inference *op, vs_shape shape);

/* ---- dims; false: the error is set ---- */

bool vs__dims_merge(const vs__inference *op, int64_t a, int64_t b, int64_t *out);
bool vs__dims_add(const vs__inference *op, int64_t a, int64_t b, int64_t *out);
bool vs__dims_subtract(const vs__inference *op, int64_t a, int64_t b, int64_t *out);
bool vs__dims_multiply(const vs__inference *op, int64_t a, int64_t b, int64_t *out);
bool vs__dims_divide(const vs__inference *op, int64_t a, int64_t b, bool evenly, int64_t *out);

/* What two shapes together tell. out: one of them, or in dims; capacity of dims: VS_MAX_RANK. */
bool vs__shapes_merge(const vs__inference *op, vs_shape a, vs_shape b, int64_t *dims, vs_shape *out);

/* The shape of a broadcast result, likewise. */
bool vs__shapes_broadcast(const vs__inference *op, vs_shape a, vs_shape b, int64_t *dims, vs_shape *out);

/* ---- results; false: the error is set ---- */

bool vs__set(vs__inference *op, size_t output, vs_shape shape);
bool vs__set_dims(vs__inference *op, size_t output, const int64_t *dims, int64_t rank);
bool vs__set_unknown_dims(vs__inference *op, size_t output, int64_t rank);
bool vs__set_all(vs__inference *op, vs_shape shape);

static inline bool vs__set_scalar(vs__inference *op, size_t output)
{
    return vs__set_dims(op, output, NULL, 0);
}

/* The output has the shape of an input. */
static inline bool vs__set_same(vs__inference *op, size_t output, size_t input)
{
    op->shapes[output] = op->inputs[input]->shape;
    return true;
}

/* A result that is put together from parts. Too long a one is not known at all. */
typedef struct vs__joined {
    int64_t dims[VS_MAX_RANK];
    uint32_t rank;
    bool is_unknown;
} vs__joined;

static inline void vs__join_start(vs__joined *joined)
{
    joined->rank = 0;
    joined->is_unknown = false;
}

void vs__join(vs__joined *joined, vs_shape part);
void vs__join_dim(vs__joined *joined, int64_t dim);
bool vs__set_joined(vs__inference *op, size_t output, const vs__joined *joined);

/* ---- values that are known while the graph is built (infer_value.c) ---- */

enum { VS__MOST_VALUES = 1024 }; /* a tensor with more of them is taken as unknown */

typedef struct vs__known {
    bool is_known;
    uint32_t rank;
    size_t count;
    int64_t at[VS__MOST_VALUES];
} vs__known;

/* The elements of an input of ints. false: the error is set. */
bool vs__values_known(const vs__inference *op, size_t input, vs__known *out);

/* The single element of a scalar input; *is_known says whether there is one. */
bool vs__scalar_known(const vs__inference *op, size_t input, bool *is_known, int64_t *out);

/* The same for a floating point scalar; only constants, and casts of known ints. */
bool vs__real_known(const vs__inference *op, size_t input, double *out);

/* The shape that an input of rank 1 describes, in dims; those that it does not tell are unknown. */
bool vs__shape_known(const vs__inference *op, size_t input, int64_t *dims, vs_shape *out);

/* What is known of the variable behind a resource handle (a VarHandleOp, perhaps through Identity). */
typedef struct vs__handle {
    vs_shape shape; /* dims in `dims`; of unknown rank when nothing is known */
    vs_dtype dtype; /* VS_DTYPE_NONE: nothing is known */
    int64_t dims[VS_MAX_RANK];
} vs__handle;

void vs__handle_of(const vs__output *output, vs__handle *out);

/* ---- the rules, by the file that has them ---- */

vs__rule vs__rule_same, vs__rule_scalars, vs__rule_shape_attr;
vs__rule vs__rule_broadcast, vs__rule_matmul, vs__rule_batch_matmul, vs__rule_reduce, vs__rule_add_n, vs__rule_merge,
    vs__rule_select, vs__rule_select_v2, vs__rule_range, vs__rule_arg, vs__rule_lin_space,
    vs__rule_unsorted_segment, vs__rule_multinomial, vs__rule_stateless_random, vs__rule_random_int;
vs__rule vs__rule_const, vs__rule_shape, vs__rule_shape_input, vs__rule_fill, vs__rule_reshape,
    vs__rule_transpose, vs__rule_expand_dims, vs__rule_squeeze, vs__rule_tile, vs__rule_broadcast_to,
    vs__rule_pad, vs__rule_reverse_v2, vs__rule_identity_n, vs__rule_ensure_shape, vs__rule_where,
    vs__rule_placeholder_with_default;
vs__rule vs__rule_pack, vs__rule_unpack, vs__rule_concat, vs__rule_concat_v2, vs__rule_split,
    vs__rule_split_v, vs__rule_slice, vs__rule_strided_slice, vs__rule_gather, vs__rule_gather_v2,
    vs__rule_gather_nd, vs__rule_one_hot;
vs__rule vs__rule_diag_part, vs__rule_matrix_diag_v3, vs__rule_matrix_set_diag, vs__rule_matrix_set_diag_v3,
    vs__rule_matrix_diag_part, vs__rule_matrix_diag_part_v3, vs__rule_qr;
vs__rule vs__rule_conv2d, vs__rule_depthwise_conv2d, vs__rule_conv2d_backprop_input, vs__rule_pool,
    vs__rule_bias_add, vs__rule_fused_batch_norm, vs__rule_resize, vs__rule_top_k, vs__rule_cross_entropy;
vs__rule vs__rule_assign, vs__rule_merge_both, vs__rule_var_handle, vs__rule_read_variable,
    vs__rule_assign_variable, vs__rule_variable_shape;

#endif
