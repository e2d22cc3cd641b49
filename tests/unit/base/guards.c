/* What the annotations of mutex.h accept and, with UNGUARDED, what they refuse. Compiled, never run. */
#include "mutex.h"

struct counter {
    vs__mutex lock;
    int count VS__GUARDED_BY(lock);
};

static int add_locked(struct counter *counter) VS__REQUIRES(&counter->lock)
{
    return ++counter->count;
}

int add(struct counter *counter);
int add(struct counter *counter)
{
#ifdef UNGUARDED
    return add_locked(counter);
#else
    vs__mutex_lock(&counter->lock);
    int count = add_locked(counter);
    vs__mutex_unlock(&counter->lock);
    return count;
#endif
}
