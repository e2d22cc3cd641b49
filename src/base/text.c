#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"

void vs__text_add(vs__text *text, const char *part, size_t length)
{
    if (text->length < text->size) {
        size_t room = text->size - text->length - 1;
        size_t fits = length < room ? length : room;
        memcpy(text->buffer + text->length, part, fits);
        text->buffer[text->length + fits] = '\0';
    }
    text->length += length;
}

void vs__text_put(vs__text *text, const char *part)
{
    vs__text_add(text, part, strlen(part));
}

/* Write the digits of a number in front of end; returns where they begin. */
static char *put_digits(char *end, uint64_t number)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return end;
}

void vs__text_int(vs__text *text, int64_t number)
{
    char digits[24], *end = digits + sizeof digits;
    char *first = put_digits(end, number < 0 ? -(uint64_t)number : (uint64_t)number);
    if (number < 0)
        *--first = '-';
    vs__text_add(text, first, (size_t)(end - first));
}

size_t vs__number_put(char *out, char mark, uint32_t number)
{
    char digits[16], *end = digits + sizeof digits, *first = put_digits(end, number);
    *out = mark;
    memcpy(out + 1, first, (size_t)(end - first));
    return (size_t)(end - first) + 1;
}

void vs__text_printf(vs__text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = text->length < text->size ? text->size - text->length : 0;
    int length = vsnprintf(room ? text->buffer + text->length : NULL, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        text->length += (size_t)length;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t vs__text_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    uint32_t rows[3][VS__LONGEST_HINT + 1], *before = rows[0], *above = rows[1], *row = rows[2];
    if (a_length > VS__LONGEST_HINT || b_length > VS__LONGEST_HINT)
        return UINT32_MAX;
    for (size_t k = 0; k <= b_length; k++)
        row[k] = (uint32_t)k;
    for (size_t i = 0; i < a_length; i++) {
        uint32_t *spare = before;
        before = above;
        above = row;
        row = spare;
        row[0] = (uint32_t)i + 1;
        for (size_t k = 0; k < b_length; k++) {
            row[k + 1] = least(above[k] + (lower(a[i]) != lower(b[k])), least(above[k + 1], row[k]) + 1);
            if (i && k && lower(a[i]) == lower(b[k - 1]) && lower(a[i - 1]) == lower(b[k]))
                row[k + 1] = least(row[k + 1], before[k - 1] + 1);
        }
    }
    return row[b_length];
}

vs__nearest vs__nearest_to(const char *asked, size_t length)
{
    return (vs__nearest){asked, length, vs__text_nearness(length), NULL};
}

void vs__nearest_try(vs__nearest *search, const char *name, size_t length)
{
    if (length > search->length + search->best || search->length > length + search->best)
        return;
    uint32_t found = vs__text_distance(search->asked, search->length, name, length);
    bool is_nearer = found < search->best || (found == search->best && (!search->name || length == search->length));
    if (!is_nearer || (found == search->best && search->name && strlen(search->name) == search->length))
        return;
    search->best = found;
    search->name = name;
}

const char *vs__nearest_hint(const vs__nearest *search, char *buffer)
{
    buffer[0] = '\0';
    if (search->name)
        snprintf(buffer, VS__HINT_SIZE, "; did you mean %s?", search->name);
    return buffer;
}

bool vs__bytes_grow(vs__bytes *bytes, size_t size)
{
    if (bytes->failed || size > SIZE_MAX / 4 || bytes->capacity > SIZE_MAX / 4) {
        bytes->failed = true;
        return false;
    }
    size_t capacity = bytes->capacity ? bytes->capacity * 2 : 64;
    while (capacity - bytes->size < size)
        capacity *= 2;
    uint8_t *data;
    if (bytes->on_heap) {
        data = vs__reallocate(bytes->data, bytes->capacity, capacity);
    } else {
        data = vs__allocate(capacity);
        if (data && bytes->size)
            memcpy(data, bytes->data, bytes->size);
    }
    if (!data) {
        bytes->failed = true;
        return false;
    }
    bytes->data = data;
    bytes->capacity = capacity;
    bytes->on_heap = true;
    return true;
}

void vs__bytes_add(vs__bytes *bytes, const void *data, size_t size)
{
    if (size && vs__bytes_reserve(bytes, size)) {
        memcpy(bytes->data + bytes->size, data, size);
        bytes->size += size;
    }
}

void vs__bytes_free(vs__bytes *bytes)
{
    if (bytes->on_heap)
        vs__release(bytes->data, bytes->capacity);
    *bytes = (vs__bytes){.data = NULL};
}
