/* A get_variable that lies now and then, to see whether `varscope stress` finds out.
 *
 * The command's sources are compiled with vs_get_variable_with renamed to liar_get_variable_with. VARSCOPE_LIE names
 * the lie; every hundredth call that could be lied about is. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <varscope/varscope.h>

vs_variable *liar_get_variable_with(const vs_get_variable_args *args);

enum { EVERY = 100 };

typedef struct lie {
    const char *name;
    vs_variable *(*tell)(const vs_get_variable_args *args, vs_variable *truth);
} lie;

/* Another variable than everybody else's. */
static vs_variable *another(const vs_get_variable_args *args, vs_variable *truth)
{
    (void)args, (void)truth;
    return vs_new_variable(vs_value_initializer(VS_REALS(1.0, 2.0)), .name = "another");
}

static vs_variable *created(const vs_get_variable_args *args, vs_variable *truth)
{
    *args->outcome = VS_CREATED;
    return truth;
}

static vs_variable *lost(const vs_get_variable_args *args, vs_variable *truth)
{
    (void)args, (void)truth;
    return NULL;
}

static vs_variable *absent(const vs_get_variable_args *args, vs_variable *truth)
{
    (void)truth;
    vs_raise(VS_NOT_FOUND, "there is no variable %s", args->name);
    return NULL;
}

static vs_variable *failure(const vs_get_variable_args *args, vs_variable *truth)
{
    (void)args, (void)truth;
    vs_raise(VS_INTERNAL, "an invariant does not hold");
    return NULL;
}

/* A node more than there should be. */
static vs_variable *stray(const vs_get_variable_args *args, vs_variable *truth)
{
    vs_new_variable(vs_value_initializer(vs_real(1)), .name = args->name);
    return truth;
}

static vs_variable *stuck(const vs_get_variable_args *args, vs_variable *truth)
{
    (void)args;
    for (;;)
        pause();
    return truth;
}

static const lie lies[] = {
    {"another", another}, {"created", created}, {"lost", lost},   {"absent", absent},
    {"failure", failure}, {"stray", stray},     {"stuck", stuck},
};

vs_variable *liar_get_variable_with(const vs_get_variable_args *args)
{
    static atomic_int calls;
    const char *name = getenv("VARSCOPE_LIE");
    vs_variable *truth = vs_get_variable_with(args);
    if (!name || !truth || *args->outcome != VS_FOUND || atomic_fetch_add(&calls, 1) % EVERY != EVERY - 1)
        return truth;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        if (strcmp(lies[i].name, name) == 0)
            return lies[i].tell(args, truth);
    abort();
}
