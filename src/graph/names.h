/*
 * Names: unique in a graph, ignoring case, as Graph.unique_name (ops.py) makes them.
 *
 * Two facts are kept apart, as in TensorFlow: how often a name was asked for (a counter that ignores case) and
 * which nodes there are (exact). A name with a trailing slash makes the second without the first.
 *
 * Names lie in directories, one for each name scope. In a directory, a leaf is an entry with a counter. When a
 * counter is n + 1, the names leaf_1 .. leaf_n are in use too: by induction, since the i-th repetition takes
 * leaf_i or finds it taken and takes a later one. So a repeated name costs no entry; only when someone asks
 * for a name that looks like a repetition ("c_7") does that get an entry of its own, and its base is marked
 * (`siblings`), so that repetitions look before they take.
 *
 * A scope that was just opened has no directory of its own: one is made, below that of its parent, when the first name
 * in it is asked for. Many scopes hold no name directly, or none at all.
 *
 * Locks: each directory has its own; none is taken while another is held. Threads that build in different name
 * scopes therefore do not meet.
 */
#ifndef VS_GRAPH_NAMES_H
#define VS_GRAPH_NAMES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <varscope/tensor.h>

#include "memory.h"

typedef struct vs__dir vs__dir;

/*
 * A name scope, exact in case. Immutable but for dir; lives as long as its graph. Two scopes may have the same path:
 * then they have the same directory.
 */
typedef struct vs__scope {
    vs_graph *graph;
    _Atomic(vs__dir *) dir; /* where its names are counted: shared by scopes that differ only in case. NULL: not made
                             * yet. Whoever sets it sets the same, which the parent's directory knows */
    struct vs__scope *parent; /* NULL: the root */
    struct vs__scope *next; /* the next spelling of the same directory; guard: the directory's lock */
    uint32_t length;        /* of path */
    char path[];            /* "a/b/", "" at the root */
} vs__scope;

/* A name in use: scope path, base, and "_suffix" unless the suffix is 0. */
typedef struct vs__name {
    vs__scope *scope;
    const char *base; /* not terminated; lives as long as the graph */
    uint32_t length;
    uint32_t suffix;
} vs__name;

/* The leaves that a context took names from last, by directory and address of the text. A context's own, for one graph. */
enum { VS__NAME_CACHE = 16 };
typedef struct vs__name_cache {
    struct {
        const vs__dir *dir; /* NULL: empty */
        const char *text;
        void *leaf;
    } at[VS__NAME_CACHE];
} vs__name_cache;

typedef enum vs__name_result { VS__NAME_OK, VS__NAME_TAKEN, VS__NAME_NO_MEMORY } vs__name_result;

/* The root scope of a new graph; NULL when out of memory. */
vs__scope *vs__names_new(vs_graph *graph, vs__arena *arena);

/* End all directories of a graph. */
void vs__names_free(vs_graph *graph);

/*
 * Reserve a unique name in a scope; the leaf may hold slashes. is_static: the leaf's bytes live for ever.
 * false: out of memory.
 */
bool vs__name_reserve(vs__name_cache *cache, vs__arena *arena, vs__scope *scope, const char *leaf, size_t length,
                      bool is_static, vs__name *out);

/* A name taken as it is spelled, from a scope's path on, without counting it. false: out of memory. */
bool vs__name_exact(vs__arena *arena, vs__scope *scope, const char *leaf, size_t length, vs__name *out);

/* Say that a node has a name. TAKEN: another node has exactly this one. */
vs__name_result vs__name_bind(vs__arena *arena, const vs__name *name, const vs_operation *node);

/* vs__name_reserve() and vs__name_bind() in one, for the many nodes whose scope is never opened. */
vs__name_result vs__name_reserve_node(vs__name_cache *cache, vs__arena *arena, vs__scope *scope, const char *leaf,
                                      size_t length, bool is_static, const vs_operation *node, vs__name *out);

/* The scope that a reserved or exact name opens: name "a/b" gives "a/b/". NULL: out of memory. */
vs__scope *vs__name_scope(vs__arena *arena, const vs__name *name);

/* The scope of an absolute path, with or without a trailing slash. NULL: out of memory. */
vs__scope *vs__scope_at(vs__arena *arena, vs_graph *graph, const char *path, size_t length);

/* The node of exactly this name; NULL: none. Takes locks of directories only. */
const vs_operation *vs__name_find(const vs_graph *graph, const char *name, size_t length);

/* Less than, equal to, greater than 0 in the order of the bytes of names. Needs no memory, so that it cannot fail. */
int vs__name_compare(const vs__name *a, const vs__name *b);

/* Whether a name is scope (without a trailing slash) or lies below it: "scope/...". */
bool vs__name_is_within(const vs__name *name, const char *scope, size_t length);

/* Write a name; returns its length, as snprintf. */
size_t vs__name_format(const vs__name *name, char *buffer, size_t size);

/* Whether all directories are consistent, for tests; NULL, or what is wrong. */
const char *vs__names_check(const vs_graph *graph);

#endif
