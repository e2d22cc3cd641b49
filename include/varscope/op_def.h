/* Op definitions: what each registered op takes and gives.
 *
 * The registry is that of TensorFlow 2.21.0: every op that vs_op() builds, with its inputs, outputs and attributes.
 *
 *     const vs_op_def *def = vs_op_def_find("MaxPool");
 *     vs_op_def_attr padding;
 *     for (size_t i = 0; vs_op_def_get_attr(def, i, &padding); i++)
 *         ...                                  // "padding", a string: SAME, VALID or EXPLICIT
 *
 * All of it is constant data of the library: nothing is made or freed, and looking at one op touches no other.
 */
#ifndef VARSCOPE_OP_DEF_H
#define VARSCOPE_OP_DEF_H

#include <stdint.h>

#include "dtype.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One op. Valid for ever. */
typedef struct vs_op_def vs_op_def;

/** What an op is; the words are those of TensorFlow's OpDef. */
enum {
    VS_OP_IS_STATEFUL = 1 << 0,
    VS_OP_IS_COMMUTATIVE = 1 << 1,
    VS_OP_IS_AGGREGATE = 1 << 2,
    VS_OP_ALLOWS_UNINITIALIZED_INPUT = 1 << 3,
    VS_OP_IS_DISTRIBUTED_COMMUNICATION = 1 << 4,
    VS_OP_HAS_SHAPE_RULE = 1 << 5 /* the library infers its outputs' shapes; else they are unknown */
};

/** An input or output. Its types are said by one of the members that are set. */
typedef struct vs_op_def_arg {
    const char *name;
    vs_dtype dtype;             /* fixed; VS_DTYPE_NONE: an attribute says */
    const char *type_attr;      /* the attribute that is its type; NULL: none */
    const char *number_attr;    /* the attribute that says how many tensors it is; NULL: it is one */
    const char *type_list_attr; /* the attribute that lists a type for each of its tensors; NULL: none */
    bool is_ref;                /* a ref variable */
} vs_op_def_arg;

/** An attribute. */
typedef struct vs_op_def_attr {
    const char *name;
    const char *type;      /* TensorFlow's word: "int", "list(type)" */
    bool has_default;      /* see vs_op_def_format_default() */
    bool has_minimum;
    int64_t minimum;       /* of an int's value, or of a list's length */
    size_t num_allowed;    /* types or strings that it may be, see vs_op_def_allowed(); 0: any */
} vs_op_def_attr;

/** The number of registered ops. Threads: any. */
VS_API size_t vs_op_def_count(void);

/** Op i in the order of names, NULL when i is out of range. Threads: any. */
VS_API const vs_op_def *vs_op_def_at(size_t i);

/** The op of exactly this name; NULL: none (no error is raised). Threads: any. */
VS_API const vs_op_def *vs_op_def_find(const char *name);

/**
 * The op whose name is nearest to one that is misspelt.
 *
 * @return NULL when none is near. Threads: any.
 */
VS_API const vs_op_def *vs_op_def_nearest(const char *name);

/** The registered name, "AddV2". Threads: any. */
VS_API const char *vs_op_def_name(const vs_op_def *def);

/** VS_OP_IS_... and VS_OP_HAS_SHAPE_RULE, or-ed. Threads: any. */
VS_API uint32_t vs_op_def_flags(const vs_op_def *def);

/**
 * Why an op was withdrawn.
 *
 * @param[out] version  the GraphDef version from which it is refused; may be NULL
 * @return NULL when it was not. Threads: any.
 */
VS_API const char *vs_op_def_deprecation(const vs_op_def *def, uint32_t *version);

VS_API size_t vs_op_def_num_inputs(const vs_op_def *def);
VS_API size_t vs_op_def_num_outputs(const vs_op_def *def);
VS_API size_t vs_op_def_num_attrs(const vs_op_def *def);

/** Input, output or attribute i, in the order of the definition. @return false when i is out of range. Threads: any. */
VS_API bool vs_op_def_get_input(const vs_op_def *def, size_t i, vs_op_def_arg *out);
VS_API bool vs_op_def_get_output(const vs_op_def *def, size_t i, vs_op_def_arg *out);
VS_API bool vs_op_def_get_attr(const vs_op_def *def, size_t i, vs_op_def_attr *out);

/** Value k < num_allowed of those that attribute i allows: a dtype's name, or a string. NULL: out of range. Threads: any. */
VS_API const char *vs_op_def_allowed(const vs_op_def *def, size_t i, size_t k);

/**
 * Write the default of attribute i as JSON: 0.5, "SAME", [1, 2], true, "float32", null for a shape of unknown rank,
 * {"dtype": ..., "shape": ..., "values": [...]} for a tensor, "Infinity" for what JSON has no number for. Nothing is
 * written when it has none.
 *
 * @return the length, as snprintf. Threads: any.
 */
VS_API size_t vs_op_def_format_default(const vs_op_def *def, size_t i, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
