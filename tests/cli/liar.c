/* A get_variable that lies now and then, to see whether `varscope stress` finds out.
 *
 * The command's sources are compiled with vs_get_variable_with renamed to liar_get_variable_with. VARSCOPE_LIE names
 * the lie; every twentieth call that could be lied about is. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <varscope/varscope.h>

vs_variable *liar_get_variable_with(const vs_get_variable_args *args);

enum { EVERY = 20 };

typedef struct lie {
    const char *name;
    vs_variable *(*tell)(const vs_get_variable_args *args, vs_variable *truth);
    bool needs_find; /* told only of a call that finds and never creates, which may miss when all is well */
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
    {.name = "another", .tell = another}, {.name = "created", .tell = created}, {.name = "lost", .tell = lost},
    {.name = "failure", .tell = failure}, {.name = "stray", .tell = stray},     {.name = "stuck", .tell = stuck},
    {.name = "absent", .tell = absent, .needs_find = true},
};

static const lie *chosen_lie(void)
{
    const char *name = getenv("VARSCOPE_LIE");
    if (!name)
        return NULL;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        if (strcmp(lies[i].name, name) == 0)
            return &lies[i];
    abort();
}

vs_variable *liar_get_variable_with(const vs_get_variable_args *args)
{
    static atomic_int calls;
    const lie *chosen = chosen_lie();
    vs_variable *truth = vs_get_variable_with(args);
    if (!chosen || !truth || *args->outcome != VS_FOUND)
        return truth;
    if (chosen->needs_find && args->reuse != VS_REUSE_TRUE && !args->strict)
        return truth;
    return atomic_fetch_add(&calls, 1) % EVERY == EVERY - 1 ? chosen->tell(args, truth) : truth;
}
