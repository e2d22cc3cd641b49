/* Entering name scopes, devices, control dependencies and colocations. */
#include <varscope/name_scope.h>
#include <varscope/placement.h>

#include <string.h>

#include "context.h"
#include "store.h"
#include "variable.h"

static const vs_frame not_entered = {NULL, 0};

/* ---- name scopes ---- */

/* The scope that a name opens; "" and NULL open the root. NULL: error set. */
static vs__scope *open_scope(vs__state *state, const char *name)
{
    return name && *name ? vs__scope_open(&state->builder, name) : state->builder.graph->root;
}

vs_frame vs_enter_name_scope_with(const vs_name_scope_args *given)
{
    VS__ARGUMENTS(vs_name_scope_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return not_entered;
    const char *name = args->name ? args->name : args->default_name;
    if (!name && (args->has_values || args->num_values)) {
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, &args->call,
                 "a name scope with values needs a name or a default_name");
        return not_entered;
    }
    state = vs__state_of_values(state, args->values, args->num_values);
    vs__scope *scope = state ? open_scope(state, name) : NULL;
    vs__frame *frame = scope ? vs__frame_push(state->context, state) : NULL;
    if (!frame)
        return not_entered;
    state->builder.scope = scope;
    if (args->as) /* "/" is the root, but goes by its own name, as in TensorFlow */
        *args->as = name && strcmp(name, "/") == 0 ? "/" : scope->path;
    return vs__frame_of(state->context, frame);
}

const char *vs_current_name_scope(void)
{
    vs__state *state = vs__enter_call(NULL);
    return state ? state->builder.scope->path : NULL;
}

/* ---- devices ---- */

vs_frame vs_enter_device(const char *name, const vs_call *call)
{
    vs__state *state = vs__enter_call(call);
    const vs__blob *device;
    if (!state || !vs__device_enter(&state->builder, name, &device))
        return not_entered;
    vs__frame *frame = vs__frame_push(state->context, state);
    if (frame) {
        state->builder.device = device;
        if (state->builder.device_level == VS__DEVICE_HIDDEN)
            state->builder.device_level = VS__DEVICE_INSIDE;
    }
    return vs__frame_of(state->context, frame);
}

const char *vs_device_by_function(vs_device_function function, void *user, vs_destroy destroy)
{
    vs__state *state = vs__enter_call(NULL);
    if (state && !function)
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, NULL, "a device function is needed: it is NULL");
    if (!state || !function) {
        if (destroy)
            destroy(user);
        return NULL;
    }
    if (!vs__store_at_end(&state->builder, destroy, user))
        return NULL;
    return vs__device_function_add(&state->builder, function, user);
}

/* ---- control dependencies ---- */

static const vs_operation *control_op(vs__builder *builder, vs_tensor input)
{
    if (!vs__tensor_check(builder, input, "a control input"))
        return NULL;
    const vs_operation *op = vs_tensor_op(input);
    if (!op)
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                 "a control input must be an operation, a tensor or a variable that is not partitioned");
    return op;
}

/* Whether an op is among the inputs of the blocks entered so far (Graph._current_control_dependencies). */
static bool waits_already(const vs__control *control, const vs_operation *op)
{
    for (; control; control = control->outer)
        for (size_t i = 0; i < control->count; i++)
            if (control->inputs[i] == op)
                return true;
    return false;
}

static bool has_input(const vs__control *control, const vs_operation *op)
{
    for (size_t i = 0; i < control->count; i++)
        if (control->inputs[i] == op)
            return true;
    return false;
}

static void close_control(vs__frame *frame)
{
    vs__node_set_free(&frame->control.seen);
}

static bool fill_control(vs__builder *builder, vs__control *control, const vs_tensor *inputs, size_t count)
{
    /* In the graph's memory: a capture may carry it on. */
    const vs_operation **kept = vs__arena_allocate(&builder->arena, (count ? count : 1) * sizeof *kept);
    control->inputs = kept;
    if (!kept)
        return vs__fail_memory(builder->error, builder->call);
    for (size_t i = 0; i < count; i++) {
        const vs_operation *op = control_op(builder, inputs[i]);
        if (!op)
            return false;
        if (waits_already(builder->control, op) || has_input(control, op))
            continue;
        kept[control->count++] = op;
        vs__node_mark_control(op);
    }
    return true;
}

vs_frame vs_enter_control_dependencies(const vs_tensor *inputs, size_t count, const vs_call *call)
{
    vs__state *state = vs__enter_call(call);
    vs__control control = {.outer = NULL};
    if (!state || (inputs && !fill_control(&state->builder, &control, inputs, count)))
        return not_entered;
    vs__frame *frame = vs__frame_push(state->context, state);
    if (!frame)
        return not_entered;
    control.outer = inputs ? state->builder.control : NULL;
    frame->control = control;
    frame->close = close_control;
    /* An empty level counts too: it records what is made inside, as TensorFlow's controller does. */
    state->builder.control = inputs ? &frame->control : NULL;
    return vs__frame_of(state->context, frame);
}

/* ---- colocation ---- */

/* The node to colocate with. NULL: error set. */
static const vs_operation *node_to_colocate_with(vs__builder *builder, vs_tensor op)
{
    if (!vs__tensor_check(builder, op, "what to colocate with"))
        return NULL;
    if (op.kind >= VS__TENSOR_LITERAL && op.kind <= VS__TENSOR_STRING)
        op = vs__tensor_of(
            vs__constant(builder, op, VS_DTYPE_NONE, (vs_shape){VS_SHAPE_ABSENT, 0, NULL}, "Const", NULL));
    const vs_operation *node = vs_tensor_op(op);
    if (op.kind == VS__TENSOR_VARIABLE && node) /* also of what vs_assign() returns, whose op is the assignment */
        node = vs__output_node(((const vs_variable *)op.of.pointer)->variable);
    if (!node)
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                 "nodes are colocated with an operation, a tensor or a variable that is not partitioned");
    return node;
}

static vs_frame enter_colocation(vs_tensor op, bool only, const vs_call *call)
{
    vs__state *state = vs__enter_call(call);
    bool none = only && vs_tensor_is_null(op);
    const vs_operation *node = state && !none ? node_to_colocate_with(&state->builder, op) : NULL;
    vs__frame *frame = state && (node || none) ? vs__frame_push(state->context, state) : NULL;
    if (!frame)
        return not_entered;
    if (only)
        state->builder.colocation = NULL;
    vs__colocation_enter(&state->builder, &frame->colocation, node);
    if (none)
        state->builder.colocation = NULL;
    return vs__frame_of(state->context, frame);
}

vs_frame vs_enter_colocate_with(vs_tensor op, const vs_call *call)
{
    return enter_colocation(op, false, call);
}

vs_frame vs_enter_colocate_with_only(vs_tensor op, const vs_call *call)
{
    return enter_colocation(op, true, call);
}

vs_tensor vs_operation_as_tensor(const vs_operation *operation)
{
    return (vs_tensor){{operation}, operation ? VS__TENSOR_OPERATION : VS__TENSOR_NULL, 0};
}
