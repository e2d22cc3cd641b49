/* Shape rules of tensors that are made and reshaped (array_ops.cc), and what shapes tensors describe. */
#include <string.h>

#include "infer_value.h"

#include "shapes.h"
#include "wire.h"

/* ---- shapes that tensors describe (ShapeRefiner::ConstantPartialShape) ---- */

/* A shape in the making; is_known says whether its rank is. */
typedef struct partial {
    int64_t dims[VS_MAX_RANK];
    uint32_t rank;
    bool is_known;
} partial;

static bool partial_shape(vs__workspace *work, const vs__output *output, partial *out);

static void partial_add(partial *out, int64_t dim)
{
    if (out->rank == VS_MAX_RANK)
        out->is_known = false;
    else
        out->dims[out->rank++] = dim;
}

static void partial_from(partial *out, vs_shape shape)
{
    out->is_known = vs__is_ranked(shape);
    out->rank = 0;
    for (uint32_t i = 0; i < shape.rank; i++)
        partial_add(out, shape.dims[i]);
}

/* As MakeShapeFromTensor: the elements, or as many unknown dims. false: work->failed. */
static bool partial_elements(vs__workspace *work, const vs__output *output, partial *out)
{
    vs__value found;
    bool known = vs__peek(work, output, &found);
    int64_t rank = known ? (int64_t)found.count : vs__dim(vs__blob_shape(output->shape), 0);
    out->is_known = rank >= 0 && rank <= VS_MAX_RANK;
    out->rank = 0;
    for (int64_t i = 0; out->is_known && i < rank; i++) {
        int64_t dim = known ? found.at[i] : -1;
        if (dim < -1)
            return vs__value_refuse(work, "%lld is no dimension of a shape", dim);
        partial_add(out, dim);
    }
    return !work->failed;
}

/* A cast: its elements if they are known, else what is known before the cast. Errors only hide it. */
static bool partial_cast(vs__workspace *work, const vs__output *output, partial *out)
{
    bool quiet = work->quiet;
    vs_dtype dtype = vs_dtype_base((vs_dtype)output->dtype);
    vs__value found;
    work->quiet = true;
    bool done = vs__peek(work, output, &found) && partial_elements(work, output, out);
    if (!done) {
        work->failed = false;
        if (!partial_shape(work, vs__node_input(vs__output_node(output), 0), out))
            out->is_known = false;
        for (uint32_t i = 0; !vs__is_index_type(dtype) && out->is_known && i < out->rank; i++)
            out->dims[i] = -1;
    }
    work->failed = false;
    work->quiet = quiet;
    return true;
}

static bool partial_pack(vs__workspace *work, const vs_operation *node, partial *out)
{
    out->rank = 0;
    out->is_known = true;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        const vs__output *input = vs__node_input(node, i);
        vs__value found;
        bool known = vs__peek(work, input, &found);
        if (work->failed)
            return false;
        if (known ? found.count != 1
                  : vs__is_op(input, VS__OP_Const) && !vs__is_index_type((vs_dtype)input->dtype))
            return vs__value_refuse(work, "a shape cannot be packed of what input %lld is", i);
        partial_add(out, known && found.at[0] >= 0 ? found.at[0] : -1);
    }
    return true;
}

static bool partial_concat(vs__workspace *work, const vs_operation *node, partial *out)
{
    bool is_v2 = node->op == VS__OP_ConcatV2;
    out->rank = 0;
    out->is_known = true;
    for (uint32_t i = is_v2 ? 0 : 1; i < node->n_inputs - (is_v2 ? 1 : 0); i++) {
        partial part;
        if (!partial_shape(work, vs__node_input(node, i), &part))
            return false;
        for (uint32_t k = 0; k < part.rank; k++)
            partial_add(out, part.dims[k]);
        if (!part.is_known || !out->is_known) {
            out->is_known = false;
            return true;
        }
    }
    return true;
}

/* As InferenceContext::Subshape with a stride. */
static bool partial_subshape(vs__workspace *work, const partial *from, int64_t begin, int64_t end,
                             int64_t stride, partial *out)
{
    int64_t rank = from->rank;
    out->rank = 0;
    out->is_known = from->is_known;
    if (!from->is_known)
        return true;
    begin = begin > rank ? rank : begin < 0 ? begin + rank : begin;
    begin -= stride < 0 && begin == rank;
    end = end > rank ? rank : end < 0 ? end + rank : end;
    if (begin < 0 || end < 0)
        return vs__value_refuse(work, "a slice of a shape is out of bounds by %lld", begin < 0 ? begin : end);
    if (stride == 0 || (stride > 0 ? begin > end : begin < end))
        return vs__value_refuse(work, "a slice of a shape begins at %lld, beyond its end", begin);
    while (stride > 0 ? begin < end : begin > end) {
        partial_add(out, from->dims[begin]);
        if (__builtin_add_overflow(begin, stride, &begin))
            break;
    }
    return true;
}

/* An operand of a slice, one element. *is_known: whether it is known; false: work->failed. */
static bool slice_operand(vs__workspace *work, const vs_operation *node, uint32_t i, bool *is_known,
                          int64_t *out)
{
    vs__value found;
    *is_known = vs__peek(work, vs__node_input(node, i), &found) && found.count == 1;
    if (*is_known)
        *out = found.at[0];
    return !work->failed;
}

/* x[begin:end:stride] of what is itself a shape. */
static bool partial_strided_slice(vs__workspace *work, const vs_operation *node, partial *out)
{
    int64_t begin_mask = vs__node_int(node, "begin_mask"), end_mask = vs__node_int(node, "end_mask");
    int64_t begin = 0, end = INT64_MAX, stride = 1;
    bool known = true;
    out->is_known = false;
    for (uint32_t i = 1; i <= 3; i++)
        if (vs__dim(vs__blob_shape(vs__node_input(node, i)->shape), 0) != 1)
            return true;
    if (begin_mask >> 1 || end_mask >> 1 || vs__node_int(node, "ellipsis_mask") ||
        vs__node_int(node, "new_axis_mask") || vs__node_int(node, "shrink_axis_mask"))
        return true;
    if (!begin_mask && (!slice_operand(work, node, 1, &known, &begin) || !known))
        return !work->failed;
    if (!end_mask && (!slice_operand(work, node, 2, &known, &end) || !known))
        return !work->failed;
    if (!slice_operand(work, node, 3, &known, &stride) || !known)
        return !work->failed;
    partial from;
    if (!partial_shape(work, vs__node_input(node, 0), &from))
        return false;
    return partial_subshape(work, &from, begin, end, stride, out);
}

static bool partial_op(vs__workspace *work, const vs__output *output, partial *out)
{
    const vs_operation *node = vs__output_node(output);
    switch (node->op) {
    case VS__OP_Cast:
        return partial_cast(work, output, out);
    case VS__OP_Shape:
    case VS__OP_ShapeN:
        partial_from(out, vs__blob_shape(vs__node_input(node, output->index)->shape));
        return true;
    case VS__OP_Pack:
        return partial_pack(work, node, out);
    case VS__OP_Concat:
    case VS__OP_ConcatV2:
        return partial_concat(work, node, out);
    case VS__OP_StridedSlice:
        return partial_strided_slice(work, node, out);
    case VS__OP_VariableShape: {
        vs__handle handle;
        vs__handle_of(vs__node_input(node, 0), &handle);
        partial_from(out, handle.shape);
        return true;
    }
    default:
        return partial_elements(work, output, out);
    }
}

/* false: work->failed. */
static bool partial_shape(vs__workspace *work, const vs__output *output, partial *out)
{
    vs_shape shape = vs__blob_shape(output->shape);
    out->rank = 0;
    out->is_known = vs__is_ranked(shape) && shape.rank == 1 && shape.dims[0] == 0;
    if (out->is_known || (vs__is_ranked(shape) && shape.rank != 1) || work->depth > VS__MOST_DEPTH - 4)
        return true;
    work->depth += 4; /* its frames are larger than those of evaluation */
    bool done = partial_op(work, output, out);
    work->depth -= 4;
    return done;
}

bool vs__shape_known(const vs__inference *op, size_t input, int64_t *dims, vs_shape *out)
{
    const vs__output *output = op->inputs[input];
    vs__workspace work;
    vs__value found;
    partial shape;
    vs__workspace_start(&work, op);
    /* A slice of a shape may be refused even if its elements are known. */
    uint32_t kind = vs__output_node(output)->op;
    bool slices = kind == VS__OP_StridedSlice || kind == VS__OP_Concat || kind == VS__OP_ConcatV2;
    bool plain = vs__peek(&work, output, &found) && !slices && found.count <= VS_MAX_RANK;
    for (size_t i = 0; plain && i < found.count; i++)
        plain = found.at[i] >= 0; /* others are judged by the op that makes them */
    if (work.failed)
        return false;
    if (plain) {
        memcpy(dims, found.at, found.count * sizeof *dims);
        *out = (vs_shape){VS_SHAPE_RANKED, (uint32_t)found.count, dims};
        return true;
    }
    if (!partial_shape(&work, output, &shape) ||
        (!shape.is_known && !partial_elements(&work, output, &shape)))
        return false;
    *out = shape.is_known ? (vs_shape){VS_SHAPE_RANKED, shape.rank, dims} : VS_UNKNOWN_SHAPE;
    if (shape.is_known)
        memcpy(dims, shape.dims, shape.rank * sizeof *dims);
    return true;
}

/* ---- making tensors ---- */

/* The shape of the TensorProto that is attribute `value`. */
bool vs__rule_const(vs__inference *op)
{
    const vs__attr_value *value = vs__attr(op, "value");
    int64_t dims[VS_MAX_RANK];
    vs_shape shape = VS_SCALAR;
    vs__wire_reader tensor = vs__wire_read(value->data, value->count);
    while (vs__wire_next(&tensor))
        if (tensor.field == 2)
            shape = vs__shape_proto_read(tensor.data, tensor.size, dims);
    return vs__set(op, 0, shape);
}

/* Ops whose first input says the shape of the result. */
bool vs__rule_shape_input(vs__inference *op)
{
    int64_t dims[VS_MAX_RANK];
    vs_shape shape;
    return vs__rank_is(op, 0, 1) && vs__shape_known(op, 0, dims, &shape) && vs__set(op, 0, shape);
}

bool vs__rule_fill(vs__inference *op)
{
    vs__known dims;
    if (!vs__rank_is(op, 0, 1) || !vs__rank_is(op, 1, 0) || !vs__values_known(op, 0, &dims))
        return false;
    for (size_t i = 0; dims.is_known && i < dims.count; i++)
        if (dims.at[i] < 0)
            return vs__refuse(op, "dimensions must be at least 0, but one is %lld", (long long)dims.at[i]);
    return vs__rule_shape_input(op);
}

/* Shape, ShapeN: as long as the rank of the input. */
bool vs__rule_shape(vs__inference *op)
{
    for (size_t i = 0; i < op->n_outputs; i++) {
        int64_t rank = vs__rank(vs__in(op, i));
        if (!vs__set_dims(op, i, &rank, 1))
            return false;
    }
    return true;
}

bool vs__rule_identity_n(vs__inference *op)
{
    for (size_t i = 0; i < op->n_outputs; i++)
        vs__set_same(op, i, i);
    return true;
}

bool vs__rule_ensure_shape(vs__inference *op)
{
    int64_t dims[VS_MAX_RANK];
    vs_shape wanted = vs__attr(op, "shape")->shape, merged;
    if (!vs__is_ranked(wanted) && vs__is_ranked(vs__in(op, 0)))
        return vs__refuse(op, "attribute shape has no rank, but the input has"); /* so in TensorFlow */
    return vs__shape_check(op, wanted) && vs__shapes_merge(op, wanted, vs__in(op, 0), dims, &merged) &&
           vs__set(op, 0, merged);
}

/* The shape is the attribute's, even if the default is more definite. */
bool vs__rule_placeholder_with_default(vs__inference *op)
{
    int64_t dims[VS_MAX_RANK];
    vs_shape shape = vs__attr(op, "shape")->shape, unused;
    return vs__shape_check(op, shape) && vs__shapes_merge(op, vs__in(op, 0), shape, dims, &unused) &&
           vs__set(op, 0, shape);
}

bool vs__rule_where(vs__inference *op)
{
    int64_t dims[2] = {-1, vs__rank(vs__in(op, 0))};
    return vs__set_dims(op, 0, dims, 2);
}

/* ---- reshaping ---- */

/* The elements of a shape, up to a second dim that is unknown. */
typedef struct elements {
    int64_t count;   /* of the known dims; -1: too many to be counted */
    int64_t unknown; /* the dim that is; -1: none */
    bool several;    /* more than one is unknown */
} elements;

static elements count_elements(vs_shape shape)
{
    elements found = {.count = 1, .unknown = -1};
    for (uint32_t i = 0; i < shape.rank; i++)
        if (shape.dims[i] == 0)
            return (elements){.count = 0, .unknown = -1}; /* whatever the other dims are */
    for (uint32_t i = 0; i < shape.rank && !found.several; i++) {
        if (shape.dims[i] >= 0) {
            found.count = vs__size_multiply(found.count, shape.dims[i]);
        } else {
            found.several = found.unknown >= 0;
            found.unknown = i;
        }
    }
    return found;
}

/* Fill in the one unknown dim of `out`, of which dims are in place, from the elements of the input. */
static bool infer_missing(const vs__inference *op, vs_shape in, vs_shape out, int64_t *dims)
{
    elements from = count_elements(in), to = count_elements(out);
    int64_t missing;
    if ((from.unknown >= 0 && from.count < 0) || (to.unknown >= 0 && to.count < 0))
        return vs__refuse(op, "the product of the known dimensions is too large");
    if (from.several || to.several)
        return true;
    if (from.unknown < 0 && to.unknown < 0 && (from.count != to.count || from.count < 0))
        return vs__refuse(op, "cannot reshape a tensor of %lld elements to one of %lld",
                          (long long)from.count, (long long)to.count);
    if (from.unknown >= 0 && to.unknown < 0 && from.count > 1 && to.count < 0)
        return vs__refuse(op, "cannot reshape to a tensor with so many elements");
    if (from.unknown < 0 && to.unknown >= 0 && from.count < 0)
        return vs__refuse(op, "cannot reshape a tensor with so many elements");
    if (from.unknown < 0 && to.unknown >= 0 && to.count > 0)
        return vs__dims_divide(op, from.count, to.count, true, &dims[to.unknown]);
    if (from.unknown >= 0 && to.unknown < 0 && from.count > 0)
        return vs__dims_divide(op, to.count, from.count, true, &missing);
    return true;
}

bool vs__rule_reshape(vs__inference *op)
{
    vs_shape in = vs__in(op, 0), out;
    int64_t dims[VS_MAX_RANK];
    if (!vs__rank_is(op, 1, 1) || !vs__shape_known(op, 1, dims, &out))
        return false;
    if (vs__is_ranked(in) && vs__is_ranked(out) && !infer_missing(op, in, out, dims))
        return false;
    return vs__set(op, 0, out);
}

bool vs__rule_transpose(vs__inference *op)
{
    vs_shape input = vs__in(op, 0), order = vs__in(op, 1);
    int64_t length = vs__is_ranked(order) ? vs_shape_num_elements(order) : -1;
    vs__known perm;
    if (!vs__values_known(op, 1, &perm))
        return false;
    if (!vs__is_ranked(input) && length < 0 && !perm.is_known)
        return true;
    int64_t rank = vs__is_ranked(input) ? (int64_t)input.rank : length >= 0 ? length : (int64_t)perm.count;
    if (!vs__is_ranked(input) && rank < 2)
        return true; /* an order of one may be of a scalar */
    if (!vs__rank_is(op, 1, 1))
        return false;
    if (length >= 0 && length != rank)
        return vs__refuse(op, "perm has %lld elements for an input of rank %lld", (long long)length,
                          (long long)rank);
    if (!perm.is_known || rank > VS_MAX_RANK)
        return vs__set_unknown_dims(op, 0, rank);
    int64_t dims[VS_MAX_RANK];
    for (int64_t i = 0; i < rank; i++) {
        if (perm.at[i] >= rank || perm.at[i] < -rank)
            return vs__refuse(op, "there is no dimension %lld in an input of rank %lld",
                              (long long)perm.at[i], (long long)rank);
        dims[i] = vs__dim(input, perm.at[i]);
    }
    return vs__set_dims(op, 0, dims, rank);
}

bool vs__rule_expand_dims(vs__inference *op)
{
    vs_shape input = vs__in(op, 0);
    vs__known axis;
    if (!vs__values_known(op, 1, &axis))
        return false;
    if (axis.is_known && axis.count != 1)
        return vs__refuse(op, "dim must be a single value");
    if (!axis.is_known || !vs__is_ranked(input))
        return true;
    int64_t at = axis.at[0];
    if (at < -(int64_t)input.rank - 1 || at > input.rank)
        return vs__refuse(op, "there is no place %lld for a dimension in a shape of rank %u", (long long)at,
                          input.rank);
    at += at < 0 ? (int64_t)input.rank + 1 : 0;
    vs__joined out;
    vs__join_start(&out);
    vs__join(&out, vs__part(input, 0, at));
    vs__join_dim(&out, 1);
    vs__join(&out, vs__part(input, at, VS__END));
    return vs__set_joined(op, 0, &out);
}

bool vs__rule_squeeze(vs__inference *op)
{
    vs_shape input = vs__in(op, 0);
    int64_t given[VS_MAX_RANK], dims[VS_MAX_RANK];
    bool squeezed[VS_MAX_RANK] = {false};
    size_t count = vs__attr_ints(op, "squeeze_dims", given, VS_MAX_RANK);
    uint32_t rank = 0;
    if (!vs__is_ranked(input))
        return true;
    for (size_t i = 0; i < count && i < VS_MAX_RANK; i++) {
        if (given[i] < -(int64_t)input.rank || given[i] >= input.rank)
            return vs__refuse(op, "there is no dimension %lld in an input of rank %u", (long long)given[i],
                              input.rank);
        squeezed[given[i] < 0 ? given[i] + input.rank : given[i]] = true;
    }
    for (uint32_t i = 0; i < input.rank; i++) {
        if (input.dims[i] < 0 && count == 0)
            return true; /* it may be 1 and go away */
        if (squeezed[i] && input.dims[i] >= 0 && input.dims[i] != 1)
            return vs__refuse(op, "dimension %u is %lld, not 1, and cannot be squeezed", i,
                              (long long)input.dims[i]);
        if (count ? !squeezed[i] : input.dims[i] != 1)
            dims[rank++] = input.dims[i];
    }
    return vs__set_dims(op, 0, dims, rank);
}

bool vs__rule_reverse_v2(vs__inference *op)
{
    vs_shape input = vs__in(op, 0);
    bool seen[VS_MAX_RANK] = {false};
    vs__known axes;
    if (!vs__rank_is(op, 1, 1))
        return false;
    if (vs__is_ranked(input) && input.rank > 8)
        return vs__refuse(op, "at most 8 dimensions can be reversed, not %u", input.rank);
    if (!vs__values_known(op, 1, &axes))
        return false;
    for (size_t i = 0; axes.is_known && vs__is_ranked(input) && i < axes.count; i++) {
        int64_t axis = axes.at[i] < 0 ? axes.at[i] + input.rank : axes.at[i];
        if (axis < 0 || axis >= input.rank || seen[axis])
            return vs__refuse(op, "axis %lld is out of range, or given twice", (long long)axes.at[i]);
        seen[axis] = true;
    }
    return vs__set_same(op, 0, 0);
}

/* ---- repeating ---- */

bool vs__rule_tile(vs__inference *op)
{
    vs_shape input = vs__in(op, 0), multiples;
    int64_t dims[VS_MAX_RANK];
    if (!vs__rank_is(op, 1, 1) || !vs__shape_known(op, 1, dims, &multiples))
        return false;
    int64_t length = vs__dim(vs__in(op, 1), 0),
            known = vs__is_ranked(multiples) ? (int64_t)multiples.rank : length;
    if (vs__is_ranked(input) &&
        ((length >= 0 && length != input.rank) || (known >= 0 && known != input.rank)))
        return vs__refuse(op, "multiples has %lld elements for an input of rank %u", (long long)known,
                          input.rank);
    if (!vs__is_ranked(multiples) && !vs__is_ranked(input))
        return true;
    int64_t rank = vs__is_ranked(multiples) ? (int64_t)multiples.rank : (int64_t)input.rank;
    for (int64_t i = 0; i < rank; i++)
        if (!vs__dims_multiply(op, vs__dim(input, i), vs__dim(multiples, i), &dims[i]))
            return false;
    return vs__set_dims(op, 0, dims, rank);
}

bool vs__rule_broadcast_to(vs__inference *op)
{
    vs_shape input = vs__in(op, 0), out;
    int64_t dims[VS_MAX_RANK];
    if (!vs__rank_is(op, 1, 1) || !vs__shape_known(op, 1, dims, &out))
        return false;
    if (!vs__is_ranked(out) || !vs__is_ranked(input))
        return vs__set(op, 0, out);
    if (!vs__rank_at_most(op, 0, out.rank))
        return false;
    for (uint32_t i = 0; i < input.rank; i++) {
        int64_t in = input.dims[input.rank - 1 - i], *to = &dims[out.rank - 1 - i];
        if (in > 1 && !vs__dims_merge(op, in, *to, to))
            return false;
    }
    return vs__set(op, 0, out);
}

bool vs__rule_pad(vs__inference *op)
{
    vs_shape input = vs__in(op, 0), paddings = vs__in(op, 1);
    int64_t rank = vs__dim(paddings, 0), unused, dims[VS_MAX_RANK];
    vs__known pads;
    if (!vs__rank_is(op, 1, 2) || !vs__dims_merge(op, vs__dim(paddings, 1), 2, &unused))
        return false;
    if (rank >= 0 ? !vs__rank_is(op, 0, rank) : false)
        return false;
    if (rank < 0 && vs__is_ranked(input))
        rank = input.rank;
    if (!vs__values_known(op, 1, &pads))
        return false;
    if (!pads.is_known || rank > VS_MAX_RANK)
        return rank < 0 || vs__set_unknown_dims(op, 0, rank);
    for (int64_t i = 0; i < rank; i++) {
        int64_t before = pads.at[2 * i], after = pads.at[2 * i + 1], dim = vs__dim(input, i);
        if (before < 0 || after < 0)
            return vs__refuse(op, "paddings must be at least 0");
        dims[i] = dim < 0 ? -1 : (int64_t)((uint64_t)dim + (uint64_t)before + (uint64_t)after);
        if (dim >= 0 && dims[i] < 0)
            return vs__refuse(op, "a dimension of %lld with paddings of %lld and %lld is too large", (long long)dim,
                              (long long)before, (long long)after);
    }
    return vs__set_dims(op, 0, dims, rank);
}
