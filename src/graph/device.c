#include "device.h"

#include <string.h>

#include "text.h"

static bool is(vs__device_part part, const char *word)
{
    return part.length == strlen(word) && memcmp(part.text, word, part.length) == 0;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 0x20) : c;
}

/* The type that a bare word names, in any case: "gpu:0". NULL: none. */
static const char *bare_type(vs__device_part word)
{
    static const char *const types[] = {"CPU", "GPU", "TPU", "CUSTOM", "EPU"};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        size_t i = 0;
        while (i < word.length && types[t][i] == upper(word.text[i]))
            i++;
        if (i == word.length && !types[t][i])
            return types[t];
    }
    return NULL;
}

/*
 * A decimal number, without leading zeros as it will be printed. "*" is none: the field stays absent.
 * Python takes one below zero, too.
 */
static bool number(vs__device_part text, bool star, vs__device_part *out)
{
    if (star && is(text, "*"))
        return true;
    if (!text.length)
        return false;
    bool negative = *text.text == '-';
    for (size_t i = negative; i < text.length; i++)
        if (text.text[i] < '0' || text.text[i] > '9')
            return false;
    if (negative && (text.length == 1 || text.text[1] == '0'))
        return false;
    while (text.length > 1 && *text.text == '0') {
        text.text++;
        text.length--;
    }
    *out = text;
    out->present = true;
    return true;
}

static bool set_type(vs__device *device, vs__device_part type)
{
    if (device->type.present)
        return false;
    device->type = is(type, "cpu") || is(type, "gpu")
                       ? (vs__device_part){bare_type(type), type.length, true}
                       : (vs__device_part){type.text, type.length, true};
    return true;
}

/* One field between slashes, split at its colons. */
static bool parse_field(vs__device *device, const vs__device_part *words, size_t count)
{
    const char *type = bare_type(words[0]);
    if (count == 2 && is(words[0], "job")) {
        device->job = (vs__device_part){words[1].text, words[1].length, true};
        return true;
    }
    if (count == 2 && is(words[0], "replica"))
        return number(words[1], false, &device->replica);
    if (count == 2 && is(words[0], "task"))
        return number(words[1], false, &device->task);
    if (count <= 2 && type)
        return set_type(device, (vs__device_part){type, strlen(type), true}) &&
               (count == 1 || number(words[1], true, &device->index));
    if (count == 3 && is(words[0], "device"))
        return set_type(device, words[1]) && number(words[2], true, &device->index);
    return words[0].length == 0;
}

bool vs__device_parse(const char *text, vs__device *out)
{
    *out = (vs__device){.job = {NULL, 0, false}};
    while (*text) {
        vs__device_part words[4] = {{NULL, 0, false}};
        size_t count = 0, length = strcspn(text, "/");
        const char *end = text + length;
        for (const char *word = text; word <= end && count < 4; count++) {
            const char *colon = memchr(word, ':', (size_t)(end - word));
            words[count] = (vs__device_part){word, (size_t)((colon ? colon : end) - word), true};
            word = (colon ? colon : end) + 1;
        }
        if (!parse_field(out, words, count))
            return false;
        text = *end ? end + 1 : end;
    }
    return true;
}

static vs__device_part pick(vs__device_part outer, vs__device_part inner)
{
    return inner.present ? inner : outer;
}

vs__device vs__device_merge(const vs__device *outer, const vs__device *inner)
{
    return (vs__device){pick(outer->job, inner->job), pick(outer->replica, inner->replica),
                        pick(outer->task, inner->task), pick(outer->type, inner->type),
                        pick(outer->index, inner->index)};
}

static void put(vs__text *text, const char *label, vs__device_part part)
{
    if (part.present) {
        vs__text_put(text, label);
        vs__text_add(text, part.text, part.length);
    }
}

size_t vs__device_format(const vs__device *device, char *buffer, size_t size)
{
    vs__text text = vs__text_of(buffer, size);
    put(&text, "/job:", device->job);
    put(&text, "/replica:", device->replica);
    put(&text, "/task:", device->task);
    put(&text, "/device:", device->type);
    if (device->type.present && device->index.present)
        put(&text, ":", device->index);
    else if (device->type.present)
        vs__text_put(&text, ":*");
    return text.length;
}
