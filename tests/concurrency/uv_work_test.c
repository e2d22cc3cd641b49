/* Jobs on libuv's pool: in the scopes of whoever queued them, with nothing left behind. */
#include <pthread.h>

#include "counting_allocator.h"
#include "graph_def.h"
#include "uv_loop.h"

TestSuite(uv_work, .timeout = 300);

/* A job of a test, and what came of it. */
typedef struct job {
    vs_uv_work work;
    int number;
    const char *wrong;  /* what the job itself complains of; a constant */
    char said[64];      /* of the job */
    pthread_t thread;   /* that ran it */
    int afters;
    int turn;           /* which after it was */
    vs_error error;
} job;

static atomic_int turns; /* two loops share it */

static void after(vs_uv_work *work, const vs_error *error)
{
    job *self = work->data;
    self->afters++;
    self->turn = ++turns;
    self->error = *error;
}

static job new_job(job *self, int number)
{
    return (job){.work.data = self, .number = number};
}

#define QUEUE(job, ...) (*(job) = new_job(job, 0), vs_uv_queue_work(&loop, &(job)->work, __VA_ARGS__))

#define assert_done(job)                                                                                     \
    do {                                                                                                     \
        cr_assert((job)->afters == 1 && !(job)->wrong, "%d afters, %s", (job)->afters, (job)->wrong);        \
        cr_assert((job)->error.code == VS_OK, "%s", (job)->error.message);                                   \
    } while (0)

#define assert_failed(job, expected, text)                                                                   \
    do {                                                                                                     \
        cr_assert((job)->afters == 1 && (job)->error.code == (expected), "%d afters, %s: %s", (job)->afters, \
                  vs_status_name((job)->error.code), (job)->error.message);                                  \
        cr_assert(strstr((job)->error.message, text), "no \"%s\" in: %s", text, (job)->error.message);       \
    } while (0)

/* ---- the scopes of the caller ---- */

static void build(vs_uv_work *work)
{
    job *self = work->data;
    self->thread = pthread_self();
    self->wrong = vs_current_graph() ? NULL : "there is no graph";
    vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(2));
    vs_identity(vs_value(v), .name = "use");
}

Test(uv_work, runs_on_the_pool_in_the_scopes_of_the_caller)
{
    job one;
    open_loop(1);
    VS_WITH_GRAPH(graph)
        VS_WITH_NAME_SCOPE("outer")
            VS_WITH_VARIABLE_SCOPE("net")
                assert_status(QUEUE(&one, build, after), VS_OK);
    cr_assert(!one.afters, "the after came before the loop ran");
    run_loop();
    assert_done(&one);
    cr_assert(!pthread_equal(one.thread, pthread_self()));
    cr_assert(one.work.loop == &loop);
    cr_assert(vs_graph_find_variable(graph, "net/v"));
    assert_node(graph, "outer/net/use");
    close_loop();
}

Test(uv_work, runs_in_a_capture_that_is_given_and_keeps_it)
{
    job one;
    vs_capture *capture = NULL;
    open_loop(1);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net")
            capture = vs_capture_here();
    assert_status(QUEUE(&one, build, after, .capture = capture), VS_OK);
    vs_capture_release(capture);
    run_loop();
    assert_done(&one);
    cr_assert(vs_graph_find_variable(graph, "net/v"));
    close_loop();
}

/* The graph goes with the job: nobody else holds it. No memory stays on the pool's thread either. */
Test(uv_work, keeps_its_graph_and_no_longer)
{
    job one;
    count_allocations();
    vs_context *context = vs_context_new();
    vs_context_make_current(context);
    open_loop(1);
    VS_WITH_GRAPH(graph)
        assert_status(QUEUE(&one, build, after), VS_OK);
    vs_graph_release(graph);
    graph = NULL;
    run_loop();
    assert_done(&one);
    close_loop();
    vs_context_make_current(NULL);
    vs_context_free(context);
    assert_all_given_back();
}

/* ---- the order of things ---- */

Test(uv_work, is_followed_in_the_order_in_which_jobs_end)
{
    static job jobs[100];
    open_loop(1);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE)
            for (int i = 0; i < 100; i++)
                assert_status(QUEUE(&jobs[i], build, after), VS_OK);
    run_loop();
    for (int i = 0; i < 100; i++) {
        assert_done(&jobs[i]);
        cr_assert(jobs[i].turn == i + 1, "job %d was followed as number %d", i, jobs[i].turn);
    }
    close_loop();
}

enum { LINKS = 50 };
static int links;

/* The work is the caller's again: it may be freed, and queued anew. */
static void queue_the_next(vs_uv_work *work, const vs_error *error)
{
    vs_capture *capture = work->data;
    if (error->code != VS_OK)
        links = -LINKS;
    if (++links < LINKS)
        vs_uv_queue_work(work->loop, work, work->run, queue_the_next, .capture = capture);
    else
        free(work);
}

static void build_link(vs_uv_work *work)
{
    (void)work;
    vs_no_op("link");
}

Test(uv_work, may_be_queued_again_and_freed_by_what_follows)
{
    vs_uv_work *work = malloc(sizeof *work);
    open_loop(2);
    VS_WITH_GRAPH(graph) {
        vs_capture *capture = vs_capture_here();
        work->data = capture;
        assert_status(vs_uv_queue_work(&loop, work, build_link, queue_the_next), VS_OK);
        run_loop();
        vs_capture_release(capture);
    }
    cr_assert(links == LINKS && vs_graph_num_operations(graph) == LINKS);
    close_loop();
}

/* ---- what a job leaves behind ---- */

static void find_nothing(vs_uv_work *work)
{
    (void)work;
    vs_get_variable("absent", .reuse = VS_REUSE_TRUE);
}

static void leave_two_scopes_open(vs_uv_work *work)
{
    (void)work;
    vs_enter_name_scope_with(&(vs_name_scope_args){.name = "left"});
    vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = "open"});
    vs_no_op("inside");
}

static void fail_and_leave_a_scope_open(vs_uv_work *work)
{
    vs_enter_name_scope_with(&(vs_name_scope_args){.name = "left"});
    find_nothing(work);
}

static vs_context *another;

static void leave_another_context_current(vs_uv_work *work)
{
    (void)work;
    vs_context_make_current(another);
}

/* A look at the thread that the jobs before had. */
static void look_around(vs_uv_work *work)
{
    job *self = work->data;
    self->thread = pthread_self();
    if (vs_pending())
        self->wrong = "an error is pending";
    else if (strcmp(vs_current_name_scope(), "net/") != 0)
        self->wrong = "the name scope is another";
    else if (vs_context_depth() != 1)
        self->wrong = "scopes are open";
    VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "layer")
        snprintf(self->said, sizeof self->said, "%s", vs_variable_scope_name(vs_get_variable_scope()));
}

Test(uv_work, carries_its_error_to_the_loop)
{
    job failing, next;
    open_loop(1);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net") {
            assert_status(QUEUE(&failing, find_nothing, after), VS_OK);
            assert_status(QUEUE(&next, look_around, after), VS_OK);
        }
    run_loop();
    assert_failed(&failing, VS_NOT_FOUND, "net/absent");
    assert_text(failing.error.site.function, "find_nothing");
    assert_done(&next);
    close_loop();
}

Test(uv_work, that_leaves_scopes_open_has_failed_and_they_are_closed)
{
    job careless, next;
    open_loop(1);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net") {
            assert_status(QUEUE(&careless, leave_two_scopes_open, after), VS_OK);
            assert_status(QUEUE(&next, look_around, after), VS_OK);
        }
    run_loop();
    assert_failed(&careless, VS_INVALID_ARGUMENT, "left 2 scopes open");
    assert_text(careless.error.site.file, __FILE__);
    assert_node(graph, "net/left/open/inside");
    assert_done(&next);
    close_loop();
}

Test(uv_work, that_fails_and_leaves_a_scope_open_says_both)
{
    job careless;
    open_loop(1);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net")
            assert_status(QUEUE(&careless, fail_and_leave_a_scope_open, after), VS_OK);
    run_loop();
    assert_failed(&careless, VS_NOT_FOUND, "net/absent");
    assert_failed(&careless, VS_NOT_FOUND, "left 1 scope open");
    close_loop();
}

Test(uv_work, that_leaves_another_context_current_has_failed)
{
    job careless, next;
    open_loop(1);
    another = vs_context_new();
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net") {
            assert_status(QUEUE(&careless, leave_another_context_current, after), VS_OK);
            assert_status(QUEUE(&next, look_around, after), VS_OK);
        }
    run_loop();
    assert_failed(&careless, VS_INVALID_ARGUMENT, "another context current");
    assert_done(&next);
    vs_context_free(another);
    close_loop();
}

/* Counters of default_name are a context's own, and each job has a fresh one: the name does not depend on which
 * thread ran what before. */
Test(uv_work, begins_with_fresh_counters_of_default_name)
{
    job jobs[3];
    open_loop(1);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net")
            for (int i = 0; i < 3; i++)
                assert_status(QUEUE(&jobs[i], look_around, after), VS_OK);
    run_loop();
    for (int i = 0; i < 3; i++) {
        assert_done(&jobs[i]);
        assert_text(jobs[i].said, "net/layer");
        cr_assert(pthread_equal(jobs[i].thread, jobs[0].thread));
    }
    close_loop();
}

/* ---- beside jobs that know nothing of this library's adapter ---- */

static void litter(uv_work_t *request)
{
    vs_enter_graph(request->data, NULL);
    vs_enter_name_scope_with(&(vs_name_scope_args){.name = "litter"});
    vs_raise(VS_ABORTED, "litter");
}

static void find_the_litter(uv_work_t *request)
{
    bool found = vs_pending() == VS_ABORTED && vs_context_depth() == 2;
    vs_error_take(NULL);
    request->data = found && strcmp(vs_current_name_scope(), "litter/") == 0 ? graph : NULL;
}

Test(uv_work, sees_nothing_of_what_others_left_on_the_thread_and_leaves_it_there)
{
    uv_work_t before = {.data = NULL}, behind = {.data = NULL};
    job between;
    open_loop(1);
    before.data = graph;
    cr_assert(uv_queue_work(&loop, &before, litter, NULL) == 0);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net")
            assert_status(QUEUE(&between, look_around, after), VS_OK);
    cr_assert(uv_queue_work(&loop, &behind, find_the_litter, NULL) == 0);
    run_loop();
    assert_done(&between);
    cr_assert(behind.data == graph);
    close_loop();
}

/* ---- cancelling ---- */

static atomic_int running, let_go;

static void block(vs_uv_work *work)
{
    job *self = work->data;
    atomic_store(&running, 1);
    self->wrong = wait_for(&let_go, 1) ? NULL : "nobody let the job go";
    vs_no_op("blocked");
}

Test(uv_work, is_cancelled_before_it_runs)
{
    job first, second;
    open_loop(1);
    VS_WITH_GRAPH(graph) {
        assert_status(QUEUE(&first, block, after), VS_OK);
        assert_status(QUEUE(&second, build, after), VS_OK);
        cr_assert(wait_for(&running, 1));
        assert_status(vs_uv_cancel(&first.work), VS_FAILED_PRECONDITION);
        assert_status(vs_uv_cancel(&second.work), VS_OK);
        cr_assert(!second.afters, "the after came from within the cancel");
        cr_assert(uv_run(&loop, UV_RUN_ONCE) != 0);
        assert_failed(&second, VS_CANCELLED, "cancelled before it ran");
        atomic_store(&let_go, 1);
    }
    run_loop();
    assert_done(&first);
    cr_assert(second.afters == 1 && !vs_graph_find_variable(graph, "v"));
    assert_node(graph, "blocked");
    close_loop();
}

/* ---- a loop that ends with jobs on their way ---- */

Test(uv_work, keeps_its_loop_from_being_closed)
{
    job first, second;
    open_loop(1);
    VS_WITH_GRAPH(graph) {
        assert_status(QUEUE(&first, block, after), VS_OK);
        assert_status(QUEUE(&second, build, after), VS_OK);
    }
    uv_stop(&loop);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert(uv_loop_close(&loop) == UV_EBUSY);
    atomic_store(&let_go, 1);
    run_loop();
    assert_done(&first);
    assert_done(&second);
    close_loop();
}

/* ---- calls that are refused ---- */

static void queue_another(vs_uv_work *work)
{
    static vs_uv_work other;
    job *self = work->data;
    self->wrong = vs_uv_cancel(work) == VS_FAILED_PRECONDITION ? NULL : "a job could cancel itself";
    vs_uv_queue_work(work->loop, &other, build, after);
}

Test(uv_work, is_queued_on_the_loops_thread_only)
{
    job one;
    open_loop(1);
    VS_WITH_GRAPH(graph)
        assert_status(QUEUE(&one, queue_another, after), VS_OK);
    run_loop();
    cr_assert(!one.wrong, "%s", one.wrong);
    assert_failed(&one, VS_FAILED_PRECONDITION, "from within a job");
    close_loop();
}

Test(uv_work, is_refused_without_its_parts)
{
    vs_uv_work work;
    open_loop(1);
    VS_WITH_GRAPH(graph) {
        assert_status(vs_uv_queue_work(NULL, &work, build, after), VS_INVALID_ARGUMENT);
        assert_fails(VS_INVALID_ARGUMENT);
        assert_status(vs_uv_queue_work(&loop, NULL, build, after), VS_INVALID_ARGUMENT);
        assert_fails(VS_INVALID_ARGUMENT);
        assert_status(vs_uv_queue_work(&loop, &work, NULL, after), VS_INVALID_ARGUMENT);
        assert_fails(VS_INVALID_ARGUMENT);
        assert_status(vs_uv_queue_work(&loop, &work, build, NULL), VS_INVALID_ARGUMENT);
        assert_fails(VS_INVALID_ARGUMENT);
    }
    assert_status(vs_uv_queue_work(&loop, &work, build, after), VS_FAILED_PRECONDITION);
    assert_fails_saying(VS_FAILED_PRECONDITION, "no current graph");
    close_loop();
}

Test(uv_work, is_not_queued_while_an_error_is_pending)
{
    job one = {.afters = 0};
    open_loop(1);
    VS_WITH_GRAPH(graph) {
        vs_raise(VS_ABORTED, "first");
        assert_status(QUEUE(&one, build, after), VS_ABORTED);
        assert_fails_saying(VS_ABORTED, "first");
    }
    run_loop();
    cr_assert(!one.afters);
    close_loop();
}

/* An older caller's arguments are shorter: what is behind them is not read. */
Test(uv_work, reads_no_more_of_its_arguments_than_the_caller_has)
{
    job one;
    open_loop(1);
    VS_WITH_GRAPH(graph) {
        one = new_job(&one, 0);
        vs_uv_queue_work_args args = {.loop = &loop, .work = &one.work, .run = build, .after = after,
                                      .capture = (void *)-1, .context = (void *)-1};
        args.call.size = offsetof(vs_uv_queue_work_args, capture);
        assert_status(vs_uv_queue_work_with(&args), VS_OK);
    }
    run_loop();
    assert_done(&one);
    close_loop();
}

Test(uv_work, calls_errors_of_libuv_by_their_codes)
{
    cr_assert(vs_uv_status(0) == VS_OK && vs_uv_status(UV_ECANCELED) == VS_CANCELLED);
    cr_assert(vs_uv_status(UV_EINVAL) == VS_INVALID_ARGUMENT && vs_uv_status(UV_ENOENT) == VS_NOT_FOUND);
    cr_assert(vs_uv_status(UV_EEXIST) == VS_ALREADY_EXISTS && vs_uv_status(UV_ENOMEM) == VS_RESOURCE_EXHAUSTED);
    cr_assert(vs_uv_status(UV_EBUSY) == VS_FAILED_PRECONDITION && vs_uv_status(UV_ENOSYS) == VS_UNIMPLEMENTED);
    cr_assert(vs_uv_status(UV_EADDRINUSE) == VS_UNAVAILABLE && vs_uv_status(UV_EPIPE) == VS_UNAVAILABLE);
    cr_assert(vs_uv_status(UV_EILSEQ) == VS_UNKNOWN && vs_uv_status(1) == VS_UNKNOWN);
}

/* ---- many ---- */

enum { JOBS = 10000, NAMES = 100 };

/* Every tenth finds nothing, every other tenth leaves a scope open; all ask for one of the names. */
static void build_one_of_many(vs_uv_work *work)
{
    job *self = work->data;
    char name[16];
    snprintf(name, sizeof name, "v%d", self->number % NAMES);
    if (vs_pending() || vs_context_depth() != 1 || strcmp(vs_current_name_scope(), "net/") != 0)
        self->wrong = "the thread is not as it should be";
    vs_variable *v = vs_get_variable(name, .shape = VS_SHAPE(1 + self->number % NAMES));
    vs_identity(vs_value(v), .name = "use");
    if (self->number % 10 == 3)
        find_nothing(work);
    if (self->number % 10 == 7)
        vs_enter_name_scope_with(&(vs_name_scope_args){.name = "left"});
}

static vs_status expected(int number)
{
    return number % 10 == 3 ? VS_NOT_FOUND : number % 10 == 7 ? VS_INVALID_ARGUMENT : VS_OK;
}

static void assert_many(const job *jobs, int count)
{
    for (int i = 0; i < count; i++) {
        cr_assert(jobs[i].afters == 1 && !jobs[i].wrong, "%d: %s", i, jobs[i].wrong);
        cr_assert(jobs[i].error.code == expected(jobs[i].number), "%d: %s", i, jobs[i].error.message);
    }
}

static size_t count_variables(void)
{
    vs_items items;
    assert_status(vs_graph_get_collection(graph, VS_GLOBAL_VARIABLES, NULL, &items), VS_OK);
    size_t count = items.count;
    vs_items_free(&items);
    return count;
}

static void assert_whole(size_t nodes)
{
    bytes written = {.data = NULL};
    assert_status(vs_graph_export(graph, VS_FORMAT_GRAPH_DEF, bytes_write, &written, NULL), VS_OK);
    graph_summary summary = check_graph_def(&written);
    cr_assert(!summary.complaint[0] && summary.nodes == nodes, "%zu nodes, %s", summary.nodes, summary.complaint);
    bytes_free(&written);
}

Test(uv_work, leaves_nothing_behind_in_ten_thousand_jobs_on_four_threads)
{
    job *jobs = calloc(JOBS, sizeof *jobs);
    open_loop(4);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE, .initializer = vs_zeros_initializer())
            for (int i = 0; i < ROUNDS(JOBS); i++) {
                jobs[i] = new_job(&jobs[i], i);
                assert_status(vs_uv_queue_work(&loop, &jobs[i].work, build_one_of_many, after), VS_OK);
            }
    run_loop();
    assert_many(jobs, ROUNDS(JOBS));
    cr_assert(count_variables() == NAMES);
    assert_whole(ROUNDS(JOBS) + 4 * NAMES); /* zeros, variable, Assign and read of each */
    free(jobs);
    close_loop();
}

/* ---- two loops, one graph ---- */

enum { EACH = 2000 };

typedef struct looper {
    pthread_t thread;
    vs_capture *capture;
    job *jobs;
    const char *wrong;
} looper;

static void *run_a_loop(void *argument)
{
    looper *self = argument;
    uv_loop_t own;
    uv_loop_init(&own);
    VS_WITH_CAPTURE(self->capture)
        for (int i = 0; i < ROUNDS(EACH); i++) {
            self->jobs[i] = new_job(&self->jobs[i], i);
            if (vs_uv_queue_work(&own, &self->jobs[i].work, build_one_of_many, after) != VS_OK)
                self->wrong = "a job was refused";
            if (i % 50 == 0)
                uv_run(&own, UV_RUN_NOWAIT);
        }
    uv_run(&own, UV_RUN_DEFAULT);
    if (uv_loop_close(&own) != 0)
        self->wrong = "the loop does not close";
    return NULL;
}

Test(uv_work, builds_in_one_graph_from_two_loops)
{
    looper loopers[2];
    vs_capture *capture = NULL;
    open_loop(4);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE, .initializer = vs_zeros_initializer())
            capture = vs_capture_here();
    for (int i = 0; i < 2; i++) {
        loopers[i] = (looper){.capture = capture, .jobs = calloc(EACH, sizeof(job))};
        cr_assert(pthread_create(&loopers[i].thread, NULL, run_a_loop, &loopers[i]) == 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(loopers[i].thread, NULL);
    vs_capture_release(capture);
    for (int i = 0; i < 2; i++) {
        cr_assert(!loopers[i].wrong, "%s", loopers[i].wrong);
        assert_many(loopers[i].jobs, ROUNDS(EACH));
        free(loopers[i].jobs);
    }
    cr_assert(count_variables() == NAMES);
    assert_whole(2 * ROUNDS(EACH) + 4 * NAMES);
    close_loop();
}

/* ---- forked jobs: the same bytes whatever the pool does ---- */

enum { TOWERS = 8 };

static void build_tower(vs_uv_work *work)
{
    const job *self = work->data;
    vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(3, 4), .reuse = VS_AUTO_REUSE);
    for (int i = 0; i <= self->number % 3; i++)
        VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "layer")
            vs_identity(vs_value(vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE)));
    vs_matmul(vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(-1, 3)), vs_value(w));
}

/* Queue the towers from the first on, or from the last; or, without a loop, build them one after another. */
static void build_towers(bool is_on_loop, bool is_backwards, bytes *out)
{
    static job jobs[TOWERS];
    vs_graph *towers_graph = vs_graph_new();
    vs_capture **towers = NULL;
    VS_WITH_GRAPH(towers_graph)
        VS_WITH_VARIABLE_SCOPE("net") {
            vs_set_random_seed(7);
            towers = vs_fork(TOWERS, "tower");
        }
    for (int i = 0; i < TOWERS; i++) {
        int which = is_backwards ? TOWERS - 1 - i : i;
        jobs[which] = new_job(&jobs[which], which);
        if (is_on_loop)
            vs_uv_queue_work(&loop, &jobs[which].work, build_tower, after, .capture = towers[which]);
        else
            VS_WITH_CAPTURE(towers[which])
                build_tower(&jobs[which].work);
    }
    run_loop();
    vs_captures_release(towers);
    for (int i = 0; is_on_loop && i < TOWERS; i++)
        assert_done(&jobs[i]);
    assert_status(vs_graph_export(towers_graph, VS_FORMAT_META_GRAPH_DEF, bytes_write, out, NULL), VS_OK);
    vs_graph_release(towers_graph);
}

Test(uv_work, of_a_fork_makes_the_same_bytes_as_one_thread)
{
    bytes expected_bytes = {.data = NULL};
    open_loop(4);
    build_towers(false, false, &expected_bytes);
    for (int i = 0; i < ROUNDS(200); i++) {
        bytes got = {.data = NULL};
        build_towers(true, i % 2, &got);
        cr_assert(got.size == expected_bytes.size && memcmp(got.data, expected_bytes.data, got.size) == 0,
                  "run %d differs: %zu bytes, not %zu", i, got.size, expected_bytes.size);
        bytes_free(&got);
    }
    bytes_free(&expected_bytes);
    close_loop();
}

/* What a job left open in a worker's capture is closed there as well: the next one goes on at its root. */
Test(uv_work, of_a_fork_that_leaves_a_scope_open_leaves_the_worker_as_it_was)
{
    job careless, next;
    open_loop(1);
    vs_capture **towers = NULL;
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("net")
            towers = vs_fork(1, "tower");
    assert_status(QUEUE(&careless, leave_two_scopes_open, after, .capture = towers[0]), VS_OK);
    assert_status(QUEUE(&next, build, after, .capture = towers[0]), VS_OK);
    run_loop();
    vs_captures_release(towers);
    assert_failed(&careless, VS_INVALID_ARGUMENT, "left 2 scopes open");
    assert_done(&next);
    assert_node(graph, "net/tower/use");
    cr_assert(vs_graph_find_variable(graph, "net/v"));
    close_loop();
}

/* ---- out of memory ---- */

/* One job, with the n-th allocation of the whole failing. Returns whether it came to that. */
static bool work_without_memory(size_t n)
{
    job one = {.afters = 0};
    vs_context *context = vs_context_new();
    vs_context_make_current(context);
    open_loop(1);
    VS_WITH_GRAPH(graph) {
        fail_allocation(n, false);
        vs_status status = QUEUE(&one, build, after);
        run_loop();
        if (status == VS_OK)
            cr_assert(one.afters == 1);
        else
            cr_assert(!one.afters && vs_error_take(&one.error) && one.error.code == status);
    }
    bool failed = counted.failures > 0;
    fail_allocation(0, false);
    cr_assert(one.error.code == (failed ? VS_RESOURCE_EXHAUSTED : VS_OK), "%zu: %s", n, one.error.message);
    close_loop();
    vs_context_make_current(NULL);
    vs_context_free(context);
    assert_all_given_back();
    return failed;
}

Test(uv_work, survives_a_failure_of_each_allocation)
{
    size_t n = 1;
    count_allocations();
    while (work_without_memory(n))
        n++;
    cr_assert(n > 10, "only %zu allocations", n - 1);
}
