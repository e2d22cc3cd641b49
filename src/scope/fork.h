/* Workers that start as new threads do. */
#ifndef VS_SCOPE_FORK_H
#define VS_SCOPE_FORK_H

#include <varscope/fork.h>

/*
 * As vs_fork_with(), but the workers have the current graph and nothing around it, as a new thread does. What they make
 * has a place in the order; whose the variables are that they share is not told.
 */
vs_capture **vs__fork_empty(size_t n, const vs_call *call);

#endif
