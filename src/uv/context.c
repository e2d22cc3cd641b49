#include "adapter.h"

void vs__uv_context_add(vs_uv_context *context, vs_uv_work *work)
{
    work->next = context->works;
    work->link = &context->works;
    if (work->next)
        work->next->link = &work->next;
    context->works = work;
}

void vs__uv_context_remove(vs_uv_work *work)
{
    *work->link = work->next;
    if (work->next)
        work->next->link = work->link;
}

/* Make a context that begins in a capture; NULL with the error pending on the current one. */
static vs_context *context_in(vs_capture *capture)
{
    vs_context *context = vs_context_new();
    vs_error error = {.code = VS_OK};
    if (!context) {
        vs_raise(VS_RESOURCE_EXHAUSTED, "out of memory");
        return NULL;
    }
    vs_context *before = vs_context_make_current(context);
    vs_enter_capture(capture, NULL);
    vs_error_take(&error);
    vs_context_make_current(before);
    if (error.code == VS_OK)
        return context;
    vs_context_free(context);
    vs_error_raise(&error);
    return NULL;
}

vs_status vs_uv_context_init(uv_loop_t *loop, vs_uv_context *context, vs_capture *capture)
{
    if (vs_pending())
        return vs_pending();
    if (!loop || !context) {
        vs_raise(VS_INVALID_ARGUMENT, "vs_uv_context_init needs a loop and a context");
        return VS_INVALID_ARGUMENT;
    }
    vs_capture *taken = capture ? vs_capture_hold(capture) : vs_capture_here();
    vs_context *made = taken ? context_in(taken) : NULL;
    vs_capture_release(taken);
    if (!made)
        return vs_pending();
    context->loop = loop;
    context->context = made;
    context->works = NULL;
    context->closed = NULL;
    context->entered = 0;
    context->is_closing = false;
    uv_idle_init(loop, &context->handle); /* never fails */
    context->handle.data = context;
    return VS_OK;
}

static void on_handle_closed(uv_handle_t *handle)
{
    vs_uv_context *context = handle->data;
    vs_context_free(context->context);
    context->context = NULL;
    if (context->closed)
        context->closed(context);
}

/* Close for good, once nobody is inside any more and no job is on its way. */
static void close_if_idle(vs_uv_context *context)
{
    uv_handle_t *handle = (uv_handle_t *)&context->handle;
    if (context->is_closing && !context->entered && !context->works && !uv_is_closing(handle))
        uv_close(handle, on_handle_closed);
}

vs_context *vs_uv_context_enter(vs_uv_context *context)
{
    context->entered++;
    return vs_context_make_current(context->context);
}

void vs_uv_context_leave(vs_uv_context *context, vs_context *before)
{
    if (vs_context_make_current(context->context) != context->context)
        vs_raise(VS_INVALID_ARGUMENT, "a callback left another context current: make current again what was before");
    vs_context_make_current(before);
    context->entered--;
    close_if_idle(context);
}

vs_status vs_uv_context_close(vs_uv_context *context, vs_uv_context_close_cb closed)
{
    if (context->is_closing)
        return VS_FAILED_PRECONDITION;
    context->is_closing = true;
    context->closed = closed;
    vs__uv_cancel_all(context);
    close_if_idle(context);
    return VS_OK;
}

bool vs_uv_context_is_closing(const vs_uv_context *context)
{
    return context->is_closing;
}
