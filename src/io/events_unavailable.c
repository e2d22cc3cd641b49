/* In place of export_events.c where there is no ISA-L. */
#include "export_parts.h"

bool vs__export_events(vs__export_stream *stream, const vs_graph *graph)
{
    (void)graph;
    return vs__fail(stream->error, VS_UNIMPLEMENTED, NULL,
                    "this library was built without ISA-L, which event files need: export as .pb");
}
