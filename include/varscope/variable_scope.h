/* Variable scopes: prefixes and defaults of get_variable.
 *
 *     VS_WITH_VARIABLE_SCOPE("conv1", .reuse = VS_AUTO_REUSE)
 *         weights = vs_get_variable("weights", .shape = VS_SHAPE(5, 5, 3, 32));   // conv1/weights, made or found
 *
 * Entering a variable scope opens a name scope too (conv1/, then conv1_1/), unless auxiliary_name_scope is
 * VS_FALSE; the prefix of variables stays "conv1" however often it is entered.
 *
 * A vs_variable_scope is the scope's object, as `with ... as scope` yields it: its settings and where it was
 * first opened. It lives as long as its graph and may be entered again, on any thread. The settings of a scope
 * are one immutable record: a setter on one thread is seen whole or not at all on another.
 *
 * The stack of scopes and the counters of default_name belong to the context: two threads that each enter
 * default_name "layer" both get "layer", and share its variables if they reuse.
 */
#ifndef VARSCOPE_VARIABLE_SCOPE_H
#define VARSCOPE_VARIABLE_SCOPE_H

#include "context.h"
#include "initializer.h"
#include "partitioner.h"
#include "regularizer.h"
#include "collection.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vs_variable_scope vs_variable_scope;
struct vs_get_variable_args;

/** Whether get_variable creates, finds, or does either. As an argument, VS_REUSE_FALSE means inherit, as in TF. */
typedef enum vs_reuse { VS_REUSE_INHERIT = 0, VS_REUSE_TRUE = 1, VS_REUSE_FALSE = 2, VS_AUTO_REUSE = 3 } vs_reuse;

/** What a custom getter calls to go on: the next getter, in the end get_variable itself. */
typedef struct vs_getter vs_getter;
VS_API vs_variable *vs_getter_call(const vs_getter *next, const struct vs_get_variable_args *args);

/**
 * Stands in for get_variable. Runs on the calling thread; args hold the full name and the scope's defaults filled
 * in; may change them in a copy, call next any number of times, or return another variable.
 */
typedef vs_variable *(*vs_custom_getter_function)(const vs_getter *next, const struct vs_get_variable_args *args,
                                                  void *user);
typedef struct vs_custom_getter {
    vs_custom_getter_function function; /* NULL: absent */
    void *user;
    vs_destroy destroy; /* of user; runs when the graph goes, or with get_variable's return */
} vs_custom_getter;

/** What an optimizer is to apply to a variable after an update; kept with the variable. */
typedef vs_tensor (*vs_constraint_function)(vs_tensor value, void *user);
typedef struct vs_constraint {
    vs_constraint_function function; /* NULL: absent */
    void *user;
} vs_constraint;

typedef struct vs_variable_scope_args {
    vs_call call;
    const char *name;                  /* name_or_scope as a name, copied; NULL: scope, or default_name */
    const vs_variable_scope *scope;    /* name_or_scope as an object */
    const char *default_name;          /* made unique among this context's scopes; used when both are NULL */
    const vs_tensor *values;           /* tensors of one graph, which becomes the current one inside */
    size_t num_values;
    vs_initializer initializer;        /* defaults for the variables inside; absent: inherited */
    vs_regularizer regularizer;
    const char *caching_device;
    vs_partitioner partitioner;
    vs_custom_getter custom_getter;    /* runs before an inherited one */
    vs_reuse reuse;
    vs_dtype dtype;
    vs_tristate use_resource;
    vs_constraint constraint;          /* not inherited */
    vs_tristate auxiliary_name_scope;  /* default true */
    vs_variable_scope **as;            /* out: the scope's object; may be NULL */
    bool exact;                        /* of an object: in its own original name scope, not in a fresh one */
} vs_variable_scope_args;

/**
 * Enter a variable scope.
 *
 * @return the frame to leave; not entered, and pending: invalid_argument (neither name, scope nor default_name;
 *         default_name with reuse; exact without a scope; a name that TensorFlow refuses; values of two graphs), failed_precondition
 *         (no graph), resource_exhausted
 * Threads: any; the scope is the calling context's own.
 */
VS_API vs_frame vs_enter_variable_scope_with(const vs_variable_scope_args *args);

#define VS_WITH_VARIABLE_SCOPE(...)                                                                           \
    VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_variable_scope_with(                                              \
        &(const vs_variable_scope_args){VS_CALL(vs_variable_scope_args), .name = __VA_ARGS__}))

/** The same with a scope object first. */
#define VS_WITH_VARIABLE_SCOPE_OBJECT(...)                                                                    \
    VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_variable_scope_with(                                              \
        &(const vs_variable_scope_args){VS_CALL(vs_variable_scope_args), .scope = __VA_ARGS__}))

/**
 * Enter a scope again exactly, wherever one is: variables get its prefix and ops its original name scope, as if its
 * block went on. In TensorFlow that takes a variable_scope without auxiliary name scope and a name_scope.
 *
 *     VS_WITH_VARIABLE_SCOPE("foo", .as = &foo) ...          // foo/c
 *     VS_WITH_REENTERED_SCOPE(foo, .reuse = VS_REUSE_TRUE)   // foo/c_1, where VS_WITH_VARIABLE_SCOPE_OBJECT has foo_1/c
 */
#define VS_WITH_REENTERED_SCOPE(...)                                                                          \
    VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_variable_scope_with(                                              \
        &(const vs_variable_scope_args){VS_CALL(vs_variable_scope_args), .exact = true, .scope = __VA_ARGS__}))

/**
 * The current variable scope's object; at the root one with name "".
 *
 * @return valid as long as the graph; NULL without a graph (failed_precondition) or memory (resource_exhausted)
 * Threads: any.
 */
VS_API vs_variable_scope *vs_get_variable_scope(void);

/* ---- properties: strings are valid as long as the graph; a null scope reads as the root. Threads: any. ---- */
VS_API const char *vs_variable_scope_name(const vs_variable_scope *scope);                /* "a/b" */
VS_API const char *vs_variable_scope_original_name_scope(const vs_variable_scope *scope); /* "a/b_1/" */
VS_API vs_reuse vs_variable_scope_reuse(const vs_variable_scope *scope); /* FALSE, TRUE, AUTO; INHERIT: none */
VS_API vs_initializer vs_variable_scope_initializer(const vs_variable_scope *scope);
VS_API vs_regularizer vs_variable_scope_regularizer(const vs_variable_scope *scope);
VS_API const char *vs_variable_scope_caching_device(const vs_variable_scope *scope); /* NULL: none */
VS_API vs_partitioner vs_variable_scope_partitioner(const vs_variable_scope *scope);
VS_API bool vs_variable_scope_has_custom_getter(const vs_variable_scope *scope);
VS_API vs_constraint vs_variable_scope_constraint(const vs_variable_scope *scope);
VS_API vs_dtype vs_variable_scope_dtype(const vs_variable_scope *scope);
VS_API vs_tristate vs_variable_scope_use_resource(const vs_variable_scope *scope);

/* ---- setters: seen by get_variable and scopes opened inside from then on, and by later entries of this object.
 * @return VS_OK; VS_INVALID_ARGUMENT (a null scope), VS_RESOURCE_EXHAUSTED; pending too
 * Threads: any, on one scope from several threads too; the last one wins. ---- */
VS_API vs_status vs_variable_scope_reuse_variables(vs_variable_scope *scope);
VS_API vs_status vs_variable_scope_set_initializer(vs_variable_scope *scope, vs_initializer initializer);
VS_API vs_status vs_variable_scope_set_regularizer(vs_variable_scope *scope, vs_regularizer regularizer);
VS_API vs_status vs_variable_scope_set_caching_device(vs_variable_scope *scope, const char *caching_device);
VS_API vs_status vs_variable_scope_set_partitioner(vs_variable_scope *scope, vs_partitioner partitioner);
VS_API vs_status vs_variable_scope_set_custom_getter(vs_variable_scope *scope, vs_custom_getter custom_getter);
VS_API vs_status vs_variable_scope_set_dtype(vs_variable_scope *scope, vs_dtype dtype);
VS_API vs_status vs_variable_scope_set_use_resource(vs_variable_scope *scope, vs_tristate use_resource);

/**
 * The part of a collection that lies in exactly this scope's subtree.
 *
 * @param[out] out  to be freed with vs_items_free()
 * @return VS_OK; VS_RESOURCE_EXHAUSTED, pending too
 * Threads: any.
 */
VS_API vs_status vs_variable_scope_get_collection(const vs_variable_scope *scope, const char *key, vs_items *out);

/** Write a scope as one line: <tf.VariableScope 'a/b'>; returns the length, as snprintf. Threads: any. */
VS_API size_t vs_variable_scope_format(const vs_variable_scope *scope, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
