/* Errors: filling a vs_error, without memory. */
#ifndef VS_BASE_ERROR_H
#define VS_BASE_ERROR_H

#include <stdarg.h>

#include <varscope/status.h>

/*
 * Set an error, unless one is set already: the first is kept. call may be NULL.
 * All return false, so that a caller can `return vs__fail(...)`.
 */
bool vs__fail(vs_error *error, vs_status code, const vs_call *call, const char *format, ...) VS_PRINTF(4, 5);
bool vs__fail_va(vs_error *error, vs_status code, const vs_call *call, const char *format, va_list arguments);
bool vs__fail_memory(vs_error *error, const vs_call *call);

static inline vs_site vs__site_of(const vs_call *call)
{
    return call ? (vs_site){call->file, call->function, call->line} : (vs_site){NULL, NULL, 0};
}

enum { VS__SITE_SIZE = 320 };

/*
 * Write where something was first defined, for the middle of a message: ", first defined at FILE:LINE (FUNCTION)", ""
 * when that is not known. Statements of scope programs have no line: FILE (JSON POINTER). Returns the buffer.
 */
const char *vs__first_defined(const vs_site *site, char buffer[VS__SITE_SIZE]);

/*
 * The arguments struct behind a public pointer, whatever version of the header the caller was compiled with:
 * members that the caller does not have are zero.
 */
#define VS__ARGUMENTS(type, local, given)                                                                     \
    type local##_copy;                                                                                        \
    const type *local = given;                                                                                \
    if (local->call.size && local->call.size != sizeof(type))                                                 \
        local = vs__arguments_copy(&local##_copy, sizeof(type), given, given->call.size)

const void *vs__arguments_copy(void *local, size_t size, const void *given, size_t given_size);

#endif
