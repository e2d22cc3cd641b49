/* Shape rules of variables (state_ops.cc, resource_variable_ops.cc). */
#include "infer_rules.h"
#include "wire.h"

/* ---- ref variables ---- */

bool vs__rule_merge_both(vs__inference *op)
{
    int64_t dims[VS_MAX_RANK];
    vs_shape merged;
    return vs__shapes_merge(op, vs__in(op, 0), vs__in(op, 1), dims, &merged) && vs__set(op, 0, merged);
}

/* Without validate_shape the variable takes whatever shape its value has. */
bool vs__rule_assign(vs__inference *op)
{
    return vs__attr_int(op, "validate_shape") ? vs__rule_merge_both(op) : vs__set_same(op, 0, 1);
}

/* ---- resource variables ---- */

bool vs__rule_var_handle(vs__inference *op)
{
    return vs__shape_check(op, vs__attr(op, "shape")->shape) && vs__set_scalar(op, 0);
}

void vs__handle_of(const vs__output *output, vs__handle *out)
{
    size_t size;
    out->shape = VS_UNKNOWN_SHAPE;
    out->dtype = VS_DTYPE_NONE;
    const vs_operation *node = vs__output_node(output);
    while (node->op == VS__OP_Identity || node->op == VS__OP_StopGradient || node->op == VS__OP_Switch)
        node = vs__output_node(vs__node_input(node, 0));
    if (node->op != VS__OP_VarHandleOp)
        return;
    const uint8_t *value = vs__node_attr(node, "dtype", &size);
    vs__wire_reader reader = vs__wire_read(value, value ? size : 0);
    if (vs__wire_next(&reader))
        out->dtype = (vs_dtype)reader.value;
    value = vs__node_attr(node, "shape", &size);
    reader = vs__wire_read(value, value ? size : 0);
    if (vs__wire_next(&reader))
        out->shape = vs__shape_proto_read(reader.data, reader.size, out->dims);
}

/* The handle that is input 0, which must be of the dtype of the op. */
static bool read_handle(const vs__inference *op, const char *dtype_attr, vs__handle *out)
{
    vs__handle_of(op->inputs[0], out);
    vs_dtype wanted = (vs_dtype)vs__attr_int(op, dtype_attr);
    return out->dtype == VS_DTYPE_NONE || out->dtype == wanted ||
           vs__refuse(op, "the variable has dtype %s, not %s", vs_dtype_name(out->dtype),
                      vs_dtype_name(wanted));
}

bool vs__rule_read_variable(vs__inference *op)
{
    vs__handle handle;
    return read_handle(op, "dtype", &handle) && vs__set(op, 0, handle.shape);
}

bool vs__rule_assign_variable(vs__inference *op)
{
    vs__handle handle;
    int64_t dims[VS_MAX_RANK];
    vs_shape unused;
    return read_handle(op, "dtype", &handle) &&
           vs__shapes_merge(op, handle.shape, vs__in(op, 1), dims, &unused);
}

bool vs__rule_variable_shape(vs__inference *op)
{
    vs__handle handle;
    vs__handle_of(op->inputs[0], &handle);
    int64_t rank = vs__rank(handle.shape);
    return vs__set_dims(op, 0, &rank, 1);
}
