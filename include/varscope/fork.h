/* Forks: parallel builds that come out the same.
 *
 * A fork makes captures for n workers, each with a name scope of its own inside the current one and a place of its
 * own in the graph's order. Whichever threads enter them, when, and how many at a time, the graph is the one that a
 * single thread makes that enters them one after another at the place of the fork: the same nodes in the same order,
 * the same collections, the same bytes.
 *
 *     vs_capture **towers = vs_fork(8, "tower");            // on the parent's thread, inside its scopes
 *     ...
 *     VS_WITH_CAPTURE(towers[i]) build_tower(i);            // on a worker thread: nodes tower/..., tower_1/..., ...
 *     ...
 *     vs_captures_release(towers);                          // after the workers were joined
 *
 * A worker has what the parent had: graph, variable scope with its reuse and other settings, devices, control
 * dependencies, colocations. Its counters of default_name are its own and start anew. It may be entered again after
 * it was left, on another thread too, and goes on where it was. Workers may fork.
 *
 * Variables that workers share, found or made by get_variable, belong to the earliest worker that asked for them,
 * whichever made them. In workers, and for variables made after a fork by the parent, the seed of a random op under
 * a graph-level seed comes from the op's name, not from a counter: XXH64 of the name, modulo 2^31 - 1.
 */
#ifndef VARSCOPE_FORK_H
#define VARSCOPE_FORK_H

#include "capture.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make captures of the current context for n workers.
 *
 * @param n     0 gives an empty list
 * @param name  of the workers' name scopes inside the current one, reserved in order: "tower" gives tower/, tower_1/,
 *              ...; each "%d" in it becomes the worker's index: "tower_%d" gives tower_0/, tower_1/, ... NULL: none,
 *              the workers are in the current name scope, and must take care that their names differ
 * @param call  NULL, or whose place errors should name
 * @return n captures and a NULL, to be freed with vs_captures_release(); NULL and pending: invalid_argument (a name
 *         that TensorFlow refuses), failed_precondition (no graph), resource_exhausted. Names may have been used up.
 * Threads: any.
 */
VS_API vs_capture **vs_fork_with(size_t n, const char *name, const vs_call *call);

#define vs_fork(n, name) vs_fork_with(n, name, &(const vs_call){0, __LINE__, __FILE__, __func__})

/**
 * Give back one count of each capture of a list, and free the list. NULL is allowed.
 *
 * A worker that is still entered, or that others took counts of, goes on.
 * Threads: any.
 */
VS_API void vs_captures_release(vs_capture **captures);

/* What forked workers can do so that the graph depends on which of them is faster. */
typedef enum vs_fork_conflict_kind {
    VS_CONFLICT_SETTING = 1, /* they ask for one variable with different settings; whoever is first makes it */
    VS_CONFLICT_REUSE,       /* one asks for a variable with reuse off, or true, that another may make */
    VS_CONFLICT_NAME         /* they take one node name in a name scope that they share; the second gets a number */
} vs_fork_conflict_kind;

/** One such thing. Everything in it lives as long as the graph. */
typedef struct vs_fork_conflict {
    vs_fork_conflict_kind kind;
    const char *name;    /* the variable's key, or the node's name as it was asked for */
    const char *setting; /* SETTING: its name, "initializer", "device", ...; REUSE: "off", "true" or "auto, strictly"; NAME: NULL */
    vs_site first;       /* where the first one in time asked, if that is known */
    vs_site second;      /* where the other one did */
} vs_fork_conflict;

/** Return false to stop. It may call into the library, but must not build in the graph. */
typedef bool (*vs_fork_conflict_visitor)(const vs_fork_conflict *conflict, void *user);

/**
 * How many conflicts the workers of a graph ran into. 0: any schedule gives this graph.
 *
 * A conflict is noted whether or not it came out differently this time, but only when both workers did their part: look
 * when they have ended.
 *
 * Threads: any.
 */
VS_API size_t vs_graph_num_fork_conflicts(const vs_graph *graph);

/** Visit the conflicts of a graph, ordered by name. @return false when the visitor stopped it. Threads: any. */
VS_API bool vs_graph_walk_fork_conflicts(const vs_graph *graph, vs_fork_conflict_visitor visitor, void *user);

/** "setting", "reuse", "name": as reports spell it. Threads: any. */
VS_API const char *vs_fork_conflict_kind_name(vs_fork_conflict_kind kind);

/**
 * Say where a conflict was found, what it is, and the way out, in one line.
 *
 * @return the length, as snprintf
 * Threads: any.
 */
VS_API size_t vs_fork_conflict_format(const vs_fork_conflict *conflict, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
