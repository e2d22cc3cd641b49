/* A scope's settings, changed by some threads while others enter it: one record, seen whole or not at all. */
#include "parallel.h"

TestSuite(settings, .timeout = 300);

enum { WRITERS = 2, THREADS = 8, CHANGES = 300 };

/* An initializer whose function and user data belong together. */
typedef struct pair {
    vs_initializer_function function;
    int even;
} pair;

typedef struct shared {
    vs_variable_scope *scope;
    pair pairs[2];
    atomic_int torn;
    atomic_int writing;
} shared;

static shared state;

static vs_tensor check_even(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition;
    state.torn += user != &state.pairs[0];
    return vs_zeros(shape, .dtype = dtype);
}

static vs_tensor check_odd(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    (void)partition;
    state.torn += user != &state.pairs[1];
    return vs_zeros(shape, .dtype = dtype);
}

static vs_initializer initializer_of(pair *which)
{
    return vs_function_initializer(which->function, .user = which);
}

static void open_scope(const parallel_round *round)
{
    state = (shared){.pairs = {{check_even, 0}, {check_odd, 1}}, .writing = WRITERS};
    VS_WITH_GRAPH(round->graph)
        VS_WITH_VARIABLE_SCOPE("s", .initializer = initializer_of(&state.pairs[0]), .dtype = VS_FLOAT32,
                               .as = &state.scope) {
        }
    assert_ok();
}

/* The first writer changes initializers, the second one all else: neither may undo what the other did. So
 * each finds what it set last, until it sets something else. */
static const char *change_initializer(void)
{
    for (int i = 0; i < CHANGES; i++) {
        vs_variable_scope_set_initializer(state.scope, initializer_of(&state.pairs[i % 2]));
        for (int look = 0; look < 10; look++)
            if (vs_variable_scope_initializer(state.scope).user != &state.pairs[i % 2])
                return "a change of the initializer is undone";
    }
    return NULL;
}

static const char *change_all_else(void)
{
    static const vs_dtype dtypes[] = {VS_FLOAT32, VS_FLOAT64};
    static const char *const devices[] = {"/cpu:0", "/cpu:1"};
    for (int i = 0; i < CHANGES; i++) {
        vs_variable_scope_set_dtype(state.scope, dtypes[i % 2]);
        vs_variable_scope_set_caching_device(state.scope, devices[i % 2]);
        for (int look = 0; look < 10; look++)
            if (vs_variable_scope_dtype(state.scope) != dtypes[i % 2])
                return "a change of the dtype is undone";
    }
    return NULL;
}

static const char *read_settings(parallel_worker *self, const vs_variable_scope *scope)
{
    vs_initializer initializer = vs_variable_scope_initializer(scope);
    const pair *which = initializer.user;
    vs_dtype dtype = vs_variable_scope_dtype(scope);
    const char *device = vs_variable_scope_caching_device(scope);
    if (!which || initializer.function != which->function)
        return "the initializer is torn";
    if (dtype != VS_FLOAT32 && dtype != VS_FLOAT64)
        return verdict(self, "dtype %d", (int)dtype);
    if (device && strcmp(device, "/cpu:0") != 0 && strcmp(device, "/cpu:1") != 0)
        return verdict(self, "device %s", device);
    return NULL;
}

static const char *enter_meanwhile(parallel_worker *self)
{
    const char *wrong = NULL;
    for (int i = 0; !wrong && (i < 10 || (atomic_load(&state.writing) && i < 1000)); i++)
        VS_WITH_GRAPH(self->round->graph)
            VS_WITH_VARIABLE_SCOPE_OBJECT(state.scope) {
                char name[32];
                wrong = read_settings(self, state.scope);
                if (!wrong)
                    wrong = read_settings(self, vs_get_variable_scope());
                snprintf(name, sizeof name, "v%d_%d", self->index, i);
                if (!wrong)
                    vs_get_variable(name, .shape = VS_SHAPE(1));
            }
    return wrong;
}

static const char *change_or_enter(parallel_worker *self)
{
    if (self->index >= WRITERS)
        return enter_meanwhile(self);
    const char *wrong = self->index == 0 ? change_initializer() : change_all_else();
    state.writing--;
    return wrong;
}

static void assert_last_settings(const parallel_round *round)
{
    (void)round;
    cr_assert(state.torn == 0, "%d initializers were torn", state.torn);
    cr_assert(vs_variable_scope_initializer(state.scope).user == &state.pairs[(CHANGES - 1) % 2]);
    cr_assert(vs_variable_scope_dtype(state.scope) == VS_FLOAT64, "a change was lost");
    assert_text(vs_variable_scope_caching_device(state.scope), "/cpu:1");
}

Test(settings, are_seen_whole)
{
    run_in_parallel(ROUNDS(150), THREADS, change_or_enter, open_scope, assert_last_settings, NULL);
}

/* ---- reuse_variables on one thread, an entry on another: before or after, nothing else ---- */

static const char *reuse_or_enter(parallel_worker *self)
{
    if (self->index == 0) {
        vs_variable_scope_reuse_variables(state.scope);
        return NULL;
    }
    VS_WITH_GRAPH(self->round->graph)
        VS_WITH_VARIABLE_SCOPE_OBJECT(state.scope) {
            vs_reuse reuse = vs_variable_scope_reuse(vs_get_variable_scope());
            if (reuse != VS_REUSE_FALSE && reuse != VS_REUSE_TRUE)
                return verdict(self, "reuse is %d", (int)reuse);
        }
    return NULL;
}

static void assert_reusing(const parallel_round *round)
{
    VS_WITH_GRAPH(round->graph)
        VS_WITH_VARIABLE_SCOPE_OBJECT(state.scope)
            cr_assert(vs_variable_scope_reuse(vs_get_variable_scope()) == VS_REUSE_TRUE);
    assert_ok();
}

Test(settings, of_reuse_show_at_the_next_entry)
{
    run_in_parallel(ROUNDS(1000), 4, reuse_or_enter, open_scope, assert_reusing, NULL);
}
