/* Contexts: errors, frames, and contexts made by hand. */
#include "context.h"

#include <pthread.h>

#include "fixture.h"

TestSuite(context, .timeout = 60);

#define ContextTest(name) ScopeTest(context, name)

/* ---- errors ---- */

ContextTest(keeps_the_first_error_until_it_is_taken)
{
    vs_error error;
    cr_assert(vs_pending() == VS_OK && !vs_error_take(&error) && error.code == VS_OK);
    vs_raise(VS_NOT_FOUND, "first %d", 1);
    vs_raise(VS_ABORTED, "second");
    cr_assert(vs_pending() == VS_NOT_FOUND);
    cr_assert(vs_error_take(&error) && error.code == VS_NOT_FOUND);
    assert_text(error.message, "first 1");
    cr_assert(vs_pending() == VS_OK && !vs_error_take(NULL));
}

ContextTest(gives_a_zeroed_error_when_there_is_none)
{
    vs_error error;
    memset(&error, 0x55, sizeof error);
    cr_assert(!vs_error_take(&error));
    cr_assert(error.code == VS_OK && !error.message[0] && !error.site.file && !error.first.file && !error.site.line);
}

ContextTest(takes_over_the_error_of_another_context)
{
    vs_error error;
    vs_context *other = vs_context_new();
    vs_context_make_current(other);
    vs_get_variable("v");
    cr_assert(vs_error_take(&error));
    vs_context_make_current(context);
    vs_error_raise(&error);
    vs_context_free(other);
    assert_fails(VS_FAILED_PRECONDITION);
    vs_error_raise(&(vs_error){.code = VS_OK});
    assert_ok();
}

ContextTest(calls_a_raised_ok_unknown)
{
    vs_raise(VS_OK, "what is this");
    assert_fails_saying(VS_UNKNOWN, "what is this");
}

ContextTest(has_its_own_error)
{
    vs_context *other = vs_context_new();
    vs_raise(VS_CANCELLED, "mine");
    vs_context_make_current(other);
    cr_assert(vs_pending() == VS_OK);
    vs_context_make_current(context);
    vs_context_free(other);
    assert_fails(VS_CANCELLED);
}

ContextTest(notes_the_call_that_failed)
{
    const int line = __LINE__ + 1;
    vs_get_variable("v", .reuse = VS_REUSE_TRUE);
    vs_error error;
    cr_assert(vs_error_take(&error) && error.site.line == line);
    assert_text(error.site.file, __FILE__);
    assert_text(error.site.function, __func__);
}

ContextTest(counts_the_frames_that_are_open)
{
    const size_t outside = vs_context_depth();
    VS_WITH_NAME_SCOPE("a")
        VS_WITH_VARIABLE_SCOPE("b") {
            cr_assert(vs_context_depth() == outside + 2);
            vs_context_make_current(NULL);
            cr_assert(vs_context_depth() == 0);
            vs_context_make_current(context);
            VS_TRY(NULL)
                cr_assert(vs_context_depth() == outside + 2);
        }
    cr_assert(vs_context_depth() == outside);
}

/* ---- VS_TRY ---- */

ContextTest(tries_and_takes_the_error_of_the_block)
{
    vs_error outer, inner;
    bool went_on = false;
    VS_TRY(&outer) {
        VS_TRY(&inner)
            vs_raise(VS_NOT_FOUND, "inner");
        went_on = true;
        vs_raise(VS_ABORTED, "outer");
    }
    cr_assert(went_on && inner.code == VS_NOT_FOUND && outer.code == VS_ABORTED);
}

ContextTest(tries_nothing_while_an_error_is_pending)
{
    vs_error error;
    memset(&error, 0x55, sizeof error);
    vs_raise(VS_NOT_FOUND, "before");
    VS_TRY(&error)
        cr_assert(false, "the statement must be skipped");
    cr_assert(error.code == VS_OK && !error.message[0]);
    assert_fails(VS_NOT_FOUND);
}

static int leave_a_try(vs_error *error)
{
    VS_TRY(error)
        VS_WITH_NAME_SCOPE("a") {
            vs_raise(VS_CANCELLED, "left");
            return 1;
        }
    return 0;
}

ContextTest(tries_also_what_is_left_by_return)
{
    vs_error error;
    cr_assert(leave_a_try(&error) == 1 && error.code == VS_CANCELLED);
    assert_text(vs_current_name_scope(), "");
}

/* ---- without a graph ---- */

/* One call of each kind. */
static void call_everything(int which)
{
    vs_items items;
    vs_tensor value = vs_real(1.0);
    switch (which) {
    case 0: cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(1))); break;
    case 1: cr_assert_null(vs_get_local_variable("v", .shape = VS_SHAPE(1))); break;
    case 2: cr_assert_null(vs_new_variable(vs_value_initializer(vs_real(1)))); break;
    case 3: cr_assert_null(vs_get_variable_scope()); break;
    case 4: cr_assert_null(vs_current_name_scope()); break;
    case 5: cr_assert_null(vs_capture_here()); break;
    case 6: cr_assert_null(vs_no_op("c")); break;
    case 7: cr_assert(vs_tensor_is_null(vs_constant(vs_real(1.0)))); break;
    case 8: cr_assert(!vs_enter_name_scope_with(&(vs_name_scope_args){.name = "a"}).context); break;
    case 9: cr_assert(!vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = "a"}).context); break;
    case 10: cr_assert(!vs_enter_device("/cpu:0", NULL).context); break;
    case 11: cr_assert(!vs_enter_control_dependencies(NULL, 0, NULL).context); break;
    case 12: cr_assert(!vs_enter_colocate_with(value, NULL).context); break;
    case 13: assert_status(vs_add_string_to_collection("k", "v"), VS_FAILED_PRECONDITION); break;
    case 14: assert_status(vs_get_collection("k", NULL, &items), VS_FAILED_PRECONDITION); break;
    case 15: assert_status(vs_set_random_seed(1), VS_FAILED_PRECONDITION); break;
    case 16: assert_status(vs_set_resource_variables(true), VS_FAILED_PRECONDITION); break;
    case 17: cr_assert_null(vs_global_variables_initializer()); break;
    case 18: assert_status(vs_trainable_variables(NULL, &items), VS_FAILED_PRECONDITION); break;
    default: cr_assert(vs_tensor_is_null(vs_random_normal(VS_INTS(1)))); break;
    }
}

ContextTest(without_a_graph_says_so_whatever_is_called)
{
    vs_context *other = vs_context_new();
    vs_context_make_current(other);
    cr_assert_null(vs_current_graph());
    for (int which = 0; which < 20; which++) {
        call_everything(which);
        assert_fails_saying(VS_FAILED_PRECONDITION, "graph");
    }
    vs_context_make_current(context);
    vs_context_free(other);
}

/* ---- frames ---- */

static vs_frame name_scope(const char *name)
{
    return vs_enter_name_scope_with(&(vs_name_scope_args){.name = name});
}

ContextTest(left_in_the_wrong_order_stays_as_it_was)
{
    vs_frame a = name_scope("a"), b = name_scope("b");
    assert_status(vs_leave(a), VS_INVALID_ARGUMENT);
    assert_fails_saying(VS_INVALID_ARGUMENT, "order");
    assert_text(vs_current_name_scope(), "a/b/");
    assert_status(vs_leave(b), VS_OK);
    assert_text(vs_current_name_scope(), "a/");
    assert_status(vs_leave(a), VS_OK);
    assert_status(vs_leave(a), VS_INVALID_ARGUMENT);
    assert_fails(VS_INVALID_ARGUMENT);
    assert_text(vs_current_name_scope(), "");
}

ContextTest(left_in_the_wrong_order_keeps_every_kind_of_scope)
{
    vs_tensor a = vs_operation_as_tensor(vs_no_op("a"));
    vs_frame frames[6];
    frames[0] = vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = "s", .reuse = VS_AUTO_REUSE});
    frames[1] = vs_enter_device("/gpu:1", NULL);
    frames[2] = vs_enter_control_dependencies(&a, 1, NULL);
    frames[3] = vs_enter_colocate_with(a, NULL);
    frames[4] = vs_enter_graph(graph, NULL);
    frames[5] = name_scope("n");
    for (int i = 0; i < 5; i++) {
        assert_status(vs_leave(frames[i]), VS_INVALID_ARGUMENT);
        assert_fails(VS_INVALID_ARGUMENT);
    }
    op_name("c");
    assert_text(controls_of("s/n/c"), "^a");
    assert_text(class_of("s/n/c"), "loc:@a");
    cr_assert(vs_variable_scope_reuse(vs_get_variable_scope()) == VS_AUTO_REUSE);
    for (int i = 6; i--;)
        assert_status(vs_leave(frames[i]), VS_OK);
    assert_text(vs_current_name_scope(), "");
}

ContextTest(leaves_a_frame_that_was_not_entered_without_a_word)
{
    vs_raise(VS_CANCELLED, "stop");
    vs_frame frame = name_scope("a");
    cr_assert_null(frame.context);
    assert_status(vs_leave(frame), VS_OK);
    assert_fails(VS_CANCELLED);
}

ContextTest(is_left_by_its_own_frames_only)
{
    vs_context *other = vs_context_new();
    vs_frame frame = name_scope("a");
    vs_context_make_current(other);
    assert_status(vs_leave(frame), VS_INVALID_ARGUMENT);
    assert_fails_saying(VS_INVALID_ARGUMENT, "another context");
    vs_context_make_current(context);
    assert_text(vs_current_name_scope(), "a/");
    assert_status(vs_leave(frame), VS_OK);
    vs_context_free(other);
}

static void *leave_elsewhere(void *frame)
{
    vs_error error = {.code = VS_OK};
    vs_status status = vs_leave(*(vs_frame *)frame);
    vs_error_take(&error);
    return status == VS_INVALID_ARGUMENT && error.code == VS_INVALID_ARGUMENT ? frame : NULL;
}

ContextTest(is_left_by_its_own_thread_only)
{
    pthread_t thread;
    void *refused;
    vs_frame frame = name_scope("a");
    pthread_create(&thread, NULL, leave_elsewhere, &frame);
    pthread_join(thread, &refused);
    cr_assert(refused == &frame);
    assert_text(vs_current_name_scope(), "a/");
    assert_status(vs_leave(frame), VS_OK);
}

/* ---- graphs ---- */

ContextTest(enters_no_null_graph)
{
    VS_WITH_GRAPH(NULL)
        cr_assert(false);
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert(vs_current_graph() == graph);
}

/* Asked of TensorFlow: within the same graph the scopes stay, another graph has its own. */
ContextTest(keeps_scopes_for_each_graph)
{
    vs_graph *other = vs_graph_new();
    VS_WITH_NAME_SCOPE("a")
        VS_WITH_VARIABLE_SCOPE("s") {
            VS_WITH_GRAPH(graph)
                assert_text(vs_current_name_scope(), "a/s/");
            VS_WITH_GRAPH(other) {
                assert_text(vs_current_name_scope(), "");
                assert_text(vs_variable_scope_name(vs_get_variable_scope()), "");
                VS_WITH_NAME_SCOPE("b")
                    VS_WITH_GRAPH(graph) {
                        assert_text(op_name("c"), "a/s/c");
                        assert_text(vs_variable_scope_name(vs_get_variable_scope()), "s");
                    }
            }
            cr_assert(vs_current_graph() == graph);
        }
    vs_graph_release(other);
}

ContextTest(finds_the_root_and_its_counters_when_a_graph_is_entered_again)
{
    vs_graph *other = vs_graph_new();
    static const char *const names[] = {"d", "d_1"};
    for (int i = 0; i < 2; i++)
        VS_WITH_GRAPH(other) {
            assert_text(vs_current_name_scope(), "");
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
                assert_text(vs_variable_scope_name(vs_get_variable_scope()), names[i]);
        }
    vs_graph_release(other);
}

/* ---- contexts by hand ---- */

ContextTest(made_by_hand_is_current_until_another_is)
{
    vs_context *a = vs_context_new(), *b = vs_context_new();
    cr_assert(vs_context_make_current(a) == context);
    cr_assert(vs_context_make_current(b) == a);
    cr_assert(vs_context_make_current(NULL) == b);
    cr_assert_null(vs_context_make_current(context));
    vs_context_free(a);
    vs_context_free(b);
    vs_context_free(NULL);
}

ContextTest(made_by_hand_keeps_its_scopes_while_it_is_not_current)
{
    vs_context *connection = vs_context_new();
    vs_context_make_current(connection);
    vs_frame in_graph = vs_enter_graph(graph, NULL), in_scope = name_scope("connection");
    vs_context_make_current(context);
    assert_text(vs_current_name_scope(), "");
    vs_context_make_current(connection);
    assert_text(op_name("c"), "connection/c");
    assert_status(vs_leave(in_scope), VS_OK);
    assert_status(vs_leave(in_graph), VS_OK);
    vs_context_make_current(context);
    vs_context_free(connection);
}

/* On a thread that ends, because a thread's own context lives as long as its thread. What is wrong, or NULL. */
static const char *(*to_run)(void);

static void *run_it(void *no)
{
    (void)no;
    return (void *)(uintptr_t)to_run();
}

static const char *on_a_thread(const char *(*function)(void))
{
    pthread_t thread;
    void *wrong;
    to_run = function;
    pthread_create(&thread, NULL, run_it, NULL);
    pthread_join(thread, &wrong);
    return wrong;
}

static const char *free_the_current_one(void)
{
    vs_context *own = vs_context_new();
    vs_context_make_current(own);
    vs_enter_graph(graph, NULL);
    vs_context_free(own);
    return vs_current_graph() ? "the graph is still entered" : NULL;
}

ContextTest(freed_while_it_is_current_gives_way_to_the_threads_own)
{
    const char *wrong = on_a_thread(free_the_current_one);
    cr_assert(!wrong, "%s", wrong);
}

ContextTest(freed_with_scopes_open_frees_all_in_them)
{
    size_t before = counted.blocks;
    vs_context *own = vs_context_new();
    vs_context_make_current(own);
    vs_graph *other = vs_graph_new();
    vs_enter_graph(other, NULL);
    vs_graph_release(other);
    vs_tensor a = vs_operation_as_tensor(vs_no_op("a"));
    vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = "s"});
    vs_enter_control_dependencies(&a, 1, NULL);
    vs_no_op("b");
    vs_capture *capture = vs_capture_here();
    vs_enter_capture(capture, NULL);
    vs_no_op("c");
    vs_capture_release(capture);
    vs_context_make_current(context);
    vs_context_free(own);
    cr_assert(counted.blocks == before, "%zu blocks more", counted.blocks - before);
}

/* ---- errors that nobody took ---- */

static vs_error unhandled;
static int n_unhandled;

static void note_unhandled(const vs_error *error, void *user)
{
    unhandled = *error;
    n_unhandled += *(int *)user;
}

ContextTest(freed_with_an_error_hands_it_to_the_hook_once)
{
    int one = 1;
    vs_set_unhandled_error_hook(note_unhandled, &one);
    vs_context *own = vs_context_new();
    vs_context_make_current(own);
    vs_raise(VS_DATA_LOSS, "forgotten");
    vs_context_make_current(context);
    vs_context_free(own);
    cr_assert(n_unhandled == 1 && unhandled.code == VS_DATA_LOSS);
    assert_text(unhandled.message, "forgotten");
    vs_context_free(vs_context_new());
    vs_set_unhandled_error_hook(NULL, NULL);
    cr_assert(n_unhandled == 1);
}

static void *end_with_everything_open(void *of)
{
    vs_enter_graph(of, NULL);
    vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = "s"});
    vs_raise(VS_CANCELLED, "the thread ends");
    return NULL;
}

ContextTest(of_a_thread_is_freed_with_it)
{
    int one = 1;
    pthread_t thread;
    vs_set_unhandled_error_hook(note_unhandled, &one);
    size_t before = 0;
    for (int i = 0; i < 3; i++) { /* the first thread's scopes are the graph's */
        pthread_create(&thread, NULL, end_with_everything_open, graph);
        pthread_join(thread, NULL);
        cr_assert(n_unhandled == i + 1 && unhandled.code == VS_CANCELLED);
        cr_assert(i < 2 || counted.blocks <= before + 1, "%zu blocks more", counted.blocks - before);
        before = counted.blocks;
    }
    vs_set_unhandled_error_hook(NULL, NULL);
}

/* ---- memory ---- */

static const char *try_without_memory(void)
{
    vs_error error;
    bool ran = false;
    fail_allocation(1, false);
    VS_TRY(&error)
        ran = true;
    vs_status pending = vs_pending();
    vs_error_take(NULL);
    return ran || pending == VS_RESOURCE_EXHAUSTED ? NULL : "it is skipped without a word";
}

ContextTest(without_memory_for_it_does_not_skip_a_try_silently)
{
    const char *wrong = on_a_thread(try_without_memory);
    cr_assert(!wrong, "%s", wrong);
}

static const char *begin_without_memory(void)
{
    vs_error error;
    bool ran = false;
    fail_allocation(1, true);
    VS_WITH_GRAPH(graph)
        ran = true;
    ran |= vs_get_variable("v", .shape = VS_SHAPE(1)) || vs_context_new();
    fail_allocation(0, false);
    if (ran)
        return "something came of nothing";
    if (!vs_error_take(&error) || error.code != VS_RESOURCE_EXHAUSTED)
        return "the error is lost";
    VS_WITH_GRAPH(graph)
        vs_no_op("c");
    return vs_pending() == VS_OK ? NULL : "it does not work later";
}

ContextTest(without_memory_for_it_says_so_and_works_later)
{
    const char *wrong = on_a_thread(begin_without_memory);
    cr_assert(!wrong, "%s", wrong);
    assert_node(graph, "c");
}

/* A call whose arguments are gone when it has returned. */
static __attribute__((noinline)) void call_from_elsewhere(void)
{
    vs_no_op("c");
}

ContextTest(without_memory_for_a_frame_says_which_call_failed)
{
    vs_error error;
    vs_capture *capture = vs_capture_here();
    const vs_call here = {0, 77, "file.c", "function"};
    call_from_elsewhere();
    fail_allocation(1, true);
    vs_frame frame = vs_enter_graph(graph, &here);
    cr_assert(vs_error_take(&error) && !frame.context);
    cr_assert(error.code == VS_RESOURCE_EXHAUSTED && error.site.line == 77);
    fail_allocation(0, false);
    call_from_elsewhere();
    fail_allocation(1, true);
    frame = vs_enter_capture(capture, &here);
    cr_assert(vs_error_take(&error) && !frame.context);
    fail_allocation(0, false);
    cr_assert(error.code == VS_RESOURCE_EXHAUSTED && error.site.line == 77);
    vs_capture_release(capture);
}

ContextTest(of_many_graphs_in_turn_takes_no_more_memory)
{
    size_t before = 0;
    for (int i = 0; i < 5000; i++) {
        vs_graph *one = vs_graph_new();
        VS_WITH_GRAPH(one)
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
                small_variable("v");
        vs_graph_release(one);
        before = i == 10 ? counted.bytes : before;
    }
    assert_ok();
    cr_assert(counted.bytes == before, "%zu bytes more", counted.bytes - before);
}
