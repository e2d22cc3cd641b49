/* Contexts of connections on one loop: each goes on where its last callback stopped, and closes when all is done. */
#include "counting_allocator.h"
#include "uv_loop.h"

TestSuite(uv_context, .timeout = 300);

enum { CONNECTIONS = 8, STEPS = 20 };

/* A connection of a test: some callbacks in turn with those of others, and a close. */
typedef struct connection {
    vs_uv_context context;
    uv_timer_t timer;
    int number;
    int steps;
    int closed;
    vs_error error;
} connection;

/* Memory that the test's own context takes comes back as well. */
static vs_context *own;

static void open_all(int threads)
{
    count_allocations();
    own = vs_context_new();
    vs_context_make_current(own);
    open_loop(threads);
}

static void close_all(void)
{
    close_loop();
    cr_assert(vs_context_make_current(NULL) == own);
    vs_context_free(own);
    assert_all_given_back();
}

static void on_closed(vs_uv_context *context)
{
    connection *self = context->data;
    self->closed++;
}

static void open_connection(connection *self, int number)
{
    *self = (connection){.context.data = self, .number = number};
    VS_WITH_GRAPH(graph)
        VS_WITH_NAME_SCOPE("server/")
            assert_status(vs_uv_context_init(&loop, &self->context, NULL), VS_OK);
    cr_assert(self->context.loop == &loop && self->context.data == self);
}

/* ---- callbacks of many connections in turn ---- */

/* Go one scope deeper, and stay there. */
static void on_turn(uv_timer_t *timer)
{
    connection *self = timer->data;
    char name[16];
    snprintf(name, sizeof name, self->steps ? "s%d" : "c%d", self->steps ? self->steps : self->number);
    VS_WITH_UV_CONTEXT(&self->context) {
        vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = name});
        vs_get_variable("v", .shape = VS_SHAPE(1 + self->steps), .initializer = vs_zeros_initializer());
        vs_no_op("n");
    }
    if (++self->steps < STEPS)
        return;
    uv_close((uv_handle_t *)timer, NULL);
    assert_status(vs_uv_context_close(&self->context, on_closed), VS_OK);
}

static void assert_built(const connection *self)
{
    char path[256] = "", key[300];
    snprintf(path, sizeof path, "c%d", self->number);
    for (int step = 1; step < STEPS; step++) {
        snprintf(path + strlen(path), sizeof path - strlen(path), "/s%d", step);
        snprintf(key, sizeof key, "%s/v", path);
        const vs_variable *v = vs_graph_find_variable(graph, key);
        cr_assert(v && vs_variable_shape(v).dims[0] == 1 + step, "no %s", key);
        snprintf(key, sizeof key, "server/%s/n", path);
        assert_node(graph, key);
    }
    cr_assert(self->closed == 1);
}

Test(uv_context, goes_on_where_its_last_callback_stopped)
{
    static connection all[CONNECTIONS];
    open_all(1);
    for (int i = 0; i < CONNECTIONS; i++) {
        open_connection(&all[i], i);
        uv_timer_init(&loop, &all[i].timer);
        all[i].timer.data = &all[i];
        uv_timer_start(&all[i].timer, on_turn, 0, 1);
    }
    run_loop();
    for (int i = 0; i < CONNECTIONS; i++)
        assert_built(&all[i]);
    close_all();
}

Test(uv_context, keeps_its_error_to_itself)
{
    static connection one, two;
    vs_error error;
    open_all(1);
    open_connection(&one, 1);
    open_connection(&two, 2);
    VS_WITH_UV_CONTEXT(&one.context)
        vs_raise(VS_ABORTED, "of one");
    assert_ok();
    VS_WITH_UV_CONTEXT(&two.context)
        assert_ok();
    VS_WITH_UV_CONTEXT(&one.context)
        vs_error_take(&error);
    cr_assert(error.code == VS_ABORTED);
    vs_uv_context_close(&one.context, on_closed);
    vs_uv_context_close(&two.context, on_closed);
    run_loop();
    close_all();
}

static int leave_by_return(vs_uv_context *context)
{
    VS_WITH_UV_CONTEXT(context)
        return 1;
    return 0;
}

Test(uv_context, is_entered_inside_of_others_and_of_itself)
{
    static connection one, two;
    open_all(1);
    open_connection(&one, 1);
    open_connection(&two, 2);
    VS_WITH_UV_CONTEXT(&one.context) {
        vs_enter_name_scope_with(&(vs_name_scope_args){.name = "in_one"});
        VS_WITH_UV_CONTEXT(&two.context) {
            assert_text(vs_current_name_scope(), "server/");
            VS_WITH_UV_CONTEXT(&one.context)
                assert_text(vs_current_name_scope(), "server/in_one/");
            cr_assert(leave_by_return(&one.context) == 1);
            assert_text(vs_current_name_scope(), "server/");
        }
        assert_text(vs_current_name_scope(), "server/in_one/");
    }
    cr_assert(!vs_current_graph());
    vs_uv_context_close(&one.context, NULL);
    vs_uv_context_close(&two.context, NULL);
    run_loop();
    close_all();
}

Test(uv_context, says_when_a_callback_left_another_context_current)
{
    static connection one;
    open_all(1);
    open_connection(&one, 1);
    VS_WITH_UV_CONTEXT(&one.context)
        vs_context_make_current(NULL);
    cr_assert(vs_context_make_current(own) == own);
    VS_WITH_UV_CONTEXT(&one.context)
        assert_fails_saying(VS_INVALID_ARGUMENT, "another context current");
    vs_uv_context_close(&one.context, NULL);
    run_loop();
    close_all();
}

/* ---- closing ---- */

static int unhandled;

static void count_unhandled(const vs_error *error, void *user)
{
    (void)user;
    unhandled += error->code == VS_ABORTED;
}

Test(uv_context, closes_on_a_later_turn_with_all_that_is_open_in_it)
{
    static connection one;
    open_all(1);
    vs_set_unhandled_error_hook(count_unhandled, NULL);
    open_connection(&one, 1);
    vs_graph_release(graph); /* from here on the context alone keeps it */
    graph = NULL;
    VS_WITH_UV_CONTEXT(&one.context) {
        vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = "open"});
        vs_get_variable("v", .shape = VS_SHAPE(1));
        vs_raise(VS_ABORTED, "nobody took it");
        cr_assert(!vs_uv_context_is_closing(&one.context));
        assert_status(vs_uv_context_close(&one.context, on_closed), VS_OK); /* inside of itself */
        cr_assert(vs_uv_context_is_closing(&one.context));
        cr_assert(vs_current_graph() != NULL);
    }
    leave_by_return(&one.context); /* until the callback it may still be entered */
    assert_status(vs_uv_context_close(&one.context, NULL), VS_FAILED_PRECONDITION);
    cr_assert(!one.closed && !unhandled && uv_loop_close(&loop) == UV_EBUSY);
    run_loop();
    cr_assert(one.closed == 1 && unhandled == 1);
    close_all();
}

Test(uv_context, does_not_keep_the_loop_running)
{
    static connection one;
    open_all(1);
    open_connection(&one, 1);
    run_loop();
    cr_assert(uv_loop_close(&loop) == UV_EBUSY);
    vs_uv_context_close(&one.context, on_closed);
    run_loop();
    cr_assert(one.closed == 1);
    close_all();
}

/* ---- its jobs ---- */

typedef struct job {
    vs_uv_work work;
    connection *of;
    vs_status code;
    int afters;
    const char *wrong;
} job;

static atomic_int running, let_go;

static void block(vs_uv_work *work)
{
    job *self = work->data;
    atomic_store(&running, 1);
    self->wrong = wait_for(&let_go, 1) ? NULL : "nobody let the job go";
    vs_no_op("job");
}

static void after(vs_uv_work *work, const vs_error *error)
{
    job *self = work->data;
    const char *scope = vs_current_name_scope();
    self->code = error->code;
    self->afters++;
    if (self->of->closed)
        self->wrong = "its context was closed before";
    else if (!scope || strcmp(scope, "server/deeper/") != 0)
        self->wrong = "what follows it is not in its context";
}

static vs_status queue_job(job *self, connection *of)
{
    *self = (job){.work.data = self, .of = of};
    return vs_uv_queue_work(&loop, &self->work, block, after, .context = &of->context);
}

Test(uv_context, is_closed_after_its_jobs_of_which_the_waiting_ones_are_cancelled)
{
    static connection one;
    job first, second, third;
    open_all(1);
    open_connection(&one, 1);
    VS_WITH_UV_CONTEXT(&one.context)
        vs_enter_name_scope_with(&(vs_name_scope_args){.name = "deeper"});
    assert_status(queue_job(&first, &one), VS_OK);
    assert_status(queue_job(&second, &one), VS_OK);
    assert_status(queue_job(&third, &one), VS_OK);
    cr_assert(!vs_current_graph() && wait_for(&running, 1));
    assert_status(vs_uv_cancel(&second.work), VS_OK);
    assert_status(vs_uv_context_close(&one.context, on_closed), VS_OK);
    uv_run(&loop, UV_RUN_ONCE);
    cr_assert(second.afters == 1 && third.afters == 1 && !first.afters && !one.closed);
    cr_assert(second.code == VS_CANCELLED && third.code == VS_CANCELLED);
    atomic_store(&let_go, 1);
    run_loop();
    cr_assert(one.closed == 1 && first.afters == 1 && first.code == VS_OK);
    cr_assert(!first.wrong && !second.wrong && !third.wrong, "%s", first.wrong ? first.wrong : second.wrong);
    assert_node(graph, "server/deeper/job");
    close_all();
}

static void close_after(vs_uv_work *work, const vs_error *error)
{
    job *self = work->data;
    self->code = error->code;
    self->afters++;
    vs_uv_context_close(&self->of->context, on_closed);
}

Test(uv_context, may_be_closed_by_what_follows_its_job)
{
    static connection one;
    job only = {.of = &one};
    open_all(1);
    open_connection(&one, 1);
    only.work.data = &only;
    atomic_store(&let_go, 1);
    assert_status(vs_uv_queue_work(&loop, &only.work, block, close_after, .context = &one.context), VS_OK);
    run_loop();
    cr_assert(one.closed == 1 && only.afters == 1 && only.code == VS_OK);
    assert_node(graph, "server/job");
    close_all();
}

Test(uv_context, takes_no_job_once_it_is_closing)
{
    static connection one;
    job late;
    open_all(1);
    open_connection(&one, 1);
    vs_uv_context_close(&one.context, on_closed);
    assert_status(queue_job(&late, &one), VS_FAILED_PRECONDITION);
    VS_WITH_UV_CONTEXT(&one.context)
        assert_fails_saying(VS_FAILED_PRECONDITION, "closing");
    run_loop();
    cr_assert(!late.afters && one.closed == 1);
    close_all();
}

Test(uv_context, takes_no_job_of_another_loop)
{
    static connection one;
    static uv_loop_t other;
    job stray = {.of = &one};
    open_all(1);
    uv_loop_init(&other);
    open_connection(&one, 1);
    assert_status(vs_uv_queue_work(&other, &stray.work, block, after, .context = &one.context), VS_INVALID_ARGUMENT);
    assert_fails_saying(VS_INVALID_ARGUMENT, "another loop");
    vs_uv_context_close(&one.context, NULL);
    run_loop();
    cr_assert(!stray.afters && uv_loop_close(&other) == 0);
    close_all();
}

/* ---- calls that are refused ---- */

Test(uv_context, is_refused_without_its_parts)
{
    vs_uv_context context;
    open_all(1);
    assert_status(vs_uv_context_init(&loop, &context, NULL), VS_FAILED_PRECONDITION);
    assert_fails_saying(VS_FAILED_PRECONDITION, "no current graph");
    VS_WITH_GRAPH(graph) {
        assert_status(vs_uv_context_init(NULL, &context, NULL), VS_INVALID_ARGUMENT);
        assert_fails(VS_INVALID_ARGUMENT);
        assert_status(vs_uv_context_init(&loop, NULL, NULL), VS_INVALID_ARGUMENT);
        assert_fails(VS_INVALID_ARGUMENT);
        vs_raise(VS_ABORTED, "before");
        assert_status(vs_uv_context_init(&loop, &context, NULL), VS_ABORTED);
        assert_fails(VS_ABORTED);
    }
    close_all();
}

/* ---- out of memory ---- */

static bool open_without_memory(size_t n)
{
    static connection one;
    open_all(1);
    VS_WITH_GRAPH(graph) {
        fail_allocation(n, false);
        vs_status status = vs_uv_context_init(&loop, &one.context, NULL);
        bool failed = counted.failures > 0;
        fail_allocation(0, false);
        cr_assert(status == (failed ? VS_RESOURCE_EXHAUSTED : VS_OK));
        if (!failed) {
            vs_uv_context_close(&one.context, NULL);
            n = 0;
        } else {
            assert_fails(VS_RESOURCE_EXHAUSTED);
        }
    }
    run_loop();
    close_all();
    return n > 0;
}

Test(uv_context, survives_a_failure_of_each_allocation)
{
    size_t n = 1;
    while (open_without_memory(n))
        n++;
    cr_assert(n > 3, "only %zu allocations", n - 1);
}
