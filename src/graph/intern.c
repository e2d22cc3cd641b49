#include "intern.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const vs__blob *find(const vs__interned *interned, uint64_t hash, vs__intern_kind kind, const void *data,
                            size_t size)
{
    vs__probe probe = vs__table_probe(&interned->table, hash);
    vs__entry *entry;
    while ((entry = vs__probe_next(&probe, hash))) {
        const vs__blob *blob = (const vs__blob *)entry;
        if (blob->size == size && blob->kind == (uint32_t)kind && memcmp(blob->data, data, size) == 0)
            return blob;
    }
    return NULL;
}

static const vs__blob *add(vs__interned *interned, vs__arena *arena, uint64_t hash, vs__intern_kind kind,
                           const void *data, size_t size)
{
    vs__blob *blob = vs__arena_allocate(arena, sizeof *blob + size + 1);
    if (!blob)
        return NULL;
    blob->entry.hash = hash;
    blob->size = (uint32_t)size;
    blob->kind = (uint32_t)kind;
    memcpy(blob->data, data, size);
    blob->data[size] = '\0';
    return vs__table_add(&interned->table, &blob->entry) ? blob : NULL;
}

const vs__blob *vs__intern(vs__interned *interned, vs__arena *arena, vs__intern_kind kind, const void *data,
                           size_t size)
{
    if (size > UINT32_MAX)
        return NULL;
    if (!data)
        data = "";
    uint64_t hash = XXH3_64bits_withSeed(data, size, (XXH64_hash_t)kind);
    const vs__blob *blob = find(interned, hash, kind, data, size);
    if (blob)
        return blob;
    vs__mutex_lock(&interned->lock);
    blob = find(interned, hash, kind, data, size);
    if (!blob)
        blob = add(interned, arena, hash, kind, data, size);
    vs__mutex_unlock(&interned->lock);
    return blob;
}
