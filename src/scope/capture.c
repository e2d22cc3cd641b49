/* Captures: taken, counted, entered. */
#include "capture.h"

#include <string.h>

/* A copy of what a level has noted, in the graph's memory. false: out of memory. */
static bool copy_seen(vs__builder *builder, const vs__node_set *from, vs__node_set *out)
{
    *out = (vs__node_set){NULL, 0, 0};
    if (!from->count)
        return true;
    size_t size = (from->mask + 1) * sizeof *from->slots;
    const vs_operation **slots = vs__arena_allocate(&builder->arena, size);
    if (!slots)
        return false;
    memcpy(slots, from->slots, size);
    *out = (vs__node_set){slots, from->mask, from->count};
    return true;
}

/* Copies of the levels, outermost last as they were, in the graph's memory. false: out of memory. */
static bool copy_control(vs__builder *builder, const vs__control *from, const vs__control **out)
{
    const vs__control **link = out;
    *out = NULL;
    for (; from; from = from->outer) {
        vs__control *copy = vs__arena_allocate(&builder->arena, sizeof *copy);
        if (!copy)
            return false;
        *copy = (vs__control){.inputs = from->inputs, .count = from->count};
        if (!copy_seen(builder, &from->seen, &copy->seen))
            return false;
        *link = copy;
        link = (const vs__control **)&copy->outer;
    }
    return true;
}

bool vs__keep_colocation(vs__builder *builder, const vs__colocation *from, const vs__colocation **out)
{
    const vs__colocation **link = out;
    *out = NULL;
    for (; from; from = from->outer) {
        vs__colocation *copy = vs__arena_allocate(&builder->arena, sizeof *copy);
        if (!copy)
            return false;
        *copy = (vs__colocation){NULL, from->op, from->device};
        *link = copy;
        link = &copy->outer;
    }
    return true;
}

/* ---- levels of control dependencies: an entered capture's own, as they note what is built ---- */

static void close_levels(vs__control *level)
{
    while (level) {
        vs__control *outer = level->outer;
        vs__node_set_free(&level->seen);
        vs__release(level, sizeof *level);
        level = outer;
    }
}

static bool open_seen(const vs__node_set *from, vs__node_set *out)
{
    size_t size = (from->mask + 1) * sizeof *from->slots;
    if (!from->count)
        return true;
    const vs_operation **slots = vs__allocate(size);
    if (!slots)
        return false;
    memcpy(slots, from->slots, size);
    *out = (vs__node_set){slots, from->mask, from->count};
    return true;
}

/* false: out of memory; what was made by then is to be closed. */
static bool open_levels(const vs__control *from, vs__control **out)
{
    *out = NULL;
    for (; from; from = from->outer) {
        vs__control *level = vs__allocate(sizeof *level);
        if (!level)
            return false;
        *level = (vs__control){.inputs = from->inputs, .count = from->count};
        *out = level;
        out = &level->outer;
        if (!open_seen(&from->seen, &level->seen))
            return false;
    }
    return true;
}

/* ---- taking and counting ---- */

vs_capture *vs__capture_new(vs__state *state)
{
    vs__builder *builder = &state->builder;
    vs_capture *capture = vs__allocate_zeroed(sizeof *capture);
    bool at_root = !state->variable_scope && !state->root;
    vs_variable_scope *scope = at_root ? NULL : vs__variable_scope_object(state);
    if (!capture || (!at_root && !scope) || !copy_control(builder, builder->control, &capture->control) ||
        !vs__keep_colocation(builder, builder->colocation, &capture->colocation)) {
        vs__fail_memory(builder->error, builder->call);
        vs__release(capture, sizeof *capture);
        return NULL;
    }
    atomic_init(&capture->count, 1);
    capture->graph = vs_graph_hold(builder->graph);
    capture->scope = builder->scope;
    capture->device = builder->device;
    capture->outer_device = builder->outer_device;
    capture->device_level = builder->device_level;
    capture->class_of = builder->class_of;
    capture->creators = state->creators;
    capture->variable_scope = scope;
    capture->settings = scope ? vs__settings_of(scope) : &vs__root_settings;
    return capture;
}

vs_capture *vs_capture_here(void)
{
    vs__state *state = vs__enter_call(NULL);
    return state ? vs__capture_new(state) : NULL;
}

bool vs__capture_place_in(vs__state *state, vs_capture *capture, bool in_fork, uint32_t group)
{
    vs__builder *builder = &state->builder;
    if (open_levels(capture->control, &capture->levels))
        capture->strand = vs__strand_new(&builder->arena, builder->strand);
    if (!capture->strand)
        return vs__fail_memory(builder->error, builder->call);
    capture->strand->in_fork |= in_fork;
    capture->strand->group = group;
    VS__SHARED_WRITE(&builder->strand->live);
    atomic_fetch_add_explicit(&builder->strand->live, 1, memory_order_relaxed);
    builder->strand->has_forked |= in_fork;
    builder->strand->own_seen = NULL; /* while the workers live, nothing is its own */
    return true;
}

vs_capture *vs_capture_hold(vs_capture *capture)
{
    atomic_fetch_add_explicit(&capture->count, 1, memory_order_relaxed);
    return capture;
}

void vs_capture_release(vs_capture *capture)
{
    if (!capture || atomic_fetch_sub_explicit(&capture->count, 1, memory_order_acq_rel) != 1)
        return;
    if (capture->strand) {
        vs__strand *parent = (vs__strand *)(uintptr_t)capture->strand->parent; /* in the graph, which is still held */
        vs__strand_end(capture->strand);
        VS__SHARED_WRITE(&parent->live);
        atomic_fetch_sub_explicit(&parent->live, 1, memory_order_release);
    }
    close_levels(capture->levels);
    vs__counters_free(&capture->counters);
    vs_graph_release(capture->graph);
    vs__release(capture, sizeof *capture);
}

/* ---- entering ---- */

static void close_capture(vs__frame *frame)
{
    vs_capture *capture = frame->capture;
    frame->state->creators = frame->creators;
    if (capture->strand)
        atomic_store_explicit(&capture->entered, false, memory_order_release);
    else
        close_levels(frame->control.outer);
    vs_capture_release(capture);
}

/* A variable scope of the frame's own: what is set on it inside is not seen by others who enter the capture. */
static vs_variable_scope *open_variable_scope(vs__frame *frame, const vs_capture *capture)
{
    const vs_variable_scope *like = capture->variable_scope;
    vs_variable_scope *local = &frame->local;
    local->graph = capture->graph;
    local->name = like ? like->name : "";
    local->length = like ? like->length : 0;
    local->original_name_scope = like ? like->original_name_scope : "";
    local->is_object = false;
    local->promoted = NULL;
    local->count = NULL;
    atomic_init(&local->settings, capture->settings);
    return local;
}

/* Have a capture for this frame: a worker's is one context's at a time, and others get levels of their own. */
static bool claim(vs__frame *frame, vs_capture *capture, vs_error *error, const vs_call *call)
{
    bool free = false;
    if (capture->strand)
        return atomic_compare_exchange_strong_explicit(&capture->entered, &free, true, memory_order_acquire,
                                                       memory_order_relaxed) ||
               vs__fail(error, VS_FAILED_PRECONDITION, call,
                        "this worker's capture is entered already: enter it in one place at a time, or fork one more "
                        "worker");
    if (open_levels(capture->control, &frame->control.outer))
        return true;
    close_levels(frame->control.outer);
    return vs__fail_memory(error, call);
}

/* Put a state where the capture was taken, in a frame of its own. NULL: error set. */
static vs__frame *enter(vs__state *state, vs_capture *capture)
{
    vs__builder *builder = &state->builder;
    vs__frame *frame = vs__frame_push(state->context, state);
    if (!frame)
        return NULL;
    if (!claim(frame, capture, builder->error, builder->call)) {
        vs__frame_pop(state->context);
        return NULL;
    }
    frame->capture = vs_capture_hold(capture);
    frame->creators = state->creators;
    frame->close = close_capture;
    builder->scope = capture->scope;
    builder->device = capture->device;
    builder->outer_device = capture->outer_device;
    builder->device_level = capture->device_level;
    builder->class_of = capture->class_of;
    builder->control = capture->strand ? capture->levels : frame->control.outer;
    builder->colocation = capture->colocation;
    state->creators = capture->creators;
    if (capture->strand) {
        builder->strand = capture->strand;
        state->counters = &capture->counters;
    }
    state->variable_scope = open_variable_scope(frame, capture);
    return frame;
}

/* Open the fresh name scope that was asked for, if any. false: error set. */
static bool open_name_scope(vs__builder *builder, const char *name)
{
    vs__scope *scope = !name ? builder->scope : *name ? vs__scope_open(builder, name) : builder->graph->root;
    if (scope)
        builder->scope = scope;
    return scope;
}

vs_frame vs_enter_capture_with(const vs_capture_args *given)
{
    VS__ARGUMENTS(vs_capture_args, args, given);
    vs_error *pending = vs__pending_error();
    vs_context *context = vs__context();
    const vs_frame none = {NULL, 0};
    if (pending->code != VS_OK || !context)
        return none;
    if (!args->capture) {
        vs__fail(pending, VS_INVALID_ARGUMENT, &args->call, "there is no capture to enter: it is NULL");
        return none;
    }
    vs__state *state = vs__context_state(context, args->capture->graph, &args->call);
    if (!state)
        return none;
    state->builder.call = &args->call;
    vs__frame *frame = enter(state, args->capture);
    if (!frame)
        return none;
    if (open_name_scope(&state->builder, args->name_scope))
        return vs__frame_of(context, frame);
    vs__frame_pop(context);
    return none;
}

vs_frame vs_enter_capture(vs_capture *capture, const vs_call *call)
{
    vs_capture_args args = {.capture = capture};
    if (call)
        args.call = *call;
    args.call.size = 0; /* a struct of this library's */
    return vs_enter_capture_with(&args);
}
