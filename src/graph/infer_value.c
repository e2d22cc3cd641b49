/* Values that are known while the graph is built: the evaluator. */
#include "infer_value.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "shapes.h"
#include "tensor_proto.h"
#include "wire.h"

enum { MOST_RANK = 8 };

bool vs__value_refuse(vs__workspace *work, const char *format, int64_t number)
{
    if (!work->quiet)
        vs__refuse(work->op, format, (long long)number);
    work->failed = true;
    return false;
}

/* ---- attributes of nodes that are there already ---- */

int64_t vs__node_int(const vs_operation *node, const char *name)
{
    size_t size;
    const uint8_t *bytes = vs__node_attr(node, name, &size);
    vs__wire_reader reader = vs__wire_read(bytes, bytes ? size : 0);
    return vs__wire_next(&reader) ? (int64_t)reader.value : 0;
}

/* The tensor of a Const: its TensorProto. */
static const uint8_t *node_tensor(const vs_operation *node, size_t *size_out)
{
    size_t size;
    const uint8_t *bytes = vs__node_attr(node, "value", &size);
    vs__wire_reader reader = vs__wire_read(bytes, bytes ? size : 0);
    bool found = vs__wire_next(&reader);
    *size_out = found ? reader.size : 0;
    return found ? reader.data : NULL;
}

/* ---- elements ---- */

/* What an element is after arithmetic in its type. */
static int64_t wrap(uint64_t bits, vs_dtype dtype)
{
    return dtype == VS_INT32 ? (int32_t)(uint32_t)bits : (int64_t)bits;
}

/* A place for the value of an output, whose static shape says how large it is. */
static bool reserve(vs__workspace *work, const vs__output *output, vs__value *out)
{
    out->shape = vs__blob_shape(output->shape);
    out->dtype = vs_dtype_base((vs_dtype)output->dtype);
    int64_t count = vs_shape_num_elements(out->shape);
    size_t room = sizeof work->at / sizeof *work->at - work->used;
    if (!vs__is_index_type(out->dtype) || count < 0 || (uint64_t)count > room || out->shape.rank > MOST_RANK)
        return false;
    out->count = (size_t)count;
    out->at = work->at + work->used;
    work->used += out->count;
    return true;
}

/* The index into a tensor that is broadcast to `shape`, of the element at `flat` there. */
static size_t broadcast_index(vs_shape shape, size_t flat, vs_shape from)
{
    size_t index = 0, stride = 1;
    for (uint32_t i = 0; i < from.rank; i++) {
        size_t dim = (size_t)shape.dims[shape.rank - 1 - i];
        size_t own = (size_t)from.dims[from.rank - 1 - i];
        index += own == 1 ? 0 : flat % dim * stride;
        flat /= dim;
        stride *= own;
    }
    return index;
}

/* The number of elements inside one step of a dimension. */
static size_t inner_size(vs_shape shape, uint32_t axis)
{
    size_t size = 1;
    for (uint32_t i = axis + 1; i < shape.rank; i++)
        size *= (size_t)shape.dims[i];
    return size;
}

static bool axis_of(int64_t axis, uint32_t rank, uint32_t *out)
{
    if (axis < 0)
        axis += rank;
    *out = (uint32_t)axis;
    return axis >= 0 && axis < rank;
}

/* ---- ops ---- */

static bool eval_input(vs__workspace *work, const vs__output *output, uint32_t i, vs__value *out)
{
    return vs__evaluate(work, vs__node_input(vs__output_node(output), i), out);
}

static bool eval_const(vs__workspace *work, const vs__output *output, vs__value *out)
{
    size_t size;
    const uint8_t *proto = node_tensor(vs__output_node(output), &size);
    return reserve(work, output, out) && proto &&
           vs__tensor_proto_ints(proto, size, out->at, out->count) == (int64_t)out->count;
}

/* clang-format off */
/* false: division by zero, which leaves the value unknown. */
static bool binary(uint32_t op, int64_t a, int64_t b, vs_dtype dtype, int64_t *out)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    bool divides = b != 0 && !(b == -1 && a == INT64_MIN);
    int64_t quotient = divides ? a / b : 0; /* towards 0 */
    int64_t down = quotient - (divides && a % b != 0 && (a < 0) != (b < 0));
    switch (op) {
    case VS__OP_Add: case VS__OP_AddV2: *out = wrap(x + y, dtype); return true;
    case VS__OP_Sub: *out = wrap(x - y, dtype); return true;
    case VS__OP_Mul: *out = wrap(x * y, dtype); return true;
    case VS__OP_Maximum: *out = a > b ? a : b; return true;
    case VS__OP_Minimum: *out = a < b ? a : b; return true;
    case VS__OP_FloorDiv: *out = wrap((uint64_t)down, dtype); return divides;
    case VS__OP_FloorMod: *out = wrap(x - y * (uint64_t)down, dtype); return divides;
    case VS__OP_Div: case VS__OP_TruncateDiv: *out = wrap((uint64_t)quotient, dtype); return divides;
    case VS__OP_Mod: case VS__OP_TruncateMod: *out = wrap(x - y * (uint64_t)quotient, dtype); return divides;
    default: return false;
    }
}
/* clang-format on */

static bool eval_binary(vs__workspace *work, const vs__output *output, vs__value *out)
{
    vs__value x, y;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &x) || !eval_input(work, output, 1, &y))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        int64_t a = x.at[broadcast_index(out->shape, i, x.shape)];
        int64_t b = y.at[broadcast_index(out->shape, i, y.shape)];
        if (!binary(vs__output_node(output)->op, a, b, out->dtype, &out->at[i]))
            return false;
    }
    return true;
}

static int64_t unary(uint32_t op, int64_t x, vs_dtype dtype)
{
    switch (op) {
    case VS__OP_Neg:
        return wrap(0 - (uint64_t)x, dtype);
    case VS__OP_Abs:
        return x < 0 ? wrap(0 - (uint64_t)x, dtype) : x;
    case VS__OP_Square:
        return wrap((uint64_t)x * (uint64_t)x, dtype);
    case VS__OP_Sign:
        return (x > 0) - (x < 0);
    case VS__OP_Relu:
        return x < 0 ? 0 : x;
    case VS__OP_ZerosLike:
        return 0;
    case VS__OP_OnesLike:
        return 1;
    default:
        return wrap((uint64_t)x, dtype); /* the same elements, perhaps in another type or shape */
    }
}

static bool eval_unary(vs__workspace *work, const vs__output *output, vs__value *out)
{
    vs__value x;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &x) || x.count != out->count)
        return false;
    for (size_t i = 0; i < out->count; i++)
        out->at[i] = unary(vs__output_node(output)->op, x.at[i], out->dtype);
    return true;
}

/* ExpandDims, Reshape: the second input must be known too, though the shape tells all. */
static bool eval_reshape(vs__workspace *work, const vs__output *output, vs__value *out)
{
    vs__value unused;
    return eval_unary(work, output, out) && eval_input(work, output, 1, &unused);
}

static bool eval_pack(vs__workspace *work, const vs__output *output, vs__value *out)
{
    const vs_operation *node = vs__output_node(output);
    uint32_t axis;
    if (!reserve(work, output, out) || !axis_of(vs__node_int(node, "axis"), out->shape.rank, &axis))
        return false;
    size_t inner = inner_size(out->shape, axis), n = node->n_inputs;
    for (uint32_t k = 0; k < n; k++) {
        vs__value part;
        size_t used = work->used;
        if (!eval_input(work, output, k, &part) || part.count * n != out->count)
            return false;
        for (size_t i = 0; i < part.count; i++)
            out->at[(i / inner * n + k) * inner + i % inner] = part.at[i];
        work->used = used;
    }
    return true;
}

static bool eval_unpack(vs__workspace *work, const vs__output *output, vs__value *out)
{
    const vs_operation *node = vs__output_node(output);
    vs__value whole;
    uint32_t axis;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &whole) ||
        !axis_of(vs__node_int(node, "axis"), whole.shape.rank, &axis))
        return false;
    size_t inner = inner_size(whole.shape, axis), n = node->n_outputs;
    for (size_t i = 0; i < out->count; i++)
        out->at[i] = whole.at[(i / inner * n + output->index) * inner + i % inner];
    return true;
}

static bool eval_concat(vs__workspace *work, const vs__output *output, vs__value *out)
{
    const vs_operation *node = vs__output_node(output);
    bool is_v2 = node->op == VS__OP_ConcatV2;
    vs__value axis_value, part;
    uint32_t axis;
    if (!reserve(work, output, out) ||
        !eval_input(work, output, is_v2 ? node->n_inputs - 1 : 0, &axis_value) || !axis_value.count ||
        !axis_of(axis_value.at[0], out->shape.rank, &axis))
        return false;
    size_t row = (size_t)out->shape.dims[axis] * inner_size(out->shape, axis), offset = 0;
    for (uint32_t k = is_v2 ? 0 : 1; k < node->n_inputs - (is_v2 ? 1 : 0); k++) {
        size_t used = work->used;
        if (!eval_input(work, output, k, &part) || part.shape.rank != out->shape.rank)
            return false;
        size_t part_row = (size_t)part.shape.dims[axis] * inner_size(part.shape, axis);
        for (size_t i = 0; i < part.count; i++)
            out->at[i / part_row * row + offset + i % part_row] = part.at[i];
        offset += part_row;
        work->used = used;
    }
    return true;
}

static bool eval_gather(vs__workspace *work, const vs__output *output, vs__value *out)
{
    const vs_operation *node = vs__output_node(output);
    vs__value params, indices, axis_value = {.count = 0};
    uint32_t axis = 0;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &params) ||
        !eval_input(work, output, 1, &indices))
        return false;
    if (node->n_inputs > 2 &&
        (!eval_input(work, output, 2, &axis_value) || vs__node_int(node, "batch_dims") != 0))
        return false;
    if (!axis_of(axis_value.count ? axis_value.at[0] : 0, params.shape.rank, &axis))
        return false;
    size_t inner = inner_size(params.shape, axis), dim = (size_t)params.shape.dims[axis];
    for (size_t i = 0; i < out->count; i++) {
        int64_t index = indices.at[i / inner % indices.count];
        if (index < 0 || (uint64_t)index >= dim)
            return false;
        out->at[i] = params.at[(i / inner / indices.count * dim + (size_t)index) * inner + i % inner];
    }
    return true;
}

static bool eval_range(vs__workspace *work, const vs__output *output, vs__value *out)
{
    vs__value start, limit, delta;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &start) ||
        !eval_input(work, output, 1, &limit) || !eval_input(work, output, 2, &delta) || !start.count ||
        !delta.count)
        return false;
    uint64_t next = (uint64_t)start.at[0];
    for (size_t i = 0; i < out->count; i++, next += (uint64_t)delta.at[0])
        out->at[i] = wrap(next, out->dtype);
    return true;
}

static bool eval_fill(vs__workspace *work, const vs__output *output, vs__value *out)
{
    vs__value dims, element;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &dims) ||
        !eval_input(work, output, 1, &element) || !element.count)
        return false;
    for (size_t i = 0; i < out->count; i++)
        out->at[i] = element.at[0];
    return true;
}

static bool eval_broadcast_to(vs__workspace *work, const vs__output *output, vs__value *out)
{
    vs__value from, shape;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &from) ||
        !eval_input(work, output, 1, &shape))
        return false;
    for (size_t i = 0; i < out->count; i++)
        out->at[i] = from.at[broadcast_index(out->shape, i, from.shape)];
    return true;
}

static bool eval_tile(vs__workspace *work, const vs__output *output, vs__value *out)
{
    vs__value from, multiples;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &from) ||
        !eval_input(work, output, 1, &multiples) || from.shape.rank != out->shape.rank)
        return false;
    for (size_t i = 0; i < out->count; i++) {
        size_t flat = i, index = 0, stride = 1;
        for (uint32_t d = out->shape.rank; d-- > 0;) {
            size_t own = (size_t)from.shape.dims[d];
            index += flat % (size_t)out->shape.dims[d] % own * stride;
            flat /= (size_t)out->shape.dims[d];
            stride *= own;
        }
        out->at[i] = from.at[index];
    }
    return true;
}

/* ---- reductions ---- */

static int64_t reduce_start(uint32_t op, vs_dtype dtype)
{
    bool narrow = dtype == VS_INT32;
    switch (op) {
    case VS__OP_Prod:
        return 1;
    case VS__OP_Max:
        return narrow ? INT32_MIN : INT64_MIN;
    case VS__OP_Min:
        return narrow ? INT32_MAX : INT64_MAX;
    default:
        return 0;
    }
}

static int64_t reduce_step(uint32_t op, int64_t total, int64_t x, vs_dtype dtype)
{
    switch (op) {
    case VS__OP_Prod:
        return wrap((uint64_t)total * (uint64_t)x, dtype);
    case VS__OP_Max:
        return x > total ? x : total;
    case VS__OP_Min:
        return x < total ? x : total;
    default:
        return wrap((uint64_t)total + (uint64_t)x, dtype);
    }
}

static bool eval_reduce(vs__workspace *work, const vs__output *output, vs__value *out)
{
    uint32_t op = vs__output_node(output)->op, axis;
    vs__value x, axes;
    bool reduced[MOST_RANK] = {false};
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &x) ||
        !eval_input(work, output, 1, &axes))
        return false;
    for (size_t i = 0; i < axes.count; i++) {
        if (!axis_of(axes.at[i], x.shape.rank, &axis) || reduced[axis]) /* the kernel refuses an axis given twice */
            return false;
        reduced[axis] = true;
    }
    for (size_t i = 0; i < out->count; i++)
        out->at[i] = reduce_start(op, out->dtype);
    for (size_t i = 0; i < x.count; i++) {
        size_t flat = i, index = 0, stride = 1;
        for (uint32_t d = x.shape.rank; d-- > 0;) {
            size_t dim = (size_t)x.shape.dims[d];
            if (!reduced[d]) {
                index += flat % dim * stride;
                stride *= dim;
            }
            flat /= dim;
        }
        out->at[index] = reduce_step(op, out->at[index], x.at[i], out->dtype);
    }
    return true;
}

/* ---- slices of vectors ---- */

static bool eval_slice(vs__workspace *work, const vs__output *output, vs__value *out)
{
    vs__value from, begin, size;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &from) ||
        !eval_input(work, output, 1, &begin) || !eval_input(work, output, 2, &size) || from.shape.rank != 1 ||
        begin.count != 1)
        return false;
    if (begin.at[0] < 0 || (uint64_t)begin.at[0] > from.count ||
        out->count > from.count - (size_t)begin.at[0])
        return false;
    if (out->count)
        memcpy(out->at, from.at + begin.at[0], out->count * sizeof *out->at);
    return true;
}

static int64_t slice_bound(int64_t index, bool masked, int64_t count, int64_t stride, bool is_end)
{
    int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? count : count - 1;
    if (masked)
        return (stride > 0) == is_end ? high : low;
    if (index < 0)
        index += count;
    return index < low ? low : index > high ? high : index;
}

/* A slice with one range or index, of a vector. */
static bool eval_strided_slice(vs__workspace *work, const vs__output *output, vs__value *out)
{
    const vs_operation *node = vs__output_node(output);
    vs__value from, begin, end, stride;
    if (!reserve(work, output, out) || !eval_input(work, output, 0, &from) ||
        !eval_input(work, output, 1, &begin) || !eval_input(work, output, 2, &end) ||
        !eval_input(work, output, 3, &stride))
        return false;
    if (from.shape.rank != 1 || begin.count != 1 || stride.count != 1 || !stride.at[0] ||
        vs__node_int(node, "ellipsis_mask") & 1 || vs__node_int(node, "new_axis_mask") & 1)
        return false;
    int64_t count = (int64_t)from.count, step = stride.at[0];
    int64_t first = begin.at[0];
    if (vs__node_int(node, "shrink_axis_mask") & 1)
        first += first < 0 ? count : 0;
    else
        first = slice_bound(first, vs__node_int(node, "begin_mask") & 1, count, step, false);
    for (size_t i = 0; i < out->count; i++) {
        if (first < 0 || first >= count)
            return false;
        out->at[i] = from.at[first];
        first = (int64_t)((uint64_t)first + (uint64_t)step);
    }
    return true;
}

/* ---- what shapes tell (TryInferFromShapes) ---- */

static bool fits(vs__workspace *work, const vs__value *out)
{
    for (size_t i = 0; out->dtype == VS_INT32 && i < out->count; i++)
        if (out->at[i] >= INT32_MAX)
            return vs__value_refuse(work, "the dimension %lld does not fit in int32", out->at[i]);
    return true;
}

/* Shape, Rank and Size of an input whose shape is known. */
static bool eval_from_shape(vs__workspace *work, const vs__output *output, vs__value *out)
{
    const vs_operation *node = vs__output_node(output);
    vs_shape shape = vs__blob_shape(vs__node_input(node, 0)->shape);
    if (!vs__is_ranked(shape) || (node->op != VS__OP_Rank && !vs_shape_is_fully_defined(shape)) ||
        !reserve(work, output, out))
        return false;
    if (node->op == VS__OP_Shape) {
        for (uint32_t i = 0; i < shape.rank; i++)
            out->at[i] = shape.dims[i];
    } else {
        out->at[0] = node->op == VS__OP_Rank ? shape.rank : vs_shape_num_elements(shape);
        if (out->at[0] < 0)
            return false;
    }
    return fits(work, out);
}

/* One dim of a shape whose others need not be known: tf.shape(x)[i], tf.unstack(tf.shape(x))[i]. */
static bool eval_one_dim(vs__workspace *work, const vs__output *output, vs__value *out)
{
    const vs_operation *node = vs__output_node(output);
    const vs__output *from = vs__node_input(node, 0);
    vs_shape shape = vs__blob_shape(vs__node_input(vs__output_node(from), 0)->shape);
    int64_t index = output->index;
    if (node->op == VS__OP_StridedSlice) {
        const vs__output *begin = vs__node_input(node, 1);
        size_t size = 0;
        const uint8_t *proto =
            vs__is_op(begin, VS__OP_Const) ? node_tensor(vs__output_node(begin), &size) : NULL;
        if (vs__node_int(node, "begin_mask") || vs__node_int(node, "end_mask") ||
            vs__node_int(node, "ellipsis_mask") || vs__node_int(node, "new_axis_mask") ||
            vs__node_int(node, "shrink_axis_mask") != 1 || !proto ||
            vs__tensor_proto_ints(proto, size, &index, 1) != 1)
            return false;
    } else if (vs__node_int(node, "axis") != 0) {
        return false;
    }
    if (!vs__is_ranked(shape) || index < -(int64_t)shape.rank || index >= shape.rank ||
        vs__dim(shape, index) < 0)
        return false;
    out->shape = VS_SCALAR; /* whatever the static shape: as TensorFlow */
    out->dtype = vs_dtype_base((vs_dtype)output->dtype);
    if (!vs__is_index_type(out->dtype) || work->used == sizeof work->at / sizeof *work->at)
        return false;
    out->count = 1;
    out->at = work->at + work->used++;
    out->at[0] = vs__dim(shape, index);
    return fits(work, out);
}

/* ---- the evaluator ---- */

/* clang-format off */
static bool evaluate_op(vs__workspace *work, const vs__output *output, vs__value *out)
{
    switch (vs__output_node(output)->op) {
    case VS__OP_Const:
        return eval_const(work, output, out);
    case VS__OP_Shape: case VS__OP_Rank: case VS__OP_Size:
        return eval_from_shape(work, output, out);
    case VS__OP_Identity: case VS__OP_StopGradient: case VS__OP_PreventGradient: case VS__OP_Snapshot:
    case VS__OP_Cast: case VS__OP_Neg: case VS__OP_Abs: case VS__OP_Square: case VS__OP_Sign: case VS__OP_Relu:
    case VS__OP_ZerosLike: case VS__OP_OnesLike: case VS__OP_Squeeze:
        return eval_unary(work, output, out);
    case VS__OP_Add: case VS__OP_AddV2: case VS__OP_Sub: case VS__OP_Mul:
    case VS__OP_Maximum: case VS__OP_Minimum: case VS__OP_FloorDiv: case VS__OP_FloorMod:
    case VS__OP_Div: case VS__OP_TruncateDiv: case VS__OP_Mod: case VS__OP_TruncateMod:
        return eval_binary(work, output, out);
    case VS__OP_Reshape: case VS__OP_ExpandDims:
        return eval_reshape(work, output, out);
    case VS__OP_Pack:
        return eval_pack(work, output, out);
    case VS__OP_Unpack:
        return eval_unpack(work, output, out);
    case VS__OP_Concat: case VS__OP_ConcatV2:
        return eval_concat(work, output, out);
    case VS__OP_Gather: case VS__OP_GatherV2:
        return eval_gather(work, output, out);
    case VS__OP_Range:
        return eval_range(work, output, out);
    case VS__OP_Fill:
        return eval_fill(work, output, out);
    case VS__OP_BroadcastTo:
        return eval_broadcast_to(work, output, out);
    case VS__OP_Tile:
        return eval_tile(work, output, out);
    case VS__OP_Prod: case VS__OP_Sum: case VS__OP_Max: case VS__OP_Min:
        return eval_reduce(work, output, out);
    case VS__OP_Slice:
        return eval_slice(work, output, out);
    case VS__OP_StridedSlice:
        return eval_strided_slice(work, output, out);
    default:
        return false;
    }
}
/* clang-format on */

bool vs__evaluate(vs__workspace *work, const vs__output *output, vs__value *out)
{
    if (work->failed || work->depth == VS__MOST_DEPTH || ++work->steps > VS__MOST_STEPS)
        return false;
    const vs_operation *node = vs__output_node(output);
    size_t used = work->used;
    work->depth++;
    bool slices = node->op == VS__OP_StridedSlice || node->op == VS__OP_Unpack;
    bool known =
        slices && vs__is_op(vs__node_input(node, 0), VS__OP_Shape) && eval_one_dim(work, output, out);
    if (!known && !work->failed) {
        work->used = used;
        known = evaluate_op(work, output, out);
    }
    work->depth--;
    work->used = known ? used + out->count : used; /* the result was reserved first */
    return known;
}

bool vs__peek(vs__workspace *work, const vs__output *output, vs__value *out)
{
    size_t used = work->used;
    bool known = vs__evaluate(work, output, out);
    work->used = used;
    return known;
}

void vs__workspace_start(vs__workspace *work, const vs__inference *op)
{
    work->op = op;
    work->used = 0;
    work->steps = 0;
    work->depth = 0;
    work->failed = false;
    work->quiet = false;
}

bool vs__values_known(const vs__inference *op, size_t input, vs__known *out)
{
    vs__workspace work;
    vs__value found;
    vs__workspace_start(&work, op);
    out->is_known = vs__evaluate(&work, op->inputs[input], &found) && found.count <= VS__MOST_VALUES;
    if (out->is_known) {
        out->rank = found.shape.rank;
        out->count = found.count;
        if (found.count)
            memcpy(out->at, found.at, found.count * sizeof *found.at);
    }
    return !work.failed;
}

bool vs__scalar_known(const vs__inference *op, size_t input, bool *is_known, int64_t *out)
{
    vs__workspace work;
    vs__value found;
    vs__workspace_start(&work, op);
    *is_known = vs__evaluate(&work, op->inputs[input], &found);
    if (*is_known && found.shape.rank)
        return vs__refuse(op, "input %zu must be a scalar, but has rank %u", input, found.shape.rank);
    if (*is_known)
        *out = found.at[0];
    return !work.failed;
}

/* ---- floating point scalars ---- */

/* The single element of a float32 or float64 TensorProto. */
static bool proto_real(const uint8_t *proto, size_t size, double *out)
{
    uint64_t dtype = 0;
    vs__wire_reader reader = vs__wire_read(proto, size);
    while (vs__wire_next(&reader)) {
        if (reader.field == 1)
            dtype = reader.value;
        if (reader.field != 4 && reader.field != 5 && reader.field != 6)
            continue;
        float narrow;
        if (dtype == VS_FLOAT32 && reader.size == sizeof narrow) {
            memcpy(&narrow, reader.data, sizeof narrow);
            *out = (double)narrow;
            return true;
        }
        if (dtype == VS_FLOAT64 && reader.size == sizeof *out) {
            memcpy(out, reader.data, sizeof *out);
            return true;
        }
    }
    return false;
}

bool vs__real_known(const vs__inference *op, size_t input, double *out)
{
    const vs__output *output = op->inputs[input];
    const vs_operation *node = vs__output_node(output);
    size_t size;
    if (node->op == VS__OP_Const) {
        const uint8_t *proto = node_tensor(node, &size);
        return proto && proto_real(proto, size, out);
    }
    vs__workspace work;
    vs__value found;
    vs__workspace_start(&work, op);
    vs_dtype dtype = vs_dtype_base((vs_dtype)output->dtype);
    if (node->op != VS__OP_Cast || !vs__evaluate(&work, vs__node_input(node, 0), &found) || found.count != 1)
        return false;
    *out = dtype == VS_FLOAT32 ? (double)(float)found.at[0] : (double)found.at[0];
    return dtype == VS_FLOAT32 || dtype == VS_FLOAT64;
}
