/* Text: writing into a buffer of fixed size that counts what did not fit, and bytes that grow. */
#ifndef VS_BASE_TEXT_H
#define VS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <varscope/visibility.h>

/* Writes as snprintf does: length counts everything, the buffer gets what fits and is terminated. */
typedef struct vs__text {
    char *buffer; /* may be NULL when size is 0 */
    size_t size;
    size_t length;
} vs__text;

static inline vs__text vs__text_of(char *buffer, size_t size)
{
    if (size)
        buffer[0] = '\0';
    return (vs__text){buffer, size, 0};
}

void vs__text_add(vs__text *text, const char *part, size_t length);
void vs__text_put(vs__text *text, const char *part);
void vs__text_int(vs__text *text, int64_t number);
/* Write a mark and a number, "_12"; returns the length, at most 11. Not terminated. */
size_t vs__number_put(char *out, char mark, uint32_t number);

void vs__text_printf(vs__text *text, const char *format, ...) VS_PRINTF(2, 3);

enum { VS__LONGEST_HINT = 128 };

/*
 * How many letters must be put in, taken out, replaced, or exchanged with the next to make one name the other; case does
 * not count (optimal string alignment).
 * UINT32_MAX for names longer than VS__LONGEST_HINT: no hint is made of those.
 */
uint32_t vs__text_distance(const char *a, size_t a_length, const char *b, size_t b_length);

/* The most distance at which two names are taken for one that was misspelt. */
static inline uint32_t vs__text_nearness(size_t length)
{
    return length < 4 ? length > 1 : (uint32_t)length / 3;
}

/* The search for the name that one was meant for which there is not. */
typedef struct vs__nearest {
    const char *asked;
    size_t length;
    uint32_t best;    /* distance of what was found, or the most that there may be */
    const char *name; /* the nearest so far; NULL: none is near */
} vs__nearest;

enum { VS__HINT_SIZE = VS__LONGEST_HINT + 24 };

vs__nearest vs__nearest_to(const char *asked, size_t length);

/* Look at one of the names that there are; it must outlive the search. Of two that are as near: the one as long. */
void vs__nearest_try(vs__nearest *search, const char *name, size_t length);

/* "; did you mean NAME?", or "" when none is near. Returns buffer, of VS__HINT_SIZE bytes. */
const char *vs__nearest_hint(const vs__nearest *search, char *buffer);

/* Bytes that grow on the heap, from a buffer of the caller's at first. failed: out of memory, and then no more. */
typedef struct vs__bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool on_heap;
    bool failed;
} vs__bytes;

static inline vs__bytes vs__bytes_on(void *buffer, size_t capacity)
{
    return (vs__bytes){buffer, 0, capacity, false, false};
}

void vs__bytes_free(vs__bytes *bytes);

/* Make room for size more bytes; false when there is no memory. */
bool vs__bytes_grow(vs__bytes *bytes, size_t size);

static inline bool vs__bytes_reserve(vs__bytes *bytes, size_t size)
{
    return bytes->capacity - bytes->size >= size || vs__bytes_grow(bytes, size);
}

void vs__bytes_add(vs__bytes *bytes, const void *data, size_t size);

#endif
