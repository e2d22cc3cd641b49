/* An export of the stress test, read again: enough of GraphDef's wire format to see whether all nodes are whole. */
#include <stdlib.h>
#include <string.h>

#include "stress.h"

/* Bytes that grow. */
typedef struct bytes {
    unsigned char *data;
    size_t size;
    size_t capacity;
} bytes;

static bool write_bytes(const void *data, size_t size, void *user)
{
    bytes *self = user;
    if (size > self->capacity - self->size) {
        size_t capacity = 2 * (self->capacity + size);
        unsigned char *grown = realloc(self->data, capacity);
        if (!grown)
            return false;
        self->data = grown;
        self->capacity = capacity;
    }
    memcpy(self->data + self->size, data, size);
    self->size += size;
    return true;
}

/* ---- the wire format ---- */

typedef struct slice {
    const unsigned char *at;
    const unsigned char *end;
} slice;

typedef struct field {
    uint64_t number;
    slice content; /* of a string or message; else empty */
} field;

static bool read_varint(slice *from, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        unsigned char byte = *from->at++;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Read a field; false at the end, and where it makes no sense: then at is not the end. */
static bool read_field(slice *from, field *out)
{
    const slice before = *from;
    uint64_t key, size = 0;
    *out = (field){.number = 0};
    if (from->at == from->end)
        return false;
    bool good = read_varint(from, &key);
    switch (good ? key & 7 : 7) {
    case 0:
        good = read_varint(from, &size);
        size = 0;
        break;
    case 1:
        size = 8;
        break;
    case 2:
        good = read_varint(from, &size);
        break;
    case 5:
        size = 4;
        break;
    default:
        good = false;
    }
    if (!good || size > (uint64_t)(from->end - from->at)) {
        *from = before;
        return false;
    }
    *out = (field){key >> 3, {from->at, from->at + size}};
    from->at += size;
    return true;
}

/* ---- nodes ---- */

enum { GRAPH_NODE = 1, NODE_NAME = 1, NODE_INPUT = 3 };

typedef struct names {
    slice *list;
    size_t count;
} names;

static int compare_slices(const void *a, const void *b)
{
    const slice *left = a, *right = b;
    size_t left_size = (size_t)(left->end - left->at), right_size = (size_t)(right->end - right->at);
    int order = memcmp(left->at, right->at, left_size < right_size ? left_size : right_size);
    return order ? order : (left_size > right_size) - (left_size < right_size);
}

/* The name of the node that an input refers to: "^a" and "a:1" are of "a". */
static slice node_of(slice input)
{
    if (input.at < input.end && *input.at == '^')
        input.at++;
    for (const unsigned char *at = input.at; at < input.end; at++)
        if (*at == ':')
            input.end = at;
    return input;
}

static void check_inputs(slice node, const names *known, stress_anomalies *anomalies)
{
    const slice whole = node;
    field part;
    while (read_field(&node, &part)) {
        slice input = node_of(part.content);
        if (part.number == NODE_INPUT &&
            !bsearch(&input, known->list, known->count, sizeof input, compare_slices))
            stress_complain(anomalies, "an export has a node that reads '%.*s', which it lacks",
                            (int)(input.end - input.at), (const char *)input.at);
    }
    if (node.at != whole.end)
        stress_complain(anomalies, "an export has a damaged node");
}

/* The names of all nodes, sorted. */
static bool read_names(const bytes *graph_def, names *out)
{
    slice rest = {graph_def->data, graph_def->data + graph_def->size};
    field node, part;
    size_t capacity = graph_def->size / 4 + 1; /* a node takes more bytes */
    *out = (names){.list = malloc(capacity * sizeof *out->list)};
    while (out->list && read_field(&rest, &node)) {
        slice inside = node.content;
        while (node.number == GRAPH_NODE && read_field(&inside, &part))
            if (part.number == NODE_NAME && out->count < capacity)
                out->list[out->count++] = part.content;
    }
    if (out->list)
        qsort(out->list, out->count, sizeof *out->list, compare_slices);
    return out->list != NULL;
}

static void check_graph_def(const bytes *graph_def, const names *known, stress_anomalies *anomalies)
{
    slice rest = {graph_def->data, graph_def->data + graph_def->size};
    field node;
    for (size_t i = 1; i < known->count; i++)
        if (compare_slices(&known->list[i - 1], &known->list[i]) == 0)
            stress_complain(anomalies, "an export has two nodes named '%.*s'",
                            (int)(known->list[i].end - known->list[i].at), (const char *)known->list[i].at);
    while (read_field(&rest, &node))
        if (node.number == GRAPH_NODE)
            check_inputs(node.content, known, anomalies);
    if (rest.at != rest.end)
        stress_complain(anomalies, "an export is damaged");
}

bool stress_check_export(const vs_graph *graph, bool is_final, stress_anomalies *anomalies)
{
    bytes graph_def = {.data = NULL};
    names known = {.list = NULL};
    vs_error error;
    bool has_memory = true;
    if (vs_graph_export(graph, VS_FORMAT_GRAPH_DEF, write_bytes, &graph_def, &error) != VS_OK)
        stress_complain(anomalies, "a graph cannot be exported: %s", error.message);
    else if ((has_memory = read_names(&graph_def, &known)))
        check_graph_def(&graph_def, &known, anomalies);
    if (has_memory && is_final && known.count != vs_graph_num_operations(graph))
        stress_complain(anomalies, "of %zu nodes %zu are exported", vs_graph_num_operations(graph), known.count);
    free(known.list);
    free(graph_def.data);
    return has_memory;
}
