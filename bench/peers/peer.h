/* What the peers in C share: clocks, medians, and rows in the JSON of bench/micro. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { REPEATS = 7 };

static inline double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline double resident_bytes(void)
{
    long all, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &all, &resident) != 2)
        exit(1);
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static inline int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One row; the first of a program is given `first`. */
static inline void print_row(int first, const char *id, const char *unit, const char *what, double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare_values);
    printf("%s {\"id\": \"%s\", \"unit\": \"%s\", \"median\": %.3f, \"least\": %.3f, \"most\": %.3f, \"what\": \"%s\"}",
           first ? "[\n" : ",\n", id, unit, values[count / 2], values[0], values[count - 1], what);
}

static inline void print_end(void)
{
    printf("\n]\n");
}

#endif
