/* {"call": "op"}: inputs and attributes whose types only the op knows.
 *
 * The form of a JSON value says what it can be, and vs_op_with() takes what the op registered: a string may
 * be a dtype, a list of integers a shape, an integer a real. A list of literals is handed over as one
 * literal and as a list of them. */
#include <string.h>

#include <varscope/operation.h>

#include "node.h"
#include "op_registry.h"
#include "wire.h"
#include "program_calls.h"
#include "program_values.h"

/* ---- inputs ---- */

static bool convert_list_input(vs__runner *runner, const vs__value *value, vs_op_input *out)
{
    bool has_nodes = false;
    size_t count = vs__program_num_items(value);
    vs_tensor *tensors = vs__program_scratch(runner, count, sizeof *tensors);
    if (!tensors)
        return false;
    for (size_t i = 0; i < count; i++) {
        vs__value item;
        if (!vs__program_item(runner, value, i, &item) ||
            !vs__program_tensor(runner, &item, VS__SPECIALS_ARE_TEXT, &tensors[i]))
            return false;
        uint32_t kind = tensors[i].kind;
        has_nodes |= kind == VS__TENSOR_OUTPUT || kind == VS__TENSOR_VARIABLE || kind == VS__TENSOR_LIST;
    }
    out->list = tensors;
    out->count = count;
    if (has_nodes) { /* packed, unless the op takes a list */
        out->tensor = vs_list(tensors, count);
        return true;
    }
    out->is_list = true;
    const char *problem = NULL; /* no literal of its own, as [1, "a"] is none: still a list of them */
    const vs_literal *literal = vs__program_literal(runner, value, VS__SPECIALS_ARE_TEXT, &problem);
    if (literal) {
        out->tensor = vs_literal_tensor(literal);
        out->is_list = false; /* one tensor, unless the op takes a list */
    }
    return !vs__program_failed(runner);
}

static bool convert_input(vs__runner *runner, const json_t *json, vs_op_input *out)
{
    vs__value value;
    if (!vs__program_resolve(runner, json, &value))
        return false;
    if (value.kind == VS__VALUE_ARRAY || value.kind == VS__VALUE_LIST)
        return convert_list_input(runner, &value, out);
    return vs__program_tensor(runner, &value, VS__SPECIALS_ARE_TEXT, &out->tensor);
}

static bool convert_inputs(vs__runner *runner, const json_t *given, vs_op_args *args)
{
    vs_op_input *inputs = vs__program_scratch(runner, json_object_size(given), sizeof *inputs);
    const char *name;
    json_t *json;
    size_t count = 0;
    if (!inputs)
        return false;
    json_object_foreach((json_t *)given, name, json)
    {
        inputs[count] = (vs_op_input){.name = name};
        if (!convert_input(runner, json, &inputs[count++]))
            return false;
    }
    args->inputs = inputs;
    args->num_inputs = count;
    return true;
}

/* ---- attributes ---- */

/* What the members of a list are. */
typedef struct survey {
    size_t ints, reals, bools, nulls, lists, strings, specials;
} survey;

static bool survey_items(vs__runner *runner, const vs__value *value, survey *out)
{
    double number;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < vs__program_num_items(value); i++) {
        vs__value item;
        if (!vs__program_item(runner, value, i, &item))
            return false;
        out->ints += item.kind == VS__VALUE_INT;
        out->reals += item.kind == VS__VALUE_REAL;
        out->bools += item.kind == VS__VALUE_BOOL;
        out->nulls += item.kind == VS__VALUE_NOTHING;
        out->lists += item.kind == VS__VALUE_ARRAY;
        out->strings += item.kind == VS__VALUE_STRING;
        out->specials += item.kind == VS__VALUE_STRING && vs__program_special(item.of.string, &number);
    }
    return true;
}

static bool put_item(vs__runner *runner, vs_attr_kind kind, const vs__value *item, void *items, size_t i)
{
    double *real = (double *)items + i;
    switch (kind) {
    case VS_ATTR_INTS:
        ((int64_t *)items)[i] = item->of.integer;
        return true;
    case VS_ATTR_BOOLS:
        ((bool *)items)[i] = item->of.boolean;
        return true;
    case VS_ATTR_STRINGS:
        ((const char **)items)[i] = item->of.string;
        return true;
    case VS_ATTR_REALS:
        if (item->kind == VS__VALUE_STRING)
            return vs__program_special(item->of.string, real);
        *real = item->kind == VS__VALUE_INT ? (double)item->of.integer : item->of.real;
        return true;
    default:
        if (item->kind == VS__VALUE_NOTHING) {
            ((vs_shape *)items)[i] = VS_UNKNOWN_SHAPE;
            return true;
        }
        return vs__program_shape(runner, item, "a shape", VS__DIMS_ARE_INTS, &((vs_shape *)items)[i]);
    }
}

static vs_attr_kind kind_of_items(const survey *found, size_t count)
{
    if (found->ints == count) /* of no members too: any list may be empty */
        return VS_ATTR_INTS;
    if (found->bools == count)
        return VS_ATTR_BOOLS;
    if (found->strings == count)
        return VS_ATTR_STRINGS;
    if (found->ints + found->reals + found->specials == count)
        return VS_ATTR_REALS;
    if (found->ints + found->nulls == count && found->ints)
        return VS_ATTR_SHAPE;
    if (found->lists + found->nulls == count)
        return found->lists ? VS_ATTR_SHAPES : VS_ATTR_SHAPE;
    return 0;
}

static bool convert_list_attr(vs__runner *runner, const vs__value *value, vs_op_attr *out)
{
    survey found;
    if (!survey_items(runner, value, &found))
        return false;
    size_t count = vs__program_num_items(value);
    out->kind = kind_of_items(&found, count);
    if (!out->kind)
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "attribute %s: mixed kinds in a list",
                                out->name);
    if (out->kind == VS_ATTR_SHAPE)
        return vs__program_shape(runner, value, out->name, VS__DIMS_ARE_INTS, &out->value.shape);
    void *items = vs__program_scratch(runner, count, sizeof(vs_shape)); /* the largest of them */
    if (!items)
        return false;
    for (size_t i = 0; i < count; i++) {
        vs__value item;
        if (!vs__program_item(runner, value, i, &item) || !put_item(runner, out->kind, &item, items, i))
            return false;
    }
    out->value.list.count = count;
    out->value.list.items = items;
    return true;
}

static bool convert_attr(vs__runner *runner, const vs__value *value, vs_op_attr *out)
{
    switch (value->kind) {
    case VS__VALUE_BOOL:
        out->kind = VS_ATTR_BOOL;
        out->value.integer = value->of.boolean;
        return true;
    case VS__VALUE_INT:
        out->kind = VS_ATTR_INT;
        out->value.integer = value->of.integer;
        return true;
    case VS__VALUE_REAL:
        out->kind = VS_ATTR_REAL;
        out->value.real = value->of.real;
        return true;
    case VS__VALUE_STRING:
        out->kind = VS_ATTR_STRING;
        out->value.string = value->of.string;
        return true;
    case VS__VALUE_ARRAY:
    case VS__VALUE_LIST:
        return convert_list_attr(runner, value, out);
    default:
        return vs__program_fail(runner, VS_INVALID_ARGUMENT, "attribute %s: no attribute can hold this",
                                out->name);
    }
}

/* Whether null is a value of an attribute: a shape that is not known, where there is no default. */
static bool null_is_shape(const char *op, const char *name)
{
    const vs__op_def *def = vs__op_def_find(op, strlen(op));
    int at = def ? vs__op_attr_find(def, name, strlen(name)) : -1;
    const vs__attr_def *attr = at < 0 ? NULL : vs__op_attr(def, (unsigned)at);
    return attr && attr->kind == VS__ATTR_SHAPE && !attr->is_list && !attr->has_default;
}

static bool convert_attrs(vs__runner *runner, const json_t *given, vs_op_args *args)
{
    vs_op_attr *attrs = vs__program_scratch(runner, json_object_size(given), sizeof *attrs);
    const char *name;
    json_t *json;
    size_t count = 0;
    if (!attrs)
        return false;
    json_object_foreach((json_t *)given, name, json)
    {
        vs__value value;
        if (!vs__program_resolve(runner, json, &value))
            return false;
        attrs[count] = (vs_op_attr){.name = name, .kind = VS_ATTR_SHAPE, .value.shape = VS_UNKNOWN_SHAPE};
        if (value.kind == VS__VALUE_NOTHING) { /* else it takes the default */
            count += null_is_shape(args->op, name);
            continue;
        }
        if (!convert_attr(runner, &value, &attrs[count++]))
            return false;
    }
    args->attrs = attrs;
    args->num_attrs = count;
    return true;
}

/* ---- the call ---- */

/* How many tensors an attribute counts: it is their number, or lists their types (`i`, or `list` of an AttrValue). */
static uint32_t count_of(const vs_operation *operation, const char *name)
{
    enum { FIELD_INT = 3, FIELD_TYPE = 6 };
    size_t size;
    const uint8_t *bytes = vs__node_attr(operation, name, &size);
    vs__wire_reader attr = vs__wire_read(bytes, bytes ? size : 0);
    uint32_t count = 0;
    while (vs__wire_next(&attr)) {
        if (attr.field == FIELD_INT)
            return (uint32_t)attr.value;
        vs__wire_reader list = vs__wire_read(attr.data, attr.size);
        while (vs__wire_next(&list))
            for (size_t i = 0; list.field == FIELD_TYPE && i < list.size; i++)
                count += list.data[i] < 0x80; /* the last byte of a number */
    }
    return count;
}

static vs__list *new_list(vs__runner *runner, size_t count)
{
    vs__list *list = vs__program_bindings_list(runner->bindings, count);
    if (!list)
        vs__program_fail_memory(runner);
    return list;
}

/* One of the op's outputs: a tensor, or the list of those that an attribute counts. */
static bool give_output(vs__runner *runner, const vs_operation *operation, const vs__arg_def *arg, uint32_t *next,
                        vs__value *out)
{
    const vs__op_def *def = vs__op_def_at(operation->op);
    if (arg->number_attr < 0 && arg->type_list_attr < 0) {
        *out = (vs__value){VS__VALUE_TENSOR, {.tensor = vs_operation_output(operation, (*next)++)}};
        return true;
    }
    int at = arg->number_attr < 0 ? arg->type_list_attr : arg->number_attr;
    uint32_t count = count_of(operation, vs__attr_name(vs__op_attr(def, (unsigned)at)));
    vs__list *list = new_list(runner, count);
    for (uint32_t i = 0; list && i < count; i++)
        list->items[i] = (vs__value){VS__VALUE_TENSOR, {.tensor = vs_operation_output(operation, (*next)++)}};
    *out = (vs__value){VS__VALUE_LIST, {.list = list}};
    return list != NULL;
}

/* The op's output, a list of them where there are several, or, of an op without outputs, the op. */
static void give_outputs(vs__runner *runner, const vs_operation *operation, vs__value *out)
{
    const vs__op_def *def = vs__op_def_at(operation->op);
    vs__value whole = {VS__VALUE_OPERATION, {.operation = operation}};
    vs__list *list = def->n_outputs > 1 ? new_list(runner, def->n_outputs) : NULL;
    uint32_t next = 0;
    for (unsigned i = 0; i < def->n_outputs && (list || def->n_outputs == 1); i++)
        if (!give_output(runner, operation, vs__op_output(def, i), &next, list ? &list->items[i] : &whole))
            return;
    if (list)
        whole = (vs__value){VS__VALUE_LIST, {.list = list}};
    if (list || def->n_outputs <= 1)
        *out = whole;
}

void vs__program_op_call(vs__runner *runner, void *arguments, vs__value *out)
{
    const vs__program_op_args *given = arguments;
    vs_op_args args = {.call = given->call, .op = given->op, .name = given->name};
    args.call.size = sizeof args;
    if ((given->inputs && !convert_inputs(runner, given->inputs, &args)) ||
        (given->attrs && !convert_attrs(runner, given->attrs, &args)))
        return;
    const vs_operation *operation = vs_op_with(&args);
    if (operation)
        give_outputs(runner, operation, out);
}
