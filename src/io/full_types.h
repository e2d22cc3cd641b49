/* NodeDef.experimental_type, which TensorFlow writes for ops that are registered with it. */
#ifndef VS_IO_FULL_TYPES_H
#define VS_IO_FULL_TYPES_H

#include "node.h"
#include "text.h"

/* Whether an op is. */
bool vs__has_full_type(const vs__op_def *def);

/* Add the field to a NodeDef; out->failed when there is no memory. */
void vs__full_type_write(vs__bytes *out, const vs_operation *node);

#endif
