/* The calls of scope programs, each a table of arguments and a few lines that hand them to the C API. */
#include <string.h>

#include <varscope/collection.h>
#include <varscope/ops.h>
#include <varscope/placement.h>

#include "program_calls.h"
#include "program_values.h"

/* ---- arguments structs of calls that have none in the C API ---- */

typedef struct no_args {
    vs_call call;
} no_args;

typedef struct set_args {
    vs_call call;
    vs_variable_scope *scope;
    vs_initializer initializer;
    vs_regularizer regularizer;
    const char *caching_device;
    vs_partitioner partitioner;
    vs_dtype dtype;
    vs_tristate use_resource;
} set_args;

typedef struct collection_args {
    vs_call call;
    const char *key;
    vs__value value;
} collection_args;

/* ---- tables of arguments ---- */

#define TAKES(name, takes, flags, member)                                                                    \
    {                                                                                                        \
        name, VS__TAKES_##takes, flags, offsetof(OF, member), 0                                              \
    }
#define TAKES2(name, takes, flags, member, member2)                                                          \
    {                                                                                                        \
        name, VS__TAKES_##takes, flags, offsetof(OF, member), offsetof(OF, member2)                          \
    }

#define OF vs_get_variable_args
static const vs__argument get_variable_arguments[] = {
    TAKES("name", TEXT, VS__REQUIRED, name),
    TAKES("shape", SHAPE, 0, shape),
    TAKES("dtype", DTYPE, 0, dtype),
    TAKES("initializer", INITIALIZER, 0, initializer),
    TAKES("regularizer", REGULARIZER, 0, regularizer),
    TAKES("trainable", TRISTATE, 0, trainable),
    TAKES("collections", KEYS, 0, collections),
    TAKES("caching_device", TEXT, 0, caching_device),
    TAKES("partitioner", PARTITIONER, 0, partitioner),
    TAKES("validate_shape", TRISTATE, VS__NULL_IS_FALSE, validate_shape),
    TAKES("use_resource", TRISTATE, 0, use_resource),
};
#undef OF

#define OF vs_variable_args
static const vs__argument variable_arguments[] = {
    TAKES("initial_value", INITIAL_VALUE, VS__REQUIRED, initial_value),
    TAKES("trainable", TRISTATE, 0, trainable),
    TAKES("collections", KEYS, 0, collections),
    TAKES("validate_shape", TRISTATE, VS__NULL_IS_FALSE, validate_shape),
    TAKES("caching_device", TEXT, 0, caching_device),
    TAKES("name", TEXT, 0, name),
    TAKES("dtype", DTYPE, 0, dtype),
    TAKES("use_resource", TRISTATE, 0, use_resource),
};
#undef OF

#define OF set_args
#define SCOPE TAKES("scope", SCOPE, VS__REQUIRED, scope)
static const vs__argument reuse_arguments[] = {SCOPE};
static const vs__argument set_initializer_arguments[] = {
    SCOPE,
    TAKES("initializer", INITIALIZER, 0, initializer),
};
static const vs__argument set_regularizer_arguments[] = {
    SCOPE,
    TAKES("regularizer", REGULARIZER, 0, regularizer),
};
static const vs__argument set_caching_device_arguments[] = {
    SCOPE,
    TAKES("caching_device", TEXT, 0, caching_device),
};
static const vs__argument set_partitioner_arguments[] = {
    SCOPE,
    TAKES("partitioner", PARTITIONER, 0, partitioner),
};
static const vs__argument set_dtype_arguments[] = {
    SCOPE,
    TAKES("dtype", DTYPE, 0, dtype),
};
static const vs__argument set_use_resource_arguments[] = {
    SCOPE,
    TAKES("use_resource", TRISTATE, 0, use_resource),
};
#undef OF

#define OF vs_placeholder_args
static const vs__argument placeholder_arguments[] = {
    TAKES("dtype", DTYPE, VS__REQUIRED, dtype),
    TAKES("shape", SHAPE, 0, shape),
    TAKES("name", TEXT, 0, name),
};
#undef OF

#define OF vs_constant_args
static const vs__argument constant_arguments[] = {
    TAKES("value", TYPED_VALUE, VS__REQUIRED, value),
    TAKES("dtype", DTYPE, 0, dtype),
    TAKES("shape", DIMENSIONS, 0, shape),
    TAKES("name", TEXT, 0, name),
};
#undef OF

#define OF vs__program_fill_args
static const vs__argument fill_arguments[] = {
    TAKES("shape", ANYTHING, VS__REQUIRED, shape),
    TAKES("dtype", DTYPE, VS__NOT_NULL, dtype),
    TAKES("name", TEXT, 0, name),
};
#undef OF

#define OF vs_random_normal_args
static const vs__argument random_normal_arguments[] = {
    TAKES("shape", INDICES, VS__REQUIRED, shape),
    TAKES("mean", NUMBER, VS__NOT_NULL, mean),
    TAKES("stddev", NUMBER, VS__NOT_NULL, stddev),
    TAKES("dtype", DTYPE, VS__NOT_NULL, dtype),
    TAKES("seed", SEED, 0, seed),
    TAKES("name", TEXT, 0, name),
};
#undef OF

#define OF vs_random_uniform_args
static const vs__argument random_uniform_arguments[] = {
    TAKES("shape", INDICES, VS__REQUIRED, shape),
    TAKES("minval", NUMBER, VS__NOT_NULL, minval),
    TAKES("maxval", NUMBER, 0, maxval),
    TAKES("dtype", DTYPE, VS__NOT_NULL, dtype),
    TAKES("seed", SEED, 0, seed),
    TAKES("name", TEXT, 0, name),
};
#undef OF

#define OF vs_binary_args
static const vs__argument binary_arguments[] = {
    TAKES("x", TENSOR, VS__GIVEN, x),
    TAKES("y", TENSOR, VS__GIVEN, y),
    TAKES("name", TEXT, 0, name),
};
enum { PLUS_ARGUMENTS = 2 }; /* an operator has no name */
#undef OF

#define OF vs_matmul_args
static const vs__argument matmul_arguments[] = {
    TAKES("a", TENSOR, VS__GIVEN, a),
    TAKES("b", TENSOR, VS__GIVEN, b),
    TAKES("transpose_a", BOOL, 0, transpose_a),
    TAKES("transpose_b", BOOL, 0, transpose_b),
    TAKES("name", TEXT, 0, name),
};
#undef OF

#define OF vs__program_conv2d_args
static const vs__argument conv2d_arguments[] = {
    TAKES("input", TENSOR, VS__GIVEN, input),
    TAKES("filter", TENSOR, VS__GIVEN, filter),
    TAKES("strides", ANYTHING, VS__REQUIRED, strides),
    TAKES("padding", ANYTHING, VS__REQUIRED, padding),
    TAKES("name", TEXT, 0, name),
};
#undef OF

#define OF vs_unary_args
static const vs__argument relu_arguments[] = {
    TAKES("features", TENSOR, VS__GIVEN, x),
    TAKES("name", TEXT, 0, name),
};
static const vs__argument identity_arguments[] = {
    TAKES("input", TENSOR, VS__GIVEN, x),
    TAKES("name", TEXT, 0, name),
};
static const vs__argument l2_loss_arguments[] = {TAKES("t", TENSOR, VS__GIVEN, x)};
#undef OF

#define OF vs_bias_add_args
static const vs__argument bias_add_arguments[] = {
    TAKES("value", TENSOR, VS__GIVEN, value),
    TAKES("bias", TENSOR, VS__GIVEN, bias),
    TAKES("name", TEXT, 0, name),
};
#undef OF

#define OF vs_assign_args
static const vs__argument assign_arguments[] = {
    TAKES("ref", TENSOR, VS__GIVEN, ref),
    TAKES("value", TENSOR, VS__GIVEN, value),
};
#undef OF

#define OF vs_add_n_args
static const vs__argument add_n_arguments[] = {TAKES2("inputs", TENSORS, VS__REQUIRED, inputs, count)};
#undef OF

#define OF vs_reduce_args
static const vs__argument reduce_sum_arguments[] = {
    TAKES("input_tensor", TENSOR, VS__GIVEN, input_tensor),
    TAKES("axis", INDICES, 0, axis),
};
#undef OF

#define OF vs_no_op_args
static const vs__argument no_op_arguments[] = {TAKES("name", TEXT, 0, name)};
#undef OF

#define OF vs_group_args
static const vs__argument group_arguments[] = {
    TAKES2("inputs", NODE_TREE, 0, inputs, count),
    TAKES("name", TEXT, 0, name),
};
#undef OF

#define OF collection_args
static const vs__argument get_collection_arguments[] = {TAKES("key", TEXT, VS__REQUIRED, key)};
static const vs__argument add_to_collection_arguments[] = {
    TAKES("name", TEXT, VS__REQUIRED, key),
    TAKES("value", ANYTHING, VS__REQUIRED, value),
};
static const vs__argument print_arguments[] = {TAKES("value", ANYTHING, 0, value)};
#undef OF

#define OF vs__program_op_args
static const vs__argument op_arguments[] = {
    TAKES("op", TEXT, VS__REQUIRED, op),
    TAKES("inputs", MEMBERS, 0, inputs),
    TAKES("attrs", MEMBERS, 0, attrs),
    TAKES("name", TEXT, 0, name),
};
#undef OF

/* ---- results ---- */

static void give_tensor(vs_tensor tensor, vs__value *out)
{
    if (!vs_tensor_is_null(tensor))
        *out = (vs__value){VS__VALUE_TENSOR, {.tensor = tensor}};
}

static void give_variable(vs_variable *variable, vs__value *out)
{
    if (variable)
        *out = (vs__value){VS__VALUE_VARIABLE, {.variable = variable}};
}

static void give_operation(const vs_operation *operation, vs__value *out)
{
    if (operation)
        *out = (vs__value){VS__VALUE_OPERATION, {.operation = operation}};
}

static vs__value value_of_item(const vs_item *item)
{
    switch (item->kind) {
    case VS_ITEM_VARIABLE:
        return (vs__value){VS__VALUE_VARIABLE, {.variable = item->of.variable}};
    case VS_ITEM_TENSOR:
        return (vs__value){VS__VALUE_TENSOR, {.tensor = item->of.tensor}};
    case VS_ITEM_OPERATION:
        return (vs__value){VS__VALUE_OPERATION, {.operation = item->of.operation}};
    case VS_ITEM_STRING:
        return (vs__value){VS__VALUE_STRING, {.string = item->of.string}};
    }
    return (vs__value){.kind = VS__VALUE_NOTHING};
}

static void give_items(vs__runner *runner, vs_status status, vs_items *items, vs__value *out)
{
    if (status != VS_OK)
        return; /* the error is pending */
    vs__list *list = vs__program_bindings_list(runner->bindings, items->count);
    if (list) {
        for (size_t i = 0; i < items->count; i++)
            list->items[i] = value_of_item(&items->items[i]);
        *out = (vs__value){VS__VALUE_LIST, {.list = list}};
    } else {
        vs__program_fail_memory(runner);
    }
    vs_items_free(items);
}

/* ---- calls ---- */

/* A call that is a function of the C API, whose arguments are those of its struct. */
#define CALL(kind, name)                                                                                     \
    static void name##_call(vs__runner *runner, void *arguments, vs__value *out)                             \
    {                                                                                                        \
        (void)runner;                                                                                        \
        give_##kind(vs_##name##_with(arguments), out);                                                       \
    }

CALL(variable, get_variable)
CALL(variable, get_local_variable)
CALL(variable, new_variable)
CALL(tensor, placeholder)
CALL(tensor, constant)
CALL(tensor, random_normal)
CALL(tensor, random_uniform)
CALL(tensor, add)
CALL(tensor, subtract)
CALL(tensor, multiply)
CALL(tensor, matmul)
CALL(tensor, relu)
CALL(tensor, bias_add)
CALL(tensor, identity)
CALL(tensor, add_n)
CALL(tensor, reduce_sum)
CALL(tensor, l2_loss)
CALL(operation, no_op)
CALL(operation, group)

/* Assigning to a partitioned variable gives a list: what the assignment of each slice gives. */
static void assign_call(vs__runner *runner, void *arguments, vs__value *out)
{
    vs_assign_args *args = arguments;
    args->room = args->ref.kind == VS__TENSOR_VARIABLE ? vs_variable_num_slices(args->ref.of.pointer) : 0;
    if (args->room && !(args->outputs = vs__program_scratch(runner, args->room, sizeof *args->outputs)))
        return;
    vs_tensor assigned = vs_assign_with(args);
    vs__list *list = NULL;
    if (!args->room || vs_tensor_is_null(assigned)) {
        give_tensor(assigned, out);
        return;
    }
    if (!(list = vs__program_bindings_list(runner->bindings, args->room))) {
        vs__program_fail_memory(runner);
        return;
    }
    for (size_t i = 0; i < args->room; i++)
        give_tensor(args->outputs[i], &list->items[i]);
    *out = (vs__value){VS__VALUE_LIST, {.list = list}};
}

static bool is_literal(vs_tensor tensor)
{
    return tensor.kind >= VS__TENSOR_LITERAL;
}

static void plus_call(vs__runner *runner, void *arguments, vs__value *out)
{
    const vs_binary_args *args = arguments;
    if (is_literal(args->x) && is_literal(args->y))
        vs__program_fail(runner, VS_INVALID_ARGUMENT, "one operand at least must be a tensor");
    else
        give_tensor(vs_plus_with(args), out);
}

static void get_variable_scope_call(vs__runner *runner, void *arguments, vs__value *out)
{
    (void)runner;
    (void)arguments;
    vs_variable_scope *scope = vs_get_variable_scope();
    if (scope)
        *out = (vs__value){VS__VALUE_SCOPE, {.scope = scope}};
}

static void reuse_variables_call(vs__runner *runner, void *arguments, vs__value *out)
{
    (void)runner;
    (void)out;
    vs_variable_scope_reuse_variables(((set_args *)arguments)->scope);
}

/* A setter, whose value stands under its own name. */
#define SETTER(member)                                                                                       \
    static void set_##member##_call(vs__runner *runner, void *arguments, vs__value *out)                     \
    {                                                                                                        \
        const set_args *args = arguments;                                                                    \
        (void)runner;                                                                                        \
        (void)out;                                                                                           \
        vs_variable_scope_set_##member(args->scope, args->member);                                           \
    }

SETTER(initializer)
SETTER(regularizer)
SETTER(caching_device)
SETTER(partitioner)
SETTER(dtype)
SETTER(use_resource)

static void global_variables_initializer_call(vs__runner *runner, void *arguments, vs__value *out)
{
    (void)runner;
    (void)arguments;
    give_operation(vs_global_variables_initializer(), out);
}

static void global_variables_call(vs__runner *runner, void *arguments, vs__value *out)
{
    vs_items items = {0, NULL};
    (void)arguments;
    give_items(runner, vs_global_variables(NULL, &items), &items, out);
}

static void trainable_variables_call(vs__runner *runner, void *arguments, vs__value *out)
{
    vs_items items = {0, NULL};
    (void)arguments;
    give_items(runner, vs_trainable_variables(NULL, &items), &items, out);
}

static void get_collection_call(vs__runner *runner, void *arguments, vs__value *out)
{
    const collection_args *args = arguments;
    vs_items items = {0, NULL};
    give_items(runner, vs_get_collection(args->key, NULL, &items), &items, out);
}

static void add_to_collection_call(vs__runner *runner, void *arguments, vs__value *out)
{
    const collection_args *args = arguments;
    vs_tensor tensor;
    (void)out;
    switch (args->value.kind) {
    case VS__VALUE_STRING:
        vs_add_string_to_collection(args->key, args->value.of.string);
        break;
    case VS__VALUE_VARIABLE:
    case VS__VALUE_TENSOR:
    case VS__VALUE_OPERATION:
        if (vs__program_node(runner, &args->value, &tensor))
            vs_add_to_collection(args->key, tensor);
        break;
    default:
        vs__program_fail(runner, VS_INVALID_ARGUMENT,
                         "value: a collection holds variables, tensors, operations and strings");
    }
}

static void print_call(vs__runner *runner, void *arguments, vs__value *out)
{
    const collection_args *args = arguments;
    char room[512];
    vs__bytes line = vs__bytes_on(room, sizeof room);
    (void)out;
    if (vs__program_format(runner, &line, &args->value))
        vs__program_print(runner, (const char *)line.data, line.size);
    vs__bytes_free(&line);
}

/* ---- the table ---- */

#define ARGUMENTS(arguments) arguments, sizeof arguments / sizeof arguments[0]
#define ENTRY(name, arguments, type, run)                                                                    \
    {                                                                                                        \
        {name, ARGUMENTS(arguments), sizeof(type)}, run                                                      \
    }

static const vs__call calls[] = {
    ENTRY("get_variable", get_variable_arguments, vs_get_variable_args, get_variable_call),
    ENTRY("get_local_variable", get_variable_arguments, vs_get_variable_args, get_local_variable_call),
    ENTRY("Variable", variable_arguments, vs_variable_args, new_variable_call),
    {{"get_variable_scope", NULL, 0, sizeof(no_args)}, get_variable_scope_call},
    ENTRY("reuse_variables", reuse_arguments, set_args, reuse_variables_call),
    ENTRY("set_initializer", set_initializer_arguments, set_args, set_initializer_call),
    ENTRY("set_regularizer", set_regularizer_arguments, set_args, set_regularizer_call),
    ENTRY("set_caching_device", set_caching_device_arguments, set_args, set_caching_device_call),
    ENTRY("set_partitioner", set_partitioner_arguments, set_args, set_partitioner_call),
    ENTRY("set_dtype", set_dtype_arguments, set_args, set_dtype_call),
    ENTRY("set_use_resource", set_use_resource_arguments, set_args, set_use_resource_call),
    ENTRY("placeholder", placeholder_arguments, vs_placeholder_args, placeholder_call),
    ENTRY("constant", constant_arguments, vs_constant_args, constant_call),
    ENTRY("zeros", fill_arguments, vs__program_fill_args, vs__program_zeros_call),
    ENTRY("ones", fill_arguments, vs__program_fill_args, vs__program_ones_call),
    ENTRY("random_normal", random_normal_arguments, vs_random_normal_args, random_normal_call),
    ENTRY("random_uniform", random_uniform_arguments, vs_random_uniform_args, random_uniform_call),
    ENTRY("add", binary_arguments, vs_binary_args, add_call),
    ENTRY("subtract", binary_arguments, vs_binary_args, subtract_call),
    ENTRY("multiply", binary_arguments, vs_binary_args, multiply_call),
    {{"plus", binary_arguments, PLUS_ARGUMENTS, sizeof(vs_binary_args)}, plus_call},
    ENTRY("matmul", matmul_arguments, vs_matmul_args, matmul_call),
    ENTRY("conv2d", conv2d_arguments, vs__program_conv2d_args, vs__program_conv2d_call),
    ENTRY("relu", relu_arguments, vs_unary_args, relu_call),
    ENTRY("bias_add", bias_add_arguments, vs_bias_add_args, bias_add_call),
    ENTRY("identity", identity_arguments, vs_unary_args, identity_call),
    ENTRY("assign", assign_arguments, vs_assign_args, assign_call),
    ENTRY("add_n", add_n_arguments, vs_add_n_args, add_n_call),
    ENTRY("reduce_sum", reduce_sum_arguments, vs_reduce_args, reduce_sum_call),
    ENTRY("l2_loss", l2_loss_arguments, vs_unary_args, l2_loss_call),
    ENTRY("no_op", no_op_arguments, vs_no_op_args, no_op_call),
    ENTRY("group", group_arguments, vs_group_args, group_call),
    {{"global_variables_initializer", NULL, 0, sizeof(no_args)}, global_variables_initializer_call},
    {{"global_variables", NULL, 0, sizeof(no_args)}, global_variables_call},
    {{"trainable_variables", NULL, 0, sizeof(no_args)}, trainable_variables_call},
    ENTRY("get_collection", get_collection_arguments, collection_args, get_collection_call),
    ENTRY("add_to_collection", add_to_collection_arguments, collection_args, add_to_collection_call),
    ENTRY("print", print_arguments, collection_args, print_call),
    ENTRY("op", op_arguments, vs__program_op_args, vs__program_op_call),
};

void vs__program_try_calls(vs__nearest *search)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        vs__nearest_try(search, calls[i].signature.name, strlen(calls[i].signature.name));
}

const vs__call *vs__program_find_call(const char *name)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].signature.name, name) == 0)
            return &calls[i];
    return NULL;
}
