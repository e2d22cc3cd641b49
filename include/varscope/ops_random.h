/* Random values (random_ops.py). See ops.h. */
#ifndef VARSCOPE_OPS_RANDOM_H
#define VARSCOPE_OPS_RANDOM_H

#include "initializer.h"
#include "ops_arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Random values of a normal distribution. */
typedef struct vs_random_normal_args {
    vs_call call;
    vs_tensor shape;  /* a list of ints or a tensor */
    vs_tensor mean;   /* null: 0.0 */
    vs_tensor stddev; /* null: 1.0 */
    vs_dtype dtype;   /* 0: float32 */
    vs_seed seed;
    const char *name;
} vs_random_normal_args;
VS_API vs_tensor vs_random_normal_with(const vs_random_normal_args *args);
#define vs_random_normal(...) VS__BUILD(random_normal, shape, __VA_ARGS__)

/** Random values in [minval, maxval). An integer 0 and 1 make fewer nodes than 0.0 and 1.0, as in TensorFlow. */
typedef struct vs_random_uniform_args {
    vs_call call;
    vs_tensor shape;  /* a list of ints or a tensor */
    vs_tensor minval; /* null: integer 0 */
    vs_tensor maxval; /* null: 1 for floats; ints need one */
    vs_dtype dtype;   /* 0: float32 */
    vs_seed seed;
    const char *name;
} vs_random_uniform_args;
VS_API vs_tensor vs_random_uniform_with(const vs_random_uniform_args *args);
#define vs_random_uniform(...) VS__BUILD(random_uniform, shape, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
