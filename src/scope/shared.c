/* Variables that forked workers share. */
#include "shared.h"

static bool is_shared(const vs__strand *strand)
{
    return strand->in_fork || strand->has_forked;
}

bool vs__shared_begin(const vs__request *of, vs__shared_creation *out)
{
    vs__builder *builder = &of->state->builder;
    *out = (vs__shared_creation){NULL, builder->strand};
    if (!is_shared(builder->strand))
        return true;
    vs__shared *shared = vs__arena_allocate(&builder->arena, sizeof *shared);
    vs__strand *strand = shared ? vs__strand_new_of_variable(&builder->arena, builder->strand) : NULL;
    if (!strand)
        return vs__fail_memory(of->error, of->call);
    *shared = (vs__shared){strand};
    out->shared = shared;
    builder->strand = strand;
    return true;
}

void vs__shared_end(const vs__request *of, const vs__shared_creation *creation, vs_variable *variable)
{
    of->state->builder.strand = creation->before;
    vs__shared *none = NULL; /* one that a creator took from elsewhere may have its own */
    if (variable && creation->shared)
        atomic_compare_exchange_strong_explicit(&variable->shared, &none, creation->shared, memory_order_release,
                                                memory_order_relaxed);
}

bool vs__shared_ask(vs__state *state, vs__shared *shared)
{
    vs__builder *builder = &state->builder;
    vs_graph *graph = builder->graph;
    if (vs__strand_is_before(shared->strand, builder->strand))
        return true;
    vs__mutex_lock(&graph->order_lock);
    bool asked = vs__strand_ask_locked(&builder->arena, builder->strand, shared->strand, &graph->moves);
    vs__mutex_unlock(&graph->order_lock);
    return asked || vs__fail_memory(builder->error, builder->call);
}
