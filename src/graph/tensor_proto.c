#include "tensor_proto.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "dtypes.h"
#include "shapes.h"
#include "wire.h"

/* Fields of TensorProto (tensor.proto). */
enum {
    FIELD_DTYPE = 1,
    FIELD_SHAPE = 2,
    FIELD_CONTENT = 4,
    FIELD_FLOAT = 5,
    FIELD_DOUBLE = 6,
    FIELD_INT = 7,
    FIELD_STRING = 8,
    FIELD_SCOMPLEX = 9,
    FIELD_INT64 = 10,
    FIELD_BOOL = 11,
    FIELD_DCOMPLEX = 12,
    FIELD_HALF = 13,
    FIELD_UINT32 = 16,
    FIELD_UINT64 = 17,
    FIELD_FLOAT8 = 18
};

bool vs__values_of(vs_tensor literal, vs__values *out)
{
    *out = (vs__values){.count = 1, .shape = {VS_SHAPE_RANKED, 0, NULL}, .data = &out->scalar};
    switch (literal.kind) {
    case VS__TENSOR_INT:
        out->kind = VS_LITERAL_INTS;
        out->scalar.integer = literal.of.integer;
        return true;
    case VS__TENSOR_REAL:
        out->kind = VS_LITERAL_REALS;
        out->scalar.real = literal.of.real;
        return true;
    case VS__TENSOR_BOOL:
        out->kind = VS_LITERAL_BOOLS;
        out->scalar.boolean = literal.of.integer != 0;
        return true;
    case VS__TENSOR_STRING:
        out->kind = VS_LITERAL_STRINGS;
        out->scalar.string = literal.of.pointer;
        return literal.of.pointer != NULL;
    case VS__TENSOR_LITERAL:
        break;
    default:
        return false;
    }
    const vs_literal *list = literal.of.pointer;
    if (!list || list->kind < VS_LITERAL_INTS || list->kind > VS_LITERAL_BYTES || (list->rank && !list->dims))
        return false;
    out->kind = list->kind;
    out->shape = (vs_shape){VS_SHAPE_RANKED, list->rank, list->dims};
    out->data = list->data;
    int64_t count = list->rank > VS_MAX_RANK ? -1 : vs_shape_num_elements(out->shape);
    out->count = (size_t)count;
    return count >= 0 && (count == 0 || list->data);
}

vs_dtype vs__values_dtype(const vs__values *values)
{
    if (values->count == 0)
        return VS_FLOAT32; /* an empty list says nothing; numpy takes a float */
    switch (values->kind) {
    case VS_LITERAL_INTS:
        for (size_t i = 0; i < values->count; i++) {
            int64_t value = ((const int64_t *)values->data)[i];
            if (value < INT32_MIN || value > INT32_MAX)
                return VS_INT64;
        }
        return VS_INT32;
    case VS_LITERAL_REALS:
        return VS_FLOAT32;
    case VS_LITERAL_BOOLS:
        return VS_BOOL;
    case VS_LITERAL_COMPLEX:
        return VS_COMPLEX128;
    default:
        return VS_STRING;
    }
}

size_t vs__literal_element_size(vs_literal_kind kind)
{
    switch (kind) {
    case VS_LITERAL_INTS: return sizeof(int64_t);
    case VS_LITERAL_REALS: return sizeof(double);
    case VS_LITERAL_BOOLS: return sizeof(bool);
    case VS_LITERAL_STRINGS: return sizeof(const char *);
    case VS_LITERAL_COMPLEX: return sizeof(vs_complex);
    case VS_LITERAL_BYTES: return sizeof(vs_bytes);
    }
    return 0;
}

/* The float8 types that tensor_util.py has no way to write. */
static bool has_no_encoding(vs_dtype dtype)
{
    return dtype == VS_FLOAT8_E4M3FNUZ || dtype == VS_FLOAT8_E4M3B11FNUZ || dtype == VS_FLOAT8_E5M2FNUZ;
}

bool vs__values_fit(const vs__values *values, vs_dtype dtype)
{
    if (has_no_encoding(dtype))
        return false;
    if (values->count == 0)
        return vs__dtype_is_known(dtype) && dtype != VS_RESOURCE && dtype != VS_VARIANT;
    switch (values->kind) {
    case VS_LITERAL_INTS:
        return vs__dtype_is_integer(dtype) || vs__dtype_is_floating(dtype) || vs__dtype_is_complex(dtype);
    case VS_LITERAL_REALS:
        return vs__dtype_is_floating(dtype) || vs__dtype_is_complex(dtype);
    case VS_LITERAL_BOOLS:
        return dtype == VS_BOOL || vs__dtype_is_integer(dtype) || vs__dtype_is_floating(dtype) ||
               vs__dtype_is_complex(dtype);
    case VS_LITERAL_COMPLEX:
        return vs__dtype_is_complex(dtype);
    default:
        return dtype == VS_STRING;
    }
}

/* A binary format of at most 16 bits. What is too large becomes `overflow`. */
typedef struct small_float {
    int mantissa_bits;
    int bias;
    uint16_t sign;
    uint16_t overflow;
    uint16_t nan;
} small_float;

static const small_float float16_format = {10, 15, 0x8000, 0x7c00, 0x7e00};
static const small_float bfloat16_format = {7, 127, 0x8000, 0x7f80, 0x7fc0};
static const small_float e5m2_format = {2, 15, 0x80, 0x7c, 0x7e};
static const small_float e4m3fn_format = {3, 7, 0x80, 0x7f, 0x7f}; /* has no infinity */

/* Round a double, ties to even, as numpy and ml_dtypes do. */
static uint16_t round_to(const small_float *format, double value)
{
    uint16_t sign = signbit(value) ? format->sign : 0;
    if (isnan(value))
        return (uint16_t)(sign | format->nan);
    if (isinf(value) || value == 0)
        return (uint16_t)(sign | (value == 0 ? 0 : format->overflow));
    int exponent;
    double fraction = frexp(fabs(value), &exponent); /* in [0.5, 1) */
    int min_exponent = 1 - format->bias;             /* of normal numbers, for 1.x * 2^e */
    int e = exponent - 1;
    int shift = e < min_exponent ? min_exponent - e : 0; /* subnormal: fewer bits */
    double rounded = nearbyint(ldexp(fraction, format->mantissa_bits + 1 - shift));
    if (shift)
        return (uint16_t)(sign | (uint16_t)rounded); /* carries into the exponent by itself */
    uint32_t bits = (uint32_t)rounded + ((uint32_t)(e + format->bias - 1) << format->mantissa_bits);
    return (uint16_t)(sign | (bits >= format->overflow ? format->overflow : bits));
}

double vs__value_as_double(const vs__values *values, size_t i)
{
    switch (values->kind) {
    case VS_LITERAL_INTS:
        return (double)((const int64_t *)values->data)[i];
    case VS_LITERAL_BOOLS:
        return ((const bool *)values->data)[i];
    default:
        return ((const double *)values->data)[i];
    }
}

vs_complex vs__value_as_complex(const vs__values *values, size_t i)
{
    if (values->kind == VS_LITERAL_COMPLEX)
        return ((const vs_complex *)values->data)[i];
    return (vs_complex){vs__value_as_double(values, i), 0.0};
}

vs_bytes vs__value_as_bytes(const vs__values *values, size_t i)
{
    if (values->kind == VS_LITERAL_BYTES) {
        vs_bytes bytes = ((const vs_bytes *)values->data)[i];
        return (vs_bytes){bytes.data ? bytes.data : "", bytes.size};
    }
    const char *text = ((const char *const *)values->data)[i];
    return (vs_bytes){text, strlen(text)};
}

static int64_t value_as_int(const vs__values *values, size_t i)
{
    return values->kind == VS_LITERAL_BOOLS ? ((const bool *)values->data)[i] : ((const int64_t *)values->data)[i];
}

static uint32_t float_bits(double value)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    return isnan(value) ? (bits & 0x80000000u) | 0x7fc00000u : bits;
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The bits of an element in memory, of a numeric dtype of at most 8 bytes. */
static uint64_t element_bits(const vs__values *values, size_t i, vs_dtype dtype)
{
    switch ((int)dtype) {
    case VS_FLOAT32:
        return float_bits(vs__value_as_double(values, i));
    case VS_FLOAT64:
        return double_bits(vs__value_as_double(values, i));
    case VS_FLOAT16:
        return round_to(&float16_format, vs__value_as_double(values, i));
    case VS_FLOAT8_E5M2:
        return round_to(&e5m2_format, vs__value_as_double(values, i));
    case VS_FLOAT8_E4M3FN:
        return round_to(&e4m3fn_format, vs__value_as_double(values, i));
    case VS_BFLOAT16: { /* through float32, as ml_dtypes does */
        float narrow = (float)vs__value_as_double(values, i);
        return round_to(&bfloat16_format, narrow);
    }
    default:
        return (uint64_t)value_as_int(values, i);
    }
}

/* An integer of a narrower type as it reads back: sign or zero extended. */
static int64_t narrow_int(int64_t value, vs_dtype dtype)
{
    switch ((int)dtype) {
    case VS_INT8: return (int8_t)value;
    case VS_UINT8: return (uint8_t)value;
    case VS_INT16: return (int16_t)value;
    case VS_UINT16: return (uint16_t)value;
    case VS_INT32: return (int32_t)value;
    case VS_UINT32: return (uint32_t)value;
    case VS_INT4: return ((value & 15) ^ 8) - 8;
    case VS_UINT4: return value & 15;
    case VS_INT2: return ((value & 3) ^ 2) - 2;
    case VS_UINT2: return value & 3;
    default: return value;
    }
}

static void write_content(vs__bytes *out, const vs__values *values, vs_dtype dtype)
{
    size_t size = vs_dtype_size(dtype);
    vs__wire_tag(out, FIELD_CONTENT, VS__WIRE_BYTES);
    vs__wire_varint(out, values->count * size);
    if (!vs__bytes_reserve(out, values->count * size))
        return;
    for (size_t i = 0; i < values->count; i++) {
        uint64_t bits = element_bits(values, i, dtype);
        for (size_t b = 0; b < size; b++)
            out->data[out->size++] = (uint8_t)(bits >> (8 * b));
    }
}

static uint32_t typed_field(vs_dtype dtype)
{
    switch ((int)dtype) {
    case VS_FLOAT32: return FIELD_FLOAT;
    case VS_FLOAT64: return FIELD_DOUBLE;
    case VS_FLOAT16: case VS_BFLOAT16: return FIELD_HALF;
    case VS_FLOAT8_E5M2: case VS_FLOAT8_E4M3FN: return FIELD_FLOAT8;
    case VS_COMPLEX64: return FIELD_SCOMPLEX;
    case VS_COMPLEX128: return FIELD_DCOMPLEX;
    case VS_INT64: return FIELD_INT64;
    case VS_BOOL: return FIELD_BOOL;
    case VS_UINT32: return FIELD_UINT32;
    case VS_UINT64: return FIELD_UINT64;
    default: return FIELD_INT;
    }
}

static void write_element(vs__bytes *out, const vs__values *values, size_t i, vs_dtype dtype)
{
    switch ((int)dtype) {
    case VS_COMPLEX64:
        vs__wire_fixed32(out, float_bits(vs__value_as_complex(values, i).real));
        vs__wire_fixed32(out, float_bits(vs__value_as_complex(values, i).imag));
        break;
    case VS_COMPLEX128:
        vs__wire_fixed64(out, double_bits(vs__value_as_complex(values, i).real));
        vs__wire_fixed64(out, double_bits(vs__value_as_complex(values, i).imag));
        break;
    case VS_FLOAT32:
        vs__wire_fixed32(out, (uint32_t)element_bits(values, i, dtype));
        break;
    case VS_FLOAT64:
        vs__wire_fixed64(out, element_bits(values, i, dtype));
        break;
    case VS_FLOAT16: case VS_BFLOAT16:
        vs__wire_varint(out, element_bits(values, i, dtype));
        break;
    case VS_FLOAT8_E5M2: case VS_FLOAT8_E4M3FN:
        vs__bytes_add(out, &(uint8_t){(uint8_t)element_bits(values, i, dtype)}, 1);
        break;
    default:
        vs__wire_varint(out, (uint64_t)narrow_int(value_as_int(values, i), dtype));
    }
}

/* A packed field of just the given elements. */
static void write_typed(vs__bytes *out, const vs__values *values, vs_dtype dtype)
{
    uint8_t local[128];
    vs__bytes packed = vs__bytes_on(local, sizeof local);
    for (size_t i = 0; i < values->count; i++)
        write_element(&packed, values, i, dtype);
    if (packed.failed)
        out->failed = true;
    else
        vs__wire_field(out, typed_field(dtype), packed.data, packed.size);
    vs__bytes_free(&packed);
}

/* Whether elements of a dtype can stand in tensor_content (tensor_util._TENSOR_CONTENT_TYPES, which lacks uint16). */
static bool has_content(vs_dtype dtype)
{
    bool sub_byte = dtype == VS_INT4 || dtype == VS_UINT4 || dtype == VS_INT2 || dtype == VS_UINT2;
    return vs_dtype_size(dtype) && dtype != VS_BOOL && dtype != VS_UINT16 && !vs__dtype_is_complex(dtype) &&
           !sub_byte;
}

void vs__shape_proto_write(vs__bytes *out, vs_shape shape)
{
    if (shape.kind != VS_SHAPE_RANKED) {
        vs__wire_int(out, 3, 1); /* unknown_rank */
        return;
    }
    for (uint32_t i = 0; i < shape.rank; i++) {
        size_t size = shape.dims[i] == 0 ? 0 : 1 + vs__wire_varint_size((uint64_t)shape.dims[i]);
        vs__wire_tag(out, 2, VS__WIRE_BYTES); /* dim */
        vs__wire_varint(out, size);
        if (size)
            vs__wire_int(out, 1, shape.dims[i]); /* size; 0 is proto3's default and not written */
    }
}

void vs__tensor_proto_write(vs__bytes *out, const vs__values *values, vs_dtype dtype, vs_shape shape)
{
    uint8_t local[256];
    vs__bytes dims = vs__bytes_on(local, sizeof local);
    int64_t elements = vs_shape_num_elements(shape);
    vs__shape_proto_write(&dims, shape);
    vs__wire_int(out, FIELD_DTYPE, dtype);
    vs__wire_field(out, FIELD_SHAPE, dims.data, dims.size);
    if (dims.failed)
        out->failed = true;
    vs__bytes_free(&dims);
    bool is_kept = dtype == VS_STRING || vs__dtype_is_quantized(dtype); /* also where no element has room */
    if (values->count == 0 || (elements == 0 && !is_kept))
        return;
    if (dtype == VS_STRING) {
        for (size_t i = 0; i < values->count; i++) {
            vs_bytes text = vs__value_as_bytes(values, i);
            vs__wire_field(out, FIELD_STRING, text.data, text.size);
        }
    } else if (has_content(dtype) && elements > 1 && (uint64_t)elements == values->count) {
        write_content(out, values, dtype);
    } else {
        write_typed(out, values, dtype);
    }
}

/* What a TensorProto holds, as far as reading ints needs it. */
typedef struct ints {
    uint64_t dtype;
    int64_t elements;
    const uint8_t *content, *packed;
    size_t content_size, packed_size;
} ints;

static int64_t proto_elements(const uint8_t *data, size_t size)
{
    int64_t elements = 1;
    vs__wire_reader shape = vs__wire_read(data, size);
    while (vs__wire_next(&shape)) {
        if (shape.field != 2)
            continue;
        int64_t dim = 0;
        vs__wire_reader fields = vs__wire_read(shape.data, shape.size);
        while (vs__wire_next(&fields))
            if (fields.field == 1)
                dim = (int64_t)fields.value;
        elements = vs__size_multiply(elements, dim);
    }
    return elements;
}

static ints read_fields(const uint8_t *proto, size_t size)
{
    ints found = {.elements = 1};
    vs__wire_reader reader = vs__wire_read(proto, size);
    while (vs__wire_next(&reader)) {
        if (reader.field == FIELD_DTYPE) {
            found.dtype = reader.value;
        } else if (reader.field == FIELD_SHAPE) {
            found.elements = proto_elements(reader.data, reader.size);
        } else if (reader.field == FIELD_CONTENT) {
            found.content = reader.data;
            found.content_size = reader.size;
        } else if (reader.field == FIELD_INT || reader.field == FIELD_INT64) {
            found.packed = reader.data;
            found.packed_size = reader.size;
        }
    }
    return found;
}

int64_t vs__tensor_proto_ints(const uint8_t *proto, size_t size, int64_t *out, size_t capacity)
{
    ints found = read_fields(proto, size);
    if ((found.dtype != VS_INT32 && found.dtype != VS_INT64) || found.elements < 0 ||
        (uint64_t)found.elements > capacity)
        return -1;
    size_t width = found.dtype == VS_INT32 ? 4 : 8;
    vs__wire_reader packed = vs__wire_read(found.packed, found.packed_size);
    int64_t last = 0;
    for (int64_t i = 0; i < found.elements; i++) {
        uint64_t bits = 0;
        if (found.content) {
            if (((size_t)i + 1) * width > found.content_size)
                return -1;
            for (size_t b = 0; b < width; b++)
                bits |= (uint64_t)found.content[(size_t)i * width + b] << (8 * b);
            last = width == 4 ? (int32_t)bits : (int64_t)bits;
        } else if (found.packed && vs__wire_read_varint(&packed, &bits)) {
            last = (int64_t)bits;
        }
        out[i] = last;
    }
    return found.elements;
}
