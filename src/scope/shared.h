/*
 * Variables that forked workers share: whose they are does not depend on who is faster.
 *
 * From the first fork on, what get_variable makes in the context that forked and in its workers has a strand of its
 * own (strand.h): all that the creation makes goes there, nested creations, slices and losses included. Whoever finds
 * the variable asks for that strand, and it moves to the earliest asker.
 *
 * Each such variable keeps what it was asked for with. Whoever finds it compares.
 */
#ifndef VS_SCOPE_SHARED_H
#define VS_SCOPE_SHARED_H

#include "get_variable.h"

/* What a variable has that workers share. Immutable once the variable is published. */
typedef struct vs__shared {
    vs__strand *strand;
} vs__shared;

/* A creation that is on its way. */
typedef struct vs__shared_creation {
    vs__shared *shared; /* NULL: no worker has part in it */
    vs__strand *before;
} vs__shared_creation;

/* Begin and end the creation of what a request asks for. begin: false: error set, and nothing to end. */
bool vs__shared_begin(const vs__request *of, vs__shared_creation *out);
/* variable NULL: it was not made. */
void vs__shared_end(const vs__request *of, const vs__shared_creation *creation, vs_variable *variable);

/* The long way of vs__shared_found(). */
bool vs__shared_ask(vs__state *state, vs__shared *shared);

/* Note that a state found a variable. false: error set (out of memory). */
static inline bool vs__shared_found(vs__state *state, vs_variable *variable)
{
    vs__shared *shared = atomic_load_explicit(&variable->shared, memory_order_acquire);
    return !shared || vs__shared_ask(state, shared);
}

#endif
