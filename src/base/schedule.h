/*
 * Schedules for tests: threads that run one at a time, and change at each step that matters, as a seed says. So one
 * process tries thousands of schedules, and a seed that shows something shows it again.
 *
 * Only in a build with -Dschedules=true; elsewhere VS__YIELD() is nothing. A step that matters is taking a mutex, waiting,
 * and each VS__YIELD(): before an atomic store that others act on, and before a load that decides something.
 *
 *     vs__schedule_begin(seed, 3);              // then start 3 threads, each of which calls
 *     vs__schedule_join(index);                 // and takes part until it ends
 *     ... join them all
 *     steps += vs__schedule_end();
 *
 * A thread of a schedule may block only in this library, and must not wait for one that is not of it.
 */
#ifndef VS_BASE_SCHEDULE_H
#define VS_BASE_SCHEDULE_H

#ifdef VS__SCHEDULES

#include <stdbool.h>
#include <stdint.h>

/* Let a number of threads run as a seed says. They wait in vs__schedule_join() until all are there. */
void vs__schedule_begin(uint64_t seed, uint32_t threads);

/* Take part as thread `index`, from 0, until the thread ends. */
void vs__schedule_join(uint32_t index);

/* All have ended. Returns how many steps they took. */
uint64_t vs__schedule_end(void);

/* Let another thread go on, perhaps. Does nothing on threads of no schedule. */
void vs__yield(void);

/* Whether the calling thread is of a schedule: instead of blocking, it tries and yields. */
bool vs__is_scheduled(void);

#define VS__YIELD() vs__yield()

#else
#define VS__YIELD() ((void)0)
#endif

#endif
