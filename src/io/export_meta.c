/*
 * MetaGraphDef: the graph, and its collections as tf.train.export_meta_graph writes them.
 *
 * What a collection is written as depends on its key and its items (meta_graph.add_collection_def): the keys
 * of variables have VariableDefs, other keys the names of their nodes, or strings. A collection whose items
 * do not fit is left out, as TensorFlow does with a warning.
 *
 * The collections are read before the nodes: so every node that they name is there.
 */
#include <string.h>

#include <varscope/collection.h>
#include <varscope/graph.h>

#include "export_parts.h"
#include "memory.h"
#include "op_registry_ids.h"
#include "variable.h"
#include "varscope_graph.pb-c.h"
#include "wire.h"

enum { META_GRAPH_DEF = 2 };

typedef Vs__Pb__CollectionDef collection_def;
typedef Vs__Pb__MetaGraphDef__CollectionDefEntry collection_entry;

typedef enum collection_form { FORM_NONE, FORM_VARIABLES, FORM_NODES, FORM_STRINGS } collection_form;

/* The keys with a form of their own (ops.register_proto_function): of variables, and of what is not here. */
static const char *const variable_keys[] = {
    "variables",       "trainable_variables", "moving_average_variables", "local_variables",
    "model_variables", "metric_variables",    "global_step"};
static const char *const foreign_keys[] = {"savers", "queue_runners", "cond_context", "while_context"};

#define IS_ONE_OF(key, keys) is_one_of(key, keys, sizeof(keys) / sizeof *(keys))

static bool is_one_of(const char *key, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static bool fits(const vs_item *item, collection_form form)
{
    switch (form) {
    case FORM_VARIABLES:
        return item->kind == VS_ITEM_VARIABLE && item->of.variable->kind != VS_PARTITIONED_VARIABLE &&
               !item->of.variable->after; /* what an assignment gives cannot be written */
    case FORM_NODES:
        return item->kind != VS_ITEM_STRING;
    case FORM_STRINGS:
        return item->kind == VS_ITEM_STRING;
    case FORM_NONE:
        break;
    }
    return false;
}

static collection_form form_of(const char *key, const vs_items *items)
{
    if (!items->count || IS_ONE_OF(key, foreign_keys))
        return FORM_NONE;
    collection_form form = FORM_NODES;
    if (IS_ONE_OF(key, variable_keys))
        form = FORM_VARIABLES;
    else if (items->items[0].kind == VS_ITEM_STRING)
        form = FORM_STRINGS;
    for (size_t i = 0; i < items->count; i++)
        if (!fits(&items->items[i], form))
            return FORM_NONE;
    return form;
}

/* ---- names ---- */

/* Names as they are written: in memory of an arena, and renamed. */
typedef struct naming {
    vs__arena *arena;
    const vs__renaming *renaming;
} naming;

static char *own_name(const naming *of, const char *name)
{
    return vs__renaming_of_text(of->renaming, of->arena, (char *)(uintptr_t)name); /* only read */
}

static char *node_name(const naming *of, const vs_operation *node)
{
    size_t size = vs__name_format(&node->name, NULL, 0) + 1;
    char *name = vs__arena_bytes(of->arena, size);
    if (name)
        vs__name_format(&node->name, name, size);
    return name ? own_name(of, name) : NULL;
}

static char *output_name(const naming *of, const vs__output *output)
{
    size_t size = vs__output_name(output, NULL, 0) + 1;
    char *name = vs__arena_bytes(of->arena, size);
    if (name)
        vs__output_name(output, name, size);
    return name ? own_name(of, name) : NULL;
}

static char *item_name(const naming *of, const vs_item *item)
{
    if (item->kind == VS_ITEM_VARIABLE)
        return own_name(of, item->of.variable->name);
    if (item->kind == VS_ITEM_OPERATION)
        return node_name(of, item->of.operation);
    return output_name(of, item->of.tensor.of.pointer);
}

/* ---- variables ---- */

/* Where a slice lies in the whole (SaveSliceInfo.to_proto). */
static bool fill_slice(const naming *of, Vs__Pb__SaveSliceInfoDef *out, const vs__slice_place *place)
{
    vs_shape full = vs__blob_shape(place->whole->shape);
    out->full_name = own_name(of, place->whole->name);
    out->n_full_shape = full.rank;
    out->full_shape = (int64_t *)(uintptr_t)full.dims; /* these are only read */
    out->n_var_offset = full.rank;
    out->var_offset = (int64_t *)(uintptr_t)place->var_offset;
    out->n_var_shape = full.rank;
    out->var_shape = (int64_t *)(uintptr_t)place->var_shape;
    return out->full_name;
}

/* RefVariable.to_proto, ResourceVariable.to_proto; packed. false: out of memory. */
static bool pack_variable(const naming *of, const vs_variable *variable, ProtobufCBinaryData *out)
{
    Vs__Pb__VariableDef def = VS__PB__VARIABLE_DEF__INIT;
    Vs__Pb__SaveSliceInfoDef slice = VS__PB__SAVE_SLICE_INFO_DEF__INIT;
    def.variable_name = own_name(of, variable->name);
    def.initial_value_name = output_name(of, variable->initial_value);
    def.initializer_name = node_name(of, variable->initializer);
    def.snapshot_name = output_name(of, variable->cached ? variable->cached : variable->snapshot);
    if (!def.variable_name || !def.initial_value_name || !def.initializer_name || !def.snapshot_name)
        return false;
    def.is_resource = variable->kind == VS_RESOURCE_VARIABLE;
    def.trainable = variable->trainable;
    def.synchronization = (Vs__Pb__VariableSynchronization)variable->synchronization;
    def.aggregation = (Vs__Pb__VariableAggregation)variable->aggregation;
    const vs__slice_place *place = vs__variable_slice_of(variable);
    if (place) {
        if (!fill_slice(of, &slice, place))
            return false;
        def.save_slice_info_def = &slice;
    }
    size_t size = vs__pb__variable_def__get_packed_size(&def);
    out->data = vs__arena_allocate(of->arena, size);
    out->len = out->data ? vs__pb__variable_def__pack(&def, out->data) : 0;
    return out->data;
}

/* ---- collections ---- */

static bool fill_names(const naming *of, const vs_items *items, Vs__Pb__CollectionDef__NodeList *out)
{
    out->value = vs__arena_allocate(of->arena, items->count * sizeof *out->value);
    for (; out->value && out->n_value < items->count; out->n_value++) {
        out->value[out->n_value] = item_name(of, &items->items[out->n_value]);
        if (!out->value[out->n_value])
            return false;
    }
    return out->value;
}

static bool fill_bytes(const naming *of, const vs_items *items, Vs__Pb__CollectionDef__BytesList *out)
{
    out->value = vs__arena_allocate(of->arena, items->count * sizeof *out->value);
    for (; out->value && out->n_value < items->count; out->n_value++) {
        const vs_item *item = &items->items[out->n_value];
        ProtobufCBinaryData *bytes = &out->value[out->n_value];
        if (item->kind == VS_ITEM_STRING)
            *bytes = (ProtobufCBinaryData){strlen(item->of.string), (uint8_t *)(uintptr_t)item->of.string};
        else if (!pack_variable(of, item->of.variable, bytes))
            return false;
    }
    return out->value;
}

/* Append the fields of a MetaGraphDef that are set. */
static bool append_meta(vs__bytes *out, const Vs__Pb__MetaGraphDef *meta)
{
    size_t size = vs__pb__meta_graph_def__get_packed_size(meta);
    if (!vs__bytes_reserve(out, size))
        return false;
    out->size += vs__pb__meta_graph_def__pack(meta, out->data + out->size);
    return true;
}

/* Append a collection as an entry of MetaGraphDef.collection_def. false: out of memory. */
static bool append_collection(vs__bytes *out, const vs__renaming *renaming, const char *key, const vs_items *items)
{
    collection_form form = form_of(key, items);
    if (form == FORM_NONE)
        return true;
    vs__blocks blocks = {NULL};
    vs__arena arena;
    vs__arena_init(&arena, &blocks);
    const naming of = {&arena, renaming};
    Vs__Pb__CollectionDef__NodeList names = VS__PB__COLLECTION_DEF__NODE_LIST__INIT;
    Vs__Pb__CollectionDef__BytesList bytes = VS__PB__COLLECTION_DEF__BYTES_LIST__INIT;
    collection_def def = VS__PB__COLLECTION_DEF__INIT;
    collection_entry entry = VS__PB__META_GRAPH_DEF__COLLECTION_DEF_ENTRY__INIT, *entries = &entry;
    Vs__Pb__MetaGraphDef meta = VS__PB__META_GRAPH_DEF__INIT;
    bool filled;
    if (form == FORM_NODES) {
        filled = fill_names(&of, items, &names);
        def.kind_case = VS__PB__COLLECTION_DEF__KIND_NODE_LIST;
        def.node_list = &names;
    } else {
        filled = fill_bytes(&of, items, &bytes);
        def.kind_case = VS__PB__COLLECTION_DEF__KIND_BYTES_LIST;
        def.bytes_list = &bytes;
    }
    entry.key = (char *)(uintptr_t)key; /* only read */
    entry.value = &def;
    meta.n_collection_def = 1;
    meta.collection_def = &entries;
    bool appended = filled && append_meta(out, &meta);
    vs__blocks_free(&blocks);
    return appended;
}

bool vs__collections_write(vs__bytes *out, const vs__renaming *renaming, const vs_graph *graph)
{
    vs_items keys;
    bool appended = vs_graph_collection_keys(graph, &keys) == VS_OK;
    for (size_t i = 0; appended && i < keys.count; i++) {
        vs_items items;
        const char *key = keys.items[i].of.string;
        appended = vs_graph_get_collection(graph, key, NULL, &items) == VS_OK;
        if (appended) {
            appended = append_collection(out, renaming, key, &items);
            vs_items_free(&items);
        }
    }
    vs_items_free(&keys);
    return appended;
}

/* ---- the whole ---- */

/* What comes before the graph's bytes: meta_info_def, and the head of graph_def. */
static bool append_head(vs__bytes *out, size_t graph_size)
{
    Vs__Pb__MetaGraphDef__MetaInfoDef info = VS__PB__META_GRAPH_DEF__META_INFO_DEF__INIT;
    Vs__Pb__MetaGraphDef meta = VS__PB__META_GRAPH_DEF__INIT;
    info.tensorflow_version = (char *)(uintptr_t)VS__TF_VERSION; /* whose form this has */
    meta.meta_info_def = &info;
    if (!append_meta(out, &meta))
        return false;
    vs__wire_tag(out, META_GRAPH_DEF, VS__WIRE_BYTES);
    vs__wire_varint(out, graph_size);
    return !out->failed;
}

bool vs__meta_graph_def_put(vs__export_stream *stream, const vs__nodes *nodes, const vs__bytes *collections)
{
    uint8_t local[256];
    size_t graph_size;
    if (!vs__graph_def_size(nodes, &graph_size, stream->error))
        return false;
    vs__bytes head = vs__bytes_on(local, sizeof local);
    bool done = append_head(&head, graph_size) || vs__fail_memory(stream->error, NULL);
    if (done && head.size + graph_size + collections->size > VS__EXPORT_MOST)
        done = vs__export_fail_size(stream->error);
    done = done && vs__stream_put(stream, head.data, head.size) && vs__graph_def_put(stream, nodes) &&
           vs__stream_put(stream, collections->data, collections->size);
    vs__bytes_free(&head);
    return done;
}

bool vs__export_meta_graph_def(vs__export_stream *stream, const vs_graph *graph)
{
    vs__bytes collections = vs__bytes_on(NULL, 0);
    vs__nodes nodes;
    bool done = vs__collections_write(&collections, stream->renaming, graph) || vs__fail_memory(stream->error, NULL);
    if (done && vs__nodes_take_for(&nodes, graph, stream)) {
        done = vs__meta_graph_def_put(stream, &nodes, &collections);
        vs__nodes_free(&nodes);
    }
    vs__bytes_free(&collections);
    return done && stream->error->code == VS_OK;
}
