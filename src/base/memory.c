#define _DEFAULT_SOURCE /* madvise() */
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <varscope/allocator.h>

#include "shared_write.h"

enum { FIRST_BLOCK = 2048, LARGEST_BLOCK = 2 * 1024 * 1024 };

/*
 * The blocks of a large graph are huge pages where the system has them: touching memory for the first time in pages of
 * 4 KiB costs more than making the nodes that lie there.
 */
static void *allocate_block(size_t size)
{
#ifdef MADV_HUGEPAGE
    void *block = aligned_alloc(LARGEST_BLOCK, size);
    if (block)
        madvise(block, size, MADV_HUGEPAGE); /* advice: it may be refused */
    return block;
#else
    return malloc(size);
#endif
}

static void *default_allocate(void *user, size_t size)
{
    (void)user;
    return size == LARGEST_BLOCK ? allocate_block(size) : malloc(size);
}

static void *default_reallocate(void *user, void *block, size_t old, size_t size)
{
    (void)user;
    (void)old;
    return realloc(block, size);
}

static void default_release(void *user, void *block, size_t size)
{
    (void)user;
    (void)size;
    free(block);
}

static const vs_allocator default_allocator = {default_allocate, default_reallocate, default_release, NULL};

/* Written only by vs_set_allocator(), which must run alone. */
static vs_allocator allocator = {default_allocate, default_reallocate, default_release, NULL};

vs_status vs_set_allocator(const vs_allocator *chosen)
{
    if (!chosen) {
        allocator = default_allocator;
        return VS_OK;
    }
    if (!chosen->allocate || !chosen->reallocate || !chosen->release)
        return VS_INVALID_ARGUMENT;
    allocator = *chosen;
    return VS_OK;
}

void *vs__allocate(size_t size)
{
    return allocator.allocate(allocator.user, size ? size : 1);
}

void *vs__allocate_zeroed(size_t size)
{
    void *block = vs__allocate(size);
    if (block)
        memset(block, 0, size);
    return block;
}

void *vs__reallocate(void *block, size_t old, size_t size)
{
    if (!block)
        return vs__allocate(size);
    return allocator.reallocate(allocator.user, block, old, size ? size : 1);
}

void vs__release(void *block, size_t size)
{
    if (block)
        allocator.release(allocator.user, block, size ? size : 1);
}

void vs__blocks_free(vs__blocks *blocks)
{
    vs__block *block = atomic_exchange_explicit(&blocks->head, NULL, memory_order_acquire);
    while (block) {
        vs__block *next = block->next;
        vs__release(block, block->size);
        block = next;
    }
}

void vs__arena_init(vs__arena *arena, vs__blocks *blocks)
{
    *arena = (vs__arena){.blocks = blocks, .next_size = FIRST_BLOCK};
}

static vs__block *open_block(vs__arena *arena, size_t size)
{
    vs__block *block = vs__allocate(size);
    if (!block)
        return NULL;
    block->size = size;
    VS__SHARED_WRITE(&arena->blocks->head);
    /* Release: whoever takes the list to free it must see next and size. */
    block->next = atomic_load_explicit(&arena->blocks->head, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&arena->blocks->head, &block->next, block, memory_order_release,
                                                  memory_order_relaxed))
        ;
    return block;
}

void *vs__arena_grow(vs__arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t header = (sizeof(vs__block) + 15) & ~(size_t)15;
    if (size > arena->next_size / 4) { /* a block of its own, and the open one goes on */
        vs__block *block = open_block(arena, header + size);
        return block ? (char *)block + header : NULL;
    }
    vs__block *block = open_block(arena, arena->next_size);
    if (!block)
        return NULL;
    arena->cursor = (char *)block + header + size;
    arena->end = (char *)block + arena->next_size;
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    return (char *)block + header;
}

char *vs__arena_copy(vs__arena *arena, const char *text, size_t length)
{
    char *copy = vs__arena_bytes(arena, length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}
