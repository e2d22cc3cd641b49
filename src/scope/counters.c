#include "counters.h"

#include <string.h>

#include "text.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The count of one path. */
struct vs__count {
    vs__count *parent;
    vs__count *dirty;      /* first child that is counted or has something counted below it */
    vs__count *next_dirty; /* of the parent's dirty children */
    uint32_t opened;
    uint32_t next;         /* as a base: path_1 .. path_(next - 1) are all counted; at least 1 */
    uint32_t length;
    bool is_dirty;         /* in the parent's list */
    const char *name;      /* see vs__count_name() */
    char segment[];
};

/* The hash stands beside the count: looking for another one does not touch it. */
struct vs__count_slot {
    uint64_t hash;
    vs__count *count; /* NULL: empty */
};

struct vs__count_change {
    vs__count *count;
    uint32_t opened;
    uint32_t next;
};

static uint64_t hash_segment(const vs__count *parent, const char *segment, size_t length)
{
    return XXH3_64bits_withSeed(segment, length, (XXH64_hash_t)(uintptr_t)parent);
}

/* Put a count into the first free slot of its run. */
static void place(vs__count_slot *slots, size_t mask, vs__count_slot placed)
{
    size_t at = (size_t)placed.hash & mask;
    while (slots[at].count)
        at = (at + 1) & mask;
    slots[at] = placed;
}

static bool grow_slots(vs__counters *counters)
{
    size_t mask = counters->mask ? counters->mask * 2 + 1 : 15;
    vs__count_slot *slots = vs__allocate_zeroed((mask + 1) * sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; counters->mask && i <= counters->mask; i++)
        if (counters->slots[i].count)
            place(slots, mask, counters->slots[i]);
    if (counters->mask)
        vs__release(counters->slots, (counters->mask + 1) * sizeof *slots);
    counters->slots = slots;
    counters->mask = mask;
    return true;
}

static vs__count *new_count(vs__counters *counters, vs__count *parent, const char *segment, size_t length)
{
    if (!counters->arena.blocks)
        vs__arena_init(&counters->arena, &counters->blocks);
    vs__count *count = vs__arena_allocate(&counters->arena, sizeof *count + length + 1);
    if (!count)
        return NULL;
    *count = (vs__count){.parent = parent, .next = 1, .length = (uint32_t)length};
    memcpy(count->segment, segment, length);
    count->segment[length] = '\0';
    return count;
}

static vs__count *find_child(const vs__counters *counters, const vs__count *parent, const char *segment,
                             size_t length, uint64_t hash)
{
    if (!counters->mask)
        return NULL;
    for (size_t at = (size_t)hash & counters->mask; counters->slots[at].count; at = (at + 1) & counters->mask) {
        vs__count *count = counters->slots[at].count;
        if (counters->slots[at].hash == hash && count->parent == parent && count->length == length &&
            memcmp(count->segment, segment, length) == 0)
            return count;
    }
    return NULL;
}

static vs__count *get_child(vs__counters *counters, vs__count *parent, const char *segment, size_t length)
{
    uint64_t hash = hash_segment(parent, segment, length);
    vs__count *count = find_child(counters, parent, segment, length, hash);
    if (count)
        return count;
    if ((!counters->mask || (counters->used + 1) * 2 > counters->mask) && !grow_slots(counters))
        return NULL;
    count = new_count(counters, parent, segment, length);
    if (!count)
        return NULL;
    place(counters->slots, counters->mask, (vs__count_slot){hash, count});
    counters->used++;
    return count;
}

vs__count *vs__counters_at(vs__counters *counters, vs__count *from, const char *path, size_t length)
{
    if (!counters->root && !(counters->root = new_count(counters, NULL, "", 0)))
        return NULL;
    vs__count *count = from ? from : counters->root;
    for (;;) {
        const char *slash = memchr(path, '/', length);
        size_t part = slash ? (size_t)(slash - path) : length;
        count = get_child(counters, count, path, part);
        if (!slash || !count)
            return count;
        path += part + 1;
        length -= part + 1;
    }
}

const char **vs__count_name(vs__count *count)
{
    return &count->name;
}

static bool log_change(vs__counters *counters, vs__count *count)
{
    if (!counters->open_marks)
        return true;
    if (counters->log_size == counters->log_capacity) {
        size_t capacity = counters->log_capacity ? counters->log_capacity * 2 : 32;
        vs__count_change *log = vs__reallocate(counters->log, counters->log_capacity * sizeof *log,
                                               capacity * sizeof *log);
        if (!log)
            return false;
        counters->log = log;
        counters->log_capacity = capacity;
    }
    counters->log[counters->log_size++] = (vs__count_change){count, count->opened, count->next};
    return true;
}

/* Link a count, and those above it, into the lists of what closing has to forget. */
static void make_dirty(vs__count *count)
{
    for (; count->parent && !count->is_dirty; count = count->parent) {
        count->is_dirty = true;
        count->next_dirty = count->parent->dirty;
        count->parent->dirty = count;
    }
}

bool vs__counters_open(vs__counters *counters, vs__count *count)
{
    if (!log_change(counters, count))
        return false;
    count->opened++;
    make_dirty(count);
    return true;
}

bool vs__counters_close_below(vs__counters *counters, vs__count *top)
{
    /* Depth first without recursion: paths may be long. A count leaves its parent's list when it is clean. */
    for (vs__count *at = top; at;) {
        if (at->dirty) {
            at = at->dirty;
            continue;
        }
        if (at == top)
            break;
        vs__count *parent = at->parent;
        if (!log_change(counters, at))
            return false;
        at->opened = 0;
        at->next = 1;
        at->is_dirty = false;
        parent->dirty = at->next_dirty;
        at = parent;
    }
    return true;
}

vs__count *vs__counters_unique(vs__counters *counters, vs__count *path, uint32_t *number_out)
{
    *number_out = 0;
    if (!path->opened)
        return path;
    char small[256];
    size_t size = (size_t)path->length + 16;
    char *name = size <= sizeof small ? small : vs__allocate(size);
    vs__count *unique = NULL;
    if (name && log_change(counters, path)) {
        memcpy(name, path->segment, path->length);
        do {
            size_t length = path->length + vs__number_put(name + path->length, '_', path->next);
            unique = get_child(counters, path->parent, name, length);
            *number_out = path->next;
        } while (unique && unique->opened && ++path->next);
    }
    if (name != small)
        vs__release(name, size);
    return unique;
}

vs__counters_mark vs__counters_set_mark(vs__counters *counters)
{
    counters->open_marks++;
    return (vs__counters_mark){counters->log_size, true};
}

void vs__counters_undo(vs__counters *counters, vs__counters_mark mark)
{
    while (counters->log_size > mark.log_size) {
        vs__count_change change = counters->log[--counters->log_size];
        change.count->opened = change.opened;
        change.count->next = change.next;
        if (change.opened)
            make_dirty(change.count);
    }
    counters->open_marks--;
}

void vs__counters_free(vs__counters *counters)
{
    if (counters->mask)
        vs__release(counters->slots, (counters->mask + 1) * sizeof *counters->slots);
    if (counters->log_capacity)
        vs__release(counters->log, counters->log_capacity * sizeof *counters->log);
    vs__blocks_free(&counters->blocks);
    *counters = (vs__counters){.root = NULL};
}
