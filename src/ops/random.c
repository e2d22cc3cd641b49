/* Random values (random_ops.py). */
#include "random.h"

#include "operands.h"

static const int64_t *seed_of(const vs_seed *seed)
{
    return seed->is_set ? &seed->value : NULL;
}

/* A reference, which no random value is, is found out on the way. */
static vs_dtype dtype_of(vs_dtype dtype)
{
    return dtype == VS_DTYPE_NONE ? VS_FLOAT32 : dtype;
}

vs_tensor vs_random_normal_with(const vs_random_normal_args *given)
{
    VS__ARGUMENTS(vs_random_normal_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    return vs__random_normal(&state->builder, /* truncated= */ false, args->shape, args->mean, args->stddev,
                             dtype_of(args->dtype), seed_of(&args->seed), args->name);
}

vs_tensor vs_random_uniform_with(const vs_random_uniform_args *given)
{
    VS__ARGUMENTS(vs_random_uniform_args, args, given);
    vs__state *state = vs__enter_call(&args->call);
    if (!state)
        return VS__NO_TENSOR;
    return vs__random_uniform(&state->builder, args->shape, args->minval, args->maxval, dtype_of(args->dtype),
                              seed_of(&args->seed), args->name);
}
