/* Captures: the whole of a context, carried to another thread.
 *
 *     vs_capture *parent = vs_capture_here();               // on the parent's thread, inside its scopes
 *     ...
 *     VS_WITH_CAPTURE(parent) build_tower(i);               // on a worker thread
 *     ...
 *     vs_capture_release(parent);
 *
 * A capture is a counted snapshot: graph, name scope, variable scope with its settings, devices, control
 * dependencies and colocations, as they were. One call re-enters them exactly, on any context: nodes get the
 * parent's very name scope (no "_1"), variables its prefix. With .name_scope they get a fresh name scope inside it:
 *
 *     VS_WITH_CAPTURE(parent) ...                           // nodes net/..., variables net/...
 *     VS_WITH_CAPTURE(parent, .name_scope = "job") ...      // nodes net/job/..., then net/job_1/...; variables net/...
 *
 * Counters of default_name are the entering context's own, as for every thread. A capture may outlive the frame,
 * thread and context it was taken in; it keeps the graph.
 *
 * Where threads that enter one capture ask for the same node names, or make nodes side by side, the graph depends on
 * who comes first. vs_fork() in fork.h makes captures for which it does not.
 *
 * To re-enter only the variable scope, in a fresh name scope, as TensorFlow does, enter the scope object:
 * VS_WITH_VARIABLE_SCOPE_OBJECT(scope).
 */
#ifndef VARSCOPE_CAPTURE_H
#define VARSCOPE_CAPTURE_H

#include "context.h"
#include "graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vs_capture vs_capture;

/**
 * Take a snapshot of the current context.
 *
 * @return one count, to give back with vs_capture_release(); NULL and pending: failed_precondition (no graph),
 *         resource_exhausted
 * Threads: any.
 */
VS_API vs_capture *vs_capture_here(void);

/** Take one more count. @return capture. Threads: any. */
VS_API vs_capture *vs_capture_hold(vs_capture *capture);

/** Give a count back; the last one frees the capture. NULL is allowed. Threads: any. */
VS_API void vs_capture_release(vs_capture *capture);

typedef struct vs_capture_args {
    vs_call call;
    vs_capture *capture;
    const char *name_scope; /* NULL: exactly the captured one; else one inside it, made unique, as by VS_WITH_NAME_SCOPE */
} vs_capture_args;

/**
 * Enter a capture: exactly as it was taken, or in a fresh name scope inside.
 *
 * The frame holds a count of its own, so the capture may be released while it is entered.
 *
 * @return the frame to leave; not entered, and pending: invalid_argument (no capture; a name that TensorFlow
 *         refuses), failed_precondition (a capture of vs_fork() that is entered already), resource_exhausted
 * Threads: any, many at once; a capture of vs_fork() one at a time.
 */
VS_API vs_frame vs_enter_capture_with(const vs_capture_args *args);

/** The same, exactly as it was taken. call: NULL, or whose place errors should name. */
VS_API vs_frame vs_enter_capture(vs_capture *capture, const vs_call *call);

#define VS_WITH_CAPTURE(...)                                                                                  \
    VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_capture_with(                                                     \
        &(const vs_capture_args){VS_CALL(vs_capture_args), .capture = __VA_ARGS__}))

#ifdef __cplusplus
}
#endif

#endif
