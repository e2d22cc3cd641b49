/* Building an op from its definition: names, inputs, types, attributes, shapes (op_def_library.py). */
#include <stdio.h>
#include <string.h>

#include "builder.h"
#include "dtypes.h"
#include "explain.h"
#include "infer.h"
#include "pack.h"
#include "shared_names.h"

enum { LONGEST_NAME = 4096 };

/* What may stand in a name: 1 anywhere, 2 not at its beginning. */
static const unsigned char name_bytes[256] = {
    ['.'] = 1, ['_'] = 2, ['/'] = 2, ['>'] = 2, ['-'] = 2,
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
    ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1,
    ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1,
    ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1,
    ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1,
    ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1,
    ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

static bool is_name_byte(char c, bool first)
{
    unsigned char allowed = name_bytes[(unsigned char)c];
    return allowed == 1 || (allowed && !first);
}

bool vs__name_check(vs__builder *builder, const char *name)
{
    size_t length = strlen(name);
    /* With a trailing slash it is taken from the root on, wherever that is said. */
    bool at_root = builder->scope->length == 0 || (length && name[length - 1] == '/');
    if (length > LONGEST_NAME)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "a name of %zu bytes is too long: at most %d", length, LONGEST_NAME);
    for (size_t i = 0; i < length; i++)
        if (!is_name_byte(name[i], at_root && i == 0))
            return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                            "'%s' is no valid name%s: use letters, digits and ._/>-%s", name,
                            at_root ? " at the root" : "", at_root ? ", and begin with a letter, digit or dot" : "");
    return true;
}

/* vs__name_reserve() in the builder's scope, with a note of it where notes are kept. */
static bool reserve(vs__builder *builder, vs_named_kind kind, const char *name, size_t length, bool is_given,
                    vs__name *out)
{
    if (!vs__name_reserve(&builder->names, &builder->arena, builder->scope, name, length, !is_given, out))
        return false;
    if (vs__shared_names_matter(builder) && !vs__shared_names_note(builder, out))
        return false;
    vs__explain *explain = vs__explains(builder->graph);
    if (explain)
        vs__explain_name(builder, explain, kind, name, length, is_given, out);
    return true;
}

vs__scope *vs__scope_open(vs__builder *builder, const char *name)
{
    if (strcmp(name, "/") == 0 && builder->scope->length) /* of nothing, from the root on; there itself it is no name */
        return builder->graph->root;
    if (!vs__name_check(builder, name))
        return NULL;
    size_t length = strlen(name);
    vs__scope *scope = NULL;
    vs__name unique;
    if (length && name[length - 1] == '/')
        scope = vs__scope_at(&builder->arena, builder->graph, name, length);
    else if (reserve(builder, VS_NAMED_NAME_SCOPE, name, length, true, &unique))
        scope = vs__name_scope(&builder->arena, &unique);
    if (!scope)
        vs__fail_memory(builder->error, builder->call);
    return scope;
}

bool vs__op_scope_open(vs__builder *builder, const char *name, const char *default_name, vs__op_scope *out)
{
    bool given = name != NULL;
    size_t length = strlen(given ? name : default_name);
    *out = (vs__op_scope){.is_root = length == 0};
    if (out->is_root)
        out->inside = builder->graph->root;
    if (out->is_root || (given && !vs__name_check(builder, name)))
        return out->is_root;
    bool done = given && name[length - 1] == '/'
                    ? vs__name_exact(&builder->arena, builder->graph->root, name, length - 1, &out->name)
                    : reserve(builder, VS_NAMED_OPERATION, given ? name : default_name, length, given, &out->name);
    return done || vs__fail_memory(builder->error, builder->call);
}

bool vs__op_scope_enter(vs__builder *builder, vs__op_scope *scope)
{
    if (!scope->inside)
        scope->inside = vs__name_scope(&builder->arena, &scope->name);
    if (!scope->inside)
        return vs__fail_memory(builder->error, builder->call);
    scope->before = builder->scope;
    builder->scope = scope->inside;
    return true;
}

void vs__op_scope_leave(vs__builder *builder, vs__op_scope *scope)
{
    builder->scope = scope->before;
}

/* An op on its way. */
typedef struct building {
    vs__builder *builder;
    const vs__op_request *request;
    const vs__op_def *def;
    vs__attr_value *attrs;
    const vs__output **inputs; /* flattened */
    bool *is_ref;
    size_t n_inputs;
    bool has_ref;
    int64_t *types; /* storage for list(type) attributes that are inferred */
    size_t n_types;
    bool name_used;
    const vs__plan *plan; /* how such an op was built before; NULL: not known */
    vs__plan_key key;     /* to keep how it is built now; size 0: not */
} building;

static bool fail(const building *op, const char *what, const char *name)
{
    return vs__fail(op->builder->error, VS_INVALID_ARGUMENT, op->builder->call, "op %s: %s %s", vs__op_name(op->def),
                    what, name);
}

/* Whether converting an input makes a node. */
static bool makes_node(const vs__builder *builder, vs_tensor tensor, bool as_ref)
{
    if (tensor.kind == VS__TENSOR_VARIABLE)
        return builder->read_makes_node(tensor.of.pointer, as_ref);
    return tensor.kind != VS__TENSOR_OUTPUT && tensor.kind != VS__TENSOR_NULL;
}

/* How many input arguments are converted. */
static unsigned num_args(const vs__op_request *request)
{
    return request->fault ? request->n_converted : request->def->n_inputs;
}

static bool needs_scope(const vs__builder *builder, const vs__op_request *request)
{
    for (unsigned i = 0; i < num_args(request); i++)
        for (size_t k = 0; k < request->args[i].count; k++)
            if (makes_node(builder, request->args[i].tensors[k], vs__op_input(request->def, i)->is_ref))
                return true;
    return false;
}

/* The dtype that an input must have by now, and the one that a literal should rather have. */
static void wanted_dtype(const building *op, const vs__arg_def *arg, vs_dtype *dtype, vs_dtype *preferred)
{
    *dtype = (vs_dtype)arg->dtype;
    *preferred = VS_DTYPE_NONE;
    if (*dtype != VS_DTYPE_NONE || arg->type_attr < 0)
        return;
    const vs__attr_def *attr = vs__op_attr(op->def, (unsigned)arg->type_attr);
    if (op->attrs[arg->type_attr].is_set)
        *dtype = (vs_dtype)op->attrs[arg->type_attr].integer;
    else if (attr->has_default)
        *preferred = (vs_dtype)vs__attr_default_int(attr);
}

static bool type_allowed(const building *op, const vs__arg_def *arg, vs_dtype dtype)
{
    uint64_t allowed = vs__attr_allowed_types(vs__op_attr(op->def, (unsigned)arg->type_attr));
    return !allowed || (dtype < 64 && allowed >> dtype & 1);
}

/* Take the type of an input for its type attribute, or compare it with what is there. */
static bool bind_type(building *op, const vs__arg_def *arg, vs_dtype dtype)
{
    if (arg->type_attr < 0)
        return true;
    vs__attr_value *value = &op->attrs[arg->type_attr];
    if (!value->is_set) {
        if (!type_allowed(op, arg, dtype)) {
            char types[384];
            const vs__attr_def *attr = vs__op_attr(op->def, (unsigned)arg->type_attr);
            return vs__fail(op->builder->error, VS_INVALID_ARGUMENT, op->builder->call,
                            "op %s does not allow dtype %s for its input %s, but %s", vs__op_name(op->def),
                            vs_dtype_name(dtype), vs__arg_name(arg), vs__attr_format_allowed(attr, types, sizeof types));
        }
        *value = (vs__attr_value){.is_set = true, .integer = dtype};
        return true;
    }
    return value->integer == (int64_t)dtype ||
           vs__fail(op->builder->error, VS_INVALID_ARGUMENT, op->builder->call,
                    "op %s: input %s has dtype %s, which does not match %s of an earlier argument", vs__op_name(op->def),
                    vs__arg_name(arg), vs_dtype_name(dtype), vs_dtype_name((vs_dtype)value->integer));
}

static bool add_input(building *op, const vs__arg_def *arg, const vs__output *output)
{
    bool is_ref = output->dtype > VS_DTYPE_REF;
    if (arg->is_ref && !is_ref)
        return fail(op, "needs a ref variable as its input", vs__arg_name(arg));
    /* To be colocated with: as TensorFlow pairs them, the input stands beside the argument of its own number. */
    size_t i = op->n_inputs++;
    op->is_ref[i] = i < op->def->n_inputs && vs__op_input(op->def, (unsigned)i)->is_ref;
    op->has_ref |= op->is_ref[i];
    op->inputs[i] = output;
    return true;
}

/* What TensorFlow leaves behind of conversions whose failure it does not look at: each tensor, until one fails. */
static void leave_converted(const building *op, const vs__arg_def *arg, const vs_tensor *tensors, size_t count,
                            const char *name)
{
    const vs__output *ignored_output;
    vs_error ignored = {.code = VS_OK}, *error = op->builder->error;
    bool going = true;
    op->builder->error = &ignored;
    for (size_t i = 0; going && i < count; i++)
        going = vs__convert(op->builder, tensors[i], name, VS_DTYPE_NONE, VS_DTYPE_NONE, arg->is_ref, &ignored_output);
    op->builder->error = error;
    if (ignored.code == VS_RESOURCE_EXHAUSTED && error->code == VS_OK)
        *error = ignored;
}

/*
 * What TensorFlow tries first and leaves behind: a literal by itself, when only then the default type of the attribute
 * shall decide; and a variable of another dtype than the op takes, to say which it has.
 */
static bool try_conversion(building *op, const vs__arg_def *arg, vs_tensor tensor, vs_dtype dtype, vs_dtype *preferred)
{
    const vs__output *ignored;
    if (tensor.kind == VS__TENSOR_VARIABLE) {
        vs_dtype found = vs_dtype_base(vs_tensor_dtype(tensor));
        bool fits = dtype != VS_DTYPE_NONE ? found == vs_dtype_base(dtype)
                                           : *preferred == VS_DTYPE_NONE || type_allowed(op, arg, found);
        return fits || !vs__tensor_check(op->builder, tensor, vs__arg_name(arg)) ||
               op->builder->read_variable(op->builder, tensor.of.pointer, arg->is_ref, &ignored);
    }
    if (*preferred == VS_DTYPE_NONE || !vs__attr_allowed_types(vs__op_attr(op->def, (unsigned)arg->type_attr)))
        return true;
    vs_dtype natural = vs__tensor_natural_dtype(tensor);
    if (vs__list_is_mixed(tensor)) /* its failure to be of one dtype says nothing yet */
        leave_converted(op, arg, &tensor, 1, vs__arg_name(arg));
    else if (natural != VS_DTYPE_NONE && !type_allowed(op, arg, natural))
        return vs__convert(op->builder, tensor, vs__arg_name(arg), VS_DTYPE_NONE, VS_DTYPE_NONE, false, &ignored);
    else
        *preferred = VS_DTYPE_NONE;
    return op->builder->error->code == VS_OK;
}

/* Whether what does not convert fails for another reason than its dtype: it is converted once more then, without one. */
static bool is_of_dtype(vs_tensor tensor, vs_dtype dtype)
{
    if (tensor.kind == VS__TENSOR_LIST)
        return !vs__list_is_mixed(tensor);
    return tensor.kind == VS__TENSOR_VARIABLE &&
           (dtype == VS_DTYPE_NONE || vs_dtype_base(dtype) == vs_dtype_base(vs_tensor_dtype(tensor)));
}

static bool single_input(building *op, const vs__arg_def *arg, const vs__arg_value *value)
{
    vs_dtype dtype, preferred;
    if (value->count != 1)
        return fail(op, value->count ? "takes one tensor for its input" : "needs its input", vs__arg_name(arg));
    wanted_dtype(op, arg, &dtype, &preferred);
    vs_tensor tensor = value->tensors[0];
    const vs__output *output;
    bool tried = try_conversion(op, arg, tensor, dtype, &preferred);
    if (!tried || !vs__convert(op->builder, tensor, vs__arg_name(arg), dtype, preferred, arg->is_ref, &output)) {
        if ((tried || tensor.kind == VS__TENSOR_LIST) && is_of_dtype(tensor, dtype))
            leave_converted(op, arg, &tensor, 1, "Const"); /* to say which dtype it would have */
        return false;
    }
    return add_input(op, arg, output) && bind_type(op, arg, vs_dtype_base((vs_dtype)output->dtype));
}

/* The dtype of a list of one type: of its attribute, or else of its first tensor. */
static vs_dtype list_dtype(const building *op, const vs__arg_def *arg, const vs__arg_value *value,
                           vs_dtype *preferred)
{
    vs_dtype dtype;
    wanted_dtype(op, arg, &dtype, preferred);
    for (size_t i = 0; dtype == VS_DTYPE_NONE && i < value->count; i++)
        if (value->tensors[i].kind == VS__TENSOR_OUTPUT)
            dtype = vs_dtype_base(vs_tensor_dtype(value->tensors[i]));
    return dtype;
}

static bool set_number(building *op, const vs__arg_def *arg, size_t count)
{
    vs__attr_value *number = &op->attrs[arg->number_attr];
    if (number->is_set && number->integer != (int64_t)count)
        return fail(op, "lists of different lengths: input", vs__arg_name(arg));
    const vs__attr_def *attr = vs__op_attr(op->def, (unsigned)arg->number_attr);
    if (attr->has_minimum && (int64_t)count < attr->minimum)
        return vs__fail(op->builder->error, VS_INVALID_ARGUMENT, op->builder->call,
                        "op %s needs at least %d tensors for its input %s, not %zu", vs__op_name(op->def),
                        attr->minimum, vs__arg_name(arg), count);
    *number = (vs__attr_value){.is_set = true, .integer = (int64_t)count};
    return true;
}

static bool list_input(building *op, const vs__arg_def *arg, const vs__arg_value *value)
{
    vs_dtype preferred = VS_DTYPE_NONE;
    vs_dtype dtype = arg->number_attr >= 0 ? list_dtype(op, arg, value, &preferred) : VS_DTYPE_NONE;
    int64_t *types = op->types + op->n_types;
    const vs__output **outputs = op->inputs + op->n_inputs;
    for (size_t i = 0; i < value->count; i++) {
        char name[280];
        snprintf(name, sizeof name, "%s_%zu", vs__arg_name(arg), i);
        if (!vs__convert(op->builder, value->tensors[i], name, dtype, preferred, arg->is_ref, &outputs[i])) {
            if (dtype != VS_DTYPE_NONE)
                leave_converted(op, arg, value->tensors, value->count, "Const"); /* to say which dtypes there are */
            return false;
        }
        types[i] = vs_dtype_base((vs_dtype)outputs[i]->dtype);
    }
    for (size_t i = 0; i < value->count; i++) /* once all are converted */
        if (!add_input(op, arg, outputs[i]) || (arg->number_attr >= 0 && !bind_type(op, arg, (vs_dtype)types[i])))
            return false;
    if (arg->number_attr >= 0)
        return set_number(op, arg, value->count);
    vs__attr_value *list = &op->attrs[arg->type_list_attr];
    if (list->is_set && (list->count != value->count || memcmp(list->data, types, value->count * sizeof *types)))
        return fail(op, "types differ from those of an earlier argument: input", vs__arg_name(arg));
    *list = (vs__attr_value){.is_set = true, .data = types, .count = value->count};
    op->n_types += value->count;
    return true;
}

static bool convert_inputs(building *op)
{
    for (unsigned i = 0; i < num_args(op->request); i++) {
        const vs__arg_def *arg = vs__op_input(op->def, i);
        bool is_list = arg->number_attr >= 0 || arg->type_list_attr >= 0;
        if (!(is_list ? list_input : single_input)(op, arg, &op->request->args[i]))
            return false;
    }
    return !op->request->fault || vs__fail(op->builder->error, VS_INVALID_ARGUMENT, op->builder->call, "op %s %s",
                                           vs__op_name(op->def), op->request->fault);
}

/* ---- ops that were built like this before (plan.h) ---- */

/* An input that is there without making a node; NULL: it is not, or not as the op wants it. */
static const vs__output *plain_input(const building *op, const vs__arg_def *arg, const vs__arg_value *value)
{
    if (arg->number_attr >= 0 || arg->type_list_attr >= 0 || value->count != 1)
        return NULL;
    vs_tensor tensor = value->tensors[0];
    const vs__output *output = NULL;
    if (tensor.kind == VS__TENSOR_OUTPUT)
        output = tensor.of.pointer;
    else if (tensor.kind != VS__TENSOR_VARIABLE || op->builder->read_makes_node(tensor.of.pointer, arg->is_ref) ||
             !op->builder->read_variable(op->builder, tensor.of.pointer, arg->is_ref, &output))
        return NULL;
    bool fits = vs__output_graph(output) == op->builder->graph && (!arg->is_ref || output->dtype > VS_DTYPE_REF);
    return fits ? output : NULL;
}

/*
 * Find the plan of an op all of whose inputs are there, and take these. Of one that is built for the first time the
 * key is kept, and its inputs are taken by convert_inputs(), which says what is wrong with them.
 */
static void find_plan(building *op)
{
    enum { MOST = 8 };
    uint16_t dtypes[MOST];
    unsigned n = op->def->n_inputs;
    op->key.size = 0;
    if (n > MOST || op->request->fault)
        return;
    for (unsigned i = 0; i < n; i++) {
        const vs__arg_def *arg = vs__op_input(op->def, i);
        const vs__output *output = plain_input(op, arg, &op->request->args[i]);
        if (!output)
            return;
        op->inputs[i] = output;
        op->is_ref[i] = arg->is_ref;
        dtypes[i] = output->dtype;
    }
    vs__plan_key_write(&op->key, op->def, dtypes, n, op->attrs);
    op->plan = vs__plan_find(op->builder->plans, &op->key);
    if (!op->plan)
        return;
    op->n_inputs = n;
    for (unsigned i = 0; i < n; i++)
        op->has_ref |= op->is_ref[i];
}

/* ---- attributes and outputs ---- */

/* The number of outputs, or one below zero with the error set. */
static int64_t count_outputs(const building *op)
{
    int64_t count = 0;
    for (unsigned i = 0; i < op->def->n_outputs; i++) {
        const vs__arg_def *arg = vs__op_output(op->def, i);
        if (arg->number_attr >= 0)
            count += op->attrs[arg->number_attr].integer;
        else if (arg->type_list_attr >= 0)
            count += (int64_t)op->attrs[arg->type_list_attr].count;
        else
            count++;
        if (count > UINT16_MAX) {
            fail(op, "has more than 65,535 outputs:", vs__arg_name(arg));
            return -1;
        }
    }
    return count;
}

static void fill_output_types(const building *op, uint16_t *dtypes)
{
    for (unsigned i = 0; i < op->def->n_outputs; i++) {
        const vs__arg_def *arg = vs__op_output(op->def, i);
        const vs__attr_value *list = arg->type_list_attr >= 0 ? &op->attrs[arg->type_list_attr] : NULL;
        int64_t count = arg->number_attr >= 0 ? op->attrs[arg->number_attr].integer : list ? (int64_t)list->count : 1;
        for (int64_t k = 0; k < count; k++) {
            int64_t type = list                  ? ((const int64_t *)list->data)[k]
                           : arg->type_attr >= 0 ? op->attrs[arg->type_attr].integer
                                                 : arg->dtype;
            *dtypes++ = (uint16_t)(type + (arg->is_ref ? VS_DTYPE_REF : 0));
        }
    }
}

static const char *default_name(const building *op)
{
    return op->request->default_name ? op->request->default_name : vs__op_name(op->def);
}

/* The node, from its outputs' types on: their shapes, and all that is its own. */
static const vs_operation *emit(building *op, vs__op_scope *scope, const vs__blob *attrs, const uint16_t *dtypes,
                                const vs__blob **shapes, size_t n_outputs)
{
    const char *name = op->request->name;
    bool given = name && *name;
    vs__inference inference = {op->builder, op->def, op->inputs, op->n_inputs, op->attrs,
                               op->plan ? op->attrs : NULL, NULL, shapes, n_outputs};
    if (!vs__infer_shapes(&inference) || (!attrs && !(attrs = vs__attrs_intern(op->builder, op->def, op->attrs))))
        return NULL;
    if (!op->plan && !vs__plan_keep(&op->builder->plans, &op->builder->arena, &op->key, attrs, dtypes, n_outputs)) {
        vs__fail_memory(op->builder->error, op->builder->call);
        return NULL;
    }
    const vs__node_parts parts = {
        .def = op->def, .attrs = attrs, .inputs = op->inputs, .n_inputs = op->n_inputs,
        .dtypes = dtypes, .shapes = shapes, .n_outputs = n_outputs,
        .has_ref_input = op->has_ref, .is_ref = op->is_ref,
        .name = given ? name : default_name(op), .name_is_static = !given, .scope = scope,
        .name_used = &op->name_used,
    };
    return vs__emit(op->builder, &parts);
}

/* From converted inputs on: attributes, outputs, and the node. */
static const vs_operation *complete(building *op, vs__op_scope *scope)
{
    if (op->plan) {
        const vs__blob *shapes[VS__PLAN_OUTPUTS] = {NULL};
        return emit(op, scope, op->plan->attrs, op->plan->dtypes, shapes, op->plan->n_outputs);
    }
    if (!vs__attrs_complete(op->builder, op->def, op->attrs))
        return NULL;
    int64_t count = count_outputs(op);
    if (count < 0)
        return NULL;
    enum { FEW = 8 };
    uint16_t few_types[FEW];
    const vs__blob *few_shapes[FEW] = {NULL};
    size_t n = (size_t)count, size = n * (sizeof(vs__blob *) + sizeof(uint16_t));
    const vs__blob **shapes = n <= FEW ? few_shapes : vs__allocate_zeroed(size);
    if (!shapes) {
        vs__fail_memory(op->builder->error, op->builder->call);
        return NULL;
    }
    uint16_t *dtypes = n <= FEW ? few_types : (uint16_t *)(shapes + n);
    fill_output_types(op, dtypes);
    const vs_operation *node = emit(op, scope, NULL, dtypes, shapes, n);
    if (n > FEW)
        vs__release(shapes, size);
    return node;
}

/* The name that was asked for; NULL: none, or an empty one, which to an op is the same. */
static const char *given_name(const vs__op_request *request)
{
    return request->name && *request->name ? request->name : NULL;
}

/* Build with the name reserved first, so that nodes which inputs become lie in the op's own scope. */
static const vs_operation *build_in_scope(building *op, vs__op_scope *scope)
{
    bool enters = !op->plan && needs_scope(op->builder, op->request);
    if (enters && !vs__op_scope_enter(op->builder, scope))
        return NULL;
    bool converted = op->plan || convert_inputs(op);
    if (enters)
        vs__op_scope_leave(op->builder, scope);
    return converted ? complete(op, scope) : NULL;
}

/*
 * Build with the name reserved and taken in one step, as there is nothing to make first. An op that fails has used
 * its name up all the same, as in TensorFlow.
 */
static const vs_operation *build_at_once(building *op)
{
    const vs_operation *node = op->plan || convert_inputs(op) ? complete(op, NULL) : NULL;
    if (!node && !op->name_used) {
        vs__op_scope used;
        vs_error ignored = {.code = VS_OK};
        vs_error *error = op->builder->error;
        op->builder->error = &ignored;
        vs__op_scope_open(op->builder, given_name(op->request), default_name(op), &used);
        op->builder->error = error;
    }
    return node;
}

static const vs_operation *build_by_name(building *op)
{
    const char *name = given_name(op->request);
    vs__op_scope own;
    if (name && !vs__name_check(op->builder, name))
        return NULL;
    if ((op->plan || !needs_scope(op->builder, op->request)) && !(name && name[strlen(name) - 1] == '/'))
        return build_at_once(op);
    if (!vs__op_scope_open(op->builder, name, default_name(op), &own))
        return NULL;
    return build_in_scope(op, &own);
}

/* At the root, by its type, where it would have gone into a scope with an empty name. */
static const vs_operation *build_at_root(building *op)
{
    vs__op_scope *scope = op->request->scope;
    vs__op_request request = *op->request;
    request.scope = NULL;
    request.name = NULL;
    op->request = &request;
    vs__scope *before = op->builder->scope; /* it may have been entered already */
    op->builder->scope = scope->inside;
    const vs_operation *node = build_by_name(op);
    op->builder->scope = before;
    return node;
}

static const vs_operation *build_with_room(building *op)
{
    vs__op_scope *scope = op->request->scope;
    if (!scope)
        return build_by_name(op);
    return scope->is_root ? build_at_root(op) : build_in_scope(op, scope);
}

static bool may_build(vs__builder *builder)
{
    if (builder->error->code != VS_OK)
        return false;
    return !vs_graph_is_finalized(builder->graph) ||
           vs__fail(builder->error, VS_FAILED_PRECONDITION, builder->call,
                    "the graph is finalized and takes no more nodes: build before vs_graph_finalize()");
}

const vs_operation *vs__op_build(vs__builder *builder, const vs__op_request *request)
{
    if (!may_build(builder))
        return NULL;
    size_t count = 0;
    for (unsigned i = 0; i < num_args(request); i++)
        count += request->args[i].count;
    enum { FEW = 16 };
    const vs__output *few_inputs[FEW];
    int64_t few_types[FEW];
    bool few_refs[FEW];
    building op;
    op.builder = builder;
    op.request = request;
    op.def = request->def;
    op.attrs = request->attrs;
    op.inputs = few_inputs;
    op.is_ref = few_refs;
    op.types = few_types;
    op.n_inputs = op.n_types = 0;
    op.has_ref = op.name_used = false;
    op.plan = NULL;
    size_t size = count * (sizeof *op.inputs + sizeof *op.types + sizeof *op.is_ref);
    if (count > FEW) {
        op.inputs = vs__allocate(size);
        if (!op.inputs) {
            vs__fail_memory(builder->error, builder->call);
            return NULL;
        }
        op.types = (int64_t *)(op.inputs + count);
        op.is_ref = (bool *)(op.types + count);
    }
    find_plan(&op);
    const vs_operation *node = build_with_room(&op);
    if (count > FEW)
        vs__release(op.inputs, size);
    return node;
}
