#include "shared_names.h"

#include <stdio.h>
#include <string.h>

#include "conflict.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/*
 * Who took a name last, of those whose order counts; of a name that ends in a slash, the worker whose name scope it is.
 * Guard: order_lock.
 */
typedef struct note {
    vs__entry entry;
    vs__place place;
    uint32_t length; /* of the name, folded */
    char name[];
} note;

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool has_live_workers(const vs__strand *strand)
{
    return atomic_load_explicit(&((vs__strand *)(uintptr_t)strand)->live, memory_order_acquire) != 0;
}

static bool is_within(const vs__scope *scope, const vs__scope *outer)
{
    while (scope && scope != outer)
        scope = scope->parent;
    return scope;
}

/*
 * Whether nobody may be taking names in a scope at the same time: it lies in the one that a strand has to itself, or
 * the strand is in no fork; and it has no workers of its own now.
 */
static bool is_own(vs__strand *strand, const vs__scope *scope)
{
    bool own = !has_live_workers(strand) && (strand->own ? is_within(scope, strand->own) : !strand->in_fork);
    if (own)
        strand->own_seen = scope;
    return own;
}

static note *find_locked(vs_graph *graph, const char *name, uint32_t length, uint64_t hash)
    VS__REQUIRES(&graph->order_lock)
{
    vs__probe probe = vs__table_probe(&graph->shared_names, hash);
    vs__entry *found;
    while ((found = vs__probe_next(&probe, hash))) {
        note *entry = (note *)found;
        if (entry->length == length && memcmp(entry->name, name, length) == 0)
            return entry;
    }
    return NULL;
}

/* Whether a name was taken by one who, in another schedule, may come later. order_lock held. */
static bool is_taken_locked(const vs__builder *builder, const char *name, uint32_t length)
    VS__REQUIRES(&builder->graph->order_lock)
{
    const note *entry = find_locked(builder->graph, name, length, XXH3_64bits(name, length));
    return entry && vs__strand_is_concurrent(entry->place, builder->strand);
}

/* Whether a name lies in the name scope of another worker. order_lock held. */
static bool is_foreign_locked(const vs__builder *builder, const char *name, uint32_t length)
    VS__REQUIRES(&builder->graph->order_lock)
{
    for (uint32_t i = 0; i < length; i++)
        if (name[i] == '/' && is_taken_locked(builder, name, i + 1))
            return true;
    return false;
}

/* false: out of memory. */
static bool note_locked(vs__builder *builder, const char *name, uint32_t length, vs__place place)
    VS__REQUIRES(&builder->graph->order_lock)
{
    uint64_t hash = XXH3_64bits(name, length);
    note *entry = find_locked(builder->graph, name, length, hash);
    if (entry) {
        entry->place = place;
        return true;
    }
    entry = vs__arena_allocate(&builder->arena, sizeof *entry + length);
    if (!entry)
        return false;
    *entry = (note){.entry = {hash}, .place = place, .length = length};
    memcpy(entry->name, name, length);
    return vs__table_add(&builder->graph->shared_names, &entry->entry);
}

/* The base of "base_12", if a name has this form; else its own length. */
static uint32_t base_length(const char *name, uint32_t length)
{
    uint32_t at = length;
    while (at && name[at - 1] >= '0' && name[at - 1] <= '9')
        at--;
    return at && at < length && name[at - 1] == '_' ? at - 1 : length;
}

/* Whether a name that was passed over on the way to this number, "base_1" ..., was taken so. order_lock held. */
static bool is_sibling_taken_locked(const vs__builder *builder, const char *base, uint32_t length, uint32_t number)
    VS__REQUIRES(&builder->graph->order_lock)
{
    enum { MOST = 32 };
    char name[512];
    if (length + 16 > sizeof name)
        return false;
    memcpy(name, base, length);
    for (uint32_t i = 1; i <= number && i <= MOST; i++)
        if (is_taken_locked(builder, name, length + (uint32_t)snprintf(name + length, 16, "_%u", i)))
            return true;
    return false;
}

/*
 * Compare a folded name, of which the first `asked` bytes were asked for and got a number, with those before; note it.
 * *taken: whether there is a conflict. false: out of memory.
 */
static bool compare(vs__builder *builder, const char *name, uint32_t asked, uint32_t number, bool *taken)
{
    bool is_of_variable = atomic_load_explicit(&builder->strand->home, memory_order_relaxed) != NULL;
    vs__mutex_lock(&builder->graph->order_lock);
    *taken = is_taken_locked(builder, name, asked) || is_sibling_taken_locked(builder, name, asked, number) ||
             is_taken_locked(builder, name, base_length(name, asked)) ||
             ((!is_of_variable || number) && is_foreign_locked(builder, name, asked));
    bool noted = note_locked(builder, name, asked, vs__strand_now(builder->strand));
    vs__mutex_unlock(&builder->graph->order_lock);
    return noted || vs__fail_memory(builder->error, builder->call);
}

static bool tell(vs__builder *builder, const char *name, size_t length)
{
    const vs__blob *kept = vs__intern_text(builder, name, length);
    return kept && vs__conflict_note(builder, VS_CONFLICT_NAME, vs__blob_text(kept), NULL, NULL);
}

bool vs__shared_names_note(vs__builder *builder, const vs__name *name)
{
    if (is_own(builder->strand, name->scope))
        return true;
    char small[512];
    size_t size = vs__name_format(name, NULL, 0) + 1;
    char *text = size <= sizeof small ? small : vs__allocate(size);
    uint32_t asked = name->scope->length + name->length;
    bool taken = false;
    if (!text)
        return vs__fail_memory(builder->error, builder->call);
    vs__name_format(name, text, size);
    for (size_t i = 0; i < size; i++)
        text[i] = fold(text[i]);
    bool noted = compare(builder, text, asked, name->suffix, &taken);
    vs__name_format(name, text, size);
    if (taken && noted)
        noted = tell(builder, text, asked);
    if (text != small)
        vs__release(text, size);
    return noted;
}

bool vs__shared_names_own(vs__builder *builder, vs__strand *worker, const vs__scope *scope)
{
    char small[512];
    char *text = scope->length < sizeof small ? small : vs__allocate(scope->length);
    worker->own = scope;
    if (!text)
        return vs__fail_memory(builder->error, builder->call);
    for (uint32_t i = 0; i < scope->length; i++)
        text[i] = fold(scope->path[i]);
    vs__mutex_lock(&builder->graph->order_lock);
    bool noted = note_locked(builder, text, scope->length, vs__strand_now(worker));
    vs__mutex_unlock(&builder->graph->order_lock);
    if (text != small)
        vs__release(text, scope->length);
    return noted || vs__fail_memory(builder->error, builder->call);
}

void vs__shared_names_free(vs_graph *graph) VS__UNCHECKED
{
    vs__table_free(&graph->shared_names);
}
