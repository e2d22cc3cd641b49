/*
 * The serial order of a graph's nodes.
 *
 * A strand is what one context made, in order: nodes, and places where other strands go. The strands of a
 * graph are a tree below vs_graph.order; walking it gives the order in which one thread would have made
 * everything. A strand is written by one context at a time (the root: under order_lock) and read by any.
 *
 * Invariant: items below a block's count are whole and never change. The count is stored (release) after the
 * item; a reader loads it (acquire) before it reads items.
 *
 * Variables that forked workers share have strands of their own, because their place is not known when they are
 * made: it is that of the earliest worker that asks for them, and an earlier one may ask later. Each asker that comes
 * before the strand's present place appends an item to its own strand, an ask; the strand stands at the ask that is
 * its `home`, and at the others is passed over. What the creation of a variable asks for is asked in that variable's
 * strand. So:
 *
 *     home is the first, in serial order, of the asks for the strand.                                          (1)
 *
 * All asks are appended (but a variable's first, in a strand that nobody else knows yet), and all homes changed, under
 * order_lock. An ask that does not come before home needs no item, as long as the asker stays where it is: if it lies in
 * no variable's strand (`movable`); home itself can only move forward. What is asked for in a movable strand always gets
 * an item, and when a strand moves forward, so do the asks in it: for each
 * of these (1) is restored at once (raise()). Nothing ever moves back. That gives
 *
 *     a place computed from homes that are loaded one by one is the true place, or one after it                (2)
 *
 * and hence: an asker in a strand that is not movable, which finds by (2), without a lock, that home comes before its
 * own place, is right, and is done. It writes nothing.
 *
 * A walk goes forward, and what moves goes back over what the walk has passed, or stays ahead of it. So a walk never
 * visits a node twice. It may miss one that moves meanwhile: graph->moves counts moves, before and after each, for
 * those who must know. There is no circle of strands: what lies in a variable's strand was asked for before the
 * variable was there, and was there itself before it was asked for elsewhere.
 */
#ifndef VS_GRAPH_STRAND_H
#define VS_GRAPH_STRAND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <varscope/tensor.h>

#include "memory.h"

typedef struct vs__strand vs__strand;

/* A node; with bit 0 set a strand; with bit 1 set an ask. */
typedef uintptr_t vs__item;

typedef struct vs__item_block {
    _Atomic(struct vs__item_block *) next;
    atomic_uint count;
    uint32_t capacity;
    vs__item items[];
} vs__item_block;

/* Where a variable's strand was asked for: an item of the asker's strand. Immutable. */
typedef struct vs__ask {
    vs__strand *of;
    const vs__strand *in;
    uint64_t at; /* its index among in's items */
} vs__ask;

struct vs__strand {
    const vs__strand *parent; /* NULL: the root. Of a variable's: that of its first ask */
    uint64_t place;           /* its index among the parent's items */
    _Atomic(const vs__ask *) home; /* of a variable's strand; else NULL. Guard for writing: order_lock */
    uint64_t total;           /* items so far; the writer's own */
    _Atomic(vs__item_block *) first;
    vs__item_block *last;     /* the writer's own */
    atomic_uint making;       /* variables that its writer is in the middle of: nodes that name each other */
    uint32_t depth;           /* parents up to the root */
    bool movable;             /* it is a variable's, or lies in one's */
    bool in_fork;             /* it is a forked worker's, or lies in one's */
    bool has_forked;          /* workers have places in it; the writer's own, as the next one */
    atomic_uint groups;       /* of workers in it, so far; changed by the writer alone */
    uint32_t group;           /* of a worker: which one among the parent's, from 1; else 0 */
    atomic_uint ended_before; /* it will not be written to any more, since before that group of the parent; 0: it may be */
    atomic_uint live;         /* workers in it that have not ended */
    const struct vs__scope *own;      /* the name scope that a worker, or a variable, has to itself; NULL: none */
    const struct vs__scope *own_seen; /* a name scope that was found to lie there; the writer's own */
};

/* A moment in the serial order: after `at` items of the strand. */
typedef struct vs__place {
    const vs__strand *strand;
    uint64_t at;
} vs__place;

/* Make a strand below another one, at its end; NULL when out of memory. The caller may write to the parent. */
vs__strand *vs__strand_new(vs__arena *arena, vs__strand *parent);

/* Make a strand for a variable that is asked for now, in a strand that the caller may write to. NULL: out of memory. */
vs__strand *vs__strand_new_of_variable(vs__arena *arena, vs__strand *asker);

/*
 * Ask for a variable's strand in another one, at its end; order_lock held. moves: counts moves. false: out of memory.
 */
bool vs__strand_ask_locked(vs__arena *arena, vs__strand *asker, vs__strand *of, atomic_uint *moves);

/* Whether a variable's strand stands before the end of an asker's, and stays there. Takes no lock; false: not sure. */
bool vs__strand_is_before(const vs__strand *of, const vs__strand *asker);

/* Make room for one more item; false when out of memory. */
bool vs__strand_reserve(vs__arena *arena, vs__strand *strand);

/* Append a node. Room was made: cannot fail. */
void vs__strand_append(vs__strand *strand, const vs_operation *node);

static inline vs__place vs__strand_now(const vs__strand *strand)
{
    return (vs__place){strand, strand->total};
}

/* Less than, equal to, greater than 0: a before b, the same moment, a after b. Of movable strands: order_lock held. */
int vs__place_compare(vs__place a, vs__place b);

/* Nothing will be written to a strand below the root any more. Any thread; what the writer did comes before. */
void vs__strand_end(vs__strand *strand);

/*
 * Whether what was done at a moment may, in another schedule, come after what is now done at the end of a strand. Look at
 * the two strands in which both lie where their ways up meet: workers of one fork are concurrent, and so are workers of
 * two forks when the first had not ended at the second fork. A worker is concurrent with its parent as long as it has
 * not ended, and with what the parent did after the fork. So are the strands of two contexts, unless the first has ended.
 * Whoever waits for workers, or for a thread, lets them end before it goes on: hence the order is that of all schedules.
 */
bool vs__strand_is_concurrent(vs__place before, const vs__strand *now);

/* The strand that a walk goes into at an item; NULL: none. */
static inline const vs__strand *vs__item_strand(vs__item item)
{
    if (item & 1)
        return (const vs__strand *)(item & ~(vs__item)3);
    if (!(item & 2))
        return NULL;
    const vs__ask *ask = (const vs__ask *)(item & ~(vs__item)3);
    return atomic_load_explicit(&ask->of->home, memory_order_acquire) == ask ? ask->of : NULL;
}

/* Visit the nodes of a strand and of those below, in order; false when the visitor stopped it. */
bool vs__strand_walk(const vs__strand *strand, bool (*visitor)(const vs_operation *node, void *user), void *user);

#endif
