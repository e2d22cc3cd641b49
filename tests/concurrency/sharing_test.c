/* One name, many threads: exactly one creates the variable, all others see that one, or a named error. */
#include "parallel.h"

TestSuite(sharing, .timeout = 300);

enum { THREADS = 8, NAMES = 40 };

/* What each thread of a round got. */
typedef struct results {
    vs_variable *variables[THREADS];
    vs_outcome outcomes[THREADS];
    vs_error errors[THREADS];
    atomic_int pending; /* the creator is at work */
    atomic_int asking;  /* how many ask for what it makes */
} results;

static void clear(const parallel_round *round)
{
    memset(round->user, 0, sizeof(results));
}

static int count_outcomes(const results *got, vs_outcome outcome)
{
    int count = 0;
    for (int i = 0; i < THREADS; i++)
        count += got->outcomes[i] == outcome;
    return count;
}

static size_t count_variables(vs_graph *graph)
{
    vs_items items;
    assert_status(vs_graph_get_collection(graph, VS_GLOBAL_VARIABLES, NULL, &items), VS_OK);
    size_t count = items.count;
    vs_items_free(&items);
    return count;
}

/* ---- reuse auto ---- */

static const char *get_by_auto_reuse(parallel_worker *self)
{
    results *got = self->round->user;
    VS_WITH_GRAPH(self->round->graph)
        VS_WITH_VARIABLE_SCOPE("shared", .reuse = VS_AUTO_REUSE)
            got->variables[self->index] =
                vs_get_variable("v", .shape = VS_SHAPE(2), .outcome = &got->outcomes[self->index]);
    return NULL;
}

static void assert_one_variable(const parallel_round *round)
{
    const results *got = round->user;
    cr_assert(count_outcomes(got, VS_CREATED) == 1);
    cr_assert(count_outcomes(got, VS_FOUND) == THREADS - 1);
    for (int i = 0; i < THREADS; i++)
        cr_assert(got->variables[i] && got->variables[i] == got->variables[0]);
    cr_assert(vs_graph_find_variable(round->graph, "shared/v") == got->variables[0]);
    cr_assert(count_variables(round->graph) == 1);
    assert_node(round->graph, "shared/v/read");
    assert_no_node(round->graph, "shared/v_1");
    cr_assert(vs_graph_num_operations(round->graph) == 10); /* glorot_uniform's 7, variable, Assign, read */
}

Test(sharing, auto_reuse_creates_once)
{
    static results got;
    run_in_parallel(ROUNDS(2000), THREADS, get_by_auto_reuse, clear, assert_one_variable, &got);
}

/* ---- reuse off ---- */

static const char *get_without_reuse(parallel_worker *self)
{
    results *got = self->round->user;
    VS_TRY(&got->errors[self->index])
        VS_WITH_GRAPH(self->round->graph)
            VS_WITH_VARIABLE_SCOPE("shared")
                got->variables[self->index] =
                    vs_get_variable("v", .shape = VS_SHAPE(2), .outcome = &got->outcomes[self->index]);
    return NULL;
}

static void assert_one_creation(const parallel_round *round)
{
    const results *got = round->user;
    cr_assert(count_outcomes(got, VS_CREATED) == 1);
    for (int i = 0; i < THREADS; i++) {
        if (got->outcomes[i] == VS_CREATED)
            continue;
        const vs_error *error = &got->errors[i];
        cr_assert(!got->variables[i]);
        cr_assert(error->code == VS_ALREADY_EXISTS, "%s: %s", vs_status_name(error->code), error->message);
        cr_assert(strstr(error->message, "shared/v"), "no name in the message: %s", error->message);
        assert_text(error->first.function, "get_without_reuse");
        cr_assert(error->first.line > 0 && error->first.file);
    }
    cr_assert(count_variables(round->graph) == 1);
}

Test(sharing, without_reuse_one_creates_and_all_others_fail)
{
    static results got;
    run_in_parallel(ROUNDS(2000), THREADS, get_without_reuse, clear, assert_one_creation, &got);
}

/* ---- many names, asked for in different orders ---- */

static const char *get_many(parallel_worker *self)
{
    atomic_int *created = self->round->user;
    VS_WITH_GRAPH(self->round->graph)
        VS_WITH_VARIABLE_SCOPE("many", .reuse = VS_AUTO_REUSE)
            for (int i = 0; i < NAMES; i++) {
                char name[16];
                vs_outcome outcome;
                int which = (self->index % 2 ? NAMES - 1 - i : i + self->index) % NAMES;
                snprintf(name, sizeof name, "v%d", which);
                vs_variable *v = vs_get_variable(name, .shape = VS_SHAPE(1 + which), .outcome = &outcome);
                if (!v)
                    return pending_verdict(self);
                if (vs_variable_shape(v).dims[0] != 1 + which)
                    return verdict(self, "%s has another variable's shape", name);
                created[which] += outcome == VS_CREATED;
            }
    return NULL;
}

static void clear_many(const parallel_round *round)
{
    memset(round->user, 0, NAMES * sizeof(atomic_int));
}

static void assert_many(const parallel_round *round)
{
    const atomic_int *created = round->user;
    for (int i = 0; i < NAMES; i++)
        cr_assert(created[i] == 1, "v%d was created %d times", i, created[i]);
    cr_assert(count_variables(round->graph) == NAMES);
}

Test(sharing, each_of_many_names_is_created_once)
{
    static atomic_int created[NAMES];
    run_in_parallel(ROUNDS(250), THREADS, get_many, clear_many, assert_many, created);
}

/* ---- a partitioned variable ---- */

static const char *get_partitioned(parallel_worker *self)
{
    results *got = self->round->user;
    VS_WITH_GRAPH(self->round->graph)
        got->variables[self->index] =
            vs_get_variable("p", .shape = VS_SHAPE(7, 2), .partitioner = vs_fixed_size_partitioner(3),
                            .reuse = VS_AUTO_REUSE, .outcome = &got->outcomes[self->index]);
    return NULL;
}

static void assert_one_partitioned(const parallel_round *round)
{
    const results *got = round->user;
    cr_assert(count_outcomes(got, VS_CREATED) == 1);
    for (int i = 0; i < THREADS; i++) {
        cr_assert(vs_variable_num_slices(got->variables[i]) == 3);
        cr_assert(vs_variable_slice(got->variables[i], 2) == vs_variable_slice(got->variables[0], 2));
    }
    assert_node(round->graph, "p/part_2/read");
    assert_no_node(round->graph, "p/part_0_1");
}

Test(sharing, a_partitioned_variable_is_created_once)
{
    static results got;
    run_in_parallel(ROUNDS(1000), THREADS, get_partitioned, clear, assert_one_partitioned, &got);
}

/* ---- whole for some, partitioned for others: the first one decides, the other kind is told so ---- */

static const char *get_whole_or_partitioned(parallel_worker *self)
{
    results *got = self->round->user;
    vs_get_variable_args args = {.name = "p", .reuse = VS_AUTO_REUSE, .outcome = &got->outcomes[self->index]};
    static const int64_t dims[] = {7, 2};
    args.shape = (vs_shape){VS_SHAPE_RANKED, 2, dims};
    if (self->index % 2)
        args.partitioner = vs_fixed_size_partitioner(3);
    VS_TRY(&got->errors[self->index])
        VS_WITH_GRAPH(self->round->graph)
            got->variables[self->index] = vs_get_variable_with(&args);
    return NULL;
}

static void assert_one_kind(const parallel_round *round)
{
    const results *got = round->user;
    int creator = 0;
    cr_assert(count_outcomes(got, VS_CREATED) == 1);
    while (got->outcomes[creator] != VS_CREATED)
        creator++;
    for (int i = 0; i < THREADS; i++)
        if (i % 2 == creator % 2)
            cr_assert(got->variables[i] == got->variables[creator], "%s", got->errors[i].message);
        else
            cr_assert(got->errors[i].code == VS_INCOMPATIBLE, "%s", got->errors[i].message);
}

Test(sharing, a_variable_is_whole_or_partitioned_for_all)
{
    static results got;
    run_in_parallel(ROUNDS(1000), THREADS, get_whole_or_partitioned, clear, assert_one_kind, &got);
}

/* ---- waiting: thread 0 creates slowly, all others ask meanwhile ---- */

static vs_tensor make_slowly(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    results *got = user;
    (void)partition;
    atomic_store(&got->pending, 1);
    if (!wait_for(&got->asking, THREADS - 1))
        vs_raise(VS_UNKNOWN, "the others did not ask");
    sleep_milliseconds(5); /* they should be waiting now */
    return vs_zeros(shape, .dtype = dtype);
}

/* How threads 1 to 7 ask, and what they are told. */
static const struct question {
    vs_reuse reuse;
    bool strict;
    vs_shape shape;
    vs_dtype dtype;
    vs_status answer;
} questions[THREADS] = {
    [1] = {.reuse = VS_REUSE_TRUE},
    [2] = {.reuse = VS_AUTO_REUSE},
    [3] = {.reuse = VS_AUTO_REUSE, .strict = true},
    [4] = {.reuse = VS_REUSE_TRUE, .shape = {VS_SHAPE_RANKED, 1, (const int64_t[]){-1}}},
    [5] = {.shape = {VS_SHAPE_RANKED, 1, (const int64_t[]){3}},
           .reuse = VS_REUSE_TRUE,
           .answer = VS_INCOMPATIBLE},
    [6] = {.reuse = VS_AUTO_REUSE, .dtype = VS_INT32, .answer = VS_INCOMPATIBLE},
    [7] = {.shape = {VS_SHAPE_RANKED, 1, (const int64_t[]){2}}, .answer = VS_ALREADY_EXISTS},
};

static const char *ask_for_pending(parallel_worker *self, results *got)
{
    const struct question *question = &questions[self->index];
    if (!wait_for(&got->pending, 1))
        return "the creator did not come to its initializer";
    atomic_fetch_add(&got->asking, 1);
    got->variables[self->index] =
        vs_get_variable("v", .reuse = question->reuse, .strict = question->strict, .shape = question->shape,
                        .dtype = question->dtype, .outcome = &got->outcomes[self->index]);
    return verdict_unless(self, question->answer);
}

static const char *create_or_wait(parallel_worker *self)
{
    results *got = self->round->user;
    VS_WITH_GRAPH(self->round->graph) {
        if (self->index > 0)
            return ask_for_pending(self, got);
        got->variables[0] = vs_get_variable("v", .shape = VS_SHAPE(2), .outcome = &got->outcomes[0],
                                            .initializer = vs_function_initializer(make_slowly, .user = got));
    }
    return NULL;
}

static void assert_waited(const parallel_round *round)
{
    const results *got = round->user;
    cr_assert(got->variables[0] && got->outcomes[0] == VS_CREATED);
    for (int i = 1; i <= 4; i++)
        cr_assert(got->variables[i] == got->variables[0] && got->outcomes[i] == VS_FOUND, "thread %d", i);
    cr_assert(count_variables(round->graph) == 1);
}

Test(sharing, every_reuse_mode_waits_for_a_pending_creation)
{
    static results got;
    run_in_parallel(ROUNDS(500), THREADS, create_or_wait, clear, assert_waited, &got);
}

/* ---- what was published is whole ---- */

static const char *read_all_of_it(parallel_worker *self)
{
    vs_variable *v = NULL;
    char text[96];
    if (self->index == 0) {
        VS_WITH_GRAPH(self->round->graph)
            vs_get_variable("v", .shape = VS_SHAPE(2, 3));
        return NULL;
    }
    while (!(v = vs_graph_find_variable(self->round->graph, "v")))
        sched_yield();
    vs_variable_format(v, text, sizeof text);
    if (strcmp(text, "<tf.Variable 'v:0' shape=(2, 3) dtype=float32_ref>") != 0)
        return verdict(self, "it reads %s", text);
    if (strcmp(vs_variable_key(v), "v") != 0 || !vs_variable_trainable(v) || !vs_variable_initializer(v))
        return "it is not whole";
    vs_tensor_name(vs_operation_input(vs_variable_initializer(v), 1), text, sizeof text);
    if (strcmp(text, "v/Initializer/random_uniform:0") != 0)
        return verdict(self, "it is initialized by %s", text);
    return NULL;
}

Test(sharing, a_variable_is_found_whole)
{
    run_in_parallel(ROUNDS(1000), 4, read_all_of_it, NULL, NULL, NULL);
}
