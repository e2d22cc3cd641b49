/* The graph: what all threads share. */
#ifndef VS_GRAPH_GRAPH_H
#define VS_GRAPH_GRAPH_H

#include <stdatomic.h>

#include <varscope/graph.h>

#include "intern.h"
#include "memory.h"
#include "mutex.h"
#include "names.h"
#include "strand.h"
#include "table.h"

struct vs__collection;
struct vs__asked;
struct vs__conflict;
struct vs__miss;
struct vs__explain;

/*
 * Counts: strong ones keep what the graph holds, weak ones only this struct. A context keeps a weak count for
 * each graph that it has scopes for, so that it can tell that the graph is gone. All strong counts together
 * hold one weak count. The last strong count frees the contents: nobody else can be building then, because
 * whoever builds holds a strong count.
 */
struct vs_graph {
    atomic_size_t strong;
    atomic_size_t weak;

    vs__blocks blocks;         /* nodes, names, strings: all that lives as long as the graph */
    vs__interned interned;     /* strings, shapes and attributes, each once */
    vs__scope *root;           /* the root name scope; written at creation only */
    _Atomic(struct vs__dir *) dirs; /* all directories of names, to be ended with the graph */
    vs__mutex order_lock;      /* guards adding to `order`, as several contexts do, and where strands stand (strand.h) */
    _Atomic(struct vs__conflict *) conflicts; /* of forked workers (conflict.h) */
    _Atomic(const struct vs__asked *) last_asked; /* of scope/shared.c, as the next two: what was asked for last, */
    _Atomic(struct vs__miss *) misses;            /* and what was not found; pushed */
    atomic_uint num_misses;
    vs__table shared_names VS__GUARDED_BY(order_lock); /* notes of names (shared_names.c) */
    atomic_uint moves;         /* of strands, counted before and after each: odd while one moves */
    vs__strand order;          /* the root of the tree of strands */

    _Atomic(struct vs__explain *) explain; /* notes of names (explain.h); NULL: none are kept; set once */
    vs__mutex collections_lock;
    _Atomic(struct vs__collection *) collections; /* append-only list; guard for adding: collections_lock */

    _Atomic(struct vs__device_function *) device_functions; /* append-only list (placing.c) */

    struct vs__store *store;   /* variables by key, of the scope layer; written at creation only */
    void (*store_free)(struct vs__store *store);

    atomic_bool finalized;
    atomic_bool resource_variables;
    atomic_bool has_seed;
    _Atomic int64_t seed;
    _Atomic int64_t random_ops; /* unseeded random ops so far: the op seed of the next (random_seed.py) */
};

/* As vs_graph_release() of a weak count. */
void vs__graph_release_weak(vs_graph *graph);

/* A count for a holder of a weak one, if the graph's contents are still there. */
bool vs__graph_hold_if_alive(vs_graph *graph);

/* Whether the graph's contents are gone. */
static inline bool vs__graph_is_dead(const vs_graph *graph)
{
    return atomic_load_explicit(&((vs_graph *)(uintptr_t)graph)->strong, memory_order_acquire) == 0;
}

/* The scope layer says how to make and free its store; set once, before any graph is made. */
typedef struct vs__store_hooks {
    struct vs__store *(*make)(vs_graph *graph);
    void (*free)(struct vs__store *store);
} vs__store_hooks;

vs_graph *vs__graph_new(const vs__store_hooks *hooks);

#endif
