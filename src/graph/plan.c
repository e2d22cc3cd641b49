#include "plan.h"

#include <string.h>

#include "builder.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static void put(vs__plan_key *key, const void *data, size_t size)
{
    if (size > sizeof key->bytes - key->size) {
        key->size = sizeof key->bytes + 1; /* too long, now and later */
        return;
    }
    if (size)
        memcpy(key->bytes + key->size, data, size);
    key->size += size;
}

static bool is_too_long(const vs__plan_key *key)
{
    return key->size > sizeof key->bytes;
}

static void put_sized(vs__plan_key *key, const void *data, size_t count, size_t each)
{
    uint32_t size = (uint32_t)count;
    if (count > sizeof key->bytes) {
        key->size = sizeof key->bytes + 1;
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

void vs__plan_key_write(vs__plan_key *key, const vs__op_def *def, const uint16_t *dtypes, size_t n_inputs,
                        const vs__attr_value *attrs)
{
    uint16_t op = (uint16_t)vs__op_def_index(def);
    key->size = 0;
    put(key, &op, sizeof op);
    put(key, dtypes, n_inputs * sizeof *dtypes);
    bool kept = !is_too_long(key);
    for (unsigned i = 0; kept && i < def->n_attrs; i++)
        kept = !attrs[i].is_set || put_attr(key, vs__op_attr(def, i), (uint8_t)i, &attrs[i]);
    if (kept)
        key->hash = XXH3_64bits(key->bytes, key->size);
    else
        key->size = 0;
}

const vs__plan *vs__plan_find(const vs__plans *plans, const vs__plan_key *key)
{
    if (!plans || !key->size)
        return NULL;
    const vs__plan *plan = &plans->at[key->hash % VS__PLANS];
    bool found = plan->attrs && plan->hash == key->hash && plan->size == key->size &&
                 memcmp(plan->key, key->bytes, key->size) == 0;
    return found ? plan : NULL;
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
    memcpy(plan->key, key->bytes, key->size);
    return true;
}
