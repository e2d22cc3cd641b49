/*
 * Any op by its registered name, as op_def_library.apply_op takes it.
 *
 * Names that the op does not have are refused at once. Everything else that is wrong with a call TensorFlow
 * finds only on its way: the op's name is used up then, and the inputs before the fault were converted.
 */
#include <stdio.h>
#include <string.h>

#include "dtypes.h"
#include "op_attrs.h"
#include "operands.h"
#include "text.h"

/* ---- ops that there are not ---- */

static const vs__op_def *find_op(vs__builder *builder, const char *name)
{
    size_t length = name ? strlen(name) : 0;
    const vs__op_def *def = vs__op_def_find(name, length);
    if (def)
        return def;
    const vs__op_def *nearest = length ? vs__op_def_nearest(name, length) : NULL;
    vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
             nearest ? "there is no op %s: did you mean %s?"
                     : "there is no op %s: varscope ops lists those of TensorFlow " VS__TF_VERSION,
             name ? name : "without a name", nearest ? vs__op_name(nearest) : "");
    return NULL;
}

/* ---- a call ---- */

/* A call sorted by the op's own order. */
typedef struct op_call {
    vs__builder *builder;
    const vs__op_def *def;
    const vs_op_args *args;
    const vs_op_input *inputs[VS__MOST_ARGS]; /* NULL: not given */
    const vs_op_attr *given[VS__MOST_ATTRS];  /* NULL: not given */
    vs__arg_value values[VS__MOST_ARGS];
    vs__given_attrs attrs;
    unsigned bad_input; /* the first that is wrong; n_inputs: none */
    char fault[256];    /* what is wrong; "": nothing */
} op_call;

static bool refuse(op_call *call, const char *what, const char *name)
{
    return vs__fail(call->builder->error, VS_INVALID_ARGUMENT, call->builder->call, "op %s %s%s",
                    vs__op_name(call->def), what, name ? name : "(no name)");
}

static bool is_list_arg(const vs__arg_def *arg)
{
    return arg->number_attr >= 0 || arg->type_list_attr >= 0;
}

/* The same, with the names that there are. */
static bool refuse_name(op_call *call, bool is_input, const char *name)
{
    char names[384];
    vs__text text = vs__text_of(names, sizeof names);
    unsigned count = is_input ? call->def->n_inputs : call->def->n_attrs;
    for (unsigned i = 0; i < count; i++) {
        vs__text_put(&text, i ? ", " : "");
        vs__text_put(&text, is_input ? vs__arg_name(vs__op_input(call->def, i))
                                     : vs__attr_name(vs__op_attr(call->def, i)));
    }
    return vs__fail(call->builder->error, VS_INVALID_ARGUMENT, call->builder->call,
                    is_input ? "op %s has no input %s: it has %s" : "op %s has no attribute %s: it has %s",
                    vs__op_name(call->def), name ? name : "(no name)", count ? names : "none");
}

static bool sort_inputs(op_call *call)
{
    for (size_t i = 0; i < call->args->num_inputs; i++) {
        const vs_op_input *input = &call->args->inputs[i];
        int at = input->name ? vs__op_input_find(call->def, input->name, strlen(input->name)) : -1;
        if (at < 0)
            return refuse_name(call, true, input->name);
        if (call->inputs[at])
            return refuse(call, "was given twice its input ", input->name);
        if (input->is_list && !is_list_arg(vs__op_input(call->def, (unsigned)at)))
            return refuse(call, "takes a tensor, not a list, for its input ", input->name);
        call->inputs[at] = input;
    }
    return true;
}

static bool sort_attrs(op_call *call)
{
    for (size_t i = 0; i < call->args->num_attrs; i++) {
        const vs_op_attr *attr = &call->args->attrs[i];
        int at = attr->name ? vs__op_attr_find(call->def, attr->name, strlen(attr->name)) : -1;
        if (at < 0)
            return refuse_name(call, false, attr->name);
        if (call->given[at])
            return refuse(call, "was given twice its attribute ", attr->name);
        call->given[at] = attr;
    }
    return true;
}

/* What no call of the op can do. */
static bool check_op(op_call *call)
{
    const vs__op_deprecation_def *deprecation = vs__op_deprecation(call->def);
    if (deprecation && deprecation->version <= VS__TF_GRAPH_DEF_PRODUCER)
        return vs__fail(call->builder->error, VS_INVALID_ARGUMENT, call->builder->call,
                        "op %s was removed in GraphDef version %u: %s", vs__op_name(call->def),
                        (unsigned)deprecation->version, vs__pool_string(deprecation->explanation_offset));
    for (unsigned i = 0; i < call->def->n_attrs; i++) {
        const vs__attr_def *attr = vs__op_attr(call->def, i);
        bool unknown = attr->kind == VS__ATTR_FUNC || (attr->is_list && attr->kind == VS__ATTR_TENSOR);
        if (unknown && call->given[i])
            return vs__fail(call->builder->error, VS_UNIMPLEMENTED, call->builder->call,
                            "op %s: attribute %s is a %s%s, which has no form here", vs__op_name(call->def),
                            vs__attr_name(attr), attr->is_list ? "list of " : "",
                            vs__attr_kind_name((vs__attr_kind)attr->kind));
    }
    return true;
}

/* ---- faults that come to light on the way ---- */

static const char *take_input(op_call *call, unsigned i)
{
    const vs_op_input *input = call->inputs[i];
    if (!input)
        return "needs its input";
    if (!is_list_arg(vs__op_input(call->def, i))) {
        call->values[i] = (vs__arg_value){&input->tensor, 1};
        return NULL;
    }
    /* A caller that cannot know what the op takes gives both, and leaves is_list false. */
    call->values[i] = (vs__arg_value){input->list, input->count};
    return input->is_list || input->list ? NULL : "takes a list for its input";
}

static void take_inputs(op_call *call)
{
    for (call->bad_input = 0; call->bad_input < call->def->n_inputs; call->bad_input++) {
        const char *problem = take_input(call, call->bad_input);
        if (problem) {
            snprintf(call->fault, sizeof call->fault, "%s %s", problem,
                     vs__arg_name(vs__op_input(call->def, call->bad_input)));
            return;
        }
    }
}

/* Whether the inputs decide an attribute. An empty list has no dtype to decide with. */
static bool is_inferred(const op_call *call, unsigned attr)
{
    for (unsigned i = 0; i < call->def->n_inputs; i++) {
        const vs__arg_def *arg = vs__op_input(call->def, i);
        if (arg->number_attr == (int)attr || arg->type_list_attr == (int)attr ||
            (arg->type_attr == (int)attr && (!is_list_arg(arg) || call->values[i].count)))
            return true;
    }
    return false;
}

/* Say what kind of value an attribute wants, and of a string, what was given. */
static void refuse_attr(op_call *call, const vs__attr_def *attr, const vs_op_attr *given)
{
    char hint[VS__HINT_SIZE] = "", found[64] = "";
    if (given->kind == VS_ATTR_STRING && given->value.string)
        snprintf(found, sizeof found, ", not \"%.40s\"", given->value.string);
    if (*found && attr->kind == VS__ATTR_TYPE)
        vs__dtype_hint(given->value.string, hint);
    snprintf(call->fault, sizeof call->fault, "wants its attribute %s as %s%s%s%s%s", vs__attr_name(attr),
             attr->is_list ? "list(" : "", vs__attr_kind_name((vs__attr_kind)attr->kind), attr->is_list ? ")" : "", found,
             hint);
}

static void take_attrs(op_call *call)
{
    for (unsigned i = 0; i < call->def->n_attrs && !*call->fault; i++) {
        if (!call->given[i])
            continue;
        const vs__attr_def *attr = vs__op_attr(call->def, i);
        if (is_inferred(call, i))
            snprintf(call->fault, sizeof call->fault, "infers its attribute %s: leave it away",
                     vs__attr_name(attr));
        else if (!vs__given_attrs_set(&call->attrs, call->def, i, call->given[i]))
            refuse_attr(call, attr, call->given[i]);
    }
}

static const vs_operation *build(op_call *call)
{
    take_inputs(call);
    take_attrs(call);
    if (!vs__given_attrs_finish(&call->attrs, call->def)) {
        vs__fail_memory(call->builder->error, call->builder->call);
        return NULL;
    }
    const vs__op_request request = {.def = call->def, .name = call->args->name, .args = call->values,
                                    .attrs = call->attrs.values, .fault = *call->fault ? call->fault : NULL,
                                    .n_converted = call->bad_input};
    return vs__op_build(call->builder, &request);
}

/* Apart from the entry, as it takes much room on the stack. */
static const vs_operation *build_op(vs__builder *builder, const vs_op_args *args)
{
    op_call call;
    memset(&call, 0, offsetof(op_call, values));
    call.builder = builder;
    call.args = args;
    call.fault[0] = '\0';
    call.def = find_op(builder, args->op);
    if (!call.def || !sort_inputs(&call) || !sort_attrs(&call) || !check_op(&call))
        return NULL;
    if (!vs__given_attrs_init(&call.attrs, call.def, args->attrs, args->num_attrs)) {
        vs__fail_memory(builder->error, builder->call);
        return NULL;
    }
    const vs_operation *node = build(&call);
    vs__given_attrs_free(&call.attrs);
    return node;
}

vs_operation *vs_op_with(const vs_op_args *given)
{
    VS__ARGUMENTS(vs_op_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    return state ? (vs_operation *)(uintptr_t)build_op(&state->builder, args) : NULL;
}
