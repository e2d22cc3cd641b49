/* Initializers: what a new variable starts as. By value; a zeroed one is absent.
 *
 *     .initializer = vs_random_normal_initializer(.stddev = VS_FLOAT(0.1))
 *     .initializer = vs_value_initializer(VS_REALS(1.0, 2.0))   // the value itself: then give no shape
 */
#ifndef VARSCOPE_INITIALIZER_H
#define VARSCOPE_INITIALIZER_H

#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A number that may be absent, where zero is a value of its own. */
typedef struct vs_float {
    double value;
    bool is_set;
} vs_float;
#define VS_FLOAT(number) ((vs_float){(number), true})

/** An op seed that may be absent. */
typedef struct vs_seed {
    int64_t value;
    bool is_set;
} vs_seed;
#define VS_SEED(number) ((vs_seed){(number), true})

/** A boolean that may be absent: VS_DEFAULT takes what the scope or TensorFlow's default says. */
typedef enum vs_tristate { VS_DEFAULT = 0, VS_TRUE = 1, VS_FALSE = 2 } vs_tristate;

typedef enum vs_initializer_kind {
    VS_INITIALIZER_NONE = 0,
    VS_INITIALIZER_ZEROS,
    VS_INITIALIZER_ONES,
    VS_INITIALIZER_CONSTANT,
    VS_INITIALIZER_RANDOM_NORMAL,
    VS_INITIALIZER_RANDOM_UNIFORM,
    VS_INITIALIZER_TRUNCATED_NORMAL,
    VS_INITIALIZER_VARIANCE_SCALING,
    VS_INITIALIZER_UNIFORM_UNIT_SCALING,
    VS_INITIALIZER_ORTHOGONAL,
    VS_INITIALIZER_IDENTITY,
    VS_INITIALIZER_VALUE,
    VS_INITIALIZER_FUNCTION,
    VS_INITIALIZER_DEFERRED /* what a variable creator is handed for get_variable (creator.h) */
} vs_initializer_kind;

/** Where in a partitioned variable a slice lies. */
typedef struct vs_partition_info {
    uint32_t rank;
    const int64_t *full_shape; /* rank of them */
    const int64_t *var_offset; /* rank of them */
} vs_partition_info;

/** The one dimension in which a slice of this shape is smaller than the whole; -1: none. Fails when two are. */
VS_API vs_status vs_partition_info_single_slice_dim(const vs_partition_info *info, vs_shape shape, int32_t *out);

/** The offset in that dimension, 0 when there is none. */
VS_API vs_status vs_partition_info_single_offset(const vs_partition_info *info, vs_shape shape, int64_t *out);

/**
 * Makes the initial value of a variable; runs on the thread that creates it, in the name scope VARIABLE/Initializer/.
 *
 * @param shape      absent when get_variable was given none
 * @param dtype      VS_DTYPE_NONE when the value decides
 * @param partition  of a slice; else NULL
 * @return the value; null after vs_raise() to fail
 */
typedef vs_tensor (*vs_initializer_function)(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition,
                                             void *user);

/** Called once when user data is no longer needed, on the thread that happens to need it last. */
typedef void (*vs_destroy)(void *user);

typedef enum vs_fan_mode { VS_FAN_IN = 0, VS_FAN_OUT, VS_FAN_AVG } vs_fan_mode;
typedef enum vs_distribution {
    VS_TRUNCATED_NORMAL = 0,
    VS_UNTRUNCATED_NORMAL,
    VS_UNIFORM
} vs_distribution;

/** An initializer. Fill it through the functions below; a literal in it is borrowed for the call that takes it. */
typedef struct vs_initializer {
    vs_initializer_kind kind;
    vs_fan_mode mode;             /* variance_scaling; in (0) unless given */
    vs_distribution distribution; /* variance_scaling */
    vs_tensor value;              /* constant, value; random_uniform: minval */
    vs_tensor maxval;             /* random_uniform */
    vs_float mean;                /* 0.0 */
    vs_float stddev;              /* 1.0 */
    vs_float scale;               /* variance_scaling 1.0; uniform_unit_scaling's factor, the gain of the rest: 1.0 */
    vs_seed seed;
    vs_initializer_function function;
    bool takes_no_shape;          /* function: needs no arguments, the value decides the shape */
    void *user;
    vs_destroy destroy;           /* of user; runs when the graph goes, or with get_variable's return */
} vs_initializer;

/* Each takes keywords that are members of vs_initializer; call with none as vs_zeros_initializer(). */
#define VS__INITIALIZER(of, ...) ((vs_initializer){.kind = VS_INITIALIZER_##of, __VA_ARGS__})
#define vs_zeros_initializer() VS__INITIALIZER(ZEROS, .mode = VS_FAN_IN)
#define vs_ones_initializer() VS__INITIALIZER(ONES, .mode = VS_FAN_IN)
#define vs_constant_initializer(...) VS__INITIALIZER(CONSTANT, .value = __VA_ARGS__)
#define vs_random_normal_initializer(...) VS__INITIALIZER(RANDOM_NORMAL, __VA_ARGS__)
#define vs_random_uniform_initializer(...) VS__INITIALIZER(RANDOM_UNIFORM, .value = __VA_ARGS__)
#define vs_truncated_normal_initializer(...) VS__INITIALIZER(TRUNCATED_NORMAL, __VA_ARGS__)
#define vs_variance_scaling_initializer(...) VS__INITIALIZER(VARIANCE_SCALING, __VA_ARGS__)
#define vs_uniform_unit_scaling_initializer(...) VS__INITIALIZER(UNIFORM_UNIT_SCALING, __VA_ARGS__)
#define vs_orthogonal_initializer(...) VS__INITIALIZER(ORTHOGONAL, __VA_ARGS__)
#define vs_identity_initializer(...) VS__INITIALIZER(IDENTITY, __VA_ARGS__)
#define vs_value_initializer(...) VS__INITIALIZER(VALUE, .value = __VA_ARGS__)
#define vs_function_initializer(...) VS__INITIALIZER(FUNCTION, .function = __VA_ARGS__)

/* Variance scaling with the published settings of Glorot, He and LeCun (init_ops.py). */
#define vs_glorot_uniform_initializer(...)                                                                    \
    VS__INITIALIZER(VARIANCE_SCALING, .mode = VS_FAN_AVG, .distribution = VS_UNIFORM, __VA_ARGS__)
#define vs_glorot_normal_initializer(...) VS__INITIALIZER(VARIANCE_SCALING, .mode = VS_FAN_AVG, __VA_ARGS__)
#define vs_he_uniform_initializer(...)                                                                        \
    VS__INITIALIZER(VARIANCE_SCALING, .scale = {2.0, true}, .distribution = VS_UNIFORM, __VA_ARGS__)
#define vs_he_normal_initializer(...) VS__INITIALIZER(VARIANCE_SCALING, .scale = {2.0, true}, __VA_ARGS__)
#define vs_lecun_uniform_initializer(...)                                                                     \
    VS__INITIALIZER(VARIANCE_SCALING, .distribution = VS_UNIFORM, __VA_ARGS__)
#define vs_lecun_normal_initializer(...) VS__INITIALIZER(VARIANCE_SCALING, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
