/* Creators, device functions and initial values that read variables, on threads that race. */
#include "parallel.h"

TestSuite(making, .timeout = 100);

enum { THREADS = 6, NAMES = 8 };

/* ---- creators ---- */

typedef struct shared {
    atomic_int created;
} shared;

static void clear(const parallel_round *round)
{
    memset(round->user, 0, sizeof(shared));
}

static vs_variable *count_and_go_on(const vs_creator *next, const vs_variable_args *args, void *user)
{
    ((shared *)user)->created++;
    return vs_creator_call(next, args);
}

static const char *create(parallel_worker *self)
{
    VS_WITH_GRAPH(self->round->graph)
        VS_WITH_VARIABLE_SCOPE("s", .reuse = VS_AUTO_REUSE)
            VS_WITH_VARIABLE_CREATOR_SCOPE(count_and_go_on, .user = self->round->user)
                for (int i = 0; i < NAMES; i++) {
                    char name[16];
                    snprintf(name, sizeof name, "v%d", i);
                    vs_get_variable(name, .shape = VS_SHAPE(2));
                }
    return pending_verdict(self);
}

static void assert_created_once(const parallel_round *round)
{
    cr_assert(((shared *)round->user)->created == NAMES, "%d creations", ((shared *)round->user)->created);
}

Test(making, asks_the_creator_of_the_one_that_creates)
{
    static shared state;
    run_in_parallel(ROUNDS(100), THREADS, create, clear, assert_created_once, &state);
}

/* A creator gives one variable to all: whoever comes first names it. */
static vs_variable *return_user(const vs_creator *next, const vs_variable_args *args, void *user)
{
    (void)next, (void)args;
    return user;
}

static const char *take_the_same(parallel_worker *self)
{
    char name[16];
    snprintf(name, sizeof name, "v%d", self->index);
    vs_variable *variable = NULL, *w = vs_graph_find_variable(self->round->graph, "w");
    VS_WITH_GRAPH(self->round->graph)
        VS_WITH_VARIABLE_CREATOR_SCOPE(return_user, .user = w)
            variable = vs_get_variable(name, .shape = VS_SHAPE(2));
    const char *wrong = pending_verdict(self);
    if (!wrong && (variable != w || vs_graph_find_variable(self->round->graph, name) != w))
        wrong = "another variable than the creator's";
    if (!wrong && strcmp(vs_variable_key(w), "w") != 0)
        wrong = verdict(self, "it is called %s", vs_variable_key(w));
    return wrong;
}

static void make_w(const parallel_round *round)
{
    VS_WITH_GRAPH(round->graph)
        vs_get_variable("w", .shape = VS_SHAPE(2));
    assert_ok();
}

Test(making, may_give_one_variable_to_many_keys)
{
    run_in_parallel(ROUNDS(100), THREADS, take_the_same, make_w, NULL, NULL);
}

/* ---- device functions ---- */

static const char *own_device(const vs_unplaced_node *node, void *user)
{
    (void)node;
    return user;
}

static const char *place(parallel_worker *self)
{
    char device[32], name[16];
    snprintf(device, sizeof device, "/job:worker/task:%d", self->index);
    snprintf(name, sizeof name, "c%d", self->index);
    VS_WITH_GRAPH(self->round->graph)
        for (int i = 0; i < NAMES; i++)
            VS_WITH_DEVICE(vs_device_by_function(own_device, device, NULL)) {
                const vs_operation *node = vs_no_op(name);
                if (node && strcmp(vs_operation_device(node), device) != 0)
                    return verdict(self, "%s is on %s", name, vs_operation_device(node));
            }
    return pending_verdict(self);
}

Test(making, asks_the_thread_s_own_device_function)
{
    run_in_parallel(ROUNDS(100), THREADS, place, NULL, NULL, NULL);
}

/* ---- initial values ---- */

/* A chain of variables, each of which starts from the one before; all threads make it at once. */
static const char *start_from_others(parallel_worker *self)
{
    VS_WITH_GRAPH(self->round->graph)
        VS_WITH_VARIABLE_SCOPE("", .reuse = VS_AUTO_REUSE, .use_resource = self->round->index % 2 ? VS_TRUE : VS_FALSE) {
            const vs_variable *before = vs_get_variable("v0", .shape = VS_SHAPE(2));
            for (int i = 1; before && i < NAMES; i++) {
                char name[16];
                snprintf(name, sizeof name, "v%d", i);
                before = vs_get_variable(
                    name, .initializer = vs_value_initializer(vs_multiply(vs_value(before), vs_real(2.0))));
            }
        }
    return pending_verdict(self);
}

/* Whether a node needs a variable. */
static bool needs_a_variable(const vs_operation *node)
{
    const char *type = vs_operation_type(node);
    bool found = strcmp(type, "VariableV2") == 0 || strcmp(type, "ReadVariableOp") == 0;
    for (uint32_t i = 0; i < vs_operation_num_inputs(node) && !found; i++)
        found = needs_a_variable(vs_tensor_op(vs_operation_input(node, i)));
    return found;
}

static void assert_starts_alone(const parallel_round *round)
{
    for (int i = 0; i < NAMES; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        const vs_operation *assign = vs_variable_initializer(vs_graph_find_variable(round->graph, name));
        cr_assert(!needs_a_variable(vs_tensor_op(vs_operation_input(assign, 1))), "%s needs another variable", name);
    }
}

Test(making, lets_no_variable_start_from_one_that_is_read)
{
    run_in_parallel(ROUNDS(100), THREADS, start_from_others, NULL, assert_starts_alone, NULL);
}
