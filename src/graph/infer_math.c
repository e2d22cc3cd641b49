/* Shape rules of arithmetic, products of matrices and reductions (math_ops.cc). */
#include "infer_rules.h"

#include <math.h>

/* ---- elementwise ---- */

/* Equal and NotEqual may compare shapes that do not fit, when that is asked for. */
static bool may_not_fit(const vs__inference *op)
{
    uint32_t index = vs__op_def_index(op->def);
    return (index == VS__OP_Equal || index == VS__OP_NotEqual) && !vs__attr_int(op, "incompatible_shape_error");
}

/* A dimension of the longer shape's rank; 1 where the shape is shorter. */
static int64_t padded_dim(vs_shape shape, uint32_t i, uint32_t rank)
{
    return i + shape.rank < rank ? 1 : shape.dims[i + shape.rank - rank];
}

/* Shapes that do not fit give a scalar; where they may not fit, nothing is known (BroadcastBinaryOpOutputShapeFnHelper). */
static bool broadcast_if_it_fits(vs__inference *op)
{
    vs_shape x = vs__in(op, 0), y = vs__in(op, 1);
    if (!vs__is_ranked(x) || !vs__is_ranked(y))
        return true;
    uint32_t rank = x.rank > y.rank ? x.rank : y.rank;
    int64_t dims[VS_MAX_RANK];
    for (uint32_t i = 0; i < rank; i++) {
        int64_t a = padded_dim(x, i, rank), b = padded_dim(y, i, rank);
        if (a == b || b == 1)
            dims[i] = a;
        else if (a == 1)
            dims[i] = b;
        else if (a < 0 || b < 0)
            return true;
        else
            return vs__set_dims(op, 0, dims, 0);
    }
    return vs__set_dims(op, 0, dims, rank);
}

bool vs__rule_broadcast(vs__inference *op)
{
    const vs__blob *x = op->inputs[0]->shape, *y = op->inputs[1]->shape;
    if (x == y || (x && y && y->size == 0))
        return vs__set_same(op, 0, 0);
    if (may_not_fit(op))
        return broadcast_if_it_fits(op);
    int64_t dims[VS_MAX_RANK];
    vs_shape out;
    if (!vs__shapes_broadcast(op, vs__in(op, 0), vs__in(op, 1), dims, &out))
        return false;
    return vs__set(op, 0, out);
}

bool vs__rule_add_n(vs__inference *op)
{
    int64_t dims[VS_MAX_RANK];
    vs_shape merged = vs__in(op, op->n_inputs - 1);
    for (size_t i = op->n_inputs - 1; i-- > 0;)
        if (!vs__shapes_merge(op, vs__in(op, i), merged, dims, &merged))
            return false;
    return vs__set(op, 0, merged);
}

/* What all inputs have in common, as any of them may come. */
bool vs__rule_merge(vs__inference *op)
{
    int64_t dims[VS_MAX_RANK];
    vs_shape common = vs__in(op, 0);
    for (size_t i = 0; i < op->n_inputs && vs__is_ranked(common); i++) {
        vs_shape shape = vs__in(op, i);
        if (!vs__is_ranked(shape) || shape.rank != common.rank) {
            common = VS_UNKNOWN_SHAPE;
            break;
        }
        for (uint32_t d = 0; d < shape.rank; d++)
            dims[d] = shape.dims[d] == common.dims[d] ? shape.dims[d] : -1;
        common.dims = dims;
    }
    return vs__set(op, 0, common) && vs__set(op, 1, (vs_shape){VS_SHAPE_RANKED, 0, NULL});
}

/* Both choices of one shape, and the condition too, or else a scalar, or a vector that chooses rows. */
bool vs__rule_select(vs__inference *op)
{
    int64_t dims[VS_MAX_RANK], more[VS_MAX_RANK];
    vs_shape cond = vs__in(op, 0), data;
    if (!vs__shapes_merge(op, vs__in(op, 1), vs__in(op, 2), dims, &data))
        return false;
    if (!vs__is_ranked(cond) || !vs__is_ranked(data) || cond.rank == 0)
        return vs__set(op, 0, data);
    int64_t unused;
    if (cond.rank == 1 && data.rank == 0)
        return vs__refuse(op, "a condition of rank 1 cannot choose from scalars");
    if (cond.rank == 1 ? !vs__dims_merge(op, cond.dims[0], data.dims[0], &unused)
                       : !vs__shapes_merge(op, data, cond, more, &data))
        return false;
    return vs__set(op, 0, data);
}

bool vs__rule_select_v2(vs__inference *op)
{
    int64_t dims[VS_MAX_RANK], more[VS_MAX_RANK];
    vs_shape data, out;
    return vs__shapes_broadcast(op, vs__in(op, 1), vs__in(op, 2), dims, &data) &&
           vs__shapes_broadcast(op, data, vs__in(op, 0), more, &out) && vs__set(op, 0, out);
}

/* ---- products of matrices ---- */

bool vs__rule_matmul(vs__inference *op)
{
    if (!vs__rank_is(op, 0, 2) || !vs__rank_is(op, 1, 2))
        return false;
    vs_shape a = vs__in(op, 0), b = vs__in(op, 1);
    bool transpose_a = vs__attr_int(op, "transpose_a") != 0,
         transpose_b = vs__attr_int(op, "transpose_b") != 0;
    int64_t inner, dims[2] = {vs__dim(a, transpose_a), vs__dim(b, !transpose_b)};
    return vs__dims_merge(op, vs__dim(a, !transpose_a), vs__dim(b, transpose_b), &inner) &&
           vs__set_dims(op, 0, dims, 2);
}

/* BatchMatMulV2 broadcasts the batch dims, BatchMatMul wants them equal. */
bool vs__rule_batch_matmul(vs__inference *op)
{
    if (!vs__rank_at_least(op, 0, 2) || !vs__rank_at_least(op, 1, 2))
        return false;
    vs_shape a = vs__in(op, 0), b = vs__in(op, 1), batch;
    bool adj_x = vs__attr_int(op, "adj_x") != 0, adj_y = vs__attr_int(op, "adj_y") != 0;
    int64_t inner, dims[VS_MAX_RANK];
    bool merges = vs__op_def_index(op->def) == VS__OP_BatchMatMul;
    if (!vs__dims_merge(op, vs__dim(a, adj_x ? -2 : -1), vs__dim(b, adj_y ? -1 : -2), &inner) ||
        !(merges ? vs__shapes_merge : vs__shapes_broadcast)(op, vs__part(a, 0, -2), vs__part(b, 0, -2), dims,
                                                            &batch))
        return false;
    vs__joined out;
    vs__join_start(&out);
    vs__join(&out, batch);
    vs__join_dim(&out, vs__dim(a, adj_x ? -1 : -2));
    vs__join_dim(&out, vs__dim(b, adj_y ? -2 : -1));
    return vs__set_joined(op, 0, &out);
}

/* ---- reductions ---- */

/* Mark the dims that are reduced. */
static bool read_axes(const vs__inference *op, const vs__known *axes, uint32_t rank, bool *reduced)
{
    for (size_t i = 0; i < axes->count; i++) {
        int64_t axis = axes->at[i];
        if (axis < -(int64_t)rank || axis >= rank)
            return vs__refuse(op, "there is no dimension %lld to reduce in an input of rank %u",
                              (long long)axis, rank);
        reduced[axis < 0 ? axis + rank : axis] = true;
    }
    return true;
}

bool vs__rule_reduce(vs__inference *op)
{
    vs_shape input = vs__in(op, 0);
    bool keep = vs__attr_int(op, "keep_dims") != 0, reduced[VS_MAX_RANK] = {false};
    vs__known axes;
    if (!vs__rank_at_most(op, 1, 1) || !vs__values_known(op, 1, &axes))
        return false;
    if (!vs__is_ranked(input) || !axes.is_known)
        return vs__is_ranked(input) && keep ? vs__set_unknown_dims(op, 0, input.rank) : true;
    if (!read_axes(op, &axes, input.rank, reduced))
        return false;
    int64_t dims[VS_MAX_RANK];
    uint32_t rank = 0;
    for (uint32_t i = 0; i < input.rank; i++)
        if (!reduced[i] || keep)
            dims[rank++] = reduced[i] ? 1 : input.dims[i];
    return vs__set_dims(op, 0, dims, rank);
}

/* ArgMax, ArgMin. */
bool vs__rule_arg(vs__inference *op)
{
    vs_shape input = vs__in(op, 0);
    if (!vs__rank_is(op, 1, 0))
        return false;
    if (!vs__is_ranked(input))
        return true;
    if (input.rank <= 1)
        return vs__set_scalar(op, 0);
    bool known;
    int64_t axis;
    if (!vs__scalar_known(op, 1, &known, &axis))
        return false;
    if (!known)
        return vs__set_unknown_dims(op, 0, input.rank - 1);
    if (axis < -(int64_t)input.rank || axis >= input.rank)
        return vs__refuse(op, "there is no dimension %lld in an input of rank %u", (long long)axis,
                          input.rank);
    axis += axis < 0 ? input.rank : 0;
    vs__joined out;
    vs__join_start(&out);
    vs__join(&out, vs__part(input, 0, axis));
    vs__join(&out, vs__part(input, axis + 1, VS__END));
    return vs__set_joined(op, 0, &out);
}

/* ---- sequences ---- */

static bool range_of_ints(vs__inference *op)
{
    bool known[3];
    int64_t at[3], size = -1;
    for (size_t i = 0; i < 3; i++)
        if (!vs__scalar_known(op, i, &known[i], &at[i]))
            return false;
    if (known[0] && known[1] && known[2]) {
        if (at[2] == 0)
            return vs__refuse(op, "delta must not be 0");
        if (at[2] > 0 ? at[0] > at[1] : at[0] < at[1])
            return vs__refuse(op, "start %lld is beyond limit %lld", (long long)at[0], (long long)at[1]);
        uint64_t distance = at[2] > 0 ? (uint64_t)at[1] - (uint64_t)at[0] : (uint64_t)at[0] - (uint64_t)at[1];
        uint64_t step = at[2] > 0 ? (uint64_t)at[2] : 0 - (uint64_t)at[2];
        uint64_t steps = distance / step + (distance % step != 0);
        if (steps > INT64_MAX)
            return vs__refuse(op, "the range has more than 2^63 - 1 elements");
        size = (int64_t)steps;
    }
    return vs__set_dims(op, 0, &size, 1);
}

static bool range_of_reals(vs__inference *op, bool narrow)
{
    double at[3];
    int64_t size = -1;
    if (vs__real_known(op, 0, &at[0]) && vs__real_known(op, 1, &at[1]) && vs__real_known(op, 2, &at[2])) {
        if (at[2] == 0)
            return vs__refuse(op, "delta must not be 0");
        if (at[2] > 0 ? at[0] > at[1] : at[0] < at[1])
            return vs__refuse(op, "start %g is beyond limit %g", at[0], at[1]);
        double steps = (at[1] - at[0]) / at[2];
        if (narrow) {
            float distance = (float)at[1] - (float)at[0];
            steps = (double)(distance / (float)at[2]);
        }
        steps = ceil(fabs(steps));
        if (!(steps < 9223372036854775808.0))
            return vs__refuse(op, "the range of %g elements is too large", steps);
        size = (int64_t)steps;
    }
    return vs__set_dims(op, 0, &size, 1);
}

bool vs__rule_range(vs__inference *op)
{
    if (!vs__rank_is(op, 0, 0) || !vs__rank_is(op, 1, 0) || !vs__rank_is(op, 2, 0))
        return false;
    vs_dtype dtype = vs_dtype_base((vs_dtype)op->inputs[0]->dtype);
    if (dtype == VS_INT32 || dtype == VS_INT64)
        return range_of_ints(op);
    return range_of_reals(op, dtype == VS_FLOAT32);
}

bool vs__rule_lin_space(vs__inference *op)
{
    bool known;
    int64_t size;
    if (!vs__rank_is(op, 0, 0) || !vs__rank_is(op, 1, 0) || !vs__rank_is(op, 2, 0) ||
        !vs__scalar_known(op, 2, &known, &size))
        return false;
    if (!known)
        size = -1;
    else if (size <= 0)
        return vs__refuse(op, "num must be positive, but is %lld", (long long)size);
    return vs__set_dims(op, 0, &size, 1);
}

/* ---- segments, samples ---- */

/* segment_ids has the leading dims of data, which become one of num_segments. */
bool vs__rule_unsorted_segment(vs__inference *op)
{
    vs_shape data = vs__in(op, 0), ids = vs__in(op, 1);
    bool known;
    int64_t segments, dim;
    if (!vs__rank_is(op, 2, 0))
        return false;
    if (!vs__is_ranked(ids))
        return true;
    if (!vs__rank_at_least(op, 0, ids.rank))
        return false;
    for (uint32_t i = 0; i < ids.rank; i++)
        if (!vs__dims_merge(op, vs__dim(data, i), ids.dims[i], &dim))
            return false;
    if (!vs__scalar_known(op, 2, &known, &segments))
        return false;
    if (known && segments < 0)
        return vs__refuse(op, "num_segments must be at least 0, but is %lld", (long long)segments);
    vs__joined out;
    vs__join_start(&out);
    vs__join_dim(&out, known ? segments : -1);
    vs__join(&out, vs__part(data, ids.rank, VS__END));
    return vs__set_joined(op, 0, &out);
}

bool vs__rule_multinomial(vs__inference *op)
{
    bool known;
    int64_t samples;
    if (!vs__rank_is(op, 0, 2) || !vs__rank_is(op, 1, 0) || !vs__scalar_known(op, 1, &known, &samples))
        return false;
    if (known && samples < 0)
        return vs__refuse(op, "num_samples must be at least 0, but is %lld", (long long)samples);
    int64_t dims[2] = {vs__dim(vs__in(op, 0), 0), known ? samples : -1};
    return vs__set_dims(op, 0, dims, 2);
}

/* The first input is the shape, the second a seed of two numbers. */
bool vs__rule_stateless_random(vs__inference *op)
{
    int64_t two;
    return vs__rank_is(op, 1, 1) && vs__dims_merge(op, vs__dim(vs__in(op, 1), 0), 2, &two) &&
           vs__rule_shape_input(op);
}

/* The same, with or without a seed, and at the end the least number and the one above all. */
bool vs__rule_random_int(vs__inference *op)
{
    size_t last = op->n_inputs - 1;
    return vs__rank_is(op, last - 1, 0) && vs__rank_is(op, last, 0) &&
           (last == 2 ? vs__rule_shape_input(op) : vs__rule_stateless_random(op));
}
