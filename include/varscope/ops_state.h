/* Assignments and groups of operations (state_ops.py, control_flow_ops.py). See ops.h. */
#ifndef VARSCOPE_OPS_STATE_H
#define VARSCOPE_OPS_STATE_H

#include "ops_arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Assign a value to a variable: the node Assign or AssignVariableOp. */
typedef struct vs_assign_args {
    vs_call call;
    vs_tensor ref; /* a variable (vs_value) */
    vs_tensor value;
    const char *name;
} vs_assign_args;
/** @return the assigned tensor; of a resource variable a read that follows the assignment */
VS_API vs_tensor vs_assign_with(const vs_assign_args *args);
#define vs_assign(...) VS__BUILD(assign, ref, __VA_ARGS__)

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
