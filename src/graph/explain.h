/*
 * Notes of names that came out other than asked for (explain.h), kept when the graph was told to.
 *
 * A name is noted by whoever reserved it, after the fact: the first that has a name, ignoring case, is its taker
 * for good, as names are never given back. All of it is graph memory of an arena of its own. Guard of all members:
 * the lock, a leaf: nothing is locked under it.
 *
 * Only what goes through vs__explains() costs a graph that keeps no notes anything: one load and a branch.
 */
#ifndef VS_GRAPH_EXPLAIN_H
#define VS_GRAPH_EXPLAIN_H

#include <varscope/explain.h>

#include "builder.h"

typedef struct vs__explain vs__explain;

static inline vs__explain *vs__explains(const vs_graph *graph)
{
    return atomic_load_explicit(&((vs_graph *)(uintptr_t)graph)->explain, memory_order_acquire);
}

/*
 * Note that `leaf`, asked for in the builder's scope, became `got`. is_given: the caller gave it.
 * Without memory the note is missing, and reading says so; building goes on.
 */
void vs__explain_name(vs__builder *builder, vs__explain *explain, vs_named_kind kind, const char *leaf, size_t length,
                      bool is_given, const vs__name *got);

/* Note that a variable scope was entered by owner (a context), and opened a name scope (NULL: none of its own). */
void vs__explain_variable_scope(vs__builder *builder, vs__explain *explain, const void *owner, const char *name,
                                const vs__scope *name_scope);

/* Note that a default_name became another, as owner had entered a scope of that name. */
void vs__explain_default_name(vs__builder *builder, vs__explain *explain, const void *owner, const char *asked,
                              const char *got);

/* End what a graph keeps; the memory goes with the graph's. */
void vs__explain_free(vs_graph *graph);

/* Write a place as messages have it: FILE:LINE, or in a scope program its JSON pointer. */
void vs__site_put(vs__text *text, const vs_site *site);

#endif
