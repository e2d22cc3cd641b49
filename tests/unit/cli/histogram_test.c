/* The histogram of `varscope stress`. */
#include "histogram.h"

#include <stdlib.h>

#include "test.h"

TestSuite(histogram, .timeout = 60);

Test(histogram, of_nothing_has_no_quantiles)
{
    static const histogram empty;
    cr_assert(histogram_quantile(&empty, 0.5) == 0 && histogram_quantile(&empty, 1.0) == 0);
}

/* All values up to 64 have a bucket of their own. */
Test(histogram, is_exact_for_small_values)
{
    static histogram h;
    for (uint64_t value = 1; value <= 50; value++)
        histogram_add(&h, value);
    cr_assert(h.count == 50 && h.largest == 50);
    for (int i = 1; i <= 50; i++)
        cr_assert(histogram_quantile(&h, (i - 0.5) / 50) == (uint64_t)i, "%d", i);
    cr_assert(histogram_quantile(&h, 0.0) == 1);
}

Test(histogram, is_right_within_a_thirty_second_over_its_range)
{
    for (uint64_t value = 1; value < UINT64_MAX / 3; value = value * 3 / 2 + 1) {
        histogram *h = calloc(1, sizeof *h);
        histogram_add(h, value);
        histogram_add(h, UINT64_MAX); /* so that the largest is another */
        uint64_t found = histogram_quantile(h, 0.5);
        cr_assert(found >= value && found - value <= value / 32, "%llu for %llu", (unsigned long long)found,
                  (unsigned long long)value);
        cr_assert(histogram_quantile(h, 1.0) == UINT64_MAX);
        free(h);
    }
}

Test(histogram, never_exceeds_the_largest_value)
{
    static histogram h;
    histogram_add(&h, 1000);
    cr_assert(histogram_quantile(&h, 0.5) == 1000 && histogram_quantile(&h, 0.999) == 1000);
}

Test(histogram, takes_in_another)
{
    static histogram sum, other;
    for (int i = 0; i < 90; i++)
        histogram_add(&sum, 10);
    for (int i = 0; i < 10; i++)
        histogram_add(&other, 60);
    histogram_merge(&sum, &other);
    cr_assert(sum.count == 100 && sum.largest == 60);
    cr_assert(histogram_quantile(&sum, 0.9) == 10 && histogram_quantile(&sum, 0.91) == 60);
}
