/* Scope programs as a language: the tables of its calls, context managers and objects.
 *
 * Every call, context manager and object is data: a name, its arguments, and a small function. An argument
 * says what it takes and where in the C arguments struct the converted value goes: one loop serves them
 * all. */
#ifndef VS_IO_PROGRAM_LANGUAGE_H
#define VS_IO_PROGRAM_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <varscope/context.h>

#include "text.h"

struct vs__runner;
struct vs__value;

/* What an argument takes, and the C type that it is turned into. */
typedef enum vs__takes {
    VS__TAKES_ANYTHING,      /* struct vs__value */
    VS__TAKES_TEXT,          /* const char *: a string */
    VS__TAKES_NAME_OR_SCOPE, /* const char * at offset, or const vs_variable_scope * at offset2 */
    VS__TAKES_SCOPE,         /* vs_variable_scope * */
    VS__TAKES_KEYS,          /* vs_keys: a list of strings */
    VS__TAKES_BOOL,          /* bool */
    VS__TAKES_TRISTATE,      /* vs_tristate */
    VS__TAKES_REUSE,         /* vs_reuse: a boolean or "auto" */
    VS__TAKES_DTYPE,         /* vs_dtype */
    VS__TAKES_SHAPE,         /* vs_shape: a list, or one integer for rank 1 */
    VS__TAKES_DIMENSIONS,    /* vs_shape: a list only, in which reals count by their integer part */
    VS__TAKES_SEED,          /* vs_seed */
    VS__TAKES_INT,           /* int64_t */
    VS__TAKES_REAL,          /* double */
    VS__TAKES_FLOAT,         /* vs_float */
    VS__TAKES_FAN_MODE,      /* vs_fan_mode */
    VS__TAKES_DISTRIBUTION,  /* vs_distribution */
    VS__TAKES_TENSOR,        /* vs_tensor: a tensor, a variable or a literal */
    VS__TAKES_NODE,          /* vs_tensor: an operation too */
    VS__TAKES_NUMBER,        /* vs_tensor: "NaN", "Infinity" and "-Infinity" are numbers */
    VS__TAKES_TYPED_VALUE,   /* vs_tensor: they are where the statement's dtype is a float */
    VS__TAKES_INDICES,       /* vs_tensor: an empty list has elements of type int */
    VS__TAKES_CONSTANT,      /* vs_tensor: a literal only, of constant_initializer */
    VS__TAKES_TENSORS,       /* const vs_tensor * at offset, size_t at offset2: a list; NULL for null */
    VS__TAKES_VALUES,        /* the same, of anything; what is no tensor, variable or operation is left out */
    VS__TAKES_NODES,         /* as TENSORS, operations too, literals not */
    VS__TAKES_NODE_TREE,     /* as NODES, of lists in lists too */
    VS__TAKES_INITIALIZER,   /* vs_initializer: an object, or a value */
    VS__TAKES_INITIAL_VALUE, /* vs_initializer: a value */
    VS__TAKES_PARTITIONER,   /* vs_partitioner: an object */
    VS__TAKES_REGULARIZER,   /* vs_regularizer: an object */
    VS__TAKES_MEMBERS        /* const json_t *: an object with any names */
} vs__takes;

enum {
    VS__GIVEN = 1,        /* missing is invalid_argument */
    VS__NOT_NULL = 2,     /* null is invalid_argument; missing takes the default */
    VS__REQUIRED = 1 | 2, /* both are */
    VS__NULL_IS_FALSE = 4 /* as in Python, where None is false and not the default */
};

typedef struct vs__argument {
    const char *name;
    uint8_t takes; /* vs__takes */
    uint8_t flags;
    uint16_t offset;
    uint16_t offset2;
} vs__argument;

typedef struct vs__signature {
    const char *name;
    const vs__argument *arguments;
    uint32_t count;
    uint32_t size; /* of the C struct; it begins with a vs_call, but for objects */
} vs__signature;

typedef struct vs__call {
    vs__signature signature;
    /* Leaves an error pending, or fails the runner, or sets *out, which is nothing at first. */
    void (*run)(struct vs__runner *runner, void *arguments, struct vs__value *out);
} vs__call;

typedef struct vs__manager {
    vs__signature signature;
    /* The same; *out is what the manager yields. */
    vs_frame (*enter)(struct vs__runner *runner, void *arguments, struct vs__value *out);
} vs__manager;

/* An initializer, partitioner or regularizer as the document writes it: {"NAME": {ARGUMENTS}}. */
typedef struct vs__object {
    vs__signature signature;
    const void *preset; /* what the C struct is before the arguments */

    /* Looks at the whole, and may fail the runner; may be NULL. */
    void (*finish)(struct vs__runner *runner, void *object);
} vs__object;

typedef struct vs__family {
    const char *what; /* "initializer" */
    const vs__object *objects;
    size_t count;
} vs__family;

extern const vs__family vs__program_initializers;
extern const vs__family vs__program_partitioners;
extern const vs__family vs__program_regularizers;

/* Each returns NULL when there is none of that name. */
const vs__call *vs__program_find_call(const char *name);
const vs__manager *vs__program_find_manager(const char *name);
const vs__object *vs__program_find_object(const vs__family *family, const char *name);
const vs__argument *vs__program_find_argument(const vs__signature *signature, const char *name);

/* For a name that there is not: the names that there are. */
void vs__program_try_calls(vs__nearest *search);
void vs__program_try_managers(vs__nearest *search);
void vs__program_try_arguments(const vs__signature *signature, vs__nearest *search);

/* The family of the objects that an argument takes; NULL when it takes none. */
const vs__family *vs__program_family(vs__takes takes);

/* Whether a code is one that a "try" may expect; else VS_OK. */
vs_status vs__program_code(const char *name);

/* A reference, "$name" or "$name.attribute". */
typedef enum vs__attribute {
    VS__ATTRIBUTE_NONE,
    VS__ATTRIBUTE_NAME,
    VS__ATTRIBUTE_ORIGINAL_NAME_SCOPE
} vs__attribute;

typedef struct vs__reference {
    const char *name; /* not terminated */
    size_t length;
    vs__attribute attribute;
} vs__reference;

/* Whether a string begins as a reference does: one '$', not two. */
static inline bool vs__program_refers(const char *text)
{
    return text[0] == '$' && text[1] != '$';
}

/* Take a reference apart; false when it is none. */
bool vs__program_reference(const char *text, vs__reference *out);

/* Whether text is an identifier, which "as" needs. */
bool vs__program_is_identifier(const char *text);

#endif
