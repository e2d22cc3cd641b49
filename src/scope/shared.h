/*
 * Variables that forked workers share: whose they are does not depend on who is faster.
 *
 * From the first fork on, what get_variable makes in the context that forked and in its workers has a strand of its
 * own (strand.h): all that the creation makes goes there, nested creations, slices and losses included. Whoever finds
 * the variable asks for that strand, and it moves to the earliest asker.
 *
 * What a variable is made of depends on its maker's settings, so all askers that might have been first must have the
 * same. A variable keeps what it was asked for with; whoever finds it compares, and what differs is noted
 * (conflict.h), if the two were in workers of which either may be first.
 */
#ifndef VS_SCOPE_SHARED_H
#define VS_SCOPE_SHARED_H

#include "get_variable.h"

typedef struct vs__asked vs__asked;

/* What a variable has that workers share. Immutable. */
typedef struct vs__shared {
    vs__strand *strand;
    const vs__asked *asked; /* NULL: a slice of a partitioned variable */
    const vs__blob *shape;  /* that was asked for; NULL: none, or of unknown rank */
    uint32_t shape_kind;
    bool is_exclusive;      /* asked for with reuse off: had it been there, that had failed */
} vs__shared;

/* A creation that is on its way. */
typedef struct vs__shared_creation {
    vs__shared *shared; /* NULL: no worker has part in it */
    vs__strand *before;
} vs__shared_creation;

/* Begin the creation of what a request asks for. is_slice: of a partitioned variable. false: error set. */
bool vs__shared_begin(const vs__request *of, const char *key, bool is_slice, vs__shared_creation *out);

/* End it. variable NULL: it was not made. */
void vs__shared_end(const vs__request *of, const vs__shared_creation *creation, vs_variable *variable);

/* The long ways of the two below. */
bool vs__shared_compare_with(const vs__request *of, const vs_variable *variable, const vs__shared *shared);
bool vs__shared_ask(const vs__request *of, const vs__shared *shared);

static inline const vs__shared *vs__shared_of(const vs_variable *variable)
{
    return atomic_load_explicit(&((vs_variable *)(uintptr_t)variable)->shared, memory_order_acquire);
}

/* Compare what a request asks for with what a variable was made from. false: error set (out of memory). */
static inline bool vs__shared_compare(const vs__request *of, const vs_variable *variable)
{
    const vs__shared *shared = vs__shared_of(variable);
    return !shared || vs__shared_compare_with(of, variable, shared);
}

/* Note that a request was answered with a variable that was there. false: error set (out of memory). */
static inline bool vs__shared_found(const vs__request *of, const vs_variable *variable)
{
    const vs__shared *shared = vs__shared_of(variable);
    return !shared || vs__shared_ask(of, shared);
}

/* Whether it matters that a request does not find a variable: a worker may yet make it. */
bool vs__shared_minds_miss(const vs__request *of);

/*
 * Note that a request did not find a variable. false: error set.
 *
 * Whoever makes it later finds the note, if the caller looks for the variable once more after this: the note is pushed
 * before that look, and the maker reads the notes after its claim. Both look and claim are under the store's lock, so
 * either the look comes first, and with it the note, or it sees the claim, and the request misses nothing.
 */
bool vs__shared_missed(const vs__request *of);

#endif
