/*
 * get_variable: finding and creating variables by name (VariableScope.get_variable and _VariableStore of
 * variable_scope.py), linearizable for each name (store.h).
 */
#include "get_variable.h"

#include <string.h>

#include "creator.h"
#include "dtypes.h"
#include "shapes.h"
#include "shared.h"

/* A getter in the middle of its chain: the links that are left, in the end the library itself. */
struct vs_getter {
    vs__state *state;
    const vs__getter_link *link;
};

/* A partitioned variable asked for without a partitioner: only reuse = true takes it as it is. */
static vs_variable *get_without_partitioner(const vs__request *of)
{
    vs_variable *found = vs__store_find(of->state->builder.graph->store, of->args->name, of->length);
    bool is_whole = found && found->kind == VS_PARTITIONED_VARIABLE;
    const vs_variable *slice = is_whole ? NULL : vs__get_find_slice(of, 0);
    if (slice) { /* another thread may be at its other slices: wait for the whole */
        vs__store_entry *entry;
        if (found || vs__store_claim(of->state, of->args->name, of->length, false, &found, &entry) == VS__CLAIM_ABSENT)
            vs__get_clash(of, VS_INCOMPATIBLE, slice,
                          "has a slice part_0, so it is partitioned, but was asked for without a partitioner: give the same one");
    }
    if (of->error->code != VS_OK)
        return NULL;
    if (is_whole && of->args->reuse == VS_REUSE_TRUE)
        return vs__get_found_partitioned(of, found, of->args->shape, NULL);
    if (is_whole) { /* before anything else is looked at */
        vs__get_clash(of, VS_INCOMPATIBLE, found, "is partitioned, but was asked for without a partitioner: give the "
                                                  "same partitioner, or set reuse to true");
        return NULL;
    }
    return vs__get_single(of, NULL);
}

static bool is_scalar(vs_shape shape)
{
    return shape.kind == VS_SHAPE_RANKED && shape.rank == 0;
}

static bool check_request(const vs__request *of)
{
    const vs_get_variable_args *args = of->args;
    if (!vs__shape_is_valid(args->shape))
        return vs__get_fail(of, VS_INVALID_ARGUMENT, "is given a shape with a bad rank or a dimension below -1");
    if (!vs__dtype_is_known(args->dtype))
        return vs__get_fail(of, VS_INVALID_ARGUMENT, "is given a dtype that is none");
    for (size_t i = 0; args->collections.names && i < args->collections.count; i++)
        if (!args->collections.names[i])
            return vs__get_fail(of, VS_INVALID_ARGUMENT, "is given a collection without a name");
    if (vs__get_is_value(&args->initializer))
        return vs__tensor_check(&of->state->builder, args->initializer.value, "an initial value");
    return true;
}

/* What the innermost getter calls: get_variable itself, at the root name scope. */
static vs_variable *true_getter(vs__state *state, const vs_get_variable_args *args)
{
    vs__builder *builder = &state->builder;
    const vs__request of = {state, args, args->name ? strlen(args->name) : 0, builder->error, builder->call};
    vs_get_variable_args complete = *args;
    if (!args->name) {
        vs__fail(of.error, VS_INVALID_ARGUMENT, of.call, "a variable needs a name");
        return NULL;
    }
    vs__request resolved = of;
    resolved.args = &complete;
    complete.dtype = args->dtype ? vs_dtype_base(args->dtype) : VS_FLOAT32;
    complete.reuse = args->reuse == VS_REUSE_INHERIT ? VS_REUSE_FALSE : args->reuse;
    if (!check_request(&resolved))
        return NULL;
    if (vs_graph_is_finalized(builder->graph) && complete.reuse != VS_REUSE_TRUE &&
        !vs__store_find(builder->graph->store, args->name, resolved.length)) {
        vs__fail(of.error, VS_FAILED_PRECONDITION, of.call, "variable %s cannot be made: the graph is finalized",
                 args->name);
        return NULL;
    }
    vs__scope *before = builder->scope;
    builder->scope = builder->graph->root;
    bool partitioned = args->partitioner.kind != VS_PARTITIONER_NONE && !is_scalar(args->shape);
    vs_variable *variable = partitioned ? vs__get_partitioned(&resolved) : get_without_partitioner(&resolved);
    builder->scope = before;
    return variable;
}

static vs_variable *call_getter(vs__state *state, const vs__getter_link *link, const vs_get_variable_args *args)
{
    if (!link)
        return true_getter(state, args);
    const vs_getter next = {state, link->outer};
    const vs_call *call = state->builder.call;
    vs__frame *frame = vs__frame_push(state->context, state);
    if (!frame)
        return NULL;
    vs_variable *variable = link->getter.function(&next, args, link->getter.user);
    vs__frame_pop_all(state->context, frame);
    state->builder.call = call;
    if (!variable)
        vs__fail(state->builder.error, VS_UNKNOWN, call, "the custom getter of variable %s returned none", args->name);
    return state->builder.error->code == VS_OK ? variable : NULL;
}

vs_variable *vs_getter_call(const vs_getter *next, const vs_get_variable_args *given)
{
    VS__ARGUMENTS(vs_get_variable_args, args, given);
    vs__builder *builder = &next->state->builder;
    if (vs__context() != next->state->context) {
        vs__fail(vs__pending_error(), VS_INVALID_ARGUMENT, &args->call,
                 "a custom getter goes on in the context that it was called in");
        return NULL;
    }
    if (builder->error->code != VS_OK)
        return NULL;
    const vs_call *call = builder->call; /* of whatever the getter called last; it may be gone */
    builder->call = &args->call;
    vs_variable *variable = call_getter(next->state, next->link, args);
    builder->call = call;
    return variable;
}

/* A value as initializer and a dtype: they must agree, before anything is looked up. */
static bool check_value_dtype(vs__state *state, const vs_get_variable_args *args)
{
    if (args->dtype == VS_DTYPE_NONE || !vs__get_is_value(&args->initializer))
        return true;
    vs_dtype natural = vs__tensor_natural_dtype(args->initializer.value);
    return natural == args->dtype || /* a _ref dtype never is one of a value */
           vs__fail(state->builder.error, VS_INVALID_ARGUMENT, state->builder.call,
                    "variable %s has an initial value of dtype %s, but dtype %s was asked for", args->name,
                    vs_dtype_name(natural), vs_dtype_name(args->dtype));
}

/* What the current scope says where the call says nothing. */
static void inherit(const vs__settings *settings, vs_get_variable_args *args)
{
    if (args->reuse == VS_REUSE_INHERIT)
        args->reuse = settings->reuse;
    if (!args->regularizer.kind)
        args->regularizer = settings->regularizer;
    if (!args->caching_device)
        args->caching_device = settings->caching_device;
    if (!args->partitioner.kind)
        args->partitioner = settings->partitioner;
    if (args->use_resource == VS_DEFAULT)
        args->use_resource = settings->use_resource;
    if (!args->initializer.kind)
        args->initializer = settings->initializer;
    if (!args->constraint.function)
        args->constraint = settings->constraint;
    if (!args->dtype)
        args->dtype = settings->dtype ? settings->dtype : VS_FLOAT32;
}

static vs_variable *get_in_scope(vs__state *state, const vs_get_variable_args *given, const char *full_name)
{
    const vs_variable_scope *scope = vs__variable_scope_current(state);
    const vs__settings *settings = scope ? vs__settings_of(scope) : &vs__root_settings;
    vs_get_variable_args args = *given;
    if (!check_value_dtype(state, given))
        return NULL;
    args.name = full_name;
    inherit(settings, &args);
    if (args.trainable == VS_DEFAULT)
        args.trainable = args.synchronization == VS_SYNCHRONIZATION_ON_READ ? VS_FALSE : VS_TRUE;
    const vs__getter_link own = {given->custom_getter, NULL};
    vs__position before = vs__position_of(state);
    state->builder.scope = state->builder.graph->root;
    vs_variable *variable = call_getter(state, given->custom_getter.function ? &own : settings->getters, &args);
    vs__position_restore(state, &before);
    return variable;
}

/* Compare and ask, as the long way does, for a variable that forked workers share. false: error set. */
static bool found_shared(vs__state *state, const vs_get_variable_args *given, const vs__settings *settings,
                         const vs_variable *found)
{
    vs_get_variable_args args = *given;
    inherit(settings, &args);
    args.dtype = vs_dtype_base(args.dtype);
    const vs__request of = {state, &args, 0, state->builder.error, state->builder.call};
    return vs__shared_compare(&of, found) && vs__shared_found(&of, found);
}

/* The quick way: a variable that is there and asked for in the simplest form is found without a lock. */
static vs_variable *find_quickly(vs__state *state, const vs_get_variable_args *args, size_t length)
{
    const vs_variable_scope *scope = vs__variable_scope_current(state);
    const vs__settings *settings = scope ? vs__settings_of(scope) : &vs__root_settings;
    vs_reuse reuse = args->reuse == VS_REUSE_INHERIT ? settings->reuse : args->reuse;
    if ((reuse != VS_REUSE_TRUE && reuse != VS_AUTO_REUSE) || settings->getters || args->custom_getter.function ||
        settings->partitioner.kind || args->partitioner.kind || vs__get_is_value(&args->initializer) ||
        vs__get_is_value(&settings->initializer) || !vs__shape_is_valid(args->shape))
        return NULL;
    vs_variable *found = vs__store_find_in(state->builder.graph->store, scope ? scope->name : "",
                                           scope ? scope->length : 0, args->name, length);
    vs_dtype dtype = args->dtype ? vs_dtype_base(args->dtype) : settings->dtype ? settings->dtype : VS_FLOAT32;
    if (!found || found->kind == VS_PARTITIONED_VARIABLE || (vs_dtype)found->dtype != dtype ||
        (args->shape.kind != VS_SHAPE_ABSENT && !vs_shape_is_compatible(args->shape, vs__blob_shape(found->shape))))
        return NULL;
    if (vs__shared_of(found) && !found_shared(state, args, settings, found))
        return NULL;
    if (args->outcome)
        *args->outcome = VS_FOUND;
    return found;
}

static void destroy_users(const vs_get_variable_args *args)
{
    if (args->initializer.destroy)
        args->initializer.destroy(args->initializer.user);
    if (args->regularizer.destroy)
        args->regularizer.destroy(args->regularizer.user);
    if (args->partitioner.destroy)
        args->partitioner.destroy(args->partitioner.user);
    if (args->custom_getter.destroy)
        args->custom_getter.destroy(args->custom_getter.user);
}

static vs_variable *get_slowly(vs__state *state, const vs_get_variable_args *args, size_t length)
{
    const vs_variable_scope *scope = vs__variable_scope_current(state);
    size_t prefix = scope && scope->length ? scope->length + 1 : 0;
    char small[512];
    char *name = prefix + length < sizeof small ? small : vs__allocate(prefix + length + 1);
    if (!name) {
        vs__fail_memory(state->builder.error, state->builder.call);
        return NULL;
    }
    if (prefix) {
        memcpy(name, scope->name, prefix - 1);
        name[prefix - 1] = '/';
    }
    memcpy(name + prefix, args->name, length + 1);
    vs_variable *variable = get_in_scope(state, args, name);
    if (name != small)
        vs__release(name, prefix + length + 1);
    return variable;
}

vs_variable *vs_get_variable_with(const vs_get_variable_args *given)
{
    VS__ARGUMENTS(vs_get_variable_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (args->outcome)
        *args->outcome = VS_OUTCOME_NONE;
    vs_variable *variable = NULL;
    if (state && !args->name)
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, &args->call, "a variable needs a name");
    else if (state && !(variable = find_quickly(state, args, strlen(args->name))) &&
             state->builder.error->code == VS_OK && vs__variable_name_check(state, args->name))
        variable = get_slowly(state, args, strlen(args->name));
    destroy_users(args);
    return variable;
}

vs_variable *vs_get_local_variable_with(const vs_get_variable_args *given)
{
    VS__ARGUMENTS(vs_get_variable_args, args, given);
    enum { FEW = 16 };
    const char *few[FEW];
    vs_get_variable_args local = *args;
    size_t count = args->collections.names ? args->collections.count : 0, size = (count + 1) * sizeof *few;
    const char **names = count < FEW ? few : vs__allocate(size);
    if (args->outcome)
        *args->outcome = VS_OUTCOME_NONE;
    if (!names) {
        vs__fail_memory(vs__pending_error(), &args->call);
        destroy_users(args);
        return NULL;
    }
    if (count)
        memcpy(names, args->collections.names, count * sizeof *names);
    names[count] = VS_LOCAL_VARIABLES;
    local.collections = (vs_keys){names, count + 1};
    local.trainable = VS_FALSE;
    local.call.size = 0; /* a struct of this library's */
    vs_variable *variable = vs_get_variable_with(&local);
    if (names != few)
        vs__release(names, size);
    return variable;
}

vs_variable *vs__new_variable(vs__state *state, const vs_variable_args *args)
{
    const vs_variable_scope *scope = vs__variable_scope_current(state);
    const vs__settings *settings = scope ? vs__settings_of(scope) : &vs__root_settings;
    const vs_get_variable_args like = {
        .trainable = args->trainable, .collections = args->collections, .validate_shape = args->validate_shape,
        .caching_device = args->caching_device, .constraint = args->constraint,
        .use_resource = args->use_resource ? args->use_resource : settings->use_resource,
        .synchronization = args->synchronization, .aggregation = args->aggregation,
    };
    const vs__making making = {
        .name = args->name, .args = &like, .shape = args->shape, .dtype = args->dtype,
        .value = vs__get_is_value(&args->initial_value) ? args->initial_value.value : (vs_tensor){{NULL}, VS__TENSOR_NULL, 0},
        .initializer = &args->initial_value, .initializer_dtype = args->dtype,
        .initializer_shape = args->initial_value.takes_no_shape ? (vs_shape){VS_SHAPE_ABSENT, 0, NULL} : args->shape,
    };
    vs_variable *variable = NULL;
    if (!args->initial_value.kind)
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, &args->call, "a variable needs an initial value");
    else if (!vs__get_is_value(&args->initial_value) ||
             vs__tensor_check(&state->builder, args->initial_value.value, "an initial value"))
        variable = vs__variable_make(state, &making);
    return variable;
}

vs_variable *vs_new_variable_with(const vs_variable_args *given)
{
    VS__ARGUMENTS(vs_variable_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    vs_variable *variable = state ? vs__create_variable(state, args) : NULL;
    if (args->initial_value.destroy)
        args->initial_value.destroy(args->initial_value.user);
    return variable;
}
