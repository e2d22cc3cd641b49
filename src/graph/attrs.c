/* Attributes of an op: completing them from its definition, and writing them. */
#include <string.h>

#include "builder.h"
#include "dtypes.h"
#include "tensor_proto.h"
#include "wire.h"

/* Fields of AttrValue and of its ListValue (attr_value.proto). A list's kinds have the numbers of the single ones. */
enum { FIELD_LIST = 1, FIELD_S = 2, FIELD_I = 3, FIELD_F = 4, FIELD_B = 5, FIELD_TYPE = 6, FIELD_SHAPE = 7,
       FIELD_TENSOR = 8 };

static const uint32_t value_field[] = {
    [VS__ATTR_STRING] = FIELD_S, [VS__ATTR_INT] = FIELD_I,     [VS__ATTR_FLOAT] = FIELD_F,
    [VS__ATTR_BOOL] = FIELD_B,   [VS__ATTR_TYPE] = FIELD_TYPE, [VS__ATTR_SHAPE] = FIELD_SHAPE,
    [VS__ATTR_TENSOR] = FIELD_TENSOR,
};

static void write_float(vs__bytes *out, double value)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    vs__wire_fixed32(out, bits);
}

static void write_shape(vs__bytes *out, vs_shape shape)
{
    uint8_t local[128];
    vs__bytes bytes = vs__bytes_on(local, sizeof local);
    vs__shape_proto_write(&bytes, shape);
    out->failed |= bytes.failed;
    vs__wire_field(out, FIELD_SHAPE, bytes.data, bytes.size);
    vs__bytes_free(&bytes);
}

/* The ListValue of a list attribute. */
static void write_list(vs__bytes *out, const vs__attr_def *attr, const vs__attr_value *value)
{
    uint8_t local[256];
    vs__bytes packed = vs__bytes_on(local, sizeof local);
    for (size_t i = 0; i < value->count; i++) {
        switch (attr->kind) {
        case VS__ATTR_STRING: {
            const char *text = ((const char *const *)value->data)[i];
            vs__wire_field(out, FIELD_S, text, strlen(text));
            break;
        }
        case VS__ATTR_SHAPE:
            write_shape(out, ((const vs_shape *)value->data)[i]);
            break;
        case VS__ATTR_FLOAT:
            write_float(&packed, ((const double *)value->data)[i]);
            break;
        default:
            vs__wire_varint(&packed, (uint64_t)((const int64_t *)value->data)[i]);
        }
    }
    out->failed |= packed.failed;
    if (packed.size)
        vs__wire_field(out, value_field[attr->kind], packed.data, packed.size);
    vs__bytes_free(&packed);
}

static void write_value(vs__bytes *out, const vs__attr_def *attr, const vs__attr_value *value)
{
    if (attr->is_list) {
        uint8_t local[256];
        vs__bytes list = vs__bytes_on(local, sizeof local);
        write_list(&list, attr, value);
        out->failed |= list.failed;
        vs__wire_field(out, FIELD_LIST, list.data, list.size);
        vs__bytes_free(&list);
        return;
    }
    switch (attr->kind) {
    case VS__ATTR_STRING:
        vs__wire_field(out, FIELD_S, value->data, value->count);
        break;
    case VS__ATTR_TENSOR:
        vs__wire_field(out, FIELD_TENSOR, value->data, value->count);
        break;
    case VS__ATTR_SHAPE:
        write_shape(out, value->shape);
        break;
    case VS__ATTR_FLOAT:
        vs__wire_tag(out, FIELD_F, VS__WIRE_FIXED32);
        write_float(out, value->real);
        break;
    default:
        vs__wire_int(out, value_field[attr->kind], value->integer);
    }
}

/* One entry of the map NodeDef.attr: field 5 { key = 1, value = 2 }. */
static void write_entry(vs__bytes *out, const char *key, const void *value, size_t size)
{
    size_t key_size = strlen(key);
    vs__wire_tag(out, 5, VS__WIRE_BYTES);
    vs__wire_varint(out, 2 + vs__wire_varint_size(key_size) + key_size + vs__wire_varint_size(size) + size);
    vs__wire_field(out, 1, key, key_size);
    vs__wire_field(out, 2, value, size);
}

static void write_attrs(vs__bytes *out, const vs__op_def *def, const vs__attr_value *values)
{
    for (unsigned rank = 0; rank < def->n_attrs; rank++) {
        unsigned i = vs__op_attr_at_rank(def, rank);
        const vs__attr_def *attr = vs__op_attr(def, i);
        const char *key = vs__attr_name(attr);
        if (!values[i].is_set) {
            size_t size;
            const uint8_t *bytes = vs__attr_default(attr, &size);
            write_entry(out, key, bytes, size);
            continue;
        }
        uint8_t local[512];
        vs__bytes value = vs__bytes_on(local, sizeof local);
        write_value(&value, attr, &values[i]);
        out->failed |= value.failed;
        write_entry(out, key, value.data, value.size);
        vs__bytes_free(&value);
    }
}

const vs__blob *vs__attrs_intern(vs__builder *builder, const vs__op_def *def, const vs__attr_value *values)
{
    uint8_t local[1024];
    vs__bytes attrs = vs__bytes_on(local, sizeof local);
    write_attrs(&attrs, def, values);
    const vs__blob *blob = NULL;
    if (!attrs.failed)
        blob = vs__intern(&builder->graph->interned, &builder->arena, VS__INTERN_ATTRS, attrs.data, attrs.size);
    if (!blob)
        vs__fail_memory(builder->error, builder->call);
    vs__bytes_free(&attrs);
    return blob;
}

enum { ALLOWED_SIZE = 384 };

static bool check_type(vs__builder *builder, const vs__op_def *def, const vs__attr_def *attr, int64_t type)
{
    uint64_t allowed = vs__attr_allowed_types(attr);
    if (type > 0 && type < 64 && (!allowed || allowed >> type & 1))
        return true;
    char types[ALLOWED_SIZE];
    vs__attr_format_allowed(attr, types, sizeof types);
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "op %s does not allow dtype %s for its attribute %s, but %s", vs__op_name(def),
                    vs_dtype_name((vs_dtype)type), vs__attr_name(attr), *types ? types : "any that there is");
}

static bool check_string(vs__builder *builder, const vs__op_def *def, const vs__attr_def *attr, const char *text,
                         size_t length)
{
    char strings[ALLOWED_SIZE];
    return vs__attr_allows_string(attr, text, length) ||
           vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "op %s does not allow \"%.*s\" for its attribute %s, but %s", vs__op_name(def), (int)length, text,
                    vs__attr_name(attr), vs__attr_format_allowed(attr, strings, sizeof strings));
}

static bool check_minimum(vs__builder *builder, const vs__op_def *def, const vs__attr_def *attr, int64_t number,
                          const char *what)
{
    return !attr->has_minimum || number >= attr->minimum ||
           vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "op %s: %s %lld of attribute %s is below %d",
                    vs__op_name(def), what, (long long)number, vs__attr_name(attr), attr->minimum);
}

static bool check_value(vs__builder *builder, const vs__op_def *def, const vs__attr_def *attr,
                        const vs__attr_value *value)
{
    if (!attr->is_list) {
        if (attr->kind == VS__ATTR_TYPE)
            return check_type(builder, def, attr, value->integer);
        if (attr->kind == VS__ATTR_STRING)
            return check_string(builder, def, attr, value->data, value->count);
        return attr->kind != VS__ATTR_INT || check_minimum(builder, def, attr, value->integer, "value");
    }
    if (!check_minimum(builder, def, attr, (int64_t)value->count, "length"))
        return false;
    for (size_t i = 0; i < value->count; i++) {
        const char *text = attr->kind == VS__ATTR_STRING ? ((const char *const *)value->data)[i] : NULL;
        if (text && !check_string(builder, def, attr, text, strlen(text)))
            return false;
        if (attr->kind == VS__ATTR_TYPE && !check_type(builder, def, attr, ((const int64_t *)value->data)[i]))
            return false;
    }
    return true;
}

/* Make an AttrValue readable for inference: the numbers and the strings; it is written from its own bytes. */
static void read_value(const vs__attr_def *attr, const uint8_t *bytes, size_t size, vs__attr_value *value)
{
    vs__wire_reader reader = vs__wire_read(bytes, size);
    if (attr->is_list || !vs__wire_next(&reader))
        return;
    if (attr->kind == VS__ATTR_INT || attr->kind == VS__ATTR_BOOL || attr->kind == VS__ATTR_TYPE) {
        value->integer = (int64_t)reader.value;
    } else if (attr->kind == VS__ATTR_STRING) {
        value->data = reader.data;
        value->count = reader.size;
    }
}

static void read_default(const vs__attr_def *attr, vs__attr_value *value)
{
    size_t size;
    const uint8_t *bytes = vs__attr_default(attr, &size);
    read_value(attr, bytes, size, value);
}

void vs__attrs_read_like(const vs__op_def *def, const vs_operation *like, vs__attr_value *values)
{
    size_t size;
    for (unsigned i = 0; i < def->n_attrs; i++) {
        const vs__attr_def *attr = vs__op_attr(def, i);
        const uint8_t *bytes = vs__node_attr(like, vs__attr_name(attr), &size);
        if (bytes)
            read_value(attr, bytes, size, &values[i]);
    }
}

void vs__attrs_read_defaults(const vs__op_def *def, vs__attr_value *values)
{
    for (unsigned i = 0; i < def->n_attrs; i++)
        if (!values[i].is_set)
            read_default(vs__op_attr(def, i), &values[i]);
}

bool vs__attrs_complete(vs__builder *builder, const vs__op_def *def, vs__attr_value *values)
{
    for (unsigned i = 0; i < def->n_attrs; i++) {
        const vs__attr_def *attr = vs__op_attr(def, i);
        if (values[i].is_set) {
            if (!check_value(builder, def, attr, &values[i]))
                return false;
        } else if (attr->has_default) {
            read_default(attr, &values[i]);
        } else {
            return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                            "op %s needs a value for its attribute %s", vs__op_name(def), vs__attr_name(attr));
        }
    }
    return true;
}
