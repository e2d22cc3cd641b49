#include "adapter.h"

#include <stdio.h>
#include <string.h>

/* A job may not queue another: libuv's loop belongs to another thread then. */
static _Thread_local bool in_job;

bool vs__uv_in_job(void)
{
    return in_job;
}

/* ---- on a thread of the pool ---- */

static void set_error(vs_uv_work *work, vs_status code, const char *message)
{
    work->error = (vs_error){.code = code, .site = work->site};
    snprintf(work->error.message, sizeof work->error.message, "%s", message);
}

/* What a job that did not tidy up is told; after the error that it had before, if it had one. */
static void complain(vs_uv_work *work, const char *complaint)
{
    size_t length = strlen(work->error.message);
    if (work->error.code == VS_OK)
        set_error(work, VS_INVALID_ARGUMENT, complaint);
    else
        snprintf(work->error.message + length, sizeof work->error.message - length, " (and %s)", complaint);
}

/* Run the job in the captured scopes, and note its error and what it left open. */
static void run_inside(vs_context *context, vs_uv_work *work)
{
    const vs_call call = {0, work->site.line, work->site.file, work->site.function};
    vs_frame frame = vs_enter_capture(work->capture, &call);
    size_t depth = vs_context_depth();
    if (frame.context) {
        in_job = true;
        work->run(work);
        in_job = false;
    }
    bool is_astray = vs_context_make_current(context) != context;
    vs_error_take(&work->error);
    if (is_astray)
        complain(work, "the job left another context current: make current again what was before");
    size_t open = vs_context_depth() - depth;
    if (open) {
        char complaint[96];
        snprintf(complaint, sizeof complaint, "the job left %zu scope%s open: leave in it what it enters", open,
                 open == 1 ? "" : "s");
        complain(work, complaint);
    }
}

/*
 * A job's context is fresh, and nobody else's: what is pending or open on the thread, by whom ever, is not seen in
 * here, and nothing of the job is seen there afterwards. Freeing it closes what the job left open.
 */
static void run_work(uv_work_t *request)
{
    vs_uv_work *work = request->data;
    vs_context *context = vs_context_new();
    if (!context) {
        set_error(work, VS_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    vs_context *before = vs_context_make_current(context);
    run_inside(context, work);
    vs_context_make_current(before);
    vs_context_free(context);
}

/* ---- on the loop's thread ---- */

static void call_after(vs_uv_work *work)
{
    vs_uv_context *context = work->context;
    if (!context) {
        work->after(work, &work->error);
        return;
    }
    vs_context *before = vs_uv_context_enter(context); /* first: while it is entered, it is not freed */
    vs__uv_context_remove(work);
    work->after(work, &work->error);
    vs_uv_context_leave(context, before);
}

static void after_work(uv_work_t *request, int status)
{
    vs_uv_work *work = request->data;
    vs_capture_release(work->capture);
    work->capture = NULL;
    if (status == UV_ECANCELED)
        set_error(work, VS_CANCELLED, "the job was cancelled before it ran");
    call_after(work);
}

static bool check_call(const vs_uv_queue_work_args *args)
{
    if (in_job)
        vs_raise(VS_FAILED_PRECONDITION, "a job was queued from within a job: queue it on the loop's thread, where "
                                         "the function that follows a job runs");
    else if (!args->loop || !args->work || !args->run || !args->after)
        vs_raise(VS_INVALID_ARGUMENT, "vs_uv_queue_work needs a loop, a work, and functions to run and to follow");
    else if (args->context && args->context->loop != args->loop)
        vs_raise(VS_INVALID_ARGUMENT, "a job was queued on another loop than its context's");
    else if (args->context && args->context->is_closing)
        vs_raise(VS_FAILED_PRECONDITION, "the context that a job was queued in is closing");
    return vs_pending() == VS_OK;
}

/* One count of what the job is to run in; NULL, with the error pending where it was taken. */
static vs_capture *capture_for(const vs_uv_queue_work_args *args)
{
    return args->capture ? vs_capture_hold(args->capture) : vs_capture_here();
}

static vs_status queue(const vs_uv_queue_work_args *args)
{
    vs_uv_work *work = args->work;
    vs_capture *capture = check_call(args) ? capture_for(args) : NULL;
    if (!capture)
        return vs_pending();
    work->loop = args->loop;
    work->request.data = work;
    work->run = args->run;
    work->after = args->after;
    work->capture = capture;
    work->context = args->context;
    work->site = (vs_site){args->call.file, args->call.function, args->call.line};
    work->error = (vs_error){.code = VS_OK};
    vs_status status = vs_uv_status(uv_queue_work(args->loop, &work->request, run_work, after_work));
    if (status != VS_OK) {
        vs_capture_release(capture);
        vs_raise(status, "libuv refused the job");
    } else if (work->context) {
        vs__uv_context_add(work->context, work);
    }
    return status;
}

vs_status vs_uv_queue_work_with(const vs_uv_queue_work_args *given)
{
    vs_uv_queue_work_args args = {.loop = NULL};
    size_t size = given->call.size;
    memcpy(&args, given, size && size < sizeof args ? size : sizeof args);
    if (!args.context || in_job || args.context->loop != args.loop) /* it may not be this thread's */
        return queue(&args);
    vs_context *before = vs_uv_context_enter(args.context);
    vs_status status = queue(&args);
    vs_uv_context_leave(args.context, before);
    return status;
}

vs_status vs_uv_cancel(vs_uv_work *work)
{
    return in_job ? VS_FAILED_PRECONDITION : vs_uv_status(uv_cancel((uv_req_t *)&work->request));
}

void vs__uv_cancel_all(vs_uv_context *context)
{
    for (vs_uv_work *work = context->works; work; work = work->next)
        uv_cancel((uv_req_t *)&work->request); /* one that runs already refuses, and ends in its own time */
}
