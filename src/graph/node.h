/* Nodes: how an operation lies in memory. Immutable once published, but for its flags. */
#ifndef VS_GRAPH_NODE_H
#define VS_GRAPH_NODE_H

#include <stdatomic.h>

#include <varscope/operation.h>

#include "intern.h"
#include "names.h"
#include "op_registry.h"

/* One output. The outputs of a node lie before it in memory, output 0 nearest, so a pointer to one says all. */
typedef struct vs__output {
    const vs__blob *shape; /* NULL: unknown rank */
    uint32_t index;
    uint16_t dtype;
    uint16_t unused;
} vs__output;

enum { VS__NODE_MANUAL_CONTROL = 1 }; /* named in control_dependencies: attribute _has_manual_control_dependencies */

/*
 * Attributes stand in two places: those of the op itself are the same for many nodes, and `_class`, which names the
 * variable that a node is colocated with, is the same for the nodes of one variable.
 */
struct vs_operation {
    vs__name name;
    const vs__blob *attrs;   /* wire bytes of NodeDef's map `attr`, keys sorted, without _class */
    const vs__blob *groups;  /* wire bytes of the AttrValue of _class; NULL: the node has none */
    const vs__blob *device;  /* NULL: none */
    uint32_t n_inputs;
    uint32_t n_control;
    uint16_t op;             /* index of its vs__op_def */
    uint16_t n_outputs;
    atomic_ushort flags;     /* VS__NODE_...; only ever set */
    uint16_t unused;
    const void *edges[];     /* n_inputs of vs__output, then n_control of vs_operation */
};

static inline const vs_operation *vs__output_node(const vs__output *output)
{
    return (const vs_operation *)(output + output->index + 1);
}

static inline const vs__output *vs__node_output(const vs_operation *node, uint32_t i)
{
    return (const vs__output *)node - 1 - i;
}

static inline const vs__output *vs__node_input(const vs_operation *node, uint32_t i)
{
    return node->edges[i];
}

static inline const vs_operation *vs__node_control(const vs_operation *node, uint32_t i)
{
    return node->edges[node->n_inputs + i];
}

static inline vs_graph *vs__output_graph(const vs__output *output)
{
    return vs__output_node(output)->name.scope->graph;
}

static inline vs_tensor vs__tensor_of(const vs__output *output)
{
    return (vs_tensor){{output}, output ? VS__TENSOR_OUTPUT : VS__TENSOR_NULL, 0};
}

/* The first output of an operation as a tensor; null for NULL. */
static inline vs_tensor vs__operation_tensor(const vs_operation *node)
{
    return vs__tensor_of(node ? vs__node_output(node, 0) : NULL);
}

static inline const vs__op_def *vs__node_def(const vs_operation *node)
{
    return vs__op_def_at(node->op);
}

/* An output as a tensor is named and printed; both return the length, as snprintf. */
size_t vs__output_name(const vs__output *output, char *buffer, size_t size);
size_t vs__output_format(const vs__output *output, char *buffer, size_t size);

/* The wire bytes of one attribute's AttrValue; NULL when the node has none of that name. */
const uint8_t *vs__node_attr(const vs_operation *node, const char *name, size_t *size_out);

#endif
