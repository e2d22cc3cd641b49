/* Variable scopes: the object and its settings. */
#ifndef VS_SCOPE_VARIABLE_SCOPE_H
#define VS_SCOPE_VARIABLE_SCOPE_H

#include <stdatomic.h>

#include <varscope/variable_scope.h>

#include "builder.h"

/* One custom getter of a chain: the innermost scope's first. */
typedef struct vs__getter_link {
    vs_custom_getter getter;
    const struct vs__getter_link *outer;
} vs__getter_link;

/*
 * The settings of a scope: immutable once published. Those of a scope object lie in the graph's memory, with
 * everything that they point to; those of a frame's own scope lie in the frame.
 */
typedef struct vs__settings {
    vs_reuse reuse; /* FALSE, TRUE or AUTO */
    vs_dtype dtype; /* NONE: float32, and nothing was said */
    vs_tristate use_resource;
    vs_initializer initializer;
    vs_regularizer regularizer;
    vs_partitioner partitioner;
    const char *caching_device;
    const vs__getter_link *getters;
    vs_constraint constraint;
    bool in_graph; /* whether it lies in the graph's memory */
} vs__settings;

struct vs_variable_scope {
    vs_graph *graph;
    const char *name;                /* lives as long as the graph */
    size_t length;
    const char *original_name_scope; /* lives as long as the graph */
    _Atomic(const vs__settings *) settings;
    bool is_object;                  /* lies in the graph's memory; else in a frame */
    vs_variable_scope *promoted;     /* of a frame's own scope: the object that took its place. The context's own. */
    struct vs__count *count;         /* of a frame's own scope, how often it was opened; NULL: to be looked up */
    const struct vs__counters *counters; /* that have the count */
};

static inline const vs__settings *vs__settings_of(const vs_variable_scope *scope)
{
    return atomic_load_explicit(&((vs_variable_scope *)(uintptr_t)scope)->settings, memory_order_acquire);
}

struct vs__state;

/* The current variable scope of a state; the root's settings are the default ones. */
const vs_variable_scope *vs__variable_scope_current(const struct vs__state *state);

/* Whether a name of variables or their scopes is one that TensorFlow can load; error set when not. */
bool vs__variable_name_check(struct vs__state *state, const char *name);

/* The same as an object that lives as long as the graph; NULL with the error set. */
vs_variable_scope *vs__variable_scope_object(struct vs__state *state);

/* Settings as they are at the root of a new graph. */
extern const vs__settings vs__root_settings;

/*
 * Copies for keeping in the graph's memory. Literals and strings in them are copied; destroy hooks are the caller's
 * business (vs__store_at_end). false: error set.
 */
bool vs__keep_initializer(vs__builder *builder, const vs_initializer *given, vs_initializer *out);
bool vs__keep_getter(vs__builder *builder, const vs_custom_getter *given, const vs__getter_link *outer,
                     const vs__getter_link **out);
const char *vs__keep_string(vs__builder *builder, const char *text);

#endif
