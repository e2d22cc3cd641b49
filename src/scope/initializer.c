/* Initializers: the value that a new variable starts as (init_ops.py). */
#include <math.h>
#include <string.h>

#include "dtypes.h"
#include "random.h"
#include "shapes.h"
#include "variable.h"

static const vs_tensor null_tensor = {{NULL}, VS__TENSOR_NULL, 0};

/* A call of an initializer. */
typedef struct call {
    vs__state *state;
    vs__builder *builder;
    const vs_initializer *initializer;
    vs_shape shape;
    vs_dtype dtype;
    const vs_partition_info *partition;
} call;

static bool fail(const call *of, const char *message)
{
    return vs__fail(of->builder->error, VS_INVALID_ARGUMENT, of->builder->call, "%s", message);
}

static const int64_t *seed_of(const call *of)
{
    return of->initializer->seed.is_set ? &of->initializer->seed.value : NULL;
}

static double number_or(vs_float number, double otherwise)
{
    return number.is_set ? number.value : otherwise;
}

/* The shape as the list of ints that the random ops take. The dims outlive the call. */
static vs_tensor shape_literal(const call *of, vs_literal *literal, int64_t *rank)
{
    *rank = of->shape.rank;
    *literal = (vs_literal){VS_LITERAL_INTS, 1, rank, of->shape.dims};
    return vs_literal_tensor(literal);
}

static vs_tensor normal(const call *of, bool truncated, vs_shape shape, double mean, double stddev)
{
    int64_t rank = shape.rank;
    const vs_literal literal = {VS_LITERAL_INTS, 1, &rank, shape.dims};
    return vs__random_normal(of->builder, truncated, vs_literal_tensor(&literal), vs_real(mean), vs_real(stddev),
                             of->dtype, seed_of(of), NULL);
}

static vs_tensor uniform(const call *of, vs_tensor minval, vs_tensor maxval)
{
    int64_t rank;
    vs_literal literal;
    vs_tensor shape = shape_literal(of, &literal, &rank);
    return vs__random_uniform(of->builder, shape, minval, maxval, of->dtype, seed_of(of), NULL);
}

/* The shape that scales: of a slice the whole variable's. */
static vs_shape scale_shape(const call *of)
{
    return of->partition ? (vs_shape){VS_SHAPE_RANKED, of->partition->rank, of->partition->full_shape} : of->shape;
}

/* How many values flow into and out of a unit (_compute_fans). */
static void compute_fans(vs_shape shape, double *fan_in, double *fan_out)
{
    *fan_in = *fan_out = shape.rank ? (double)shape.dims[0] : 1.0;
    if (shape.rank < 2)
        return;
    double receptive_field = 1.0;
    for (uint32_t i = 0; i + 2 < shape.rank; i++)
        receptive_field *= (double)shape.dims[i];
    *fan_in = (double)shape.dims[shape.rank - 2] * receptive_field;
    *fan_out = (double)shape.dims[shape.rank - 1] * receptive_field;
}

static vs_tensor variance_scaling(const call *of)
{
    /* The standard deviation of a standard normal cut at two of them (init_ops.py). */
    const double cut_stddev = .87962566103423978;
    double fan_in, fan_out, scale = number_or(of->initializer->scale, 1.0);
    if (scale <= 0.0) { /* which NaN is not */
        fail(of, "the scale of variance_scaling must be positive");
        return null_tensor;
    }
    compute_fans(scale_shape(of), &fan_in, &fan_out);
    double fan = of->initializer->mode == VS_FAN_IN    ? fan_in
                 : of->initializer->mode == VS_FAN_OUT ? fan_out
                                                       : (fan_in + fan_out) / 2.0;
    scale /= fmax(1.0, fan);
    if (of->initializer->distribution == VS_TRUNCATED_NORMAL)
        return normal(of, true, of->shape, 0.0, sqrt(scale) / cut_stddev);
    if (of->initializer->distribution == VS_UNTRUNCATED_NORMAL)
        return normal(of, false, of->shape, 0.0, sqrt(scale));
    double limit = sqrt(3.0 * scale);
    return uniform(of, vs_real(-limit), vs_real(limit));
}

static vs_tensor uniform_unit_scaling(const call *of)
{
    vs_shape shape = scale_shape(of);
    double input_size = 1.0;
    for (uint32_t i = 0; i + 1 < shape.rank; i++)
        input_size *= (double)shape.dims[i];
    double limit = sqrt(3.0 / fmax(input_size, 1.0)) * number_or(of->initializer->scale, 1.0);
    return uniform(of, vs_real(-limit), vs_real(limit));
}

static vs_tensor apply(const call *of, uint32_t op, const char *name, vs_tensor x, vs_tensor y)
{
    const vs__application application = {.op = op, .name = name, .inputs = {x, y}};
    return of->builder->error->code == VS_OK ? vs__apply(of->builder, &application) : null_tensor;
}

static vs_tensor transpose(const call *of, vs_tensor matrix)
{
    vs__builder *builder = of->builder;
    vs__op_scope scope;
    if (of->builder->error->code != VS_OK || !vs__op_scope_open(builder, NULL, "matrix_transpose", &scope) ||
        !vs__op_scope_enter(builder, &scope))
        return null_tensor;
    vs_tensor result = apply(of, VS__OP_Transpose, "transpose", matrix, VS_INTS(1, 0));
    vs__op_scope_leave(builder, &scope);
    return result;
}

/* gain * value: the literal is on the left, and takes the value's type, as Python's operator makes it. */
static vs_tensor times_gain(const call *of, vs_tensor value)
{
    vs__builder *builder = of->builder;
    vs__op_scope scope;
    const vs__output *gain;
    if (builder->error->code != VS_OK || !vs__op_scope_open(builder, NULL, "mul", &scope) ||
        !vs__op_scope_enter(builder, &scope))
        return null_tensor;
    bool converted = vs__convert(builder, vs_real(number_or(of->initializer->scale, 1.0)), "x", of->dtype,
                                 VS_DTYPE_NONE, false, &gain);
    vs__op_scope_leave(builder, &scope);
    if (!converted)
        return null_tensor;
    const vs__application multiply = {.op = VS__OP_Mul, .scope = &scope, .inputs = {vs__tensor_of(gain), value}};
    return vs__apply(builder, &multiply);
}

static vs_tensor orthogonal(const call *of)
{
    if (of->shape.rank < 2) {
        fail(of, "an orthogonal initializer needs a shape of rank 2 or more");
        return null_tensor;
    }
    int64_t rows = 1, columns = of->shape.dims[of->shape.rank - 1];
    for (uint32_t i = 0; i + 1 < of->shape.rank; i++)
        rows = vs__size_multiply(rows, of->shape.dims[i]);
    int64_t flat[] = {rows > columns ? rows : columns, rows > columns ? columns : rows};
    vs_tensor random = normal(of, false, (vs_shape){VS_SHAPE_RANKED, 2, flat}, 0.0, 1.0);
    const vs__application qr = {.op = VS__OP_Qr, .inputs = {random}};
    const vs_operation *factors = of->builder->error->code == VS_OK ? vs__apply_node(of->builder, &qr) : NULL;
    if (!factors)
        return null_tensor;
    vs_tensor q = vs__tensor_of(vs__node_output(factors, 0)), r = vs__tensor_of(vs__node_output(factors, 1));
    vs_tensor diagonal = apply(of, VS__OP_DiagPart, NULL, r, null_tensor);
    vs_tensor sign = apply(of, VS__OP_Sign, NULL, diagonal, null_tensor);
    q = apply(of, VS__OP_Mul, "mul", q, sign);
    if (rows < columns)
        q = transpose(of, q);
    int64_t rank;
    vs_literal literal;
    return times_gain(of, apply(of, VS__OP_Reshape, NULL, q, shape_literal(of, &literal, &rank)));
}

/* linalg.eye, in name scope eye. */
static vs_tensor eye(const call *of, vs_shape shape)
{
    vs__builder *builder = of->builder;
    vs__op_scope scope;
    if (!vs__op_scope_open(builder, NULL, "eye", &scope) || !vs__op_scope_enter(builder, &scope))
        return null_tensor;
    int64_t size[] = {shape.dims[0] < shape.dims[1] ? shape.dims[0] : shape.dims[1]};
    vs_tensor ones = vs__fill(builder, true, (vs_shape){VS_SHAPE_RANKED, 1, size}, of->dtype, NULL), result;
    vs_tensor padding = of->dtype == VS_BOOL ? vs_bool(false) : vs_int(0);
    if (shape.dims[0] == shape.dims[1]) {
        const vs__application diag = {.op = VS__OP_MatrixDiagV3, .name = "diag",
                                      .inputs = {ones, vs_int(0), vs_int(-1), vs_int(-1), padding}};
        result = builder->error->code == VS_OK ? vs__apply(builder, &diag) : null_tensor;
    } else {
        vs_tensor zeros = vs_tensor_is_null(ones) ? ones : vs__fill(builder, false, shape, of->dtype, NULL);
        const vs__application diag = {.op = VS__OP_MatrixSetDiagV3, .name = "set_diag",
                                      .inputs = {zeros, ones, vs_int(0)}};
        result = builder->error->code == VS_OK ? vs__apply(builder, &diag) : null_tensor;
    }
    vs__op_scope_leave(builder, &scope);
    return result;
}

static vs_tensor identity(const call *of)
{
    vs_shape whole = scale_shape(of);
    if (whole.rank != 2) {
        fail(of, "an identity initializer needs a shape of rank 2");
        return null_tensor;
    }
    vs_tensor matrix = eye(of, whole);
    if (of->partition && of->builder->error->code == VS_OK) {
        int64_t rank = 2;
        const vs_literal begin = {VS_LITERAL_INTS, 1, &rank, of->partition->var_offset};
        const vs_literal size = {VS_LITERAL_INTS, 1, &rank, of->shape.dims};
        const vs__application slice = {
            .op = VS__OP_Slice, .inputs = {matrix, vs_literal_tensor(&begin), vs_literal_tensor(&size)}};
        matrix = vs__apply(of->builder, &slice);
    }
    return of->builder->error->code == VS_OK ? times_gain(of, matrix) : null_tensor;
}

static vs_tensor uniform_between(const call *of)
{
    vs_tensor minval = of->initializer->value;
    return uniform(of, vs_tensor_is_null(minval) ? vs_real(0.0) : minval, of->initializer->maxval);
}

static vs_tensor call_builtin(const call *of)
{
    const vs_initializer *initializer = of->initializer;
    double mean = number_or(initializer->mean, 0.0), stddev = number_or(initializer->stddev, 1.0);
    switch (initializer->kind) {
    case VS_INITIALIZER_ZEROS:
        return vs__fill(of->builder, false, of->shape, of->dtype, NULL);
    case VS_INITIALIZER_ONES:
        return vs__fill(of->builder, true, of->shape, of->dtype, NULL);
    case VS_INITIALIZER_CONSTANT:
        return vs__constant_tensor(of->builder,
                                   vs_tensor_is_null(initializer->value) ? vs_int(0) : initializer->value, of->dtype,
                                   of->shape, "Const");
    case VS_INITIALIZER_RANDOM_NORMAL:
        return normal(of, false, of->shape, mean, stddev);
    case VS_INITIALIZER_TRUNCATED_NORMAL:
        return normal(of, true, of->shape, mean, stddev);
    case VS_INITIALIZER_RANDOM_UNIFORM:
        return uniform_between(of);
    case VS_INITIALIZER_VARIANCE_SCALING:
        return variance_scaling(of);
    case VS_INITIALIZER_UNIFORM_UNIT_SCALING:
        return uniform_unit_scaling(of);
    case VS_INITIALIZER_ORTHOGONAL:
        return orthogonal(of);
    case VS_INITIALIZER_IDENTITY:
        return identity(of);
    default:
        fail(of, "there is no such initializer");
        return null_tensor;
    }
}

/* Run a caller's function as if it were called in the middle of the scope it sees. */
static vs_tensor call_function(const call *of)
{
    const vs_initializer *initializer = of->initializer;
    vs_context *context = of->state->context;
    const vs_call *public_call = of->builder->call;
    vs__frame *frame = vs__frame_push(context, of->state);
    if (!frame)
        return null_tensor;
    vs_tensor value = initializer->function(of->shape, of->dtype, of->partition, initializer->user);
    vs__frame_pop_all(context, frame);
    of->builder->call = public_call;
    if (of->builder->error->code == VS_OK && vs_tensor_is_null(value))
        fail(of, "an initializer function returned no value");
    return of->builder->error->code == VS_OK ? value : null_tensor;
}

bool vs__initializer_call(vs__state *state, const vs_initializer *initializer, vs_shape shape, vs_dtype dtype,
                          const vs_partition_info *partition, vs_tensor *out)
{
    const call of = {state, &state->builder, initializer, shape, dtype, partition};
    if (initializer->kind == VS_INITIALIZER_DEFERRED) {
        const vs__making *making = initializer->user;
        return vs__initializer_call(state, making->initializer, making->initializer_shape, making->initializer_dtype,
                                    making->slice ? &making->slice->place : NULL, out);
    }
    bool defined = vs_shape_is_fully_defined(shape);
    if (initializer->kind == VS_INITIALIZER_FUNCTION) {
        if (initializer->takes_no_shape && shape.kind != VS_SHAPE_ABSENT && defined)
            return fail(&of, "an initializer function that takes no shape cannot be called with one");
        if (!initializer->takes_no_shape && !defined)
            return fail(&of, "an initializer function needs a fully defined shape, unless it takes none");
        *out = call_function(&of);
    } else {
        if (!defined)
            return fail(&of, "an initializer needs a fully defined shape");
        *out = call_builtin(&of);
    }
    return !vs_tensor_is_null(*out);
}

bool vs__initializer_default(vs__state *state, const char *name, vs_dtype dtype, vs_initializer *out)
{
    if (vs__dtype_is_floating(dtype)) {
        *out = vs_glorot_uniform_initializer(.scale = {1.0, true});
        return true;
    }
    if (vs__dtype_is_integer(dtype) || dtype == VS_BOOL || dtype == VS_STRING) {
        *out = vs_zeros_initializer();
        return true;
    }
    return vs__fail(state->builder.error, VS_INVALID_ARGUMENT, state->builder.call,
                    "variable %s of dtype %s needs an initializer: only floats, ints, bool and string have a default",
                    name, vs_dtype_name(dtype));
}

/* ---- partition info ---- */

vs_status vs_partition_info_single_slice_dim(const vs_partition_info *info, vs_shape shape, int32_t *out)
{
    int32_t found = -1;
    if (shape.kind != VS_SHAPE_RANKED || shape.rank != info->rank)
        return VS_INVALID_ARGUMENT;
    for (uint32_t i = 0; i < shape.rank; i++) {
        if (info->var_offset[i] + shape.dims[i] > info->full_shape[i])
            return VS_INVALID_ARGUMENT;
        if (shape.dims[i] == info->full_shape[i])
            continue;
        if (found >= 0)
            return VS_INVALID_ARGUMENT;
        found = (int32_t)i;
    }
    *out = found;
    return VS_OK;
}

vs_status vs_partition_info_single_offset(const vs_partition_info *info, vs_shape shape, int64_t *out)
{
    int32_t dim;
    vs_status status = vs_partition_info_single_slice_dim(info, shape, &dim);
    if (status == VS_OK)
        *out = dim < 0 ? 0 : info->var_offset[dim];
    return status;
}
