/* Out of memory at every single call for it, while threads build in one graph and wait for each other. */
#include <sched.h>

#include "consistent.h"
#include "counting_allocator.h"
#include "parallel.h"

TestSuite(memory, .timeout = 300);

enum { THREADS = 3 };

typedef struct builder {
    pthread_t thread;
    vs_graph *graph;
    vs_capture *worker; /* of a fork; NULL: it enters the graph */
    pthread_barrier_t *start;
    int index;
    vs_error error; /* out */
} builder;

/* Makes others wait, and asks for another variable. */
static vs_tensor ask_for_base(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition, (void)user;
    sched_yield();
    vs_variable *base = vs_get_variable("base", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE);
    vs_value(base);
    return vs_zeros(shape, .dtype = dtype);
}

/* Variables that all share, in turn; names that all want; a variable of its own; a collection of all. */
static void build(int index)
{
    char own[16];
    snprintf(own, sizeof own, "own_%d", index);
    VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_AUTO_REUSE) {
        for (int i = 0; i < 3; i++) {
            char name[16];
            snprintf(name, sizeof name, "w%d", (i + index) % 3);
            vs_variable *w = vs_get_variable(name, .shape = VS_SHAPE(2), .regularizer = vs_l2_regularizer(0.1),
                                             .initializer = vs_function_initializer(ask_for_base));
            vs_add_to_collection("all", vs_multiply(vs_value(w), vs_real(2.0), .name = "twice"));
        }
        vs_get_variable(own, .shape = VS_SHAPE(3, 2), .partitioner = vs_fixed_size_partitioner(2));
        VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
            VS_WITH_DEVICE("/gpu:0")
                vs_no_op("c");
    }
}

static void *run(void *argument)
{
    builder *self = argument;
    pthread_barrier_wait(self->start);
    if (self->worker) {
        VS_WITH_CAPTURE(self->worker)
            build(self->index);
    } else {
        VS_WITH_GRAPH(self->graph)
            build(self->index);
    }
    vs_error_take(&self->error);
    return NULL;
}

/* One run of all threads, in which the n-th call for memory fails. Whether any did. */
static bool try_once(size_t n, bool and_all_after, bool forked, size_t *failures)
{
    builder threads[THREADS];
    pthread_barrier_t start;
    vs_graph *graph = vs_graph_new();
    vs_capture **workers = NULL;
    VS_WITH_GRAPH(graph)
        workers = forked ? vs_fork(THREADS, "tower") : NULL;
    pthread_barrier_init(&start, NULL, THREADS);
    fail_allocation(n, and_all_after);
    for (int i = 0; i < THREADS; i++) {
        threads[i] = (builder){.graph = graph, .worker = workers ? workers[i] : NULL, .start = &start, .index = i};
        cr_assert(pthread_create(&threads[i].thread, NULL, run, &threads[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i].thread, NULL);
    bool failed = counted.failures > 0;
    *failures += counted.failures;
    fail_allocation(0, false);
    int exhausted = 0;
    for (int i = 0; i < THREADS; i++) {
        const vs_error *error = &threads[i].error;
        cr_assert(error->code == VS_OK || (failed && error->code == VS_RESOURCE_EXHAUSTED), "call %zu%s, thread %d: %s: %s",
                  n, and_all_after ? " and all after" : "", i, vs_status_name(error->code), error->message);
        exhausted += error->code != VS_OK;
    }
    cr_assert(!failed == !exhausted, "call %zu: %d threads say so", n, exhausted);
    assert_consistent(graph);
    VS_WITH_GRAPH(graph)
        for (int i = 0; i < 3; i++)
            VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_AUTO_REUSE)
                vs_get_variable(i == 0 ? "w0" : i == 1 ? "w1" : "w2", .shape = VS_SHAPE(2));
    assert_ok(); /* what failed can be made now */
    pthread_barrier_destroy(&start);
    vs_captures_release(workers);
    vs_graph_release(graph);
    return failed;
}

static void run_out_of_memory(bool forked)
{
    size_t failures = 0, runs = 0;
    for (int all = 0; all < 2; all++)
        for (size_t n = 1; runs++, try_once(n, all, forked, &failures); n += UNDER_TSAN ? 5 : 1)
            ;
    fprintf(stderr, "%d threads%s: %zu runs, %zu allocations failed\n", THREADS, forked ? " of a fork" : "", runs, failures);
    cr_assert(failures);
}

static void with_own_context(bool forked)
{
    count_allocations();
    vs_context *own = vs_context_new();
    vs_context_make_current(own);
    run_out_of_memory(forked);
    vs_context_make_current(NULL);
    vs_context_free(own);
    assert_all_given_back();
}

Test(memory, runs_out_while_threads_build)
{
    with_own_context(false);
}

Test(memory, runs_out_while_the_workers_of_a_fork_build)
{
    with_own_context(true);
}
