#include "shared_write.h"

#include <stdatomic.h>

enum { LINES = 1 << 20, LINE = 64 };

static _Atomic uint32_t last_writer[LINES]; /* by a line's address; two lines may share a place, which counts too many */
static _Atomic uint32_t writers;
static _Thread_local uint32_t self; /* 0: has no number yet */
static _Thread_local vs__shared_writes own;
static _Atomic uint64_t all, moved;

void vs__shared_write(const volatile void *address)
{
    if (!self)
        self = atomic_fetch_add(&writers, 1) + 1;
    uint64_t place = (uintptr_t)address / LINE * UINT64_C(0x9E3779B97F4A7C15) >> 44;
    uint32_t before = atomic_exchange(&last_writer[place % LINES], self);
    own.all++;
    own.moved += before && before != self;
}

void vs__shared_writes_give(void)
{
    atomic_fetch_add(&all, own.all);
    atomic_fetch_add(&moved, own.moved);
    own = (vs__shared_writes){0, 0};
}

vs__shared_writes vs__shared_writes_take(void)
{
    vs__shared_writes_give();
    return (vs__shared_writes){atomic_exchange(&all, 0), atomic_exchange(&moved, 0)};
}
