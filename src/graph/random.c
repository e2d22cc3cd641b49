#include "random.h"

#include "dtypes.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static const vs_tensor null_tensor = {{NULL}, VS__TENSOR_NULL, 0};

typedef struct seeds {
    int64_t graph;
    int64_t op;
} seeds;

/* Python's % for a positive divisor. */
static int64_t truncate_seed(int64_t seed)
{
    int64_t rest = seed % INT32_MAX;
    return rest < 0 ? rest + INT32_MAX : rest;
}

/*
 * The seed of an op in a fork that was given none. TensorFlow counts such ops, but in which order workers come to theirs
 * is not known: here it comes from the op's name.
 */
static bool seed_from_name(vs__builder *builder, const vs__name *name, int64_t *out)
{
    char small[512];
    size_t size = vs__name_format(name, NULL, 0) + 1;
    char *text = size <= sizeof small ? small : vs__allocate(size);
    if (!text)
        return vs__fail_memory(builder->error, builder->call);
    vs__name_format(name, text, size);
    *out = (int64_t)(XXH64(text, size - 1, 0) % INT32_MAX);
    if (text != small)
        vs__release(text, size);
    return true;
}

/* The seed of an op that was given none, where the graph has one. false: error set. */
static bool own_seed(vs__builder *builder, const vs__name *name, int64_t *out)
{
    if (builder->strand->in_fork)
        return seed_from_name(builder, name, out);
    VS__SHARED_WRITE(&builder->graph->random_ops);
    *out = atomic_fetch_add_explicit(&builder->graph->random_ops, 1, memory_order_relaxed);
    return true;
}

/*
 * The two seeds of an op (random_seed.get_seed): the graph's and its own; 0, 0 lets TensorFlow choose. false: error
 * set.
 */
static bool get_seeds(vs__builder *builder, const int64_t *op_seed, const vs__name *name, seeds *out)
{
    enum { DEFAULT_GRAPH_SEED = 87654321 };
    vs_graph *graph = builder->graph;
    bool has_seed = atomic_load_explicit(&graph->has_seed, memory_order_acquire);
    int64_t own = op_seed ? *op_seed : 0;
    *out = (seeds){0, 0};
    if (!has_seed && !op_seed)
        return true;
    if (!op_seed && !own_seed(builder, name, &own))
        return false;
    out->graph = has_seed ? truncate_seed(atomic_load_explicit(&graph->seed, memory_order_relaxed)) : DEFAULT_GRAPH_SEED;
    out->op = truncate_seed(own);
    if (out->graph == 0 && out->op == 0)
        out->op = INT32_MAX;
    return true;
}

/* A shape argument as a tensor, named "shape"; an empty list is int32. */
static vs_tensor shape_tensor(vs__builder *builder, vs_tensor shape)
{
    const vs__output *output;
    bool empty = shape.kind == VS__TENSOR_LITERAL && vs__tensor_natural_dtype(shape) == VS_FLOAT32 &&
                 ((const vs_literal *)shape.of.pointer)->kind == VS_LITERAL_INTS;
    bool done = vs__convert(builder, shape, "shape", empty ? VS_INT32 : VS_DTYPE_NONE, VS_DTYPE_NONE, false, &output);
    return done ? vs__tensor_of(output) : null_tensor;
}

static vs_tensor convert(vs__builder *builder, vs_tensor tensor, vs_dtype dtype, const char *name)
{
    const vs__output *output;
    if (builder->error->code != VS_OK || !vs__convert(builder, tensor, name, dtype, VS_DTYPE_NONE, false, &output))
        return null_tensor;
    return vs__tensor_of(output);
}

static vs_tensor binary(vs__builder *builder, uint32_t op, vs_tensor x, vs_tensor y, const char *name,
                        vs__op_scope *scope)
{
    const vs__application application = {.op = op, .name = name, .scope = scope, .inputs = {x, y}};
    return builder->error->code == VS_OK ? vs__apply(builder, &application) : null_tensor;
}

/* A random op of a shape alone: RandomStandardNormal, TruncatedNormal, RandomUniform. */
static vs_tensor source(vs__builder *builder, uint32_t op, vs_tensor shape, vs_dtype dtype, const int64_t *seed)
{
    seeds both;
    vs__op_scope scope;
    if (builder->error->code != VS_OK || !vs__op_scope_open(builder, NULL, vs__op_name(vs__op_def_at(op)), &scope) ||
        !get_seeds(builder, seed, &scope.name, &both))
        return null_tensor;
    const vs__application application = {
        .op = op, .scope = &scope, .inputs = {shape},
        .attrs = {VS__ATTR_OF_INT("seed", both.graph), VS__ATTR_OF_INT("seed2", both.op),
                  VS__ATTR_OF_INT("dtype", dtype)}};
    return vs__apply(builder, &application);
}

vs_tensor vs__random_normal(vs__builder *builder, bool truncated, vs_tensor shape, vs_tensor mean, vs_tensor stddev,
                            vs_dtype dtype, const int64_t *seed, const char *name)
{
    vs__op_scope scope;
    if (!vs__op_scope_open(builder, name, truncated ? "truncated_normal" : "random_normal", &scope) ||
        !vs__op_scope_enter(builder, &scope))
        return null_tensor;
    vs_tensor dims = shape_tensor(builder, shape);
    mean = convert(builder, vs_tensor_is_null(mean) ? vs_real(0.0) : mean, dtype, "mean");
    stddev = convert(builder, vs_tensor_is_null(stddev) ? vs_real(1.0) : stddev, dtype, "stddev");
    vs_tensor values = source(builder, truncated ? VS__OP_TruncatedNormal : VS__OP_RandomStandardNormal, dims, dtype,
                              seed);
    values = binary(builder, VS__OP_Mul, values, stddev, "mul", NULL);
    vs__op_scope_leave(builder, &scope);
    return binary(builder, VS__OP_AddV2, values, mean, NULL, &scope);
}

static bool is_int(vs_tensor tensor, int64_t value)
{
    /* To Python a boolean is an integer. */
    return (tensor.kind == VS__TENSOR_INT || tensor.kind == VS__TENSOR_BOOL) && tensor.of.integer == value;
}

static vs_tensor uniform_int(vs__builder *builder, vs__op_scope *scope, vs_tensor shape, vs_tensor minval,
                             vs_tensor maxval, const int64_t *seed)
{
    seeds both;
    if (builder->error->code != VS_OK || !get_seeds(builder, seed, &scope->name, &both))
        return null_tensor;
    const vs__application application = {
        .op = VS__OP_RandomUniformInt, .scope = scope, .inputs = {shape, minval, maxval},
        .attrs = {VS__ATTR_OF_INT("seed", both.graph), VS__ATTR_OF_INT("seed2", both.op)}};
    return vs__apply(builder, &application);
}

/*
 * Inside the scope. Integer 0 and 1 are left out of the graph; a real 0.0 is not told from any other number. The
 * last op takes the scope's name, but the product of a range that begins at integer 0 does not.
 */
static vs_tensor uniform_real(vs__builder *builder, vs__op_scope *scope, vs_tensor shape, vs_tensor minval,
                              vs_tensor maxval, vs_dtype dtype, bool from_zero, bool to_one, const int64_t *seed)
{
    vs_tensor values = source(builder, VS__OP_RandomUniform, shape, dtype, seed);
    if (from_zero)
        return to_one ? values : binary(builder, VS__OP_Mul, values, maxval, NULL, NULL);
    vs_tensor width = binary(builder, VS__OP_Sub, maxval, minval, "sub", NULL);
    values = binary(builder, VS__OP_Mul, values, width, "mul", NULL);
    return binary(builder, VS__OP_AddV2, values, minval, NULL, scope);
}

static bool check_uniform(vs__builder *builder, vs_dtype dtype, bool has_maxval)
{
    bool is_integer = dtype == VS_INT32 || dtype == VS_INT64;
    if (!is_integer && dtype != VS_FLOAT16 && dtype != VS_BFLOAT16 && dtype != VS_FLOAT32 && dtype != VS_FLOAT64)
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "uniform random values cannot be %s: take a float, int32 or int64", vs_dtype_name(dtype));
    return has_maxval || !is_integer ||
           vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call, "uniform random %s values need a maxval",
                    vs_dtype_name(dtype));
}

vs_tensor vs__random_uniform(vs__builder *builder, vs_tensor shape, vs_tensor minval, vs_tensor maxval,
                             vs_dtype dtype, const int64_t *seed, const char *name)
{
    vs__op_scope scope;
    if (!check_uniform(builder, dtype, !vs_tensor_is_null(maxval)))
        return null_tensor;
    minval = vs_tensor_is_null(minval) ? vs_int(0) : minval;
    maxval = vs_tensor_is_null(maxval) ? vs_int(1) : maxval;
    bool from_zero = is_int(minval, 0), to_one = is_int(maxval, 1), is_integer = vs__dtype_is_integer(dtype);
    if (!vs__op_scope_open(builder, name, "random_uniform", &scope) || !vs__op_scope_enter(builder, &scope))
        return null_tensor;
    vs_tensor dims = shape_tensor(builder, shape);
    if (!from_zero || !to_one || is_integer) {
        minval = convert(builder, minval, dtype, "min");
        maxval = convert(builder, maxval, dtype, "max");
    }
    vs_tensor result = null_tensor;
    if (is_integer)
        result = uniform_int(builder, &scope, dims, minval, maxval, seed);
    else
        result = uniform_real(builder, &scope, dims, minval, maxval, dtype, from_zero, to_one, seed);
    vs__op_scope_leave(builder, &scope);
    return result;
}
