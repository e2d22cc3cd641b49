/*
 * Contexts: what TensorFlow keeps for a thread.
 *
 * A context belongs to one thread at a time: nothing in here is locked or shared. What it has of a graph is a
 * vs__state; a state stays from one entering of the graph to the next, because the counters of default_name do.
 * It keeps only a weak count of its graph; the frames that entered the graph hold the strong ones.
 */
#ifndef VS_SCOPE_CONTEXT_H
#define VS_SCOPE_CONTEXT_H

#include <varscope/context.h>
#include <varscope/variable_scope.h>

#include "builder.h"
#include "counters.h"
#include "variable_scope.h"

typedef struct vs__state vs__state;
typedef struct vs__creator_link vs__creator_link; /* creator.h */
typedef struct vs__frame vs__frame;

/* What entering a scope changes and leaving it restores, of one graph. */
typedef struct vs__position {
    vs__scope *scope;
    const vs__blob *device;
    const vs__blob *outer_device;
    vs__device_level device_level;
    vs__control *control;
    const vs__colocation *colocation;
    const vs__blob *class_of;
    vs__strand *strand;
    vs__counters *counters;
    vs_variable_scope *variable_scope; /* follow vs__variable_scope_current() */
} vs__position;

/* One context in one graph. */
struct vs__state {
    vs__builder builder; /* first: a builder of this layer is a state */
    vs_context *context;
    vs__state *next;
    vs_variable_scope *variable_scope;
    vs_variable_scope *root; /* the root scope's object; NULL until asked for */
    const vs__creator_link *creators; /* innermost; NULL: none. A frame that changes it puts it back as it closes */
    vs__counters *counters;          /* of default_name: its own, or those of a fork's worker that was entered */
    vs__counters own_counters;
};

struct vs__frame {
    vs__frame *outer;
    uint64_t serial;
    vs__state *state;    /* that it changed; NULL: none (a frame of VS_TRY) */
    vs__state *current;  /* the context's before */
    vs_graph *held;      /* a strong count to give back; NULL: none */
    vs__position before; /* of state */
    void (*close)(vs__frame *frame); /* more to undo; NULL: nothing */
    /* What a kind of frame keeps. */
    vs__control control;
    vs__colocation colocation;
    vs__counters_mark mark;
    const vs__creator_link *creators; /* the state's before */
    struct vs_capture *capture;
    vs_variable_scope local; /* a variable scope that nobody has a pointer to */
    vs__settings settings;   /* of local, unless it shares its parent's */
};

struct vs_context {
    vs_error error;
    vs__state *current; /* NULL: no graph was entered */
    vs__state *states;
    vs__frame *top;
    vs__frame *spare; /* frames to use again */
    uint64_t serial;
};

/* The calling thread's current context; its own one, made when first asked for. NULL: out of memory. */
vs_context *vs__context(void);

/* An error of a call that could not even get a context: where vs_pending() cannot tell. */
vs_error *vs__pending_error(void);

/*
 * The state that a public call builds in: the current graph's. NULL, with the error pending, when one is pending
 * already, when no graph was entered, or when out of memory. Notes the call for errors.
 */
vs__state *vs__enter_call(const vs_call *call);

/* A context's state in a graph, made when it is not there; NULL with the error set. */
vs__state *vs__context_state(vs_context *context, vs_graph *graph, const vs_call *call);

/* Push a frame that will restore the state's position and the current state; NULL with the error set. */
vs__frame *vs__frame_push(vs_context *context, vs__state *state);

/* Take back a frame that vs__frame_push() gave, restoring. */
void vs__frame_pop(vs_context *context);

/* The same for a frame around a caller's code, with the scopes that this code left open inside. */
void vs__frame_pop_all(vs_context *context, const vs__frame *frame);

static inline vs_frame vs__frame_of(vs_context *context, const vs__frame *frame)
{
    return (vs_frame){frame ? context : NULL, frame ? frame->serial : 0};
}

vs__position vs__position_of(const vs__state *state);
void vs__position_restore(vs__state *state, const vs__position *position);

/* The graph that tensors are in: the current one when none says; NULL with the error set when they differ. */
vs__state *vs__state_of_values(vs__state *state, const vs_tensor *values, size_t count);

/* Free all states and frames of a context, and hand its error to the hook. */
void vs__context_finish(vs_context *context);

#endif
