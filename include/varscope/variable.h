/* Variables: made or found by name, shared by all threads that build in the graph.
 *
 * vs_get_variable("v") inside variable scope "foo" has the key "foo/v". For each key exactly one caller creates;
 * every other one, whatever its reuse mode, waits until the variable is whole and then sees it:
 *
 *     reuse off   creates; already_exists when it is there
 *     reuse true  finds; not_found when it is not there
 *     reuse auto  finds or creates
 *
 * No lock is held while an initializer, regularizer, getter or partitioner of the caller runs. A creation that
 * fails leaves no variable, and one of those that waited tries next. A creation that asks for its own name, or
 * that would close a cycle of threads waiting for each other, fails with aborted.
 */
#ifndef VARSCOPE_VARIABLE_H
#define VARSCOPE_VARIABLE_H

#include "collection.h"
#include "variable_scope.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum vs_synchronization {
    VS_SYNCHRONIZATION_AUTO = 0,
    VS_SYNCHRONIZATION_NONE,
    VS_SYNCHRONIZATION_ON_WRITE,
    VS_SYNCHRONIZATION_ON_READ /* makes trainable default to false */
} vs_synchronization;

typedef enum vs_aggregation {
    VS_AGGREGATION_NONE = 0,
    VS_AGGREGATION_SUM,
    VS_AGGREGATION_MEAN,
    VS_AGGREGATION_ONLY_FIRST_REPLICA
} vs_aggregation;

/** A list of collection keys; absent (NULL, 0) means {"variables"}; VS_NO_KEYS none. */
typedef struct vs_keys {
    const char *const *names;
    size_t count;
} vs_keys;
#define VS_KEYS(...)                                                                                          \
    ((vs_keys){(const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)})
#define VS_NO_KEYS ((vs_keys){(const char *const[]){""}, 0})

/** What get_variable did. */
typedef enum vs_outcome { VS_OUTCOME_NONE = 0, VS_FOUND, VS_CREATED } vs_outcome;

typedef struct vs_get_variable_args {
    vs_call call;
    const char *name;               /* below the scope; to a custom getter the full name; copied */
    vs_shape shape;                 /* absent: the initializer's value, or whatever is found */
    vs_dtype dtype;                 /* 0: the scope's, else float32 */
    vs_initializer initializer;     /* absent: the scope's, else glorot_uniform, or zeros for ints, bool, string */
    vs_regularizer regularizer;
    vs_tristate trainable;          /* default: true unless synchronization is ON_READ */
    vs_keys collections;
    const char *caching_device;     /* where reads are cached; NULL: the scope's */
    vs_partitioner partitioner;
    vs_tristate validate_shape;     /* default true */
    vs_tristate use_resource;
    vs_custom_getter custom_getter; /* replaces the scope's */
    vs_constraint constraint;
    vs_synchronization synchronization;
    vs_aggregation aggregation;
    vs_reuse reuse;                 /* INHERIT: the scope's; else overrides it for this call */
    bool strict;                    /* under auto reuse, find only: refuse to create (not_found) */
    vs_outcome *outcome;            /* out: found or created; may be NULL */
} vs_get_variable_args;

/**
 * Get the variable of a name: create it, or find it.
 *
 * @return valid as long as the graph; NULL and pending: already_exists, not_found, incompatible (shape, dtype or
 *         partitioning differ), invalid_argument (name, shape with a value as initializer, no initializer for the
 *         dtype, no shape, device), aborted (a cycle of creations), failed_precondition (no graph or a frozen one),
 *         resource_exhausted, or what a callback raised
 * Threads: any; may block while another thread creates the same variable.
 */
VS_API vs_variable *vs_get_variable_with(const vs_get_variable_args *args);
#define vs_get_variable(...)                                                                                  \
    vs_get_variable_with(&(const vs_get_variable_args){VS_CALL(vs_get_variable_args), .name = __VA_ARGS__})

/** As vs_get_variable, in the collection "local_variables" (added to those given) and never trainable. */
VS_API vs_variable *vs_get_local_variable_with(const vs_get_variable_args *args);
#define vs_get_local_variable(...)                                                                            \
    vs_get_local_variable_with(&(const vs_get_variable_args){VS_CALL(vs_get_variable_args), .name = __VA_ARGS__})

typedef struct vs_variable_args {
    vs_call call;
    vs_initializer initial_value;   /* a value (vs_value_initializer) or a function */
    const char *name;               /* NULL: "Variable"; made unique; in the current name scope */
    vs_tristate trainable;
    vs_keys collections;
    vs_tristate validate_shape;     /* default true: the initial value's shape must be fully defined */
    const char *caching_device;
    vs_dtype dtype;                 /* 0: the value's */
    vs_tristate use_resource;
    vs_constraint constraint;
    vs_synchronization synchronization;
    vs_aggregation aggregation;
    vs_shape shape;                 /* absent: the initial value's */
} vs_variable_args;

/**
 * Make a new variable, always: tf.Variable. Its name is made unique; it is not in the store of get_variable.
 *
 *     vs_new_variable(vs_value_initializer(VS_REALS(1.0, 2.0)), .name = "weights")
 *
 * The initial value, here and in vs_get_variable(), may read other variables: it is computed from what those start as,
 * so that variables may be initialized in any order.
 *
 * @return valid as long as the graph; NULL and pending: invalid_argument, failed_precondition, resource_exhausted
 * Threads: any.
 */
VS_API vs_variable *vs_new_variable_with(const vs_variable_args *args);
#define vs_new_variable(...)                                                                                  \
    vs_new_variable_with(&(const vs_variable_args){VS_CALL(vs_variable_args), .initial_value = __VA_ARGS__})

/** How a variable is held. */
typedef enum vs_variable_kind { VS_REF_VARIABLE = 1, VS_RESOURCE_VARIABLE, VS_PARTITIONED_VARIABLE } vs_variable_kind;

/* ---- properties; strings and pointers are valid as long as the graph. A null variable, as a failed call returns it,
 * reads as nothing: "", NULL, 0. Threads: any. ---- */
VS_API vs_variable_kind vs_variable_kind_of(const vs_variable *variable);
VS_API const char *vs_variable_kind_name(const vs_variable *variable); /* "RefVariable", "ResourceVariable", ... */
VS_API const char *vs_variable_name(const vs_variable *variable); /* "foo/v:0"; of a partitioned one "foo/p" */
VS_API const char *vs_variable_key(const vs_variable *variable);  /* as find_variable takes it; NULL: vs_new_variable's */
VS_API vs_shape vs_variable_shape(const vs_variable *variable);
VS_API vs_dtype vs_variable_dtype(const vs_variable *variable); /* float32_ref for a ref variable, as it prints */
VS_API bool vs_variable_trainable(const vs_variable *variable);
VS_API vs_synchronization vs_variable_synchronization(const vs_variable *variable);
VS_API vs_aggregation vs_variable_aggregation(const vs_variable *variable);
VS_API vs_constraint vs_variable_constraint(const vs_variable *variable);
VS_API vs_site vs_variable_site(const vs_variable *variable); /* the call that made it */
VS_API const vs_operation *vs_variable_op(const vs_variable *variable);          /* VariableV2 or VarHandleOp */
VS_API const vs_operation *vs_variable_initializer(const vs_variable *variable); /* the Assign */
VS_API vs_tensor vs_variable_initial_value(const vs_variable *variable);

/** The slices of a partitioned variable, in order; 0 and NULL for others. */
VS_API size_t vs_variable_num_slices(const vs_variable *variable);
VS_API vs_variable *vs_variable_slice(const vs_variable *variable, size_t i);

/** A slice's place as checkpoints spell it, "7 2 0,3:0,2"; NULL when it is no slice. */
VS_API const char *vs_variable_save_slice_spec(const vs_variable *variable);

/**
 * A variable as a tensor: the read tensor of a ref variable, a new read of a resource variable, the
 * concatenation of a partitioned one (its as_tensor: new nodes at each call).
 *
 * @return null and pending: failed_precondition, resource_exhausted
 * Threads: any.
 */
VS_API vs_tensor vs_variable_as_tensor(const vs_variable *variable);

/** Write <tf.Variable 'foo/v:0' shape=(1,) dtype=float32_ref>; returns the length, as snprintf. Threads: any. */
VS_API size_t vs_variable_format(const vs_variable *variable, char *buffer, size_t size);

/* ---- lists of the current graph; free with vs_items_free(); errors as vs_get_collection(). Threads: any. ---- */
VS_API vs_status vs_global_variables(const char *scope, vs_items *out);
VS_API vs_status vs_trainable_variables(const char *scope, vs_items *out);
VS_API vs_status vs_local_variables(const char *scope, vs_items *out);
VS_API vs_status vs_model_variables(const char *scope, vs_items *out);

/**
 * The op that initializes all global variables, named "init"; a NoOp when there are none.
 *
 * @return NULL and pending: failed_precondition, resource_exhausted
 * Threads: any; variables that other threads make at the same time may be missing.
 */
VS_API vs_operation *vs_global_variables_initializer(void);

/** The same for the collection "local_variables"; its op is named "init" too, as in TensorFlow. */
VS_API vs_operation *vs_local_variables_initializer(void);

/** The same for a list of variables. @param name  NULL: "init" */
VS_API vs_operation *vs_variables_initializer(vs_variable *const *variables, size_t count, const char *name);

#ifdef __cplusplus
}
#endif

#endif
