/*
 * The parts of an export: where its bytes go, which nodes it holds, and the forms in which they are written.
 *
 *     vs__nodes_take()            the nodes of one moment, in serial order, each with all that it needs
 *     vs__node_def_write()        one of them as the bytes of a NodeDef: attributes are kept so, hence a copy
 *     vs__export_graph_def() ...  all of them, through one buffer
 *
 * All of it belongs to the thread that exports. What it reads of the graph is published and does not change,
 * but for a node's flags: these are read once, after the nodes were taken, so that two passes see the same.
 */
#ifndef VS_IO_EXPORT_PARTS_H
#define VS_IO_EXPORT_PARTS_H

#include <varscope/export.h>

#include "error.h"
#include "node.h"
#include "rename.h"
#include "sink.h"
#include "text.h"

/* protobuf reads no larger message. */
#define VS__EXPORT_MOST INT32_MAX

/* Say so; returns false. */
bool vs__export_fail_size(vs_error *error);

/* ---- where the bytes go ---- */

enum { VS__STREAM_BUFFER = 128 * 1024 };

typedef struct vs__export_stream {
    vs__sink base; /* for those who write to one; a failure is kept in error */
    vs_write write;
    void *user;
    vs_error *error;
    const vs__renaming *renaming; /* NULL: names stay */
    uint8_t *buffer; /* VS__STREAM_BUFFER bytes */
    size_t used;
} vs__export_stream;

/* Both return false with the error set. */
bool vs__stream_put(vs__export_stream *stream, const void *data, size_t size);
bool vs__stream_flush(vs__export_stream *stream);

/* ---- the nodes of a moment ---- */

typedef struct vs__nodes {
    uintptr_t *items; /* addresses; see vs__nodes_at() and vs__nodes_is_manual() */
    size_t count;
    size_t capacity;
    bool with_shapes; /* write _output_shapes too, as as_graph_def(add_shapes=True) does */
    const vs__renaming *renaming; /* under which they are written; NULL: names stay */
} vs__nodes;

enum { VS__NODES_MANUAL = 1, VS__NODES_BITS = 15 }; /* nodes are aligned to 16 bytes: these bits are free */

/* Take the nodes that a graph has now. false: error set, nothing to free. */
bool vs__nodes_take(vs__nodes *nodes, const vs_graph *graph, vs_error *error);

/* The same, to write them into a stream with its renaming, which can be done. */
bool vs__nodes_take_for(vs__nodes *nodes, const vs_graph *graph, const vs__export_stream *stream);
void vs__nodes_free(vs__nodes *nodes);

static inline const vs_operation *vs__nodes_at(const vs__nodes *nodes, size_t i)
{
    return (const vs_operation *)(nodes->items[i] & ~(uintptr_t)VS__NODES_BITS);
}

/* Whether a node was named in control_dependencies. */
static inline bool vs__nodes_is_manual(const vs__nodes *nodes, size_t i)
{
    return nodes->items[i] & VS__NODES_MANUAL;
}

/* ---- as messages ---- */

/* Replace what is in out by node i as a NodeDef; out->failed when there is no memory. */
void vs__node_def_write(vs__bytes *out, const vs__nodes *nodes, size_t i);

/* The bytes of the GraphDef of these nodes. false: error set (too large, out of memory). */
bool vs__graph_def_size(const vs__nodes *nodes, size_t *out, vs_error *error);

/* Write the GraphDef of these nodes; the three below write a whole document. false: error set. */
bool vs__graph_def_put(vs__export_stream *stream, const vs__nodes *nodes);

bool vs__export_graph_def(vs__export_stream *stream, const vs_graph *graph);
bool vs__export_graph_def_text(vs__export_stream *stream, const vs_graph *graph);
bool vs__export_meta_graph_def(vs__export_stream *stream, const vs_graph *graph);
bool vs__export_events(vs__export_stream *stream, const vs_graph *graph);

/* The MetaGraphDef of these nodes, and the graph's collections as they are now. false: error set. */
bool vs__meta_graph_def_put(vs__export_stream *stream, const vs__nodes *nodes, const vs__bytes *collections);

/* Append the collections, as a MetaGraphDef has them. false: out of memory. */
bool vs__collections_write(vs__bytes *out, const vs__renaming *renaming, const vs_graph *graph);

#endif
