/* Memory: the allocator hooks, and arenas. */
#include <pthread.h>

#include "counting_allocator.h"
#include "memory.h"

TestSuite(memory, .timeout = 10);

static bool is_aligned(const void *memory)
{
    return (uintptr_t)memory % 16 == 0;
}

Test(allocator, needs_all_three_functions)
{
    vs_allocator allocator = {counted_allocate, counted_reallocate, counted_release, NULL};
    cr_assert(vs_set_allocator(&allocator) == VS_OK);
    allocator.release = NULL;
    cr_assert(vs_set_allocator(&allocator) == VS_INVALID_ARGUMENT);
    allocator = (vs_allocator){NULL, counted_reallocate, counted_release, NULL};
    cr_assert(vs_set_allocator(&allocator) == VS_INVALID_ARGUMENT);
    vs__release(vs__allocate(1), 1);
    cr_assert(counted.calls == 1, "the refused one must change nothing");
}

Test(allocator, of_null_is_malloc_again)
{
    count_allocations();
    cr_assert(vs_set_allocator(NULL) == VS_OK);
    void *block = vs__reallocate(vs__allocate_zeroed(8), 8, 4000);
    cr_assert(block && counted.calls == 0);
    vs__release(block, 4000);
}

Test(allocator, gets_back_the_size_it_was_asked_for)
{
    count_allocations();
    void *block = vs__allocate(10);
    block = vs__reallocate(block, 10, 500);
    vs__release(block, 500);
    vs__release(vs__reallocate(NULL, 0, 7), 7);
    vs__release(vs__allocate(0), 0);
    vs__release(NULL, 5);
    assert_all_given_back();
}

Test(allocator, gives_zeroed_memory_where_that_is_asked)
{
    count_allocations();
    char *block = vs__allocate_zeroed(100);
    for (int i = 0; i < 100; i++)
        cr_assert(block[i] == 0);
    vs__release(block, 100);
    fail_allocation(1, false);
    cr_assert_null(vs__allocate_zeroed(100));
    assert_all_given_back();
}

/* An arena whose memory is counted. */
static vs__blocks blocks;
static vs__arena arena;

static void open_arena(void)
{
    count_allocations();
    vs__arena_init(&arena, &blocks);
}

static void close_arena(void)
{
    vs__blocks_free(&blocks);
    assert_all_given_back();
}

/* What fails in a .fini does not fail its test: so the end is part of the test. */
#define ArenaTest(name)                                                                                      \
    static void arena_##name##_body(void);                                                                   \
    Test(arena, name, .timeout = 10)                                                                         \
    {                                                                                                        \
        open_arena();                                                                                        \
        arena_##name##_body();                                                                               \
        close_arena();                                                                                       \
    }                                                                                                        \
    static void arena_##name##_body(void)

ArenaTest(that_gave_nothing_owns_nothing)
{
    cr_assert(counted.calls == 0);
}

ArenaTest(gives_aligned_memory_also_between_texts)
{
    for (size_t size = 1; size < 200; size++) {
        char *text = vs__arena_bytes(&arena, size);
        char *memory = vs__arena_allocate(&arena, size);
        cr_assert(is_aligned(memory));
        memset(text, 'x', size);
        memset(memory, 'y', size);
    }
}

ArenaTest(gives_memory_that_does_not_overlap)
{
    enum { PIECES = 3000 };
    static struct {
        unsigned char *memory;
        size_t size;
    } pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i].size = 1 + i * 7 % 400 + (i % 500 == 0) * 5000;
        pieces[i].memory = i % 2 ? vs__arena_allocate(&arena, pieces[i].size)
                                 : (void *)vs__arena_bytes(&arena, pieces[i].size);
        memset(pieces[i].memory, (int)(i % 251), pieces[i].size);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t k = 0; k < pieces[i].size; k++)
            cr_assert(pieces[i].memory[k] == i % 251, "piece %zu was written over", i);
}

ArenaTest(gives_a_large_piece_a_block_of_its_own_and_goes_on_in_the_open_one)
{
    char *small = vs__arena_allocate(&arena, 16);
    size_t before = counted.blocks;
    char *large = vs__arena_allocate(&arena, 1 << 20);
    cr_assert(is_aligned(large) && counted.blocks == before + 1);
    memset(large, 1, 1 << 20);
    cr_assert((char *)vs__arena_allocate(&arena, 16) == small + 16);
    cr_assert(counted.blocks == before + 1);
}

ArenaTest(asks_for_larger_blocks_the_more_it_gives)
{
    for (int i = 0; i < 200000; i++)
        vs__arena_allocate(&arena, 64);
    cr_assert(counted.blocks < 20, "%zu blocks for 12.8 MB", counted.blocks);
    cr_assert(counted.bytes < 200000 * 64 * 5 / 4);
}

ArenaTest(copies_text_with_a_terminator)
{
    char *copy = vs__arena_copy(&arena, "abcdef", 3);
    char *empty = vs__arena_copy(&arena, "abcdef", 0);
    assert_text(copy, "abc");
    assert_text(empty, "");
    cr_assert(memcmp(vs__arena_copy(&arena, "a\0b", 3), "a\0b", 4) == 0);
}

ArenaTest(gives_nothing_when_there_is_no_memory_and_goes_on_later)
{
    fail_allocation(1, true);
    cr_assert_null(vs__arena_allocate(&arena, 100));
    cr_assert_null(vs__arena_bytes(&arena, 100));
    cr_assert_null(vs__arena_copy(&arena, "a", 1));
    fail_allocation(0, false);
    cr_assert(is_aligned(vs__arena_allocate(&arena, 100)));
    fail_allocation(1, false);
    cr_assert_null(vs__arena_allocate(&arena, 1 << 20));
    cr_assert_not_null(vs__arena_allocate(&arena, 100), "the open block has room");
}

ArenaTest(gives_nothing_for_a_size_that_no_memory_has)
{
    cr_assert_null(vs__arena_allocate(&arena, SIZE_MAX / 2 + 100));
    cr_assert_null(vs__arena_bytes(&arena, SIZE_MAX - 64));
    cr_assert(counted.calls == 0);
}

ArenaTest(may_give_pieces_of_no_size)
{
    cr_assert(is_aligned(vs__arena_allocate(&arena, 0)));
    cr_assert(is_aligned(vs__arena_allocate(&arena, 8)));
}

static void *fill_own_arena(void *no)
{
    vs__arena own;
    vs__arena_init(&own, &blocks);
    for (int i = 0; i < 2000; i++)
        if (!vs__arena_allocate(&own, 100))
            return &blocks;
    return no;
}

ArenaTest(blocks_of_several_threads_are_freed_together)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, fill_own_arena, NULL);
    for (int i = 0; i < 4; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        cr_assert_null(failed);
    }
    cr_assert(counted.bytes >= 4 * 2000 * 100);
}
