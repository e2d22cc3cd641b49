/* Unique names, against a naive model of Graph.unique_name and of the nodes that a graph has (ops.py). */
#include <ctype.h>
#include <stdlib.h>

#include "counting_allocator.h"
#include "graph.h"
#include "node.h"

TestSuite(names, .timeout = 120);

/* ---- the model: TensorFlow's dict of names in use, in lower case, and a dict of nodes, exact ---- */

enum { BUCKETS = 4096 };

typedef struct entry {
    struct entry *next;
    int count;               /* of names in use */
    const vs_operation *node; /* of nodes */
    char key[];
} entry;

typedef struct model {
    entry *in_use[BUCKETS];
    entry *nodes[BUCKETS];
} model;

static entry **bucket(entry **table, const char *key)
{
    unsigned hash = 5381;
    for (const char *c = key; *c; c++)
        hash = hash * 33 + (unsigned char)*c;
    return &table[hash % BUCKETS];
}

static entry *look(entry **table, const char *key)
{
    entry *at = *bucket(table, key);
    while (at && strcmp(at->key, key) != 0)
        at = at->next;
    return at;
}

static entry *get(entry **table, const char *key)
{
    entry *at = look(table, key);
    if (at)
        return at;
    at = calloc(1, sizeof *at + strlen(key) + 1);
    strcpy(at->key, key);
    at->next = *bucket(table, key);
    *bucket(table, key) = at;
    return at;
}

static void clear(entry **table)
{
    for (int i = 0; i < BUCKETS; i++) {
        while (table[i]) {
            entry *next = table[i]->next;
            free(table[i]);
            table[i] = next;
        }
    }
}

enum { LONGEST = 8192 };

/* Graph.unique_name: what a name becomes. */
static void unique_name(model *of, const char *name, char *out)
{
    static char base[LONGEST], key[LONGEST + 16];
    for (size_t i = 0; (base[i] = (char)tolower((unsigned char)name[i])); i++)
        ;
    int i = get(of->in_use, base)->count++;
    strcpy(out, name);
    if (i == 0)
        return;
    strcpy(key, base);
    for (entry *taken = look(of->in_use, key); taken && taken->count; taken = look(of->in_use, key))
        snprintf(key, sizeof key, "%s_%d", base, i++);
    get(of->in_use, key)->count = 1;
    sprintf(out, "%s_%d", name, i - 1);
}

/* ---- the graph under test ---- */

static vs_graph *graph;
static vs__arena arena;
static vs__name_cache cache;
static model expected;

static void open_names(void)
{
    count_allocations();
    graph = vs_graph_new();
    vs__arena_init(&arena, &graph->blocks);
    memset(&cache, 0, sizeof cache);
}

static void close_names(void)
{
    clear(expected.in_use);
    clear(expected.nodes);
    vs_graph_release(graph);
    assert_all_given_back();
}

/* What fails in a .fini does not fail its test: so the end is part of the test. */
#define NamesTest(name)                                                                                      \
    static void names_##name##_body(void);                                                                   \
    Test(names, name)                                                                                        \
    {                                                                                                        \
        open_names();                                                                                        \
        names_##name##_body();                                                                               \
        close_names();                                                                                       \
    }                                                                                                        \
    static void names_##name##_body(void)

/* A node is nothing but a name here. */
static vs_operation *new_node(void)
{
    vs_operation *node = vs__arena_allocate(&arena, sizeof *node);
    memset(node, 0, sizeof *node);
    return node;
}

static const char *spelled(const vs__name *name)
{
    static char text[LONGEST];
    cr_assert(vs__name_format(name, text, sizeof text) == strlen(text));
    return text;
}

static vs__scope *scope_at(const char *path)
{
    return vs__scope_at(&arena, graph, path, strlen(path));
}

/* The name that one more node gets. */
static const char *add(vs__scope *scope, const char *leaf)
{
    vs_operation *node = new_node();
    cr_assert(vs__name_reserve_node(&cache, &arena, scope, leaf, strlen(leaf), false, node, &node->name) == VS__NAME_OK);
    return spelled(&node->name);
}

static const vs_operation *find(const char *name)
{
    return vs__name_find(graph, name, strlen(name));
}

/* Compare a name with the model's, and what came of giving it to a node. */
static void expect(const char *asked, const vs__name *name, vs__name_result result, const vs_operation *node)
{
    static char unique[LONGEST];
    unique_name(&expected, asked, unique);
    cr_assert(strcmp(spelled(name), unique) == 0, "\"%s\" became \"%s\", not \"%s\"", asked, spelled(name), unique);
    entry *at = get(expected.nodes, unique);
    cr_assert(result == (at->node ? VS__NAME_TAKEN : VS__NAME_OK), "\"%s\": %d", unique, (int)result);
    at->node = at->node ? at->node : node;
}

/* ---- random sequences ---- */

static uint64_t state;

static unsigned dice(unsigned sides)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % sides;
}

static const char *const leaves[] = {
    "c",    "C",     "c_1",     "C_1",     "c_2",   "c_3",  "c_01",   "c_0",  "c_1_1", "c_1_2", "c_1_1_1", "c_10",
    "c_",   "c__1",  "a",       "A",       "a_1",   "a/b",  "A/B",    "a/B",  "a/b_1", "a_1/b", "a//b",    "a/b/c",
    "c_/1", "c_1/c", "c_1/c_1", "C_1/c_1", "c/c_1", "b_2",  "b",      "B_1",  "b_1_1", "_1",    "_1_1",    "1",
};
enum { LEAVES = sizeof leaves / sizeof *leaves, SCOPES = 24 };

static vs__scope *scopes[SCOPES];
static int n_scopes;

static void add_scope(vs__scope *scope)
{
    cr_assert(scope);
    scopes[n_scopes < SCOPES ? n_scopes++ : 1 + (int)dice(SCOPES - 1)] = scope;
}

/* An op or scope with a unique name; as a scope it is opened, and nodes come into it before and after its own. */
static void reserve_randomly(vs__scope *scope, const char *leaf, bool opens, bool binds)
{
    static char asked[LONGEST];
    vs_operation *node = new_node();
    snprintf(asked, sizeof asked, "%s%s", scope->path, leaf);
    if (!opens) {
        bool is_static = dice(2);
        vs__name_result result =
            vs__name_reserve_node(&cache, &arena, scope, leaf, strlen(leaf), is_static, node, &node->name);
        expect(asked, &node->name, result, node);
        return;
    }
    cr_assert(vs__name_reserve(&cache, &arena, scope, leaf, strlen(leaf), false, &node->name));
    add_scope(vs__name_scope(&arena, &node->name));
    if (binds) {
        expect(asked, &node->name, vs__name_bind(&arena, &node->name, node), node);
        return;
    }
    static char unique[LONGEST];
    unique_name(&expected, asked, unique);
    assert_text(spelled(&node->name), unique);
}

/* A node whose name ends in a slash: exactly so, from the root on, and not counted. */
static void take_exactly(const char *path)
{
    vs_operation *node = new_node();
    cr_assert(vs__name_exact(&arena, graph->root, path, strlen(path), &node->name));
    assert_text(spelled(&node->name), path);
    entry *at = get(expected.nodes, path);
    vs__name_result result = vs__name_bind(&arena, &node->name, node);
    cr_assert(result == (at->node ? VS__NAME_TAKEN : VS__NAME_OK), "exactly \"%s\": %d", path, (int)result);
    at->node = at->node ? at->node : node;
}

static void step(void)
{
    static char path[LONGEST];
    vs__scope *scope = scopes[dice((unsigned)n_scopes)];
    const char *leaf = leaves[dice(LEAVES)];
    snprintf(path, sizeof path, "%s%s", scope->path, leaf);
    switch (dice(10)) {
    case 0:
        take_exactly(path);
        break;
    case 1:
        add_scope(vs__scope_at(&arena, graph, path, strlen(path)));
        break;
    case 2:
        reserve_randomly(scope, leaf, true, true);
        break;
    case 3:
        reserve_randomly(scope, leaf, true, false);
        break;
    default:
        reserve_randomly(scope, leaf, false, true);
    }
}

/* Every name that could have been made is found when a node has it, and is not when none has. */
static void expect_to_find_all(void)
{
    static char name[LONGEST];
    for (int i = 0; i < BUCKETS; i++)
        for (const entry *at = expected.nodes[i]; at; at = at->next)
            cr_assert(find(at->key) == at->node, "\"%s\" is not found", at->key);
    for (int s = 0; s < n_scopes; s++) {
        for (int i = 0; i < LEAVES; i++) {
            for (int n = 0; n < 4; n++) {
                snprintf(name, sizeof name, n ? "%s%s_%d" : "%s%s", scopes[s]->path, leaves[i], n);
                const entry *at = look(expected.nodes, name);
                cr_assert(find(name) == (at ? at->node : NULL), "\"%s\"", name);
            }
        }
    }
}

static void run_sequence(uint64_t seed, int steps)
{
    state = seed * 0x9e3779b97f4a7c15u + 1;
    open_names();
    scopes[0] = graph->root;
    n_scopes = 1;
    for (int i = 0; i < steps; i++)
        step();
    expect_to_find_all();
    close_names();
}

Test(names, of_short_random_sequences_are_those_of_tensorflow)
{
    for (uint64_t seed = 1; seed <= 1000; seed++)
        run_sequence(seed, 3 + (int)(seed % 40));
}

Test(names, of_long_random_sequences_are_those_of_tensorflow)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        run_sequence(1000000 + seed, 3000);
}

/* ---- one rule at a time ---- */

NamesTest(count_from_one_at_the_second_use)
{
    assert_text(add(graph->root, "c"), "c");
    assert_text(add(graph->root, "c"), "c_1");
    assert_text(add(graph->root, "c"), "c_2");
}

NamesTest(ignore_case_but_keep_the_spelling_asked_for)
{
    assert_text(add(graph->root, "Add"), "Add");
    assert_text(add(graph->root, "add"), "add_1");
    assert_text(add(graph->root, "ADD"), "ADD_2");
    cr_assert(find("add_1") && !find("Add_1") && !find("add"));
}

NamesTest(skip_a_repetition_that_was_asked_for_by_hand)
{
    assert_text(add(graph->root, "c_1"), "c_1");
    assert_text(add(graph->root, "c"), "c");
    assert_text(add(graph->root, "c"), "c_2");
    assert_text(add(graph->root, "c_1"), "c_1_1");
    assert_text(add(graph->root, "c"), "c_3");
}

NamesTest(of_a_repetition_repeat_it)
{
    add(graph->root, "c");
    assert_text(add(graph->root, "c"), "c_1");
    assert_text(add(graph->root, "c_1"), "c_1_1");
    assert_text(add(graph->root, "c_1"), "c_1_2");
    assert_text(add(graph->root, "c_1_1"), "c_1_1_1");
}

NamesTest(with_leading_zeros_are_no_repetitions)
{
    add(graph->root, "c_01");
    add(graph->root, "c_0");
    assert_text(add(graph->root, "c"), "c");
    assert_text(add(graph->root, "c"), "c_1");
    assert_text(add(graph->root, "c_0"), "c_0_1");
}

NamesTest(with_very_large_numbers_are_names_like_others)
{
    static const char *const large[] = {"c_999999999", "c_1000000000", "c_4294967295", "c_4294967296",
                                        "c_18446744073709551616"};
    add(graph->root, "c");
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        assert_text(add(graph->root, large[i]), large[i]);
        cr_assert(find(large[i]));
    }
    assert_text(add(graph->root, "c"), "c_1");
}

NamesTest(in_another_scope_are_other_names)
{
    vs__scope *a = scope_at("a"), *b = scope_at("b/");
    assert_text(add(a, "c"), "a/c");
    assert_text(add(b, "c"), "b/c");
    assert_text(add(a, "c"), "a/c_1");
    assert_text(add(graph->root, "a/c"), "a/c_2");
    cr_assert(find("a/c_1") && find("b/c") && !find("b/c_1") && !find("c"));
}

NamesTest(in_scopes_that_differ_in_case_are_counted_together)
{
    assert_text(add(scope_at("a"), "c"), "a/c");
    assert_text(add(scope_at("A"), "c"), "A/c_1");
    cr_assert(find("a/c") && find("A/c_1") && !find("A/c") && !find("a/c_1"));
}

NamesTest(taken_exactly_are_not_counted_so_that_the_next_one_clashes_once)
{
    vs_operation *exact = new_node(), *clash = new_node();
    cr_assert(vs__name_exact(&arena, graph->root, "b", 1, &exact->name));
    cr_assert(vs__name_bind(&arena, &exact->name, exact) == VS__NAME_OK);
    cr_assert(vs__name_reserve_node(&cache, &arena, graph->root, "b", 1, false, clash, &clash->name) == VS__NAME_TAKEN);
    assert_text(add(graph->root, "b"), "b_1");
    cr_assert(find("b") == exact);
}

NamesTest(taken_exactly_may_differ_in_case_only)
{
    vs_operation *lower = new_node(), *upper = new_node(), *again = new_node();
    vs__name_exact(&arena, graph->root, "v", 1, &lower->name);
    vs__name_exact(&arena, graph->root, "V", 1, &upper->name);
    vs__name_exact(&arena, graph->root, "V", 1, &again->name);
    cr_assert(vs__name_bind(&arena, &lower->name, lower) == VS__NAME_OK);
    cr_assert(vs__name_bind(&arena, &upper->name, upper) == VS__NAME_OK);
    cr_assert(vs__name_bind(&arena, &again->name, again) == VS__NAME_TAKEN);
    cr_assert(find("v") == lower && find("V") == upper);
}

NamesTest(taken_exactly_where_a_repetition_is_are_taken)
{
    vs_operation *exact = new_node();
    add(graph->root, "c");
    add(graph->root, "c");
    vs__name_exact(&arena, graph->root, "c_1", 3, &exact->name);
    cr_assert(vs__name_bind(&arena, &exact->name, exact) == VS__NAME_TAKEN);
}

NamesTest(of_scopes_are_one_for_one_spelling)
{
    cr_assert(scope_at("a/b") == scope_at("a/b/"));
    cr_assert(scope_at("a/b") != scope_at("a/B") && scope_at("a/b")->dir == scope_at("A/B")->dir);
    cr_assert(scope_at("") == graph->root);
    assert_text(scope_at("a/b")->path, "a/b/");
    assert_text(scope_at("a//")->path, "a//");
    cr_assert(scope_at("a/b")->parent == scope_at("a"));
}

/* The scope of a repetition was opened before the repetition was asked for as a name of its own. */
NamesTest(in_the_scope_of_a_repetition_go_on_when_it_is_asked_for_by_hand)
{
    vs__name first, second;
    vs__name_reserve(&cache, &arena, graph->root, "s", 1, false, &first);
    vs__name_reserve(&cache, &arena, graph->root, "s", 1, false, &second);
    vs__scope *scope = vs__name_scope(&arena, &second);
    assert_text(add(scope, "c"), "s_1/c");
    assert_text(add(graph->root, "s_1"), "s_1_1");
    cr_assert(scope_at("s_1") == scope);
    assert_text(add(scope_at("s_1"), "c"), "s_1/c_1");
    cr_assert(find("s_1/c") && find("s_1/c_1"));
}

NamesTest(longer_than_any_buffer_are_unique_and_found)
{
    enum { LENGTH = 700 };
    char base[LENGTH + 1], second[LENGTH + 8], third[LENGTH + 8];
    memset(base, 'x', LENGTH);
    base[LENGTH] = '\0';
    snprintf(second, sizeof second, "%s_1", base);
    snprintf(third, sizeof third, "%s_2", base);
    assert_text(add(graph->root, second), second);
    assert_text(add(graph->root, base), base);
    assert_text(add(graph->root, base), third);
    cr_assert(find(base) && find(second) && find(third), "all three are there");
    vs_operation *exact = new_node();
    vs__name_exact(&arena, graph->root, third, strlen(third), &exact->name);
    cr_assert(vs__name_bind(&arena, &exact->name, exact) == VS__NAME_TAKEN);
}

NamesTest(are_compared_as_whole_strings_whatever_their_parts)
{
    enum { COUNT = 14 };
    static const char *const leaves_here[COUNT] = {"c", "c", "c", "c_1", "C", "a/b", "a/b", "a", "b", "c/d", "c_", "c-", "c_1/d", "_"};
    static char spelled_here[COUNT][64];
    vs_operation *nodes[COUNT];
    for (int i = 0; i < COUNT; i++) {
        nodes[i] = new_node();
        const char *leaf = leaves_here[i];
        vs__name_reserve_node(&cache, &arena, graph->root, leaf, strlen(leaf), false, nodes[i], &nodes[i]->name);
        vs__name_format(&nodes[i]->name, spelled_here[i], sizeof spelled_here[i]);
    }
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < COUNT; k++) {
            int order = vs__name_compare(&nodes[i]->name, &nodes[k]->name);
            int wanted = strcmp(spelled_here[i], spelled_here[k]);
            cr_assert((order > 0) - (order < 0) == (wanted > 0) - (wanted < 0));
        }
}

NamesTest(that_no_node_has_are_not_found)
{
    static const char *const none[] = {"", "/", "//", "a/", "a", "a/b", "a/b/", "c/", "c_1", "c_0", "c_", "_1", "C", "x/c"};
    scope_at("a/b");
    add(graph->root, "c");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_assert_null(find(none[i]), "\"%s\"", none[i]);
}

NamesTest(stay_unique_when_memory_runs_out)
{
    vs_operation *clash = new_node();
    add(graph->root, "c");
    add(graph->root, "c");
    vs__name_exact(&arena, graph->root, "c_1", 3, &clash->name);
    fail_allocation(1, true);
    vs__name_result result = vs__name_bind(&arena, &clash->name, clash);
    fail_allocation(0, false);
    cr_assert(result != VS__NAME_OK, "two nodes would be c_1");
    cr_assert(find("c_1") && find("c_1") != clash);
}

NamesTest(are_found_when_there_is_no_memory)
{
    add(graph->root, "c_1");
    add(graph->root, "c");
    add(graph->root, "c");
    fail_allocation(1, true);
    bool found = find("c") && find("c_1") && find("c_2");
    fail_allocation(0, false);
    cr_assert(found);
}

/* Each call for memory fails once, in all that a name may need. */
NamesTest(that_get_no_memory_say_so_and_leave_the_names_usable)
{
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        char leaf[64];
        vs_operation *node = new_node();
        snprintf(leaf, sizeof leaf, "s%zu/t/c_%zu", n, n);
        vs__arena small;
        vs__arena_init(&small, &graph->blocks);
        fail_allocation(n, false);
        vs__name_result result = vs__name_reserve_node(&cache, &small, graph->root, leaf, strlen(leaf), false, node, &node->name);
        failed = counted.failures > 0;
        fail_allocation(0, false);
        cr_assert((result == VS__NAME_OK) || failed);
        vs_operation *again = new_node();
        result = vs__name_reserve_node(&cache, &arena, graph->root, leaf, strlen(leaf), false, again, &again->name);
        cr_assert(result == VS__NAME_OK && find(spelled(&again->name)) == again);
    }
}
