/* Assignments and groups of operations (state_ops.py, control_flow_ops.py). See ops.h. */
#ifndef VARSCOPE_OPS_STATE_H
#define VARSCOPE_OPS_STATE_H

#include "initializer.h"
#include "ops_arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A change of a variable. */
typedef struct vs_assign_args {
    vs_call call;
    vs_tensor ref;              /* a variable (vs_value), or the ref output of an op that changes one */
    vs_tensor value;
    const char *name;
    vs_tristate validate_shape; /* assign, of a ref variable: default true; false lets it take another shape */
    vs_tristate use_locking;    /* of a ref variable; default true for assign, false for the others */
    vs_tensor *outputs;         /* VS_OUTPUTS(array), of a partitioned variable: what each slice's assignment gives */
    size_t room;
} vs_assign_args;

/**
 * Assign a value to a variable: node Assign, of a resource variable AssignVariableOp and a read that waits for it.
 *
 * The value of a partitioned variable is cut as it is (node split), another partitioned variable gives its slices, and
 * a literal list is one of values, one a slice.
 *
 * @return the assigned tensor; of a resource variable the variable as it then is: each use reads it after the
 *         assignment; of a partitioned variable what its first slice gives, with all of them in .outputs. Null and
 *         pending: invalid_argument (no variable, a shape or type that does not fit, no room for a result a slice)
 * Threads: any.
 */
VS_API vs_tensor vs_assign_with(const vs_assign_args *args);
#define vs_assign(...) VS__BUILD(assign, ref, __VA_ARGS__)

/** Add to a variable: AssignAdd or AssignAddVariableOp. As vs_assign(). */
VS_API vs_tensor vs_assign_add_with(const vs_assign_args *args);
#define vs_assign_add(...)                                                                                    \
    vs_assign_add_with(&(const vs_assign_args){VS_CALL(vs_assign_args), .ref = __VA_ARGS__})

/** Subtract from a variable: AssignSub or AssignSubVariableOp. As vs_assign(). */
VS_API vs_tensor vs_assign_sub_with(const vs_assign_args *args);
#define vs_assign_sub(...)                                                                                    \
    vs_assign_sub_with(&(const vs_assign_args){VS_CALL(vs_assign_args), .ref = __VA_ARGS__})

typedef struct vs_is_variable_initialized_args {
    vs_call call;
    vs_tensor ref; /* a variable that is not partitioned */
    const char *name;
} vs_is_variable_initialized_args;

/** Whether a variable is initialized when it is run: IsVariableInitialized or VarIsInitializedOp, a bool. */
VS_API vs_tensor vs_is_variable_initialized_with(const vs_is_variable_initialized_args *args);
#define vs_is_variable_initialized(...) VS__BUILD(is_variable_initialized, ref, __VA_ARGS__)

typedef struct vs_initialized_value_args {
    vs_call call;
    vs_tensor ref; /* a variable that is not partitioned */
} vs_initialized_value_args;

/**
 * A variable's value if it is initialized when it is run, else what it starts as: a conditional in name scope cond, as
 * TensorFlow's initialized_value() makes it. Initial values that read variables need none, see vs_new_variable().
 */
VS_API vs_tensor vs_initialized_value_with(const vs_initialized_value_args *args);
#define vs_initialized_value(...) VS__BUILD(initialized_value, ref, __VA_ARGS__)

typedef struct vs_no_op_args {
    vs_call call;
    const char *name;
} vs_no_op_args;
VS_API vs_operation *vs_no_op_with(const vs_no_op_args *args);
#define vs_no_op(...) VS__BUILD(no_op, name, __VA_ARGS__)

/** An op that runs all others: NoOps with control inputs, one a device. */
typedef struct vs_group_args {
    vs_call call;
    const vs_tensor *inputs; /* tensors, variables, or operations through vs_operation_as_tensor() */
    size_t count;
    const char *name; /* NULL: "group_deps" */
} vs_group_args;
VS_API vs_operation *vs_group_with(const vs_group_args *args);
#define vs_group(...) VS__BUILD(group, inputs, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
