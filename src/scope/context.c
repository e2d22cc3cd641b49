#include "context.h"

#include <pthread.h>
#include <string.h>

#include "mutex.h"
#include "store.h"
#include "variable.h"

#if defined(__GNUC__)
#define VS__TLS_MODEL __attribute__((tls_model("initial-exec")))
#else
#define VS__TLS_MODEL
#endif

/*
 * Two thread-specific values: the thread's own context, freed by the key's destructor when the thread exits, and
 * the current one, which is the own one unless another was made current. The library is linked with -z nodelete, so
 * the destructor is still there then. Every call reads `current`: as 8 bytes of the static TLS block it is one load.
 */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t own_key;
static bool have_key;
static _Thread_local vs_context *current VS__TLS_MODEL; /* NULL: none yet */
static _Thread_local vs_context *own;
static _Thread_local vs_error no_context_error; /* where a context could not be made */

static vs__mutex hook_lock = VS__MUTEX_INITIALIZER;
static vs_unhandled_error_hook hook VS__GUARDED_BY(hook_lock);
static void *hook_user VS__GUARDED_BY(hook_lock);

void vs_set_unhandled_error_hook(vs_unhandled_error_hook chosen, void *user)
{
    vs__mutex_lock(&hook_lock);
    hook = chosen;
    hook_user = user;
    vs__mutex_unlock(&hook_lock);
}

static void report_unhandled(const vs_error *error)
{
    if (error->code == VS_OK)
        return;
    vs__mutex_lock(&hook_lock);
    vs_unhandled_error_hook call = hook;
    void *user = hook_user;
    vs__mutex_unlock(&hook_lock);
    if (call)
        call(error, user);
}

static void thread_exits(void *context)
{
    vs__context_finish(context);
    vs__release(context, sizeof(vs_context));
    own = NULL;
    current = NULL;
}

/* The child of a fork finds the lock free, whoever held it. */
static void before_fork(void) VS__ACQUIRE(&hook_lock)
{
    vs__mutex_lock(&hook_lock);
}

static void after_fork(void) VS__RELEASE(&hook_lock)
{
    vs__mutex_unlock(&hook_lock);
}

static void make_key(void)
{
    have_key = pthread_atfork(before_fork, after_fork, after_fork) == 0 &&
               pthread_key_create(&own_key, thread_exits) == 0;
}

vs_context *vs_context_new(void)
{
    return vs__allocate_zeroed(sizeof(vs_context));
}

void vs_context_free(vs_context *context)
{
    if (!context)
        return;
    if (current == context)
        current = own;
    vs__context_finish(context);
    vs__release(context, sizeof *context);
}

static vs_context *make_own(void)
{
    pthread_once(&once, make_key);
    vs_context *context = have_key ? vs_context_new() : NULL;
    if (context && pthread_setspecific(own_key, context) != 0) {
        vs__release(context, sizeof *context);
        context = NULL;
    }
    own = context;
    return context;
}

/* Make a context current. An error from before there was one came first, and goes over to it. */
static vs_context *use(vs_context *context)
{
    if (context && no_context_error.code != VS_OK) {
        if (context->error.code == VS_OK)
            context->error = no_context_error;
        no_context_error.code = VS_OK;
    }
    return current = context;
}

vs_context *vs__context(void)
{
    return current ? current : use(own ? own : make_own());
}

vs_error *vs__pending_error(void)
{
    vs_context *context = vs__context();
    if (context)
        return &context->error;
    vs__fail_memory(&no_context_error, NULL);
    return &no_context_error;
}

vs_context *vs_context_make_current(vs_context *context)
{
    vs_context *before = current == own ? NULL : current;
    use(context ? context : own);
    return before;
}

/* ---- errors ---- */

vs_status vs_pending(void)
{
    return vs__pending_error()->code;
}

bool vs_error_take(vs_error *out)
{
    vs_error *pending = vs__pending_error();
    bool found = pending->code != VS_OK;
    if (out && found)
        *out = *pending;
    else if (out)
        memset(out, 0, sizeof *out);
    pending->code = VS_OK;
    return found;
}

void vs_error_raise(const vs_error *error)
{
    vs_error *pending = vs__pending_error();
    if (pending->code == VS_OK && error->code != VS_OK)
        *pending = *error;
}

void vs_raise(vs_status code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vs__fail_va(vs__pending_error(), code == VS_OK ? VS_UNKNOWN : code, NULL, format, arguments);
    va_end(arguments);
}

/* ---- states ---- */

vs__position vs__position_of(const vs__state *state)
{
    const vs__builder *builder = &state->builder;
    return (vs__position){
        .scope = builder->scope, .device = builder->device, .outer_device = builder->outer_device,
        .device_level = builder->device_level, .control = builder->control, .colocation = builder->colocation,
        .class_of = builder->class_of, .strand = builder->strand, .counters = state->counters,
        .variable_scope = state->variable_scope};
}

void vs__position_restore(vs__state *state, const vs__position *position)
{
    state->builder.scope = position->scope;
    state->builder.device = position->device;
    state->builder.outer_device = position->outer_device;
    state->builder.device_level = position->device_level;
    state->builder.control = position->control;
    state->builder.colocation = position->colocation;
    state->builder.class_of = position->class_of;
    state->builder.strand = position->strand;
    state->counters = position->counters;
    state->variable_scope = position->variable_scope;
}

static void free_state(vs__state *state)
{
    vs_graph *graph = state->builder.graph;
    if (vs__graph_hold_if_alive(graph)) {
        vs__strand_end(state->builder.strand); /* its own: no frame is open */
        vs_graph_release(graph);
    }
    vs__counters_free(&state->own_counters);
    vs__graph_release_weak(state->builder.graph);
    vs__release(state, sizeof *state);
}

/* Forget the states of graphs that are gone. */
static void drop_dead_states(vs_context *context)
{
    for (vs__state **link = &context->states; *link;) {
        vs__state *state = *link;
        if (vs__graph_is_dead(state->builder.graph)) {
            *link = state->next;
            free_state(state);
        } else {
            link = &state->next;
        }
    }
}

/* A strand of a context's own, at the end of the graph's order. */
static vs__strand *new_strand(vs_graph *graph, vs__arena *arena)
{
    vs__mutex_lock(&graph->order_lock);
    vs__strand *strand = vs__strand_new(arena, &graph->order);
    vs__mutex_unlock(&graph->order_lock);
    return strand;
}

static vs__state *new_state(vs_context *context, vs_graph *graph)
{
    vs__state *state = vs__allocate_zeroed(sizeof *state);
    if (!state)
        return NULL;
    vs__builder *builder = &state->builder;
    builder->graph = graph;
    builder->error = &context->error;
    builder->scope = graph->root;
    builder->read_variable = vs__variable_read;
    builder->read_makes_node = vs__variable_read_makes_node;
    vs__arena_init(&builder->arena, &graph->blocks);
    builder->strand = new_strand(graph, &builder->arena);
    if (!builder->strand) {
        vs__release(state, sizeof *state);
        return NULL;
    }
    atomic_fetch_add_explicit(&graph->weak, 1, memory_order_relaxed);
    state->context = context;
    state->counters = &state->own_counters;
    state->next = context->states;
    context->states = state;
    return state;
}

vs__state *vs__context_state(vs_context *context, vs_graph *graph, const vs_call *call)
{
    for (vs__state *state = context->states; state; state = state->next)
        if (state->builder.graph == graph)
            return state;
    drop_dead_states(context);
    vs__state *state = new_state(context, graph);
    if (!state)
        vs__fail_memory(&context->error, call);
    return state;
}

vs__state *vs__enter_call(const vs_call *call)
{
    vs_context *context = vs__context();
    if (context && context->error.code == VS_OK && context->current) {
        context->current->builder.call = call;
        return context->current;
    }
    vs_error *pending = vs__pending_error();
    if (context && pending->code == VS_OK)
        vs__fail(pending, VS_FAILED_PRECONDITION, call,
                 "this context has no current graph: enter one with VS_WITH_GRAPH or vs_enter_graph()");
    return NULL;
}

vs__state *vs__state_of_values(vs__state *state, const vs_tensor *values, size_t count)
{
    vs_graph *graph = NULL;
    for (size_t i = 0; i < count; i++) {
        vs_graph *of = vs__tensor_graph(values[i]);
        if (of && graph && of != graph) {
            vs__fail(state->builder.error, VS_INVALID_ARGUMENT, state->builder.call,
                     "the values of a scope are in two different graphs: take values of one");
            return NULL;
        }
        graph = of ? of : graph;
    }
    if (!graph || graph == state->builder.graph)
        return state;
    vs__state *other = vs__context_state(state->context, graph, state->builder.call);
    if (other)
        other->builder.call = state->builder.call;
    return other;
}

/* ---- frames ---- */

vs__frame *vs__frame_push(vs_context *context, vs__state *state)
{
    vs__frame *frame = context->spare;
    if (frame)
        context->spare = frame->outer;
    else if (!(frame = vs__allocate(sizeof *frame))) {
        vs__fail_memory(&context->error, state ? state->builder.call : NULL);
        return NULL;
    }
    frame->outer = context->top;
    frame->serial = ++context->serial;
    frame->state = state;
    frame->current = context->current;
    frame->held = NULL;
    frame->close = NULL;
    if (state) {
        frame->before = vs__position_of(state);
        if (state != context->current)
            frame->held = vs_graph_hold(state->builder.graph);
        context->current = state;
    }
    context->top = frame;
    return frame;
}

void vs__frame_pop(vs_context *context)
{
    vs__frame *frame = context->top;
    if (frame->close)
        frame->close(frame);
    if (frame->state)
        vs__position_restore(frame->state, &frame->before);
    context->current = frame->current;
    context->top = frame->outer;
    frame->outer = context->spare;
    context->spare = frame;
    vs_graph_release(frame->held);
}

void vs__frame_pop_all(vs_context *context, const vs__frame *frame)
{
    while (context->top != frame)
        vs__frame_pop(context);
    vs__frame_pop(context);
}

vs_status vs_leave(vs_frame frame)
{
    if (!frame.context)
        return VS_OK;
    vs_context *context = vs__context();
    if (context == frame.context && context->top && context->top->serial == frame.serial) {
        vs__frame_pop(context);
        return VS_OK;
    }
    vs__fail(vs__pending_error(), VS_INVALID_ARGUMENT, NULL, context == frame.context
             ? "scopes left in the wrong order: leave the innermost one first, and each once"
             : "a scope was left on another context than the one that entered it");
    return VS_INVALID_ARGUMENT;
}

size_t vs_context_depth(void)
{
    const vs_context *context = current ? current : own;
    size_t depth = 0;
    for (const vs__frame *frame = context ? context->top : NULL; frame; frame = frame->outer)
        depth++;
    return depth;
}

vs_frame vs_enter_graph(vs_graph *graph, const vs_call *call)
{
    vs_error *pending = vs__pending_error();
    vs_context *context = vs__context();
    if (pending->code != VS_OK || !context)
        return (vs_frame){NULL, 0};
    if (!graph) {
        vs__fail(pending, VS_INVALID_ARGUMENT, call, "there is no graph to enter: it is NULL");
        return (vs_frame){NULL, 0};
    }
    vs__state *state = vs__context_state(context, graph, call);
    if (state)
        state->builder.call = call;
    vs__frame *frame = state ? vs__frame_push(context, state) : NULL;
    if (frame)
        state->builder.device_level = VS__DEVICE_OUTSIDE;
    return vs__frame_of(context, frame);
}

vs_graph *vs_current_graph(void)
{
    vs_context *context = vs__context();
    return context && context->current ? context->current->builder.graph : NULL;
}

void vs__context_finish(vs_context *context)
{
    vs__store_abandon_all(context); /* first: the frames may hold the last count of its graph */
    while (context->top) {
        vs__state *state = context->top->state;
        if (state) /* a variable that it was in the middle of stays as it is */
            atomic_store_explicit(&state->builder.strand->making, 0, memory_order_release);
        vs__frame_pop(context);
    }
    while (context->spare) {
        vs__frame *frame = context->spare;
        context->spare = frame->outer;
        vs__release(frame, sizeof *frame);
    }
    while (context->states) {
        vs__state *state = context->states;
        context->states = state->next;
        free_state(state);
    }
    report_unhandled(&context->error);
    context->error.code = VS_OK;
}

/* ---- the machinery of VS_WITH_... and VS_TRY ---- */

vs__guard vs__try_enter(vs_error *error)
{
    if (error)
        memset(error, 0, sizeof *error);
    if (vs__pending_error()->code != VS_OK) /* also when there is no memory for a context: that is pending then */
        return (vs__guard){{NULL, 0}, NULL};
    return (vs__guard){{vs__context(), 0}, error};
}

void vs__guard_leave(vs__guard *guard)
{
    if (guard->frame.context && !guard->frame.serial)
        vs_error_take(guard->error);
    else
        vs_leave(guard->frame);
}

/* ---- settings of the current graph ---- */

static vs__state *graph_setting(void)
{
    return vs__enter_call(NULL);
}

vs_status vs_set_random_seed(int64_t seed)
{
    vs__state *state = graph_setting();
    if (!state)
        return vs_pending();
    vs_graph *graph = state->builder.graph;
    atomic_store_explicit(&graph->seed, seed, memory_order_relaxed);
    atomic_store_explicit(&graph->has_seed, true, memory_order_release);
    return VS_OK;
}

vs_status vs_set_resource_variables(bool enabled)
{
    vs__state *state = graph_setting();
    if (!state)
        return vs_pending();
    atomic_store_explicit(&state->builder.graph->resource_variables, enabled, memory_order_relaxed);
    return VS_OK;
}

static const vs__store_hooks store_hooks = {vs__store_new, vs__store_free};

vs_graph *vs_graph_new(void)
{
    return vs__graph_new(&store_hooks);
}
