/* The ops that initialize variables. */
#include <varscope/ops.h>
#include <varscope/placement.h>
#include <varscope/variable.h>

#include "context.h"
#include "error.h"
#include "memory.h"

/* The Assign ops of a list, slices of partitioned variables included. */
static size_t collect(vs_variable *const *variables, size_t count, vs_tensor *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const vs_operation *assign = vs_variable_initializer(variables[i]);
        if (assign && out)
            out[n] = vs_operation_as_tensor(assign);
        n += assign != NULL;
        for (size_t k = 0; k < vs_variable_num_slices(variables[i]); k++, n++)
            if (out)
                out[n] = vs_operation_as_tensor(vs_variable_initializer(vs_variable_slice(variables[i], k)));
    }
    return n;
}

vs_operation *vs_variables_initializer(vs_variable *const *variables, size_t count, const char *name)
{
    name = name ? name : "init";
    if (!vs__enter_call(NULL))
        return NULL;
    size_t n = collect(variables, count, NULL);
    if (!n)
        return vs_no_op_with(&(vs_no_op_args){.name = name});
    vs_tensor *assigns = vs__allocate(n * sizeof *assigns);
    if (!assigns) {
        vs__fail_memory(vs__pending_error(), NULL);
        return NULL;
    }
    collect(variables, count, assigns);
    vs_operation *group = vs_group_with(&(vs_group_args){.inputs = assigns, .count = n, .name = name});
    vs__release(assigns, n * sizeof *assigns);
    return group;
}

static vs_operation *initialize_collection(const char *key)
{
    vs_items items;
    if (vs_get_collection(key, NULL, &items) != VS_OK)
        return NULL;
    size_t n = 0;
    vs_variable **variables = vs__allocate((items.count + 1) * sizeof *variables);
    for (size_t i = 0; variables && i < items.count; i++)
        if (items.items[i].kind == VS_ITEM_VARIABLE && !vs_variable_num_slices(items.items[i].of.variable))
            variables[n++] = items.items[i].of.variable;
    vs_operation *group = NULL;
    if (!variables)
        vs__fail_memory(vs__pending_error(), NULL);
    else if (n < items.count)
        vs__fail(vs__pending_error(), VS_INVALID_ARGUMENT, NULL,
                 "collection %s holds what nothing initializes: something else than variables, or a partitioned one, "
                 "whose slices belong there", key);
    else
        group = vs_variables_initializer(variables, n, NULL);
    vs__release(variables, (items.count + 1) * sizeof *variables);
    vs_items_free(&items);
    return group;
}

vs_operation *vs_global_variables_initializer(void)
{
    return initialize_collection(VS_GLOBAL_VARIABLES);
}

vs_operation *vs_local_variables_initializer(void)
{
    return initialize_collection(VS_LOCAL_VARIABLES);
}
