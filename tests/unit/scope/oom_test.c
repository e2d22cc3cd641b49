/*
 * Out of memory, at every single call for it.
 *
 * Small programs run again and again; each time another call for memory fails, alone or with all later ones. A
 * program either builds just what it builds with memory, or says resource_exhausted. It never crashes, its graph
 * holds only whole nodes, nothing leaks, user data ends once, and the same context builds the same program in a
 * fresh graph afterwards. As memory comes in blocks, each program also runs with more and more of the first block
 * used up before it, so that the end of the block falls on each of its requests.
 */
#include <stdlib.h>

#include "consistent.h"
#include "fixture.h"

TestSuite(oom, .timeout = 300);

typedef void (*program)(void);

/* ---- user data: how much was handed over, and how much has ended ---- */

static int given, ended;

static void count_end(void *user)
{
    (void)user;
    ended++;
}

static vs_destroy counted_end(void)
{
    given++;
    return count_end;
}

/* An error that is not lack of memory must be this one; lack of memory is raised again. */
static void expect(const vs_error *error, vs_status code)
{
    if (error->code == VS_RESOURCE_EXHAUSTED)
        vs_error_raise(error);
    else if (error->code != code)
        vs_raise(VS_INTERNAL, "expected %s, got %s: %s", vs_status_name(code), vs_status_name(error->code),
                 error->message);
}

#define must(condition)                                                                                      \
    do {                                                                                                     \
        bool holds__ = condition;                                                                            \
        if (!holds__ && vs_pending() == VS_OK)                                                               \
            vs_raise(VS_INTERNAL, "line %d: %s", __LINE__, #condition);                                      \
    } while (0)

/* A name of 600 bytes, longer than every buffer on a stack. */
static const char *long_name(char last)
{
    static char names[26][601];
    char *name = names[last - 'a'];
    memset(name, 'n', 599);
    name[599] = last;
    return name;
}

/* ---- the programs ---- */

static void open_scopes(void)
{
    vs_variable_scope *scope = NULL;
    vs_tensor a = vs_operation_as_tensor(vs_no_op("a"));
    VS_WITH_NAME_SCOPE("n")
        VS_WITH_NAME_SCOPE("n/m/")
            VS_WITH_VARIABLE_SCOPE("s/t", .reuse = VS_AUTO_REUSE, .as = &scope)
                vs_no_op("c");
    for (int i = 0; i < 3; i++)
        VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d", .caching_device = "/cpu:0")
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "e")
                vs_no_op("c");
    VS_WITH_DEVICE("/job:ps/task:1")
        VS_WITH_DEVICE("/gpu:0")
            VS_WITH_CONTROL_DEPENDENCIES(a)
                VS_WITH_COLOCATE(a)
                    if (scope)
                        VS_WITH_VARIABLE_SCOPE_OBJECT(scope, .dtype = VS_INT32)
                            vs_no_op("c");
}

static void open_default_names_in_objects(void)
{
    vs_variable_scope *scope = NULL;
    VS_WITH_VARIABLE_SCOPE("out", .as = &scope)
        VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
            ;
    for (int i = 0; i < 3 && scope; i++)
        VS_WITH_VARIABLE_SCOPE_OBJECT(scope)
            for (int k = 0; k < 20; k++)
                VS_WITH_VARIABLE_SCOPE("in")
                    VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
                        VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "e/f")
                            vs_no_op("c");
}

static void make_ref_variables(void)
{
    const vs_initializer all[] = {
        vs_zeros_initializer(), vs_ones_initializer(), vs_constant_initializer(VS_REALS(1.0, 2.0)),
        vs_random_normal_initializer(.seed = VS_SEED(1)), vs_random_uniform_initializer(vs_real(-1.0)),
        vs_truncated_normal_initializer(.stddev = VS_FLOAT(0.1)), vs_glorot_uniform_initializer(),
        vs_orthogonal_initializer(), vs_identity_initializer(), vs_uniform_unit_scaling_initializer(),
    };
    char name[16];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        snprintf(name, sizeof name, "v%zu", i);
        VS_WITH_VARIABLE_SCOPE("s")
            vs_get_variable(name, .shape = VS_SHAPE(3, 4), .initializer = all[i], .caching_device = "/gpu:1");
    }
    vs_get_variable("large", .shape = VS_SHAPE(40, 40), .initializer = vs_ones_initializer());
}

static void make_resource_variables(void)
{
    VS_WITH_VARIABLE_SCOPE("s", .use_resource = VS_TRUE, .reuse = VS_AUTO_REUSE) {
        vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(2), .caching_device = "/cpu:0");
        vs_variable *w = vs_get_variable("w", .initializer = vs_value_initializer(VS_REALS(1.0)));
        must(vs_get_variable("v", .shape = VS_SHAPE(2)) == v);
        vs_add(vs_value(v), vs_value(w));
        if (w)
            vs_variable_as_tensor(w);
    }
}

static void make_new_variables(void)
{
    VS_WITH_NAME_SCOPE("n") {
        vs_new_variable(vs_value_initializer(VS_REALS(1.0, 2.0)), .collections = VS_KEYS("a", "b"));
        vs_new_variable(vs_zeros_initializer(), .shape = VS_SHAPE(3), .dtype = VS_INT64, .use_resource = VS_TRUE);
        vs_get_local_variable("l", .shape = VS_SHAPE(1), .collections = VS_KEYS("a"));
    }
    vs_global_variables_initializer();
    vs_local_variables_initializer();
}

static void make_partitioned_variables(void)
{
    VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_AUTO_REUSE, .partitioner = vs_fixed_size_partitioner(3)) {
        vs_variable *p = vs_get_variable("p", .shape = VS_SHAPE(7, 2), .regularizer = vs_l2_regularizer(0.1));
        must(vs_get_variable("p", .shape = VS_SHAPE(7, 2)) == p);
        vs_get_variable("q", .shape = VS_SHAPE(3), .initializer = vs_value_initializer(VS_REALS(1.0, 2.0, 3.0)));
        if (p)
            vs_identity(vs_value(p));
    }
}

static vs_tensor call_zeros(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition, (void)user;
    VS_WITH_NAME_SCOPE("inside")
        vs_no_op("c");
    vs_enter_name_scope_with(&(vs_name_scope_args){.name = "left_open"});
    return vs_zeros(shape, .dtype = dtype);
}

static vs_tensor call_loss(vs_variable *variable, void *user)
{
    (void)user;
    return vs_l2_loss(vs_value(variable));
}

static bool call_two(vs_shape shape, vs_dtype dtype, int64_t *partitions, void *user)
{
    (void)dtype, (void)user;
    partitions[shape.rank - 1] = 2;
    return vs_no_op("cut") != NULL;
}

static vs_variable *call_next(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    (void)user;
    vs_no_op("getter");
    return vs_getter_call(next, args);
}

static void call_back(void)
{
    VS_WITH_VARIABLE_SCOPE("s", .initializer = vs_function_initializer(call_zeros, .destroy = counted_end()),
                           .regularizer = vs_function_regularizer(call_loss, .destroy = counted_end()),
                           .partitioner = vs_function_partitioner(call_two, .destroy = counted_end()),
                           .custom_getter = {.function = call_next, .destroy = counted_end()}) {
        vs_get_variable("v", .shape = VS_SHAPE(4));
        VS_WITH_VARIABLE_SCOPE("t", .custom_getter = {.function = call_next, .destroy = counted_end()})
            vs_get_variable("v", .shape = VS_SHAPE(4),
                            .initializer = vs_function_initializer(call_zeros, .destroy = counted_end()),
                            .regularizer = vs_function_regularizer(call_loss, .destroy = counted_end()),
                            .partitioner = vs_function_partitioner(call_two, .destroy = counted_end()));
        vs_new_variable(vs_function_initializer(call_zeros, .destroy = counted_end()), .shape = VS_SHAPE(1),
                        .dtype = VS_FLOAT32);
    }
}

static vs_variable *create_next(const vs_creator *next, const vs_variable_args *args, void *user)
{
    (void)user;
    vs_no_op("creator");
    return vs_creator_call(next, args);
}

static void create(void)
{
    VS_WITH_VARIABLE_CREATOR_SCOPE(create_next, .destroy = counted_end())
        VS_WITH_VARIABLE_CREATOR_SCOPE(create_next, .destroy = counted_end()) {
            vs_get_variable("v", .shape = VS_SHAPE(2), .partitioner = vs_fixed_size_partitioner(2));
            vs_new_variable(vs_value_initializer(vs_real(1.0)));
        }
}

static const char *choose(const vs_unplaced_node *node, void *user)
{
    (void)user;
    return strcmp(node->op, "Const") == 0 ? "/gpu:0" : NULL;
}

static void choose_devices(void)
{
    const char *chosen = vs_device_by_function(choose, NULL, counted_end());
    VS_WITH_DEVICE("/job:ps")
        VS_WITH_DEVICE(chosen)
            VS_WITH_DEVICE("/task:1") {
                vs_get_variable("v", .shape = VS_SHAPE(2), .caching_device = chosen, .use_resource = VS_TRUE);
                vs_no_op(long_name('d'));
            }
}

static void update(void)
{
    vs_tensor out[2];
    VS_WITH_VARIABLE_SCOPE("s", .partitioner = vs_fixed_size_partitioner(2)) {
        vs_variable *p = vs_get_variable("p", .shape = VS_SHAPE(3)), *q = vs_get_variable("q", .shape = VS_SHAPE(3));
        if (p && q) {
            vs_assign(vs_value(p), vs_ones(VS_SHAPE(3)), VS_OUTPUTS(out));
            vs_assign_sub(vs_value(p), vs_value(q), VS_OUTPUTS(out));
        }
    }
    vs_variable *r = vs_get_variable("r", .shape = VS_SHAPE(2), .use_resource = VS_TRUE, .caching_device = "/cpu:0");
    if (r) {
        vs_assign_add(vs_assign_add(vs_value(r), VS_REALS(1.0, 2.0)), VS_REALS(1.0, 2.0));
        vs_initialized_value(vs_value(r));
    }
}

static void enter_again(void)
{
    vs_variable_scope *scope = NULL;
    VS_WITH_VARIABLE_SCOPE("a", .initializer = vs_constant_initializer(VS_COMPLEXES({1.0, 2.0}, {3.0, 4.0})), .as = &scope)
        VS_WITH_VARIABLE_SCOPE("t", .initializer = vs_value_initializer(VS_BYTES("\0", 1)))
            vs_get_variable("t");
    if (scope)
        VS_WITH_REENTERED_SCOPE(scope, .dtype = VS_COMPLEX64)
            VS_WITH_NO_COLOCATION()
                vs_get_variable("v", .shape = VS_SHAPE(2));
}

static void start_from_others(void)
{
    vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(2), .use_resource = VS_TRUE);
    vs_tensor x = vs_value(w);
    for (int i = 0; i < 20 && w; i++)
        x = vs_add(x, vs_value(w));
    vs_variable *y = w ? vs_new_variable(vs_value_initializer(x), .name = long_name('y')) : NULL;
    if (y)
        vs_new_variable(vs_value_initializer(vs_add(vs_value(y), x)));
}

static void set_settings(void)
{
    vs_variable_scope *scope = vs_get_variable_scope();
    if (!scope)
        return;
    vs_variable_scope_set_initializer(scope, vs_value_initializer(VS_INTS(1, 2, 3)));
    vs_variable_scope_set_regularizer(scope, vs_function_regularizer(call_loss, .destroy = counted_end()));
    vs_variable_scope_set_caching_device(scope, "/job:ps");
    vs_variable_scope_set_custom_getter(scope, (vs_custom_getter){call_next, NULL, counted_end()});
    vs_variable_scope_set_use_resource(scope, VS_TRUE);
    vs_get_variable("v", .dtype = VS_INT32, .regularizer = vs_no_regularizer());
    vs_variable_scope_reuse_variables(scope);
    VS_WITH_VARIABLE_SCOPE("s", .initializer = vs_constant_initializer(vs_string("text")), .dtype = VS_STRING)
        must(vs_variable_scope_reuse(vs_get_variable_scope()) == VS_REUSE_TRUE);
}

static void capture_and_enter(void)
{
    vs_capture *capture = NULL;
    vs_tensor a = vs_operation_as_tensor(vs_no_op("a")), b = vs_operation_as_tensor(vs_no_op("b"));
    VS_WITH_VARIABLE_SCOPE("s", .dtype = VS_FLOAT64)
        VS_WITH_CONTROL_DEPENDENCIES(a)
            VS_WITH_CONTROL_DEPENDENCIES(b)
                VS_WITH_COLOCATE(a)
                    capture = vs_capture_here();
    for (int i = 0; i < 2 && capture; i++)
        VS_WITH_CAPTURE(capture) {
            vs_no_op("c");
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
                vs_get_variable("v", .shape = VS_SHAPE(1));
            vs_capture_release(vs_capture_here());
        }
    vs_capture_release(capture);
}

static void fork_workers(void)
{
    vs_capture **workers = NULL;
    VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE)
        workers = vs_fork(3, "tower");
    for (int i = 2; i >= 0 && workers; i--)
        VS_WITH_CAPTURE(workers[i]) {
            vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(2));
            vs_multiply(vs_value(w), vs_random_uniform(VS_INTS(2)), .name = "y");
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d")
                vs_get_variable("p", .shape = VS_SHAPE(4), .partitioner = vs_fixed_size_partitioner(2));
        }
    vs_captures_release(workers);
}

static void collect(void)
{
    vs_items items;
    char text[16];
    for (int i = 0; i < 12; i++) {
        snprintf(text, sizeof text, "s/%d", i);
        vs_add_string_to_collection(i % 2 ? "odd" : "even", text);
    }
    vs_add_to_collection("odd", vs_constant(vs_real(1.0)));
    if (vs_get_collection("odd", "s", &items) == VS_OK)
        must(items.count == 6);
    vs_items_free(&items);
    if (vs_graph_get_collection(vs_current_graph(), "even", NULL, &items) == VS_OK)
        must(items.count == 6);
    else
        vs_raise(VS_RESOURCE_EXHAUSTED, "list");
    vs_items_free(&items);
    if (vs_graph_collection_keys(vs_current_graph(), &items) == VS_OK)
        must(items.count == 2);
    else
        vs_raise(VS_RESOURCE_EXHAUSTED, "keys");
    vs_items_free(&items);
}

static void name_and_find(void)
{
    static const char *const names[] = {"c_1", "c", "c", "C", "c_1", "a/b/c", "a/B/c", "A/b_1/c", "a/b_1", "x//"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        vs_no_op(names[i]);
    vs_graph *here = vs_current_graph();
    must(vs_graph_find_operation(here, "c_1") && vs_graph_find_operation(here, "a/b/c"));
    must(vs_graph_find_operation(here, "C_3") && !vs_graph_find_operation(here, "C_2"));
    vs_error error;
    VS_TRY(&error)
        vs_no_op("a/b/c/");
    expect(&error, VS_INVALID_ARGUMENT);
}

static void use_long_names(void)
{
    const char *a = long_name('a'), *b = long_name('b'), *x = long_name('x');
    vs_tensor op = vs_operation_as_tensor(vs_no_op(a));
    vs_no_op(a);
    VS_WITH_NAME_SCOPE(a)
        VS_WITH_VARIABLE_SCOPE(b, .reuse = VS_AUTO_REUSE)
            VS_WITH_COLOCATE(op) {
                VS_WITH_VARIABLE_SCOPE(NULL, .default_name = x)
                    ;
                VS_WITH_VARIABLE_SCOPE(NULL, .default_name = x)
                    vs_no_op(x);
                vs_variable *v = vs_get_variable(x, .shape = VS_SHAPE(1), .regularizer = vs_l1_regularizer(0.1));
                vs_variable *p = vs_get_variable(a, .shape = VS_SHAPE(2), .partitioner = vs_fixed_size_partitioner(2),
                                                 .initializer = vs_value_initializer(VS_REALS(1.0, 2.0)));
                vs_get_variable(b, .shape = VS_SHAPE(1), .use_resource = VS_TRUE);
                must(vs_get_variable(x, .shape = VS_SHAPE(1)) == v);
                if (p)
                    vs_variable_as_tensor(p);
            }
}

static void fail_as_always(void)
{
    vs_error error;
    vs_get_variable("v", .shape = VS_SHAPE(2));
    VS_TRY(&error)
        vs_get_variable("v", .shape = VS_SHAPE(2));
    expect(&error, VS_ALREADY_EXISTS);
    VS_TRY(&error)
        vs_get_variable("v", .shape = VS_SHAPE(3), .reuse = VS_REUSE_TRUE);
    expect(&error, VS_INCOMPATIBLE);
    VS_TRY(&error)
        vs_get_variable("w", .reuse = VS_REUSE_TRUE);
    expect(&error, VS_NOT_FOUND);
    VS_TRY(&error)
        VS_WITH_DEVICE("/nonsense")
            ;
    expect(&error, VS_INVALID_ARGUMENT);
    VS_TRY(&error)
        vs_get_variable("f", .shape = VS_SHAPE(1), .caching_device = "/nonsense");
    expect(&error, VS_INVALID_ARGUMENT);
    vs_get_variable("f", .shape = VS_SHAPE(1));
}

static void build_ops(void)
{
    vs_tensor many[40];
    vs_tensor x = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(-1, 3), .name = "x");
    VS_WITH_CONTROL_DEPENDENCIES(x)
        for (int i = 0; i < 40; i++)
            many[i] = vs_multiply(x, vs_real(i));
    vs_add_n(many, 40);
    vs_matmul(x, vs_random_uniform(VS_INTS(3, 4)));
    vs_reduce_sum(x);
    vs_group(many, 40);
}

/* ---- running them ---- */

static const struct {
    const char *name;
    program run;
} programs[] = {
    {"scopes", open_scopes},          {"default names", open_default_names_in_objects},
    {"ref", make_ref_variables},      {"resource", make_resource_variables},
    {"new", make_new_variables},      {"partitioned", make_partitioned_variables},
    {"callbacks", call_back},         {"settings", set_settings},
    {"creators", create},             {"starts", start_from_others},
    {"devices", choose_devices},      {"updates", update},
    {"entered again", enter_again},
    {"capture", capture_and_enter},   {"fork", fork_workers},
    {"collections", collect},
    {"names", name_and_find},         {"long names", use_long_names},
    {"failures", fail_as_always},     {"ops", build_ops},
};
enum { PROGRAMS = sizeof programs / sizeof *programs };

/* Use up some of the current block of the context's arena. */
static void use_up(size_t bytes)
{
    vs__state *state = vs__context()->current;
    if (bytes && state)
        vs__arena_allocate(&state->builder.arena, bytes);
}

/* Everything that a graph lists: its nodes, and its collections. */
static char *listed(const vs_graph *of)
{
    vs_items keys;
    vs__bytes text = vs__bytes_on(NULL, 0);
    vs__bytes_add(&text, nodes_of(of), strlen(nodes_of(of)));
    cr_assert(vs_graph_collection_keys(of, &keys) == VS_OK);
    for (size_t i = 0; i < keys.count; i++) {
        vs_items items;
        cr_assert(vs_graph_get_collection(of, keys.items[i].of.string, NULL, &items) == VS_OK);
        const char *names = taken_names(&items);
        vs__bytes_add(&text, "\n", 1);
        vs__bytes_add(&text, names, strlen(names));
    }
    vs_items_free(&keys);
    vs__bytes_add(&text, "", 1);
    char *copy = strdup((const char *)text.data);
    vs__bytes_free(&text);
    return copy;
}

static bool is_whole(const vs_operation *node, void *user)
{
    char name[8192];
    vs_operation_name(node, name, sizeof name);
    if (vs_graph_find_operation(user, name) != node || !vs_operation_type(node) || !vs_operation_device(node))
        return false;
    for (uint32_t i = 0; i < vs_operation_num_inputs(node); i++)
        if (vs_operation_graph(vs_tensor_op(vs_operation_input(node, i))) != user)
            return false;
    return true;
}

/* Every variable of get_variable that is listed is there. */
static void assert_listed_variables_exist(const vs_graph *of)
{
    vs_items keys;
    cr_assert(vs_graph_collection_keys(of, &keys) == VS_OK);
    for (size_t i = 0; i < keys.count; i++) {
        vs_items items;
        cr_assert(vs_graph_get_collection(of, keys.items[i].of.string, NULL, &items) == VS_OK);
        for (size_t k = 0; k < items.count; k++) {
            const vs_variable *variable = items.items[k].kind == VS_ITEM_VARIABLE ? items.items[k].of.variable : NULL;
            const char *key = variable ? vs_variable_key(variable) : NULL;
            cr_assert(!key || vs_graph_find_variable(of, key) == variable, "%s is in %s and not in the store", key,
                      keys.items[i].of.string);
        }
        vs_items_free(&items);
    }
    vs_items_free(&keys);
}

/* What a program builds when there is memory. */
static char *build_in_memory(program run)
{
    vs_graph *own = vs_graph_new();
    VS_WITH_GRAPH(own)
        run();
    assert_ok();
    char *list = listed(own);
    vs_graph_release(own);
    return list;
}

/* After a run without memory, with it again: the context and even the graph must be as good as new. */
static void assert_usable(program run, vs_graph *failed, const char *expected)
{
    cr_assert(vs_graph_walk(failed, is_whole, failed), "a node is not whole");
    assert_listed_variables_exist(failed);
    assert_consistent(failed);
    VS_WITH_GRAPH(failed) {
        assert_text(vs_current_name_scope(), "");
        assert_text(vs_variable_scope_name(vs_get_variable_scope()), "");
        VS_WITH_VARIABLE_SCOPE("", .reuse = VS_AUTO_REUSE)
            cr_assert(vs_get_variable_scope());
        vs_no_op("afterwards");
    }
    assert_ok();
    char *list = build_in_memory(run);
    cr_assert(strcmp(list, expected) == 0, "another graph:\n%s\nnot\n%s", list, expected);
    free(list);
}

static void run_without_memory(program run, size_t used_up)
{
    vs_context *own = vs_context_new();
    vs_context *before = own ? vs_context_make_current(own) : NULL;
    if (!own)
        return;
    vs_graph *failed = vs_graph_new();
    if (failed)
        VS_WITH_GRAPH(failed) {
            use_up(used_up);
            run();
        }
    vs_context_make_current(before);
    context = own;
    graph = failed;
}

static size_t runs, all_failures; /* of this test */

/* One run, in which the n-th call for memory fails. Whether any did. */
static bool try_once(const char *name, program run, size_t n, bool and_all_after, size_t used_up, const char *expected)
{
    given = ended = 0;
    context = NULL;
    graph = NULL;
    fail_allocation(n, and_all_after);
    run_without_memory(run, used_up);
    size_t failures = counted.failures;
    fail_allocation(0, false);
    vs_context_make_current(context);
    vs_error error = {.code = VS_OK};
    if (context)
        vs_error_take(&error);
    cr_assert(error.code == VS_OK || (error.code == VS_RESOURCE_EXHAUSTED && failures), "%s, call %zu%s, %zu used: %s: %s",
              name, n, and_all_after ? " and all after" : "", used_up, vs_status_name(error.code), error.message);
    if (graph && error.code == VS_OK) {
        char *list = listed(graph);
        cr_assert(strcmp(list, expected) == 0, "%s, call %zu%s, %zu used, says nothing but made\n%s\nnot\n%s", name, n,
                  and_all_after ? " and all after" : "", used_up, list, expected);
        free(list);
    }
    if (graph)
        assert_usable(run, graph, expected);
    cr_assert(!context || !vs_current_graph(), "%s, call %zu: a graph is still entered", name, n);
    vs_graph_release(graph);
    vs_context_make_current(NULL);
    vs_context_free(context);
    runs++;
    all_failures += failures;
    cr_assert(given == ended, "%s, call %zu, %zu used: %d of %d user data ended", name, n, used_up, ended, given);
    assert_all_given_back();
    return failures > 0;
}

enum { STEP = 368, BLOCK = 2048 }; /* 16 is thorough, and takes minutes */

static void run_out_of_memory(const char *name)
{
    count_allocations();
    size_t which = 0;
    while (strcmp(programs[which].name, name) != 0)
        which++;
    program run = programs[which].run;
    vs_context *own = vs_context_new();
    vs_context_make_current(own);
    char *expected = build_in_memory(run);
    vs_context_make_current(NULL);
    vs_context_free(own);
    assert_all_given_back();
    for (size_t used_up = 0; used_up < BLOCK; used_up += STEP)
        for (int all = 0; all < 2; all++)
            for (size_t n = 1; try_once(name, run, n, all, used_up, expected); n++)
                ;
    fprintf(stderr, "%s: %zu runs, %zu allocations failed\n", name, runs, all_failures);
    free(expected);
}

#define OomTest(function, name)                                                                              \
    Test(oom, function)                                                                                      \
    {                                                                                                        \
        run_out_of_memory(name);                                                                             \
    }

OomTest(in_scopes, "scopes")
OomTest(in_default_names, "default names")
OomTest(in_ref_variables, "ref")
OomTest(in_resource_variables, "resource")
OomTest(in_new_variables, "new")
OomTest(in_partitioned_variables, "partitioned")
OomTest(in_callbacks, "callbacks")
OomTest(in_settings, "settings")
OomTest(in_creators, "creators")
OomTest(in_starts, "starts")
OomTest(in_devices, "devices")
OomTest(in_updates, "updates")
OomTest(in_scopes_entered_again, "entered again")
OomTest(in_captures, "capture")
OomTest(in_forks, "fork")
OomTest(in_collections, "collections")
OomTest(in_names, "names")
OomTest(in_long_names, "long names")
OomTest(in_failures, "failures")
OomTest(in_ops, "ops")
