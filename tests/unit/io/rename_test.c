/* Renaming: a graph written under another scope's name is the graph that was built there. */
#include <unistd.h>

#include "counting_allocator.h"
#include "graph_def.h"
#include "test.h"

TestSuite(rename, .timeout = 60);

static vs_graph *graph;
static vs_error error;

static void begin(void)
{
    count_allocations();
    graph = vs_graph_new();
}

static void end(void)
{
    assert_ok();
    vs_graph_release(graph);
}

/* All that has names in it: variables of each kind, inputs, control inputs, colocations, collections. */
static void build_all(const char *scope)
{
    VS_WITH_VARIABLE_SCOPE(scope) {
        vs_variable *v = vs_get_variable("v", .shape = VS_SHAPE(2));
        vs_variable *r = vs_get_variable("r", .shape = VS_SHAPE(2), .use_resource = VS_TRUE, .caching_device = "/cpu:0");
        vs_variable *p = vs_get_variable("p", .shape = VS_SHAPE(4), .partitioner = vs_fixed_size_partitioner(2));
        vs_tensor y = vs_multiply(vs_value(v), vs_value(r));
        VS_WITH_COLOCATE(vs_value(v))
            VS_WITH_CONTROL_DEPENDENCIES(y, vs_operation_as_tensor(vs_variable_initializer(r)))
                vs_identity(vs_value(p));
        vs_add_to_collection("k", y);
        vs_add_to_collection("k", vs_value(r));
        vs_add_to_collection("k", vs_operation_as_tensor(vs_variable_initializer(v)));
        vs_add_string_to_collection("s", "a/b stays");
    }
    vs_tensor outside = vs_placeholder(VS_FLOAT32, .name = "outside/x");
    vs_add(outside, outside, .name = "a_b/x");
}

static bytes exported(const vs_graph *of, const vs_rename *renames, size_t count, vs_format format)
{
    bytes out = {0};
    assert_status(vs_graph_export_renamed(of, renames, count, format, bytes_write, &out, &error), VS_OK);
    return out;
}

static void assert_same_when_built_there(const char *built, const vs_rename *renames, size_t count, const char *there)
{
    vs_graph *other = vs_graph_new();
    VS_WITH_GRAPH(graph)
        build_all(built);
    VS_WITH_GRAPH(other)
        build_all(there);
    assert_ok();
    static const vs_format formats[] = {VS_FORMAT_GRAPH_DEF, VS_FORMAT_GRAPH_DEF_TEXT, VS_FORMAT_META_GRAPH_DEF};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        bytes renamed = exported(graph, renames, count, formats[i]), expected = exported(other, NULL, 0, formats[i]);
        cr_assert(renamed.size == expected.size && memcmp(renamed.data, expected.data, expected.size) == 0,
                  "format %d: %zu bytes renamed, %zu built there", (int)formats[i], renamed.size, expected.size);
        bytes_free(&renamed);
        bytes_free(&expected);
    }
    vs_graph_release(other);
}

#define RenameTest(name) Test(rename, name, .init = begin, .fini = end)

RenameTest(of_a_scope_is_what_would_have_been_built_there)
{
    assert_same_when_built_there("a/b", (const vs_rename[]){{"a/b", "long/er/name"}}, 1, "long/er/name");
}

RenameTest(takes_slashes_at_the_end_and_renames_part_of_a_path)
{
    assert_same_when_built_there("a/b", (const vs_rename[]){{"a/", "c/"}}, 1, "c/b");
}

RenameTest(by_the_longest_scope_counts)
{
    const vs_rename renames[] = {{"a", "wrong"}, {"a/b", "c"}, {"", "also_wrong"}, {"outside", "outside"}, {"a_b", "a_b"}};
    assert_same_when_built_there("a/b", renames, 5, "c");
}

RenameTest(of_everything_puts_it_into_a_scope)
{
    VS_WITH_GRAPH(graph)
        vs_identity(vs_constant(vs_real(1.0), .name = "a/c"), .name = "d");
    bytes out = exported(graph, (const vs_rename[]){{"", "all"}}, 1, VS_FORMAT_GRAPH_DEF_TEXT);
    cr_assert(bytes_write("", 1, &out));
    cr_assert(strstr((char *)out.data, "name: \"all/a/c\"") && strstr((char *)out.data, "input: \"all/a/c\"") &&
              strstr((char *)out.data, "name: \"all/d\""));
    bytes_free(&out);
}

RenameTest(is_written_to_files_too)
{
    char folder[] = "/tmp/varscope_rename_XXXXXX", path[64];
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/g.pb", folder);
    VS_WITH_GRAPH(graph)
        build_all("a");
    const vs_rename renames[] = {{"a", "c"}, {"outside/x", "b"}};
    bytes expected = exported(graph, renames, 2, VS_FORMAT_GRAPH_DEF);
    static char written[1 << 14];
    assert_status(vs_graph_write_renamed(graph, renames, 2, path, &error), VS_OK);
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(written, 1, sizeof written, file) : 0;
    cr_assert(file && size == expected.size && memcmp(written, expected.data, size) == 0);
    fclose(file);
    assert_status(vs_graph_write_renamed(graph, (const vs_rename[]){{"a", "outside"}, {"a_b", "outside"}}, 2, path, &error),
                  VS_ALREADY_EXISTS);
    cr_assert(remove(path) == 0 && rmdir(folder) == 0, "nothing else was left there");
    bytes_free(&expected);
}

/* ---- the preview ---- */

static char said[1024];

static bool say(const vs_operation *operation, const char *from, const char *to, void *user)
{
    size_t used = strlen(said);
    cr_assert(operation && user == said);
    snprintf(said + used, sizeof said - used, "%s>%s ", from, to);
    return true;
}

static bool stop(const vs_operation *operation, const char *from, const char *to, void *user)
{
    (void)operation, (void)from, (void)to, (void)user;
    return false;
}

static vs_status preview(const vs_rename *renames, size_t count)
{
    said[0] = '\0';
    return vs_graph_rename_preview(graph, renames, count, say, said, &error);
}

#define assert_refused(code, text, ...)                                                                      \
    do {                                                                                                     \
        const vs_rename renames__[] = {__VA_ARGS__};                                                         \
        bytes out__ = {0};                                                                                   \
        assert_status(preview(renames__, sizeof renames__ / sizeof *renames__), code);                       \
        cr_assert(strstr(error.message, text), "no \"%s\" in: %s", text, error.message);                     \
        assert_text(said, "");                                                                               \
        assert_status(vs_graph_export_renamed(graph, renames__, sizeof renames__ / sizeof *renames__,        \
                                              VS_FORMAT_GRAPH_DEF, bytes_write, &out__, NULL), code);        \
        cr_assert(out__.size == 0);                                                                          \
    } while (0)

static void build_few(void)
{
    VS_WITH_GRAPH(graph) {
        VS_WITH_NAME_SCOPE("bar") {
            vs_no_op("x");
            VS_WITH_NAME_SCOPE("in")
                vs_no_op("x");
        }
        vs_no_op("bar_/x");
        vs_no_op("foo/x");
        vs_no_op("Foo/y");
        vs_no_op("bar");
    }
}

RenameTest(is_shown_before_node_by_node)
{
    build_few();
    assert_status(preview((const vs_rename[]){{"bar", "foo/sub"}}, 1), VS_OK);
    assert_text(said, "bar/x>foo/sub/x bar/in/x>foo/sub/in/x ");
    assert_status(preview((const vs_rename[]){{"bar/in", "out"}, {"foo/x", "q"}}, 2), VS_OK);
    assert_text(said, "bar/in/x>out/x foo/x>q ");
    assert_status(preview((const vs_rename[]){{"nothing", "q"}}, 1), VS_OK);
    assert_text(said, "");
    assert_status(preview(NULL, 0), VS_OK);
    assert_status(preview((const vs_rename[]){{"bar", "foo"}, {"foo", "bar"}}, 2), VS_OK);
    assert_text(said, "bar/x>foo/x bar/in/x>foo/in/x foo/x>bar/x ");
}

RenameTest(to_a_name_that_is_taken_is_refused)
{
    build_few();
    assert_refused(VS_ALREADY_EXISTS, "bar/x cannot be renamed to foo/x", {"bar", "foo"});
    assert_refused(VS_ALREADY_EXISTS, "cannot both be renamed to q/x", {"bar", "q"}, {"bar_", "q"});
    assert_refused(VS_ALREADY_EXISTS, "bar/x", {"bar/in", "bar"});
    assert_refused(VS_ALREADY_EXISTS, "bar/x cannot be renamed to foo/x", {"foo", "foo"}, {"bar", "foo"});
}

RenameTest(to_what_is_no_name_is_refused)
{
    build_few();
    assert_refused(VS_INVALID_ARGUMENT, "no valid name", {"bar", "a b"});
    assert_refused(VS_INVALID_ARGUMENT, "no valid name", {"bar", "_x"});
    assert_refused(VS_INVALID_ARGUMENT, "foo/x would be named ''", {"foo/x", ""});
    assert_refused(VS_INVALID_ARGUMENT, "twice", {"bar", "a"}, {"bar/", "b"});
    assert_refused(VS_INVALID_ARGUMENT, "NULL", {"bar", NULL});
}

RenameTest(stops_when_the_visitor_says_so)
{
    build_few();
    const vs_rename renames[] = {{"bar", "q"}};
    assert_status(vs_graph_rename_preview(graph, renames, 1, stop, NULL, NULL), VS_CANCELLED);
    assert_status(vs_graph_rename_preview(graph, renames, 1, NULL, NULL, NULL), VS_OK);
    assert_status(vs_graph_rename_preview(NULL, renames, 1, NULL, NULL, NULL), VS_INVALID_ARGUMENT);
}

RenameTest(of_single_names_follows_the_same_rules)
{
    static const char *const cases[][2] = {{"a/b/w", "c/w"}, {"a/b", "c"},     {"a/b:0", "c:0"}, {"a/b/w:1", "c/w:1"},
                                           {"a/bc", "d/bc"}, {"a", "d"},       {"a_1/w", "a_1/w"}, {"z/w", "w"},
                                           {"", ""}};
    const vs_rename renames[] = {{"a/b/", "c"}, {"a", "d/"}, {"z", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[32];
        size_t length = vs_rename_apply(renames, 3, cases[i][0], name, sizeof name);
        assert_text(name, cases[i][1]);
        cr_assert(length == strlen(name));
    }
}

/* ---- memory ---- */

RenameTest(that_runs_out_of_memory_says_so)
{
    VS_WITH_GRAPH(graph)
        build_all("a");
    const vs_rename renames[] = {{"a", "renamed/with/a/name/that/is/much/longer/than/what/was/there/before"}};
    for (size_t n = 1, failures = 1; failures; n++) {
        bytes out = {0};
        size_t blocks = counted.blocks;
        fail_allocation(n, false);
        vs_status status = vs_graph_export_renamed(graph, renames, 1, VS_FORMAT_META_GRAPH_DEF, bytes_write, &out, &error);
        failures = counted.failures;
        fail_allocation(0, false);
        cr_assert(status == (failures ? VS_RESOURCE_EXHAUSTED : VS_OK), "%zu: %s", n, error.message);
        cr_assert(counted.blocks == blocks, "%zu: %zu blocks were not given back", n, counted.blocks - blocks);
        bytes_free(&out);
    }
}
