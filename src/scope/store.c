#include "store.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct at_end {
    struct at_end *next;
    vs_destroy destroy;
    void *user;
} at_end;

struct vs__store {
    vs_graph *graph;
    vs__table entries;        /* guard for adding: lock */
    vs__mutex lock;     /* guards claims; taken before waiting_lock */
    pthread_cond_t changed;   /* an entry of this store became ready or absent */
    _Atomic(at_end *) hooks;
};

/*
 * Who waits for what. It is threads that wait, not contexts: a creator may have made another context current, and that
 * one asks. A waiter lies on the stack of the function that waits, and holds its graph.
 */
typedef struct waiter {
    struct waiter *next;
    uintptr_t thread;
    const vs__store_entry *entry;
} waiter;

static vs__mutex waiting_lock = VS__MUTEX_INITIALIZER;
static waiter *waiters VS__GUARDED_BY(waiting_lock); /* which is taken only to block */

/* A number that no other running thread has. */
static uintptr_t this_thread(void)
{
    static _Thread_local char own;
    return (uintptr_t)&own;
}

struct vs__store *vs__store_new(vs_graph *graph)
{
    vs__store *store = vs__allocate_zeroed(sizeof *store);
    if (!store)
        return NULL;
    store->graph = graph;
    if (vs__mutex_init(&store->lock)) {
        if (pthread_cond_init(&store->changed, NULL) == 0)
            return store;
        vs__mutex_destroy(&store->lock);
    }
    vs__release(store, sizeof *store);
    return NULL;
}

void vs__store_free(struct vs__store *store)
{
    for (at_end *hook = atomic_load_explicit(&store->hooks, memory_order_acquire); hook; hook = hook->next)
        hook->destroy(hook->user);
    vs__table_free(&store->entries);
    pthread_cond_destroy(&store->changed);
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

/*
 * The hash of a key goes by its segments, each seeded with the hash of those before, so that "a/b" + "c" and
 * "a" + "b/c" agree without being put together.
 */
static uint64_t hash_segments(uint64_t hash, const char *text, size_t length)
{
    const char *slash;
    while ((slash = memchr(text, '/', length))) {
        size_t part = (size_t)(slash - text);
        hash = XXH3_64bits_withSeed(text, part, hash);
        text += part + 1;
        length -= part + 1;
    }
    return XXH3_64bits_withSeed(text, length, hash);
}

vs_variable *vs__store_find_in(const vs__store *store, const char *scope, size_t scope_length, const char *name,
                               size_t length)
{
    uint64_t hash = scope_length ? hash_segments(0, scope, scope_length) : 0;
    hash = hash_segments(hash, name, length);
    size_t prefix = scope_length ? scope_length + 1 : 0;
    vs__probe probe = vs__table_probe(&store->entries, hash);
    vs__entry *found;
    while ((found = vs__probe_next(&probe, hash))) {
        vs__store_entry *entry = (vs__store_entry *)found;
        if (entry->length == prefix + length && memcmp(entry->key + prefix, name, length) == 0 &&
            memcmp(entry->key, scope, scope_length) == 0 && (!prefix || entry->key[scope_length] == '/'))
            return atomic_load_explicit(&entry->variable, memory_order_acquire);
    }
    return NULL;
}

vs_variable *vs__store_find(const vs__store *store, const char *key, size_t length)
{
    return vs__store_find_in(store, "", 0, key, length);
}

static vs__store_entry *find_entry(vs__store *store, const char *key, size_t length, uint64_t hash)
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

static vs__store_entry *add_entry(vs__state *state, vs__store *store, const char *key, size_t length, uint64_t hash)
{
    vs__store_entry *entry = vs__arena_allocate(&state->builder.arena, sizeof *entry + length + 1);
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

static const waiter *find_waiter(uintptr_t thread) VS__REQUIRES(&waiting_lock)
{
    const waiter *at = waiters;
    while (at && at->thread != thread)
        at = at->next;
    return at;
}

/*
 * Whether waiting for an entry would close a cycle. waiting_lock held. There is none yet, so the way along those who
 * wait ends: at a thread that runs, or at this one.
 */
static bool closes_cycle(uintptr_t self, const vs__store_entry *entry) VS__REQUIRES(&waiting_lock)
{
    for (;;) {
        uintptr_t creator =
            atomic_load_explicit(&((vs__store_entry *)(uintptr_t)entry)->thread, memory_order_acquire);
        if (creator == self)
            return true;
        const waiter *next = creator ? find_waiter(creator) : NULL;
        if (!next)
            return false; /* it runs, or is just done: whoever waits for it will wake */
        entry = next->entry;
    }
}

/* Put a thread among those who wait. false: that would be a deadlock. */
static bool begin_waiting(waiter *self)
{
    vs__mutex_lock(&waiting_lock);
    bool cycle = closes_cycle(self->thread, self->entry);
    if (!cycle) {
        self->next = waiters;
        waiters = self;
    }
    vs__mutex_unlock(&waiting_lock);
    return !cycle;
}

static void end_waiting(const waiter *self)
{
    vs__mutex_lock(&waiting_lock);
    waiter **link = &waiters;
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    vs__mutex_unlock(&waiting_lock);
}

/* Wait until the creator of an entry is done. false: that would be a deadlock, error set. The store's lock held. */
static bool wait_locked(vs__state *state, vs__store *store, vs__store_entry *entry) VS__REQUIRES(&store->lock)
{
    waiter self = {NULL, this_thread(), entry};
    if (!begin_waiting(&self))
        return vs__fail(state->builder.error, VS_ABORTED, state->builder.call,
                        "variable %s is being created by a call that waits for this one: an initializer may not ask "
                        "for its own variable, nor two for each other's", entry->key);
    int cancel;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel); /* a waiter owns the lock when it wakes */
    while (atomic_load_explicit(&entry->creator, memory_order_relaxed))
        vs__mutex_wait(&store->lock, &store->changed);
    pthread_setcancelstate(cancel, NULL);
    end_waiting(&self);
    return true;
}

vs__claim vs__store_claim(vs__state *state, const char *key, size_t length, bool create, vs_variable **variable_out,
                          vs__store_entry **entry_out)
{
    vs__store *store = state->builder.graph->store;
    uint64_t hash = hash_segments(0, key, length);
    vs__claim claim = VS__CLAIM_ABSENT;
    vs__mutex_lock(&store->lock);
    vs__store_entry *entry = find_entry(store, key, length, hash);
    if (!entry && create && !(entry = add_entry(state, store, key, length, hash)))
        claim = VS__CLAIM_FAILED;
    while (entry && claim != VS__CLAIM_FAILED && atomic_load_explicit(&entry->creator, memory_order_relaxed))
        if (!wait_locked(state, store, entry))
            claim = VS__CLAIM_FAILED;
    vs_variable *variable = entry ? atomic_load_explicit(&entry->variable, memory_order_relaxed) : NULL;
    if (claim != VS__CLAIM_FAILED && variable) {
        *variable_out = variable;
        claim = VS__CLAIM_FOUND;
    } else if (claim != VS__CLAIM_FAILED && create) {
        atomic_store_explicit(&entry->thread, this_thread(), memory_order_release);
        atomic_store_explicit(&entry->creator, state->context, memory_order_release);
        entry->next = state->context->creating;
        state->context->creating = entry;
        *entry_out = entry;
        claim = VS__CLAIM_MINE;
    }
    vs__mutex_unlock(&store->lock);
    return claim;
}

/* End a claim. Claims of a context end in any order: a getter may leave one to a later call. */
static void end_claim(vs_context *context, vs__store_entry *entry, vs_variable *variable)
{
    vs__store_entry **link = &context->creating;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    vs__mutex_lock(&entry->store->lock);
    if (variable)
        atomic_store_explicit(&entry->variable, variable, memory_order_release);
    atomic_store_explicit(&entry->thread, 0, memory_order_release);
    atomic_store_explicit(&entry->creator, NULL, memory_order_release);
    pthread_cond_broadcast(&entry->store->changed);
    vs__mutex_unlock(&entry->store->lock);
}

void vs__store_publish(vs_context *context, vs__store_entry *entry, vs_variable *variable)
{
    end_claim(context, entry, variable);
}

void vs__store_abandon(vs_context *context, vs__store_entry *entry)
{
    end_claim(context, entry, NULL);
}

void vs__store_abandon_all(vs_context *context)
{
    while (context->creating)
        vs__store_abandon(context, context->creating);
}

vs_variable *vs_graph_find_variable(const vs_graph *graph, const char *key)
{
    return vs__store_find(graph->store, key, strlen(key));
}
