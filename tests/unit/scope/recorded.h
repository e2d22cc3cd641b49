/* Graphs as TensorFlow made them: tests/oracle/record_scoping.py recorded a case, the test of its name does the same
 * with the C API, and what comes of it must be what was recorded.
 *
 *     RecordedTest(creators_run_innermost_first)      // tests/data/scoping/creators_run_innermost_first.txt
 *     {
 *         note("%s", vs_variable_name(v));            // the record's note(v.name)
 *     }
 */
#ifndef TESTS_UNIT_SCOPE_RECORDED_H
#define TESTS_UNIT_SCOPE_RECORDED_H

#include "fixture.h"

static char recorded_notes[1 << 15];
static vs__text recorded_text;

/* Add a line to what the test says before its nodes. */
#define note(...)                                                                                            \
    do {                                                                                                     \
        vs__text_printf(&recorded_text, __VA_ARGS__);                                                        \
        vs__text_put(&recorded_text, "\n");                                                                  \
    } while (0)

/* Take the pending error, and note whether there was one. */
static inline void note_refused(void)
{
    note(vs_error_take(NULL) ? "refused" : "done");
}

static inline void put_inputs(vs__text *text, const vs_operation *node)
{
    char name[512];
    for (uint32_t i = 0; i < vs_operation_num_inputs(node); i++) {
        vs_tensor input = vs_operation_input(node, i);
        vs_tensor_name(input, name, sizeof name);
        if (!vs_tensor_index(input))
            name[strlen(name) - 2] = '\0'; /* ":0", as a GraphDef leaves it out */
        vs__text_printf(text, "%s%s", i ? " " : "", name);
    }
    for (uint32_t i = 0; i < vs_operation_num_control_inputs(node); i++) {
        vs_operation_name(vs_operation_control_input(node, i), name, sizeof name);
        vs__text_printf(text, "%s^%s", i + vs_operation_num_inputs(node) ? " " : "", name);
    }
}

static inline bool put_line(const vs_operation *node, void *user)
{
    char name[512];
    vs_operation_name(node, name, sizeof name);
    vs__text_printf(user, "%s\t%s\t%s\t", name, vs_operation_type(node), vs_operation_device(node));
    put_inputs(user, node);
    vs__text_printf(user, "\t%s\n", class_of(name));
    return true;
}

/* Compare the notes and the graph with a record, line by line. */
static inline void assert_recorded(const char *name)
{
    static char expected[1 << 16];
    char path[512];
    snprintf(path, sizeof path, VS_TEST_DATA "/scoping/%s.txt", name);
    FILE *file = fopen(path, "r");
    cr_assert(file, "no record %s", path);
    expected[fread(expected, 1, sizeof expected - 1, file)] = '\0';
    fclose(file);
    static char made[1 << 16];
    vs__text text = vs__text_of(made, sizeof made);
    vs__text_put(&text, recorded_notes);
    vs_graph_walk(graph, put_line, &text);
    const char *wanted = expected, *found = made;
    for (int line = 1; *wanted || *found; line++) {
        int a = (int)strcspn(wanted, "\n"), b = (int)strcspn(found, "\n");
        cr_assert(a == b && memcmp(wanted, found, (size_t)a) == 0, "%s, line %d:\n%.*s\nbut TensorFlow:\n%.*s", name, line,
                  b, found, a, wanted);
        wanted += a + (wanted[a] == '\n');
        found += b + (found[b] == '\n');
    }
}

#define RecordedTest(name)                                                                                   \
    static void recorded_##name(void);                                                                       \
    ScopeTest(scoping, name)                                                                                 \
    {                                                                                                        \
        recorded_text = vs__text_of(recorded_notes, sizeof recorded_notes);                                  \
        recorded_notes[0] = '\0';                                                                            \
        recorded_##name();                                                                                   \
        assert_ok();                                                                                         \
        assert_recorded(#name);                                                                              \
    }                                                                                                        \
    static void recorded_##name(void)

#endif
