#include "program_values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <varscope/placement.h>

#include "error.h"

void *vs__program_scratch(vs__runner *runner, size_t count, size_t size)
{
    void *memory = NULL;
    if (!size || count <= SIZE_MAX / 2 / size)
        memory = vs__arena_allocate(&runner->scratch, count * size + 1);
    if (!memory)
        vs__program_fail_memory(runner);
    return memory;
}

/* ---- references ---- */

static bool tensor_name(vs__runner *runner, vs_tensor tensor, vs__value *out)
{
    size_t size = vs_tensor_name(tensor, NULL, 0) + 1;
    char *name = vs__program_scratch(runner, size, 1);
    if (!name)
        return false;
    vs_tensor_name(tensor, name, size);
    *out = (vs__value){VS__VALUE_STRING, {.string = name}};
    return true;
}

static bool attribute_of(vs__runner *runner, const vs__value *value, vs__attribute attribute,
                         const char *text, vs__value *out)
{
    out->kind = VS__VALUE_STRING;
    if (attribute == VS__ATTRIBUTE_NAME) {
        switch (value->kind) {
        case VS__VALUE_TENSOR:
            return tensor_name(runner, value->of.tensor, out);
        case VS__VALUE_VARIABLE:
            out->of.string = vs_variable_name(value->of.variable);
            return true;
        case VS__VALUE_SCOPE:
            out->of.string = vs_variable_scope_name(value->of.scope);
            return true;
        default:
            return vs__program_fail(runner, VS_INVALID_ARGUMENT,
                                    "%s: only variables, tensors and variable scopes have a name", text);
        }
    }
    if (value->kind != VS__VALUE_SCOPE)
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "%s: what is bound is no variable scope", text);
    out->of.string = vs_variable_scope_original_name_scope(value->of.scope);
    return true;
}

static bool look_up(vs__runner *runner, const char *text, vs__value *out)
{
    vs__reference reference;
    if (!vs__program_reference(text, &reference))
        return vs__program_fail(runner, VS_INTERNAL, "'%s' is no reference", text);
    const vs__value *value = vs__program_bindings_find(runner->bindings, reference.name, reference.length);
    if (!value)
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "nothing is bound to $%.*s",
                                (int)reference.length, reference.name);
    if (reference.attribute != VS__ATTRIBUTE_NONE)
        return attribute_of(runner, value, reference.attribute, text, out);
    *out = *value;
    return true;
}

bool vs__program_resolve(vs__runner *runner, const json_t *json, vs__value *out)
{
    switch (json_typeof(json)) {
    case JSON_NULL:
        *out = (vs__value){.kind = VS__VALUE_NOTHING};
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *out = (vs__value){VS__VALUE_BOOL, {.boolean = json_is_true(json)}};
        return true;
    case JSON_INTEGER:
        *out = (vs__value){VS__VALUE_INT, {.integer = json_integer_value(json)}};
        return true;
    case JSON_REAL:
        *out = (vs__value){VS__VALUE_REAL, {.real = json_real_value(json)}};
        return true;
    case JSON_ARRAY:
        *out = (vs__value){VS__VALUE_ARRAY, {.array = json}};
        return true;
    case JSON_STRING: {
        const char *text = json_string_value(json);
        if (vs__program_refers(text))
            return look_up(runner, text, out);
        *out = (vs__value){VS__VALUE_STRING, {.string = text[0] == '$' ? text + 1 : text}};
        return true;
    }
    default:
        return vs__program_fail(runner, VS_INTERNAL, "an object where none can stand");
    }
}

size_t vs__program_num_items(const vs__value *value)
{
    if (value->kind == VS__VALUE_ARRAY)
        return json_array_size(value->of.array);
    return value->kind == VS__VALUE_LIST ? value->of.list->count : 0;
}

bool vs__program_item(vs__runner *runner, const vs__value *value, size_t i, vs__value *out)
{
    if (value->kind == VS__VALUE_ARRAY)
        return vs__program_resolve(runner, json_array_get(value->of.array, i), out);
    *out = value->of.list->items[i];
    return true;
}

/* ---- literals ---- */

bool vs__program_special(const char *text, double *out)
{
    if (strcmp(text, "NaN") == 0)
        *out = NAN;
    else if (strcmp(text, "Infinity") == 0)
        *out = INFINITY;
    else if (strcmp(text, "-Infinity") == 0)
        *out = -INFINITY;
    else
        return false;
    return true;
}

static inline bool is_nested(const vs__value *value)
{
    return value->kind == VS__VALUE_ARRAY || value->kind == VS__VALUE_LIST;
}

/* A literal in the making: measured first, then filled. */
struct making {
    vs__runner *runner;
    vs__specials specials;
    const char *problem; /* NULL: none yet */
    int64_t dims[VS_MAX_RANK];
    uint32_t rank;
    size_t count;
    bool has_int, has_real, has_bool, has_string;
    vs_literal_kind kind;
    void *data;
    size_t filled;
};

/* The shape as the first member of each list has it. */
static bool measure_depth(struct making *making, const vs__value *value)
{
    vs__value inner = *value;
    while (is_nested(&inner)) {
        if (making->rank == VS_MAX_RANK) {
            making->problem = "is nested more deeply than a tensor can be";
            return true;
        }
        size_t count = vs__program_num_items(&inner);
        making->dims[making->rank++] = (int64_t)count;
        if (!count)
            break;
        vs__value outer = inner;
        if (!vs__program_item(making->runner, &outer, 0, &inner))
            return false;
    }
    return true;
}

static void measure_leaf(struct making *making, const vs__value *value)
{
    double number;
    making->count++;
    switch (value->kind) {
    case VS__VALUE_BOOL:
        making->has_bool = true;
        break;
    case VS__VALUE_INT:
        making->has_int = true;
        break;
    case VS__VALUE_REAL:
        making->has_real = true;
        break;
    case VS__VALUE_STRING:
        if (making->specials == VS__SPECIALS_ARE_NUMBERS && vs__program_special(value->of.string, &number))
            making->has_real = true;
        else
            making->has_string = true;
        break;
    case VS__VALUE_NOTHING:
        making->problem = "holds null";
        break;
    default:
        making->problem = "holds a tensor, which can stand in no literal";
    }
}

/* Counts the elements and finds their kinds; every list at one depth must be as long as the first there. */
static bool measure(struct making *making, const vs__value *value, uint32_t depth)
{
    if (making->problem)
        return true;
    bool nested = is_nested(value);
    if (nested != (depth < making->rank)) {
        making->problem = "is ragged: its lists do not all have one shape";
        return true;
    }
    if (!nested) {
        measure_leaf(making, value);
        return true;
    }
    size_t count = vs__program_num_items(value);
    if ((int64_t)count != making->dims[depth]) {
        making->problem = "is ragged: its lists do not all have one shape";
        return true;
    }
    for (size_t i = 0; i < count && !making->problem; i++) {
        vs__value item;
        if (!vs__program_item(making->runner, value, i, &item) || !measure(making, &item, depth + 1))
            return false;
    }
    return true;
}

static void choose_kind(struct making *making)
{
    bool has_numbers = making->has_int || making->has_real;
    if (making->problem)
        return;
    if (making->has_string && (has_numbers || making->has_bool))
        making->problem = "mixes strings with others";
    else if (making->has_string)
        making->kind = VS_LITERAL_STRINGS;
    else if (making->has_bool && !has_numbers)
        making->kind = VS_LITERAL_BOOLS;
    else if (making->has_int && !making->has_real)
        making->kind = VS_LITERAL_INTS;
    else
        making->kind = VS_LITERAL_REALS; /* an empty list too, as in TensorFlow */
}

static double number_of(const vs__value *value)
{
    double number = 0;
    switch (value->kind) {
    case VS__VALUE_BOOL: /* among numbers 0 and 1, as in NumPy */
        return value->of.boolean;
    case VS__VALUE_INT:
        return (double)value->of.integer;
    case VS__VALUE_REAL:
        return value->of.real;
    default:
        vs__program_special(value->of.string, &number);
        return number;
    }
}

static bool fill(struct making *making, const vs__value *value)
{
    if (is_nested(value)) {
        size_t count = vs__program_num_items(value);
        for (size_t i = 0; i < count; i++) {
            vs__value item;
            if (!vs__program_item(making->runner, value, i, &item) || !fill(making, &item))
                return false;
        }
        return true;
    }
    size_t at = making->filled++;
    switch (making->kind) {
    case VS_LITERAL_INTS:
        ((int64_t *)making->data)[at] = value->kind == VS__VALUE_BOOL ? value->of.boolean : value->of.integer;
        break;
    case VS_LITERAL_REALS:
        ((double *)making->data)[at] = number_of(value);
        break;
    case VS_LITERAL_BOOLS:
        ((bool *)making->data)[at] = value->of.boolean;
        break;
    case VS_LITERAL_STRINGS:
        ((const char **)making->data)[at] = value->of.string;
        break;
    default: /* JSON has no others */
        return false;
    }
    return true;
}

static size_t element_size(vs_literal_kind kind)
{
    switch (kind) {
    case VS_LITERAL_BOOLS:
        return sizeof(bool);
    case VS_LITERAL_STRINGS:
        return sizeof(const char *);
    default:
        return sizeof(int64_t);
    }
}

const vs_literal *vs__program_literal(vs__runner *runner, const vs__value *value, vs__specials specials,
                                      const char **problem)
{
    struct making making = {.runner = runner, .specials = specials};
    if (!measure_depth(&making, value) || !measure(&making, value, 0))
        return NULL;
    choose_kind(&making);
    if (making.problem) {
        if (problem)
            *problem = making.problem;
        else
            vs__program_fail(runner, VS_INVALID_ARGUMENT, "a list %s", making.problem);
        return NULL;
    }
    vs_literal *literal = vs__program_scratch(runner, 1, sizeof *literal);
    int64_t *dims = vs__program_scratch(runner, making.rank, sizeof *dims);
    making.data = vs__program_scratch(runner, making.count, element_size(making.kind));
    if (!literal || !dims || !making.data || !fill(&making, value))
        return NULL;
    memcpy(dims, making.dims, making.rank * sizeof *dims);
    *literal = (vs_literal){making.kind, making.rank, dims, making.data};
    return literal;
}

/* ---- tensors and shapes ---- */

/* Whether a list has a tensor or variable in it, or in a list in it. false: failed. */
static bool find_tensor(vs__runner *runner, const vs__value *list, bool *found)
{
    size_t count = vs__program_num_items(list);
    *found = false;
    for (size_t i = 0; i < count && !*found; i++) {
        vs__value item;
        if (!vs__program_item(runner, list, i, &item))
            return false;
        if (is_nested(&item) && !find_tensor(runner, &item, found))
            return false;
        *found = *found || item.kind == VS__VALUE_TENSOR || item.kind == VS__VALUE_VARIABLE;
    }
    return true;
}

/* A list that holds a tensor: it is packed where it is used. */
static bool list_of(vs__runner *runner, const vs__value *value, vs__specials specials, vs_tensor *out)
{
    size_t count = vs__program_num_items(value);
    vs_tensor *items = vs__program_scratch(runner, count, sizeof *items);
    if (!items)
        return false;
    for (size_t i = 0; i < count; i++) {
        vs__value item;
        if (!vs__program_item(runner, value, i, &item) || !vs__program_tensor(runner, &item, specials, &items[i]))
            return false;
    }
    *out = vs_list(items, count);
    return true;
}

bool vs__program_tensor(vs__runner *runner, const vs__value *value, vs__specials specials, vs_tensor *out)
{
    double number;
    switch (value->kind) {
    case VS__VALUE_BOOL:
        *out = vs_bool(value->of.boolean);
        return true;
    case VS__VALUE_INT:
        *out = vs_int(value->of.integer);
        return true;
    case VS__VALUE_REAL:
        *out = vs_real(value->of.real);
        return true;
    case VS__VALUE_STRING:
        if (specials == VS__SPECIALS_ARE_NUMBERS && vs__program_special(value->of.string, &number))
            *out = vs_real(number);
        else
            *out = vs_string(value->of.string);
        return true;
    case VS__VALUE_VARIABLE:
        *out = vs_value(value->of.variable);
        return true;
    case VS__VALUE_TENSOR:
        *out = value->of.tensor;
        return true;
    case VS__VALUE_ARRAY:
    case VS__VALUE_LIST: {
        bool has_tensor;
        if (!find_tensor(runner, value, &has_tensor))
            return false;
        if (has_tensor)
            return list_of(runner, value, specials, out);
        const vs_literal *literal = vs__program_literal(runner, value, specials, NULL);
        if (literal)
            *out = vs_literal_tensor(literal);
        return literal != NULL;
    }
    case VS__VALUE_NOTHING:
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "null where a tensor must stand");
    case VS__VALUE_OPERATION:
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "an operation where a tensor must stand");
    case VS__VALUE_SCOPE:
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "a variable scope where a tensor must stand");
    }
    return false;
}

bool vs__program_node(vs__runner *runner, const vs__value *value, vs_tensor *out)
{
    if (value->kind != VS__VALUE_OPERATION)
        return vs__program_tensor(runner, value, VS__SPECIALS_ARE_TEXT, out);
    *out = vs_operation_as_tensor(value->of.operation);
    return true;
}

static bool dimension(vs__runner *runner, const vs__value *value, const char *what, vs__dims dims,
                      int64_t *out)
{
    if (value->kind == VS__VALUE_NOTHING)
        *out = -1;
    else if (value->kind == VS__VALUE_INT && value->of.integer >= 0)
        *out = value->of.integer;
    else if (value->kind == VS__VALUE_REAL && dims == VS__DIMS_BY_INT && value->of.real > -1 &&
             value->of.real < (double)INT64_MAX)
        *out = (int64_t)value->of.real;
    else
        return vs__program_fail(runner, VS_INVALID_ARGUMENT,
                                "%s: a dimension must be null or an integer that is not negative", what);
    return true;
}

bool vs__program_shape(vs__runner *runner, const vs__value *value, const char *what, vs__dims dims,
                       vs_shape *out)
{
    size_t rank = vs__program_num_items(value);
    if (!is_nested(value))
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "%s must be a list of integers", what);
    if (rank > VS_MAX_RANK)
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "%s has more than %d dimensions", what,
                                VS_MAX_RANK);
    int64_t *numbers = vs__program_scratch(runner, rank, sizeof *numbers);
    if (!numbers)
        return false;
    for (size_t i = 0; i < rank; i++) {
        vs__value item;
        if (!vs__program_item(runner, value, i, &item) || !dimension(runner, &item, what, dims, &numbers[i]))
            return false;
    }
    *out = (vs_shape){VS_SHAPE_RANKED, (uint32_t)rank, numbers};
    return true;
}
