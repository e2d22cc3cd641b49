/* Names to look up, each in a cell of 64 bytes: "model/layer_7/dense/kernel_1234", or with a prefix "kernel_1234". */
#ifndef BENCH_NAMES_H
#define BENCH_NAMES_H

#include <stdint.h>

typedef struct name_cell {
    uint32_t length;
    char text[60];
} name_cell;

typedef struct names {
    name_cell *cells;
    long count;
} names;

names make_names(long count, const char *prefix);
void shuffle_names(names *of);
void free_names(names *of);

/* Write prefix and number, and return the length. */
uint32_t write_name(char *out, const char *prefix, long number);

#endif
