#include "program_report.h"

#include <stdio.h>
#include <string.h>

#include <varscope/collection.h>
#include <varscope/explain.h>
#include <varscope/fork.h>
#include <varscope/operation.h>

/* ---- JSON: one member a line, an indent of one space ---- */

typedef struct writer {
    vs__bytes *out;
    int depth;
    bool is_first; /* nothing stands yet in the array or object that is open */
} writer;

static void put(writer *w, const char *text)
{
    vs__bytes_add(w->out, text, strlen(text));
}

static void new_line(writer *w)
{
    put(w, "\n");
    for (int i = 0; i < w->depth; i++)
        put(w, " ");
}

/* Before each member. */
static void separate(writer *w)
{
    if (!w->is_first)
        put(w, ",");
    new_line(w);
    w->is_first = false;
}

static void open(writer *w, const char *bracket)
{
    put(w, bracket);
    w->depth++;
    w->is_first = true;
}

static void close(writer *w, const char *bracket)
{
    w->depth--;
    if (!w->is_first)
        new_line(w);
    put(w, bracket);
    w->is_first = false;
}

/* The length of the UTF-8 character that text starts with; 0 when it starts with none. */
static size_t character_length(const unsigned char *text)
{
    size_t length = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : text[0] >= 0xc2 ? 2 : 0;
    if (text[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* Messages may be cut within a character: what is no UTF-8 becomes a replacement character. */
static void put_string(writer *w, const char *text)
{
    char escaped[8];
    put(w, "\"");
    while (*text) {
        unsigned char c = (unsigned char)*text;
        size_t length = character_length((const unsigned char *)text);
        if (!length) {
            put(w, "\xef\xbf\xbd");
            length = 1;
        } else if (c == '"' || c == '\\') {
            snprintf(escaped, sizeof escaped, "\\%c", c);
            put(w, escaped);
        } else if (c < ' ' || c == 0x7f) {
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
            put(w, escaped);
        } else {
            vs__bytes_add(w->out, text, length);
        }
        text += length;
    }
    put(w, "\"");
}

static void put_key(writer *w, const char *key)
{
    separate(w);
    put_string(w, key);
    put(w, ": ");
}

static void put_member(writer *w, const char *key, const char *text)
{
    put_key(w, key);
    put_string(w, text ? text : "");
}

/* ---- values ---- */

/* Write what a function that writes as snprintf does writes of a thing. */
#define PUT_NAME(w, write, thing)                                                                            \
    do {                                                                                                     \
        char room[512];                                                                                      \
        vs__bytes name = vs__bytes_on(room, sizeof room);                                                    \
        size_t length = write(thing, NULL, 0);                                                               \
        if (vs__bytes_reserve(&name, length + 1)) {                                                          \
            write(thing, (char *)name.data, length + 1);                                                     \
            put_string(w, (const char *)name.data);                                                          \
        } else {                                                                                             \
            (w)->out->failed = true;                                                                         \
        }                                                                                                    \
        vs__bytes_free(&name);                                                                               \
    } while (0)

static void put_shape(writer *w, vs_shape shape)
{
    char digits[24];
    put_key(w, "shape");
    if (shape.kind != VS_SHAPE_RANKED) {
        put(w, "null");
        return;
    }
    put(w, "[");
    for (uint32_t i = 0; i < shape.rank; i++) {
        snprintf(digits, sizeof digits, "%s%lld", i ? ", " : "", (long long)shape.dims[i]);
        put(w, shape.dims[i] >= 0 ? digits : i ? ", null" : "null");
    }
    put(w, "]");
}

static void put_scope(writer *w, const vs_variable_scope *scope)
{
    vs_reuse reuse = vs_variable_scope_reuse(scope);
    open(w, "{");
    put_member(w, "scope", vs_variable_scope_name(scope));
    put_member(w, "original_name_scope", vs_variable_scope_original_name_scope(scope));
    put_key(w, "reuse");
    put(w, reuse == VS_AUTO_REUSE ? "\"auto\"" : reuse == VS_REUSE_TRUE ? "true" : "false");
    close(w, "}");
}

static void put_value(writer *w, const vs__value *value);

static void put_list(writer *w, const vs__list *list)
{
    open(w, "[");
    for (size_t i = 0; i < list->count; i++) {
        separate(w);
        put_value(w, &list->items[i]);
    }
    close(w, "]");
}

static void put_variable(writer *w, const vs_variable *variable)
{
    open(w, "{");
    put_member(w, "name", vs_variable_name(variable));
    put_shape(w, vs_variable_shape(variable));
    put_member(w, "dtype", vs_dtype_name(vs_variable_dtype(variable)));
    close(w, "}");
}

static void put_tensor(writer *w, vs_tensor tensor)
{
    open(w, "{");
    put_key(w, "name");
    PUT_NAME(w, vs_tensor_name, tensor);
    put_shape(w, vs_tensor_shape(tensor));
    put_member(w, "dtype", vs_dtype_name(vs_tensor_dtype(tensor)));
    close(w, "}");
}

static void put_value(writer *w, const vs__value *value)
{
    switch (value->kind) {
    case VS__VALUE_STRING:
        put_string(w, value->of.string);
        break;
    case VS__VALUE_VARIABLE:
        put_variable(w, value->of.variable);
        break;
    case VS__VALUE_TENSOR:
        put_tensor(w, value->of.tensor);
        break;
    case VS__VALUE_OPERATION:
        open(w, "{");
        put_key(w, "operation");
        PUT_NAME(w, vs_operation_name, value->of.operation);
        close(w, "}");
        break;
    case VS__VALUE_SCOPE:
        put_scope(w, value->of.scope);
        break;
    case VS__VALUE_LIST:
        put_list(w, value->of.list);
        break;
    default: /* literals are never bound */
        put(w, "null");
    }
}

/* ---- parts of the report ---- */

static void put_failure(writer *w, const char *path, vs_status code, const char *message)
{
    open(w, "{");
    put_member(w, "path", path);
    put_member(w, "code", vs_status_name(code));
    put_member(w, "message", message);
    close(w, "}");
}

static void put_failures(writer *w, const vs__runner *main)
{
    put_key(w, "error");
    if (main && main->error.code != VS_OK)
        put_failure(w, main->failed_path, main->error.code, main->error.message);
    else
        put(w, "null");
    put_key(w, "caught");
    open(w, "[");
    for (size_t i = 0; main && i < main->caught.count; i++) {
        separate(w);
        put_failure(w, main->caught.items[i].path, main->caught.items[i].code, main->caught.items[i].message);
    }
    close(w, "]");
}

static void put_item(writer *w, const vs_item *item)
{
    separate(w);
    switch (item->kind) {
    case VS_ITEM_VARIABLE:
        put_string(w, vs_variable_name(item->of.variable));
        break;
    case VS_ITEM_TENSOR:
        PUT_NAME(w, vs_tensor_name, item->of.tensor);
        break;
    case VS_ITEM_OPERATION:
        PUT_NAME(w, vs_operation_name, item->of.operation);
        break;
    case VS_ITEM_STRING:
        put_string(w, item->of.string);
        break;
    }
}

static void put_collection(writer *w, const vs_graph *graph, const char *key)
{
    vs_items items = {0, NULL};
    if (vs_graph_get_collection(graph, key, NULL, &items) != VS_OK) {
        w->out->failed = true;
        return;
    }
    if (items.count) {
        put_key(w, key);
        open(w, "[");
        for (size_t i = 0; i < items.count; i++)
            put_item(w, &items.items[i]);
        close(w, "]");
    }
    vs_items_free(&items);
}

static void put_collections(writer *w, const vs_graph *graph)
{
    vs_items keys = {0, NULL};
    put_key(w, "collections");
    open(w, "{");
    if (graph && vs_graph_collection_keys(graph, &keys) != VS_OK)
        w->out->failed = true;
    for (size_t i = 0; i < keys.count; i++)
        put_collection(w, graph, keys.items[i].of.string);
    vs_items_free(&keys);
    close(w, "}");
}

static void put_results(writer *w, const vs__bindings *bindings)
{
    put_key(w, "results");
    open(w, "{");
    for (const vs__binding *binding = bindings ? bindings->first : NULL; binding; binding = binding->next) {
        put_key(w, binding->name);
        put_value(w, &binding->value);
    }
    close(w, "}");
}

/* A place in the document is its JSON pointer; one in C, which built in the graph before, its file and line. */
static void put_site(writer *w, const char *key, const vs_site *site)
{
    char place[32];
    put_key(w, key);
    if (site->line) {
        vs__bytes text = vs__bytes_on(place, sizeof place);
        const char *file = site->file ? site->file : "";
        vs__bytes_add(&text, file, strlen(file));
        char line[16];
        vs__bytes_add(&text, line, (size_t)snprintf(line, sizeof line, ":%d", (int)site->line) + 1);
        put_string(w, text.failed ? "" : (const char *)text.data);
        w->out->failed |= text.failed;
        vs__bytes_free(&text);
    } else {
        put_string(w, site->function ? site->function : "");
    }
}

static bool put_note(const vs_name_note *note, void *user)
{
    writer *w = user;
    separate(w);
    open(w, "{");
    put_member(w, "kind", vs_named_kind_name(note->kind));
    put_member(w, "asked", note->asked);
    put_member(w, "got", note->got);
    put_key(w, "given");
    put(w, note->is_given ? "true" : "false");
    put_site(w, "path", &note->site);
    put_member(w, "reason", vs_renamed_reason_name(note->reason));
    if (note->taker) {
        put_key(w, "taker");
        open(w, "{");
        put_member(w, "kind", vs_named_kind_name(note->taker_kind));
        put_member(w, "name", note->taker);
        put_site(w, "path", &note->taker_site);
        close(w, "}");
    }
    close(w, "}");
    return !w->out->failed;
}

static void put_explained(writer *w, const vs_graph *graph)
{
    put_key(w, "explain");
    open(w, "[");
    if (vs_graph_walk_explained(graph, put_note, w) != VS_OK)
        w->out->failed = true;
    close(w, "]");
}

static bool put_conflict(const vs_fork_conflict *conflict, void *user)
{
    writer *w = user;
    separate(w);
    open(w, "{");
    put_member(w, "kind", vs_fork_conflict_kind_name(conflict->kind));
    put_member(w, "name", conflict->name);
    if (conflict->setting)
        put_member(w, "setting", conflict->setting);
    put_site(w, "path", &conflict->second);
    put_site(w, "other", &conflict->first);
    close(w, "}");
    return !w->out->failed;
}

/* What made the graph depend on which worker was faster; left out when nothing did. */
static void put_conflicts(writer *w, const vs_graph *graph)
{
    put_key(w, "conflicts");
    open(w, "[");
    vs_graph_walk_fork_conflicts(graph, put_conflict, w);
    close(w, "]");
}

void vs__program_write_report(vs__bytes *out, const vs_program *program)
{
    writer w = {.out = out};
    open(&w, "{");
    put_failures(&w, program->main);
    put_collections(&w, program->graph);
    put_results(&w, program->results);
    if (program->graph && vs_graph_num_fork_conflicts(program->graph))
        put_conflicts(&w, program->graph);
    if (program->graph && vs_graph_explains(program->graph))
        put_explained(&w, program->graph);
    close(&w, "}");
    vs__bytes_add(out, "\n", 2); /* with the end of the text */
}
