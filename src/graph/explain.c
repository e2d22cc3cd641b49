#include "explain.h"

#include <string.h>

#include "graph.h"
#include "mutex.h"
#include "table.h"
#include "text.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct note {
    struct note *next;
    vs_name_note told;
} note;

/* What has a name. Names of nodes and name scopes have no owner; variable scopes belong to who entered them. */
typedef struct taker {
    vs__entry entry;
    const void *owner;
    const char *name; /* without a trailing slash */
    size_t length;
    vs_named_kind kind;
    vs_site site;
    const char *variable_scope; /* that opened this name scope; NULL: none */
    note *note;                 /* of this name, where it is not the one that was asked for; NULL: it is */
} taker;

struct vs__explain {
    vs__mutex lock;
    vs__arena arena VS__GUARDED_BY(lock);
    vs__table takers VS__GUARDED_BY(lock);
    note *first VS__GUARDED_BY(lock);
    note *last VS__GUARDED_BY(lock);
    bool is_short VS__GUARDED_BY(lock); /* of memory: a note is missing */
};

/* ---- life ---- */

vs_status vs_graph_set_explain(vs_graph *graph) VS__UNCHECKED
{
    if (vs__explains(graph))
        return VS_OK;
    vs__explain *explain = vs__allocate_zeroed(sizeof *explain);
    if (!explain || !vs__mutex_init(&explain->lock)) {
        vs__release(explain, sizeof *explain);
        return VS_RESOURCE_EXHAUSTED;
    }
    vs__arena_init(&explain->arena, &graph->blocks);
    vs__explain *none = NULL;
    if (!atomic_compare_exchange_strong_explicit(&graph->explain, &none, explain, memory_order_acq_rel,
                                                 memory_order_acquire)) {
        vs__mutex_destroy(&explain->lock);
        vs__release(explain, sizeof *explain);
    }
    return VS_OK;
}

bool vs_graph_explains(const vs_graph *graph)
{
    return vs__explains(graph) != NULL;
}

void vs__explain_free(vs_graph *graph) VS__UNCHECKED
{
    vs__explain *explain = vs__explains(graph);
    if (!explain)
        return;
    vs__table_free(&explain->takers);
    vs__mutex_destroy(&explain->lock);
    vs__release(explain, sizeof *explain);
}

/* ---- takers ---- */

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Names are compared ignoring case, as they are made unique; those of variable scopes as they are. */
static bool same_key(const taker *of, const void *owner, const char *name, size_t length)
{
    if (of->owner != owner || of->length != length)
        return false;
    if (owner)
        return memcmp(of->name, name, length) == 0;
    for (size_t i = 0; i < length; i++)
        if (fold(of->name[i]) != fold(name[i]))
            return false;
    return true;
}

static uint64_t hash_key(const void *owner, const char *name, size_t length)
{
    XXH64_hash_t hash = (XXH64_hash_t)(uintptr_t)owner;
    char part[64];
    for (size_t done = 0; done < length;) {
        size_t size = 0;
        for (; size < sizeof part && done < length; size++, done++)
            part[size] = owner ? name[done] : fold(name[done]);
        hash = XXH3_64bits_withSeed(part, size, hash);
    }
    return hash;
}

static taker *find_taker(vs__explain *explain, const void *owner, const char *name, size_t length)
    VS__REQUIRES(&explain->lock)
{
    uint64_t hash = hash_key(owner, name, length);
    vs__probe probe = vs__table_probe(&explain->takers, hash);
    taker *of;
    while ((of = (taker *)vs__probe_next(&probe, hash)) && !same_key(of, owner, name, length))
        ;
    return of;
}

/* A copy of a place: that of a scope program is written over by the next statement. */
static bool keep_site(vs__explain *explain, const vs_call *call, vs_site *out)
    VS__REQUIRES(&explain->lock)
{
    vs_site site = vs__site_of(call);
    *out = (vs_site){NULL, NULL, site.line};
    if (site.file && !(out->file = vs__arena_copy(&explain->arena, site.file, strlen(site.file))))
        return false;
    return !site.function ||
           (out->function = vs__arena_copy(&explain->arena, site.function, strlen(site.function))) != NULL;
}

static taker *add_taker(vs__explain *explain, const void *owner, const char *name, size_t length)
    VS__REQUIRES(&explain->lock)
{
    taker *of = vs__arena_allocate(&explain->arena, sizeof *of);
    if (!of)
        return NULL;
    *of = (taker){.entry = {hash_key(owner, name, length)}, .owner = owner, .length = length};
    of->name = vs__arena_copy(&explain->arena, name, length);
    return of->name && vs__table_add(&explain->takers, &of->entry) ? of : NULL;
}

/* The taker of a name, made when there is none yet. NULL: out of memory. */
static taker *get_taker(vs__explain *explain, const void *owner, const char *name, size_t length,
                        vs_named_kind kind, const vs_call *call)
    VS__REQUIRES(&explain->lock)
{
    taker *of = find_taker(explain, owner, name, length);
    if (of)
        return of;
    vs_site site;
    if (!keep_site(explain, call, &site) || !(of = add_taker(explain, owner, name, length)))
        return NULL;
    of->kind = kind;
    of->site = site;
    return of;
}

/* ---- notes ---- */

/* A name as it is told: that of a name scope ends in a slash. */
static const char *told_name(vs__explain *explain, vs_named_kind kind, const char *name, size_t length)
    VS__REQUIRES(&explain->lock)
{
    char *copy = vs__arena_allocate(&explain->arena, length + 2);
    if (!copy)
        return NULL;
    memcpy(copy, name, length);
    memcpy(copy + length, "/", 2);
    if (kind != VS_NAMED_NAME_SCOPE)
        copy[length] = '\0';
    return copy;
}

static vs_renamed_reason reason_of(const taker *of, const char *asked)
{
    if (!of)
        return VS_RENAMED_TAKEN_EARLIER;
    if (of->owner)
        return VS_RENAMED_DEFAULT_NAME_COUNTED;
    if (memcmp(of->name, asked, of->length) != 0)
        return VS_RENAMED_DIFFERS_IN_CASE;
    return of->kind == VS_NAMED_OPERATION ? VS_RENAMED_TAKEN_BY_OPERATION : VS_RENAMED_TAKEN_BY_SCOPE;
}

/* Tell why, and who has the name. of NULL: nobody knows. false: out of memory. */
static bool tell_taker(vs__explain *explain, vs_name_note *told, const taker *of, const char *asked)
    VS__REQUIRES(&explain->lock)
{
    const char *name = of ? told_name(explain, of->kind, of->name, of->length) : NULL;
    if (of && !name)
        return false;
    told->reason = reason_of(of, asked);
    told->taker = name;
    if (of) {
        told->taker_kind = of->kind;
        told->taker_site = of->site;
    }
    return true;
}

/* What is told of a name, but for asked and got. NULL: out of memory. */
static note *add_note(vs__explain *explain, const taker *of, vs_named_kind kind, const char *asked, size_t asked_length,
                      const char *got, size_t got_length, const vs_call *call)
    VS__REQUIRES(&explain->lock)
{
    note *added = vs__arena_allocate(&explain->arena, sizeof *added);
    if (!added)
        return NULL;
    *added = (note){.told = {.kind = kind}};
    vs_name_note *told = &added->told;
    told->asked = told_name(explain, kind, asked, asked_length);
    told->got = told_name(explain, kind, got, got_length);
    if (!told->asked || !told->got || !keep_site(explain, call, &told->site) ||
        !tell_taker(explain, told, of, asked))
        return NULL;
    if (explain->last)
        explain->last->next = added;
    else
        explain->first = added;
    explain->last = added;
    return added;
}

/* ---- what is noted ---- */

static bool note_name(vs__explain *explain, vs_named_kind kind, const char *asked, size_t asked_length,
                      const char *got, size_t got_length, bool is_given, const vs_call *call)
    VS__REQUIRES(&explain->lock)
{
    taker *own = get_taker(explain, NULL, got, got_length, kind, call);
    if (!own)
        return false;
    if (asked_length == got_length)
        return true;
    const taker *of = find_taker(explain, NULL, asked, asked_length);
    own->note = add_note(explain, of, kind, asked, asked_length, got, got_length, call);
    if (own->note)
        own->note->told.is_given = is_given;
    return own->note != NULL;
}

void vs__explain_name(vs__builder *builder, vs__explain *explain, vs_named_kind kind, const char *leaf, size_t length,
                      bool is_given, const vs__name *got)
{
    char asked_room[512], got_room[512];
    vs__bytes asked = vs__bytes_on(asked_room, sizeof asked_room);
    vs__bytes whole = vs__bytes_on(got_room, sizeof got_room);
    size_t size = vs__name_format(got, NULL, 0);
    bool noted = false;
    vs__bytes_add(&asked, builder->scope->path, builder->scope->length);
    vs__bytes_add(&asked, leaf, length);
    vs__mutex_lock(&explain->lock);
    if (!asked.failed && vs__bytes_reserve(&whole, size + 1)) {
        vs__name_format(got, (char *)whole.data, size + 1);
        noted = note_name(explain, kind, (const char *)asked.data, asked.size, (const char *)whole.data, size,
                          is_given, builder->call);
    }
    explain->is_short |= !noted;
    vs__mutex_unlock(&explain->lock);
    vs__bytes_free(&asked);
    vs__bytes_free(&whole);
}

/* The name scope of a variable scope: whether it was renamed because the same one was entered before. */
static bool note_opened(vs__explain *explain, const char *variable_scope, const vs__scope *name_scope)
    VS__REQUIRES(&explain->lock)
{
    taker *own = find_taker(explain, NULL, name_scope->path, name_scope->length - 1);
    if (!own || own->variable_scope)
        return true; /* it was entered exactly */
    own->variable_scope = vs__arena_copy(&explain->arena, variable_scope, strlen(variable_scope));
    if (!own->variable_scope || !own->note)
        return own->variable_scope != NULL;
    vs_name_note *told = &own->note->told;
    const taker *first = find_taker(explain, NULL, told->asked, strlen(told->asked) - 1);
    if (first && first->variable_scope && strcmp(first->variable_scope, variable_scope) == 0)
        told->reason = VS_RENAMED_SCOPE_ENTERED_AGAIN;
    return true;
}

void vs__explain_variable_scope(vs__builder *builder, vs__explain *explain, const void *owner, const char *name,
                                const vs__scope *name_scope)
{
    size_t length = strlen(name);
    vs_site site;
    vs__mutex_lock(&explain->lock);
    taker *own = get_taker(explain, owner, name, length, VS_NAMED_VARIABLE_SCOPE, builder->call);
    bool noted = own && keep_site(explain, builder->call, &site);
    if (noted)
        own->site = site; /* closing the scope around it may have forgotten earlier ones: the latest counts */
    if (noted && name_scope && name_scope->length)
        noted = note_opened(explain, name, name_scope);
    explain->is_short |= !noted;
    vs__mutex_unlock(&explain->lock);
}

void vs__explain_default_name(vs__builder *builder, vs__explain *explain, const void *owner, const char *asked,
                              const char *got)
{
    vs__mutex_lock(&explain->lock);
    const taker *of = find_taker(explain, owner, asked, strlen(asked));
    note *added = add_note(explain, of, VS_NAMED_VARIABLE_SCOPE, asked, strlen(asked), got, strlen(got), builder->call);
    if (added)
        added->told.is_given = true;
    explain->is_short |= !added;
    vs__mutex_unlock(&explain->lock);
}

/* ---- reading ---- */

/*
 * A thread reserves a name, and notes it then: another one that asks for it between finds no taker. By now there is one,
 * if names were noted when it was taken. It is told then as it would have been.
 */
static void tell_late_taker(vs__explain *explain, note *of) VS__REQUIRES(&explain->lock)
{
    vs_name_note *told = &of->told;
    if (told->reason == VS_RENAMED_TAKEN_EARLIER && told->kind != VS_NAMED_VARIABLE_SCOPE) {
        size_t length = strlen(told->asked) - (told->kind == VS_NAMED_NAME_SCOPE); /* which ends in a slash */
        tell_taker(explain, told, find_taker(explain, NULL, told->asked, length), told->asked);
    }
}

vs_status vs_graph_walk_explained(const vs_graph *graph, vs_name_note_visitor visitor, void *user)
{
    vs__explain *explain = vs__explains(graph);
    if (!explain)
        return VS_OK;
    note *at = NULL;
    for (;;) {
        vs_name_note copy = {.asked = NULL};
        vs__mutex_lock(&explain->lock);
        at = at ? at->next : explain->first;
        if (at) {
            tell_late_taker(explain, at);
            copy = at->told;
        }
        bool is_short = explain->is_short;
        vs__mutex_unlock(&explain->lock);
        if (!at)
            return is_short ? VS_RESOURCE_EXHAUSTED : VS_OK;
        if (!visitor(&copy, user))
            return VS_OK;
    }
}

const char *vs_renamed_reason_name(vs_renamed_reason reason)
{
    switch (reason) {
#define XX(code, value, name)                                                                                 \
    case VS_RENAMED_##code:                                                                                   \
        return name;
        VS_RENAMED_MAP(XX)
#undef XX
    }
    return "unknown";
}

const char *vs_named_kind_name(vs_named_kind kind)
{
    switch (kind) {
    case VS_NAMED_OPERATION:
        return "operation";
    case VS_NAMED_NAME_SCOPE:
        return "name scope";
    case VS_NAMED_VARIABLE_SCOPE:
        return "variable scope";
    }
    return "unknown";
}

void vs__site_put(vs__text *text, const vs_site *site)
{
    if (site->line)
        vs__text_printf(text, "%s:%d", site->file ? site->file : "", (int)site->line);
    else
        vs__text_put(text, site->function ? site->function : site->file ? site->file : "an unknown place");
}

/* "operation a/foo of FILE:LINE" */
static void put_taker(vs__text *text, const vs_name_note *told)
{
    vs__text_printf(text, "%s %s of ", vs_named_kind_name(told->taker_kind), told->taker);
    vs__site_put(text, &told->taker_site);
}

static void put_reason(vs__text *text, const vs_name_note *told)
{
    switch (told->reason) {
    case VS_RENAMED_TAKEN_BY_OPERATION:
    case VS_RENAMED_TAKEN_BY_SCOPE:
        put_taker(text, told);
        vs__text_put(text, " has that name");
        return;
    case VS_RENAMED_DIFFERS_IN_CASE:
        vs__text_put(text, "names must differ in more than case, and ");
        put_taker(text, told);
        vs__text_put(text, " has that one");
        return;
    case VS_RENAMED_SCOPE_ENTERED_AGAIN:
        vs__text_put(text, "the variable scope was entered before, as ");
        put_taker(text, told);
        vs__text_put(text, "; variables keep their prefix, and auxiliary_name_scope = false opens no name scope");
        return;
    case VS_RENAMED_DEFAULT_NAME_COUNTED:
        vs__text_put(text, "a default_name is counted up, and this thread had entered ");
        put_taker(text, told);
        vs__text_put(text, "; give a name to share its variables");
        return;
    case VS_RENAMED_TAKEN_EARLIER:
        vs__text_put(text, "it was taken before names were noted");
        return;
    }
}

size_t vs_name_note_format(const vs_name_note *told, char *buffer, size_t size)
{
    vs__text text = vs__text_of(buffer, size);
    vs__site_put(&text, &told->site);
    vs__text_printf(&text, ": %s %s%s came out as %s: ", vs_named_kind_name(told->kind), told->asked,
                    told->is_given ? "" : ", by default,", told->got);
    put_reason(&text, told);
    return text.length;
}
