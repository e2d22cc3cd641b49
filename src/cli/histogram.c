#include "histogram.h"

/*
 * Values below 32 have a bucket each. Above, a value of n bits falls into one of the 32 buckets of its power of two, by
 * the five bits after the first.
 */
static unsigned bucket_of(uint64_t value)
{
    unsigned shift = 0;
    while (value >> shift >= 2 * HISTOGRAM_STEPS)
        shift++;
    return shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

/* The largest value that falls into a bucket. */
static uint64_t top_of(unsigned bucket)
{
    if (bucket < 2 * HISTOGRAM_STEPS)
        return bucket;
    unsigned shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t step = bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS;
    return ((step + 1) << shift) - 1;
}

void histogram_add(histogram *self, uint64_t value)
{
    self->buckets[bucket_of(value)]++;
    self->count++;
    if (value > self->largest)
        self->largest = value;
}

void histogram_merge(histogram *self, const histogram *other)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        self->buckets[i] += other->buckets[i];
    self->count += other->count;
    if (other->largest > self->largest)
        self->largest = other->largest;
}

uint64_t histogram_quantile(const histogram *self, double share)
{
    double wanted = share * (double)self->count;
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += self->buckets[i];
        if (seen && (double)seen >= wanted)
            return top_of(i) < self->largest ? top_of(i) : self->largest;
    }
    return self->largest;
}
