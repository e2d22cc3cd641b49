/* The store: entries that are absent, being made, or ready; claims and what becomes of them. */
#include "store.h"

#include "fixture.h"

TestSuite(store, .timeout = 60);

static vs__state *state_here(void)
{
    return vs__context()->current;
}

/* A variable is nothing but an address here. */
static vs_variable *variable_of(int *number)
{
    return (vs_variable *)number;
}

static int first, second;

static vs__claim claim(const char *key, bool create, vs_variable **variable, vs__store_entry **entry)
{
    return vs__store_claim(state_here(), key, strlen(key), create, variable, entry);
}

/* Claim a key that nobody has. */
static vs__store_entry *claim_new(const char *key)
{
    vs_variable *variable = NULL;
    vs__store_entry *entry = NULL;
    cr_assert(claim(key, true, &variable, &entry) == VS__CLAIM_MINE && entry && !variable);
    assert_text(entry->key, key);
    return entry;
}

static void publish_new(const char *key, int *number)
{
    vs__store_publish(claim_new(key), variable_of(number));
}

static vs_variable *find(const char *key)
{
    return vs__store_find(graph->store, key, strlen(key));
}

static vs_variable *find_in(const char *scope, const char *name)
{
    return vs__store_find_in(graph->store, scope, strlen(scope), name, strlen(name));
}

ScopeTest(store, has_nothing_at_first)
{
    vs_variable *variable;
    vs__store_entry *entry;
    cr_assert_null(find("v"));
    cr_assert(claim("v", false, &variable, &entry) == VS__CLAIM_ABSENT);
    cr_assert_null(vs__store_check(graph->store));
}

ScopeTest(store, finds_what_is_published_and_not_what_is_being_made)
{
    vs__store_entry *entry = claim_new("a/v");
    cr_assert_null(find("a/v"));
    cr_assert_null(vs_graph_find_variable(graph, "a/v"));
    vs__store_publish(entry, variable_of(&first));
    cr_assert(find("a/v") == variable_of(&first));
    cr_assert(vs_graph_find_variable(graph, "a/v") == variable_of(&first));
}

ScopeTest(store, gives_what_is_published_to_every_claim)
{
    vs_variable *variable = NULL;
    vs__store_entry *entry = NULL;
    publish_new("v", &first);
    cr_assert(claim("v", true, &variable, &entry) == VS__CLAIM_FOUND && variable == variable_of(&first));
    cr_assert(claim("v", false, &variable, &entry) == VS__CLAIM_FOUND && !entry);
}

ScopeTest(store, lets_an_abandoned_key_be_claimed_again)
{
    vs__store_entry *entry = claim_new("v");
    vs_variable *variable;
    vs__store_abandon(entry);
    cr_assert_null(find("v"));
    cr_assert(claim("v", false, &variable, &entry) == VS__CLAIM_ABSENT);
    publish_new("v", &second);
    cr_assert(find("v") == variable_of(&second));
}

ScopeTest(store, tells_keys_apart_by_case_and_slashes)
{
    publish_new("a/v", &first);
    publish_new("A/v", &second);
    cr_assert(find("a/v") == variable_of(&first) && find("A/v") == variable_of(&second));
    static const char *const others[] = {"", "a", "a/", "a/V", "a//v", "/a/v", "a/v/", "v", "a_v"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_null(find(others[i]), "\"%s\"", others[i]);
}

ScopeTest(store, finds_a_key_however_it_is_cut_into_scope_and_name)
{
    publish_new("a/b/c", &first);
    publish_new("a//v", &second);
    cr_assert(find_in("", "a/b/c") == variable_of(&first));
    cr_assert(find_in("a", "b/c") == variable_of(&first));
    cr_assert(find_in("a/b", "c") == variable_of(&first));
    cr_assert(find_in("a", "/v") == variable_of(&second) && find_in("a/", "v") == variable_of(&second));
    cr_assert(!find_in("a/b", "/c") && !find_in("a/b/", "c") && !find_in("a/c", "b") && !find_in("a/b/c", ""));
    cr_assert(!find_in("x/b", "c") && !find_in("a_b", "c"));
}

ScopeTest(store, keeps_many_keys)
{
    enum { COUNT = 3000 };
    static int numbers[COUNT];
    char key[64];
    for (int i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "scope_%d/v_%d", i % 7, i);
        publish_new(key, &numbers[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "scope_%d/v_%d", i % 7, i);
        cr_assert(find(key) == variable_of(&numbers[i]));
    }
}

ScopeTest(store, aborts_a_creation_that_asks_for_itself)
{
    vs_variable *variable = NULL;
    vs__store_entry *entry = claim_new("a/v"), *none = NULL;
    cr_assert(claim("a/v", true, &variable, &none) == VS__CLAIM_FAILED);
    assert_fails_saying(VS_ABORTED, "a/v");
    cr_assert(claim("a/v", false, &variable, &none) == VS__CLAIM_FAILED);
    assert_fails_saying(VS_ABORTED, "a/v");
    vs__store_publish(entry, variable_of(&first)); /* it may go on all the same */
    cr_assert(find("a/v") == variable_of(&first));
}

/* It is the thread that would wait for itself. */
ScopeTest(store, aborts_a_creation_that_asks_for_itself_in_another_context)
{
    vs_context *other = vs_context_new();
    vs_variable *variable = NULL;
    vs__store_entry *entry = claim_new("a/v"), *none = NULL;
    vs_context_make_current(other);
    VS_WITH_GRAPH(graph)
        cr_assert(claim("a/v", true, &variable, &none) == VS__CLAIM_FAILED);
    assert_fails_saying(VS_ABORTED, "a/v");
    vs_context_make_current(context);
    vs_context_free(other);
    vs__store_publish(entry, variable_of(&first));
    cr_assert(find("a/v") == variable_of(&first));
}

ScopeTest(store, ends_claims_in_any_order)
{
    vs__store_entry *a = claim_new("a"), *b = claim_new("b"), *c = claim_new("c");
    vs__store_publish(b, variable_of(&first));
    vs__store_abandon(a);
    vs__store_publish(c, variable_of(&second));
    cr_assert(!find("a") && find("b") && find("c"));
}

ScopeTest(store, lets_go_what_a_context_was_making_when_it_ends)
{
    vs_context *other = vs_context_new();
    vs_context_make_current(other);
    vs_enter_graph(graph, NULL);
    claim_new("v");
    claim_new("w");
    vs_context_make_current(context);
    vs_context_free(other);
    publish_new("v", &first);
    cr_assert(find("v") && !find("w"));
}

/* The frames of a context may hold the last count of the graph in which it was making something. */
ScopeTest(store, lets_go_what_a_context_was_making_before_its_graph_goes)
{
    vs_context *other = vs_context_new();
    vs_context_make_current(other);
    vs_graph *own = vs_graph_new();
    vs_enter_graph(own, NULL);
    vs_graph_release(own);
    claim_new("v");
    vs_context_make_current(context);
    vs_context_free(other);
    cr_assert_null(find("v"));
}

/* ---- the check ---- */

ScopeTest(store, check_complains_of_what_is_still_being_made)
{
    vs__store_entry *entry = claim_new("v");
    assert_text(vs__store_check(graph->store), "an entry is still being made");
    vs__store_abandon(entry);
    cr_assert_null(vs__store_check(graph->store));
}

ScopeTest(store, check_complains_of_what_cannot_be_found)
{
    vs__store_entry *entry = claim_new("v");
    vs__store_abandon(entry);
    entry->key[0] = 'w';
    assert_text(vs__store_check(graph->store), "an entry has the hash of another key");
    entry->key[0] = 'v';
    entry->store = NULL;
    assert_text(vs__store_check(graph->store), "an entry is damaged, or of another store");
    entry->store = graph->store;
    cr_assert_null(vs__store_check(graph->store));
}

/* ---- hooks at the end ---- */

static int ended[3];
static int n_ended;

static void note_end(void *user)
{
    ended[n_ended++] = *(int *)user;
}

Test(store, runs_each_destroy_hook_once_when_its_graph_goes)
{
    int numbers[] = {1, 2};
    open_graph();
    cr_assert(vs__store_at_end(&state_here()->builder, note_end, &numbers[0]));
    cr_assert(vs__store_at_end(&state_here()->builder, NULL, &numbers[0]));
    cr_assert(vs__store_at_end(&state_here()->builder, note_end, &numbers[1]));
    cr_assert(n_ended == 0);
    close_graph();
    cr_assert(n_ended == 2 && ended[0] + ended[1] == 3);
}

/* ---- memory ---- */

ScopeTest(store, without_memory_says_so_and_claims_nothing)
{
    char key[16];
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        vs_variable *variable;
        vs__store_entry *entry = NULL;
        vs__blocks *blocks = &graph->blocks;
        vs__arena_init(&state_here()->builder.arena, blocks); /* a fresh arena asks for memory at once */
        snprintf(key, sizeof key, "v%zu", n);
        fail_allocation(n, true);
        vs__claim got = claim(key, true, &variable, &entry);
        failed = counted.failures > 0;
        fail_allocation(0, false);
        if (failed) {
            assert_fails(VS_RESOURCE_EXHAUSTED);
            cr_assert(got == VS__CLAIM_FAILED);
            entry = claim_new(key);
        }
        vs__store_publish(entry, variable_of(&first));
        cr_assert(find(key) == variable_of(&first));
    }
}

ScopeTest(store, without_memory_takes_no_hook)
{
    vs__arena_init(&state_here()->builder.arena, &graph->blocks);
    fail_allocation(1, true);
    bool taken = vs__store_at_end(&state_here()->builder, note_end, &first);
    fail_allocation(0, false);
    cr_assert(!taken && n_ended == 1, "it must run at once");
    assert_fails(VS_RESOURCE_EXHAUSTED);
}
