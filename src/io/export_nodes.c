/*
 * The nodes of a graph at some moment.
 *
 * A walk passes one strand after another while others add to them. It may meet a node in a late strand whose
 * input was added to an early one after the walk had passed. Such a node has to be left out, with all that
 * depends on it. So has a node that is colocated with one that is not there yet: what makes a variable's
 * initial value is colocated with the variable, which is made after it.
 *
 * Mostly nobody builds, and that can be seen. When a second walk counts as many nodes as the first one took,
 * no strand grew between its visits of the two walks, so the first took exactly the nodes that were there at
 * the moment between them; of these every one stands with its inputs, as an input is published before the
 * node. And no variable was being made (vs__strand.making). A creation that failed leaves nodes without their
 * variable too: they stay, as in TensorFlow, unless the graph is being built at that moment. Between the walks no
 * variable moved in the order either (strand.h): else all is done again.
 *
 * Memory: 8 bytes a node; 16 when the graph is being built.
 */
#include <string.h>

#include <varscope/graph.h>

#include "export_parts.h"
#include "graph.h"
#include "memory.h"
#include "wire.h"

/* States of a node while its inputs are looked for; bits of its item. */
enum { UNKNOWN = 0, OPEN = 2, WHOLE = 4, PARTIAL = 6, STATE_BITS = 6 };

/* ---- taking ---- */

static bool add_node(const vs_operation *node, void *user)
{
    vs__nodes *nodes = user;
    if (nodes->count == nodes->capacity) {
        size_t size = nodes->capacity * sizeof *nodes->items;
        size_t larger = size + size / 4 + 1024 * sizeof *nodes->items;
        uintptr_t *items = vs__reallocate(nodes->items, size, larger);
        if (!items)
            return false;
        nodes->items = items;
        nodes->capacity = larger / sizeof *items;
    }
    nodes->items[nodes->count++] = (uintptr_t)node;
    return true;
}

void vs__nodes_free(vs__nodes *nodes)
{
    vs__release(nodes->items, nodes->capacity * sizeof *nodes->items);
    *nodes = (vs__nodes){.items = NULL};
}

/* After the walk: whoever has a node that waits for this one marked this one first. */
static void read_flags(vs__nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        vs_operation *node = (vs_operation *)nodes->items[i];
        if (atomic_load_explicit(&node->flags, memory_order_relaxed) & VS__NODE_MANUAL_CONTROL)
            nodes->items[i] |= VS__NODES_MANUAL;
    }
}

/* ---- colocation ---- */

/* The groups that a node is colocated with, its attribute _class: AttrValue { list = 1 { s = 2 } }. */
static vs__wire_reader groups_of(const vs_operation *node)
{
    size_t size = 0;
    const uint8_t *value = vs__node_attr(node, "_class", &size);
    vs__wire_reader attr = vs__wire_read(value ? value : (const uint8_t *)"", size);
    return vs__wire_next(&attr) ? vs__wire_read(attr.data, attr.size) : attr;
}

/* The node of the next group. *out: NULL when it was not made. false: no more groups. */
static bool next_group(vs__wire_reader *groups, const vs_graph *graph, const vs_operation **out)
{
    while (vs__wire_next(groups)) {
        if (groups->size > 5 && memcmp(groups->data, "loc:@", 5) == 0) {
            *out = vs__name_find(graph, (const char *)groups->data + 5, groups->size - 5);
            return true;
        }
    }
    return false;
}

/* Whether a variable is being made in a strand or in one below it. */
static bool is_open(const vs__strand *strand)
{
    vs__strand *loaded = (vs__strand *)(uintptr_t)strand; /* atomics are read through pointers to non-const */
    const vs__strand *inside;
    if (atomic_load_explicit(&loaded->making, memory_order_acquire))
        return true;
    vs__item_block *block = atomic_load_explicit(&loaded->first, memory_order_acquire);
    for (; block; block = atomic_load_explicit(&block->next, memory_order_acquire)) {
        uint32_t count = atomic_load_explicit(&block->count, memory_order_acquire);
        for (uint32_t i = 0; i < count; i++)
            if ((inside = vs__item_strand(block->items[i])) && is_open(inside))
                return true;
    }
    return false;
}

/* ---- leaving out ---- */

typedef struct closure {
    const vs_graph *graph;
    vs__nodes *nodes;
    uint32_t *slots; /* open addressing: 1 + index of a node, 0 for none */
    size_t n_slots;  /* twice the nodes */
    uint32_t *path;  /* the nodes being looked at, and those to look at before them */
    size_t depth;
    size_t room;
    bool lacking; /* the node being looked at lacks something */
    bool failed;  /* out of memory */
} closure;

static size_t slot_of(const closure *self, const vs_operation *node)
{
    uint64_t hash = ((uintptr_t)node >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32;
    return (size_t)(hash * self->n_slots >> 32);
}

/* The slot that holds a node, or the empty one where it would go. */
static size_t find_slot(const closure *self, const vs_operation *node)
{
    size_t at = slot_of(self, node);
    while (self->slots[at] && vs__nodes_at(self->nodes, self->slots[at] - 1) != node)
        at = at + 1 < self->n_slots ? at + 1 : 0;
    return at;
}

static void push(closure *self, uint32_t i)
{
    if (self->depth == self->room) {
        size_t size = self->room * sizeof *self->path, larger = size * 2 + 256 * sizeof *self->path;
        uint32_t *path = vs__reallocate(self->path, size, larger);
        if (!path) {
            self->failed = true;
            return;
        }
        self->path = path;
        self->room = larger / sizeof *path;
    }
    self->path[self->depth++] = i;
}

static uintptr_t state_of(const closure *self, uint32_t i)
{
    return self->nodes->items[i] & STATE_BITS;
}

static void set_state(closure *self, uint32_t i, uintptr_t state)
{
    self->nodes->items[i] = (self->nodes->items[i] & ~(uintptr_t)STATE_BITS) | state;
}

/* A node that the one being looked at needs; NULL: it was not made. One that is open is that node itself. */
static void require(closure *self, const vs_operation *needed)
{
    uint32_t slot = needed ? self->slots[find_slot(self, needed)] : 0;
    if (!slot || state_of(self, slot - 1) == PARTIAL)
        self->lacking = true;
    else if (state_of(self, slot - 1) == UNKNOWN)
        push(self, slot - 1);
}

/* Look at what the node on top of the path needs, and push what is not known yet. */
static void look_at_top(closure *self)
{
    size_t depth = self->depth;
    uint32_t i = self->path[depth - 1];
    const vs_operation *node = vs__nodes_at(self->nodes, i), *needed;
    vs__wire_reader groups = groups_of(node);
    set_state(self, i, OPEN);
    self->lacking = false;
    for (uint32_t k = 0; k < node->n_inputs && !self->lacking; k++)
        require(self, vs__output_node(vs__node_input(node, k)));
    for (uint32_t k = 0; k < node->n_control && !self->lacking; k++)
        require(self, vs__node_control(node, k));
    while (!self->lacking && next_group(&groups, self->graph, &needed))
        require(self, needed);
    if (self->lacking || self->depth == depth) {
        self->depth = depth - 1;
        set_state(self, i, self->lacking ? PARTIAL : WHOLE);
    }
}

/* Find out for each node whether all that it needs is there. */
static void decide(closure *self)
{
    for (uint32_t i = 0; i < self->nodes->count && !self->failed; i++) {
        push(self, i);
        while (self->depth && !self->failed) {
            uintptr_t state = state_of(self, self->path[self->depth - 1]);
            if (state == WHOLE || state == PARTIAL)
                self->depth--; /* pushed twice */
            else
                look_at_top(self);
        }
    }
}

static void keep_whole(vs__nodes *nodes)
{
    size_t kept = 0;
    for (size_t i = 0; i < nodes->count; i++)
        if ((nodes->items[i] & STATE_BITS) == WHOLE)
            nodes->items[kept++] = nodes->items[i] & ~(uintptr_t)STATE_BITS;
    nodes->count = kept;
}

/* Leave out what lacks something. false: out of memory. */
static bool close_nodes(vs__nodes *nodes, const vs_graph *graph)
{
    closure self = {.graph = graph, .nodes = nodes, .n_slots = nodes->count * 2};
    self.slots = vs__allocate_zeroed(self.n_slots * sizeof *self.slots);
    if (!self.slots)
        return false;
    for (uint32_t i = 0; i < nodes->count; i++)
        self.slots[find_slot(&self, vs__nodes_at(nodes, i))] = i + 1;
    decide(&self);
    if (!self.failed)
        keep_whole(nodes);
    vs__release(self.path, self.room * sizeof *self.path);
    vs__release(self.slots, self.n_slots * sizeof *self.slots);
    return !self.failed;
}

/* Whether the nodes taken are those of one moment, and no variable is being made in it. In this order. */
static bool is_quiet(const vs__nodes *nodes, const vs_graph *graph)
{
    return !is_open(&graph->order) && vs_graph_num_operations(graph) == nodes->count;
}

/* Take what a walk visits. *whole_out: whether nothing is missing of what these nodes need. false: error set. */
static bool walk(vs__nodes *nodes, const vs_graph *graph, bool *whole_out, vs_error *error)
{
    nodes->count = 0;
    if (!vs__strand_walk(&graph->order, add_node, nodes))
        return vs__fail_memory(error, NULL);
    if (nodes->count > VS__EXPORT_MOST / 4) /* no node takes less; and indices here are of 32 bits */
        return vs__export_fail_size(error);
    *whole_out = is_quiet(nodes, graph);
    return true;
}

static unsigned count_moves(const vs_graph *graph)
{
    return atomic_load_explicit(&((vs_graph *)(uintptr_t)graph)->moves, memory_order_acquire);
}

/* The same, again when strands moved meanwhile, which a walk may have missed: they do so a limited number of times. */
static bool walk_at_rest(vs__nodes *nodes, const vs_graph *graph, bool *whole_out, vs_error *error)
{
    for (;;) {
        unsigned moves = count_moves(graph);
        if (!walk(nodes, graph, whole_out, error))
            return false;
        if (!(moves & 1) && count_moves(graph) == moves)
            return true;
    }
}

bool vs__nodes_take(vs__nodes *nodes, const vs_graph *graph, vs_error *error)
{
    bool whole = false;
    *nodes = (vs__nodes){.capacity = vs_graph_num_operations(graph) + 1};
    nodes->items = vs__allocate(nodes->capacity * sizeof *nodes->items);
    if (nodes->items && walk_at_rest(nodes, graph, &whole, error) && (whole || close_nodes(nodes, graph))) {
        read_flags(nodes);
        return true;
    }
    vs__nodes_free(nodes);
    return vs__fail_memory(error, NULL);
}
