/* Counters of variable scopes, against a naive model of _VariableScopeStore (variable_scope.py). */
#include "counting_allocator.h"
#include "counters.h"

TestSuite(counters, .timeout = 60);

/* ---- the model: a dict of counts, copied and put back around an entered scope object ---- */

enum { PATHS = 600, LONGEST = 160 };

typedef struct dict {
    char paths[PATHS][LONGEST];
    unsigned counts[PATHS];
    int size;
} dict;

static unsigned *count_of(dict *of, const char *path)
{
    int i = 0;
    while (i < of->size && strcmp(of->paths[i], path) != 0)
        i++;
    if (i == of->size) {
        cr_assert(of->size < PATHS);
        strcpy(of->paths[of->size], path);
        of->counts[of->size++] = 0;
    }
    return &of->counts[i];
}

static unsigned peek(const dict *of, const char *path)
{
    for (int i = 0; i < of->size; i++)
        if (strcmp(of->paths[i], path) == 0)
            return of->counts[i];
    return 0;
}

/* close_variable_subscopes */
static void close_below(dict *of, const char *path)
{
    size_t length = strlen(path);
    for (int i = 0; i < of->size; i++)
        if (strncmp(of->paths[i], path, length) == 0 && of->paths[i][length] == '/')
            of->counts[i] = 0;
}

/* _get_unique_variable_scope: the number, 0 for none. */
static uint32_t unique_number(const dict *of, const char *path)
{
    char name[LONGEST + 16];
    uint32_t number = 0;
    if (!peek(of, path))
        return 0;
    do
        snprintf(name, sizeof name, "%s_%u", path, ++number);
    while (peek(of, name));
    return number;
}

/* ---- what is under test ---- */

static vs__counters counters;

static void open_counters(void)
{
    count_allocations();
}

static void close_counters(void)
{
    vs__counters_free(&counters);
    assert_all_given_back();
}

/* What fails in a .fini does not fail its test: so the end is part of the test. */
#define CountersTest(name)                                                                                   \
    static void counters_##name##_body(void);                                                                \
    Test(counters, name)                                                                                     \
    {                                                                                                        \
        open_counters();                                                                                     \
        counters_##name##_body();                                                                            \
        close_counters();                                                                                    \
    }                                                                                                        \
    static void counters_##name##_body(void)

/* NULL: out of memory. */
static vs__count *at(const char *path, size_t length)
{
    return vs__counters_at(&counters, NULL, path, length);
}

static uint32_t unique(const char *path)
{
    uint32_t number = 77;
    cr_assert(vs__counters_unique(&counters, at(path, strlen(path)), &number));
    return number;
}

static void open_path(const char *path)
{
    cr_assert(vs__counters_open(&counters, at(path, strlen(path))));
}

static void close_path(const char *path)
{
    cr_assert(vs__counters_close_below(&counters, at(path, strlen(path))));
}

CountersTest(below_a_count_are_those_of_the_whole_path)
{
    vs__count *outer = at("a/b", 3), *inner = vs__counters_at(&counters, outer, "c/d", 3);
    cr_assert(inner && inner == at("a/b/c/d", 7) && inner != at("a/b/c", 5));
    cr_assert(!*vs__count_name(inner));
    *vs__count_name(inner) = "a/b/c/d";
    for (int i = 0; i < 1000; i++) {
        char path[16];
        snprintf(path, sizeof path, "a/%d", i);
        open_path(path);
    }
    cr_assert(at("a/b/c/d", 7) == inner && *vs__count_name(inner), "what was found stays where it is");
}

/* ---- random scopes ---- */

static uint64_t state;

static unsigned dice(unsigned sides)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % sides;
}

enum { DEEPEST = 7 };

typedef struct frame {
    char path[LONGEST];
    bool is_object;
    dict before; /* of an object */
    vs__counters_mark mark;
} frame;

static frame stack[DEEPEST + 1];
static int depth;
static dict expected;

static const char *const leaves[] = {"d", "d_1", "d_2", "e", "d/e", "d_1/d", "", "d/", "e_1", "d_01", "d_1_1"};
enum { LEAVES = sizeof leaves / sizeof *leaves };

static void join(const char *leaf, char *out)
{
    snprintf(out, LONGEST, "%s%s%s", stack[depth].path, *stack[depth].path ? "/" : "", leaf);
}

static void enter(const char *path, bool is_object)
{
    frame *entered = &stack[++depth];
    snprintf(entered->path, sizeof entered->path, "%s", path);
    entered->is_object = is_object;
    open_path(path);
    ++*count_of(&expected, path);
    if (is_object) {
        entered->before = expected;
        entered->mark = vs__counters_set_mark(&counters);
    }
}

static void leave(void)
{
    frame *left = &stack[depth--];
    if (left->is_object) {
        vs__counters_undo(&counters, left->mark);
        expected = left->before;
    } else {
        close_path(left->path);
        close_below(&expected, left->path);
    }
}

static void enter_default(const char *leaf)
{
    char path[LONGEST], numbered[LONGEST + 16];
    join(leaf, path);
    uint32_t number = unique(path);
    cr_assert(number == unique_number(&expected, path), "\"%s\" got %u", path, number);
    snprintf(numbered, sizeof numbered, number ? "%s_%u" : "%s", path, number);
    enter(numbered, false);
}

static void step(void)
{
    char path[LONGEST];
    const char *leaf = leaves[dice(LEAVES)];
    unsigned what = dice(10);
    if (depth == DEEPEST || (depth && what < 4)) {
        leave();
    } else if (what < 7) {
        enter_default(leaf);
    } else if (what < 9 || !expected.size) {
        join(leaf, path);
        enter(path, false);
    } else {
        snprintf(path, sizeof path, "%s", expected.paths[dice((unsigned)expected.size)]);
        enter(path, true);
    }
    join(leaves[dice(LEAVES)], path);
    cr_assert(unique(path) == unique_number(&expected, path), "\"%s\" got %u", path, unique(path));
}

Test(counters, of_random_scopes_are_those_of_tensorflow)
{
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        open_counters();
        state = seed;
        depth = 0;
        expected.size = 0;
        for (int i = 0; i < 90; i++)
            step();
        while (depth)
            leave();
        for (int i = 0; i < expected.size; i++)
            cr_assert(unique(expected.paths[i]) == unique_number(&expected, expected.paths[i]));
        close_counters();
    }
}

/* ---- one rule at a time ---- */

CountersTest(begin_at_nothing)
{
    cr_assert(unique("d") == 0 && unique("a/b") == 0 && unique("") == 0);
}

CountersTest(count_what_was_opened_and_skip_what_is_taken)
{
    open_path("d_1");
    cr_assert(unique("d") == 0);
    open_path("d");
    cr_assert(unique("d") == 2 && unique("d") == 2, "asking counts nothing");
    open_path("d_2");
    cr_assert(unique("d") == 3);
}

CountersTest(below_a_scope_are_forgotten_when_it_closes)
{
    open_path("out");
    open_path("out/d");
    open_path("out/d/e");
    open_path("outer/d");
    close_path("out");
    cr_assert(unique("out/d") == 0 && unique("out/d/e") == 0);
    cr_assert(unique("out") == 1 && unique("outer/d") == 1);
}

CountersTest(inside_an_entered_object_are_undone)
{
    open_path("out");
    open_path("out/d");
    vs__counters_mark mark = vs__counters_set_mark(&counters);
    open_path("out/d_1");
    cr_assert(unique("out/d") == 2);
    close_path("out");
    open_path("new");
    vs__counters_undo(&counters, mark);
    cr_assert(unique("out/d") == 1 && unique("new") == 0);
}

CountersTest(of_many_default_names_are_found_in_constant_time)
{
    char name[32];
    for (uint32_t i = 0; i < 50000; i++) {
        uint32_t number = unique("d");
        cr_assert(number == i);
        snprintf(name, sizeof name, number ? "d_%u" : "d", number);
        open_path(name);
    }
}

CountersTest(of_deep_paths_need_no_stack)
{
    enum { DEPTH = 20000 };
    static char path[2 * DEPTH];
    for (int i = 0; i < DEPTH; i++)
        memcpy(path + 2 * i, i ? "/x" : "xx", 2);
    cr_assert(vs__counters_open(&counters, at(path, sizeof path)));
    close_path("xx");
    uint32_t number;
    cr_assert(vs__counters_unique(&counters, at(path, sizeof path), &number) && number == 0);
}

CountersTest(do_not_grow_by_opening_and_closing_the_same)
{
    open_path("a");
    for (int i = 0; i < 100; i++) {
        unique("a/d");
        open_path("a/d");
        close_path("a");
    }
    size_t before = counted.bytes;
    for (int i = 0; i < 100000; i++) {
        vs__counters_mark mark = vs__counters_set_mark(&counters);
        cr_assert(unique("a/d") == 0);
        open_path("a/d");
        close_path("a");
        vs__counters_undo(&counters, mark);
    }
    cr_assert(counted.bytes <= before + 4096);
}

CountersTest(without_memory_say_so_and_are_as_before)
{
    char path[LONGEST];
    open_path("d");
    for (size_t n = 1; n < 6; n++) {
        uint32_t number;
        bool opened, asked, failed;
        snprintf(path, sizeof path, "a%zu/b/c/d/e/f/g", n);
        vs__counters_mark mark = vs__counters_set_mark(&counters);
        fail_allocation(n, true);
        vs__count *count = at(path, strlen(path)), *base = at("d", 1);
        opened = count && vs__counters_open(&counters, count);
        asked = base && vs__counters_unique(&counters, base, &number);
        failed = counted.failures > 0;
        fail_allocation(0, false);
        vs__counters_undo(&counters, mark);
        cr_assert(opened || failed);
        cr_assert(!asked || number == 1);
        cr_assert(unique(path) == 0 && unique("d") == 1);
    }
}
