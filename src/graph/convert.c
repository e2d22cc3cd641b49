/* Conversion: what may stand for a tensor, made into an output of a node. */
#include <string.h>

#include "builder.h"
#include "dtypes.h"
#include "op_registry_ids.h"
#include "pack.h"
#include "tensor_proto.h"

/* A Const node of a TensorProto. */
static const vs__output *emit_constant(vs__builder *builder, const vs__bytes *proto, vs_dtype dtype, const char *name,
                                       vs__op_scope *scope)
{
    const vs__op_def *def = vs__op_def_at(VS__OP_Const);
    vs__attr_value attrs[2] = {{.is_set = false}};
    int value = vs__op_attr_find(def, "value", 5);
    attrs[value] = (vs__attr_value){.is_set = true, .data = proto->data, .count = proto->size};
    attrs[1 - value] = (vs__attr_value){.is_set = true, .integer = dtype};
    const vs__op_request request = {.def = def, .name = name, .scope = scope, .attrs = attrs};
    const vs_operation *node = vs__op_build(builder, &request);
    return node ? vs__node_output(node, 0) : NULL;
}

static bool check_literal(vs__builder *builder, const char *name, const vs__values *values, vs_dtype dtype, vs_shape shape,
                          bool cast)
{
    int64_t elements = vs_shape_num_elements(shape);
    if (elements < 0)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "the shape of a constant must be fully defined");
    /* To an empty tensor of numbers any literal will do. */
    bool must_fit = elements > 0 || dtype == VS_STRING || dtype == VS_RESOURCE || dtype == VS_VARIANT;
    bool fits = vs__values_fit(values, dtype) || (cast && vs__dtype_is_quantized(dtype));
    if (must_fit && !fits)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "%s%sa literal of type %s cannot become %s", name ? name : "", name ? ": " : "",
                        vs_dtype_name(vs__values_dtype(values)), vs_dtype_name(dtype));
    if (elements > 0 && values->count > (uint64_t)elements)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "a constant of %lld elements was given %zu", (long long)elements, values->count);
    if (values->count > (UINT64_C(1) << 31) / 16)
        return vs__fail(builder->error, VS_RESOURCE_EXHAUSTED, builder->call,
                        "a constant of %zu elements is over protobuf's limit of 2 GiB", values->count);
    return true;
}

static const vs__output *constant(vs__builder *builder, vs_tensor literal, vs_dtype dtype, vs_shape shape,
                                  const char *name, vs__op_scope *scope, bool cast)
{
    vs__values values;
    if (!vs__values_of(literal, &values)) {
        vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "a constant needs a literal as its value");
        return NULL;
    }
    vs_shape whole = shape.kind == VS_SHAPE_ABSENT ? values.shape : shape;
    dtype = vs_dtype_base(dtype);
    if (dtype == VS_DTYPE_NONE)
        dtype = vs_shape_num_elements(whole) == 0 ? VS_FLOAT32 : vs__values_dtype(&values);
    if (!check_literal(builder, name, &values, dtype, whole, cast))
        return NULL;
    if (!cast && vs__dtype_is_quantized(dtype) && vs_shape_num_elements(whole) == 0)
        values.count = 0;
    uint8_t local[512];
    vs__bytes proto = vs__bytes_on(local, sizeof local);
    vs__tensor_proto_write(&proto, &values, dtype, whole);
    const vs__output *output = NULL;
    if (proto.failed)
        vs__fail_memory(builder->error, builder->call);
    else
        output = emit_constant(builder, &proto, dtype, name, scope);
    vs__bytes_free(&proto);
    return output;
}

const vs__output *vs__constant(vs__builder *builder, vs_tensor literal, vs_dtype dtype, vs_shape shape,
                               const char *name, vs__op_scope *scope)
{
    return constant(builder, literal, dtype, shape, name, scope, false);
}

const vs__output *vs__constant_cast(vs__builder *builder, vs_tensor literal, vs_dtype dtype, vs_shape shape,
                                    const char *name, vs__op_scope *scope)
{
    return constant(builder, literal, dtype, shape, name, scope, true);
}

vs_dtype vs__tensor_natural_dtype(vs_tensor tensor)
{
    vs__values values;
    if (tensor.kind == VS__TENSOR_OUTPUT || tensor.kind == VS__TENSOR_VARIABLE)
        return vs_dtype_base(vs_tensor_dtype(tensor));
    if (tensor.kind == VS__TENSOR_LIST)
        return vs__list_dtype(tensor);
    return vs__values_of(tensor, &values) ? vs__values_dtype(&values) : VS_DTYPE_NONE;
}

bool vs__tensor_check(vs__builder *builder, vs_tensor tensor, const char *what)
{
    if (tensor.kind == VS__TENSOR_NULL)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "%s is a null tensor", what);
    vs_graph *graph = vs__tensor_graph(tensor);
    if (!graph || graph == builder->graph)
        return true;
    char name[256];
    vs_tensor_name(tensor, name, sizeof name);
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "%s is in another graph than the current one: enter its graph first", name);
}

static bool check_dtype(vs__builder *builder, vs_dtype found, vs_dtype asked, const char *name)
{
    return asked == VS_DTYPE_NONE || vs_dtype_base(found) == vs_dtype_base(asked) ||
           vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "input %s has dtype %s, not %s", name,
                    vs_dtype_name(vs_dtype_base(found)), vs_dtype_name(vs_dtype_base(asked)));
}

/* A value that is to be a reference has to be one already; a literal, which cannot, becomes a Const before it fails. */
static bool check_reference(vs__builder *builder, vs_tensor tensor, vs_dtype dtype, const char *name)
{
    bool is_reference = tensor.kind == VS__TENSOR_OUTPUT && vs_tensor_dtype(tensor) == dtype;
    return is_reference || (tensor.kind != VS__TENSOR_OUTPUT && tensor.kind != VS__TENSOR_VARIABLE) ||
           vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                    "%s is no reference, and has to be one of dtype %s: ask for the dtype without _ref, or take "
                    "vs_identity() of what gave the reference", name, vs_dtype_name(dtype));
}

/* As the dtype that is preferred. NULL: it does not fit, or has a name that a node has already, and no error is set. */
static const vs__output *constant_as(vs__builder *builder, vs_tensor literal, const char *name, vs_dtype preferred)
{
    vs__values values;
    if (!vs__values_of(literal, &values) || !vs__values_fit(&values, preferred))
        return NULL;
    vs_error tried = {.code = VS_OK}, *error = builder->error;
    builder->error = &tried;
    const vs__output *made = vs__constant(builder, literal, preferred, (vs_shape){VS_SHAPE_ABSENT, 0, NULL}, name, NULL);
    builder->error = error;
    if (tried.code != VS_OK && tried.code != VS_INVALID_ARGUMENT)
        *error = tried;
    return made;
}

static bool convert_literal(vs__builder *builder, vs_tensor literal, const char *name, vs_dtype dtype,
                            vs_dtype preferred, const vs__output **out)
{
    *out = dtype == VS_DTYPE_NONE && preferred != VS_DTYPE_NONE ? constant_as(builder, literal, name, preferred) : NULL;
    if (*out || builder->error->code != VS_OK)
        return *out;
    *out = vs__constant(builder, literal, dtype, (vs_shape){VS_SHAPE_ABSENT, 0, NULL}, name, NULL);
    if (!*out || dtype <= VS_DTYPE_REF)
        return *out != NULL;
    return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "a literal cannot become %s",
                    vs_dtype_name(dtype));
}

/* Read a variable. A read that makes a node, and fails for its name, is tried again where a dtype was only preferred. */
static bool convert_variable(vs__builder *builder, vs_tensor variable, bool is_preferred, bool as_ref, const vs__output **out)
{
    vs_error tried = {.code = VS_OK}, *error = builder->error;
    if (is_preferred && builder->read_makes_node(variable.of.pointer, as_ref)) {
        builder->error = &tried;
        bool read = builder->read_variable(builder, variable.of.pointer, as_ref, out);
        builder->error = error;
        if (!read && tried.code != VS_INVALID_ARGUMENT)
            *error = tried;
        if (read || error->code != VS_OK)
            return read;
    }
    return builder->read_variable(builder, variable.of.pointer, as_ref, out);
}

bool vs__convert(vs__builder *builder, vs_tensor tensor, const char *name, vs_dtype dtype, vs_dtype preferred,
                 bool as_ref, const vs__output **out)
{
    if (!vs__tensor_check(builder, tensor, name))
        return false;
    if (dtype > VS_DTYPE_REF && !as_ref && !check_reference(builder, tensor, dtype, name))
        return false;
    switch (tensor.kind) {
    case VS__TENSOR_OUTPUT:
        *out = tensor.of.pointer;
        return check_dtype(builder, (vs_dtype)(*out)->dtype, dtype, name);
    case VS__TENSOR_VARIABLE:
        return check_dtype(builder, vs_tensor_dtype(tensor), dtype, name) &&
               convert_variable(builder, tensor, dtype == VS_DTYPE_NONE && preferred != VS_DTYPE_NONE, as_ref, out);
    case VS__TENSOR_OPERATION:
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "input %s must be a tensor, not an operation", name);
    case VS__TENSOR_LIST:
        return vs__convert_list(builder, tensor, name, dtype, preferred, out);
    default:
        return convert_literal(builder, tensor, name, dtype, preferred, out);
    }
}
