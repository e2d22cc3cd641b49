/*
 * Event files, which TensorBoard reads: records, each with its length and checksums, of Event messages.
 *
 *     record  u64 length | u32 masked CRC-32C of the length | bytes | u32 masked CRC-32C of the bytes   (little-endian)
 *     Event   { double wall_time = 1; string file_version = 3; bytes graph_def = 4; bytes meta_graph_def = 9; }
 */
#include <string.h>
#include <time.h>

#include <isa-l/crc.h>

#include "export_parts.h"
#include "memory.h"
#include "wire.h"

enum { EVENT_WALL_TIME = 1, EVENT_FILE_VERSION = 3, EVENT_GRAPH_DEF = 4, EVENT_META_GRAPH_DEF = 9 };

static const char file_version[] = "brain.Event:2";

/* ---- records ---- */

/* The checksum of bytes, after that of those before; ISA-L leaves both inversions to its caller. */
static uint32_t crc32c(uint32_t before, const void *data, size_t size)
{
    return ~crc32_iscsi((unsigned char *)(uintptr_t)data, (int)size, ~before);
}

static uint32_t masked(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static bool put_fixed32(vs__export_stream *stream, uint32_t number)
{
    const uint8_t bytes[] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), (uint8_t)(number >> 24)};
    return vs__stream_put(stream, bytes, sizeof bytes);
}

static bool put_length(vs__export_stream *stream, uint64_t length)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(length >> 8 * i);
    return vs__stream_put(stream, bytes, sizeof bytes) && put_fixed32(stream, masked(crc32c(0, bytes, sizeof bytes)));
}

/* ---- events ---- */

/* What an event holds. */
typedef struct event_payload {
    uint32_t field;
    const vs__nodes *nodes;
    const vs__bytes *collections; /* EVENT_META_GRAPH_DEF */
} event_payload;

static bool put_payload(vs__export_stream *stream, const event_payload *payload)
{
    switch (payload->field) {
    case EVENT_GRAPH_DEF:
        return vs__graph_def_put(stream, payload->nodes);
    case EVENT_META_GRAPH_DEF:
        return vs__meta_graph_def_put(stream, payload->nodes, payload->collections);
    default:
        return vs__stream_put(stream, file_version, sizeof file_version - 1);
    }
}

/* Where bytes pass on their way: they are counted and summed up, and go on to a stream unless it is NULL. */
typedef struct meter {
    vs__export_stream *next;
    size_t size;
    uint32_t crc;
} meter;

static bool pass(const void *data, size_t size, void *user)
{
    meter *self = user;
    self->size += size;
    if (!self->next)
        return true;
    self->crc = crc32c(self->crc, data, size);
    return vs__stream_put(self->next, data, size);
}

/* Put head and payload through a meter; the buffer is that of the meter's stream, for the time. */
static bool put_metered(meter *self, const vs__bytes *head, const event_payload *payload, vs__export_stream *stream,
                        uint8_t *buffer)
{
    vs__export_stream inner = {.base = stream->base, .write = pass, .user = self, .error = stream->error,
                               .buffer = buffer};
    return vs__stream_put(&inner, head->data, head->size) && put_payload(&inner, payload) && vs__stream_flush(&inner);
}

static bool put_event(vs__export_stream *stream, uint8_t *buffer, const event_payload *payload)
{
    uint8_t local[32];
    uint64_t bits;
    struct timespec now;
    meter size = {.next = NULL}, sum = {.next = stream};
    vs__bytes none = vs__bytes_on(NULL, 0), head = vs__bytes_on(local, sizeof local);
    if (!put_metered(&size, &none, payload, stream, buffer))
        return false;
    clock_gettime(CLOCK_REALTIME, &now);
    double seconds = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    memcpy(&bits, &seconds, sizeof bits);
    vs__wire_tag(&head, EVENT_WALL_TIME, VS__WIRE_FIXED64);
    vs__wire_fixed64(&head, bits);
    vs__wire_tag(&head, payload->field, VS__WIRE_BYTES);
    vs__wire_varint(&head, size.size);
    return put_length(stream, head.size + size.size) && put_metered(&sum, &head, payload, stream, buffer) &&
           put_fixed32(stream, masked(sum.crc));
}

static bool put_events(vs__export_stream *stream, const vs__nodes *nodes, const vs__bytes *collections, bool has_meta)
{
    const event_payload payloads[] = {{EVENT_FILE_VERSION, NULL, NULL},
                                {EVENT_GRAPH_DEF, nodes, NULL},
                                {EVENT_META_GRAPH_DEF, nodes, collections}};
    uint8_t *buffer = vs__allocate(VS__STREAM_BUFFER);
    bool done = buffer || vs__fail_memory(stream->error, NULL);
    for (size_t i = 0; done && i < (has_meta ? 3 : 2); i++)
        done = put_event(stream, buffer, &payloads[i]);
    vs__release(buffer, VS__STREAM_BUFFER);
    return done;
}

bool vs__export_events(vs__export_stream *stream, const vs_graph *graph)
{
    vs__bytes collections = vs__bytes_on(NULL, 0);
    vs__nodes nodes;
    bool done = vs__collections_write(&collections, stream->renaming, graph) || vs__fail_memory(stream->error, NULL);
    if (done && vs__nodes_take_for(&nodes, graph, stream)) {
        nodes.with_shapes = true;
        done = put_events(stream, &nodes, &collections, VS__HAVE_META_GRAPH_DEF);
        vs__nodes_free(&nodes);
    }
    vs__bytes_free(&collections);
    return done && stream->error->code == VS_OK;
}
