#include <varscope/dtype.h>

#include <string.h>

#include "dtypes.h"
#include "text.h"

const char *vs_dtype_name(vs_dtype dtype)
{
    switch ((int)dtype) {
#define XX(code, value, name, size)                                                                           \
    case VS_##code:                                                                                           \
        return name;                                                                                          \
    case VS_##code + VS_DTYPE_REF:                                                                            \
        return name "_ref";
        VS_DTYPE_MAP(XX)
#undef XX
    }
    return "invalid";
}

vs_dtype vs_dtype_from_name(const char *name)
{
    static const struct {
        const char *name;
        vs_dtype dtype;
    } names[] = {
#define XX(code, value, name, size) {name, VS_##code}, {name "_ref", (vs_dtype)(VS_##code + VS_DTYPE_REF)},
        VS_DTYPE_MAP(XX)
#undef XX
        {"half", VS_FLOAT16},      {"float", VS_FLOAT32},
        {"double", VS_FLOAT64},    {"half_ref", (vs_dtype)(VS_FLOAT16 + VS_DTYPE_REF)},
        {"float_ref", (vs_dtype)(VS_FLOAT32 + VS_DTYPE_REF)}, {"double_ref", (vs_dtype)(VS_FLOAT64 + VS_DTYPE_REF)},
    };
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].dtype;
    return VS_DTYPE_NONE;
}

const char *vs__dtype_hint(const char *name, char *buffer)
{
    vs__nearest search = vs__nearest_to(name, strlen(name));
#define XX(code, value, name_, size) vs__nearest_try(&search, name_, strlen(name_));
    VS_DTYPE_MAP(XX)
#undef XX
    return vs__nearest_hint(&search, buffer);
}

size_t vs_dtype_size(vs_dtype dtype)
{
    switch ((int)vs_dtype_base(dtype)) {
#define XX(code, value, name, size)                                                                           \
    case VS_##code:                                                                                           \
        return size;
        VS_DTYPE_MAP(XX)
#undef XX
    }
    return 0;
}
