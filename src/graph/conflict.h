/* Where forked workers made the graph depend on which of them is faster. */
#ifndef VS_GRAPH_CONFLICT_H
#define VS_GRAPH_CONFLICT_H

#include <varscope/fork.h>

#include "builder.h"

/* What was noted, in the order of name, kind and setting. Immutable but for next, which is stored under order_lock. */
typedef struct vs__conflict {
    vs_fork_conflict is;
    _Atomic(struct vs__conflict *) next;
} vs__conflict;

/*
 * Note a conflict that the current call ran into; the strings live as long as the graph. One that was noted before is
 * not noted again. false: error set (out of memory).
 */
bool vs__conflict_note(vs__builder *builder, vs_fork_conflict_kind kind, const char *name, const char *setting,
                       const vs_site *first);

#endif
