/* Static shape inference: the shapes of an op's outputs from what is known of its inputs. */
#ifndef VS_GRAPH_INFER_H
#define VS_GRAPH_INFER_H

#include "builder.h"

typedef struct vs__inference {
    vs__builder *builder;
    const vs__op_def *def;
    const vs__output *const *inputs;
    size_t n_inputs;
    const vs__attr_value *attrs;
    vs__attr_value *unfilled; /* attrs, while they lack what the types of inputs and the defaults say; NULL: all is there */
    const vs_operation *like; /* a node whose attributes count instead of the defaults; NULL: none */
    const vs__blob **shapes; /* out: for each output; NULL (unknown rank) at the start */
    size_t n_outputs;
} vs__inference;

/* Infer; an op without a rule of its own keeps unknown shapes. false: error set (shapes that the op refuses). */
bool vs__infer_shapes(vs__inference *inference);

/* Whether an op has a rule. */
bool vs__infer_has_rule(const vs__op_def *def);

#endif
