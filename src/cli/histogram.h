/* A histogram of times in nanoseconds: logarithmic, 32 steps for each power of two, so that what is read from it is
 * right within 3.2 %. The largest value is exact. */
#ifndef VS_CLI_HISTOGRAM_H
#define VS_CLI_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_STEP_BITS = 5, HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS };
enum { HISTOGRAM_BUCKETS = (64 - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS };

/* All zeros: empty. */
typedef struct histogram {
    uint64_t count;
    uint64_t largest;
    uint64_t buckets[HISTOGRAM_BUCKETS];
} histogram;

void histogram_add(histogram *self, uint64_t value);

/* Add all that another one counted. */
void histogram_merge(histogram *self, const histogram *other);

/* The smallest value that at least this share of all, 0.0 to 1.0, do not exceed; 0 when there are none. */
uint64_t histogram_quantile(const histogram *self, double share);

#endif
