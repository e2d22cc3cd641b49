/* Reading variables. A null variable, as a failed call returns it, reads as one of nothing. */
#include "shapes.h"
#include "variable.h"

vs_variable_kind vs_variable_kind_of(const vs_variable *variable)
{
    return variable ? (vs_variable_kind)variable->kind : (vs_variable_kind)0;
}

const char *vs_variable_kind_name(const vs_variable *variable)
{
    switch (variable ? variable->kind : 0) {
    case VS_REF_VARIABLE: return "RefVariable";
    case VS_RESOURCE_VARIABLE: return "ResourceVariable";
    case VS_PARTITIONED_VARIABLE: return "PartitionedVariable";
    default: return "None";
    }
}

const char *vs_variable_name(const vs_variable *variable)
{
    return variable ? variable->name : "";
}

const char *vs_variable_key(const vs_variable *variable)
{
    return variable ? vs__variable_key_of(variable) : NULL;
}

vs_shape vs_variable_shape(const vs_variable *variable)
{
    return variable ? vs__blob_shape(variable->shape) : (vs_shape){VS_SHAPE_ABSENT, 0, NULL};
}

vs_dtype vs_variable_dtype(const vs_variable *variable)
{
    if (!variable)
        return VS_DTYPE_NONE;
    return (vs_dtype)(variable->dtype + (variable->kind == VS_REF_VARIABLE ? VS_DTYPE_REF : 0));
}

bool vs_variable_trainable(const vs_variable *variable)
{
    return variable && variable->trainable;
}

vs_synchronization vs_variable_synchronization(const vs_variable *variable)
{
    return variable ? (vs_synchronization)variable->synchronization : VS_SYNCHRONIZATION_AUTO;
}

vs_aggregation vs_variable_aggregation(const vs_variable *variable)
{
    return variable ? (vs_aggregation)variable->aggregation : VS_AGGREGATION_NONE;
}

vs_constraint vs_variable_constraint(const vs_variable *variable)
{
    return variable ? variable->constraint : (vs_constraint){NULL, NULL};
}

vs_site vs_variable_site(const vs_variable *variable)
{
    return variable ? variable->site : (vs_site){NULL, NULL, 0};
}

const vs_operation *vs_variable_op(const vs_variable *variable)
{
    return variable && variable->variable ? vs__output_node(variable->variable) : NULL;
}

const vs_operation *vs_variable_initializer(const vs_variable *variable)
{
    return variable ? variable->initializer : NULL;
}

vs_tensor vs_variable_initial_value(const vs_variable *variable)
{
    return vs__tensor_of(variable ? variable->initial_value : NULL);
}

size_t vs_variable_num_slices(const vs_variable *variable)
{
    return variable ? variable->n_slices : 0;
}

vs_variable *vs_variable_slice(const vs_variable *variable, size_t i)
{
    return variable && i < variable->n_slices ? variable->slices[i] : NULL;
}

const char *vs_variable_save_slice_spec(const vs_variable *variable)
{
    const vs__slice_place *place = variable ? vs__variable_slice_of(variable) : NULL;
    return place ? place->spec : NULL;
}

size_t vs_variable_format(const vs_variable *variable, char *buffer, size_t size)
{
    vs__text text = vs__text_of(buffer, size);
    if (!variable) {
        vs__text_put(&text, "None");
        return text.length;
    }
    bool partitioned = variable->kind == VS_PARTITIONED_VARIABLE;
    vs__text_put(&text, partitioned ? "<tf.PartitionedVariable '" : "<tf.Variable '");
    vs__text_put(&text, variable->name);
    vs__text_put(&text, "' shape=");
    vs__shape_put(&text, vs__blob_shape(variable->shape));
    vs__text_put(&text, " dtype=");
    vs__text_put(&text, vs_dtype_name(vs_variable_dtype(variable)));
    if (partitioned)
        vs__text_printf(&text, " parts=%zu", variable->n_slices);
    vs__text_put(&text, ">");
    return text.length;
}
