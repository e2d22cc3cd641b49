/* Reading a graph that others build: what is seen is whole. */
#include "graph_def.h"
#include "parallel.h"

TestSuite(export, .timeout = 300);

enum { BUILDERS = 3, THREADS = 4, STEPS = 150 };

/* What the builders of a round share, beyond the graph. */
typedef struct shared {
    atomic_int building;
    vs_tensor published[BUILDERS];
    atomic_int is_published[BUILDERS];
} shared;

static void clear(const parallel_round *round)
{
    memset(round->user, 0, sizeof(shared));
    ((shared *)round->user)->building = BUILDERS;
}

/* The latest tensor of another builder, so that inputs cross from thread to thread. */
static vs_tensor of_another(const shared *state, int index, vs_tensor otherwise)
{
    int other = (index + 1) % BUILDERS;
    return atomic_load(&state->is_published[other]) ? state->published[other] : otherwise;
}

static void build_step(shared *state, int index, int step)
{
    char name[16];
    snprintf(name, sizeof name, "v%d", step);
    vs_variable *v = vs_get_variable(name, .shape = VS_SHAPE(2), .regularizer = vs_l2_regularizer(0.1));
    vs_tensor y = vs_multiply(vs_value(v), vs_real(0.5));
    VS_WITH_CONTROL_DEPENDENCIES(of_another(state, index, y))
        y = vs_add(y, of_another(state, index, y));
    VS_WITH_COLOCATE(vs_value(v))
        y = vs_identity(y);
    vs_add_to_collection("ys", y);
    if (step == 10) {
        state->published[index] = y;
        atomic_store(&state->is_published[index], 1);
    }
}

static const char *build(parallel_worker *self)
{
    shared *state = self->round->user;
    VS_WITH_GRAPH(self->round->graph)
        VS_WITH_VARIABLE_SCOPE("model", .reuse = VS_AUTO_REUSE)
            for (int step = 0; step < STEPS; step++)
                build_step(state, self->index, step);
    state->building--;
    return pending_verdict(self);
}

/* ---- export ---- */

static const char *export_once(parallel_worker *self, vs_format format, size_t *nodes)
{
    bytes out = {0};
    vs_error error;
    if (vs_graph_export(self->round->graph, format, bytes_write, &out, &error))
        return verdict(self, "%s: %s", vs_status_name(error.code), error.message);
    graph_summary summary =
        format == VS_FORMAT_GRAPH_DEF ? check_graph_def(&out) : check_meta_graph_def(&out);
    bytes_free(&out);
    if (summary.complaint[0])
        return verdict(self, "after %zu nodes, %zu inputs: %s", summary.nodes, summary.inputs,
                       summary.complaint);
    if (summary.nodes < *nodes)
        return "a node that was there is gone";
    *nodes = summary.nodes;
    return NULL;
}

static const char *build_or_export(parallel_worker *self)
{
    shared *state = self->round->user;
    const char *wrong = NULL;
    size_t nodes = 0;
    bool more = true;
    if (self->index < BUILDERS)
        return build(self);
    for (int i = 0; more && !wrong; i++) {
        more = atomic_load(&state->building) > 0; /* once more after the end */
        wrong = export_once(self, i % 2 ? VS_FORMAT_META_GRAPH_DEF : VS_FORMAT_GRAPH_DEF, &nodes);
    }
    return wrong;
}

static void assert_whole(const parallel_round *round)
{
    bytes out = {0};
    assert_status(vs_graph_export(round->graph, VS_FORMAT_META_GRAPH_DEF, bytes_write, &out, NULL), VS_OK);
    graph_summary summary = check_meta_graph_def(&out);
    bytes_free(&out);
    cr_assert(!summary.complaint[0], "%s", summary.complaint);
    cr_assert(summary.nodes == vs_graph_num_operations(round->graph));
    cr_assert(summary.variables == 2 * STEPS, "%zu variables", summary.variables); /* trainable ones too */
}

Test(export, of_a_graph_that_is_being_built_is_whole)
{
    static shared state;
    run_in_parallel(ROUNDS(60), THREADS, build_or_export, clear, assert_whole, &state);
}

/* ---- slices ---- */

/* Slices made by hand become those of a partitioned variable, while others export: each has all of its place, or none. */
static const char *partition_or_export(parallel_worker *self)
{
    size_t nodes = 0;
    if (self->index) {
        const char *wrong = NULL;
        for (int i = 0; i < 4 && !wrong; i++)
            wrong = export_once(self, VS_FORMAT_META_GRAPH_DEF, &nodes);
        return wrong;
    }
    VS_WITH_GRAPH(self->round->graph)
        vs_get_variable("p", .shape = VS_SHAPE(5, 2), .partitioner = vs_fixed_size_partitioner(2), .reuse = VS_AUTO_REUSE);
    return pending_verdict(self);
}

static void make_slices(const parallel_round *round)
{
    VS_WITH_GRAPH(round->graph) {
        vs_get_variable("p/part_0", .shape = VS_SHAPE(3, 2));
        vs_get_variable("p/part_1", .shape = VS_SHAPE(2, 2));
    }
    assert_ok();
}

static void assert_sliced(const parallel_round *round)
{
    assert_text(vs_variable_save_slice_spec(vs_graph_find_variable(round->graph, "p/part_1")), "5 2 3,2:0,2");
}

Test(export, of_slices_made_by_hand_has_all_of_their_place_or_none)
{
    run_in_parallel(ROUNDS(200), THREADS, partition_or_export, make_slices, assert_sliced, NULL);
}

/* ---- text ---- */

static const char *build_or_write_text(parallel_worker *self)
{
    const shared *state = self->round->user;
    if (self->index < BUILDERS)
        return build(self);
    while (atomic_load(&state->building) > 0) {
        bytes out = {0};
        vs_error error;
        if (vs_graph_export(self->round->graph, VS_FORMAT_GRAPH_DEF_TEXT, bytes_write, &out, &error))
            return verdict(self, "%s: %s", vs_status_name(error.code), error.message);
        bool starts_well = out.size == 0 || memcmp(out.data, "node {", 6) == 0 || out.data[0] == 'v';
        bytes_free(&out);
        if (!starts_well)
            return "it is no GraphDef";
    }
    return NULL;
}

Test(export, as_text_may_run_while_others_build)
{
    static shared state;
    run_in_parallel(ROUNDS(30), THREADS, build_or_write_text, clear, NULL, &state);
}

/* ---- walks ---- */

typedef struct walk {
    size_t seen;
    const char *wrong;
} walk;

static bool look_at(const vs_operation *operation, void *user)
{
    walk *self = user;
    char name[64];
    self->seen++;
    if (vs_operation_name(operation, name, sizeof name) == 0 || !vs_operation_type(operation))
        self->wrong = "a node has no name or type";
    for (uint32_t i = 0; i < vs_operation_num_inputs(operation); i++)
        if (!vs_tensor_op(vs_operation_input(operation, i)))
            self->wrong = "a node lacks an input";
    for (uint32_t i = 0; i < vs_operation_num_control_inputs(operation); i++)
        if (!vs_operation_control_input(operation, i))
            self->wrong = "a node lacks a control input";
    for (uint32_t i = 0; i < vs_operation_num_outputs(operation); i++)
        if (vs_tensor_dtype(vs_operation_output(operation, i)) == VS_DTYPE_NONE)
            self->wrong = "an output has no dtype";
    return !self->wrong;
}

static const char *build_or_walk(parallel_worker *self)
{
    const shared *state = self->round->user;
    size_t before = 0;
    if (self->index < BUILDERS)
        return build(self);
    while (atomic_load(&state->building) > 0) {
        walk whole = {0}, part = {0};
        vs_items variables = {0};
        size_t counted = vs_graph_num_operations(self->round->graph);
        vs_graph_walk(self->round->graph, look_at, &whole);
        vs_graph_walk_scope(self->round->graph, "model", look_at, &part);
        if (whole.wrong || part.wrong)
            return whole.wrong ? whole.wrong : part.wrong;
        if (whole.seen < before || counted < before)
            return "a node that was there is gone";
        before = whole.seen;
        if (vs_graph_get_collection(self->round->graph, VS_GLOBAL_VARIABLES, "model", &variables))
            return "no collection";
        for (size_t i = 0; i < variables.count; i++)
            if (!vs_variable_initializer(variables.items[i].of.variable))
                return "a variable in a collection is not whole";
        vs_items_free(&variables);
    }
    return NULL;
}

Test(export, walks_see_whole_nodes_while_others_build)
{
    static shared state;
    run_in_parallel(ROUNDS(90), THREADS, build_or_walk, clear, NULL, &state);
}

/* ---- look-up by name ---- */

static const char *build_or_look_up(parallel_worker *self)
{
    const shared *state = self->round->user;
    if (self->index < BUILDERS)
        return build(self);
    while (atomic_load(&state->building) > 0)
        for (int i = 0; i < STEPS; i++) {
            char name[32];
            snprintf(name, sizeof name, "model/v%d/read", i);
            const vs_operation *read = vs_graph_find_operation(self->round->graph, name);
            if (read && !vs_tensor_op(vs_operation_input(read, 0)))
                return "a node is found before its input";
            snprintf(name, sizeof name, "model/v%d", i);
            vs_variable *v = vs_graph_find_variable(self->round->graph, name);
            if (v && strcmp(vs_variable_key(v), name) != 0)
                return verdict(self, "%s was found as %s", vs_variable_key(v), name);
        }
    return NULL;
}

Test(export, look_ups_may_run_while_others_build)
{
    static shared state;
    run_in_parallel(ROUNDS(90), THREADS, build_or_look_up, clear, NULL, &state);
}
