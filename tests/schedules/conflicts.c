/* Whether workers that break the rule of forks are found out under every schedule.
 *
 *     conflicts SCHEDULES SEED
 *
 * Two workers ask for one variable, each in a way of its own, so that what comes of it depends on who is first. Under each
 * schedule (schedule.h) the graph must have a note of it. The first one that has none is told by its seed, and the exit
 * status is 1. The last line counts.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <varscope/varscope.h>

#include "schedule.h"

enum { WORKERS = 2 };

static void get(vs_reuse reuse, bool strict, vs_dtype dtype, vs_partitioner partitioner)
{
    vs_get_variable("w", .shape = VS_SHAPE(4), .reuse = reuse, .strict = strict, .dtype = dtype, .partitioner = partitioner);
}

static void get_auto(void)
{
    get(VS_AUTO_REUSE, false, VS_FLOAT32, (vs_partitioner){0});
}

static void get_double(void)
{
    get(VS_AUTO_REUSE, false, VS_FLOAT64, (vs_partitioner){0});
}

static void get_strict(void)
{
    get(VS_AUTO_REUSE, true, VS_FLOAT32, (vs_partitioner){0});
}

static void get_true(void)
{
    get(VS_REUSE_TRUE, false, VS_FLOAT32, (vs_partitioner){0});
}

static void get_off(void)
{
    get(VS_REUSE_FALSE, false, VS_FLOAT32, (vs_partitioner){0});
}

static void get_parts(void)
{
    get(VS_AUTO_REUSE, false, VS_FLOAT32, vs_fixed_size_partitioner(2));
}

static void get_parts_true(void)
{
    get(VS_REUSE_TRUE, false, VS_FLOAT32, vs_fixed_size_partitioner(2));
}

static void build_node(void)
{
    VS_WITH_NAME_SCOPE("shared/")
        vs_no_op("n");
}

static const struct pair {
    const char *name;
    void (*ways[WORKERS])(void);
} pairs[] = {
    {"auto and strict", {get_auto, get_strict}},   {"auto and true", {get_auto, get_true}},
    {"auto and off", {get_auto, get_off}},         {"off and off", {get_off, get_off}},
    {"two dtypes", {get_auto, get_double}},        {"whole and in parts", {get_auto, get_parts}},
    {"parts, auto and true", {get_parts, get_parts_true}}, {"a node's name", {build_node, build_node}},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

typedef struct worker {
    pthread_t thread;
    vs_capture *capture;
    void (*way)(void);
    uint32_t index;
} worker;

static void *run(void *argument)
{
    worker *self = argument;
    vs_error error;
    vs__schedule_join(self->index);
    VS_TRY(&error)
        VS_WITH_CAPTURE(self->capture)
            self->way();
    return NULL;
}

/* Let both workers ask, and count what was noted. */
static size_t count_conflicts(const struct pair *pair, uint64_t seed)
{
    worker workers[WORKERS];
    vs_graph *graph = vs_graph_new();
    vs_capture **captures = NULL;
    VS_WITH_GRAPH(graph)
        captures = vs_fork(WORKERS, "t");
    if (!captures)
        abort();
    vs__schedule_begin(seed, WORKERS);
    for (uint32_t i = 0; i < WORKERS; i++) {
        workers[i] = (worker){.capture = captures[i], .way = pair->ways[i], .index = i};
        if (pthread_create(&workers[i].thread, NULL, run, &workers[i]) != 0)
            abort();
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    vs__schedule_end();
    size_t found = vs_graph_num_fork_conflicts(graph);
    vs_captures_release(captures);
    vs_graph_release(graph);
    return found;
}

int main(int argc, char **argv)
{
    long schedules = argc > 2 ? atol(argv[1]) : 0;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    if (schedules <= 0) {
        fprintf(stderr, "usage: conflicts SCHEDULES SEED\n");
        return 2;
    }
    for (long i = 0; i < schedules; i++, seed++) {
        const struct pair *pair = &pairs[i % PAIRS];
        if (!count_conflicts(pair, seed)) {
            printf("schedule %llu: %s: no conflict was noted\n", (unsigned long long)seed, pair->name);
            return 1;
        }
    }
    printf("%ld schedules, a conflict noted in each\n", schedules);
    return 0;
}
