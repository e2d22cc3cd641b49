/*
 * Full types: what TensorFlow notes of an op's outputs beyond their dtypes, as the op is registered
 * (core/framework/full_type_util.cc, SpecializeType). Of the ops that make graphs of layers only Shape has one.
 *
 *     FullTypeDef { FullTypeId type_id = 1; repeated FullTypeDef args = 2; string s = 3; }
 */
#include "full_types.h"
#include "op_registry.h"
#include "wire.h"

enum { TYPE_ID = 1, TYPE_ARGS = 2, TYPE_S = 3 };
enum { TFT_VAR = 1, TFT_PRODUCT = 3, TFT_FOR_EACH = 20 };
enum { NODE_EXPERIMENTAL_TYPE = 7 };
enum { ATTR_LIST = 1, ATTR_TYPE = 6, LIST_TYPE = 6 };
enum { MOST_ARGS = 8 };

/* A FullTypeDef taken apart. */
typedef struct full_type {
    uint64_t id;
    size_t n_args;
    struct {
        const uint8_t *data;
        size_t size;
    } args[MOST_ARGS];
    char s[64];
} full_type;

/* The types that stand for a variable, which is an attribute of the node: one, or the elements of a list. */
typedef struct type_source {
    const vs_operation *node;
    bool is_bound; /* inside of FOR_EACH: the variable is this type */
    uint64_t bound;
} type_source;

static full_type parse(const uint8_t *data, size_t size)
{
    full_type type = {.id = 0};
    vs__wire_reader reader = vs__wire_read(data, size);
    while (vs__wire_next(&reader)) {
        if (reader.field == TYPE_ID) {
            type.id = reader.value;
        } else if (reader.field == TYPE_ARGS && type.n_args < MOST_ARGS) {
            type.args[type.n_args].data = reader.data;
            type.args[type.n_args++].size = reader.size;
        } else if (reader.field == TYPE_S && reader.size < sizeof type.s) {
            memcpy(type.s, reader.data, reader.size);
            type.s[reader.size] = '\0';
        }
    }
    return type;
}

/* The FullTypeId of a dtype; 0 for what has none. */
static uint64_t id_of_dtype(uint64_t dtype)
{
    static const uint8_t ids[] = {
        [VS_BOOL] = 200,   [VS_UINT8] = 201,   [VS_UINT16] = 202,  [VS_UINT32] = 203,    [VS_UINT64] = 204,
        [VS_INT8] = 205,   [VS_INT16] = 206,   [VS_INT32] = 207,   [VS_INT64] = 208,     [VS_FLOAT16] = 209,
        [VS_FLOAT32] = 210, [VS_FLOAT64] = 211, [VS_COMPLEX64] = 212, [VS_COMPLEX128] = 213, [VS_STRING] = 214,
        [VS_BFLOAT16] = 215,
    };
    return dtype < sizeof ids ? ids[dtype] : 0;
}

/* Begin to read the types of an attribute: an AttrValue { type = 6 }, or { list = 1 { type = 6, packed } }. */
static bool read_attr(const vs_operation *node, const char *name, uint64_t *type, vs__wire_reader *list)
{
    size_t size = 0;
    const uint8_t *value = vs__node_attr(node, name, &size);
    vs__wire_reader reader = vs__wire_read(value, value ? size : 0);
    *list = vs__wire_read(NULL, 0);
    while (vs__wire_next(&reader)) {
        if (reader.field == ATTR_TYPE) {
            *type = reader.value;
            return true;
        }
        vs__wire_reader inner = vs__wire_read(reader.data, reader.size);
        if (reader.field == ATTR_LIST && vs__wire_next(&inner) && inner.field == LIST_TYPE)
            *list = vs__wire_read(inner.data, inner.size);
    }
    return false;
}

static void put_type(vs__bytes *out, const uint8_t *data, size_t size, const type_source *types);

/* A field of a message that put_type() writes. */
static void put_arg(vs__bytes *out, uint32_t field, const uint8_t *data, size_t size, const type_source *types)
{
    uint8_t local[256];
    vs__bytes arg = vs__bytes_on(local, sizeof local);
    put_type(&arg, data, size, types);
    vs__wire_field(out, field, arg.data, arg.size);
    out->failed |= arg.failed;
    vs__bytes_free(&arg);
}

static void put_id_arg(vs__bytes *out, uint64_t dtype)
{
    uint8_t local[16];
    vs__bytes arg = vs__bytes_on(local, sizeof local);
    vs__wire_int(&arg, TYPE_ID, (int64_t)id_of_dtype(dtype));
    vs__wire_field(out, TYPE_ARGS, arg.data, arg.size);
    vs__bytes_free(&arg);
}

/* A variable: the type that its attribute has, or the product of those in its list. */
static void put_variable(vs__bytes *out, const full_type *variable, const type_source *types)
{
    uint64_t dtype = types->bound;
    vs__wire_reader list = vs__wire_read(NULL, 0);
    if (types->is_bound || read_attr(types->node, variable->s, &dtype, &list)) {
        vs__wire_int(out, TYPE_ID, (int64_t)id_of_dtype(dtype));
        return;
    }
    vs__wire_int(out, TYPE_ID, TFT_PRODUCT);
    while (vs__wire_read_varint(&list, &dtype))
        put_id_arg(out, dtype);
}

/* FOR_EACH(container, template, variable): the container of the template for each type of the variable. */
static void put_for_each(vs__bytes *out, const full_type *loop, const type_source *outer)
{
    full_type container = parse(loop->args[0].data, loop->args[0].size);
    full_type variable = parse(loop->args[2].data, loop->args[2].size);
    type_source inner = {.node = outer->node, .is_bound = true};
    vs__wire_reader list;
    vs__wire_int(out, TYPE_ID, (int64_t)container.id);
    if (read_attr(outer->node, variable.s, &inner.bound, &list))
        put_arg(out, TYPE_ARGS, loop->args[1].data, loop->args[1].size, &inner);
    while (vs__wire_read_varint(&list, &inner.bound))
        put_arg(out, TYPE_ARGS, loop->args[1].data, loop->args[1].size, &inner);
}

static void put_type(vs__bytes *out, const uint8_t *data, size_t size, const type_source *types)
{
    full_type type = parse(data, size);
    if (type.id == TFT_VAR) {
        put_variable(out, &type, types);
    } else if (type.id == TFT_FOR_EACH && type.n_args == 3) {
        put_for_each(out, &type, types);
    } else {
        if (type.id)
            vs__wire_int(out, TYPE_ID, (int64_t)type.id);
        for (size_t i = 0; i < type.n_args; i++)
            put_arg(out, TYPE_ARGS, type.args[i].data, type.args[i].size, types);
    }
}

bool vs__has_full_type(const vs__op_def *def)
{
    size_t size = 0;
    for (unsigned i = 0; i < def->n_outputs && !size; i++)
        vs__arg_full_type(vs__op_output(def, i), &size);
    return size != 0;
}

void vs__full_type_write(vs__bytes *out, const vs_operation *node)
{
    const vs__op_def *def = vs__node_def(node);
    const type_source types = {.node = node};
    uint8_t local[256];
    vs__bytes product = vs__bytes_on(local, sizeof local);
    vs__wire_int(&product, TYPE_ID, TFT_PRODUCT);
    for (unsigned i = 0; i < def->n_outputs; i++) {
        size_t size;
        const uint8_t *type = vs__arg_full_type(vs__op_output(def, i), &size);
        put_arg(&product, TYPE_ARGS, type, size, &types);
    }
    vs__wire_field(out, NODE_EXPERIMENTAL_TYPE, product.data, product.size);
    out->failed |= product.failed;
    vs__bytes_free(&product);
}
