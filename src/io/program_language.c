#include "program_language.h"

#include <string.h>

#include <varscope/initializer.h>
#include <varscope/partitioner.h>
#include <varscope/regularizer.h>

#include "program_run.h"

#define ARGUMENT(name, takes, flags, member)                                                                 \
    {                                                                                                        \
        name, VS__TAKES_##takes, flags, offsetof(OF, member), 0                                              \
    }
#define OBJECT_ARGUMENTS(arguments) arguments, sizeof arguments / sizeof arguments[0]
#define OBJECT(name, arguments, preset, finish)                                                              \
    {                                                                                                        \
        {name, OBJECT_ARGUMENTS(arguments), sizeof preset}, &preset, finish                                  \
    }
#define PLAIN_OBJECT(name, preset)                                                                           \
    {                                                                                                        \
        {name, NULL, 0, sizeof preset}, &preset, NULL                                                        \
    }
#define FAMILY(what, objects)                                                                                \
    {                                                                                                        \
        what, objects, sizeof objects / sizeof objects[0]                                                    \
    }

/* ---- initializers ---- */

#define OF vs_initializer

static const vs__argument seeded[] = {ARGUMENT("seed", SEED, 0, seed)};

static const vs__argument constant_arguments[] = {ARGUMENT("value", CONSTANT, VS__NOT_NULL, value)};

static const vs__argument normal_arguments[] = {
    ARGUMENT("mean", FLOAT, VS__NOT_NULL, mean),
    ARGUMENT("stddev", FLOAT, VS__NOT_NULL, stddev),
    ARGUMENT("seed", SEED, 0, seed),
};

static const vs__argument uniform_arguments[] = {
    ARGUMENT("minval", NUMBER, VS__NOT_NULL, value),
    ARGUMENT("maxval", NUMBER, 0, maxval),
    ARGUMENT("seed", SEED, 0, seed),
};

static const vs__argument scaling_arguments[] = {
    ARGUMENT("scale", FLOAT, VS__NOT_NULL, scale),
    ARGUMENT("mode", FAN_MODE, VS__NOT_NULL, mode),
    ARGUMENT("distribution", DISTRIBUTION, VS__NOT_NULL, distribution),
    ARGUMENT("seed", SEED, 0, seed),
};

static const vs__argument unit_scaling_arguments[] = {
    ARGUMENT("factor", FLOAT, VS__NOT_NULL, scale),
    ARGUMENT("seed", SEED, 0, seed),
};

static const vs__argument orthogonal_arguments[] = {
    ARGUMENT("gain", FLOAT, VS__NOT_NULL, scale),
    ARGUMENT("seed", SEED, 0, seed),
};

static const vs__argument identity_arguments[] = {ARGUMENT("gain", FLOAT, VS__NOT_NULL, scale)};

#undef OF

static const vs_initializer zeros = {.kind = VS_INITIALIZER_ZEROS};
static const vs_initializer ones = {.kind = VS_INITIALIZER_ONES};
static const vs_initializer constant = {.kind = VS_INITIALIZER_CONSTANT,
                                        .value = {{NULL}, VS__TENSOR_INT, 0}};
static const vs_initializer random_normal = {.kind = VS_INITIALIZER_RANDOM_NORMAL};
static const vs_initializer random_uniform = {.kind = VS_INITIALIZER_RANDOM_UNIFORM};
static const vs_initializer truncated_normal = {.kind = VS_INITIALIZER_TRUNCATED_NORMAL};
static const vs_initializer variance_scaling = {.kind = VS_INITIALIZER_VARIANCE_SCALING};
static const vs_initializer glorot_uniform = {
    .kind = VS_INITIALIZER_VARIANCE_SCALING, .mode = VS_FAN_AVG, .distribution = VS_UNIFORM};
static const vs_initializer glorot_normal = {.kind = VS_INITIALIZER_VARIANCE_SCALING, .mode = VS_FAN_AVG};
static const vs_initializer uniform_unit_scaling = {.kind = VS_INITIALIZER_UNIFORM_UNIT_SCALING};
static const vs_initializer orthogonal = {.kind = VS_INITIALIZER_ORTHOGONAL};
static const vs_initializer identity = {.kind = VS_INITIALIZER_IDENTITY};

/* TensorFlow refuses this when the initializer is written, used or not. */
static void check_scale(vs__runner *runner, void *object)
{
    const vs_initializer *initializer = object;
    if (initializer->scale.is_set && initializer->scale.value <= 0)
        vs__program_fail(runner, VS_INVALID_ARGUMENT, "scale must be positive");
}

static const vs__object initializers[] = {
    PLAIN_OBJECT("zeros", zeros),
    PLAIN_OBJECT("ones", ones),
    OBJECT("constant", constant_arguments, constant, NULL),
    OBJECT("random_normal", normal_arguments, random_normal, NULL),
    OBJECT("random_uniform", uniform_arguments, random_uniform, NULL),
    OBJECT("truncated_normal", normal_arguments, truncated_normal, NULL),
    OBJECT("variance_scaling", scaling_arguments, variance_scaling, check_scale),
    OBJECT("glorot_uniform", seeded, glorot_uniform, NULL),
    OBJECT("glorot_normal", seeded, glorot_normal, NULL),
    OBJECT("uniform_unit_scaling", unit_scaling_arguments, uniform_unit_scaling, NULL),
    OBJECT("orthogonal", orthogonal_arguments, orthogonal, NULL),
    OBJECT("identity", identity_arguments, identity, NULL),
};

/* ---- partitioners ---- */

#define OF vs_partitioner

static const vs__argument fixed_size_arguments[] = {
    ARGUMENT("num_shards", INT, VS__REQUIRED, count),
    ARGUMENT("axis", INT, VS__NOT_NULL, axis),
};

static const vs__argument axis_size_arguments[] = {
    ARGUMENT("max_shard_bytes", INT, VS__REQUIRED, count),
    ARGUMENT("axis", INT, VS__NOT_NULL, axis),
    ARGUMENT("bytes_per_string_element", INT, VS__NOT_NULL, bytes_per_string_element),
    ARGUMENT("max_shards", INT, 0, max_shards),
};

static const vs__argument min_max_arguments[] = {
    ARGUMENT("max_partitions", INT, VS__NOT_NULL, count),
    ARGUMENT("axis", INT, VS__NOT_NULL, axis),
    ARGUMENT("min_slice_size", INT, VS__NOT_NULL, min_slice_size),
    ARGUMENT("bytes_per_string_element", INT, VS__NOT_NULL, bytes_per_string_element),
};

#undef OF

static const vs_partitioner fixed_size = {.kind = VS_PARTITIONER_FIXED_SIZE};
static const vs_partitioner variable_axis_size = {.kind = VS_PARTITIONER_VARIABLE_AXIS_SIZE,
                                                  .bytes_per_string_element = 16};
static const vs_partitioner min_max_variable = {.kind = VS_PARTITIONER_MIN_MAX_VARIABLE,
                                                .count = 1,
                                                .min_slice_size = 256 << 10,
                                                .bytes_per_string_element = 16};

/* A bound on the nodes of the program bounds slices too: one statement could else make any number of them. */
static int64_t bounded(const vs__runner *runner, int64_t count)
{
    size_t most = runner->run->max_nodes;
    return most && count > 0 && (uint64_t)count > most ? (int64_t)most + 1 : count;
}

static void finish_fixed_size(vs__runner *runner, void *object)
{
    vs_partitioner *partitioner = object;
    partitioner->count = bounded(runner, partitioner->count);
}

static void finish_axis_size(vs__runner *runner, void *object)
{
    vs_partitioner *partitioner = object;
    if (partitioner->count < 1 || partitioner->bytes_per_string_element < 1)
        vs__program_fail(runner, VS_INVALID_ARGUMENT,
                         "max_shard_bytes and bytes_per_string_element must be positive");
    if (partitioner->max_shards < 0)
        vs__program_fail(runner, VS_INVALID_ARGUMENT, "max_shards must be positive");
    partitioner->max_shards = bounded(runner, partitioner->max_shards ? partitioner->max_shards : INT64_MAX);
}

/*
 * Zero is the default in the C struct; in TensorFlow what is not positive leaves one slice, or divides by
 * 0.
 */
static void finish_min_max(vs__runner *runner, void *object)
{
    vs_partitioner *partitioner = object;
    if (partitioner->min_slice_size == 0)
        vs__program_fail(runner, VS_INVALID_ARGUMENT, "min_slice_size must not be 0");
    if (partitioner->count < 1 || partitioner->min_slice_size < 0)
        partitioner->count = partitioner->min_slice_size = 1;
    if (partitioner->bytes_per_string_element == 0)
        partitioner->bytes_per_string_element = -1;
    partitioner->count = bounded(runner, partitioner->count);
}

static const vs__object partitioners[] = {
    OBJECT("fixed_size", fixed_size_arguments, fixed_size, finish_fixed_size),
    OBJECT("variable_axis_size", axis_size_arguments, variable_axis_size, finish_axis_size),
    OBJECT("min_max_variable", min_max_arguments, min_max_variable, finish_min_max),
};

/* ---- regularizers ---- */

#define OF vs_regularizer

static const vs__argument norm_arguments[] = {ARGUMENT("scale", REAL, VS__REQUIRED, scale)};

#undef OF

static const vs_regularizer l1 = {.kind = VS_REGULARIZER_L1};
static const vs_regularizer l2 = {.kind = VS_REGULARIZER_L2};
static const vs_regularizer none = {.kind = VS_REGULARIZER_NONE};

static const vs__object regularizers[] = {
    OBJECT("l1", norm_arguments, l1, NULL),
    OBJECT("l2", norm_arguments, l2, NULL),
    PLAIN_OBJECT("none", none),
};

const vs__family vs__program_initializers = FAMILY("initializer", initializers);
const vs__family vs__program_partitioners = FAMILY("partitioner", partitioners);
const vs__family vs__program_regularizers = FAMILY("regularizer", regularizers);

/* ---- finding ---- */

const vs__family *vs__program_family(vs__takes takes)
{
    switch (takes) {
    case VS__TAKES_INITIALIZER:
        return &vs__program_initializers;
    case VS__TAKES_PARTITIONER:
        return &vs__program_partitioners;
    case VS__TAKES_REGULARIZER:
        return &vs__program_regularizers;
    default:
        return NULL;
    }
}

const vs__object *vs__program_find_object(const vs__family *family, const char *name)
{
    for (size_t i = 0; i < family->count; i++)
        if (strcmp(family->objects[i].signature.name, name) == 0)
            return &family->objects[i];
    return NULL;
}

void vs__program_try_arguments(const vs__signature *signature, vs__nearest *search)
{
    for (uint32_t i = 0; i < signature->count; i++)
        vs__nearest_try(search, signature->arguments[i].name, strlen(signature->arguments[i].name));
}

const vs__argument *vs__program_find_argument(const vs__signature *signature, const char *name)
{
    for (uint32_t i = 0; i < signature->count; i++)
        if (strcmp(signature->arguments[i].name, name) == 0)
            return &signature->arguments[i];
    return NULL;
}

vs_status vs__program_code(const char *name)
{
    static const vs_status codes[] = {VS_ALREADY_EXISTS, VS_NOT_FOUND, VS_INCOMPATIBLE, VS_INVALID_ARGUMENT,
                                      VS_RESOURCE_EXHAUSTED};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(vs_status_name(codes[i]), name) == 0)
            return codes[i];
    return VS_OK;
}

/* ---- words ---- */

static inline bool begins_identifier(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t identifier_length(const char *text)
{
    size_t length = 0;
    while (begins_identifier(text[length]) || (length && text[length] >= '0' && text[length] <= '9'))
        length++;
    return length;
}

bool vs__program_is_identifier(const char *text)
{
    size_t length = identifier_length(text);
    return length && !text[length];
}

bool vs__program_reference(const char *text, vs__reference *out)
{
    out->name = text + 1;
    out->length = identifier_length(text + 1);
    out->attribute = VS__ATTRIBUTE_NONE;
    const char *rest = out->name + out->length;
    if (strcmp(rest, ".name") == 0)
        out->attribute = VS__ATTRIBUTE_NAME;
    else if (strcmp(rest, ".original_name_scope") == 0)
        out->attribute = VS__ATTRIBUTE_ORIGINAL_NAME_SCOPE;
    else if (*rest)
        return false;
    return out->length != 0;
}
