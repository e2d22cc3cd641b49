/* The builders: the nodes that each makes, their names and attributes, and what it leaves when it fails. What
 * TensorFlow makes of the same calls is recorded in tests/golden/ops. */
#include "node.h"
#include "test.h"
#include "wire.h"

static vs_graph *graph;
static vs_frame entered;

static void enter(void)
{
    graph = vs_graph_new();
    entered = vs_enter_graph(graph, NULL);
}

static void leave(void)
{
    assert_ok();
    assert_status(vs_leave(entered), VS_OK);
    vs_graph_release(graph);
}

TestSuite(ops, .timeout = 10);
#define OpsTest(name) Test(ops, name, .init = enter, .fini = leave)

/* ---- asserts ---- */

static const char *op_name(const vs_operation *operation)
{
    static char name[512];
    vs_operation_name(operation, name, sizeof name);
    return name;
}

#define assert_op(operation, type, name)                                                                     \
    do {                                                                                                     \
        const vs_operation *op__ = (operation);                                                              \
        if (!op__)                                                                                           \
            assert_ok();                                                                                     \
        cr_assert(op__, "there is no operation");                                                            \
        assert_text(vs_operation_type(op__), type);                                                          \
        assert_text(op_name(op__), name);                                                                    \
    } while (0)

/* What makes a tensor is a node of this type and name. */
#define assert_made(tensor, type, name) assert_op(vs_tensor_op(tensor), type, name)

#define assert_input(operation, i, name) assert_name(vs_operation_input(operation, i), name)

#define assert_waits_for(operation, i, name)                                                                 \
    do {                                                                                                     \
        const vs_operation *control__ = vs_operation_control_input(operation, i);                            \
        cr_assert(control__, "there is no control input %d", i);                                             \
        assert_text(op_name(control__), name);                                                               \
    } while (0)

#define assert_shape(tensor, expected)                                                                       \
    do {                                                                                                     \
        char shape__[128];                                                                                   \
        vs_shape_format(vs_tensor_shape(tensor), shape__, sizeof shape__);                                   \
        assert_text(shape__, expected);                                                                      \
    } while (0)

#define assert_dtype(tensor, expected) assert_text(vs_dtype_name(vs_tensor_dtype(tensor)), expected)

/* The only field of an attribute's AttrValue. */
static vs__wire_reader attr(const vs_operation *operation, const char *name)
{
    size_t size = 0;
    const uint8_t *value = vs__node_attr(operation, name, &size);
    cr_assert(value, "no attribute %s", name);
    vs__wire_reader reader = vs__wire_read(value, size);
    cr_assert(vs__wire_next(&reader), "attribute %s is empty", name);
    return reader;
}

static bool has_attr(const vs_operation *operation, const char *name)
{
    size_t size;
    return vs__node_attr(operation, name, &size) != NULL;
}

/* An int, bool or type. */
static int attr_int(const vs_operation *operation, const char *name)
{
    return (int)attr(operation, name).value;
}

static bool attr_is_text(const vs_operation *operation, const char *name, const char *text)
{
    vs__wire_reader reader = attr(operation, name);
    return reader.size == strlen(text) && memcmp(reader.data, text, reader.size) == 0;
}

/* Element i of a list of ints. */
static int attr_list_int(const vs_operation *operation, const char *name, size_t i)
{
    vs__wire_reader outer = attr(operation, name), list = vs__wire_read(outer.data, outer.size);
    cr_assert(vs__wire_next(&list), "attribute %s is an empty list", name);
    vs__wire_reader packed = vs__wire_read(list.data, list.size);
    uint64_t value = 0;
    for (size_t k = 0; k <= i; k++)
        cr_assert(vs__wire_read_varint(&packed, &value), "attribute %s has no element %zu", name, k);
    return (int)value;
}

/* One of VS_OP_INPUTS() and VS_OP_ATTRS(). */
#define IN(input, from) {.name = input, .tensor = from}
#define LIST(input, from) {.name = input, .list = from, .count = sizeof from / sizeof *from, .is_list = true}
#define ATTR(attribute, of, ...) {.name = attribute, .kind = VS_ATTR_##of, .value = {__VA_ARGS__}}

static vs_tensor floats(vs_shape shape, const char *name)
{
    return vs_placeholder(VS_FLOAT32, .shape = shape, .name = name);
}

static vs_variable *variable(const char *name, vs_shape shape, vs_tristate use_resource)
{
    return vs_get_variable(name, .shape = shape, .initializer = vs_zeros_initializer(),
                           .use_resource = use_resource);
}

static vs_variable *partitioned(const char *name)
{
    return vs_get_variable(name, .shape = VS_SHAPE(4, 2), .initializer = vs_zeros_initializer(),
                           .partitioner = vs_fixed_size_partitioner(2));
}

/* ---- placeholders, constants, fills, identity ---- */

OpsTest(placeholder_has_dtype_and_shape)
{
    vs_tensor x = vs_placeholder(VS_INT64, .shape = VS_SHAPE(-1, 3), .name = "x");
    assert_made(x, "Placeholder", "x");
    assert_dtype(x, "int64");
    assert_shape(x, "(?, 3)");
    assert_shape(vs_placeholder(VS_FLOAT32), "<unknown>");
    assert_node(graph, "Placeholder");
}

OpsTest(placeholder_needs_a_dtype)
{
    vs_placeholder(VS_DTYPE_NONE);
    assert_fails_saying(VS_INVALID_ARGUMENT, "no dtype");
    vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(-2));
    assert_fails(VS_INVALID_ARGUMENT);
    assert_no_node(graph, "Placeholder");
}

OpsTest(constant_takes_the_dtype_of_its_literal)
{
    assert_dtype(vs_constant(vs_int(1)), "int32");
    assert_dtype(vs_constant(vs_int(3000000000)), "int64");
    assert_dtype(vs_constant(vs_real(1.0)), "float32");
    assert_dtype(vs_constant(vs_bool(true)), "bool");
    assert_dtype(vs_constant(vs_string("a")), "string");
    assert_dtype(vs_constant(vs_int(1), .dtype = VS_FLOAT16), "float16");
    assert_node(graph, "Const_5");
}

OpsTest(constant_repeats_its_last_element)
{
    assert_shape(vs_constant(VS_INTS(1, 2), .shape = VS_SHAPE(5)), "(5,)");
    vs_constant(VS_INTS(1, 2, 3), .shape = VS_SHAPE(2));
    assert_fails(VS_INVALID_ARGUMENT);
    vs_constant(vs_int(1), .shape = VS_SHAPE(-1));
    assert_fails_saying(VS_INVALID_ARGUMENT, "fully defined");
    vs_constant(vs_real(1.0), .dtype = VS_INT32);
    assert_fails(VS_INVALID_ARGUMENT);
}

OpsTest(constant_with_a_slash_is_exact_and_not_counted)
{
    assert_made(vs_constant(vs_int(1), .name = "b/"), "Const", "b");
    vs_constant(vs_int(1), .name = "b");
    assert_fails(VS_INVALID_ARGUMENT);
    assert_made(vs_constant(vs_int(1), .name = "b"), "Const", "b_1");
}

OpsTest(constant_refuses_an_empty_name)
{
    vs_constant(vs_int(1), .name = "");
    assert_fails(VS_INVALID_ARGUMENT);
    vs_constant(floats(VS_SCALAR, "x"));
    assert_fails_saying(VS_INVALID_ARGUMENT, "literal");
}

OpsTest(zeros_and_ones_are_constants_below_a_thousand)
{
    assert_made(vs_zeros(VS_SHAPE(999)), "Const", "zeros");
    assert_made(vs_ones(VS_SHAPE(2, 3), .dtype = VS_INT64), "Const", "ones");
    vs_tensor large = vs_ones(VS_SHAPE(1000), .name = "large");
    assert_made(large, "Fill", "large");
    assert_shape(large, "(1000,)");
    assert_node(graph, "large/shape_as_tensor");
    assert_node(graph, "large/Const");
}

OpsTest(zeros_need_a_fully_defined_shape)
{
    vs_zeros(VS_SHAPE(2, -1));
    assert_fails_saying(VS_INVALID_ARGUMENT, "fully defined");
    assert_made(vs_zeros(VS_SHAPE(1)), "Const", "zeros_1");
    vs_ones(VS_UNKNOWN_SHAPE);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_ones((vs_shape){VS_SHAPE_ABSENT, 0, NULL});
    assert_fails(VS_INVALID_ARGUMENT);
}

OpsTest(ones_of_strings_leave_their_shape)
{
    assert_dtype(vs_zeros(VS_SHAPE(1), .dtype = VS_STRING), "string");
    vs_ones(VS_SHAPE(2), .dtype = VS_STRING);
    assert_fails(VS_INVALID_ARGUMENT);
    assert_node(graph, "ones/shape_as_tensor");
    assert_no_node(graph, "ones");
}

OpsTest(identity_converts_in_its_own_scope)
{
    assert_made(vs_identity(floats(VS_SHAPE(2), "x")), "Identity", "Identity");
    assert_made(vs_identity(vs_real(3.0)), "Identity", "Identity_1");
    assert_node(graph, "Identity_1/input");
}

/* ---- random values ---- */

OpsTest(random_normal_scales_and_shifts)
{
    vs_tensor values = vs_random_normal(VS_INTS(2, 3), .mean = vs_real(1.0), .seed = VS_SEED(3), .name = "r");
    assert_made(values, "AddV2", "r");
    assert_shape(values, "(2, 3)");
    const vs_operation *source = vs_graph_find_operation(graph, "r/RandomStandardNormal");
    cr_assert(source);
    cr_assert(attr_int(source, "seed") == 87654321 && attr_int(source, "seed2") == 3);
}

OpsTest(random_uniform_leaves_integer_bounds_away)
{
    assert_made(vs_random_uniform(VS_INTS(2)), "RandomUniform", "random_uniform/RandomUniform");
    assert_made(vs_random_uniform(VS_INTS(2), .maxval = vs_real(2.0)), "Mul", "random_uniform_1/Mul");
    assert_made(vs_random_uniform(VS_INTS(2), .minval = vs_real(0.0)), "AddV2", "random_uniform_2");
    assert_made(vs_random_uniform(VS_INTS(2), .maxval = vs_int(9), .dtype = VS_INT64), "RandomUniformInt",
                "random_uniform_3");
}

OpsTest(random_values_that_cannot_be)
{
    vs_random_uniform(VS_INTS(2), .dtype = VS_INT32);
    assert_fails_saying(VS_INVALID_ARGUMENT, "maxval");
    vs_random_uniform(VS_INTS(2), .dtype = VS_BOOL);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_random_normal(VS_INTS(2), .dtype = VS_INT32);
    assert_fails(VS_INVALID_ARGUMENT);
    assert_node(graph, "random_normal/shape");
    vs_random_normal((vs_tensor){{NULL}, 0, 0});
    assert_fails_saying(VS_INVALID_ARGUMENT, "shape");
}

/* ---- elementwise ---- */

OpsTest(add_names_literals_by_its_operands)
{
    vs_tensor x = floats(VS_SHAPE(-1, 3), "x");
    vs_tensor sum = vs_add(x, vs_int(1));
    assert_made(sum, "AddV2", "Add");
    assert_input(vs_tensor_op(sum), 0, "x:0");
    assert_input(vs_tensor_op(sum), 1, "Add/y:0");
    assert_dtype(vs_operation_input(vs_tensor_op(sum), 1), "float32");
    assert_made(vs_add(vs_real(1.0), x, .name = "n"), "AddV2", "n");
    assert_node(graph, "n/x");
    assert_made(vs_add(vs_string("a"), vs_string("b")), "Add", "Add_1");
}

OpsTest(add_that_fails_uses_its_name_up)
{
    vs_tensor x = floats(VS_SHAPE(3), "x"), i = vs_constant(VS_INTS(1), .name = "i");
    vs_add(vs_int(1), x);
    assert_fails(VS_INVALID_ARGUMENT);
    assert_node(graph, "Add/x");
    vs_add(x, VS_REALS(1.0, 2.0));
    assert_fails(VS_INVALID_ARGUMENT);
    assert_node(graph, "Add_1/y");
    vs_add(x, i);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_add(i, vs_real(1.5));
    assert_fails(VS_INVALID_ARGUMENT);
    assert_node(graph, "Add_3/y");
    vs_add(x, (vs_tensor){{NULL}, 0, 0});
    assert_fails_saying(VS_INVALID_ARGUMENT, "null");
    assert_made(vs_add(x, x), "AddV2", "Add_5");
}

OpsTest(subtract_and_multiply)
{
    vs_tensor x = floats(VS_SHAPE(3), "x");
    assert_made(vs_subtract(x, vs_int(2)), "Sub", "Sub");
    assert_made(vs_multiply(vs_real(0.5), x, .name = "half"), "Mul", "half");
    assert_node(graph, "half/x");
    vs_subtract(x, vs_string("a"));
    assert_fails(VS_INVALID_ARGUMENT);
    vs_multiply(vs_int(1), x);
    assert_fails(VS_INVALID_ARGUMENT);
}

OpsTest(plus_is_named_in_lower_case)
{
    vs_tensor x = floats(VS_SHAPE(3), "x");
    assert_made(vs_plus(x, vs_int(1)), "AddV2", "add");
    assert_node(graph, "add/y");
    assert_made(vs_plus(vs_int(1), x), "AddV2", "add_1");
    assert_node(graph, "add_1/x");
    assert_made(vs_plus(vs_constant(vs_string("a")), vs_string("b")), "Add", "add_2");
}

OpsTest(plus_reads_its_left_variable_where_it_stands)
{
    vs_tensor r = vs_value(variable("r", VS_SHAPE(3), VS_TRUE));
    vs_tensor sum = vs_plus(r, r);
    assert_input(vs_tensor_op(sum), 0, "ReadVariableOp:0");
    assert_input(vs_tensor_op(sum), 1, "add/ReadVariableOp:0");
    sum = vs_plus(vs_real(1.0), r);
    assert_input(vs_tensor_op(sum), 1, "ReadVariableOp_1:0");
}

OpsTest(plus_that_fails_leaves_what_the_reflected_operator_read)
{
    vs_tensor x = floats(VS_SHAPE(2), "x"), r = vs_value(variable("r", VS_SHAPE(3), VS_TRUE));
    vs_plus(x, r);
    assert_fails_saying(VS_INVALID_ARGUMENT, "incompatible");
    assert_node(graph, "add/ReadVariableOp");
    assert_node(graph, "add/ReadVariableOp_1");
    VS_WITH_NAME_SCOPE("add/")
        assert_made(vs_constant(vs_int(1), .name = "add"), "Const", "add/add_1");
}

OpsTest(plus_needs_an_operand_with_the_operator)
{
    vs_tensor p = vs_value(partitioned("p"));
    vs_plus(vs_int(1), vs_int(2));
    assert_fails(VS_INVALID_ARGUMENT);
    vs_plus(p, vs_int(2));
    assert_fails(VS_INVALID_ARGUMENT);
    assert_made(vs_plus(p, floats(VS_SHAPE(4, 2), "x")), "AddV2", "add");
    assert_input(vs_graph_find_operation(graph, "add"), 0, "p:0");
}

/* ---- products ---- */

OpsTest(matmul_transposes)
{
    vs_tensor x = floats(VS_SHAPE(-1, 3), "x"), w = floats(VS_SHAPE(2, 3), "w");
    vs_tensor y = vs_matmul(x, w, .transpose_b = true);
    assert_made(y, "MatMul", "MatMul");
    assert_shape(y, "(?, 2)");
    cr_assert(attr_int(vs_tensor_op(y), "transpose_b") == 1 && attr_int(vs_tensor_op(y), "transpose_a") == 0);
}

OpsTest(matmul_of_batches)
{
    vs_tensor x = floats(VS_SHAPE(5, 2, 3), "x");
    vs_tensor y = vs_matmul(x, x, .transpose_b = true);
    assert_made(y, "BatchMatMulV2", "MatMul");
    assert_shape(y, "(5, 2, 2)");
    cr_assert(attr_int(vs_tensor_op(y), "adj_y") == 1);
}

OpsTest(matmul_conjugates_complex_batches_to_transpose_them)
{
    vs_tensor z = vs_placeholder(VS_COMPLEX64, .shape = VS_SHAPE(5, 2, 2), .name = "z");
    assert_made(vs_matmul(z, z, .transpose_a = true), "BatchMatMulV2", "MatMul");
    assert_input(vs_graph_find_operation(graph, "MatMul"), 0, "MatMul/Conj:0");
}

OpsTest(matmul_that_fails_uses_its_name_up)
{
    vs_matmul(floats(VS_SHAPE(2, 3), "x"), VS_REALS(1.0));
    assert_fails(VS_INVALID_ARGUMENT);
    assert_node(graph, "MatMul/b");
    vs_tensor w = floats(VS_SHAPE(3, 3), "w");
    assert_made(vs_matmul(w, w), "MatMul", "MatMul_1");
}

/* ---- sums ---- */

OpsTest(reduce_sum_over_all_axes_lists_them)
{
    vs_tensor x = floats(VS_SHAPE(2, 3), "x");
    vs_tensor sum = vs_reduce_sum(x);
    assert_made(sum, "Sum", "Sum");
    assert_input(vs_tensor_op(sum), 1, "Const:0");
    assert_shape(sum, "()");
    vs_tensor kept = vs_reduce_sum(x, .axis = VS_INTS(1), .keepdims = true, .name = "s");
    assert_shape(kept, "(2, 1)");
    assert_node(graph, "s/reduction_indices");
}

OpsTest(reduce_sum_counts_axes_in_the_graph_where_it_must)
{
    vs_tensor sum = vs_reduce_sum(vs_placeholder(VS_FLOAT32));
    assert_shape(sum, "()");
    assert_node(graph, "Rank");
    assert_input(vs_tensor_op(sum), 1, "range:0");
    vs_tensor literal = vs_reduce_sum(VS_REALS(1.0, 2.0));
    assert_shape(literal, "()");
    assert_node(graph, "Rank_1/Const");
    assert_node(graph, "range_1/delta");
    assert_node(graph, "Sum_1/input");
}

OpsTest(reduce_sum_that_fails)
{
    vs_reduce_sum(floats(VS_SHAPE(2, 3), "x"), .axis = vs_int(2));
    assert_fails(VS_INVALID_ARGUMENT);
    vs_reduce_sum(vs_string("a"));
    assert_fails(VS_INVALID_ARGUMENT);
    vs_reduce_sum((vs_tensor){{NULL}, 0, 0});
    assert_fails(VS_INVALID_ARGUMENT);
}

OpsTest(add_n_converts_in_the_current_scope)
{
    vs_tensor a = vs_constant(VS_REALS(1.0, 2.0), .name = "a");
    vs_variable *r = variable("r", VS_SHAPE(2), VS_TRUE);
    vs_tensor sum = vs_add_n(VS_TENSORS(a, VS_REALS(3.0, 4.0), vs_value(r)));
    assert_made(sum, "AddN", "AddN");
    assert_input(vs_tensor_op(sum), 1, "Const:0");
    assert_input(vs_tensor_op(sum), 2, "ReadVariableOp:0");
}

OpsTest(add_n_of_one_is_that_one)
{
    vs_tensor a = vs_constant(vs_real(1.0), .name = "a");
    assert_name(vs_add_n(VS_TENSORS(a)), "a:0");
    assert_made(vs_add_n(VS_TENSORS(a), .name = "n"), "Identity", "n");
    assert_name(vs_add_n(VS_TENSORS(vs_value(variable("v", VS_SHAPE(1), VS_FALSE)))), "v/read:0");
}

OpsTest(add_n_of_many)
{
    vs_tensor terms[40];
    for (int i = 0; i < 40; i++)
        terms[i] = vs_real(i);
    vs_tensor sum = vs_add_n(terms, 40);
    cr_assert(vs_operation_num_inputs(vs_tensor_op(sum)) == 40);
    assert_input(vs_tensor_op(sum), 39, "Const_39:0");
    vs_add_n(NULL, 0);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_add_n(VS_TENSORS(terms[0], vs_int(1)));
    assert_fails(VS_INVALID_ARGUMENT);
}

/* ---- networks ---- */

OpsTest(conv2d_has_strides_and_padding)
{
    vs_tensor image = floats(VS_SHAPE(-1, 9, 8, 3), "image"), filter = floats(VS_SHAPE(3, 2, 3, 4), "filter");
    vs_tensor y = vs_conv2d(image, filter, .strides = {1, 2, 3, 1}, .padding = VS_PADDING_VALID);
    assert_made(y, "Conv2D", "Conv2D");
    assert_shape(y, "(?, 4, 3, 4)");
    cr_assert(attr_list_int(vs_tensor_op(y), "strides", 2) == 3);
    cr_assert(attr_is_text(vs_tensor_op(y), "padding", "VALID"));
    cr_assert(attr_is_text(vs_tensor_op(y), "data_format", "NHWC"));
}

OpsTest(conv2d_that_fails)
{
    vs_tensor image = floats(VS_SHAPE(1, 5, 5, 1), "image"), filter = floats(VS_SHAPE(1, 1, 1, 1), "filter");
    vs_conv2d(vs_real(1.0), filter, .strides = {1, 1, 1, 1}, .padding = VS_PADDING_SAME);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_conv2d(image, filter, .strides = {1, 1, 1, 1});
    assert_fails_saying(VS_INVALID_ARGUMENT, "padding");
    vs_conv2d(image, filter, .padding = VS_PADDING_SAME);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_conv2d(floats(VS_SHAPE(1, 1, 5, 5, 1), "five"), filter, .strides = {1, 1, 1, 1},
              .padding = VS_PADDING_SAME);
    assert_fails(VS_UNIMPLEMENTED);
}

OpsTest(bias_add_names_its_operands)
{
    vs_tensor x = floats(VS_SHAPE(-1, 3), "x");
    assert_made(vs_bias_add(x, VS_INTS(1, 2, 3)), "BiasAdd", "BiasAdd");
    assert_node(graph, "BiasAdd/bias");
    assert_made(vs_bias_add(x, floats(VS_SHAPE(3), "b"), .name = "n"), "BiasAdd", "n");
}

OpsTest(bias_add_that_fails_uses_its_name_up)
{
    vs_tensor x = floats(VS_SHAPE(2, 3), "x"), i = vs_constant(VS_INTS(1, 2, 3), .name = "i");
    vs_bias_add(x, i);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_bias_add(x, VS_REALS(1.0));
    assert_fails(VS_INVALID_ARGUMENT);
    assert_node(graph, "BiasAdd_1/bias");
}

OpsTest(relu_and_l2_loss)
{
    vs_tensor x = floats(VS_SHAPE(3), "x");
    assert_made(vs_relu(x), "Relu", "Relu");
    assert_made(vs_l2_loss(x), "L2Loss", "L2Loss");
    assert_shape(vs_l2_loss(VS_REALS(1.0, 2.0)), "()");
    assert_node(graph, "L2Loss_1/t");
    vs_relu(vs_string("a"));
    assert_fails(VS_INVALID_ARGUMENT);
    assert_node(graph, "Relu_1/features");
}

/* ---- assignment ---- */

OpsTest(assign_to_a_ref_variable)
{
    vs_tensor v = vs_value(variable("v", VS_SHAPE(2), VS_FALSE));
    vs_tensor assigned = vs_assign(v, VS_REALS(1.0, 2.0));
    assert_made(assigned, "Assign", "Assign");
    assert_dtype(assigned, "float32_ref");
    assert_node(graph, "Assign/value");
    assert_made(vs_assign(assigned, v, .name = "again"), "Assign", "again");
    assert_input(vs_graph_find_operation(graph, "again"), 1, "v/read:0");
}

OpsTest(assign_to_a_resource_variable)
{
    vs_tensor r = vs_value(variable("r", VS_SHAPE(2), VS_TRUE));
    vs_tensor assigned = vs_assign(r, VS_INTS(1, 2));
    assert_name(assigned, "AssignVariableOp");
    assert_dtype(assigned, "float32");
    const vs_operation *assign = vs_graph_find_operation(graph, "AssignVariableOp");
    assert_input(assign, 1, "Const:0");
    cr_assert(attr_int(assign, "validate_shape") == 1);
    assert_waits_for(vs_graph_find_operation(graph, "ReadVariableOp"), 0, "AssignVariableOp");
}

OpsTest(assign_that_fails)
{
    vs_tensor v = vs_value(variable("v", VS_SHAPE(2), VS_FALSE));
    vs_tensor r = vs_value(variable("r", VS_SHAPE(2), VS_TRUE));
    vs_assign(v, VS_REALS(1.0));
    assert_fails(VS_INVALID_ARGUMENT);
    vs_assign(r, VS_REALS(1.0));
    assert_fails_saying(VS_INVALID_ARGUMENT, "(2,)");
    assert_node(graph, "Const");
    vs_assign(floats(VS_SHAPE(2), "x"), v);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_assign(vs_real(1.0), v);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_assign(vs_value(partitioned("p")), v);
    assert_fails_saying(VS_INVALID_ARGUMENT, "slice");
}

/* The value is cut first; what fails after that names the call, not the cutting. */
OpsTest(assign_to_slices_fails_at_its_own_place)
{
    vs_tensor outputs[2];
    vs_error error;
    vs_variable *p = partitioned("p");
    vs_tensor value = vs_placeholder(VS_FLOAT64, .shape = VS_SHAPE(4, 2));
    int line = __LINE__ + 1;
    vs_assign(vs_value(p), value, .outputs = outputs, .room = 2);
    cr_assert(vs_error_take(&error) && error.code == VS_INVALID_ARGUMENT, "%s", error.message);
    cr_assert(error.site.line == line && error.site.file && strstr(error.site.file, "ops_test.c"), "%s:%d",
              error.site.file, error.site.line);
}

/* ---- ordering ---- */

OpsTest(no_op_has_a_name)
{
    assert_op(vs_no_op(NULL), "NoOp", "NoOp");
    assert_op(vs_no_op("n"), "NoOp", "n");
    assert_op(vs_no_op("n"), "NoOp", "n_1");
}

OpsTest(group_waits_for_each_once)
{
    vs_tensor a = vs_constant(vs_int(1), .name = "a"), v = vs_value(variable("v", VS_SHAPE(1), VS_FALSE));
    vs_tensor op = vs_operation_as_tensor(vs_no_op("op"));
    vs_operation *group = vs_group(VS_TENSORS(v, op, a, op));
    assert_op(group, "NoOp", "group_deps");
    cr_assert(vs_operation_num_control_inputs(group) == 3);
    assert_waits_for(group, 0, "a");
    assert_waits_for(group, 2, "v");
    assert_op(vs_group(NULL, 0, .name = "empty"), "NoOp", "empty");
}

OpsTest(group_on_devices_has_a_node_for_each)
{
    vs_tensor a, b, c = vs_constant(vs_int(1), .name = "c");
    VS_WITH_DEVICE("/cpu:1")
        a = vs_constant(vs_int(1), .name = "a");
    VS_WITH_DEVICE("/cpu:0")
        b = vs_constant(vs_int(1), .name = "b");
    vs_operation *one = vs_group(VS_TENSORS(a), .name = "one");
    assert_text(vs_operation_device(one), "/device:CPU:1");
    vs_operation *group = vs_group(VS_TENSORS(a, b, c));
    assert_op(group, "NoOp", "group_deps");
    cr_assert(vs_operation_num_control_inputs(group) == 3);
    const vs_operation *first = vs_graph_find_operation(graph, "group_deps/NoOp");
    assert_text(vs_operation_device(first), "");
    assert_waits_for(first, 0, "c");
    assert_text(vs_operation_device(vs_graph_find_operation(graph, "group_deps/NoOp_2")), "/device:CPU:1");
}

OpsTest(group_takes_nothing_else)
{
    vs_group(VS_TENSORS(vs_real(1.0)));
    assert_fails(VS_INVALID_ARGUMENT);
    vs_group(VS_TENSORS(vs_value(partitioned("p"))));
    assert_fails_saying(VS_INVALID_ARGUMENT, "partitioned");
    assert_op(vs_group(NULL, 0), "NoOp", "group_deps_2");
}

/* ---- any op ---- */

OpsTest(op_is_built_by_its_name)
{
    vs_tensor x = floats(VS_SHAPE(-1, 3), "x");
    assert_op(vs_op("Tanh", .inputs = VS_OP_INPUTS(IN("x", x))), "Tanh", "Tanh");
    assert_op(vs_op("Tanh", .inputs = VS_OP_INPUTS(IN("x", vs_real(1.0))), .name = "t"), "Tanh", "t");
    assert_node(graph, "t/x");
    vs_operation *split = vs_op("Split", .inputs = VS_OP_INPUTS(IN("split_dim", vs_int(1)), IN("value", x)),
                                .attrs = VS_OP_ATTRS(ATTR("num_split", INT, .integer = 3)));
    cr_assert(vs_operation_num_outputs(split) == 3);
    assert_shape(vs_operation_output(split, 2), "(?, 1)");
}

OpsTest(op_takes_inputs_in_any_order_and_lists)
{
    vs_tensor x[] = {floats(VS_SHAPE(1, 3), "x"), VS_REALS(1.0)}, twice[] = {x[0], x[0]};
    vs_operation *concat =
        vs_op("ConcatV2", .inputs = VS_OP_INPUTS(IN("axis", vs_int(0)), LIST("values", twice)));
    assert_op(concat, "ConcatV2", "ConcatV2");
    assert_input(concat, 2, "ConcatV2/axis:0");
    cr_assert(attr_int(concat, "N") == 2);
    vs_operation *both = vs_op("IdentityN", .inputs = VS_OP_INPUTS(LIST("input", x)));
    assert_input(both, 1, "IdentityN/input_1:0");
    cr_assert(attr_list_int(both, "T", 1) == VS_FLOAT32);
}

/* The attributes of this op have most of the kinds. */
static vs_operation *parse_example(const vs_op_attr *attrs, size_t count)
{
    vs_tensor text = vs_constant(vs_string(""), .name = "s");
    return vs_op("ParseSingleExample",
                 .inputs = VS_OP_INPUTS(IN("serialized", text), {.name = "dense_defaults", .is_list = true}),
                 .attrs = attrs, .num_attrs = count);
}

OpsTest(op_converts_attributes_to_what_is_registered)
{
    const char *const types[] = {"float32", "int64"}, *const keys[] = {"a", "b"};
    const vs_op_attr attrs[] = {
        ATTR("num_sparse", REAL, .real = 2.9),
        ATTR("sparse_keys", STRINGS, .list = {2, keys}),
        ATTR("sparse_types", STRINGS, .list = {2, types}),
        ATTR("dense_keys", INTS, .list = {0, NULL}),
        ATTR("dense_shapes", INTS, .list = {0, NULL}),
    };
    vs_operation *parse = parse_example(attrs, 5);
    assert_op(parse, "ParseSingleExample", "ParseSingleExample");
    cr_assert(attr_int(parse, "num_sparse") == 2);
    cr_assert(attr_list_int(parse, "sparse_types", 1) == VS_INT64);
    cr_assert(vs_operation_num_outputs(parse) == 6);
}

OpsTest(op_takes_a_dtype_by_value_name_and_number)
{
    vs_tensor x = floats(VS_SHAPE(3), "x");
    vs_operation *cast[] = {
        vs_op("Cast", .inputs = VS_OP_INPUTS(IN("x", x)),
              .attrs = VS_OP_ATTRS(ATTR("DstT", TYPE, .type = VS_INT64))),
        vs_op("Cast", .inputs = VS_OP_INPUTS(IN("x", x)),
              .attrs = VS_OP_ATTRS(ATTR("DstT", STRING, .string = "int64_ref"),
                                   ATTR("Truncate", BOOL, .integer = true))),
        vs_op("Cast", .inputs = VS_OP_INPUTS(IN("x", x)),
              .attrs = VS_OP_ATTRS(ATTR("DstT", INT, .integer = 9))),
    };
    for (int i = 0; i < 3; i++)
        assert_dtype(vs_operation_output(cast[i], 0), "int64");
    cr_assert(attr_int(cast[1], "Truncate") == 1 && attr_int(cast[0], "Truncate") == 0);
}

OpsTest(op_takes_a_shape_as_ints)
{
    const int64_t dims[] = {2, 3}, unknown[] = {2, -1};
    vs_operation *placeholder =
        vs_op("Placeholder", .attrs = VS_OP_ATTRS(ATTR("dtype", STRING, .string = "float32"),
                                                  ATTR("shape", INTS, .list = {2, dims})));
    assert_shape(vs_operation_output(placeholder, 0), "(2, 3)");
    vs_op("Placeholder", .attrs = VS_OP_ATTRS(ATTR("dtype", STRING, .string = "float32"),
                                              ATTR("shape", INTS, .list = {2, unknown})));
    assert_fails_saying(VS_INVALID_ARGUMENT, "wants its attribute shape as shape");
    placeholder = vs_op("Placeholder", .attrs = VS_OP_ATTRS(ATTR("dtype", STRING, .string = "float32"),
                                                            ATTR("shape", SHAPE, .shape = VS_SCALAR)));
    assert_shape(vs_operation_output(placeholder, 0), "()");
}

OpsTest(op_takes_reals_as_ints_and_words)
{
    vs_tensor x = floats(VS_SHAPE(3), "x");
    vs_operation *relu = vs_op("LeakyRelu", .inputs = VS_OP_INPUTS(IN("features", x)),
                               .attrs = VS_OP_ATTRS(ATTR("alpha", INT, .integer = 1)));
    cr_assert(relu);
    relu = vs_op("LeakyRelu", .inputs = VS_OP_INPUTS(IN("features", x)),
                 .attrs = VS_OP_ATTRS(ATTR("alpha", STRING, .string = "-Infinity")));
    cr_assert(relu);
    vs_op("LeakyRelu", .inputs = VS_OP_INPUTS(IN("features", x)),
          .attrs = VS_OP_ATTRS(ATTR("alpha", STRING, .string = "much")));
    assert_fails_saying(VS_INVALID_ARGUMENT, "wants its attribute alpha as float");
}

OpsTest(op_takes_a_tensor_as_a_literal)
{
    const int64_t numbers[] = {1, 2}, dims[] = {2};
    const vs_literal literal = {VS_LITERAL_INTS, 1, dims, numbers};
    vs_op_attr attrs[] = {ATTR("value", TENSOR, .tensor = &literal), ATTR("dtype", TYPE, .type = VS_INT64)};
    attrs[0].dtype = VS_INT64;
    vs_operation *constant = vs_op("Const", .attrs = attrs, .num_attrs = 2);
    assert_op(constant, "Const", "Const");
    assert_shape(vs_operation_output(constant, 0), "(2,)");
    attrs[0].dtype = VS_STRING;
    vs_op("Const", .attrs = attrs, .num_attrs = 2);
    assert_fails_saying(VS_INVALID_ARGUMENT, "wants its attribute value as tensor");
}

OpsTest(op_without_such_a_name_hints)
{
    vs_op("matmul");
    assert_fails_saying(VS_INVALID_ARGUMENT, "did you mean MatMul?");
    vs_op("Placeholdr");
    assert_fails_saying(VS_INVALID_ARGUMENT, "did you mean Placeholder?");
    vs_op("Nothing like an op");
    assert_fails_saying(VS_INVALID_ARGUMENT, "there is no op Nothing like an op");
    vs_op(NULL);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_op("");
    assert_fails(VS_INVALID_ARGUMENT);
}

OpsTest(op_names_that_it_does_not_have_touch_nothing)
{
    vs_tensor x = floats(VS_SHAPE(3), "x");
    vs_op("Tanh", .inputs = VS_OP_INPUTS(IN("y", x)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "no input y");
    vs_op("Tanh", .inputs = VS_OP_INPUTS(IN("x", x), IN("x", x)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "twice");
    vs_op("Tanh", .inputs = VS_OP_INPUTS(IN("x", x)),
          .attrs = VS_OP_ATTRS(ATTR("nothing", INT, .integer = 1)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "no attribute nothing");
    assert_op(vs_op("Tanh", .inputs = VS_OP_INPUTS(IN("x", x))), "Tanh", "Tanh");
}

OpsTest(op_that_fails_uses_its_name_up)
{
    vs_tensor x = floats(VS_SHAPE(2, 3), "x");
    vs_op("Tanh");
    assert_fails_saying(VS_INVALID_ARGUMENT, "needs its input x");
    vs_op("Tanh", .inputs = VS_OP_INPUTS(IN("x", x)),
          .attrs = VS_OP_ATTRS(ATTR("T", TYPE, .type = VS_FLOAT32)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "infers its attribute T");
    vs_op("Tanh", .inputs = VS_OP_INPUTS(IN("x", vs_string("a"))));
    assert_fails(VS_INVALID_ARGUMENT);
    assert_node(graph, "Tanh_2/x");
    vs_tensor list[] = {x};
    vs_op("Tanh", .inputs = VS_OP_INPUTS(LIST("x", list)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "not a list"); /* at once */
    assert_op(vs_op("Tanh", .inputs = VS_OP_INPUTS(IN("x", x))), "Tanh", "Tanh_3");
}

OpsTest(op_converts_the_inputs_before_a_fault)
{
    vs_tensor x = floats(VS_SHAPE(2, 3), "x");
    vs_op("Split", .inputs = VS_OP_INPUTS(IN("split_dim", vs_int(1))));
    assert_fails_saying(VS_INVALID_ARGUMENT, "needs its input value");
    assert_node(graph, "Split/split_dim");
    vs_op("Split", .inputs = VS_OP_INPUTS(IN("split_dim", vs_int(1)), IN("value", x)),
          .attrs = VS_OP_ATTRS(ATTR("num_split", STRING, .string = "three")));
    assert_fails_saying(VS_INVALID_ARGUMENT, "wants its attribute num_split as int");
    assert_node(graph, "Split_1/split_dim");
    vs_op("ConcatV2", .inputs = VS_OP_INPUTS(IN("values", x), IN("axis", vs_int(0))));
    assert_fails_saying(VS_INVALID_ARGUMENT, "takes a list for its input values");
    assert_no_node(graph, "ConcatV2/axis");
}

OpsTest(op_without_a_form_here)
{
    vs_op("SymbolicGradient", .attrs = VS_OP_ATTRS(ATTR("f", STRING, .string = "f")));
    assert_fails_saying(VS_UNIMPLEMENTED, "has no form here");
}

OpsTest(op_that_was_removed)
{
    vs_tensor x = floats(VS_SHAPE(1, 2, 2, 1), "x");
    vs_op("BatchNormWithGlobalNormalization", .inputs = VS_OP_INPUTS(IN("t", x)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "removed in GraphDef version 9");
}

/* ---- all of them ---- */

OpsTest(builders_do_nothing_while_an_error_is_pending)
{
    vs_tensor x = floats(VS_SHAPE(3), "x");
    vs_raise(VS_CANCELLED, "stop");
    cr_assert(vs_tensor_is_null(vs_add(x, x)) && vs_tensor_is_null(vs_plus(x, x)));
    cr_assert(vs_tensor_is_null(vs_relu(x)) && vs_tensor_is_null(vs_reduce_sum(x)));
    cr_assert(vs_tensor_is_null(vs_constant(vs_int(1))) && vs_tensor_is_null(vs_zeros(VS_SHAPE(1))));
    cr_assert(!vs_no_op("n") && !vs_group(VS_TENSORS(x)) && !vs_op("NoOp"));
    assert_fails(VS_CANCELLED);
    cr_assert(!has_attr(vs_tensor_op(x), "_class"));
    assert_made(vs_add(x, x), "AddV2", "Add");
}

OpsTest(tensors_of_another_graph_are_refused)
{
    vs_graph *other = vs_graph_new();
    vs_tensor foreign = {{NULL}, 0, 0};
    VS_WITH_GRAPH(other)
        foreign = floats(VS_SHAPE(3), "foreign");
    vs_add(foreign, vs_int(1));
    assert_fails_saying(VS_INVALID_ARGUMENT, "another graph");
    vs_group(VS_TENSORS(foreign));
    assert_fails_saying(VS_INVALID_ARGUMENT, "another graph");
    vs_graph_release(other);
}
