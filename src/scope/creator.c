/* Variable creators (Graph._variable_creator_scope of ops.py, VariableV1._variable_call of variable_v1.py). */
#include "creator.h"

#include "context.h"
#include "get_variable.h"

/* A creation in the middle of its chain: the links that are left, in the end the library itself. */
struct vs_creator {
    vs__state *state;
    const vs__creator_link *link;
};

static bool fail(vs__builder *builder, const vs_variable_args *args, const char *message)
{
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "the creator of variable %s %s",
                    args->name ? args->name : "Variable", message);
}

static vs_variable *call_creator(vs__state *state, const vs__creator_link *link, const vs_variable_args *args)
{
    vs__builder *builder = &state->builder;
    if (!link)
        return vs__new_variable(state, args);
    const vs_creator next = {state, link->outer};
    const vs_call *call = builder->call;
    vs__frame *frame = vs__frame_push(state->context, state);
    if (!frame)
        return NULL;
    vs_variable *variable = link->creator.function(&next, args, link->creator.user);
    vs__frame_pop_all(state->context, frame);
    builder->call = call;
    if (builder->error->code != VS_OK)
        return NULL;
    if (!variable)
        vs__fail(builder->error, VS_UNKNOWN, call, "the creator of variable %s returned none",
                 args->name ? args->name : "Variable");
    else if (variable->graph != builder->graph)
        fail(builder, args, "returned one of another graph");
    else if (variable->kind == VS_PARTITIONED_VARIABLE)
        fail(builder, args, "returned a partitioned one: creators are called for each slice");
    return builder->error->code == VS_OK ? variable : NULL;
}

vs_variable *vs__create_variable(vs__state *state, const vs_variable_args *args)
{
    return call_creator(state, state->creators, args);
}

vs_variable *vs__create_keyed_variable(vs__state *state, const vs__making *making)
{
    const vs_get_variable_args *of = making->args;
    const bool trainable = of->trainable ? of->trainable == VS_TRUE : of->synchronization != VS_SYNCHRONIZATION_ON_READ;
    vs_variable_args args = {
        .name = making->name, .trainable = trainable ? VS_TRUE : VS_FALSE, .collections = of->collections,
        .validate_shape = of->validate_shape, .caching_device = of->caching_device, .dtype = making->dtype,
        .use_resource = vs__use_resource(state, of->use_resource) ? VS_TRUE : VS_FALSE, .constraint = of->constraint,
        .synchronization = of->synchronization, .aggregation = of->aggregation, .shape = making->shape,
        .initial_value = {.kind = VS_INITIALIZER_DEFERRED, .user = (void *)(uintptr_t)making},
    };
    if (state->builder.call)
        args.call = *state->builder.call;
    args.call.size = (uint32_t)sizeof args;
    if (!vs_tensor_is_null(making->value))
        args.initial_value = vs_value_initializer(making->value);
    vs_variable *variable = vs__create_variable(state, &args);
    if (!variable || (making->slice && !vs__variable_set_slice(&state->builder, making->slice, variable)))
        return NULL;
    const char *none = NULL; /* one that has a key already keeps it */
    atomic_compare_exchange_strong_explicit(&variable->key, &none, making->key, memory_order_release,
                                            memory_order_relaxed);
    return variable;
}

vs_variable *vs_creator_call(const vs_creator *next, const vs_variable_args *given)
{
    VS__ARGUMENTS(vs_variable_args, args, given);
    vs__builder *builder = &next->state->builder;
    if (vs__context() != next->state->context) {
        vs__fail(vs__pending_error(), VS_INVALID_ARGUMENT, &args->call,
                 "a variable creator goes on in the context that it was called in");
        return NULL;
    }
    if (builder->error->code != VS_OK)
        return NULL;
    const vs_call *call = builder->call; /* of whatever the creator called last; it may be gone */
    builder->call = &args->call;
    vs_variable *variable = call_creator(next->state, next->link, args);
    builder->call = call;
    return variable;
}

vs_tensor vs_initial_value(const vs_variable_args *given)
{
    VS__ARGUMENTS(vs_variable_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    const vs_initializer *initializer = &args->initial_value;
    vs_tensor value = {{NULL}, VS__TENSOR_NULL, 0};
    if (!state)
        return value;
    if (vs__get_is_value(initializer))
        return initializer->value;
    vs__initializer_call(state, initializer, args->shape, args->dtype, NULL, &value);
    return value;
}

static void close_scope(vs__frame *frame)
{
    frame->state->creators = frame->creators;
}

vs_frame vs_enter_variable_creator_scope(vs_variable_creator creator, const vs_call *call)
{
    const vs_frame not_entered = {NULL, 0};
    vs__state *state = vs__enter_call(call);
    if (state && !creator.function)
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, call, "a variable creator scope needs a function");
    if (!state || !creator.function) {
        if (creator.destroy)
            creator.destroy(creator.user);
        return not_entered;
    }
    vs__builder *builder = &state->builder;
    if (!vs__store_at_end(builder, creator.destroy, creator.user))
        return not_entered;
    vs__creator_link *link = vs__arena_allocate(&builder->arena, sizeof *link);
    vs__frame *frame = link ? vs__frame_push(state->context, state) : NULL;
    if (!frame) {
        vs__fail_memory(builder->error, call);
        return not_entered;
    }
    *link = (vs__creator_link){creator, state->creators};
    frame->creators = state->creators;
    frame->close = close_scope;
    state->creators = link;
    return vs__frame_of(state->context, frame);
}
