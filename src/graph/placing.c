/*
 * Placing nodes: the devices in force, and the functions among them (Graph._apply_device_functions).
 *
 * The devices in force are one interned string. Without functions it is the merged name. A function stands in it as a
 * token, by its number in the graph, so that the string has what was entered, outermost first:
 *
 *     /device:GPU:0 <1> /job:ps <2>
 *
 * Names between two functions are merged as they are entered. A node's device is found from the inside out: a name
 * adds the fields that are not there yet, a function sees what there is and says what it is instead. The numbers are
 * looked up, never trusted: a token may come out of any string that a caller gives.
 */
#include <stdio.h>
#include <string.h>

#include "builder.h"
#include "device.h"

enum { TOKEN = '\2', TOKEN_LENGTH = 9 }; /* and 8 hexadecimal digits */

/* A function that may stand for a device. In the graph's memory, immutable. */
struct vs__device_function {
    struct vs__device_function *next;
    vs_device_function choose;
    void *user;
    uint32_t number;
    char token[TOKEN_LENGTH + 1];
};

static bool fail(vs__builder *builder, const char *spec)
{
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "\"%s\" is no device: write it as /job:NAME/task:0/device:GPU:0", spec);
}

const char *vs__device_function_add(vs__builder *builder, vs_device_function choose, void *user)
{
    vs_graph *graph = builder->graph;
    struct vs__device_function *made = vs__arena_allocate(&builder->arena, sizeof *made);
    if (!made) {
        vs__fail_memory(builder->error, builder->call);
        return NULL;
    }
    *made = (struct vs__device_function){.choose = choose, .user = user};
    made->next = atomic_load_explicit(&graph->device_functions, memory_order_acquire);
    do {
        made->number = made->next ? made->next->number + 1 : 1;
        snprintf(made->token, sizeof made->token, "%c%08x", TOKEN, made->number);
    } while (!atomic_compare_exchange_weak_explicit(&graph->device_functions, &made->next, made, memory_order_acq_rel,
                                                    memory_order_acquire));
    return made->token;
}

/* The function of a token; NULL: the graph has none such. */
static const struct vs__device_function *find_function(const vs__builder *builder, const char *token)
{
    const struct vs__device_function *at = atomic_load_explicit(&builder->graph->device_functions, memory_order_acquire);
    while (at && memcmp(at->token, token, TOKEN_LENGTH) != 0)
        at = at->next;
    return at;
}

/* Where the names after the last function begin. */
static size_t last_names(const char *text, size_t length)
{
    while (length && text[length - 1] != TOKEN)
        length--;
    return length ? length - 1 + TOKEN_LENGTH : 0;
}

/* "outer" + "inner", as the devices in force. NULL, with no error set: there are none. */
static const vs__blob *intern_devices(vs__builder *builder, const char *outer, size_t length, const char *inner)
{
    char small[512];
    size_t more = strlen(inner);
    if (length + more == 0)
        return NULL;
    char *text = length + more < sizeof small ? small : vs__allocate(length + more + 1);
    const vs__blob *blob = NULL;
    if (text) {
        memcpy(text, outer, length);
        memcpy(text + length, inner, more + 1);
        vs__intern_kind kind = memchr(text, TOKEN, length + more) ? VS__INTERN_DEVICES : VS__INTERN_STRING;
        blob = vs__intern(&builder->graph->interned, &builder->arena, kind, text, length + more);
        if (text != small)
            vs__release(text, length + more + 1);
    }
    if (!blob)
        vs__fail_memory(builder->error, builder->call);
    return blob;
}

/* Two names made one: the fields of inner win. Written to buffer, or when it is too small to memory that is returned. */
static char *merge(vs__builder *builder, const char *outer, const char *inner, char *buffer, size_t size)
{
    vs__device first, second;
    if (!vs__device_parse(outer, &first) || !vs__device_parse(inner, &second)) {
        fail(builder, inner);
        return NULL;
    }
    vs__device merged = vs__device_merge(&first, &second);
    size_t length = vs__device_format(&merged, buffer, size);
    char *text = length < size ? buffer : vs__allocate(length + 1);
    if (!text)
        vs__fail_memory(builder->error, builder->call);
    else if (text != buffer)
        vs__device_format(&merged, text, length + 1);
    return text;
}

static void release(char *text, const char *buffer)
{
    if (text && text != buffer)
        vs__release(text, strlen(text) + 1);
}

bool vs__device_enter(vs__builder *builder, const char *spec, const vs__blob **out)
{
    const char *present = builder->device ? vs__blob_text(builder->device) : "";
    size_t length = builder->device ? builder->device->size : 0;
    *out = NULL;
    if (!spec)
        return true;
    if (strchr(spec, TOKEN)) { /* a function's name, and nothing else */
        if (strlen(spec) != TOKEN_LENGTH || !find_function(builder, spec))
            return fail(builder, "a device function of another graph");
        *out = intern_devices(builder, present, length, spec);
        return *out != NULL;
    }
    bool has_functions = builder->device && builder->device->kind == VS__INTERN_DEVICES;
    size_t prefix = has_functions ? last_names(present, length) : 0;
    char small[256], *merged = merge(builder, present + prefix, spec, small, sizeof small);
    if (merged)
        *out = intern_devices(builder, present, prefix, merged);
    release(merged, small);
    return builder->error->code == VS_OK;
}

/* ---- what the functions say ---- */

/* What a function is shown of a node. */
static bool describe(vs__builder *builder, const vs__node_parts *parts, vs_unplaced_node *out, void **memory,
                     size_t *size)
{
    size_t n = parts->n_outputs, name_size = vs__name_format(&parts->scope->name, NULL, 0) + 1;
    *size = parts->n_inputs * sizeof(vs_tensor) + n * (sizeof(vs_shape) + sizeof(vs_dtype)) + name_size;
    *memory = vs__allocate(*size);
    if (!*memory)
        return vs__fail_memory(builder->error, builder->call);
    vs_tensor *inputs = *memory;
    vs_shape *shapes = (vs_shape *)(inputs + parts->n_inputs);
    vs_dtype *dtypes = (vs_dtype *)(shapes + n);
    char *name = (char *)(dtypes + n);
    for (size_t i = 0; i < parts->n_inputs; i++)
        inputs[i] = vs__tensor_of(parts->inputs[i]);
    for (size_t i = 0; i < n; i++) {
        shapes[i] = vs__blob_shape(parts->shapes[i]);
        dtypes[i] = (vs_dtype)parts->dtypes[i];
    }
    vs__name_format(&parts->scope->name, name, name_size);
    *out = (vs_unplaced_node){.op = vs__op_name(parts->def), .name = name, .inputs = inputs,
                              .num_inputs = parts->n_inputs, .dtypes = dtypes, .shapes = shapes, .num_outputs = n};
    return true;
}

/* What one function makes of a device. */
static const vs__blob *ask(vs__builder *builder, const struct vs__device_function *function, vs_unplaced_node *node,
                           const vs__blob *device)
{
    const vs_call *call = builder->call;
    vs__device parsed;
    node->device = device ? vs__blob_text(device) : "";
    builder->is_placing = true;
    const char *chosen = function->choose(node, function->user);
    builder->is_placing = false;
    builder->call = call;
    if (builder->error->code != VS_OK || !chosen)
        return device;
    if (strchr(chosen, TOKEN) || !vs__device_parse(chosen, &parsed)) {
        fail(builder, chosen);
        return NULL;
    }
    return *chosen ? vs__intern_text(builder, chosen, strlen(chosen)) : NULL; /* as it stands, like TensorFlow */
}

/* The names between two functions, under what is there already. */
static const vs__blob *merge_under(vs__builder *builder, const char *names, size_t length, const vs__blob *device)
{
    const vs__blob *outer = length ? vs__intern_text(builder, names, length) : NULL;
    char small[256];
    if (!outer)
        return device;
    char *merged = merge(builder, vs__blob_text(outer), device ? vs__blob_text(device) : "", small, sizeof small);
    const vs__blob *blob = merged ? vs__intern_text(builder, merged, strlen(merged)) : NULL;
    release(merged, small);
    return blob;
}

static const vs__blob *ask_all(vs__builder *builder, vs_unplaced_node *node)
{
    const char *text = vs__blob_text(builder->device);
    size_t end = builder->device->size;
    const vs__blob *device = NULL;
    while (end && builder->error->code == VS_OK) {
        size_t begin = last_names(text, end);
        device = merge_under(builder, text + begin, end - begin, device);
        if (!begin || builder->error->code != VS_OK)
            break;
        end = begin - TOKEN_LENGTH;
        device = ask(builder, find_function(builder, text + end), node, device);
    }
    return device;
}

bool vs__choose_device(vs__builder *builder, vs__node_parts *parts, vs__op_scope *scope, const vs__blob **out)
{
    vs_unplaced_node node;
    void *memory;
    size_t size;
    if (!parts->scope) {
        if (!vs__op_scope_open(builder, parts->name_is_static ? NULL : parts->name, parts->name, scope))
            return false;
        *parts->name_used = true;
        parts->scope = scope;
    }
    if (!describe(builder, parts, &node, &memory, &size))
        return false;
    *out = ask_all(builder, &node);
    vs__release(memory, size);
    return builder->error->code == VS_OK;
}
