/*
 * TensorFlow's op registry as constant data.
 *
 * Every op that TensorFlow registers is a vs__op_def: its inputs, outputs and attributes, with what may be
 * given for each. The tables are generated from data/ops.txt by gen_op_registry.py. They hold offsets, not
 * pointers, so they need no relocation and no work at load time: a program pays for the pages it looks at.
 *
 *     const vs__op_def *def = vs__op_def_find("AddV2", 5);
 *     vs__arg_name(vs__op_input(def, 0));              // "x"
 *     vs__op_attr(def, vs__op_input(def, 0)->type_attr);  // attribute "T", kind VS__ATTR_TYPE
 *     def == vs__op_def_at(VS__OP_AddV2);              // the enum is in op_registry_ids.h
 *
 * Data types are numbers of TensorFlow's enum DataType (DT_FLOAT is 1), 0 where there is none. They are below
 * 64, so a set of them is a bit mask.
 *
 * Lifetime: everything returned here is static and constant.
 * Threads: all functions may be called from any thread at any time; nothing here is ever written.
 */
#ifndef VS_GRAPH_OP_REGISTRY_H
#define VS_GRAPH_OP_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an op is, in vs__op_def.flags; the words are those of TensorFlow's OpDef. */
enum {
    VS__OP_IS_STATEFUL = 1 << 0,
    VS__OP_IS_COMMUTATIVE = 1 << 1,
    VS__OP_IS_AGGREGATE = 1 << 2,
    VS__OP_ALLOWS_UNINITIALIZED_INPUT = 1 << 3,
    VS__OP_IS_DISTRIBUTED_COMMUNICATION = 1 << 4
};

/* The kind of an attribute, or of the elements of a list attribute. */
typedef enum vs__attr_kind {
    VS__ATTR_STRING,
    VS__ATTR_INT,
    VS__ATTR_FLOAT,
    VS__ATTR_BOOL,
    VS__ATTR_TYPE,
    VS__ATTR_SHAPE,
    VS__ATTR_TENSOR,
    VS__ATTR_FUNC
} vs__attr_kind;

/* One op. Members named `..._index` or `..._offset` are for the accessors below. */
typedef struct vs__op_def {
    uint32_t name_offset;
    uint8_t name_length;
    uint8_t n_inputs;
    uint8_t n_outputs;
    uint8_t n_attrs;
    uint8_t flags;              /* VS__OP_IS_... */
    uint8_t deprecation_index;  /* 1 + index, 0: not deprecated */
    uint16_t args_index;        /* of the inputs, then the outputs, in vs__op_arg_refs */
    uint16_t attrs_index;       /* in vs__op_attr_refs */
    uint16_t order_index;       /* in vs__op_attr_orders: n_attrs sorted positions, then n_attrs ranks */
} vs__op_def;

/*
 * One input or output. Its types follow from the op's attributes, given by position in the op (-1: none):
 *
 *     x: T                type_attr
 *     shape: int32        dtype
 *     values: N * T       number_attr, and type_attr or dtype for each of them
 *     data: Tdata         type_list_attr, where Tdata is a list(type)
 *
 * Equal definitions of several ops are one vs__arg_def, so addresses do not tell ops apart.
 */
typedef struct vs__arg_def {
    uint16_t name_offset;
    uint16_t full_type_offset;  /* in vs__op_bytes: the length, then the bytes */
    uint8_t dtype;              /* fixed DataType, 0: given by an attribute */
    int8_t type_attr;
    int8_t number_attr;
    int8_t type_list_attr;
    bool is_ref;                /* the types above are to be taken as reference types */
} vs__arg_def;

/* One attribute. Equal definitions of several ops are one vs__attr_def. */
typedef struct vs__attr_def {
    uint16_t name_offset;
    int16_t minimum;            /* of an INT's value or of a list's length; only if has_minimum */
    uint16_t default_offset;    /* in vs__op_bytes: the length, then the bytes */
    uint16_t types_index;       /* 1 + index in vs__op_type_sets, 0: any type */
    uint16_t strings_index;     /* in vs__op_allowed_strings */
    uint8_t name_length;
    uint8_t kind;               /* vs__attr_kind */
    uint8_t n_allowed_strings;  /* 0: any string */
    bool is_list;
    bool has_default;
    bool has_minimum;
} vs__attr_def;

/* A set of types that an attribute allows. */
typedef struct vs__op_type_set {
    uint64_t mask;              /* bit n: DataType n */
    uint16_t list_offset;       /* the same as bytes, in the order of the definition */
    uint16_t length;
} vs__op_type_set;

/* When an op was withdrawn, and what to do instead. */
typedef struct vs__op_deprecation_def {
    uint32_t version;           /* GraphDef version from which the op is refused */
    uint32_t explanation_offset;
} vs__op_deprecation_def;

/* The tables, in the generated op_registry_data.c. Use the functions below. */
#pragma GCC visibility push(hidden)
extern const char vs__op_strings[];
extern const uint8_t vs__op_bytes[];
extern const vs__op_def vs__op_defs[];
extern const vs__arg_def vs__op_args[];
extern const uint16_t vs__op_arg_refs[];
extern const vs__attr_def vs__op_attrs[];
extern const uint16_t vs__op_attr_refs[];
extern const uint8_t vs__op_attr_orders[];
extern const vs__op_type_set vs__op_type_sets[];
extern const uint16_t vs__op_allowed_strings[];
extern const vs__op_deprecation_def vs__op_deprecations[];
extern const uint16_t vs__op_hash_displacements[];
extern const uint16_t vs__op_hash_slots[];
#pragma GCC visibility pop

/**
 * Find an op by its exact name, in constant time.
 *
 * @param name    need not end in NUL; may be NULL if length is 0
 * @return the op; NULL if TensorFlow registers none of that name
 */
const vs__op_def *vs__op_def_find(const char *name, size_t length);

/** The op whose name is nearest to one that there is not; NULL: none is near. */
const vs__op_def *vs__op_def_nearest(const char *name, size_t length);

/** The number of ops, VS__OP_COUNT. */
uint32_t vs__op_def_count(void);

/**
 * Find an attribute of an op by its exact name.
 *
 * @param name    need not end in NUL
 * @return its position for vs__op_attr(); -1 if the op has none of that name
 */
int vs__op_attr_find(const vs__op_def *def, const char *name, size_t length);

/**
 * Find an input of an op by its exact name.
 *
 * @return its position for vs__op_input(); -1 if the op has none of that name
 */
int vs__op_input_find(const vs__op_def *def, const char *name, size_t length);

/**
 * Find an output of an op by its exact name.
 *
 * @return its position for vs__op_output(); -1 if the op has none of that name
 */
int vs__op_output_find(const vs__op_def *def, const char *name, size_t length);

/**
 * The value of a default that is one INT, BOOL or TYPE.
 *
 * @param attr  has a default, is of such a kind and no list
 */
int64_t vs__attr_default_int(const vs__attr_def *attr);

/**
 * Whether a string is among those that an attribute allows; true if it allows any.
 *
 * @param string  need not end in NUL
 */
bool vs__attr_allows_string(const vs__attr_def *attr, const char *string, size_t length);

/** Write what an attribute allows, "float32, int32"; returns the buffer. "" where it allows anything. */
const char *vs__attr_format_allowed(const vs__attr_def *attr, char *buffer, size_t size);

/** The word for a kind in TensorFlow's OpDef: "string", "int", ... Without "list(...)". */
const char *vs__attr_kind_name(vs__attr_kind kind);

/** The NUL-terminated string at an offset of the string pool. */
static inline const char *vs__pool_string(uint32_t offset)
{
    return vs__op_strings + offset;
}

/** An op by its position in the order of names (bytewise); index < vs__op_def_count(). */
static inline const vs__op_def *vs__op_def_at(uint32_t index)
{
    return &vs__op_defs[index];
}

/** The position of an op, its value in the enum of op_registry_ids.h. */
static inline uint32_t vs__op_def_index(const vs__op_def *def)
{
    return (uint32_t)(def - vs__op_defs);
}

static inline const char *vs__op_name(const vs__op_def *def)
{
    return vs__pool_string(def->name_offset);
}

/** Input i < def->n_inputs. */
static inline const vs__arg_def *vs__op_input(const vs__op_def *def, unsigned i)
{
    return &vs__op_args[vs__op_arg_refs[def->args_index + i]];
}

/** Output i < def->n_outputs. */
static inline const vs__arg_def *vs__op_output(const vs__op_def *def, unsigned i)
{
    return &vs__op_args[vs__op_arg_refs[def->args_index + def->n_inputs + i]];
}

/** Attribute i < def->n_attrs, in the order of the definition. */
static inline const vs__attr_def *vs__op_attr(const vs__op_def *def, unsigned i)
{
    return &vs__op_attrs[vs__op_attr_refs[def->attrs_index + i]];
}

/**
 * The position (for vs__op_attr()) of the attribute that is rank-th when sorted by name bytewise. That is the
 * order in which protobuf writes the map NodeDef.attr when it is deterministic.
 */
static inline unsigned vs__op_attr_at_rank(const vs__op_def *def, unsigned rank)
{
    return vs__op_attr_orders[def->order_index + rank];
}

/** The rank of attribute i by name, the inverse of vs__op_attr_at_rank(). */
static inline unsigned vs__op_attr_rank(const vs__op_def *def, unsigned i)
{
    return vs__op_attr_orders[def->order_index + def->n_attrs + i];
}

/** Why and since when an op is deprecated; NULL if it is not. */
static inline const vs__op_deprecation_def *vs__op_deprecation(const vs__op_def *def)
{
    return def->deprecation_index == 0 ? NULL : &vs__op_deprecations[def->deprecation_index - 1];
}

static inline const char *vs__arg_name(const vs__arg_def *arg)
{
    return vs__pool_string(arg->name_offset);
}

/**
 * The full type of an argument, a serialized FullTypeDef, as in OpDef.ArgDef.experimental_full_type.
 *
 * @param[out] length_out  0 if it has none
 */
static inline const uint8_t *vs__arg_full_type(const vs__arg_def *arg, size_t *length_out)
{
    *length_out = vs__op_bytes[arg->full_type_offset];
    return vs__op_bytes + arg->full_type_offset + 1;
}

static inline const char *vs__attr_name(const vs__attr_def *attr)
{
    return vs__pool_string(attr->name_offset);
}

/**
 * The default of an attribute that has one: a serialized AttrValue, byte for byte what protobuf writes.
 *
 * @param[out] length_out  its length; 0 if there is no default
 */
static inline const uint8_t *vs__attr_default(const vs__attr_def *attr, size_t *length_out)
{
    *length_out = vs__op_bytes[attr->default_offset];
    return vs__op_bytes + attr->default_offset + 1;
}

/** The types that an attribute of kind TYPE (or list of it) allows, bit n for DataType n; 0: any. */
static inline uint64_t vs__attr_allowed_types(const vs__attr_def *attr)
{
    return attr->types_index == 0 ? 0 : vs__op_type_sets[attr->types_index - 1].mask;
}

/**
 * The same types, each as a byte, in the order of the definition (as TensorFlow lists them in its messages).
 *
 * @param[out] length_out  their number; 0: any type
 */
static inline const uint8_t *vs__attr_allowed_type_list(const vs__attr_def *attr, size_t *length_out)
{
    if (attr->types_index == 0) {
        *length_out = 0;
        return vs__op_bytes;
    }
    const vs__op_type_set *set = &vs__op_type_sets[attr->types_index - 1];
    *length_out = set->length;
    return vs__op_bytes + set->list_offset;
}

/** Allowed string i < attr->n_allowed_strings, in the order of the definition. */
static inline const char *vs__attr_allowed_string(const vs__attr_def *attr, unsigned i)
{
    return vs__pool_string(vs__op_allowed_strings[attr->strings_index + i]);
}

#endif
