/*
 * A count of the writes to what threads share, to see whether threads get into each other's way.
 *
 * Only in a build with -Dshared_writes=true; elsewhere VS__SHARED_WRITE() is nothing. It stands at each place that writes
 * what another thread may write or read too: taking a mutex, and each atomic store or exchange on the way of a node, a
 * name, a scope or a variable. A write is `moved` when the one before it to the same cache line was another thread's: only
 * then does the line go from one processor to the other.
 */
#ifndef VS_BASE_SHARED_WRITE_H
#define VS_BASE_SHARED_WRITE_H

#ifdef VS__COUNT_SHARED_WRITES

#include <stdint.h>

typedef struct vs__shared_writes {
    uint64_t all;
    uint64_t moved;
} vs__shared_writes;

/* Count a write to an address by the calling thread. */
void vs__shared_write(const volatile void *address);

/* Add those of the calling thread, which is about to end, to what is taken. */
void vs__shared_writes_give(void);

/* Those that were given, and this thread's, since the last call. */
vs__shared_writes vs__shared_writes_take(void);

#define VS__SHARED_WRITE(address) vs__shared_write(address)

#else
#define VS__SHARED_WRITE(address) ((void)0)
#endif

#endif
