/* Text of fixed size that counts what did not fit, and bytes that grow. */
#include "counting_allocator.h"
#include "text.h"

TestSuite(text, .timeout = 10);

Test(text, is_written_one_part_after_another)
{
    char buffer[32];
    vs__text text = vs__text_of(buffer, sizeof buffer);
    vs__text_put(&text, "a");
    vs__text_add(&text, "bcd", 2);
    vs__text_int(&text, -7);
    vs__text_printf(&text, "/%s=%d", "x", 12);
    assert_text(buffer, "abc-7/x=12");
    cr_assert(text.length == 10);
}

Test(text, is_terminated_before_anything_is_written)
{
    char buffer[2] = "x";
    vs__text_of(buffer, sizeof buffer);
    assert_text(buffer, "");
}

Test(text, that_does_not_fit_is_cut_terminated_and_counted)
{
    for (size_t size = 1; size < 12; size++) {
        char buffer[16], expected[16] = "abcdef12345";
        memset(buffer, '#', sizeof buffer);
        vs__text text = vs__text_of(buffer, size);
        vs__text_put(&text, "abc");
        vs__text_printf(&text, "%s", "def");
        vs__text_int(&text, 12345);
        expected[size - 1] = '\0';
        assert_text(buffer, expected);
        cr_assert(text.length == 11 && buffer[size] == '#');
    }
}

Test(text, without_a_buffer_is_only_counted)
{
    vs__text text = vs__text_of(NULL, 0);
    vs__text_put(&text, "abc");
    vs__text_int(&text, INT64_MIN);
    vs__text_printf(&text, "%d", 5);
    cr_assert(text.length == 3 + 20 + 1);
}

Test(bytes, stay_in_the_callers_buffer_while_they_fit)
{
    uint8_t local[8];
    vs__bytes bytes = vs__bytes_on(local, sizeof local);
    vs__bytes_add(&bytes, "12345678", 8);
    cr_assert(bytes.data == local && bytes.size == 8 && !bytes.on_heap && !bytes.failed);
    vs__bytes_free(&bytes);
    cr_assert(bytes.size == 0 && !bytes.data);
}

Test(bytes, move_to_the_heap_with_what_was_in_them_and_are_given_back)
{
    uint8_t local[4];
    count_allocations();
    vs__bytes bytes = vs__bytes_on(local, sizeof local);
    for (int i = 0; i < 1000; i++)
        vs__bytes_add(&bytes, &(uint8_t){(uint8_t)i}, 1);
    cr_assert(bytes.size == 1000 && bytes.on_heap);
    for (int i = 0; i < 1000; i++)
        cr_assert(bytes.data[i] == (uint8_t)i);
    vs__bytes_free(&bytes);
    assert_all_given_back();
}

Test(bytes, begin_without_a_buffer_too)
{
    count_allocations();
    vs__bytes bytes = vs__bytes_on(NULL, 0);
    vs__bytes_add(&bytes, NULL, 0);
    cr_assert(!bytes.on_heap && !bytes.failed);
    char large[1000] = {1};
    vs__bytes_add(&bytes, large, sizeof large);
    cr_assert(bytes.size == sizeof large && memcmp(bytes.data, large, sizeof large) == 0);
    vs__bytes_free(&bytes);
    assert_all_given_back();
}

Test(bytes, that_could_not_grow_stay_failed)
{
    uint8_t local[4];
    count_allocations();
    vs__bytes bytes = vs__bytes_on(local, sizeof local);
    vs__bytes_add(&bytes, "1234", 4);
    fail_allocation(1, false);
    vs__bytes_add(&bytes, "5", 1);
    vs__bytes_add(&bytes, "6", 1);
    cr_assert(bytes.failed && bytes.size == 4 && memcmp(bytes.data, "1234", 4) == 0);
    vs__bytes_free(&bytes);
    assert_all_given_back();
}

Test(bytes, that_could_not_grow_on_the_heap_are_given_back)
{
    count_allocations();
    vs__bytes bytes = vs__bytes_on(NULL, 0);
    vs__bytes_add(&bytes, "1234", 4);
    fail_allocation(1, true);
    cr_assert(!vs__bytes_reserve(&bytes, 1000) && bytes.failed && bytes.size == 4);
    vs__bytes_free(&bytes);
    assert_all_given_back();
}

Test(bytes, refuse_a_size_that_no_memory_has)
{
    vs__bytes bytes = vs__bytes_on(NULL, 0);
    cr_assert(!vs__bytes_reserve(&bytes, SIZE_MAX) && bytes.failed);
    bytes = vs__bytes_on(NULL, 0);
    cr_assert(!vs__bytes_reserve(&bytes, SIZE_MAX / 2) && bytes.failed);
    vs__bytes_free(&bytes);
}

Test(text, distances_count_letters_and_ignore_case)
{
    cr_assert(vs__text_distance("Tanh", 4, "tanh", 4) == 0);
    cr_assert(vs__text_distance("Tanhh", 5, "Tanh", 4) == 1);
    cr_assert(vs__text_distance("kitten", 6, "sitting", 7) == 3);
    cr_assert(vs__text_distance("", 0, "abc", 3) == 3);
    cr_assert(vs__text_distance("Tahn", 4, "Tanh", 4) == 1);
    cr_assert(vs__text_distance("abcd", 4, "badc", 4) == 2);
    cr_assert(vs__text_distance("ca", 2, "abc", 3) == 3);
    cr_assert(vs__text_distance("abc", 3, "", 0) == 3);
    char longest[VS__LONGEST_HINT + 1];
    memset(longest, 'a', sizeof longest);
    cr_assert(vs__text_distance(longest, VS__LONGEST_HINT, longest, VS__LONGEST_HINT) == 0);
    cr_assert(vs__text_distance(longest, sizeof longest, "a", 1) == UINT32_MAX);
    cr_assert(vs__text_distance("a", 1, longest, sizeof longest) == UINT32_MAX);
}

static const char *hint_of(const char *asked)
{
    static const char *const names[] = {"Tan", "Tanh", "Atan2", "float32", "float16"};
    static char hint[VS__HINT_SIZE];
    vs__nearest search = vs__nearest_to(asked, strlen(asked));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        vs__nearest_try(&search, names[i], strlen(names[i]));
    return vs__nearest_hint(&search, hint);
}

Test(text, the_nearest_name_is_the_one_of_that_length)
{
    cr_assert_str_eq(hint_of("Tahn"), "; did you mean Tanh?");
    cr_assert_str_eq(hint_of("Tanhh"), "; did you mean Tanh?");
    cr_assert_str_eq(hint_of("flaot32"), "; did you mean float32?");
    cr_assert_str_eq(hint_of("float8"), "; did you mean float32?", "of two as near the first");
    cr_assert_str_eq(hint_of("Relu"), "");
    cr_assert_str_eq(hint_of(""), "");
}
