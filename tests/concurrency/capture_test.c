/* Captures: the whole context of one thread, entered on others. */
#include "consistent.h"
#include "parallel.h"

TestSuite(capture, .timeout = 300);

enum { THREADS = 8 };

/* Capture a context that has one of everything. */
static vs_capture *capture_everything(vs_graph *graph)
{
    vs_capture *capture = NULL;
    VS_WITH_GRAPH(graph) {
        vs_tensor before = vs_constant(vs_int(1), .name = "before");
        VS_WITH_NAME_SCOPE("outer")
            VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE, .dtype = VS_FLOAT64)
                VS_WITH_DEVICE("/job:ps/task:1")
                    VS_WITH_CONTROL_DEPENDENCIES(before)
                        capture = vs_capture_here();
    }
    return capture;
}

static void capture_for_round(const parallel_round *round)
{
    *(vs_capture **)round->user = capture_everything(round->graph);
    assert_ok();
}

/* What is wrong with the current context, which should be the captured one. */
static const char *look_around(parallel_worker *self)
{
    char name[32];
    vs_variable_scope *scope = vs_get_variable_scope();
    if (!scope)
        return pending_verdict(self);
    if (strcmp(vs_current_name_scope(), "outer/net/") != 0)
        return verdict(self, "name scope %s", vs_current_name_scope());
    if (strcmp(vs_variable_scope_name(scope), "net") != 0 || vs_variable_scope_reuse(scope) != VS_AUTO_REUSE)
        return verdict(self, "variable scope %s", vs_variable_scope_name(scope));

    snprintf(name, sizeof name, "op%d", self->index);
    const vs_operation *op = vs_tensor_op(vs_constant(vs_int(2), .name = name));
    if (!op)
        return pending_verdict(self);
    if (strcmp(vs_operation_device(op), "/job:ps/task:1") != 0)
        return verdict(self, "device %s", vs_operation_device(op));
    if (vs_operation_num_control_inputs(op) != 1)
        return "no control dependency";
    return NULL;
}

static const char *enter_and_build(parallel_worker *self)
{
    const char *wrong = NULL;
    for (int i = 0; i < 3 && !wrong; i++) {
        VS_WITH_CAPTURE(*(vs_capture **)self->round->user) {
            vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(2));
            if (v && vs_dtype_base(vs_variable_dtype(v)) != VS_FLOAT64)
                return "the scope's dtype is lost";
            if (i == 0)
                wrong = look_around(self);
            VS_WITH_VARIABLE_SCOPE("inner")
                vs_get_variable("w", .shape = VS_SHAPE(2));
        }
        if (vs_current_graph())
            return "the capture is not left";
    }
    return wrong;
}

static void assert_built(const parallel_round *round)
{
    vs_capture_release(*(vs_capture **)round->user);
    cr_assert(vs_graph_find_variable(round->graph, "net/v"));
    cr_assert(vs_graph_find_variable(round->graph, "net/inner/w"));
    for (int i = 0; i < round->threads; i++) {
        char name[32];
        snprintf(name, sizeof name, "outer/net/op%d", i);
        assert_node(round->graph, name);
    }
}

Test(capture, is_entered_exactly_by_many_threads_at_once)
{
    static vs_capture *capture;
    run_in_parallel(ROUNDS(500), THREADS, enter_and_build, capture_for_round, assert_built, &capture);
}

/* ---- it outlives its frame, its thread, and every other count of its graph ---- */

static void *capture_and_end(void *user)
{
    vs_graph *graph = vs_graph_new();
    *(vs_capture **)user = capture_everything(graph);
    assert_consistent(graph);
    vs_graph_release(graph);
    return NULL;
}

static void capture_elsewhere(const parallel_round *round)
{
    pthread_t parent;
    cr_assert(pthread_create(&parent, NULL, capture_and_end, round->user) == 0);
    pthread_join(parent, NULL);
}

static void assert_kept(const parallel_round *round)
{
    vs_capture *capture = *(vs_capture **)round->user;
    VS_WITH_CAPTURE(capture) {
        cr_assert(vs_current_graph() != round->graph);
        assert_node(vs_current_graph(), "outer/net/op7");
    }
    assert_ok();
    vs_capture_release(capture);
}

Test(capture, outlives_the_thread_it_was_taken_on)
{
    static vs_capture *capture;
    run_in_parallel(ROUNDS(500), THREADS, enter_and_build, capture_elsewhere, assert_kept, &capture);
}

/* ---- counts ---- */

static const char *hold_enter_release(parallel_worker *self)
{
    vs_capture *capture = *(vs_capture **)self->round->user;
    for (int i = 0; i < 50; i++) {
        vs_capture *mine = vs_capture_hold(capture);
        VS_WITH_CAPTURE(mine)
            if (i == 0)
                vs_constant(vs_int(1), .name = "c");
        vs_capture_release(mine);
    }
    vs_capture_release(capture); /* the count that was taken for this thread */
    return NULL;
}

static void hold_for_each(const parallel_round *round)
{
    vs_capture *capture = capture_everything(round->graph);
    assert_ok();
    for (int i = 1; i < round->threads; i++)
        vs_capture_hold(capture);
    *(vs_capture **)round->user = capture;
}

Test(capture, is_freed_by_whoever_releases_it_last)
{
    static vs_capture *capture;
    run_in_parallel(ROUNDS(250), THREADS, hold_enter_release, hold_for_each, NULL, &capture);
}

/* ---- counters of default_name are the entering context's own ---- */

static const char *use_default_names(parallel_worker *self)
{
    static const char *const expected[] = {"net/d", "net/d_1"};
    VS_WITH_CAPTURE(*(vs_capture **)self->round->user)
        for (int i = 0; i < 2; i++)
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d") {
                const char *name = vs_variable_scope_name(vs_get_variable_scope());
                if (strcmp(name, expected[i]) != 0)
                    return verdict(self, "%s instead of %s", name, expected[i]);
                vs_get_variable("v", .shape = VS_SHAPE(1));
            }
    return NULL;
}

static void assert_shared(const parallel_round *round)
{
    vs_capture_release(*(vs_capture **)round->user);
    cr_assert(vs_graph_find_variable(round->graph, "net/d_1/v"));
    cr_assert(!vs_graph_find_variable(round->graph, "net/d_2/v"));
}

Test(capture, counts_default_names_for_each_thread)
{
    static vs_capture *capture;
    run_in_parallel(ROUNDS(500), THREADS, use_default_names, capture_for_round, assert_shared, &capture);
}

/* ---- a captured scope object: the prefix, the settings, and a fresh name scope ---- */

static void open_scope(const parallel_round *round)
{
    VS_WITH_GRAPH(round->graph)
        VS_WITH_VARIABLE_SCOPE("main", .reuse = VS_AUTO_REUSE)
            *(vs_variable_scope **)round->user = vs_get_variable_scope();
    assert_ok();
}

static const char *enter_scope_object(parallel_worker *self)
{
    VS_WITH_GRAPH(self->round->graph)
        VS_WITH_VARIABLE_SCOPE_OBJECT(*(vs_variable_scope **)self->round->user) {
            vs_get_variable("v", .shape = VS_SHAPE(1));
            vs_constant(vs_int(1), .name = "c");
            const char *name = vs_variable_scope_name(vs_get_variable_scope());
            if (strcmp(name, "main") != 0)
                return verdict(self, "%s instead of main", name);
        }
    return NULL;
}

static void assert_fresh_name_scopes(const parallel_round *round)
{
    cr_assert(vs_graph_find_variable(round->graph, "main/v"));
    for (int i = 1; i <= round->threads; i++) {
        char name[32];
        snprintf(name, sizeof name, "main_%d/c", i);
        assert_node(round->graph, name);
    }
}

Test(capture, of_a_scope_object_opens_a_name_scope_for_each_thread)
{
    static vs_variable_scope *scope;
    run_in_parallel(ROUNDS(500), THREADS, enter_scope_object, open_scope, assert_fresh_name_scopes, &scope);
}
