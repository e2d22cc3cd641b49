/* get_variable in parts: a request with its defaults filled in, and how single and partitioned variables answer it. */
#ifndef VS_SCOPE_GET_VARIABLE_H
#define VS_SCOPE_GET_VARIABLE_H

#include "store.h"
#include "variable.h"

/* A request whose defaults are filled in: args->name is the whole name, args->reuse is FALSE, TRUE or AUTO. */
typedef struct vs__request {
    vs__state *state;
    const vs_get_variable_args *args;
    size_t length;
    vs_error *error;
    const vs_call *call;
} vs__request;

static inline bool vs__get_is_value(const vs_initializer *initializer)
{
    return initializer->kind == VS_INITIALIZER_VALUE;
}

/* Fail with "variable NAME MESSAGE". Returns false, as the next four do when they fail. */
bool vs__get_fail(const vs__request *of, vs_status code, const char *message);
bool vs__get_already_exists(const vs__request *of, const vs_variable *found);
bool vs__get_not_found(const vs__request *of);

/* vs__store_claim() of what is asked for; what a forked worker misses is noted (shared.h). */
vs__claim vs__get_claim(const vs__request *of, vs_variable **found, vs__store_entry **entry);

/* Whether a found variable has the shape (absent: any) and dtype that were asked for. */
bool vs__get_same_kind(const vs__request *of, const vs_variable *found, vs_shape shape, vs_dtype dtype);

/* Tell the caller what was done. */
void vs__get_note(const vs__request *of, vs_outcome outcome);

/* The variable NAME/part_number; NULL: there is none, or with the error set when out of memory. */
const vs_variable *vs__get_find_slice(const vs__request *of, size_t number);

/* The same as vs__get_fail(), for a variable in the way that was made before. */
bool vs__get_clash(const vs__request *of, vs_status code, const vs_variable *found, const char *message);

/* Make what vs_new_variable() makes, without creators. NULL: error set. */
vs_variable *vs__new_variable(vs__state *state, const vs_variable_args *args);

/* Find or create. slice NULL: it is none. NULL: error set. */
vs_variable *vs__get_single(const vs__request *of, const vs__slice *slice);
vs_variable *vs__get_partitioned(const vs__request *of);

/* A partitioned variable that is there, against what was asked. partitions NULL: no partitioner was given. */
vs_variable *vs__get_found_partitioned(const vs__request *of, vs_variable *found, vs_shape shape,
                                       const int64_t *partitions);

#endif
