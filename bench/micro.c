/*
 * What single calls of the library cost.
 *
 *     micro [--json] [--repeats N] [ROW ...]     all rows, or those whose ids begin with a ROW
 *     micro --list                               their ids
 *     micro --instructions [ROW ...]             below callgrind: instructions a call (script/instructions)
 *
 * Everything goes through the public API. Beside the library stands a floor: a bare hash table with the same hash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <varscope/varscope.h>

#include "floor.h"
#include "harness.h"
#include "names.h"

static vs_graph *new_graph(void)
{
    vs_graph *graph = vs_graph_new();
    if (!graph)
        give_up("out of memory");
    return graph;
}

/* Every call of the library is checked once, at the end of a run. */
static void check(void)
{
    vs_error error;
    if (vs_error_take(&error))
        give_up(error.message);
}

/* ---- nodes ---- */

typedef struct nodes {
    vs_graph *graph;
    vs_tensor x;
    vs_tensor y;
    long each; /* calls in one scope; 0: all at the root */
} nodes;

static void *begin_nodes(const row *self)
{
    nodes *state = calloc(1, sizeof *state);
    if (!state)
        give_up("out of memory");
    state->graph = new_graph();
    state->each = self->size;
    VS_WITH_GRAPH(state->graph) {
        state->x = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(8, 8), .name = "x");
        state->y = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(8, 8), .name = "y");
    }
    check();
    return state;
}

static void end_nodes(void *given)
{
    nodes *state = given;
    vs_graph_release(state->graph);
    free(state);
}

static void add_chain(vs_tensor x, vs_tensor y, long calls)
{
    for (long i = 0; i < calls; i++)
        x = vs_add(x, y);
}

static void run_nodes(void *given, long thread, long calls)
{
    const nodes *state = given;
    (void)thread;
    VS_WITH_GRAPH(state->graph)
        add_chain(state->x, state->y, calls);
    check();
}

/* Names spread over scopes, each thread's in a scope of its own. */
static void run_towers(void *given, long thread, long calls)
{
    const nodes *state = given;
    char tower[32];
    snprintf(tower, sizeof tower, "tower_%ld", thread);
    VS_WITH_GRAPH(state->graph)
    VS_WITH_NAME_SCOPE(tower)
        for (long i = 0; i < calls; i += state->each)
            VS_WITH_NAME_SCOPE("layer")
                add_chain(state->x, state->y, calls - i < state->each ? calls - i : state->each);
    check();
}

/* Names that the caller gives, each once. */
static void run_named_nodes(void *given, long thread, long calls)
{
    const nodes *state = given;
    (void)thread;
    vs_tensor x = state->x;
    VS_WITH_GRAPH(state->graph)
        for (long i = 0; i < calls; i++) {
            char name[32];
            write_name(name, "node_", i);
            x = vs_add(x, state->y, .name = name);
        }
    check();
}

static void run_spin(void *state, long thread, long calls)
{
    (void)state;
    (void)thread;
    volatile unsigned long x = 1;
    for (long i = 0; i < calls * 100; i++)
        x = x * 3 + 1;
}

static void *begin_nothing(const row *self)
{
    (void)self;
    return NULL;
}

static void end_nothing(void *state)
{
    (void)state;
}

/* ---- variables ---- */

typedef struct variables {
    vs_graph *graph;
    names names;
    bool in_scope; /* the names are leaves of SCOPE */
    long made;     /* of one thread: how many names it has asked for */
} variables;

#define SCOPE "model/layer_7/dense"

static void get(const char *name)
{
    consume(vs_get_variable(name, .shape = VS_SHAPE(8, 8), .initializer = vs_zeros_initializer(), .reuse = VS_AUTO_REUSE));
}

static void get_range(const variables *state, long first, long calls)
{
    for (long i = 0; i < calls; i++, first++) {
        if (first >= state->names.count)
            first = 0;
        get(state->names.cells[first].text);
    }
}

static variables *begin_variables(const row *self, bool in_scope)
{
    variables *state = calloc(1, sizeof *state);
    if (!state)
        give_up("out of memory");
    state->graph = new_graph();
    state->in_scope = in_scope;
    state->names = make_names(self->size, in_scope ? "kernel_" : NULL);
    return state;
}

static void in_graph(const variables *state, long first, long calls)
{
    VS_WITH_GRAPH(state->graph) {
        if (!state->in_scope)
            get_range(state, first, calls);
        else
            VS_WITH_VARIABLE_SCOPE(SCOPE)
                get_range(state, first, calls);
    }
    check();
}

static void *begin_found(const row *self)
{
    variables *state = begin_variables(self, false);
    in_graph(state, 0, self->size);
    shuffle_names(&state->names);
    return state;
}

static void *begin_found_below(const row *self)
{
    variables *state = begin_variables(self, true);
    in_graph(state, 0, self->size);
    shuffle_names(&state->names);
    return state;
}

static void *begin_created(const row *self)
{
    return begin_variables(self, true);
}

static void end_variables(void *given)
{
    variables *state = given;
    vs_graph_release(state->graph);
    free_names(&state->names);
    free(state);
}

/* Each thread walks the names from a place of its own. */
static void run_found(void *given, long thread, long calls)
{
    const variables *state = given;
    in_graph(state, state->names.count / 8 * thread, calls);
}

/* Each thread makes its part of the names, in a scope of its own. */
static void run_created(void *given, long thread, long calls)
{
    const variables *state = given;
    char scope[32];
    snprintf(scope, sizeof scope, "worker_%ld", thread);
    VS_WITH_GRAPH(state->graph)
    VS_WITH_VARIABLE_SCOPE(scope)
        get_range(state, 0, calls);
    check();
}

/* The same on one thread, on and on. */
static void run_created_alone(void *given, long thread, long calls)
{
    variables *state = given;
    (void)thread;
    in_graph(state, state->made, calls);
    state->made += calls;
}

/* All threads ask for all names, in one order: one of them makes each. */
static void run_contended(void *given, long thread, long calls)
{
    (void)thread;
    in_graph(given, 0, calls);
}

static void *begin_floor(const row *self)
{
    return floor_new(make_names(self->size, NULL));
}

static void run_floor(void *state, long thread, long calls)
{
    (void)thread;
    floor_look_up(state, calls);
}

/* ---- scopes ---- */

static void *begin_scopes(const row *self)
{
    (void)self;
    return new_graph();
}

static void end_scopes(void *graph)
{
    vs_graph_release(graph);
}

static void run_variable_scopes(void *graph, long thread, long calls)
{
    (void)thread;
    VS_WITH_GRAPH(graph)
        for (long i = 0; i < calls; i++)
            VS_WITH_VARIABLE_SCOPE("dense")
                consume(graph);
    check();
}

static void run_name_scopes(void *graph, long thread, long calls)
{
    (void)thread;
    VS_WITH_GRAPH(graph)
        for (long i = 0; i < calls; i++)
            VS_WITH_NAME_SCOPE("dense")
                consume(graph);
    check();
}

static void run_default_names(void *graph, long thread, long calls)
{
    (void)thread;
    VS_WITH_GRAPH(graph)
        for (long i = 0; i < calls; i++)
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "dense")
                consume(graph);
    check();
}

/* ---- memory ---- */

static size_t allocated; /* one thread allocates */

static void *count_allocate(void *user, size_t size)
{
    (void)user;
    allocated += size;
    return malloc(size);
}

static void *count_reallocate(void *user, void *block, size_t old, size_t size)
{
    (void)user;
    void *moved = realloc(block, size);
    if (moved)
        allocated += size - old;
    return moved;
}

static void count_release(void *user, void *block, size_t size)
{
    (void)user;
    allocated -= size;
    free(block);
}

static void measure_memory(const row *self)
{
    static const vs_allocator counting = {count_allocate, count_reallocate, count_release, NULL};
    if (bench_options.instructions)
        return;
    vs_set_allocator(&counting);
    void *state = self->begin(self);
    size_t before = allocated;
    self->run(state, 0, self->calls);
    double bytes = (double)(allocated - before) / (double)self->calls;
    self->end(state);
    vs_set_allocator(NULL);
    report(self, "", &bytes, 1);
}

static void measure_resident(const row *self)
{
    if (bench_options.instructions)
        return;
    void *state = self->begin(self);
    size_t before = resident_bytes();
    self->run(state, 0, self->calls);
    double bytes = (double)(resident_bytes() - before) / (double)self->calls;
    self->end(state);
    report(self, "", &bytes, 1);
}

/* ---- what a node costs as the graph grows: names spread over scopes, and the same number of nodes in all ---- */

static void measure_growth(const row *self)
{
    if (bench_options.instructions)
        return;
    double costs[16];
    int repeats = self->calls >= 1000000 ? 3 : 9;
    long graphs = self->calls < 1000000 ? 1000000 / self->calls : 1;
    for (int i = 0; i < repeats; i++) {
        costs[i] = 0;
        for (long k = 0; k < graphs; k++) {
            void *state = self->begin(self);
            double before = thread_seconds();
            self->run(state, 0, self->calls);
            costs[i] += (thread_seconds() - before) * 1e9 / (double)(self->calls * graphs);
            self->end(state);
        }
    }
    report(self, "", costs, repeats);
}

/* ---- export ---- */

static bool drop(const void *data, size_t size, void *user)
{
    (void)data;
    *(size_t *)user += size;
    return true;
}

static void write_graph(const vs_graph *graph)
{
    size_t size = 0;
    vs_error error;
    if (vs_graph_export(graph, VS_FORMAT_GRAPH_DEF, drop, &size, &error) != VS_OK)
        give_up(error.message);
}

static void *begin_export(const row *self)
{
    void *state = begin_nodes(self);
    run_towers(state, 0, self->calls);
    return state;
}

static void run_export(void *given, long thread, long calls)
{
    const nodes *state = given;
    (void)thread;
    (void)calls;
    write_graph(state->graph);
}

/* The most that an export has allocated at one time, a node. */
static size_t most_allocated;

static void *note_allocate(void *user, size_t size)
{
    void *block = count_allocate(user, size);
    most_allocated = allocated > most_allocated ? allocated : most_allocated;
    return block;
}

static void *note_reallocate(void *user, void *block, size_t old, size_t size)
{
    void *moved = count_reallocate(user, block, old, size);
    most_allocated = allocated > most_allocated ? allocated : most_allocated;
    return moved;
}

static void measure_export_memory(const row *self)
{
    static const vs_allocator noting = {note_allocate, note_reallocate, count_release, NULL};
    if (bench_options.instructions)
        return;
    vs_set_allocator(&noting);
    nodes *state = self->begin(self);
    size_t before = most_allocated = allocated;
    write_graph(state->graph);
    double bytes = (double)(most_allocated - before) / (double)self->calls;
    self->end(state);
    vs_set_allocator(NULL);
    report(self, "", &bytes, 1);
}

/* A graph is built and written to a file. */
static void measure_file(const row *self)
{
    if (bench_options.instructions)
        return;
    char folder[] = "/tmp/varscope-bench-XXXXXX", path[sizeof folder + sizeof "/graph.pb"];
    if (!mkdtemp(folder))
        give_up("cannot make a folder in /tmp");
    snprintf(path, sizeof path, "%s/graph.pb", folder);
    double before = thread_seconds();
    nodes *state = self->begin(self);
    self->run(state, 0, self->calls);
    vs_error error;
    vs_status status = vs_graph_write(state->graph, path, &error);
    double cost = (thread_seconds() - before) * 1e9 / (double)self->calls;
    self->end(state);
    unlink(path);
    rmdir(folder);
    if (status != VS_OK)
        give_up(error.message);
    report(self, "", &cost, 1);
}

/* ---- the rows ---- */

#define CALLS(of, doing, number, of_size)                                                                           \
    .measure = measure_calls, .begin = begin_##of, .run = run_##doing, .end = end_##of, .calls = number, .size = of_size
#define end_found end_variables
#define end_found_below end_variables
#define end_created end_variables
#define end_export end_nodes
#define end_floor floor_free
#define FEW 10000
#define MANY 1000000
#define TOWER 250

static const row rows[] = {
    {"node", "ns", "AddV2 of two tensors, its name made unique", CALLS(nodes, nodes, 200000, 0)},
    {"node.scoped", "ns", "the same, 250 in each name scope, with entering it", CALLS(nodes, towers, 200000, TOWER)},
    {"node.named", "ns", "the same at the root, each with a name of its own", CALLS(nodes, named_nodes, 200000, 0)},
    {"node.bytes", "bytes", "of the allocator, for each node of the row node",
     .measure = measure_memory, .begin = begin_nodes, .run = run_nodes, .end = end_nodes, .calls = MANY},
    {"node.scoped.bytes", "bytes", "the same, of the row node.scoped",
     .measure = measure_memory, .begin = begin_nodes, .run = run_towers, .end = end_nodes, .calls = MANY, .size = TOWER},
    {"node.named.bytes", "bytes", "the same, of the row node.named",
     .measure = measure_memory, .begin = begin_nodes, .run = run_named_nodes, .end = end_nodes, .calls = MANY},
    {"node.resident", "bytes", "of resident memory, for each node of the row node",
     .measure = measure_resident, .begin = begin_nodes, .run = run_nodes, .end = end_nodes, .calls = MANY},
#define GROWTH(number)                                                                                              \
    .measure = measure_growth, .begin = begin_nodes, .run = run_towers, .end = end_nodes, .calls = number, .size = TOWER
    {"node.of.1e3", "ns", "a node of a graph of that many, 250 in each name scope", GROWTH(1000)},
    {"node.of.1e4", "ns", "the same", GROWTH(10000)},
    {"node.of.1e5", "ns", "the same", GROWTH(100000)},
    {"node.of.1e6", "ns", "the same", GROWTH(1000000)},
    {"node.of.1e7", "ns", "the same", GROWTH(10000000)},
    {"found.1e4", "ns", "get_variable that finds one of 10,000 names of 30 bytes, shuffled",
     CALLS(found, found, 200000, FEW), .is_kept = true},
    {"found.below.1e4", "ns", "the same in a variable scope, names of 11 bytes below it",
     CALLS(found_below, found, 200000, FEW), .is_kept = true},
    {"floor.1e4", "ns", "a bare hash table with the same hash and names", CALLS(floor, floor, 200000, FEW), .is_kept = true},
    {"found.1e6", "ns", "get_variable that finds one of a million names", CALLS(found, found, MANY, MANY), .is_kept = true},
    {"floor.1e6", "ns", "a bare hash table with the same hash and names", CALLS(floor, floor, MANY, MANY), .is_kept = true},
#define FOUND(number) CALLS(found, found, 800000, FEW), .is_kept = true, .threads = number
    {"found.1e4.t1", "ns", "found.1e4 by one pinned thread; wall time", FOUND(1)},
    {"found.1e4.t2", "ns", "by 2 threads, all names from each; wall time of all divided by all calls", FOUND(2)},
    {"found.1e4.t4", "ns", "by 4 threads", FOUND(4)},
    {"found.1e4.t8", "ns", "by 8 threads", FOUND(8)},
    {"created", "ns", "get_variable that creates: zeros, 4 nodes", CALLS(created, created_alone, FEW, FEW)},
#define CREATED(number) CALLS(created, created, 16000, 16000), .threads = number
    {"created.t1", "ns", "created by one pinned thread; wall time", CREATED(1)},
    {"created.t2", "ns", "by 2 threads, each in a scope of its own", CREATED(2)},
    {"created.t4", "ns", "by 4 threads", CREATED(4)},
    {"created.t8", "ns", "by 8 threads", CREATED(8)},
#define CONTENDED(number) CALLS(created, contended, 2000 * number, 2000), .threads = number
    {"contended.t1", "ns", "get_variable of 2,000 new names by one pinned thread; wall time", CONTENDED(1)},
    {"contended.t2", "ns", "by 2 threads, the same names from each: one makes, one waits or finds", CONTENDED(2)},
    {"contended.t4", "ns", "by 4 threads", CONTENDED(4)},
    {"contended.t8", "ns", "by 8 threads", CONTENDED(8)},
    {"variable_scope", "ns", "a variable scope in and out, the same name again and again", CALLS(scopes, variable_scopes, 100000, 0)},
    {"name_scope", "ns", "a name scope in and out, the same name again and again", CALLS(scopes, name_scopes, 100000, 0)},
    {"default_name.1e2", "ns", "a variable scope by default_name in and out, 100 times", CALLS(scopes, default_names, 100, 0)},
    {"default_name.1e3", "ns", "1,000 times", CALLS(scopes, default_names, 1000, 0)},
    {"default_name.1e4", "ns", "10,000 times", CALLS(scopes, default_names, 10000, 0)},
    {"default_name.1e5", "ns", "100,000 times", CALLS(scopes, default_names, 100000, 0)},
#define TOWERS(number) CALLS(nodes, towers, 400000, TOWER), .threads = number
#define SPINS(number) CALLS(nothing, spin, 400000, 0), .threads = number
    {"towers.t1", "ns", "node.scoped by one pinned thread; wall time", TOWERS(1)},
    {"towers.t2", "ns", "by 2 threads, each in a scope of its own", TOWERS(2)},
    {"spin.t1", "ns", "100 steps of a loop that shares nothing, one pinned thread; wall time", SPINS(1)},
    {"spin.t2", "ns", "the same by 2 threads: what the machine gives", SPINS(2)},
#ifdef VS__COUNT_SHARED_WRITES
#define WRITES(of, doing, number, of_size, of_threads)                                                              \
    .measure = measure_shared_writes, .begin = begin_##of, .run = run_##doing, .end = end_##of, .calls = number,     \
    .size = of_size, .threads = of_threads
    {"writes.node.t1", "writes", "to what threads share, for each node of towers.t1", WRITES(nodes, towers, 400000, TOWER, 1)},
    {"writes.node.t2", "writes", "of towers.t2", WRITES(nodes, towers, 400000, TOWER, 2)},
    {"writes.found.t2", "writes", "for each call of found.1e4.t2", WRITES(found, found, 400000, FEW, 2)},
    {"writes.created.t1", "writes", "for each variable of created.t1", WRITES(created, created, 16000, 16000, 1)},
    {"writes.created.t2", "writes", "of created.t2", WRITES(created, created, 16000, 16000, 2)},
#endif
    {"export", "ns", "a node written as GraphDef to nowhere", CALLS(export, export, 200000, TOWER), .is_kept = true},
    {"export.bytes", "bytes", "the most that writing allocates, a node",
     .measure = measure_export_memory, .begin = begin_export, .run = run_export, .end = end_nodes, .calls = MANY, .size = TOWER},
    {"file.1e7", "ns", "a node of a graph of ten million, built and written to a file",
     .measure = measure_file, .begin = begin_nodes, .run = run_towers, .end = end_nodes, .calls = 10000000, .size = TOWER},
};

/* ---- the command ---- */

static bool is_wanted(const row *of, char *const *prefixes, int count)
{
    for (int i = 0; i < count; i++)
        if (strncmp(of->id, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return !count;
}

static void list_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("%s\n", rows[i].id);
}

int main(int argc, char **argv)
{
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--json") == 0)
            bench_options.json = true;
        else if (strcmp(argv[at], "--instructions") == 0)
            bench_options.instructions = true;
        else if (strcmp(argv[at], "--repeats") == 0 && at + 1 < argc)
            bench_options.repeats = atoi(argv[++at]);
        else if (strcmp(argv[at], "--list") == 0)
            return list_rows(), 0;
        else
            return fprintf(stderr, "usage: micro [--list | --instructions | --json] [--repeats N] [ROW ...]\n"), 2;
    }
    if (bench_options.repeats < 1 || bench_options.repeats > MOST_REPEATS)
        give_up("--repeats takes 1 to 101");
    print_begin();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (is_wanted(&rows[i], argv + at, argc - at))
            rows[i].measure(&rows[i]);
    print_end();
    return 0;
}
