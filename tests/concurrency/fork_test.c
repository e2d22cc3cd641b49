/* Forks: the same bytes under every schedule.
 *
 * Each program is built many times: by one thread that runs the workers one after another, in their order and in
 * others, and by 2, 4, 8 and 16 threads that take workers in any order and are held up at random places. GraphDef and
 * MetaGraphDef must be, byte for byte, what one thread makes of the workers in their order. */
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "consistent.h"
#include "graph_def.h"
#include "parallel.h"

TestSuite(fork, .timeout = 300);

/* ---- schedules ---- */

/* How the workers of a build are run. Set by the main thread while no other builds. */
static struct schedule {
    int threads;
    uint64_t seed; /* 0: in order, without delays */
} schedule;

static _Thread_local uint64_t dice;

static unsigned roll(unsigned sides)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(dice >> 33) % sides;
}

/* A place at which threads are held up. */
static void delay(void)
{
    if (!schedule.seed || schedule.threads == 1)
        return;
    unsigned what = roll(16);
    if (what < 4)
        sched_yield();
    else if (what == 4)
        nanosleep(&(struct timespec){0, roll(40000)}, NULL);
}

typedef void (*worker_function)(int index, const void *user);

typedef struct team {
    vs_capture **workers;
    worker_function work;
    const void *user;
    int order[64]; /* in which they are taken */
    int count;
    atomic_int next;
    uint64_t seed;
    pthread_mutex_t lock;
    vs_error error; /* guard: lock */
} team;

static void run_worker(team *of, int index)
{
    vs_error error;
    VS_TRY(&error)
        VS_WITH_CAPTURE(of->workers[index])
            of->work(index, of->user);
    pthread_mutex_lock(&of->lock);
    if (error.code && !of->error.code)
        of->error = error;
    pthread_mutex_unlock(&of->lock);
}

static void take_workers(team *of)
{
    int at;
    while ((at = atomic_fetch_add(&of->next, 1)) < of->count)
        run_worker(of, of->order[at]);
}

static void *take_workers_on_a_thread(void *user)
{
    team *of = user;
    dice = of->seed ^ (uint64_t)pthread_self();
    take_workers(of);
    return NULL;
}

static void shuffle(team *of)
{
    for (int i = 0; i < of->count; i++)
        of->order[i] = i;
    for (int i = of->count - 1; schedule.seed && i > 0; i--) {
        int other = (int)roll((unsigned)i + 1), held = of->order[i];
        of->order[i] = of->order[other];
        of->order[other] = held;
    }
}

/* Fork, have the threads of the schedule run the workers, and join. beside: what the parent does meanwhile. */
static void run_forked_beside(int count, const char *name, worker_function work, const void *user, void (*beside)(void))
{
    team of = {.workers = vs_fork((size_t)count, name), .work = work, .user = user, .count = count, .seed = dice,
               .lock = PTHREAD_MUTEX_INITIALIZER};
    if (!of.workers)
        return;
    pthread_t threads[16];
    int started = 0, wanted = schedule.threads < count ? schedule.threads : count;
    shuffle(&of);
    bool first = schedule.threads == 1 && beside && schedule.seed && roll(2);
    if (first)
        beside();
    while (schedule.threads > 1 && started < wanted &&
           pthread_create(&threads[started], NULL, take_workers_on_a_thread, &of) == 0)
        started++;
    if (schedule.threads > 1 && beside)
        beside();
    if (!started)
        take_workers(&of);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (schedule.threads == 1 && beside && !first)
        beside();
    vs_error_raise(&of.error);
    vs_captures_release(of.workers);
}

static void run_forked(int count, const char *name, worker_function work, const void *user)
{
    run_forked_beside(count, name, work, user, NULL);
}

/* ---- building and comparing ---- */

typedef struct result {
    bytes graph_def;
    bytes meta_graph_def;
    char *names; /* a line a node, to tell what differs */
} result;

typedef struct listing {
    char *text;
    size_t size;
} listing;

static bool list_node(const vs_operation *node, void *user)
{
    listing *list = user;
    size_t length = vs_operation_name(node, NULL, 0);
    list->text = realloc(list->text, list->size + length + 2);
    vs_operation_name(node, list->text + list->size, length + 1);
    list->text[list->size + length] = '\n';
    list->size += length + 1;
    list->text[list->size] = '\0';
    return true;
}

static bool fail_on_conflict(const vs_fork_conflict *conflict, void *user)
{
    char text[512];
    (void)user;
    vs_fork_conflict_format(conflict, text, sizeof text);
    cr_assert_fail("%s", text);
    return false;
}

static result build(void (*program)(void))
{
    result built = {.names = NULL};
    listing list = {.text = calloc(1, 1)};
    vs_graph *graph = vs_graph_new();
    vs_error error;
    VS_TRY(&error)
        VS_WITH_GRAPH(graph)
            program();
    cr_assert(error.code == VS_OK, "%s", error.message);
    vs_graph_walk_fork_conflicts(graph, fail_on_conflict, NULL);
    assert_status(vs_graph_export(graph, VS_FORMAT_GRAPH_DEF, bytes_write, &built.graph_def, NULL), VS_OK);
    assert_status(vs_graph_export(graph, VS_FORMAT_META_GRAPH_DEF, bytes_write, &built.meta_graph_def, NULL), VS_OK);
    vs_graph_walk(graph, list_node, &list);
    built.names = list.text;
    assert_consistent(graph);
    vs_graph_release(graph);
    return built;
}

static void free_result(result *built)
{
    bytes_free(&built->graph_def);
    bytes_free(&built->meta_graph_def);
    free(built->names);
}

static bool same_bytes(const bytes *a, const bytes *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* Where two listings first differ, as "line: a, not b". */
static const char *first_difference(const char *a, const char *b)
{
    static char text[1024];
    int line = 1;
    while (*a && *a == *b) {
        const char *end_a = strchr(a, '\n'), *end_b = strchr(b, '\n');
        if (end_a - a != end_b - b || memcmp(a, b, (size_t)(end_a - a)) != 0)
            break;
        a = end_a + 1;
        b = end_b + 1;
        line++;
    }
    if (!*a && !*b)
        return "the same names in the same order";
    snprintf(text, sizeof text, "node %d is %.*s, not %.*s", line, (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
    return text;
}

static void assert_same(const result *built, const result *expected)
{
    cr_assert(same_bytes(&built->graph_def, &expected->graph_def), "%d threads, seed %d: another GraphDef: %s",
              schedule.threads, (int)schedule.seed, first_difference(built->names, expected->names));
    cr_assert(same_bytes(&built->meta_graph_def, &expected->meta_graph_def),
              "%d threads, seed %d: another MetaGraphDef of %zu bytes, not %zu", schedule.threads, (int)schedule.seed,
              built->meta_graph_def.size, expected->meta_graph_def.size);
}

enum { RUNS = 200 }; /* of each program, over all numbers of threads */

static void assert_deterministic(void (*program)(void))
{
    static const int threads[] = {1, 2, 4, 8, 16};
    schedule = (struct schedule){1, 0};
    result expected = build(program);
    graph_summary summary = check_meta_graph_def(&expected.meta_graph_def);
    cr_assert(!summary.complaint[0], "%s", summary.complaint);
    for (int run = 1; run <= ROUNDS(RUNS); run++) {
        schedule = (struct schedule){threads[run % 5], (uint64_t)run};
        dice = (uint64_t)run;
        result built = build(program);
        assert_same(&built, &expected);
        free_result(&built);
    }
    free_result(&expected);
}

/* ---- towers: shared variables, losses, random ops, collections ---- */

enum { SHARED = 6 };

static vs_variable *shared_variable(int i)
{
    char name[8];
    snprintf(name, sizeof name, "w%d", i);
    delay();
    switch (i) {
    case 0:
        return vs_get_variable(name, .shape = VS_SHAPE(4, 3), .initializer = vs_random_normal_initializer());
    case 1:
        return vs_get_variable(name, .shape = VS_SHAPE(4, 3), .initializer = vs_zeros_initializer(),
                               .regularizer = vs_no_regularizer());
    case 2:
        return vs_get_variable(name, .shape = VS_SHAPE(4, 3), .initializer = vs_orthogonal_initializer());
    case 3:
        return vs_get_variable(name, .shape = VS_SHAPE(4, 3), .initializer = vs_constant_initializer(vs_real(2.0)),
                               .collections = VS_KEYS("weights", VS_GLOBAL_VARIABLES));
    case 4:
        return vs_get_variable(name, .initializer = vs_value_initializer(VS_REALS(1.0, 2.0)), .trainable = VS_FALSE);
    default:
        return vs_get_variable(name, .shape = VS_SHAPE(4, 3), .use_resource = VS_TRUE);
    }
}

/* Each tower begins with another variable, so that each is asked for first by one and made by any. */
static void build_tower(int index, const void *user)
{
    (void)user;
    vs_tensor sum = vs_random_normal(VS_INTS(4, 3));
    for (int i = 0; i < SHARED; i++) {
        int which = (i + index * 5) % SHARED;
        vs_variable *variable = shared_variable(which);
        delay();
        if (which != 4)
            sum = vs_add(sum, vs_value(variable));
    }
    vs_add_to_collection("towers", vs_identity(sum, .name = "y"));
    delay();
    vs_add_to_collection("towers", vs_value(shared_variable(index % SHARED)));
    VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "own")
        vs_get_variable("v", .shape = VS_SHAPE(1), .reuse = VS_AUTO_REUSE);
}

static void build_towers(void)
{
    vs_set_random_seed(7);
    vs_constant(vs_real(1.0), .name = "before");
    VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE, .regularizer = vs_l2_regularizer(0.1),
                           .initializer = vs_random_uniform_initializer(vs_real(-1.0))) {
        run_forked(8, "tower", build_tower, NULL);
        vs_random_uniform(VS_INTS(2), .name = "after");
        run_forked(3, "more_%d", build_tower, NULL);
    }
}

Test(fork, of_towers_makes_the_same_bytes)
{
    assert_deterministic(build_towers);
}

/* ---- the parent builds on while its workers build ---- */

static void build_beside(void)
{
    for (int i = SHARED - 1; i >= 0; i--) {
        vs_identity(vs_value(shared_variable(i)), .name = "beside");
        delay();
    }
}

static void build_towers_beside(void)
{
    VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE, .regularizer = vs_l1_regularizer(0.1))
        run_forked_beside(6, "tower", build_tower, NULL, build_beside);
}

Test(fork, lets_the_parent_build_on)
{
    assert_deterministic(build_towers_beside);
}

/* ---- partitioned variables ---- */

static void build_with_partitions(int index, const void *user)
{
    (void)user;
    static const char *const names[] = {"p", "q", "r"};
    for (int i = 0; i < 3; i++) {
        delay();
        vs_variable *whole = vs_get_variable(names[(i + index) % 3], .shape = VS_SHAPE(7, 2),
                                             .initializer = vs_random_normal_initializer());
        vs_variable *single = vs_get_variable("single", .shape = VS_SCALAR, .initializer = vs_zeros_initializer());
        delay();
        if (whole && single)
            vs_add(vs_value(vs_variable_slice(whole, (size_t)(index % 3))), vs_value(single));
    }
}

static void build_partitions(void)
{
    vs_set_random_seed(3);
    VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE, .regularizer = vs_l2_regularizer(0.5),
                           .partitioner = vs_fixed_size_partitioner(3))
        run_forked(7, "tower", build_with_partitions, NULL);
}

Test(fork, of_partitioned_variables_makes_the_same_bytes)
{
    assert_deterministic(build_partitions);
}

/* ---- nested forks, and variables that are made from others ---- */

static const char *const chain[] = {"a", "b", "c", "d"};

/* a is made from b, b from c, c from d. */
static vs_variable *chained_variable(int i);

static vs_tensor make_from_the_next(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition;
    int i = *(const int *)user;
    delay();
    vs_tensor value = vs_ones(shape, .dtype = dtype);
    return i < 3 ? vs_add(value, vs_value(chained_variable(i + 1))) : vs_add(value, vs_random_normal(VS_INTS(2)));
}

static vs_variable *chained_variable(int i)
{
    static int numbers[] = {0, 1, 2, 3};
    return vs_get_variable(chain[i], .shape = VS_SHAPE(2),
                           .initializer = vs_function_initializer(make_from_the_next, .user = &numbers[i]));
}

static void ask_for_one(int index, const void *user)
{
    int outer = *(const int *)user;
    delay();
    vs_identity(vs_value(chained_variable((outer + index * 3) % 4)));
    delay();
    vs_identity(vs_value(chained_variable((index + 1) % 4)));
}

static void fork_again(int index, const void *user)
{
    (void)user;
    if (index % 2)
        vs_identity(vs_value(chained_variable(3 - index % 4)));
    run_forked(3, "inner", ask_for_one, &index);
    vs_identity(vs_value(chained_variable(0)));
}

static void build_nested(void)
{
    vs_set_random_seed(1);
    VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE)
        run_forked(5, "outer_%d", fork_again, NULL);
}

Test(fork, nested_makes_the_same_bytes)
{
    assert_deterministic(build_nested);
}

/* ---- all that a context has: devices, control dependencies, colocation, getters, resource variables ---- */

static vs_variable *get_slowly(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    (void)user;
    delay();
    vs_get_variable_args changed = *args;
    changed.validate_shape = VS_FALSE;
    vs_variable *variable = vs_getter_call(next, &changed);
    delay();
    return variable;
}

static void build_in_context(int index, const void *user)
{
    (void)user;
    for (int i = 0; i < 2; i++)
        VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d", .reuse = VS_REUSE_INHERIT) {
            delay();
            vs_tensor v = vs_value(vs_get_variable(index % 2 ? "v" : "w", .shape = VS_SHAPE(2), .caching_device = "/cpu:0"));
            VS_WITH_DEVICE(index % 3 ? "/cpu:0" : "/gpu:0")
                VS_WITH_COLOCATE(vs_identity(v))
                    vs_identity(v, .name = "here");
        }
    delay();
    vs_tensor first = vs_operation_as_tensor(vs_no_op("first"));
    VS_WITH_CONTROL_DEPENDENCIES(first)
        vs_identity(vs_value(vs_get_variable("plain", .shape = VS_SHAPE(1), .initializer = vs_ones_initializer())));
    vs_add_to_collection("in_order", vs_constant(vs_int(index)));
    vs_add_string_to_collection("words", index % 2 ? "odd" : "even");
    VS_WITH_VARIABLE_SCOPE("getters", .custom_getter = {get_slowly, NULL, NULL})
        for (int i = 0; i < 3; i++)
            vs_get_local_variable(i == index % 3 ? "a" : "b", .shape = VS_SHAPE(1), .initializer = vs_zeros_initializer());
}

static void build_contexts(void)
{
    vs_tensor waits = vs_operation_as_tensor(vs_no_op("waits"));
    VS_WITH_DEVICE("/job:worker")
        VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE, .use_resource = VS_TRUE)
            VS_WITH_CONTROL_DEPENDENCIES(waits)
                run_forked(6, "worker", build_in_context, NULL);
}

Test(fork, of_whole_contexts_makes_the_same_bytes)
{
    assert_deterministic(build_contexts);
}

/* ---- workers that wander from thread to thread ---- */

enum { WANDERERS = 5, STAGES = 4 };

static vs_capture **wanderers;

static void build_stage(int index, const void *user)
{
    int stage = *(const int *)user;
    VS_WITH_CAPTURE(wanderers[index]) {
        VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "stage") {
            delay();
            vs_identity(vs_value(vs_get_variable("v", .shape = VS_SHAPE(1))), .name = "use");
        }
        delay();
        vs_identity(vs_value(shared_variable((stage * 2 + index) % 4)));
    }
}

/* In each stage, any thread takes up any worker. Those that run the stages are workers of forks of no matter. */
static void build_in_stages(void)
{
    VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE) {
        wanderers = vs_fork(WANDERERS, "w");
        for (int stage = 0; stage < STAGES && wanderers; stage++)
            run_forked(WANDERERS, "runner", build_stage, &stage);
        vs_captures_release(wanderers);
    }
}

Test(fork, lets_workers_wander_from_thread_to_thread)
{
    assert_deterministic(build_in_stages);
}

/* ---- reading meanwhile ---- */

static vs_graph *read_graph;
static atomic_bool read_enough;

/* Exports are whole at every moment, whatever moves. */
static void *read_until_enough(void *user)
{
    const char **complaint = user;
    static char text[512];
    while (!atomic_load(&read_enough) && !*complaint) {
        bytes meta = {.data = NULL};
        if (vs_graph_export(read_graph, VS_FORMAT_META_GRAPH_DEF, bytes_write, &meta, NULL) != VS_OK)
            *complaint = "an export failed";
        graph_summary summary = check_meta_graph_def(&meta);
        if (summary.complaint[0]) {
            snprintf(text, sizeof text, "%s", summary.complaint);
            *complaint = text;
        }
        vs_items items;
        if (vs_graph_get_collection(read_graph, VS_GLOBAL_VARIABLES, NULL, &items) == VS_OK)
            vs_items_free(&items);
        bytes_free(&meta);
    }
    return NULL;
}

Test(fork, is_exported_whole_while_it_is_built)
{
    for (int run = 1; run <= ROUNDS(40); run++) {
        pthread_t reader;
        const char *complaint = NULL;
        vs_error error;
        schedule = (struct schedule){4, (uint64_t)run};
        dice = (uint64_t)run;
        read_graph = vs_graph_new();
        atomic_store(&read_enough, false);
        cr_assert(pthread_create(&reader, NULL, read_until_enough, &complaint) == 0);
        VS_TRY(&error)
            VS_WITH_GRAPH(read_graph)
                build_towers();
        atomic_store(&read_enough, true);
        pthread_join(reader, NULL);
        cr_assert(error.code == VS_OK, "%s", error.message);
        cr_assert_null(complaint, "run %d: %s", run, complaint);
        vs_graph_release(read_graph);
    }
}

/* ---- threads that fork one after another ---- */

typedef struct forking {
    vs_graph *graph;
    vs_initializer initializer;
} forking;

/* Fork a worker that makes, or finds, a variable in its own way. */
static void *fork_one(void *argument)
{
    forking *self = argument;
    vs_error error;
    VS_TRY(&error)
        VS_WITH_GRAPH(self->graph) {
            vs_capture **workers = vs_fork(1, "t");
            VS_WITH_CAPTURE(workers[0])
                vs_get_variable("w", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE, .initializer = self->initializer);
            vs_captures_release(workers);
        }
    cr_assert(error.code == VS_OK, "%s", error.message);
    return NULL;
}

Test(fork, of_a_thread_that_was_joined_is_not_compared)
{
    vs_graph *graph = vs_graph_new();
    forking ones = {graph, vs_ones_initializer()}, zeros = {graph, vs_zeros_initializer()};
    pthread_t thread;
    VS_WITH_GRAPH(graph)
        vs_no_op("before");
    pthread_create(&thread, NULL, fork_one, &ones);
    pthread_join(thread, NULL);
    fork_one(&zeros);
    cr_assert(vs_graph_num_fork_conflicts(graph) == 0);
    vs_graph_release(graph);
}

Test(fork, of_a_context_that_is_still_there_is_compared)
{
    vs_graph *graph = vs_graph_new();
    forking ones = {graph, vs_ones_initializer()}, zeros = {graph, vs_zeros_initializer()};
    vs_context *context = vs_context_new(), *own = vs_context_make_current(context);
    fork_one(&ones);
    vs_context_make_current(own);
    fork_one(&zeros);
    cr_assert(vs_graph_num_fork_conflicts(graph) == 1);
    vs_context_free(context);
    vs_graph_release(graph);
}
