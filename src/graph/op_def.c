/* The public face of the op registry. A vs_op_def is a vs__op_def. */
#include <varscope/op_def.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dtypes.h"
#include "infer.h"
#include "op_registry.h"
#include "text.h"
#include "wire.h"

static const vs__op_def *inside(const vs_op_def *def)
{
    return (const vs__op_def *)(const void *)def;
}

static const vs_op_def *outside(const vs__op_def *def)
{
    return (const vs_op_def *)(const void *)def;
}

size_t vs_op_def_count(void)
{
    return vs__op_def_count();
}

const vs_op_def *vs_op_def_at(size_t i)
{
    return i < vs__op_def_count() ? outside(vs__op_def_at((uint32_t)i)) : NULL;
}

const vs_op_def *vs_op_def_find(const char *name)
{
    return outside(vs__op_def_find(name, strlen(name)));
}

const vs_op_def *vs_op_def_nearest(const char *name)
{
    return outside(vs__op_def_nearest(name, strlen(name)));
}

const char *vs_op_def_name(const vs_op_def *def)
{
    return vs__op_name(inside(def));
}

uint32_t vs_op_def_flags(const vs_op_def *def)
{
    const vs__op_def *of = inside(def);
    return of->flags | (vs__infer_has_rule(of) ? VS_OP_HAS_SHAPE_RULE : 0u);
}

const char *vs_op_def_deprecation(const vs_op_def *def, uint32_t *version)
{
    const vs__op_deprecation_def *deprecation = vs__op_deprecation(inside(def));
    if (version)
        *version = deprecation ? deprecation->version : 0;
    return deprecation ? vs__pool_string(deprecation->explanation_offset) : NULL;
}

size_t vs_op_def_num_inputs(const vs_op_def *def)
{
    return inside(def)->n_inputs;
}

size_t vs_op_def_num_outputs(const vs_op_def *def)
{
    return inside(def)->n_outputs;
}

size_t vs_op_def_num_attrs(const vs_op_def *def)
{
    return inside(def)->n_attrs;
}

/* ---- arguments and attributes ---- */

static const char *attr_name(const vs__op_def *def, int position)
{
    return position < 0 ? NULL : vs__attr_name(vs__op_attr(def, (unsigned)position));
}

static bool get_arg(const vs__op_def *def, const vs__arg_def *arg, vs_op_def_arg *out)
{
    *out = (vs_op_def_arg){
        .name = vs__arg_name(arg),
        .dtype = (vs_dtype)arg->dtype,
        .type_attr = attr_name(def, arg->type_attr),
        .number_attr = attr_name(def, arg->number_attr),
        .type_list_attr = attr_name(def, arg->type_list_attr),
        .is_ref = arg->is_ref,
    };
    return true;
}

bool vs_op_def_get_input(const vs_op_def *def, size_t i, vs_op_def_arg *out)
{
    return i < inside(def)->n_inputs && get_arg(inside(def), vs__op_input(inside(def), (unsigned)i), out);
}

bool vs_op_def_get_output(const vs_op_def *def, size_t i, vs_op_def_arg *out)
{
    return i < inside(def)->n_outputs && get_arg(inside(def), vs__op_output(inside(def), (unsigned)i), out);
}

static const char *type_word(const vs__attr_def *attr)
{
    static const char *const lists[] = {"list(string)", "list(int)",   "list(float)",  "list(bool)",
                                        "list(type)",   "list(shape)", "list(tensor)", "list(func)"};
    return attr->is_list ? lists[attr->kind] : vs__attr_kind_name((vs__attr_kind)attr->kind);
}

bool vs_op_def_get_attr(const vs_op_def *def, size_t i, vs_op_def_attr *out)
{
    if (i >= inside(def)->n_attrs)
        return false;
    const vs__attr_def *attr = vs__op_attr(inside(def), (unsigned)i);
    size_t num_types;
    vs__attr_allowed_type_list(attr, &num_types);
    *out = (vs_op_def_attr){
        .name = vs__attr_name(attr),
        .type = type_word(attr),
        .has_default = attr->has_default,
        .has_minimum = attr->has_minimum,
        .minimum = attr->has_minimum ? attr->minimum : 0,
        .num_allowed = num_types ? num_types : attr->n_allowed_strings,
    };
    return true;
}

const char *vs_op_def_allowed(const vs_op_def *def, size_t i, size_t k)
{
    if (i >= inside(def)->n_attrs)
        return NULL;
    const vs__attr_def *attr = vs__op_attr(inside(def), (unsigned)i);
    size_t num_types;
    const uint8_t *types = vs__attr_allowed_type_list(attr, &num_types);
    if (num_types)
        return k < num_types ? vs_dtype_name((vs_dtype)types[k]) : NULL;
    return k < attr->n_allowed_strings ? vs__attr_allowed_string(attr, (unsigned)k) : NULL;
}

/* ---- defaults: an AttrValue as JSON ---- */

static void put_string(vs__text *text, const uint8_t *data, size_t size)
{
    vs__text_put(text, "\"");
    for (size_t i = 0; i < size; i++) {
        if (data[i] < ' ' || data[i] >= 0x7f)
            vs__text_printf(text, "\\u%04x", data[i]);
        else
            vs__text_printf(text, data[i] == '"' || data[i] == '\\' ? "\\%c" : "%c", data[i]);
    }
    vs__text_put(text, "\"");
}

static void put_real(vs__text *text, uint32_t bits)
{
    float value;
    char shortest[32];
    memcpy(&value, &bits, sizeof value);
    if (isinf(value) || isnan(value)) {
        vs__text_put(text, isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
        return;
    }
    for (int digits = 1; digits < 10; digits++) {
        snprintf(shortest, sizeof shortest, "%.*g", digits, (double)value);
        if (strtof(shortest, NULL) == value)
            break;
    }
    vs__text_put(text, shortest);
    if (!strpbrk(shortest, ".e")) /* a real stays one */
        vs__text_put(text, ".0");
}

static void put_shape(vs__text *text, const uint8_t *data, size_t size)
{
    vs__text dims = *text;
    bool unknown = false;
    const char *comma = "[";
    vs__wire_reader shape = vs__wire_read(data, size);
    while (vs__wire_next(&shape)) {
        unknown |= shape.field == 3 && shape.value;
        if (shape.field != 2)
            continue;
        int64_t dim = 0;
        vs__wire_reader inner = vs__wire_read(shape.data, shape.size);
        while (vs__wire_next(&inner))
            dim = (int64_t)inner.value;
        vs__text_put(&dims, comma);
        if (dim < 0)
            vs__text_put(&dims, "null");
        else
            vs__text_int(&dims, dim);
        comma = ", ";
    }
    if (unknown) {
        vs__text_put(text, "null");
        return;
    }
    vs__text_put(&dims, *comma == '[' ? "[]" : "]");
    *text = dims;
}

/* A tensor of the registry: its elements are ints (the generator knows no others). */
static void put_tensor(vs__text *text, const uint8_t *data, size_t size)
{
    vs__text_put(text, "{");
    vs__wire_reader tensor = vs__wire_read(data, size);
    while (vs__wire_next(&tensor)) {
        if (tensor.field == 1)
            vs__text_printf(text, "\"dtype\": \"%s\"", vs_dtype_name((vs_dtype)tensor.value));
        if (tensor.field == 2) {
            vs__text_put(text, ", \"shape\": ");
            put_shape(text, tensor.data, tensor.size);
        }
    }
    vs__text_put(text, ", \"values\": [");
    const char *comma = "";
    tensor = vs__wire_read(data, size);
    while (vs__wire_next(&tensor)) {
        if (tensor.field != 7)
            continue;
        vs__wire_reader ints = vs__wire_read(tensor.data, tensor.size);
        uint64_t value;
        while (vs__wire_read_varint(&ints, &value)) {
            vs__text_printf(text, "%s%lld", comma, (long long)(int64_t)value);
            comma = ", ";
        }
    }
    vs__text_put(text, "]}");
}

/* One field of an AttrValue or of its list, which has the same numbers. */
static void put_value(vs__text *text, const vs__wire_reader *field)
{
    switch (field->field) {
    case 2:
        put_string(text, field->data, field->size);
        break;
    case 3:
        vs__text_int(text, (int64_t)field->value);
        break;
    case 4:
        put_real(text, (uint32_t)field->value);
        break;
    case 5:
        vs__text_put(text, field->value ? "true" : "false");
        break;
    case 6:
        vs__text_printf(text, "\"%s\"", vs_dtype_name((vs_dtype)field->value));
        break;
    case 7:
        put_shape(text, field->data, field->size);
        break;
    default:
        put_tensor(text, field->data, field->size);
    }
}

/* The items of a packed field of a list: ints, reals, booleans or types. */
static void put_packed(vs__text *text, const vs__wire_reader *list, const char **comma)
{
    vs__wire_reader item = vs__wire_read(list->data, list->size);
    item.field = list->field;
    while (item.cursor < item.end) {
        if (list->field == 4 && item.end - item.cursor >= 4) {
            item.value = item.cursor[0] | (uint32_t)item.cursor[1] << 8 | (uint32_t)item.cursor[2] << 16 |
                         (uint32_t)item.cursor[3] << 24;
            item.cursor += 4;
        } else if (!vs__wire_read_varint(&item, &item.value)) {
            return;
        }
        vs__text_put(text, *comma);
        put_value(text, &item);
        *comma = ", ";
    }
}

static void put_list(vs__text *text, const uint8_t *data, size_t size)
{
    const char *comma = "";
    vs__text_put(text, "[");
    vs__wire_reader list = vs__wire_read(data, size);
    while (vs__wire_next(&list)) {
        if (list.type == VS__WIRE_BYTES && list.field >= 3 && list.field <= 6) {
            put_packed(text, &list, &comma);
            continue;
        }
        vs__text_put(text, comma);
        put_value(text, &list);
        comma = ", ";
    }
    vs__text_put(text, "]");
}

size_t vs_op_def_format_default(const vs_op_def *def, size_t i, char *buffer, size_t size)
{
    vs__text text = vs__text_of(buffer, size);
    if (i >= inside(def)->n_attrs || !vs__op_attr(inside(def), (unsigned)i)->has_default)
        return 0;
    size_t length;
    const uint8_t *value = vs__attr_default(vs__op_attr(inside(def), (unsigned)i), &length);
    vs__wire_reader reader = vs__wire_read(value, length);
    while (vs__wire_next(&reader)) {
        if (reader.field == 1)
            put_list(&text, reader.data, reader.size);
        else
            put_value(&text, &reader);
    }
    return text.length;
}
