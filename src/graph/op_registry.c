#include "op_registry.h"

#include <string.h>

#include "dtypes.h"
#include "op_registry_ids.h"
#include "text.h"

/* 32-bit FNV-1a. This and hash_slot() are as in gen_op_registry.py. */
static uint32_t hash_name(const char *name, size_t length)
{
    uint32_t hash = 0x811c9dc5u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x01000193u;
    return hash;
}

/* Names share a bucket; its displacement was chosen so that each of all names has a slot of its own. */
static uint32_t hash_slot(uint32_t hash, uint32_t displacement)
{
    hash ^= displacement * 0x9e3779b1u;
    hash = (hash ^ (hash >> 15)) * 0x85ebca6bu;
    return (hash ^ (hash >> 13)) & (VS__OP_HASH_SLOTS - 1);
}

const vs__op_def *vs__op_def_find(const char *name, size_t length)
{
    uint32_t hash = hash_name(name, length);
    uint32_t displacement = vs__op_hash_displacements[(hash >> 7) & (VS__OP_HASH_BUCKETS - 1)];
    const vs__op_def *def = vs__op_def_at(vs__op_hash_slots[hash_slot(hash, displacement)]);
    if (def->name_length != length || memcmp(vs__op_name(def), name, length) != 0)
        return NULL;
    return def;
}

const vs__op_def *vs__op_def_nearest(const char *name, size_t length)
{
    vs__nearest search = vs__nearest_to(name, length);
    for (uint32_t i = 0; i < VS__OP_COUNT; i++)
        vs__nearest_try(&search, vs__op_name(vs__op_def_at(i)), vs__op_def_at(i)->name_length);
    return search.name ? vs__op_def_find(search.name, strlen(search.name)) : NULL;
}

uint32_t vs__op_def_count(void)
{
    return VS__OP_COUNT;
}

static bool is_string(const char *string, const char *name, size_t length)
{
    return strlen(string) == length && memcmp(string, name, length) == 0;
}

int vs__op_attr_find(const vs__op_def *def, const char *name, size_t length)
{
    for (unsigned i = 0; i < def->n_attrs; i++) {
        const vs__attr_def *attr = vs__op_attr(def, i);
        if (attr->name_length == length && memcmp(vs__attr_name(attr), name, length) == 0)
            return (int)i;
    }
    return -1;
}

int vs__op_input_find(const vs__op_def *def, const char *name, size_t length)
{
    for (unsigned i = 0; i < def->n_inputs; i++)
        if (is_string(vs__arg_name(vs__op_input(def, i)), name, length))
            return (int)i;
    return -1;
}

int vs__op_output_find(const vs__op_def *def, const char *name, size_t length)
{
    for (unsigned i = 0; i < def->n_outputs; i++)
        if (is_string(vs__arg_name(vs__op_output(def, i)), name, length))
            return (int)i;
    return -1;
}

int64_t vs__attr_default_int(const vs__attr_def *attr)
{
    size_t length;
    const uint8_t *bytes = vs__attr_default(attr, &length);
    uint64_t value = 0;
    /* The first byte is the tag, the others are the varint. */
    for (size_t i = 1; i < length; i++)
        value |= (uint64_t)(bytes[i] & 0x7f) << (7 * (i - 1));
    return (int64_t)value;
}

bool vs__attr_allows_string(const vs__attr_def *attr, const char *string, size_t length)
{
    for (unsigned i = 0; i < attr->n_allowed_strings; i++)
        if (is_string(vs__attr_allowed_string(attr, i), string, length))
            return true;
    return attr->n_allowed_strings == 0;
}

const char *vs__attr_format_allowed(const vs__attr_def *attr, char *buffer, size_t size)
{
    size_t num_types;
    const uint8_t *types = vs__attr_allowed_type_list(attr, &num_types);
    vs__text text = vs__text_of(buffer, size);
    for (size_t i = 0; i < num_types || i < attr->n_allowed_strings; i++) {
        vs__text_put(&text, i ? ", " : "");
        vs__text_put(&text, num_types ? vs_dtype_name((vs_dtype)types[i]) : vs__attr_allowed_string(attr, (unsigned)i));
    }
    return buffer;
}

const char *vs__attr_kind_name(vs__attr_kind kind)
{
    switch (kind) {
    case VS__ATTR_STRING: return "string";
    case VS__ATTR_INT: return "int";
    case VS__ATTR_FLOAT: return "float";
    case VS__ATTR_BOOL: return "bool";
    case VS__ATTR_TYPE: return "type";
    case VS__ATTR_SHAPE: return "shape";
    case VS__ATTR_TENSOR: return "tensor";
    case VS__ATTR_FUNC: return "func";
    }
    return "unknown";
}
