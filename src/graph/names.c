#include "names.h"

#include <stdio.h>
#include <string.h>

#include "graph.h"
#include "mutex.h"
#include "node.h"
#include "text.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Nodes of one leaf beyond the first exact spelling: made by names with a trailing slash only. */
typedef struct spelling {
    const vs_operation *node;
    struct spelling *next;
} spelling;

/* What few leaves need: repetitions, sub-directories, other spellings. Index i is leaf_i; 0 is the leaf itself. */
typedef struct more {
    const vs_operation **nodes; /* from 1 on; [0] unused */
    vs__dir **dirs;
    spelling *others;
    uint32_t nodes_capacity;
    uint32_t dirs_capacity;
} more;

/* One leaf of a directory, ignoring case. Guard of all: the directory's lock. */
typedef struct leaf {
    uint32_t hash;
    uint32_t length;
    const char *spelling; /* as first asked for */
    uint32_t in_use;      /* times asked for, as TensorFlow's _names_in_use; 0: not in use */
    bool siblings;        /* some leaf_N has an entry of its own */
    const vs_operation *node;
    more *more;
} leaf;

enum { FEW_SLOTS = 4 };

struct vs__dir {
    vs__dir *next;      /* of all directories of the graph; written before it is published */
    vs__mutex lock;
    vs__scope *scopes VS__GUARDED_BY(lock); /* its spellings */
    leaf **slots VS__GUARDED_BY(lock);      /* open addressing */
    uint32_t mask VS__GUARDED_BY(lock);     /* number of slots less one */
    uint32_t count VS__GUARDED_BY(lock);
    leaf *few[FEW_SLOTS] VS__GUARDED_BY(lock); /* the slots at first */
};

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* A hash that ignores case: with bit 5 set in every byte a letter's cases agree (other characters may collide). */
static uint32_t hash_leaf(const char *text, size_t length)
{
    char folded[256];
    uint64_t hash = length;
    if (length <= 16) { /* most: two words that overlap */
        uint64_t words[2] = {0, 0};
        if (length >= 8) {
            memcpy(&words[0], text, 8);
            memcpy(&words[1], text + length - 8, 8);
        } else if (length >= 4) {
            memcpy(&words[0], text, 4);
            memcpy(&words[1], text + length - 4, 4);
        } else if (length) {
            words[0] = (uint64_t)(unsigned char)text[0] << 16 | (uint64_t)(unsigned char)text[length / 2] << 8 |
                       (unsigned char)text[length - 1];
        }
        words[0] |= UINT64_C(0x2020202020202020);
        words[1] |= UINT64_C(0x2020202020202020);
        return (uint32_t)XXH3_64bits_withSeed(words, sizeof words, hash);
    }
    for (size_t done = 0; done < length;) {
        size_t part = length - done < sizeof folded ? length - done : sizeof folded;
        for (size_t i = 0; i < part; i++)
            folded[i] = (char)(text[done + i] | 0x20);
        hash = XXH3_64bits_withSeed(folded, part, hash);
        done += part;
    }
    return (uint32_t)hash;
}

static bool same_leaf(const leaf *entry, const char *text, size_t length)
{
    if (entry->length != length)
        return false;
    if (memcmp(entry->spelling, text, length) == 0)
        return true;
    for (size_t i = 0; i < length; i++)
        if (fold(entry->spelling[i]) != fold(text[i]))
            return false;
    return true;
}

static leaf *find_leaf(const vs__dir *dir, const char *text, size_t length, uint32_t hash)
    VS__REQUIRES(&dir->lock)
{
    for (uint32_t at = hash & dir->mask; dir->slots[at]; at = (at + 1) & dir->mask)
        if (dir->slots[at]->hash == hash && same_leaf(dir->slots[at], text, length))
            return dir->slots[at];
    return NULL;
}

static bool grow_dir(vs__dir *dir) VS__REQUIRES(&dir->lock)
{
    uint32_t mask = dir->mask * 2 + 1;
    leaf **slots = vs__allocate_zeroed(((size_t)mask + 1) * sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i <= dir->mask; i++) {
        if (!dir->slots[i])
            continue;
        uint32_t at = dir->slots[i]->hash & mask;
        while (slots[at])
            at = (at + 1) & mask;
        slots[at] = dir->slots[i];
    }
    if (dir->slots != dir->few)
        vs__release(dir->slots, ((size_t)dir->mask + 1) * sizeof *slots);
    dir->slots = slots;
    dir->mask = mask;
    return true;
}

static leaf *add_leaf(vs__arena *arena, vs__dir *dir, const char *text, size_t length, uint32_t hash, bool is_static)
    VS__REQUIRES(&dir->lock)
{
    if ((dir->count + 1) * 4 > (dir->mask + 1) * 3 && !grow_dir(dir))
        return NULL;
    leaf *entry = vs__arena_allocate(arena, sizeof *entry);
    const char *copy = is_static ? text : vs__arena_copy(arena, text, length);
    if (!entry || !copy)
        return NULL;
    *entry = (leaf){.hash = hash, .length = (uint32_t)length, .spelling = copy};
    uint32_t at = hash & dir->mask;
    while (dir->slots[at])
        at = (at + 1) & dir->mask;
    dir->slots[at] = entry;
    dir->count++;
    return entry;
}

/* Whether text is base_N as a repetition spells it: N from 1 on, without leading zeros. */
static bool split_suffix(const char *text, size_t length, size_t *base_length, uint32_t *number)
{
    size_t digits = 0;
    while (digits < length && digits < 10 && text[length - 1 - digits] >= '0' && text[length - 1 - digits] <= '9')
        digits++;
    if (!digits || digits == 10 || digits + 1 > length)
        return false;
    const char *first = text + length - digits;
    if (first[-1] != '_' || *first == '0')
        return false;
    *number = 0;
    for (size_t i = 0; i < digits; i++)
        *number = *number * 10 + (uint32_t)(first[i] - '0');
    *base_length = length - digits - 1;
    return true;
}

/* The entry of the base that implies this name, with its number; NULL when none does. */
static leaf *implied_by(const vs__dir *dir, const char *text, size_t length, uint32_t *number)
    VS__REQUIRES(&dir->lock)
{
    size_t base;
    if (!split_suffix(text, length, &base, number))
        return NULL;
    leaf *entry = find_leaf(dir, text, base, hash_leaf(text, base));
    return entry && entry->in_use > *number ? entry : NULL;
}

/*
 * Mark the bases of a new entry: "c" of "c_7". Each base that is new has bases of its own to mark. *implied: whether the
 * first base implies the name.
 */
static bool mark_bases(vs__arena *arena, vs__dir *dir, const char *text, size_t length, bool *implied)
    VS__REQUIRES(&dir->lock)
{
    size_t base, whole = length;
    uint32_t number;
    *implied = false;
    for (; split_suffix(text, length, &base, &number); length = base) {
        uint32_t hash = hash_leaf(text, base);
        leaf *entry = find_leaf(dir, text, base, hash);
        bool known = entry != NULL;
        if (!entry && !(entry = add_leaf(arena, dir, text, base, hash, false)))
            return false;
        entry->siblings = true;
        *implied |= length == whole && entry->in_use > number;
        if (known)
            break;
    }
    return true;
}

/* The entry of a leaf, made when it is not there, not in use. *implied: whether it is new, and its base implies it. */
static leaf *get_leaf(vs__arena *arena, vs__dir *dir, const char *text, size_t length, bool is_static, bool *implied)
    VS__REQUIRES(&dir->lock)
{
    uint32_t hash = hash_leaf(text, length);
    leaf *entry = find_leaf(dir, text, length, hash);
    *implied = false;
    if (entry || !mark_bases(arena, dir, text, length, implied))
        return entry;
    return add_leaf(arena, dir, text, length, hash, is_static);
}

/* The entry of leaf_number, if it has one. */
static leaf *find_sibling(const vs__dir *dir, const leaf *entry, uint32_t number, char *buffer, size_t size)
    VS__REQUIRES(&dir->lock)
{
    if (!entry->siblings)
        return NULL;
    int length = snprintf(buffer, size, "%.*s_%u", (int)entry->length, entry->spelling, number);
    if (length < 0 || (size_t)length >= size)
        return NULL;
    return find_leaf(dir, buffer, (size_t)length, hash_leaf(buffer, (size_t)length));
}

/* The entry that a name is made from, and which says that it is in use when its base does. */
static leaf *leaf_to_count(vs__arena *arena, vs__dir *dir, const char *text, size_t length, bool is_static)
    VS__REQUIRES(&dir->lock)
{
    bool implied;
    uint32_t number;
    leaf *entry = get_leaf(arena, dir, text, length, is_static, &implied);
    if (entry && !entry->in_use && (implied || implied_by(dir, text, length, &number)))
        entry->in_use = 1;
    return entry;
}

/* Graph.unique_name for the leaf of an entry: the number that the name gets. false: out of memory. Lock held. */
static bool count_locked(vs__arena *arena, vs__dir *dir, leaf *entry, size_t length, uint32_t *number_out)
    VS__REQUIRES(&dir->lock)
{
    uint32_t number = entry->in_use;
    if (number && entry->siblings) {
        size_t size = length + 16;
        char small[512];
        char *buffer = size <= sizeof small ? small : vs__allocate(size);
        if (!buffer)
            return false;
        const leaf *sibling;
        while ((sibling = find_sibling(dir, entry, number, buffer, size)) && sibling->in_use)
            number++;
        leaf *later = NULL;
        if (number > entry->in_use) { /* not implied by the counter: it needs an entry that says so */
            int made = snprintf(buffer, size, "%.*s_%u", (int)length, entry->spelling, number);
            bool implied;
            later = get_leaf(arena, dir, buffer, (size_t)made, false, &implied);
            if (later)
                later->in_use = 1;
        }
        bool failed = number > entry->in_use && !later;
        if (buffer != small)
            vs__release(buffer, size);
        if (failed)
            return false;
    }
    entry->in_use++;
    *number_out = number;
    return true;
}

static more *get_more(vs__arena *arena, leaf *entry)
{
    if (!entry->more) {
        entry->more = vs__arena_allocate(arena, sizeof *entry->more);
        if (entry->more)
            *entry->more = (more){.nodes = NULL};
    }
    return entry->more;
}

/* Make index valid in an array of pointers of an arena; the old array stays behind in the arena. */
static bool reach(vs__arena *arena, void **array, uint32_t *capacity, uint32_t index)
{
    if (index < *capacity)
        return true;
    uint32_t larger = *capacity ? *capacity : 4;
    while (larger <= index)
        larger *= 2;
    void **grown = vs__arena_allocate(arena, larger * sizeof(void *));
    if (!grown)
        return false;
    memset(grown, 0, larger * sizeof(void *));
    if (*capacity)
        memcpy(grown, *(void ***)array, *capacity * sizeof(void *));
    *(void ***)array = grown;
    *capacity = larger;
    return true;
}

/* A name in its parts, to be compared without memory. */
typedef struct parts {
    const vs__name *name;
    char suffix[16];
    uint32_t suffix_length;
} parts;

static parts parts_of(const vs__name *name)
{
    parts of = {.name = name};
    if (name->suffix)
        of.suffix_length = (uint32_t)vs__number_put(of.suffix, '_', name->suffix);
    return of;
}

static uint32_t length_of(const parts *of)
{
    return of->name->scope->length + of->name->length + of->suffix_length;
}

static unsigned char byte_of(const parts *of, uint32_t at)
{
    const vs__name *name = of->name;
    if (at < name->scope->length)
        return (unsigned char)name->scope->path[at];
    at -= name->scope->length;
    return (unsigned char)(at < name->length ? name->base[at] : of->suffix[at - name->length]);
}

int vs__name_compare(const vs__name *a, const vs__name *b)
{
    parts first = parts_of(a), second = parts_of(b);
    uint32_t n = length_of(&first), m = length_of(&second);
    for (uint32_t i = 0; i < n && i < m; i++)
        if (byte_of(&first, i) != byte_of(&second, i))
            return byte_of(&first, i) < byte_of(&second, i) ? -1 : 1;
    return (n > m) - (n < m);
}

bool vs__name_is_within(const vs__name *name, const char *scope, size_t length)
{
    const vs__scope *of = name->scope;
    if (of->length > length) /* most nodes: only the scope's path matters */
        return memcmp(of->path, scope, length) == 0 && of->path[length] == '/';
    parts whole = parts_of(name);
    if (length_of(&whole) != length)
        return false;
    for (uint32_t i = 0; i < length; i++)
        if (byte_of(&whole, i) != (unsigned char)scope[i])
            return false;
    return true;
}

/* Whether two names of a directory are spelled alike: "c" with suffix 1, and "c_1". */
static bool same_name(const vs__name *a, const vs__name *b)
{
    if (a->suffix != b->suffix)
        return vs__name_compare(a, b) == 0;
    return a->scope->length == b->scope->length && a->length == b->length &&
           memcmp(a->scope->path, b->scope->path, a->scope->length) == 0 && memcmp(a->base, b->base, a->length) == 0;
}

/* Whether one of the nodes of an entry's own name (number 0) is spelled exactly so. */
static const vs_operation *find_spelling(const leaf *entry, const vs__name *name)
{
    if (entry->node && same_name(&entry->node->name, name))
        return entry->node;
    for (const spelling *other = entry->more ? entry->more->others : NULL; other; other = other->next)
        if (same_name(&other->node->name, name))
            return other->node;
    return NULL;
}

/* Put a node at the entry of its own spelling. Lock held. */
static vs__name_result bind_spelling(vs__arena *arena, leaf *entry, const vs__name *name, const vs_operation *node)
{
    if (find_spelling(entry, name))
        return VS__NAME_TAKEN;
    if (!entry->node) {
        entry->node = node;
        return VS__NAME_OK;
    }
    spelling *other = vs__arena_allocate(arena, sizeof *other);
    if (!other || !get_more(arena, entry))
        return VS__NAME_NO_MEMORY;
    *other = (spelling){node, entry->more->others};
    entry->more->others = other;
    return VS__NAME_OK;
}

/* Put a node at a name that was just reserved, or that reserving gave before. Lock held. */
static vs__name_result bind_locked(vs__arena *arena, vs__dir *dir, leaf *entry, const vs__name *name,
                                   const vs_operation *node) VS__REQUIRES(&dir->lock)
{
    if (!name->suffix)
        return bind_spelling(arena, entry, name, node);
    if (entry->siblings) {
        char small[512];
        size_t size = (size_t)name->length + 16;
        char *buffer = size <= sizeof small ? small : vs__allocate(size);
        if (!buffer)
            return VS__NAME_NO_MEMORY;
        leaf *own = find_sibling(dir, entry, name->suffix, buffer, size);
        if (buffer != small)
            vs__release(buffer, size);
        if (own)
            return bind_spelling(arena, own, name, node);
    }
    more *of = get_more(arena, entry);
    if (!of || !reach(arena, (void **)&of->nodes, &of->nodes_capacity, name->suffix))
        return VS__NAME_NO_MEMORY;
    if (of->nodes[name->suffix])
        return VS__NAME_TAKEN;
    of->nodes[name->suffix] = node;
    return VS__NAME_OK;
}

/* A leaf's bytes for the names made from it: the entry's own where they are spelled alike. */
static const char *spell(vs__arena *arena, const leaf *entry, const char *text, size_t length, bool is_static)
{
    if (is_static)
        return text;
    return memcmp(entry->spelling, text, length) == 0 ? entry->spelling : vs__arena_copy(arena, text, length);
}

/* ---- directories and scopes ---- */

static vs__dir *new_dir(vs_graph *graph, vs__arena *arena) VS__UNCHECKED
{
    vs__dir *dir = vs__arena_allocate(arena, sizeof *dir);
    if (!dir)
        return NULL;
    *dir = (vs__dir){.mask = FEW_SLOTS - 1};
    dir->slots = dir->few;
    if (!vs__mutex_init(&dir->lock))
        return NULL;
    VS__SHARED_WRITE(&graph->dirs);
    dir->next = atomic_load_explicit(&graph->dirs, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&graph->dirs, &dir->next, dir, memory_order_release,
                                                  memory_order_relaxed))
        ;
    return dir;
}

/* A scope that is spelled parent + leaf + "_suffix/", the last part unless suffix is 0; it has no directory yet. */
static vs__scope *new_scope(vs__arena *arena, vs__scope *parent, const char *text, size_t length, uint32_t suffix)
{
    char digits[16];
    size_t tail = suffix ? vs__number_put(digits, '_', suffix) : 0;
    size_t whole = parent->length + length + tail + 1;
    vs__scope *scope = whole < UINT32_MAX ? vs__arena_allocate(arena, sizeof *scope + whole + 1) : NULL;
    if (!scope)
        return NULL;
    scope->graph = parent->graph;
    scope->parent = parent;
    scope->next = NULL;
    scope->length = (uint32_t)whole;
    atomic_init(&scope->dir, NULL);
    char *at = scope->path;
    memcpy(at, parent->path, parent->length);
    memcpy(at += parent->length, text, length);
    memcpy(at += length, digits, tail);
    memcpy(at + tail, "/", 2);
    return scope;
}

/* The scope of a directory that is spelled so; NULL: there is none yet. */
static vs__scope *find_spelled_locked(const vs__dir *dir, const vs__scope *parent, const char *text, size_t length)
    VS__REQUIRES(&dir->lock)
{
    size_t whole = parent->length + length + 1;
    vs__scope *scope = dir->scopes;
    while (scope && (scope->length != whole || memcmp(scope->path, parent->path, parent->length) ||
                     memcmp(scope->path + parent->length, text, length)))
        scope = scope->next;
    return scope;
}

/* Put a scope among the spellings of its directory. Lock held. */
static void place_scope_locked(vs__dir *dir, vs__scope *scope) VS__REQUIRES(&dir->lock)
{
    scope->next = dir->scopes;
    dir->scopes = scope;
}

/* Where the sub-directory of leaf_number hangs. Lock held. */
static vs__dir **dir_of(vs__arena *arena, leaf *entry, uint32_t number)
{
    more *of = get_more(arena, entry);
    if (!of || !reach(arena, (void **)&of->dirs, &of->dirs_capacity, number))
        return NULL;
    return &of->dirs[number];
}

/* The sub-directory of a leaf as it is spelled; made, uncounted, when it is not there. */
static vs__dir *sub_dir(vs_graph *graph, vs__arena *arena, vs__dir *dir, const char *text, size_t length)
{
    vs__mutex_lock(&dir->lock);
    uint32_t number = 0;
    leaf *entry = find_leaf(dir, text, length, hash_leaf(text, length));
    leaf *base = implied_by(dir, text, length, &number);
    vs__dir **at = NULL;
    /* A repetition's directory may hang at its base, from before it had an entry of its own. */
    if (base && base->more && number < base->more->dirs_capacity && base->more->dirs[number])
        at = &base->more->dirs[number];
    else if (!entry && base)
        at = dir_of(arena, base, number);
    else if (entry || (entry = get_leaf(arena, dir, text, length, false, &(bool){false})))
        at = dir_of(arena, entry, 0);
    vs__dir *sub = NULL;
    if (at)
        sub = *at ? *at : (*at = new_dir(graph, arena));
    vs__mutex_unlock(&dir->lock);
    return sub;
}

/* The directory of a scope, made when it is not there; NULL: out of memory. The parent's is there. */
static vs__dir *dir_in(vs__arena *arena, vs__scope *scope)
{
    vs__dir *dir = atomic_load_explicit(&scope->dir, memory_order_acquire);
    if (dir)
        return dir;
    vs__scope *parent = scope->parent;
    const char *text = scope->path + parent->length;
    size_t length = scope->length - parent->length - 1;
    dir = sub_dir(scope->graph, arena, atomic_load_explicit(&parent->dir, memory_order_acquire), text, length);
    if (!dir)
        return NULL;
    vs__mutex_lock(&dir->lock);
    if (!find_spelled_locked(dir, parent, text, length))
        place_scope_locked(dir, scope);
    vs__mutex_unlock(&dir->lock);
    VS__SHARED_WRITE(&scope->dir);
    atomic_store_explicit(&scope->dir, dir, memory_order_release);
    return dir;
}

static vs__scope *sub_scope(vs__arena *arena, vs__scope *scope, const char *text, size_t length)
{
    vs__dir *outer = dir_in(arena, scope), *dir = outer ? sub_dir(scope->graph, arena, outer, text, length) : NULL;
    if (!dir)
        return NULL;
    vs__mutex_lock(&dir->lock);
    vs__scope *found = find_spelled_locked(dir, scope, text, length);
    if (!found && (found = new_scope(arena, scope, text, length, 0))) {
        atomic_init(&found->dir, dir);
        place_scope_locked(dir, found);
    }
    vs__mutex_unlock(&dir->lock);
    return found;
}

/* Go down the slashes of a leaf; what is left has none. */
static vs__scope *descend(vs__arena *arena, vs__scope *scope, const char **text, size_t *length)
{
    const char *slash;
    while (scope && (slash = memchr(*text, '/', *length))) {
        size_t part = (size_t)(slash - *text);
        scope = sub_scope(arena, scope, *text, part);
        *text += part + 1;
        *length -= part + 1;
    }
    return scope;
}

vs__scope *vs__names_new(vs_graph *graph, vs__arena *arena) VS__UNCHECKED
{
    vs__dir *dir = new_dir(graph, arena);
    vs__scope *scope = dir ? vs__arena_allocate(arena, sizeof *scope + 1) : NULL;
    if (!scope)
        return NULL;
    *scope = (vs__scope){.graph = graph};
    atomic_init(&scope->dir, dir);
    scope->path[0] = '\0';
    dir->scopes = scope;
    return scope;
}

void vs__names_free(vs_graph *graph) VS__UNCHECKED
{
    vs__dir *dir = atomic_exchange_explicit(&graph->dirs, NULL, memory_order_acquire);
    for (; dir; dir = dir->next) {
        if (dir->slots != dir->few)
            vs__release(dir->slots, ((size_t)dir->mask + 1) * sizeof *dir->slots);
        vs__mutex_destroy(&dir->lock);
    }
}

vs__scope *vs__name_scope(vs__arena *arena, const vs__name *name)
{
    return new_scope(arena, name->scope, name->base, name->length, name->suffix);
}

vs__scope *vs__scope_at(vs__arena *arena, vs_graph *graph, const char *path, size_t length)
{
    if (!length)
        return graph->root;
    if (path[length - 1] == '/')
        length--;
    vs__scope *scope = descend(arena, graph->root, &path, &length);
    return scope ? sub_scope(arena, scope, path, length) : NULL;
}

/* ---- names ---- */

bool vs__name_reserve(vs__name_cache *cache, vs__arena *arena, vs__scope *scope, const char *text, size_t length,
                      bool is_static, vs__name *out)
{
    return vs__name_reserve_node(cache, arena, scope, text, length, is_static, NULL, out) == VS__NAME_OK;
}

/* The place of a text in the cache. */
static size_t cached_at(const vs__dir *dir, const char *text)
{
    return ((uintptr_t)dir >> 4 ^ (uintptr_t)text ^ (uintptr_t)text >> 4) % VS__NAME_CACHE;
}

/*
 * The leaf that a text named in a directory before; NULL: not known. The text at this address may be another by now,
 * unless it is static. Of a leaf that is in the cache, spelling and length never change.
 */
static leaf *find_cached(const vs__name_cache *cache, const vs__dir *dir, const char *text, size_t length,
                         bool is_static)
{
    size_t at = cached_at(dir, text);
    if (cache->at[at].text != text || cache->at[at].dir != dir)
        return NULL;
    leaf *entry = cache->at[at].leaf;
    bool same = is_static || (entry->length == length && memcmp(entry->spelling, text, length) == 0);
    return same ? entry : NULL;
}

vs__name_result vs__name_reserve_node(vs__name_cache *cache, vs__arena *arena, vs__scope *scope, const char *text,
                                      size_t length, bool is_static, const vs_operation *node, vs__name *out)
{
    vs__dir *dir = dir_in(arena, scope);
    leaf *entry = dir ? find_cached(cache, dir, text, length, is_static) : NULL;
    if (dir && !entry) {
        scope = descend(arena, scope, &text, &length);
        dir = scope ? dir_in(arena, scope) : NULL;
    }
    if (!dir)
        return VS__NAME_NO_MEMORY;
    vs__name_result result = VS__NAME_NO_MEMORY;
    uint32_t number;
    const char *base = NULL;
    vs__mutex_lock(&dir->lock);
    if (entry)
        base = is_static ? text : entry->spelling;
    else if ((entry = leaf_to_count(arena, dir, text, length, is_static)))
        base = spell(arena, entry, text, length, is_static);
    if (base && count_locked(arena, dir, entry, length, &number)) {
        *out = (vs__name){scope, base, (uint32_t)length, number};
        result = node ? bind_locked(arena, dir, entry, out, node) : VS__NAME_OK;
    }
    vs__mutex_unlock(&dir->lock);
    if (result == VS__NAME_OK) {
        size_t at = cached_at(dir, text);
        cache->at[at].dir = dir;
        cache->at[at].text = text;
        cache->at[at].leaf = entry;
    }
    return result;
}

bool vs__name_exact(vs__arena *arena, vs__scope *scope, const char *text, size_t length, vs__name *out)
{
    scope = descend(arena, scope, &text, &length);
    const char *base = scope ? vs__arena_copy(arena, text, length) : NULL;
    if (!base)
        return false;
    *out = (vs__name){scope, base, (uint32_t)length, 0};
    return true;
}

vs__name_result vs__name_bind(vs__arena *arena, const vs__name *name, const vs_operation *node)
{
    vs__dir *dir = dir_in(arena, name->scope);
    vs__name_result result = VS__NAME_NO_MEMORY;
    uint32_t number;
    bool implied;
    if (!dir)
        return result;
    vs__mutex_lock(&dir->lock);
    leaf *base = name->suffix ? NULL : implied_by(dir, name->base, name->length, &number);
    bool taken = base && base->more && number < base->more->nodes_capacity && base->more->nodes[number] &&
                 same_name(&base->more->nodes[number]->name, name);
    leaf *entry = taken ? NULL : get_leaf(arena, dir, name->base, name->length, false, &implied);
    if (entry)
        result = bind_locked(arena, dir, entry, name, node);
    vs__mutex_unlock(&dir->lock);
    return taken ? VS__NAME_TAKEN : result;
}

/* The node of a leaf in a directory, exact in case against the whole name. */
static const vs_operation *find_in_dir(vs__dir *dir, const vs__name *name)
{
    const vs_operation *node = NULL;
    uint32_t number;
    vs__mutex_lock(&dir->lock);
    const leaf *entry = find_leaf(dir, name->base, name->length, hash_leaf(name->base, name->length));
    if (entry)
        node = find_spelling(entry, name);
    const leaf *base = node ? NULL : implied_by(dir, name->base, name->length, &number);
    if (base && base->more && number < base->more->nodes_capacity)
        node = base->more->nodes[number];
    if (node && !same_name(&node->name, name))
        node = NULL;
    vs__mutex_unlock(&dir->lock);
    return node;
}

/* The sub-directory of a leaf, if there is one. */
static vs__dir *find_sub_dir(vs__dir *dir, const char *text, size_t length)
{
    vs__dir *sub = NULL;
    uint32_t number;
    vs__mutex_lock(&dir->lock);
    const leaf *entry = find_leaf(dir, text, length, hash_leaf(text, length));
    const leaf *base = implied_by(dir, text, length, &number);
    if (base && base->more && number < base->more->dirs_capacity)
        sub = base->more->dirs[number];
    if (!sub && entry && entry->more && entry->more->dirs_capacity)
        sub = entry->more->dirs[0];
    vs__mutex_unlock(&dir->lock);
    return sub;
}

/* The scope of a directory that is spelled as the first length bytes of path. */
static vs__scope *find_spelled(vs__dir *dir, const char *path, size_t length)
{
    vs__mutex_lock(&dir->lock);
    vs__scope *scope = dir->scopes;
    while (scope && (scope->length != length || memcmp(scope->path, path, length) != 0))
        scope = scope->next;
    vs__mutex_unlock(&dir->lock);
    return scope;
}

const vs_operation *vs__name_find(const vs_graph *graph, const char *name, size_t length)
{
    vs__dir *dir = atomic_load_explicit(&graph->root->dir, memory_order_relaxed);
    const char *leaf_text = name;
    const char *slash;
    while ((slash = memchr(leaf_text, '/', length - (size_t)(leaf_text - name)))) {
        dir = find_sub_dir(dir, leaf_text, (size_t)(slash - leaf_text));
        if (!dir)
            return NULL;
        leaf_text = slash + 1;
    }
    size_t scope_length = (size_t)(leaf_text - name);
    vs__scope *scope = find_spelled(dir, name, scope_length);
    if (!scope)
        return NULL;
    vs__name wanted = {scope, leaf_text, (uint32_t)(length - scope_length), 0};
    return find_in_dir(dir, &wanted);
}

size_t vs__name_format(const vs__name *name, char *buffer, size_t size)
{
    const parts of = parts_of(name);
    vs__text text = vs__text_of(buffer, size);
    vs__text_add(&text, name->scope->path, name->scope->length);
    vs__text_add(&text, name->base, name->length);
    vs__text_add(&text, of.suffix, of.suffix_length);
    return text.length;
}

/* ---- the check ---- */

/* What is wrong with an entry: it must be found by its spelling, and its base must know that it has one. */
static const char *check_leaf(const vs__dir *dir, const leaf *entry) VS__REQUIRES(&dir->lock)
{
    size_t base;
    uint32_t number;
    if (find_leaf(dir, entry->spelling, entry->length, hash_leaf(entry->spelling, entry->length)) != entry)
        return "a name has two entries, or cannot be found";
    if (!split_suffix(entry->spelling, entry->length, &base, &number))
        return NULL;
    const leaf *of = find_leaf(dir, entry->spelling, base, hash_leaf(entry->spelling, base));
    return of && of->siblings ? NULL : "a repetition with an entry of its own is unknown to its base";
}

static const char *check_dir(const vs__dir *dir) VS__REQUIRES(&dir->lock)
{
    uint32_t count = 0;
    for (uint32_t i = 0; dir->slots && i <= dir->mask; i++) {
        const char *wrong = dir->slots[i] ? check_leaf(dir, dir->slots[i]) : NULL;
        if (wrong)
            return wrong;
        count += dir->slots[i] != NULL;
    }
    return count == dir->count ? NULL : "a directory does not hold as many names as it counts";
}

const char *vs__names_check(const vs_graph *graph)
{
    const char *wrong = NULL;
    vs__dir *dir = atomic_load_explicit(&((vs_graph *)(uintptr_t)graph)->dirs, memory_order_acquire);
    for (; dir && !wrong; dir = dir->next) {
        vs__mutex_lock(&dir->lock);
        wrong = check_dir(dir);
        vs__mutex_unlock(&dir->lock);
    }
    return wrong;
}
