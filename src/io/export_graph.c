/*
 * GraphDef as protobuf's wire format: the one message that is written by hand, because it is large.
 *
 *     GraphDef { repeated NodeDef node = 1; VersionDef versions = 4; }
 *     NodeDef { string name = 1; string op = 2; repeated string input = 3; string device = 4; map attr = 5;
 *              FullTypeDef experimental_type = 7; }
 *     VersionDef { int32 producer = 1; }
 */
#include "export_parts.h"
#include "full_types.h"
#include "op_registry_ids.h"
#include "tensor_proto.h"
#include "wire.h"

enum { GRAPH_NODE = 1, GRAPH_VERSIONS = 4, VERSIONS_PRODUCER = 1 };
enum { NODE_NAME = 1, NODE_OP = 2, NODE_INPUT = 3, NODE_DEVICE = 4, NODE_ATTR = 5 };
enum { ENTRY_KEY = 1, ENTRY_VALUE = 2, ATTR_LIST = 1, ATTR_LIST_SHAPE = 7 };

/* ---- names ---- */

enum { HEAD_SIZE = 6 }; /* of a field at most: its tag, and its length below 2 GiB */

/* Write the head of a field of bytes where there is room. Fields here are below 16: a tag is one byte. */
static uint8_t *put_head(uint8_t *at, uint32_t field, size_t size)
{
    *at++ = (uint8_t)(field << 3 | VS__WIRE_BYTES);
    for (; size >= 0x80; size >>= 7)
        *at++ = (uint8_t)(size | 0x80);
    *at++ = (uint8_t)size;
    return at;
}

/* Write a mark and a number, "_12" or ":1", in front of end; returns where it starts. */
static char *put_number_before(char *end, char mark, uint32_t number)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    *--end = mark;
    return end;
}

/* A field that is a node's name, with what a reference puts around it: "^name", "name:1". */
static void put_name(vs__bytes *out, uint32_t field, const vs__name *name, bool control, uint32_t index)
{
    char numbers[24], *end = numbers + sizeof numbers, *tail = end;
    if (index)
        tail = put_number_before(tail, ':', index);
    if (name->suffix)
        tail = put_number_before(tail, '_', name->suffix);
    size_t tail_size = (size_t)(end - tail);
    size_t size = control + (size_t)name->scope->length + name->length + tail_size;
    if (!vs__bytes_reserve(out, HEAD_SIZE + size))
        return;
    uint8_t *at = put_head(out->data + out->size, field, size);
    if (control)
        *at++ = '^';
    memcpy(at, name->scope->path, name->scope->length);
    at += name->scope->length;
    memcpy(at, name->base, name->length);
    at += name->length;
    memcpy(at, tail, tail_size);
    out->size = (size_t)(at + tail_size - out->data);
}

static void put_text(vs__bytes *out, uint32_t field, const void *text, size_t size)
{
    if (!vs__bytes_reserve(out, HEAD_SIZE + size))
        return;
    uint8_t *at = put_head(out->data + out->size, field, size);
    memcpy(at, text, size);
    out->size = (size_t)(at + size - out->data);
}

/* ---- attributes ---- */

#define CLASS_KEY "_class"
#define MANUAL_KEY "_has_manual_control_dependencies"

/* The size of the entries whose keys sort before a key; *there: an entry has just that key. */
static size_t entries_before(const vs__blob *attrs, const char *key, size_t length, bool *there)
{
    vs__wire_reader entries = vs__wire_read(attrs->data, attrs->size);
    size_t before = 0;
    *there = false;
    while (vs__wire_next(&entries)) {
        vs__wire_reader entry = vs__wire_read(entries.data, entries.size);
        if (!vs__wire_next(&entry))
            break;
        int order = memcmp(entry.data, key, entry.size < length ? entry.size : length);
        if (order > 0 || (order == 0 && entry.size >= length)) {
            *there = order == 0 && entry.size == length;
            break;
        }
        before = (size_t)(entries.cursor - attrs->data);
    }
    return before;
}

/* NodeDef.attr, an entry { key = 1, value = 2 { b = 5: true } }. */
static const char manual_entry[] = "\x2a\x26\x0a\x20" MANUAL_KEY "\x12\x02\x28\x01";

static void put_class(vs__bytes *out, const vs__blob *groups)
{
    size_t key = sizeof CLASS_KEY - 1;
    vs__wire_tag(out, 5, VS__WIRE_BYTES);
    vs__wire_varint(out, 2 + key + 1 + vs__wire_varint_size(groups->size) + groups->size);
    vs__wire_field(out, 1, CLASS_KEY, key);
    vs__wire_field(out, 2, groups->data, groups->size);
}

static void put_attrs(vs__bytes *out, const vs_operation *node, bool manual)
{
    const vs__blob *attrs = node->attrs;
    size_t done = 0, before;
    bool there;
    if (node->groups) {
        done = entries_before(attrs, CLASS_KEY, sizeof CLASS_KEY - 1, &there);
        vs__bytes_add(out, attrs->data, done);
        put_class(out, node->groups);
    }
    if (manual) {
        before = entries_before(attrs, MANUAL_KEY, sizeof MANUAL_KEY - 1, &there);
        vs__bytes_add(out, attrs->data + done, before - done);
        done = before;
        if (!there)
            vs__bytes_add(out, manual_entry, sizeof manual_entry - 1);
    }
    vs__bytes_add(out, attrs->data + done, attrs->size - done);
}

/* ---- shapes of outputs ---- */

#define SHAPES_KEY "_output_shapes"

/* NodeDef.attr, an entry { key = 1, value = 2 { list = 1 { shape = 7, ... } } }. */
static void put_output_shapes(vs__bytes *out, const vs_operation *node)
{
    uint8_t local[4][256];
    vs__bytes entry = vs__bytes_on(local[0], sizeof local[0]), value = vs__bytes_on(local[1], sizeof local[1]);
    vs__bytes list = vs__bytes_on(local[2], sizeof local[2]), shape = vs__bytes_on(local[3], sizeof local[3]);
    for (uint32_t i = 0; i < vs_operation_num_outputs(node); i++) {
        shape.size = 0;
        vs__shape_proto_write(&shape, vs__blob_shape(vs__node_output(node, i)->shape));
        vs__wire_field(&list, ATTR_LIST_SHAPE, shape.data, shape.size);
    }
    vs__wire_field(&value, ATTR_LIST, list.data, list.size);
    vs__wire_field(&entry, ENTRY_KEY, SHAPES_KEY, sizeof SHAPES_KEY - 1);
    vs__wire_field(&entry, ENTRY_VALUE, value.data, value.size);
    put_text(out, NODE_ATTR, entry.data, entry.size);
    out->failed |= shape.failed || list.failed || value.failed || entry.failed;
    vs__bytes_free(&shape);
    vs__bytes_free(&list);
    vs__bytes_free(&value);
    vs__bytes_free(&entry);
}

/* ---- nodes ---- */

void vs__node_def_write(vs__bytes *out, const vs__nodes *nodes, size_t i)
{
    const vs_operation *node = vs__nodes_at(nodes, i);
    const vs__op_def *def = vs__node_def(node);
    out->size = 0;
    put_name(out, NODE_NAME, &node->name, false, 0);
    put_text(out, NODE_OP, vs__op_name(def), def->name_length);
    for (uint32_t k = 0; k < node->n_inputs; k++) {
        const vs__output *input = vs__node_input(node, k);
        put_name(out, NODE_INPUT, &vs__output_node(input)->name, false, input->index);
    }
    for (uint32_t k = 0; k < node->n_control; k++)
        put_name(out, NODE_INPUT, &vs__node_control(node, k)->name, true, 0);
    if (node->device && node->device->size)
        put_text(out, NODE_DEVICE, node->device->data, node->device->size);
    put_attrs(out, node, vs__nodes_is_manual(nodes, i));
    if (nodes->with_shapes && vs_operation_num_outputs(node))
        put_output_shapes(out, node);
    if (vs__has_full_type(def))
        vs__full_type_write(out, node);
    if (nodes->renaming)
        vs__renaming_of_node(nodes->renaming, out);
}

/* ---- graphs ---- */

bool vs__export_fail_size(vs_error *error)
{
    return vs__fail(error, VS_RESOURCE_EXHAUSTED, NULL, "the graph is over 2 GiB: protobuf cannot hold it");
}

/* Replace what is in out by GraphDef.versions. */
static void put_versions(vs__bytes *out)
{
    out->size = 0;
    vs__wire_int(out, VERSIONS_PRODUCER, VS__TF_GRAPH_DEF_PRODUCER);
}

/* Compose the parts of a GraphDef one by one, count their bytes, and put them into a stream unless NULL. */
static bool pass_over(vs__export_stream *stream, const vs__nodes *nodes, size_t *size_out, vs_error *error)
{
    uint8_t local[2048], head[HEAD_SIZE + 4];
    vs__bytes part = vs__bytes_on(local, sizeof local);
    size_t total = 0;
    bool done = true;
    for (size_t i = 0; done && i <= nodes->count; i++) {
        if (i < nodes->count)
            vs__node_def_write(&part, nodes, i);
        else
            put_versions(&part);
        uint32_t field = i < nodes->count ? GRAPH_NODE : GRAPH_VERSIONS;
        size_t head_size = (size_t)(put_head(head, field, part.size) - head);
        total += head_size + part.size;
        if (part.failed)
            done = vs__fail_memory(error, NULL);
        else if (total > VS__EXPORT_MOST)
            done = vs__export_fail_size(error);
        else if (stream)
            done = vs__stream_put(stream, head, head_size) && vs__stream_put(stream, part.data, part.size);
    }
    vs__bytes_free(&part);
    *size_out = total;
    return done;
}

bool vs__graph_def_size(const vs__nodes *nodes, size_t *out, vs_error *error)
{
    return pass_over(NULL, nodes, out, error);
}

bool vs__graph_def_put(vs__export_stream *stream, const vs__nodes *nodes)
{
    size_t size;
    return pass_over(stream, nodes, &size, stream->error);
}

bool vs__export_graph_def(vs__export_stream *stream, const vs_graph *graph)
{
    vs__nodes nodes;
    if (!vs__nodes_take_for(&nodes, graph, stream))
        return false;
    bool done = vs__graph_def_put(stream, &nodes);
    vs__nodes_free(&nodes);
    return done;
}
