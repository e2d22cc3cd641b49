/* The context managers of scope programs. */
#include <string.h>

#include <varscope/name_scope.h>
#include <varscope/placement.h>
#include <varscope/variable_scope.h>

#include "program_calls.h"
#include "program_values.h"

typedef struct device_args {
    vs_call call;
    const char *name;
} device_args;

typedef struct inputs_args {
    vs_call call;
    const vs_tensor *inputs; /* NULL: forget the outer ones */
    size_t count;
} inputs_args;

typedef struct colocate_args {
    vs_call call;
    vs_tensor op;
} colocate_args;

#define TAKES(name, takes, flags, member)                                                                    \
    {                                                                                                        \
        name, VS__TAKES_##takes, flags, offsetof(OF, member), 0                                              \
    }
#define TAKES2(name, takes, flags, member, member2)                                                          \
    {                                                                                                        \
        name, VS__TAKES_##takes, flags, offsetof(OF, member), offsetof(OF, member2)                          \
    }

#define OF vs_variable_scope_args
static const vs__argument variable_scope_arguments[] = {
    TAKES2("name_or_scope", NAME_OR_SCOPE, 0, name, scope),
    TAKES("default_name", TEXT, 0, default_name),
    TAKES2("values", VALUES, 0, values, num_values),
    TAKES("initializer", INITIALIZER, 0, initializer),
    TAKES("regularizer", REGULARIZER, 0, regularizer),
    TAKES("caching_device", TEXT, 0, caching_device),
    TAKES("partitioner", PARTITIONER, 0, partitioner),
    TAKES("reuse", REUSE, 0, reuse),
    TAKES("dtype", DTYPE, 0, dtype),
    TAKES("use_resource", TRISTATE, 0, use_resource),
    TAKES("auxiliary_name_scope", TRISTATE, VS__NOT_NULL, auxiliary_name_scope),
};
enum {
    VARIABLE_SCOPE_ARGUMENTS = sizeof variable_scope_arguments / sizeof variable_scope_arguments[0],
    VARIABLE_OP_SCOPE_ARGUMENTS = VARIABLE_SCOPE_ARGUMENTS - 1 /* all but auxiliary_name_scope */
};
#undef OF

#define OF vs_name_scope_args
static const vs__argument name_scope_arguments[] = {
    TAKES("name", TEXT, 0, name),
    TAKES("default_name", TEXT, 0, default_name),
    TAKES2("values", VALUES, 0, values, num_values),
};
enum { NAME_SCOPE_ARGUMENTS = sizeof name_scope_arguments / sizeof name_scope_arguments[0] };
#undef OF

#define OF device_args
static const vs__argument device_arguments[] = {TAKES("name", TEXT, 0, name)};
#undef OF

#define OF inputs_args
static const vs__argument control_dependencies_arguments[] = {TAKES2("inputs", NODES, 0, inputs, count)};
#undef OF

#define OF colocate_args
static const vs__argument colocate_with_arguments[] = {TAKES("op", NODE, VS__REQUIRED, op)};
#undef OF

static vs_frame enter_variable_scope(vs__runner *runner, void *arguments, vs__value *out)
{
    vs_variable_scope_args *args = arguments;
    vs_variable_scope *scope = NULL;
    (void)runner;
    args->as = &scope;
    vs_frame frame = vs_enter_variable_scope_with(args);
    if (scope)
        *out = (vs__value){VS__VALUE_SCOPE, {.scope = scope}};
    return frame;
}

static vs_frame enter_name_scope(vs__runner *runner, void *arguments, vs__value *out)
{
    vs_name_scope_args *args = arguments;
    const char *name = NULL;
    (void)runner;
    args->has_values = args->values != NULL;
    args->as = &name;
    vs_frame frame = vs_enter_name_scope_with(args);
    if (name)
        *out = (vs__value){VS__VALUE_STRING, {.string = name}};
    return frame;
}

static vs_frame enter_device(vs__runner *runner, void *arguments, vs__value *out)
{
    const device_args *args = arguments;
    (void)runner;
    (void)out;
    return vs_enter_device(args->name, &args->call);
}

static vs_frame enter_control_dependencies(vs__runner *runner, void *arguments, vs__value *out)
{
    const inputs_args *args = arguments;
    (void)runner;
    (void)out;
    return vs_enter_control_dependencies(args->inputs, args->count, &args->call);
}

static vs_frame enter_colocate_with(vs__runner *runner, void *arguments, vs__value *out)
{
    const colocate_args *args = arguments;
    (void)runner;
    (void)out;
    return vs_enter_colocate_with(args->op, &args->call);
}

#define ENTRY(name, arguments, count, type, enter)                                                           \
    {                                                                                                        \
        {name, arguments, count, sizeof(type)}, enter                                                        \
    }

static const vs__manager managers[] = {
    ENTRY("variable_scope", variable_scope_arguments, VARIABLE_SCOPE_ARGUMENTS, vs_variable_scope_args,
          enter_variable_scope),
    ENTRY("variable_op_scope", variable_scope_arguments, VARIABLE_OP_SCOPE_ARGUMENTS, vs_variable_scope_args,
          enter_variable_scope),
    ENTRY("name_scope", name_scope_arguments, NAME_SCOPE_ARGUMENTS, vs_name_scope_args, enter_name_scope),
    ENTRY("op_scope", name_scope_arguments, NAME_SCOPE_ARGUMENTS, vs_name_scope_args, enter_name_scope),
    ENTRY("device", device_arguments, 1, device_args, enter_device),
    ENTRY("control_dependencies", control_dependencies_arguments, 1, inputs_args, enter_control_dependencies),
    ENTRY("colocate_with", colocate_with_arguments, 1, colocate_args, enter_colocate_with),
};

void vs__program_try_managers(vs__nearest *search)
{
    for (size_t i = 0; i < sizeof managers / sizeof managers[0]; i++)
        vs__nearest_try(search, managers[i].signature.name, strlen(managers[i].signature.name));
}

const vs__manager *vs__program_find_manager(const char *name)
{
    for (size_t i = 0; i < sizeof managers / sizeof managers[0]; i++)
        if (strcmp(managers[i].signature.name, name) == 0)
            return &managers[i];
    return NULL;
}
