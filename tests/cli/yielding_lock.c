/* pthread_mutex_lock, but others go first: what happens before a lock and what happens after it come apart. The stores
 * that are broken on purpose are compiled with it, so that their faults show within seconds on a busy machine too. */
#include <pthread.h>
#include <sched.h>

int yielding_lock(pthread_mutex_t *mutex);

int yielding_lock(pthread_mutex_t *mutex)
{
    sched_yield();
    return pthread_mutex_lock(mutex);
}
