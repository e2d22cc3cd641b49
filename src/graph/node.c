#include "node.h"

#include <string.h>

#include "graph.h"
#include "shapes.h"
#include "wire.h"

const uint8_t *vs__node_attr(const vs_operation *node, const char *name, size_t *size_out)
{
    if (strcmp(name, "_class") == 0) {
        *size_out = node->groups ? node->groups->size : 0;
        return node->groups ? node->groups->data : NULL;
    }
    size_t length = strlen(name);
    vs__wire_reader entries = vs__wire_read(node->attrs->data, node->attrs->size);
    while (vs__wire_next(&entries)) {
        vs__wire_reader entry = vs__wire_read(entries.data, entries.size);
        if (vs__wire_next(&entry) && entry.size == length && memcmp(entry.data, name, length) == 0 &&
            vs__wire_next(&entry)) {
            *size_out = entry.size;
            return entry.data;
        }
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
