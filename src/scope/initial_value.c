/*
 * Initial values that read other variables.
 *
 * An operation that initializes all variables runs their Assign ops in no order. So what is assigned must not read a
 * variable: where the initial value of one does, its Assign gets a copy of that part of the graph in which each read
 * variable is replaced by what that one starts as (docs/decisions/0008-initial-values-that-read-variables.md). The
 * ops on the way are copied, under the names that TensorFlow gives its copies (_safe_initial_value_from_op of
 * variables.py), and what reads no variable is shared.
 *
 * Every input of a node is older than the node, so the walk ends. It keeps its own stack: a value may be deep.
 */
#include "initial_value.h"

#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "collections.h"

/* What stands for a node in the copy. */
typedef struct stand_in {
    const vs_operation *node;  /* NULL: a free slot */
    const vs_operation *op;    /* the node itself or its copy; NULL: value stands for it */
    const vs__output *value;   /* of a variable, or a read of one: what the variable starts as */
} stand_in;

enum { FEW = 32 };

typedef struct guard {
    vs__builder *builder;
    const char *name;            /* of the variable that is made */
    stand_in *slots;             /* open addressing: never full */
    size_t mask, count;
    const vs_operation **path;   /* what is being looked at, from the value down */
    size_t depth, room;
    stand_in few_slots[FEW];
    const vs_operation *few_path[FEW];
} guard;

static bool fail_memory(guard *self)
{
    return vs__fail_memory(self->builder->error, self->builder->call);
}

static stand_in *slot_of(stand_in *slots, size_t mask, const vs_operation *node)
{
    size_t i = ((uintptr_t)node >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32;
    while (slots[i & mask].node && slots[i & mask].node != node)
        i++;
    return &slots[i & mask];
}

static stand_in *find(guard *self, const vs_operation *node)
{
    stand_in *slot = slot_of(self->slots, self->mask, node);
    return slot->node ? slot : NULL;
}

static void free_slots(guard *self)
{
    if (self->slots != self->few_slots)
        vs__release(self->slots, (self->mask + 1) * sizeof *self->slots);
}

static bool add(guard *self, stand_in made)
{
    if ((self->count + 1) * 2 > self->mask + 1) {
        size_t mask = self->mask * 2 + 1;
        stand_in *slots = vs__allocate_zeroed((mask + 1) * sizeof *slots);
        if (!slots)
            return fail_memory(self);
        for (size_t i = 0; i <= self->mask; i++)
            if (self->slots[i].node)
                *slot_of(slots, mask, self->slots[i].node) = self->slots[i];
        free_slots(self);
        self->slots = slots;
        self->mask = mask;
    }
    *slot_of(self->slots, self->mask, made.node) = made;
    self->count++;
    return true;
}

static bool push(guard *self, const vs_operation *node)
{
    if (self->depth == self->room) {
        const vs_operation **path = vs__allocate(self->room * 2 * sizeof *path);
        if (!path)
            return fail_memory(self);
        memcpy(path, self->path, self->room * sizeof *path);
        if (self->path != self->few_path)
            vs__release(self->path, self->room * sizeof *path);
        self->path = path;
        self->room *= 2;
    }
    self->path[self->depth++] = node;
    return true;
}

/* ---- variables ---- */

/* The variable behind a node, as far as an initializer op would make it (_find_initialized_value_for_variable). */
static const vs_variable *variable_of(const guard *self, const vs_operation *node)
{
    if (node->op != VS__OP_VariableV2 && node->op != VS__OP_Variable && node->op != VS__OP_VarHandleOp)
        return NULL;
    const vs_variable *found = vs__collection_find_variable(self->builder->graph, VS_GLOBAL_VARIABLES, node);
    return found ? found : vs__collection_find_variable(self->builder->graph, VS_LOCAL_VARIABLES, node);
}

/* Whether a read waits for an op that changes what it reads: then what the variable starts as will not do. */
static bool reads_a_change(const vs_operation *read)
{
    for (uint32_t i = 0; i < read->n_control; i++) {
        const vs_operation *waited = vs__node_control(read, i);
        for (uint32_t k = 0; k < waited->n_inputs; k++)
            if (vs__node_input(waited, k) == vs__node_input(read, 0))
                return true;
    }
    return false;
}

/* Ops that stay as they are: the variable has to be initialized before, or it is what they ask. */
static bool stays(const vs_operation *node)
{
    return !node->n_inputs || node->op == VS__OP_IsVariableInitialized || node->op == VS__OP_VarIsInitializedOp ||
           (node->op == VS__OP_ReadVariableOp && reads_a_change(node));
}

/* The variable whose start stands for a node; NULL: none does. */
static const vs_variable *read_variable(const guard *self, const vs_operation *node)
{
    if (node->op == VS__OP_VarHandleOp)
        return NULL;
    if (node->op == VS__OP_ReadVariableOp)
        return reads_a_change(node) ? NULL : variable_of(self, vs__output_node(vs__node_input(node, 0)));
    return variable_of(self, node);
}

/* ---- copies ---- */

static const vs__output *input_of_copy(guard *self, const vs__output *input)
{
    const stand_in *found = find(self, vs__output_node(input));
    return found->op ? vs__node_output(found->op, input->index) : found->value;
}

/* Whether an op takes a ref where it has its inputs: then the value of a variable will not do. */
static bool takes_ref(const vs_operation *node)
{
    const vs__op_def *def = vs__node_def(node);
    for (unsigned i = 0; i < def->n_inputs; i++)
        if (vs__op_input(def, i)->is_ref)
            return true;
    return false;
}

static bool refuse_change(guard *self, const vs_operation *node)
{
    char name[256];
    vs__name_format(&node->name, name, sizeof name);
    return vs__fail(self->builder->error, VS_INVALID_ARGUMENT, self->builder->call,
                    "the initial value of variable %s needs op %s (%s), which takes another variable by reference: "
                    "take that one's value instead", self->name, name, vs__op_name(vs__node_def(node)));
}

/* The copy's inputs, and what it has to wait for: the Assign of each resource variable that it takes by its handle. */
static bool change_inputs(guard *self, const vs_operation *node, const vs__output **inputs, const vs_operation **waits,
                          size_t *n_waits)
{
    bool changed = false;
    *n_waits = 0;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        const vs__output *input = vs__node_input(node, i);
        const vs_operation *from = vs__output_node(input);
        const vs_variable *held = from->op == VS__OP_VarHandleOp ? variable_of(self, from) : NULL;
        inputs[i] = input_of_copy(self, input);
        changed |= held || inputs[i] != input;
        if (held)
            waits[(*n_waits)++] = held->initializer;
        if (inputs[i] != input && input->dtype > VS_DTYPE_REF && takes_ref(node))
            return refuse_change(self, node);
    }
    return changed;
}

/* "n/mul" for variable "n/x" becomes "n/mul_n/x", made unique; a slash that ends the variable's name is left out, as it
 * would have the name taken as it is. */
static const vs_operation *make_copy(guard *self, const vs_operation *node, const vs__output *const *inputs,
                                     const vs_operation *const *waits, size_t n_waits)
{
    char small[512];
    size_t length = vs__name_format(&node->name, NULL, 0), added = strlen(self->name);
    while (added && self->name[added - 1] == '/')
        added--;
    size_t size = length + added + 2;
    char *name = size <= sizeof small ? small : vs__allocate(size);
    if (!name) {
        fail_memory(self);
        return NULL;
    }
    vs__name_format(&node->name, name, length + 1);
    snprintf(name + length, size - length, "_%.*s", (int)added, self->name);
    const vs_operation *copy = vs__emit_like(self->builder, node, inputs, waits, n_waits, name);
    if (name != small)
        vs__release(name, size);
    return copy;
}

static const vs_operation *copy_if_changed(guard *self, const vs_operation *node)
{
    const void *few[2 * FEW];
    size_t size = 2 * node->n_inputs * sizeof *few, n_waits;
    const void **room = node->n_inputs <= FEW ? few : vs__allocate(size);
    if (!room) {
        fail_memory(self);
        return NULL;
    }
    const vs__output **inputs = (const vs__output **)room;
    const vs_operation **waits = (const vs_operation **)(room + node->n_inputs), *result = node;
    if (change_inputs(self, node, inputs, waits, &n_waits))
        result = make_copy(self, node, inputs, waits, n_waits);
    if (room != few)
        vs__release(room, size);
    return self->builder->error->code == VS_OK ? result : NULL;
}

/* ---- the walk ---- */

static bool push_inputs(guard *self, const vs_operation *node)
{
    for (uint32_t i = node->n_inputs; i-- > 0;) { /* the first one on top */
        const vs_operation *from = vs__output_node(vs__node_input(node, i));
        if (!find(self, from) && !push(self, from))
            return false;
    }
    return true;
}

/* Look at the node on top of the path: at what it needs first, then say what stands for it. */
static bool look_at_top(guard *self)
{
    const vs_operation *node = self->path[self->depth - 1];
    stand_in made = {node, node, NULL};
    const vs_variable *variable = read_variable(self, node);
    if (variable) {
        made = (stand_in){node, NULL, variable->start};
    } else if (!stays(node)) {
        size_t depth = self->depth;
        if (!push_inputs(self, node))
            return false;
        if (self->depth != depth)
            return true; /* again when those are known */
        made.op = copy_if_changed(self, node);
        if (!made.op)
            return false;
    }
    self->depth--;
    return add(self, made);
}

static bool walk(guard *self, const vs_operation *from)
{
    bool going = push(self, from);
    while (going && self->depth) {
        if (find(self, self->path[self->depth - 1]))
            self->depth--; /* pushed twice */
        else
            going = look_at_top(self);
    }
    return going;
}

const vs__output *vs__initial_value_guard(vs__builder *builder, const char *name, const vs__output *value)
{
    const vs_operation *node = vs__output_node(value);
    if (!node->n_inputs && node->op != VS__OP_VariableV2 && node->op != VS__OP_Variable)
        return value;
    guard self = {.builder = builder, .name = name, .mask = FEW - 1, .room = FEW};
    self.slots = self.few_slots;
    self.path = self.few_path;
    vs__scope *before = builder->scope;
    builder->scope = builder->graph->root;
    const vs__output *guarded = walk(&self, node) ? input_of_copy(&self, value) : NULL;
    builder->scope = before;
    free_slots(&self);
    if (self.path != self.few_path)
        vs__release(self.path, self.room * sizeof *self.path);
    return guarded;
}
