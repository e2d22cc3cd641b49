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

/* Whether a scope lies in the one that a strand has to itself, and that it does not share with workers of its own. */
static bool is_own(vs__strand *strand, const vs__scope *scope)
{
    if (!strand->own)
        return strand->has_forked && !strand->in_fork && !has_live_workers(strand);
    if (has_live_workers(strand))
        return false;
    for (const vs__scope *at = scope; at; at = at->parent) {
        if (at == strand->own) {
            strand->own_seen = scope;
            return true;
        }
    }
    return false;
}

static note *find_locked(vs_graph *graph, const char *name, uint32_t length, uint64_t hash)
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
{
    const note *entry = find_locked(builder->graph, name, length, XXH3_64bits(name, length));
    return entry && vs__strand_is_concurrent(entry->place, builder->strand);
}

/* Whether a name lies in the name scope of another worker. order_lock held. */
static bool is_foreign_locked(const vs__builder *builder, const char *name, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        if (name[i] == '/' && is_taken_locked(builder, name, i + 1))
            return true;
    return false;
}

static void note_locked(vs__builder *builder, const char *name, uint32_t length, vs__place place)
{
    uint64_t hash = XXH3_64bits(name, length);
    note *entry = find_locked(builder->graph, name, length, hash);
    if (entry) {
        entry->place = place;
        return;
    }
    entry = vs__arena_allocate(&builder->arena, sizeof *entry + length);
    if (!entry)
        return;
    *entry = (note){.entry = {hash}, .place = place, .length = length};
    memcpy(entry->name, name, length);
    vs__table_add(&builder->graph->shared_names, &entry->entry);
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

/* Compare a folded name, of which the first `asked` bytes were asked for and got a number, with those before; note it. */
static bool compare(vs__builder *builder, const char *name, uint32_t asked, uint32_t number)
{
    vs_graph *graph = builder->graph;
    const vs__strand *strand = builder->strand;
    bool is_of_variable = atomic_load_explicit(&builder->strand->home, memory_order_relaxed) != NULL;
    vs__mutex_lock(&graph->order_lock);
    bool taken = is_taken_locked(builder, name, asked) || is_sibling_taken_locked(builder, name, asked, number) ||
                 is_taken_locked(builder, name, base_length(name, asked)) ||
                 ((!is_of_variable || number) && is_foreign_locked(builder, name, asked));
    note_locked(builder, name, asked, vs__strand_now(strand));
    vs__mutex_unlock(&graph->order_lock);
    return taken;
}

/* Without an error: what cannot be told is not. */
static void tell(vs__builder *builder, const char *name, size_t length)
{
    vs_error *error = builder->error, unheard = {.code = VS_OK};
    builder->error = &unheard;
    const vs__blob *kept = vs__intern_text(builder, name, length);
    if (kept)
        vs__conflict_note(builder, VS_CONFLICT_NAME, vs__blob_text(kept), NULL, NULL);
    builder->error = error;
}

void vs__shared_names_note(vs__builder *builder, const vs__name *name)
{
    if (is_own(builder->strand, name->scope))
        return;
    char small[512];
    size_t size = vs__name_format(name, NULL, 0) + 1;
    char *text = size <= sizeof small ? small : vs__allocate(size);
    uint32_t asked = name->scope->length + name->length;
    if (!text)
        return;
    vs__name_format(name, text, size);
    for (size_t i = 0; i < size; i++)
        text[i] = fold(text[i]);
    bool taken = compare(builder, text, asked, name->suffix);
    vs__name_format(name, text, size);
    if (taken)
        tell(builder, text, asked);
    if (text != small)
        vs__release(text, size);
}

void vs__shared_names_own(vs__builder *builder, vs__strand *worker, const vs__scope *scope)
{
    char small[512];
    char *text = scope->length < sizeof small ? small : vs__allocate(scope->length);
    worker->own = scope;
    if (!text)
        return;
    for (uint32_t i = 0; i < scope->length; i++)
        text[i] = fold(scope->path[i]);
    vs__mutex_lock(&builder->graph->order_lock);
    note_locked(builder, text, scope->length, vs__strand_now(worker));
    vs__mutex_unlock(&builder->graph->order_lock);
    if (text != small)
        vs__release(text, scope->length);
}

void vs__shared_names_free(vs_graph *graph)
{
    vs__table_free(&graph->shared_names);
}
