/* What the builders of shapes, lists and slices refuse, and that what fails returns null and builds no node of its own. */
#include <varscope/varscope.h>

#include "test.h"

static vs_graph *graph;
static vs_frame entered;
static vs_tensor x; /* [2, 3] */
static vs_tensor u; /* of unknown shape */

static void enter(void)
{
    graph = vs_graph_new();
    entered = vs_enter_graph(graph, NULL);
    x = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(2, 3), .name = "x");
    u = vs_placeholder(VS_FLOAT32, .name = "u");
}

static void leave(void)
{
    assert_ok();
    assert_status(vs_leave(entered), VS_OK);
    vs_graph_release(graph);
}

TestSuite(refusals, .timeout = 10);
#define RefusalTest(name) Test(refusals, name, .init = enter, .fini = leave)

/* A call that gives a null tensor and fails so. */
#define assert_refused(call)                                                                                  \
    do {                                                                                                      \
        cr_assert(vs_tensor_is_null(call), "%s gives a tensor", #call);                                       \
        assert_fails(VS_INVALID_ARGUMENT);                                                                    \
    } while (0)

RefusalTest(operators_need_a_tensor)
{
    assert_refused(vs_minus(vs_real(1.0), vs_real(2.0)));
    assert_refused(vs_and(vs_bool(true), vs_bool(false)));
    assert_refused(vs_times(x, vs_string("three")));
    assert_refused(vs_plus(x, vs_placeholder(VS_INT32)));
}

RefusalTest(quotients_are_of_numbers_of_one_dtype)
{
    vs_tensor i = vs_placeholder(VS_INT32, .name = "i"), b = vs_placeholder(VS_BOOL, .name = "b");
    assert_refused(vs_over(x, i));
    assert_refused(vs_truediv(b, b));
    assert_refused(vs_div_no_nan(x, i));
}

RefusalTest(ranges_are_of_numbers)
{
    assert_refused(vs_range(vs_placeholder(VS_STRING)));
    assert_refused(vs_range(vs_int(3), .dtype = (vs_dtype)99));
    assert_refused(vs_cast(x, (vs_dtype)99));
    assert_refused(vs_zeros_like(x, .dtype = (vs_dtype)99));
}

RefusalTest(lists_have_one_shape_and_kind)
{
    const vs_tensor nothing = vs_value(NULL);
    assert_refused(vs_identity(VS_LIST(VS_INTS(1, 2), VS_INTS(3))));
    assert_refused(vs_identity(VS_LIST(vs_int(1), vs_string("two"))));
    assert_refused(vs_identity(VS_LIST(x, u, vs_string("two"))));
    assert_refused(vs_identity(VS_LIST(x, nothing)));
}

RefusalTest(stacks_need_something_and_an_axis_that_is_there)
{
    assert_refused(vs_stack(NULL, 0));
    assert_refused(vs_concat(NULL, 0, .axis = vs_int(0)));
    assert_refused(vs_stack(VS_TENSORS(x, x), .axis = 4));
    assert_refused(vs_stack(VS_TENSORS(x, x), .axis = -5));
    assert_refused(vs_concat(VS_TENSORS(x), .axis = VS_INTS(0, 1)));
}

/* Each refusal leaves nulls where the parts would be. */
RefusalTest(parts_need_a_number_and_room)
{
    vs_tensor parts[2] = {x, x};
    cr_assert(vs_unstack(u, VS_OUTPUTS(parts)) == 0 && vs_tensor_is_null(parts[0]) && vs_tensor_is_null(parts[1]));
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert(vs_unstack(x, .axis = 2, VS_OUTPUTS(parts)) == 0);
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert(vs_unstack(x, .axis = 1, VS_OUTPUTS(parts)) == 0, "three do not fit");
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert(vs_split(x, .num = 3, .axis = vs_int(1), VS_OUTPUTS(parts)) == 0, "three do not fit");
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert(vs_split(x, .num = 2, .axis = vs_int(1), VS_OUTPUTS(parts)) == 0, "three are not even");
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert(vs_split(x, .sizes = vs_int(2), VS_OUTPUTS(parts)) == 0, "a scalar is no list of sizes");
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert(vs_split(x, .num = 2) == 0, "no outputs");
    assert_fails(VS_INVALID_ARGUMENT);
}

RefusalTest(subscripts_are_ints)
{
    assert_refused(vs_getitem(x, {VS_SUBSCRIPT_INDEX, .start = vs_real(1.0)}));
    assert_refused(vs_getitem(x, {VS_SUBSCRIPT_INDEX, .start = x}));
    assert_refused(vs_getitem(x, {.start = vs_bool(true)}));
    assert_refused(vs_getitem(x, {.kind = (vs_subscript_kind)9}));
    assert_refused(vs_getitem(x, VS_AT(2)));
    assert_refused(vs_getitem_with(&(const vs_getitem_args){.tensor = x, .subscripts = NULL, .count = 1}));
    assert_refused(vs_getitem_with(&(const vs_getitem_args){.tensor = x, .subscripts = NULL, .count = 32}));
}

RefusalTest(arguments_that_cannot_be_left_out)
{
    assert_refused(vs_expand_dims(x));
    assert_refused(vs_where(vs_less(x, vs_real(0.0)), .x = x));
    assert_refused(vs_pad(x, VS_INTS(1), .mode = "EDGE"));
    assert_refused(vs_max_pool(u, .ksize = {1, 2, 2, 1}, .strides = {1, 2, 2, 1}));
    assert_refused(vs_one_hot(vs_placeholder(VS_INT32), vs_int(3), .on_value = vs_real(1.0), .dtype = VS_INT32));
}
