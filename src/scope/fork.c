/* Forks: captures for workers, each with a name scope and a place in the order. */
#include "fork.h"

#include <stdio.h>
#include <string.h>

#include "capture.h"
#include "shared_names.h"

/* The name of a worker's scope: each "%d" in it becomes the worker's index. NULL: out of memory. */
static char *worker_name(const char *name, size_t index, size_t size)
{
    char *out = vs__allocate(size);
    vs__text text = vs__text_of(out, out ? size : 0);
    for (const char *at = name; out && *at;) {
        if (at[0] == '%' && at[1] == 'd') {
            vs__text_printf(&text, "%zu", index);
            at += 2;
        } else {
            vs__text_add(&text, at++, 1);
        }
    }
    return out;
}

/* Reserve a worker's name scope in the current one. NULL: error set. */
static vs__scope *open_scope(vs__builder *builder, const char *name, size_t index)
{
    if (!*name)
        return builder->graph->root;
    size_t size = strlen(name) + 1;
    for (const char *at = name; (at = strstr(at, "%d")); at += 2)
        size += 20; /* digits of a size_t */
    char *own = worker_name(name, index, size);
    vs__scope *scope = NULL;
    if (own)
        scope = vs__scope_open(builder, own);
    else
        vs__fail_memory(builder->error, builder->call);
    vs__release(own, size);
    return scope;
}

/* The current context for a worker, in a name scope of its own. NULL: error set. */
static vs_capture *new_forked(vs__state *state, const char *name, size_t index)
{
    vs__scope *scope = name ? open_scope(&state->builder, name, index) : state->builder.scope;
    vs_capture *worker = scope ? vs__capture_new(state) : NULL;
    if (worker)
        worker->scope = scope;
    return worker;
}

/* The graph alone for a worker. NULL: error set. */
static vs_capture *new_empty(vs__state *state)
{
    vs_capture *worker = vs__allocate_zeroed(sizeof *worker);
    if (!worker) {
        vs__fail_memory(state->builder.error, state->builder.call);
        return NULL;
    }
    atomic_init(&worker->count, 1);
    worker->graph = vs_graph_hold(state->builder.graph);
    worker->scope = worker->graph->root;
    worker->settings = &vs__root_settings;
    return worker;
}

static void release_list(vs_capture **workers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        vs_capture_release(workers[i]);
    vs__release(workers, (n + 1) * sizeof *workers);
}

/* Whether each worker gets a new name scope: one with a trailing slash may be there, and be shared. */
static bool has_own_scope(const char *name)
{
    return name && *name && name[strlen(name) - 1] != '/';
}

static vs_capture **fork_workers(size_t n, bool empty, const char *name, const vs_call *call)
{
    vs__state *state = vs__enter_call(call);
    if (!state)
        return NULL;
    vs_capture **workers = n < PTRDIFF_MAX / sizeof *workers ? vs__allocate_zeroed((n + 1) * sizeof *workers) : NULL;
    if (!workers) {
        vs__fail_memory(state->builder.error, call);
        return NULL;
    }
    uint32_t group = atomic_fetch_add_explicit(&state->builder.strand->groups, 1, memory_order_acq_rel) + 1;
    for (size_t i = 0; i < n; i++) {
        workers[i] = empty ? new_empty(state) : new_forked(state, name, i);
        if (!workers[i] || !vs__capture_place_in(state, workers[i], !empty, group) ||
            (has_own_scope(name) && !vs__shared_names_own(&state->builder, workers[i]->strand, workers[i]->scope))) {
            release_list(workers, n);
            return NULL;
        }
    }
    return workers;
}

vs_capture **vs_fork_with(size_t n, const char *name, const vs_call *call)
{
    return fork_workers(n, false, name, call);
}

vs_capture **vs__fork_empty(size_t n, const vs_call *call)
{
    return fork_workers(n, true, NULL, call);
}

void vs_captures_release(vs_capture **captures)
{
    size_t n = 0;
    while (captures && captures[n])
        n++;
    if (captures)
        release_list(captures, n);
}
