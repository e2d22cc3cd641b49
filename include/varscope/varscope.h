/* libvarscope: many threads of one program build one TensorFlow graph, in named scopes, sharing variables by
 * name. This header includes all others. */
#ifndef VARSCOPE_VARSCOPE_H
#define VARSCOPE_VARSCOPE_H

#include "allocator.h"
#include "capture.h"
#include "collection.h"
#include "context.h"
#include "creator.h"
#include "dtype.h"
#include "explain.h"
#include "export.h"
#include "fork.h"
#include "graph.h"
#include "initializer.h"
#include "name_scope.h"
#include "op_def.h"
#include "operation.h"
#include "ops.h"
#include "partitioner.h"
#include "placement.h"
#include "program.h"
#include "regularizer.h"
#include "rename.h"
#include "shape.h"
#include "status.h"
#include "summary.h"
#include "tensor.h"
#include "variable.h"
#include "variable_scope.h"
#include <varscope/version.h>

#endif
