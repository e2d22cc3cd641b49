/* Renaming while writing. */
#ifndef VS_IO_RENAME_H
#define VS_IO_RENAME_H

#include <varscope/rename.h>

#include "memory.h"
#include "text.h"

typedef struct vs__renaming {
    const vs_rename *items;
    size_t count;
} vs__renaming;

/* Rename what a NodeDef refers to. Out of memory: node->failed. */
void vs__renaming_of_node(const vs__renaming *renaming, vs__bytes *node);

/* A name as it becomes, in the arena; the name itself when nothing changes. NULL: out of memory. renaming NULL: none. */
char *vs__renaming_of_text(const vs__renaming *renaming, vs__arena *arena, char *name);

#endif
