/* Whether a document is a scope program: all that can be told before it runs, without knowing what is
 * bound.
 *
 * What is wrong here makes the document no scope program; the values of arguments, missing arguments and
 * unbound references are faults of the run, of the statement where they stand. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "program_run.h"

/*
 * A place in the document, as the way to it from the root. The JSON pointer is written only when it is
 * needed.
 */
typedef struct place {
    const struct place *up; /* NULL: the document */
    const char *key;        /* in an object; NULL: in an array */
    size_t index;           /* in an array */
    size_t depth;           /* of nesting */
    size_t length;          /* of the JSON pointer; known of the places of statements */
} place;

typedef struct check {
    const vs_program_limits *limits;
    vs_program_error *error;
    size_t longest; /* JSON pointer of a statement */
} check;

static const place document_place = {NULL, NULL, 0, 0, 0};

static place member_of(const place *up, const char *key)
{
    return (place){up, key, 0, up->depth + 1, up->length + 1 + strlen(key)};
}

static place item_of(const place *up, size_t index)
{
    size_t digits = 1;
    for (size_t rest = index; rest >= 10; rest /= 10)
        digits++;
    return (place){up, NULL, index, up->depth + 1, up->length + 1 + digits};
}

/* A JSON pointer, in which ~0 stands for ~ and ~1 for a slash in a key. */
static void write_pointer(vs__text *out, const place *at)
{
    if (!at->up)
        return;
    write_pointer(out, at->up);
    vs__text_put(out, "/");
    if (!at->key) {
        vs__text_int(out, (int64_t)at->index);
        return;
    }
    for (const char *c = at->key; *c; c++) {
        if (*c == '~' || *c == '/')
            vs__text_put(out, *c == '~' ? "~0" : "~1");
        else
            vs__text_add(out, c, 1);
    }
}

/* Say what is wrong at a place; returns false. */
static bool refuse(check *c, const place *at, vs_status code, const char *format, ...) VS_PRINTF(4, 5);

static bool refuse(check *c, const place *at, vs_status code, const char *format, ...)
{
    va_list arguments;
    vs__text path = vs__text_of(c->error->path, sizeof c->error->path);
    va_start(arguments, format);
    vs__fail_va(&c->error->error, code, NULL, format, arguments);
    va_end(arguments);
    write_pointer(&path, at);
    return false;
}

/* Refuse an argument that there is not. */
static bool refuse_argument(check *c, const place *at, const vs__signature *signature, const char *name)
{
    char hint[VS__HINT_SIZE];
    vs__nearest search = vs__nearest_to(name, strlen(name));
    vs__program_try_arguments(signature, &search);
    return refuse(c, at, VS_INVALID_ARGUMENT, "%s has no argument '%s'%s", signature->name, name,
                  vs__nearest_hint(&search, hint));
}

/* Refuse the name of a call or a context manager. */
static bool refuse_name(check *c, const place *at, const char *what, const char *name, void (*try_all)(vs__nearest *))
{
    char hint[VS__HINT_SIZE];
    vs__nearest search = vs__nearest_to(name, strlen(name));
    try_all(&search);
    return refuse(c, at, VS_INVALID_ARGUMENT, "unknown %s '%s'%s", what, name, vs__nearest_hint(&search, hint));
}

/* The same for a member of what stands at a place. */
static bool refuse_member(check *c, const place *up, const char *key, const char *what)
{
    place at = member_of(up, key);
    return refuse(c, &at, VS_INVALID_ARGUMENT, "%s", what);
}

static bool is_within_depth(check *c, const place *at)
{
    if (at->depth < c->limits->max_depth)
        return true;
    return refuse(c, at, VS_RESOURCE_EXHAUSTED, "nested more than %zu deep", c->limits->max_depth);
}

/* ---- values ---- */

static bool check_value(check *c, const place *at, const json_t *json)
{
    const char *text = json_string_value(json);
    vs__reference reference;
    if (json_is_object(json))
        return refuse(c, at, VS_INVALID_ARGUMENT, "no object can stand here");
    if (text && vs__program_refers(text) && !vs__program_reference(text, &reference))
        return refuse(c, at, VS_INVALID_ARGUMENT, "'%s' is no reference; write '$' twice for the character",
                      text);
    if (!json_is_array(json))
        return true;
    if (!is_within_depth(c, at))
        return false;
    for (size_t i = 0; i < json_array_size(json); i++) {
        place item = item_of(at, i);
        if (!check_value(c, &item, json_array_get(json, i)))
            return false;
    }
    return true;
}

/* The members of an object, which have these names, or, without a signature, any. */
static bool check_members(check *c, const place *at, const vs__signature *signature, const json_t *json)
{
    const char *key;
    json_t *member;
    if (!is_within_depth(c, at))
        return false;
    json_object_foreach((json_t *)json, key, member)
    {
        place inner = member_of(at, key);
        if (signature && !vs__program_find_argument(signature, key))
            return refuse_argument(c, &inner, signature, key);
        if (!check_value(c, &inner, member))
            return false;
    }
    return true;
}

/* {"NAME": {ARGUMENTS}} */
static bool check_object(check *c, const place *at, const vs__family *family, const json_t *json)
{
    void *iterator = json_object_iter((json_t *)json);
    if (json_object_size(json) != 1)
        return refuse(c, at, VS_INVALID_ARGUMENT, "a %s is an object with one member, its kind",
                      family->what);
    const char *name = json_object_iter_key(iterator);
    const json_t *arguments = json_object_iter_value(iterator);
    const vs__object *object = vs__program_find_object(family, name);
    place inner = member_of(at, name);
    if (!object) {
        char hint[VS__HINT_SIZE];
        vs__nearest search = vs__nearest_to(name, strlen(name));
        for (size_t i = 0; i < family->count; i++)
            vs__nearest_try(&search, family->objects[i].signature.name, strlen(family->objects[i].signature.name));
        return refuse(c, &inner, VS_INVALID_ARGUMENT, "unknown %s '%s'%s", family->what, name,
                      vs__nearest_hint(&search, hint));
    }
    if (!json_is_object(arguments))
        return refuse(c, &inner, VS_INVALID_ARGUMENT, "the arguments of %s must be an object", name);
    return check_members(c, &inner, &object->signature, arguments);
}

static bool check_argument(check *c, const place *at, const vs__argument *argument, const json_t *json)
{
    const vs__family *family = vs__program_family(argument->takes);
    if (family && json_is_object(json))
        return check_object(c, at, family, json);
    if (argument->takes == VS__TAKES_MEMBERS && json_is_object(json))
        return check_members(c, at, NULL, json);
    return check_value(c, at, json);
}

/* ---- statements ---- */

static bool is_one_of(const char *key, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(key, *names) == 0)
            return true;
    return false;
}

static bool check_keys(check *c, const place *at, const json_t *json, const char *const *names)
{
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)json, key, member)
    {
        place inner = member_of(at, key);
        if (!is_one_of(key, names))
            return refuse(c, &inner, VS_INVALID_ARGUMENT, "unknown key '%s'", key);
    }
    return true;
}

static bool check_arguments(check *c, const place *at, const json_t *statement,
                            const vs__signature *signature, const char *const *own)
{
    const char *key;
    json_t *member;
    const json_t *as = json_object_get(statement, "as");
    if (as && (!json_is_string(as) || !vs__program_is_identifier(json_string_value(as))))
        return refuse_member(c, at, "as", "must be an identifier");
    json_object_foreach((json_t *)statement, key, member)
    {
        const vs__argument *argument = vs__program_find_argument(signature, key);
        place inner = member_of(at, key);
        if (!argument && is_one_of(key, own))
            continue;
        if (!argument)
            return refuse_argument(c, &inner, signature, key);
        if (!check_argument(c, &inner, argument, member))
            return false;
    }
    return true;
}

static bool check_block(check *c, const place *at, const json_t *statements);

static bool check_call(check *c, const place *at, const json_t *statement)
{
    static const char *const own[] = {"call", "as", NULL};
    const char *name = json_string_value(json_object_get(statement, "call"));
    const vs__call *call = name ? vs__program_find_call(name) : NULL;
    place inner = member_of(at, "call");
    if (!name)
        return refuse_member(c, at, "call", "must be the name of a call");
    if (!call)
        return refuse_name(c, &inner, "call", name, vs__program_try_calls);
    return check_arguments(c, at, statement, &call->signature, own);
}

static bool check_with(check *c, const place *at, const json_t *statement)
{
    static const char *const own[] = {"with", "body", "as", NULL};
    const char *name = json_string_value(json_object_get(statement, "with"));
    const json_t *body = json_object_get(statement, "body");
    const vs__manager *manager = name ? vs__program_find_manager(name) : NULL;
    place inner = member_of(at, "with");
    place body_place = member_of(at, "body");
    if (!name)
        return refuse_member(c, at, "with", "must be the name of a context manager");
    if (!manager)
        return refuse_name(c, &inner, "context manager", name, vs__program_try_managers);
    if (!body)
        return refuse(c, at, VS_INVALID_ARGUMENT, "a with has a body");
    return check_arguments(c, at, statement, &manager->signature, own) && check_block(c, &body_place, body);
}

static bool check_parallel(check *c, const place *at, const json_t *statement)
{
    static const char *const own[] = {"parallel", "fork", NULL};
    const json_t *workers = json_object_get(statement, "parallel");
    const json_t *fork = json_object_get(statement, "fork");
    place list = member_of(at, "parallel");
    if (!check_keys(c, at, statement, own))
        return false;
    if (fork && !json_is_string(fork) && !json_is_null(fork))
        return refuse_member(c, at, "fork", "must be a string");
    if (!json_is_array(workers))
        return refuse(c, &list, VS_INVALID_ARGUMENT, "must be a list of lists of statements");
    if (json_array_size(workers) > c->limits->max_threads)
        return refuse(c, &list, VS_RESOURCE_EXHAUSTED, "more than %zu workers", c->limits->max_threads);
    for (size_t i = 0; i < json_array_size(workers); i++) {
        place worker = item_of(&list, i);
        if (!check_block(c, &worker, json_array_get(workers, i)))
            return false;
    }
    return true;
}

static bool check_try(check *c, const place *at, const json_t *statement)
{
    static const char *const own[] = {"try", "error", NULL};
    const json_t *error = json_object_get(statement, "error");
    place body = member_of(at, "try");
    if (!check_keys(c, at, statement, own))
        return false;
    if (error && !json_is_null(error) &&
        (!json_is_string(error) || vs__program_code(json_string_value(error)) == VS_OK))
        return refuse_member(c, at, "error",
                             "must be already_exists, not_found, incompatible, invalid_argument or "
                             "resource_exhausted");
    return check_block(c, &body, json_object_get(statement, "try"));
}

static bool check_statement(check *c, const place *at, const json_t *statement)
{
    static const struct {
        const char *key;
        bool (*check)(check *, const place *, const json_t *);
    } kinds[] = {
        {"call", check_call},
        {"with", check_with},
        {"parallel", check_parallel},
        {"try", check_try},
    };
    bool (*function)(check *, const place *, const json_t *) = NULL;
    size_t found = 0;
    for (size_t i = 0; json_is_object(statement) && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (json_object_get(statement, kinds[i].key)) {
            function = kinds[i].check;
            found++;
        }
    }
    if (found != 1)
        return refuse(c, at, VS_INVALID_ARGUMENT,
                      "a statement is an object with exactly one of call, with, parallel and try");
    if (at->length > c->longest)
        c->longest = at->length;
    return function(c, at, statement);
}

static bool check_block(check *c, const place *at, const json_t *statements)
{
    if (!json_is_array(statements))
        return refuse(c, at, VS_INVALID_ARGUMENT, "must be a list of statements");
    if (!is_within_depth(c, at))
        return false;
    if (at->length > c->longest)
        c->longest = at->length;
    for (size_t i = 0; i < json_array_size(statements); i++) {
        place statement = item_of(at, i);
        if (!check_statement(c, &statement, json_array_get(statements, i)))
            return false;
    }
    return true;
}

/* ---- the document ---- */

static bool check_frame(check *c, const json_t *document)
{
    static const char *const keys[] = {"varscope", "seed", "resource_variables", "body", NULL};
    const json_t *version = json_object_get(document, "varscope");
    const json_t *seed = json_object_get(document, "seed");
    const json_t *resource = json_object_get(document, "resource_variables");
    if (!json_is_object(document))
        return refuse(c, &document_place, VS_INVALID_ARGUMENT, "a scope program is an object");
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return refuse_member(c, &document_place, "varscope", "must be 1, the version of the language");
    if (!check_keys(c, &document_place, document, keys))
        return false;
    if (seed && !json_is_integer(seed) && !json_is_null(seed))
        return refuse_member(c, &document_place, "seed", "must be an integer or null");
    if (resource && !json_is_boolean(resource))
        return refuse_member(c, &document_place, "resource_variables", "must be a boolean");
    if (!json_object_get(document, "body"))
        return refuse(c, &document_place, VS_INVALID_ARGUMENT, "a scope program has a body");
    return true;
}

bool vs__program_check(const json_t *document, const vs_program_limits *limits, size_t *path_size,
                       vs_program_error *error)
{
    check c = {.limits = limits, .error = error};
    place body = member_of(&document_place, "body");
    bool good = check_frame(&c, document) && check_block(&c, &body, json_object_get(document, "body"));
    *path_size = c.longest + 1;
    return good;
}
