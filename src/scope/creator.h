/* Variable creators: what stands in for the making of variables. */
#ifndef VS_SCOPE_CREATOR_H
#define VS_SCOPE_CREATOR_H

#include <varscope/creator.h>

#include "variable.h"

/* One creator of a chain: the innermost scope's first. Immutable, in the graph's memory. */
struct vs__creator_link {
    vs_variable_creator creator;
    const vs__creator_link *outer;
};

/* Make a variable through the creators in force. NULL: error set. */
vs_variable *vs__create_variable(vs__state *state, const vs_variable_args *args);

/*
 * The same for get_variable. The key and the slice of making are given to the variable that comes back, whichever it
 * is: not to all that are made on the way.
 */
vs_variable *vs__create_keyed_variable(vs__state *state, const vs__making *making);

#endif
