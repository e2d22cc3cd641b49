#include "plan.h"

#include <string.h>

#include "builder.h"

static void put(vs__plan_key *key, const void *data, size_t size)
{
    if (size > sizeof key->of.bytes - key->size) {
        key->size = sizeof key->of.bytes + 1; /* too long, now and later */
        return;
    }
    if (size)
        memcpy(key->of.bytes + key->size, data, size);
    key->size += size;
}

static bool is_too_long(const vs__plan_key *key)
{
    return key->size > sizeof key->of.bytes;
}

static void put_sized(vs__plan_key *key, const void *data, size_t count, size_t each)
{
    uint32_t size = (uint32_t)count;
    if (count > sizeof key->of.bytes) {
        key->size = sizeof key->of.bytes + 1;
        return;
    }
    put(key, &size, sizeof size);
    if (!is_too_long(key))
        put(key, data, count * each);
}

/* One attribute. false: of a kind that is not kept. */
static bool put_attr(vs__plan_key *key, const vs__attr_def *attr, uint8_t index, const vs__attr_value *value)
{
    put(key, &index, sizeof index);
    if (is_too_long(key))
        return false;
    if (attr->is_list) {
        if (attr->kind != VS__ATTR_INT && attr->kind != VS__ATTR_TYPE)
            return false;
        put_sized(key, value->data, value->count, sizeof(int64_t));
        return !is_too_long(key);
    }
    switch (attr->kind) {
    case VS__ATTR_INT:
    case VS__ATTR_BOOL:
    case VS__ATTR_TYPE:
        put(key, &value->integer, sizeof value->integer);
        break;
    case VS__ATTR_FLOAT:
        put(key, &value->real, sizeof value->real);
        break;
    case VS__ATTR_SHAPE:
        put(key, &value->shape.kind, sizeof value->shape.kind);
        if (!is_too_long(key))
            put_sized(key, value->shape.dims, value->shape.rank, sizeof *value->shape.dims);
        break;
    case VS__ATTR_STRING:
    case VS__ATTR_TENSOR:
        put_sized(key, value->data, value->count, 1);
        break;
    default:
        return false;
    }
    return !is_too_long(key);
}

/* Fill the last word up, and mix all words: the hash only chooses a place, the words are compared. */
static void finish_key(vs__plan_key *key)
{
    uint64_t hash = 0;
    while (key->size % sizeof *key->of.words)
        key->of.bytes[key->size++] = 0;
    for (size_t i = 0; i < key->size / sizeof *key->of.words; i++) {
        hash = (hash ^ key->of.words[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    key->hash = hash;
}

void vs__plan_key_write(vs__plan_key *key, const vs__op_def *def, const uint16_t *dtypes, size_t n_inputs,
                        const vs__attr_value *attrs)
{
    key->of.halves[0] = (uint16_t)vs__op_def_index(def);
    for (size_t i = 0; i < n_inputs; i++)
        key->of.halves[i + 1] = dtypes[i];
    key->size = (n_inputs + 1) * sizeof *key->of.halves;
    bool kept = true;
    for (unsigned i = 0; kept && i < def->n_attrs; i++)
        kept = !attrs[i].is_set || put_attr(key, vs__op_attr(def, i), (uint8_t)i, &attrs[i]);
    if (kept)
        finish_key(key);
    else
        key->size = 0;
}

const vs__plan *vs__plan_find(const vs__plans *plans, const vs__plan_key *key)
{
    if (!plans || !key->size)
        return NULL;
    const vs__plan *plan = &plans->at[key->hash % VS__PLANS];
    if (!plan->attrs || plan->hash != key->hash || plan->size != key->size)
        return NULL;
    for (size_t i = 0; i < key->size / sizeof *key->of.words; i++)
        if (plan->key[i] != key->of.words[i])
            return NULL;
    return plan;
}

bool vs__plan_keep(vs__plans **plans, vs__arena *arena, const vs__plan_key *key, const vs__blob *attrs,
                   const uint16_t *dtypes, size_t n_outputs)
{
    if (!key->size || n_outputs > VS__PLAN_OUTPUTS)
        return true;
    if (!*plans) {
        if (!(*plans = vs__arena_allocate(arena, sizeof **plans)))
            return false;
        memset(*plans, 0, sizeof **plans);
    }
    vs__plan *plan = &(*plans)->at[key->hash % VS__PLANS];
    *plan = (vs__plan){.attrs = attrs, .hash = key->hash, .n_outputs = (uint8_t)n_outputs, .size = (uint8_t)key->size};
    memcpy(plan->dtypes, dtypes, n_outputs * sizeof *dtypes);
    memcpy(plan->key, key->of.bytes, key->size);
    return true;
}
