/* Many at once: 1,000 threads, 10,000 jobs on a pool of 4. */
#include "parallel.h"

TestSuite(crowd, .timeout = 120);

enum { CROWD = UNDER_TSAN ? 200 : 1000, NAMES = CROWD / 4 };

typedef struct crowd {
    vs_graph *graph;
    pthread_mutex_t lock; /* guards open */
    pthread_cond_t opened;
    bool open; /* initializers may go on */
    atomic_int calls;  /* of initializers */
    atomic_int failed; /* on purpose */
    atomic_int created;
    atomic_int found;
    atomic_int wrong;
} crowd;

typedef struct person {
    crowd *crowd;
    int index;
} person;

static crowd new_crowd(void)
{
    return (crowd){.graph = vs_graph_new(), .lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
}

/* Wait until all threads are there. */
static void wait_until_open(crowd *all)
{
    pthread_mutex_lock(&all->lock);
    while (!all->open)
        pthread_cond_wait(&all->opened, &all->lock);
    pthread_mutex_unlock(&all->lock);
}

static void open_gate(crowd *all)
{
    pthread_mutex_lock(&all->lock);
    all->open = true;
    pthread_cond_broadcast(&all->opened);
    pthread_mutex_unlock(&all->lock);
}

static vs_tensor late_zeros(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition;
    wait_until_open(user);
    return vs_zeros(shape, .dtype = dtype);
}

static void *want_one(void *argument)
{
    person *self = argument;
    crowd *all = self->crowd;
    char name[16];
    vs_error error;
    vs_outcome outcome = VS_OUTCOME_NONE;
    snprintf(name, sizeof name, "v%d", self->index % NAMES);
    VS_TRY(&error)
        VS_WITH_GRAPH(all->graph)
            vs_get_variable(name, .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE, .outcome = &outcome,
                            .initializer = vs_function_initializer(late_zeros, .user = all));
    atomic_fetch_add(&all->created, outcome == VS_CREATED);
    atomic_fetch_add(&all->found, outcome == VS_FOUND);
    atomic_fetch_add(&all->wrong, error.code != VS_OK);
    return NULL;
}

/* Threads with small stacks, as a thousand of the usual size take much address space. */
static void run_crowd(person *persons, void *(*function)(void *), crowd *all)
{
    static pthread_t threads[CROWD];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 * 1024);
    for (int i = 0; i < CROWD; i++) {
        persons[i] = (person){.crowd = all, .index = i};
        int status = pthread_create(&threads[i], &small, function, &persons[i]);
        cr_assert(status == 0, "no thread: %s", strerror(status));
    }
    sleep_milliseconds(50); /* so that they wait; nothing depends on it */
    open_gate(all);
    for (int i = 0; i < CROWD; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&small);
}

Test(crowd, of_threads_that_want_few_names)
{
    static person persons[CROWD];
    crowd all = new_crowd();
    run_crowd(persons, want_one, &all);
    cr_assert(all.created == NAMES && all.found == CROWD - NAMES && !all.wrong, "%d created, %d found, %d wrong",
              all.created, all.found, all.wrong);
    vs_graph_release(all.graph);
}

/* ---- all want one name, and all creations fail but the last ---- */

static vs_tensor fail_unless_last(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    crowd *all = user;
    (void)partition;
    wait_until_open(all);
    if (atomic_fetch_add(&all->calls, 1) < CROWD - 1) {
        vs_raise(VS_CANCELLED, "not the last one");
        return (vs_tensor){0};
    }
    return vs_zeros(shape, .dtype = dtype);
}

static void *try_in_turn(void *argument)
{
    person *self = argument;
    crowd *all = self->crowd;
    vs_error error;
    VS_TRY(&error)
        VS_WITH_GRAPH(all->graph)
            vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE,
                            .initializer = vs_function_initializer(fail_unless_last, .user = all));
    atomic_fetch_add(&all->failed, error.code == VS_CANCELLED);
    atomic_fetch_add(&all->created, error.code == VS_OK);
    return NULL;
}

Test(crowd, of_creations_that_fail_one_after_another)
{
    static person persons[CROWD];
    crowd all = new_crowd();
    run_crowd(persons, try_in_turn, &all);
    cr_assert(all.created == 1 && all.failed == CROWD - 1 && all.calls == CROWD, "%d created, %d failed, %d calls",
              all.created, all.failed, all.calls);
    vs_graph_release(all.graph);
}
