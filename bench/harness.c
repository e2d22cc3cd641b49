#define _GNU_SOURCE
#include "harness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_CALLGRIND
#include <valgrind/callgrind.h>
#endif
#ifdef VS__COUNT_SHARED_WRITES
#include "shared_write.h"
#endif

enum { MOST_THREADS = 64 };

options bench_options = {.repeats = 9};

void give_up(const char *what)
{
    fprintf(stderr, "micro: %s\n", what);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double thread_seconds(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

double wall_seconds(void)
{
    return seconds(CLOCK_MONOTONIC);
}

size_t resident_bytes(void)
{
    long size, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
        give_up("cannot read /proc/self/statm");
    fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

void pin_to(long processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)(processor % sysconf(_SC_NPROCESSORS_ONLN)), &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0)
        give_up("cannot pin a thread to a processor");
}

/* ---- output ---- */

static int reported;

void print_begin(void)
{
    if (bench_options.json)
        printf("[");
    else
        printf("%-26s %12s %12s %12s  %s\n", "row", "median", "least", "most", "unit: what");
}

void print_end(void)
{
    if (bench_options.json)
        printf("\n]\n");
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void report(const row *self, const char *suffix, double *values, int count)
{
    char id[64];
    snprintf(id, sizeof id, "%s%s", self->id, suffix);
    qsort(values, (size_t)count, sizeof *values, compare);
    const char *unit = bench_options.instructions ? "instructions" : self->unit;
    if (bench_options.json)
        printf("%s\n  {\"id\": \"%s\", \"unit\": \"%s\", \"median\": %.6g, \"least\": %.6g, \"most\": %.6g, "
               "\"what\": \"%s\"}",
               reported++ ? "," : "", id, unit, values[count / 2], values[0], values[count - 1], self->what);
    else
        printf("%-26s %12.2f %12.2f %12.2f  %s: %s\n", id, values[count / 2], values[0], values[count - 1], unit,
               self->what);
    fflush(stdout);
}

/* ---- calls ---- */

typedef struct worker {
    pthread_t thread;
    const row *row;
    void *state;
    pthread_barrier_t *start;
    long index;
    double cpu;
} worker;

static void *work(void *argument)
{
    worker *self = argument;
    pin_to(self->index);
    pthread_barrier_wait(self->start);
    double before = thread_seconds();
    self->row->run(self->state, self->index, self->row->calls / self->row->threads);
    self->cpu = thread_seconds() - before;
#ifdef VS__COUNT_SHARED_WRITES
    vs__shared_writes_give();
#endif
    return NULL;
}

/* Wall time of the calls of all threads, and the processor time of all. */
static double run_threads(const row *self, void *state, double *cpu)
{
    worker workers[MOST_THREADS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, (unsigned)self->threads + 1);
    for (int i = 0; i < self->threads; i++) {
        workers[i] = (worker){.row = self, .state = state, .start = &start, .index = i};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            give_up("cannot start a thread");
    }
    double before = wall_seconds();
    pthread_barrier_wait(&start);
    *cpu = 0;
    for (int i = 0; i < self->threads; i++) {
        pthread_join(workers[i].thread, NULL);
        *cpu += workers[i].cpu;
    }
    pthread_barrier_destroy(&start);
    return wall_seconds() - before;
}

static void take_time(const row *self)
{
    double wall[MOST_REPEATS], cpu[MOST_REPEATS] = {0};
    void *state = NULL;
    for (int i = 0; i < bench_options.repeats; i++) {
        if (!i || !self->is_kept)
            state = self->begin(self);
        if (self->threads) {
            wall[i] = run_threads(self, state, &cpu[i]);
        } else {
            double before = thread_seconds();
            self->run(state, 0, self->calls);
            wall[i] = thread_seconds() - before;
        }
        wall[i] *= 1e9 / (double)self->calls;
        cpu[i] *= 1e9 / (double)self->calls;
        if (i + 1 == bench_options.repeats || !self->is_kept)
            self->end(state);
    }
    report(self, "", wall, bench_options.repeats);
    if (self->threads)
        report(self, ".cpu", cpu, bench_options.repeats);
}

#ifdef HAVE_CALLGRIND
/* Some calls to warm up; the next are counted. */
static void count_instructions(const row *self)
{
    enum { CALLS = 1000 };
    void *state = self->begin(self);
    self->run(state, 0, CALLS);
    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;
    self->run(state, 0, CALLS);
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(self->id);
    self->end(state);
}
#else
static void count_instructions(const row *self)
{
    (void)self;
    give_up("built without valgrind's header: no instructions can be counted");
}
#endif

#ifdef VS__COUNT_SHARED_WRITES
void measure_shared_writes(const row *self)
{
    double cpu;
    void *state = self->begin(self);
    vs__shared_writes_take();
    run_threads(self, state, &cpu);
    vs__shared_writes counted = vs__shared_writes_take();
    self->end(state);
    report(self, "", &(double){(double)counted.all / (double)self->calls}, 1);
    report(self, ".moved", &(double){(double)counted.moved / (double)self->calls}, 1);
}
#endif

void measure_calls(const row *self)
{
    if (!bench_options.instructions)
        take_time(self);
    else if (!self->threads)
        count_instructions(self);
}
