/*
 * Out of memory at every single call for it, in exports and in scope programs, whose workers are threads.
 *
 * An export gives the bytes that it gives with memory, or says resource_exhausted; a file is whole or not there. A
 * program builds what it builds with memory, or says so too. Nothing leaks, and the graph is consistent.
 */
#include <stdlib.h>
#include <unistd.h>

#include "consistent.h"
#include "counting_allocator.h"
#include "graph_def.h"

TestSuite(io_oom, .timeout = 300);

static size_t failures; /* allocations that failed, in all */

/* Let allocation n fail, or n and all after it, in what stands between begin and end. */
static void begin_failing(size_t n, bool and_all_after)
{
    fail_allocation(n, and_all_after);
}

/* Whether any failed. */
static bool end_failing(void)
{
    size_t failed = counted.failures;
    fail_allocation(0, false);
    failures += failed;
    return failed > 0;
}

static void report(const char *what)
{
    fprintf(stderr, "%s: %zu allocations failed\n", what, failures);
    cr_assert(failures > 0);
}

/* ---- exports ---- */

static vs_graph *new_graph(void)
{
    vs_graph *graph = vs_graph_new();
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("s", .partitioner = vs_fixed_size_partitioner(2), .reuse = VS_AUTO_REUSE) {
            vs_variable *p = vs_get_variable("p", .shape = VS_SHAPE(5, 2), .regularizer = vs_l2_regularizer(0.1));
            vs_variable *r = vs_new_variable(vs_value_initializer(VS_REALS(1.0, 2.0)), .use_resource = VS_TRUE);
            VS_WITH_DEVICE("/job:ps/task:1")
                VS_WITH_CONTROL_DEPENDENCIES(vs_value(r))
                    vs_add_to_collection("mine", vs_multiply(vs_value(p), vs_constant(VS_REALS(1.0, 2.0)), .name = "m"));
            vs_add_string_to_collection("texts", "a \"text\"\n");
        }
    assert_ok();
    return graph;
}

static void export_without_memory(vs_format format)
{
    count_allocations();
    vs_graph *graph = new_graph();
    bytes whole = {0};
    cr_assert(vs_graph_export(graph, format, bytes_write, &whole, NULL) == VS_OK && whole.size);
    size_t blocks = counted.blocks;
    for (int all = 0; all < 2; all++) {
        bool failed = true;
        for (size_t n = 1; failed; n++) {
            bytes out = {0};
            vs_error error;
            begin_failing(n, all);
            vs_status status = vs_graph_export(graph, format, bytes_write, &out, &error);
            failed = end_failing();
            cr_assert(status == error.code && status == (failed ? VS_RESOURCE_EXHAUSTED : VS_OK), "call %zu: %s: %s", n,
                      vs_status_name(status), error.message);
            cr_assert(status || (out.size == whole.size && memcmp(out.data, whole.data, out.size) == 0), "other bytes");
            cr_assert(counted.blocks == blocks && !vs_pending(), "call %zu leaves something", n);
            bytes_free(&out);
        }
    }
    report("export");
    bytes_free(&whole);
    assert_consistent(graph);
    vs_graph_release(graph);
}

Test(io_oom, in_graph_def)
{
    export_without_memory(VS_FORMAT_GRAPH_DEF);
}

Test(io_oom, in_graph_def_text)
{
    export_without_memory(VS_FORMAT_GRAPH_DEF_TEXT);
}

Test(io_oom, in_meta_graph_def)
{
    export_without_memory(VS_FORMAT_META_GRAPH_DEF);
}

static void write_without_memory(const char *ending)
{
    char directory[] = "/tmp/varscope-oom-XXXXXX", path[64];
    count_allocations();
    cr_assert(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/graph%s", directory, ending);
    vs_graph *graph = new_graph();
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        vs_error error;
        begin_failing(n, true);
        vs_status status = vs_graph_write(graph, path, &error);
        failed = end_failing();
        cr_assert(status == (failed ? VS_RESOURCE_EXHAUSTED : VS_OK), "%s: %s", vs_status_name(status), error.message);
        cr_assert((access(path, F_OK) == 0) == !failed, "a file of a failed export is there, or that of a good one is not");
    }
    unlink(path);
    cr_assert(rmdir(directory) == 0, "something is left in %s", directory);
    report(ending);
    vs_graph_release(graph);
}

Test(io_oom, in_files)
{
    write_without_memory(".pb");
    write_without_memory(".pbtxt");
    write_without_memory(".meta");
}

/* ---- scope programs ---- */

static const char program_text[] =
    "{\"varscope\": 1, \"body\": ["
    "{\"with\": \"variable_scope\", \"name_or_scope\": \"net\", \"reuse\": \"auto\", \"body\": ["
    "{\"parallel\": ["
    "[{\"call\": \"get_variable\", \"name\": \"w\", \"shape\": [4, 2], \"regularizer\": {\"l2\": {\"scale\": 0.1}}, \"as\": \"w\"},"
    " {\"call\": \"identity\", \"input\": \"$w\", \"as\": \"x\"}, {\"call\": \"print\", \"value\": \"$x\"}],"
    "[{\"call\": \"get_variable\", \"name\": \"w\", \"shape\": [4, 2], \"regularizer\": {\"l2\": {\"scale\": 0.1}}, \"as\": \"w\"},"
    " {\"call\": \"get_variable\", \"name\": \"p\", \"shape\": [6], \"partitioner\": {\"fixed_size\": {\"num_shards\": 2}}, \"as\": \"p\"}],"
    "[{\"call\": \"get_variable\", \"name\": \"w\", \"shape\": [4, 2], \"regularizer\": {\"l2\": {\"scale\": 0.1}}, \"as\": \"w\"},"
    " {\"try\": [{\"call\": \"get_variable\", \"name\": \"w\", \"shape\": [3], \"as\": \"v\"}], \"error\": \"incompatible\"}]"
    "], \"fork\": \"tower\"}]}]}";

static void ignore_line(const char *line, void *user)
{
    (void)line, (void)user;
}

static vs_status parse_and_run(vs_graph *graph, size_t threads, vs_program_error *error)
{
    memset(error, 0, sizeof *error);
    vs_program *program = vs_program_parse(program_text, strlen(program_text), "oom.json", NULL, error);
    if (!program)
        return error->error.code;
    const vs_program_options options = {.threads = threads, .print = ignore_line};
    vs_status status = vs_program_run(program, graph, &options, error);
    vs_program_free(program);
    return status;
}

static size_t nodes_built(size_t threads)
{
    vs_program_error error;
    vs_graph *graph = vs_graph_new();
    vs_status status = parse_and_run(graph, threads, &error);
    cr_assert(status == VS_OK, "%s at %s", error.error.message, error.path);
    size_t nodes = vs_graph_num_operations(graph);
    vs_graph_release(graph);
    return nodes;
}

static void run_without_memory(size_t threads)
{
    count_allocations();
    size_t nodes = nodes_built(threads);
    assert_ok(); /* this thread has its context from here on */
    size_t blocks = counted.blocks;
    for (int all = 0; all < 2; all++) {
        bool failed = true;
        for (size_t n = 1; failed; n++) {
            vs_program_error error;
            vs_graph *graph = vs_graph_new();
            begin_failing(n, all);
            vs_status status = parse_and_run(graph, threads, &error);
            failed = end_failing();
            cr_assert(status == VS_OK || (failed && status == VS_RESOURCE_EXHAUSTED), "call %zu%s: %s: %s at %s", n,
                      all ? " and all after" : "", vs_status_name(status), error.error.message, error.path);
            cr_assert(status || vs_graph_num_operations(graph) == nodes, "it says nothing, but built %zu nodes, not %zu",
                      vs_graph_num_operations(graph), nodes);
            assert_consistent(graph);
            vs_graph_release(graph);
            cr_assert(counted.blocks == blocks && !vs_pending(), "call %zu%s leaves %zd blocks", n,
                      all ? " and all after" : "", (ssize_t)counted.blocks - (ssize_t)blocks);
        }
    }
    report(threads ? "a program, worker after worker" : "a program, workers at once");
}

Test(io_oom, in_a_program)
{
    run_without_memory(1);
}

Test(io_oom, in_a_program_whose_workers_run_at_once)
{
    run_without_memory(0);
}
