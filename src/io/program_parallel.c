/* {"parallel": ...}: workers, each on a thread of its own.
 *
 * A worker starts with a context of its own, in the graph and nothing else. Its parent waits for it, so it may
 * read what its parent bound, and its parent reads what it left after the thread has been joined. */
#include <pthread.h>
#include <string.h>

#include <varscope/context.h>

#include "fork.h"
#include "program_gate.h"
#include "program_run.h"

typedef struct worker {
    vs__position position;
    vs__bindings bindings;
    vs__runner runner;
    const json_t *statements;
    vs__gate *gate;
    vs__team *team;
    vs_capture *capture; /* what it starts with, and its place in the order of the graph's nodes */
    pthread_t thread;
    bool is_ready;   /* runner and bindings are to be finished */
    bool is_started; /* thread is to be joined */
} worker;

/* ---- on the worker's thread ---- */

static void work(worker *self)
{
    vs_context *context = vs_context_new();
    if (!context) {
        vs__program_fail_memory(&self->runner);
        return;
    }
    vs_context *before = vs_context_make_current(context);
    const vs_call call = {.file = self->runner.run->document, .function = self->runner.path};
    vs_enter_capture(self->capture, &call);
    if (vs__program_take_pending(&self->runner))
        vs__program_block(&self->runner, self->statements);
    vs_context_make_current(before);
    vs_context_free(context); /* with the frames that it is still in */
}

static void *thread_main(void *user)
{
    worker *self = user;
    work(self);
    vs__program_gate_leave(self->gate, self->team);
    return NULL;
}

/* ---- on the parent's ---- */

static bool prepare(worker *self, vs__runner *parent, const json_t *statements, size_t index)
{
    self->position = (vs__position){parent->position, index, parent->position->depth + 1};
    self->statements = statements;
    self->gate = parent->run->gate;
    vs__program_bindings_init(&self->bindings, parent->bindings);
    self->is_ready = true;
    if (!vs__program_runner_init(&self->runner, parent->run, &self->bindings, &self->position))
        return false;
    memcpy(self->runner.path, parent->path, parent->path_length);
    vs__program_leave(&self->runner, parent->path_length);
    vs__program_enter(&self->runner, "parallel");
    vs__program_enter_index(&self->runner, index);
    return true;
}

/* Workers that cannot be started leave the gate at once, so that their siblings and their parent go on. */
static void start(worker *self, vs__team *team, size_t index)
{
    self->team = team;
    vs__program_gate_wait(self->gate, team, index);
    self->is_started = pthread_create(&self->thread, NULL, thread_main, self) == 0;
    if (self->is_started)
        atomic_fetch_add_explicit(&self->runner.run->num_threads, 1, memory_order_relaxed);
    else
        vs__program_gate_leave(self->gate, team);
}

/* Run workers that are ready, and wait until all have ended. */
static bool run_workers(vs__runner *parent, worker *workers, size_t count)
{
    vs__team team;
    bool all_started = true;
    if (!vs__program_gate_open(parent->run->gate, &team, parent->position, count))
        return vs__program_fail_memory(parent);
    for (size_t i = 0; i < count; i++)
        start(&workers[i], &team, i);
    vs__program_gate_close(parent->run->gate, &team);
    for (size_t i = 0; i < count; i++) {
        if (workers[i].is_started)
            pthread_join(workers[i].thread, NULL);
        all_started &= workers[i].is_started;
    }
    return all_started || vs__program_fail(parent, VS_RESOURCE_EXHAUSTED, "no thread for a worker");
}

/* Hand what the workers left to their parent, in order; the first failure among theirs is the parent's. */
static void adopt(vs__runner *parent, worker *workers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        vs__program_adopt(parent, &workers[i].runner);
    for (size_t i = 0; i < count; i++)
        if (vs__program_failed(&workers[i].runner))
            vs__program_fail_with(parent, &workers[i].runner.error, workers[i].runner.failed_path);
}

/* What each worker starts with, in the order of the workers: forked, the parent's context; else the graph alone. */
static bool reserve(vs__runner *parent, worker *workers, size_t count, const char *fork)
{
    const vs_call call = {.file = parent->run->document, .function = parent->path};
    vs_capture **captures = fork ? vs_fork_with(count, fork, &call) : vs__fork_empty(count, &call);
    for (size_t i = 0; captures && i < count; i++)
        workers[i].capture = vs_capture_hold(captures[i]);
    vs_captures_release(captures);
    return vs__program_take_pending(parent);
}

static void finish(worker *self)
{
    vs_capture_release(self->capture);
    if (self->is_ready) {
        vs__program_runner_finish(&self->runner);
        vs__program_bindings_finish(&self->bindings);
    }
}

/* Make all workers ready to run. false: the failure is the parent's. */
static bool prepare_all(vs__runner *parent, worker *workers, const json_t *lists, const char *fork)
{
    size_t count = json_array_size(lists);
    if (!reserve(parent, workers, count, fork))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!prepare(&workers[i], parent, json_array_get(lists, i), i))
            return vs__program_fail_memory(parent);
    return true;
}

bool vs__program_parallel(vs__runner *runner, const json_t *statement)
{
    const json_t *lists = json_object_get(statement, "parallel");
    const char *fork = json_string_value(json_object_get(statement, "fork"));
    size_t count = json_array_size(lists);
    if (!count)
        return true;
    worker *workers = vs__allocate_zeroed(count * sizeof *workers);
    if (!workers)
        return vs__program_fail_memory(runner);
    if (prepare_all(runner, workers, lists, fork)) {
        run_workers(runner, workers, count);
        adopt(runner, workers, count);
    }
    for (size_t i = 0; i < count; i++)
        finish(&workers[i]);
    vs__release(workers, count * sizeof *workers);
    return !vs__program_failed(runner);
}
