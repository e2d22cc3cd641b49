#include "store.h"

#include <string.h>

#include "variable.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Ways to get it wrong, for the test that wants to see them found (tests/linearizability). */
#ifndef VS__BROKEN_STORE
#define VS__BROKEN_STORE 0
#endif
enum { TORN_CLAIM = 1, NO_HEIR, LATE_PUBLISH };

typedef struct at_end {
    struct at_end *next;
    vs_destroy destroy;
    void *user;
} at_end;

static vs__mutex waiting_lock = VS__MUTEX_INITIALIZER; /* for the whole process */

struct vs__store {
    vs_graph *graph;
    vs__mutex lock;    /* guards claims and who waits for them; taken before waiting_lock */
    vs__table entries; /* guard for adding: lock */
    vs__arena arena VS__GUARDED_BY(lock); /* the entries' */
    _Atomic(at_end *) hooks;
};

/* A thread, as those know it that wait for what it makes. */
typedef struct vs__thread {
    bool registered;         /* to abandon its claims when it ends; its own, as the next one */
    vs__store_entry *claims; /* what it is making, the newest first */
    const vs__store_entry *waits_for VS__GUARDED_BY(waiting_lock); /* NULL: nothing */
} vs__thread;

/*
 * A thread that waits. It lies on its stack, in the ring of the entry that it waits for; whoever ends the claim takes it
 * out, and tells it what comes of its call.
 */
typedef struct vs__waiter {
    struct vs__waiter *next; /* guard: the store's lock; once out of the ring, whoever took it out */
    vs__thread *thread;
    bool create;
    pthread_cond_t told;
    vs__mutex lock;
    bool done VS__GUARDED_BY(lock);
    vs__claim outcome VS__GUARDED_BY(lock);
    vs_variable *variable VS__GUARDED_BY(lock);
} vs__waiter;

static _Thread_local vs__thread this_thread;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static bool can_register;

struct vs__store *vs__store_new(vs_graph *graph) VS__UNCHECKED
{
    vs__store *store = vs__allocate_zeroed(sizeof *store);
    if (!store)
        return NULL;
    store->graph = graph;
    vs__arena_init(&store->arena, &graph->blocks);
    if (vs__mutex_init(&store->lock))
        return store;
    vs__release(store, sizeof *store);
    return NULL;
}

void vs__store_free(struct vs__store *store)
{
    for (at_end *hook = atomic_load_explicit(&store->hooks, memory_order_acquire); hook; hook = hook->next)
        hook->destroy(hook->user);
    vs__table_free(&store->entries);
    vs__mutex_destroy(&store->lock);
    vs__release(store, sizeof *store);
}

bool vs__store_at_end(vs__builder *builder, vs_destroy destroy, void *user)
{
    if (!destroy)
        return true;
    at_end *hook = vs__arena_allocate(&builder->arena, sizeof *hook);
    if (!hook) {
        destroy(user);
        return vs__fail_memory(builder->error, builder->call);
    }
    vs__store *store = builder->graph->store;
    *hook = (at_end){atomic_load_explicit(&store->hooks, memory_order_relaxed), destroy, user};
    while (!atomic_compare_exchange_weak_explicit(&store->hooks, &hook->next, hook, memory_order_release,
                                                  memory_order_relaxed))
        ;
    return true;
}

static uint64_t hash_key(const char *key, size_t length)
{
    return XXH3_64bits(key, length);
}

static vs__store_entry *find_entry(const vs__store *store, const char *key, size_t length, uint64_t hash)
{
    vs__probe probe = vs__table_probe(&store->entries, hash);
    vs__entry *found;
    while ((found = vs__probe_next(&probe, hash))) {
        vs__store_entry *entry = (vs__store_entry *)found;
        if (entry->length == length && memcmp(entry->key, key, length) == 0)
            return entry;
    }
    return NULL;
}

vs_variable *vs__store_find(const vs__store *store, const char *key, size_t length)
{
    uint64_t hash = hash_key(key, length);
    VS__YIELD();
    vs__store_entry *entry = find_entry(store, key, length, hash);
    VS__YIELD();
    return entry ? atomic_load_explicit(&entry->variable, memory_order_acquire) : NULL;
}

vs_variable *vs__store_find_in(const vs__store *store, const char *scope, size_t scope_length, const char *name,
                               size_t length)
{
    if (!scope_length)
        return vs__store_find(store, name, length);
    char small[512];
    size_t size = scope_length + 1 + length;
    char *key = size <= sizeof small ? small : vs__allocate(size);
    if (!key)
        return NULL;
    memcpy(key, scope, scope_length);
    key[scope_length] = '/';
    memcpy(key + scope_length + 1, name, length);
    vs_variable *found = vs__store_find(store, key, size);
    if (key != small)
        vs__release(key, size);
    return found;
}

static vs__store_entry *add_entry(vs__state *state, vs__store *store, const char *key, size_t length, uint64_t hash)
    VS__REQUIRES(&store->lock)
{
    vs__store_entry *entry = vs__arena_allocate(&store->arena, sizeof *entry + length + 1);
    if (entry) {
        *entry = (vs__store_entry){.entry = {hash}, .store = store, .length = (uint32_t)length};
        memcpy(entry->key, key, length);
        entry->key[length] = '\0';
        if (vs__table_add(&store->entries, &entry->entry))
            return entry;
    }
    vs__fail_memory(state->builder.error, state->builder.call);
    return NULL;
}

/* ---- threads ---- */

static void thread_ends(void *thread)
{
    (void)thread;
    this_thread.registered = false;
    while (this_thread.claims)
        vs__store_abandon(this_thread.claims);
}

/* The child of a fork finds the lock free, whoever held it. */
static void before_fork(void) VS__ACQUIRE(&waiting_lock)
{
    vs__mutex_lock(&waiting_lock);
}

static void after_fork(void) VS__RELEASE(&waiting_lock)
{
    vs__mutex_unlock(&waiting_lock);
}

static void prepare(void)
{
    can_register = pthread_atfork(before_fork, after_fork, after_fork) == 0 &&
                   pthread_key_create(&thread_key, thread_ends) == 0;
}

/* See to it that the claims of this thread are abandoned when it ends. */
static bool register_thread(void)
{
    if (this_thread.registered)
        return true;
    pthread_once(&once, prepare);
    this_thread.registered = can_register && pthread_setspecific(thread_key, &this_thread) == 0;
    return this_thread.registered;
}

/* ---- waiting ---- */

/*
 * Whether this thread would wait for itself if it waited for an entry. What is waited for has an owner, who waits too
 * or runs. There is no circle yet, and nobody on the way changes while waiting_lock is held.
 */
static bool closes_circle(const vs__store_entry *entry) VS__REQUIRES(&waiting_lock)
{
    for (; entry; entry = entry->owner->waits_for)
        if (entry->owner == &this_thread)
            return true;
    return false;
}

/*
 * What follows, up to settle_claim(), is about an entry of the store. The analysis compares locks as they are written: it
 * cannot tell that entry->store is the store, so the fields of entries and waiters say their guard in words, and the
 * functions that use them take the store whose lock they require.
 */

/* Note that this thread waits for an entry. false: that would be a deadlock. */
static bool note_waiting(const vs__store *store, const vs__store_entry *entry) VS__REQUIRES(&store->lock)
{
    (void)store;
    vs__mutex_lock(&waiting_lock);
    bool circle = closes_circle(entry);
    if (!circle)
        this_thread.waits_for = entry;
    vs__mutex_unlock(&waiting_lock);
    return !circle;
}

static void join_ring(const vs__store *store, vs__store_entry *entry, vs__waiter *self) VS__REQUIRES(&store->lock)
{
    (void)store;
    vs__waiter *last = entry->last_waiter;
    self->next = last ? last->next : self;
    if (last)
        last->next = self;
    entry->last_waiter = self;
}

/* Take the first that may create out of the ring of an entry; NULL: there is none. */
static vs__waiter *take_heir(const vs__store *store, vs__store_entry *entry) VS__REQUIRES(&store->lock)
{
    (void)store;
    vs__waiter *before = entry->last_waiter, *heir = before->next;
    while (!heir->create) {
        if (heir == entry->last_waiter)
            return NULL;
        before = heir;
        heir = heir->next;
    }
    before->next = heir->next;
    if (heir == entry->last_waiter)
        entry->last_waiter = before == heir ? NULL : before;
    heir->next = NULL;
    return heir;
}

/* Take all out of the ring of an entry, first come first. */
static vs__waiter *take_all(const vs__store *store, vs__store_entry *entry) VS__REQUIRES(&store->lock)
{
    (void)store;
    vs__waiter *first = entry->last_waiter->next;
    entry->last_waiter->next = NULL;
    entry->last_waiter = NULL;
    return first;
}

/* Find the next owner of an entry, and who is to be told: it alone, or all that waited. */
static vs__waiter *settle(const vs__store *store, vs__store_entry *entry, bool ready) VS__REQUIRES(&store->lock)
{
    if (!entry->last_waiter) {
        entry->owner = NULL;
        return NULL;
    }
    vs__mutex_lock(&waiting_lock);
    vs__waiter *heir = ready || VS__BROKEN_STORE == NO_HEIR ? NULL : take_heir(store, entry);
    vs__waiter *told = heir ? heir : take_all(store, entry);
    entry->owner = heir ? heir->thread : NULL;
    for (vs__waiter *at = told; at; at = at->next)
        at->thread->waits_for = NULL;
    vs__mutex_unlock(&waiting_lock);
    return told;
}

/* Sleep until told what came of it. */
static vs__claim sleep_until_told(vs__waiter *self, vs_variable **variable_out)
{
    int cancel;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel); /* the claim may be this thread's already */
    vs__mutex_lock(&self->lock);
    while (!self->done)
        vs__mutex_wait(&self->lock, &self->told);
    vs__claim outcome = self->outcome;
    *variable_out = self->variable;
    vs__mutex_unlock(&self->lock);
    pthread_cond_destroy(&self->told);
    vs__mutex_destroy(&self->lock);
    pthread_setcancelstate(cancel, NULL);
    return outcome;
}

static void tell(vs__waiter *waiter, vs__claim outcome, vs_variable *variable)
{
    vs__mutex_lock(&waiter->lock);
    waiter->outcome = outcome;
    waiter->variable = variable;
    waiter->done = true;
    pthread_cond_signal(&waiter->told);
    vs__mutex_unlock(&waiter->lock); /* from here on it may be gone */
}

/* Wait for what comes of an entry that is being made, and let the store's lock go. FAILED: that would be a deadlock. */
static vs__claim wait_and_unlock(vs__store *store, vs__store_entry *entry, bool create, vs_variable **variable_out)
    VS__RELEASE(&store->lock)
{
    vs__waiter self = {.thread = &this_thread, .create = create, .told = PTHREAD_COND_INITIALIZER,
                       .lock = VS__MUTEX_INITIALIZER};
    bool waits = note_waiting(store, entry);
    if (waits)
        join_ring(store, entry, &self);
    vs__mutex_unlock(&store->lock);
    return waits ? sleep_until_told(&self, variable_out) : VS__CLAIM_FAILED;
}

/* ---- claims ---- */

/* Find, wait for, or claim an entry. entry NULL: there is none, and none was to be made. */
static vs__claim settle_claim(vs__store *store, vs__store_entry *entry, bool create, vs_variable **variable_out)
    VS__RELEASE(&store->lock)
{
    vs_variable *variable = entry ? atomic_load_explicit(&entry->variable, memory_order_relaxed) : NULL;
    if (entry && entry->owner)
        return wait_and_unlock(store, entry, create, variable_out);
    if (entry && !variable && create)
        entry->owner = &this_thread;
    vs__mutex_unlock(&store->lock);
    *variable_out = variable;
    return variable ? VS__CLAIM_FOUND : entry && create ? VS__CLAIM_MINE : VS__CLAIM_ABSENT;
}

vs__claim vs__store_claim(vs__state *state, const char *key, size_t length, bool create, vs_variable **variable_out,
                          vs__store_entry **entry_out)
{
    vs__store *store = state->builder.graph->store;
    uint64_t hash = hash_key(key, length);
    if (!register_thread()) {
        vs__fail_memory(state->builder.error, state->builder.call);
        return VS__CLAIM_FAILED;
    }
    vs__store_entry *entry = VS__BROKEN_STORE == TORN_CLAIM ? find_entry(store, key, length, hash) : NULL;
    vs__mutex_lock(&store->lock);
    if (VS__BROKEN_STORE != TORN_CLAIM)
        entry = find_entry(store, key, length, hash);
    if (!entry && create && !(entry = add_entry(state, store, key, length, hash))) {
        vs__mutex_unlock(&store->lock);
        return VS__CLAIM_FAILED;
    }
    vs__claim claim = settle_claim(store, entry, create, variable_out);
    if (claim == VS__CLAIM_MINE) {
        entry->context = state->context;
        entry->next_claim = this_thread.claims;
        this_thread.claims = entry;
        *entry_out = entry;
    } else if (claim == VS__CLAIM_FAILED) {
        vs__fail(state->builder.error, VS_ABORTED, state->builder.call,
                 "variable %s is being created by a call that waits for this one: an initializer may not ask for its own "
                 "variable, nor two for each other's", entry->key);
    }
    return claim;
}

static void forget_claim(const vs__store_entry *entry)
{
    vs__store_entry **link = &this_thread.claims;
    while (*link != entry)
        link = &(*link)->next_claim;
    *link = entry->next_claim;
}

/* variable NULL: it was not made. */
static void end_claim(vs__store_entry *entry, vs_variable *variable)
{
    vs__store *store = entry->store;
    forget_claim(entry);
    vs__mutex_lock(&store->lock);
    VS__YIELD();
    if (variable && VS__BROKEN_STORE != LATE_PUBLISH)
        atomic_store_explicit(&entry->variable, variable, memory_order_release);
    VS__YIELD();
    vs__waiter *told = settle(store, entry, variable != NULL);
    vs__claim outcome = variable ? VS__CLAIM_FOUND : entry->owner ? VS__CLAIM_MINE : VS__CLAIM_ABSENT;
    vs__mutex_unlock(&store->lock);
    while (told) {
        vs__waiter *next = told->next;
        tell(told, outcome, variable);
        told = next;
    }
    if (variable && VS__BROKEN_STORE == LATE_PUBLISH)
        atomic_store_explicit(&entry->variable, variable, memory_order_release);
}

void vs__store_publish(vs__store_entry *entry, vs_variable *variable)
{
    end_claim(entry, variable);
}

void vs__store_abandon(vs__store_entry *entry)
{
    end_claim(entry, NULL);
}

void vs__store_abandon_all(const vs_context *context)
{
    for (vs__store_entry *at = this_thread.claims; at;) {
        vs__store_entry *next = at->next_claim;
        if (at->context == context)
            vs__store_abandon(at);
        at = next;
    }
}

vs_variable *vs_graph_find_variable(const vs_graph *graph, const char *key)
{
    return vs__store_find(graph->store, key, strlen(key));
}

/* ---- hints ---- */

/* Whether a name ends in the whole of another: "a/b/w" in "b/w". */
static bool ends_in(const char *name, size_t length, const char *end, size_t end_length)
{
    return end_length && length > end_length && name[length - end_length - 1] == '/' &&
           memcmp(name + length - end_length, end, end_length) == 0;
}

/* How far a key is from one that was asked for; 0: another scope around it. UINT32_MAX: far. */
static uint32_t key_distance(const char *key, size_t length, const char *asked, size_t asked_length, uint32_t most)
{
    if (ends_in(key, length, asked, asked_length) || ends_in(asked, asked_length, key, length))
        return 0;
    if (length > asked_length + most || asked_length > length + most)
        return UINT32_MAX;
    return vs__text_distance(key, length, asked, asked_length);
}

const char *vs__store_nearest(const vs__store *store, const char *key, size_t length)
{
    const char *nearest = NULL;
    uint32_t best = vs__text_nearness(length);
    const vs__slots *slots = atomic_load_explicit(&((vs__store *)(uintptr_t)store)->entries.slots, memory_order_acquire);
    for (size_t i = 0; slots && i <= slots->mask; i++) {
        vs__slot *slot = &((vs__slots *)(uintptr_t)slots)->slot[i];
        vs__entry *found = atomic_load_explicit(&slot->entry, memory_order_acquire);
        vs__store_entry *entry = (vs__store_entry *)found;
        if (!entry || !atomic_load_explicit(&entry->variable, memory_order_acquire))
            continue;
        uint32_t distance = key_distance(entry->key, entry->length, key, length, best);
        /* Of several the first by name, whatever the order of the table is. */
        if (distance < best || (distance == best && (!nearest || strcmp(entry->key, nearest) < 0))) {
            best = distance;
            nearest = entry->key;
        }
    }
    return nearest;
}

/* ---- the check ---- */

static const char *check_entry(const vs__store *store, const vs__store_entry *entry)
{
    const vs_variable *variable =
        atomic_load_explicit(&((vs__store_entry *)(uintptr_t)entry)->variable, memory_order_acquire);
    if (entry->store != store || strlen(entry->key) != entry->length)
        return "an entry is damaged, or of another store";
    if (entry->entry.hash != hash_key(entry->key, entry->length))
        return "an entry has the hash of another key";
    if (find_entry(store, entry->key, entry->length, entry->entry.hash) != entry)
        return "a key has two entries, or cannot be found";
    if (entry->owner)
        return "an entry is still being made";
    if (entry->last_waiter)
        return "an entry that nobody makes is waited for";
    if (!variable)
        return NULL;
    /* A creator may have brought what has another key already. */
    const char *key = atomic_load_explicit(&((vs_variable *)(uintptr_t)variable)->key, memory_order_acquire);
    if (variable->graph != store->graph || !key || vs__store_find(store, key, strlen(key)) != variable)
        return "an entry has the variable of another one";
    return NULL;
}

const char *vs__store_check(const vs__store *store)
{
    size_t count = 0;
    const vs__slots *slots = atomic_load_explicit(&((vs__store *)(uintptr_t)store)->entries.slots, memory_order_acquire);
    for (size_t i = 0; slots && i <= slots->mask; i++) {
        const vs__entry *entry = atomic_load_explicit(&((vs__slots *)(uintptr_t)slots)->slot[i].entry, memory_order_acquire);
        const char *wrong = entry ? check_entry(store, (const vs__store_entry *)entry) : NULL;
        if (wrong)
            return wrong;
        count += entry != NULL;
    }
    return count == store->entries.count ? NULL : "the table does not hold as many entries as it counts";
}
