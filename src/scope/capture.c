#include <varscope/capture.h>

#include <string.h>

#include "context.h"

/*
 * A snapshot of a context's position in one graph. Immutable once made, so any number of threads may enter it; the
 * count is atomic. It holds the graph, in whose memory all that it points to lies: its own copies of the control
 * and colocation levels included, because those of the parent lie in frames.
 */
struct vs_capture {
    atomic_size_t count;
    vs_graph *graph;
    vs__scope *scope;
    const vs__blob *device;
    const vs__blob *outer_device;
    vs__device_level device_level;
    const vs__blob *class_of;
    const vs_variable_scope *variable_scope; /* where it was taken; NULL: the root as it is at first */
    const vs__settings *settings;            /* of it, as they were then */
    const vs__control *control;
    const vs__colocation *colocation;
    const vs__creator_link *creators;        /* in the graph's memory, as they were made there */
};

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
        *link = copy;
        link = (const vs__control **)&copy->outer;
    }
    return true;
}

static bool copy_colocation(vs__builder *builder, const vs__colocation *from, const vs__colocation **out)
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

vs_capture *vs_capture_here(void)
{
    vs__state *state = vs__enter_call(NULL);
    if (!state)
        return NULL;
    vs__builder *builder = &state->builder;
    vs_capture *capture = vs__allocate_zeroed(sizeof *capture);
    bool at_root = !state->variable_scope && !state->root;
    vs_variable_scope *scope = at_root ? NULL : vs__variable_scope_object(state);
    if (!capture || (!at_root && !scope) || !copy_control(builder, builder->control, &capture->control) ||
        !copy_colocation(builder, builder->colocation, &capture->colocation)) {
        vs__fail_memory(builder->error, NULL);
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

vs_capture *vs_capture_hold(vs_capture *capture)
{
    atomic_fetch_add_explicit(&capture->count, 1, memory_order_relaxed);
    return capture;
}

void vs_capture_release(vs_capture *capture)
{
    if (!capture || atomic_fetch_sub_explicit(&capture->count, 1, memory_order_acq_rel) != 1)
        return;
    vs_graph_release(capture->graph);
    vs__release(capture, sizeof *capture);
}

/* The control levels of an entered capture are this context's own: they record what it builds. */
static void close_capture(vs__frame *frame)
{
    frame->state->creators = frame->creators;
    for (vs__control *control = frame->control.outer; control;) {
        vs__control *outer = control->outer;
        vs__node_set_free(&control->seen);
        vs__release(control, sizeof *control);
        control = outer;
    }
}

static bool open_control(vs__frame *frame, const vs__control *from)
{
    vs__control **link = &frame->control.outer;
    *link = NULL;
    for (; from; from = from->outer) {
        vs__control *control = vs__allocate(sizeof *control);
        if (!control)
            return false;
        *control = (vs__control){.inputs = from->inputs, .count = from->count};
        *link = control;
        link = &control->outer;
    }
    return true;
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
    atomic_init(&local->settings, capture->settings);
    return local;
}

vs_frame vs_enter_capture(vs_capture *capture, const vs_call *call)
{
    vs_error *pending = vs__pending_error();
    vs_context *context = vs__context();
    const vs_frame none = {NULL, 0};
    if (pending->code != VS_OK || !context)
        return none;
    if (!capture) {
        vs__fail(pending, VS_INVALID_ARGUMENT, call, "there is no capture to enter: it is NULL");
        return none;
    }
    vs__state *state = vs__context_state(context, capture->graph, call);
    if (state)
        state->builder.call = call;
    vs__frame *frame = state ? vs__frame_push(context, state) : NULL;
    if (!frame)
        return none;
    frame->close = close_capture;
    frame->creators = state->creators;
    if (!open_control(frame, capture->control)) {
        vs__fail_memory(pending, call);
        vs__frame_pop(context);
        return none;
    }
    state->builder.scope = capture->scope;
    state->builder.device = capture->device;
    state->builder.outer_device = capture->outer_device;
    state->builder.device_level = capture->device_level;
    state->builder.class_of = capture->class_of;
    state->builder.control = frame->control.outer;
    state->builder.colocation = capture->colocation;
    state->creators = capture->creators;
    state->variable_scope = open_variable_scope(frame, capture);
    return vs__frame_of(context, frame);
}
