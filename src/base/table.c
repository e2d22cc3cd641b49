#include "table.h"

#include <string.h>

#include "memory.h"
#include "schedule.h"
#include "shared_write.h"

enum { FIRST_SLOTS = 8 };

static size_t slots_size(size_t count)
{
    return sizeof(vs__slots) + count * sizeof(vs__slot);
}

/* Put an entry into the first free slot of its run. Release: a reader that finds it sees it whole. */
static void place(vs__slots *slots, vs__entry *entry)
{
    size_t at = (size_t)entry->hash & slots->mask;
    while (atomic_load_explicit(&slots->slot[at].entry, memory_order_relaxed))
        at = (at + 1) & slots->mask;
    VS__SHARED_WRITE(&slots->slot[at]);
    slots->slot[at].hash = entry->hash;
    VS__YIELD();
    atomic_store_explicit(&slots->slot[at].entry, entry, memory_order_release);
}

static vs__slots *grow(vs__table *table, vs__slots *old)
{
    size_t count = old ? (old->mask + 1) * 2 : FIRST_SLOTS;
    vs__slots *slots = vs__allocate(slots_size(count));
    if (!slots)
        return NULL;
    slots->retired = old;
    slots->mask = count - 1;
    for (size_t i = 0; i < count; i++)
        atomic_init(&slots->slot[i].entry, NULL);
    for (size_t i = 0; old && i <= old->mask; i++) {
        vs__entry *entry = atomic_load_explicit(&old->slot[i].entry, memory_order_relaxed);
        if (entry)
            place(slots, entry);
    }
    VS__YIELD();
    atomic_store_explicit(&table->slots, slots, memory_order_release);
    return slots;
}

bool vs__table_add(vs__table *table, vs__entry *entry)
{
    vs__slots *slots = atomic_load_explicit(&table->slots, memory_order_relaxed);
    /* At most 5/8 full: probes stay short, and there is always an empty slot to end them. */
    if (!slots || (table->count + 1) * 8 > (slots->mask + 1) * 5) {
        slots = grow(table, slots);
        if (!slots)
            return false;
    }
    place(slots, entry);
    table->count++;
    return true;
}

void vs__table_free(vs__table *table)
{
    vs__slots *slots = atomic_exchange_explicit(&table->slots, NULL, memory_order_acquire);
    while (slots) {
        vs__slots *retired = slots->retired;
        vs__release(slots, slots_size(slots->mask + 1));
        slots = retired;
    }
    table->count = 0;
}
