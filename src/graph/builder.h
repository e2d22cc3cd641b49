/*
 * Building nodes: what a node gets from the context that makes it, and ops from their registered definitions.
 *
 * A vs__builder is all that building in one graph needs of one context. It belongs to that context: no lock.
 * The scope layer keeps its members; this layer reads them.
 */
#ifndef VS_GRAPH_BUILDER_H
#define VS_GRAPH_BUILDER_H

#include <varscope/placement.h>

#include "error.h"
#include "text.h"
#include "graph.h"
#include "node.h"
#include "plan.h"

/* The ops that a control_dependencies block has made, to know which inputs already wait (op_in_group). */
typedef struct vs__node_set {
    const vs_operation **slots; /* open addressing; on the heap */
    size_t mask;                /* 0: no slots yet */
    size_t count;
} vs__node_set;

/* One level of control dependencies. Lives in the frame that entered it. */
typedef struct vs__control {
    struct vs__control *outer;
    const vs_operation *const *inputs;
    size_t count;
    vs__node_set seen;
} vs__control;

/* One level of colocation. Lives in the frame that entered it. */
typedef struct vs__colocation {
    const struct vs__colocation *outer;
    const vs_operation *op;
    const vs__blob *device; /* of the op, or of the variable behind it; NULL: none */
} vs__colocation;

/*
 * Where the devices in force were entered, since the graph was or a variable scope in it. A colocation hides those
 * around it from the nodes inside, but not from a variable that is made inside, unless a device was entered there
 * (ops.init_scope).
 */
typedef enum vs__device_level {
    VS__DEVICE_OUTSIDE = 0, /* in no colocation */
    VS__DEVICE_HIDDEN,      /* around a colocation, none inside */
    VS__DEVICE_INSIDE       /* inside a colocation */
} vs__device_level;

typedef struct vs__builder vs__builder;

struct vs__builder {
    vs_graph *graph;
    vs_error *error;                    /* the context's pending error */
    const vs_call *call;                /* the public call being served, for errors; may be NULL */
    vs__scope *scope;                   /* the current name scope */
    const vs__blob *device;             /* the devices in force (placing.c); NULL: none */
    const vs__blob *outer_device;       /* inside a colocation: the merged device around the outermost one */
    vs__device_level device_level;
    bool is_placing;                    /* while a device function is asked: nothing may be built */
    vs__control *control;               /* innermost; NULL: none */
    const vs__colocation *colocation;   /* innermost; NULL: none */
    const vs__blob *class_of;           /* while v's initializer runs, "loc:@v": the groups of every node; NULL: none */
    vs__strand *strand;                 /* where nodes go */
    vs__arena arena;
    vs__name_cache names;
    vs__plans *plans;                   /* how ops were built before (plan.h); NULL: none was yet */
    /* A variable as an op's input; set by the scope layer. false: error set. */
    bool (*read_variable)(vs__builder *builder, const vs_variable *variable, bool as_ref, const vs__output **out);
    /* Whether reading it so makes a node. */
    bool (*read_makes_node)(const vs_variable *variable, bool as_ref);
};

/* One attribute's value while an op is built. Borrowed. */
typedef struct vs__attr_value {
    bool is_set;
    int64_t integer;        /* INT, BOOL, TYPE */
    double real;            /* FLOAT */
    const void *data;       /* STRING: bytes; TENSOR: wire bytes; lists: int64_t, double, strings, vs_shape */
    size_t count;           /* of bytes or of list elements */
    vs_shape shape;         /* SHAPE */
} vs__attr_value;

/* The inputs that an op is given for one of its input arguments. */
typedef struct vs__arg_value {
    const vs_tensor *tensors;
    size_t count;
} vs__arg_value;

enum { VS__MOST_ARGS = 64, VS__MOST_ATTRS = 64 }; /* of any registered op; the generator checks it */

/*
 * The name scope of an op that makes other nodes on its way: "MatMul_1" is reserved at once; the scope
 * "MatMul_1/" is made only when something goes into it, and the op itself is named exactly so in the end.
 * An empty name is the root instead (name_scope("")): nothing is reserved, and the op goes there by its type.
 */
typedef struct vs__op_scope {
    vs__name name;
    bool is_root;
    vs__scope *inside; /* NULL: not made yet */
    vs__scope *before; /* the builder's scope to go back to */
} vs__op_scope;

/* Reserve the name of an op: name, or the default when it is NULL. false: error set. */
bool vs__op_scope_open(vs__builder *builder, const char *name, const char *default_name, vs__op_scope *out);
/* Build inside it, until vs__op_scope_leave(). false: error set, nothing to leave. */
bool vs__op_scope_enter(vs__builder *builder, vs__op_scope *scope);
void vs__op_scope_leave(vs__builder *builder, vs__op_scope *scope);

/* A request to build an op. Inputs and attributes stand in the order of the op's definition. */
typedef struct vs__op_request {
    const vs__op_def *def;
    const char *name;            /* NULL or "": the default */
    const char *default_name;    /* of static memory; NULL: the op's own */
    vs__op_scope *scope;         /* not NULL: the name is this one, reserved before; name is not looked at */
    const vs__arg_value *args;   /* def->n_inputs of them */
    vs__attr_value *attrs;       /* def->n_attrs of them; those that are not set are inferred or defaulted */
    /* Not NULL: what is wrong. TensorFlow finds out on its way: the name is used up, and inputs were converted. */
    const char *fault;
    unsigned n_converted;        /* with a fault: how many inputs come before it, and are looked at */
} vs__op_request;

/* Build an op. NULL: error set. */
const vs_operation *vs__op_build(vs__builder *builder, const vs__op_request *request);

/* Whether a name may be given to an op or a scope here; error set when not. A trailing slash is allowed. */
bool vs__name_check(vs__builder *builder, const char *name);

/*
 * A tensor as an op's input: outputs as they are, variables read, literals made a Const named `name`.
 *
 * dtype: what it must become, VS_DTYPE_NONE for any; preferred: tried first for a literal, VS_DTYPE_NONE for none.
 */
bool vs__convert(vs__builder *builder, vs_tensor tensor, const char *name, vs_dtype dtype, vs_dtype preferred,
                 bool as_ref, const vs__output **out);

/*
 * A Const of a literal, named in the current scope, or exactly as `scope` when that is not NULL.
 * dtype VS_DTYPE_NONE: the literal's; shape absent: the literal's. NULL: error set.
 */
const vs__output *vs__constant(vs__builder *builder, vs_tensor literal, vs_dtype dtype, vs_shape shape,
                               const char *name, vs__op_scope *scope);

/* The same of an integer that is cast, and so may become a quantized one. */
const vs__output *vs__constant_cast(vs__builder *builder, vs_tensor literal, vs_dtype dtype, vs_shape shape,
                                    const char *name, vs__op_scope *scope);

/* The dtype that a tensor has or a literal would get. */
vs_dtype vs__tensor_natural_dtype(vs_tensor tensor);

/* Whether a tensor, variable or literal can be used in the builder's graph; error set when not. */
bool vs__tensor_check(vs__builder *builder, vs_tensor tensor, const char *what);

/* The graph of a tensor or variable; NULL for null and literals. In the scope layer, as vs_tensor_...() are. */
vs_graph *vs__tensor_graph(vs_tensor tensor);

/* Say that other nodes were told by hand to wait for this one. */
void vs__node_mark_control(const vs_operation *node);

void vs__node_set_free(vs__node_set *set);

/*
 * Colocate with an op, until the caller puts the builder's position back. level lives as long. op NULL: hides the devices
 * around only, and the caller takes the level away.
 */
void vs__colocation_enter(vs__builder *builder, vs__colocation *level, const vs_operation *op);

/* The groups of a node that is colocated with what a name stands for, and nothing else; NULL: error set. */
const vs__blob *vs__groups_of_name(vs__builder *builder, const vs__name *name);

/* A formatted string, interned; NULL: error set. */
const vs__blob *vs__intern_text(vs__builder *builder, const char *text, size_t length);
const vs__blob *vs__intern_shape(vs__builder *builder, vs_shape shape, bool *failed);

/* The devices in force inside a name or function; spec NULL forgets those around. false: error set. */
bool vs__device_enter(vs__builder *builder, const char *spec, const vs__blob **out);

/* A name that stands for a function as device, as long as the graph. NULL: error set. */
const char *vs__device_function_add(vs__builder *builder, vs_device_function choose, void *user);

/* A child scope of the current one with a unique name, or for a trailing slash exactly. NULL: error set. */
vs__scope *vs__scope_open(vs__builder *builder, const char *name);

/* ---- within the layer: attributes and emission ---- */

/* The map `attr` of a node without _class, keys sorted, as interned wire bytes. NULL: error set. */
const vs__blob *vs__attrs_intern(vs__builder *builder, const vs__op_def *def, const vs__attr_value *values);

/* Make the defaults of what is not set readable for shape inference. */
void vs__attrs_read_defaults(const vs__op_def *def, vs__attr_value *values);

/* Make the numbers and strings of a node's attributes readable for shape inference of another node like it. */
void vs__attrs_read_like(const vs__op_def *def, const vs_operation *like, vs__attr_value *values);

/* Fill in what is not set: from the default, or error set. Checks what is set against what the op allows. */
bool vs__attrs_complete(vs__builder *builder, const vs__op_def *def, vs__attr_value *values);

/* The parts of a node that is about to be made. */
typedef struct vs__node_parts {
    const vs__op_def *def;
    const vs__blob *attrs;         /* without _class */
    const vs__output *const *inputs;
    size_t n_inputs;
    const uint16_t *dtypes;        /* of the outputs */
    const vs__blob *const *shapes; /* of the outputs */
    size_t n_outputs;
    bool has_ref_input;            /* inputs marked in is_ref: the node is colocated with them */
    const bool *is_ref;
    const char *name;              /* NULL: scope->name */
    bool name_is_static;
    vs__op_scope *scope;
    bool *name_used;               /* set when the name was reserved */
} vs__node_parts;

/* Ask the functions among the devices in force for a node's device; scope: for its name. false: error set. */
bool vs__choose_device(vs__builder *builder, vs__node_parts *parts, vs__op_scope *scope, const vs__blob **out);

/* Make a node and publish it. NULL: error set, and no node. */
const vs_operation *vs__emit(vs__builder *builder, const vs__node_parts *parts);

/*
 * Make a node like another one, with its op, attributes, device and outputs, of other inputs. Control dependencies and
 * colocation do not count: it waits for `waits`. NULL: error set.
 */
const vs_operation *vs__emit_like(vs__builder *builder, const vs_operation *like, const vs__output *const *inputs,
                                  const vs_operation *const *waits, size_t n_waits, const char *name);

#endif
