/* Notes of names that came out other than asked for: each reason, with what had the name and where. */
#include "counting_allocator.h"
#include "parallel.h"

TestSuite(explain, .timeout = 30);

static vs_graph *graph;

static void open_graph(void)
{
    graph = vs_graph_new();
    assert_status(vs_graph_set_explain(graph), VS_OK);
}

static void close_graph(void)
{
    assert_ok();
    vs_graph_release(graph);
}

#define ExplainTest(name) Test(explain, name, .init = open_graph, .fini = close_graph)

typedef struct notes {
    vs_name_note of[32];
    size_t count;
    size_t most; /* the visitor stops there; 0: never */
} notes;

static bool keep_note(const vs_name_note *note, void *user)
{
    notes *kept = user;
    kept->of[kept->count++] = *note;
    return kept->count != kept->most && kept->count < 32;
}

static notes read_notes(void)
{
    notes kept = {.count = 0};
    assert_status(vs_graph_walk_explained(graph, keep_note, &kept), VS_OK);
    return kept;
}

/* The only note there is. */
static vs_name_note only_note(void)
{
    notes kept = read_notes();
    cr_assert(kept.count == 1, "%zu notes", kept.count);
    return kept.of[0];
}

static vs_tensor constant(const char *name)
{
    return vs_constant(vs_real(1.0), .name = name);
}

ExplainTest(nothing_is_noted_of_names_that_come_out_as_asked)
{
    VS_WITH_GRAPH(graph)
        VS_WITH_NAME_SCOPE("a") {
            constant("c");
            constant("C_1");
            vs_get_variable("v", .shape = VS_SHAPE(2));
        }
    cr_assert(read_notes().count == 0);
}

ExplainTest(an_operation_has_the_name)
{
    int first = 0, second = 0;
    VS_WITH_GRAPH(graph)
        VS_WITH_NAME_SCOPE("a") {
            first = __LINE__ + 1;
            vs_constant(vs_real(1.0), .name = "b/c");
            VS_WITH_NAME_SCOPE("b") {
                second = __LINE__ + 1;
                vs_constant(vs_real(1.0), .name = "c");
            }
        }
    vs_name_note note = only_note();
    cr_assert(note.kind == VS_NAMED_OPERATION && note.reason == VS_RENAMED_TAKEN_BY_OPERATION && note.is_given);
    assert_text(note.asked, "a/b/c");
    assert_text(note.got, "a/b/c_1");
    assert_text(note.taker, "a/b/c");
    cr_assert(note.taker_kind == VS_NAMED_OPERATION);
    cr_assert(note.site.line == second && note.taker_site.line == first);
    assert_text(note.taker_site.function, __func__);

    char text[512], expected[512];
    size_t length = vs_name_note_format(&note, text, sizeof text);
    snprintf(expected, sizeof expected,
             "%s:%d: operation a/b/c came out as a/b/c_1: operation a/b/c of %s:%d has that name", __FILE__, second,
             __FILE__, first);
    assert_text(text, expected);
    cr_assert(length == strlen(text));
}

ExplainTest(a_scope_has_the_name)
{
    VS_WITH_GRAPH(graph) {
        VS_WITH_NAME_SCOPE("a") {
        }
        VS_WITH_NAME_SCOPE("a") {
        }
        constant("a");
    }
    notes kept = read_notes();
    cr_assert(kept.count == 2);
    cr_assert(kept.of[0].kind == VS_NAMED_NAME_SCOPE && kept.of[0].reason == VS_RENAMED_TAKEN_BY_SCOPE);
    assert_text(kept.of[0].asked, "a/");
    assert_text(kept.of[0].got, "a_1/");
    assert_text(kept.of[0].taker, "a/");
    cr_assert(kept.of[1].kind == VS_NAMED_OPERATION && kept.of[1].reason == VS_RENAMED_TAKEN_BY_SCOPE);
    assert_text(kept.of[1].got, "a_2");
}

ExplainTest(names_differ_in_case_only)
{
    VS_WITH_GRAPH(graph) {
        constant("loss");
        constant("Loss");
    }
    vs_name_note note = only_note();
    cr_assert(note.reason == VS_RENAMED_DIFFERS_IN_CASE);
    assert_text(note.got, "Loss_1");
    assert_text(note.taker, "loss");
}

ExplainTest(a_variable_scope_is_entered_again)
{
    vs_variable_scope *scope = NULL;
    VS_WITH_GRAPH(graph) {
        VS_WITH_VARIABLE_SCOPE("a", .as = &scope) {
        }
        VS_WITH_VARIABLE_SCOPE("a") {
        }
        VS_WITH_VARIABLE_SCOPE(NULL, .scope = scope) {
        }
        VS_WITH_VARIABLE_SCOPE(NULL, .scope = scope, .auxiliary_name_scope = VS_FALSE) {
        }
    }
    notes kept = read_notes();
    cr_assert(kept.count == 2, "%zu notes", kept.count);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(kept.of[i].reason == VS_RENAMED_SCOPE_ENTERED_AGAIN);
        assert_text(kept.of[i].asked, "a/");
        cr_assert(kept.of[i].taker_site.line < kept.of[i].site.line);
    }
    assert_text(kept.of[1].got, "a_2/");
}

ExplainTest(another_variable_scope_of_that_name_scope_is_none_entered_again)
{
    VS_WITH_GRAPH(graph) {
        VS_WITH_VARIABLE_SCOPE("a") {
            VS_WITH_VARIABLE_SCOPE("b") {
            }
        }
        VS_WITH_NAME_SCOPE("a/")
            VS_WITH_VARIABLE_SCOPE("b") { /* variables b/..., not a/b/... */
            }
    }
    vs_name_note note = only_note();
    cr_assert(note.reason == VS_RENAMED_TAKEN_BY_SCOPE);
    assert_text(note.got, "a/b_1/");
}

ExplainTest(a_default_name_is_counted)
{
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("out") {
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d") {
            }
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d") {
            }
        }
    notes kept = read_notes();
    cr_assert(kept.count == 2, "%zu notes", kept.count); /* of the name scope, and of the variable scope */
    const vs_name_note *note = &kept.of[1];
    cr_assert(note->kind == VS_NAMED_VARIABLE_SCOPE && note->reason == VS_RENAMED_DEFAULT_NAME_COUNTED);
    assert_text(note->asked, "out/d");
    assert_text(note->got, "out/d_1");
    assert_text(note->taker, "out/d");
    cr_assert(note->taker_site.line < note->site.line);
    cr_assert(kept.of[0].reason == VS_RENAMED_TAKEN_BY_SCOPE);
}

ExplainTest(names_by_default_are_told_apart)
{
    VS_WITH_GRAPH(graph) {
        vs_constant(vs_real(1.0));
        vs_constant(vs_real(1.0));
        vs_no_op(NULL);
        vs_no_op(NULL);
        vs_no_op("mine");
        vs_no_op("mine");
    }
    notes kept = read_notes();
    cr_assert(kept.count == 3);
    cr_assert(!kept.of[0].is_given && !kept.of[1].is_given && kept.of[2].is_given);
    assert_text(kept.of[0].got, "Const_1");
    assert_text(kept.of[1].got, "NoOp_1");
}

ExplainTest(a_walk_can_be_stopped)
{
    VS_WITH_GRAPH(graph)
        for (int i = 0; i < 5; i++)
            constant("c");
    notes kept = {.most = 2};
    assert_status(vs_graph_walk_explained(graph, keep_note, &kept), VS_OK);
    cr_assert(kept.count == 2);
    assert_text(kept.of[1].got, "c_2");
}

Test(explain, names_from_before_are_known_as_taken_only)
{
    graph = vs_graph_new();
    VS_WITH_GRAPH(graph) {
        constant("c");
        assert_status(vs_graph_walk_explained(graph, keep_note, NULL), VS_OK);
        cr_assert(!vs_graph_explains(graph));
        assert_status(vs_graph_set_explain(graph), VS_OK);
        assert_status(vs_graph_set_explain(graph), VS_OK);
        cr_assert(vs_graph_explains(graph));
        constant("c");
    }
    vs_name_note note = only_note();
    cr_assert(note.reason == VS_RENAMED_TAKEN_EARLIER && !note.taker && !note.taker_kind);
    char text[128];
    vs_name_note_format(&note, text, sizeof text);
    cr_assert(strstr(text, "c came out as c_1: it was taken before names were noted"), "%s", text);
    vs_graph_release(graph);
}

Test(explain, reasons_and_kinds_have_names)
{
    assert_text(vs_renamed_reason_name(VS_RENAMED_SCOPE_ENTERED_AGAIN), "scope_entered_again");
    assert_text(vs_renamed_reason_name((vs_renamed_reason)99), "unknown");
    assert_text(vs_named_kind_name(VS_NAMED_VARIABLE_SCOPE), "variable scope");
    assert_text(vs_named_kind_name((vs_named_kind)99), "unknown");
}

/* ---- threads: each says that names are to be noted, and all names are ---- */

enum { THREADS = 8, NAMES = 50 };

static const char *build_and_read(parallel_worker *self)
{
    vs_graph *shared = self->round->graph;
    if (vs_graph_set_explain(shared) != VS_OK)
        return verdict(self, "no notes");
    VS_WITH_GRAPH(shared)
        for (int i = 0; i < NAMES; i++)
            constant("c");
    notes kept = {.count = 0};
    if (vs_graph_walk_explained(shared, keep_note, &kept) != VS_OK || kept.count < 32)
        return verdict(self, "%zu notes", kept.count);
    return NULL;
}

static bool count_note(const vs_name_note *note, void *user)
{
    *(size_t *)user += note->reason == VS_RENAMED_TAKEN_BY_OPERATION;
    return true;
}

static void assert_all_noted(const parallel_round *round)
{
    size_t count = 0;
    assert_status(vs_graph_walk_explained(round->graph, count_note, &count), VS_OK);
    cr_assert(count == THREADS * NAMES - 1, "%zu notes", count);
}

Test(explain, threads_note_all_names)
{
    run_in_parallel(ROUNDS(20), THREADS, build_and_read, NULL, assert_all_noted, NULL);
}

/* ---- memory ---- */

static void build_renamed(void)
{
    static char name[3001];
    memset(name, 'n', sizeof name - 1);
    VS_WITH_GRAPH(graph)
        for (int i = 0; i < 31; i++)
            vs_no_op(name);
}

Test(explain, without_memory_building_goes_on_and_reading_says_so)
{
    count_allocations();
    size_t incomplete = 0;
    for (size_t nth = 1; nth <= 60; nth++) {
        vs_context *context = vs_context_new();
        vs_context_make_current(context);
        graph = vs_graph_new();
        fail_allocation(nth, false);
        bool told = vs_graph_set_explain(graph) == VS_OK;
        build_renamed();
        fail_allocation(0, false);
        vs_error error;
        bool built = !vs_error_take(&error);
        cr_assert(built || error.code == VS_RESOURCE_EXHAUSTED);
        cr_assert(!built || vs_graph_num_operations(graph) == 31);
        notes kept = {.count = 0};
        vs_status status = vs_graph_walk_explained(graph, keep_note, &kept);
        cr_assert(!built || !told || kept.count == 30 || status == VS_RESOURCE_EXHAUSTED, "%zu notes", kept.count);
        incomplete += built && status == VS_RESOURCE_EXHAUSTED;
        vs_graph_release(graph);
        vs_context_make_current(NULL);
        vs_context_free(context);
        assert_all_given_back();
    }
    cr_assert(incomplete > 0, "no failure met a note");
}
