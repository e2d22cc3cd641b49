/* What stands behind each number: the variable that everybody who asks for it must get. */
#include "stress.h"

const char *const stress_scopes[STRESS_SCOPES] = {"", "a", "a/b", "c"};

stress_name stress_name_of(size_t number, size_t names)
{
    const size_t kind = number % 8;
    stress_name name = {.number = number, .scope = number % STRESS_SCOPES, .opposite = number};
    const char *scope = stress_scopes[name.scope];
    snprintf(name.leaf, sizeof name.leaf, "v%zu", number);
    snprintf(name.key, sizeof name.key, "%s%s%s", scope, scope[0] ? "/" : "", name.leaf);
    name.dims[0] = (int64_t)(STRESS_SLICES * 2 + number % 5);
    name.dims[1] = 2;
    name.dtype = kind == 4 ? VS_INT32 : VS_FLOAT32;
    name.use_resource = kind == 3 ? VS_TRUE : VS_DEFAULT;
    name.is_partitioned = kind == 5;
    name.is_regularized = number % 16 == 1;
    name.may_nest = kind == 2 && number + 1 < names;
    if (kind == 6 && number + 1 < names)
        name.opposite = number + 1;
    else if (kind == 7)
        name.opposite = number - 1;
    return name;
}
