/* In place of export_text.c and export_meta.c where there is no protobuf-c. */
#include "export_parts.h"

static bool fail(vs__export_stream *stream, const char *ending)
{
    return vs__fail(stream->error, VS_UNIMPLEMENTED, NULL,
                    "this library was built without protobuf-c, which %s needs: export as .pb", ending);
}

bool vs__export_graph_def_text(vs__export_stream *stream, const vs_graph *graph)
{
    (void)graph;
    return fail(stream, ".pbtxt");
}

bool vs__export_meta_graph_def(vs__export_stream *stream, const vs_graph *graph)
{
    (void)graph;
    return fail(stream, ".meta");
}

bool vs__meta_graph_def_put(vs__export_stream *stream, const vs__nodes *nodes, const vs__bytes *collections)
{
    (void)nodes;
    (void)collections;
    return fail(stream, ".meta");
}

bool vs__collections_write(vs__bytes *out, const vs__renaming *renaming, const vs_graph *graph)
{
    (void)out;
    (void)renaming;
    (void)graph;
    return true;
}
