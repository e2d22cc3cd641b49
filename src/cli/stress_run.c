/* The rounds of the stress test: graphs, threads, and what came of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stress.h"

enum { MOST_SHOWN = 20 };

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void clear_progress(stress_run *run)
{
    if (run->is_chatty && run->shown > 0)
        fputs("\r\033[K", stderr);
}

/* A line on a terminal that replaces itself. */
static void show_progress(stress_run *run, uint64_t calls)
{
    double now = seconds_now();
    if (!run->is_chatty || now - run->shown < 0.2)
        return;
    clear_progress(run);
    fprintf(stderr, "%.0f s, %zu rounds, %" PRIu64 " calls, %zu anomalies", now - run->start, run->rounds,
            run->calls + calls, run->anomalies);
    fflush(stderr);
    run->shown = now;
}

/* Say what is wrong, the first times. */
static void show_anomalies(stress_run *run, stress_anomalies *anomalies)
{
    if (anomalies->count)
        clear_progress(run);
    for (size_t i = 0; i < anomalies->count && i < STRESS_KEPT; i++)
        if (run->anomalies + i < MOST_SHOWN)
            fprintf(stderr, "varscope: anomaly: round %zu, %s\n", run->rounds, anomalies->kept[i].text);
    run->anomalies += anomalies->count;
    anomalies->count = 0;
}

static bool run_out_of_memory(void)
{
    fprintf(stderr, "varscope: %s\n", strerror(ENOMEM));
    return false;
}

/* ---- the graphs of a round ---- */

static bool open_scope(stress_graph *self, size_t scope)
{
    VS_WITH_GRAPH(self->graph) {
        if (scope == 0) {
            self->scopes[0] = vs_get_variable_scope();
            self->captures[0] = vs_capture_here();
        } else {
            VS_WITH_VARIABLE_SCOPE(stress_scopes[scope], .as = &self->scopes[scope])
                self->captures[scope] = vs_capture_here();
        }
    }
    return vs_error_take(NULL) == false;
}

static bool open_graph(stress_graph *self, size_t names)
{
    bool is_good = true;
    self->graph = vs_graph_new();
    self->targets = calloc(names, sizeof *self->targets);
    for (size_t i = 0; is_good && i < STRESS_SCOPES; i++)
        is_good = self->graph && self->targets && open_scope(self, i);
    return is_good;
}

static void close_graph(stress_graph *self)
{
    for (size_t i = 0; i < STRESS_SCOPES; i++)
        vs_capture_release(self->captures[i]);
    free(self->targets);
    vs_graph_release(self->graph);
}

static bool open_graphs(stress_round *round)
{
    bool is_good = true;
    round->graphs = calloc(round->options->graphs, sizeof *round->graphs);
    for (size_t i = 0; is_good && i < round->options->graphs; i++)
        is_good = round->graphs && open_graph(&round->graphs[i], round->options->names);
    return is_good;
}

static void close_graphs(stress_round *round)
{
    for (size_t i = 0; round->graphs && i < round->options->graphs; i++)
        close_graph(&round->graphs[i]);
    free(round->graphs);
}

/* ---- the threads of a round ---- */

static uint64_t count_calls(const stress_run *run)
{
    uint64_t calls = 0;
    for (size_t i = 0; i < run->options->threads; i++)
        calls += atomic_load_explicit(&run->workers[i].calls, memory_order_relaxed);
    return calls;
}

/* Threads that make no progress wait for each other, and will for ever: nothing can be joined or freed any more. */
static _Noreturn void give_up(stress_run *run, uint64_t calls)
{
    clear_progress(run);
    fprintf(stderr, "varscope: anomaly: round %zu, all threads are stuck: for %zu s none of them has finished a call\n",
            run->rounds, run->options->stall);
    for (size_t i = 0; i < run->options->threads; i++)
        fprintf(stderr, "varscope:   thread %zu finished %zu of %zu calls\n", i,
                atomic_load_explicit(&run->workers[i].calls, memory_order_relaxed), stress_calls_each(run->options));
    fprintf(stderr, "varscope: given up after %" PRIu64 " calls\n", run->calls + calls);
    _exit(CLI_FAILED);
}

/* Wait until all threads are done, and see that they get on. */
static void watch(stress_run *run, stress_round *round)
{
    uint64_t calls = 0;
    double moved = seconds_now();
    pthread_mutex_lock(&round->lock);
    while (round->running) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 200000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&round->changed, &round->lock, &until);
        uint64_t calls_now = count_calls(run);
        if (calls_now != calls)
            moved = seconds_now();
        calls = calls_now;
        show_progress(run, calls);
        if (round->running && seconds_now() - moved > (double)run->options->stall)
            give_up(run, calls);
    }
    pthread_mutex_unlock(&round->lock);
}

static void let_start(stress_round *round, size_t threads)
{
    pthread_mutex_lock(&round->lock);
    round->running = threads;
    round->may_start = threads == round->options->threads;
    round->is_called_off = !round->may_start;
    pthread_cond_broadcast(&round->changed);
    pthread_mutex_unlock(&round->lock);
}

/* Returns false, with the fault said, when there are not enough threads. */
static bool run_threads(stress_run *run, stress_round *round)
{
    int status = 0;
    size_t count = 0;
    while (count < run->options->threads && status == 0) {
        stress_worker *worker = &run->workers[count];
        memset(worker, 0, sizeof *worker);
        worker->round = round;
        worker->index = count;
        snprintf(worker->tally.anomalies.where, STRESS_KEY_SIZE, "thread %zu, ", count);
        uint64_t random = run->options->seed;
        random = stress_random(&random) ^ round->index << 16 ^ count;
        worker->random = stress_random(&random);
        status = pthread_create(&worker->thread, NULL, stress_work, worker);
        count += status == 0;
    }
    double start = seconds_now();
    let_start(round, count);
    if (status == 0)
        watch(run, round);
    for (size_t i = 0; i < count; i++)
        pthread_join(run->workers[i].thread, NULL);
    run->building += seconds_now() - start;
    if (status != 0)
        fprintf(stderr, "varscope: no thread: %s\n", strerror(status));
    return status == 0;
}

static void add_tallies(stress_run *run)
{
    run->calls += count_calls(run);
    for (size_t i = 0; i < run->options->threads; i++) {
        stress_tally *tally = &run->workers[i].tally;
        for (size_t k = 0; k < STRESS_OUTCOMES; k++)
            run->total.outcomes[k] += tally->outcomes[k];
        histogram_merge(&run->total.created, &tally->created);
        histogram_merge(&run->total.found, &tally->found);
        histogram_merge(&run->total.refused, &tally->refused);
        show_anomalies(run, &tally->anomalies);
    }
}

static bool check_graphs(stress_run *run, const stress_round *round)
{
    stress_anomalies anomalies = {.count = 0};
    bool has_memory = true;
    for (size_t i = 0; has_memory && i < run->options->graphs; i++) {
        snprintf(anomalies.where, sizeof anomalies.where, "graph %zu: ", i);
        has_memory = stress_check(&round->graphs[i], run->options->names, &run->census, &anomalies);
        show_anomalies(run, &anomalies);
    }
    return has_memory || run_out_of_memory();
}

/* Do a round; false, with the fault said, when it could not be done. */
static bool run_round(stress_run *run)
{
    stress_round round = {.options = run->options, .index = run->rounds};
    pthread_mutex_init(&round.lock, NULL);
    pthread_cond_init(&round.changed, NULL);
    bool is_good = open_graphs(&round) || run_out_of_memory();
    is_good = is_good && run_threads(run, &round);
    if (is_good)
        add_tallies(run);
    is_good = is_good && check_graphs(run, &round);
    if (is_good) {
        run->rounds++;
        vs_graph_release(run->last);
        run->last = vs_graph_hold(round.graphs[0].graph);
    }
    close_graphs(&round);
    pthread_cond_destroy(&round.changed);
    pthread_mutex_destroy(&round.lock);
    return is_good;
}

static bool is_over(const stress_run *run)
{
    const stress_options *options = run->options;
    return options->rounds ? run->rounds >= options->rounds
                           : seconds_now() - run->start >= (double)options->seconds;
}

bool stress_run_all(stress_run *run)
{
    bool is_good = true;
    run->workers = calloc(run->options->threads, sizeof *run->workers);
    if (!run->workers)
        return run_out_of_memory();
    run->start = seconds_now();
    while (is_good && !is_over(run))
        is_good = run_round(run);
    run->seconds = seconds_now() - run->start;
    clear_progress(run);
    free(run->workers);
    run->workers = NULL;
    return is_good;
}
