/*
 * Rows: one thing that is measured, with an id that never changes, and a line of output.
 *
 * A row prepares a state, runs a number of calls on it on one or more threads, and takes the state down; only the
 * calls are measured. A row of one thread is measured in the thread's own processor time, which other programs on the
 * machine disturb least; a row of several threads in wall time, from a barrier to the last one's end, each thread
 * pinned to a processor.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

enum { MOST_REPEATS = 101 };

typedef struct row row;

struct row {
    const char *id;
    const char *unit;
    const char *what;
    void (*measure)(const row *self); /* reports one value or more */
    /* of rows that measure calls */
    void *(*begin)(const row *self);
    void (*run)(void *state, long thread, long calls);
    void (*end)(void *state);
    long calls;   /* of one measurement, all threads together */
    long size;    /* the row's own */
    int threads;  /* 0: one, the caller's */
    bool is_kept; /* the state is not changed by the calls: one for all measurements */
};

/* What all rows share; set by main() from the command line. */
typedef struct options {
    int repeats;
    bool json;
    bool instructions; /* count them with callgrind instead of taking the time */
} options;

extern options bench_options;

/* Report a value of a row, the median of many. */
void report(const row *self, const char *suffix, double *values, int count);

/* As row.measure: the time of a call, or its instructions. */
void measure_calls(const row *self);

/* Writes to what threads share, a call (src/base/shared_write.h): only in a build with -Dshared_writes=true. */
void measure_shared_writes(const row *self);

/* Seconds of the calling thread's processor time. */
double thread_seconds(void);
double wall_seconds(void);

/* The resident set in bytes. */
size_t resident_bytes(void);

void pin_to(long processor);

/* Say what went wrong and exit. */
void give_up(const char *what) __attribute__((noreturn));

/* Keep a result that nothing else uses. */
static inline void consume(const void *result)
{
    __asm__ volatile("" : : "r"(result) : "memory");
}

void print_begin(void);
void print_end(void);

#endif
