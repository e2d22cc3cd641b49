/* Captures: a snapshot of a context, entered exactly. */
#include "fixture.h"

TestSuite(capture, .timeout = 60);

#define CaptureTest(name) ScopeTest(capture, name)

/* A context of its own to enter a capture in, as a worker's is. */
static vs_context *worker;

static void become_worker(void)
{
    worker = vs_context_new();
    vs_context_make_current(worker);
}

static void become_parent(void)
{
    vs_context_make_current(context);
    vs_context_free(worker);
}

static vs_reuse reuse_here(void)
{
    return vs_variable_scope_reuse(vs_get_variable_scope());
}

static vs_tensor op_here(const char *name)
{
    return vs_operation_as_tensor(vs_no_op(name));
}

CaptureTest(restores_everything_on_another_context)
{
    vs_capture *capture = NULL;
    vs_tensor a = op_here("a"), b = op_here("b");
    VS_WITH_NAME_SCOPE("n")
        VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_AUTO_REUSE, .dtype = VS_FLOAT64)
            VS_WITH_DEVICE("/gpu:1")
                VS_WITH_CONTROL_DEPENDENCIES(a)
                    VS_WITH_COLOCATE(b)
                        VS_WITH_DEVICE("/cpu:0")
                            capture = vs_capture_here();
    become_worker();
    VS_WITH_CAPTURE(capture) {
        cr_assert(vs_current_graph() == graph);
        assert_text(op_name("c"), "n/s/c");
        assert_text(vs_variable_scope_name(vs_get_variable_scope()), "s");
        assert_text(vs_variable_scope_original_name_scope(vs_get_variable_scope()), "n/s/");
        cr_assert(reuse_here() == VS_AUTO_REUSE);
        cr_assert(vs_variable_dtype(small_variable("v")) == (vs_dtype)(VS_FLOAT64 + VS_DTYPE_REF));
    }
    cr_assert_null(vs_current_graph());
    assert_ok();
    become_parent();
    assert_text(device_of("n/s/c"), "/device:CPU:0");
    assert_text(controls_of("n/s/c"), "^a");
    assert_text(class_of("n/s/c"), "loc:@b");
    vs_capture_release(capture);
}

CaptureTest(enters_the_very_name_scope_each_time)
{
    vs_capture *capture = NULL;
    VS_WITH_NAME_SCOPE("n")
        capture = vs_capture_here();
    for (int i = 0; i < 2; i++)
        VS_WITH_CAPTURE(capture)
            assert_text(op_name("c"), i ? "n/c_1" : "n/c");
    VS_WITH_NAME_SCOPE("m")
        VS_WITH_CAPTURE(capture)
            assert_text(op_name("d"), "n/d");
    vs_capture_release(capture);
}

CaptureTest(replaces_what_is_open_and_gives_it_back)
{
    vs_capture *capture = vs_capture_here();
    vs_tensor a = op_here("a");
    VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_REUSE_TRUE)
        VS_WITH_DEVICE("/gpu:1")
            VS_WITH_CONTROL_DEPENDENCIES(a)
                VS_WITH_COLOCATE(a) {
                    VS_WITH_CAPTURE(capture) {
                        op_name("free");
                        cr_assert(reuse_here() == VS_REUSE_FALSE);
                    }
                    op_name("inside");
                    cr_assert(reuse_here() == VS_REUSE_TRUE);
                }
    assert_text(device_of("free"), "");
    assert_text(controls_of("free"), "");
    assert_text(class_of("free"), "");
    assert_text(controls_of("s/inside"), "^a");
    assert_text(class_of("s/inside"), "loc:@a");
    vs_capture_release(capture);
}

CaptureTest(knows_settings_as_they_were)
{
    vs_capture *capture = NULL;
    vs_variable_scope *s = NULL;
    VS_WITH_VARIABLE_SCOPE("s", .as = &s)
        capture = vs_capture_here();
    vs_variable_scope_reuse_variables(s);
    VS_WITH_CAPTURE(capture)
        cr_assert(reuse_here() == VS_REUSE_FALSE);
    vs_capture_release(capture);
}

CaptureTest(at_the_root_knows_the_root_as_it_was)
{
    vs_capture *before = vs_capture_here();
    vs_variable_scope_reuse_variables(vs_get_variable_scope());
    vs_capture *after = vs_capture_here();
    VS_WITH_CAPTURE(before)
        cr_assert(reuse_here() == VS_REUSE_FALSE);
    become_worker();
    VS_WITH_CAPTURE(after)
        cr_assert(reuse_here() == VS_REUSE_TRUE);
    VS_WITH_GRAPH(graph)
        cr_assert(reuse_here() == VS_REUSE_FALSE, "a context's own root");
    become_parent();
    vs_capture_release(before);
    vs_capture_release(after);
}

CaptureTest(keeps_setters_inside_to_the_one_who_calls_them)
{
    vs_capture *capture = NULL;
    VS_WITH_VARIABLE_SCOPE("s") {
        capture = vs_capture_here();
        VS_WITH_CAPTURE(capture) {
            vs_variable_scope_reuse_variables(vs_get_variable_scope());
            cr_assert(reuse_here() == VS_REUSE_TRUE);
        }
        VS_WITH_CAPTURE(capture)
            cr_assert(reuse_here() == VS_REUSE_FALSE);
        cr_assert(reuse_here() == VS_REUSE_FALSE);
    }
    vs_capture_release(capture);
}

CaptureTest(lets_nodes_inside_wait_and_be_waited_for)
{
    vs_capture *capture = NULL;
    vs_tensor a = op_here("a"), x = {.kind = 0};
    VS_WITH_CONTROL_DEPENDENCIES(a) {
        x = vs_constant(vs_real(1.0), .name = "x");
        capture = vs_capture_here();
    }
    VS_WITH_CAPTURE(capture) {
        vs_tensor y = vs_constant(vs_real(1.0), .name = "y");
        vs_identity(y, .name = "after_y"); /* y has waited */
        vs_identity(x, .name = "after_x"); /* and so has x, which the parent made in the block */
    }
    assert_text(controls_of("y"), "^a");
    assert_text(controls_of("after_y"), "");
    assert_text(controls_of("after_x"), "");
    vs_capture_release(capture);
}

CaptureTest(opens_a_fresh_name_scope_where_one_is_asked_for)
{
    vs_capture *capture = NULL;
    VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE)
        capture = vs_capture_here();
    for (int i = 0; i < 2; i++)
        VS_WITH_CAPTURE(capture, .name_scope = "job") {
            op_name("c");
            assert_text(vs_variable_scope_name(vs_get_variable_scope()), "net");
        }
    VS_WITH_CAPTURE(capture)
        op_name("c");
    VS_WITH_CAPTURE(capture, .name_scope = "")
        op_name("c");
    assert_nodes("net/job/c net/job_1/c net/c c");
    VS_WITH_CAPTURE(capture, .name_scope = "no name")
        cr_assert_fail("a scope that cannot be is entered");
    assert_fails(VS_INVALID_ARGUMENT);
    VS_WITH_CAPTURE(NULL)
        cr_assert_fail("no capture is entered");
    assert_fails(VS_INVALID_ARGUMENT);
    assert_text(vs_current_name_scope(), "");
    vs_capture_release(capture);
}

CaptureTest(may_be_released_while_it_is_entered)
{
    vs_capture *capture = NULL;
    VS_WITH_NAME_SCOPE("n")
        capture = vs_capture_here();
    VS_WITH_CAPTURE(capture) {
        vs_capture_release(capture);
        op_name("c");
    }
    assert_nodes("n/c");
}

CaptureTest(may_be_entered_inside_itself)
{
    vs_capture *capture = NULL;
    vs_tensor a = op_here("a");
    VS_WITH_NAME_SCOPE("n")
        VS_WITH_CONTROL_DEPENDENCIES(a)
            capture = vs_capture_here();
    VS_WITH_CAPTURE(capture)
        VS_WITH_NAME_SCOPE("inner")
            VS_WITH_CAPTURE(capture) {
                op_name("c");
                vs_capture *again = vs_capture_here();
                VS_WITH_CAPTURE(again)
                    op_name("d");
                vs_capture_release(again);
            }
    assert_text(controls_of("n/c"), "^a");
    assert_text(controls_of("n/d"), "^a");
    vs_capture_release(capture);
}

CaptureTest(counts_default_names_for_the_context_that_enters)
{
    vs_capture *capture = NULL;
    VS_WITH_VARIABLE_SCOPE("s") {
        VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
            ;
        capture = vs_capture_here();
    }
    become_worker();
    for (int i = 0; i < 2; i++)
        VS_WITH_CAPTURE(capture)
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
                assert_text(vs_variable_scope_name(vs_get_variable_scope()), i ? "s/d_1" : "s/d");
    become_parent();
    vs_capture_release(capture);
}

Test(capture, keeps_its_graph_until_the_last_count, .timeout = 60)
{
    open_graph();
    vs_capture *capture = NULL;
    VS_WITH_NAME_SCOPE("n")
        capture = vs_capture_here();
    cr_assert(vs_capture_hold(capture) == capture);
    vs_leave(graph_frame);
    vs_graph_release(graph);
    vs_capture_release(capture);
    VS_WITH_CAPTURE(capture)
        assert_text(op_name("c"), "n/c");
    size_t before = counted.bytes;
    vs_capture_release(capture);
    cr_assert(counted.bytes < before);
    vs_context_make_current(NULL);
    vs_context_free(context);
    assert_all_given_back();
}

CaptureTest(released_inside_itself_is_left_safely)
{
    vs_graph *own = vs_graph_new();
    vs_capture *capture = NULL;
    VS_WITH_GRAPH(own)
        VS_WITH_NAME_SCOPE("n")
            capture = vs_capture_here();
    vs_graph_release(own);
    VS_WITH_CAPTURE(capture) {
        vs_capture_release(capture);
        assert_text(op_name("c"), "n/c");
    }
    cr_assert(vs_current_graph() == graph);
}

CaptureTest(of_nothing_is_an_error)
{
    vs_capture_release(NULL);
    VS_WITH_CAPTURE(NULL)
        cr_assert(false);
    assert_fails(VS_INVALID_ARGUMENT);
    become_worker();
    cr_assert_null(vs_capture_here());
    assert_fails(VS_FAILED_PRECONDITION);
    become_parent();
}

CaptureTest(is_neither_taken_nor_entered_while_an_error_is_pending)
{
    vs_capture *capture = vs_capture_here();
    vs_raise(VS_CANCELLED, "stop");
    cr_assert_null(vs_capture_here());
    VS_WITH_CAPTURE(capture)
        cr_assert(false);
    assert_fails(VS_CANCELLED);
    vs_capture_release(capture);
}

CaptureTest(entered_and_left_often_takes_no_more_memory)
{
    vs_tensor a = op_here("a");
    vs_capture *capture = NULL;
    size_t before = 0;
    VS_WITH_CONTROL_DEPENDENCIES(a)
        VS_WITH_VARIABLE_SCOPE("s", .dtype = VS_INT32)
            capture = vs_capture_here();
    for (int i = 0; i < 100000; i++) {
        VS_WITH_CAPTURE(capture)
            VS_WITH_CAPTURE(capture)
                ;
        before = i == 10 ? counted.bytes : before;
    }
    cr_assert(counted.bytes == before);
    vs_capture_release(capture);
}
