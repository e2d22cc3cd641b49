/* Record short histories of threads that get variables of few names at once, for check.go to judge.
 *
 *     record HISTORIES SEED [--free]
 *
 * Each history is a line of JSON. Its seed decides what the threads ask for and, unless --free, who goes on at each step
 * (schedule.h), so that "record 1 SEED" repeats a history. With --free the threads run as the system lets them. The last
 * line, to standard error, counts.
 *
 * A call is noted with the time at which it began and that at which it ended, by one clock for all threads, with all that
 * was asked for and all that came of it. What it may come to is the checker's to say: nothing is judged here.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <varscope/varscope.h>

#include "graph.h"
#include "schedule.h"
#include "store.h"

enum { MOST_THREADS = 4, MOST_CALLS = 5, NAMES = 3 };

typedef enum kind { GET, FIND } kind;
typedef enum route { AT_ROOT, BY_NAME, BY_OBJECT, BY_CAPTURE, ROUTES, IN_SCOPE } route;
typedef enum form { PAIR, TRIPLE, NO_SHAPE, UNKNOWN_RANK, FORMS } form;
typedef enum behaviour { GOOD, FAILS, FAILS_LATE, ASKS, EXITS, BEHAVIOURS } behaviour; /* of its initializer */

static const char *const reuse_names[] = {"", "true", "off", "auto"};
static const char *const form_names[] = {"pair", "triple", "none", "unknown"};
static const char *const behaviour_names[] = {"good", "fails", "fails_late", "asks", "exits"};

typedef struct history history;

typedef struct call {
    /* What is asked for. */
    kind kind;
    int name;
    route route;
    vs_reuse reuse;
    bool strict;
    bool partitioned;
    form form;
    vs_dtype dtype;
    behaviour behaviour;
    int asks_for; /* a name */
    /* What came of it. */
    history *history;
    int thread;
    struct call *within; /* the call whose initializer made this one; NULL: none */
    long began, ended;
    bool creating; /* its initializer was called */
    bool exited;
    vs_status status;
    vs_outcome outcome;
    const vs_variable *variable;
} call;

typedef struct worker {
    pthread_t thread;
    history *history;
    int index;
    int count;
    call calls[2 * MOST_CALLS]; /* those of initializers too */
    int used;
} worker;

struct history {
    uint64_t seed;
    uint64_t random;
    bool free;
    vs_graph *graph;
    vs_variable_scope *scope;
    vs_capture *capture;
    atomic_long clock;
    int threads;
    worker workers[MOST_THREADS];
    pthread_barrier_t start;
    const char *wrong; /* what vs__store_check() says */
};

/* ---- calls ---- */

static void note_name(char *out, size_t size, const char *prefix, int name)
{
    snprintf(out, size, "%sv%d", prefix, name);
}

static void run_call(call *self);

/* Ask for another variable, or the same, inside an initializer. */
static void ask(call *outer)
{
    worker *of = &outer->history->workers[outer->thread];
    call *inner = &of->calls[of->used++];
    *inner = (call){.name = outer->asks_for, .route = outer->route == AT_ROOT ? AT_ROOT : IN_SCOPE, .reuse = VS_AUTO_REUSE, .form = PAIR, .dtype = VS_FLOAT32,
                    .history = outer->history, .thread = outer->thread, .within = outer};
    run_call(inner);
}

static vs_tensor initialize(vs_shape shape, vs_dtype dtype, const vs_partition_info *partition, void *user)
{
    call *self = user;
    (void)partition;
    self->creating = true;
    if (self->behaviour == FAILS) {
        vs_raise(VS_CANCELLED, "on purpose");
        return (vs_tensor){0};
    }
    if (self->behaviour == EXITS) {
        self->exited = true;
        pthread_exit(NULL);
    }
    if (self->behaviour == ASKS)
        ask(self);
    return vs_zeros(shape, .dtype = dtype);
}

static vs_tensor regularize(vs_variable *variable, void *user)
{
    call *self = user;
    self->variable = variable;
    if (self->behaviour == FAILS_LATE)
        vs_raise(VS_CANCELLED, "on purpose");
    return (vs_tensor){0};
}

static vs_variable *get(call *self, const char *prefix)
{
    char name[16];
    vs_get_variable_args args = {.name = name, .dtype = self->dtype, .reuse = self->reuse, .strict = self->strict,
                                 .outcome = &self->outcome};
    note_name(name, sizeof name, prefix, self->name);
    static const int64_t pair[] = {2}, triple[] = {3};
    const vs_shape shapes[] = {[PAIR] = {VS_SHAPE_RANKED, 1, pair}, [TRIPLE] = {VS_SHAPE_RANKED, 1, triple},
                               [UNKNOWN_RANK] = VS_UNKNOWN_SHAPE, [NO_SHAPE] = {VS_SHAPE_ABSENT, 0, NULL}};
    args.shape = shapes[self->form];
    args.initializer = vs_function_initializer(initialize, .user = self);
    if (self->behaviour == FAILS_LATE)
        args.regularizer = vs_function_regularizer(regularize, .user = self);
    if (self->partitioned)
        args.partitioner = vs_fixed_size_partitioner(2);
    return vs_get_variable_with(&args);
}

static vs_variable *get_by_route(call *self)
{
    vs_variable *variable = NULL;
    if (self->route == AT_ROOT)
        variable = get(self, "s/");
    else if (self->route == IN_SCOPE)
        variable = get(self, "");
    else if (self->route == BY_NAME)
        VS_WITH_VARIABLE_SCOPE("s")
            variable = get(self, "");
    else if (self->route == BY_OBJECT)
        VS_WITH_VARIABLE_SCOPE_OBJECT(self->history->scope)
            variable = get(self, "");
    else
        VS_WITH_CAPTURE(self->history->capture)
            variable = get(self, "");
    return variable;
}

static void run_get(call *self)
{
    vs_error error;
    const vs_variable *variable = NULL;
    VS_TRY(&error)
        variable = get_by_route(self);
    self->status = error.code;
    if (variable)
        self->variable = variable;
    if (self->within && error.code) /* the initializer that asked fails too */
        vs_error_raise(&error);
}

static void run_find(call *self)
{
    char key[16];
    note_name(key, sizeof key, "s/", self->name);
    self->variable = vs_graph_find_variable(self->history->graph, key);
}

static void run_call(call *self)
{
    self->began = atomic_fetch_add(&self->history->clock, 1);
    if (self->kind == FIND)
        run_find(self);
    else
        run_get(self);
    self->ended = atomic_fetch_add(&self->history->clock, 1);
}

static void *work(void *argument)
{
    worker *self = argument;
    if (self->history->free)
        pthread_barrier_wait(&self->history->start);
    else
        vs__schedule_join((uint32_t)self->index);
    VS_WITH_GRAPH(self->history->graph)
        for (int i = 0; i < self->count; i++)
            run_call(&self->calls[i]);
    return NULL;
}

/* ---- histories ---- */

static int draw(history *self, int below)
{
    self->random = self->random * 6364136223846793005 + 1442695040888963407;
    return (int)((self->random >> 33) % (uint64_t)below);
}

static void plan_call(history *self, call *out, int names)
{
    static const vs_reuse modes[] = {VS_REUSE_FALSE, VS_REUSE_TRUE, VS_AUTO_REUSE, VS_AUTO_REUSE};
    out->history = self;
    out->kind = draw(self, 8) ? GET : FIND;
    out->name = draw(self, names);
    out->route = (route)draw(self, ROUTES);
    out->reuse = modes[draw(self, 4)];
    out->strict = out->reuse == VS_AUTO_REUSE && !draw(self, 4);
    out->form = draw(self, 2) ? PAIR : (form)draw(self, FORMS);
    out->dtype = draw(self, 6) ? VS_FLOAT32 : VS_INT32;
    out->behaviour = draw(self, 2) ? GOOD : (behaviour)draw(self, BEHAVIOURS);
    out->asks_for = draw(self, NAMES);
    /* Slices are variables too: a creation that leaves some behind would be another history than that of one name. */
    out->partitioned = !draw(self, 6) && out->behaviour == GOOD && out->form < NO_SHAPE && out->kind == GET;
}

/* Threads, names, and calls for each: few, so that the checker can try all orders, and they meet often. */
static void plan(history *self)
{
    int names = 1 + draw(self, NAMES);
    self->threads = 2 + draw(self, MOST_THREADS - 1);
    for (int i = 0; i < self->threads; i++) {
        worker *of = &self->workers[i];
        *of = (worker){.history = self, .index = i, .count = 1 + draw(self, MOST_CALLS)};
        of->used = of->count;
        for (int k = 0; k < of->count; k++) {
            plan_call(self, &of->calls[k], names);
            of->calls[k].thread = i;
        }
    }
}

static void open_graph(history *self)
{
    self->graph = vs_graph_new();
    VS_WITH_GRAPH(self->graph)
        VS_WITH_VARIABLE_SCOPE("s", .as = &self->scope)
            self->capture = vs_capture_here();
    if (vs_pending() || !self->capture)
        abort();
}

static void run_threads(history *self)
{
    if (self->free)
        pthread_barrier_init(&self->start, NULL, (unsigned)self->threads);
    else
        vs__schedule_begin(self->seed, (uint32_t)self->threads);
    for (int i = 0; i < self->threads; i++)
        if (pthread_create(&self->workers[i].thread, NULL, work, &self->workers[i]) != 0)
            abort();
    for (int i = 0; i < self->threads; i++)
        pthread_join(self->workers[i].thread, NULL);
    if (self->free)
        pthread_barrier_destroy(&self->start);
}

/* ---- JSON ---- */

/* A small number that stands for a variable; 0: none. */
static int number_of(const vs_variable **known, int *count, const vs_variable *variable)
{
    int number = 0;
    while (variable && number < *count && known[number] != variable)
        number++;
    if (variable && number == *count)
        known[(*count)++] = variable;
    return variable ? number + 1 : 0;
}

static void print_call(const call *self, int variable, const char *separator)
{
    static const char *const outcomes[] = {"", "found", "created"};
    const char *result = self->exited ? "exited" : self->status ? vs_status_name(self->status) : outcomes[self->outcome];
    if (self->kind == FIND) {
        printf("%s{\"thread\":%d,\"kind\":\"find\",\"key\":\"s/v%d\",\"began\":%ld,\"ended\":%ld,\"variable\":%d}", separator,
               self->thread, self->name, self->began, self->ended, variable);
        return;
    }
    printf("%s{\"thread\":%d,\"kind\":\"get\",\"key\":\"s/v%d\",\"began\":%ld,\"ended\":%ld,\"route\":%d,\"reuse\":\"%s\","
           "\"strict\":%s,\"partitioned\":%s,\"shape\":\"%s\",\"dtype\":\"%s\",\"behaviour\":\"%s\",\"within\":%s%s%s,"
           "\"creating\":%s,\"result\":\"%s\",\"variable\":%d}",
           separator, self->thread, self->name, self->began, self->ended, (int)self->route, reuse_names[self->reuse],
           self->strict ? "true" : "false", self->partitioned ? "true" : "false", form_names[self->form],
           vs_dtype_name(self->dtype), behaviour_names[self->behaviour], self->within ? "\"s/v" : "null",
           self->within ? (const char *[]){"0", "1", "2"}[self->within->name] : "", self->within ? "\"" : "",
           self->creating ? "true" : "false", result, variable);
}

static int print_history(history *self)
{
    const vs_variable *known[MOST_THREADS * 2 * MOST_CALLS];
    int count = 0, calls = 0;
    printf("{\"seed\":%llu,\"wrong\":\"%s\",\"calls\":[", (unsigned long long)self->seed, self->wrong ? self->wrong : "");
    for (int i = 0; i < self->threads; i++)
        for (int k = 0; k < self->workers[i].used; k++) {
            call *each = &self->workers[i].calls[k];
            if (!each->ended && !each->exited && !each->creating)
                continue; /* the thread had ended before */
            if (!each->ended) /* the call never returned: its thread ended in it */
                each->ended = atomic_fetch_add(&self->clock, 1);
            print_call(each, number_of(known, &count, each->variable), calls++ ? "," : "");
        }
    printf("]}\n");
    return calls;
}

int main(int argc, char **argv)
{
    static history self;
    uint64_t steps = 0;
    long calls = 0, histories = argc > 2 ? atol(argv[1]) : 0;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    if (histories <= 0) {
        fprintf(stderr, "usage: record HISTORIES SEED [--free]\n");
        return 2;
    }
    for (long i = 0; i < histories; i++) {
        self = (history){.seed = seed + (uint64_t)i, .random = seed + (uint64_t)i, .free = argc > 3};
        draw(&self, 2);
        plan(&self);
        open_graph(&self);
        run_threads(&self);
        steps += self.free ? 0 : vs__schedule_end();
        self.wrong = vs__store_check(self.graph->store);
        calls += print_history(&self);
        vs_capture_release(self.capture);
        vs_graph_release(self.graph);
    }
    fprintf(stderr, "%ld histories, %ld calls, %llu steps\n", histories, calls, (unsigned long long)steps);
    return 0;
}
