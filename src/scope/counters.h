/*
 * How often each variable scope was opened: what makes a default_name unique (_VariableScopeStore of
 * variable_scope.py). A context's own, for one graph.
 *
 * The counts form a tree by path. Closing a scope by name forgets the counts below it; entering a scope object
 * restores, when it is left, all counts as they were on entering. For the second, changes are logged while
 * such an entry is open, and undone back to its mark.
 */
#ifndef VS_SCOPE_COUNTERS_H
#define VS_SCOPE_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

typedef struct vs__count vs__count;
typedef struct vs__count_change vs__count_change;
typedef struct vs__count_slot vs__count_slot;

typedef struct vs__counters {
    vs__count *root;
    vs__blocks blocks;      /* the counts themselves */
    vs__arena arena;
    vs__count_slot *slots;  /* open addressing by parent and segment */
    size_t mask;            /* 0: no slots yet */
    size_t used;
    vs__count_change *log;
    size_t log_size;
    size_t log_capacity;
    size_t open_marks;      /* the log is written while there are any */
} vs__counters;

typedef struct vs__counters_mark {
    size_t log_size;
    bool open;
} vs__counters_mark;

void vs__counters_free(vs__counters *counters);

/* The count of a path below another one; NULL: below none. NULL: out of memory. */
vs__count *vs__counters_at(vs__counters *counters, vs__count *from, const char *path, size_t length);

/* A place in a count for its whole path, of the caller's memory, which need not be put together again; NULL at first. */
const char **vs__count_name(vs__count *count);

/* Count one more opening. false: out of memory. */
bool vs__counters_open(vs__counters *counters, vs__count *count);

/* Forget the counts below a path. false: out of memory (only while a mark is open). */
bool vs__counters_close_below(vs__counters *counters, vs__count *top);

/*
 * The first of path, path_1, path_2, ... that is not counted: *number_out is 0 for path itself, else the number. Constant
 * time on average: what was found is remembered. NULL: out of memory.
 */
vs__count *vs__counters_unique(vs__counters *counters, vs__count *path, uint32_t *number_out);

/* From here on changes can be undone. */
vs__counters_mark vs__counters_set_mark(vs__counters *counters);
void vs__counters_undo(vs__counters *counters, vs__counters_mark mark);

#endif
