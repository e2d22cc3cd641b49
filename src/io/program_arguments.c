/* Arguments: from the members of a statement to the members of a C struct, one converter for each kind. */
#include <string.h>

#include <varscope/initializer.h>
#include <varscope/partitioner.h>
#include <varscope/regularizer.h>

#include "error.h"
#include "dtypes.h"
#include "program_values.h"

/* One argument on its way. at and at2 point into the C struct, at the offsets of the argument. */
typedef struct conversion {
    vs__runner *runner;
    const vs__argument *argument;
    const json_t *json;
    vs__value value; /* what json resolves to, where that is no object */
    void *at;
    void *at2;
} conversion;

static bool wrong(const conversion *c, const char *must)
{
    return vs__program_fail(c->runner, VS_INVALID_ARGUMENT, "%s must be %s", c->argument->name, must);
}

static inline bool is_null(const conversion *c)
{
    return c->value.kind == VS__VALUE_NOTHING;
}

static inline bool is_list(const vs__value *value)
{
    return value->kind == VS__VALUE_ARRAY || value->kind == VS__VALUE_LIST;
}

/* ---- plain values ---- */

static bool to_anything(conversion *c)
{
    *(vs__value *)c->at = c->value;
    return true;
}

static bool to_text(conversion *c)
{
    if (c->value.kind == VS__VALUE_STRING)
        *(const char **)c->at = c->value.of.string;
    else if (!is_null(c))
        return wrong(c, "a string");
    return true;
}

static bool to_name_or_scope(conversion *c)
{
    if (c->value.kind == VS__VALUE_SCOPE) {
        *(const vs_variable_scope **)c->at2 = c->value.of.scope;
        return true;
    }
    return to_text(c);
}

static bool to_scope(conversion *c)
{
    if (c->value.kind != VS__VALUE_SCOPE)
        return wrong(c, "a variable scope");
    *(vs_variable_scope **)c->at = c->value.of.scope;
    return true;
}

static bool to_keys(conversion *c)
{
    if (is_null(c))
        return true;
    size_t count = vs__program_num_items(&c->value);
    const char **names = vs__program_scratch(c->runner, count, sizeof *names);
    if (!is_list(&c->value))
        return wrong(c, "a list of strings");
    if (!names)
        return false;
    for (size_t i = 0; i < count; i++) {
        vs__value item;
        if (!vs__program_item(c->runner, &c->value, i, &item))
            return false;
        if (item.kind != VS__VALUE_STRING)
            return wrong(c, "a list of strings");
        names[i] = item.of.string;
    }
    *(vs_keys *)c->at = count ? (vs_keys){names, count} : VS_NO_KEYS;
    return true;
}

static bool to_bool(conversion *c)
{
    if (c->value.kind == VS__VALUE_BOOL)
        *(bool *)c->at = c->value.of.boolean;
    else if (!is_null(c))
        return wrong(c, "a boolean");
    return true;
}

static bool to_tristate(conversion *c)
{
    vs_tristate *out = c->at;
    if (c->value.kind == VS__VALUE_BOOL)
        *out = c->value.of.boolean ? VS_TRUE : VS_FALSE;
    else if (!is_null(c))
        return wrong(c, "a boolean");
    else if (c->argument->flags & VS__NULL_IS_FALSE)
        *out = VS_FALSE;
    return true;
}

static bool to_reuse(conversion *c)
{
    vs_reuse *out = c->at;
    if (c->value.kind == VS__VALUE_BOOL)
        *out = c->value.of.boolean ? VS_REUSE_TRUE : VS_REUSE_FALSE;
    else if (c->value.kind == VS__VALUE_STRING && strcmp(c->value.of.string, "auto") == 0)
        *out = VS_AUTO_REUSE;
    else if (!is_null(c))
        return wrong(c, "a boolean, null or \"auto\"");
    return true;
}

static bool to_dtype(conversion *c)
{
    if (is_null(c))
        return true;
    if (c->value.kind != VS__VALUE_STRING)
        return wrong(c, "the name of a dtype");
    vs_dtype dtype = vs_dtype_from_name(c->value.of.string);
    if (dtype == VS_DTYPE_NONE) {
        char hint[VS__HINT_SIZE];
        return vs__program_fail(c->runner, VS_INVALID_ARGUMENT, "%s: there is no dtype '%s'%s", c->argument->name,
                                c->value.of.string, vs__dtype_hint(c->value.of.string, hint));
    }
    *(vs_dtype *)c->at = dtype;
    return true;
}

static bool to_shape(conversion *c)
{
    if (is_null(c))
        return true;
    if (c->value.kind == VS__VALUE_INT && c->argument->takes == VS__TAKES_SHAPE) {
        int64_t *dims = vs__program_scratch(c->runner, 1, sizeof *dims);
        if (!dims)
            return false;
        if (c->value.of.integer < 0)
            return wrong(c, "no negative number");
        *dims = c->value.of.integer;
        *(vs_shape *)c->at = (vs_shape){VS_SHAPE_RANKED, 1, dims};
        return true;
    }
    vs__dims dims = c->argument->takes == VS__TAKES_DIMENSIONS ? VS__DIMS_BY_INT : VS__DIMS_ARE_INTS;
    return vs__program_shape(c->runner, &c->value, c->argument->name, dims, c->at);
}

static bool to_seed(conversion *c)
{
    if (c->value.kind == VS__VALUE_INT)
        *(vs_seed *)c->at = VS_SEED(c->value.of.integer);
    else if (!is_null(c))
        return wrong(c, "an integer");
    return true;
}

static bool to_int(conversion *c)
{
    if (c->value.kind == VS__VALUE_INT)
        *(int64_t *)c->at = c->value.of.integer;
    else if (!is_null(c))
        return wrong(c, "an integer");
    return true;
}

static bool to_real(conversion *c)
{
    double *out = c->at;
    if (c->value.kind == VS__VALUE_INT)
        *out = (double)c->value.of.integer;
    else if (c->value.kind == VS__VALUE_REAL)
        *out = c->value.of.real;
    else if (c->value.kind != VS__VALUE_STRING || !vs__program_special(c->value.of.string, out))
        return wrong(c, "a number");
    return true;
}

static bool to_float(conversion *c)
{
    vs_float *out = c->at;
    conversion inner = *c;
    inner.at = &out->value;
    out->is_set = true;
    return to_real(&inner);
}

static bool to_fan_mode(conversion *c)
{
    static const char *const names[] = {"fan_in", "fan_out", "fan_avg"};
    static const vs_fan_mode modes[] = {VS_FAN_IN, VS_FAN_OUT, VS_FAN_AVG};
    for (size_t i = 0; c->value.kind == VS__VALUE_STRING && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(c->value.of.string, names[i]) == 0) {
            *(vs_fan_mode *)c->at = modes[i];
            return true;
        }
    }
    return wrong(c, "\"fan_in\", \"fan_out\" or \"fan_avg\"");
}

static bool is_same_ignoring_case(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char lower = *a >= 'A' && *a <= 'Z' ? (char)(*a - 'A' + 'a') : *a;
        if (lower != *b)
            return false;
    }
    return *a == *b;
}

static bool to_distribution(conversion *c)
{
    static const char *const names[] = {"truncated_normal", "normal", "untruncated_normal", "uniform"};
    static const vs_distribution distributions[] = {VS_TRUNCATED_NORMAL, VS_TRUNCATED_NORMAL,
                                                    VS_UNTRUNCATED_NORMAL, VS_UNIFORM};
    for (size_t i = 0; c->value.kind == VS__VALUE_STRING && i < sizeof names / sizeof names[0]; i++) {
        if (is_same_ignoring_case(c->value.of.string, names[i])) {
            *(vs_distribution *)c->at = distributions[i];
            return true;
        }
    }
    return wrong(c, "\"truncated_normal\", \"normal\", \"untruncated_normal\" or \"uniform\"");
}

/* ---- tensors ---- */

static bool is_float(vs_dtype dtype)
{
    dtype = vs_dtype_base(dtype);
    return dtype == VS_FLOAT16 || dtype == VS_BFLOAT16 || dtype == VS_FLOAT32 || dtype == VS_FLOAT64;
}

/* The dtype that the present statement gives; VS_DTYPE_NONE when it gives none that is known. */
static vs_dtype dtype_of_statement(vs__runner *runner)
{
    const char *name = json_string_value(json_object_get(runner->statement, "dtype"));
    vs__value value;
    if (!name || !vs__program_resolve(runner, json_object_get(runner->statement, "dtype"), &value) ||
        value.kind != VS__VALUE_STRING)
        return VS_DTYPE_NONE;
    return vs_dtype_from_name(value.of.string);
}

/* In a value, the strings for NaN and the infinities are numbers where the statement asks for a float. */
static vs__specials specials_of_statement(vs__runner *runner)
{
    return is_float(dtype_of_statement(runner)) ? VS__SPECIALS_ARE_NUMBERS : VS__SPECIALS_ARE_TEXT;
}

static bool to_tensor(conversion *c)
{
    return is_null(c) || vs__program_tensor(c->runner, &c->value, VS__SPECIALS_ARE_TEXT, c->at);
}

static bool to_node(conversion *c)
{
    return is_null(c) || vs__program_node(c->runner, &c->value, c->at);
}

static bool to_number(conversion *c)
{
    return is_null(c) || vs__program_tensor(c->runner, &c->value, VS__SPECIALS_ARE_NUMBERS, c->at);
}

static bool to_typed_value(conversion *c)
{
    return is_null(c) || vs__program_tensor(c->runner, &c->value, specials_of_statement(c->runner), c->at);
}

/* Shapes and axes are ints also where there are none of them. */
static bool to_indices(conversion *c)
{
    static const int64_t no_dims[] = {0};
    static const vs_literal none = {VS_LITERAL_INTS, 1, no_dims, no_dims};
    if (c->value.kind != VS__VALUE_ARRAY || json_array_size(c->value.of.array))
        return to_tensor(c);
    *(vs_tensor *)c->at = vs_literal_tensor(&none);
    return true;
}

/*
 * The value of a constant initializer, which becomes what the variable's dtype asks for. That dtype is known
 * only when the variable is made; the statement's and the scope's say when it will be no float.
 */
static bool to_constant(conversion *c)
{
    vs_dtype dtype = dtype_of_statement(c->runner);
    if (c->value.kind > VS__VALUE_STRING)
        return wrong(c, "a literal");
    if (dtype == VS_DTYPE_NONE && c->value.kind >= VS__VALUE_ARRAY) {
        const vs_variable_scope *scope = vs_get_variable_scope();
        dtype = scope ? vs_variable_scope_dtype(scope) : VS_DTYPE_NONE;
    }
    vs__specials specials =
        dtype == VS_DTYPE_NONE || is_float(dtype) ? VS__SPECIALS_ARE_NUMBERS : VS__SPECIALS_ARE_TEXT;
    return vs__program_take_pending(c->runner) && vs__program_tensor(c->runner, &c->value, specials, c->at);
}

/* The number of members of a list, of the lists in it too. */
static bool count_leaves(conversion *c, const vs__value *list, size_t *count)
{
    for (size_t i = 0; i < vs__program_num_items(list); i++) {
        vs__value item;
        if (!vs__program_item(c->runner, list, i, &item))
            return false;
        if (!is_list(&item))
            ++*count;
        else if (!count_leaves(c, &item, count))
            return false;
    }
    return true;
}

/* Write the members of a list as tensors, from *at on. */
static bool put_tensors(conversion *c, const vs__value *list, vs_tensor **at)
{
    for (size_t i = 0; i < vs__program_num_items(list); i++) {
        vs__value item;
        if (!vs__program_item(c->runner, list, i, &item))
            return false;
        if (c->argument->takes == VS__TAKES_NODE_TREE && is_list(&item)) {
            if (!put_tensors(c, &item, at))
                return false;
            continue;
        }
        if (c->argument->takes != VS__TAKES_TENSORS && (item.kind <= VS__VALUE_STRING || is_list(&item)))
            return wrong(c, "a list of operations, tensors and variables");
        if (c->argument->takes == VS__TAKES_TENSORS && item.kind == VS__VALUE_OPERATION)
            return wrong(c, "a list of tensors, variables and literals");
        if (!vs__program_node(c->runner, &item, (*at)++))
            return false;
    }
    return true;
}

static bool to_tensors(conversion *c)
{
    size_t count = 0;
    if (is_null(c))
        return true;
    if (!is_list(&c->value))
        return wrong(c, "a list");
    if (c->argument->takes != VS__TAKES_NODE_TREE)
        count = vs__program_num_items(&c->value);
    else if (!count_leaves(c, &c->value, &count))
        return false;
    vs_tensor *tensors = vs__program_scratch(c->runner, count, sizeof *tensors);
    vs_tensor *at = tensors;
    if (!tensors || !put_tensors(c, &c->value, &at))
        return false;
    *(const vs_tensor **)c->at = tensors; /* not NULL when there are none: that would be null */
    *(size_t *)c->at2 = count;
    return true;
}

/* Of the values of a scope only the graph matters: what has none is passed over, whatever it is. */
static bool to_values(conversion *c)
{
    size_t kept = 0;
    if (is_null(c))
        return true;
    if (!is_list(&c->value))
        return wrong(c, "a list");
    size_t count = vs__program_num_items(&c->value);
    vs_tensor *tensors = vs__program_scratch(c->runner, count, sizeof *tensors);
    for (size_t i = 0; tensors && i < count; i++) {
        vs__value item;
        if (!vs__program_item(c->runner, &c->value, i, &item))
            return false;
        bool has_graph = item.kind == VS__VALUE_TENSOR || item.kind == VS__VALUE_VARIABLE ||
                         item.kind == VS__VALUE_OPERATION;
        if (has_graph && !vs__program_node(c->runner, &item, &tensors[kept++]))
            return false;
    }
    *(const vs_tensor **)c->at = tensors; /* not NULL when there are none: that would be null */
    *(size_t *)c->at2 = kept;
    return tensors != NULL;
}

/* ---- objects ---- */

static bool to_initial_value(conversion *c)
{
    vs_initializer *out = c->at;
    if (is_null(c))
        return true;
    *out = (vs_initializer){.kind = VS_INITIALIZER_VALUE};
    return vs__program_tensor(c->runner, &c->value, specials_of_statement(c->runner), &out->value);
}

static bool to_object(conversion *c)
{
    const vs__family *family = vs__program_family(c->argument->takes);
    if (json_is_object(c->json))
        return vs__program_object(c->runner, family, c->json, c->at);
    if (c->argument->takes == VS__TAKES_INITIALIZER)
        return to_initial_value(c);
    return is_null(c) || wrong(c, "an object, or null");
}

static bool to_members(conversion *c)
{
    if (!json_is_object(c->json) && !is_null(c))
        return wrong(c, "an object");
    *(const json_t **)c->at = json_is_object(c->json) ? c->json : NULL;
    return true;
}

/* ---- all of them ---- */

static bool (*const converters[])(conversion *) = {
    [VS__TAKES_ANYTHING] = to_anything,
    [VS__TAKES_TEXT] = to_text,
    [VS__TAKES_NAME_OR_SCOPE] = to_name_or_scope,
    [VS__TAKES_SCOPE] = to_scope,
    [VS__TAKES_KEYS] = to_keys,
    [VS__TAKES_BOOL] = to_bool,
    [VS__TAKES_TRISTATE] = to_tristate,
    [VS__TAKES_REUSE] = to_reuse,
    [VS__TAKES_DTYPE] = to_dtype,
    [VS__TAKES_SHAPE] = to_shape,
    [VS__TAKES_DIMENSIONS] = to_shape,
    [VS__TAKES_SEED] = to_seed,
    [VS__TAKES_INT] = to_int,
    [VS__TAKES_REAL] = to_real,
    [VS__TAKES_FLOAT] = to_float,
    [VS__TAKES_FAN_MODE] = to_fan_mode,
    [VS__TAKES_DISTRIBUTION] = to_distribution,
    [VS__TAKES_TENSOR] = to_tensor,
    [VS__TAKES_NODE] = to_node,
    [VS__TAKES_NUMBER] = to_number,
    [VS__TAKES_TYPED_VALUE] = to_typed_value,
    [VS__TAKES_INDICES] = to_indices,
    [VS__TAKES_CONSTANT] = to_constant,
    [VS__TAKES_TENSORS] = to_tensors,
    [VS__TAKES_VALUES] = to_values,
    [VS__TAKES_NODES] = to_tensors,
    [VS__TAKES_NODE_TREE] = to_tensors,
    [VS__TAKES_INITIALIZER] = to_object,
    [VS__TAKES_INITIAL_VALUE] = to_initial_value,
    [VS__TAKES_PARTITIONER] = to_object,
    [VS__TAKES_REGULARIZER] = to_object,
    [VS__TAKES_MEMBERS] = to_members,
};

static bool convert(vs__runner *runner, const vs__argument *argument, const json_t *json, void *out)
{
    conversion c = {
        .runner = runner,
        .argument = argument,
        .json = json,
        .at = (char *)out + argument->offset,
        .at2 = (char *)out + argument->offset2,
    };
    if (!json_is_object(json) && !vs__program_resolve(runner, json, &c.value))
        return false;
    if (!json_is_object(json) && is_null(&c) && argument->flags & VS__NOT_NULL)
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "%s must not be null", argument->name);
    return converters[argument->takes](&c);
}

bool vs__program_arguments(vs__runner *runner, const vs__signature *signature, const json_t *given, void *out)
{
    uint32_t seen = 0; /* one bit for each argument; no signature has 32 */
    const char *key;
    json_t *json;
    json_object_foreach((json_t *)given, key, json) /* reads only: the iteration is declared without const */
    {
        const vs__argument *argument = vs__program_find_argument(signature, key);
        if (!argument)
            continue; /* the statement's own: "call", "as", "body" */
        seen |= UINT32_C(1) << (argument - signature->arguments);
        if (!convert(runner, argument, json, out))
            return false;
    }
    for (uint32_t i = 0; i < signature->count; i++)
        if (signature->arguments[i].flags & VS__GIVEN && !(seen >> i & 1))
            return vs__program_fail(runner, VS_INVALID_ARGUMENT, "%s needs the argument %s", signature->name,
                                    signature->arguments[i].name);
    return true;
}

bool vs__program_object(vs__runner *runner, const vs__family *family, const json_t *json, void *out)
{
    void *iterator = json_object_iter((json_t *)json); /* one member, as the check has made sure */
    const vs__object *object = vs__program_find_object(family, json_object_iter_key(iterator));
    if (!object)
        return vs__program_fail(runner, VS_INTERNAL, "an unknown %s", family->what);
    memcpy(out, object->preset, object->signature.size);
    if (!vs__program_arguments(runner, &object->signature, json_object_iter_value(iterator), out))
        return false;
    if (object->finish)
        object->finish(runner, out);
    return !vs__program_failed(runner);
}
