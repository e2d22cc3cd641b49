/* The serial order: strands in strands, their walk, and places in it. */
#include <pthread.h>
#include <stdlib.h>

#include "counting_allocator.h"
#include "strand.h"

TestSuite(strand, .timeout = 60);

static vs__blocks blocks;
static vs__arena arena;
static vs__strand root;

static void open_strands(void)
{
    count_allocations();
    vs__arena_init(&arena, &blocks);
    memset(&root, 0, sizeof root);
}

static void close_strands(void)
{
    vs__blocks_free(&blocks);
    assert_all_given_back();
}

/* What fails in a .fini does not fail its test: so the end is part of the test. */
#define StrandTest(name)                                                                                     \
    static void strand_##name##_body(void);                                                                  \
    Test(strand, name)                                                                                       \
    {                                                                                                        \
        open_strands();                                                                                      \
        strand_##name##_body();                                                                              \
        close_strands();                                                                                     \
    }                                                                                                        \
    static void strand_##name##_body(void)

/* A node is nothing but an address here: that of a number. */
static const vs_operation *node_of(const int64_t *number)
{
    return (const vs_operation *)number;
}

static void append(vs__strand *strand, const int64_t *number)
{
    cr_assert(vs__strand_reserve(&arena, strand));
    vs__strand_append(strand, node_of(number));
}

/* The numbers that a walk visited. */
typedef struct visits {
    int64_t numbers[20000];
    size_t count;
    size_t stop_at; /* 0: never */
} visits;

static bool visit(const vs_operation *node, void *user)
{
    visits *seen = user;
    seen->numbers[seen->count++] = *(const int64_t *)node;
    return seen->count != seen->stop_at;
}

static int64_t numbers[20000];

static void number_all(void)
{
    for (int64_t i = 0; i < 20000; i++)
        numbers[i] = i;
}

StrandTest(that_is_empty_has_nothing_to_walk)
{
    static visits seen;
    cr_assert(vs__strand_walk(&root, visit, &seen) && seen.count == 0);
}

StrandTest(is_walked_in_order_over_many_blocks)
{
    static visits seen;
    number_all();
    for (int i = 0; i < 5000; i++)
        append(&root, &numbers[i]);
    cr_assert(vs__strand_walk(&root, visit, &seen) && seen.count == 5000);
    for (int64_t i = 0; i < 5000; i++)
        cr_assert(seen.numbers[i] == i);
}

StrandTest(below_another_stands_where_it_was_made)
{
    static visits seen;
    number_all();
    append(&root, &numbers[0]);
    vs__strand *first = vs__strand_new(&arena, &root), *second = vs__strand_new(&arena, &root);
    append(&root, &numbers[5]);
    append(second, &numbers[4]);
    append(first, &numbers[1]);
    append(vs__strand_new(&arena, first), &numbers[2]);
    append(first, &numbers[3]);
    vs__strand_walk(&root, visit, &seen);
    cr_assert(seen.count == 6);
    for (int64_t i = 0; i < 6; i++)
        cr_assert(seen.numbers[i] == i);
}

StrandTest(is_walked_no_further_than_the_visitor_wants)
{
    static visits seen = {.stop_at = 2};
    number_all();
    append(&root, &numbers[0]);
    vs__strand *child = vs__strand_new(&arena, &root);
    append(child, &numbers[1]);
    append(child, &numbers[2]);
    append(&root, &numbers[3]);
    cr_assert(!vs__strand_walk(&root, visit, &seen));
    cr_assert(seen.count == 2 && seen.numbers[1] == 1);
}

StrandTest(without_memory_stays_as_it_was)
{
    static visits seen;
    number_all();
    vs__strand *child = vs__strand_new(&arena, &root);
    for (int i = 0; i < 6; i++)
        append(child, &numbers[i]);
    vs__arena empty;
    vs__arena_init(&empty, &blocks);
    fail_allocation(1, true);
    cr_assert(!vs__strand_reserve(&empty, child));
    cr_assert_null(vs__strand_new(&empty, child));
    fail_allocation(0, false);
    append(child, &numbers[6]);
    cr_assert(vs__strand_walk(&root, visit, &seen) && seen.count == 7);
    cr_assert(root.total == 1 && child->total == 7);
}

StrandTest(places_are_before_after_or_the_same)
{
    number_all();
    vs__place start = vs__strand_now(&root);
    append(&root, &numbers[0]);
    vs__place later = vs__strand_now(&root);
    vs__strand *child = vs__strand_new(&arena, &root);
    vs__place inside = vs__strand_now(child), after = vs__strand_now(&root);
    cr_assert(vs__place_compare(start, later) < 0 && vs__place_compare(later, start) > 0);
    cr_assert(vs__place_compare(later, vs__strand_now(&root)) < 0);
    cr_assert(vs__place_compare(later, inside) < 0 && vs__place_compare(inside, later) > 0);
    cr_assert(vs__place_compare(inside, after) < 0 && vs__place_compare(after, inside) > 0);
    cr_assert(vs__place_compare(inside, inside) == 0 && vs__place_compare(after, after) == 0);
}

/* ---- places in random trees, against the tree written out ---- */

enum { STRANDS = 40, ITEMS = 300, PLACES = 120 };

typedef struct tree {
    vs__strand *strands[STRANDS];
    int items[STRANDS][ITEMS]; /* a child's index, or -1 for a node */
    size_t totals[STRANDS];
    int n_strands;
    vs__place places[PLACES];
    int owners[PLACES];
    long moments[PLACES]; /* in the tree written out */
    int n_places;
} tree;

static uint64_t state;

static unsigned dice(unsigned sides)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % sides;
}

static void grow(tree *of)
{
    int s = (int)dice((unsigned)of->n_strands);
    vs__strand *strand = of->strands[s];
    if (of->totals[s] == ITEMS)
        return;
    unsigned what = dice(6);
    if (what < 2 && of->n_places < PLACES) {
        of->owners[of->n_places] = s;
        of->places[of->n_places++] = vs__strand_now(strand);
    } else if (what == 2 && of->n_strands < STRANDS) {
        of->strands[of->n_strands] = vs__strand_new(&arena, strand);
        of->items[s][of->totals[s]++] = of->n_strands++;
    } else {
        append(strand, &numbers[0]);
        of->items[s][of->totals[s]++] = -1;
    }
}

/* Number the moments in serial order: that before an item, those inside it, that after it. */
static long write_out(tree *of, int s, long moment)
{
    for (size_t at = 0; at <= of->totals[s]; at++, moment++) {
        for (int p = 0; p < of->n_places; p++)
            if (of->owners[p] == s && of->places[p].at == at)
                of->moments[p] = moment;
        if (at < of->totals[s] && of->items[s][at] >= 0)
            moment = write_out(of, of->items[s][at], moment + 1);
    }
    return moment;
}

static int sign(long number)
{
    return (number > 0) - (number < 0);
}

Test(strand, places_of_random_trees_are_in_serial_order)
{
    static tree of;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        open_strands();
        state = seed;
        of.n_strands = 1;
        of.n_places = 0;
        of.strands[0] = &root;
        memset(of.totals, 0, sizeof of.totals);
        for (int i = 0; i < 500; i++)
            grow(&of);
        write_out(&of, 0, 0);
        for (int a = 0; a < of.n_places; a++)
            for (int b = 0; b < of.n_places; b++)
                cr_assert(sign(vs__place_compare(of.places[a], of.places[b])) == sign(of.moments[a] - of.moments[b]),
                          "seed %d: places %d and %d", (int)seed, a, b);
        close_strands();
    }
}

/* ---- strands of variables: against a thread that meets the asks one after another ---- */

enum { MOST_STRANDS = 60, MOST_LINES = 400 };

/* A strand as it was written: numbers of nodes, children, and variables that were asked for. */
typedef struct line {
    enum { NODE, CHILD, ASKED } kind;
    int of;
} line;

typedef struct script {
    vs__strand *strands[MOST_STRANDS];
    bool is_variable[MOST_STRANDS];
    line lines[MOST_STRANDS][MOST_LINES];
    int counts[MOST_STRANDS];
    int n_strands;
    int n_nodes;
    int met[MOST_STRANDS]; /* while it is read */
} script;

static void write_line(script *of, int s, int kind, int which)
{
    of->lines[s][of->counts[s]++] = (line){kind, which};
}

/* Whether walking a strand, with all that is asked for in it, comes to another one. */
static bool leads_to(const script *of, int from, int to)
{
    if (from == to)
        return true;
    for (int i = 0; i < of->counts[from]; i++)
        if (of->lines[from][i].kind != NODE && leads_to(of, of->lines[from][i].of, to))
            return true;
    return false;
}

/* Write one more line into a strand: a node, a worker, a new variable, or an ask for one that is there. */
static void write_on(script *of, atomic_uint *moves)
{
    int s = (int)dice((unsigned)of->n_strands), kind = (int)dice(8), other = (int)dice((unsigned)of->n_strands);
    if (of->counts[s] == MOST_LINES)
        return;
    if (kind < 3) {
        append(of->strands[s], &numbers[of->n_nodes]);
        write_line(of, s, NODE, of->n_nodes++);
    } else if (kind < 5 && of->n_strands < MOST_STRANDS) {
        of->is_variable[of->n_strands] = kind == 4;
        of->strands[of->n_strands] = kind == 4 ? vs__strand_new_of_variable(&arena, of->strands[s])
                                               : vs__strand_new(&arena, of->strands[s]);
        of->counts[of->n_strands] = 0;
        write_line(of, s, kind == 4 ? ASKED : CHILD, of->n_strands++);
    } else if (kind >= 5 && of->is_variable[other] && !leads_to(of, other, s)) {
        if (vs__strand_is_before(of->strands[other], of->strands[s])) {
            write_line(of, s, ASKED, other); /* it need not be told */
            return;
        }
        cr_assert(vs__strand_ask_locked(&arena, of->strands[s], of->strands[other], moves));
        write_line(of, s, ASKED, other);
    }
}

/* What one thread makes of it: a variable is made where it is first asked for. */
static void read_on(script *of, int s, visits *out)
{
    for (int i = 0; i < of->counts[s]; i++) {
        const line *at = &of->lines[s][i];
        if (at->kind == NODE)
            out->numbers[out->count++] = at->of;
        else if (at->kind == CHILD || !of->met[at->of]++)
            read_on(of, at->of, out);
    }
}

Test(strand, of_a_variable_stands_where_it_is_first_asked_for)
{
    static script of;
    static visits expected, found;
    unsigned moved = 0;
    number_all();
    for (uint64_t seed = 1; seed <= 300; seed++) {
        atomic_uint moves = 0;
        open_strands();
        state = seed;
        of.n_strands = 1;
        of.n_nodes = of.counts[0] = 0;
        of.strands[0] = &root;
        for (int i = 0; i < 400; i++) {
            write_on(&of, &moves);
            if (i % 20)
                continue;
            expected.count = found.count = 0;
            memset(of.met, 0, sizeof of.met);
            read_on(&of, 0, &expected);
            vs__strand_walk(&root, visit, &found);
            cr_assert(found.count == expected.count, "seed %d: %zu nodes, not %zu", (int)seed, found.count, expected.count);
            for (size_t k = 0; k < found.count; k++)
                cr_assert(found.numbers[k] == expected.numbers[k], "seed %d, line %d: node %zu", (int)seed, i, k);
        }
        moved += atomic_load(&moves) / 2;
        close_strands();
    }
    cr_assert(moved > 1000, "only %u moves were tried", moved);
}

/* ---- reading beside the writer ---- */

static atomic_bool done;

static bool count_in_order(const vs_operation *node, void *user)
{
    int64_t *next = user;
    return *(const int64_t *)node == (*next)++;
}

static void *walk_until_done(void *wrong)
{
    int64_t before = 0;
    while (!atomic_load(&done)) {
        int64_t next = 0;
        if (!vs__strand_walk(&root, count_in_order, &next) || next < before)
            return wrong;
        before = next;
    }
    return NULL;
}

StrandTest(is_read_while_it_is_written)
{
    pthread_t reader;
    void *wrong;
    number_all();
    vs__strand *child = vs__strand_new(&arena, &root);
    pthread_create(&reader, NULL, walk_until_done, numbers);
    for (int i = 0; i < 20000; i++)
        append(child, &numbers[i]);
    atomic_store(&done, true);
    pthread_join(reader, &wrong);
    cr_assert_null(wrong, "a walk saw another order, or fewer nodes than the one before");
}
