/* get_variable: finding and creating by key, errors and what they say, getters, collections. */
#include "fixture.h"
#include "parallel.h"

TestSuite(get_variable, .timeout = 60);

#define GetVariableTest(name) ScopeTest(get_variable, name)

#define VS_ZEROS .initializer = vs_zeros_initializer()

/* An error is pending: of this code, saying all of this, and knowing where the variable was first made. */
static void assert_clash(vs_status code, int first_line, const char *const *words)
{
    vs_error error;
    cr_assert(vs_error_take(&error), "nothing failed");
    cr_assert(error.code == code, "%s: %s", vs_status_name(error.code), error.message);
    for (; *words; words++)
        cr_assert(strstr(error.message, *words), "no \"%s\" in: %s", *words, error.message);
    cr_assert(error.first.line == first_line, "first at %d, not %d: %s", (int)error.first.line, first_line,
              error.message);
    assert_text(error.first.file, __FILE__);
    cr_assert(error.first.function && error.site.line > first_line);
    assert_text(error.site.file, __FILE__);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- reuse ---- */

GetVariableTest(creates_finds_or_does_either_by_the_reuse_mode)
{
    vs_outcome outcome = VS_FOUND;
    vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(1), .outcome = &outcome);
    cr_assert(v && outcome == VS_CREATED);
    cr_assert(vs_get_variable("v", .reuse = VS_REUSE_TRUE, .outcome = &outcome) == v && outcome == VS_FOUND);
    cr_assert(vs_get_variable("v", .reuse = VS_AUTO_REUSE, .outcome = &outcome) == v && outcome == VS_FOUND);
    cr_assert(vs_get_variable("w", .shape = VS_SHAPE(1), .reuse = VS_AUTO_REUSE, .outcome = &outcome));
    cr_assert(outcome == VS_CREATED);
    cr_assert_null(vs_get_variable("x", .reuse = VS_REUSE_TRUE, .outcome = &outcome));
    cr_assert(outcome == VS_OUTCOME_NONE);
    assert_fails_saying(VS_NOT_FOUND, "x");
}

GetVariableTest(without_reuse_says_what_exists_and_where_it_was_made)
{
    VS_WITH_VARIABLE_SCOPE("foo") {
        const int line = __LINE__ + 1;
        vs_get_variable("v", .shape = VS_SHAPE(1));
        cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(1)));
        char place[64];
        snprintf(place, sizeof place, "get_variable_test.c:%d", line);
        assert_clash(VS_ALREADY_EXISTS, line, WORDS("foo/v", place, "reuse"));
    }
    cr_assert(vs_graph_num_operations(graph) == 10);
}

GetVariableTest(with_reuse_says_what_does_not_exist)
{
    VS_WITH_VARIABLE_SCOPE("foo", .reuse = VS_REUSE_TRUE) {
        cr_assert_null(small_variable("v"));
        assert_fails_saying(VS_NOT_FOUND, "foo/v");
    }
    assert_nodes("");
}

GetVariableTest(of_false_reuse_as_an_argument_is_the_scopes_reuse)
{
    vs_variable *v = NULL;
    VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_AUTO_REUSE) {
        v = small_variable("v");
        cr_assert(vs_get_variable("v", .reuse = VS_REUSE_INHERIT) == v);
    }
    assert_ok();
}

GetVariableTest(in_its_strict_form_finds_but_does_not_create)
{
    vs_variable *v = small_variable("v");
    cr_assert(vs_get_variable("v", .reuse = VS_AUTO_REUSE, .strict = true) == v);
    cr_assert_null(vs_get_variable("w", .shape = VS_SHAPE(1), .reuse = VS_AUTO_REUSE, .strict = true));
    assert_fails_saying(VS_NOT_FOUND, "strict");
    cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(4), .reuse = VS_AUTO_REUSE, .strict = true,
                                   .partitioner = vs_fixed_size_partitioner(2)));
    assert_fails_saying(VS_NOT_FOUND, "p");
    cr_assert(vs_get_variable("x", .shape = VS_SHAPE(1), .strict = true), "without auto it means nothing");
    cr_assert_null(vs_graph_find_variable(graph, "w"));
}

/* ---- what is shared must agree ---- */

GetVariableTest(with_another_shape_names_both_and_where_it_was_made)
{
    const int line = __LINE__ + 1;
    vs_get_variable("v", .shape = VS_SHAPE(2, 3));
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(3, 2), .reuse = VS_REUSE_TRUE));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("v", "(2, 3)", "(3, 2)"));
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("v", "(2, 3)", "(2,)"));
}

GetVariableTest(with_a_less_defined_shape_or_none_finds)
{
    vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(2, 3));
    cr_assert(vs_get_variable("v", .shape = VS_SHAPE(-1, 3), .reuse = VS_REUSE_TRUE) == v);
    cr_assert(vs_get_variable("v", .shape = VS_UNKNOWN_SHAPE, .reuse = VS_REUSE_TRUE) == v);
    cr_assert(vs_get_variable("v", .reuse = VS_REUSE_TRUE) == v);
}

GetVariableTest(with_another_dtype_names_both_and_where_it_was_made)
{
    const int line = __LINE__ + 1;
    vs_get_variable("v", .shape = VS_SHAPE(1), .dtype = VS_INT32);
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(1), .dtype = VS_INT64, .reuse = VS_REUSE_TRUE));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("v", "int32", "int64"));
    cr_assert_null(vs_get_variable("v", .reuse = VS_REUSE_TRUE));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("int32", "float32"));
    VS_WITH_VARIABLE_SCOPE("", .dtype = VS_INT32, .reuse = VS_REUSE_TRUE)
        cr_assert_null(vs_get_variable("w"));
    assert_fails(VS_NOT_FOUND);
}

GetVariableTest(with_the_dtype_of_the_scope_finds_what_has_it)
{
    VS_WITH_VARIABLE_SCOPE("s", .dtype = VS_INT32) {
        vs_variable *v = small_variable("v");
        cr_assert(vs_variable_dtype(v) == (vs_dtype)(VS_INT32 + VS_DTYPE_REF));
        cr_assert(vs_get_variable("v", .reuse = VS_REUSE_TRUE) == v);
    }
    VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_REUSE_TRUE, .dtype = VS_FLOAT64)
        cr_assert_null(vs_get_variable("v"));
    assert_fails(VS_INCOMPATIBLE);
}

GetVariableTest(takes_a_ref_dtype_as_its_base)
{
    vs_dtype ref = (vs_dtype)(VS_FLOAT64 + VS_DTYPE_REF);
    vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(1), .dtype = ref);
    cr_assert(vs_variable_dtype(v) == ref);
    cr_assert(vs_get_variable("v", .dtype = VS_FLOAT64, .reuse = VS_REUSE_TRUE) == v);
    cr_assert(vs_get_variable("v", .dtype = ref, .reuse = VS_REUSE_TRUE) == v);
}

/* ---- arguments that are wrong ---- */

GetVariableTest(needs_a_name)
{
    cr_assert_null(vs_get_variable(NULL, .shape = VS_SHAPE(1)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "name");
}

GetVariableTest(needs_a_shape_or_an_initializer_to_create)
{
    cr_assert_null(vs_get_variable("v"));
    assert_fails_saying(VS_INVALID_ARGUMENT, "v has neither");
    cr_assert_null(vs_get_variable("v", VS_ZEROS));
    assert_fails_saying(VS_INVALID_ARGUMENT, "v needs a fully defined shape");
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(2, -1)));
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert_null(vs_get_variable("v", .shape = VS_UNKNOWN_SHAPE, VS_ZEROS));
    assert_fails(VS_INVALID_ARGUMENT);
    assert_nodes("");
}

GetVariableTest(with_a_value_takes_no_shape)
{
    vs_initializer value = vs_value_initializer(VS_REALS(1.0, 2.0));
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(2), .initializer = value));
    assert_fails_saying(VS_INVALID_ARGUMENT, "v");
    vs_variable *v = vs_get_variable("v", .initializer = value);
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(2), .initializer = value, .reuse = VS_REUSE_TRUE));
    assert_fails(VS_INVALID_ARGUMENT);
    cr_assert(vs_get_variable("v", .initializer = value, .reuse = VS_REUSE_TRUE) == v);
}

GetVariableTest(with_a_value_of_another_dtype_is_refused)
{
    cr_assert_null(vs_get_variable("v", .initializer = vs_value_initializer(VS_INTS(1)), .dtype = VS_FLOAT32));
    assert_fails_saying(VS_INVALID_ARGUMENT, "int32");
    vs_variable *v = vs_get_variable("v", .initializer = vs_value_initializer(VS_INTS(1)));
    cr_assert(vs_variable_dtype(v) == (vs_dtype)(VS_INT32 + VS_DTYPE_REF));
}

GetVariableTest(with_a_value_from_the_scope_needs_no_shape_and_has_its_dtype)
{
    VS_WITH_VARIABLE_SCOPE("s", .initializer = vs_value_initializer(VS_INTS(1, 2)), .dtype = VS_FLOAT64) {
        vs_variable *v = vs_get_variable("v");
        assert_ok();
        cr_assert(vs_variable_dtype(v) == (vs_dtype)(VS_INT32 + VS_DTYPE_REF));
    }
}

GetVariableTest(refuses_shapes_and_dtypes_that_are_none)
{
    int64_t dims[VS_MAX_RANK + 1] = {0};
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(2, -2)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "v");
    cr_assert_null(vs_get_variable("v", .shape = {VS_SHAPE_RANKED, VS_MAX_RANK + 1, dims}));
    assert_fails_saying(VS_INVALID_ARGUMENT, "v");
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(1), .dtype = (vs_dtype)77));
    assert_fails_saying(VS_INVALID_ARGUMENT, "v");
}

GetVariableTest(refuses_names_as_at_the_root_unless_in_a_variable_scope)
{
    static const char *const wrong[] = {"_v", "/v", "-v", "a b", "v#", "v:0", "v\\w", "v\n"};
    VS_WITH_NAME_SCOPE("n")
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            cr_assert_null(small_variable(wrong[i]), "%s", wrong[i]);
            assert_fails_saying(VS_INVALID_ARGUMENT, "name");
        }
    VS_WITH_VARIABLE_SCOPE("s")
        for (size_t i = 0; i < 3; i++)
            cr_assert(small_variable(wrong[i]), "%s", wrong[i]);
    assert_node(graph, "s//v");
    assert_node(graph, "s/_v/read");
}

GetVariableTest(of_a_value_in_another_graph_is_refused)
{
    vs_graph *other = vs_graph_new();
    vs_tensor foreign = {.kind = 0};
    VS_WITH_GRAPH(other)
        foreign = vs_constant(vs_real(1.0));
    cr_assert_null(vs_get_variable("v", .initializer = vs_value_initializer(foreign)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "another graph");
    vs_graph_release(other);
}

GetVariableTest(in_a_frozen_graph_finds_but_does_not_create)
{
    vs_variable *v = small_variable("v");
    vs_graph_finalize(graph);
    cr_assert(vs_graph_is_finalized(graph));
    cr_assert(vs_get_variable("v", .reuse = VS_REUSE_TRUE) == v);
    cr_assert(vs_get_variable("v", .reuse = VS_AUTO_REUSE) == v);
    cr_assert_null(small_variable("w"));
    assert_fails_saying(VS_FAILED_PRECONDITION, "w");
    cr_assert_null(vs_get_variable("w", .reuse = VS_REUSE_TRUE));
    assert_fails(VS_NOT_FOUND);
    cr_assert_null(vs_no_op("c"));
    assert_fails(VS_FAILED_PRECONDITION);
    assert_status(vs_add_to_collection("k", vs_value(v)), VS_FAILED_PRECONDITION);
    assert_fails(VS_FAILED_PRECONDITION);
}

GetVariableTest(does_nothing_while_an_error_is_pending)
{
    vs_outcome outcome = VS_FOUND;
    vs_raise(VS_CANCELLED, "stop");
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(1), .outcome = &outcome));
    cr_assert_null(vs_get_local_variable("v", .shape = VS_SHAPE(1)));
    cr_assert_null(vs_new_variable(vs_value_initializer(vs_real(1))));
    cr_assert(outcome == VS_OUTCOME_NONE);
    assert_fails(VS_CANCELLED);
    assert_nodes("");
}

/* ---- partitioned ---- */

#define SLICED(n) .partitioner = vs_fixed_size_partitioner(n)

GetVariableTest(finds_a_partitioned_variable_by_the_same_partitioner)
{
    vs_variable *p = vs_get_variable("p", .shape = VS_SHAPE(6), SLICED(3));
    cr_assert(vs_get_variable("p", .shape = VS_SHAPE(6), SLICED(3), .reuse = VS_REUSE_TRUE) == p);
    cr_assert(vs_get_variable("p", .shape = VS_SHAPE(6), SLICED(3), .reuse = VS_AUTO_REUSE) == p);
    cr_assert(vs_get_variable("p", .reuse = VS_REUSE_TRUE) == p, "without a partitioner only reuse takes it");
    cr_assert(vs_graph_find_variable(graph, "p") == p);
}

GetVariableTest(refuses_a_partitioned_variable_otherwise)
{
    const int line = __LINE__ + 1;
    vs_get_variable("p", .shape = VS_SHAPE(6), SLICED(3));
    cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(6), SLICED(3)));
    assert_clash(VS_ALREADY_EXISTS, line, WORDS("p"));
    cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(6), SLICED(2), .reuse = VS_REUSE_TRUE));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("p", "3", "2"));
    cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(8), SLICED(3), .reuse = VS_AUTO_REUSE));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("(6,)", "(8,)"));
    cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(6), .reuse = VS_AUTO_REUSE));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("p", "partition"));
    cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(6)));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("p", "partition"));
}

GetVariableTest(refuses_to_cut_a_whole_variable)
{
    const int line = __LINE__ + 1;
    vs_get_variable("v", .shape = VS_SHAPE(6));
    static const vs_reuse modes[] = {VS_REUSE_INHERIT, VS_REUSE_TRUE, VS_AUTO_REUSE};
    for (int i = 0; i < 3; i++) {
        cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(6), SLICED(2), .reuse = modes[i]));
        assert_clash(VS_INCOMPATIBLE, line, WORDS("v", "not partitioned"));
    }
}

GetVariableTest(runs_the_partitioner_before_it_looks)
{
    vs_get_variable("p", .shape = VS_SHAPE(6), SLICED(3));
    cr_assert_null(vs_get_variable("p", SLICED(3), .reuse = VS_REUSE_TRUE));
    assert_fails_saying(VS_INVALID_ARGUMENT, "fully defined");
    cr_assert_null(vs_get_variable("new", .shape = VS_SHAPE(-1), SLICED(3)));
    assert_fails_saying(VS_INVALID_ARGUMENT, "new");
    cr_assert_null(vs_get_variable("missing", .shape = VS_SHAPE(6), SLICED(3), .reuse = VS_REUSE_TRUE));
    assert_fails_saying(VS_NOT_FOUND, "missing");
}

static bool ask_wrongly(vs_shape shape, vs_dtype dtype, int64_t *partitions, void *user)
{
    (void)shape, (void)dtype;
    memcpy(partitions, user, 2 * sizeof *partitions);
    return partitions[0] != 99;
}

GetVariableTest(checks_what_a_partitioner_answers)
{
    int64_t answers[][2] = {{0, 1}, {-1, 1}, {2, 2}, {99, 1}};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(4, 4),
                                       .partitioner = vs_function_partitioner(ask_wrongly, .user = answers[i])));
        assert_fails_saying(VS_INVALID_ARGUMENT, "p");
    }
    int64_t right[] = {1, 4};
    vs_variable *p = vs_get_variable("p", .shape = VS_SHAPE(4, 4),
                                     .partitioner = vs_function_partitioner(ask_wrongly, .user = right));
    cr_assert(vs_variable_num_slices(p) == 4);
}

static size_t slices_by(const char *name, vs_shape shape, vs_dtype dtype, vs_partitioner partitioner)
{
    vs_variable *variable = vs_get_variable(name, .shape = shape, .dtype = dtype, .partitioner = partitioner);
    assert_ok();
    return vs_variable_num_slices(variable);
}

GetVariableTest(cuts_by_the_partitioners_of_tensorflow)
{
    cr_assert(slices_by("a", VS_SHAPE(2), VS_FLOAT32, vs_fixed_size_partitioner(3)) == 2);
    cr_assert(slices_by("b", VS_SHAPE(2, 8), VS_FLOAT32, vs_fixed_size_partitioner(3, .axis = -1)) == 3);
    cr_assert(slices_by("c", VS_SHAPE(100), VS_FLOAT32, vs_variable_axis_size_partitioner(64)) == 7);
    cr_assert(slices_by("d", VS_SHAPE(100), VS_FLOAT32, vs_variable_axis_size_partitioner(64, .max_shards = 5)) == 5);
    cr_assert(slices_by("e", VS_SHAPE(100), VS_FLOAT64, vs_variable_axis_size_partitioner(64)) == 13);
    cr_assert(slices_by("f", VS_SHAPE(8), VS_STRING, vs_variable_axis_size_partitioner(32)) == 4);
    cr_assert(slices_by("g", VS_SHAPE(1 << 18), VS_FLOAT32, vs_min_max_variable_partitioner(10)) == 4);
    cr_assert(slices_by("h", VS_SHAPE(100), VS_FLOAT32, vs_min_max_variable_partitioner(10, .min_slice_size = 50)) == 8);
    cr_assert(slices_by("i", VS_SHAPE(100), VS_FLOAT32, vs_min_max_variable_partitioner(0)) == 1);
    static const vs_partitioner wrong[] = {
        {.kind = VS_PARTITIONER_FIXED_SIZE, .count = 0},
        {.kind = VS_PARTITIONER_FIXED_SIZE, .count = -1},
        {.kind = VS_PARTITIONER_FIXED_SIZE, .count = 2, .axis = 1},
        {.kind = VS_PARTITIONER_FIXED_SIZE, .count = 2, .axis = -2},
        {.kind = VS_PARTITIONER_VARIABLE_AXIS_SIZE, .count = 0},
        {.kind = VS_PARTITIONER_VARIABLE_AXIS_SIZE, .count = 8, .max_shards = -1},
        {.kind = VS_PARTITIONER_MIN_MAX_VARIABLE, .count = 2, .min_slice_size = -1},
        {.kind = (vs_partitioner_kind)77},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_null(vs_get_variable("w", .shape = VS_SHAPE(8), .partitioner = wrong[i]), "%zu", i);
        assert_fails(VS_INVALID_ARGUMENT);
    }
}

GetVariableTest(says_when_slices_of_that_name_are_there_already)
{
    const int line = __LINE__ + 1;
    vs_get_variable("p/part_0", .shape = VS_SHAPE(1));
    cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(4)));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("p", "part_0"));
    cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(4), SLICED(2), .reuse = VS_AUTO_REUSE));
    assert_clash(VS_INCOMPATIBLE, line, WORDS("p", "slices"));
    cr_assert_null(vs_graph_find_variable(graph, "p"));
}

/* ---- partitioned, while another thread is at it ---- */

static atomic_int slices_begun, may_end;

static vs_tensor make_slowly(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition, (void)user;
    if (atomic_fetch_add(&slices_begun, 1) == 1)
        wait_for(&may_end, 1);
    return vs_zeros(shape, .dtype = dtype);
}

static void *make_partitioned(void *of)
{
    VS_WITH_GRAPH(of)
        return vs_get_variable("p", .shape = VS_SHAPE(4), SLICED(2), .initializer = vs_function_initializer(make_slowly));
    return NULL;
}

static void *let_it_end(void *no)
{
    sleep_milliseconds(50);
    atomic_store(&may_end, 1);
    return no;
}

GetVariableTest(waits_for_a_partitioned_variable_whose_first_slice_is_there)
{
    pthread_t maker, helper;
    void *made;
    pthread_create(&maker, NULL, make_partitioned, graph);
    cr_assert(wait_for(&slices_begun, 2));
    pthread_create(&helper, NULL, let_it_end, NULL);
    vs_variable *p = vs_get_variable("p", .reuse = VS_REUSE_TRUE);
    pthread_join(maker, &made);
    pthread_join(helper, NULL);
    assert_ok();
    cr_assert(p && p == made && vs_variable_num_slices(p) == 2);
}

/* ---- local variables and collections ---- */

GetVariableTest(of_the_local_kind_shares_keys_and_is_never_trainable)
{
    vs_variable *v = vs_get_local_variable("v", .shape = VS_SHAPE(1), .trainable = VS_TRUE);
    cr_assert(v && !vs_variable_trainable(v));
    assert_text(collected(VS_LOCAL_VARIABLES, NULL), "v:0");
    assert_text(collected(VS_GLOBAL_VARIABLES, NULL), "");
    assert_text(collected(VS_TRAINABLE_VARIABLES, NULL), "");
    cr_assert_null(small_variable("v"));
    assert_fails(VS_ALREADY_EXISTS);
    cr_assert(vs_get_local_variable("v", .reuse = VS_REUSE_TRUE) == v);
    cr_assert_null(vs_get_local_variable("w", .reuse = VS_REUSE_TRUE));
    assert_fails(VS_NOT_FOUND);
    vs_get_local_variable("x", .shape = VS_SHAPE(1), .collections = VS_KEYS("mine"));
    assert_text(collected("mine", NULL), "x:0");
    assert_text(collected(VS_LOCAL_VARIABLES, NULL), "v:0 x:0");
}

GetVariableTest(of_the_local_kind_takes_many_collections)
{
    const char *names[40];
    char text[40][16];
    for (int i = 0; i < 40; i++) {
        snprintf(text[i], sizeof text[i], "k%d", i);
        names[i] = text[i];
    }
    vs_get_local_variable("v", .shape = VS_SHAPE(1), .collections = (vs_keys){names, 40});
    assert_ok();
    assert_text(collected("k39", NULL), "v:0");
    assert_text(collected(VS_LOCAL_VARIABLES, NULL), "v:0");
}

GetVariableTest(puts_a_variable_into_the_collections_asked_for)
{
    vs_get_variable("a", .shape = VS_SHAPE(1));
    vs_get_variable("b", .shape = VS_SHAPE(1), .collections = VS_KEYS("k", "k"));
    vs_get_variable("c", .shape = VS_SHAPE(1), .collections = VS_NO_KEYS);
    vs_get_variable("d", .shape = VS_SHAPE(1), .trainable = VS_FALSE);
    vs_get_variable("e", .shape = VS_SHAPE(1), .collections = VS_KEYS(VS_TRAINABLE_VARIABLES), .trainable = VS_FALSE);
    vs_get_variable("a", .reuse = VS_REUSE_TRUE, .collections = VS_KEYS("k"));
    assert_ok();
    assert_text(collected(VS_GLOBAL_VARIABLES, NULL), "a:0 d:0");
    assert_text(collected(VS_TRAINABLE_VARIABLES, NULL), "a:0 b:0 c:0 e:0");
    assert_text(collected("k", NULL), "b:0");
}

/* ---- custom getters ---- */

/* Each getter notes its letter, and what it was asked for. */
static char log_of[256];

static vs_variable *note_getter(const vs_getter *next, const vs_get_variable_args *args, void *letter)
{
    size_t length = strlen(log_of);
    snprintf(log_of + length, sizeof log_of - length, "%s%s(%s)", length ? " " : "", (const char *)letter, args->name);
    return vs_getter_call(next, args);
}

#define GETTER(letter) {.function = note_getter, .user = (void *)(uintptr_t)(letter)}

GetVariableTest(calls_the_getters_of_scopes_innermost_first)
{
    VS_WITH_VARIABLE_SCOPE("a", .custom_getter = GETTER("A"))
        VS_WITH_VARIABLE_SCOPE("b", .custom_getter = GETTER("B"))
            VS_WITH_VARIABLE_SCOPE("c")
                cr_assert(small_variable("v") == vs_graph_find_variable(graph, "a/b/c/v"));
    assert_text(log_of, "B(a/b/c/v) A(a/b/c/v)");
}

GetVariableTest(calls_only_the_getter_that_it_is_given)
{
    VS_WITH_VARIABLE_SCOPE("a", .custom_getter = GETTER("A"))
        vs_get_variable("v", .shape = VS_SHAPE(1), .custom_getter = GETTER("X"));
    assert_ok();
    assert_text(log_of, "X(a/v)");
}

GetVariableTest(calls_the_getters_of_an_entered_object)
{
    vs_variable_scope *a = NULL;
    VS_WITH_VARIABLE_SCOPE("a", .custom_getter = GETTER("A"), .as = &a)
        ;
    VS_WITH_VARIABLE_SCOPE("outer", .custom_getter = GETTER("O"))
        VS_WITH_VARIABLE_SCOPE_OBJECT(a, .custom_getter = GETTER("B"))
            small_variable("v");
    assert_text(log_of, "B(a/v) A(a/v)");
}

GetVariableTest(calls_a_getter_that_was_set_instead_of_the_chain)
{
    VS_WITH_VARIABLE_SCOPE("a", .custom_getter = GETTER("A"))
        VS_WITH_VARIABLE_SCOPE("b", .custom_getter = GETTER("B")) {
            vs_variable_scope_set_custom_getter(vs_get_variable_scope(), (vs_custom_getter)GETTER("S"));
            small_variable("v");
        }
    assert_text(log_of, "S(a/b/v)");
}

GetVariableTest(calls_getters_when_it_finds_too)
{
    vs_variable *v = NULL;
    VS_WITH_VARIABLE_SCOPE("a")
        v = small_variable("v");
    VS_WITH_VARIABLE_SCOPE("a", .custom_getter = GETTER("A"), .reuse = VS_REUSE_TRUE)
        cr_assert(small_variable("v") == v);
    assert_text(log_of, "A(a/v)");
}

static vs_variable *see_defaults(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    cr_assert(args->dtype == VS_FLOAT64 && args->reuse == VS_AUTO_REUSE && args->use_resource == VS_TRUE);
    cr_assert(args->initializer.kind == VS_INITIALIZER_ONES && args->regularizer.kind == VS_REGULARIZER_L2);
    cr_assert(!user && strcmp(vs_current_name_scope(), "") == 0);
    return vs_getter_call(next, args);
}

GetVariableTest(gives_getters_the_scopes_defaults)
{
    VS_WITH_VARIABLE_SCOPE("s", .dtype = VS_FLOAT64, .reuse = VS_AUTO_REUSE, .use_resource = VS_TRUE,
                           .initializer = vs_ones_initializer(), .regularizer = vs_l2_regularizer(1.0),
                           .custom_getter = {.function = see_defaults})
        cr_assert(small_variable("v"));
    assert_ok();
}

static vs_variable *change_and_call_twice(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    (void)user;
    char name[64];
    vs_get_variable_args changed = *args;
    changed.trainable = VS_FALSE;
    vs_variable *first = vs_getter_call(next, &changed);
    snprintf(name, sizeof name, "%s_copy", args->name);
    changed.name = name;
    return first ? vs_getter_call(next, &changed) : NULL;
}

GetVariableTest(lets_a_getter_change_the_request_and_call_on_twice)
{
    vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(1), .custom_getter = {.function = change_and_call_twice});
    assert_ok();
    assert_text(vs_variable_key(v), "v_copy");
    cr_assert(vs_graph_find_variable(graph, "v") && !vs_variable_trainable(v));
}

static vs_variable *return_user(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    (void)next, (void)args;
    return user;
}

static vs_variable *raise_error(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    (void)user;
    vs_raise(VS_CANCELLED, "not %s", args->name);
    return vs_getter_call(next, args);
}

GetVariableTest(takes_what_a_getter_returns)
{
    vs_variable *other = small_variable("other");
    cr_assert(vs_get_variable("v", .shape = VS_SHAPE(1), .custom_getter = {return_user, other, NULL}) == other);
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(1), .custom_getter = {return_user, NULL, NULL}));
    assert_fails_saying(VS_UNKNOWN, "v");
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(1), .custom_getter = {raise_error, NULL, NULL}));
    assert_fails_saying(VS_CANCELLED, "not v");
    cr_assert_null(vs_graph_find_variable(graph, "v"));
}

static vs_variable *open_and_forget(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    (void)user;
    vs_enter_name_scope_with(&(vs_name_scope_args){.name = "open"});
    vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = "open"});
    return vs_getter_call(next, args);
}

static bool open_and_forget_too(vs_shape shape, vs_dtype dtype, int64_t *partitions, void *user)
{
    (void)shape, (void)dtype, (void)user;
    vs_enter_name_scope_with(&(vs_name_scope_args){.name = "open"});
    partitions[0] = 2;
    return true;
}

GetVariableTest(closes_what_getters_and_partitioners_leave_open)
{
    VS_WITH_VARIABLE_SCOPE("s") {
        cr_assert(vs_get_variable("v", .shape = VS_SHAPE(1), .custom_getter = {.function = open_and_forget}));
        assert_text(vs_current_name_scope(), "s/");
        cr_assert(vs_get_variable("p", .shape = VS_SHAPE(4), .partitioner = vs_function_partitioner(open_and_forget_too)));
        assert_text(vs_current_name_scope(), "s/");
    }
    assert_ok();
    assert_text(vs_current_name_scope(), "");
}

/* ---- user data ---- */

static void count_end(void *user)
{
    ++*(int *)user;
}


GetVariableTest(ends_its_user_data_when_it_returns_whatever_came_of_it)
{
    int ends = 0;
    vs_get_variable("v", .shape = VS_SHAPE(1), .initializer = {.kind = VS_INITIALIZER_ZEROS, .user = &ends, .destroy = count_end});
    cr_assert(ends == 1);
    vs_get_variable("v", .reuse = VS_REUSE_TRUE, .regularizer = {.kind = VS_REGULARIZER_NONE, .user = &ends, .destroy = count_end});
    cr_assert(ends == 2);
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(1), .partitioner = {.kind = VS_PARTITIONER_FIXED_SIZE, .count = 1, .user = &ends, .destroy = count_end}));
    cr_assert(ends == 3);
    cr_assert_null(vs_get_variable("w", .shape = VS_SHAPE(1), .custom_getter = {return_user, &ends, count_end}));
    cr_assert(ends == 4, "an error was pending");
    assert_fails(VS_INCOMPATIBLE);
}

GetVariableTest(ends_the_user_data_of_a_new_variable_whatever_came_of_it)
{
    int ends = 0;
    const vs_initializer counted_zeros = {.kind = VS_INITIALIZER_ZEROS, .user = &ends, .destroy = count_end};
    vs_new_variable(counted_zeros, .shape = VS_SHAPE(1), .dtype = VS_FLOAT32);
    cr_assert(ends == 1);
    cr_assert_null(vs_new_variable(counted_zeros, .name = "no shape", .dtype = VS_FLOAT32));
    cr_assert(ends == 2);
    cr_assert_null(vs_new_variable(counted_zeros, .shape = VS_SHAPE(1), .dtype = VS_FLOAT32));
    cr_assert(ends == 3, "an error was pending");
    assert_fails(VS_INVALID_ARGUMENT);
}

/* ---- sites ---- */

static vs_variable *build_and_call(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    (void)user;
    VS_WITH_NAME_SCOPE("inside")
        vs_no_op("made_by_a_getter");
    return vs_getter_call(next, args);
}

static vs_variable *build_nothing(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    (void)user;
    return vs_getter_call(next, args);
}

static bool build_and_cut(vs_shape shape, vs_dtype dtype, int64_t *partitions, void *user)
{
    (void)shape, (void)dtype, (void)user;
    vs_no_op("made_by_a_partitioner");
    partitions[0] = 2;
    return true;
}

GetVariableTest(tells_the_site_of_the_call_whatever_callbacks_build)
{
    const vs_custom_getter getter = {.function = build_and_call};
    const vs_partitioner cut = vs_function_partitioner(build_and_cut);
    const int line = __LINE__ + 1; /* compilers differ on the line of a macro that goes over several */
    vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(4), .custom_getter = getter, .partitioner = cut);
    assert_ok();
    cr_assert(vs_variable_site(v).line == line && vs_variable_site(vs_variable_slice(v, 1)).line == line);
    assert_text(vs_variable_site(v).function, __func__);
    cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(4), .custom_getter = getter, .partitioner = cut));
    assert_clash(VS_ALREADY_EXISTS, line, WORDS("v"));
}

/* ---- callers of other versions ---- */

GetVariableTest(takes_the_arguments_of_an_older_caller)
{
    enum { OLD_SIZE = offsetof(vs_get_variable_args, use_resource) };
    vs_get_variable_args now = {.call = {OLD_SIZE, 7, "old.c", "old"}, .name = "v", .shape = VS_SHAPE(2),
                                .use_resource = VS_TRUE, .reuse = VS_REUSE_TRUE, .strict = true};
    volatile size_t size = OLD_SIZE; /* volatile: that it is too small is what is tested */
    vs_get_variable_args *old = malloc(size);
    memcpy(old, &now, OLD_SIZE);
    vs_variable *v = vs_get_variable_with(old);
    assert_ok();
    cr_assert(vs_variable_kind_of(v) == VS_REF_VARIABLE && vs_variable_site(v).line == 7);
    old->name = "w";
    cr_assert(vs_get_local_variable_with(old));
    free(old);
    assert_text(vs_variable_site(v).file, "old.c");
}

/* ---- sizes ---- */

GetVariableTest(refuses_shapes_too_large_to_count)
{
    const vs_initializer all[] = {
        vs_zeros_initializer(), vs_ones_initializer(), vs_constant_initializer(vs_real(1.0)),
        vs_orthogonal_initializer(),
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cr_assert_null(vs_get_variable("v", .shape = VS_SHAPE(INT64_MAX, INT64_MAX, 3), .initializer = all[i]), "%zu", i);
        assert_fails(VS_INVALID_ARGUMENT);
    }
    static const vs_partitioner cuts[] = {
        {.kind = VS_PARTITIONER_FIXED_SIZE, .count = INT64_MAX},
        {.kind = VS_PARTITIONER_VARIABLE_AXIS_SIZE, .count = 1},
        {.kind = VS_PARTITIONER_MIN_MAX_VARIABLE, .count = INT64_MAX, .min_slice_size = 1},
    };
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        cr_assert_null(vs_get_variable("p", .shape = VS_SHAPE(INT64_MAX), .partitioner = cuts[i]), "%zu", i);
        cr_assert(vs_pending() == VS_RESOURCE_EXHAUSTED || vs_pending() == VS_INVALID_ARGUMENT);
        vs_error_take(NULL);
    }
}

GetVariableTest(takes_shapes_of_the_largest_rank)
{
    int64_t dims[VS_MAX_RANK];
    for (int i = 0; i < VS_MAX_RANK; i++)
        dims[i] = 1;
    dims[VS_MAX_RANK - 1] = 3;
    const vs_shape shape = {VS_SHAPE_RANKED, VS_MAX_RANK, dims};
    vs_variable *v = vs_get_variable("v", .shape = shape);
    vs_variable *p = vs_get_variable("p", .shape = shape, .partitioner = vs_fixed_size_partitioner(3, .axis = -1));
    assert_ok();
    cr_assert(v && vs_variable_num_slices(p) == 3);
    cr_assert(strlen(vs_variable_save_slice_spec(vs_variable_slice(p, 2))) > 1000);
    vs_variable_as_tensor(p);
    dims[0] = 2;
    cr_assert_null(vs_get_variable("v", .shape = shape, .reuse = VS_REUSE_TRUE));
    assert_fails(VS_INCOMPATIBLE);
}

GetVariableTest(that_finds_or_fails_takes_no_more_memory)
{
    size_t before = 0;
    vs_get_variable("v", .shape = VS_SHAPE(2));
    vs_get_variable("p", .shape = VS_SHAPE(4), SLICED(2));
    for (int i = 0; i < 20000; i++) {
        vs_get_variable("v", .shape = VS_SHAPE(2), .reuse = VS_AUTO_REUSE);
        vs_get_variable("v", .reuse = VS_REUSE_TRUE, .custom_getter = {.function = build_nothing});
        vs_get_variable("p", .shape = VS_SHAPE(4), SLICED(2), .reuse = VS_REUSE_TRUE);
        assert_ok();
        vs_get_variable("v", .shape = VS_SHAPE(2));
        vs_error_take(NULL);
        vs_get_variable("v", .shape = VS_SHAPE(3), .reuse = VS_REUSE_TRUE);
        vs_error_take(NULL);
        vs_get_variable("none", .reuse = VS_REUSE_TRUE);
        vs_error_take(NULL);
        before = i == 10 ? counted.bytes : before;
    }
    cr_assert(counted.bytes == before, "%zu bytes more", counted.bytes - before);
}

/* ---- long names ---- */

GetVariableTest(takes_long_names)
{
    char name[2001];
    memset(name, 'n', 2000);
    name[2000] = '\0';
    VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_AUTO_REUSE) {
        vs_variable *v = vs_get_variable(name, .shape = VS_SHAPE(4), SLICED(2));
        vs_variable *w = vs_get_variable(name + 1, .shape = VS_SHAPE(1), .regularizer = vs_l2_regularizer(1.0),
                                         .use_resource = VS_TRUE);
        assert_ok();
        cr_assert(vs_get_variable(name, .shape = VS_SHAPE(4), SLICED(2)) == v);
        cr_assert(vs_get_variable(name + 1, .shape = VS_SHAPE(1)) == w);
        vs_variable_as_tensor(v);
        vs_variable_as_tensor(w);
    }
    assert_ok();
}

/* ---- what a message says: what was asked for, what is there and where it was defined, and the way out ---- */

GetVariableTest(that_is_missing_names_the_nearest_there_is)
{
    VS_WITH_VARIABLE_SCOPE("layer")
        vs_get_variable("weights", .shape = VS_SHAPE(2));
    vs_get_variable("b", .shape = VS_SHAPE(2));
    VS_WITH_VARIABLE_SCOPE("layr", .reuse = VS_REUSE_TRUE)
        vs_get_variable("weights", .shape = VS_SHAPE(2));
    assert_fails_saying(VS_NOT_FOUND, "; did you mean layer/weights?");
    vs_get_variable("weights", .reuse = VS_REUSE_TRUE);
    assert_fails_saying(VS_NOT_FOUND, "; did you mean layer/weights?");
    VS_WITH_VARIABLE_SCOPE("x", .reuse = VS_REUSE_TRUE)
        vs_get_variable("b", .shape = VS_SHAPE(2));
    assert_fails_saying(VS_NOT_FOUND, "; did you mean b?");
    vs_get_variable("nothing_like_it", .reuse = VS_REUSE_TRUE);
    assert_fails_saying(VS_NOT_FOUND, "or set reuse to auto");
}

GetVariableTest(that_is_missing_hints_at_no_variable_that_is_far)
{
    vs_get_variable("weights", .shape = VS_SHAPE(2));
    vs_get_variable("bias", .reuse = VS_REUSE_TRUE);
    vs_error error;
    cr_assert(vs_error_take(&error) && error.code == VS_NOT_FOUND);
    cr_assert(!strstr(error.message, "did you mean"), "%s", error.message);
}

GetVariableTest(hints_at_a_node_of_the_name_that_get_variable_did_not_make)
{
    vs_new_variable(vs_value_initializer(vs_real(1.0)), .name = "v");
    vs_get_variable("v", .reuse = VS_REUSE_TRUE);
    assert_fails_saying(VS_NOT_FOUND, "there is a node of that name, but only what get_variable made is found");
}

GetVariableTest(says_where_what_it_clashes_with_was_first_defined)
{
    char place[64], said[128];
    snprintf(place, sizeof place, "get_variable_test.c:%d (", __LINE__ + 1);
    vs_get_variable("v", .shape = VS_SHAPE(2));
    vs_get_variable("v", .shape = VS_SHAPE(2));
    assert_fails_saying(VS_ALREADY_EXISTS, place);
    vs_get_variable("v", .shape = VS_SHAPE(3), .reuse = VS_REUSE_TRUE);
    assert_fails_saying(VS_INCOMPATIBLE, place);
    vs_get_variable("v", .dtype = VS_INT32, .reuse = VS_REUSE_TRUE);
    assert_fails_saying(VS_INCOMPATIBLE, place);
    vs_get_variable("v", .shape = VS_SHAPE(2), .partitioner = vs_fixed_size_partitioner(2));
    vs_error error;
    cr_assert(vs_error_take(&error) && error.code == VS_INCOMPATIBLE);
    cr_assert(strstr(error.message, place), "%s", error.message);
    snprintf(said, sizeof said, "%s", error.first.function);
    cr_assert(error.first.line && strstr(error.message, said));
}
