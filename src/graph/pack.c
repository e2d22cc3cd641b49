#include "pack.h"

#include <string.h>

#include "apply.h"
#include "memory.h"
#include "tensor_proto.h"

static const vs_tensor *items_of(vs_tensor list)
{
    return list.of.pointer;
}

/* Whether it stands for a list of Python's that holds literals only. */
static bool is_literal_list(vs_tensor tensor)
{
    return tensor.kind == VS__TENSOR_LIST ||
           (tensor.kind == VS__TENSOR_LITERAL && ((const vs_literal *)tensor.of.pointer)->rank);
}

static bool is_list(vs_tensor tensor)
{
    return tensor.kind == VS__TENSOR_LIST;
}

/* Whether Python's class of it is a tensor's. */
static bool is_tensor(vs_tensor tensor)
{
    return tensor.kind == VS__TENSOR_OUTPUT || tensor.kind == VS__TENSOR_VARIABLE;
}

/* The dtype of the first tensor in it, depth first; VS_DTYPE_NONE: there is none. */
static vs_dtype dtype_inside(vs_tensor list)
{
    vs_dtype dtype = VS_DTYPE_NONE;
    for (uint32_t i = 0; i < list.count && dtype == VS_DTYPE_NONE; i++) {
        vs_tensor item = items_of(list)[i];
        if (is_list(item))
            dtype = dtype_inside(item);
        else if (is_tensor(item))
            dtype = vs_dtype_base(vs_tensor_dtype(item));
    }
    return dtype;
}

/* ---- lists of literals ---- */

/* A list of literals on its way to a literal. */
typedef struct flattening {
    int64_t dims[VS_MAX_RANK];
    uint32_t rank;
    size_t count;
    bool has_ints, has_reals, has_bools, has_strings, has_complex, has_bytes;
    vs_literal_kind kind;
    void *data; /* count elements */
    size_t filled;
} flattening;

/* The shape as the first element at each depth has it. false: an element is no literal, or too deep. */
static bool measure_shape(flattening *flat, vs_tensor tensor)
{
    while (is_list(tensor)) {
        if (flat->rank == VS_MAX_RANK)
            return false;
        flat->dims[flat->rank++] = tensor.count;
        if (!tensor.count)
            return true;
        tensor = items_of(tensor)[0];
    }
    vs__values values;
    if (!vs__values_of(tensor, &values) || flat->rank + values.shape.rank > VS_MAX_RANK)
        return false;
    for (uint32_t i = 0; i < values.shape.rank; i++)
        flat->dims[flat->rank++] = values.shape.dims[i];
    return true;
}

static void note_kind(flattening *flat, vs_literal_kind kind)
{
    flat->has_ints |= kind == VS_LITERAL_INTS;
    flat->has_reals |= kind == VS_LITERAL_REALS;
    flat->has_bools |= kind == VS_LITERAL_BOOLS;
    flat->has_strings |= kind == VS_LITERAL_STRINGS || kind == VS_LITERAL_BYTES;
    flat->has_bytes |= kind == VS_LITERAL_BYTES;
    flat->has_complex |= kind == VS_LITERAL_COMPLEX;
}

/* Count the elements and find their kinds. false: something in it has another shape, or is no literal. */
static bool measure(flattening *flat, vs_tensor tensor, uint32_t depth)
{
    if (is_list(tensor)) {
        if (depth >= flat->rank || flat->dims[depth] != tensor.count)
            return false;
        for (uint32_t i = 0; i < tensor.count; i++)
            if (!measure(flat, items_of(tensor)[i], depth + 1))
                return false;
        return true;
    }
    vs__values values;
    if (!vs__values_of(tensor, &values) || values.shape.rank != flat->rank - depth)
        return false;
    for (uint32_t i = 0; i < values.shape.rank; i++)
        if (values.shape.dims[i] != flat->dims[depth + i])
            return false;
    note_kind(flat, values.kind);
    flat->count += values.count;
    return true;
}

/* Among numbers a boolean is 0 or 1, as in NumPy. */
static bool choose_kind(flattening *flat)
{
    bool has_numbers = flat->has_ints || flat->has_reals || flat->has_complex;
    flat->kind = flat->has_bytes                   ? VS_LITERAL_BYTES
                 : flat->has_strings               ? VS_LITERAL_STRINGS
                 : flat->has_complex               ? VS_LITERAL_COMPLEX
                 : flat->has_bools && !has_numbers ? VS_LITERAL_BOOLS
                 : flat->has_ints && !flat->has_reals ? VS_LITERAL_INTS
                                                      : VS_LITERAL_REALS;
    return !flat->has_strings || !(has_numbers || flat->has_bools);
}

static void fill(flattening *flat, vs_tensor tensor)
{
    if (is_list(tensor)) {
        for (uint32_t i = 0; i < tensor.count; i++)
            fill(flat, items_of(tensor)[i]);
        return;
    }
    vs__values values;
    vs__values_of(tensor, &values);
    size_t size = vs__literal_element_size(flat->kind);
    if (values.kind == flat->kind) {
        memcpy((char *)flat->data + flat->filled * size, values.data, values.count * size);
        flat->filled += values.count;
        return;
    }
    for (size_t i = 0; i < values.count; i++, flat->filled++) {
        if (flat->kind == VS_LITERAL_INTS)
            ((int64_t *)flat->data)[flat->filled] = ((const bool *)values.data)[i];
        else if (flat->kind == VS_LITERAL_COMPLEX)
            ((vs_complex *)flat->data)[flat->filled] = vs__value_as_complex(&values, i);
        else if (flat->kind == VS_LITERAL_BYTES)
            ((vs_bytes *)flat->data)[flat->filled] = vs__value_as_bytes(&values, i);
        else
            ((double *)flat->data)[flat->filled] = vs__value_as_double(&values, i);
    }
}

/* A Const of a list in which all are literals. */
static bool convert_literals(vs__builder *builder, vs_tensor list, const char *name, vs_dtype dtype, vs_dtype preferred,
                             const vs__output **out)
{
    flattening flat = {.rank = 0};
    if (!measure_shape(&flat, list) || !measure(&flat, list, 0) || !choose_kind(&flat))
        return vs__fail(builder->error, VS_INVALID_ARGUMENT, builder->call,
                        "the list %s is ragged, or mixes what no tensor can hold together", name);
    size_t size = flat.count * vs__literal_element_size(flat.kind) + 1;
    flat.data = vs__allocate(size);
    if (!flat.data)
        return vs__fail_memory(builder->error, builder->call);
    fill(&flat, list);
    const vs_literal literal = {flat.kind, flat.rank, flat.dims, flat.data};
    bool done = vs__convert(builder, vs_literal_tensor(&literal), name, dtype, preferred, false, out);
    vs__release(flat.data, size);
    return done;
}

vs_dtype vs__list_dtype(vs_tensor list)
{
    vs_dtype dtype = dtype_inside(list);
    flattening flat = {.rank = 0};
    if (dtype != VS_DTYPE_NONE || !measure_shape(&flat, list) || !measure(&flat, list, 0) || !choose_kind(&flat))
        return dtype;
    switch (flat.kind) {
    case VS_LITERAL_INTS:
        return VS_INT32;
    case VS_LITERAL_BOOLS:
        return VS_BOOL;
    case VS_LITERAL_STRINGS:
    case VS_LITERAL_BYTES:
        return VS_STRING;
    case VS_LITERAL_COMPLEX:
        return VS_COMPLEX128;
    default:
        return VS_FLOAT32;
    }
}

/* ---- lists with tensors ---- */

static bool holds_only(vs_tensor list, vs_dtype dtype)
{
    vs__values values;
    for (uint32_t i = 0; i < list.count; i++) {
        vs_tensor item = items_of(list)[i];
        if (is_list(item)            ? !holds_only(item, dtype)
            : is_tensor(item)        ? vs_dtype_base(vs_tensor_dtype(item)) != dtype
            : !vs__values_of(item, &values) || !vs__values_fit(&values, dtype))
            return false;
    }
    return true;
}

bool vs__list_is_mixed(vs_tensor list)
{
    vs_dtype dtype = is_list(list) ? dtype_inside(list) : VS_DTYPE_NONE;
    return dtype != VS_DTYPE_NONE && !holds_only(list, dtype);
}

static const vs_tensor null_tensor = {{NULL}, VS__TENSOR_NULL, 0};

/* A list on its way to one tensor. */
typedef struct packing {
    vs__builder *builder;
    vs_dtype dtype;
    vs_tensor *cast; /* the tensors in it, depth first, where they had another dtype; else NULL */
    size_t n_cast;
} packing;

static vs_tensor pack_items(packing *pack, vs_tensor list, const char *name);

/* A number in digits, written before `end`. */
static const char *number_text(uint32_t number, char *end)
{
    *--end = '\0';
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return end;
}

/* One item as an input of Pack, in the scope of the list; null: error set. */
static vs_tensor pack_item(packing *pack, vs_tensor item, uint32_t i)
{
    char digits[12];
    const char *name = number_text(i, digits + sizeof digits);
    const vs__output *output;
    vs__op_scope used;
    if (is_tensor(item) && pack->cast)
        return pack->cast[pack->n_cast++];
    if (is_tensor(item) && vs_dtype_base(vs_tensor_dtype(item)) == pack->dtype)
        return item; /* read by Pack */
    if (is_list(item) && dtype_inside(item) != VS_DTYPE_NONE)
        return pack_items(pack, item, name);
    /* A list of literals is looked through first, under its name; then a Const is made, under the next. */
    if (is_literal_list(item) && !vs__op_scope_open(pack->builder, name, name, &used))
        return null_tensor;
    return vs__convert(pack->builder, item, name, pack->dtype, VS_DTYPE_NONE, false, &output) ? vs__tensor_of(output)
                                                                                              : null_tensor;
}

/* All items; packed has room for them. */
static bool pack_each(packing *pack, vs_tensor list, vs_tensor *packed)
{
    for (uint32_t i = 0; i < list.count; i++) {
        packed[i] = pack_item(pack, items_of(list)[i], i);
        if (vs_tensor_is_null(packed[i]))
            return false;
    }
    return true;
}

/* A Pack of a list that holds a tensor; null: error set. */
static vs_tensor pack_items(packing *pack, vs_tensor list, const char *name)
{
    enum { FEW = 8 };
    vs_tensor few[FEW], *packed = few, result = null_tensor;
    vs__op_scope scope;
    size_t size = list.count * sizeof *packed;
    if (list.count > FEW && !(packed = vs__allocate(size))) {
        vs__fail_memory(pack->builder->error, pack->builder->call);
        return null_tensor;
    }
    if (vs__op_scope_open(pack->builder, name, name, &scope) && vs__op_scope_enter(pack->builder, &scope)) {
        bool done = pack_each(pack, list, packed);
        vs__op_scope_leave(pack->builder, &scope);
        const vs__application application = {.op = VS__OP_Pack, .scope = &scope, .list = packed,
                                             .n_list = list.count};
        if (done)
            result = vs__apply(pack->builder, &application);
    }
    if (packed != few)
        vs__release(packed, size);
    return result;
}

static size_t count_tensors(vs_tensor list)
{
    size_t count = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        vs_tensor item = items_of(list)[i];
        count += is_list(item) ? count_tensors(item) : is_tensor(item);
    }
    return count;
}

/* Make what is in the list of the dtype, before its scope is opened. */
static bool cast_tensors(packing *pack, vs_tensor list)
{
    for (uint32_t i = 0; i < list.count; i++) {
        vs_tensor item = items_of(list)[i];
        if (is_list(item)) {
            if (!cast_tensors(pack, item))
                return false;
        } else if (is_tensor(item)) {
            const vs__application cast = {
                .op = VS__OP_Cast, .inputs = {item}, .attrs = {VS__ATTR_OF_INT("DstT", pack->dtype)}};
            bool has_dtype = vs_dtype_base(vs_tensor_dtype(item)) == pack->dtype;
            vs_tensor made = has_dtype ? item : vs__apply(pack->builder, &cast);
            pack->cast[pack->n_cast++] = made;
            if (vs_tensor_is_null(made))
                return false;
        }
    }
    return true;
}

static vs_tensor pack_with_casts(packing *pack, vs_tensor list, const char *name)
{
    vs_tensor result = null_tensor;
    size_t size = count_tensors(list) * sizeof *pack->cast;
    pack->cast = vs__allocate(size);
    if (!pack->cast) {
        vs__fail_memory(pack->builder->error, pack->builder->call);
        return null_tensor;
    }
    if (cast_tensors(pack, list)) {
        pack->n_cast = 0;
        result = pack_items(pack, list, name);
    }
    vs__release(pack->cast, size);
    return result;
}

bool vs__convert_list(vs__builder *builder, vs_tensor list, const char *name, vs_dtype dtype, vs_dtype preferred,
                      const vs__output **out)
{
    vs_dtype inside = dtype_inside(list);
    if (inside == VS_DTYPE_NONE)
        return convert_literals(builder, list, name, dtype, preferred, out);
    if (dtype == VS_DTYPE_NONE)
        dtype = preferred != VS_DTYPE_NONE ? preferred : inside;
    if (!*name || strcmp(name, "Const") == 0) /* converted under no name: what a literal would be called then */
        name = "packed";
    packing pack = {.builder = builder, .dtype = vs_dtype_base(dtype)};
    vs_tensor packed =
        pack.dtype == inside ? pack_items(&pack, list, name) : pack_with_casts(&pack, list, name);
    *out = packed.of.pointer;
    return !vs_tensor_is_null(packed);
}
