/* Contexts: all that TensorFlow keeps for a thread, as one object.
 *
 * A context holds the current graph and, for each graph that it entered, the name scope, the variable scope,
 * devices, control dependencies, colocations and default_name counters, and the pending error. Every thread has
 * one of its own without asking; it is freed when the thread exits, with whatever scopes were left open. A
 * server may make one for each connection and make it current inside a callback:
 *
 *     vs_context *context = vs_context_new();          // one a connection
 *     vs_context *before = vs_context_make_current(context);
 *     ... build ...
 *     vs_context_make_current(before);
 *
 * A context belongs to one thread at a time; it is never locked. A new context has no graph: a call that needs
 * one fails with failed_precondition until a graph or a capture is entered.
 *
 * Scopes are entered and left in pairs. In GNU C the VS_WITH_... macros do it, and leave the scope by return,
 * break, continue and goto as well; everyone else calls the enter and leave functions:
 *
 *     VS_WITH_NAME_SCOPE("tower") { ... }
 *
 *     vs_frame frame = vs_enter_name_scope_with(&args);
 *     ...
 *     vs_leave(frame);
 */
#ifndef VARSCOPE_CONTEXT_H
#define VARSCOPE_CONTEXT_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vs_context vs_context;

/** What an enter function returns; leave it once, on the same context, in reverse order. */
typedef struct vs_frame {
    vs_context *context; /* NULL: nothing was entered, because an error is pending; leaving it does nothing */
    uint64_t serial;
} vs_frame;

/**
 * Make a context, to be made current by hand.
 *
 * @return free with vs_context_free(); NULL when out of memory
 * Threads: any.
 */
VS_API vs_context *vs_context_new(void);

/**
 * Free a context that vs_context_new() made, with all scopes left open in it. NULL is allowed.
 *
 * A pending error that nobody took reaches the hook of vs_set_unhandled_error_hook(). A callback that the library
 * calls in a context (an initializer, say) must not free it, unless the thread ends without returning from there.
 * Threads: any, but the context must not be current anywhere.
 */
VS_API void vs_context_free(vs_context *context);

/**
 * Make a context the calling thread's current one; NULL goes back to the thread's own.
 *
 * @return the context that was current before, NULL when that was the thread's own
 * Threads: any; the context must not be current on another thread.
 */
VS_API vs_context *vs_context_make_current(vs_context *context);

/**
 * Leave what a frame entered.
 *
 * @return VS_OK, also for a frame that was not entered; VS_INVALID_ARGUMENT when the frame is not the innermost
 *         one of the current context (wrong order, left twice, or another thread's): every stack stays as it
 *         was, and the error is pending on the current context too
 * Threads: the one that entered it, or that has its context current.
 */
VS_API vs_status vs_leave(vs_frame frame);

/**
 * How many frames are open on the current context: 0 when everything that was entered was left.
 *
 * For whoever runs other people's code on threads of a pool: what it was before, it has to be afterwards.
 *
 * Threads: any.
 */
VS_API size_t vs_context_depth(void);

/** Whether an error is pending on the current context: its code, VS_OK when none. Threads: any. */
VS_API vs_status vs_pending(void);

/**
 * Take the pending error off the current context, as an except clause does.
 *
 * @param[out] out  gets the error, or a zeroed one; may be NULL
 * @return whether there was one
 * Threads: any.
 */
VS_API bool vs_error_take(vs_error *out);

/**
 * Make an error pending on the current context, as raise does. The first pending error is kept.
 *
 * For callbacks, and to hand an error that another thread brought back to whoever waits for it here.
 *
 * @param error  copied; one with code VS_OK does nothing
 * Threads: any.
 */
VS_API void vs_error_raise(const vs_error *error);

/**
 * Make an error pending on the current context from a format.
 *
 * Threads: any.
 */
VS_API void vs_raise(vs_status code, const char *format, ...) VS_PRINTF(2, 3);

/** Called with an error that was still pending when its thread exited or its context was freed. */
typedef void (*vs_unhandled_error_hook)(const vs_error *error, void *user);

/**
 * Set the process's hook for errors that nobody took; NULL drops them silently, as at the start.
 *
 * The hook runs on the exiting thread and must not call into the library.
 * Threads: any.
 */
VS_API void vs_set_unhandled_error_hook(vs_unhandled_error_hook hook, void *user);

/* ---- the machinery of VS_WITH_... and VS_TRY: GNU C only ---- */

typedef struct vs__guard {
    vs_frame frame;
    vs_error *error; /* of VS_TRY: where the error goes, NULL for nowhere; its frame has serial 0 */
} vs__guard;

VS_API void vs__guard_leave(vs__guard *guard);
VS_API vs__guard vs__try_enter(vs_error *error);

static inline vs__guard vs__guard_of(vs_frame frame)
{
    vs__guard guard = {frame, NULL};
    return guard;
}

#if defined(__GNUC__)
#define VS__CONCAT_(a, b) a##b
#define VS__CONCAT(a, b) VS__CONCAT_(a, b)
#define VS__GUARDED(name, initial, entered)                                                                   \
    for (vs__guard name __attribute__((cleanup(vs__guard_leave))) = initial,                                  \
                   *VS__CONCAT(name, _once) = (entered) ? &name : NULL;                                       \
         VS__CONCAT(name, _once); VS__CONCAT(name, _once) = NULL)
#define VS__WITH_FRAME(name, enter) VS__GUARDED(name, vs__guard_of(enter), name.frame.context)
#define VS__GUARD_NAME VS__CONCAT(vs__guard_, __LINE__)

/**
 * Run the statement that follows, then take its error, as try/except does.
 *
 *     vs_error error;
 *     VS_TRY(&error)
 *         vs_get_variable("v", .shape = VS_SHAPE(3));
 *     if (error.code == VS_NOT_FOUND) ...
 *
 * An error that was pending before stays pending, and the statement is skipped. VS_TRY(NULL) drops the error.
 */
#define VS_TRY(taken) VS__GUARDED(VS__GUARD_NAME, vs__try_enter(taken), VS__GUARD_NAME.frame.context)
#endif

#ifdef __cplusplus
}
#endif

#endif
