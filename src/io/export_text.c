/* GraphDef in protobuf's text form: node after node, each parsed from its bytes. */
#include <errno.h>

#include "export_parts.h"
#include "memory.h"
#include "op_registry_ids.h"
#include "text_format.h"
#include "varscope_graph.pb-c.h"

static void *allocate(void *arena, size_t size)
{
    return vs__arena_allocate(arena, size);
}

static void forget(void *arena, void *block)
{
    (void)arena;
    (void)block;
}

static bool put_message(vs__export_stream *stream, const char *field, const ProtobufCMessage *message)
{
    int failure = vs__text_format_field(field, message, 0, &stream->base);
    if (failure == -ELOOP)
        vs__fail(stream->error, VS_RESOURCE_EXHAUSTED, NULL,
                 "an attribute is nested deeper than protobuf reads");
    return failure == 0;
}

/* A NodeDef in memory of its own, which goes all at once. */
static bool put_node(vs__export_stream *stream, const vs__bytes *bytes)
{
    vs__blocks blocks = {NULL};
    vs__arena arena;
    vs__arena_init(&arena, &blocks);
    ProtobufCAllocator allocator = {allocate, forget, &arena};
    const Vs__Pb__NodeDef *node =
        bytes->failed ? NULL : vs__pb__node_def__unpack(&allocator, bytes->size, bytes->data);
    bool done = node ? put_message(stream, "node", &node->base) : vs__fail_memory(stream->error, NULL);
    vs__blocks_free(&blocks);
    return done;
}

static bool put_versions(vs__export_stream *stream)
{
    Vs__Pb__VersionDef versions = VS__PB__VERSION_DEF__INIT;
    versions.producer = VS__TF_GRAPH_DEF_PRODUCER;
    return put_message(stream, "versions", &versions.base);
}

bool vs__export_graph_def_text(vs__export_stream *stream, const vs_graph *graph)
{
    vs__nodes nodes;
    size_t size;
    if (!vs__nodes_take_for(&nodes, graph, stream))
        return false;
    uint8_t local[2048];
    vs__bytes bytes = vs__bytes_on(local, sizeof local);
    bool done = vs__graph_def_size(&nodes, &size, stream->error); /* more could not be read back */
    for (size_t i = 0; done && i < nodes.count; i++) {
        vs__node_def_write(&bytes, &nodes, i);
        done = put_node(stream, &bytes);
    }
    done = done && put_versions(stream);
    vs__bytes_free(&bytes);
    vs__nodes_free(&nodes);
    return done;
}
