/* Workers that start as new threads do. */
#ifndef VS_SCOPE_FORK_H
#define VS_SCOPE_FORK_H

#include <varscope/fork.h>

/*
 * A worker with the current graph and nothing around it, as a new thread has it, but with a place in the order: after
 * what the current context made so far. NULL: error pending.
 */
vs_capture *vs__fork_empty(void);

#endif
