/* Whether the workers of a fork give the same bytes under every schedule.
 *
 *     same_bytes SCHEDULES SEED
 *
 * Each schedule (schedule.h) has a seed of its own, which says too how many workers there are and what they build. The
 * graph must be, byte for byte, what the workers give one after another on one thread. The first that is not is told by
 * its seed, and the exit status is 1. The last line counts.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <varscope/varscope.h>

#include "graph_def.h"
#include "schedule.h"

enum { MOST_WORKERS = 6, STEPS = 5, NAMES = 4, KINDS = 7 };

typedef struct plan {
    uint64_t random;
    int workers;
    int steps[MOST_WORKERS][STEPS]; /* what each does; see step() */
} plan;

typedef struct worker {
    pthread_t thread;
    const plan *plan;
    vs_capture *capture;
    int index;
    bool scheduled;
    vs_error error; /* out */
} worker;

/* ---- what workers build ---- */

static vs_variable *shared(int number)
{
    char name[16];
    snprintf(name, sizeof name, "w%d", number % NAMES);
    return vs_get_variable(name, .shape = VS_SHAPE(2, 2), .regularizer = vs_l2_regularizer(0.1));
}

/* A variable that is made from another one, which so has two places where it may be asked for first. */
static vs_tensor make_from_shared(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition;
    (void)user;
    return vs_add(vs_value(shared(1)), vs_ones(shape, .dtype = dtype));
}

/* One of the things that forked workers may do: what they share and what is their own, by turns. */
static void step(int which, int index)
{
    char own[16];
    vs_variable *w;
    snprintf(own, sizeof own, "own_%d_%d", index, which);
    switch (which % KINDS) {
    case 0:
        vs_matmul(vs_value(shared(which / KINDS)), vs_random_normal(VS_INTS(2, 2)), .name = "product");
        break;
    case 1:
        vs_get_variable(own, .shape = VS_SHAPE(3), .reuse = VS_AUTO_REUSE);
        break;
    case 2:
        VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
            vs_add_to_collection("sums", vs_reduce_sum(vs_value(shared(which / KINDS))));
        break;
    case 3:
        vs_get_variable("p", .shape = VS_SHAPE(4, 2), .partitioner = vs_fixed_size_partitioner(2));
        break;
    case 4:
        w = shared(which / KINDS); /* not below: the device would be the variable's */
        VS_WITH_DEVICE("/gpu:0")
            VS_WITH_CONTROL_DEPENDENCIES(vs_value(w))
                vs_no_op("after");
        break;
    case 5:
        vs_get_variable("from", .shape = VS_SHAPE(2, 2), .initializer = vs_function_initializer(make_from_shared));
        break;
    default:
        vs_get_variable("r", .shape = VS_SHAPE(2), .use_resource = VS_TRUE);
        break;
    }
}

static void build(worker *self)
{
    VS_WITH_CAPTURE(self->capture)
        for (int i = 0; i < STEPS; i++)
            step(self->plan->steps[self->index][i], self->index);
    vs_error_take(&self->error);
}

static void *run(void *argument)
{
    worker *self = argument;
    vs__schedule_join((uint32_t)self->index);
    build(self);
    return NULL;
}

/* ---- plans and runs ---- */

static int draw(plan *self, int below)
{
    self->random = self->random * 6364136223846793005 + 1442695040888963407;
    return (int)((self->random >> 33) % (uint64_t)below);
}

static plan new_plan(uint64_t seed)
{
    plan self = {.random = seed};
    draw(&self, 2);
    self.workers = 2 + draw(&self, MOST_WORKERS - 1);
    for (int i = 0; i < self.workers; i++)
        for (int k = 0; k < STEPS; k++)
            self.steps[i][k] = draw(&self, KINDS * NAMES);
    return self;
}

static void start_all(worker *workers, const plan *of, uint64_t seed)
{
    vs__schedule_begin(seed, (uint32_t)of->workers);
    for (int i = 0; i < of->workers; i++)
        if (pthread_create(&workers[i].thread, NULL, run, &workers[i]) != 0)
            abort();
    for (int i = 0; i < of->workers; i++)
        pthread_join(workers[i].thread, NULL);
}

/* Build as planned, and export. scheduled: on threads, as the seed says; else one worker after another. */
static bytes build_all(const plan *of, uint64_t seed, bool scheduled, uint64_t *steps)
{
    worker workers[MOST_WORKERS];
    bytes out = {0};
    vs_capture **captures = NULL;
    vs_graph *graph = vs_graph_new();
    vs_error error;
    VS_TRY(&error) {
        VS_WITH_GRAPH(graph)
            VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE) {
                vs_no_op("before");
                captures = vs_fork((size_t)of->workers, "tower");
                vs_no_op("behind");
            }
        for (int i = 0; i < of->workers && captures; i++)
            workers[i] = (worker){.plan = of, .capture = captures[i], .index = i};
        if (captures && scheduled) {
            start_all(workers, of, seed);
            *steps += vs__schedule_end();
        }
        for (int i = 0; i < of->workers && captures; i++) {
            if (!scheduled)
                build(&workers[i]);
            vs_error_raise(&workers[i].error);
        }
    }
    if (vs_graph_num_fork_conflicts(graph)) {
        fprintf(stderr, "schedule %llu: a conflict of workers that keep the rule\n", (unsigned long long)seed);
        exit(1);
    }
    if (!error.code)
        vs_graph_export(graph, VS_FORMAT_META_GRAPH_DEF, bytes_write, &out, &error);
    if (error.code) {
        fprintf(stderr, "schedule %llu: %s: %s\n", (unsigned long long)seed, vs_status_name(error.code), error.message);
        exit(1);
    }
    vs_captures_release(captures);
    vs_graph_release(graph);
    return out;
}

int main(int argc, char **argv)
{
    long schedules = argc > 2 ? atol(argv[1]) : 0;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 0, steps = 0;
    if (schedules <= 0) {
        fprintf(stderr, "usage: same_bytes SCHEDULES SEED\n");
        return 2;
    }
    for (long i = 0; i < schedules; i++, seed++) {
        plan of = new_plan(seed);
        bytes one_thread = build_all(&of, seed, false, &steps), many = build_all(&of, seed, true, &steps);
        if (one_thread.size != many.size || memcmp(one_thread.data, many.data, many.size) != 0) {
            printf("schedule %llu: other bytes than on one thread\n", (unsigned long long)seed);
            return 1;
        }
        bytes_free(&one_thread);
        bytes_free(&many);
    }
    printf("%ld schedules, %llu steps, the same bytes\n", schedules, (unsigned long long)steps);
    return 0;
}
