#include "conflict.h"

#include <string.h>

#include "explain.h"

/* Less than, equal to, greater than 0: in the order in which conflicts are listed. */
static int compare(const vs_fork_conflict *a, const vs_fork_conflict *b)
{
    int order = strcmp(a->name, b->name);
    if (!order)
        order = (a->kind > b->kind) - (a->kind < b->kind);
    if (!order)
        order = strcmp(a->setting ? a->setting : "", b->setting ? b->setting : "");
    return order;
}

/* Put a conflict into its place, unless there is such a one. order_lock held. */
static void insert_locked(vs_graph *graph, vs__conflict *conflict) VS__REQUIRES(&graph->order_lock)
{
    _Atomic(vs__conflict *) *link = &graph->conflicts;
    vs__conflict *at;
    int order = 1;
    while ((at = atomic_load_explicit(link, memory_order_relaxed)) && (order = compare(&at->is, &conflict->is)) < 0)
        link = &at->next;
    if (at && order == 0)
        return;
    atomic_init(&conflict->next, at);
    VS__SHARED_WRITE(link);
    atomic_store_explicit(link, conflict, memory_order_release);
}

/* A site whose strings live as long as the graph. false: error set. */
static bool keep_site(vs__builder *builder, vs_site *site)
{
    const vs__blob *file = site->file ? vs__intern_text(builder, site->file, strlen(site->file)) : NULL;
    const vs__blob *function =
        site->function ? vs__intern_text(builder, site->function, strlen(site->function)) : NULL;
    if ((site->file && !file) || (site->function && !function))
        return false;
    site->file = file ? vs__blob_text(file) : NULL;
    site->function = function ? vs__blob_text(function) : NULL;
    return true;
}

bool vs__conflict_note(vs__builder *builder, vs_fork_conflict_kind kind, const char *name, const char *setting,
                       const vs_site *first)
{
    vs__conflict *conflict = vs__arena_allocate(&builder->arena, sizeof *conflict);
    vs_site second = vs__site_of(builder->call);
    if (!conflict)
        return vs__fail_memory(builder->error, builder->call);
    if (!keep_site(builder, &second))
        return false;
    conflict->is = (vs_fork_conflict){kind, name, setting, first ? *first : (vs_site){NULL, NULL, 0}, second};
    vs_graph *graph = builder->graph;
    vs__mutex_lock(&graph->order_lock);
    insert_locked(graph, conflict);
    vs__mutex_unlock(&graph->order_lock);
    return true;
}

static const vs__conflict *first_of(const vs_graph *graph)
{
    return atomic_load_explicit(&((vs_graph *)(uintptr_t)graph)->conflicts, memory_order_acquire);
}

static const vs__conflict *next_of(const vs__conflict *conflict)
{
    return atomic_load_explicit(&((vs__conflict *)(uintptr_t)conflict)->next, memory_order_acquire);
}

size_t vs_graph_num_fork_conflicts(const vs_graph *graph)
{
    size_t count = 0;
    for (const vs__conflict *at = first_of(graph); at; at = next_of(at))
        count++;
    return count;
}

bool vs_graph_walk_fork_conflicts(const vs_graph *graph, vs_fork_conflict_visitor visitor, void *user)
{
    for (const vs__conflict *at = first_of(graph); at; at = next_of(at))
        if (!visitor(&at->is, user))
            return false;
    return true;
}

const char *vs_fork_conflict_kind_name(vs_fork_conflict_kind kind)
{
    switch (kind) {
    case VS_CONFLICT_SETTING:
        return "setting";
    case VS_CONFLICT_REUSE:
        return "reuse";
    case VS_CONFLICT_NAME:
        return "name";
    }
    return "unknown";
}

size_t vs_fork_conflict_format(const vs_fork_conflict *conflict, char *buffer, size_t size)
{
    vs__text text = vs__text_of(buffer, size);
    vs__site_put(&text, &conflict->second);
    switch (conflict->kind) {
    case VS_CONFLICT_SETTING:
        vs__text_printf(&text, ": variable %s: forked workers ask for it with another %s each, and the first one makes it: "
                        "let all ask for the same, or make it before the fork", conflict->name, conflict->setting);
        break;
    case VS_CONFLICT_REUSE:
        vs__text_printf(&text, ": variable %s: a forked worker asks for it with reuse %s while another may make it: let "
                        "all set reuse to auto, or make it before the fork", conflict->name, conflict->setting);
        break;
    case VS_CONFLICT_NAME:
        vs__text_printf(&text, ": node %s: forked workers take this name in a scope that they share, and who comes later "
                        "gets a number: let each build in its own name scope", conflict->name);
        break;
    }
    return text.length;
}
