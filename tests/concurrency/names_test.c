/* Names: unique in a graph whoever makes them, and a thread's own where the scope is. */
#include <ctype.h>
#include <stdlib.h>

#include "parallel.h"

TestSuite(names, .timeout = 300);

enum { THREADS = 8, NODES = 100, NAME_SIZE = 64 };

typedef struct name_list {
    size_t count;
    size_t capacity;
    char (*names)[NAME_SIZE];
} name_list;

static bool collect_in_lower_case(const vs_operation *operation, void *user)
{
    name_list *list = user;
    if (list->count == list->capacity)
        return false;
    char *name = list->names[list->count++];
    vs_operation_name(operation, name, NAME_SIZE);
    for (; *name; name++)
        *name = (char)tolower((unsigned char)*name);
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* No two nodes have the same name, ignoring case. */
static void assert_all_distinct(const vs_graph *graph, size_t expected_count)
{
    name_list list = {.capacity = expected_count + 1};
    list.names = calloc(list.capacity, sizeof *list.names);
    vs_graph_walk(graph, collect_in_lower_case, &list);
    cr_assert(list.count == expected_count, "%zu nodes, not %zu", list.count, expected_count);
    qsort(list.names, list.count, sizeof *list.names, compare_names);
    for (size_t i = 1; i < list.count; i++)
        cr_assert(strcmp(list.names[i - 1], list.names[i]) != 0, "%s is there twice", list.names[i]);
    free(list.names);
}

static void capture_scope(const parallel_round *round)
{
    vs_capture **capture = round->user;
    VS_WITH_GRAPH(round->graph)
        VS_WITH_NAME_SCOPE("s")
            *capture = vs_capture_here();
    assert_ok();
}

/* ---- one name, many threads, one scope ---- */

static const char *add_many_c(parallel_worker *self)
{
    VS_WITH_CAPTURE(*(vs_capture **)self->round->user)
        for (int i = 0; i < NODES; i++)
            vs_constant(vs_int(i), .name = "c");
    return NULL;
}

static void assert_c_to_the_last(const parallel_round *round)
{
    char name[NAME_SIZE];
    vs_capture_release(*(vs_capture **)round->user);
    assert_node(round->graph, "s/c");
    for (int i = 1; i < THREADS * NODES; i++) {
        snprintf(name, sizeof name, "s/c_%d", i);
        assert_node(round->graph, name);
    }
    assert_all_distinct(round->graph, THREADS * NODES);
}

Test(names, in_one_scope_are_numbered_without_gaps)
{
    static vs_capture *capture;
    run_in_parallel(ROUNDS(250), THREADS, add_many_c, capture_scope, assert_c_to_the_last, &capture);
}

/* ---- names that meet: given with a number, in another case, as a scope ---- */

static const char *add_names_that_meet(parallel_worker *self)
{
    static const char *const names[] = {"c", "C", "c_1", "C_1", "c_2", "c_1_1"};
    VS_WITH_CAPTURE(*(vs_capture **)self->round->user)
        for (int i = 0; i < NODES; i++) {
            vs_constant(vs_int(i), .name = names[(i + self->index) % 6]);
            if (i % 10 == 0)
                VS_WITH_NAME_SCOPE("c")
                    vs_constant(vs_int(i), .name = "inside");
        }
    return NULL;
}

static void assert_distinct(const parallel_round *round)
{
    vs_capture_release(*(vs_capture **)round->user);
    assert_all_distinct(round->graph, THREADS * (NODES + NODES / 10));
}

Test(names, are_unique_whatever_their_case_and_number)
{
    static vs_capture *capture;
    run_in_parallel(ROUNDS(250), THREADS, add_names_that_meet, capture_scope, assert_distinct, &capture);
}

/* ---- scopes of one name are numbered too; each is its thread's alone ---- */

static const char *build_in_own_scope(parallel_worker *self)
{
    VS_WITH_GRAPH(self->round->graph) {
        const char *scope = NULL;
        VS_WITH_NAME_SCOPE("t", .as = &scope)
            for (int i = 0; i < NODES; i++) {
                char name[NAME_SIZE], expected[NAME_SIZE];
                vs_tensor c = vs_constant(vs_int(i), .name = "c");
                vs_tensor_name(c, name, sizeof name);
                if (i == 0)
                    snprintf(expected, sizeof expected, "%sc:0", scope);
                else
                    snprintf(expected, sizeof expected, "%sc_%d:0", scope, i);
                if (strcmp(name, expected) != 0)
                    return verdict(self, "%s instead of %s", name, expected);
            }
    }
    return NULL;
}

static void assert_scopes(const parallel_round *round)
{
    assert_node(round->graph, "t/c");
    for (int i = 1; i < round->threads; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "t_%d/c_%d", i, NODES - 1);
        assert_node(round->graph, name);
    }
    assert_all_distinct(round->graph, (size_t)(round->threads * NODES));
}

Test(names, in_scopes_of_their_own_are_as_for_one_thread)
{
    run_in_parallel(ROUNDS(500), THREADS, build_in_own_scope, NULL, assert_scopes, NULL);
}

/* ---- default_name: each thread counts for itself ---- */

static const char *use_default_names(parallel_worker *self)
{
    static const char *const expected[] = {"d", "d_1", "d_2"};
    VS_WITH_GRAPH(self->round->graph)
        for (int i = 0; i < 3; i++)
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d") {
                const char *name = vs_variable_scope_name(vs_get_variable_scope());
                if (strcmp(name, expected[i]) != 0)
                    return verdict(self, "%s instead of %s", name, expected[i]);
                vs_get_variable("v", .shape = VS_SHAPE(1), .reuse = VS_AUTO_REUSE);
            }
    return NULL;
}

static void assert_three_variables(const parallel_round *round)
{
    vs_items items;
    assert_status(vs_graph_get_collection(round->graph, VS_GLOBAL_VARIABLES, NULL, &items), VS_OK);
    cr_assert(items.count == 3);
    vs_items_free(&items);
    cr_assert(vs_graph_find_variable(round->graph, "d_2/v"));
}

Test(names, by_default_name_are_each_threads_own)
{
    run_in_parallel(ROUNDS(1000), THREADS, use_default_names, NULL, assert_three_variables, NULL);
}

/* ---- many scopes at many depths at once ---- */

static const char *build_a_tree(parallel_worker *self)
{
    VS_WITH_GRAPH(self->round->graph)
        for (int i = 0; i < 10; i++)
            VS_WITH_NAME_SCOPE("a/b") {
                vs_constant(vs_int(i), .name = "c/d");
                VS_WITH_NAME_SCOPE("a")
                    vs_constant(vs_int(i), .name = "b");
                VS_WITH_NAME_SCOPE("a/b/") /* the first one's, for all threads */
                    vs_constant(vs_int(i), .name = "c/d");
            }
    return NULL;
}

static void assert_tree(const parallel_round *round)
{
    assert_node(round->graph, "a/b/c/d");
    assert_node(round->graph, "a/b_79/a/b");
    assert_all_distinct(round->graph, THREADS * 30);
}

Test(names, with_slashes_in_them_are_unique)
{
    run_in_parallel(ROUNDS(500), THREADS, build_a_tree, NULL, assert_tree, NULL);
}
