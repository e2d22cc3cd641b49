#include "variable_scope.h"

#include <stdio.h>
#include <string.h>

#include "context.h"
#include "dtypes.h"
#include "explain.h"
#include "store.h"

const vs__settings vs__root_settings = {.reuse = VS_REUSE_FALSE, .in_graph = true};

const vs_variable_scope *vs__variable_scope_current(const vs__state *state)
{
    const vs_variable_scope *scope = state->variable_scope;
    if (!scope)
        return state->root;
    return scope->promoted ? scope->promoted : scope;
}

static const vs__settings *settings_now(const vs__state *state)
{
    const vs_variable_scope *scope = vs__variable_scope_current(state);
    return scope ? vs__settings_of(scope) : &vs__root_settings;
}

/* A copy of settings in the graph's memory; what they point to lies there already. */
static const vs__settings *settings_in_graph(vs__builder *builder, const vs__settings *given)
{
    if (given->in_graph)
        return given;
    vs__settings *copy = vs__arena_allocate(&builder->arena, sizeof *copy);
    if (!copy) {
        vs__fail_memory(builder->error, builder->call);
        return NULL;
    }
    *copy = *given;
    copy->in_graph = true;
    return copy;
}

static vs_variable_scope *new_object(vs__builder *builder, const vs_variable_scope *like,
                                     const vs__settings *settings)
{
    settings = settings_in_graph(builder, settings);
    vs_variable_scope *scope = settings ? vs__arena_allocate(&builder->arena, sizeof *scope) : NULL;
    if (!scope) {
        vs__fail_memory(builder->error, builder->call);
        return NULL;
    }
    scope->graph = builder->graph;
    scope->name = like ? like->name : "";
    scope->length = like ? like->length : 0;
    scope->original_name_scope = like ? like->original_name_scope : "";
    scope->is_object = true;
    scope->promoted = NULL;
    scope->count = NULL;
    atomic_init(&scope->settings, settings);
    return scope;
}

vs_variable_scope *vs__variable_scope_object(vs__state *state)
{
    vs_variable_scope *scope = state->variable_scope;
    if (!scope) {
        if (!state->root)
            state->root = new_object(&state->builder, NULL, &vs__root_settings);
        return state->root;
    }
    if (scope->promoted)
        return scope->promoted;
    if (scope->is_object)
        return scope;
    vs_variable_scope *object = new_object(&state->builder, scope, vs__settings_of(scope));
    scope->promoted = object;
    return object;
}

vs_variable_scope *vs_get_variable_scope(void)
{
    vs__state *state = vs__enter_call(NULL);
    return state ? vs__variable_scope_object(state) : NULL;
}

/* ---- entering ---- */

/* A scope on its way: what is entered, from which settings. */
typedef struct entering {
    vs__state *state;
    const vs_variable_scope_args *args;
    vs__scope *name_scope; /* NULL: none is opened */
    const char *name;      /* of the new scope; lives as long as the graph */
    size_t length;
    vs__count *count;
    const char *original_name_scope;
    const vs__settings *from;
    vs_reuse reuse;
} entering;

static bool fail(vs__state *state, const char *message)
{
    return vs__fail(state->builder.error, VS_INVALID_ARGUMENT, state->builder.call, "%s", message);
}

bool vs__variable_name_check(vs__state *state, const char *name)
{
    return !strpbrk(name, "\\\n\r") ||
           fail(state, "neither a backslash nor a line break may stand in a name: TensorFlow could not load it");
}

static bool check_arguments(vs__state *state, const vs_variable_scope_args *args)
{
    if (!args->name && !args->scope && !args->default_name)
        return fail(state, "a variable scope needs a name, a scope or a default_name");
    if (args->name && args->scope)
        return fail(state, "a variable scope takes a name or a scope, not both");
    if (args->exact && !args->scope)
        return fail(state, "a scope is entered again exactly by its object: give .scope");
    if ((uint32_t)args->reuse > VS_AUTO_REUSE)
        return fail(state, "reuse must be true, false, auto or left out");
    if (args->dtype != VS_DTYPE_NONE && !vs__dtype_is_known(args->dtype))
        return fail(state, "the dtype of a variable scope is no dtype");
    if (!args->name && !args->scope && (args->reuse == VS_REUSE_TRUE || args->reuse == VS_AUTO_REUSE))
        return fail(state, "reuse needs a name: a default_name is always new");
    if (args->name && !vs__variable_name_check(state, args->name))
        return false;
    bool is_default = !args->name && !args->scope;
    return !is_default || vs__variable_name_check(state, args->default_name);
}

/* The last part of a scope's name, as a scope object opens it. */
static const char *last_part(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

/* Open the name scope that goes with a variable scope; *out NULL: none. false: error set. */
static bool open_name_scope(entering *enter, vs__scope **out)
{
    vs__builder *builder = &enter->state->builder;
    const vs_variable_scope_args *args = enter->args;
    *out = NULL;
    if (args->exact) {
        const char *path = args->scope->original_name_scope;
        *out = vs__scope_at(&builder->arena, builder->graph, path, strlen(path));
        return *out || vs__fail_memory(builder->error, builder->call);
    }
    if (args->auxiliary_name_scope == VS_FALSE) { /* re-enter the current one exactly */
        *out = builder->scope;
        return true;
    }
    const char *name = args->name ? args->name : args->scope ? last_part(args->scope->name) : args->default_name;
    if (!*name && (args->name || args->scope))
        return true;
    *out = *name ? vs__scope_open(builder, name) : builder->graph->root;
    return *out != NULL;
}

/* The count of the current scope; NULL: the root's. false: out of memory. */
static bool outer_count(vs__state *state, const vs_variable_scope *outer, vs__count **out)
{
    const vs_variable_scope *local = state->variable_scope; /* which has the count, even where an object took its place */
    *out = NULL;
    if (!outer || !outer->length)
        return true;
    if (local && local->count && local->counters == state->counters)
        *out = local->count;
    else
        *out = vs__counters_at(state->counters, NULL, outer->name, outer->length);
    return *out != NULL;
}

/* Write "outer/name_number", the last part unless number is 0, where its count remembers it. */
static bool write_name(vs__state *state, const char **at, const char *name, size_t length, uint32_t number,
                       size_t *length_out)
{
    const vs_variable_scope *outer = vs__variable_scope_current(state);
    size_t prefix = outer && outer->length ? outer->length + 1 : 0;
    char digits[16];
    size_t tail = number ? vs__number_put(digits, '_', number) : 0;
    *length_out = prefix + length + tail;
    if (*at)
        return true;
    char *text = vs__arena_bytes(&state->builder.arena, *length_out + 1);
    if (!text)
        return false;
    if (prefix) {
        memcpy(text, outer->name, prefix - 1);
        text[prefix - 1] = '/';
    }
    memcpy(text + prefix, name, length);
    memcpy(text + prefix + length, digits, tail);
    text[*length_out] = '\0';
    *at = text;
    return true;
}

/*
 * The new scope's name below the current one, and its count. is_default: made unique among the scopes that this context
 * opened here (_get_unique_variable_scope).
 */
static bool join_name(entering *enter, const char *name, bool is_default)
{
    vs__state *state = enter->state;
    const vs_variable_scope *outer = vs__variable_scope_current(state);
    size_t length = strlen(name);
    uint32_t number = 0;
    vs__count *from, *asked = NULL;
    if (length + (outer ? outer->length + 1 : 0) > UINT16_MAX)
        return fail(state, "the name of a variable scope is longer than 65,535 bytes");
    if (outer_count(state, outer, &from))
        asked = vs__counters_at(state->counters, from, name, length);
    enter->count = asked && is_default ? vs__counters_unique(state->counters, asked, &number) : asked;
    if (!enter->count || !write_name(state, vs__count_name(enter->count), name, length, number, &enter->length))
        return vs__fail_memory(state->builder.error, state->builder.call);
    enter->name = *vs__count_name(enter->count);
    vs__explain *explain = number ? vs__explains(state->builder.graph) : NULL;
    if (explain) {
        if (!write_name(state, vs__count_name(asked), name, length, 0, &length))
            return vs__fail_memory(state->builder.error, state->builder.call);
        vs__explain_default_name(&state->builder, explain, state, *vs__count_name(asked), enter->name);
    }
    return true;
}

static vs_reuse stronger(vs_reuse asked, vs_reuse found)
{
    return asked == VS_REUSE_TRUE || asked == VS_AUTO_REUSE ? asked : found;
}

/* What the new scope is called and where its settings come from (_pure_variable_scope). */
static bool resolve(entering *enter)
{
    const vs_variable_scope_args *args = enter->args;
    if (args->scope) {
        enter->name = args->scope->name;
        enter->length = args->scope->length;
        enter->original_name_scope = args->scope->original_name_scope;
        enter->from = vs__settings_of(args->scope);
        enter->count = vs__counters_at(enter->state->counters, NULL, enter->name, enter->length);
        if (!enter->count)
            return vs__fail_memory(enter->state->builder.error, enter->state->builder.call);
    } else {
        const char *name = args->name ? args->name : args->default_name;
        enter->original_name_scope = enter->name_scope ? enter->name_scope->path : args->name;
        if (args->auxiliary_name_scope != VS_FALSE && strcmp(name, "/") == 0)
            enter->original_name_scope = "/"; /* what TensorFlow calls the root then */
        enter->from = settings_now(enter->state);
        if (!join_name(enter, args->name ? args->name : args->default_name, !args->name))
            return false;
        if (!enter->name_scope && !(enter->original_name_scope = vs__keep_string(&enter->state->builder, args->name)))
            return false;
    }
    enter->reuse = stronger(args->reuse, enter->from->reuse);
    return true;
}

/* Whether the new scope's settings are those it comes from. */
static bool changes_nothing(const entering *enter)
{
    const vs_variable_scope_args *args = enter->args;
    return enter->reuse == enter->from->reuse && !args->initializer.kind && !args->regularizer.kind &&
           !args->caching_device && !args->partitioner.kind && !args->custom_getter.function && !args->dtype &&
           !args->use_resource && !args->constraint.function && !enter->from->constraint.function;
}

static bool change_settings(const entering *enter, vs__settings *out)
{
    const vs_variable_scope_args *args = enter->args;
    vs__builder *builder = &enter->state->builder;
    *out = *enter->from;
    out->in_graph = false;
    out->reuse = enter->reuse;
    out->constraint = args->constraint;
    if (args->dtype)
        out->dtype = vs_dtype_base(args->dtype);
    if (args->use_resource)
        out->use_resource = args->use_resource;
    if (args->initializer.kind && !vs__keep_initializer(builder, &args->initializer, &out->initializer))
        return false;
    if (args->regularizer.kind)
        out->regularizer = args->regularizer;
    if (args->partitioner.kind)
        out->partitioner = args->partitioner;
    if (args->caching_device && !(out->caching_device = vs__keep_string(builder, args->caching_device)))
        return false;
    return !args->custom_getter.function ||
           vs__keep_getter(builder, &args->custom_getter, enter->from->getters, &out->getters);
}

/* Closing a scope by name forgets the counters below it; by object, it restores them. */
static void close_scope(vs__frame *frame)
{
    vs__counters *counters = frame->state->counters;
    if (frame->mark.open)
        vs__counters_undo(counters, frame->mark);
    else if (!vs__counters_close_below(counters, frame->local.count))
        vs__fail_memory(&frame->state->context->error, NULL); /* the scope is left, but counts may be lost */
}

static bool fill_frame(const entering *enter, vs__frame *frame)
{
    vs__state *state = enter->state;
    const vs__settings *settings = enter->from;
    if (!changes_nothing(enter)) {
        if (!change_settings(enter, &frame->settings))
            return false;
        settings = &frame->settings;
    }
    vs_variable_scope *local = &frame->local;
    local->graph = state->builder.graph;
    local->name = enter->name;
    local->length = enter->length;
    local->original_name_scope = enter->original_name_scope;
    local->is_object = false;
    local->promoted = NULL;
    local->count = enter->count;
    local->counters = state->counters;
    atomic_init(&local->settings, settings);
    if (!vs__counters_open(state->counters, enter->count))
        return vs__fail_memory(state->builder.error, state->builder.call);
    frame->mark.open = false;
    if (enter->args->scope)
        frame->mark = vs__counters_set_mark(state->counters);
    frame->close = close_scope;
    state->variable_scope = local;
    return true;
}

static vs__frame *enter_scope(vs__state *state, const vs_variable_scope_args *args)
{
    entering enter = {.state = state, .args = args};
    if (!open_name_scope(&enter, &enter.name_scope) || !resolve(&enter))
        return NULL;
    vs__frame *frame = vs__frame_push(state->context, state);
    if (!frame)
        return NULL;
    if (enter.name_scope)
        state->builder.scope = enter.name_scope;
    state->builder.device_level = VS__DEVICE_OUTSIDE; /* as entering the graph, which TensorFlow does here */
    vs_variable_scope *object = NULL;
    vs__explain *explain = vs__explains(state->builder.graph);
    if (explain)
        vs__explain_variable_scope(&state->builder, explain, state, enter.name,
                                   args->auxiliary_name_scope == VS_FALSE ? NULL : enter.name_scope);
    if (fill_frame(&enter, frame) && (!args->as || (object = vs__variable_scope_object(state)))) {
        if (args->as)
            *args->as = object;
        return frame;
    }
    vs__frame_pop(state->context);
    return NULL;
}

/* The user data of the settings is the scope's from now on, whatever becomes of the call. false: error set. */
static bool take_users(vs__builder *builder, const vs_variable_scope_args *args)
{
    bool initializer = vs__store_at_end(builder, args->initializer.destroy, args->initializer.user);
    bool regularizer = vs__store_at_end(builder, args->regularizer.destroy, args->regularizer.user);
    bool partitioner = vs__store_at_end(builder, args->partitioner.destroy, args->partitioner.user);
    bool getter = vs__store_at_end(builder, args->custom_getter.destroy, args->custom_getter.user);
    return initializer && regularizer && partitioner && getter;
}

static void end_user(vs_destroy destroy, void *user)
{
    if (destroy)
        destroy(user);
}

/* The same where there is no scope to take it. */
static void end_users(const vs_variable_scope_args *args)
{
    end_user(args->initializer.destroy, args->initializer.user);
    end_user(args->regularizer.destroy, args->regularizer.user);
    end_user(args->partitioner.destroy, args->partitioner.user);
    end_user(args->custom_getter.destroy, args->custom_getter.user);
}

vs_frame vs_enter_variable_scope_with(const vs_variable_scope_args *given)
{
    VS__ARGUMENTS(vs_variable_scope_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (state && check_arguments(state, args))
        state = vs__state_of_values(state, args->values, args->num_values);
    else
        state = NULL;
    if (state && args->scope && args->scope->graph != state->builder.graph) {
        fail(state, "the scope to enter is in another graph than the current one: enter its graph first");
        state = NULL;
    }
    if (!state) {
        end_users(args);
        return (vs_frame){NULL, 0};
    }
    return vs__frame_of(state->context, take_users(&state->builder, args) ? enter_scope(state, args) : NULL);
}

/* ---- properties ---- */

const char *vs_variable_scope_name(const vs_variable_scope *scope)
{
    return scope ? scope->name : "";
}

const char *vs_variable_scope_original_name_scope(const vs_variable_scope *scope)
{
    return scope ? scope->original_name_scope : "";
}

static const vs__settings *settings_or_root(const vs_variable_scope *scope)
{
    return scope ? vs__settings_of(scope) : &vs__root_settings;
}

vs_reuse vs_variable_scope_reuse(const vs_variable_scope *scope)
{
    return settings_or_root(scope)->reuse;
}

vs_initializer vs_variable_scope_initializer(const vs_variable_scope *scope)
{
    return settings_or_root(scope)->initializer;
}

vs_regularizer vs_variable_scope_regularizer(const vs_variable_scope *scope)
{
    return settings_or_root(scope)->regularizer;
}

const char *vs_variable_scope_caching_device(const vs_variable_scope *scope)
{
    return settings_or_root(scope)->caching_device;
}

vs_partitioner vs_variable_scope_partitioner(const vs_variable_scope *scope)
{
    return settings_or_root(scope)->partitioner;
}

bool vs_variable_scope_has_custom_getter(const vs_variable_scope *scope)
{
    return settings_or_root(scope)->getters != NULL;
}

vs_constraint vs_variable_scope_constraint(const vs_variable_scope *scope)
{
    return settings_or_root(scope)->constraint;
}

vs_dtype vs_variable_scope_dtype(const vs_variable_scope *scope)
{
    vs_dtype dtype = settings_or_root(scope)->dtype;
    return dtype ? dtype : VS_FLOAT32;
}

vs_tristate vs_variable_scope_use_resource(const vs_variable_scope *scope)
{
    return settings_or_root(scope)->use_resource;
}

size_t vs_variable_scope_format(const vs_variable_scope *scope, char *buffer, size_t size)
{
    vs__text text = vs__text_of(buffer, size);
    vs__text_put(&text, "<tf.VariableScope '");
    vs__text_put(&text, vs_variable_scope_name(scope));
    vs__text_put(&text, "'>");
    return text.length;
}

vs_status vs_variable_scope_get_collection(const vs_variable_scope *scope, const char *key, vs_items *out)
{
    *out = (vs_items){0, NULL};
    return scope ? vs_graph_get_collection(scope->graph, key, scope->name, out) : vs_pending();
}

/* ---- setters ---- */

/* The builder of the calling context in a scope's graph, to keep a setting with; NULL with the error pending. */
static vs__builder *builder_for(const vs_variable_scope *scope)
{
    vs_error *pending = vs__pending_error();
    vs_context *context = vs__context();
    if (!scope)
        vs__fail(pending, VS_INVALID_ARGUMENT, NULL, "there is no variable scope to change: it is NULL");
    if (pending->code != VS_OK || !context)
        return NULL;
    vs__state *state = vs__context_state(context, scope->graph, NULL);
    if (state)
        state->builder.call = NULL;
    return state ? &state->builder : NULL;
}

/* The same for a setting with user data, which is the scope's from now on or ends at once. */
static vs__builder *builder_taking(const vs_variable_scope *scope, vs_destroy destroy, void *user)
{
    vs__builder *builder = builder_for(scope);
    if (!builder)
        end_user(destroy, user);
    return builder && vs__store_at_end(builder, destroy, user) ? builder : NULL;
}

/*
 * Publish a copy of a scope's settings in which one member is another. Of two setters at once, the one whose
 * exchange fails copies again what the other published: no change is lost.
 */
static vs_status change(vs__builder *builder, vs_variable_scope *scope, size_t offset, const void *value, size_t size)
{
    vs__settings *copy = vs__arena_allocate(&builder->arena, sizeof *copy);
    if (!copy) {
        vs__fail_memory(builder->error, NULL);
        return VS_RESOURCE_EXHAUSTED;
    }
    const vs__settings *seen = vs__settings_of(scope);
    do {
        *copy = *seen;
        copy->in_graph = true;
        memcpy((char *)copy + offset, value, size);
    } while (!atomic_compare_exchange_weak_explicit(&scope->settings, &seen, copy, memory_order_acq_rel,
                                                    memory_order_acquire));
    return VS_OK;
}

#define CHANGE(builder, scope, member, value)                                                                 \
    change(builder, scope, offsetof(vs__settings, member), &(value), sizeof(value))

vs_status vs_variable_scope_reuse_variables(vs_variable_scope *scope)
{
    vs__builder *builder = builder_for(scope);
    vs_reuse reuse = VS_REUSE_TRUE;
    return builder ? CHANGE(builder, scope, reuse, reuse) : vs_pending();
}

vs_status vs_variable_scope_set_initializer(vs_variable_scope *scope, vs_initializer initializer)
{
    vs__builder *builder = builder_taking(scope, initializer.destroy, initializer.user);
    vs_initializer kept;
    if (!builder || !vs__keep_initializer(builder, &initializer, &kept))
        return vs_pending();
    return CHANGE(builder, scope, initializer, kept);
}

vs_status vs_variable_scope_set_regularizer(vs_variable_scope *scope, vs_regularizer regularizer)
{
    vs__builder *builder = builder_taking(scope, regularizer.destroy, regularizer.user);
    return builder ? CHANGE(builder, scope, regularizer, regularizer) : vs_pending();
}

vs_status vs_variable_scope_set_caching_device(vs_variable_scope *scope, const char *caching_device)
{
    vs__builder *builder = builder_for(scope);
    const char *kept = builder && caching_device ? vs__keep_string(builder, caching_device) : NULL;
    if (!builder || (caching_device && !kept))
        return vs_pending();
    return CHANGE(builder, scope, caching_device, kept);
}

vs_status vs_variable_scope_set_partitioner(vs_variable_scope *scope, vs_partitioner partitioner)
{
    vs__builder *builder = builder_taking(scope, partitioner.destroy, partitioner.user);
    return builder ? CHANGE(builder, scope, partitioner, partitioner) : vs_pending();
}

/* A setter replaces the chain of getters; only entering a scope adds to it. */
vs_status vs_variable_scope_set_custom_getter(vs_variable_scope *scope, vs_custom_getter custom_getter)
{
    vs__builder *builder = builder_taking(scope, custom_getter.destroy, custom_getter.user);
    const vs__getter_link *kept = NULL;
    if (!builder || (custom_getter.function && !vs__keep_getter(builder, &custom_getter, NULL, &kept)))
        return vs_pending();
    return CHANGE(builder, scope, getters, kept);
}

vs_status vs_variable_scope_set_dtype(vs_variable_scope *scope, vs_dtype dtype)
{
    vs__builder *builder = builder_for(scope);
    vs_dtype base = vs_dtype_base(dtype);
    if (builder && dtype != VS_DTYPE_NONE && !vs__dtype_is_known(dtype)) {
        vs__fail(builder->error, VS_INVALID_ARGUMENT, NULL, "the dtype of a variable scope is no dtype");
        return VS_INVALID_ARGUMENT;
    }
    return builder ? CHANGE(builder, scope, dtype, base) : vs_pending();
}

vs_status vs_variable_scope_set_use_resource(vs_variable_scope *scope, vs_tristate use_resource)
{
    vs__builder *builder = builder_for(scope);
    return builder ? CHANGE(builder, scope, use_resource, use_resource) : vs_pending();
}
