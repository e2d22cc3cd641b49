/* Reductions and sums (math_ops.py). */
#include <string.h>

#include "operands.h"

/* All axes of what has some: a Const. To Python a literal has no shape: they are computed in the graph. */
static vs_tensor all_axes(vs__builder *builder, vs_tensor input)
{
    vs_shape shape = vs_tensor_shape(input);
    if (shape.kind != VS_SHAPE_RANKED || shape.rank == 0) {
        vs_tensor rank = vs__rank_of(builder, input, NULL);
        return vs_tensor_is_null(rank) ? rank
                                       : vs__range(builder, vs_int(0), rank, vs_int(1), VS_DTYPE_NONE, NULL);
    }
    int64_t axes[VS_MAX_RANK];
    for (uint32_t i = 0; i < shape.rank; i++)
        axes[i] = i;
    return vs__constant_ints(builder, axes, shape.rank, VS_INT32, "Const");
}

/* A reduction with a shape that is said instead of inferred. */
static vs_tensor emit_scalar(vs__builder *builder, uint32_t op, vs__op_scope *scope, const vs__output *input,
                             const vs__output *axes)
{
    const vs__op_def *def = vs__op_def_at(op);
    vs__attr_value attrs[VS__MOST_ATTRS];
    memset(attrs, 0, def->n_attrs * sizeof *attrs);
    int type = vs__op_attr_find(def, "T", 1); /* All and Any have none */
    if (type >= 0)
        attrs[type] = (vs__attr_value){.is_set = true, .integer = vs_dtype_base((vs_dtype)input->dtype)};
    attrs[vs__op_attr_find(def, "Tidx", 4)] = (vs__attr_value){.is_set = true, .integer = axes->dtype};
    if (!vs__attrs_complete(builder, def, attrs))
        return VS__NO_TENSOR;
    bool failed = false, is_ref[2] = {false, false}, name_used;
    const vs__blob *shape = vs__intern_shape(builder, VS_SCALAR, &failed);
    const vs__blob *interned = failed ? NULL : vs__attrs_intern(builder, def, attrs);
    uint16_t dtype = vs_dtype_base((vs_dtype)input->dtype);
    const vs__output *inputs[] = {input, axes};
    const vs__node_parts parts = {
        .def = def, .attrs = interned, .inputs = inputs, .n_inputs = 2, .dtypes = &dtype, .shapes = &shape,
        .n_outputs = 1, .is_ref = is_ref, .scope = scope, .name_used = &name_used};
    return vs__operation_tensor(interned ? vs__emit(builder, &parts) : NULL);
}

/* A reduction over all axes of an unknown number is known to give a scalar, though inference cannot tell. */
static vs_tensor reduce_to_scalar(vs__builder *builder, const vs_reduce_args *args, uint32_t op, vs_tensor axes)
{
    vs__op_scope scope;
    vs_tensor input = args->input_tensor;
    const vs__op_def *def = vs__op_def_at(op);
    bool plain = vs__is_plain(builder, input);
    vs_dtype dtype = op == VS__OP_All || op == VS__OP_Any ? VS_BOOL : VS_DTYPE_NONE;
    const char *name = args->name && *args->name ? args->name : NULL;
    if (!vs__op_scope_open(builder, name, vs__op_name(def), &scope) ||
        (!plain && !vs__op_scope_enter(builder, &scope)))
        return VS__NO_TENSOR;
    bool converted = vs__operand(builder, &input, "input", dtype, VS_DTYPE_NONE);
    if (!plain)
        vs__op_scope_leave(builder, &scope);
    return converted ? emit_scalar(builder, op, &scope, input.of.pointer, axes.of.pointer) : VS__NO_TENSOR;
}

static vs_tensor reduce(const vs_reduce_args *args, uint32_t op)
{
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    vs_tensor axis = args->axis;
    if (vs_tensor_is_null(axis)) {
        axis = all_axes(builder, args->input_tensor);
        if (vs_tensor_is_null(axis))
            return VS__NO_TENSOR;
        if (!args->keepdims && vs_tensor_shape(args->input_tensor).kind == VS_SHAPE_UNKNOWN)
            return reduce_to_scalar(builder, args, op, axis);
    }
    const vs__application reduction = {.op = op, .name = args->name, .inputs = {args->input_tensor, axis},
                                       .attrs = {VS__ATTR_OF_INT("keep_dims", args->keepdims)}};
    return vs__apply(builder, &reduction);
}

#define REDUCTION(name, op)                                                                                   \
    vs_tensor vs_##name##_with(const vs_reduce_args *given)                                                   \
    {                                                                                                         \
        VS__ARGUMENTS(vs_reduce_args, args, given);                                                           \
        return reduce(args, VS__OP_##op);                                                                     \
    }

REDUCTION(reduce_sum, Sum)
REDUCTION(reduce_mean, Mean)
REDUCTION(reduce_max, Max)
REDUCTION(reduce_min, Min)
REDUCTION(reduce_prod, Prod)
REDUCTION(reduce_all, All)
REDUCTION(reduce_any, Any)

/* ---- sums of many ---- */

/* Convert all, in the current scope and each by itself. */
static bool convert_terms(vs__builder *builder, const vs_tensor *given, size_t count, vs_tensor *out)
{
    for (size_t i = 0; i < count; i++) {
        const vs__output *output;
        if (!vs__convert(builder, given[i], "Const", VS_DTYPE_NONE, VS_DTYPE_NONE, false, &output))
            return false;
        out[i] = vs__tensor_of(output);
    }
    return true;
}

static vs_tensor sum_terms(vs__builder *builder, const vs_tensor *terms, size_t count, const char *name)
{
    if (count > 1) {
        const vs__application sum = {.op = VS__OP_AddN, .name = name, .list = terms, .n_list = count};
        return vs__apply(builder, &sum);
    }
    const vs__application identity = {.op = VS__OP_Identity, .name = name, .inputs = {terms[0]}};
    return name && *name ? vs__apply(builder, &identity) : terms[0];
}

vs_tensor vs_add_n_with(const vs_add_n_args *given)
{
    VS__ARGUMENTS(vs_add_n_args, args, given);
    enum { FEW = 16 };
    vs_tensor few[FEW], *terms = few;
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    vs__builder *builder = &state->builder;
    if (!args->inputs || !args->count) {
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "add_n: at least one input is needed");
        return VS__NO_TENSOR;
    }
    size_t size = args->count * sizeof *terms;
    if (args->count > FEW && !(terms = vs__allocate(size))) {
        vs__fail_memory(builder->error, builder->call);
        return VS__NO_TENSOR;
    }
    vs_tensor sum = VS__NO_TENSOR;
    if (convert_terms(builder, args->inputs, args->count, terms))
        sum = sum_terms(builder, terms, args->count, args->name);
    if (terms != few)
        vs__release(terms, size);
    return sum;
}
