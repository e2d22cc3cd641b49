/* Partitioned variables: slices with names of their own (_get_partitioned_variable of variable_scope.py). */
#include "get_variable.h"

#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "shared.h"

/* A partitioned variable that is there, against what was asked. partitions NULL: no partitioner was given. */
vs_variable *vs__get_found_partitioned(const vs__request *of, vs_variable *found, vs_shape shape, const int64_t *partitions)
{
    if (!vs__shared_compare(of, found))
        return NULL;
    if (found->kind != VS_PARTITIONED_VARIABLE) {
        vs__get_clash(of, VS_INCOMPATIBLE, found,
                      "is not partitioned, but was asked for with a partitioner: leave the partitioner out");
        return NULL;
    }
    if (of->args->reuse == VS_REUSE_FALSE) {
        vs__get_already_exists(of, found);
        return NULL;
    }
    if (!vs__get_same_kind(of, found, shape, of->args->dtype))
        return NULL;
    uint32_t rank = vs__blob_shape(found->shape).rank;
    for (uint32_t i = 0; partitions && i < rank; i++) {
        if (partitions[i] == found->partitions[i])
            continue;
        char site[VS__SITE_SIZE];
        vs__fail(of->error, VS_INCOMPATIBLE, of->call,
                 "variable %s has %lld slices along dimension %u%s, but %lld were asked for: give the same partitioner",
                 of->args->name, (long long)found->partitions[i], i, vs__first_defined(&found->site, site),
                 (long long)partitions[i]);
        of->error->first = found->site;
        return NULL;
    }
    if (!vs__shared_found(of, found))
        return NULL;
    vs__get_note(of, VS_FOUND);
    return found;
}

/* A partitioned variable on its way. */
typedef struct slicing {
    const vs__request *of;
    vs_variable *whole;
    vs_shape shape;
    uint32_t dim; /* that is sliced */
    int64_t count;
} slicing;

/* The value of a slice: cut out of the whole value, in a name scope of its own. */
static bool slice_value(const slicing *cut, const char *name, const int64_t *offset, vs_shape shape,
                        vs_initializer *initializer)
{
    vs__state *state = cut->of->state;
    vs__builder *builder = &state->builder;
    char small[512];
    size_t size = strlen(name) + sizeof "/PartitionedInitializer";
    char *path = size <= sizeof small ? small : vs__allocate(size);
    if (!path)
        return vs__fail_memory(cut->of->error, cut->of->call);
    snprintf(path, size, "%s/PartitionedInitializer", name);
    vs__scope *scope = vs__scope_open(builder, path);
    if (path != small)
        vs__release(path, size);
    if (!scope)
        return false;
    if (!vs__get_is_value(initializer))
        return true;
    vs__scope *before = builder->scope;
    builder->scope = scope;
    vs_tensor value = initializer->value;
    if (value.kind != VS__TENSOR_OUTPUT) {
        const vs__output *output = NULL;
        vs__convert(builder, value, "Const", cut->of->args->dtype, VS_DTYPE_NONE, false, &output);
        value = vs__tensor_of(output);
    }
    int64_t rank = shape.rank;
    const vs_literal begin = {VS_LITERAL_INTS, 1, &rank, offset}, sizes = {VS_LITERAL_INTS, 1, &rank, shape.dims};
    const vs__application slice = {.op = VS__OP_Slice,
                                   .inputs = {value, vs_literal_tensor(&begin), vs_literal_tensor(&sizes)}};
    initializer->value = vs_tensor_is_null(value) ? value : vs__apply(builder, &slice);
    builder->scope = before;
    return !vs_tensor_is_null(initializer->value);
}

static vs_variable *make_slice(const slicing *cut, size_t i, const int64_t *offset, const int64_t *dims)
{
    const vs__request *of = cut->of;
    char small[512];
    size_t size = of->length + 32;
    char *name = size <= sizeof small ? small : vs__allocate(size);
    if (!name) {
        vs__fail_memory(of->error, of->call);
        return NULL;
    }
    int length = snprintf(name, size, "%s/part_%zu", of->args->name, i);
    vs_get_variable_args args = *of->args;
    args.name = name;
    args.shape = (vs_shape){VS_SHAPE_RANKED, cut->shape.rank, dims};
    args.outcome = NULL;
    args.strict = false;
    vs_variable *slice = NULL;
    if (slice_value(cut, name, offset, args.shape, &args.initializer)) {
        if (vs__get_is_value(&args.initializer)) {
            args.shape = (vs_shape){VS_SHAPE_ABSENT, 0, NULL};
            args.dtype = vs_dtype_base(vs_tensor_dtype(args.initializer.value));
        }
        const vs__slice place = {{cut->shape.rank, cut->shape.dims, offset}, cut->whole, dims};
        const vs__request part = {of->state, &args, (size_t)length, of->error, of->call};
        slice = vs__get_single(&part, &place);
        /* One that was made by hand under the name of a slice becomes one, as in TensorFlow. */
        if (slice && !vs__variable_slice_of(slice) && !vs__variable_set_slice(&of->state->builder, &place, slice))
            slice = NULL;
    }
    if (name != small)
        vs__release(name, size);
    return slice;
}

static bool make_slices(const slicing *cut)
{
    int64_t offset[VS_MAX_RANK] = {0}, dims[VS_MAX_RANK];
    int64_t whole = cut->shape.dims[cut->dim], excess = whole % cut->count, least = whole / cut->count;
    memcpy(dims, cut->shape.dims, cut->shape.rank * sizeof *dims);
    for (int64_t i = 0; i < cut->count; i++) {
        dims[cut->dim] = least + (i < excess);
        vs_variable *slice = make_slice(cut, (size_t)i, offset, dims);
        if (!slice)
            return false;
        cut->whole->slices[cut->whole->n_slices++] = slice;
        offset[cut->dim] += dims[cut->dim];
    }
    return true;
}

/* The object of a partitioned variable, without its slices. */
static vs_variable *new_whole(const vs__request *of, const char *key, vs_shape shape, const int64_t *partitions,
                              int64_t count)
{
    vs__builder *builder = &of->state->builder;
    bool failed = false;
    vs_variable *whole = vs__arena_allocate(&builder->arena, sizeof *whole);
    vs_variable **slices = vs__arena_allocate(&builder->arena, (size_t)count * sizeof *slices);
    int64_t *kept = vs__arena_allocate(&builder->arena, shape.rank * sizeof *kept);
    const vs__blob *blob = vs__intern_shape(builder, shape, &failed);
    if (!whole || !slices || !kept || failed) {
        vs__fail_memory(of->error, of->call);
        return NULL;
    }
    memcpy(kept, partitions, shape.rank * sizeof *kept);
    *whole = (vs_variable){
        .graph = builder->graph, .name = key, .key = key, .shape = blob, .kind = VS_PARTITIONED_VARIABLE,
        .dtype = (uint8_t)of->args->dtype, .trainable = of->args->trainable != VS_FALSE, .slices = slices,
        .partitions = kept, .constraint = of->args->constraint,
        .synchronization = (uint8_t)of->args->synchronization, .aggregation = (uint8_t)of->args->aggregation,
    };
    return whole;
}

/* Slices made by hand under the names of this variable's must be all of them (_get_partitioned_variable). */
static bool check_present_slices(const vs__request *of, int64_t count)
{
    const vs_variable *first = vs__get_find_slice(of, 0);
    if (!first)
        return of->error->code == VS_OK;
    if (!vs__get_find_slice(of, (size_t)count - 1) || vs__get_find_slice(of, (size_t)count))
        return vs__get_clash(of, VS_INCOMPATIBLE, first, "has a slice, but not those of this partitioner: give the one that it was made with, or another name");
    return of->error->code == VS_OK;
}

static vs_variable *create_partitioned(const vs__request *of, vs__store_entry *entry, vs_shape shape,
                                       const int64_t *partitions)
{
    slicing cut = {.of = of, .shape = shape, .count = 1};
    for (uint32_t i = 0; i < shape.rank; i++) {
        if (partitions[i] > 1) {
            cut.dim = i;
            cut.count = partitions[i];
            break;
        }
    }
    const vs_initializer *initializer = &of->args->initializer;
    bool ready = check_present_slices(of, cut.count);
    for (uint32_t i = 0; ready && i < shape.rank; i++)
        if (!shape.dims[i])
            ready = vs__get_fail(of, VS_INVALID_ARGUMENT, "has no elements, and so no slices: leave the partitioner out");
    if (ready && cut.count > (1 << 20))
        ready = vs__get_fail(of, VS_RESOURCE_EXHAUSTED, "would have more than 1,048,576 slices");
    vs__shared_creation creation;
    cut.whole = ready ? new_whole(of, entry->key, shape, partitions, cut.count) : NULL;
    if (!cut.whole || !vs__shared_begin(of, entry->key, false, &creation)) {
        vs__store_abandon(entry);
        return NULL;
    }
    bool made = make_slices(&cut);
    vs__shared_end(of, &creation, made ? cut.whole : NULL);
    if (!made) {
        vs__store_abandon(entry);
        return NULL;
    }
    cut.whole->site = cut.whole->slices[0]->site;
    if (vs__get_is_value(initializer) && initializer->value.kind == VS__TENSOR_OUTPUT) /* a tensor decides the dtype */
        cut.whole->dtype = cut.whole->slices[0]->dtype;
    cut.whole->trainable = cut.whole->slices[0]->trainable;
    vs__store_publish(entry, cut.whole);
    vs__get_note(of, VS_CREATED);
    return cut.whole;
}

/* The shape to partition: that asked for, merged with that of a tensor as initial value. */
static bool whole_shape(const vs__request *of, int64_t *dims, vs_shape *out)
{
    *out = of->args->shape.kind == VS_SHAPE_ABSENT ? VS_UNKNOWN_SHAPE : of->args->shape;
    if (!vs__get_is_value(&of->args->initializer) || of->args->initializer.value.kind != VS__TENSOR_OUTPUT)
        return true;
    vs_shape value = vs_tensor_shape(of->args->initializer.value);
    if (!vs_shape_is_compatible(*out, value))
        return vs__get_fail(of, VS_INVALID_ARGUMENT, "is given a shape that its initial value does not have");
    if (out->kind != VS_SHAPE_RANKED || value.kind != VS_SHAPE_RANKED) {
        *out = value.kind == VS_SHAPE_RANKED ? value : *out;
        return true;
    }
    for (uint32_t i = 0; i < value.rank; i++)
        dims[i] = value.dims[i] >= 0 ? value.dims[i] : out->dims[i];
    *out = (vs_shape){VS_SHAPE_RANKED, value.rank, dims};
    return true;
}

vs_variable *vs__get_partitioned(const vs__request *of)
{
    const vs_get_variable_args *args = of->args;
    int64_t dims[VS_MAX_RANK], partitions[VS_MAX_RANK];
    vs_shape shape;
    vs_variable *found = vs__store_find(of->state->builder.graph->store, args->name, of->length);
    if (found && found->kind != VS_PARTITIONED_VARIABLE)
        return vs__get_found_partitioned(of, found, VS_UNKNOWN_SHAPE, NULL);
    if (!whole_shape(of, dims, &shape) ||
        !vs__partitioner_call(of->state, &args->partitioner, args->name, shape, args->dtype, partitions))
        return NULL;
    vs__store_entry *entry = NULL;
    switch (vs__get_claim(of, &found, &entry)) {
    case VS__CLAIM_FOUND:
        return vs__get_found_partitioned(of, found, shape, partitions);
    case VS__CLAIM_MINE:
        return create_partitioned(of, entry, shape, partitions);
    case VS__CLAIM_ABSENT:
        vs__get_not_found(of);
        return NULL;
    default:
        return NULL;
    }
}
