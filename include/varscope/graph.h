/* Graphs: nodes, names, collections and variables that many threads build together.
 *
 * A graph is counted: vs_graph_new() gives one count, vs_graph_hold() another, vs_graph_release() takes one
 * back. Contexts that entered it and captures hold counts too; the last one frees it with everything in it.
 * Nodes are only ever added: what a call returned stays where it is, and can be read from any thread, as long
 * as the graph lives.
 *
 * Names are unique in a graph, ignoring case: a second "Add" in a scope becomes "Add_1".
 *
 * Any number of threads may build in one graph at once. Threads that build in different name scopes share no
 * lock and write to no common cache line.
 */
#ifndef VARSCOPE_GRAPH_H
#define VARSCOPE_GRAPH_H

#include "context.h"
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make an empty graph.
 *
 * @return one count, to give back with vs_graph_release(); NULL when out of memory
 * Threads: any.
 */
VS_API vs_graph *vs_graph_new(void);

/** Take one more count. @return graph. Threads: any. */
VS_API vs_graph *vs_graph_hold(vs_graph *graph);

/** Give a count back; the last one frees the graph. NULL is allowed. Threads: any. */
VS_API void vs_graph_release(vs_graph *graph);

/**
 * Enter a graph: it is the current one of this context until left.
 *
 * The context keeps its scopes for each graph: entering a graph again finds the name scope at the root, as
 * TensorFlow's Graph.as_default() leaves it.
 *
 * @return the frame to leave; one that was not entered (context NULL) when graph is NULL (invalid_argument),
 *         out of memory (resource_exhausted), or an error is pending
 * Threads: any; the graph may be current on many.
 */
VS_API vs_frame vs_enter_graph(vs_graph *graph, const vs_call *call);

#define VS_WITH_GRAPH(graph)                                                                                  \
    VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_graph(graph, &(const vs_call){0, __LINE__, __FILE__, __func__}))

/** The current graph of this context, borrowed; NULL when it entered none. Threads: any. */
VS_API vs_graph *vs_current_graph(void);

/**
 * Set the graph-level seed, as tf.set_random_seed.
 *
 * @return VS_OK; VS_FAILED_PRECONDITION without a current graph (pending too)
 * Threads: any; random ops that other threads make at the same time see the old or the new seed.
 */
VS_API vs_status vs_set_random_seed(int64_t seed);

/**
 * Choose the kind of variable that the current graph makes where neither a call nor a scope says: resource
 * variables (true) or ref variables (false, as a new graph does).
 *
 * @return VS_OK; VS_FAILED_PRECONDITION without a current graph (pending too)
 * Threads: any.
 */
VS_API vs_status vs_set_resource_variables(bool enabled);

/**
 * Freeze a graph: every later call that would add a node, or something to a collection, fails with
 * failed_precondition. Variables are still found, scopes entered, and settings changed.
 *
 * Threads: any; what another thread is in the middle of making may still be made.
 */
VS_API void vs_graph_finalize(vs_graph *graph);

/** Whether the graph is frozen. Threads: any. */
VS_API bool vs_graph_is_finalized(const vs_graph *graph);

/** The number of nodes. While others build, a number that was right at some moment. Threads: any. */
VS_API size_t vs_graph_num_operations(const vs_graph *graph);

/** Called for each operation; return false to stop. Must not build in the graph that is walked. */
typedef bool (*vs_operation_visitor)(const vs_operation *operation, void *user);

/**
 * Walk the operations in serial order: what one thread would have made, worker after worker.
 *
 * @return false when the visitor stopped the walk
 * Threads: any; nodes added during the walk may be seen or not.
 */
VS_API bool vs_graph_walk(const vs_graph *graph, vs_operation_visitor visitor, void *user);

/**
 * Walk the operations of exactly one scope's subtree: those named "scope" or "scope/...", not "scope_1/...".
 *
 * @param scope  without or with a trailing slash; "" for all
 * @return false when the visitor stopped the walk
 * Threads: any.
 */
VS_API bool vs_graph_walk_scope(const vs_graph *graph, const char *scope, vs_operation_visitor visitor, void *user);

/**
 * Find an operation by its whole name, exact in case.
 *
 * @return valid as long as the graph; NULL when there is none (no error is raised)
 * Threads: any.
 */
VS_API const vs_operation *vs_graph_find_operation(const vs_graph *graph, const char *name);

/**
 * Find a tensor by name, "scope/add:0"; without a colon output 0.
 *
 * @return null when there is none (no error is raised)
 * Threads: any.
 */
VS_API vs_tensor vs_graph_find_tensor(const vs_graph *graph, const char *name);

/**
 * Find a variable by its key, the name that get_variable made it under: "foo/v" (not the name of its node,
 * which may be "foo/v_1").
 *
 * @return valid as long as the graph; NULL when there is none or it is just being made (no error is raised)
 * Threads: any.
 */
VS_API vs_variable *vs_graph_find_variable(const vs_graph *graph, const char *key);

#ifdef __cplusplus
}
#endif

#endif
