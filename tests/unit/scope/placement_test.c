/* Where nodes go: name scopes, devices, control dependencies and colocation. */
#include "fixture.h"

TestSuite(name_scope, .timeout = 60);
TestSuite(device, .timeout = 60);
TestSuite(control_dependencies, .timeout = 60);
TestSuite(colocation, .timeout = 60);

/* ---- name scopes ---- */

#define assert_scope(expected) assert_text(vs_current_name_scope(), expected)

ScopeTest(name_scope, prefixes_the_names_of_nodes)
{
    VS_WITH_NAME_SCOPE("a") {
        assert_text(op_name("c"), "a/c");
        VS_WITH_NAME_SCOPE("b")
            assert_text(op_name("c"), "a/b/c");
        assert_text(op_name("c"), "a/c_1");
    }
    assert_text(op_name("c"), "c");
}

ScopeTest(name_scope, is_unique_each_time)
{
    VS_WITH_NAME_SCOPE("a")
        ;
    VS_WITH_NAME_SCOPE("a")
        assert_scope("a_1/");
    VS_WITH_NAME_SCOPE("A")
        assert_scope("A_2/");
    VS_WITH_NAME_SCOPE("a_1")
        assert_scope("a_1_1/");
}

ScopeTest(name_scope, shares_its_names_with_nodes)
{
    op_name("z");
    VS_WITH_NAME_SCOPE("z")
        assert_scope("z_1/");
    assert_text(op_name("z"), "z_2");
}

ScopeTest(name_scope, with_a_trailing_slash_is_entered_exactly_from_the_root)
{
    VS_WITH_NAME_SCOPE("a")
        op_name("c");
    VS_WITH_NAME_SCOPE("b") {
        VS_WITH_NAME_SCOPE("a/") {
            assert_scope("a/");
            assert_text(op_name("c"), "a/c_1");
        }
        VS_WITH_NAME_SCOPE("x/y/")
            assert_text(op_name("c"), "x/y/c");
    }
    VS_WITH_NAME_SCOPE("x") /* being entered exactly did not use the name */
        assert_scope("x/");
}

ScopeTest(name_scope, of_nothing_is_the_root)
{
    VS_WITH_NAME_SCOPE("a") {
        VS_WITH_NAME_SCOPE("")
            assert_scope("");
        VS_WITH_NAME_SCOPE(NULL)
            assert_text(op_name("c"), "c");
        assert_scope("a/");
    }
}

ScopeTest(name_scope, takes_the_default_name_when_there_is_no_other)
{
    VS_WITH_NAME_SCOPE(NULL, .default_name = "d")
        assert_scope("d/");
    VS_WITH_NAME_SCOPE(NULL, .default_name = "d")
        assert_scope("d_1/");
    VS_WITH_NAME_SCOPE("given", .default_name = "d")
        assert_scope("given/");
    VS_WITH_NAME_SCOPE("", .default_name = "d")
        assert_scope("");
}

ScopeTest(name_scope, tells_its_name)
{
    const char *scope = NULL;
    VS_WITH_NAME_SCOPE("a")
        VS_WITH_NAME_SCOPE("b", .as = &scope)
            ;
    assert_text(scope, "a/b/");
}

ScopeTest(name_scope, with_values_needs_a_name)
{
    vs_tensor value = vs_constant(vs_real(1.0));
    VS_WITH_NAME_SCOPE(NULL, .has_values = true)
        cr_assert(false);
    assert_fails(VS_INVALID_ARGUMENT);
    VS_WITH_NAME_SCOPE(NULL, .values = &value, .num_values = 1)
        cr_assert(false);
    assert_fails(VS_INVALID_ARGUMENT);
    VS_WITH_NAME_SCOPE("", .has_values = true)
        assert_scope("");
}

ScopeTest(name_scope, with_values_of_another_graph_enters_that)
{
    vs_graph *other = vs_graph_new();
    vs_tensor values[2] = {vs_real(1.0)};
    VS_WITH_GRAPH(other)
        values[1] = vs_constant(vs_real(1.0));
    VS_WITH_NAME_SCOPE("a") {
        VS_WITH_NAME_SCOPE("b", .values = values, .num_values = 2) {
            cr_assert(vs_current_graph() == other);
            assert_scope("b/");
        }
        cr_assert(vs_current_graph() == graph);
        assert_scope("a/");
        values[0] = vs_constant(vs_real(1.0));
        VS_WITH_NAME_SCOPE("b", .values = values, .num_values = 2)
            cr_assert(false);
        assert_fails_saying(VS_INVALID_ARGUMENT, "two different graphs");
    }
    vs_graph_release(other);
}

/* Asked of TensorFlow: at the root, or taken from the root on by a trailing slash, and inside. */
ScopeTest(name_scope, refuses_what_could_name_no_node)
{
    static const char *const never[] = {"a b", "a#", "a:b", "a\\b", "a\n", "a\r", "\xc3\xa9", "a b/"};
    static const char *const only_inside[] = {"_x", "-x", ">x", "/x"};
    static const char *const absolute[] = {"_x/", "-x/", ">x/", "//", "/x/"};
    for (int inside = 0; inside < 2; inside++)
        VS_WITH_NAME_SCOPE(inside ? "in" : "") {
            for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
                cr_assert_null(vs_no_op(never[i]));
                assert_fails_saying(VS_INVALID_ARGUMENT, "name");
            }
            for (size_t i = 0; i < sizeof absolute / sizeof *absolute; i++) {
                cr_assert_null(vs_no_op(absolute[i]), "\"%s\"", absolute[i]);
                assert_fails_saying(VS_INVALID_ARGUMENT, "name");
                VS_WITH_NAME_SCOPE(absolute[i])
                    cr_assert(false, "\"%s\"", absolute[i]);
                assert_fails(VS_INVALID_ARGUMENT);
            }
            for (size_t i = 0; i < sizeof only_inside / sizeof *only_inside; i++) {
                vs_no_op(only_inside[i]);
                cr_assert((vs_pending() == VS_OK) == inside, "\"%s\"", only_inside[i]);
                vs_error_take(NULL);
            }
        }
    assert_nodes("in/_x in/-x in/>x in//x");
}

ScopeTest(name_scope, allows_what_looks_odd)
{
    static const char *const names[] = {".a", "a>b", "a//b", "0", "a-b", "a.b", "x//"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        vs_no_op(names[i]);
    assert_ok();
    assert_nodes(".a a>b a//b 0 a-b a.b x/");
}

ScopeTest(name_scope, of_an_op_with_a_trailing_slash_is_exact_and_refused_twice)
{
    VS_WITH_NAME_SCOPE("in")
        assert_text(op_name("a/"), "a");
    cr_assert_null(vs_no_op("a/"));
    assert_fails_saying(VS_INVALID_ARGUMENT, "exactly a");
    cr_assert_null(vs_no_op("a")); /* not counted before: as in TensorFlow the name is tried, and clashes */
    assert_fails(VS_INVALID_ARGUMENT);
    assert_text(op_name("a"), "a_1");
}

ScopeTest(name_scope, re_entered_takes_no_more_memory)
{
    size_t before = 0;
    for (int i = 0; i < 100000; i++) {
        VS_WITH_NAME_SCOPE("a/b/")
            VS_WITH_NAME_SCOPE("")
                ;
        VS_WITH_DEVICE("/job:ps/task:1")
            VS_WITH_DEVICE("/gpu:0")
                ;
        before = i == 10 ? counted.bytes : before;
    }
    cr_assert(counted.bytes == before, "%zu bytes more", counted.bytes - before);
}

/* ---- devices ---- */

ScopeTest(device, is_that_of_the_blocks_merged_field_by_field)
{
    op_name("none");
    VS_WITH_DEVICE("/job:ps/task:1") {
        op_name("outer");
        VS_WITH_DEVICE("/gpu:0")
            op_name("both");
        VS_WITH_DEVICE("/task:2")
            op_name("inner");
        VS_WITH_DEVICE("")
            op_name("same");
        VS_WITH_DEVICE(NULL)
            op_name("forgotten");
    }
    assert_text(device_of("none"), "");
    assert_text(device_of("outer"), "/job:ps/task:1");
    assert_text(device_of("both"), "/job:ps/task:1/device:GPU:0");
    assert_text(device_of("inner"), "/job:ps/task:2");
    assert_text(device_of("same"), "/job:ps/task:1");
    assert_text(device_of("forgotten"), "");
}

ScopeTest(device, that_is_none_is_refused_and_changes_nothing)
{
    VS_WITH_DEVICE("/gpu:1") {
        VS_WITH_DEVICE("/nonsense")
            cr_assert(false);
        assert_fails_saying(VS_INVALID_ARGUMENT, "/nonsense");
        op_name("c");
    }
    assert_text(device_of("c"), "/device:GPU:1");
}

ScopeTest(device, of_a_long_job_is_kept_whole)
{
    char name[700] = "/job:", expected[720];
    memset(name + 5, 'j', 600);
    snprintf(expected, sizeof expected, "%s/device:CPU:0", name);
    VS_WITH_DEVICE(name)
        VS_WITH_DEVICE("/cpu:0")
            op_name("c");
    assert_text(device_of("c"), expected);
}

/* ---- device functions: what they see and give is in scoping_test.c ---- */

static const char *say(const vs_unplaced_node *node, void *user)
{
    (void)node;
    return user;
}

static const char *build_inside(const vs_unplaced_node *node, void *user)
{
    (void)node, (void)user;
    vs_no_op("inside");
    return NULL;
}

static const char *refuse(const vs_unplaced_node *node, void *user)
{
    (void)user;
    vs_raise(VS_CANCELLED, "no place for %s", node->name);
    return NULL;
}

static void note_end(void *user)
{
    ++*(int *)user;
}

ScopeTest(device_function, that_fails_leaves_no_node)
{
    VS_WITH_DEVICE(vs_device_by_function(refuse, NULL, NULL))
        cr_assert_null(vs_no_op("c"));
    assert_fails_saying(VS_CANCELLED, "no place for c");
    VS_WITH_DEVICE(vs_device_by_function(say, (char[]){"/job"}, NULL))
        cr_assert_null(vs_no_op("d"));
    assert_fails_saying(VS_INVALID_ARGUMENT, "\"/job\" is no device");
    assert_nodes("");
}

ScopeTest(device_function, may_not_build)
{
    VS_WITH_DEVICE(vs_device_by_function(build_inside, NULL, NULL))
        cr_assert_null(vs_no_op("c"));
    assert_fails_saying(VS_FAILED_PRECONDITION, "may not build");
    cr_assert(vs_no_op("d"), "only inside");
}

ScopeTest(device_function, holds_in_a_capture)
{
    vs_capture *capture = NULL;
    VS_WITH_DEVICE("/gpu:0")
        VS_WITH_DEVICE(vs_device_by_function(say, (char[]){"/job:ps"}, NULL))
            capture = vs_capture_here();
    VS_WITH_CAPTURE(capture)
        vs_no_op("c");
    assert_text(device_of("c"), "/job:ps/device:GPU:0");
    vs_capture_release(capture);
}

ScopeTest(device_function, means_nothing_in_another_graph)
{
    const char *here = vs_device_by_function(say, (char[]){"/job:ps"}, NULL);
    vs_graph *other = vs_graph_new();
    VS_WITH_GRAPH(other)
        VS_WITH_DEVICE(here)
            vs_no_op("c");
    assert_fails(VS_INVALID_ARGUMENT);
    vs_graph_release(other);
    VS_WITH_DEVICE("\2" "0000000f")
        vs_no_op("c");
    assert_fails(VS_INVALID_ARGUMENT);
    VS_WITH_DEVICE("/job:\2" "00000001")
        vs_no_op("c");
    assert_fails(VS_INVALID_ARGUMENT);
}

ScopeTest(device_function, has_user_data_that_ends)
{
    int ended = 0;
    cr_assert_null(vs_device_by_function(NULL, &ended, note_end));
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert(ended == 1);
    vs_graph *other = vs_graph_new();
    VS_WITH_GRAPH(other)
        cr_assert(vs_device_by_function(say, &ended, note_end));
    vs_graph_release(other);
    cr_assert(ended == 2);
}

/* ---- control dependencies ---- */

static vs_tensor op_here(const char *name)
{
    return vs_operation_as_tensor(vs_no_op(name));
}

static vs_tensor constant_here(const char *name)
{
    return vs_constant(vs_real(1.0), .name = name);
}

ScopeTest(control_dependencies, are_added_to_nodes_made_inside)
{
    vs_tensor a = op_here("a"), b = constant_here("b");
    VS_WITH_CONTROL_DEPENDENCIES(b, a) {
        op_name("c");
        VS_WITH_NO_CONTROL_DEPENDENCIES()
            op_name("free");
    }
    op_name("after");
    assert_text(controls_of("c"), "^a ^b");
    assert_text(controls_of("free"), "");
    assert_text(controls_of("after"), "");
}

ScopeTest(control_dependencies, of_nested_blocks_are_all_added_once)
{
    vs_tensor a = op_here("a"), b = op_here("b");
    VS_WITH_CONTROL_DEPENDENCIES(b, b)
        VS_WITH_CONTROL_DEPENDENCIES(a, b)
            op_name("c");
    assert_text(controls_of("c"), "^a ^b");
}

ScopeTest(control_dependencies, are_left_out_where_an_input_waits_already)
{
    vs_tensor a = op_here("a"), b = op_here("b"), outside = constant_here("outside");
    VS_WITH_CONTROL_DEPENDENCIES(a) {
        vs_tensor x = constant_here("x");
        VS_WITH_CONTROL_DEPENDENCIES(b)
            vs_identity(x, .name = "inner");
        vs_identity(x, .name = "second");
        vs_identity(outside, .name = "third");
    }
    assert_text(controls_of("x"), "^a");
    assert_text(controls_of("inner"), "^b");
    assert_text(controls_of("second"), "");
    assert_text(controls_of("third"), "^a");
}

ScopeTest(control_dependencies, are_left_out_where_they_are_an_input)
{
    vs_tensor a = constant_here("a"), b = op_here("b");
    VS_WITH_CONTROL_DEPENDENCIES(a, b)
        vs_identity(a, .name = "c");
    assert_text(controls_of("c"), "^b");
}

ScopeTest(control_dependencies, of_many_ops_are_sorted_by_name)
{
    enum { COUNT = 150 };
    vs_tensor inputs[COUNT];
    char name[16];
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "op%d", (i * 37) % COUNT);
        inputs[i] = op_here(name);
    }
    vs_frame frame = vs_enter_control_dependencies(inputs, COUNT, NULL);
    const vs_operation *node = vs_no_op("c");
    vs_leave(frame);
    cr_assert(vs_operation_num_control_inputs(node) == COUNT);
    char before[32] = "", after[32];
    for (uint32_t i = 0; i < COUNT; i++) {
        vs_operation_name(vs_operation_control_input(node, i), after, sizeof after);
        cr_assert(strcmp(before, after) < 0);
        strcpy(before, after);
    }
}

ScopeTest(control_dependencies, with_long_names_are_sorted_by_the_whole_of_them)
{
    char name[1001];
    vs_tensor inputs[20];
    memset(name, 'n', 1000);
    name[1000] = '\0';
    for (int i = 0; i < 20; i++) {
        name[999] = (char)('a' + i * 7 % 20);
        inputs[i] = op_here(name);
    }
    vs_frame frame = vs_enter_control_dependencies(inputs, 20, NULL);
    const vs_operation *node = vs_no_op("c");
    vs_leave(frame);
    for (uint32_t i = 0; i < 20; i++) {
        vs_operation_name(vs_operation_control_input(node, i), name, sizeof name);
        cr_assert(name[999] == (char)('a' + i));
    }
}

/* The blocks must know each of many nodes that were made inside. */
ScopeTest(control_dependencies, know_all_nodes_made_inside)
{
    enum { COUNT = 2000 };
    static vs_tensor made[COUNT];
    vs_tensor a = op_here("a");
    VS_WITH_CONTROL_DEPENDENCIES(a) {
        for (int i = 0; i < COUNT; i++)
            made[i] = constant_here("made");
        for (int i = 0; i < COUNT; i++)
            cr_assert(vs_operation_num_control_inputs(vs_tensor_op(vs_identity(made[i]))) == 0);
    }
}

ScopeTest(control_dependencies, are_not_those_of_variables)
{
    vs_tensor a = op_here("a");
    VS_WITH_CONTROL_DEPENDENCIES(a) {
        vs_get_variable("v", .shape = VS_SHAPE(1), .regularizer = vs_l2_regularizer(0.5));
        vs_get_variable("r", .shape = VS_SHAPE(1), .use_resource = VS_TRUE);
        vs_get_variable("p", .initializer = vs_value_initializer(VS_REALS(1.0, 2.0)), .shape = VS_SHAPE(2),
                        .partitioner = vs_fixed_size_partitioner(2));
    }
    assert_ok();
    static const char *const without[] = {"v/Initializer/random_uniform", "v", "v/Assign", "v/read", "r",
                                          "r/Assign", "r/Read/ReadVariableOp", "p/part_0", "p/part_0/read"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        assert_text(controls_of(without[i]), "");
    assert_text(controls_of("v/Regularizer/l2_regularizer/scale"), "^a");
    assert_text(controls_of("p/part_0/PartitionedInitializer/Const"), "^a");
    assert_text(controls_of("p/part_1/PartitionedInitializer/Slice/begin"), "^a");
}

ScopeTest(control_dependencies, need_ops_of_this_graph)
{
    vs_graph *other = vs_graph_new();
    vs_tensor foreign = {.kind = 0}, null = {.kind = 0};
    VS_WITH_GRAPH(other)
        foreign = op_here("a");
    VS_WITH_CONTROL_DEPENDENCIES(null)
        cr_assert(false);
    assert_fails(VS_INVALID_ARGUMENT);
    VS_WITH_CONTROL_DEPENDENCIES(foreign)
        cr_assert(false);
    assert_fails_saying(VS_INVALID_ARGUMENT, "another graph");
    VS_WITH_CONTROL_DEPENDENCIES(vs_real(1.0))
        cr_assert(false);
    assert_fails(VS_INVALID_ARGUMENT);
    op_name("c");
    assert_text(controls_of("c"), "");
    vs_graph_release(other);
}

ScopeTest(control_dependencies, on_a_variable_are_on_its_node)
{
    vs_variable *ref = small_variable("v");
    vs_variable *resource = vs_get_variable("r", .shape = VS_SHAPE(1), .use_resource = VS_TRUE);
    VS_WITH_CONTROL_DEPENDENCIES(vs_value(ref), vs_value(resource))
        op_name("c");
    assert_text(controls_of("c"), "^r ^v");
    vs_variable *whole = vs_get_variable("p", .shape = VS_SHAPE(4), .partitioner = vs_fixed_size_partitioner(2));
    VS_WITH_CONTROL_DEPENDENCIES(vs_value(whole))
        cr_assert(false);
    assert_fails_saying(VS_INVALID_ARGUMENT, "partitioned");
}

/* ---- colocation ---- */

ScopeTest(colocation, gives_the_group_and_the_device_of_the_op)
{
    vs_tensor a = {.kind = 0};
    VS_WITH_DEVICE("/gpu:1")
        a = constant_here("a");
    VS_WITH_DEVICE("/cpu:0") {
        VS_WITH_COLOCATE(a)
            op_name("c");
        op_name("after");
    }
    assert_text(class_of("c"), "loc:@a");
    assert_text(device_of("c"), "/device:GPU:1");
    assert_text(class_of("after"), "");
    assert_text(device_of("after"), "/device:CPU:0");
}

ScopeTest(colocation, with_a_colocated_op_is_with_its_group)
{
    vs_tensor a = constant_here("a"), b = {.kind = 0};
    VS_WITH_COLOCATE(a)
        b = constant_here("b");
    VS_WITH_COLOCATE(b)
        op_name("c");
    assert_text(class_of("b"), "loc:@a");
    assert_text(class_of("c"), "loc:@a");
}

ScopeTest(colocation, of_nested_blocks_is_with_all_groups_sorted)
{
    vs_tensor a = constant_here("a"), b = constant_here("b");
    VS_WITH_COLOCATE(b)
        VS_WITH_COLOCATE(a)
            VS_WITH_COLOCATE(b)
                op_name("c");
    assert_text(class_of("c"), "loc:@a loc:@b");
}

ScopeTest(colocation, may_be_with_a_variable)
{
    vs_variable *v = small_variable("v");
    VS_WITH_COLOCATE(vs_value(v))
        op_name("c");
    assert_text(class_of("c"), "loc:@v");
}

ScopeTest(colocation, needs_an_op_of_this_graph)
{
    vs_tensor null = {.kind = 0};
    VS_WITH_COLOCATE(null)
        cr_assert(false);
    assert_fails(VS_INVALID_ARGUMENT);
    vs_variable *whole = vs_get_variable("p", .shape = VS_SHAPE(4), .partitioner = vs_fixed_size_partitioner(2));
    VS_WITH_COLOCATE(vs_value(whole))
        cr_assert(false);
    assert_fails_saying(VS_INVALID_ARGUMENT, "partitioned");
}

ScopeTest(colocation, with_a_literal_is_with_its_constant)
{
    VS_WITH_COLOCATE(vs_int(1))
        op_name("c");
    assert_text(class_of("c"), "loc:@Const");
}

ScopeTest(colocation, with_an_op_of_a_long_name_is_whole)
{
    char name[900] = "", expected[920];
    memset(name, 'n', sizeof name - 1);
    snprintf(expected, sizeof expected, "loc:@%s", name);
    vs_tensor a = constant_here(name);
    VS_WITH_COLOCATE(a)
        op_name("c");
    assert_text(class_of("c"), expected);
}

ScopeTest(colocation, in_very_many_blocks_is_an_error_and_no_crash)
{
    vs_frame frames[100];
    vs_tensor ops[100];
    for (int i = 0; i < 100; i++)
        ops[i] = constant_here("a");
    for (int i = 0; i < 100; i++)
        frames[i] = vs_enter_colocate_with(ops[i], NULL);
    cr_assert_null(vs_no_op("c"));
    assert_fails(VS_RESOURCE_EXHAUSTED);
    for (int i = 100; i--;)
        vs_leave(frames[i]);
}
