/* Captures from within, and the workers of forks, which are captures with a place of their own. */
#ifndef VS_SCOPE_CAPTURE_H
#define VS_SCOPE_CAPTURE_H

#include <varscope/capture.h>

#include "context.h"

/*
 * A snapshot of a context's position in one graph, in whose memory all that it points to lies: its own copies of the
 * control and colocation levels included, because those of the parent lie in frames.
 *
 * A plain one is immutable, so any number of threads may enter it at once. A worker has what a context has in a
 * graph besides: a strand, counters, and control levels that note what was built. Guard of these: `entered`, which
 * one context at a time sets (acquire) and clears (release).
 */
struct vs_capture {
    atomic_size_t count;
    vs_graph *graph; /* a strong count */
    vs__scope *scope;
    const vs__blob *device;
    const vs__blob *outer_device;
    vs__device_level device_level;
    const vs__blob *class_of;
    const vs_variable_scope *variable_scope; /* where it was taken; NULL: the root as it is at first */
    const vs__settings *settings;            /* of it, as they were then */
    const vs__control *control;              /* as they were; a worker's levels are copies of these */
    const vs__colocation *colocation;
    const vs__creator_link *creators;        /* in the graph's memory, as they were made there */
    /* of a worker */
    atomic_bool entered;
    vs__strand *strand; /* NULL: it is none */
    vs__counters counters;
    vs__control *levels;
};

/* A copy of the levels of colocation, in the graph's memory. false: out of memory. */
bool vs__keep_colocation(vs__builder *builder, const vs__colocation *from, const vs__colocation **out);

/* A capture of a state as it is. NULL: error set. */
vs_capture *vs__capture_new(vs__state *state);

/*
 * Make a capture a worker's: give it the next place in a state's order. in_fork and group: see strand.h. false: error
 * set.
 */
bool vs__capture_place_in(vs__state *state, vs_capture *capture, bool in_fork, uint32_t group);

#endif
