/* Single variables: found as they are, or created under a claim (_get_single_variable of variable_scope.py). */
#include "creator.h"
#include "get_variable.h"
#include "schedule.h"
#include "shared.h"

#include <stdio.h>

bool vs__get_fail(const vs__request *of, vs_status code, const char *message)
{
    return vs__fail(of->error, code, of->call, "variable %s %s", of->args->name, message);
}

bool vs__get_clash(const vs__request *of, vs_status code, const vs_variable *found, const char *message)
{
    char site[VS__SITE_SIZE];
    if (of->error->code != VS_OK)
        return false;
    vs__first_defined(&found->site, site);
    vs__fail(of->error, code, of->call, "variable %s%s%s %s", of->args->name, site, *site ? "," : "", message);
    of->error->first = found->site;
    return false;
}

void vs__get_note(const vs__request *of, vs_outcome outcome)
{
    if (of->args->outcome)
        *of->args->outcome = outcome;
}

/* ---- what is found ---- */

bool vs__get_already_exists(const vs__request *of, const vs_variable *found)
{
    char site[VS__SITE_SIZE];
    if (of->error->code != VS_OK)
        return false;
    vs__fail(of->error, VS_ALREADY_EXISTS, of->call,
             "variable %s already exists%s: set reuse to true or auto in its scope to share it, or give the new one another "
             "name",
             of->args->name, vs__first_defined(&found->site, site));
    of->error->first = found->site;
    return false;
}

/* The way out where there is none of that name: what it may have been meant for. */
static const char *hint_for(const vs__request *of, char *buffer, size_t size)
{
    const vs_graph *graph = of->state->builder.graph;
    const char *near = vs__store_nearest(graph->store, of->args->name, of->length);
    buffer[0] = '\0';
    if (near)
        snprintf(buffer, size, "; did you mean %s?", near);
    else if (vs__name_find(graph, of->args->name, of->length))
        snprintf(buffer, size, "; there is a node of that name, but only what get_variable made is found");
    return buffer;
}

vs__claim vs__get_claim(const vs__request *of, vs_variable **found, vs__store_entry **entry)
{
    const vs_get_variable_args *args = of->args;
    bool may_create = args->reuse == VS_REUSE_FALSE || (args->reuse == VS_AUTO_REUSE && !args->strict);
    vs__claim claim = vs__store_claim(of->state, args->name, of->length, may_create, found, entry);
    if (claim != VS__CLAIM_ABSENT || !vs__shared_minds_miss(of))
        return claim;
    VS__YIELD();
    if (!vs__shared_missed(of))
        return VS__CLAIM_FAILED;
    VS__YIELD();
    return vs__store_claim(of->state, args->name, of->length, may_create, found, entry);
}

bool vs__get_not_found(const vs__request *of)
{
    char hint[512];
    return vs__fail(of->error, VS_NOT_FOUND, of->call, "variable %s does not exist, %s%s", of->args->name,
                    of->args->reuse == VS_REUSE_TRUE
                        ? "and reuse is on: make it first with get_variable, or set reuse to auto"
                        : "and the strict form of auto reuse does not create it: make it first, or leave strict out",
                    hint_for(of, hint, sizeof hint));
}

static bool wrong_shape(const vs__request *of, vs_shape asked, const vs_variable *found)
{
    char a[256], b[256], site[VS__SITE_SIZE];
    vs_shape_format(asked, a, sizeof a);
    vs_shape_format(vs__blob_shape(found->shape), b, sizeof b);
    vs__fail(of->error, VS_INCOMPATIBLE, of->call,
             "variable %s has shape %s%s, but shape %s was asked for: ask for the same, or leave it out", of->args->name, b,
             vs__first_defined(&found->site, site), a);
    of->error->first = found->site;
    return false;
}

static bool wrong_dtype(const vs__request *of, vs_dtype asked, const vs_variable *found)
{
    char site[VS__SITE_SIZE];
    const char *has = vs_dtype_name((vs_dtype)found->dtype);
    vs__fail(of->error, VS_INCOMPATIBLE, of->call,
             "variable %s has dtype %s%s, but dtype %s was asked for: ask for %s (without a dtype the scope's counts, else "
             "float32)",
             of->args->name, has, vs__first_defined(&found->site, site), vs_dtype_name(asked), has);
    of->error->first = found->site;
    return false;
}

bool vs__get_same_kind(const vs__request *of, const vs_variable *found, vs_shape shape, vs_dtype dtype)
{
    if (shape.kind != VS_SHAPE_ABSENT && !vs_shape_is_compatible(shape, vs__blob_shape(found->shape)))
        return wrong_shape(of, shape, found);
    return dtype == (vs_dtype)found->dtype || wrong_dtype(of, dtype, found);
}

/* ---- single variables ---- */

/* Choose the initializer, and make the variable. */
static vs_variable *create(const vs__request *of, const char *key, const vs__slice *slice)
{
    const vs_get_variable_args *args = of->args;
    vs_initializer initializer = args->initializer;
    if (!initializer.kind) {
        if (args->shape.kind == VS_SHAPE_ABSENT) {
            vs__get_fail(of, VS_INVALID_ARGUMENT, "has neither a shape nor an initializer: give one of them");
            return NULL;
        }
        if (!vs__initializer_default(of->state, args->name, args->dtype, &initializer))
            return NULL;
    }
    bool defined = vs_shape_is_fully_defined(args->shape);
    bool free_function = initializer.kind == VS_INITIALIZER_FUNCTION && initializer.takes_no_shape;
    if (!vs__get_is_value(&initializer) && !defined && !free_function) {
        vs__get_fail(of, VS_INVALID_ARGUMENT, "needs a fully defined shape for its initializer");
        return NULL;
    }
    const vs__making making = {
        .name = args->name, .args = args, .shape = args->shape, .key = key, .slice = slice,
        .value = vs__get_is_value(&initializer) ? initializer.value : (vs_tensor){{NULL}, VS__TENSOR_NULL, 0},
        .dtype = !vs__get_is_value(&initializer) && defined ? args->dtype : VS_DTYPE_NONE,
        .initializer = &initializer, .initializer_dtype = defined ? args->dtype : VS_DTYPE_NONE,
        .initializer_shape = args->shape,
    };
    return of->state->creators ? vs__create_keyed_variable(of->state, &making) : vs__variable_make(of->state, &making);
}

/* Create under a claim, and regularize. A creation that fails leaves no variable behind. */
static vs_variable *create_claimed(const vs__request *of, vs__store_entry *entry, const vs__slice *slice)
{
    vs__shared_creation creation;
    if (!vs__shared_begin(of, entry->key, slice != NULL, &creation)) {
        vs__store_abandon(entry);
        return NULL;
    }
    vs_variable *variable = create(of, entry->key, slice);
    /* A loss that fails leaves the variable: it is whole, and in its collections. */
    bool regularized =
        variable && vs__regularizer_call(of->state, &of->args->regularizer, entry->key, variable);
    vs__shared_end(of, &creation, variable);
    if (!variable) {
        vs__store_abandon(entry);
        return NULL;
    }
    if (!regularized && slice) /* which in TensorFlow gets its place only now */
        vs__variable_clear_slice(variable);
    vs__store_publish(entry, variable);
    vs__get_note(of, VS_CREATED);
    return regularized ? variable : NULL;
}

const vs_variable *vs__get_find_slice(const vs__request *of, size_t number)
{
    char small[512];
    size_t size = of->length + 32;
    char *key = size <= sizeof small ? small : vs__allocate(size);
    if (!key) {
        vs__fail_memory(of->error, of->call);
        return NULL;
    }
    int length = snprintf(key, size, "%s/part_%zu", of->args->name, number);
    const vs_variable *found = vs__store_find(of->state->builder.graph->store, key, (size_t)length);
    if (key != small)
        vs__release(key, size);
    return found && found->kind != VS_PARTITIONED_VARIABLE ? found : NULL;
}

static vs_variable *found_single(const vs__request *of, vs_variable *found)
{
    const vs_get_variable_args *args = of->args;
    if (!vs__shared_compare(of, found))
        return NULL;
    if (found->kind == VS_PARTITIONED_VARIABLE && args->reuse == VS_REUSE_TRUE)
        return vs__get_found_partitioned(of, found, args->shape, NULL);
    if (found->kind == VS_PARTITIONED_VARIABLE) {
        vs__get_clash(of, VS_INCOMPATIBLE, found, "is partitioned, but was asked for without a partitioner: give the same partitioner, "
             "or set reuse to true");
        return NULL;
    }
    if (args->reuse == VS_REUSE_FALSE) {
        vs__get_already_exists(of, found);
        return NULL;
    }
    if (!vs__get_same_kind(of, found, args->shape, args->dtype) || !vs__shared_found(of, found))
        return NULL;
    vs__get_note(of, VS_FOUND);
    return found;
}

vs_variable *vs__get_single(const vs__request *of, const vs__slice *slice)
{
    const vs_get_variable_args *args = of->args;
    vs__store_entry *entry = NULL;
    vs_variable *found = NULL;
    if (args->shape.kind != VS_SHAPE_ABSENT && vs__get_is_value(&args->initializer)) {
        vs__get_fail(of, VS_INVALID_ARGUMENT, "has a value as its initializer, which decides the shape: leave shape out");
        return NULL;
    }
    switch (vs__get_claim(of, &found, &entry)) {
    case VS__CLAIM_FOUND:
        return found_single(of, found);
    case VS__CLAIM_MINE:
        return create_claimed(of, entry, slice);
    case VS__CLAIM_ABSENT:
        vs__get_not_found(of);
        return NULL;
    default:
        return NULL;
    }
}
