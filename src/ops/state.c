/* Assignment (state_ops.py, resource_variable_ops.py). */
#include <string.h>

#include <varscope/placement.h>

#include "operands.h"
#include "tensor_proto.h"
#include "variable.h"

/* An update of a variable: Assign, AssignAdd, AssignSub. */
typedef struct update {
    vs__builder *builder;
    const vs_assign_args *args;
    const char *what;           /* "assign", for messages */
    uint32_t ref_op;
    uint32_t resource_op;
    bool adds;                  /* or subtracts: what was there counts */
    bool of_slice;              /* through the method of a slice, which locks only when told to */
} update;

static vs_tensor update_ref(const update *of, vs_tensor ref, vs_tensor value)
{
    bool locks = of->args->use_locking != VS_FALSE;
    if (of->adds || of->of_slice)
        locks = of->args->use_locking == VS_TRUE;
    const vs__application change = {
        .op = of->ref_op, .name = of->args->name, .inputs = {ref, value},
        .attrs = {VS__ATTR_OF_INT("use_locking", locks),
                  VS__ATTR_OF_INT(of->adds ? NULL : "validate_shape", of->args->validate_shape != VS_FALSE)}};
    return vs__apply(of->builder, &change);
}

static bool check_shapes(vs__builder *builder, const vs_variable *variable, vs_tensor value)
{
    char wanted[128], found[128];
    vs_shape shape = vs__blob_shape(variable->shape), given = vs_tensor_shape(value);
    if (vs_shape_is_compatible(shape, given))
        return true;
    vs_shape_format(shape, wanted, sizeof wanted);
    vs_shape_format(given, found, sizeof found);
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "variable %s has shape %s: a value of shape %s cannot be assigned to it", variable->name,
                    wanted, found);
}

static const vs_operation *make_update(const update *of, const vs_variable *variable, vs_tensor given)
{
    vs__builder *builder = of->builder;
    const vs__output *output;
    if (!vs__convert(builder, given, "Const", (vs_dtype)variable->dtype, VS_DTYPE_NONE, false, &output))
        return NULL;
    vs_tensor value = vs__tensor_of(output);
    if (!of->adds && !check_shapes(builder, variable, value))
        return NULL;
    bool validate = variable->validate_shape && vs_shape_is_fully_defined(vs__blob_shape(variable->shape));
    const vs__application change = {.op = of->resource_op, .name = of->args->name,
                                    .inputs = {vs__tensor_of(variable->variable), value},
                                    .attrs = {VS__ATTR_OF_INT(of->adds ? NULL : "validate_shape", validate)}};
    return vs__apply_node(builder, &change);
}

/* The same, when what was there counts: after the cached copy of it was read (_assign_dependencies). */
static const vs_operation *make_ordered_update(const update *of, const vs_variable *variable, vs_tensor given)
{
    if (!of->adds || !variable->cached)
        return make_update(of, variable, given);
    vs_tensor waits[] = {vs__tensor_of(variable->cached)};
    vs_frame frame = vs_enter_control_dependencies(waits, 1, of->builder->call);
    const vs_operation *node = frame.context ? make_update(of, variable, given) : NULL;
    vs_leave(frame);
    return node;
}

/* The variable as it is after an assignment: each use reads it anew, waiting for that (_UnreadVariable). */
static const vs_variable *variable_after(vs__builder *builder, const vs_variable *variable,
                                         const vs_operation *assign)
{
    char name[512];
    vs_variable *after = vs__arena_allocate(&builder->arena, sizeof *after);
    size_t length = vs__name_format(&assign->name, name, sizeof name);
    char *kept = vs__arena_bytes(&builder->arena, length + 1);
    if (!after || !kept) {
        vs__fail_memory(builder->error, builder->call);
        return NULL;
    }
    vs__name_format(&assign->name, kept, length + 1);
    memset(after, 0, sizeof *after);
    after->graph = variable->graph;
    after->name = kept;
    after->shape = variable->shape;
    after->kind = VS_RESOURCE_VARIABLE;
    after->dtype = variable->dtype;
    after->variable = variable->variable;
    after->validate_shape = true; /* whatever the variable's: as TensorFlow */
    after->after = assign;
    return after;
}

/* The update, a read that waits for it, and the variable as it then is. */
static vs_tensor update_handle(const update *of, const vs_variable *variable, vs_tensor given)
{
    vs__builder *builder = of->builder;
    const vs_operation *change = make_ordered_update(of, variable, given);
    const vs_variable *after = change ? variable_after(builder, variable, change) : NULL;
    vs_tensor waits[] = {vs_operation_as_tensor(change)};
    vs_frame frame = after ? vs_enter_control_dependencies(waits, 1, builder->call) : (vs_frame){NULL, 0};
    if (!frame.context)
        return VS__NO_TENSOR;
    const vs__application read = {.op = VS__OP_ReadVariableOp, .inputs = {vs__tensor_of(variable->variable)},
                                  .attrs = {VS__ATTR_OF_INT("dtype", variable->dtype)}};
    vs_tensor value = vs__apply(builder, &read);
    vs_leave(frame);
    return vs_tensor_is_null(value) ? VS__NO_TENSOR : vs_value(after);
}

/* All of it waits for the assignment that the variable comes from, if it comes from one. */
static vs_tensor update_resource(const update *of, const vs_variable *variable, vs_tensor value)
{
    if (!variable->after)
        return update_handle(of, variable, value);
    vs_tensor waits[] = {vs_operation_as_tensor(variable->after)};
    vs_frame frame = vs_enter_control_dependencies(waits, 1, of->builder->call);
    vs_tensor after = frame.context ? update_handle(of, variable, value) : VS__NO_TENSOR;
    vs_leave(frame);
    return after;
}

/* ---- partitioned variables: a value for each slice (PartitionedVariable._apply_assign_fn) ---- */

static vs_tensor fail(const update *of, const char *message)
{
    vs__fail(of->builder->error, VS_INVALID_ARGUMENT, of->builder->call, "%s: %s", of->what, message);
    return VS__NO_TENSOR;
}

static bool fail_number(const update *of, const vs_variable *variable, size_t found)
{
    return vs__fail(of->builder->error, VS_INVALID_ARGUMENT, of->builder->call,
                    "%s: variable %s has %zu slices, but there are %zu values", of->what, variable->name,
                    variable->n_slices, found);
}

/* A list is one of values, one a slice: its rows. literals: room for as many. */
static bool rows_of_list(const update *of, const vs_variable *variable, const vs_literal *list, vs_literal *literals,
                         vs_tensor *values)
{
    if ((size_t)list->dims[0] != variable->n_slices)
        return fail_number(of, variable, (size_t)list->dims[0]);
    size_t row = vs__literal_element_size(list->kind);
    for (uint32_t i = 1; i < list->rank; i++)
        row *= (size_t)list->dims[i];
    for (size_t i = 0; i < variable->n_slices; i++) {
        literals[i] = (vs_literal){list->kind, list->rank - 1, list->dims + 1, (const char *)list->data + i * row};
        values[i] = vs_literal_tensor(&literals[i]);
    }
    return true;
}

/* Anything else is cut along the dimension that the variable is cut along. sizes: room for one a slice. */
static bool cut_value(const update *of, const vs_variable *variable, int64_t *sizes, vs_tensor *values)
{
    vs_shape shape = vs__blob_shape(variable->shape);
    uint32_t axis = 0;
    for (uint32_t i = 0; i < shape.rank; i++)
        axis = variable->partitions[i] > 1 ? i : axis;
    int64_t count = (int64_t)variable->n_slices;
    for (size_t i = 0; i < variable->n_slices; i++)
        sizes[i] = vs__blob_shape(variable->slices[i]->shape).dims[axis];
    const vs_literal list = {VS_LITERAL_INTS, 1, &count, sizes};
    const vs_split_args split = {
        .call = {(uint32_t)sizeof split, of->args->call.line, of->args->call.file, of->args->call.function},
        .value = of->args->value, .sizes = vs_literal_tensor(&list), .axis = vs_int(axis), .outputs = values,
        .room = variable->n_slices};
    bool done = vs_split_with(&split) != 0;
    of->builder->call = &of->args->call; /* again, as split ends here */
    return done;
}

static bool values_of_slices(const update *of, const vs_variable *variable, vs_literal *literals, vs_tensor *values)
{
    vs_tensor value = of->args->value;
    const vs_variable *other = value.kind == VS__TENSOR_VARIABLE ? value.of.pointer : NULL;
    if (other && other->kind == VS_PARTITIONED_VARIABLE) {
        if (other->n_slices < variable->n_slices)
            return fail_number(of, variable, other->n_slices);
        for (size_t i = 0; i < variable->n_slices; i++)
            values[i] = vs_value(other->slices[i]);
        return true;
    }
    if (value.kind == VS__TENSOR_LIST) {
        if (value.count != variable->n_slices)
            return fail_number(of, variable, value.count);
        memcpy(values, value.of.pointer, variable->n_slices * sizeof *values);
        return true;
    }
    const vs_literal *list = value.kind == VS__TENSOR_LITERAL ? value.of.pointer : NULL;
    if (list && list->rank)
        return rows_of_list(of, variable, list, literals, values);
    return cut_value(of, variable, (int64_t *)literals, values);
}

static vs_tensor update_slices(const update *of, const vs_variable *variable)
{
    const vs_assign_args *args = of->args;
    size_t n = variable->n_slices, size = n * (sizeof(vs_literal) + sizeof(vs_tensor));
    if (!args->outputs || args->room < n)
        return fail(of, "a partitioned variable gives a result for each slice: there must be room for them in .outputs");
    vs_literal *literals = vs__allocate(size);
    if (!literals) {
        vs__fail_memory(of->builder->error, of->builder->call);
        return VS__NO_TENSOR;
    }
    vs_tensor *values = (vs_tensor *)(literals + n);
    bool done = values_of_slices(of, variable, literals, values);
    for (size_t i = 0; i < n && done; i++) {
        const vs_variable *slice = variable->slices[i];
        args->outputs[i] = slice->kind == VS_RESOURCE_VARIABLE ? update_resource(of, slice, values[i])
                                                               : update_ref(of, vs_value(slice), values[i]);
        done = !vs_tensor_is_null(args->outputs[i]);
    }
    vs__release(literals, size);
    return done ? args->outputs[0] : VS__NO_TENSOR;
}

/* ---- all kinds ---- */

static vs_tensor update_any(const update *of)
{
    vs_tensor ref = of->args->ref;
    const vs_variable *variable = ref.kind == VS__TENSOR_VARIABLE ? ref.of.pointer : NULL;
    vs_variable_kind kind = variable ? vs_variable_kind_of(variable) : 0;
    if (kind == VS_REF_VARIABLE || (ref.kind == VS__TENSOR_OUTPUT && vs_tensor_dtype(ref) > VS_DTYPE_REF))
        return update_ref(of, ref, of->args->value);
    if (kind == VS_RESOURCE_VARIABLE)
        return update_resource(of, variable, of->args->value);
    if (kind == VS_PARTITIONED_VARIABLE) {
        update slices = *of;
        slices.of_slice = true;
        return update_slices(&slices, variable);
    }
    return fail(of, "only a variable can be assigned to");
}

static vs_tensor start(const vs_assign_args *given, update of)
{
    VS__ARGUMENTS(vs_assign_args, args, given);
    for (size_t i = 0; args->outputs && i < args->room; i++)
        args->outputs[i] = VS__NO_TENSOR;
    vs__state *state = vs__enter_call(&args->call);
    if (!state || !vs__tensor_check(&state->builder, args->ref, "the variable to assign to"))
        return VS__NO_TENSOR;
    of.builder = &state->builder;
    of.args = args;
    return update_any(&of);
}

vs_tensor vs_assign_with(const vs_assign_args *args)
{
    return start(args, (update){.what = "assign", .ref_op = VS__OP_Assign, .resource_op = VS__OP_AssignVariableOp});
}

vs_tensor vs_assign_add_with(const vs_assign_args *args)
{
    return start(args, (update){.what = "assign_add", .ref_op = VS__OP_AssignAdd,
                                .resource_op = VS__OP_AssignAddVariableOp, .adds = true});
}

vs_tensor vs_assign_sub_with(const vs_assign_args *args)
{
    return start(args, (update){.what = "assign_sub", .ref_op = VS__OP_AssignSub,
                                .resource_op = VS__OP_AssignSubVariableOp, .adds = true});
}

vs_tensor vs_is_variable_initialized_with(const vs_is_variable_initialized_args *given)
{
    VS__ARGUMENTS(vs_is_variable_initialized_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state || !vs__tensor_check(&state->builder, args->ref, "the variable to ask about"))
        return VS__NO_TENSOR;
    const vs_variable *variable = args->ref.kind == VS__TENSOR_VARIABLE ? args->ref.of.pointer : NULL;
    bool is_resource = vs_variable_kind_of(variable) == VS_RESOURCE_VARIABLE;
    if (vs_variable_kind_of(variable) == VS_PARTITIONED_VARIABLE || (!variable && vs_tensor_dtype(args->ref) < VS_DTYPE_REF)) {
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, &args->call,
                 "is_variable_initialized: only a variable that is not partitioned can be asked about");
        return VS__NO_TENSOR;
    }
    const vs__application check = {.op = is_resource ? VS__OP_VarIsInitializedOp : VS__OP_IsVariableInitialized,
                                   .name = args->name,
                                   .inputs = {is_resource ? vs__tensor_of(variable->variable) : args->ref}};
    return vs__apply(&state->builder, &check);
}
