/*
 * The store of a graph's variables by key: what threads share, and where they meet.
 *
 * An entry is absent (no variable, no creator), being made (a creator), or ready (a variable).
 *
 *     absent  -- claim --> being made    one caller; the others wait
 *     being made -- publish --> ready    for ever; waiters wake and find it
 *     being made -- abandon --> absent   waiters wake, and one of them claims
 *
 * Finding a ready variable takes no lock: `variable` is stored with release after the variable is whole, and
 * loaded with acquire. Everything else happens under the store's lock. It is never held while a caller's code
 * runs: a creator holds the claim, not the lock.
 *
 * Who waits for whom is one graph for the process, guarded by one lock that is taken only to block. A wait that
 * would close a cycle is refused. Why no cycle escapes: a cycle of waits has a last edge; it is added under that
 * lock, when all the others are there already and the threads they go through, being blocked, cannot change them.
 */
#ifndef VS_SCOPE_STORE_H
#define VS_SCOPE_STORE_H

#include <stdatomic.h>

#include <varscope/initializer.h>

#include "context.h"
#include "mutex.h"
#include "table.h"

typedef struct vs__store vs__store;

typedef struct vs__store_entry {
    vs__entry entry;
    _Atomic(vs_variable *) variable; /* NULL until ready */
    _Atomic(vs_context *) creator;   /* NULL: nobody; written under the store's lock */
    _Atomic(uintptr_t) thread;       /* that the creator runs on; 0: none; written under the store's lock */
    struct vs__store_entry *next;    /* of the creator's claims; the creator's own */
    vs__store *store;
    uint32_t length;
    char key[];
} vs__store_entry;

struct vs__store *vs__store_new(vs_graph *graph);
void vs__store_free(struct vs__store *store);

/* The variable of a key, if it is ready; takes no lock. */
vs_variable *vs__store_find(const vs__store *store, const char *key, size_t length);

/* The same for a key below a scope, "scope/name", that need not be put together. scope_length 0: name alone. */
vs_variable *vs__store_find_in(const vs__store *store, const char *scope, size_t scope_length, const char *name,
                               size_t length);

typedef enum vs__claim { VS__CLAIM_FAILED, VS__CLAIM_FOUND, VS__CLAIM_ABSENT, VS__CLAIM_MINE } vs__claim;

/*
 * Wait until a key is not being made by another context, then find it, or claim it when `create`.
 *
 * FOUND: *variable_out; ABSENT: it is not there and was not claimed; MINE: publish or abandon *entry_out;
 * FAILED: error set (aborted, or out of memory).
 */
vs__claim vs__store_claim(vs__state *state, const char *key, size_t length, bool create, vs_variable **variable_out,
                          vs__store_entry **entry_out);

void vs__store_publish(vs_context *context, vs__store_entry *entry, vs_variable *variable);
void vs__store_abandon(vs_context *context, vs__store_entry *entry);

/* Abandon all that a context was making, because it ends. */
void vs__store_abandon_all(vs_context *context);

/* Run a destroy hook when the graph goes. false: error set, and it has run at once. NULL does nothing. */
bool vs__store_at_end(vs__builder *builder, vs_destroy destroy, void *user);

#endif
