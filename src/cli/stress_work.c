/* What a thread of the stress test does: ask for variables in all ways, and judge each answer. */
#include <sched.h>
#include <string.h>
#include <time.h>

#include "stress.h"

const char *const stress_outcome_names[STRESS_OUTCOMES] = {
    "created", "found", "already_exists", "not_found", "incompatible", "aborted", "cancelled",
};

#define BIT(outcome) (1u << STRESS_##outcome)

/* How to ask. */
typedef enum way {
    WAY_GET,         /* find or create */
    WAY_CREATE,      /* create only */
    WAY_FIND,        /* find only, by reuse */
    WAY_FIND_STRICT, /* find only, by strict */
    WAY_SHAPE,       /* find, with another shape */
    WAY_DTYPE,       /* find, with another dtype */
    WAY_FAIL,        /* find or create, with an initializer that fails */
    WAY_SELF,        /* ... that asks for what it makes */
    WAY_NEXT,        /* ... that asks for the next name */
    WAY_OPPOSITE,    /* ... that asks for a name whose creation may ask for this one */
    CHOSEN_WAYS,
    WAY_OF_SELF = CHOSEN_WAYS, /* what these initializers do */
    WAY_OF_OPPOSITE,
    WAYS
} way;

static const struct {
    const char *name;
    unsigned share;   /* how often, of 100; 0: see choose_way() */
    unsigned allowed; /* what may come of it */
} ways[WAYS] = {
    [WAY_GET] = {"find or create", 50, BIT(CREATED) | BIT(FOUND)},
    [WAY_CREATE] = {"create", 10, BIT(CREATED) | BIT(ALREADY_EXISTS)},
    [WAY_FIND] = {"find", 14, BIT(FOUND) | BIT(NOT_FOUND)},
    [WAY_FIND_STRICT] = {"find strictly", 5, BIT(FOUND) | BIT(NOT_FOUND)},
    [WAY_SHAPE] = {"find with another shape", 5, BIT(INCOMPATIBLE) | BIT(NOT_FOUND)},
    [WAY_DTYPE] = {"find with another dtype", 5, BIT(INCOMPATIBLE) | BIT(NOT_FOUND)},
    [WAY_FAIL] = {"find, or fail to create", 9, BIT(FOUND) | BIT(CANCELLED)},
    [WAY_SELF] = {"find, or ask for itself to create", 2, BIT(FOUND) | BIT(ABORTED)},
    [WAY_NEXT] = {"find, or ask for the next to create", 0, BIT(CREATED) | BIT(FOUND)},
    [WAY_OPPOSITE] = {"find, or ask for the opposite to create", 0, BIT(CREATED) | BIT(FOUND) | BIT(ABORTED)},
    [WAY_OF_SELF] = {"ask for what it is creating", 0, BIT(ABORTED)},
    [WAY_OF_OPPOSITE] = {"find or create the opposite", 0, BIT(CREATED) | BIT(FOUND) | BIT(ABORTED)},
};

/* How to get into the scope of a name. */
typedef enum entrance { BY_NAME, BY_NAME_WITH_REUSE, BY_OBJECT, BY_CAPTURE, ENTRANCES } entrance;

/* A call, and what came of it. */
typedef struct asking {
    stress_worker *worker;
    stress_graph *graph;
    stress_name name;
    way way;
    entrance entrance;
    uint64_t random;    /* state of its own random numbers: what it does follows from them, whatever others do */
    vs_variable *known; /* what somebody had got before the call; NULL: nothing */
    bool is_making;     /* the call came to its initializer */
    vs_variable *variable;
    vs_outcome outcome;
    vs_error error;
    uint64_t nanoseconds;
} asking;

static void ask(asking *self);

uint64_t stress_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t nanoseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static stress_target *target_of(const asking *self)
{
    return &self->graph->targets[self->name.number];
}

/* ---- asking ---- */

/* Ask for another variable while this one is being made, and fail as that does. */
static void ask_inside(const asking *self, size_t number, way inner)
{
    asking other = {.worker = self->worker, .graph = self->graph, .way = inner, .entrance = BY_CAPTURE};
    other.random = self->random;
    other.name = stress_name_of(number, self->worker->round->options->names);
    ask(&other);
    vs_error_raise(&other.error);
}

/*
 * What fails does so before it makes a node: nodes of a variable that is not made are colocated with it, as in
 * TensorFlow, which then refuses to import the graph.
 */
static vs_tensor initialize(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    asking *self = user;
    bool is_first = !self->is_making; /* of the slices */
    (void)partition;
    self->is_making = true;
    if (self->way == WAY_OPPOSITE || stress_random(&self->random) % 4 == 0)
        sched_yield(); /* so that others come while the variable is being made */
    if (is_first && self->way == WAY_FAIL)
        vs_raise(VS_CANCELLED, "this initializer fails on purpose");
    else if (is_first && self->way == WAY_SELF)
        ask_inside(self, self->name.number, WAY_OF_SELF);
    else if (is_first && self->way == WAY_NEXT)
        ask_inside(self, self->name.number + 1, WAY_GET);
    else if (is_first && self->way == WAY_OPPOSITE)
        ask_inside(self, self->name.opposite, WAY_OF_OPPOSITE);
    return vs_zeros(shape, .dtype = dtype);
}

static vs_reuse reuse_of(way how)
{
    if (how == WAY_CREATE)
        return VS_REUSE_FALSE;
    return how == WAY_FIND || how == WAY_SHAPE || how == WAY_DTYPE ? VS_REUSE_TRUE : VS_AUTO_REUSE;
}

/* The call itself, inside of the scope. */
static void call(asking *self)
{
    const stress_name *name = &self->name;
    const int64_t dims[2] = {name->dims[0] + (self->way == WAY_SHAPE), name->dims[1]};
    vs_get_variable_args args = {VS_CALL(vs_get_variable_args), .name = name->leaf};
    args.shape = (vs_shape){VS_SHAPE_RANKED, 2, dims};
    args.dtype = self->way == WAY_DTYPE ? VS_FLOAT64 : name->dtype;
    args.initializer = vs_function_initializer(initialize, .user = self);
    args.use_resource = name->use_resource;
    if (name->is_partitioned)
        args.partitioner = vs_fixed_size_partitioner(STRESS_SLICES);
    if (name->is_regularized)
        args.regularizer = vs_l2_regularizer(0.5);
    if (self->entrance != BY_NAME_WITH_REUSE)
        args.reuse = reuse_of(self->way);
    args.strict = self->way == WAY_FIND_STRICT;
    args.outcome = &self->outcome;
    uint64_t start = nanoseconds_now();
    self->variable = vs_get_variable_with(&args);
    self->nanoseconds = nanoseconds_now() - start;
    if (self->variable && !name->is_partitioned && stress_random(&self->random) % 4 == 0 &&
        !vs_tensor_is_null(vs_identity(vs_value(self->variable), .name = "use")))
        atomic_fetch_add_explicit(&self->graph->uses, 1, memory_order_relaxed);
}

/* Get into the scope, and call. */
static void enter_and_call(asking *self)
{
    const char *scope = stress_scopes[self->name.scope];
    switch (self->entrance) {
    case BY_NAME:
        VS_WITH_GRAPH(self->graph->graph)
            VS_WITH_VARIABLE_SCOPE(scope)
                call(self);
        break;
    case BY_NAME_WITH_REUSE:
        VS_WITH_GRAPH(self->graph->graph)
            VS_WITH_VARIABLE_SCOPE(scope, .reuse = reuse_of(self->way))
                call(self);
        break;
    case BY_OBJECT:
        VS_WITH_GRAPH(self->graph->graph)
            VS_WITH_VARIABLE_SCOPE_OBJECT(self->graph->scopes[self->name.scope])
                call(self);
        break;
    default:
        VS_WITH_CAPTURE(self->graph->captures[self->name.scope])
            call(self);
    }
}

/* ---- judging ---- */

static void complain(asking *self, const char *what)
{
    const stress_round *round = self->worker->round;
    stress_complain(&self->worker->tally.anomalies, "graph %zu, '%s' (%s): %s%s%s",
                    (size_t)(self->graph - round->graphs), self->name.key, ways[self->way].name, what,
                    self->error.code ? ": " : "", self->error.message);
}

static stress_outcome outcome_of(const asking *self)
{
    switch (self->error.code) {
    case VS_OK:
        return self->outcome == VS_CREATED ? STRESS_CREATED : STRESS_FOUND;
    case VS_ALREADY_EXISTS:
        return STRESS_ALREADY_EXISTS;
    case VS_NOT_FOUND:
        return STRESS_NOT_FOUND;
    case VS_INCOMPATIBLE:
        return STRESS_INCOMPATIBLE;
    case VS_ABORTED:
        return STRESS_ABORTED;
    case VS_CANCELLED:
        return STRESS_CANCELLED;
    default:
        return STRESS_OUTCOMES;
    }
}

/* Everybody gets one variable: note the first that is seen, and compare the others with it. */
static void judge_identity(asking *self, vs_variable *variable)
{
    vs_variable *first = NULL;
    if (!variable)
        complain(self, "there is no variable");
    else if (!atomic_compare_exchange_strong(&target_of(self)->variable, &first, variable) && first != variable)
        complain(self, "it is not the variable that others got");
}

static void judge_variable(asking *self)
{
    const stress_name *name = &self->name;
    const vs_variable *variable = self->variable;
    const char *key = vs_variable_key(variable);
    const vs_shape shape = vs_variable_shape(variable);
    judge_identity(self, self->variable);
    if (!variable)
        return;
    if (!key || strcmp(key, name->key) != 0)
        complain(self, "the variable has another key");
    if (shape.rank != 2 || shape.dims[0] != name->dims[0] || shape.dims[1] != name->dims[1])
        complain(self, "the variable has another shape");
    if (vs_dtype_base(vs_variable_dtype(variable)) != name->dtype)
        complain(self, "the variable has another dtype");
    if (vs_variable_num_slices(variable) != (name->is_partitioned ? STRESS_SLICES : 0))
        complain(self, "the variable has another number of slices");
    if ((vs_variable_kind_of(variable) == VS_RESOURCE_VARIABLE) != (name->use_resource == VS_TRUE))
        complain(self, "the variable is of another kind");
}

static void judge_outcome(asking *self, stress_outcome outcome)
{
    const bool is_failed_creation = outcome == STRESS_ABORTED || outcome == STRESS_CANCELLED;
    if (outcome == STRESS_OUTCOMES || !(ways[self->way].allowed & 1u << outcome))
        complain(self, outcome == STRESS_FOUND || outcome == STRESS_CREATED ? "it must not succeed like this"
                                                                            : "it must not fail like this");
    else if (self->known && (is_failed_creation || outcome == STRESS_CREATED || outcome == STRESS_NOT_FOUND))
        complain(self, "others had got the variable before the call began");
    else if (is_failed_creation && !self->is_making && self->way < CHOSEN_WAYS)
        complain(self, "its initializer did not run");
    if (outcome == STRESS_CREATED && atomic_fetch_add(&target_of(self)->created, 1) != 0)
        complain(self, "it was created twice");
    if (outcome == STRESS_CREATED && !self->is_making)
        complain(self, "it was created without its initializer");
    if (self->error.code != VS_OK && self->variable)
        complain(self, "a variable came with the error");
}

static void judge(asking *self)
{
    stress_outcome outcome = outcome_of(self);
    judge_outcome(self, outcome);
    if (self->error.code == VS_OK)
        judge_variable(self);
    else if (outcome == STRESS_ALREADY_EXISTS || outcome == STRESS_INCOMPATIBLE)
        judge_identity(self, vs_graph_find_variable(self->graph->graph, self->name.key));
    stress_tally *tally = &self->worker->tally;
    if (outcome < STRESS_OUTCOMES)
        tally->outcomes[outcome]++;
    histogram_add(outcome == STRESS_CREATED ? &tally->created
                                            : outcome == STRESS_FOUND ? &tally->found : &tally->refused,
                  self->nanoseconds);
}

static void ask(asking *self)
{
    size_t depth = vs_context_depth();
    self->known = atomic_load(&target_of(self)->variable);
    VS_TRY(&self->error)
        enter_and_call(self);
    judge(self);
    if (vs_context_depth() != depth)
        complain(self, "scopes are open after it");
    if (vs_pending() != VS_OK)
        complain(self, "an error is pending after it");
}

/* ---- the thread ---- */

size_t stress_calls_each(const stress_options *options)
{
    return options->calls * options->names * options->graphs;
}

/* Names that can be asked for in a way of their own are, every other time. */
static way choose_way(stress_mode mode, uint64_t *random, const stress_name *name)
{
    unsigned at = stress_random(random) % 100;
    way how = WAY_GET;
    if (mode != STRESS_ALL)
        return mode == STRESS_AUTO ? WAY_GET : WAY_CREATE;
    if (stress_random(random) % 2 && name->may_nest)
        return WAY_NEXT;
    if (stress_random(random) % 2 && name->opposite != name->number)
        return WAY_OPPOSITE;
    while (at >= ways[how].share)
        at -= ways[how++].share;
    return how;
}

/* The first calls go through all names in one order, so that the threads meet; the others go anywhere. */
static void ask_for_some(stress_worker *worker, size_t index)
{
    const stress_options *options = worker->round->options;
    size_t all = options->names * options->graphs;
    asking self = {.worker = worker, .random = worker->random + index};
    self.random = stress_random(&self.random);
    size_t which = index < all ? index : stress_random(&self.random) % all;
    self.graph = &worker->round->graphs[which / options->names];
    self.name = stress_name_of(which % options->names, options->names);
    self.way = choose_way(options->mode, &self.random, &self.name);
    self.entrance = stress_random(&self.random) % ENTRANCES;
    if (stress_random(&self.random) % 16 == 0)
        sched_yield();
    ask(&self);
}

/* Wait until all threads are there. Returns false when the round is called off. */
static bool wait_for_start(stress_round *round)
{
    pthread_mutex_lock(&round->lock);
    while (!round->may_start && !round->is_called_off)
        pthread_cond_wait(&round->changed, &round->lock);
    bool may_start = round->may_start;
    pthread_mutex_unlock(&round->lock);
    return may_start;
}

void *stress_work(void *argument)
{
    stress_worker *self = argument;
    stress_round *round = self->round;
    size_t calls = stress_calls_each(round->options);
    if (!wait_for_start(round))
        return NULL;
    for (size_t i = 0; i < calls; i++) {
        ask_for_some(self, i);
        atomic_fetch_add_explicit(&self->calls, 1, memory_order_relaxed);
        if (self->index == 0 && i == calls / 4) /* while the others build */
            stress_check_export(round->graphs[0].graph, false, &self->tally.anomalies);
    }
    pthread_mutex_lock(&round->lock);
    round->running--;
    pthread_cond_broadcast(&round->changed);
    pthread_mutex_unlock(&round->lock);
    return NULL;
}
