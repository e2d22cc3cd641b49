#include "node.h"

#include <string.h>

#include "graph.h"
#include "shapes.h"
#include "wire.h"

/* A varint of the graph's own, and what is behind it. */
static size_t read_size(const uint8_t *at, const uint8_t **behind)
{
    size_t size = 0;
    unsigned shift = 0;
    for (; *at & 0x80; shift += 7)
        size |= (size_t)(*at++ & 0x7f) << shift;
    *behind = at + 1;
    return size | (size_t)*at << shift;
}

const uint8_t *vs__node_attr(const vs_operation *node, const char *name, size_t *size_out)
{
    if (strcmp(name, "_class") == 0) {
        *size_out = node->groups ? node->groups->size : 0;
        return node->groups ? node->groups->data : NULL;
    }
    /* An entry as attrs.c writes it: tag, size; the key's tag, its size in one byte, the key; the value's tag, its size. */
    size_t length = strlen(name);
    const uint8_t *at = node->attrs->data, *end = at + node->attrs->size;
    while (at < end) {
        size_t size = read_size(at + 1, &at);
        if (at[1] == length && memcmp(at + 2, name, length) == 0) {
            *size_out = read_size(at + 2 + length + 1, &at);
            return at;
        }
        at += size;
    }
    return NULL;
}

const char *vs_operation_type(const vs_operation *operation)
{
    return vs__op_name(vs__node_def(operation));
}

size_t vs_operation_name(const vs_operation *operation, char *buffer, size_t size)
{
    return vs__name_format(&operation->name, buffer, size);
}

const char *vs_operation_device(const vs_operation *operation)
{
    return operation->device ? vs__blob_text(operation->device) : "";
}

vs_graph *vs_operation_graph(const vs_operation *operation)
{
    return operation->name.scope->graph;
}

uint32_t vs_operation_num_outputs(const vs_operation *operation)
{
    return operation->n_outputs;
}

uint32_t vs_operation_num_inputs(const vs_operation *operation)
{
    return operation->n_inputs;
}

uint32_t vs_operation_num_control_inputs(const vs_operation *operation)
{
    return operation->n_control;
}

vs_tensor vs_operation_output(const vs_operation *operation, uint32_t i)
{
    return vs__tensor_of(operation && i < operation->n_outputs ? vs__node_output(operation, i) : NULL);
}

vs_tensor vs_operation_input(const vs_operation *operation, uint32_t i)
{
    return vs__tensor_of(i < operation->n_inputs ? vs__node_input(operation, i) : NULL);
}

const vs_operation *vs_operation_control_input(const vs_operation *operation, uint32_t i)
{
    return i < operation->n_control ? vs__node_control(operation, i) : NULL;
}

static void put_name(vs__text *text, const vs_operation *operation)
{
    size_t room = text->length < text->size ? text->size - text->length : 0;
    text->length += vs__name_format(&operation->name, room ? text->buffer + text->length : NULL, room);
}

size_t vs_operation_format(const vs_operation *operation, char *buffer, size_t size)
{
    vs__text text = vs__text_of(buffer, size);
    vs__text_put(&text, "<tf.Operation '");
    put_name(&text, operation);
    vs__text_put(&text, "' type=");
    vs__text_put(&text, vs_operation_type(operation));
    vs__text_put(&text, ">");
    return text.length;
}

size_t vs__output_name(const vs__output *output, char *buffer, size_t size)
{
    vs__text text = vs__text_of(buffer, size);
    put_name(&text, vs__output_node(output));
    vs__text_put(&text, ":");
    vs__text_int(&text, output->index);
    return text.length;
}

size_t vs__output_format(const vs__output *output, char *buffer, size_t size)
{
    vs__text text = vs__text_of(buffer, size);
    vs__text_put(&text, "Tensor(\"");
    put_name(&text, vs__output_node(output));
    vs__text_printf(&text, ":%u\"", output->index);
    if (output->shape) {
        vs__text_put(&text, ", shape=");
        vs__shape_put(&text, vs__blob_shape(output->shape));
    }
    vs__text_put(&text, ", dtype=");
    vs__text_put(&text, vs_dtype_name((vs_dtype)output->dtype));
    const char *device = vs_operation_device(vs__output_node(output));
    if (*device) {
        vs__text_put(&text, ", device=");
        vs__text_put(&text, device);
    }
    vs__text_put(&text, ")");
    return text.length;
}
