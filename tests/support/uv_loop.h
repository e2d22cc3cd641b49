/* What tests of the libuv adapter begin with: a loop of their own, a pool of a known size, a graph.
 *
 *     open_loop(1);                    // one thread in the pool: jobs run one after another, on one thread
 *     ... queue ...
 *     run_loop();                      // until nothing is left to do
 *     close_loop();                    // all is closed, the graph goes
 *
 * The size of the pool is the process's, read when the first job is queued: each test is a process of its own.
 * Include this in one file of a test program only. */
#ifndef TESTS_SUPPORT_UV_LOOP_H
#define TESTS_SUPPORT_UV_LOOP_H

#include <stdlib.h>
#include <varscope/uv.h>

#include "consistent.h"
#include "parallel.h"

static uv_loop_t loop;
static vs_graph *graph;

static inline void open_loop(int threads)
{
    char number[16];
    snprintf(number, sizeof number, "%d", threads);
    setenv("UV_THREADPOOL_SIZE", number, 1);
    cr_assert(uv_loop_init(&loop) == 0);
    graph = vs_graph_new();
    cr_assert(graph);
}

static inline void run_loop(void)
{
    cr_assert(uv_run(&loop, UV_RUN_DEFAULT) == 0);
}

static inline void close_loop(void)
{
    int status = uv_loop_close(&loop);
    cr_assert(status == 0, "%s", uv_strerror(status));
    assert_ok();
    cr_assert(vs_context_depth() == 0);
    if (graph)
        assert_consistent(graph);
    vs_graph_release(graph);
}

#endif
