/* Variables: the object, and making its nodes. */
#ifndef VS_SCOPE_VARIABLE_H
#define VS_SCOPE_VARIABLE_H

#include <varscope/variable.h>

#include "collections.h"
#include "context.h"

/* Where a slice lies. Immutable. */
typedef struct vs__slice_place {
    const vs_variable *whole;
    const int64_t *var_offset; /* one a dimension */
    const int64_t *var_shape;
    const char *spec;          /* "7 2 0,3:0,2" */
} vs__slice_place;

struct vs_variable {
    vs_graph *graph;
    const char *name; /* "foo/v:0"; of a partitioned one "foo/p" */
    _Atomic(const char *) key; /* NULL: not in the store; stored once, with release (a creator may bring it there) */
    _Atomic(struct vs__shared *) shared; /* NULL: no forked worker has part in it; stored once (shared.h) */
    const vs__blob *shape;
    uint8_t kind;     /* vs_variable_kind */
    uint8_t dtype;    /* the base type */
    uint8_t synchronization;
    uint8_t aggregation;
    bool trainable;
    bool validate_shape;
    vs_constraint constraint;
    vs_site site;
    const vs__output *variable;      /* of VariableV2 or VarHandleOp; NULL: partitioned */
    const vs_operation *initializer; /* the Assign */
    const vs__output *initial_value;
    const vs__output *start;         /* what the Assign is given: the initial value, reading no other variable */
    const vs__output *snapshot;      /* the read of a ref variable; of a resource variable its first read */
    const vs__output *cached;        /* of a resource variable with a caching device; else NULL */
    const vs_operation *is_initialized; /* of a resource variable */
    const char *caching_device;
    /* of what an assignment to a resource variable gives: it stands for this op, and its reads wait for it */
    const vs_operation *after;
    /* of a slice; stored once, with release: what was made by hand under a slice's name becomes one when others see it */
    _Atomic(const vs__slice_place *) slice;
    /* of a partitioned variable */
    vs_variable **slices;
    size_t n_slices;
    const int64_t *partitions;       /* one a dimension */
};

/* A slice of a partitioned variable that is being made. */
typedef struct vs__slice {
    vs_partition_info place;
    const vs_variable *whole;
    const int64_t *dims; /* of the slice: its variable may have a shape that is not known */
} vs__slice;

/* What a variable is made from: a value, or an initializer that makes one. */
typedef struct vs__making {
    const char *name;      /* of its nodes, made unique; NULL: "Variable" */
    const vs_get_variable_args *args; /* trainable, collections, devices, kind ...: all but name and initializer */
    vs_shape shape;        /* absent: the value's */
    vs_dtype dtype;        /* NONE: the value's */
    vs_tensor value;       /* null: there is an initializer */
    const vs_initializer *initializer;
    vs_dtype initializer_dtype;          /* what it is called with */
    vs_shape initializer_shape;
    const vs__slice *slice;              /* NULL: it is none */
    const char *key;       /* NULL: none */
} vs__making;

/* Say of a variable which slice it is, unless it is one already. false: error set. */
bool vs__variable_set_slice(vs__builder *builder, const vs__slice *slice, vs_variable *out);

static inline const vs__slice_place *vs__variable_slice_of(const vs_variable *variable)
{
    return atomic_load_explicit(&((vs_variable *)(uintptr_t)variable)->slice, memory_order_acquire);
}

static inline const char *vs__variable_key_of(const vs_variable *variable)
{
    return atomic_load_explicit(&((vs_variable *)(uintptr_t)variable)->key, memory_order_acquire);
}

/* Make it one that is no slice, before it is published. */
void vs__variable_clear_slice(vs_variable *variable);

/* Make a variable with all its nodes. NULL: error set. */
vs_variable *vs__variable_make(vs__state *state, const vs__making *making);

/* Make the value of an initializer. false: error set. */
bool vs__initializer_call(vs__state *state, const vs_initializer *initializer, vs_shape shape, vs_dtype dtype,
                          const vs_partition_info *partition, vs_tensor *out);

/* The initializer of a variable that was given none (get_default_initializer). false: error set. */
bool vs__initializer_default(vs__state *state, const char *name, vs_dtype dtype, vs_initializer *out);

/* Call a partitioner and check its answer. false: error set. */
bool vs__partitioner_call(vs__state *state, const vs_partitioner *partitioner, const char *name, vs_shape shape,
                          vs_dtype dtype, int64_t *partitions);

/* Build the loss of a new variable and put it into its collection. false: error set. */
bool vs__regularizer_call(vs__state *state, const vs_regularizer *regularizer, const char *key, vs_variable *variable);

/* builder.h: read_variable and read_makes_node. */
bool vs__variable_read(vs__builder *builder, const vs_variable *variable, bool as_ref, const vs__output **out);
bool vs__variable_read_makes_node(const vs_variable *variable, bool as_ref);

/* Whether the kind is resource, where neither call nor scope may say. */
bool vs__use_resource(const vs__state *state, vs_tristate use_resource);

/* Add a variable to its collections. false: error set. */
bool vs__variable_collect(vs__state *state, vs_variable *variable, vs_keys keys);

#endif
