/* What print shows: TensorFlow's own forms, and Python's of numbers, strings and lists. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <varscope/operation.h>

#include "program_values.h"
#include "shortest.h"

static void put(vs__bytes *out, const char *text)
{
    vs__bytes_add(out, text, strlen(text));
}

/* Python's repr of a string, of which the text is UTF-8. */
static void put_quoted(vs__bytes *out, const char *text)
{
    char quote = strchr(text, '\'') && !strchr(text, '"') ? '"' : '\'';
    char escaped[8];
    vs__bytes_add(out, &quote, 1);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == (unsigned char)quote || c == '\\')
            snprintf(escaped, sizeof escaped, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            snprintf(escaped, sizeof escaped, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        else if (c < ' ' || c == 0x7f)
            snprintf(escaped, sizeof escaped, "\\x%02x", c);
        else
            snprintf(escaped, sizeof escaped, "%c", c);
        put(out, escaped);
    }
    vs__bytes_add(out, &quote, 1);
}

/* Add what a function that writes as snprintf does writes of a thing. */
#define PUT_FORMATTED(out, write, thing)                                                                     \
    do {                                                                                                     \
        size_t length = write(thing, NULL, 0);                                                               \
        if (vs__bytes_reserve(out, length + 1)) {                                                            \
            write(thing, (char *)(out)->data + (out)->size, length + 1);                                     \
            (out)->size += length;                                                                           \
        }                                                                                                    \
    } while (0)

/* As a list shows a tensor: its repr, which is not what print shows of it alone. */
static void put_tensor_in_list(vs__bytes *out, vs_tensor tensor)
{
    /* What an assignment to a resource variable gives is one to Python, too. */
    put(out, tensor.kind == VS__TENSOR_VARIABLE ? "<tf.Variable '" : "<tf.Tensor '");
    PUT_FORMATTED(out, vs_tensor_name, tensor);
    put(out, "' shape=");
    PUT_FORMATTED(out, vs_shape_format, vs_tensor_shape(tensor));
    put(out, " dtype=");
    put(out, vs_dtype_name(vs_tensor_dtype(tensor)));
    put(out, ">");
}

static bool format(vs__runner *runner, vs__bytes *out, const vs__value *value, bool in_list);

static bool put_list(vs__runner *runner, vs__bytes *out, const vs__value *value)
{
    put(out, "[");
    for (size_t i = 0; i < vs__program_num_items(value); i++) {
        vs__value item;
        if (i)
            put(out, ", ");
        if (!vs__program_item(runner, value, i, &item) || !format(runner, out, &item, true))
            return false;
    }
    put(out, "]");
    return true;
}

static void put_number(vs__bytes *out, const vs__value *value)
{
    char text[VS__SHORTEST_SIZE];
    if (value->kind == VS__VALUE_INT)
        snprintf(text, sizeof text, "%" PRId64, value->of.integer);
    else
        vs__shortest_double(text, value->of.real);
    put(out, text);
}

static bool format(vs__runner *runner, vs__bytes *out, const vs__value *value, bool in_list)
{
    switch (value->kind) {
    case VS__VALUE_NOTHING:
        put(out, "None");
        break;
    case VS__VALUE_BOOL:
        put(out, value->of.boolean ? "True" : "False");
        break;
    case VS__VALUE_INT:
    case VS__VALUE_REAL:
        put_number(out, value);
        break;
    case VS__VALUE_STRING:
        if (in_list)
            put_quoted(out, value->of.string);
        else
            put(out, value->of.string);
        break;
    case VS__VALUE_VARIABLE:
        PUT_FORMATTED(out, vs_variable_format, value->of.variable);
        break;
    case VS__VALUE_TENSOR:
        if (in_list)
            put_tensor_in_list(out, value->of.tensor);
        else
            PUT_FORMATTED(out, vs_tensor_format, value->of.tensor);
        break;
    case VS__VALUE_OPERATION:
        PUT_FORMATTED(out, vs_operation_format, value->of.operation);
        break;
    case VS__VALUE_SCOPE:
        PUT_FORMATTED(out, vs_variable_scope_format, value->of.scope);
        break;
    case VS__VALUE_ARRAY:
    case VS__VALUE_LIST:
        return put_list(runner, out, value);
    }
    return true;
}

bool vs__program_format(vs__runner *runner, vs__bytes *out, const vs__value *value)
{
    if (!format(runner, out, value, false))
        return false;
    if (vs__bytes_reserve(out, 1))
        out->data[out->size] = '\0';
    return !out->failed || vs__program_fail_memory(runner);
}
