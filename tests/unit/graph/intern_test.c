/* Interned data: each content once, whoever asks. */
#include "counting_allocator.h"
#include "intern.h"

TestSuite(intern, .timeout = 60);

static vs__blocks blocks;
static vs__arena arena;
static vs__interned interned = {.lock = VS__MUTEX_INITIALIZER};

static void open_interned(void)
{
    count_allocations();
    vs__arena_init(&arena, &blocks);
}

static void close_interned(void)
{
    vs__table_free(&interned.table);
    vs__blocks_free(&blocks);
    assert_all_given_back();
}

/* What fails in a .fini does not fail its test: so the end is part of the test. */
#define InternTest(name)                                                                                     \
    static void intern_##name##_body(void);                                                                  \
    Test(intern, name)                                                                                       \
    {                                                                                                        \
        open_interned();                                                                                     \
        intern_##name##_body();                                                                              \
        close_interned();                                                                                    \
    }                                                                                                        \
    static void intern_##name##_body(void)

static const vs__blob *intern(vs__intern_kind kind, const void *data, size_t size)
{
    return vs__intern(&interned, &arena, kind, data, size);
}

InternTest(gives_one_blob_for_one_content)
{
    char text[] = "loc:@v";
    const vs__blob *blob = intern(VS__INTERN_STRING, text, 6);
    text[0] = 'x'; /* the blob has a copy */
    cr_assert(intern(VS__INTERN_STRING, "loc:@v", 6) == blob);
    cr_assert(intern(VS__INTERN_STRING, text, 6) != blob);
    cr_assert(blob->size == 6);
    assert_text(vs__blob_text(blob), "loc:@v");
}

InternTest(tells_contents_of_other_sizes_and_kinds_apart)
{
    const vs__blob *blob = intern(VS__INTERN_STRING, "abc", 3);
    cr_assert(intern(VS__INTERN_STRING, "abcd", 4) != blob);
    cr_assert(intern(VS__INTERN_STRING, "abc", 2) != blob);
    cr_assert(intern(VS__INTERN_STRING, "abc\0", 4) != blob);
    cr_assert(intern(VS__INTERN_ATTRS, "abc", 3) != blob);
    cr_assert(intern(VS__INTERN_SHAPE, "abc", 3) != intern(VS__INTERN_ATTRS, "abc", 3));
}

InternTest(knows_nothing_as_a_content)
{
    const vs__blob *blob = intern(VS__INTERN_STRING, NULL, 0);
    cr_assert(blob && blob->size == 0 && blob == intern(VS__INTERN_STRING, "", 0));
    assert_text(vs__blob_text(blob), "");
}

InternTest(gives_a_shape_back)
{
    const int64_t dims[] = {2, -1, 3};
    vs_shape shape = vs__blob_shape(intern(VS__INTERN_SHAPE, dims, sizeof dims));
    cr_assert(shape.kind == VS_SHAPE_RANKED && shape.rank == 3);
    cr_assert(shape.dims[0] == 2 && shape.dims[1] == -1 && shape.dims[2] == 3);
    vs_shape scalar = vs__blob_shape(intern(VS__INTERN_SHAPE, NULL, 0));
    cr_assert(scalar.kind == VS_SHAPE_RANKED && scalar.rank == 0);
    cr_assert(vs__blob_shape(NULL).kind == VS_SHAPE_UNKNOWN);
}

InternTest(keeps_many_contents_apart_in_place)
{
    enum { COUNT = 5000 };
    static const vs__blob *blobs[COUNT];
    char text[32];
    for (int i = 0; i < COUNT; i++)
        blobs[i] = intern(VS__INTERN_STRING, text, (size_t)snprintf(text, sizeof text, "text %d", i));
    for (int i = 0; i < COUNT; i++) {
        size_t size = (size_t)snprintf(text, sizeof text, "text %d", i);
        cr_assert(intern(VS__INTERN_STRING, text, size) == blobs[i]);
        assert_text(vs__blob_text(blobs[i]), text);
    }
}

InternTest(needs_no_memory_for_what_is_there)
{
    const vs__blob *blob = intern(VS__INTERN_STRING, "there", 5);
    fail_allocation(1, true);
    cr_assert(intern(VS__INTERN_STRING, "there", 5) == blob);
    cr_assert(counted.failures == 0);
}

InternTest(without_memory_gives_nothing_and_goes_on_later)
{
    for (size_t n = 1; n <= 2; n++) { /* the blob's memory, the table's */
        char text[2] = {(char)('0' + n), '\0'};
        vs__arena own;
        vs__arena_init(&own, &blocks);
        fail_allocation(n, false);
        cr_assert_null(vs__intern(&interned, &own, VS__INTERN_STRING, text, 1));
        const vs__blob *blob = vs__intern(&interned, &own, VS__INTERN_STRING, text, 1);
        assert_text(vs__blob_text(blob), text);
        vs__table_free(&interned.table);
    }
}

/* ---- many at once ---- */

enum { THREADS = 4, CONTENTS = 3000 };

static const vs__blob *got[THREADS][CONTENTS];

static void *intern_all(void *row)
{
    const vs__blob **blobs = row;
    vs__arena own;
    vs__arena_init(&own, &blocks);
    for (int i = 0; i < CONTENTS; i++) {
        char text[32];
        int size = snprintf(text, sizeof text, "content %d", i);
        blobs[i] = vs__intern(&interned, &own, VS__INTERN_STRING, text, (size_t)size);
    }
    return NULL;
}

InternTest(gives_all_threads_the_same_blob)
{
    pthread_t threads[THREADS];
    for (int t = 0; t < THREADS; t++)
        pthread_create(&threads[t], NULL, intern_all, got[t]);
    for (int t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    for (int t = 0; t < THREADS; t++)
        for (int i = 0; i < CONTENTS; i++)
            cr_assert(got[t][i] && got[t][i] == got[0][i]);
    cr_assert(interned.table.count == CONTENTS);
}
