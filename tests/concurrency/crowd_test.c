/* Many at once: 1,000 threads, 10,000 jobs on a pool of 4. */
#include "consistent.h"
#include "parallel.h"

TestSuite(crowd, .timeout = 300);

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
    assert_consistent(all.graph);
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
    assert_consistent(all.graph);
    vs_graph_release(all.graph);
}

/* ---- many jobs on few threads: what a job leaves behind, the next one must not find ---- */

enum { POOL = 4, JOBS = UNDER_TSAN ? 2000 : 10000, LAYERS = 16 };

typedef enum manner { ORDERLY, FAILS, FORGETS_TO_LEAVE, IN_ITS_OWN_CONTEXT, MANNERS } manner;

typedef struct pool {
    vs_graph *graph;
    vs_capture *capture;
    atomic_int next; /* job */
    atomic_int wrong;
    atomic_int failed;
} pool;

/* A layer that jobs share, and a node of the job's own. */
static void build_job(int job)
{
    char layer[16], name[16];
    snprintf(layer, sizeof layer, "layer_%d", job % LAYERS);
    snprintf(name, sizeof name, "job_%d", job);
    VS_WITH_VARIABLE_SCOPE(layer, .reuse = VS_AUTO_REUSE) {
        vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(2), .initializer = vs_zeros_initializer());
        vs_multiply(vs_value(w), vs_real(2.0), .name = name);
    }
}

static void forget_to_leave(const pool *all, int job)
{
    vs_context *own = vs_context_new(), *before = vs_context_make_current(own);
    vs_enter_graph(all->graph, NULL);
    vs_enter_name_scope_with(&(vs_name_scope_args){.name = "forgotten"});
    build_job(job);
    vs_context_make_current(before);
    vs_context_free(own); /* leaves what is open in it */
}

static void run_job(pool *all, int job)
{
    vs_error error = {.code = VS_OK};
    vs_context *own = NULL;
    switch ((manner)(job % MANNERS)) {
    case FORGETS_TO_LEAVE:
        forget_to_leave(all, job);
        return;
    case IN_ITS_OWN_CONTEXT:
        own = vs_context_new();
        vs_context_make_current(own);
        break;
    default:
        break;
    }
    VS_TRY(&error)
        VS_WITH_CAPTURE(all->capture) {
            build_job(job);
            if (job % MANNERS == FAILS)
                vs_raise(VS_CANCELLED, "job %d", job);
        }
    atomic_fetch_add(&all->failed, error.code == VS_CANCELLED);
    atomic_fetch_add(&all->wrong, error.code != (job % MANNERS == FAILS ? VS_CANCELLED : VS_OK));
    if (own) {
        vs_context_make_current(NULL);
        vs_context_free(own);
    }
}

static void *run_jobs(void *argument)
{
    pool *all = argument;
    int job;
    while ((job = atomic_fetch_add(&all->next, 1)) < JOBS) {
        run_job(all, job);
        atomic_fetch_add(&all->wrong, vs_current_graph() != NULL || vs_pending() != VS_OK);
    }
    return NULL;
}

static bool count_job(const vs_operation *node, void *user)
{
    const char *type = vs_operation_type(node);
    *(int *)user += strcmp(type, "Mul") == 0;
    return true;
}

Test(crowd, of_jobs_on_a_pool_leave_its_threads_as_they_were)
{
    pthread_t threads[POOL];
    pool all = {.graph = vs_graph_new()};
    VS_WITH_GRAPH(all.graph)
        VS_WITH_NAME_SCOPE("pool")
            all.capture = vs_capture_here();
    for (int i = 0; i < POOL; i++)
        cr_assert(pthread_create(&threads[i], NULL, run_jobs, &all) == 0);
    for (int i = 0; i < POOL; i++)
        pthread_join(threads[i], NULL);
    int jobs = 0;
    vs_graph_walk(all.graph, count_job, &jobs);
    cr_assert(!all.wrong && all.failed == JOBS / MANNERS && jobs == JOBS, "%d wrong, %d failed, %d built", all.wrong,
              all.failed, jobs);
    for (int i = 0; i < LAYERS; i++) {
        char key[32];
        snprintf(key, sizeof key, "layer_%d/w", i);
        cr_assert(vs_graph_find_variable(all.graph, key), "no %s", key);
    }
    assert_consistent(all.graph);
    vs_capture_release(all.capture);
    vs_graph_release(all.graph);
}
