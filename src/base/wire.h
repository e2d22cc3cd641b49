/* The protobuf wire format, as far as attributes and nodes need it: writing and reading fields. */
#ifndef VS_BASE_WIRE_H
#define VS_BASE_WIRE_H

#include <string.h>

#include "text.h"

enum { VS__WIRE_VARINT = 0, VS__WIRE_FIXED64 = 1, VS__WIRE_BYTES = 2, VS__WIRE_FIXED32 = 5 };

static inline void vs__wire_varint(vs__bytes *out, uint64_t value)
{
    if (!vs__bytes_reserve(out, 10))
        return;
    uint8_t *p = out->data + out->size;
    while (value >= 0x80) {
        *p++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *p++ = (uint8_t)value;
    out->size = (size_t)(p - out->data);
}

static inline void vs__wire_tag(vs__bytes *out, uint32_t field, uint32_t type)
{
    vs__wire_varint(out, (uint64_t)field << 3 | type);
}

static inline void vs__wire_int(vs__bytes *out, uint32_t field, int64_t value)
{
    vs__wire_tag(out, field, VS__WIRE_VARINT);
    vs__wire_varint(out, (uint64_t)value);
}

static inline void vs__wire_field(vs__bytes *out, uint32_t field, const void *data, size_t size)
{
    vs__wire_tag(out, field, VS__WIRE_BYTES);
    vs__wire_varint(out, size);
    vs__bytes_add(out, data, size);
}

static inline void vs__wire_fixed32(vs__bytes *out, uint32_t bits)
{
    uint8_t raw[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16), (uint8_t)(bits >> 24)};
    vs__bytes_add(out, raw, sizeof raw);
}

static inline void vs__wire_fixed64(vs__bytes *out, uint64_t bits)
{
    vs__wire_fixed32(out, (uint32_t)bits);
    vs__wire_fixed32(out, (uint32_t)(bits >> 32));
}

/* The bytes that a varint takes. */
static inline size_t vs__wire_varint_size(uint64_t value)
{
    size_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

/* One field as read; data and size of a BYTES field, else value. */
typedef struct vs__wire_reader {
    const uint8_t *cursor;
    const uint8_t *end;
    uint32_t field;
    uint32_t type;
    uint64_t value;
    const uint8_t *data;
    size_t size;
} vs__wire_reader;

static inline vs__wire_reader vs__wire_read(const void *data, size_t size)
{
    return (vs__wire_reader){.cursor = data, .end = size ? (const uint8_t *)data + size : data};
}

/* vs__wire_next() of a field of any form. */
bool vs__wire_next_any(vs__wire_reader *reader);

/* Read the next field; false at the end, or where the bytes are no protobuf. Nearly all are short fields of bytes. */
static inline bool vs__wire_next(vs__wire_reader *reader)
{
    const uint8_t *at = reader->cursor;
    size_t left = (size_t)(reader->end - at);
    if (left < 2 || at[0] >= 0x80 || (at[0] & 7) != VS__WIRE_BYTES || at[1] >= 0x80 || at[1] > left - 2)
        return vs__wire_next_any(reader);
    reader->field = at[0] >> 3;
    reader->type = VS__WIRE_BYTES;
    reader->value = reader->size = at[1];
    reader->data = at + 2;
    reader->cursor = at + 2 + reader->size;
    return true;
}

/* Read a varint at the cursor, as in a packed field; false at the end. */
bool vs__wire_read_varint(vs__wire_reader *reader, uint64_t *out);

#endif
