/*
 * The libuv adapter: what its files share. Only the public API of libvarscope and of libuv is used.
 *
 * Everything here belongs to the thread of the loop, save the function of a job: that runs on a thread of the pool,
 * and has the work to itself. libuv's locks hand the work over, there and back: the one of the pool's queue, and the
 * one of the loop's list of finished work.
 */
#ifndef VS_UV_ADAPTER_H
#define VS_UV_ADAPTER_H

#include <varscope/uv.h>

/* Whether the calling thread is inside of a job. */
bool vs__uv_in_job(void);

/* Cancel those works of a context that have not begun. */
void vs__uv_cancel_all(vs_uv_context *context);

/* Add a work to a context, and take it out again. */
void vs__uv_context_add(vs_uv_context *context, vs_uv_work *work);
void vs__uv_context_remove(vs_uv_work *work);

#endif
