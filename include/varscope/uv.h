/* libvarscope-uv: building on libuv's thread pool, and from the callbacks of a loop.
 *
 * A library of its own (pkg-config varscope-uv), on the caller's loop: it makes none, runs none, and never asks
 * for the default one.
 *
 * A job takes the scopes of whoever queued it along:
 *
 *     static void build(vs_uv_work *work)                            // on a thread of the pool, in "net"
 *     {
 *         vs_get_variable("w", .shape = VS_SHAPE(3));                // net/w
 *     }
 *
 *     static void built(vs_uv_work *work, const vs_error *error)     // on the loop's thread
 *     {
 *         if (error->code)
 *             fprintf(stderr, "%s\n", error->message);
 *         free(work->data);
 *     }
 *
 *     VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE)
 *         vs_uv_queue_work(loop, &job->work, build, built);
 *
 * Each job runs in a context of its own, which begins in what was captured and ends with the job: no scope, no
 * error and no counter of default_name goes from one job to the next, whichever thread of the pool runs it. What
 * a job leaves pending comes to the loop as a value. A job that leaves a scope open has failed, and the scope is
 * closed. For a default_name that counts over several jobs, enter it before queueing.
 *
 * A connection whose callbacks should go on in the scopes where the last one stopped has a vs_uv_context.
 *
 * As in libuv, structs are the caller's memory, handed over until the last callback; `data` is the caller's. All
 * functions but vs_uv_status() belong on the loop's thread: libuv counts a loop's requests without a lock. One
 * that is called from within a job says so.
 *
 * A job that waits in vs_get_variable() waits for another that is running, never for one in the queue: waiting
 * cannot jam the pool, however small it is. (An initializer that waits for a queued job by other means can.)
 * What a job writes the loop's thread sees after it, through the lock of libuv's list of finished work, not
 * through uv_async_send(), which promises no order of memory before libuv 1.53.
 */
#ifndef VARSCOPE_UV_H
#define VARSCOPE_UV_H

#include <uv.h>

#include "capture.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vs_uv_work vs_uv_work;
typedef struct vs_uv_context vs_uv_context;

/** What a job does: on a thread of the pool, inside the captured scopes. Errors are left pending, or raised. */
typedef void (*vs_uv_work_cb)(vs_uv_work *work);

/**
 * What follows a job: on the loop's thread, in the order in which jobs end. The work is the caller's again, and
 * may be freed or queued anew in here.
 *
 * @param error  what went wrong; its code is VS_OK when nothing did, VS_CANCELLED when the job did not run. It
 *               lies in the work: copy it to keep it
 */
typedef void (*vs_uv_after_work_cb)(vs_uv_work *work, const vs_error *error);

/**
 * One job. It needs no initializing; it is the library's from vs_uv_queue_work() until its vs_uv_after_work_cb,
 * and must not be freed, moved or queued again in between.
 */
struct vs_uv_work {
    void *data;      /* the caller's; never touched */
    uv_loop_t *loop; /* read only */
    /* ---- private ---- */
    uv_work_t request;
    vs_uv_work_cb run;
    vs_uv_after_work_cb after;
    vs_capture *capture;
    vs_uv_context *context; /* NULL: none */
    vs_uv_work *next;       /* in the list of context */
    vs_uv_work **link;
    vs_site site; /* where it was queued */
    vs_error error;
    void *reserved[4];
};

typedef struct vs_uv_queue_work_args {
    vs_call call;
    uv_loop_t *loop;
    vs_uv_work *work;
    vs_uv_work_cb run;
    vs_uv_after_work_cb after;
    vs_capture *capture;    /* what to run in, held until the job ends: one of vs_fork()'s, so that the graph comes
                               out the same whatever the pool does; NULL: it is taken here */
    vs_uv_context *context; /* the capture is taken in this context, and `after` runs in it; closing it cancels
                               the job and waits for it. NULL: in the calling thread's current one */
} vs_uv_queue_work_args;

/**
 * Queue a job on libuv's thread pool.
 *
 *     vs_uv_queue_work(loop, &job->work, build, built);
 *     vs_uv_queue_work(loop, &job->work, build, built, .capture = towers[i]);
 *
 * @return VS_OK: `after` will run, once, when the loop runs. Else it will not, the work is the caller's, and the
 *         error is pending too, in `context` when one is given: invalid_argument (no loop, work, run or after),
 *         failed_precondition (no graph to capture, a context that is closing), resource_exhausted, or what was
 *         pending before. In the current context: invalid_argument (a context of another loop),
 *         failed_precondition (a call from within a job)
 * Threads: the loop's.
 */
VS_API vs_status vs_uv_queue_work_with(const vs_uv_queue_work_args *args);
#define vs_uv_queue_work(...)                                                                                 \
    vs_uv_queue_work_with(&(const vs_uv_queue_work_args){VS_CALL(vs_uv_queue_work_args), .loop = __VA_ARGS__})

/**
 * Cancel a job that has not begun. Its `after` runs all the same, later, with an error of code VS_CANCELLED.
 *
 * @return VS_OK: it will not run; VS_FAILED_PRECONDITION: it runs, or has run, and its `after` tells how it
 *         ended; or the call came from within a job. Nothing is pending
 * Threads: the loop's; the job must be queued and its `after` not have run.
 */
VS_API vs_status vs_uv_cancel(vs_uv_work *work);

/**
 * What an error number of libuv means: 0 is VS_OK, UV_ECANCELED VS_CANCELLED, UV_ENOMEM VS_RESOURCE_EXHAUSTED, ...
 *
 * @return VS_UNKNOWN for one that has no counterpart
 * Threads: any.
 */
VS_API vs_status vs_uv_status(int error);

/* ---- a context that stays from one callback of a loop to the next ---- */

/** Called on the loop when a context is closed; its memory is the caller's again. */
typedef void (*vs_uv_context_close_cb)(vs_uv_context *context);

/**
 * A context of a connection. What a callback enters in it and does not leave is still entered in the next
 * callback, whatever other connections did on that thread in between; so is an error that nobody took.
 *
 *     vs_uv_context_init(loop, &connection->context, NULL);        // begins where the listener is
 *
 *     static void on_read(...)
 *     {
 *         vs_error error;
 *         VS_WITH_UV_CONTEXT(&connection->context)
 *             VS_TRY(&error)
 *                 vs_get_variable(name, .shape = VS_SHAPE(2));
 *     }
 *
 *     vs_uv_context_close(&connection->context, on_closed);        // on_closed frees the connection
 *
 * It may be closed anywhere, also inside of itself. Its jobs that have not begun are then cancelled, those that
 * run end, and each has its `after`; then, on a later turn of the loop, the context is freed with all that is
 * open in it (an error still pending reaches the hook of vs_set_unhandled_error_hook()), and its callback runs.
 * Until then uv_loop_close() gives UV_EBUSY: run the loop once more. An open context does not keep a loop running.
 */
struct vs_uv_context {
    void *data;      /* the caller's; never touched */
    uv_loop_t *loop; /* read only */
    /* ---- private ---- */
    vs_context *context;
    uv_idle_t handle; /* never started: it carries the close */
    vs_uv_work *works;
    vs_uv_context_close_cb closed;
    uint32_t entered; /* how many times it is entered now */
    bool is_closing;
    void *reserved[4];
};

/**
 * Make a context and enter a capture in it.
 *
 * @param context  the caller's memory until the callback of vs_uv_context_close()
 * @param capture  where it begins; not needed afterwards. NULL: where the current context is
 * @return VS_OK; else there is nothing to close, and the error is pending on the current context too:
 *         invalid_argument (no loop or context), failed_precondition (no graph to capture), resource_exhausted; or
 *         what was pending before
 * Threads: the loop's.
 */
VS_API vs_status vs_uv_context_init(uv_loop_t *loop, vs_uv_context *context, vs_capture *capture);

/**
 * Make it the current context, until vs_uv_context_leave(). It may be entered inside of others, and of itself.
 *
 * @return what was current before, for vs_uv_context_leave(): NULL for the thread's own context
 * Threads: the loop's; before the callback of vs_uv_context_close().
 */
VS_API vs_context *vs_uv_context_enter(vs_uv_context *context);

/**
 * Make current again what vs_uv_context_enter() gave. Scopes and an error stay in the context.
 *
 * When another context is current by then, invalid_argument is pending on this one.
 *
 * Threads: the loop's.
 */
VS_API void vs_uv_context_leave(vs_uv_context *context, vs_context *before);

/**
 * Close it, asynchronously.
 *
 * @param closed  NULL: nothing is to be called
 * @return VS_OK; VS_FAILED_PRECONDITION when it is closing already: then `closed` is not called. Nothing is pending
 * Threads: the loop's.
 */
VS_API vs_status vs_uv_context_close(vs_uv_context *context, vs_uv_context_close_cb closed);

/** Whether vs_uv_context_close() was called. Threads: the loop's. */
VS_API bool vs_uv_context_is_closing(const vs_uv_context *context);

#if defined(__GNUC__)
typedef struct vs__uv_guard {
    vs_uv_context *context;
    vs_context *before;
} vs__uv_guard;

static inline vs__uv_guard vs__uv_guard_enter(vs_uv_context *context)
{
    vs__uv_guard guard = {context, vs_uv_context_enter(context)};
    return guard;
}

static inline void vs__uv_guard_leave(vs__uv_guard *guard)
{
    vs_uv_context_leave(guard->context, guard->before);
}

/** Run the statement that follows in a context; left by return, break, continue and goto as well. GNU C only. */
#define VS_WITH_UV_CONTEXT(context)                                                                           \
    for (vs__uv_guard VS__GUARD_NAME __attribute__((cleanup(vs__uv_guard_leave))) =                           \
             vs__uv_guard_enter(context),                                                                     \
             *VS__CONCAT(VS__GUARD_NAME, _once) = &VS__GUARD_NAME;                                            \
         VS__CONCAT(VS__GUARD_NAME, _once); VS__CONCAT(VS__GUARD_NAME, _once) = NULL)
#endif

#ifdef __cplusplus
}
#endif

#endif
