/* Parts of tensors: by subscripts, indices and conditions (array_ops.py, tensor_getitem_override.py). */
#include <string.h>

#include "dtypes.h"
#include "operands.h"
#include "variable.h"

/* ---- subscripts ---- */

enum { MOST_SUBSCRIPTS = 31 }; /* the masks are ints with a sign */

/* The subscripts of a call, as three lists and masks. */
typedef struct slicing {
    vs_tensor begin[MOST_SUBSCRIPTS];
    vs_tensor end[MOST_SUBSCRIPTS];
    vs_tensor strides[MOST_SUBSCRIPTS];
    size_t count;
    int32_t begin_mask;
    int32_t end_mask;
    int32_t ellipsis_mask;
    int32_t new_axis_mask;
    int32_t shrink_axis_mask;
} slicing;

static bool is_tensor(vs_tensor tensor)
{
    return tensor.kind == VS__TENSOR_OUTPUT;
}

static bool check_index(vs__builder *builder, vs_tensor index)
{
    vs_dtype dtype = is_tensor(index) ? vs_dtype_base(vs_tensor_dtype(index)) : VS_DTYPE_NONE;
    if (index.kind == VS__TENSOR_INT)
        return true;
    bool is_integer = dtype == VS_INT16 || dtype == VS_INT32 || dtype == VS_INT64;
    vs_shape shape = vs_tensor_shape(index);
    return (is_integer && !(shape.kind == VS_SHAPE_RANKED && shape.rank == 1)) ||
           vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "a subscript must be an int, or a scalar tensor of type int16, int32 or int64");
}

/* A number that stands where nothing was given: a Const when the other ends have a dtype. */
static bool fill_in(vs__builder *builder, int64_t number, vs_dtype dtype, vs_tensor *out)
{
    *out = dtype == VS_DTYPE_NONE
               ? vs_int(number)
               : vs__constant_tensor(builder, vs_int(number), dtype, VS__NO_SHAPE, "Const");
    return !vs_tensor_is_null(*out);
}

/* One end of a slice, or what stands for it. */
static bool take_end(vs__builder *builder, vs_tensor given, int64_t otherwise, vs_dtype dtype, vs_tensor *out)
{
    *out = given;
    return vs_tensor_is_null(given) ? fill_in(builder, otherwise, dtype, out) : check_index(builder, given);
}

/* The dtype that the tensors among the ends have; int64 before int32 before int16. */
static vs_dtype dtype_of_slice(const vs_subscript *subscript)
{
    const vs_tensor ends[] = {subscript->start, subscript->stop, subscript->step};
    vs_dtype dtype = VS_DTYPE_NONE;
    for (int i = 0; i < 3; i++) {
        vs_dtype found = is_tensor(ends[i]) ? vs_dtype_base(vs_tensor_dtype(ends[i])) : VS_DTYPE_NONE;
        if (found == VS_INT64 || (found == VS_INT32 && dtype != VS_INT64) ||
            (found == VS_INT16 && dtype == VS_DTYPE_NONE))
            dtype = found;
    }
    return dtype;
}

static bool add_slice(vs__builder *builder, slicing *slices, size_t i, const vs_subscript *subscript)
{
    vs_dtype dtype = dtype_of_slice(subscript);
    if (vs_tensor_is_null(subscript->start))
        slices->begin_mask |= 1 << i;
    if (vs_tensor_is_null(subscript->stop))
        slices->end_mask |= 1 << i;
    return take_end(builder, subscript->start, 0, dtype, &slices->begin[i]) &&
           take_end(builder, subscript->stop, 0, dtype, &slices->end[i]) &&
           take_end(builder, subscript->step, 1, dtype, &slices->strides[i]);
}

static bool add_index(vs__builder *builder, slicing *slices, size_t i, vs_tensor index)
{
    if (!check_index(builder, index))
        return false;
    slices->shrink_axis_mask |= 1 << i;
    slices->begin[i] = index;
    if (index.kind == VS__TENSOR_INT) {
        slices->end[i] = vs_int(index.of.integer + 1);
        slices->strides[i] = vs_int(1);
        return true;
    }
    vs_dtype dtype = vs_dtype_base(vs_tensor_dtype(index));
    slices->end[i] = vs__operate(builder, VS__OPERATOR_ADD, index, vs_int(1));
    return !vs_tensor_is_null(slices->end[i]) &&
           fill_in(builder, 1, dtype == VS_INT32 ? VS_DTYPE_NONE : dtype, &slices->strides[i]);
}

static bool add_subscript(vs__builder *builder, slicing *slices, size_t i, const vs_subscript *subscript)
{
    slices->begin[i] = slices->end[i] = vs_int(0);
    slices->strides[i] = vs_int(1);
    switch (subscript->kind) {
    case VS_SUBSCRIPT_SLICE:
        return add_slice(builder, slices, i, subscript);
    case VS_SUBSCRIPT_INDEX:
        return add_index(builder, slices, i, subscript->start);
    case VS_SUBSCRIPT_NEW_AXIS:
        slices->new_axis_mask |= 1 << i;
        return true;
    case VS_SUBSCRIPT_ELLIPSIS:
        slices->ellipsis_mask |= 1 << i;
        return true;
    }
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "%d is no kind of subscript",
                    (int)subscript->kind);
}

static bool take_subscripts(vs__builder *builder, const vs_getitem_args *args, slicing *slices)
{
    *slices = (slicing){.count = args->count};
    if (args->count > MOST_SUBSCRIPTS || (args->count && !args->subscripts))
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "getitem takes at most %d subscripts",
                        MOST_SUBSCRIPTS);
    for (size_t i = 0; i < args->count; i++)
        if (!add_subscript(builder, slices, i, &args->subscripts[i]))
            return false;
    return true;
}

/* One of the lists as a tensor; of numbers only, which is the rule, at once. */
static bool stack_one(vs__builder *builder, const vs_tensor *list, size_t count, vs_tensor *out)
{
    int64_t numbers[MOST_SUBSCRIPTS];
    size_t n = 0;
    for (; n < count && list[n].kind == VS__TENSOR_INT; n++)
        numbers[n] = list[n].of.integer;
    if (n == count) {
        *out = vs__constant_ints(builder, numbers, count, VS_DTYPE_NONE, "stack");
        return !vs_tensor_is_null(*out);
    }
    *out = vs_list(list, count);
    return vs__operand(builder, out, "stack", VS_DTYPE_NONE, VS_DTYPE_NONE);
}

/* The three lists as tensors, in the scope of the slice. */
static bool stack_all(vs__builder *builder, slicing *slices, vs_tensor out[3])
{
    const vs_tensor *const lists[] = {slices->begin, slices->end, slices->strides};
    if (!slices->count) {
        const int64_t none = 0;
        out[0] = out[1] = out[2] = vs__constant_ints(builder, &none, 0, VS_INT32, "Const");
        return !vs_tensor_is_null(out[0]);
    }
    bool has_int64 = false;
    for (int i = 0; i < 3; i++) {
        if (!stack_one(builder, lists[i], slices->count, &out[i]))
            return false;
        has_int64 |= vs_tensor_dtype(out[i]) == VS_INT64;
    }
    for (int i = 0; i < 3 && has_int64; i++)
        if (vs_tensor_is_null(out[i] = vs__cast(builder, out[i], VS_INT64)))
            return false;
    return true;
}

vs_tensor vs_getitem_with(const vs_getitem_args *given)
{
    VS__ARGUMENTS(vs_getitem_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    vs__op_scope scope;
    slicing slices;
    vs_tensor tensor = args->tensor, ends[3];
    if (!vs__operand(builder, &tensor, "Const", VS_DTYPE_NONE, VS_DTYPE_NONE) ||
        !take_subscripts(builder, args, &slices) || !vs__function_enter(builder, NULL, "strided_slice", &scope))
        return VS__NO_TENSOR;
    bool stacked = stack_all(builder, &slices, ends);
    vs__op_scope_leave(builder, &scope);
    const vs__application slice = {
        .op = VS__OP_StridedSlice, .scope = &scope, .inputs = {tensor, ends[0], ends[1], ends[2]},
        .attrs = {VS__ATTR_OF_INT("begin_mask", slices.begin_mask), VS__ATTR_OF_INT("end_mask", slices.end_mask),
                  VS__ATTR_OF_INT("ellipsis_mask", slices.ellipsis_mask),
                  VS__ATTR_OF_INT("new_axis_mask", slices.new_axis_mask),
                  VS__ATTR_OF_INT("shrink_axis_mask", slices.shrink_axis_mask)}};
    return stacked ? vs__apply(builder, &slice) : VS__NO_TENSOR;
}

/* ---- indices ---- */

/* Of a resource variable the op that reads no more than it needs. */
static vs_tensor gather_variable(vs__builder *builder, const vs_gather_args *args)
{
    vs__op_scope scope;
    const vs_variable *variable = args->params.of.pointer;
    if (!vs__op_scope_open(builder, args->name, "Gather", &scope))
        return VS__NO_TENSOR;
    const vs__application gather = {
        .op = VS__OP_ResourceGather, .scope = &scope, .inputs = {vs__tensor_of(variable->variable), args->indices},
        .attrs = {VS__ATTR_OF_INT("dtype", variable->dtype)}};
    return vs__apply(builder, &gather);
}

vs_tensor vs_gather_with(const vs_gather_args *given)
{
    VS__ARGUMENTS(vs_gather_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs_tensor axis = vs_tensor_is_null(args->axis) ? vs_int(args->batch_dims) : args->axis;
    bool is_resource = args->params.kind == VS__TENSOR_VARIABLE &&
                       vs_variable_kind_of(args->params.of.pointer) == VS_RESOURCE_VARIABLE;
    if (is_resource && axis.kind == VS__TENSOR_INT && axis.of.integer == 0 && !args->batch_dims)
        return gather_variable(&state->builder, args);
    const vs__application gather = {.op = VS__OP_GatherV2, .name = args->name,
                                    .inputs = {args->params, args->indices, axis},
                                    .attrs = {VS__ATTR_OF_INT("batch_dims", args->batch_dims)}};
    return vs__apply(&state->builder, &gather);
}

/* One of the two values of one_hot; where it is not given, a number of the dtype that was found. */
static bool convert_value(vs__builder *builder, vs_tensor *value, vs_dtype *dtype, const char *name, int64_t otherwise)
{
    if (vs_tensor_is_null(*value)) {
        *value = vs_int(otherwise);
        return vs__operand(builder, value, name, *dtype, VS_DTYPE_NONE);
    }
    return true;
}

/* The values that are given, and the dtype that they agree on. */
static bool convert_values(vs__builder *builder, vs_tensor values[2], vs_dtype dtype)
{
    static const char *const names[] = {"on_value", "off_value"};
    vs_dtype found = dtype;
    for (int i = 0; i < 2; i++)
        if (!vs_tensor_is_null(values[i]) && !vs__operand(builder, &values[i], "Const", VS_DTYPE_NONE, dtype))
            return false;
    for (int i = 0; i < 2; i++) {
        vs_dtype own = vs_dtype_base(vs_tensor_dtype(values[i]));
        if (vs_tensor_is_null(values[i]))
            continue;
        if (found != VS_DTYPE_NONE && own != found)
            return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                            "one_hot: %s has dtype %s, and not %s", names[i], vs_dtype_name(own),
                            vs_dtype_name(found));
        found = own;
    }
    if (found == VS_DTYPE_NONE)
        found = VS_FLOAT32;
    return convert_value(builder, &values[0], &found, names[0], 1) &&
           convert_value(builder, &values[1], &found, names[1], 0);
}

vs_tensor vs_one_hot_with(const vs_one_hot_args *given)
{
    VS__ARGUMENTS(vs_one_hot_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    vs__op_scope scope;
    vs_tensor values[] = {args->on_value, args->off_value};
    if (!state || !vs__function_enter(&state->builder, args->name, "one_hot", &scope))
        return VS__NO_TENSOR;
    bool converted = convert_values(&state->builder, values, vs_dtype_base(args->dtype));
    vs__op_scope_leave(&state->builder, &scope);
    const vs__application one_hot = {
        .op = VS__OP_OneHot, .scope = &scope, .inputs = {args->indices, args->depth, values[0], values[1]},
        .attrs = {VS__ATTR_OF_INT("axis", args->axis.is_set ? args->axis.value : -1)}};
    return converted ? vs__apply(&state->builder, &one_hot) : VS__NO_TENSOR;
}

/* ---- conditions ---- */

/* The indices at which a condition holds. */
static vs_tensor where_true(vs__builder *builder, vs_tensor condition, const char *name)
{
    vs__op_scope scope;
    if (!vs__function_enter(builder, name, "Where", &scope))
        return VS__NO_TENSOR;
    bool converted = vs__operand(builder, &condition, "condition", VS_DTYPE_NONE, VS_BOOL);
    vs__op_scope_leave(builder, &scope);
    const vs__application where = {.op = VS__OP_Where, .scope = &scope, .inputs = {condition}};
    return converted ? vs__apply(builder, &where) : VS__NO_TENSOR;
}

static vs_tensor where(const vs_where_args *args, uint32_t op)
{
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    bool has_x = !vs_tensor_is_null(args->x), has_y = !vs_tensor_is_null(args->y);
    if (!has_x && !has_y)
        return where_true(&state->builder, args->condition, args->name);
    if (!has_x || !has_y)
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, state->builder.call,
                 "where takes both of x and y, or neither");
    const vs__application select = {.op = op, .name = args->name, .inputs = {args->condition, args->x, args->y}};
    return vs__apply(&state->builder, &select);
}

vs_tensor vs_where_with(const vs_where_args *given)
{
    VS__ARGUMENTS(vs_where_args, args, given);
    return where(args, VS__OP_Select);
}

vs_tensor vs_where_v2_with(const vs_where_args *given)
{
    VS__ARGUMENTS(vs_where_args, args, given);
    return where(args, VS__OP_SelectV2);
}

vs_tensor vs_matrix_band_part_with(const vs_matrix_band_part_args *given)
{
    VS__ARGUMENTS(vs_matrix_band_part_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    const vs__application band = {.op = VS__OP_MatrixBandPart, .name = args->name,
                                  .inputs = {args->input, args->num_lower, args->num_upper}};
    return state ? vs__apply(&state->builder, &band) : VS__NO_TENSOR;
}
