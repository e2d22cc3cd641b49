/* Placement: devices, colocation and control dependencies of the nodes that a block builds. */
#ifndef VARSCOPE_PLACEMENT_H
#define VARSCOPE_PLACEMENT_H

#include "context.h"
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Enter a device: "/job:ps/task:1", "/gpu:0", "/device:CPU:0". Inner fields win over outer ones, field by
 * field; "" changes nothing; NULL forgets the outer devices. A function may stand for a name, see
 * vs_device_by_function().
 *
 * @param name  copied
 * @return the frame to leave; not entered, and pending: invalid_argument (not a device), failed_precondition
 *         (no graph), resource_exhausted
 * Threads: any; the stack is the context's own.
 */
VS_API vs_frame vs_enter_device(const char *name, const vs_call *call);

/** A node that is about to be made, as a device function is shown it. Everything is borrowed for the call. */
typedef struct vs_unplaced_node {
    const char *op;          /* "VariableV2" */
    const char *name;        /* "layer/w" */
    const char *device;      /* what the blocks inside the function's say already, "" for nothing */
    const vs_tensor *inputs; /* num_inputs of them */
    size_t num_inputs;
    const vs_dtype *dtypes;  /* of the outputs, num_outputs of them */
    const vs_shape *shapes;  /* of the outputs */
    size_t num_outputs;
} vs_unplaced_node;

/**
 * Chooses the device of a node. Runs on the thread that makes it, with no lock held, in the middle of making it: it
 * may read, but not build, nor enter scopes.
 *
 * @return the whole device of the node, to which names of the blocks around the function's only add fields that it
 *         lacks; NULL leaves node->device; copied. NULL after vs_raise() to fail
 */
typedef const char *(*vs_device_function)(const vs_unplaced_node *node, void *user);

/**
 * Name a function, so that it may stand in the current graph wherever the name of a device may: vs_enter_device(), and
 * caching_device of variables and scopes.
 *
 *     VS_WITH_DEVICE(vs_device_by_function(choose, NULL, NULL))
 *
 * @param destroy  of user; runs when the graph goes, or at once on failure; may be NULL
 * @return a name that means nothing to others, valid as long as the graph; NULL and pending: invalid_argument (no
 *         function), failed_precondition (no graph), resource_exhausted
 * Threads: any; the name may be used on all.
 */
VS_API const char *vs_device_by_function(vs_device_function function, void *user, void (*destroy)(void *user));

/**
 * Enter control dependencies: every node made inside runs after the given ones, unless an input of it was
 * already made inside. Variables made inside ignore them.
 *
 * @param inputs  tensors or, through vs_operation_as_tensor(), operations; NULL forgets the outer ones
 * @return the frame to leave; not entered, and pending: invalid_argument (null or another graph's input),
 *         failed_precondition (no graph), resource_exhausted
 * Threads: any; the stack is the context's own.
 */
VS_API vs_frame vs_enter_control_dependencies(const vs_tensor *inputs, size_t count, const vs_call *call);

/**
 * Enter a colocation: nodes made inside get the op's device and its group in their _class attribute.
 *
 * @param op  an operation through vs_operation_as_tensor(), a tensor, a variable, or a literal, which becomes a Const
 * @return the frame to leave; not entered, and pending: invalid_argument (null or another graph's op),
 *         failed_precondition (no graph), resource_exhausted
 * Threads: any; the stack is the context's own.
 */
VS_API vs_frame vs_enter_colocate_with(vs_tensor op, const vs_call *call);

/**
 * The same in place of the colocations around, which do not count inside (ignore_existing).
 *
 * @param op  as above, or null: in no colocation, and on no device of the blocks around
 */
VS_API vs_frame vs_enter_colocate_with_only(vs_tensor op, const vs_call *call);

/** An operation where an op or a tensor may be given, also one without outputs. Threads: any. */
VS_API vs_tensor vs_operation_as_tensor(const vs_operation *operation);

#define VS__HERE (&(const vs_call){0, __LINE__, __FILE__, __func__})
#define VS_WITH_DEVICE(name) VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_device(name, VS__HERE))
#define VS_WITH_CONTROL_DEPENDENCIES(...)                                                                     \
    VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_control_dependencies((const vs_tensor[]){__VA_ARGS__},             \
        sizeof((const vs_tensor[]){__VA_ARGS__}) / sizeof(vs_tensor), VS__HERE))
#define VS_WITH_NO_CONTROL_DEPENDENCIES()                                                                     \
    VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_control_dependencies(NULL, 0, VS__HERE))
#define VS_WITH_COLOCATE(op) VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_colocate_with(op, VS__HERE))
#define VS_WITH_COLOCATE_ONLY(op) VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_colocate_with_only(op, VS__HERE))
#define VS_WITH_NO_COLOCATION()                                                                               \
    VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_colocate_with_only((vs_tensor){{NULL}, 0, 0}, VS__HERE))

#ifdef __cplusplus
}
#endif

#endif
