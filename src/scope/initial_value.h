/* Initial values that read other variables: what is assigned reads none. */
#ifndef VS_SCOPE_INITIAL_VALUE_H
#define VS_SCOPE_INITIAL_VALUE_H

#include "variable.h"

/*
 * What the Assign of a variable of that node name is given for its initial value: the value itself, or a copy in which
 * other variables are replaced by what they start as. NULL: error set.
 */
const vs__output *vs__initial_value_guard(vs__builder *builder, const char *name, const vs__output *value);

#endif
