/* Variables that forked workers share. */
#include "shared.h"

#include <string.h>

#include "capture.h"
#include "conflict.h"

/*
 * What a variable was asked for with, but for its name and shape: all that its nodes, its collections and its
 * properties come from. Immutable, in the graph's memory, and shared by variables that are asked for alike.
 */
struct vs__asked {
    vs_initializer initializer;
    vs_regularizer regularizer;
    vs_partitioner partitioner;
    vs_constraint constraint;
    vs_keys collections;
    const char *caching_device;
    const vs__blob *device;
    const vs__colocation *colocation;
    const vs__control *control; /* where it matters: to what is made outside of the variable's own scope; else NULL */
    const struct vs__creator_link *creators;
    vs_dtype dtype;
    vs_synchronization synchronization;
    vs_aggregation aggregation;
    bool trainable;
    bool validate_shape;
    bool use_resource;
};

/* A name that a worker did not find, and when. */
typedef struct vs__miss {
    struct vs__miss *next;
    vs__place place;
    const char *reuse;
    const char *key;
} vs__miss;

enum { MOST_MISSES = 1000 }; /* that a graph remembers */

static bool is_shared(const vs__strand *strand)
{
    return strand->in_fork || strand->has_forked;
}

/* ---- what was asked for ---- */

/* Whether nodes of a creation wait for what is around it: losses, and what is cut into slices. */
static bool minds_control(const vs_get_variable_args *args)
{
    bool cuts_value = args->partitioner.kind && vs__get_is_value(&args->initializer);
    return cuts_value || args->regularizer.kind > VS_REGULARIZER_NONE;
}

static vs__asked asked_of(const vs__request *of)
{
    const vs_get_variable_args *args = of->args;
    const vs__builder *builder = &of->state->builder;
    return (vs__asked){
        .initializer = args->initializer, .regularizer = args->regularizer, .partitioner = args->partitioner,
        .constraint = args->constraint, .collections = args->collections, .caching_device = args->caching_device,
        .device = builder->device_level == VS__DEVICE_HIDDEN ? builder->outer_device : builder->device,
        .colocation = builder->colocation, .control = minds_control(args) ? builder->control : NULL,
        .creators = of->state->creators,
        .dtype = args->dtype, .synchronization = args->synchronization, .aggregation = args->aggregation,
        .trainable = args->trainable ? args->trainable == VS_TRUE : args->synchronization != VS_SYNCHRONIZATION_ON_READ,
        .validate_shape = args->validate_shape != VS_FALSE,
        .use_resource = vs__use_resource(of->state, args->use_resource),
    };
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_number(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static bool same_float(vs_float a, vs_float b)
{
    return a.is_set == b.is_set && (!a.is_set || same_number(a.value, b.value));
}

static bool same_data(const vs_literal *a, const vs_literal *b, size_t count)
{
    if (a->kind == VS_LITERAL_STRINGS) {
        for (size_t i = 0; i < count; i++)
            if (strcmp(((const char *const *)a->data)[i], ((const char *const *)b->data)[i]) != 0)
                return false;
        return true;
    }
    size_t size = count * (a->kind == VS_LITERAL_BOOLS ? sizeof(bool) : sizeof(int64_t));
    return !size || memcmp(a->data, b->data, size) == 0;
}

static bool same_literal(const vs_literal *a, const vs_literal *b)
{
    size_t count = 1;
    if (a->kind != b->kind || a->rank != b->rank)
        return false;
    for (uint32_t i = 0; i < a->rank; i++) {
        if (a->dims[i] != b->dims[i])
            return false;
        count *= (size_t)a->dims[i];
    }
    return same_data(a, b, count);
}

static bool same_tensor(vs_tensor a, vs_tensor b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case VS__TENSOR_NULL:
        return true;
    case VS__TENSOR_LITERAL:
        return same_literal(a.of.pointer, b.of.pointer);
    case VS__TENSOR_STRING:
        return same_text(a.of.pointer, b.of.pointer);
    case VS__TENSOR_REAL:
        return same_number(a.of.real, b.of.real);
    case VS__TENSOR_INT:
    case VS__TENSOR_BOOL:
        return a.of.integer == b.of.integer;
    default: /* of one graph: one place in memory each */
        return a.of.pointer == b.of.pointer;
    }
}

/* Functions are the same with the same user data: what it points to is not known here. */
static bool same_initializer(const vs_initializer *a, const vs_initializer *b)
{
    return a->kind == b->kind && a->mode == b->mode && a->distribution == b->distribution &&
           same_tensor(a->value, b->value) && same_tensor(a->maxval, b->maxval) && same_float(a->mean, b->mean) &&
           same_float(a->stddev, b->stddev) && same_float(a->scale, b->scale) && a->seed.is_set == b->seed.is_set &&
           (!a->seed.is_set || a->seed.value == b->seed.value) && a->function == b->function && a->user == b->user &&
           a->takes_no_shape == b->takes_no_shape;
}

static bool same_regularizer(const vs_regularizer *a, const vs_regularizer *b)
{
    bool none = a->kind <= VS_REGULARIZER_NONE && b->kind <= VS_REGULARIZER_NONE;
    return none || (a->kind == b->kind && same_number(a->scale, b->scale) && a->function == b->function &&
                    a->user == b->user);
}

static bool same_partitioner(const vs_partitioner *a, const vs_partitioner *b)
{
    return a->kind == b->kind && a->count == b->count && a->axis == b->axis && a->min_slice_size == b->min_slice_size &&
           a->bytes_per_string_element == b->bytes_per_string_element && a->max_shards == b->max_shards &&
           a->function == b->function && a->user == b->user;
}

static bool same_keys(vs_keys a, vs_keys b)
{
    if (!a.names != !b.names || a.count != b.count)
        return false;
    for (size_t i = 0; i < a.count; i++)
        if (strcmp(a.names[i], b.names[i]) != 0)
            return false;
    return true;
}

static bool same_colocation(const vs__colocation *a, const vs__colocation *b)
{
    for (; a && b && a->op == b->op; a = a->outer)
        b = b->outer;
    return a == b;
}

/* The next level that has inputs. */
static const vs__control *with_inputs(const vs__control *control)
{
    while (control && !control->count)
        control = control->outer;
    return control;
}

static bool same_control(const vs__control *a, const vs__control *b)
{
    a = with_inputs(a);
    b = with_inputs(b);
    while (a && b && a->count == b->count && memcmp(a->inputs, b->inputs, a->count * sizeof *a->inputs) == 0) {
        a = with_inputs(a->outer);
        b = with_inputs(b->outer);
    }
    return a == b; /* NULL both, unless they differ */
}

/* What differs, in TensorFlow's words; NULL: nothing. */
static const char *find_difference(const vs__asked *a, const vs__asked *b)
{
    if (a->dtype != b->dtype)
        return "dtype";
    if (!same_initializer(&a->initializer, &b->initializer))
        return "initializer";
    if (!same_regularizer(&a->regularizer, &b->regularizer))
        return "regularizer";
    if (!same_partitioner(&a->partitioner, &b->partitioner))
        return "partitioner";
    if (a->use_resource != b->use_resource)
        return "use_resource";
    if (a->trainable != b->trainable)
        return "trainable";
    if (!same_keys(a->collections, b->collections))
        return "collections";
    if (a->device != b->device)
        return "device";
    if (!same_colocation(a->colocation, b->colocation))
        return "colocation";
    if (!same_control(a->control, b->control))
        return "control_dependencies";
    if (!same_text(a->caching_device, b->caching_device))
        return "caching_device";
    if (a->validate_shape != b->validate_shape)
        return "validate_shape";
    if (a->constraint.function != b->constraint.function || a->constraint.user != b->constraint.user)
        return "constraint";
    if (a->synchronization != b->synchronization)
        return "synchronization";
    if (a->aggregation != b->aggregation)
        return "aggregation";
    return a->creators == b->creators ? NULL : "variable creator";
}

static bool same_shape(const vs__shared *shared, vs_shape shape)
{
    if (shared->shape_kind != shape.kind)
        return false;
    vs_shape own = vs__blob_shape(shared->shape);
    return shape.kind != VS_SHAPE_RANKED ||
           (own.rank == shape.rank && (!own.rank || memcmp(own.dims, shape.dims, own.rank * sizeof *own.dims) == 0));
}

/* ---- keeping it ---- */

static bool keep_keys(vs__builder *builder, vs_keys *keys)
{
    if (!keys->names)
        return true;
    const char **copy = vs__arena_allocate(&builder->arena, (keys->count ? keys->count : 1) * sizeof *copy);
    if (!copy)
        return vs__fail_memory(builder->error, builder->call);
    for (size_t i = 0; i < keys->count; i++)
        if (!(copy[i] = vs__keep_string(builder, keys->names[i])))
            return false;
    keys->names = copy;
    return true;
}

/* Copies of the levels, without what they have noted. Their inputs lie in the graph's memory. */
static bool keep_control(vs__builder *builder, const vs__control **control)
{
    const vs__control *from = *control;
    for (*control = NULL; from; from = from->outer) {
        vs__control *copy = vs__arena_allocate(&builder->arena, sizeof *copy);
        if (!copy)
            return vs__fail_memory(builder->error, builder->call);
        *copy = (vs__control){.inputs = from->inputs, .count = from->count};
        *control = copy;
        control = (const vs__control **)&copy->outer;
    }
    return true;
}

static bool keep_colocation(vs__builder *builder, const vs__colocation **colocation)
{
    return vs__keep_colocation(builder, *colocation, colocation) || vs__fail_memory(builder->error, builder->call);
}

/* What a request asks for, in the graph's memory: mostly the same as last time. NULL: error set. */
static const vs__asked *keep_asked(const vs__request *of)
{
    vs__builder *builder = &of->state->builder;
    vs__asked asked = asked_of(of);
    const vs__asked *last = atomic_load_explicit(&builder->graph->last_asked, memory_order_acquire);
    if (last && !find_difference(last, &asked))
        return last;
    vs__asked *kept = vs__arena_allocate(&builder->arena, sizeof *kept);
    if (!kept) {
        vs__fail_memory(of->error, of->call);
        return NULL;
    }
    *kept = asked;
    if (!vs__keep_initializer(builder, &asked.initializer, &kept->initializer) ||
        !keep_keys(builder, &kept->collections) ||
        !keep_control(builder, &kept->control) || !keep_colocation(builder, &kept->colocation) ||
        (asked.caching_device && !(kept->caching_device = vs__keep_string(builder, asked.caching_device))))
        return NULL;
    VS__SHARED_WRITE(&builder->graph->last_asked);
    atomic_store_explicit(&builder->graph->last_asked, kept, memory_order_release);
    return kept;
}

static vs__shared *new_shared(const vs__request *of, bool is_slice)
{
    vs__builder *builder = &of->state->builder;
    bool failed = false;
    vs__shared *shared = vs__arena_allocate(&builder->arena, sizeof *shared);
    if (!shared) {
        vs__fail_memory(of->error, of->call);
        return NULL;
    }
    *shared = (vs__shared){.shape_kind = of->args->shape.kind, .is_exclusive = of->args->reuse == VS_REUSE_FALSE};
    if (is_slice)
        return shared;
    shared->shape = vs__intern_shape(builder, of->args->shape, &failed);
    shared->asked = failed ? NULL : keep_asked(of);
    return shared->asked ? shared : NULL;
}

/* ---- creations ---- */

/* Whether a worker that came too early missed what is now made. */
static bool compare_misses(const vs__request *of, const char *key)
{
    vs__builder *builder = &of->state->builder;
    const vs__miss *miss = atomic_load_explicit(&builder->graph->misses, memory_order_acquire);
    for (; miss; miss = miss->next)
        if (strcmp(miss->key, key) == 0 && vs__strand_is_concurrent(miss->place, builder->strand) &&
            !vs__conflict_note(builder, VS_CONFLICT_REUSE, key, miss->reuse, NULL))
            return false;
    return true;
}

bool vs__shared_begin(const vs__request *of, const char *key, bool is_slice, vs__shared_creation *out)
{
    vs__builder *builder = &of->state->builder;
    *out = (vs__shared_creation){NULL, builder->strand};
    if (!is_shared(builder->strand))
        return true;
    vs__shared *shared = compare_misses(of, key) ? new_shared(of, is_slice) : NULL;
    if (!shared)
        return false;
    shared->strand = vs__strand_new_of_variable(&builder->arena, builder->strand);
    if (!shared->strand)
        return vs__fail_memory(of->error, of->call);
    out->shared = shared;
    builder->strand = shared->strand;
    return true;
}

void vs__shared_end(const vs__request *of, const vs__shared_creation *creation, vs_variable *variable)
{
    of->state->builder.strand = creation->before;
    vs__shared *none = NULL; /* one that a creator took from elsewhere may have its own */
    if (variable && creation->shared)
        atomic_compare_exchange_strong_explicit(&variable->shared, &none, creation->shared, memory_order_release,
                                                memory_order_relaxed);
}

/* ---- what is found ---- */

/* The mode of reuse, where what comes of it depends on whether the variable is there; NULL: it does not. */
static const char *reuse_that_matters(const vs_get_variable_args *args)
{
    if (args->reuse == VS_REUSE_FALSE)
        return "off";
    return args->reuse == VS_REUSE_TRUE ? "true" : args->strict ? "auto, strictly" : NULL;
}

/* The conflict of a request with a variable that is there, if it has one. false: it has none. */
static bool find_conflict(const vs__request *of, const vs__shared *shared, vs_fork_conflict_kind *kind,
                          const char **setting)
{
    *kind = VS_CONFLICT_REUSE;
    *setting = reuse_that_matters(of->args);
    if (!*setting && shared->is_exclusive && shared->asked)
        *setting = "off";
    if (*setting)
        return true;
    vs__asked asked = asked_of(of);
    *kind = VS_CONFLICT_SETTING;
    *setting = !shared->asked                              ? "partitioner"
               : !same_shape(shared, of->args->shape)      ? "shape"
                                                           : find_difference(shared->asked, &asked);
    return *setting;
}

bool vs__shared_compare_with(const vs__request *of, const vs_variable *variable, const vs__shared *shared)
{
    vs__builder *builder = &of->state->builder;
    const vs__place made = {shared->strand->parent, shared->strand->place};
    vs_fork_conflict_kind kind;
    const char *setting;
    if (!is_shared(builder->strand) || !find_conflict(of, shared, &kind, &setting) ||
        !vs__strand_is_concurrent(made, builder->strand))
        return true;
    return vs__conflict_note(builder, kind, vs_variable_key(variable), setting, &variable->site);
}

bool vs__shared_ask(const vs__request *of, const vs__shared *shared)
{
    vs__builder *builder = &of->state->builder;
    vs_graph *graph = builder->graph;
    if (vs__strand_is_before(shared->strand, builder->strand))
        return true;
    vs__mutex_lock(&graph->order_lock);
    bool asked = vs__strand_ask_locked(&builder->arena, builder->strand, shared->strand, &graph->moves);
    vs__mutex_unlock(&graph->order_lock);
    return asked || vs__fail_memory(of->error, of->call);
}

bool vs__shared_minds_miss(const vs__request *of)
{
    return is_shared(of->state->builder.strand);
}

bool vs__shared_missed(const vs__request *of)
{
    vs__builder *builder = &of->state->builder;
    vs_graph *graph = builder->graph;
    if (atomic_fetch_add_explicit(&graph->num_misses, 1, memory_order_relaxed) >= MOST_MISSES)
        return true;
    vs__miss *miss = vs__arena_allocate(&builder->arena, sizeof *miss);
    const char *key = miss ? vs__keep_string(builder, of->args->name) : NULL;
    if (!key)
        return vs__fail_memory(of->error, of->call);
    *miss = (vs__miss){.place = vs__strand_now(builder->strand), .key = key};
    miss->reuse = reuse_that_matters(of->args);
    VS__SHARED_WRITE(&graph->misses);
    miss->next = atomic_load_explicit(&graph->misses, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&graph->misses, &miss->next, miss, memory_order_release,
                                                  memory_order_relaxed))
        ;
    return true;
}
