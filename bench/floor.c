#include "floor.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "harness.h"

/* As large as it needs to be, each by itself on the heap, as the objects that a program looks up are. */
typedef struct item {
    uint64_t hash;
    uint32_t length;
    char text[60];
} item;

typedef struct slot {
    item *found;
    uint64_t hash;
} slot;

struct floor_table {
    names names;
    item *items;
    slot *slots;
    uint64_t mask;
};

floor_table *floor_new(names of)
{
    floor_table *table = calloc(1, sizeof *table);
    size_t slots = 16;
    while (slots < 2 * (size_t)of.count)
        slots *= 2;
    if (!table || !(table->slots = calloc(slots, sizeof *table->slots)) ||
        !(table->items = calloc((size_t)of.count, sizeof *table->items)))
        give_up("out of memory");
    table->names = of;
    table->mask = slots - 1;
    for (long i = 0; i < of.count; i++) {
        item *made = &table->items[i];
        made->length = of.cells[i].length;
        memcpy(made->text, of.cells[i].text, made->length);
        made->hash = XXH3_64bits(made->text, made->length);
        uint64_t at = made->hash & table->mask;
        while (table->slots[at].found)
            at = (at + 1) & table->mask;
        table->slots[at] = (slot){made, made->hash};
    }
    shuffle_names(&table->names);
    return table;
}

void floor_free(void *given)
{
    floor_table *table = given;
    free(table->items);
    free(table->slots);
    free_names(&table->names);
    free(table);
}

static const item *find(const floor_table *table, const char *text, uint32_t length)
{
    uint64_t hash = XXH3_64bits(text, length);
    for (uint64_t at = hash & table->mask; table->slots[at].found; at = (at + 1) & table->mask) {
        const item *found = table->slots[at].found;
        if (table->slots[at].hash == hash && found->length == length && memcmp(found->text, text, length) == 0)
            return found;
    }
    return NULL;
}

void floor_look_up(const floor_table *table, long calls)
{
    for (long i = 0, at = 0; i < calls; i++, at = at + 1 < table->names.count ? at + 1 : 0) {
        const item *found = find(table, table->names.cells[at].text, table->names.cells[at].length);
        if (!found)
            give_up("the floor lost a name");
        consume(found);
    }
}
