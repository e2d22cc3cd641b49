/* Collections of a graph: named lists that many threads add to, in serial order. */
#ifndef VS_SCOPE_COLLECTIONS_H
#define VS_SCOPE_COLLECTIONS_H

#include <varscope/collection.h>

#include "builder.h"

/* Add an item, at the builder's place in the serial order. false: error set. */
bool vs__collection_add(vs__builder *builder, const char *key, vs_item item);

/* The same for several collections, no two alike: it is in all of them or, with the error set, in none. */
bool vs__collection_add_to_all(vs__builder *builder, const char *const *keys, size_t count, vs_item item);

/* The variable of a collection whose node this is; NULL: none. */
const vs_variable *vs__collection_find_variable(const vs_graph *graph, const char *key, const vs_operation *node);

#endif
