/*
 * Building ops by their number, for the builders that are written by hand: a short form of vs__op_build(), and the
 * small subgraphs that initializers and ops share, as TensorFlow's Python makes them (random ones: random.h).
 */
#ifndef VS_GRAPH_APPLY_H
#define VS_GRAPH_APPLY_H

#include "builder.h"
#include "op_registry_ids.h"

/* An attribute by name. */
typedef struct vs__named_attr {
    const char *name; /* NULL: none */
    vs__attr_value value;
} vs__named_attr;

#define VS__ATTR_OF_INT(key, number) {key, {.is_set = true, .integer = (number)}}
#define VS__ATTR_OF_SHAPE(key, of) {key, {.is_set = true, .shape = (of)}}
#define VS__ATTR_OF_TEXT(key, bytes, length) {key, {.is_set = true, .data = (bytes), .count = (length)}}
#define VS__ATTR_OF_INTS(key, numbers, length) {key, {.is_set = true, .data = (numbers), .count = (length)}}

enum { VS__APPLY_ATTRS = 6 };

/* An op with single inputs (each argument one tensor), or with one list argument first. */
typedef struct vs__application {
    uint32_t op;                  /* VS__OP_... */
    const char *name;             /* NULL: the op's own */
    vs__op_scope *scope;          /* not NULL: named exactly so */
    vs_tensor inputs[6];          /* in the order of the op's arguments; with a list, those after it */
    const vs_tensor *list;        /* the first argument when it is a list; else NULL */
    size_t n_list;
    vs__named_attr attrs[VS__APPLY_ATTRS];
} vs__application;

/* Build it. NULL: error set. */
const vs_operation *vs__apply_node(vs__builder *builder, const vs__application *application);

/* An op of two inputs, with no attributes given, the short way; default_name as in vs__op_request. NULL: error set. */
const vs_operation *vs__apply_to(vs__builder *builder, uint32_t op, const char *name, const char *default_name,
                                 vs__op_scope *scope, vs_tensor x, vs_tensor y);

/* The same, and its first output as a tensor; null: error set. */
vs_tensor vs__apply(vs__builder *builder, const vs__application *application);

/* math_ops.abs: |x|; of complex numbers another op, with real results. null: error set. */
vs_tensor vs__apply_abs(vs__builder *builder, const char *name, vs_tensor x);

/* A Const named in the current scope; null: error set. */
vs_tensor vs__constant_tensor(vs__builder *builder, vs_tensor literal, vs_dtype dtype, vs_shape shape,
                              const char *name);

/* The same for ints: a shape, a list of axes. */
vs_tensor vs__constant_ints(vs__builder *builder, const int64_t *numbers, size_t count, vs_dtype dtype,
                            const char *name);

/* array_ops.zeros and ones of a fully defined shape: one Const below 1,000 elements, else a Fill. */
vs_tensor vs__fill(vs__builder *builder, bool ones, vs_shape shape, vs_dtype dtype, const char *name);

/* The same under a name that is reserved; and of a shape that is a tensor. */
vs_tensor vs__fill_in(vs__builder *builder, vs__op_scope *scope, bool ones, vs_shape shape, vs_dtype dtype);
vs_tensor vs__fill_shape(vs__builder *builder, vs__op_scope *scope, bool ones, vs_tensor dims, vs_dtype dtype);

#endif
