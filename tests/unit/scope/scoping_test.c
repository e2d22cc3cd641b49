/* What has no form in scope programs, as TensorFlow has it: see recorded.h. */
#include "recorded.h"

#include "graph_def.h"

TestSuite(scoping, .timeout = 60);

#define ZEROS .initializer = vs_zeros_initializer()

static const char *flag(vs_tristate value)
{
    return value == VS_DEFAULT ? "none" : value == VS_TRUE ? "true" : "false";
}

/* A shape as the records spell it. */
static const char *spell_shape(vs_shape shape)
{
    static char buffer[128];
    vs__text text = vs__text_of(buffer, sizeof buffer);
    if (shape.kind != VS_SHAPE_RANKED)
        return "none";
    vs__text_put(&text, "[");
    for (uint32_t i = 0; i < shape.rank; i++)
        vs__text_printf(&text, "%s%d", i ? "," : "", (int)shape.dims[i]);
    vs__text_put(&text, "]");
    return buffer;
}

static const char *spell_dtype(vs_dtype dtype)
{
    return dtype ? vs_dtype_name(dtype) : "none";
}

/* The names in a collection, with commas. */
static const char *listed(const char *key)
{
    static char buffer[1024];
    vs__text text = vs__text_of(buffer, sizeof buffer);
    for (const char *from = collected(key, NULL); *from; from++)
        vs__text_add(&text, *from == ' ' ? "," : from, 1);
    buffer[text.length] = '\0';
    return buffer;
}

/* ---- variable_creator_scope ---- */

/* A creator that notes what it is called with, and goes on with some of it changed. */
typedef struct noting {
    const char *label;
    vs_variable_args changes; /* members that are not zero */
} noting;

static vs_variable *note_creation(const vs_creator *next, const vs_variable_args *args, void *user)
{
    const noting *self = user;
    vs_variable_args changed = *args;
    const char *keys = args->collections.names ? args->collections.names[0] : NULL;
    note("%s %s %s %s %s %s%s%s %s %s", self->label, args->name, spell_shape(args->shape), spell_dtype(args->dtype),
         flag(args->trainable), keys ? "[" : "", keys ? keys : "none", keys ? "]" : "", flag(args->use_resource),
         args->caching_device ? args->caching_device : "none");
    if (self->changes.name) {
        changed.name = self->changes.name;
        changed.trainable = self->changes.trainable;
        changed.collections = self->changes.collections;
        changed.use_resource = self->changes.use_resource;
        changed.caching_device = self->changes.caching_device;
    }
    vs_variable *variable = vs_creator_call(next, &changed);
    note("%s made %s", self->label, vs_variable_name(variable));
    return variable;
}

RecordedTest(creators_run_innermost_first)
{
    noting outer = {.label = "outer"}, inner = {.label = "inner"};
    VS_WITH_VARIABLE_CREATOR_SCOPE(note_creation, .user = &outer) {
        VS_WITH_VARIABLE_CREATOR_SCOPE(note_creation, .user = &inner) {
            VS_WITH_VARIABLE_SCOPE("s")
                vs_get_variable("v", .shape = VS_SHAPE(2), ZEROS);
            VS_WITH_NAME_SCOPE("n")
                vs_new_variable(vs_value_initializer(VS_REALS(1.0, 2.0)), .name = "w");
        }
    }
    vs_get_variable("x", .initializer = vs_value_initializer(vs_real(3.0)));
}

RecordedTest(creators_change_name_and_arguments)
{
    noting outer = {.label = "outer"};
    noting inner = {.label = "inner", .changes = {.name = "other", .trainable = VS_FALSE, .collections = VS_KEYS("k"),
                                                  .use_resource = VS_TRUE, .caching_device = "/cpu:0"}};
    vs_variable *v = NULL;
    VS_WITH_VARIABLE_CREATOR_SCOPE(note_creation, .user = &outer) {
        VS_WITH_VARIABLE_CREATOR_SCOPE(note_creation, .user = &inner) {
            VS_WITH_VARIABLE_SCOPE("s")
                v = vs_get_variable("v", .shape = VS_SHAPE(2), .initializer = vs_ones_initializer());
            vs_new_variable(vs_value_initializer(vs_int(5)), .name = "w");
        }
    }
    VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_REUSE_TRUE)
        note(vs_get_variable("v", .shape = VS_SHAPE(2)) == v ? "true" : "false");
    note("k [%s]", listed("k"));
    note("trainable [%s]", listed(VS_TRAINABLE_VARIABLES));
    assert_text(vs_variable_key(v), "s/v");
}

RecordedTest(creators_run_for_each_slice_and_not_on_reuse)
{
    noting creator = {.label = "creator"};
    VS_WITH_VARIABLE_CREATOR_SCOPE(note_creation, .user = &creator)
        VS_WITH_VARIABLE_SCOPE("s", .partitioner = vs_fixed_size_partitioner(2), .reuse = VS_AUTO_REUSE) {
            vs_get_variable("p", .shape = VS_SHAPE(3, 2), ZEROS);
            const vs_variable *p = vs_get_variable("p", .shape = VS_SHAPE(3, 2));
            note("[%s,%s]", vs_variable_save_slice_spec(vs_variable_slice(p, 0)),
                 vs_variable_save_slice_spec(vs_variable_slice(p, 1)));
        }
}

static vs_variable *return_user(const vs_creator *next, const vs_variable_args *args, void *user)
{
    (void)next, (void)args;
    return user;
}

RecordedTest(creators_return_another_variable)
{
    vs_variable *other = vs_new_variable(vs_value_initializer(vs_real(1.0)), .name = "other");
    VS_WITH_VARIABLE_SCOPE("s")
        VS_WITH_VARIABLE_CREATOR_SCOPE(return_user, .user = other)
            note("%s", vs_variable_name(vs_get_variable("v", .shape = VS_SHAPE(2))));
    VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_REUSE_TRUE)
        note("%s", vs_variable_name(vs_get_variable("v", .shape = VS_SCALAR)));
}

static vs_tensor make_double(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)shape, (void)dtype, (void)partition;
    return vs_multiply(vs_initial_value(user), vs_real(2.0), .name = "mul");
}

static vs_variable *double_value(const vs_creator *next, const vs_variable_args *args, void *user)
{
    (void)user;
    vs_variable_args changed = *args;
    changed.initial_value =
        vs_function_initializer(make_double, .takes_no_shape = true, .user = (void *)(uintptr_t)args);
    return vs_creator_call(next, &changed);
}

static vs_variable *replace_value(const vs_creator *next, const vs_variable_args *args, void *user)
{
    (void)user;
    vs_variable_args changed = *args;
    vs_no_op("here");
    changed.initial_value = vs_value_initializer(VS_REALS(7.0, 8.0));
    changed.dtype = VS_DTYPE_NONE;
    return vs_creator_call(next, &changed);
}

RecordedTest(creators_build_around_the_initial_value)
{
    VS_WITH_NAME_SCOPE("n")
        VS_WITH_CONTROL_DEPENDENCIES(vs_operation_as_tensor(vs_no_op("before"))) {
            VS_WITH_VARIABLE_CREATOR_SCOPE(double_value)
                vs_get_variable("v", .shape = VS_SHAPE(2), .initializer = vs_ones_initializer());
            VS_WITH_VARIABLE_CREATOR_SCOPE(replace_value) {
                vs_get_variable("w", .shape = VS_SHAPE(2), .initializer = vs_ones_initializer());
                vs_new_variable(vs_value_initializer(vs_real(1.0)), .name = "x");
            }
        }
}

/* ---- custom getters ---- */

/* A custom getter that notes what it is called with. */
typedef struct getting {
    const char *label;
    const char *suffix;
    vs_tristate trainable; /* VS_DEFAULT: as it came */
} getting;

static vs_variable *note_getting(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    const getting *self = user;
    char name[64];
    vs_get_variable_args changed = *args;
    note("%s %s %s %s %s %s %s", self->label, args->name, spell_shape(args->shape), spell_dtype(args->dtype),
         flag(args->trainable), args->reuse == VS_REUSE_TRUE ? "true" : "false", flag(args->use_resource));
    snprintf(name, sizeof name, "%s%s", args->name, self->suffix);
    changed.name = name;
    changed.trainable = self->trainable ? self->trainable : args->trainable;
    vs_variable *variable = vs_getter_call(next, &changed);
    note("%s got %s", self->label, vs_variable_name(variable));
    return variable;
}

#define GETTER(state) .custom_getter = {note_getting, state, NULL}

static void get_in_scopes_of_getters(vs_variable_scope **b)
{
    static getting own = {"own", "_own", VS_FALSE}, outer = {"a", "_a", VS_DEFAULT}, inner = {"b", "_b", VS_DEFAULT};
    static getting again = {"again", "", VS_DEFAULT};
    VS_WITH_VARIABLE_SCOPE("a", GETTER(&outer)) {
        VS_WITH_VARIABLE_SCOPE("b", GETTER(&inner), .dtype = VS_FLOAT64, .as = b) {
            vs_get_variable("v", .shape = VS_SHAPE(1), ZEROS);
            vs_get_variable("w", .shape = VS_SHAPE(1), ZEROS, GETTER(&own));
        }
        VS_WITH_VARIABLE_SCOPE("c")
            vs_get_variable("v", .shape = VS_SHAPE(1), ZEROS);
        VS_WITH_VARIABLE_SCOPE_OBJECT(*b, GETTER(&again), .reuse = VS_REUSE_TRUE)
            vs_get_variable("v", .shape = VS_SHAPE(1));
    }
}

RecordedTest(getters_of_scopes_run_before_the_inherited_ones)
{
    static getting set = {"set", "", VS_DEFAULT};
    vs_variable_scope *b = NULL, *entered;
    get_in_scopes_of_getters(&b);
    VS_WITH_VARIABLE_SCOPE_OBJECT(b, .as = &entered) {
        vs_variable_scope_set_custom_getter(entered, (vs_custom_getter){note_getting, &set, NULL});
        vs_get_variable("x", .shape = VS_SHAPE(1), ZEROS);
    }
    VS_WITH_VARIABLE_SCOPE_OBJECT(b)
        vs_get_variable("y", .shape = VS_SHAPE(1), ZEROS);
    note("[%s]", listed(VS_TRAINABLE_VARIABLES));
}

static vs_variable *get_shadow(const vs_getter *next, const vs_get_variable_args *args, void *user)
{
    (void)user;
    char name[64];
    vs_get_variable_args changed = *args;
    vs_getter_call(next, args);
    snprintf(name, sizeof name, "%s/shadow", args->name);
    changed.name = name;
    changed.trainable = VS_FALSE;
    vs_variable *shadow = vs_getter_call(next, &changed);
    vs_no_op("c");
    return shadow;
}

RecordedTest(getters_make_more_than_they_return)
{
    VS_WITH_NAME_SCOPE("n")
        VS_WITH_VARIABLE_SCOPE("s", .custom_getter = {get_shadow, NULL, NULL})
            note("%s", vs_variable_name(vs_get_variable("v", .shape = VS_SHAPE(2), ZEROS)));
    note("[%s]", listed(VS_TRAINABLE_VARIABLES));
}

RecordedTest(getters_run_once_for_all_slices)
{
    getting getter = {"getter", "", VS_DEFAULT};
    VS_WITH_VARIABLE_SCOPE("s", GETTER(&getter), .partitioner = vs_fixed_size_partitioner(2))
        vs_get_variable("p", .shape = VS_SHAPE(4), ZEROS);
}

/* ---- device functions ---- */

/* A device function that notes what it is asked, and answers by the type of the op. */
typedef struct choosing {
    const char *label;
    const char *ops[3];
    const char *devices[3];
    const char *other; /* NULL: as it is */
} choosing;

static const char *choose(const vs_unplaced_node *node, void *user)
{
    const choosing *self = user;
    char input[64] = "none";
    if (node->num_inputs)
        vs_tensor_name(node->inputs[0], input, sizeof input);
    note("%s %s %s %s %s %s %s", self->label, node->op, node->name, *node->device ? node->device : "none", input,
         node->num_outputs ? vs_dtype_name(node->dtypes[0]) : "none",
         node->num_outputs ? spell_shape(node->shapes[0]) : "none");
    for (size_t i = 0; i < 3 && self->ops[i]; i++)
        if (strcmp(self->ops[i], node->op) == 0)
            return self->devices[i];
    return self->other;
}

#define CHOOSING(state) vs_device_by_function(choose, state, NULL)

static vs_tensor build_in_devices(void)
{
    static choosing inner = {"inner", {"Identity", "NoOp"}, {"/task:1", ""}, NULL};
    vs_tensor c = {.kind = 0};
    VS_WITH_DEVICE("/job:ps")
        VS_WITH_DEVICE(CHOOSING(&inner))
            VS_WITH_DEVICE("/cpu:*")
                VS_WITH_NAME_SCOPE("n") {
                    const double one = 1.0;
                    const vs_literal matrix = {VS_LITERAL_REALS, 2, (const int64_t[]){1, 1}, &one};
                    c = vs_constant(vs_literal_tensor(&matrix), .name = "c");
                    vs_identity(c, .name = "i");
                    vs_matmul(c, c, .name = "m");
                    vs_no_op("none");
                }
    return c;
}

RecordedTest(device_functions_are_asked_from_the_inside_out)
{
    choosing outer = {"outer", {"MatMul"}, {"/job:outer"}, NULL}, again = {"again", {"Identity"}, {"/cpu:0"}, NULL};
    vs_tensor c = {.kind = 0};
    VS_WITH_DEVICE("/gpu:0")
        VS_WITH_DEVICE(CHOOSING(&outer)) {
            c = build_in_devices();
            VS_WITH_DEVICE(NULL) {
                vs_identity(c, .name = "outside");
                VS_WITH_DEVICE(CHOOSING(&again))
                    vs_identity(c, .name = "raw");
            }
        }
    vs_identity(c, .name = "last");
}

static void make_placed_variables(const char *place, const char *cache)
{
    VS_WITH_DEVICE(place)
        VS_WITH_DEVICE("/gpu:1") {
            vs_get_variable("v", .shape = VS_SHAPE(2), ZEROS);
            vs_get_variable("w", .initializer = vs_value_initializer(VS_REALS(1.0, 2.0)), .caching_device = cache);
            VS_WITH_VARIABLE_SCOPE("cached", .caching_device = cache)
                vs_get_variable("x", .shape = VS_SCALAR, .initializer = vs_ones_initializer());
        }
}

RecordedTest(device_functions_place_variables)
{
    choosing place = {"place", {"VariableV2", "VarHandleOp"}, {"/job:ps/task:0", "/job:ps/task:1"}, "/job:worker"};
    choosing cache = {"cache", {"Identity"}, {"/job:worker/cpu:0"}, NULL};
    const char *placed = CHOOSING(&place), *cached = CHOOSING(&cache);
    VS_WITH_VARIABLE_SCOPE("ref")
        make_placed_variables(placed, cached);
    VS_WITH_VARIABLE_SCOPE("resource", .use_resource = VS_TRUE)
        make_placed_variables(placed, cached);
}

RecordedTest(device_functions_and_colocation)
{
    choosing place = {"place", {"Const"}, {"/job:a"}, "/job:b"}, inside = {"inside", {NULL}, {NULL}, "/job:c"};
    VS_WITH_DEVICE(CHOOSING(&place)) {
        vs_tensor c = vs_constant(vs_real(1.0), .name = "c");
        VS_WITH_COLOCATE(c) {
            vs_identity(c, .name = "near");
            VS_WITH_DEVICE(CHOOSING(&inside)) {
                vs_identity(c, .name = "inside");
                vs_get_variable("v", .shape = VS_SHAPE(2), ZEROS);
            }
            vs_get_variable("w", .shape = VS_SHAPE(2), ZEROS);
        }
        vs_variable *v = vs_new_variable(vs_value_initializer(vs_real(0.0)), .name = "x");
        vs_assign(vs_value(v), .value = vs_real(1.0), .name = "assigned");
    }
}

/* ---- scopes entered again ---- */

static void build_in_scope(const vs_variable_scope *scope)
{
    vs_variable_scope *inner = NULL;
    vs_no_op("c");
    vs_get_variable("v", .shape = VS_SHAPE(1), ZEROS);
    VS_WITH_VARIABLE_SCOPE("inner", .as = &inner) {
        vs_no_op("c");
        note("%s %s", vs_variable_scope_name(inner), vs_variable_scope_original_name_scope(inner));
    }
    const char *path = vs_current_name_scope();
    note("%s %s %.*s", vs_variable_scope_name(scope), vs_variable_scope_original_name_scope(scope),
         (int)(*path ? strlen(path) - 1 : 0), path);
}

RecordedTest(scopes_entered_again_exactly)
{
    vs_variable_scope *root = NULL, *bar = NULL, *entered = NULL, *fresh = NULL;
    VS_WITH_VARIABLE_SCOPE("", .reuse = VS_AUTO_REUSE, .as = &root)
        assert_ok();
    VS_WITH_VARIABLE_SCOPE("foo", .reuse = VS_AUTO_REUSE)
        VS_WITH_VARIABLE_SCOPE("bar", .as = &bar)
            build_in_scope(bar);
    VS_WITH_REENTERED_SCOPE(bar, .as = &entered)
        build_in_scope(entered);
    VS_WITH_NAME_SCOPE("n")
        VS_WITH_VARIABLE_SCOPE("other") {
            VS_WITH_REENTERED_SCOPE(bar, .reuse = VS_REUSE_TRUE, .as = &entered)
                build_in_scope(entered);
            VS_WITH_REENTERED_SCOPE(root, .as = &entered)
                build_in_scope(entered);
        }
    VS_WITH_VARIABLE_SCOPE_OBJECT(bar, .as = &fresh)
        build_in_scope(fresh);
    VS_WITH_REENTERED_SCOPE(fresh, .as = &entered)
        build_in_scope(entered);
}

/* ---- frozen graphs ---- */

static void leave_and_note(vs_frame frame)
{
    vs_leave(frame);
    note_refused();
}

static void build_where_it_is_refused(const vs_variable *v)
{
    vs_no_op(NULL);
    note_refused();
    vs_constant(vs_real(1.0));
    note_refused();
    vs_get_variable("w", .shape = VS_SHAPE(1));
    note_refused();
    vs_new_variable(vs_value_initializer(vs_real(1.0)));
    note_refused();
    vs_add_to_collection("k", vs_value(v));
    note_refused();
    vs_global_variables_initializer();
    note_refused();
    vs_assign(vs_value(v), .value = VS_REALS(1.0));
    note_refused();
}

static void enter_all_the_same(const vs_variable *v, const vs_variable_scope *scope)
{
    vs_tensor waits[] = {vs_value(v)};
    leave_and_note(vs_enter_name_scope_with(&(vs_name_scope_args){.name = "n"}));
    leave_and_note(vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = "q"}));
    leave_and_note(vs_enter_variable_scope_with(&(vs_variable_scope_args){.scope = scope}));
    leave_and_note(vs_enter_variable_scope_with(&(vs_variable_scope_args){.default_name = "d"}));
    leave_and_note(vs_enter_device("/cpu:0", NULL));
    leave_and_note(vs_enter_control_dependencies(waits, 1, NULL));
    leave_and_note(vs_enter_colocate_with(vs_value(v), NULL));
}

RecordedTest(frozen_graphs_refuse_nodes_and_collections)
{
    vs_variable_scope *scope = NULL;
    vs_partitioner halves = vs_fixed_size_partitioner(2);
    const vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(1), ZEROS);
    vs_get_variable("p", .shape = VS_SHAPE(2), ZEROS, .partitioner = halves);
    VS_WITH_VARIABLE_SCOPE("s", .as = &scope)
        assert_ok();
    vs_graph_finalize(graph);
    build_where_it_is_refused(v);
    enter_all_the_same(v, scope);
    vs_set_random_seed(1);
    note_refused();
    vs_variable_as_tensor(v);
    note_refused();
    vs_variable_scope_reuse_variables(scope);
    VS_WITH_VARIABLE_SCOPE("", .reuse = VS_REUSE_TRUE) {
        vs_get_variable("v", .shape = VS_SHAPE(1));
        note_refused();
        vs_get_variable("p", .shape = VS_SHAPE(2), .partitioner = halves);
        note_refused();
        vs_get_variable("x", .shape = VS_SHAPE(1));
        note_refused();
    }
}

#define FOR_BOTH_KINDS(call)                                                                                 \
    do {                                                                                                     \
        VS_WITH_VARIABLE_SCOPE("ref", .use_resource = VS_FALSE)                                              \
            call;                                                                                            \
        VS_WITH_VARIABLE_SCOPE("resource", .use_resource = VS_TRUE)                                          \
            call;                                                                                            \
    } while (0)

/* ---- assignments ---- */

static void note_name(vs_tensor tensor)
{
    char name[64] = "";
    vs_tensor_name(tensor, name, sizeof name);
    note("%s", name);
}

RecordedTest(assignments_of_ref_variables)
{
    vs_tensor v = vs_value(vs_get_variable("v", .shape = VS_SHAPE(2), ZEROS, .caching_device = "/cpu:0"));
    note_name(vs_assign(v, .value = VS_REALS(1.0, 2.0)));
    note_name(vs_assign(v, .value = VS_REALS(1.0, 2.0, 3.0), .validate_shape = VS_FALSE, .use_locking = VS_FALSE,
                        .name = "another"));
    note_name(vs_assign_add(v, .value = VS_REALS(1.0, 2.0)));
    vs_tensor more = vs_assign_add(v, .value = v, .use_locking = VS_TRUE, .name = "more");
    note_name(vs_assign_sub(more, .value = VS_REALS(1.0, 1.0), .name = "less"));
    note_name(vs_is_variable_initialized(v));
    vs_assign_add(v, .value = VS_REALS(1.0));
    note_refused();
    vs_assign_add(vs_identity(v, .name = "copy"), .value = VS_REALS(1.0, 1.0));
    note_refused();
}

RecordedTest(assignments_of_resource_variables)
{
    vs_set_resource_variables(true);
    vs_tensor v = vs_value(vs_get_variable("v", .shape = VS_SHAPE(2), ZEROS));
    vs_tensor w = vs_value(vs_get_variable("w", .shape = VS_SHAPE(2), ZEROS, .caching_device = "/cpu:0"));
    vs_assign(v, .value = VS_INTS(1, 2));
    vs_assign_add(v, .value = VS_REALS(1.0, 2.0), .name = "more");
    vs_assign_sub(vs_assign_add(v, w, .name = "first"), .value = VS_REALS(1.0, 1.0), .name = "second");
    vs_assign_add(w, .value = VS_REALS(1.0, 1.0), .name = "cached");
    vs_assign(w, .value = VS_REALS(1.0, 1.0), .name = "over");
    vs_identity(vs_assign_sub(w, .value = VS_INTS(2, 2), .name = "last"), .name = "used");
    note_name(vs_is_variable_initialized(v));
    vs_assign(v, .value = VS_REALS(1.0));
    note_refused();
}

static void assign_slices(void)
{
    vs_partitioner two = vs_fixed_size_partitioner(2, .axis = 1);
    const vs_variable *p = vs_get_variable("p", .shape = VS_SHAPE(2, 3), ZEROS, .partitioner = two);
    const vs_variable *q = vs_get_variable("q", .shape = VS_SHAPE(2, 3), ZEROS, .partitioner = two);
    const vs_variable *one =
        vs_get_variable("one", .shape = VS_SHAPE(2), ZEROS, .partitioner = vs_fixed_size_partitioner(1));
    vs_tensor out[2], single[1];
    vs_assign(vs_value(p), .value = vs_ones(VS_SHAPE(2, 3), .name = "ones"), .name = "all", VS_OUTPUTS(out));
    static const double column[] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
    const vs_literal rows[] = {{VS_LITERAL_REALS, 2, (const int64_t[]){2, 2}, column},
                               {VS_LITERAL_REALS, 2, (const int64_t[]){2, 1}, column + 4}};
    for (size_t i = 0; i < 2; i++)
        vs_assign(vs_value(vs_variable_slice(p, i)), .value = vs_literal_tensor(&rows[i]), .name = "listed",
                  .use_locking = VS_FALSE);
    vs_assign(vs_value(p), .value = vs_value(q), .name = "copied", VS_OUTPUTS(out));
    vs_assign(vs_value(one), .value = vs_zeros(VS_SHAPE(2), .name = "zeros"), .name = "whole", VS_OUTPUTS(single));
    vs_assign_add(vs_value(p), .value = vs_ones(VS_SHAPE(2, 3), .name = "ones_again"), .name = "more", VS_OUTPUTS(out));
    vs_assign_sub(vs_value(p), .value = vs_value(q), .use_locking = VS_TRUE, .name = "less", VS_OUTPUTS(out));
    vs_assign(vs_value(p), .value = VS_REALS(1.0, 2.0, 3.0), VS_OUTPUTS(out));
    note_refused();
}

RecordedTest(assignments_of_partitioned_variables)
{
    FOR_BOTH_KINDS(assign_slices());
}

RecordedTest(colocation_in_place_of_others)
{
    vs_tensor a = {.kind = 0};
    VS_WITH_DEVICE("/gpu:0")
        a = vs_constant(vs_real(1.0), .name = "a");
    vs_tensor b = vs_constant(vs_real(1.0), .name = "b");
    VS_WITH_DEVICE("/gpu:1")
        VS_WITH_COLOCATE(a) {
            VS_WITH_COLOCATE(b)
                vs_no_op("both");
            VS_WITH_COLOCATE_ONLY(b) {
                vs_no_op("only_b");
                vs_new_variable(vs_value_initializer(vs_real(1.0)), .name = "v");
                VS_WITH_COLOCATE(a)
                    vs_no_op("both_again");
            }
            VS_WITH_NO_COLOCATION() {
                vs_no_op("none");
                VS_WITH_DEVICE("/cpu:0")
                    vs_no_op("cpu");
                vs_new_variable(vs_value_initializer(vs_real(1.0)), .name = "w");
            }
            vs_no_op("a_again");
        }
    VS_WITH_DEVICE("/gpu:1")
        VS_WITH_NO_COLOCATION()
            vs_no_op("hidden");
}

/* ---- variables as they are described in a MetaGraphDef ---- */

static void make_all_kinds(void)
{
    vs_get_variable("plain", .shape = VS_SHAPE(2), ZEROS);
    vs_get_variable("read", .shape = VS_SHAPE(2), ZEROS, .synchronization = VS_SYNCHRONIZATION_ON_READ,
                    .aggregation = VS_AGGREGATION_SUM);
    vs_get_variable("write", .shape = VS_SHAPE(2), ZEROS, .synchronization = VS_SYNCHRONIZATION_ON_WRITE,
                    .aggregation = VS_AGGREGATION_MEAN, .trainable = VS_FALSE);
    vs_get_variable("none", .shape = VS_SHAPE(2), ZEROS, .synchronization = VS_SYNCHRONIZATION_NONE,
                    .trainable = VS_TRUE, .aggregation = VS_AGGREGATION_ONLY_FIRST_REPLICA, .caching_device = "/cpu:0");
    vs_get_local_variable("local", .shape = VS_SHAPE(2), ZEROS);
    vs_new_variable(vs_value_initializer(VS_REALS(1.0)), .name = "new", .synchronization = VS_SYNCHRONIZATION_ON_READ);
    vs_get_variable("p", .shape = VS_SHAPE(3), ZEROS, .partitioner = vs_fixed_size_partitioner(2), .trainable = VS_FALSE);
    vs_get_variable("model", .shape = VS_SHAPE(2), ZEROS, .collections = VS_KEYS(VS_MODEL_VARIABLES));
}

/* Note each VariableDef of a collection: CollectionDef { bytes_list = 2 { value = 1 } }. */
static void note_descriptions(const char *key, const vs__wire_reader *collection)
{
    vs__wire_reader kind = vs__wire_read(collection->data, collection->size);
    cr_assert(vs__wire_next(&kind) && kind.field == 2);
    vs__wire_reader list = vs__wire_read(kind.data, kind.size);
    while (vs__wire_next(&list)) {
        char hex[1024];
        vs__text text = vs__text_of(hex, sizeof hex);
        for (size_t i = 0; i < list.size; i++)
            vs__text_printf(&text, "%02x", list.data[i]);
        note("%s %s", key, hex);
    }
}

/* The entries of MetaGraphDef.collection_def, { key = 1, value = 2 }, of one key. */
static void note_collection(const bytes *meta, const char *key)
{
    vs__wire_reader fields = vs__wire_read(meta->data, meta->size);
    while (vs__wire_next(&fields)) {
        if (fields.field != 4)
            continue;
        vs__wire_reader entry = vs__wire_read(fields.data, fields.size);
        cr_assert(vs__wire_next(&entry));
        bool is_it = entry.size == strlen(key) && memcmp(entry.data, key, entry.size) == 0;
        if (is_it && vs__wire_next(&entry))
            note_descriptions(key, &entry);
    }
}

RecordedTest(variables_as_they_are_described)
{
    bytes meta = {0};
    FOR_BOTH_KINDS(make_all_kinds());
    assert_status(vs_graph_export(graph, VS_FORMAT_META_GRAPH_DEF, bytes_write, &meta, NULL), VS_OK);
    note_collection(&meta, VS_GLOBAL_VARIABLES);
    note_collection(&meta, VS_TRAINABLE_VARIABLES);
    note_collection(&meta, VS_LOCAL_VARIABLES);
    note_collection(&meta, VS_MODEL_VARIABLES);
    bytes_free(&meta);
}

/* ---- literals that JSON has not ---- */

/* Note a Const's name, dtype, and its TensorProto: AttrValue { tensor = 8 }. */
static void note_value(vs_tensor constant)
{
    char name[64] = "", hex[512];
    size_t size = 0;
    vs__text text = vs__text_of(hex, sizeof hex);
    const vs_operation *node = vs_tensor_op(constant);
    cr_assert(node, "no constant");
    const uint8_t *value = vs__node_attr(node, "value", &size);
    vs__wire_reader tensor = vs__wire_read(value, size);
    cr_assert(vs__wire_next(&tensor));
    for (size_t i = 0; i < tensor.size; i++)
        vs__text_printf(&text, "%02x", tensor.data[i]);
    vs_operation_name(node, name, sizeof name);
    note("%s %s %s", name, vs_dtype_name(vs_tensor_dtype(constant)), hex);
}

static void note_constants(void)
{
    note_value(vs_constant(VS_COMPLEX(1.5, -2.0), .name = "scalar"));
    note_value(vs_constant(VS_COMPLEXES({0.0, 1.0}, {2.0, 0.5}), .name = "list"));
    note_value(vs_constant(VS_COMPLEXES({0.0, 1.0}, {2.0, 0.5}), .dtype = VS_COMPLEX64, .name = "narrow"));
    note_value(vs_constant(vs_real(1.0), .dtype = VS_COMPLEX64, .name = "real"));
    note_value(vs_constant(VS_COMPLEX(0.0, 1.0), .shape = VS_SHAPE(3), .name = "repeated"));
    vs_constant(VS_COMPLEX(0.0, 1.0), .dtype = VS_FLOAT32, .name = "refused");
    note_refused();
    note_value(vs_constant(VS_BYTES("a\0b", 3), .name = "bytes"));
    static const vs_bytes three[] = {{NULL, 0}, {"\xff\0", 2}, {"plain", 5}};
    const vs_literal list = {VS_LITERAL_BYTES, 1, (const int64_t[]){3}, three};
    note_value(vs_constant(vs_literal_tensor(&list), .name = "three"));
}

RecordedTest(literals_of_complex_numbers_and_bytes)
{
    note_constants();
    vs_tensor x = vs_placeholder(VS_COMPLEX64, .shape = VS_SHAPE(2), .name = "x");
    note_value(vs_operation_input(vs_tensor_op(vs_multiply(x, VS_COMPLEX(0.0, 2.0), .name = "times")), 1));
    vs_get_variable("c", .initializer = vs_constant_initializer(VS_COMPLEX(1.0, -1.0)), .shape = VS_SHAPE(2),
                    .dtype = VS_COMPLEX64);
    VS_WITH_VARIABLE_SCOPE("s", .initializer = vs_constant_initializer(VS_COMPLEXES({0.0, 1.0}, {0.0, 2.0})),
                           .dtype = VS_COMPLEX128)
        vs_get_variable("d", .shape = VS_SHAPE(2));
    note_value(vs_graph_find_tensor(graph, "c/Initializer/Const"));
    note_value(vs_graph_find_tensor(graph, "s/d/Initializer/Const"));
    vs_new_variable(vs_value_initializer(VS_BYTES("", 1)), .name = "t");
    vs_get_variable("e", .shape = VS_SHAPE(2), .dtype = VS_COMPLEX64);
    note_refused();
    vs_get_variable("f", .shape = VS_SHAPE(2), .dtype = VS_COMPLEX64, .initializer = vs_random_normal_initializer());
    note_refused();
}

static void note_initialized_values(void)
{
    const vs_variable *both[] = {vs_get_variable("v", .shape = VS_SHAPE(2), ZEROS),
                                 vs_new_variable(vs_value_initializer(vs_real(5.0)), .name = "w")};
    for (size_t i = 0; i < 2; i++)
        VS_WITH_NAME_SCOPE("n")
            VS_WITH_CONTROL_DEPENDENCIES(vs_operation_as_tensor(vs_no_op("before")))
                VS_WITH_DEVICE("/cpu:0") {
                    char name[64];
                    vs_tensor value = vs_initialized_value(vs_value(both[i]));
                    vs_tensor_name(value, name, sizeof name);
                    note("%s %s", name, spell_shape(vs_tensor_shape(value)));
                }
}

RecordedTest(initialized_values)
{
    FOR_BOTH_KINDS(note_initialized_values());
    VS_WITH_NAME_SCOPE("own")
        vs_initialized_value(vs_value(vs_new_variable(vs_value_initializer(vs_real(1.0)), .name = "v")));
    vs_initialized_value(vs_real(1.0));
    assert_fails_saying(VS_INVALID_ARGUMENT, "initialized_value");
}

/* ---- initial values that read other variables ---- */

static vs_tensor make_thrice(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)shape, (void)dtype, (void)partition;
    return vs_multiply(vs_value(user), vs_real(3.0), .name = "thrice");
}

static void read_other_variables(void)
{
    const vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(2), .initializer = vs_ones_initializer());
    vs_tensor twice = vs_identity(vs_multiply(vs_value(w), vs_real(2.0), .name = "mul"), .name = "twice");
    vs_variable *x = vs_new_variable(vs_value_initializer(vs_add(twice, vs_value(w), .name = "add")), .name = "x");
    const vs_variable *y = vs_get_variable(
        "y", .initializer = vs_function_initializer(make_thrice, .takes_no_shape = true, .user = x));
    vs_tensor one = vs_constant(vs_real(1.0), .name = "one");
    vs_new_variable(vs_value_initializer(vs_add(vs_value(y), one, .name = "sum")), .name = "z");
    vs_new_variable(vs_value_initializer(vs_value(w)), .name = "same");
}

RecordedTest(initial_values_read_other_variables)
{
    FOR_BOTH_KINDS(read_other_variables());
}

static vs_tensor negative(vs_tensor x, const char *name)
{
    return vs_operation_output(vs_op("Neg", .inputs = VS_OP_INPUTS({.name = "x", .tensor = x}), .name = name), 0);
}

static void read_slices(void)
{
    const vs_variable *p =
        vs_get_variable("p", .shape = VS_SHAPE(4, 2), ZEROS, .partitioner = vs_fixed_size_partitioner(2));
    vs_new_variable(vs_value_initializer(negative(vs_value(p), "negative")), .name = "x");
    vs_tensor twice = vs_multiply(vs_value(p), vs_real(2.0), .name = "twice");
    vs_get_variable("q", .shape = VS_SHAPE(4, 2), .initializer = vs_value_initializer(twice),
                    .partitioner = vs_fixed_size_partitioner(2));
}

RecordedTest(initial_values_read_slices)
{
    FOR_BOTH_KINDS(read_slices());
}

RecordedTest(initial_values_wait_for_what_takes_a_handle)
{
    const vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(3, 2), .initializer = vs_ones_initializer(),
                                           .use_resource = VS_TRUE);
    const vs_operation *rows =
        vs_op("ResourceGather",
              .inputs = VS_OP_INPUTS({.name = "resource", .tensor = vs_operation_output(vs_variable_op(w), 0)},
                                     {.name = "indices", .tensor = VS_INTS(0, 2)}),
              .attrs = VS_OP_ATTRS({.name = "dtype", .kind = VS_ATTR_TYPE, .value.type = VS_FLOAT32}), .name = "rows");
    vs_new_variable(vs_value_initializer(negative(vs_operation_output(rows, 0), "negative")), .name = "x",
                    .use_resource = VS_TRUE);
    vs_tensor changed = {.kind = 0};
    vs_tensor ones = vs_ones(VS_SHAPE(3, 2), .name = "ones");
    const vs_operation *add = vs_op(
        "AssignAddVariableOp", .inputs = VS_OP_INPUTS({.name = "resource", .tensor = vs_operation_output(vs_variable_op(w), 0)},
                                                      {.name = "value", .tensor = ones}));
    VS_WITH_CONTROL_DEPENDENCIES(vs_operation_as_tensor(add)) {
        vs_op("ReadVariableOp", .inputs = VS_OP_INPUTS({.name = "resource", .tensor = vs_operation_output(vs_variable_op(w), 0)}),
              .attrs = VS_OP_ATTRS({.name = "dtype", .kind = VS_ATTR_TYPE, .value.type = VS_FLOAT32}));
        changed = vs_identity(vs_value(w), .name = "changed");
    }
    vs_new_variable(vs_value_initializer(negative(changed, "after")), .name = "y", .use_resource = VS_TRUE);
    const vs_operation *is_initialized =
        vs_op("VarIsInitializedOp", .inputs = VS_OP_INPUTS({.name = "resource", .tensor = vs_operation_output(vs_variable_op(w), 0)}));
    vs_new_variable(vs_value_initializer(vs_operation_output(is_initialized, 0)), .name = "z");
}

RecordedTest(initial_values_that_need_no_copy)
{
    const vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(2), .initializer = vs_ones_initializer(),
                                           .collections = VS_KEYS("mine"));
    vs_new_variable(vs_value_initializer(negative(vs_value(w), "n")), .name = "of_no_collection", .trainable = VS_FALSE);
    const vs_variable *local = vs_get_local_variable("l", .shape = VS_SHAPE(2), .initializer = vs_ones_initializer());
    vs_new_variable(vs_value_initializer(negative(vs_value(local), "m")), .name = "of_local");
    const vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(2), .initializer = vs_ones_initializer());
    const vs_operation *add =
        vs_op("AssignAdd", .inputs = VS_OP_INPUTS({.name = "ref", .tensor = vs_value(v)}, {.name = "value", .tensor = VS_REALS(1.0, 1.0)}),
              .name = "add");
    vs_new_variable(vs_value_initializer(vs_operation_output(add, 0)), .name = "of_a_change");
    note_refused();
}
