/* Plans: an op built again in the same way is built from what was kept, and a different one is not. */
#include "node.h"
#include "plan.h"
#include "test.h"

TestSuite(plan, .timeout = 60);

/* The wire bytes of a node's attribute are these. */
#define assert_attr(tensor, name, expected)                                                                   \
    do {                                                                                                      \
        size_t size__ = 0;                                                                                    \
        const uint8_t *bytes__ = vs__node_attr(vs_tensor_op(tensor), name, &size__);                          \
        cr_assert(bytes__ && size__ == sizeof(expected) - 1 && memcmp(bytes__, expected, size__) == 0,        \
                  "attribute %s has other bytes", name);                                                      \
    } while (0)

static const vs__blob *attrs_of(vs_tensor tensor)
{
    return vs_tensor_op(tensor)->attrs;
}

Test(plan, follows_the_dtypes_of_inputs)
{
    vs_graph *graph = vs_graph_new();
    VS_WITH_GRAPH(graph) {
        vs_tensor real = vs_placeholder(VS_FLOAT32), whole = vs_placeholder(VS_INT32), text = vs_placeholder(VS_STRING);
        for (int i = 0; i < 3; i++) {
            assert_attr(vs_add(real, real), "T", "\x30\x01");
            assert_attr(vs_add(whole, whole), "T", "\x30\x03");
            cr_assert(vs_tensor_dtype(vs_add(text, text)) == VS_STRING);
            cr_assert(vs_tensor_dtype(vs_add(real, real)) == VS_FLOAT32);
        }
        cr_assert(attrs_of(vs_add(real, real)) == attrs_of(vs_multiply(real, real)), "equal attributes are one blob");
    }
    assert_ok();
    vs_graph_release(graph);
}

Test(plan, is_not_taken_where_the_types_differ)
{
    vs_graph *graph = vs_graph_new();
    VS_WITH_GRAPH(graph) {
        vs_tensor real = vs_placeholder(VS_FLOAT32), whole = vs_placeholder(VS_INT32);
        vs_multiply(real, real);
        vs_multiply(whole, whole);
        vs_multiply(real, whole);
        assert_fails_saying(VS_INVALID_ARGUMENT, "has dtype int32, not float32");
        vs_multiply(real, real);
        assert_ok();
    }
    assert_node(graph, "Mul_3"); /* the call that failed has used Mul_2 up */
    assert_no_node(graph, "Mul_2");
    vs_graph_release(graph);
}

Test(plan, is_not_taken_for_a_tensor_of_another_graph)
{
    vs_graph *graph = vs_graph_new(), *other = vs_graph_new();
    vs_tensor there = {{NULL}, 0, 0};
    VS_WITH_GRAPH(other)
        there = vs_placeholder(VS_FLOAT32);
    VS_WITH_GRAPH(graph) {
        vs_tensor here = vs_placeholder(VS_FLOAT32);
        vs_add(here, here);
        vs_add(here, there);
        assert_fails_saying(VS_INVALID_ARGUMENT, "in another graph");
    }
    vs_graph_release(graph);
    vs_graph_release(other);
}

Test(plan, checks_shapes_each_time)
{
    vs_graph *graph = vs_graph_new();
    VS_WITH_GRAPH(graph) {
        vs_tensor two = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(2)), three = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(3));
        vs_tensor one = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(1));
        vs_add(two, two);
        cr_assert(vs_tensor_shape(vs_add(one, three)).dims[0] == 3);
        vs_add(two, three);
        assert_fails_saying(VS_INVALID_ARGUMENT, "shapes");
    }
    vs_graph_release(graph);
}

Test(plan, leaves_each_variable_its_own_class)
{
    vs_graph *graph = vs_graph_new();
    VS_WITH_GRAPH(graph) {
        vs_get_variable("a", .shape = VS_SHAPE(2), .initializer = vs_zeros_initializer());
        vs_get_variable("b", .shape = VS_SHAPE(2), .initializer = vs_zeros_initializer());
        vs_get_variable("c", .shape = VS_SHAPE(3), .initializer = vs_zeros_initializer());
    }
    assert_ok();
    vs_tensor a = vs_graph_find_tensor(graph, "a/Assign:0"), b = vs_graph_find_tensor(graph, "b/Assign:0");
    cr_assert(attrs_of(a) == attrs_of(b));
    assert_attr(a, "_class", "\x0a\x08\x12\x06loc:@a");
    assert_attr(b, "_class", "\x0a\x08\x12\x06loc:@b");
    vs_tensor of_a = vs_graph_find_tensor(graph, "a:0"), of_c = vs_graph_find_tensor(graph, "c:0");
    cr_assert(attrs_of(of_a) != attrs_of(of_c), "their shapes differ");
    vs_graph_release(graph);
}

/* More ways than are kept: those that lost their place are built in the long way again. */
Test(plan, may_lose_its_place)
{
    vs_graph *graph = vs_graph_new();
    vs_tensor kept[4 * VS__PLANS];
    VS_WITH_GRAPH(graph)
        for (int round = 0; round < 2; round++)
            for (int i = 0; i < 4 * VS__PLANS; i++) {
                vs_tensor constant = vs_constant(vs_int(i));
                cr_assert(!round || attrs_of(constant) == attrs_of(kept[i]));
                kept[i] = constant;
            }
    assert_ok();
    vs_graph_release(graph);
}
