#include "graph.h"

#include <string.h>

#include "explain.h"
#include "node.h"
#include "shared_names.h"

static bool init_locks(vs_graph *graph)
{
    if (!vs__mutex_init(&graph->interned.lock))
        return false;
    if (vs__mutex_init(&graph->order_lock)) {
        if (vs__mutex_init(&graph->collections_lock))
            return true;
        vs__mutex_destroy(&graph->order_lock);
    }
    vs__mutex_destroy(&graph->interned.lock);
    return false;
}

/* Free what a graph holds; the struct itself stays for weak counts. */
static void free_contents(vs_graph *graph)
{
    if (graph->store)
        graph->store_free(graph->store);
    vs__names_free(graph);
    vs__explain_free(graph);
    vs__shared_names_free(graph);
    vs__table_free(&graph->interned.table);
    vs__mutex_destroy(&graph->interned.lock);
    vs__mutex_destroy(&graph->order_lock);
    vs__mutex_destroy(&graph->collections_lock);
    vs__blocks_free(&graph->blocks);
}

vs_graph *vs__graph_new(const vs__store_hooks *hooks)
{
    vs_graph *graph = vs__allocate_zeroed(sizeof *graph);
    if (!graph || !init_locks(graph)) {
        vs__release(graph, sizeof *graph);
        return NULL;
    }
    atomic_init(&graph->strong, 1);
    atomic_init(&graph->weak, 1);
    vs__arena arena;
    vs__arena_init(&arena, &graph->blocks);
    graph->root = vs__names_new(graph, &arena);
    graph->store_free = hooks->free;
    graph->store = graph->root ? hooks->make(graph) : NULL;
    if (!graph->store) {
        free_contents(graph);
        vs__release(graph, sizeof *graph);
        return NULL;
    }
    return graph;
}

vs_graph *vs_graph_hold(vs_graph *graph)
{
    /* Relaxed: the caller has a count, so the graph cannot go away meanwhile. */
    VS__SHARED_WRITE(&graph->strong);
    atomic_fetch_add_explicit(&graph->strong, 1, memory_order_relaxed);
    return graph;
}

bool vs__graph_hold_if_alive(vs_graph *graph)
{
    size_t count = atomic_load_explicit(&graph->strong, memory_order_relaxed);
    while (count && !atomic_compare_exchange_weak_explicit(&graph->strong, &count, count + 1, memory_order_relaxed,
                                                           memory_order_relaxed))
        continue;
    return count != 0;
}

void vs_graph_release(vs_graph *graph)
{
    /* Release what this thread did in the graph; the last one acquires what all did. */
    if (!graph || atomic_fetch_sub_explicit(&graph->strong, 1, memory_order_acq_rel) != 1)
        return;
    free_contents(graph);
    vs__graph_release_weak(graph);
}

void vs__graph_release_weak(vs_graph *graph)
{
    if (atomic_fetch_sub_explicit(&graph->weak, 1, memory_order_acq_rel) == 1)
        vs__release(graph, sizeof *graph);
}

void vs_graph_finalize(vs_graph *graph)
{
    atomic_store_explicit(&graph->finalized, true, memory_order_release);
}

bool vs_graph_is_finalized(const vs_graph *graph)
{
    return atomic_load_explicit(&((vs_graph *)(uintptr_t)graph)->finalized, memory_order_acquire);
}

typedef struct walk {
    vs_operation_visitor visitor;
    void *user;
    const char *scope;
    size_t length;
    size_t count;
} walk;

static bool count_node(const vs_operation *node, void *user)
{
    (void)node;
    ((walk *)user)->count++;
    return true;
}

size_t vs_graph_num_operations(const vs_graph *graph)
{
    walk all = {.count = 0};
    vs__strand_walk(&graph->order, count_node, &all);
    return all.count;
}

bool vs_graph_walk(const vs_graph *graph, vs_operation_visitor visitor, void *user)
{
    return vs__strand_walk(&graph->order, visitor, user);
}

static bool visit_in_scope(const vs_operation *node, void *user)
{
    walk *of = user;
    return !vs__name_is_within(&node->name, of->scope, of->length) || of->visitor(node, of->user);
}

bool vs_graph_walk_scope(const vs_graph *graph, const char *scope, vs_operation_visitor visitor, void *user)
{
    size_t length = strlen(scope);
    if (length && scope[length - 1] == '/')
        length--;
    if (!length)
        return vs_graph_walk(graph, visitor, user);
    walk of = {.visitor = visitor, .user = user, .scope = scope, .length = length};
    return vs__strand_walk(&graph->order, visit_in_scope, &of);
}

const vs_operation *vs_graph_find_operation(const vs_graph *graph, const char *name)
{
    return vs__name_find(graph, name, strlen(name));
}

vs_tensor vs_graph_find_tensor(const vs_graph *graph, const char *name)
{
    const char *colon = strrchr(name, ':');
    size_t length = colon ? (size_t)(colon - name) : strlen(name);
    uint32_t index = 0;
    if (colon && !colon[1])
        return (vs_tensor){{NULL}, VS__TENSOR_NULL, 0};
    for (const char *digit = colon ? colon + 1 : ""; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || index > UINT32_MAX / 16)
            return (vs_tensor){{NULL}, VS__TENSOR_NULL, 0};
        index = index * 10 + (uint32_t)(*digit - '0');
    }
    return vs_operation_output(vs__name_find(graph, name, length), index);
}
