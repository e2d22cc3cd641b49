/* Lists with tensors in them, packed into one tensor as array_ops.py does when a list stands for a tensor. */
#ifndef VS_GRAPH_PACK_H
#define VS_GRAPH_PACK_H

#include "builder.h"

/*
 * A list as an op's input: a node Pack named `name`, with Consts of its literals in the scope of that name; a Const when
 * nothing in it is a tensor. dtype and preferred as for vs__convert(). false: error set.
 */
bool vs__convert_list(vs__builder *builder, vs_tensor list, const char *name, vs_dtype dtype, vs_dtype preferred,
                      const vs__output **out);

/* The dtype that converting a list would give it; VS_DTYPE_NONE when it cannot be converted. */
vs_dtype vs__list_dtype(vs_tensor list);

/* Whether a list holds a tensor, and something that does not fit the first one's dtype: then it converts to that of
 * no tensor in it. */
bool vs__list_is_mixed(vs_tensor list);

#endif
