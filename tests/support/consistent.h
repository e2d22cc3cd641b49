/* Whether a graph is consistent inside, once nobody builds in it: for tests linked with what is inside. */
#ifndef TESTS_SUPPORT_CONSISTENT_H
#define TESTS_SUPPORT_CONSISTENT_H

#include "test.h"

/* NULL, or what is wrong with the store, the names, or the nodes of a graph. Not there (NULL itself) in a test that is
 * linked with the shared library, whose insides nobody sees. */
const char *inconsistency(const vs_graph *graph) __attribute__((weak));

#define assert_consistent(graph)                                                                             \
    do {                                                                                                     \
        const char *wrong__ = inconsistency(graph);                                                          \
        cr_assert(!wrong__, "%s", wrong__);                                                                  \
    } while (0)

#endif
