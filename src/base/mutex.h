/*
 * Mutexes, and which fields they guard in words that clang checks (-Wthread-safety).
 *
 *     struct counter {
 *         vs__mutex lock;                       // before what it guards: C reads from top to bottom
 *         size_t count VS__GUARDED_BY(lock);
 *     };
 *     static void add_locked(struct counter *counter) VS__REQUIRES(&counter->lock);
 *
 * Reading or writing such a field, or calling such a function, without the lock is an error then. Other compilers, and
 * clang before 19, which refuses a member that names its sibling in C, see comments. A field that is atomic is read
 * without a lock: who may write it stands beside it in words.
 */
#ifndef VS_BASE_MUTEX_H
#define VS_BASE_MUTEX_H

#include <pthread.h>
#include <stdbool.h>

#include "shared_write.h"

#include "schedule.h"

#if defined(__clang__) && __clang_major__ >= 19
#define VS__THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define VS__THREAD_SAFETY(attribute)
#endif

#define VS__GUARDED_BY(lock) VS__THREAD_SAFETY(guarded_by(&lock))
#define VS__REQUIRES(lock) VS__THREAD_SAFETY(requires_capability(lock))
#define VS__ACQUIRE(lock) VS__THREAD_SAFETY(acquire_capability(lock))
#define VS__RELEASE(lock) VS__THREAD_SAFETY(release_capability(lock))

/* For a function that makes or ends an object, which nobody else can reach: it needs no lock. */
#define VS__UNCHECKED VS__THREAD_SAFETY(no_thread_safety_analysis)

typedef struct VS__THREAD_SAFETY(capability("mutex")) vs__mutex {
    pthread_mutex_t os;
} vs__mutex;

#define VS__MUTEX_INITIALIZER {PTHREAD_MUTEX_INITIALIZER}

static inline bool vs__mutex_init(vs__mutex *mutex)
{
    return pthread_mutex_init(&mutex->os, NULL) == 0;
}

static inline void vs__mutex_destroy(vs__mutex *mutex)
{
    pthread_mutex_destroy(&mutex->os);
}

static inline void vs__mutex_lock(vs__mutex *mutex) VS__ACQUIRE(mutex) VS__UNCHECKED
{
    VS__SHARED_WRITE(mutex);
#ifdef VS__SCHEDULES
    vs__yield();
    while (vs__is_scheduled() && pthread_mutex_trylock(&mutex->os) != 0)
        vs__yield();
    if (vs__is_scheduled())
        return;
#endif
    pthread_mutex_lock(&mutex->os);
}

static inline void vs__mutex_unlock(vs__mutex *mutex) VS__RELEASE(mutex) VS__UNCHECKED
{
    pthread_mutex_unlock(&mutex->os);
}

/* Let the mutex go until the condition is signalled, and take it again. A cancellation point. */
static inline void vs__mutex_wait(vs__mutex *mutex, pthread_cond_t *condition) VS__REQUIRES(mutex)
{
#ifdef VS__SCHEDULES
    if (vs__is_scheduled()) {
        vs__mutex_unlock(mutex);
        vs__mutex_lock(mutex);
        return;
    }
#endif
    pthread_cond_wait(condition, &mutex->os);
}

#endif
