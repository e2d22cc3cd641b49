/*
 * Interned data: strings, shapes and attributes that many nodes share, each kept once for a graph.
 *
 * Looking up what is there takes no lock. Adding takes the lock of the table, looks again, and publishes a
 * whole entry (table.h).
 */
#ifndef VS_GRAPH_INTERN_H
#define VS_GRAPH_INTERN_H

#include <varscope/shape.h>

#include "memory.h"
#include "mutex.h"
#include "table.h"

typedef enum vs__intern_kind {
    VS__INTERN_STRING,
    VS__INTERN_SHAPE,
    VS__INTERN_ATTRS,
    VS__INTERN_DEVICES /* devices in force with functions among them (placing.c) */
} vs__intern_kind;

/* Immutable data. A string is terminated beyond its size. Its address stands for its content. */
typedef struct vs__blob {
    vs__entry entry;
    uint32_t size;
    uint32_t kind;
    uint8_t data[];
} vs__blob;

typedef struct vs__interned {
    vs__mutex lock; /* guards adding to the table */
    vs__table table;
} vs__interned;

/* The one blob of this content; NULL when out of memory. arena: the caller's own, of the same graph. */
const vs__blob *vs__intern(vs__interned *interned, vs__arena *arena, vs__intern_kind kind, const void *data,
                           size_t size);

/* A shape as a blob; NULL for an unknown rank. */
static inline vs_shape vs__blob_shape(const vs__blob *blob)
{
    if (!blob)
        return (vs_shape){VS_SHAPE_UNKNOWN, 0, NULL};
    return (vs_shape){VS_SHAPE_RANKED, (uint32_t)(blob->size / sizeof(int64_t)), (const int64_t *)blob->data};
}

static inline const char *vs__blob_text(const vs__blob *blob)
{
    return (const char *)blob->data;
}

#endif
