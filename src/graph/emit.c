/* Emission: making a node and publishing it, with its place, its control inputs and its colocation. */
#include <stdlib.h>
#include <string.h>

#include "builder.h"
#include "explain.h"
#include "infer.h"
#include "shared_names.h"
#include "wire.h"

/* ---- the ops that a control_dependencies block has made ---- */

static size_t slot_of(const vs_operation *node, size_t mask)
{
    return ((uintptr_t)node >> 4) * (size_t)0x9E3779B97F4A7C15u >> 7 & mask;
}

static bool set_has(const vs__node_set *set, const vs_operation *node)
{
    for (size_t at = slot_of(node, set->mask); set->mask && set->slots[at]; at = (at + 1) & set->mask)
        if (set->slots[at] == node)
            return true;
    return false;
}

static void set_place(vs__node_set *set, const vs_operation *node)
{
    size_t at = slot_of(node, set->mask);
    while (set->slots[at])
        at = (at + 1) & set->mask;
    set->slots[at] = node;
}

/* Make room for one more. */
static bool set_reserve(vs__node_set *set)
{
    if (set->mask && (set->count + 1) * 2 <= set->mask)
        return true;
    vs__node_set larger = {.mask = set->mask ? set->mask * 2 + 1 : 15, .count = set->count};
    larger.slots = vs__allocate_zeroed((larger.mask + 1) * sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; set->mask && i <= set->mask; i++)
        if (set->slots[i])
            set_place(&larger, set->slots[i]);
    vs__node_set_free(set);
    *set = larger;
    return true;
}

void vs__node_set_free(vs__node_set *set)
{
    if (set->mask)
        vs__release(set->slots, (set->mask + 1) * sizeof *set->slots);
    *set = (vs__node_set){NULL, 0, 0};
}

/* ---- control inputs ---- */

typedef struct controls {
    const vs_operation **nodes;
    size_t count;
    size_t capacity;
    bool on_heap;
} controls;

static void controls_free(controls *list)
{
    if (list->on_heap)
        vs__release(list->nodes, list->capacity * sizeof *list->nodes);
}

static bool controls_add(controls *list, const vs_operation *node)
{
    for (size_t i = 0; i < list->count && list->count <= 64; i++) /* longer lists are made unique when sorted */
        if (list->nodes[i] == node)
            return true;
    if (list->count == list->capacity) {
        size_t size = list->capacity * sizeof *list->nodes;
        const vs_operation **larger = vs__allocate(size * 2);
        if (!larger)
            return false;
        memcpy(larger, list->nodes, size);
        controls_free(list);
        list->nodes = larger;
        list->capacity *= 2;
        list->on_heap = true;
    }
    list->nodes[list->count++] = node;
    return true;
}

static bool is_input(const vs__node_parts *parts, const vs_operation *node)
{
    for (size_t i = 0; i < parts->n_inputs; i++)
        if (vs__output_node(parts->inputs[i]) == node)
            return true;
    return false;
}

/* Whether an input was made inside a block: then it has waited already (Graph._control_dependencies_for_inputs). */
static bool dominated(const vs__control *control, const vs__node_parts *parts)
{
    for (size_t i = 0; i < parts->n_inputs; i++)
        if (set_has(&control->seen, vs__output_node(parts->inputs[i])))
            return true;
    return false;
}

static int compare_names(const void *a, const void *b)
{
    const vs_operation *first = *(const vs_operation *const *)a, *second = *(const vs_operation *const *)b;
    return vs__name_compare(&first->name, &second->name);
}

/* Sorted by name and each once: so TensorFlow writes them. */
static void controls_sort(controls *list)
{
    if (list->count < 2)
        return;
    qsort(list->nodes, list->count, sizeof *list->nodes, compare_names);
    size_t kept = 1;
    for (size_t i = 1; i < list->count; i++)
        if (list->nodes[i] != list->nodes[kept - 1])
            list->nodes[kept++] = list->nodes[i];
    list->count = kept;
}

static bool collect_controls(const vs__control *control, const vs__node_parts *parts, controls *list)
{
    for (; control; control = control->outer) {
        if (dominated(control, parts))
            continue;
        for (size_t i = 0; i < control->count; i++)
            if (!is_input(parts, control->inputs[i]) && !controls_add(list, control->inputs[i]))
                return false;
    }
    controls_sort(list);
    return true;
}

/* ---- colocation ---- */

enum { MOST_GROUPS = 64 };

/* One group, "loc:@v"; its bytes lie in the groups of a node. */
typedef struct group {
    const uint8_t *text;
    size_t size;
} group;

typedef struct groups {
    size_t count;
    group list[MOST_GROUPS];
} groups;

/* The wire bytes of _class, an AttrValue { list = 1 { s = 2 } }. */
static void write_groups(vs__bytes *out, const group *list, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += 1 + vs__wire_varint_size(list[i].size) + list[i].size;
    vs__wire_tag(out, 1, VS__WIRE_BYTES);
    vs__wire_varint(out, size);
    for (size_t i = 0; i < count; i++)
        vs__wire_field(out, 2, list[i].text, list[i].size);
}

static const vs__blob *intern_groups(vs__builder *builder, const group *list, size_t count)
{
    uint8_t local[512];
    vs__bytes value = vs__bytes_on(local, sizeof local);
    write_groups(&value, list, count);
    const vs__blob *blob = NULL;
    if (!value.failed)
        blob = vs__intern(&builder->graph->interned, &builder->arena, VS__INTERN_ATTRS, value.data, value.size);
    vs__bytes_free(&value);
    if (!blob)
        vs__fail_memory(builder->error, builder->call);
    return blob;
}

const vs__blob *vs__groups_of_name(vs__builder *builder, const vs__name *name)
{
    char small[256];
    size_t length = vs__name_format(name, NULL, 0) + 5;
    char *text = length < sizeof small ? small : vs__allocate(length + 1);
    if (!text) {
        vs__fail_memory(builder->error, builder->call);
        return NULL;
    }
    memcpy(text, "loc:@", 5);
    vs__name_format(name, text + 5, length - 4);
    const group own = {(const uint8_t *)text, length};
    const vs__blob *blob = intern_groups(builder, &own, 1);
    if (text != small)
        vs__release(text, length + 1);
    return blob;
}

/* The groups of an op: its _class, or the one of its own name (Operation.colocation_groups). */
static const vs__blob *groups_of(vs__builder *builder, const vs_operation *op)
{
    return op->groups ? op->groups : vs__groups_of_name(builder, &op->name);
}

static bool add_groups(vs__builder *builder, groups *to, const vs__blob *from)
{
    vs__wire_reader outer = vs__wire_read(from->data, from->size);
    while (vs__wire_next(&outer)) {
        vs__wire_reader inner = vs__wire_read(outer.data, outer.size);
        while (vs__wire_next(&inner)) {
            if (to->count == MOST_GROUPS)
                return vs__fail(builder->error, VS_RESOURCE_EXHAUSTED, builder->call,
                                "a node is colocated with more than %d groups", MOST_GROUPS);
            to->list[to->count++] = (group){inner.data, inner.size};
        }
    }
    return true;
}

static int compare_groups(const void *a, const void *b)
{
    const group *first = a, *second = b;
    size_t shorter = first->size < second->size ? first->size : second->size;
    int order = memcmp(first->text, second->text, shorter);
    return order ? order : (first->size > second->size) - (first->size < second->size);
}

/* Several levels: the groups of all, sorted, each once. */
static const vs__blob *join_groups(vs__builder *builder, const vs__colocation *level)
{
    groups all;
    all.count = 0;
    for (; level; level = level->outer) {
        const vs__blob *of = groups_of(builder, level->op);
        if (!of || !add_groups(builder, &all, of))
            return NULL;
    }
    qsort(all.list, all.count, sizeof *all.list, compare_groups);
    size_t kept = 1;
    for (size_t i = 1; i < all.count; i++)
        if (compare_groups(&all.list[i], &all.list[kept - 1]) != 0)
            all.list[kept++] = all.list[i];
    return intern_groups(builder, all.list, kept);
}

void vs__colocation_enter(vs__builder *builder, vs__colocation *level, const vs_operation *op)
{
    *level = (vs__colocation){builder->colocation, op, op ? op->device : NULL};
    if (builder->device_level == VS__DEVICE_OUTSIDE)
        builder->outer_device = builder->device;
    builder->colocation = level;
    builder->device = NULL;
    builder->device_level = VS__DEVICE_HIDDEN;
}

/* The groups of a node, NULL for none, and the device that colocation gives it. false: error set. */
static bool colocate(vs__builder *builder, const vs__colocation *level, const vs__blob **groups_out,
                     const vs__blob **device)
{
    *groups_out = builder->class_of;
    if (!level)
        return true;
    *groups_out = level->outer ? join_groups(builder, level) : groups_of(builder, level->op);
    for (; level; level = level->outer) {
        if (level->device) {
            *device = level->device;
            break;
        }
    }
    return *groups_out != NULL;
}

/* Colocation with the ref inputs of a node, as frames in front of the present ones; devices outside are forgotten. */
static bool colocate_refs(vs__builder *builder, const vs__node_parts *parts, const vs__blob **groups_out,
                          const vs__blob **device)
{
    vs__colocation frames[8];
    const vs__colocation *top = builder->colocation;
    size_t used = 0;
    for (size_t i = 0; i < parts->n_inputs; i++) {
        if (!parts->is_ref[i])
            continue;
        if (used == sizeof frames / sizeof *frames)
            return vs__fail(builder->error, VS_UNIMPLEMENTED, builder->call, "op %s takes more than 8 ref inputs",
                            vs__op_name(parts->def));
        const vs_operation *op = vs__output_node(parts->inputs[i]);
        frames[used] = (vs__colocation){top, op, op->device};
        top = &frames[used++];
    }
    *device = NULL;
    return colocate(builder, top, groups_out, device);
}

/* ---- the node ---- */

static vs_operation *lay_out(vs__builder *builder, const vs__node_parts *parts, const controls *list)
{
    size_t edges = parts->n_inputs + list->count;
    char *memory = vs__arena_allocate(&builder->arena, parts->n_outputs * sizeof(vs__output) +
                                                           sizeof(vs_operation) + edges * sizeof(void *));
    if (!memory)
        return NULL;
    vs_operation *node = (vs_operation *)(memory + parts->n_outputs * sizeof(vs__output));
    for (size_t i = 0; i < parts->n_outputs; i++)
        *((vs__output *)node - 1 - i) = (vs__output){parts->shapes[i], (uint32_t)i, parts->dtypes[i], 0};
    node->attrs = parts->attrs;
    node->op = (uint16_t)vs__op_def_index(parts->def);
    atomic_init(&node->flags, 0);
    node->n_inputs = (uint32_t)parts->n_inputs;
    node->n_control = (uint32_t)list->count;
    node->n_outputs = (uint16_t)parts->n_outputs;
    for (size_t i = 0; i < parts->n_inputs; i++)
        node->edges[i] = parts->inputs[i];
    for (size_t i = 0; i < list->count; i++)
        node->edges[parts->n_inputs + i] = list->nodes[i];
    return node;
}

/* As vs__name_reserve_node(), with a note of the name in between: a node is bound when nothing can fail any more. */
static vs__name_result name_noted(vs__builder *builder, const vs__node_parts *parts, vs_operation *node)
{
    vs__name *out = &node->name;
    if (!vs__name_reserve(&builder->names, &builder->arena, builder->scope, parts->name, strlen(parts->name),
                          parts->name_is_static, out) ||
        !vs__shared_names_note(builder, out))
        return VS__NAME_NO_MEMORY;
    return vs__name_bind(&builder->arena, out, node);
}

static bool name_node(vs__builder *builder, const vs__node_parts *parts, vs_operation *node)
{
    vs__name_result result;
    if (parts->scope) {
        node->name = parts->scope->name;
        result = vs__name_bind(&builder->arena, &node->name, node);
    } else {
        result = vs__shared_names_matter(builder)
                     ? name_noted(builder, parts, node)
                     : vs__name_reserve_node(&builder->names, &builder->arena, builder->scope, parts->name,
                                             strlen(parts->name), parts->name_is_static, node, &node->name);
        vs__explain *explain = vs__explains(builder->graph);
        if (explain && result != VS__NAME_NO_MEMORY)
            vs__explain_name(builder, explain, VS_NAMED_OPERATION, parts->name, strlen(parts->name),
                             strcmp(parts->name, vs__op_name(parts->def)) != 0, &node->name);
    }
    *parts->name_used = result != VS__NAME_NO_MEMORY;
    if (result == VS__NAME_OK)
        return true;
    if (result == VS__NAME_NO_MEMORY)
        return vs__fail_memory(builder->error, builder->call);
    char name[256];
    vs__name_format(&node->name, name, sizeof name);
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "there is a node named exactly %s already: leave the trailing slash away to get a unique name",
                    name);
}

/* Publish: what is stored before the strand's count is released is what readers see. Room was made before. */
static void publish(vs__builder *builder, vs_operation *node)
{
    for (vs__control *control = builder->control; control; control = control->outer) {
        set_place(&control->seen, node);
        control->seen.count++;
    }
    vs__strand_append(builder->strand, node);
}

static bool make_room(vs__builder *builder)
{
    for (vs__control *control = builder->control; control; control = control->outer)
        if (!set_reserve(&control->seen))
            return false;
    return vs__strand_reserve(&builder->arena, builder->strand);
}

static const vs_operation *emit_placed(vs__builder *builder, const vs__node_parts *parts)
{
    const vs_operation *local[32];
    controls list = {local, 0, sizeof local / sizeof *local, false};
    const vs__blob *groups_of_node = NULL, *device = builder->device;
    if (!(parts->has_ref_input ? colocate_refs(builder, parts, &groups_of_node, &device)
                               : colocate(builder, builder->colocation, &groups_of_node, &device)))
        return NULL;
    vs_operation *node = NULL;
    if (make_room(builder) && collect_controls(builder->control, parts, &list))
        node = lay_out(builder, parts, &list);
    controls_free(&list);
    if (!node) {
        vs__fail_memory(builder->error, builder->call);
        return NULL;
    }
    node->groups = groups_of_node;
    node->device = device;
    if (!name_node(builder, parts, node))
        return NULL;
    publish(builder, node);
    return node;
}

/* The nodes that a copy waits for, each once, sorted; and the copy, without its name. NULL: error set. */
static vs_operation *lay_out_like(vs__builder *builder, const vs_operation *like, const vs__output *const *inputs,
                                  const vs_operation *const *waits, size_t n_waits)
{
    const vs_operation *local[32];
    controls list = {local, 0, sizeof local / sizeof *local, false};
    bool added = true;
    for (size_t i = 0; i < n_waits && added; i++)
        added = controls_add(&list, waits[i]);
    controls_sort(&list);
    size_t outputs = like->n_outputs * sizeof(vs__output), edges = like->n_inputs + list.count;
    char *memory =
        added ? vs__arena_allocate(&builder->arena, outputs + sizeof(vs_operation) + edges * sizeof(void *)) : NULL;
    vs_operation *node = memory ? (vs_operation *)(memory + outputs) : NULL;
    if (node) {
        memcpy(memory, (const vs__output *)like - like->n_outputs, outputs);
        *node = (vs_operation){.attrs = like->attrs, .groups = like->groups, .device = like->device, .op = like->op,
                               .n_inputs = like->n_inputs, .n_control = (uint32_t)list.count, .n_outputs = like->n_outputs};
        memcpy(node->edges, inputs, like->n_inputs * sizeof(void *));
        memcpy(node->edges + like->n_inputs, list.nodes, list.count * sizeof(void *));
    } else {
        vs__fail_memory(builder->error, builder->call);
    }
    controls_free(&list);
    return node;
}

/* The shapes of a copy's outputs, of whose inputs more may be known than of the original's. false: error set. */
static bool infer_like(vs__builder *builder, const vs_operation *like, const vs__output *const *inputs, vs_operation *node)
{
    enum { FEW = 16 };
    const vs__blob *few[FEW] = {NULL}, **shapes = few;
    vs__attr_value attrs[VS__MOST_ATTRS] = {{.is_set = false}};
    if (like->n_outputs > FEW && !(shapes = vs__arena_allocate(&builder->arena, like->n_outputs * sizeof *shapes)))
        return vs__fail_memory(builder->error, builder->call);
    memset(shapes, 0, like->n_outputs * sizeof *shapes);
    vs__inference inference = {builder, vs__node_def(like), inputs, like->n_inputs, attrs, attrs, like, shapes,
                               like->n_outputs};
    for (unsigned i = 0; i < inference.def->n_attrs; i++)
        if (vs__op_attr(inference.def, i)->kind == VS__ATTR_SHAPE)
            return true; /* what it says, it says of the copy, too */
    if (!vs__infer_has_rule(inference.def))
        return true;
    if (!vs__infer_shapes(&inference))
        return false;
    for (uint32_t i = 0; i < like->n_outputs; i++)
        ((vs__output *)(uintptr_t)vs__node_output(node, i))->shape = shapes[i];
    return true;
}

/* A node whose device functions say. */
static const vs_operation *emit_by_functions(vs__builder *builder, const vs__node_parts *parts)
{
    vs__node_parts own = *parts;
    vs__op_scope scope;
    const vs__blob *before = builder->device, *device;
    if (!vs__choose_device(builder, &own, &scope, &device))
        return NULL;
    builder->device = device;
    const vs_operation *node = emit_placed(builder, &own);
    builder->device = before;
    return node;
}

const vs_operation *vs__emit(vs__builder *builder, const vs__node_parts *parts)
{
    if (builder->is_placing) {
        vs__fail(builder->error, VS_FAILED_PRECONDITION, builder->call,
                 "a device function may not build: it is asked in the middle of making a node");
        return NULL;
    }
    /* Of a node that is colocated with its refs, the devices around do not count. */
    if (builder->device && builder->device->kind == VS__INTERN_DEVICES && !parts->has_ref_input)
        return emit_by_functions(builder, parts);
    return emit_placed(builder, parts);
}

const vs_operation *vs__emit_like(vs__builder *builder, const vs_operation *like, const vs__output *const *inputs,
                                  const vs_operation *const *waits, size_t n_waits, const char *name)
{
    bool name_used;
    const vs__node_parts parts = {.def = vs__node_def(like), .name = name, .name_used = &name_used};
    vs_operation *node = lay_out_like(builder, like, inputs, waits, n_waits);
    if (!node)
        return NULL;
    if (!infer_like(builder, like, inputs, node)) {
        vs__op_scope used; /* a call that fails uses its name up */
        vs__op_scope_open(builder, name, name, &used);
        return NULL;
    }
    if (!make_room(builder)) {
        vs__fail_memory(builder->error, builder->call);
        return NULL;
    }
    if (!name_node(builder, &parts, node))
        return NULL;
    publish(builder, node);
    return node;
}

void vs__node_mark_control(const vs_operation *node)
{
    atomic_fetch_or_explicit(&((vs_operation *)(uintptr_t)node)->flags, VS__NODE_MANUAL_CONTROL,
                             memory_order_relaxed);
}

const vs__blob *vs__intern_text(vs__builder *builder, const char *text, size_t length)
{
    const vs__blob *blob = vs__intern(&builder->graph->interned, &builder->arena, VS__INTERN_STRING, text, length);
    if (!blob)
        vs__fail_memory(builder->error, builder->call);
    return blob;
}

const vs__blob *vs__intern_shape(vs__builder *builder, vs_shape shape, bool *failed)
{
    if (shape.kind != VS_SHAPE_RANKED)
        return NULL;
    const vs__blob *blob = vs__intern(&builder->graph->interned, &builder->arena, VS__INTERN_SHAPE, shape.dims,
                                      shape.rank * sizeof *shape.dims);
    if (!blob)
        *failed = !vs__fail_memory(builder->error, builder->call);
    return blob;
}
