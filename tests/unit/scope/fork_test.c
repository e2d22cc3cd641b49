/* Forks: workers with name scopes and places of their own. */
#include "fixture.h"

#include "fork.h"

TestSuite(fork, .timeout = 60);

#define ForkTest(name) ScopeTest(fork, name)

/* Make one node in each worker, the last worker first. */
static void build_in(vs_capture **workers, const char *name)
{
    size_t n = 0;
    while (workers[n])
        n++;
    while (n--)
        VS_WITH_CAPTURE(workers[n])
            vs_no_op(name);
    assert_ok();
}

ForkTest(reserves_name_scopes_and_places_in_order)
{
    vs_no_op("before");
    VS_WITH_NAME_SCOPE("tower")
        vs_no_op("x");
    vs_capture **workers = vs_fork(3, "tower");
    vs_no_op("after");
    build_in(workers, "x");
    vs_captures_release(workers);
    VS_WITH_NAME_SCOPE("tower")
        vs_no_op("x");
    assert_nodes("before tower/x tower_1/x tower_2/x tower_3/x after tower_4/x");
}

ForkTest(puts_the_index_where_the_name_says_so)
{
    VS_WITH_NAME_SCOPE("net") {
        vs_capture **workers = vs_fork(12, "t%d/w%d%");
        cr_assert_null(workers, "%% is no name");
        assert_fails(VS_INVALID_ARGUMENT);
        workers = vs_fork(12, "t%d/w%d_of_12");
        build_in(workers, "x");
        vs_captures_release(workers);
    }
    assert_node(graph, "net/t0/w0_of_12/x");
    assert_node(graph, "net/t11/w11_of_12/x");
}

ForkTest(without_a_name_gives_places_alone)
{
    VS_WITH_NAME_SCOPE("net") {
        vs_capture **workers = vs_fork(2, NULL);
        VS_WITH_CAPTURE(workers[1])
            vs_no_op("b");
        VS_WITH_CAPTURE(workers[0])
            vs_no_op("a");
        vs_captures_release(workers);
        workers = vs_fork(2, "");
        VS_WITH_CAPTURE(workers[1])
            vs_no_op("d");
        VS_WITH_CAPTURE(workers[0])
            vs_no_op("c");
        vs_captures_release(workers);
    }
    assert_nodes("net/a net/b c d");
}

ForkTest(of_none_is_an_empty_list)
{
    vs_capture **workers = vs_fork(0, "tower");
    cr_assert(workers && !workers[0]);
    vs_captures_release(workers);
    vs_captures_release(NULL);
    assert_text(op_name("tower"), "tower");
}

ForkTest(that_cannot_be_made_says_why)
{
    cr_assert_null(vs_fork(2, "no name"));
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert_null(vs_fork(SIZE_MAX, "tower"));
    assert_fails(VS_RESOURCE_EXHAUSTED);
    vs_leave(graph_frame);
    cr_assert_null(vs_fork(2, "tower"));
    assert_fails(VS_FAILED_PRECONDITION);
    cr_assert_null(vs__fork_empty(2, NULL));
    assert_fails(VS_FAILED_PRECONDITION);
    graph_frame = vs_enter_graph(graph, NULL);
}

ForkTest(takes_the_whole_context_along)
{
    vs_capture **workers = NULL;
    vs_tensor a = vs_operation_as_tensor(vs_no_op("a")), b = vs_operation_as_tensor(vs_no_op("b"));
    VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE)
        VS_WITH_DEVICE("/gpu:1")
            VS_WITH_CONTROL_DEPENDENCIES(a)
                VS_WITH_COLOCATE(b)
                    VS_WITH_DEVICE("/cpu:0")
                        workers = vs_fork(2, "tower");
    for (int i = 0; i < 2; i++)
        VS_WITH_CAPTURE(workers[i]) {
            vs_no_op("c");
            assert_text(vs_variable_key(small_variable("v")), "net/v");
        }
    vs_captures_release(workers);
    assert_text(device_of("net/tower_1/c"), "/device:CPU:0");
    assert_text(controls_of("net/tower_1/c"), "^a");
    assert_text(class_of("net/tower_1/c"), "loc:@b");
}

ForkTest(goes_on_where_a_worker_was_left)
{
    vs_tensor a = vs_operation_as_tensor(vs_no_op("a"));
    vs_capture **workers = NULL;
    VS_WITH_CONTROL_DEPENDENCIES(a)
        workers = vs_fork(2, "t");
    for (int i = 0; i < 3; i++)
        for (int worker = 1; worker >= 0; worker--)
            VS_WITH_CAPTURE(workers[worker])
                VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
                    vs_no_op("x");
    VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d") /* the counters of a worker are its own */
        assert_text(vs_variable_scope_name(vs_get_variable_scope()), "d");
    vs_tensor x = {.kind = 0};
    VS_WITH_CAPTURE(workers[0])
        x = vs_constant(vs_int(1), .name = "one");
    VS_WITH_CAPTURE(workers[0]) /* what it made waits for a: nothing made from it needs to */
        vs_identity(x, .name = "two");
    assert_text(controls_of("t/one"), "^a");
    assert_text(controls_of("t/two"), "");
    vs_captures_release(workers);
    assert_nodes("a t/d/x t/d_1/x t/d_2/x t/one t/two t_1/d/x t_1/d_1/x t_1/d_2/x");
}

ForkTest(lets_a_worker_be_entered_in_one_place_at_a_time)
{
    vs_capture **workers = vs_fork(2, "t");
    VS_WITH_CAPTURE(workers[0]) {
        VS_WITH_CAPTURE(workers[1]) {
            VS_WITH_CAPTURE(workers[0])
                cr_assert_fail("a worker is entered twice");
            assert_fails(VS_FAILED_PRECONDITION);
            vs_no_op("x");
        }
        VS_WITH_CAPTURE(workers[1])
            vs_no_op("y");
        vs_no_op("z");
    }
    VS_WITH_CAPTURE(workers[0], .name_scope = "bad name")
        cr_assert_fail("a scope that cannot be is entered");
    assert_fails(VS_INVALID_ARGUMENT);
    VS_WITH_CAPTURE(workers[0], .name_scope = "in")
        vs_no_op("x");
    vs_captures_release(workers);
    assert_nodes("t/z t/in/x t_1/x t_1/y");
}

ForkTest(may_be_nested)
{
    vs_capture **outer = vs_fork(2, "o"), **inner[2];
    for (int i = 1; i >= 0; i--)
        VS_WITH_CAPTURE(outer[i]) {
            vs_no_op("a");
            inner[i] = vs_fork(2, "i");
            vs_no_op("z");
        }
    for (int i = 0; i < 2; i++) {
        build_in(inner[i], "x");
        vs_captures_release(inner[i]);
    }
    vs_captures_release(outer);
    assert_nodes("o/a o/i/x o/i_1/x o/z o_1/a o_1/i/x o_1/i_1/x o_1/z");
}

ForkTest(outlives_context_and_graph_that_made_it)
{
    vs_context *parent = vs_context_new(), *before = vs_context_make_current(parent);
    vs_graph *other = vs_graph_new();
    vs_capture **workers = NULL, *kept;
    VS_WITH_GRAPH(other)
        workers = vs_fork(2, "t");
    vs_graph_release(other);
    vs_context_make_current(before);
    vs_context_free(parent);
    kept = vs_capture_hold(workers[1]);
    vs_captures_release(workers);
    VS_WITH_CAPTURE(kept) {
        vs_capture_release(kept); /* the frame has the last one */
        vs_no_op("x");
        assert_text(nodes_of(vs_current_graph()), "t_1/x");
    }
}

/* ---- what makes the graph depend on the schedule ---- */

/* The conflicts of the graph, "kind name setting; ...". */
static bool put_conflict(const vs_fork_conflict *conflict, void *user)
{
    vs__text_printf(user, "%s%s %s", ((vs__text *)user)->length ? "; " : "", vs_fork_conflict_kind_name(conflict->kind),
                    conflict->name);
    if (conflict->setting)
        vs__text_printf(user, " %s", conflict->setting);
    return true;
}

static const char *conflicts(void)
{
    static char buffer[4096];
    vs__text text = vs__text_of(buffer, sizeof buffer);
    vs_graph_walk_fork_conflicts(graph, put_conflict, &text);
    return buffer;
}

/* Two workers get a variable, each with settings of its own. */
#define GET_TWICE(first_get, second_get)                                                                     \
    do {                                                                                                     \
        vs_capture **workers_ = vs_fork(2, "t");                                                             \
        vs_frame frame_ = vs_enter_capture(workers_[0], NULL);                                               \
        first_get;                                                                                           \
        vs_leave(frame_);                                                                                    \
        frame_ = vs_enter_capture(workers_[1], NULL);                                                        \
        second_get;                                                                                          \
        vs_leave(frame_);                                                                                    \
        vs_captures_release(workers_);                                                                       \
    } while (0)

#define GET(name, ...) vs_get_variable(name, .reuse = VS_AUTO_REUSE, .shape = VS_SHAPE(2), __VA_ARGS__)

static vs_tensor keep_as_it_is(vs_tensor value, void *user)
{
    (void)user;
    return value;
}

ForkTest(finds_what_is_asked_for_differently)
{
    static int user[2];
    vs_tensor value = vs_constant(VS_REALS(1.0, 2.0));
    GET_TWICE(GET("a", .initializer = vs_zeros_initializer()), GET("a", .initializer = vs_ones_initializer()));
    GET_TWICE(GET("b", .initializer = vs_constant_initializer(VS_REALS(1.0, 2.0))),
              GET("b", .initializer = vs_constant_initializer(VS_REALS(1.0, 3.0))));
    GET_TWICE(GET("c", .regularizer = vs_l2_regularizer(0.1)), GET("c", .regularizer = vs_l2_regularizer(0.2)));
    GET_TWICE(GET("d", .collections = VS_KEYS("x")), GET("d", .collections = VS_KEYS("x", "y")));
    GET_TWICE(GET("e", .trainable = VS_FALSE), GET("e", .trainable = VS_TRUE));
    GET_TWICE(GET("f", .caching_device = "/cpu:0"), GET("f", .caching_device = "/cpu:1"));
    GET_TWICE(GET("g", .use_resource = VS_TRUE), GET("g", .use_resource = VS_FALSE));
    GET_TWICE(VS_WITH_DEVICE("/gpu:0") GET("h", .dtype = VS_DTYPE_NONE),
              VS_WITH_DEVICE("/gpu:1") GET("h", .dtype = VS_DTYPE_NONE));
    vs_tensor waits[] = {vs_operation_as_tensor(vs_no_op("w0")), vs_operation_as_tensor(vs_no_op("w1"))};
    GET_TWICE(VS_WITH_CONTROL_DEPENDENCIES(waits[0]) GET("hc", .regularizer = vs_l2_regularizer(0.1)), /* the loss waits */
              VS_WITH_CONTROL_DEPENDENCIES(waits[1]) GET("hc", .regularizer = vs_l2_regularizer(0.1)));
    GET_TWICE(VS_WITH_COLOCATE(value) GET("i", .dtype = VS_DTYPE_NONE), GET("i", .dtype = VS_DTYPE_NONE));
    GET_TWICE(GET("j", .synchronization = VS_SYNCHRONIZATION_ON_WRITE), GET("j", .synchronization = VS_SYNCHRONIZATION_AUTO));
    GET_TWICE(GET("k", .aggregation = VS_AGGREGATION_SUM), GET("k", .aggregation = VS_AGGREGATION_MEAN));
    GET_TWICE(GET("l", .validate_shape = VS_FALSE), GET("l", .validate_shape = VS_DEFAULT));
    GET_TWICE(GET("m", .constraint = {keep_as_it_is, &user[0]}),
              GET("m", .constraint = {keep_as_it_is, &user[1]}));
    GET_TWICE(GET("n", .dtype = VS_DTYPE_NONE), vs_get_variable("n", .reuse = VS_AUTO_REUSE));
    GET_TWICE(vs_get_variable("o", .reuse = VS_AUTO_REUSE, .initializer = vs_value_initializer(value)),
              vs_get_variable("o", .reuse = VS_AUTO_REUSE, .initializer = vs_value_initializer(vs_ones(VS_SHAPE(2)))));
    GET_TWICE(VS_WITH_VARIABLE_SCOPE("s", .initializer = vs_ones_initializer()) GET("p", .dtype = VS_DTYPE_NONE),
              VS_WITH_VARIABLE_SCOPE("s", .initializer = vs_zeros_initializer()) GET("p", .dtype = VS_DTYPE_NONE));
    assert_ok();
    assert_text(conflicts(), "setting a initializer; setting b initializer; setting c regularizer; setting d collections; "
                "setting e trainable; setting f caching_device; setting g use_resource; setting h device; "
                "setting hc control_dependencies; setting i colocation; setting j synchronization; setting k aggregation; setting l validate_shape; "
                "setting m constraint; setting n shape; setting o initializer; setting s/p initializer");
    cr_assert(vs_graph_num_fork_conflicts(graph) == 17);
}

ForkTest(finds_nothing_where_all_ask_alike)
{
    for (int i = 0; i < 2; i++)
        GET_TWICE(GET("a", .initializer = vs_constant_initializer(VS_REALS(1.0, 2.0)), .collections = VS_KEYS("x", "y")),
                  GET("a", .initializer = vs_constant_initializer(VS_REALS(1.0, 2.0)), .collections = VS_KEYS("x", "y")));
    GET_TWICE(GET("b", .regularizer = vs_no_regularizer()), GET("b", .dtype = VS_FLOAT32));
    vs_tensor waits = vs_operation_as_tensor(vs_no_op("w"));
    GET_TWICE(VS_WITH_CONTROL_DEPENDENCIES(waits) GET("bc", .dtype = VS_FLOAT32), GET("bc", .dtype = VS_FLOAT32));
    VS_WITH_CONTROL_DEPENDENCIES(waits)
        GET_TWICE(GET("bd", .regularizer = vs_l2_regularizer(0.1)), GET("bd", .regularizer = vs_l2_regularizer(0.1)));
    GET_TWICE(GET("c", .caching_device = "/cpu:0"), GET("c", .caching_device = "/cpu:0"));
    GET_TWICE(GET("d", .partitioner = vs_fixed_size_partitioner(2)), GET("d", .partitioner = vs_fixed_size_partitioner(2)));
    assert_text(conflicts(), "");
}

ForkTest(minds_only_those_who_might_have_been_first)
{
    GET("before", .initializer = vs_ones_initializer());
    vs_capture **workers = vs_fork(2, "t");
    VS_WITH_CAPTURE(workers[0]) {
        GET("own", .initializer = vs_zeros_initializer());
        GET("own", .initializer = vs_ones_initializer());
        GET("before", .initializer = vs_zeros_initializer());
        vs_capture **inner = vs_fork(1, "t");
        VS_WITH_CAPTURE(inner[0])
            GET("own", .initializer = vs_ones_initializer());
        vs_captures_release(inner);
        GET("own", .initializer = vs_constant_initializer(vs_int(3)));
    }
    vs_captures_release(workers);
    GET("own", .initializer = vs_ones_initializer()); /* the workers have ended */
    GET("later", .initializer = vs_ones_initializer());
    workers = vs_fork(2, "t");
    VS_WITH_CAPTURE(workers[0]) {
        GET("own", .initializer = vs_ones_initializer());
        GET("later", .initializer = vs_zeros_initializer());
    }
    assert_text(conflicts(), "");
    GET("parents", .initializer = vs_ones_initializer()); /* they have not */
    VS_WITH_CAPTURE(workers[1]) {
        GET("parents", .initializer = vs_zeros_initializer());
        GET("theirs", .initializer = vs_zeros_initializer());
    }
    GET("theirs", .initializer = vs_ones_initializer());
    vs_captures_release(workers);
    assert_ok();
    assert_text(conflicts(), "setting parents initializer; setting theirs initializer");
}

ForkTest(finds_reuse_that_depends_on_who_comes_first)
{
    vs_error error;
    GET_TWICE(vs_get_variable("a", .shape = VS_SHAPE(2)), VS_TRY(&error) vs_get_variable("a", .shape = VS_SHAPE(2)));
    cr_assert(error.code == VS_ALREADY_EXISTS);
    GET_TWICE(VS_TRY(&error) vs_get_variable("b", .reuse = VS_REUSE_TRUE), GET("b", .dtype = VS_FLOAT32));
    cr_assert(error.code == VS_NOT_FOUND);
    GET_TWICE(VS_TRY(&error) GET("c", .strict = true), vs_get_variable("c", .shape = VS_SHAPE(2)));
    cr_assert(error.code == VS_NOT_FOUND);
    GET_TWICE(VS_TRY(&error) GET("d", .strict = true), (void)0); /* nobody makes it */
    GET_TWICE(GET("e", .dtype = VS_FLOAT32), VS_TRY(&error) GET("e", .dtype = VS_FLOAT64));
    cr_assert(error.code == VS_INCOMPATIBLE);
    GET_TWICE(GET("f", .dtype = VS_FLOAT32), VS_TRY(&error) GET("f", .partitioner = vs_fixed_size_partitioner(2)));
    cr_assert(error.code == VS_INCOMPATIBLE);
    GET_TWICE(GET("g", .partitioner = vs_fixed_size_partitioner(2)),
              vs_get_variable("g/part_0", .reuse = VS_AUTO_REUSE, .shape = VS_SHAPE(1)));
    assert_text(conflicts(), "reuse a off; reuse b true; reuse c auto, strictly; setting e dtype; setting f partitioner; "
                "setting g/part_0 partitioner");
}

ForkTest(finds_such_reuse_in_either_order)
{
    vs_error error;
    GET_TWICE(vs_get_variable("a", .shape = VS_SHAPE(2)), GET("a", .dtype = VS_FLOAT32));
    GET_TWICE(GET("b", .dtype = VS_FLOAT32), vs_get_variable("b", .reuse = VS_REUSE_TRUE));
    GET_TWICE(GET("c", .dtype = VS_FLOAT32), GET("c", .strict = true));
    GET_TWICE(GET("d", .partitioner = vs_fixed_size_partitioner(2)),
              vs_get_variable("d", .reuse = VS_REUSE_TRUE, .shape = VS_SHAPE(2), .partitioner = vs_fixed_size_partitioner(2)));
    GET_TWICE(GET("e", .dtype = VS_FLOAT32), GET("e", .dtype = VS_FLOAT32));
    GET_TWICE(GET("f", .dtype = VS_FLOAT32), VS_TRY(&error) vs_get_variable("f", .shape = VS_SHAPE(2)));
    cr_assert(error.code == VS_ALREADY_EXISTS);
    assert_text(conflicts(), "reuse a off; reuse b true; reuse c auto, strictly; reuse d true; reuse f off");
}

ForkTest(compares_workers_of_forks_that_overlap)
{
    vs_capture **first = vs_fork(2, "t"), **second = vs_fork(1, "t");
    VS_WITH_CAPTURE(first[0]) {
        GET("overlapping", .initializer = vs_ones_initializer());
        GET("over", .initializer = vs_ones_initializer());
    }
    vs_captures_release(first); /* after the second fork */
    VS_WITH_CAPTURE(second[0])
        GET("overlapping", .initializer = vs_zeros_initializer());
    vs_captures_release(second);
    vs_capture **third = vs_fork(1, "t");
    VS_WITH_CAPTURE(third[0])
        GET("over", .initializer = vs_zeros_initializer());
    vs_captures_release(third);
    assert_ok();
    assert_text(conflicts(), "setting overlapping initializer");
}

/* Build a node in each of two workers. */
#define BUILD_TWICE(name, first_op, second_op)                                                               \
    do {                                                                                                     \
        vs_capture **workers_ = vs_fork(2, name);                                                            \
        vs_frame frame_ = vs_enter_capture(workers_[0], NULL);                                               \
        first_op;                                                                                            \
        vs_leave(frame_);                                                                                    \
        frame_ = vs_enter_capture(workers_[1], NULL);                                                        \
        second_op;                                                                                           \
        vs_leave(frame_);                                                                                    \
        vs_captures_release(workers_);                                                                       \
    } while (0)

ForkTest(finds_names_that_workers_take_side_by_side)
{
    BUILD_TWICE(NULL, vs_no_op("a"), vs_no_op("a"));
    BUILD_TWICE(NULL, vs_no_op("b"), vs_no_op("B"));
    BUILD_TWICE(NULL, VS_WITH_NAME_SCOPE("c") vs_no_op("x"), VS_WITH_NAME_SCOPE("c") vs_no_op("y"));
    BUILD_TWICE(NULL, (vs_no_op("d"), vs_no_op("d")), vs_no_op("d_1"));
    BUILD_TWICE(NULL, vs_no_op("e_1"), (vs_no_op("e"), vs_no_op("e")));
    BUILD_TWICE("t", vs_no_op("x"), VS_WITH_NAME_SCOPE("t/") vs_no_op("y")); /* the scope of the other */
    BUILD_TWICE("u", vs_no_op("x"), VS_WITH_NAME_SCOPE("") vs_no_op("x"));
    BUILD_TWICE("u", VS_WITH_NAME_SCOPE("") vs_no_op("z"), vs_get_variable("z", .shape = VS_SHAPE(1)));
    assert_ok();
    assert_text(conflicts(), "name B; name a; name c; name d_1; name e; name t/y; name z");
}

ForkTest(minds_only_names_whose_order_is_not_known)
{
    vs_no_op("a");
    BUILD_TWICE("t", (vs_no_op("a"), vs_no_op("a")), (vs_no_op("a"), vs_no_op("a_1")));
    BUILD_TWICE(NULL, vs_no_op("a"), vs_no_op("b"));
    BUILD_TWICE(NULL, vs_no_op("c"), vs_no_op("a")); /* the workers of the first fork have ended */
    vs_no_op("b");
    BUILD_TWICE("w", vs_get_variable("t/v", .shape = VS_SHAPE(1)), VS_WITH_NAME_SCOPE("w_1/") vs_no_op("v"));
    vs_capture **workers = vs_fork(2, NULL);
    VS_WITH_CAPTURE(workers[0]) {
        vs_no_op("d");
        vs_capture **inner = vs_fork(2, "i");
        build_in(inner, "d");
        vs_captures_release(inner);
        vs_no_op("d");
    }
    vs_no_op("e");
    VS_WITH_CAPTURE(workers[1])
        vs_no_op("f");
    vs_captures_release(workers);
    for (int i = 0; i < 3; i++) {
        vs_no_op("d");
        vs_no_op("f");
    }
    assert_text(conflicts(), "");
}

ForkTest(finds_names_of_a_parent_that_does_not_wait)
{
    vs_capture **workers = vs_fork(1, NULL);
    vs_no_op("a");
    VS_WITH_CAPTURE(workers[0]) {
        vs_no_op("a");
        vs_no_op("b");
        vs_capture **inner = vs_fork(1, NULL);
        VS_WITH_CAPTURE(inner[0])
            vs_no_op("c");
        vs_no_op("c");
        vs_captures_release(inner);
    }
    vs_no_op("b");
    vs_captures_release(workers);
    assert_text(conflicts(), "name a; name b; name c");
}

static bool stop(const vs_fork_conflict *conflict, void *user)
{
    vs_fork_conflict_format(conflict, user, 1024);
    return false;
}

ForkTest(says_of_a_conflict_what_it_is_and_where)
{
    char text[1024];
    const vs_get_variable_args args = {.call = {sizeof args, 7, "fork_test.c", "f"}, .name = "a", .reuse = VS_AUTO_REUSE,
                                       .shape = VS_SHAPE(2)};
    GET_TWICE(GET("a", .trainable = VS_FALSE), vs_get_variable_with(&args));
    cr_assert(!vs_graph_walk_fork_conflicts(graph, stop, text));
    assert_text(text, "fork_test.c:7: variable a: forked workers ask for it with another trainable each, and the first one makes it: let "
                "all ask for the same, or make it before the fork");
    const vs_fork_conflict reuse = {.kind = VS_CONFLICT_REUSE, .name = "a", .setting = "off"};
    vs_fork_conflict_format(&reuse, text, sizeof text);
    assert_text(text, "an unknown place: variable a: a forked worker asks for it with reuse off while another may make it: let all set reuse "
                "to auto, or make it before the fork");
    assert_text(vs_fork_conflict_kind_name((vs_fork_conflict_kind)9), "unknown");
}

ForkTest(without_memory_leaves_nothing_behind)
{
    vs_tensor a = vs_operation_as_tensor(vs_no_op("a"));
    for (int nth = 1, failed = 1; failed; nth++) {
        VS_WITH_CONTROL_DEPENDENCIES(a) {
            fail_allocation(nth, false);
            vs_capture **workers = vs_fork(3, "tower_with_a_name_that_is_not_short_%d");
            failed = !workers;
            for (int i = 0; workers && workers[i] && !failed; i++)
                VS_WITH_CAPTURE(workers[i])
                    VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
                        vs_no_op("x");
            failed |= vs_pending() != VS_OK;
            fail_allocation(0, false);
            if (failed)
                assert_fails(VS_RESOURCE_EXHAUSTED);
            vs_captures_release(workers);
        }
    }
}
