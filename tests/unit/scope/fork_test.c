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
