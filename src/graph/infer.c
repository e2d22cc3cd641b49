/* Shape inference: what the rules share. */
#include "infer.h"

#include <stdio.h>
#include <string.h>

#include "infer_rules.h"
#include "shapes.h"
#include "wire.h"

/* ---- errors and checks ---- */

bool vs__refuse(const vs__inference *op, const char *format, ...)
{
    char buffer[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    return vs__fail(op->builder->error, VS_INVALID_ARGUMENT, op->builder->call, "op %s: %s",
                    vs__op_name(op->def), buffer);
}

/* An input's name: of its argument, where every argument is one tensor. */
static const char *input_name(const vs__inference *op, size_t input)
{
    return op->n_inputs == op->def->n_inputs ? vs__arg_name(vs__op_input(op->def, (unsigned)input)) : "";
}

static bool refuse_rank(const vs__inference *op, size_t input, const char *relation, int64_t rank)
{
    char shape[128];
    vs_shape_format(vs__in(op, input), shape, sizeof shape);
    const char *name = input_name(op, input);
    return vs__refuse(op, "input %zu%s%s has shape %s, but its rank must be %s%lld", input, *name ? " " : "",
                      name, shape, relation, (long long)rank);
}

bool vs__rank_is(const vs__inference *op, size_t input, int64_t rank)
{
    vs_shape shape = vs__in(op, input);
    return !vs__is_ranked(shape) || shape.rank == rank || refuse_rank(op, input, "", rank);
}

bool vs__rank_at_least(const vs__inference *op, size_t input, int64_t rank)
{
    vs_shape shape = vs__in(op, input);
    return !vs__is_ranked(shape) || shape.rank >= rank || refuse_rank(op, input, "at least ", rank);
}

bool vs__rank_at_most(const vs__inference *op, size_t input, int64_t rank)
{
    vs_shape shape = vs__in(op, input);
    return !vs__is_ranked(shape) || shape.rank <= rank || refuse_rank(op, input, "at most ", rank);
}

vs_shape vs__part(vs_shape shape, int64_t begin, int64_t end)
{
    if (!vs__is_ranked(shape))
        return shape;
    int64_t rank = shape.rank;
    if (begin < 0)
        begin += rank;
    if (end < 0)
        end += rank;
    if (end > rank)
        end = rank;
    if (begin > end)
        begin = end;
    if (begin < 0) /* callers have checked the rank */
        begin = 0;
    if (end < begin)
        end = begin;
    return (vs_shape){VS_SHAPE_RANKED, (uint32_t)(end - begin), shape.dims ? shape.dims + begin : NULL};
}

/* ---- attributes ---- */

/* Only few rules look at attributes, so these are filled in when one does. */
static void fill_attrs(vs__inference *op)
{
    vs__attr_value *attrs = op->unfilled;
    op->unfilled = NULL;
    if (op->like) {
        vs__attrs_read_like(op->def, op->like, attrs);
        return;
    }
    for (unsigned i = 0; i < op->def->n_inputs; i++) {
        int type = vs__op_input(op->def, i)->type_attr;
        if (type >= 0)
            attrs[type] = (vs__attr_value){.is_set = true, .integer = vs_dtype_base((vs_dtype)op->inputs[i]->dtype)};
    }
    vs__attrs_read_defaults(op->def, attrs);
}

static const vs__attr_def *attr_def(const vs__inference *op, const char *name, const vs__attr_value **value)
{
    if (op->unfilled)
        fill_attrs((vs__inference *)(uintptr_t)op);
    int i = vs__op_attr_find(op->def, name, strlen(name));
    if (i < 0)
        return NULL;
    *value = &op->attrs[i];
    return vs__op_attr(op->def, (unsigned)i);
}

const vs__attr_value *vs__attr(const vs__inference *op, const char *name)
{
    static const vs__attr_value none;
    const vs__attr_value *value = &none;
    attr_def(op, name, &value);
    return value;
}

int64_t vs__attr_int(const vs__inference *op, const char *name)
{
    return vs__attr(op, name)->integer;
}

bool vs__attr_int32(const vs__inference *op, const char *name, int64_t *out)
{
    *out = vs__attr_int(op, name);
    return (*out >= INT32_MIN && *out <= INT32_MAX) ||
           vs__refuse(op, "attribute %s is %lld, which does not fit in int32", name, (long long)*out);
}

bool vs__attr_is(const vs__inference *op, const char *name, const char *value)
{
    const vs__attr_value *attr = vs__attr(op, name);
    return attr->count == strlen(value) && (!attr->count || memcmp(attr->data, value, attr->count) == 0);
}

/* The ints of an AttrValue { list { i } }. */
static size_t read_ints(const uint8_t *bytes, size_t size, int64_t *out, size_t capacity)
{
    size_t count = 0;
    vs__wire_reader outer = vs__wire_read(bytes, size);
    while (vs__wire_next(&outer)) {
        vs__wire_reader list = vs__wire_read(outer.data, outer.field == 1 ? outer.size : 0);
        while (vs__wire_next(&list)) {
            vs__wire_reader packed = vs__wire_read(list.data, list.size);
            uint64_t value;
            for (; vs__wire_read_varint(&packed, &value); count++)
                if (count < capacity)
                    out[count] = (int64_t)value;
        }
    }
    return count;
}

size_t vs__attr_ints(const vs__inference *op, const char *name, int64_t *out, size_t capacity)
{
    const vs__attr_value *value;
    const vs__attr_def *attr = attr_def(op, name, &value);
    if (!attr)
        return 0;
    if (!value->is_set) {
        size_t size = 0;
        const uint8_t *bytes = op->like           ? vs__node_attr(op->like, name, &size)
                               : attr->has_default ? vs__attr_default(attr, &size) : NULL;
        return bytes ? read_ints(bytes, size, out, capacity) : 0;
    }
    size_t fitting = value->count < capacity ? value->count : capacity;
    if (fitting)
        memcpy(out, value->data, fitting * sizeof *out);
    return value->count;
}

vs_shape vs__shape_proto_read(const uint8_t *data, size_t size, int64_t *dims)
{
    uint32_t rank = 0;
    vs__wire_reader shape = vs__wire_read(data, size);
    while (vs__wire_next(&shape)) {
        if (shape.field == 3 && shape.value)
            return VS_UNKNOWN_SHAPE;
        if (shape.field != 2)
            continue;
        if (rank == VS_MAX_RANK)
            return VS_UNKNOWN_SHAPE;
        dims[rank] = 0;
        vs__wire_reader dim = vs__wire_read(shape.data, shape.size);
        while (vs__wire_next(&dim))
            if (dim.field == 1)
                dims[rank] = (int64_t)dim.value;
        rank++;
    }
    return (vs_shape){VS_SHAPE_RANKED, rank, dims};
}

/* As PartialTensorShape::IsValidShape: the product is looked at up to the first dim that is unknown. */
bool vs__shape_check(const vs__inference *op, vs_shape shape)
{
    int64_t elements = 1;
    if (!vs__shape_is_valid(shape))
        return vs__refuse(op, "attribute shape is no shape");
    for (uint32_t i = 0; i < shape.rank && shape.dims[i] >= 0; i++)
        if (__builtin_mul_overflow(elements, shape.dims[i], &elements))
            return vs__refuse(op, "attribute shape has more than 2^63 - 1 elements");
    return true;
}

/* ---- dims ---- */

bool vs__dims_merge(const vs__inference *op, int64_t a, int64_t b, int64_t *out)
{
    *out = a < 0 ? b : a;
    return a < 0 || b < 0 || a == b ||
           vs__refuse(op, "dimensions must be equal, but are %lld and %lld", (long long)a, (long long)b);
}

bool vs__dims_add(const vs__inference *op, int64_t a, int64_t b, int64_t *out)
{
    *out = -1;
    return a < 0 || b < 0 || !__builtin_add_overflow(a, b, out) ||
           vs__refuse(op, "the sum of the dimensions %lld and %lld is too large", (long long)a, (long long)b);
}

bool vs__dims_subtract(const vs__inference *op, int64_t a, int64_t b, int64_t *out)
{
    *out = b == 0 ? a : -1;
    if (b == 0 || b == -1 || a < 0)
        return true;
    return (a >= b && !__builtin_sub_overflow(a, b, out)) ||
           vs__refuse(op, "negative dimension size caused by subtracting %lld from %lld", (long long)b,
                      (long long)a);
}

bool vs__dims_multiply(const vs__inference *op, int64_t a, int64_t b, int64_t *out)
{
    *out = a == 0 || b == 0 ? 0 : a == 1 ? b : b == 1 ? a : -1;
    if (a < 2 || b < 2)
        return true;
    return !__builtin_mul_overflow(a, b, out) ||
           vs__refuse(op, "the product of the dimensions %lld and %lld is too large", (long long)a,
                      (long long)b);
}

bool vs__dims_divide(const vs__inference *op, int64_t a, int64_t b, bool evenly, int64_t *out)
{
    *out = a;
    if (b == 1 || a < 0)
        return true;
    if (b <= 0)
        return vs__refuse(op, "a divisor must be positive, but is %lld", (long long)b);
    *out = a / b;
    return !evenly || a % b == 0 ||
           vs__refuse(op, "the dimension %lld must be evenly divisible by %lld", (long long)a, (long long)b);
}

static bool refuse_shapes(const vs__inference *op, const char *what, vs_shape a, vs_shape b)
{
    char first[100], second[100];
    vs_shape_format(a, first, sizeof first);
    vs_shape_format(b, second, sizeof second);
    return vs__refuse(op, "%s %s and %s", what, first, second);
}

bool vs__shapes_merge(const vs__inference *op, vs_shape a, vs_shape b, int64_t *dims, vs_shape *out)
{
    *out = vs__is_ranked(a) ? a : b;
    if (!vs__is_ranked(a) || !vs__is_ranked(b) || (a.rank == b.rank && a.dims == b.dims))
        return true;
    if (!vs_shape_is_compatible(a, b))
        return refuse_shapes(op, "shapes must be equal, but are", a, b);
    bool changed = false;
    for (uint32_t i = 0; i < a.rank; i++) {
        changed |= a.dims[i] < 0 && b.dims[i] >= 0;
        dims[i] = a.dims[i] < 0 ? b.dims[i] : a.dims[i];
    }
    if (changed)
        *out = (vs_shape){VS_SHAPE_RANKED, a.rank, dims};
    return true;
}

/*
 * As BroadcastBinaryOpOutputShapeFnHelper: an unknown dim is taken to fit a known one that is above 1. Of 0
 * and an unknown one nothing is known.
 */
static bool broadcast_dim(int64_t x, int64_t y, int64_t *out)
{
    if (x < 0 || y < 0)
        *out = x > 1 ? x : y > 1 ? y : x == 1 ? y : y == 1 ? x : -1;
    else
        *out = x == 1 ? y : x;
    return x < 0 || y < 0 || x == 1 || y == 1 || x == y;
}

bool vs__shapes_broadcast(const vs__inference *op, vs_shape a, vs_shape b, int64_t *dims, vs_shape *out)
{
    *out = VS_UNKNOWN_SHAPE;
    if (!vs__is_ranked(a) || !vs__is_ranked(b))
        return true;
    uint32_t rank = a.rank > b.rank ? a.rank : b.rank;
    for (uint32_t i = 0; i < rank; i++) {
        int64_t x = i < rank - a.rank ? 1 : a.dims[i - (rank - a.rank)];
        int64_t y = i < rank - b.rank ? 1 : b.dims[i - (rank - b.rank)];
        if (!broadcast_dim(x, y, &dims[i]))
            return refuse_shapes(op, "incompatible shapes", a, b);
    }
    *out = (vs_shape){VS_SHAPE_RANKED, rank, dims};
    return true;
}

/* ---- results ---- */

bool vs__set(vs__inference *op, size_t output, vs_shape shape)
{
    op->shapes[output] = NULL;
    if (!vs__is_ranked(shape) || shape.rank > VS_MAX_RANK)
        return true;
    size_t size = shape.rank * sizeof *shape.dims;
    for (size_t i = 0; i < op->n_inputs && i < 4; i++) { /* most shapes are those of an input */
        const vs__blob *blob = op->inputs[i]->shape;
        if (blob && blob->size == size && (!size || memcmp(blob->data, shape.dims, size) == 0)) {
            op->shapes[output] = blob;
            return true;
        }
    }
    bool failed = false;
    op->shapes[output] = vs__intern_shape(op->builder, shape, &failed);
    return !failed;
}

bool vs__set_dims(vs__inference *op, size_t output, const int64_t *dims, int64_t rank)
{
    if (rank > VS_MAX_RANK)
        return vs__set(op, output, VS_UNKNOWN_SHAPE);
    return vs__set(op, output, (vs_shape){VS_SHAPE_RANKED, (uint32_t)rank, dims});
}

bool vs__set_unknown_dims(vs__inference *op, size_t output, int64_t rank)
{
    int64_t dims[VS_MAX_RANK];
    for (int64_t i = 0; i < rank && i < VS_MAX_RANK; i++)
        dims[i] = -1;
    return vs__set_dims(op, output, dims, rank);
}

bool vs__set_all(vs__inference *op, vs_shape shape)
{
    if (op->n_outputs && !vs__set(op, 0, shape))
        return false;
    for (size_t i = 1; i < op->n_outputs; i++)
        op->shapes[i] = op->shapes[0];
    return true;
}

void vs__join(vs__joined *joined, vs_shape part)
{
    if (!vs__is_ranked(part) || part.rank > VS_MAX_RANK - joined->rank) {
        joined->is_unknown = true;
        return;
    }
    if (part.rank)
        memcpy(joined->dims + joined->rank, part.dims, part.rank * sizeof *part.dims);
    joined->rank += part.rank;
}

void vs__join_dim(vs__joined *joined, int64_t dim)
{
    vs__join(joined, (vs_shape){VS_SHAPE_RANKED, 1, &dim});
}

bool vs__set_joined(vs__inference *op, size_t output, const vs__joined *joined)
{
    if (joined->is_unknown)
        return vs__set(op, output, VS_UNKNOWN_SHAPE);
    return vs__set_dims(op, output, joined->dims, joined->rank);
}

/* ---- the simplest rules ---- */

bool vs__rule_same(vs__inference *op)
{
    return vs__set_same(op, 0, 0);
}

bool vs__rule_scalars(vs__inference *op)
{
    return vs__set_all(op, VS_SCALAR);
}

bool vs__rule_shape_attr(vs__inference *op)
{
    vs_shape shape = vs__attr(op, "shape")->shape;
    return vs__shape_check(op, shape) && vs__set(op, 0, shape);
}
