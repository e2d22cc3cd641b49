/* Keeping what a caller lends: settings of scopes outlive the call that gave them. */
#include <string.h>

#include "tensor_proto.h"
#include "variable_scope.h"

const char *vs__keep_string(vs__builder *builder, const char *text)
{
    const vs__blob *blob = vs__intern_text(builder, text, strlen(text));
    return blob ? vs__blob_text(blob) : NULL;
}

/* A copy of string pointers and strings. */
static const void *keep_strings(vs__builder *builder, const char *const *given, size_t count)
{
    const char **copy = vs__arena_allocate(&builder->arena, (count ? count : 1) * sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = vs__arena_copy(&builder->arena, given[i], strlen(given[i]));
        if (!copy[i])
            return NULL;
    }
    return copy;
}

static const void *keep_bytes(vs__builder *builder, const vs_bytes *given, size_t count)
{
    vs_bytes *copy = vs__arena_allocate(&builder->arena, (count ? count : 1) * sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        const char *data = given[i].data ? given[i].data : "";
        copy[i] = (vs_bytes){vs__arena_copy(&builder->arena, data, given[i].size), given[i].size};
        if (!copy[i].data)
            return NULL;
    }
    return copy;
}

static const void *keep_elements(vs__builder *builder, const vs_literal *given, size_t count)
{
    if (given->kind == VS_LITERAL_STRINGS)
        return keep_strings(builder, given->data, count);
    if (given->kind == VS_LITERAL_BYTES)
        return keep_bytes(builder, given->data, count);
    size_t size = count * vs__literal_element_size(given->kind);
    void *copy = vs__arena_allocate(&builder->arena, size ? size : 1);
    if (copy && size)
        memcpy(copy, given->data, size);
    return copy;
}

static bool keep_tensor(vs__builder *builder, vs_tensor *tensor);

/* A list with everything in it. */
static bool keep_list(vs__builder *builder, vs_tensor *list)
{
    vs_tensor *copy = vs__arena_allocate(&builder->arena, list->count * sizeof *copy + 1);
    if (!copy)
        return vs__fail_memory(builder->error, builder->call);
    if (list->count)
        memcpy(copy, list->of.pointer, list->count * sizeof *copy);
    for (uint32_t i = 0; i < list->count; i++)
        if (!keep_tensor(builder, &copy[i]))
            return false;
    list->of.pointer = copy;
    return true;
}

/* A literal or list with everything in it; outputs, variables and scalars are values of their own. */
static bool keep_tensor(vs__builder *builder, vs_tensor *tensor)
{
    if (tensor->kind == VS__TENSOR_LIST)
        return keep_list(builder, tensor);
    if (tensor->kind == VS__TENSOR_STRING) {
        tensor->of.pointer = vs__keep_string(builder, tensor->of.pointer);
        return tensor->of.pointer != NULL;
    }
    if (tensor->kind != VS__TENSOR_LITERAL)
        return true;
    vs__values values;
    if (!vs__values_of(*tensor, &values))
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "a literal has no data or bad dims");
    const vs_literal *given = tensor->of.pointer;
    vs_literal *copy = vs__arena_allocate(&builder->arena, sizeof *copy + given->rank * sizeof(int64_t));
    if (!copy)
        return vs__fail_memory(builder->error, builder->call);
    *copy = *given;
    copy->dims = (const int64_t *)(copy + 1);
    if (given->rank)
        memcpy(copy + 1, given->dims, given->rank * sizeof(int64_t));
    copy->data = keep_elements(builder, given, values.count);
    tensor->of.pointer = copy;
    return copy->data || vs__fail_memory(builder->error, builder->call);
}

bool vs__keep_initializer(vs__builder *builder, const vs_initializer *given, vs_initializer *out)
{
    *out = *given;
    return keep_tensor(builder, &out->value) && keep_tensor(builder, &out->maxval);
}

bool vs__keep_getter(vs__builder *builder, const vs_custom_getter *given, const vs__getter_link *outer,
                     const vs__getter_link **out)
{
    vs__getter_link *link = vs__arena_allocate(&builder->arena, sizeof *link);
    if (!link)
        return vs__fail_memory(builder->error, builder->call);
    *link = (vs__getter_link){*given, outer};
    *out = link;
    return true;
}
