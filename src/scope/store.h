/*
 * The store of a graph's variables by key: what threads share, and where they meet. docs/store.md has the protocol
 * and why it is right; tests/model/store.pml is its model.
 *
 * An entry is absent (no variable, no owner), being made (an owner: the thread that makes it), or ready (a variable).
 *
 *     absent     -- claim   --> being made    one caller; the others wait
 *     being made -- publish --> ready         for ever; those that wait find it
 *     being made -- abandon --> being made    by the first of those that wait and may create it, or
 *                           --> absent        when there is none; those that wait are told so
 *
 * Finding a ready variable takes no lock: `variable` is stored with release after the variable is whole, and
 * loaded with acquire. Everything else happens under the store's lock. It is never held while a caller's code
 * runs: an owner holds the claim, not the lock.
 *
 * Who waits for whom is one graph for the process, guarded by waiting_lock, which is taken only where somebody waits.
 * A wait that would close a circle is refused.
 */
#ifndef VS_SCOPE_STORE_H
#define VS_SCOPE_STORE_H

#include <stdatomic.h>

#include <varscope/initializer.h>

#include "context.h"
#include "mutex.h"
#include "table.h"

typedef struct vs__store vs__store;

/*
 * An entry is never freed before its graph. The entries of a store lie together, in memory of their own, and what a
 * look-up reads stands together: that is what it waits for. `owner` changes under the store's lock and, while somebody waits for the
 * entry, under waiting_lock too: holding either of them, who is concerned may read it.
 */
typedef struct vs__store_entry {
    vs__entry entry;
    struct vs__thread *owner;        /* that makes it; NULL: nobody does */
    struct vs__waiter *last_waiter;  /* of a ring, its `next` being the first; NULL: none; guard: the store's lock */
    vs_context *context;             /* that claimed it; the owner's own, as the next one */
    struct vs__store_entry *next_claim;
    vs__store *store;
    _Atomic(vs_variable *) variable; /* NULL until ready; written under the store's lock */
    uint32_t length;
    char key[];
} vs__store_entry;

struct vs__store *vs__store_new(vs_graph *graph);
void vs__store_free(struct vs__store *store);

/* The variable of a key, if it is ready; takes no lock. */
vs_variable *vs__store_find(const vs__store *store, const char *key, size_t length);

/* The same for a key below a scope, "scope/name"; scope_length 0: name alone. NULL also when there is no memory. */
vs_variable *vs__store_find_in(const vs__store *store, const char *scope, size_t scope_length, const char *name,
                               size_t length);

typedef enum vs__claim { VS__CLAIM_FAILED, VS__CLAIM_FOUND, VS__CLAIM_ABSENT, VS__CLAIM_MINE } vs__claim;

/*
 * Wait until a key is not being made by another thread, then find it, or claim it when `create`.
 *
 * FOUND: *variable_out; ABSENT: it is not there and was not claimed; MINE: publish or abandon *entry_out, on this
 * thread; FAILED: error set (aborted, or out of memory).
 */
vs__claim vs__store_claim(vs__state *state, const char *key, size_t length, bool create, vs_variable **variable_out,
                          vs__store_entry **entry_out);

/* End a claim of the calling thread's, in any order. */
void vs__store_publish(vs__store_entry *entry, vs_variable *variable);
void vs__store_abandon(vs__store_entry *entry);

/* Abandon what a context was making on this thread, because the context ends. A thread that ends abandons all. */
void vs__store_abandon_all(const vs_context *context);

/* Run a destroy hook when the graph goes. false: error set, and it has run at once. NULL does nothing. */
bool vs__store_at_end(vs__builder *builder, vs_destroy destroy, void *user);

/*
 * The key that is nearest to one that is not there: the same name with more or fewer scopes before it, else one that is
 * spelled nearly so. NULL: none. For messages: it looks at every entry.
 */
const char *vs__store_nearest(const vs__store *store, const char *key, size_t length);

/*
 * Whether the store is consistent, for tests; NULL, or what is wrong. Nobody may be in a call on the graph: so no entry
 * is being made, and none is waited for.
 */
const char *vs__store_check(const vs__store *store);

#endif
