#include "strand.h"

#include <limits.h>
#include <string.h>

#include "schedule.h"
#include "shared_write.h"

enum { FIRST_ITEMS = 6, MOST_ITEMS = 1022 };
enum { STRAND = 1, ASK = 2, TAGS = 3 }; /* see vs__item */

bool vs__strand_reserve(vs__arena *arena, vs__strand *strand)
{
    vs__item_block *last = strand->last;
    if (last && atomic_load_explicit(&last->count, memory_order_relaxed) < last->capacity)
        return true;
    uint32_t capacity = last ? last->capacity * 2 + 2 : FIRST_ITEMS;
    if (capacity > MOST_ITEMS)
        capacity = MOST_ITEMS;
    vs__item_block *items = vs__arena_allocate(arena, sizeof *items + capacity * sizeof items->items[0]);
    if (!items)
        return false;
    atomic_init(&items->next, NULL);
    atomic_init(&items->count, 0);
    items->capacity = capacity;
    atomic_store_explicit(last ? &last->next : &strand->first, items, memory_order_release);
    strand->last = items;
    return true;
}

static void append(vs__strand *strand, vs__item item)
{
    vs__item_block *last = strand->last;
    uint32_t count = atomic_load_explicit(&last->count, memory_order_relaxed);
    last->items[count] = item;
    strand->total++;
    VS__SHARED_WRITE(&last->count);
    atomic_store_explicit(&last->count, count + 1, memory_order_release);
}

void vs__strand_append(vs__strand *strand, const vs_operation *node)
{
    append(strand, (vs__item)node);
}

vs__strand *vs__strand_new(vs__arena *arena, vs__strand *parent)
{
    vs__strand *strand = vs__arena_allocate(arena, sizeof *strand);
    if (!strand || !vs__strand_reserve(arena, parent))
        return NULL;
    memset(strand, 0, sizeof *strand);
    strand->parent = parent;
    strand->depth = parent->depth + 1;
    strand->movable = parent->movable;
    strand->in_fork = parent->in_fork;
    strand->place = parent->total;
    append(parent, (vs__item)strand | STRAND);
    return strand;
}

/* ---- places ---- */

/* The moment in which a strand stands, in the strand around it. */
static vs__place place_of(const vs__strand *strand)
{
    const vs__ask *home = atomic_load_explicit(&((vs__strand *)(uintptr_t)strand)->home, memory_order_acquire);
    return home ? (vs__place){home->in, home->at} : (vs__place){strand->parent, strand->place};
}

static uint32_t depth_of(const vs__strand *strand)
{
    uint32_t above = 0;
    for (; strand->movable; strand = place_of(strand).strand)
        above++;
    return above + strand->depth;
}

int vs__place_compare(vs__place a, vs__place b)
{
    uint32_t a_depth = depth_of(a.strand), b_depth = depth_of(b.strand);
    int nested = 0; /* which of two places that meet in one item lies inside it: that one is not earlier */
    while (a.strand != b.strand) {
        if (a_depth >= b_depth) {
            a = place_of(a.strand);
            a_depth--;
            nested = a.strand == b.strand ? 1 : nested;
        } else {
            b = place_of(b.strand);
            b_depth--;
            nested = a.strand == b.strand ? -1 : nested;
        }
    }
    if (a.at != b.at)
        return a.at < b.at ? -1 : 1;
    return nested;
}

void vs__strand_end(vs__strand *strand)
{
    const vs__strand *parent = strand->parent;
    unsigned groups = atomic_load_explicit(&((vs__strand *)(uintptr_t)parent)->groups, memory_order_acquire);
    VS__SHARED_WRITE(&strand->ended_before);
    atomic_store_explicit(&strand->ended_before, groups + 1, memory_order_release);
}

/* Whether a strand had ended before a group of workers was forked from its parent; before now: the group UINT_MAX. */
static bool had_ended(const vs__strand *strand, unsigned group)
{
    unsigned before = atomic_load_explicit(&((vs__strand *)(uintptr_t)strand)->ended_before, memory_order_acquire);
    return before && before <= group;
}

/* A moment on its way up to where it meets another one. */
typedef struct climber {
    const vs__strand *at;
    uint64_t place;
    const vs__strand *from; /* the strand that it has just come out of; NULL: it is in `at` itself */
} climber;

static climber step(climber climbing)
{
    const vs__strand *strand = climbing.at;
    return (climber){strand->parent, strand->place, strand};
}

static bool is_worker(const vs__strand *strand)
{
    return strand && strand->group;
}

bool vs__strand_is_concurrent(vs__place before, const vs__strand *now)
{
    climber a = {before.strand, before.at, NULL}, b = {now, now->total, NULL};
    while (a.at != b.at) {
        if (a.at->depth >= b.at->depth)
            a = step(a);
        else
            b = step(b);
    }
    if (!a.at->parent) /* two contexts, or one that has its strand to itself */
        return a.from != b.from && !(a.from && had_ended(a.from, UINT_MAX));
    if (is_worker(a.from))
        return is_worker(b.from) ? !had_ended(a.from, b.from->group) : !had_ended(a.from, UINT_MAX);
    return is_worker(b.from) && a.place > b.place;
}

/* ---- strands of variables ---- */

static vs__place place_of_ask(const vs__ask *ask)
{
    return (vs__place){ask->in, ask->at};
}

/* An ask for a strand at the end of another one; room was made. */
static void append_ask(vs__ask *ask, vs__strand *asker, vs__strand *of)
{
    *ask = (vs__ask){of, asker, asker->total};
    append(asker, (vs__item)ask | ASK);
}

vs__strand *vs__strand_new_of_variable(vs__arena *arena, vs__strand *asker)
{
    vs__strand *strand = vs__arena_allocate(arena, sizeof *strand);
    vs__ask *ask = vs__arena_allocate(arena, sizeof *ask);
    if (!strand || !ask || !vs__strand_reserve(arena, asker))
        return NULL;
    memset(strand, 0, sizeof *strand);
    strand->parent = asker;
    strand->place = asker->total;
    strand->depth = asker->depth + 1;
    strand->movable = true;
    strand->in_fork = true; /* a worker may ask for it yet, and it must not matter which one makes it */
    atomic_init(&strand->home, ask);
    append_ask(ask, asker, strand);
    return strand;
}

bool vs__strand_is_before(const vs__strand *of, const vs__strand *asker)
{
    vs__place place = place_of(of);
    if (asker->movable)
        return false;
    while (place.strand->movable)
        place = place_of(place.strand);
    return vs__place_compare(place, vs__strand_now(asker)) < 0;
}

/* Put a strand where an ask is. order_lock held, as for raise(). */
static void move(const vs__ask *ask)
{
    VS__YIELD();
    VS__SHARED_WRITE(&ask->of->home);
    atomic_store_explicit(&ask->of->home, ask, memory_order_release);
    VS__YIELD();
}

/*
 * A strand has moved forward: put those that are asked for inside where they are asked for first. Recursion goes as
 * deep as variables and forks are nested.
 */
static void raise(const vs__strand *strand)
{
    const vs__item_block *items =
        atomic_load_explicit(&((vs__strand *)(uintptr_t)strand)->first, memory_order_acquire);
    for (; items; items = atomic_load_explicit(&((vs__item_block *)(uintptr_t)items)->next, memory_order_acquire)) {
        uint32_t count = atomic_load_explicit(&((vs__item_block *)(uintptr_t)items)->count, memory_order_acquire);
        for (uint32_t i = 0; i < count; i++) {
            const vs__ask *ask = (const vs__ask *)(items->items[i] & ~(vs__item)TAGS);
            if (items->items[i] & ASK && vs__place_compare(place_of_ask(ask), place_of(ask->of)) < 0)
                move(ask);
            const vs__strand *inside = vs__item_strand(items->items[i]);
            if (inside)
                raise(inside);
        }
    }
}

bool vs__strand_ask_locked(vs__arena *arena, vs__strand *asker, vs__strand *of, atomic_uint *moves)
{
    vs__ask *ask = vs__arena_allocate(arena, sizeof *ask);
    if (!ask || !vs__strand_reserve(arena, asker))
        return false;
    append_ask(ask, asker, of);
    if (vs__place_compare(place_of_ask(ask), place_of(of)) > 0)
        return true;
    VS__SHARED_WRITE(moves);
    atomic_fetch_add_explicit(moves, 1, memory_order_relaxed);
    move(ask);
    raise(of);
    atomic_fetch_add_explicit(moves, 1, memory_order_release);
    return true;
}

bool vs__strand_walk(const vs__strand *strand, bool (*visitor)(const vs_operation *node, void *user), void *user)
{
    const vs__item_block *items =
        atomic_load_explicit(&((vs__strand *)(uintptr_t)strand)->first, memory_order_acquire);
    for (; items; items = atomic_load_explicit(&((vs__item_block *)(uintptr_t)items)->next, memory_order_acquire)) {
        uint32_t count = atomic_load_explicit(&((vs__item_block *)(uintptr_t)items)->count, memory_order_acquire);
        for (uint32_t i = 0; i < count; i++) {
            const vs__strand *child = vs__item_strand(items->items[i]);
            bool go_on = child ? vs__strand_walk(child, visitor, user)
                               : items->items[i] & TAGS || visitor((const vs_operation *)items->items[i], user);
            if (!go_on)
                return false;
        }
    }
    return true;
}
