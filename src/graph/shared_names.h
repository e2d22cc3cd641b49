/*
 * Node names that forked workers take side by side: who comes later gets a number, so the names go by the schedule.
 *
 * A worker's name scope is its own: what it takes inside it is nobody's business. What it, its parent or a variable
 * takes elsewhere while workers live is noted, with the moment, and compared with who took the same name before.
 */
#ifndef VS_GRAPH_SHARED_NAMES_H
#define VS_GRAPH_SHARED_NAMES_H

#include "builder.h"

/* Whether names that are taken in the current name scope must be noted. */
static inline bool vs__shared_names_matter(const vs__builder *builder)
{
    const vs__strand *strand = builder->strand;
    return (strand->in_fork || strand->has_forked) && strand->own_seen != builder->scope;
}

/* Note a name that was taken. false: error set. */
bool vs__shared_names_note(vs__builder *builder, const vs__name *name);

/* Say that a new name scope is a worker's own. false: error set. */
bool vs__shared_names_own(vs__builder *builder, vs__strand *worker, const vs__scope *scope);

/* End the notes of a graph. */
void vs__shared_names_free(vs_graph *graph);

#endif
