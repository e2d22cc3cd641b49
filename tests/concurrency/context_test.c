/* Contexts: one for each thread, and those that are handed from thread to thread. */
#include "consistent.h"
#include "parallel.h"

TestSuite(context, .timeout = 300);

enum { THREADS = 8 };

/* ---- a thread that ends with scopes open and an error pending ---- */

typedef struct unhandled {
    atomic_int errors;
    atomic_int wrong;
    atomic_int destroyed;
} unhandled;

static void count_unhandled(const vs_error *error, void *user)
{
    unhandled *state = user;
    state->errors++;
    if (error->code != VS_CANCELLED || strncmp(error->message, "left by thread ", 15) != 0)
        state->wrong++;
}

static void count_destroyed(void *user)
{
    ((unhandled *)user)->destroyed++;
}

static vs_tensor make_ones(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition, (void)user;
    return vs_ones(shape, .dtype = dtype);
}

typedef struct careless {
    pthread_t thread;
    vs_graph *graph;
    unhandled *state;
    int index;
} careless;

static void *leave_everything_open(void *argument)
{
    careless *self = argument;
    vs_variable_scope_args scope = {.name = "open", .auxiliary_name_scope = VS_TRUE};
    scope.initializer = vs_function_initializer(make_ones, .user = self->state, .destroy = count_destroyed);
    vs_name_scope_args inner = {.name = "inner"};
    vs_enter_graph(self->graph, NULL);
    vs_enter_variable_scope_with(&scope);
    vs_enter_name_scope_with(&inner);
    vs_enter_device("/gpu:0", NULL);
    vs_get_variable("v", .shape = VS_SHAPE(1), .reuse = VS_AUTO_REUSE);
    vs_raise(VS_CANCELLED, "left by thread %d", self->index);
    vs_raise(VS_UNKNOWN, "only the first error is kept");
    return NULL;
}

static void end_with_open_scopes(unhandled *state)
{
    careless threads[THREADS];
    vs_graph *graph = vs_graph_new();
    for (int i = 0; i < THREADS; i++) {
        threads[i] = (careless){.graph = graph, .state = state, .index = i};
        cr_assert(pthread_create(&threads[i].thread, NULL, leave_everything_open, &threads[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i].thread, NULL);
    cr_assert(vs_graph_find_variable(graph, "open/v"));
    assert_consistent(graph);
    vs_graph_release(graph);
}

Test(context, of_a_thread_that_ends_is_freed_and_its_error_reaches_the_hook)
{
    enum { EACH = 250 };
    unhandled state = {0};
    vs_set_unhandled_error_hook(count_unhandled, &state);
    for (int i = 0; i < ROUNDS(EACH); i++)
        end_with_open_scopes(&state);
    vs_set_unhandled_error_hook(NULL, NULL);
    cr_assert(state.errors == ROUNDS(EACH) * THREADS && !state.wrong, "%d errors, %d wrong", state.errors,
              state.wrong);
    cr_assert(state.destroyed == ROUNDS(EACH) * THREADS, "%d freed: a graph lives on", state.destroyed);
    assert_ok();
}

Test(context, that_is_freed_with_an_error_reaches_the_hook)
{
    unhandled state = {0};
    vs_set_unhandled_error_hook(count_unhandled, &state);
    vs_context *context = vs_context_new();
    vs_context_make_current(context);
    vs_raise(VS_CANCELLED, "left by thread 0");
    vs_context_make_current(NULL);
    vs_context_free(context);
    vs_set_unhandled_error_hook(NULL, NULL);
    cr_assert(state.errors == 1 && !state.wrong);
    assert_ok();
}

/* ---- a new thread has nothing ---- */

static const char *build_without_graph(parallel_worker *self)
{
    if (vs_current_graph())
        return "there is a graph";
    vs_get_variable("v", .shape = VS_SHAPE(1));
    return verdict_unless(self, VS_FAILED_PRECONDITION);
}

Test(context, of_a_new_thread_has_no_graph)
{
    run_in_parallel(ROUNDS(250), THREADS, build_without_graph, NULL, NULL, NULL);
}

/* ---- leaving on another thread, or in the wrong order ---- */

static const char *leave_anothers_frame(parallel_worker *self)
{
    vs_status status = vs_leave(*(vs_frame *)self->round->user);
    if (status != VS_INVALID_ARGUMENT)
        return verdict(self, "leaving gave %s", vs_status_name(status));
    return verdict_unless(self, VS_INVALID_ARGUMENT);
}

Test(context, is_left_only_on_its_own_thread)
{
    vs_graph *graph = vs_graph_new();
    VS_WITH_GRAPH(graph) {
        vs_name_scope_args args = {.name = "mine"};
        vs_frame frame = vs_enter_name_scope_with(&args);
        run_in_parallel(ROUNDS(250), THREADS, leave_anothers_frame, NULL, NULL, &frame);
        assert_text(vs_current_name_scope(), "mine/");
        assert_status(vs_leave(frame), VS_OK);
        assert_text(vs_current_name_scope(), "");
    }
    assert_ok();
    assert_consistent(graph);
    vs_graph_release(graph);
}

Test(context, stays_as_it_was_when_frames_are_left_in_the_wrong_order)
{
    vs_graph *graph = vs_graph_new();
    VS_WITH_GRAPH(graph) {
        vs_name_scope_args outer_args = {.name = "outer"}, inner_args = {.name = "inner"};
        vs_frame outer = vs_enter_name_scope_with(&outer_args);
        vs_frame inner = vs_enter_name_scope_with(&inner_args);
        assert_status(vs_leave(outer), VS_INVALID_ARGUMENT);
        assert_fails(VS_INVALID_ARGUMENT);
        assert_text(vs_current_name_scope(), "outer/inner/");
        assert_status(vs_leave(inner), VS_OK);
        assert_status(vs_leave(inner), VS_INVALID_ARGUMENT);
        assert_fails(VS_INVALID_ARGUMENT);
        assert_text(vs_current_name_scope(), "outer/");
        assert_status(vs_leave(outer), VS_OK);
    }
    assert_ok();
    assert_consistent(graph);
    vs_graph_release(graph);
}

/* ---- contexts that are moved by hand, as those of a server's connections ---- */

enum { CONNECTIONS = 12, STEPS = 20 };

typedef struct connection {
    vs_context *context;
    pthread_mutex_t mutex; /* a context is on one thread at a time */
    vs_frame graph_frame;
    vs_frame scope_frame;
    int step;
} connection;

/* One step of a connection's work: open the scopes, build a node, close the scopes. */
static const char *work(parallel_worker *self, connection *self_connection, int index)
{
    int step = self_connection->step++;
    char expected[32];
    if (step == 0) {
        vs_name_scope_args args = {.name = "job"};
        self_connection->graph_frame = vs_enter_graph(self->round->graph, NULL);
        self_connection->scope_frame = vs_enter_name_scope_with(&args);
    } else if (step < STEPS) {
        vs_constant(vs_int(step), .name = "c");
        vs_get_variable("v", .shape = VS_SHAPE(1), .reuse = VS_AUTO_REUSE);
    } else if (step == STEPS) {
        vs_raise(VS_CANCELLED, "job %d", index);
    } else if (step == STEPS + 1) {
        vs_error error;
        snprintf(expected, sizeof expected, "job %d", index);
        if (!vs_error_take(&error) || strcmp(error.message, expected) != 0)
            return "the error did not stay with its context";
        vs_leave(self_connection->scope_frame);
        vs_leave(self_connection->graph_frame);
        if (vs_current_graph())
            return "the graph is not left";
    }
    return step < STEPS + 1 ? NULL : pending_verdict(self);
}

static const char *serve(parallel_worker *self)
{
    connection *connections = self->round->user;
    for (int turn = 0; turn < (STEPS + 2) * CONNECTIONS; turn++) {
        connection *one = &connections[(turn + self->index) % CONNECTIONS];
        const char *wrong;
        pthread_mutex_lock(&one->mutex);
        if (vs_context_make_current(one->context))
            wrong = "another context was current";
        else
            wrong = work(self, one, (int)(one - connections));
        if (vs_context_make_current(NULL) != one->context)
            wrong = "the context was not current";
        pthread_mutex_unlock(&one->mutex);
        if (wrong)
            return wrong;
        if (vs_pending())
            return "a connection's error came to the thread";
    }
    return NULL;
}

static void connect_all(const parallel_round *round)
{
    connection *connections = round->user;
    for (int i = 0; i < CONNECTIONS; i++) {
        connections[i] = (connection){.context = vs_context_new()};
        pthread_mutex_init(&connections[i].mutex, NULL);
    }
}

static void assert_jobs(const parallel_round *round)
{
    connection *connections = round->user;
    for (int i = 0; i < CONNECTIONS; i++) {
        char name[32];
        if (i == 0)
            snprintf(name, sizeof name, "job/c_%d", STEPS - 2);
        else
            snprintf(name, sizeof name, "job_%d/c_%d", i, STEPS - 2);
        assert_node(round->graph, name);
        vs_context_free(connections[i].context);
        pthread_mutex_destroy(&connections[i].mutex);
    }
    cr_assert(vs_graph_find_variable(round->graph, "v"));
}

Test(context, may_be_handed_from_thread_to_thread)
{
    static connection connections[CONNECTIONS];
    run_in_parallel(ROUNDS(250), 4, serve, connect_all, assert_jobs, connections);
}

/* ---- a context that is freed while it is inside scopes ---- */

Test(context, may_be_freed_with_scopes_open)
{
    vs_graph *graph = vs_graph_new();
    unhandled state = {0};
    vs_context *context = vs_context_new();
    vs_context_make_current(context);
    vs_variable_scope_args scope = {.name = "open"};
    scope.initializer = vs_function_initializer(make_ones, .user = &state, .destroy = count_destroyed);
    vs_enter_graph(graph, NULL);
    vs_enter_variable_scope_with(&scope);
    vs_context_make_current(NULL);
    vs_context_free(context);
    assert_consistent(graph);
    vs_graph_release(graph);
    cr_assert(state.destroyed == 1);
}

/* ---- errors go from thread to thread as values ---- */

static const char *hand_back(parallel_worker *self)
{
    vs_error *errors = self->round->user;
    VS_WITH_GRAPH(self->round->graph)
        VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_REUSE_TRUE)
            vs_get_variable(self->index % 2 ? "a" : "b");
    return vs_error_take(&errors[self->index]) ? NULL : "no error";
}

static void raise_first(const parallel_round *round)
{
    vs_error *errors = round->user;
    for (int i = 0; i < round->threads; i++)
        vs_error_raise(&errors[i]);
    assert_fails_saying(VS_NOT_FOUND, "s/b");
}

Test(context, takes_the_errors_of_others)
{
    static vs_error errors[THREADS];
    run_in_parallel(ROUNDS(250), THREADS, hand_back, NULL, raise_first, errors);
}
