#include "wire.h"

bool vs__wire_read_varint(vs__wire_reader *reader, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && reader->cursor < reader->end; shift += 7) {
        uint8_t byte = *reader->cursor++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool read_fixed(vs__wire_reader *reader, unsigned bytes)
{
    if ((size_t)(reader->end - reader->cursor) < bytes)
        return false;
    reader->value = 0;
    for (unsigned i = 0; i < bytes; i++)
        reader->value |= (uint64_t)reader->cursor[i] << (8 * i);
    reader->cursor += bytes;
    return true;
}

bool vs__wire_next_any(vs__wire_reader *reader)
{
    uint64_t tag;
    if (reader->cursor >= reader->end || !vs__wire_read_varint(reader, &tag))
        return false;
    reader->field = (uint32_t)(tag >> 3);
    reader->type = tag & 7;
    switch (reader->type) {
    case VS__WIRE_VARINT:
        return vs__wire_read_varint(reader, &reader->value);
    case VS__WIRE_FIXED32:
        return read_fixed(reader, 4);
    case VS__WIRE_FIXED64:
        return read_fixed(reader, 8);
    case VS__WIRE_BYTES:
        if (!vs__wire_read_varint(reader, &reader->value) ||
            reader->value > (uint64_t)(reader->end - reader->cursor))
            return false;
        reader->data = reader->cursor;
        reader->size = (size_t)reader->value;
        reader->cursor += reader->size;
        return true;
    default:
        return false;
    }
}
