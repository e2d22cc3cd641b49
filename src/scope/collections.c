#include "collections.h"

#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "variable.h"

/* An item and where in the serial order it was added. */
typedef struct entry {
    vs_item item;
    vs__place place;
    size_t number; /* in order of time: for items at one place */
} entry;

/* Guard of all but key and next, which never change: the graph's collections_lock. */
struct vs__collection {
    struct vs__collection *next;
    const char *key;
    entry *entries; /* in the arenas of those who added */
    size_t count;
    size_t capacity;
    bool mixed; /* items of several strands: to be sorted when read */
};

static struct vs__collection *find(const vs_graph *graph, const char *key)
{
    struct vs__collection *collection =
        atomic_load_explicit(&((vs_graph *)(uintptr_t)graph)->collections, memory_order_acquire);
    while (collection && strcmp(collection->key, key) != 0)
        collection = collection->next;
    return collection;
}

static struct vs__collection *get_locked(vs__builder *builder, const char *key)
    VS__REQUIRES(&builder->graph->collections_lock)
{
    vs_graph *graph = builder->graph;
    struct vs__collection *collection = find(graph, key);
    if (collection)
        return collection;
    collection = vs__arena_allocate(&builder->arena, sizeof *collection);
    char *copy = vs__arena_copy(&builder->arena, key, strlen(key));
    if (!collection || !copy)
        return NULL;
    *collection = (struct vs__collection){
        .next = atomic_load_explicit(&graph->collections, memory_order_relaxed), .key = copy};
    atomic_store_explicit(&graph->collections, collection, memory_order_release);
    return collection;
}

/* Room for one more; the old array stays behind in the graph's memory. */
static bool reserve_locked(vs__builder *builder, struct vs__collection *collection)
    VS__REQUIRES(&builder->graph->collections_lock)
{
    if (collection->count < collection->capacity)
        return true;
    size_t capacity = collection->capacity ? collection->capacity * 2 : 4;
    entry *entries = vs__arena_allocate(&builder->arena, capacity * sizeof *entries);
    if (!entries)
        return false;
    if (collection->count)
        memcpy(entries, collection->entries, collection->count * sizeof *entries);
    collection->entries = entries;
    collection->capacity = capacity;
    return true;
}

/* There is room. */
static void append_locked(vs__builder *builder, struct vs__collection *collection, vs_item item)
    VS__REQUIRES(&builder->graph->collections_lock)
{
    vs__place place = vs__strand_now(builder->strand);
    collection->mixed |= collection->count && collection->entries[collection->count - 1].place.strand != place.strand;
    collection->entries[collection->count] = (entry){item, place, collection->count};
    collection->count++;
}

bool vs__collection_add_to_all(vs__builder *builder, const char *const *keys, size_t count, vs_item item)
{
    vs_graph *graph = builder->graph;
    bool room = true;
    vs__mutex_lock(&builder->graph->collections_lock);
    for (size_t i = 0; i < count && room; i++) {
        struct vs__collection *collection = get_locked(builder, keys[i]);
        room = collection && reserve_locked(builder, collection);
    }
    for (size_t i = 0; i < count && room; i++)
        append_locked(builder, find(graph, keys[i]), item);
    vs__mutex_unlock(&builder->graph->collections_lock);
    return room || vs__fail_memory(builder->error, builder->call);
}

bool vs__collection_add(vs__builder *builder, const char *key, vs_item item)
{
    return vs__collection_add_to_all(builder, &key, 1, item);
}

static vs_status add(const char *key, vs_item item)
{
    vs__state *state = vs__enter_call(NULL);
    if (!state)
        return vs_pending();
    if (!key)
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, NULL, "a collection needs a key");
    else if (vs_graph_is_finalized(state->builder.graph))
        vs__fail(state->builder.error, VS_FAILED_PRECONDITION, NULL,
                 "the graph is finalized: nothing can be added to its collections");
    else
        vs__collection_add(&state->builder, key, item);
    return state->builder.error->code;
}

vs_status vs_add_to_collection(const char *key, vs_tensor value)
{
    vs__state *state = vs__enter_call(NULL);
    if (!state || !vs__tensor_check(&state->builder, value, "what to add to a collection"))
        return vs_pending();
    vs_item item = {.kind = VS_ITEM_TENSOR, .of = {.tensor = value}};
    if (value.kind == VS__TENSOR_VARIABLE)
        item = (vs_item){VS_ITEM_VARIABLE, {.variable = (vs_variable *)(uintptr_t)value.of.pointer}};
    else if (value.kind == VS__TENSOR_OPERATION)
        item = (vs_item){VS_ITEM_OPERATION, {.operation = value.of.pointer}};
    else if (value.kind == VS__TENSOR_STRING)
        return vs_add_string_to_collection(key, value.of.pointer);
    else if (value.kind != VS__TENSOR_OUTPUT)
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, NULL, "a literal cannot be added to a collection");
    return state->builder.error->code == VS_OK ? add(key, item) : state->builder.error->code;
}

vs_status vs_add_string_to_collection(const char *key, const char *value)
{
    vs__state *state = vs__enter_call(NULL);
    if (!state)
        return vs_pending();
    vs_item item = {.kind = VS_ITEM_STRING, .of = {.string = value ? vs__keep_string(&state->builder, value) : NULL}};
    if (!item.of.string)
        vs__fail(state->builder.error, VS_INVALID_ARGUMENT, NULL, "there is no string to add to a collection");
    return state->builder.error->code == VS_OK ? add(key, item) : state->builder.error->code;
}

/* Whether a name is scope or lies below it: a colon ends a tensor's name. */
static bool name_in_scope(const char *name, const char *scope, size_t length)
{
    return strncmp(name, scope, length) == 0 &&
           (name[length] == '\0' || name[length] == '/' || name[length] == ':');
}

static bool item_in_scope(const vs_item *item, const char *scope, size_t length)
{
    if (item->kind == VS_ITEM_VARIABLE)
        return name_in_scope(vs_variable_name(item->of.variable), scope, length);
    if (item->kind == VS_ITEM_STRING)
        return name_in_scope(item->of.string, scope, length);
    const vs_operation *node = item->kind == VS_ITEM_TENSOR ? vs_tensor_op(item->of.tensor) : item->of.operation;
    return node && vs__name_is_within(&node->name, scope, length);
}

static int compare_entries(const void *a, const void *b)
{
    const entry *first = a, *second = b;
    int order = vs__place_compare(first->place, second->place);
    return order ? order : (first->number > second->number) - (first->number < second->number);
}

/* Into serial order, while no strand moves in it. */
static void sort_entries(const vs_graph *graph, entry *entries, size_t count)
{
    vs__mutex *lock = &((vs_graph *)(uintptr_t)graph)->order_lock;
    vs__mutex_lock(lock);
    qsort(entries, count, sizeof *entries, compare_entries);
    vs__mutex_unlock(lock);
}

/* A copy of the entries as they are now; NULL and 0 when there are none. false: out of memory. */
static bool copy_entries(const vs_graph *graph, const char *key, entry **out, size_t *count_out, bool *mixed_out)
{
    vs__mutex *lock = &((vs_graph *)(uintptr_t)graph)->collections_lock;
    vs__mutex_lock(lock);
    const struct vs__collection *collection = find(graph, key);
    *count_out = collection ? collection->count : 0;
    *mixed_out = collection && collection->mixed;
    *out = *count_out ? vs__allocate(*count_out * sizeof **out) : NULL;
    if (*out)
        memcpy(*out, collection->entries, *count_out * sizeof **out);
    vs__mutex_unlock(lock);
    return *out || !*count_out;
}

const vs_variable *vs__collection_find_variable(const vs_graph *graph, const char *key, const vs_operation *node)
{
    vs_graph *locked = (vs_graph *)(uintptr_t)graph;
    vs__mutex_lock(&locked->collections_lock);
    const struct vs__collection *collection = find(graph, key);
    const vs_variable *found = NULL;
    for (size_t i = 0; collection && !found && i < collection->count; i++) {
        const vs_item *item = &collection->entries[i].item;
        if (item->kind == VS_ITEM_VARIABLE && vs_variable_op(item->of.variable) == node)
            found = item->of.variable;
    }
    vs__mutex_unlock(&locked->collections_lock);
    return found;
}

vs_status vs_graph_get_collection(const vs_graph *graph, const char *key, const char *scope, vs_items *out)
{
    entry *entries;
    size_t count;
    bool mixed;
    *out = (vs_items){0, NULL};
    if (!copy_entries(graph, key, &entries, &count, &mixed))
        return VS_RESOURCE_EXHAUSTED;
    if (mixed)
        sort_entries(graph, entries, count);
    size_t length = scope ? strlen(scope) : 0;
    if (length && scope[length - 1] == '/' && length > 1)
        length--;
    vs_item *items = count ? vs__allocate((count + 1) * sizeof *items) : NULL;
    for (size_t i = 0; items && i < count; i++)
        if (!length || item_in_scope(&entries[i].item, scope, length))
            items[out->count++] = entries[i].item;
    vs__release(entries, count * sizeof *entries);
    if (count && !items)
        return VS_RESOURCE_EXHAUSTED;
    if (items) { /* the size must be known when it is freed */
        vs_item *fitted = vs__reallocate(items, (count + 1) * sizeof *items, (out->count + 1) * sizeof *items);
        if (!fitted) {
            vs__release(items, (count + 1) * sizeof *items);
            out->count = 0;
            return VS_RESOURCE_EXHAUSTED;
        }
        out->items = fitted;
    }
    return VS_OK;
}

void vs_items_free(vs_items *items)
{
    if (items->items)
        vs__release(items->items, (items->count + 1) * sizeof *items->items);
    *items = (vs_items){0, NULL};
}

vs_status vs_get_collection(const char *key, const char *scope, vs_items *out)
{
    *out = (vs_items){0, NULL};
    vs__state *state = vs__enter_call(NULL);
    if (!state)
        return vs_pending();
    vs_status status = vs_graph_get_collection(state->builder.graph, key, scope, out);
    if (status != VS_OK)
        vs__fail_memory(state->builder.error, NULL);
    return status;
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(((const vs_item *)a)->of.string, ((const vs_item *)b)->of.string);
}

vs_status vs_graph_collection_keys(const vs_graph *graph, vs_items *out)
{
    const struct vs__collection *first =
        atomic_load_explicit(&((vs_graph *)(uintptr_t)graph)->collections, memory_order_acquire);
    *out = (vs_items){0, NULL};
    size_t count = 0;
    for (const struct vs__collection *at = first; at; at = at->next)
        count++;
    out->items = vs__allocate((count + 1) * sizeof *out->items);
    if (!out->items)
        return VS_RESOURCE_EXHAUSTED;
    for (const struct vs__collection *at = first; at; at = at->next)
        out->items[out->count++] = (vs_item){VS_ITEM_STRING, {.string = at->key}};
    qsort(out->items, out->count, sizeof *out->items, compare_strings);
    return VS_OK;
}

/* ---- lists of variables ---- */

vs_status vs_global_variables(const char *scope, vs_items *out)
{
    return vs_get_collection(VS_GLOBAL_VARIABLES, scope, out);
}

vs_status vs_trainable_variables(const char *scope, vs_items *out)
{
    return vs_get_collection(VS_TRAINABLE_VARIABLES, scope, out);
}

vs_status vs_local_variables(const char *scope, vs_items *out)
{
    return vs_get_collection(VS_LOCAL_VARIABLES, scope, out);
}

vs_status vs_model_variables(const char *scope, vs_items *out)
{
    return vs_get_collection(VS_MODEL_VARIABLES, scope, out);
}
