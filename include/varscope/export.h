/* Export: a graph as the files that TensorFlow reads.
 *
 *     vs_graph_write(graph, "out/model.pb", &error);  // by the ending: .pb GraphDef, .pbtxt its text, .meta MetaGraphDef
 *     vs_graph_write(graph, "logs/run/", &error);     // a directory: an event file in it, which TensorBoard draws
 *
 * Equal graphs give equal bytes: map keys are sorted, and nodes stand in serial order.
 */
#ifndef VARSCOPE_EXPORT_H
#define VARSCOPE_EXPORT_H

#include "graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum vs_format {
    VS_FORMAT_NONE = 0,
    VS_FORMAT_GRAPH_DEF,      /* .pb */
    VS_FORMAT_GRAPH_DEF_TEXT, /* .pbtxt */
    VS_FORMAT_META_GRAPH_DEF, /* .meta: with collections, for import_meta_graph */
    VS_FORMAT_EVENTS          /* a directory: the graph, with the shapes of its tensors, and its MetaGraphDef as events */
} vs_format;

/**
 * The format that a path asks for: by its ending; else VS_FORMAT_EVENTS when it ends in a slash, or is a directory;
 * else VS_FORMAT_NONE. Threads: any.
 */
VS_API vs_format vs_format_of(const char *path);

/** Takes the bytes of an export, in order; returns false to stop it. */
typedef bool (*vs_write)(const void *data, size_t size, void *user);

/**
 * Write a graph to a function. A graph that is being built is written as it was at some moment: a node only
 * with all that it needs.
 *
 * @param[out] error  gets the error; may be NULL
 * @return VS_OK; VS_UNAVAILABLE (write said no), VS_RESOURCE_EXHAUSTED (memory, or over protobuf's 2 GiB),
 *         VS_INVALID_ARGUMENT (no such format), VS_UNIMPLEMENTED (built without protobuf-c, or without ISA-L for events)
 * Threads: any; write runs on the calling thread.
 */
VS_API vs_status vs_graph_export(const vs_graph *graph, vs_format format, vs_write write, void *user, vs_error *error);

/**
 * Find the name for a new event file in a directory, which is made when it is missing, with those above it:
 * DIRECTORY/events.out.tfevents.SECONDS.HOST, as TensorFlow names them. Where there is one of this second, the next.
 *
 * @param[out] path   gets at most size bytes, terminated
 * @param[out] error  gets the error, with the path; may be NULL
 * @return VS_OK; VS_UNAVAILABLE (no such directory can be made), VS_INVALID_ARGUMENT (too long for size)
 * Threads: any; two that ask at once for one directory may get the same name.
 */
VS_API vs_status vs_events_path(const char *directory, char *path, size_t size, vs_error *error);

/**
 * Write a graph to a file, in the format of its ending, or to an event file in a directory. The file appears whole or not
 * at all: it is written beside and renamed.
 *
 * @param[out] error  gets the error, with the path; may be NULL
 * @return as vs_graph_export(); VS_UNAVAILABLE when the file cannot be written
 * Threads: any.
 */
VS_API vs_status vs_graph_write(const vs_graph *graph, const char *path, vs_error *error);

#ifdef __cplusplus
}
#endif

#endif
