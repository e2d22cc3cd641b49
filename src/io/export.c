/* Export: the public calls, and the buffer that all bytes go through. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "export_parts.h"
#include "memory.h"

/* ---- the stream ---- */

static bool pass_on(vs__export_stream *stream, const void *data, size_t size)
{
    return !size || stream->write(data, size, stream->user) ||
           vs__fail(stream->error, VS_UNAVAILABLE, NULL, "the export was stopped by what it is written to");
}

bool vs__stream_flush(vs__export_stream *stream)
{
    size_t size = stream->used;
    stream->used = 0;
    return pass_on(stream, stream->buffer, size);
}

bool vs__stream_put(vs__export_stream *stream, const void *data, size_t size)
{
    if (!size)
        return true;
    if (size > VS__STREAM_BUFFER - stream->used) {
        if (!vs__stream_flush(stream))
            return false;
        if (size >= VS__STREAM_BUFFER)
            return pass_on(stream, data, size);
    }
    memcpy(stream->buffer + stream->used, data, size);
    stream->used += size;
    return true;
}

static int sink_write(vs__sink *sink, const void *data, size_t size)
{
    return vs__stream_put((vs__export_stream *)sink, data, size) ? 0 : -EIO;
}

/* ---- formats ---- */

static bool is_directory(const char *path)
{
    struct stat status;
    size_t length = strlen(path);
    return (length && path[length - 1] == '/') || (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

vs_format vs_format_of(const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    if (dot && strcmp(dot, ".pb") == 0)
        return VS_FORMAT_GRAPH_DEF;
    if (dot && strcmp(dot, ".pbtxt") == 0)
        return VS_FORMAT_GRAPH_DEF_TEXT;
    if (dot && strcmp(dot, ".meta") == 0)
        return VS_FORMAT_META_GRAPH_DEF;
    return path && is_directory(path) ? VS_FORMAT_EVENTS : VS_FORMAT_NONE;
}

static bool export_as(vs__export_stream *stream, const vs_graph *graph, vs_format format)
{
    switch (format) {
    case VS_FORMAT_GRAPH_DEF:
        return vs__export_graph_def(stream, graph);
    case VS_FORMAT_GRAPH_DEF_TEXT:
        return vs__export_graph_def_text(stream, graph);
    case VS_FORMAT_META_GRAPH_DEF:
        return vs__export_meta_graph_def(stream, graph);
    case VS_FORMAT_EVENTS:
        return vs__export_events(stream, graph);
    case VS_FORMAT_NONE:
        break;
    }
    return vs__fail(stream->error, VS_INVALID_ARGUMENT, NULL, "%d is no format for a graph", (int)format);
}

static vs_status export(const vs_graph *graph, const vs__renaming *renaming, vs_format format, vs_write write,
                        void *user, vs_error *error)
{
    vs_error own;
    if (!error)
        error = &own;
    memset(error, 0, sizeof *error);
    if (!graph || !write) {
        vs__fail(error, VS_INVALID_ARGUMENT, NULL, "an export needs a graph and a function to write to");
        return error->code;
    }
    vs__export_stream stream = {.base = {sink_write}, .write = write, .user = user, .error = error,
                                .renaming = renaming};
    stream.buffer = vs__allocate(VS__STREAM_BUFFER);
    if (!stream.buffer)
        vs__fail_memory(error, NULL);
    else if (export_as(&stream, graph, format))
        vs__stream_flush(&stream);
    vs__release(stream.buffer, VS__STREAM_BUFFER);
    return error->code;
}

vs_status vs_graph_export(const vs_graph *graph, vs_format format, vs_write write, void *user, vs_error *error)
{
    return export(graph, NULL, format, write, user, error);
}

vs_status vs_graph_export_renamed(const vs_graph *graph, const vs_rename *renames, size_t count, vs_format format,
                                  vs_write write, void *user, vs_error *error)
{
    const vs__renaming renaming = {renames, count};
    return export(graph, renames && count ? &renaming : NULL, format, write, user, error);
}
