#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

uint32_t write_name(char *out, const char *prefix, long number)
{
    size_t length = strlen(prefix);
    memcpy(out, prefix, length);
    char digits[24], *first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    memcpy(out + length, first, (size_t)(digits + sizeof digits - first));
    return (uint32_t)(length + (size_t)(digits + sizeof digits - first) - 1);
}

names make_names(long count, const char *prefix)
{
    names made = {aligned_alloc(64, (size_t)count * sizeof(name_cell)), count};
    if (!made.cells)
        give_up("out of memory");
    for (long i = 0; i < count; i++) {
        name_cell *cell = &made.cells[i];
        if (prefix)
            cell->length = write_name(cell->text, prefix, i);
        else
            cell->length = (uint32_t)snprintf(cell->text, sizeof cell->text, "model/layer_%ld/dense/kernel_%ld", i % 97, i);
    }
    return made;
}

/* The same order in every run. */
void shuffle_names(names *of)
{
    uint64_t state = UINT64_C(88172645463325252);
    for (long i = of->count - 1; i > 0; i--) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        long other = (long)(state % (uint64_t)(i + 1));
        name_cell cell = of->cells[i];
        of->cells[i] = of->cells[other];
        of->cells[other] = cell;
    }
}

void free_names(names *of)
{
    free(of->cells);
}
