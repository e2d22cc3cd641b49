/* What ends in the middle: threads that exit or are cancelled, contexts that go, graphs that are given back, processes that
 * fork. */
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "consistent.h"
#include "parallel.h"

TestSuite(ends, .timeout = 300);

/* ---- a thread ends inside each kind of callback of a creation ---- */

enum { IN_INITIALIZER, IN_REGULARIZER, IN_GETTER, IN_PARTITIONER, IN_SLICE, IN_INNER, PLACES };

typedef struct ending {
    vs_graph *graph;
    int place;
    bool by_hand;          /* the creator's context is one made by vs_context_new() */
    bool cancelled;        /* it is cancelled, and does not exit by itself */
    vs_context *context;   /* out: that of the creator, if by hand */
    atomic_int inside;     /* the creator is there */
    atomic_int others;     /* threads that are about to wait */
    atomic_int made_again; /* calls of the initializer by others */
    vs_error error;        /* out: the other's */
    vs_variable *variable; /* out: the other's */
} ending;

static _Thread_local bool ends_here; /* this is the thread that ends */

/* End the thread, if it is the one to end. */
static void end_in(ending *self, int place)
{
    int before;
    if (!ends_here || place != self->place)
        return;
    /* Not while it sleeps: ThreadSanitizer loses sight of a thread that is cancelled in a call that it watches. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    atomic_store(&self->inside, 1);
    wait_for(&self->others, 1);
    sleep_milliseconds(1);
    if (!self->cancelled)
        pthread_exit(NULL);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before);
    for (;;) { /* until the cancellation comes */
        pthread_testcancel();
        sched_yield();
    }
}

static vs_tensor innermost_initializer(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition;
    end_in(user, IN_INNER);
    return vs_zeros(shape, .dtype = dtype);
}

static vs_tensor outer_initializer(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    ending *self = user;
    end_in(self, IN_INITIALIZER);
    if (partition && partition->var_offset[0] > 0)
        end_in(self, IN_SLICE);
    if (self->place == IN_INNER)
        vs_get_variable("inner", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE,
                        .initializer = vs_function_initializer(innermost_initializer, .user = self));
    if (!ends_here)
        atomic_fetch_add(&self->made_again, 1);
    return vs_zeros(shape, .dtype = dtype);
}

static vs_tensor ending_regularizer(vs_variable *variable, void *user)
{
    end_in(user, IN_REGULARIZER);
    return vs_l2_loss(vs_value(variable));
}

static vs_variable *ending_getter(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    vs_variable *variable = vs_getter_call(next, args);
    end_in(user, IN_GETTER);
    return variable;
}

static bool ending_partitioner(vs_shape shape, vs_dtype dtype, int64_t *partitions, void *user)
{
    (void)dtype;
    end_in(user, IN_PARTITIONER);
    for (uint32_t i = 0; i < shape.rank; i++)
        partitions[i] = i == 0 ? 2 : 1;
    return true;
}

static vs_variable *get_ending(ending *self)
{
    bool slices = self->place == IN_PARTITIONER || self->place == IN_SLICE;
    vs_get_variable_args args = {.name = "v", .shape = VS_SHAPE(4), .reuse = VS_AUTO_REUSE};
    args.initializer = vs_function_initializer(outer_initializer, .user = self);
    args.regularizer = vs_function_regularizer(ending_regularizer, .user = self);
    args.custom_getter = (vs_custom_getter){.function = ending_getter, .user = self};
    if (slices)
        args.partitioner = vs_function_partitioner(ending_partitioner, .user = self);
    return vs_get_variable_with(&args);
}

static void *end_inside(void *argument)
{
    ending *self = argument;
    ends_here = true;
    if (self->by_hand)
        vs_context_make_current(self->context);
    VS_WITH_GRAPH(self->graph)
        VS_WITH_VARIABLE_SCOPE("s")
            get_ending(self);
    return NULL;
}

static void *take_over(void *argument)
{
    ending *self = argument;
    wait_for(&self->inside, 1);
    atomic_store(&self->others, 1);
    VS_WITH_GRAPH(self->graph)
        VS_WITH_VARIABLE_SCOPE("s")
            self->variable = get_ending(self);
    vs_error_take(&self->error);
    return NULL;
}

static void end_in_the_middle(int place, bool by_hand, bool cancelled)
{
    pthread_t creator, other;
    ending self = {.graph = vs_graph_new(), .place = place, .by_hand = by_hand, .cancelled = cancelled};
    self.context = by_hand ? vs_context_new() : NULL;
    cr_assert(pthread_create(&creator, NULL, end_inside, &self) == 0);
    cr_assert(pthread_create(&other, NULL, take_over, &self) == 0);
    if (cancelled) {
        cr_assert(wait_for(&self.others, 1));
        sleep_milliseconds(1);
        pthread_cancel(creator);
    }
    pthread_join(creator, NULL);
    pthread_join(other, NULL); /* before the context goes: the claim went with the thread */
    /* The first slice stays, and as in TensorFlow some slices without the others are in the way. */
    vs_status expected = place == IN_SLICE ? VS_INCOMPATIBLE : VS_OK;
    cr_assert(self.error.code == expected && !self.variable == (expected != VS_OK), "place %d: %s", place,
              self.error.message);
    vs_context_free(self.context);
    assert_consistent(self.graph);
    vs_graph_release(self.graph);
    assert_ok();
}

Test(ends, in_a_callback_give_the_claim_to_one_that_waits)
{
    for (int round = 0; round < ROUNDS(20); round++)
        for (int place = 0; place < PLACES; place++)
            end_in_the_middle(place, false, false);
}

Test(ends, in_a_context_made_by_hand_give_the_claim_to_one_that_waits)
{
    for (int round = 0; round < ROUNDS(20); round++)
        for (int place = 0; place < PLACES; place++)
            end_in_the_middle(place, true, false);
}

Test(ends, by_cancellation_give_the_claim_to_one_that_waits)
{
    for (int round = 0; round < ROUNDS(20); round++)
        for (int place = 0; place < PLACES; place++)
            end_in_the_middle(place, round % 2, true);
}

/* ---- one that waits is cancelled: it gets its variable first ---- */

typedef struct patience {
    vs_graph *graph;
    atomic_int creating;
    atomic_int about_to_wait;
    atomic_int let_go;
    atomic_int got;
} patience;

static vs_tensor patient_initializer(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    patience *self = user;
    (void)partition;
    atomic_store(&self->creating, 1);
    wait_for(&self->let_go, 1);
    return vs_zeros(shape, .dtype = dtype);
}

static void *create_slowly(void *argument)
{
    patience *self = argument;
    VS_WITH_GRAPH(self->graph)
        vs_get_variable("v", .shape = VS_SHAPE(2),
                        .initializer = vs_function_initializer(patient_initializer, .user = self));
    return NULL;
}

static void *wait_and_be_cancelled(void *argument)
{
    patience *self = argument;
    VS_WITH_GRAPH(self->graph) {
        atomic_store(&self->about_to_wait, 1);
        self->got = vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE) != NULL;
        pthread_testcancel();
        self->got = 2;
    }
    return NULL;
}

Test(ends, of_one_that_waits_come_after_its_wait)
{
    for (int round = 0; round < ROUNDS(100); round++) {
        pthread_t creator, waiter;
        void *result;
        patience self = {.graph = vs_graph_new()};
        cr_assert(pthread_create(&creator, NULL, create_slowly, &self) == 0);
        cr_assert(wait_for(&self.creating, 1));
        cr_assert(pthread_create(&waiter, NULL, wait_and_be_cancelled, &self) == 0);
        cr_assert(wait_for(&self.about_to_wait, 1));
        sleep_milliseconds(round % 3);
        pthread_cancel(waiter);
        atomic_store(&self.let_go, 1);
        pthread_join(waiter, &result);
        pthread_join(creator, NULL);
        cr_assert(result == PTHREAD_CANCELED && self.got == 1, "got %d", self.got);
        assert_consistent(self.graph);
        vs_graph_release(self.graph);
    }
}

/* ---- a graph that its maker gives back while others are in it ---- */

typedef struct farewell {
    pthread_barrier_t entered;
    pthread_barrier_t given_back;
    atomic_int ended;
    atomic_int failed;
    vs_capture *capture;
} farewell;

static void count_end(void *user)
{
    atomic_fetch_add((atomic_int *)user, 1);
}

static vs_tensor plain_zeros(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition, (void)user;
    return vs_zeros(shape, .dtype = dtype);
}

static void *build_after_it_was_given_back(void *argument)
{
    farewell *self = argument;
    VS_WITH_CAPTURE(self->capture) {
        pthread_barrier_wait(&self->entered);
        pthread_barrier_wait(&self->given_back);
        for (int i = 0; i < 20; i++)
            vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE);
        VS_WITH_NAME_SCOPE("n")
            vs_no_op("c");
    }
    atomic_fetch_add(&self->failed, vs_pending() != VS_OK);
    return NULL;
}

Test(ends, of_a_graph_come_with_its_last_user)
{
    enum { THREADS = 6 };
    for (int round = 0; round < ROUNDS(100); round++) {
        pthread_t threads[THREADS];
        farewell self = {.ended = 0};
        vs_graph *graph = vs_graph_new();
        pthread_barrier_init(&self.entered, NULL, THREADS + 1);
        pthread_barrier_init(&self.given_back, NULL, THREADS + 1);
        VS_WITH_GRAPH(graph)
            VS_WITH_VARIABLE_SCOPE("s", .initializer = vs_function_initializer(plain_zeros, .user = &self.ended,
                                                                               .destroy = count_end))
                self.capture = vs_capture_here();
        for (int i = 0; i < THREADS; i++)
            cr_assert(pthread_create(&threads[i], NULL, build_after_it_was_given_back, &self) == 0);
        pthread_barrier_wait(&self.entered);
        vs_graph_release(graph);
        vs_capture_release(self.capture);
        cr_assert(self.ended == 0, "it went with its maker");
        pthread_barrier_wait(&self.given_back);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        cr_assert(!self.failed);
        cr_assert(self.ended == 1, "user data ended %d times", self.ended);
        pthread_barrier_destroy(&self.entered);
        pthread_barrier_destroy(&self.given_back);
        /* What this thread knew of the graph is forgotten, and a new one at its address is a new one. */
        vs_graph *next = vs_graph_new();
        VS_WITH_GRAPH(next)
            cr_assert(!vs_graph_find_variable(next, "s/v"));
        vs_graph_release(next);
        assert_ok();
    }
}

/* ---- scopes left in the wrong order by a thread that got the context from another one ---- */

typedef struct handed {
    vs_context *context;
    vs_frame graph, outer, inner;
    const char *wrong;
} handed;

static void *leave_in_the_wrong_order(void *argument)
{
    handed *self = argument;
    vs_context_make_current(self->context);
    if (vs_leave(self->outer) != VS_INVALID_ARGUMENT || !vs_error_take(NULL))
        self->wrong = "the outer one was left before the inner one";
    else if (strcmp(vs_current_name_scope(), "outer/inner/") != 0)
        self->wrong = "the context is not as it was";
    else if (vs_leave(self->inner) || vs_leave(self->outer) || strcmp(vs_current_name_scope(), "") != 0)
        self->wrong = "it cannot be left in order any more";
    else if (vs_leave(self->inner) != VS_INVALID_ARGUMENT || !vs_error_take(NULL))
        self->wrong = "a frame was left twice";
    else if (vs_leave(self->graph) || vs_current_graph())
        self->wrong = "the graph cannot be left";
    vs_context_make_current(NULL);
    if (!self->wrong && (vs_leave(self->outer) != VS_INVALID_ARGUMENT || !vs_error_take(NULL)))
        self->wrong = "a frame was left in another context";
    return NULL;
}

Test(ends, of_scopes_in_the_wrong_order_on_another_thread_change_nothing)
{
    for (int round = 0; round < ROUNDS(50); round++) {
        pthread_t thread;
        vs_graph *graph = vs_graph_new();
        vs_name_scope_args outer = {.name = "outer"}, inner = {.name = "inner"};
        handed self = {.context = vs_context_new()};
        vs_context_make_current(self.context);
        self.graph = vs_enter_graph(graph, NULL);
        self.outer = vs_enter_name_scope_with(&outer);
        self.inner = vs_enter_name_scope_with(&inner);
        vs_context_make_current(NULL);
        cr_assert(pthread_create(&thread, NULL, leave_in_the_wrong_order, &self) == 0);
        pthread_join(thread, NULL);
        cr_assert(!self.wrong, "%s", self.wrong);
        vs_context_free(self.context);
        vs_graph_release(graph);
    }
}

/* ---- fork() ---- */

/* The exit status of a child that runs a function; a signal is 128 and its number. */
static int run_in_child(bool (*function)(vs_graph *), vs_graph *graph)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(function(graph) ? 0 : 1);
    }
    cr_assert(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* In a child of a process with one thread, all goes on. */
static bool go_on_building(vs_graph *graph)
{
    bool found = vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE) == vs_graph_find_variable(graph, "s/v");
    vs_get_variable("w", .shape = VS_SHAPE(2));
    return found && !vs_pending() && vs_graph_find_variable(graph, "s/w") && !inconsistency(graph);
}

Test(ends, of_a_process_with_one_thread_fork_whole)
{
    vs_graph *graph = vs_graph_new();
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("s") {
            vs_get_variable("v", .shape = VS_SHAPE(2));
            VS_WITH_NAME_SCOPE("n")
                cr_assert(run_in_child(go_on_building, graph) == 0);
            cr_assert(!vs_graph_find_variable(graph, "s/w"), "the child's is in the parent");
        }
    assert_consistent(graph);
    vs_graph_release(graph);
}

/* While others build and wait in one graph, a child may use new ones. */
static bool build_another(vs_graph *graph)
{
    (void)graph;
    vs_graph *own = vs_graph_new();
    VS_WITH_GRAPH(own)
        VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_AUTO_REUSE) {
            vs_get_variable("v", .shape = VS_SHAPE(2));
            vs_get_variable("v", .shape = VS_SHAPE(2));
            vs_set_unhandled_error_hook(NULL, NULL);
            vs_get_variable("w", .shape = VS_SHAPE(2), .initializer = vs_function_initializer(plain_zeros));
        }
    bool good = !vs_pending() && vs_graph_find_variable(own, "s/w") && !inconsistency(own);
    vs_graph_release(own);
    return good;
}

typedef struct traffic {
    vs_graph *graph;
    atomic_int stop;
} traffic;

static vs_tensor give_way(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition, (void)user;
    sleep_milliseconds(1);
    return vs_zeros(shape, .dtype = dtype);
}

static void *make_traffic(void *argument)
{
    traffic *self = argument;
    char name[16];
    for (int i = 0; !self->stop; i++) {
        snprintf(name, sizeof name, "v%d", i);
        VS_WITH_GRAPH(self->graph)
            vs_get_variable(name, .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE,
                            .initializer = vs_function_initializer(give_way));
        vs_raise(VS_CANCELLED, "unhandled");
        vs_error_take(NULL);
    }
    return NULL;
}

Test(ends, of_a_process_whose_threads_wait_leave_the_child_new_graphs)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    traffic self = {.graph = vs_graph_new()};
    for (int i = 0; i < THREADS; i++)
        cr_assert(pthread_create(&threads[i], NULL, make_traffic, &self) == 0);
    for (int i = 0; i < ROUNDS(50); i++) {
        int status = run_in_child(build_another, NULL);
        cr_assert(status == 0, "child %d ended with %d", i, status);
    }
    self.stop = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_consistent(self.graph);
    vs_graph_release(self.graph);
}
