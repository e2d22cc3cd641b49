/*
 * The floor of a look-up by name: a hash table of open addressing, half full at most, XXH3 of the whole name, and one
 * memcmp. Nothing is checked, locked, counted or inherited.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "names.h"

typedef struct floor_table floor_table;

/* A table of the names, which are shuffled afterwards and are the table's to free. */
floor_table *floor_new(names of);
void floor_free(void *table);

/* Look up that many of the names, one after another. */
void floor_look_up(const floor_table *table, long calls);

#endif
