/* Making variables: the nodes that RefVariable and ResourceVariable make, in their order. */
#include "variable.h"

#include <string.h>

#include "apply.h"
#include "initial_value.h"
#include "store.h"

static const vs_tensor null_tensor = {{NULL}, VS__TENSOR_NULL, 0};

/* A variable on its way. */
typedef struct making_state {
    vs__state *state;
    vs__builder *builder;
    const vs__making *making;
    const vs_get_variable_args *args;
    vs__op_scope scope;       /* "foo/v/" */
    const vs__blob *class_of; /* "loc:@foo/v", as groups of a node */
    vs_tensor initial_value;
    vs_tensor start; /* the same without reading other variables */
    vs_shape shape;
} making_state;

bool vs__use_resource(const vs__state *state, vs_tristate use_resource)
{
    if (use_resource != VS_DEFAULT)
        return use_resource == VS_TRUE;
    return atomic_load_explicit(&state->builder.graph->resource_variables, memory_order_relaxed);
}

static bool is_trainable(const vs_get_variable_args *args)
{
    if (args->trainable != VS_DEFAULT)
        return args->trainable == VS_TRUE;
    return args->synchronization != VS_SYNCHRONIZATION_ON_READ;
}

/* "prefix" + the variable's node name + "suffix", as kept text. */
static const vs__blob *name_text(making_state *make, const char *prefix, const char *suffix)
{
    char small[512];
    size_t before = strlen(prefix), after = strlen(suffix);
    size_t length = before + vs__name_format(&make->scope.name, NULL, 0) + after;
    char *text = length < sizeof small ? small : vs__allocate(length + 1);
    if (!text) {
        vs__fail_memory(make->builder->error, make->builder->call);
        return NULL;
    }
    memcpy(text, prefix, before);
    size_t name = vs__name_format(&make->scope.name, text + before, length + 1 - before);
    memcpy(text + before + name, suffix, after + 1);
    const vs__blob *blob = vs__intern_text(make->builder, text, length);
    if (text != small)
        vs__release(text, length + 1);
    return blob;
}

/* The value that the variable starts as, made by its initializer or given; "initial_value" when it is a literal. */
static bool make_value(making_state *make)
{
    const vs__making *making = make->making;
    vs_tensor value = making->value;
    if (vs_tensor_is_null(value) &&
        !vs__initializer_call(make->state, making->initializer, making->initializer_shape, making->initializer_dtype,
                              making->slice ? &making->slice->place : NULL, &value))
        return false;
    const vs__output *output;
    if (!vs__convert(make->builder, value, "initial_value", making->dtype, VS_DTYPE_NONE, false, &output))
        return false;
    make->initial_value = vs__tensor_of(output);
    return true;
}

/* In name scope Initializer, on no device, with every op colocated by its _class. */
static bool make_value_in_scope(making_state *make)
{
    vs__builder *builder = make->builder;
    vs__position before = vs__position_of(make->state);
    builder->class_of = make->class_of;
    builder->device = NULL;
    if (builder->device_level == VS__DEVICE_HIDDEN)
        builder->device_level = VS__DEVICE_INSIDE;
    vs__scope *scope = vs__scope_open(builder, "Initializer");
    bool made = false;
    if (scope) {
        builder->scope = scope;
        made = make_value(make);
    }
    vs__position_restore(make->state, &before);
    return made;
}

/* Variables are initialized in any order: what is assigned reads none. */
static bool make_start(making_state *make)
{
    const vs__output *value = make->initial_value.of.pointer;
    const vs__blob *name = vs__output_node(value)->n_inputs ? name_text(make, "", "") : NULL;
    if (vs__output_node(value)->n_inputs && !name)
        return false;
    value = vs__initial_value_guard(make->builder, name ? vs__blob_text(name) : "", value);
    make->start = vs__tensor_of(value);
    return value != NULL;
}

static bool check_value_shape(making_state *make)
{
    vs_shape found = vs_tensor_shape(make->initial_value);
    bool validate = make->args->validate_shape != VS_FALSE;
    make->shape = make->making->shape;
    if (make->shape.kind == VS_SHAPE_ABSENT)
        make->shape = validate ? found : VS_UNKNOWN_SHAPE;
    return true;
}

/* ---- ref variables ---- */

static vs_tensor make_variable_node(making_state *make, bool in_class)
{
    const vs__application variable = {
        .op = VS__OP_VariableV2, .scope = &make->scope,
        .attrs = {VS__ATTR_OF_SHAPE("shape", make->shape),
                  VS__ATTR_OF_INT("dtype", vs_dtype_base(vs_tensor_dtype(make->initial_value)))}};
    const vs__blob *before = make->builder->class_of;
    if (in_class)
        make->builder->class_of = make->class_of;
    vs_tensor node = vs__apply(make->builder, &variable);
    make->builder->class_of = before;
    return node;
}

static const vs_operation *make_assign(making_state *make, vs_tensor variable)
{
    const vs__application assign = {
        .op = VS__OP_Assign, .inputs = {variable, make->start},
        .attrs = {VS__ATTR_OF_INT("validate_shape", make->args->validate_shape != VS_FALSE)}};
    return vs__apply_node(make->builder, &assign);
}

/* The read: on the caching device, or else where the variable is. */
static vs_tensor make_read(making_state *make, vs_tensor variable)
{
    vs__builder *builder = make->builder;
    const vs__application read = {.op = VS__OP_Identity, .name = "read", .inputs = {variable}};
    vs__position before = vs__position_of(make->state);
    const vs_operation *node = vs_tensor_op(variable);
    const vs__colocation colocation = {builder->colocation, node, node->device};
    bool placed = true;
    if (make->args->caching_device) {
        const vs__blob *device;
        placed = vs__device_enter(builder, make->args->caching_device, &device);
        builder->device = placed ? device : builder->device;
    } else {
        builder->colocation = &colocation;
        builder->device = NULL;
    }
    vs_tensor output = placed ? vs__apply(builder, &read) : null_tensor;
    vs__position_restore(make->state, &before);
    return output;
}

/* What a ref variable refuses that a resource variable does not. */
static bool check_static_shape(making_state *make)
{
    if (make->args->validate_shape == VS_FALSE || vs_shape_is_fully_defined(vs_tensor_shape(make->initial_value)))
        return true;
    char name[256];
    vs__name_format(&make->scope.name, name, sizeof name);
    return vs__fail(make->builder->error, VS_INVALID_ARGUMENT, make->builder->call,
                    "the initial value of variable %s must have a fully defined shape, or pass validate_shape = false",
                    name);
}

static bool make_ref_nodes(making_state *make, vs_variable *out)
{
    bool called = vs_tensor_is_null(make->making->value);
    if (called ? !make_value_in_scope(make) : !make_value(make))
        return false;
    if (!check_value_shape(make))
        return false;
    vs_tensor variable = make_variable_node(make, called);
    if (vs_tensor_is_null(variable) || !check_static_shape(make) || !make_start(make))
        return false;
    out->initializer = make_assign(make, variable);
    vs_tensor read = out->initializer ? make_read(make, variable) : null_tensor;
    if (vs_tensor_is_null(read))
        return false;
    out->kind = VS_REF_VARIABLE;
    out->variable = variable.of.pointer;
    out->snapshot = read.of.pointer;
    return true;
}

/* ---- resource variables ---- */

static vs_tensor make_handle(making_state *make)
{
    const vs__blob *name = name_text(make, "", ""), *debug = name ? name_text(make, "", "/") : NULL;
    if (!debug)
        return null_tensor;
    const vs__application handle = {
        .op = VS__OP_VarHandleOp, .scope = &make->scope,
        .attrs = {VS__ATTR_OF_SHAPE("shape", make->shape),
                  VS__ATTR_OF_INT("dtype", vs_dtype_base(vs_tensor_dtype(make->initial_value))),
                  VS__ATTR_OF_TEXT("shared_name", name->data, name->size),
                  VS__ATTR_OF_TEXT("debug_name", debug->data, debug->size)}};
    const vs__blob *before = make->builder->class_of;
    make->builder->class_of = make->class_of;
    vs_tensor node = vs__apply(make->builder, &handle);
    make->builder->class_of = before;
    return node;
}

static const vs_operation *make_is_initialized(making_state *make, vs_tensor handle)
{
    vs__builder *builder = make->builder;
    vs__scope *scope = vs__scope_open(builder, "IsInitialized");
    if (!scope)
        return NULL;
    vs__scope *before = builder->scope;
    builder->scope = scope;
    const vs__application check = {.op = VS__OP_VarIsInitializedOp, .inputs = {handle}};
    const vs_operation *node = vs__apply_node(builder, &check);
    builder->scope = before;
    return node;
}

/* The assignment, on the handle's device and in no colocation. */
static const vs_operation *make_resource_assign(making_state *make, vs_tensor handle)
{
    const vs__application assign = {
        .op = VS__OP_AssignVariableOp, .name = "Assign", .inputs = {handle, make->start}};
    vs__position before = vs__position_of(make->state);
    make->builder->colocation = NULL;
    make->builder->device = vs_tensor_op(handle)->device;
    const vs_operation *node = vs__apply_node(make->builder, &assign);
    vs__position_restore(make->state, &before);
    return node;
}

static vs_tensor read_handle(vs__builder *builder, const vs__output *handle, vs_dtype dtype)
{
    const vs__application read = {.op = VS__OP_ReadVariableOp, .inputs = {vs__tensor_of(handle)},
                                  .attrs = {VS__ATTR_OF_INT("dtype", dtype)}};
    return vs__apply(builder, &read);
}

static bool make_cache(making_state *make, vs_tensor value, vs_variable *out)
{
    vs__builder *builder = make->builder;
    const vs__blob *device;
    builder->colocation = NULL;
    builder->device = NULL;
    if (!vs__device_enter(builder, make->args->caching_device, &device))
        return false;
    builder->device = device;
    const vs__application identity = {.op = VS__OP_Identity, .inputs = {value}};
    vs_tensor cached = vs__apply(builder, &identity);
    out->cached = cached.of.pointer;
    return !vs_tensor_is_null(cached);
}

/* The first read, in name scope Read, and the cached copy of it when there is a caching device. */
static bool make_resource_read(making_state *make, vs_tensor handle, vs_variable *out)
{
    vs__builder *builder = make->builder;
    vs__scope *scope = vs__scope_open(builder, "Read");
    if (!scope)
        return false;
    vs__position before = vs__position_of(make->state);
    builder->scope = scope;
    const vs__blob *device = vs_tensor_op(handle)->device;
    if (device && !vs__device_enter(builder, vs__blob_text(device), &device)) {
        vs__position_restore(make->state, &before);
        return false;
    }
    builder->device = device ? device : builder->device;
    vs_dtype dtype = vs_dtype_base(vs_tensor_dtype(make->initial_value));
    vs_tensor value = read_handle(builder, handle.of.pointer, dtype);
    out->snapshot = value.of.pointer;
    bool done = !vs_tensor_is_null(value) && (!make->args->caching_device || make_cache(make, value, out));
    vs__position_restore(make->state, &before);
    return done;
}

static bool make_resource_nodes(making_state *make, vs_variable *out)
{
    if (!make_value_in_scope(make))
        return false;
    vs_shape found = vs_tensor_shape(make->initial_value);
    make->shape = make->making->shape.kind == VS_SHAPE_ABSENT ? found : make->making->shape;
    if (!vs_shape_is_compatible(make->shape, found))
        return vs__fail(make->builder->error, VS_INVALID_ARGUMENT, make->builder->call,
                        "the shape of the initial value and the shape asked for do not agree");
    vs_tensor handle = make_handle(make);
    if (vs_tensor_is_null(handle))
        return false;
    out->kind = VS_RESOURCE_VARIABLE;
    out->variable = handle.of.pointer;
    out->is_initialized = make_is_initialized(make, handle);
    out->initializer = out->is_initialized && make_start(make) ? make_resource_assign(make, handle) : NULL;
    return out->initializer && make_resource_read(make, handle, out);
}

/* ---- both ---- */

/* "7 2 0,3:0,2": the whole shape, then offset and length of each dimension (SaveSliceInfo.spec). */
bool vs__variable_set_slice(vs__builder *builder, const vs__slice *slice, vs_variable *out)
{
    const vs_partition_info *place = &slice->place;
    const vs__slice_place *none = NULL;
    char spec[VS_MAX_RANK * 66];
    vs__text text = vs__text_of(spec, sizeof spec);
    size_t size = place->rank * sizeof *place->var_offset;
    for (uint32_t i = 0; i < place->rank; i++)
        vs__text_printf(&text, "%lld ", (long long)place->full_shape[i]);
    for (uint32_t i = 0; i < place->rank; i++)
        vs__text_printf(&text, "%s%lld,%lld", i ? ":" : "", (long long)place->var_offset[i], (long long)slice->dims[i]);
    vs__slice_place *made = vs__arena_allocate(&builder->arena, sizeof *made);
    int64_t *kept = vs__arena_allocate(&builder->arena, 2 * size);
    const char *text_kept = vs__keep_string(builder, spec);
    if (!made || !kept || !text_kept)
        return vs__fail_memory(builder->error, builder->call);
    memcpy(kept, place->var_offset, size);
    memcpy(kept + place->rank, slice->dims, size);
    *made = (vs__slice_place){slice->whole, kept, kept + place->rank, text_kept};
    atomic_compare_exchange_strong_explicit(&out->slice, &none, made, memory_order_release, memory_order_relaxed);
    return true;
}

void vs__variable_clear_slice(vs_variable *variable)
{
    atomic_store_explicit(&variable->slice, NULL, memory_order_release);
}

static bool fill_variable(making_state *make, vs_variable *out)
{
    const vs_get_variable_args *args = make->args;
    vs__builder *builder = make->builder;
    bool failed = false;
    const vs__blob *name = name_text(make, "", ":0");
    vs_site site = vs__site_of(builder->call);
    out->graph = builder->graph;
    out->name = name ? vs__blob_text(name) : NULL;
    atomic_init(&out->key, make->making->key);
    out->initial_value = make->initial_value.of.pointer;
    out->start = make->start.of.pointer;
    out->dtype = (uint8_t)vs_dtype_base(vs_tensor_dtype(make->initial_value));
    out->shape = vs__intern_shape(builder, make->shape, &failed);
    out->synchronization = (uint8_t)args->synchronization;
    out->aggregation = (uint8_t)args->aggregation;
    out->trainable = is_trainable(args);
    out->validate_shape = args->validate_shape != VS_FALSE;
    out->constraint = args->constraint;
    out->site.line = site.line;
    out->site.file = site.file ? vs__keep_string(builder, site.file) : NULL;
    out->site.function = site.function ? vs__keep_string(builder, site.function) : NULL;
    out->caching_device = args->caching_device ? vs__keep_string(builder, args->caching_device) : NULL;
    return builder->error->code == VS_OK &&
           (!make->making->slice || vs__variable_set_slice(builder, make->making->slice, out));
}

static bool is_among(const char *key, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

bool vs__variable_collect(vs__state *state, vs_variable *variable, vs_keys keys)
{
    static const char *const global[] = {VS_GLOBAL_VARIABLES};
    if (!keys.names)
        keys = (vs_keys){global, 1};
    enum { FEW = 16 };
    const char *few[FEW];
    size_t count = 0, size = (keys.count + 1) * sizeof *few;
    const char **distinct = keys.count < FEW ? few : vs__allocate(size);
    if (!distinct)
        return vs__fail_memory(state->builder.error, state->builder.call);
    for (size_t i = 0; i < keys.count; i++) /* a key named twice counts once */
        if (!is_among(keys.names[i], distinct, count))
            distinct[count++] = keys.names[i];
    if (variable->trainable && !is_among(VS_TRAINABLE_VARIABLES, distinct, count))
        distinct[count++] = VS_TRAINABLE_VARIABLES;
    vs_item item = {.kind = VS_ITEM_VARIABLE, .of = {.variable = variable}};
    bool added = vs__collection_add_to_all(&state->builder, distinct, count, item);
    if (distinct != few)
        vs__release(distinct, size);
    return added;
}

vs_variable *vs__variable_make(vs__state *state, const vs__making *making)
{
    vs__builder *builder = &state->builder;
    making_state make = {.state = state, .builder = builder, .making = making, .args = making->args};
    if (making->name && !*making->name) { /* TensorFlow's would lie at the root, colocated with nothing */
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "the name of a variable is empty: leave it out");
        return NULL;
    }
    vs_variable *variable = vs__arena_allocate(&builder->arena, sizeof *variable);
    if (!variable) {
        vs__fail_memory(builder->error, builder->call);
        return NULL;
    }
    memset(variable, 0, sizeof *variable);
    vs__position before = vs__position_of(state);
    builder->control = NULL; /* ops.init_scope: a variable waits for nothing */
    if (builder->device_level == VS__DEVICE_HIDDEN)
        builder->device = builder->outer_device;
    bool resource = vs__use_resource(state, making->args->use_resource), made = false;
    VS__SHARED_WRITE(&builder->strand->making);
    atomic_fetch_add_explicit(&builder->strand->making, 1, memory_order_release);
    if (vs__op_scope_open(builder, making->name, "Variable", &make.scope) &&
        (make.class_of = vs__groups_of_name(builder, &make.scope.name)) && vs__op_scope_enter(builder, &make.scope)) {
        if (atomic_load_explicit(&builder->strand->home, memory_order_relaxed) && !builder->strand->own)
            builder->strand->own = make.scope.inside; /* what forked workers share has its nodes to itself */
        made = (resource ? make_resource_nodes(&make, variable) : make_ref_nodes(&make, variable)) &&
               fill_variable(&make, variable) &&
               vs__variable_collect(state, variable, making->args->collections);
        vs__op_scope_leave(builder, &make.scope);
    }
    vs__position_restore(state, &before);
    atomic_fetch_sub_explicit(&builder->strand->making, 1, memory_order_release);
    return made ? variable : NULL;
}

/* ---- reading ---- */

bool vs__variable_read_makes_node(const vs_variable *variable, bool as_ref)
{
    if (variable->kind == VS_REF_VARIABLE)
        return false;
    return as_ref || !variable->cached;
}

/* PartitionedVariable.as_tensor: the slices put together, under names of their own. */
static vs_tensor concatenate(vs__builder *builder, const vs_variable *variable)
{
    const vs__application identity = {.op = VS__OP_Identity, .name = variable->name};
    vs__application last = identity;
    last.inputs[0] = vs_value(variable->slices[0]);
    if (variable->n_slices > 1) {
        char small[512];
        size_t size = strlen(variable->name) + sizeof "/ConcatPartitions/";
        char *path = size <= sizeof small ? small : vs__allocate(size);
        vs_tensor *slices = vs__allocate(variable->n_slices * sizeof *slices);
        vs__scope *scope = NULL;
        if (path && slices) {
            vs__text text = vs__text_of(path, size);
            vs__text_put(&text, variable->name);
            vs__text_put(&text, "/ConcatPartitions/");
            scope = vs__scope_at(&builder->arena, builder->graph, path, text.length);
        }
        last.inputs[0] = null_tensor;
        if (scope) {
            int32_t axis = 0;
            for (uint32_t i = 0; i < vs__blob_shape(variable->shape).rank; i++)
                axis = variable->partitions[i] > 1 ? (int32_t)i : axis;
            for (size_t i = 0; i < variable->n_slices; i++)
                slices[i] = vs_value(variable->slices[i]);
            builder->scope = scope;
            const vs__application concat = {.op = VS__OP_ConcatV2, .name = "concat", .list = slices,
                                            .n_list = variable->n_slices, .inputs = {vs_int(axis)}};
            last.inputs[0] = vs__apply(builder, &concat);
        } else {
            vs__fail_memory(builder->error, builder->call);
        }
        vs__release(slices, variable->n_slices * sizeof *slices);
        if (path != small)
            vs__release(path, size);
        if (vs_tensor_is_null(last.inputs[0]))
            return null_tensor;
    }
    builder->scope = builder->graph->root;
    return vs__apply(builder, &last);
}

/*
 * A new read of a resource variable: in no colocation, and so on no device. What an assignment gave is read after it,
 * and where the reader is.
 */
static vs_tensor read_anew(vs__builder *builder, const vs_variable *variable)
{
    if (!variable->after) {
        builder->colocation = NULL;
        builder->device = NULL;
    }
    vs__control control = {.outer = builder->control, .inputs = &variable->after, .count = 1};
    if (variable->after)
        builder->control = &control;
    vs_tensor value = read_handle(builder, variable->variable, (vs_dtype)variable->dtype);
    vs__node_set_free(&control.seen);
    return value;
}

/* What TensorFlow makes of a resource variable where an op needs a ref: a read, which is none (read_value). */
static vs_tensor read_value(vs__builder *builder, const vs_variable *variable)
{
    vs__scope *outer = builder->scope, *scope = vs__scope_open(builder, "Read");
    if (!scope)
        return null_tensor;
    builder->scope = scope;
    vs_tensor value = read_handle(builder, variable->variable, (vs_dtype)variable->dtype);
    builder->scope = outer;
    const vs__application identity = {.op = VS__OP_Identity, .inputs = {value}};
    return vs_tensor_is_null(value) || vs_tensor_is_null(vs__apply(builder, &identity)) ? null_tensor : value;
}

bool vs__variable_read(vs__builder *builder, const vs_variable *variable, bool as_ref, const vs__output **out)
{
    if (variable->kind == VS_REF_VARIABLE) {
        *out = as_ref ? variable->variable : variable->snapshot;
        return true;
    }
    if (as_ref && variable->kind == VS_PARTITIONED_VARIABLE)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "variable %s is partitioned: this op needs a ref variable, as each slice is one", variable->name);
    if (variable->cached && !as_ref) {
        *out = variable->cached;
        return true;
    }
    vs__state *state = (vs__state *)builder; /* a builder of this layer is the first member of a state */
    vs__position before = vs__position_of(state);
    vs_tensor value;
    if (variable->kind == VS_PARTITIONED_VARIABLE) {
        builder->control = NULL;
        value = concatenate(builder, variable);
    } else {
        value = as_ref && !variable->after ? read_value(builder, variable) : read_anew(builder, variable);
    }
    vs__position_restore(state, &before);
    *out = value.of.pointer;
    return !vs_tensor_is_null(value);
}

vs_tensor vs_variable_as_tensor(const vs_variable *variable)
{
    vs__state *state = vs__enter_call(NULL);
    const vs__output *output;
    if (!state || !vs__tensor_check(&state->builder, vs_value(variable), "the variable") ||
        !vs__variable_read(&state->builder, variable, false, &output))
        return null_tensor;
    return vs__tensor_of(output);
}
