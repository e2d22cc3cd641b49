/* Questions about element types that the rules of ops and initializers ask. */
#ifndef VS_BASE_DTYPES_H
#define VS_BASE_DTYPES_H

#include <varscope/dtype.h>

/* "; did you mean float32?" for a name that is no dtype's, or "". Returns buffer, of VS__HINT_SIZE bytes. */
const char *vs__dtype_hint(const char *name, char *buffer);

static inline bool vs__dtype_is_known(vs_dtype dtype)
{
    return vs_dtype_base(dtype) >= VS_FLOAT32 && vs_dtype_base(dtype) <= VS_UINT2;
}

static inline bool vs__dtype_is_floating(vs_dtype dtype)
{
    vs_dtype base = vs_dtype_base(dtype);
    return base == VS_FLOAT32 || base == VS_FLOAT64 || base == VS_FLOAT16 || base == VS_BFLOAT16 ||
           (base >= VS_FLOAT8_E5M2 && base <= VS_FLOAT8_E5M2FNUZ);
}

static inline bool vs__dtype_is_complex(vs_dtype dtype)
{
    return vs_dtype_base(dtype) == VS_COMPLEX64 || vs_dtype_base(dtype) == VS_COMPLEX128;
}

static inline bool vs__dtype_is_quantized(vs_dtype dtype)
{
    vs_dtype base = vs_dtype_base(dtype);
    return base == VS_QINT8 || base == VS_QUINT8 || base == VS_QINT32 || base == VS_QINT16 || base == VS_QUINT16;
}

/* Integers as dtypes.py counts them: not the quantized ones. */
static inline bool vs__dtype_is_integer(vs_dtype dtype)
{
    switch ((int)vs_dtype_base(dtype)) {
    case VS_INT32: case VS_UINT8: case VS_INT16: case VS_INT8: case VS_INT64: case VS_UINT16: case VS_UINT32:
    case VS_UINT64: case VS_INT4: case VS_UINT4: case VS_INT2: case VS_UINT2:
        return true;
    default:
        return false;
    }
}

#endif
