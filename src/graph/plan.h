/*
 * Plans: what building an op came to, kept for the next op that is asked for in the same way.
 *
 * Types, attributes and their bytes follow from the op, the dtypes of its inputs and the attributes that are given.
 * These make the key; a plan that has the very same key bytes holds what followed. A builder keeps the latest few, each
 * in the place that its key's hash says. Names, shapes, devices, colocation and control inputs are each node's own.
 */
#ifndef VS_GRAPH_PLAN_H
#define VS_GRAPH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "intern.h"
#include "op_registry.h"

enum { VS__PLANS = 32, VS__PLAN_KEY = 80, VS__PLAN_OUTPUTS = 4 };

/* The key of a request. size 0: there is none, as it would be too long or is of a kind that is not kept. */
typedef struct vs__plan_key {
    uint64_t hash;
    size_t size; /* of bytes, a multiple of 8 */
    union {
        uint8_t bytes[VS__PLAN_KEY];
        uint16_t halves[VS__PLAN_KEY / 2];
        uint64_t words[VS__PLAN_KEY / 8];
    } of;
} vs__plan_key;

typedef struct vs__plan {
    const vs__blob *attrs; /* NULL: this place is empty */
    uint64_t hash;
    uint16_t dtypes[VS__PLAN_OUTPUTS];
    uint8_t n_outputs;
    uint8_t size;
    uint64_t key[VS__PLAN_KEY / 8];
} vs__plan;

typedef struct vs__plans {
    vs__plan at[VS__PLANS];
} vs__plans;

struct vs__attr_value;

/* Write the key of an op whose inputs are all there, at most 8, with what the caller gave as attributes. */
void vs__plan_key_write(vs__plan_key *key, const vs__op_def *def, const uint16_t *dtypes, size_t n_inputs,
                        const struct vs__attr_value *attrs);

/* The plan of a key; NULL: none. plans may be NULL. */
const vs__plan *vs__plan_find(const vs__plans *plans, const vs__plan_key *key);

/* Keep what a key came to, in the place of another. *plans: made when it is NULL. false: out of memory. */
bool vs__plan_keep(vs__plans **plans, vs__arena *arena, const vs__plan_key *key, const vs__blob *attrs,
                   const uint16_t *dtypes, size_t n_outputs);

#endif
