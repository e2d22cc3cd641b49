#include "consistent.h"

#include "graph.h"
#include "store.h"

/* A name that is there twice finds one of its nodes only. */
static bool finds_itself(const vs_operation *node, void *user)
{
    char name[8192];
    vs_operation_name(node, name, sizeof name);
    return vs_graph_find_operation(user, name) == node;
}

const char *inconsistency(const vs_graph *graph)
{
    const char *wrong = vs__store_check(graph->store);
    if (!wrong)
        wrong = vs__names_check(graph);
    if (!wrong && !vs_graph_walk(graph, finds_itself, (void *)(uintptr_t)graph))
        wrong = "a node is not found by its name, or two have the same";
    return wrong;
}
