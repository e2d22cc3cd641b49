/*
 * A concurrent hash table of pointers: append-only, one writer at a time, readers without a lock.
 *
 * Invariant: an entry, once found, is found for ever; it is whole before it is stored in a slot (release), and
 * a reader that loads it from the slot (acquire) sees it whole. Growing copies the slots into a larger array
 * and then stores that array (release); a reader still in the old array misses at most what was added after
 * it loaded the array, which is the same as having come earlier. Old arrays are kept until the table ends, so
 * no reader ever looks at freed memory; together they are smaller than the present one.
 *
 * A slot has the hash beside the entry, so that going past others touches no other memory. It is stored before the entry
 * is (release), and read after it was loaded (acquire).
 *
 * Guard: slots and the entries in them are atomic; count is the writer's, under the lock of the table's owner.
 */
#ifndef VS_BASE_TABLE_H
#define VS_BASE_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What every entry begins with. */
typedef struct vs__entry {
    uint64_t hash;
} vs__entry;

typedef struct vs__slot {
    _Atomic(vs__entry *) entry; /* NULL: empty */
    uint64_t hash;
} vs__slot;

typedef struct vs__slots {
    struct vs__slots *retired; /* the array before this one */
    size_t mask;               /* number of slots, a power of two, less one */
    vs__slot slot[];
} vs__slots;

typedef struct vs__table {
    _Atomic(vs__slots *) slots; /* NULL: empty */
    size_t count;
} vs__table;

/* Add an entry that is not there yet. The caller holds the owner's lock. false: out of memory, nothing changed. */
bool vs__table_add(vs__table *table, vs__entry *entry);

/* Free the arrays; the entries are the owner's. */
void vs__table_free(vs__table *table);

/*
 * Walk the entries of one hash: start with vs__table_probe(), call vs__probe_next() until NULL. Inlined, so that the
 * comparison of keys stands in the caller's loop.
 */
typedef struct vs__probe {
    const vs__slots *slots;
    size_t at;
} vs__probe;

static inline vs__probe vs__table_probe(const vs__table *table, uint64_t hash)
{
    const vs__slots *slots = atomic_load_explicit(&table->slots, memory_order_acquire);
    return (vs__probe){slots, slots ? (size_t)hash & slots->mask : 0};
}

static inline vs__entry *vs__probe_next(vs__probe *probe, uint64_t hash)
{
    if (!probe->slots)
        return NULL;
    for (;;) {
        const vs__slot *slot = &probe->slots->slot[probe->at];
        vs__entry *entry = atomic_load_explicit(&((vs__slot *)(uintptr_t)slot)->entry, memory_order_acquire);
        if (!entry)
            return NULL;
        probe->at = (probe->at + 1) & probe->slots->mask;
        if (slot->hash == hash)
            return entry;
    }
}

#endif
