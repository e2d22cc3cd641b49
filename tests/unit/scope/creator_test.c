/* Variable creators: what goes wrong, and where they hold. What they see and make is in scoping_test.c. */
#include "fixture.h"

TestSuite(creator, .timeout = 60);

#define CreatorTest(name) ScopeTest(creator, name)

static vs_variable *pass_on(const vs_creator *next, const vs_variable_args *args, void *user)
{
    ++*(int *)user;
    return vs_creator_call(next, args);
}

static vs_variable *return_user(const vs_creator *next, const vs_variable_args *args, void *user)
{
    (void)next, (void)args;
    return user;
}

static vs_variable *fail_with(const vs_creator *next, const vs_variable_args *args, void *user)
{
    (void)next, (void)args, (void)user;
    vs_raise(VS_CANCELLED, "no more variables");
    return NULL;
}

CreatorTest(that_returns_none_is_named)
{
    VS_WITH_VARIABLE_CREATOR_SCOPE(return_user)
        cr_assert_null(small_variable("v"));
    assert_fails_saying(VS_UNKNOWN, "the creator of variable v returned none");
    cr_assert_null(vs_graph_find_variable(graph, "v"));
    cr_assert(small_variable("v"), "the name is free");
}

CreatorTest(that_raises_leaves_no_variable)
{
    VS_WITH_VARIABLE_CREATOR_SCOPE(fail_with)
        cr_assert_null(small_variable("v"));
    assert_fails_saying(VS_CANCELLED, "no more variables");
    assert_nodes("");
}

CreatorTest(may_not_return_what_is_partitioned_or_elsewhere)
{
    vs_graph *other = vs_graph_new();
    vs_variable *foreign = NULL;
    VS_WITH_GRAPH(other)
        foreign = small_variable("v");
    VS_WITH_VARIABLE_CREATOR_SCOPE(return_user, .user = foreign)
        small_variable("v");
    assert_fails_saying(VS_INVALID_ARGUMENT, "another graph");
    vs_graph_release(other);
    vs_variable *p = vs_get_variable("p", .shape = VS_SHAPE(4), .partitioner = vs_fixed_size_partitioner(2));
    VS_WITH_VARIABLE_CREATOR_SCOPE(return_user, .user = p)
        small_variable("v");
    assert_fails_saying(VS_INVALID_ARGUMENT, "partitioned");
}

CreatorTest(needs_a_function)
{
    vs_frame frame = vs_enter_variable_creator_scope((vs_variable_creator){.function = NULL}, NULL);
    cr_assert_null(frame.context);
    assert_fails(VS_INVALID_ARGUMENT);
}

CreatorTest(holds_inside_its_scope_and_goes_with_a_capture)
{
    int calls = 0;
    vs_capture *capture = NULL;
    VS_WITH_VARIABLE_CREATOR_SCOPE(pass_on, .user = &calls)
        capture = vs_capture_here();
    small_variable("v");
    cr_assert(calls == 0);
    VS_WITH_CAPTURE(capture)
        small_variable("w");
    cr_assert(calls == 1);
    small_variable("x");
    cr_assert(calls == 1);
    vs_capture_release(capture);
}

CreatorTest(of_one_graph_is_not_asked_in_another)
{
    int calls = 0;
    vs_graph *other = vs_graph_new();
    VS_WITH_VARIABLE_CREATOR_SCOPE(pass_on, .user = &calls)
        VS_WITH_GRAPH(other)
            small_variable("v");
    cr_assert(calls == 0);
    vs_graph_release(other);
}

static vs_tensor loss_of(vs_variable *variable, void *user)
{
    (void)user;
    return vs_identity(vs_value(variable), .name = "loss");
}

CreatorTest(that_renames_leaves_regularizer_and_key_to_the_call)
{
    vs_variable *other = vs_new_variable(vs_value_initializer(VS_REALS(1.0)), .name = "other");
    VS_WITH_VARIABLE_CREATOR_SCOPE(return_user, .user = other)
        vs_get_variable("v", .shape = VS_SHAPE(1),
                        .regularizer = {.kind = VS_REGULARIZER_FUNCTION, .function = loss_of});
    assert_text(vs_variable_key(other), "v");
    assert_node(graph, "v/Regularizer/loss");
    assert_text(class_of("v/Regularizer/loss"), "loc:@other");
}
