/* Variable creators: functions that stand in for the making of a variable (tf.variable_creator_scope).
 *
 *     static vs_variable *on_cpu(const vs_creator *next, const vs_variable_args *args, void *user)
 *     {
 *         vs_variable_args changed = *args;
 *         changed.caching_device = "/cpu:0";
 *         return vs_creator_call(next, &changed);
 *     }
 *
 *     VS_WITH_VARIABLE_CREATOR_SCOPE(on_cpu)
 *         vs_get_variable("v", .shape = VS_SHAPE(2));
 *
 * A custom getter sees each call of get_variable. A creator sees each variable that is made, by get_variable and by
 * vs_new_variable, and each slice of a partitioned one; not one that is found. Creators are called innermost scope
 * first; each goes on with vs_creator_call(), and may change the name and every other argument, return another
 * variable, or make several.
 */
#ifndef VARSCOPE_CREATOR_H
#define VARSCOPE_CREATOR_H

#include "variable.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a creator calls to go on: the next outer creator, in the end the library. */
typedef struct vs_creator vs_creator;

/**
 * Stands in for the making of a variable. Runs on the thread that makes it, in the name scope and under the control
 * dependencies of the caller (for get_variable in the root name scope), with no lock held. Variables that it makes by
 * other calls go through the creators too.
 *
 * @param args  borrowed for the call. From get_variable: name is the whole name (of a slice NAME/part_0), trainable
 *              and use_resource are decided, shape and dtype are those of the variable, and an initial_value that is
 *              no value can only be passed on or given to vs_initial_value(). From vs_new_variable: as it was called
 * @return a variable of the current graph; get_variable finds it under its key from then on. NULL after vs_raise() to fail
 */
typedef vs_variable *(*vs_variable_creator_function)(const vs_creator *next, const vs_variable_args *args, void *user);
typedef struct vs_variable_creator {
    vs_variable_creator_function function;
    void *user;
    vs_destroy destroy; /* of user; runs when the graph goes, or at once when the scope is not entered */
} vs_variable_creator;

/**
 * Go on from inside a creator, any number of times.
 *
 * @param args  as the creator got them, or a changed copy
 * @return the variable; NULL and pending: as vs_new_variable(), or what another creator raised
 * Threads: the one that the creator was called on, before it returns.
 */
VS_API vs_variable *vs_creator_call(const vs_creator *next, const vs_variable_args *args);

/**
 * Make the initial value that a creator was handed, where it is to be built on: in a function that takes no shape
 * and becomes the initial_value of the call of next.
 *
 * @param args  as the creator got them
 * @return the value; null and pending: what the initializer fails with
 * Threads: the one that the creator was called on, before it returns.
 */
VS_API vs_tensor vs_initial_value(const vs_variable_args *args);

/**
 * Enter a scope in whose inside a creator stands in for the making of variables, in the current graph.
 *
 * @return the frame to leave; not entered, and pending: invalid_argument (no function), failed_precondition (no
 *         graph), resource_exhausted
 * Threads: any; the scope is the calling context's own, and goes with a capture.
 */
VS_API vs_frame vs_enter_variable_creator_scope(vs_variable_creator creator, const vs_call *call);

/** Takes the members of a vs_variable_creator, the function first. */
#define VS_WITH_VARIABLE_CREATOR_SCOPE(...)                                                                   \
    VS__WITH_FRAME(VS__GUARD_NAME, vs_enter_variable_creator_scope(                                           \
        (vs_variable_creator){.function = __VA_ARGS__}, &(const vs_call){0, __LINE__, __FILE__, __func__}))

#ifdef __cplusplus
}
#endif

#endif
