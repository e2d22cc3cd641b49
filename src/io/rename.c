#include "rename.h"

#include <stdlib.h>
#include <string.h>

#include "export_parts.h"
#include "op_registry_ids.h"
#include "wire.h"

/* ---- names ---- */

/* The length of a scope's name without a trailing slash. */
static size_t scope_length(const char *name)
{
    size_t length = strlen(name);
    return length && name[length - 1] == '/' ? length - 1 : length;
}

/* Whether a name is a scope's, or lies below it. */
static bool is_within(const char *name, size_t length, const char *scope, size_t scope_size)
{
    if (!scope_size)
        return true;
    return length >= scope_size && memcmp(name, scope, scope_size) == 0 &&
           (length == scope_size || name[scope_size] == '/' || name[scope_size] == ':');
}

/* The rename that is about a name: that of the longest scope. NULL: none. */
static const vs_rename *find_rename(const vs__renaming *renaming, const char *name, size_t length)
{
    const vs_rename *best = NULL;
    for (size_t i = 0; i < renaming->count; i++) {
        const vs_rename *item = &renaming->items[i];
        if (is_within(name, length, item->from, scope_length(item->from)) &&
            (!best || scope_length(item->from) > scope_length(best->from)))
            best = item;
    }
    return best;
}

/* A name as it becomes, in three parts of which some may be empty. */
typedef struct parts {
    const char *scope;
    size_t scope_size;
    bool slash;
    const char *rest;
    size_t rest_size;
} parts;

static parts rename_parts(const vs__renaming *renaming, const char *name, size_t length)
{
    const vs_rename *item = find_rename(renaming, name, length);
    if (!item)
        return (parts){"", 0, false, name, length};
    size_t cut = scope_length(item->from), to = scope_length(item->to);
    bool below = cut < length && name[cut] == '/' && cut;
    const char *rest = name + cut + below;
    return (parts){item->to, to, to && (below || !cut) && length, rest, length - cut - below};
}

static void put(vs__text *text, const parts *name)
{
    vs__text_add(text, name->scope, name->scope_size);
    vs__text_add(text, "/", name->slash);
    vs__text_add(text, name->rest, name->rest_size);
}

size_t vs_rename_apply(const vs_rename *renames, size_t count, const char *name, char *buffer, size_t size)
{
    const vs__renaming renaming = {renames, count};
    const parts renamed = rename_parts(&renaming, name, strlen(name));
    vs__text text = vs__text_of(buffer, size);
    put(&text, &renamed);
    return text.length;
}

char *vs__renaming_of_text(const vs__renaming *renaming, vs__arena *arena, char *name)
{
    if (!renaming || !find_rename(renaming, name, strlen(name)))
        return name;
    size_t size = vs_rename_apply(renaming->items, renaming->count, name, NULL, 0) + 1;
    char *renamed = vs__arena_bytes(arena, size);
    if (renamed)
        vs_rename_apply(renaming->items, renaming->count, name, renamed, size);
    return renamed;
}

/* ---- a node's bytes ---- */

enum { NODE_NAME = 1, NODE_OP = 2, NODE_INPUT = 3, NODE_ATTR = 5 };
enum { ATTR_KEY = 1, ATTR_VALUE = 2, VALUE_LIST = 1, VALUE_S = 2, LIST_S = 2 };

/* A field of bytes that is a name after a mark: "^a/c", "loc:@a/v". */
static void put_field(vs__bytes *out, uint32_t field, const vs__renaming *renaming, const uint8_t *data, size_t size,
                      size_t mark)
{
    const parts name = rename_parts(renaming, (const char *)data + mark, size - mark);
    vs__wire_tag(out, field, VS__WIRE_BYTES);
    vs__wire_varint(out, mark + name.scope_size + name.slash + name.rest_size);
    vs__bytes_add(out, data, mark);
    vs__bytes_add(out, name.scope, name.scope_size);
    vs__bytes_add(out, "/", name.slash);
    vs__bytes_add(out, name.rest, name.rest_size);
}

static bool is_text(const vs__wire_reader *field, const char *text)
{
    return field->size == strlen(text) && memcmp(field->data, text, field->size) == 0;
}

/* _class: AttrValue { list { s: "loc:@..." ... } }. */
static void put_class(vs__bytes *out, const vs__renaming *renaming, const vs__wire_reader *value)
{
    uint8_t local[512];
    vs__bytes list = vs__bytes_on(local, sizeof local);
    vs__wire_reader outer = vs__wire_read(value->data, value->size);
    while (vs__wire_next(&outer)) {
        vs__wire_reader groups = vs__wire_read(outer.data, outer.size);
        while (vs__wire_next(&groups)) {
            size_t mark = groups.size > 5 && memcmp(groups.data, "loc:@", 5) == 0 ? 5 : 0;
            if (mark)
                put_field(&list, LIST_S, renaming, groups.data, groups.size, mark);
            else
                vs__wire_field(&list, LIST_S, groups.data, groups.size);
        }
    }
    vs__wire_field(out, VALUE_LIST, list.data, list.size);
    out->failed |= list.failed;
    vs__bytes_free(&list);
}

/* Names of a resource: AttrValue { s: "a/v" }, or "a/v/". */
static void put_resource_name(vs__bytes *out, const vs__renaming *renaming, const vs__wire_reader *value)
{
    vs__wire_reader name = vs__wire_read(value->data, value->size);
    if (vs__wire_next(&name))
        put_field(out, VALUE_S, renaming, name.data, name.size, 0);
}

/* An entry of NodeDef.attr, which names nodes, or says nothing of them and is copied. */
static void put_attr(vs__bytes *out, const vs__renaming *renaming, const vs__wire_reader *field, bool is_handle)
{
    uint8_t local[512], value_local[512];
    vs__bytes entry = vs__bytes_on(local, sizeof local), value = vs__bytes_on(value_local, sizeof value_local);
    vs__wire_reader key = vs__wire_read(field->data, field->size);
    bool is_read = vs__wire_next(&key);
    vs__wire_reader old = key;
    is_read = is_read && vs__wire_next(&old);
    if (is_read && is_text(&key, "_class"))
        put_class(&value, renaming, &old);
    else if (is_read && is_handle && (is_text(&key, "shared_name") || is_text(&key, "debug_name")))
        put_resource_name(&value, renaming, &old);
    if (value.size) {
        vs__wire_field(&entry, ATTR_KEY, key.data, key.size);
        vs__wire_field(&entry, ATTR_VALUE, value.data, value.size);
        vs__wire_field(out, NODE_ATTR, entry.data, entry.size);
    } else {
        vs__wire_field(out, NODE_ATTR, field->data, field->size);
    }
    out->failed |= entry.failed | value.failed;
    vs__bytes_free(&entry);
    vs__bytes_free(&value);
}

void vs__renaming_of_node(const vs__renaming *renaming, vs__bytes *node)
{
    uint8_t local[2048];
    vs__bytes out = vs__bytes_on(local, sizeof local);
    vs__wire_reader field = vs__wire_read(node->data, node->size);
    bool is_handle = false;
    while (vs__wire_next(&field)) {
        if (field.field == NODE_OP)
            is_handle = is_text(&field, "VarHandleOp");
        if (field.field == NODE_NAME)
            put_field(&out, NODE_NAME, renaming, field.data, field.size, 0);
        else if (field.field == NODE_INPUT)
            put_field(&out, NODE_INPUT, renaming, field.data, field.size, field.size && *field.data == '^');
        else if (field.field == NODE_ATTR)
            put_attr(&out, renaming, &field, is_handle);
        else
            vs__wire_field(&out, field.field, field.data, field.size);
    }
    node->size = 0;
    vs__bytes_add(node, out.data, out.size);
    node->failed |= out.failed;
    vs__bytes_free(&out);
}

/* ---- whether it can be done ---- */

static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        bool starts = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
        if (!starts && (!i || !strchr("_/>-", c)))
            return false;
    }
    return length > 0;
}

static bool check_renames(const vs__renaming *renaming, vs_error *error)
{
    for (size_t i = 0; i < renaming->count; i++) {
        const vs_rename *item = &renaming->items[i];
        if (!item->from || !item->to)
            return vs__fail(error, VS_INVALID_ARGUMENT, NULL, "a rename says from what and to what: one is NULL");
        if (scope_length(item->to) && !is_name(item->to, scope_length(item->to)))
            return vs__fail(error, VS_INVALID_ARGUMENT, NULL, "%s cannot be renamed to '%s': that is no valid name",
                            item->from, item->to);
        for (size_t k = 0; k < i; k++)
            if (scope_length(renaming->items[k].from) == scope_length(item->from) &&
                memcmp(renaming->items[k].from, item->from, scope_length(item->from)) == 0)
                return vs__fail(error, VS_INVALID_ARGUMENT, NULL, "%s is renamed twice", item->from);
    }
    return true;
}

/* A node with another name than before. */
typedef struct renamed {
    const vs_operation *node;
    char *from;
    char *to;
} renamed;

/* All of them, in serial order, and memory for their names. */
typedef struct renamed_nodes {
    vs__blocks blocks;
    vs__arena arena;
    renamed *items;
    size_t count;
    size_t size; /* of items */
} renamed_nodes;

static bool add_renamed(renamed_nodes *self, const vs__renaming *renaming, const vs_operation *node, vs_error *error)
{
    char small[512];
    size_t length = vs__name_format(&node->name, small, sizeof small);
    char *from = length < sizeof small ? small : vs__arena_bytes(&self->arena, length + 1);
    if (from && from != small)
        vs__name_format(&node->name, from, length + 1);
    char *to = from ? vs__renaming_of_text(renaming, &self->arena, from) : NULL;
    if (!to)
        return vs__fail_memory(error, NULL);
    if (to == from || strcmp(from, to) == 0)
        return true;
    if (!is_name(to, strlen(to)))
        return vs__fail(error, VS_INVALID_ARGUMENT, NULL, "%s would be named '%s', which is no valid name", from, to);
    char *kept = from == small ? vs__arena_copy(&self->arena, small, length) : from;
    if (!kept)
        return vs__fail_memory(error, NULL);
    self->items[self->count++] = (renamed){node, kept, to};
    return true;
}

static int compare_new_names(const void *a, const void *b)
{
    const renamed *first = *(const renamed *const *)a, *second = *(const renamed *const *)b;
    return strcmp(first->to, second->to);
}

/* Whether a node keeps its name. */
static bool stays(const vs__renaming *renaming, const char *name)
{
    parts same = rename_parts(renaming, name, strlen(name));
    size_t before = same.scope_size + same.slash;
    return before + same.rest_size == strlen(name) && memcmp(name, same.scope, same.scope_size) == 0 &&
           (!same.slash || name[same.scope_size] == '/') && memcmp(name + before, same.rest, same.rest_size) == 0;
}

static bool check_collisions(const renamed_nodes *self, const vs__renaming *renaming, const renamed **sorted,
                             vs_error *error)
{
    for (size_t i = 0; i < self->count; i++) {
        const renamed *item = sorted[i] = &self->items[i];
        const vs_graph *graph = item->node->name.scope->graph;
        if (vs__name_find(graph, item->to, strlen(item->to)) && stays(renaming, item->to))
            return vs__fail(error, VS_ALREADY_EXISTS, NULL, "%s cannot be renamed to %s: there is a node of that name",
                            item->from, item->to);
    }
    qsort(sorted, self->count, sizeof *sorted, compare_new_names);
    for (size_t i = 1; i < self->count; i++)
        if (strcmp(sorted[i - 1]->to, sorted[i]->to) == 0)
            return vs__fail(error, VS_ALREADY_EXISTS, NULL, "%s and %s cannot both be renamed to %s",
                            sorted[i - 1]->from, sorted[i]->from, sorted[i]->to);
    return true;
}

static void end_renamed(renamed_nodes *self)
{
    vs__release(self->items, self->size);
    vs__blocks_free(&self->blocks);
}

/* Find out what changes, and whether it may. To be ended also on failure. */
static bool find_renamed(renamed_nodes *self, const vs__renaming *renaming, const vs__nodes *nodes,
                         vs_error *error)
{
    *self = (renamed_nodes){.size = (nodes->count + 1) * sizeof *self->items};
    vs__arena_init(&self->arena, &self->blocks);
    if (!check_renames(renaming, error))
        return false;
    self->items = vs__allocate(self->size);
    bool found = self->items || vs__fail_memory(error, NULL);
    for (size_t i = 0; i < nodes->count && found; i++)
        found = add_renamed(self, renaming, vs__nodes_at(nodes, i), error);
    size_t size = (self->count + 1) * sizeof(renamed *);
    const renamed **sorted = found ? vs__allocate(size) : NULL;
    if (found)
        found = sorted ? check_collisions(self, renaming, sorted, error) : vs__fail_memory(error, NULL);
    vs__release(sorted, size);
    return found;
}

bool vs__nodes_take_for(vs__nodes *nodes, const vs_graph *graph, const vs__export_stream *stream)
{
    renamed_nodes found;
    if (!vs__nodes_take(nodes, graph, stream->error))
        return false;
    nodes->renaming = stream->renaming;
    if (!nodes->renaming)
        return true;
    bool can = find_renamed(&found, nodes->renaming, nodes, stream->error);
    end_renamed(&found);
    if (!can)
        vs__nodes_free(nodes);
    return can;
}

vs_status vs_graph_rename_preview(const vs_graph *graph, const vs_rename *renames, size_t count,
                                  vs_rename_visitor visitor, void *user, vs_error *error)
{
    const vs__renaming renaming = {renames, count};
    vs_error own;
    vs__nodes nodes;
    renamed_nodes found;
    if (!error)
        error = &own;
    memset(error, 0, sizeof *error);
    if (!graph || (count && !renames)) {
        vs__fail(error, VS_INVALID_ARGUMENT, NULL, "a preview of renaming needs a graph and renames");
        return error->code;
    }
    if (!vs__nodes_take(&nodes, graph, error))
        return error->code;
    bool going = find_renamed(&found, &renaming, &nodes, error);
    for (size_t i = 0; going && visitor && i < found.count; i++)
        going = visitor(found.items[i].node, found.items[i].from, found.items[i].to, user);
    if (!going && error->code == VS_OK)
        vs__fail(error, VS_CANCELLED, NULL, "the preview of renaming was stopped");
    end_renamed(&found);
    vs__nodes_free(&nodes);
    return error->code;
}
