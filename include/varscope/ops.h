/* Builders of the common ops, shaped as TensorFlow's Python functions of the same names.
 *
 * Every builder returns a value, so that calls nest; after an error they all do nothing and return null. Names
 * are made unique in the current name scope; NULL takes the op's own. Wherever a tensor is taken, a variable
 * (vs_value), a literal (vs_real, VS_INTS, ...) or a list with tensors in it (VS_LIST) may stand.
 *
 *     vs_tensor y = vs_softmax(vs_plus(vs_matmul(x, vs_value(w)), vs_value(b)));
 *
 * C does not say which of two arguments is evaluated first. Where two arguments of one call both make nodes, and the
 * order or the numbers in their names matter, give one of them a line of its own before.
 *
 * Errors of all: invalid_argument (types, shapes, names, tensors of two graphs), failed_precondition (no graph, or a
 * frozen one), resource_exhausted. Threads: any.
 */
#ifndef VARSCOPE_OPS_H
#define VARSCOPE_OPS_H

#include "ops_array.h"
#include "ops_math.h"
#include "ops_nn.h"
#include "ops_operators.h"
#include "ops_random.h"
#include "ops_state.h"

#endif
