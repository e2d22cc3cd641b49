#include "apply.h"

#include <string.h>

#include "dtypes.h"
#include "tensor_proto.h"

enum { FEWEST_FILLED = 1000 }; /* elements; fewer are one Const */

static const vs_tensor null_tensor = {{NULL}, VS__TENSOR_NULL, 0};

const vs_operation *vs__apply_node(vs__builder *builder, const vs__application *application)
{
    const vs__op_def *def = vs__op_def_at(application->op);
    vs__attr_value attrs[VS__MOST_ATTRS];
    vs__arg_value args[VS__MOST_ARGS];
    memset(attrs, 0, def->n_attrs * sizeof *attrs);
    for (size_t i = 0; i < VS__APPLY_ATTRS && application->attrs[i].name; i++) {
        const char *name = application->attrs[i].name;
        int at = vs__op_attr_find(def, name, strlen(name));
        if (at < 0) {
            vs__fail(builder->error, VS_INTERNAL, builder->call, "op %s has no attribute %s", vs__op_name(def), name);
            return NULL;
        }
        attrs[at] = application->attrs[i].value;
    }
    unsigned first = application->list ? 1 : 0;
    if (first)
        args[0] = (vs__arg_value){application->list, application->n_list};
    for (unsigned i = first; i < def->n_inputs; i++)
        args[i] = (vs__arg_value){&application->inputs[i - first], 1};
    const vs__op_request request = {.def = def, .name = application->name, .scope = application->scope,
                                    .args = args, .attrs = attrs};
    return vs__op_build(builder, &request);
}

const vs_operation *vs__apply_to(vs__builder *builder, uint32_t op, const char *name, const char *default_name,
                                 vs__op_scope *scope, vs_tensor x, vs_tensor y)
{
    const vs__op_def *def = vs__op_def_at(op);
    vs__attr_value attrs[VS__MOST_ATTRS];
    const vs__arg_value args[] = {{&x, 1}, {&y, 1}};
    memset(attrs, 0, def->n_attrs * sizeof *attrs);
    const vs__op_request request = {.def = def, .name = name, .default_name = default_name, .scope = scope,
                                    .args = args, .attrs = attrs};
    return vs__op_build(builder, &request);
}

vs_tensor vs__apply(vs__builder *builder, const vs__application *application)
{
    return vs__operation_tensor(vs__apply_node(builder, application));
}

vs_tensor vs__apply_abs(vs__builder *builder, const char *name, vs_tensor x)
{
    const vs_dtype dtype = vs_dtype_base(vs_tensor_dtype(x));
    vs__application abs = {.op = VS__OP_Abs, .name = name, .inputs = {x}};
    if (vs__dtype_is_complex(dtype)) {
        abs.op = VS__OP_ComplexAbs;
        abs.name = name && *name ? name : "Abs";
        abs.attrs[0] = (vs__named_attr)VS__ATTR_OF_INT("Tout", dtype == VS_COMPLEX128 ? VS_FLOAT64 : VS_FLOAT32);
    }
    return vs__apply(builder, &abs);
}

vs_tensor vs__constant_tensor(vs__builder *builder, vs_tensor literal, vs_dtype dtype, vs_shape shape,
                              const char *name)
{
    return vs__tensor_of(vs__constant(builder, literal, dtype, shape, name, NULL));
}

vs_tensor vs__constant_ints(vs__builder *builder, const int64_t *numbers, size_t count, vs_dtype dtype,
                            const char *name)
{
    const int64_t dims[] = {(int64_t)count};
    const vs_literal literal = {VS_LITERAL_INTS, 1, dims, numbers};
    return vs__constant_tensor(builder, vs_literal_tensor(&literal), dtype, (vs_shape){VS_SHAPE_ABSENT, 0, NULL},
                               name);
}

/* Zero or one as Python writes it for a dtype. */
static vs_tensor fill_value(bool ones, vs_dtype dtype)
{
    if (dtype == VS_BOOL)
        return vs_bool(ones);
    if (dtype == VS_STRING && !ones)
        return vs_string("");
    return vs_int(ones);
}

/* With a shape as tensor. Where a constant was tried first, the shape then is converted as any list. */
static vs_tensor fill(vs__builder *builder, vs__op_scope *scope, vs_tensor value, vs_shape shape, vs_dtype dtype,
                      bool tried)
{
    if (!vs__op_scope_enter(builder, scope))
        return null_tensor;
    vs_tensor dims = vs__constant_ints(builder, shape.dims, shape.rank, tried || !shape.rank ? VS_INT32 : VS_DTYPE_NONE,
                                       tried ? "Const" : "shape_as_tensor");
    vs_tensor element = vs__tensor_of(
        vs__constant_cast(builder, value, dtype, (vs_shape){VS_SHAPE_ABSENT, 0, NULL}, "Const", NULL));
    vs__op_scope_leave(builder, scope);
    const vs__application application = {.op = VS__OP_Fill, .scope = scope, .inputs = {dims, element}};
    return vs_tensor_is_null(element) ? null_tensor : vs__apply(builder, &application);
}

/* As one constant; and, when a node has its name already, as a filled tensor, which then fails too. */
static vs_tensor fill_small(vs__builder *builder, vs__op_scope *scope, vs_tensor value, vs_shape shape, vs_dtype dtype)
{
    vs_error first = {.code = VS_OK}, *error = builder->error;
    builder->error = &first;
    const vs__output *output = vs__constant_cast(builder, value, dtype, shape, NULL, scope);
    builder->error = error;
    if (output)
        return vs__tensor_of(output);
    if (first.code == VS_INVALID_ARGUMENT)
        return fill(builder, scope, value, shape, dtype, true);
    *error = first;
    return null_tensor;
}

vs_tensor vs__fill_in(vs__builder *builder, vs__op_scope *scope, bool ones, vs_shape shape, vs_dtype dtype)
{
    dtype = vs_dtype_base(dtype);
    vs_tensor value = fill_value(ones, dtype);
    int64_t elements = vs_shape_num_elements(shape);
    vs__values values;
    bool fits = vs__dtype_is_quantized(dtype) || (vs__values_of(value, &values) && vs__values_fit(&values, dtype));
    /* A value that does not fit fails there, with what TensorFlow leaves behind. */
    if (elements >= FEWEST_FILLED || !fits)
        return fill(builder, scope, value, shape, dtype, false);
    /* A constant has no empty name. */
    return scope->is_root ? fill(builder, scope, value, shape, dtype, true)
                          : fill_small(builder, scope, value, shape, dtype);
}

vs_tensor vs__fill(vs__builder *builder, bool ones, vs_shape shape, vs_dtype dtype, const char *name)
{
    vs__op_scope scope;
    if (!vs__op_scope_open(builder, name, ones ? "ones" : "zeros", &scope))
        return null_tensor;
    return vs__fill_in(builder, &scope, ones, shape, dtype);
}

vs_tensor vs__fill_shape(vs__builder *builder, vs__op_scope *scope, bool ones, vs_tensor dims, vs_dtype dtype)
{
    if (!vs__op_scope_enter(builder, scope))
        return null_tensor;
    vs_tensor value = vs__tensor_of(
        vs__constant_cast(builder, fill_value(ones, dtype), dtype, (vs_shape){VS_SHAPE_ABSENT, 0, NULL}, "Const", NULL));
    vs__op_scope_leave(builder, scope);
    const vs__application application = {.op = VS__OP_Fill, .scope = scope, .inputs = {dims, value}};
    return vs_tensor_is_null(value) ? null_tensor : vs__apply(builder, &application);
}
