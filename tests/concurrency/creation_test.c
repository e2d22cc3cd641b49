/* Creations that fail, that want other creations, and that run callers' code. */
#include "consistent.h"
#include "parallel.h"

TestSuite(creation, .timeout = 300);

enum { THREADS = 6 };

static vs_tensor zeros_of(vs_shape shape, vs_dtype dtype)
{
    return vs_zeros(shape, .dtype = dtype);
}

/* ---- a creator fails: one of those that wait is next ---- */

typedef struct takeover {
    atomic_int calls;
    atomic_int failed;
    atomic_int created;
    atomic_int found;
} takeover;

static vs_tensor fail_at_first(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    takeover *state = user;
    (void)partition;
    if (atomic_fetch_add(&state->calls, 1) == 0) {
        sleep_milliseconds(2); /* so that others wait */
        vs_raise(VS_UNKNOWN, "the first one fails");
        return (vs_tensor){0};
    }
    return zeros_of(shape, dtype);
}

static const char *create_or_take_over(parallel_worker *self)
{
    takeover *state = self->round->user;
    vs_outcome outcome = VS_OUTCOME_NONE;
    vs_error error;
    VS_TRY(&error)
        VS_WITH_GRAPH(self->round->graph)
            vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE, .outcome = &outcome,
                            .initializer = vs_function_initializer(fail_at_first, .user = state));
    state->failed += error.code == VS_UNKNOWN;
    state->created += outcome == VS_CREATED;
    state->found += outcome == VS_FOUND;
    if (error.code && error.code != VS_UNKNOWN)
        return verdict(self, "%s: %s", vs_status_name(error.code), error.message);
    return NULL;
}

static void clear_takeover(const parallel_round *round)
{
    memset(round->user, 0, sizeof(takeover));
}

static void assert_taken_over(const parallel_round *round)
{
    const takeover *state = round->user;
    cr_assert(state->calls == 2 && state->failed == 1 && state->created == 1 && state->found == THREADS - 2,
              "%d calls, %d failed, %d created, %d found", state->calls, state->failed, state->created,
              state->found);
    vs_variable *v = vs_graph_find_variable(round->graph, "v");
    cr_assert(v);
    assert_text(vs_variable_name(v), "v_1:0"); /* the first one's name stays taken, as in TensorFlow */
}

Test(creation, one_that_waits_takes_over_when_the_creator_fails)
{
    static takeover state;
    run_in_parallel(ROUNDS(500), THREADS, create_or_take_over, clear_takeover, assert_taken_over, &state);
}

/* ---- a creator's thread ends in the middle of it ---- */

static vs_tensor end_at_first(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    takeover *state = user;
    (void)partition;
    if (atomic_fetch_add(&state->calls, 1) == 0) {
        sleep_milliseconds(2);
        pthread_exit(NULL);
    }
    return zeros_of(shape, dtype);
}

static void *create_until_the_end(void *argument)
{
    const parallel_round *round = argument;
    VS_WITH_GRAPH(round->graph)
        vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE,
                        .initializer = vs_function_initializer(end_at_first, .user = round->user));
    return NULL;
}

Test(creation, one_that_waits_takes_over_when_the_creators_thread_ends)
{
    for (int i = 0; i < ROUNDS(250); i++) {
        takeover state = {0};
        parallel_round round = {.graph = vs_graph_new(), .user = &state};
        pthread_t threads[3];
        for (int t = 0; t < 3; t++)
            cr_assert(pthread_create(&threads[t], NULL, create_until_the_end, &round) == 0);
        for (int t = 0; t < 3; t++)
            pthread_join(threads[t], NULL);
        cr_assert(state.calls == 2);
        cr_assert(vs_graph_find_variable(round.graph, "v"));
        assert_consistent(round.graph);
        vs_graph_release(round.graph);
    }
}

/* ---- a creation that asks for its own name ---- */

typedef struct selfish {
    vs_reuse reuse;
    bool catches;
    vs_status seen;
} selfish;

static vs_tensor want_myself(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    selfish *state = user;
    vs_error error = {0};
    (void)partition;
    if (state->catches) {
        VS_TRY(&error)
            vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = state->reuse);
        state->seen = error.code;
    } else {
        vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = state->reuse);
        state->seen = vs_pending();
    }
    return zeros_of(shape, dtype);
}

Test(creation, that_asks_for_its_own_name_is_aborted)
{
    const vs_reuse modes[] = {VS_REUSE_INHERIT, VS_REUSE_TRUE, VS_AUTO_REUSE};
    for (int i = 0; i < 3; i++) {
        vs_graph *graph = vs_graph_new();
        selfish state = {.reuse = modes[i]};
        VS_WITH_GRAPH(graph) {
            vs_get_variable("v", .shape = VS_SHAPE(2),
                            .initializer = vs_function_initializer(want_myself, .user = &state));
            cr_assert(state.seen == VS_ABORTED, "mode %d: %s", i, vs_status_name(state.seen));
            assert_fails_saying(VS_ABORTED, "v");
            cr_assert(!vs_graph_find_variable(graph, "v"));
            vs_get_variable("v", .shape = VS_SHAPE(2)); /* nothing is left of it */
            assert_ok();
        }
        assert_consistent(graph);
        vs_graph_release(graph);
    }
}

Test(creation, may_catch_that_its_own_name_is_pending)
{
    vs_graph *graph = vs_graph_new();
    selfish state = {.reuse = VS_AUTO_REUSE, .catches = true};
    VS_WITH_GRAPH(graph)
        vs_get_variable("v", .shape = VS_SHAPE(2),
                        .initializer = vs_function_initializer(want_myself, .user = &state));
    assert_ok();
    cr_assert(state.seen == VS_ABORTED);
    cr_assert(vs_graph_find_variable(graph, "v"));
    assert_consistent(graph);
    vs_graph_release(graph);
}

/* ---- a ring of threads, each of which creates what the next one wants ---- */

typedef struct ring {
    pthread_barrier_t all_create;
    atomic_int aborted;
} ring;

typedef struct link {
    ring *ring;
    char wanted[16];
    bool waited;
} link;

static vs_tensor want_next(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    link *self = user;
    (void)partition;
    if (!self->waited) {
        self->waited = true;
        pthread_barrier_wait(&self->ring->all_create);
    }
    vs_get_variable(self->wanted, .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE);
    return zeros_of(shape, dtype);
}

static const char *create_in_ring(parallel_worker *self)
{
    link here = {.ring = self->round->user};
    char name[16];
    vs_error error;
    snprintf(name, sizeof name, "v%d", self->index);
    snprintf(here.wanted, sizeof here.wanted, "v%d", (self->index + 1) % self->round->threads);
    VS_TRY(&error)
        VS_WITH_GRAPH(self->round->graph)
            vs_get_variable(name, .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE,
                            .initializer = vs_function_initializer(want_next, .user = &here));
    here.ring->aborted += error.code == VS_ABORTED;
    if (error.code && error.code != VS_ABORTED)
        return verdict(self, "%s: %s", vs_status_name(error.code), error.message);
    return NULL;
}

static void open_ring(const parallel_round *round)
{
    ring *state = round->user;
    pthread_barrier_init(&state->all_create, NULL, (unsigned)round->threads);
    state->aborted = 0;
}

static void assert_ring_broken(const parallel_round *round)
{
    ring *state = round->user;
    pthread_barrier_destroy(&state->all_create);
    cr_assert(state->aborted == 1, "%d were aborted", state->aborted);
    /* The one that was aborted left its name to the one that waited. */
    for (int i = 0; i < round->threads; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        cr_assert(vs_graph_find_variable(round->graph, name), "no %s", name);
    }
}

Test(creation, of_two_that_cross_one_is_aborted)
{
    static ring state;
    run_in_parallel(ROUNDS(1000), 2, create_in_ring, open_ring, assert_ring_broken, &state);
}

Test(creation, in_a_ring_of_threads_one_is_aborted)
{
    static ring state;
    run_in_parallel(ROUNDS(500), 5, create_in_ring, open_ring, assert_ring_broken, &state);
}

/* ---- creations that want others, without a cycle ---- */

static vs_tensor twice_the_base(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition,
                                void *user)
{
    (void)shape, (void)dtype, (void)partition, (void)user;
    vs_variable *base = vs_get_variable("base", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE);
    return vs_multiply(vs_value(base), vs_real(2.0));
}

static const char *create_from_base(parallel_worker *self)
{
    VS_WITH_GRAPH(self->round->graph)
        for (int i = 0; i < 4; i++) {
            char name[16];
            snprintf(name, sizeof name, "v%d_%d", self->index, i);
            vs_get_variable(name, .shape = VS_SHAPE(2),
                            .initializer = vs_function_initializer(twice_the_base));
        }
    return NULL;
}

static void assert_one_base(const parallel_round *round)
{
    cr_assert(vs_graph_find_variable(round->graph, "base"));
    assert_no_node(round->graph, "base_1");
    assert_node(round->graph, "v0_0/Initializer/Mul");
    assert_node(round->graph, "v5_3/Initializer/Mul");
}

Test(creation, may_get_other_variables)
{
    run_in_parallel(ROUNDS(500), THREADS, create_from_base, NULL, assert_one_base, NULL);
}

/* ---- callers' code runs without a lock: while it blocks, another thread does all there is to do ---- */

enum { IN_INITIALIZER, IN_REGULARIZER, IN_GETTER, IN_PARTITIONER, CALLBACKS };

typedef struct blocking {
    atomic_int blocked;
    atomic_int done;
    atomic_int timed_out;
} blocking;

static void block(void *user)
{
    blocking *state = user;
    if (atomic_fetch_add(&state->blocked, 1) == 0 && !wait_for(&state->done, 1))
        atomic_store(&state->timed_out, 1);
}

static vs_tensor blocking_initializer(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition,
                                      void *user)
{
    (void)partition;
    block(user);
    return zeros_of(shape, dtype);
}

static vs_tensor blocking_regularizer(vs_variable *variable, void *user)
{
    block(user);
    return vs_l2_loss(vs_value(variable));
}

static vs_variable *blocking_getter(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    block(user);
    return vs_getter_call(next, args);
}

static bool blocking_partitioner(vs_shape shape, vs_dtype dtype, int64_t *partitions, void *user)
{
    (void)dtype;
    block(user);
    for (uint32_t i = 0; i < shape.rank; i++)
        partitions[i] = 1;
    return true;
}

static void create_with_callback(int which, void *user)
{
    vs_get_variable_args args = {.name = "slow", .shape = VS_SHAPE(2)};
    if (which == IN_INITIALIZER)
        args.initializer = vs_function_initializer(blocking_initializer, .user = user);
    else if (which == IN_REGULARIZER)
        args.regularizer = vs_function_regularizer(blocking_regularizer, .user = user);
    else if (which == IN_GETTER)
        args.custom_getter = (vs_custom_getter){.function = blocking_getter, .user = user};
    else
        args.partitioner = vs_function_partitioner(blocking_partitioner, .user = user);
    vs_get_variable_with(&args);
}

/* Everything that takes a lock somewhere: creating, finding, naming, collecting, setting. */
static void do_all_there_is(void)
{
    vs_items items = {0};
    VS_WITH_VARIABLE_SCOPE("busy") {
        vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(2), .regularizer = vs_l2_regularizer(0.1));
        vs_variable_scope_reuse_variables(vs_get_variable_scope());
        vs_get_variable("v", .shape = VS_SHAPE(2));
        vs_add_to_collection("mine", vs_multiply(vs_value(v), vs_real(2.0)));
        vs_get_collection("mine", NULL, &items);
        vs_items_free(&items);
    }
    vs_new_variable(vs_value_initializer(vs_int(1)), .name = "slow");
    vs_global_variables_initializer();
}

static const char *block_or_work(parallel_worker *self)
{
    blocking *state = self->round->user;
    VS_WITH_GRAPH(self->round->graph) {
        if (self->index == 0) {
            create_with_callback(self->round->index % CALLBACKS, state);
        } else {
            if (!wait_for(&state->blocked, 1))
                return "the callback was not called";
            do_all_there_is();
            atomic_store(&state->done, 1);
        }
    }
    return NULL;
}

static void clear_blocking(const parallel_round *round)
{
    memset(round->user, 0, sizeof(blocking));
}

static void assert_not_blocked(const parallel_round *round)
{
    const blocking *state = round->user;
    cr_assert(!state->timed_out, "callback %d holds others up", round->index % CALLBACKS);
}

Test(creation, runs_callbacks_without_a_lock, .timeout = 300)
{
    static blocking state;
    run_in_parallel(CALLBACKS * 50, 2, block_or_work, clear_blocking, assert_not_blocked, &state);
}

/* ---- callbacks run once for a variable ---- */

static vs_tensor counting_regularizer(vs_variable *variable, void *user)
{
    atomic_fetch_add((atomic_int *)user, 1);
    return vs_l2_loss(vs_value(variable));
}

static const char *get_regularized(parallel_worker *self)
{
    VS_WITH_GRAPH(self->round->graph)
        vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE,
                        .regularizer =
                            vs_function_regularizer(counting_regularizer, .user = self->round->user));
    return NULL;
}

static void clear_count(const parallel_round *round)
{
    atomic_store((atomic_int *)round->user, 0);
}

static void assert_regularized_once(const parallel_round *round)
{
    vs_items losses;
    cr_assert(atomic_load((atomic_int *)round->user) == 1);
    assert_status(vs_graph_get_collection(round->graph, VS_REGULARIZATION_LOSSES, NULL, &losses), VS_OK);
    cr_assert(losses.count == 1);
    vs_items_free(&losses);
}

Test(creation, regularizes_once)
{
    static atomic_int calls;
    run_in_parallel(ROUNDS(1000), THREADS, get_regularized, clear_count, assert_regularized_once, &calls);
}

/* ---- creations that ask through another context of their thread ---- */

static vs_tensor ask_elsewhere(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)shape, (void)dtype, (void)partition;
    vs_context *other = vs_context_new(), *before = vs_context_make_current(other);
    VS_WITH_GRAPH(user)
        vs_get_variable("v", .shape = VS_SHAPE(2));
    vs_error error;
    vs_error_take(&error);
    vs_context_make_current(before);
    vs_context_free(other);
    return error.code == VS_ABORTED ? vs_constant(VS_REALS(1, 2)) : vs_constant(VS_REALS(0));
}

Test(creation, that_asks_for_its_own_name_on_another_context_is_aborted)
{
    vs_graph *graph = vs_graph_new();
    VS_WITH_GRAPH(graph)
        vs_get_variable("v", .shape = VS_SHAPE(2),
                        .initializer = vs_function_initializer(ask_elsewhere, .user = graph));
    assert_ok();
    cr_assert(vs_graph_find_variable(graph, "v"));
    assert_consistent(graph);
    vs_graph_release(graph);
}
