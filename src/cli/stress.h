/* `varscope stress`: what its parts share.
 *
 * A stress test is rounds. A round has fresh graphs and fresh threads, which start at once and ask for variables in
 * all ways, of the same few names. Each name stands for one variable: its shape, dtype and kind follow from its number,
 * so that each answer can be judged on the spot, by the thread that asked, and the graphs as a whole at the end. What
 * should not be is an anomaly. */
#ifndef VS_CLI_STRESS_H
#define VS_CLI_STRESS_H

#include <pthread.h>
#include <stdatomic.h>

#include "cli.h"
#include "histogram.h"

enum { STRESS_KEY_SIZE = 32, STRESS_ANOMALY_SIZE = 512, STRESS_KEPT = 4, STRESS_SLICES = 3 };

/* Which ways of asking threads choose from. */
typedef enum stress_mode { STRESS_ALL, STRESS_AUTO, STRESS_CREATE } stress_mode;

typedef struct stress_options {
    size_t threads;
    size_t names; /* in each graph */
    size_t graphs;
    size_t calls; /* of each thread in a round, for each name */
    stress_mode mode;
    size_t seconds;
    size_t rounds; /* 0: as many as fit in seconds */
    size_t stall;  /* seconds without a call, after which threads count as stuck */
    uint64_t seed;
    const char *output; /* where the last round's first graph goes; NULL: nowhere */
    bool is_json;
} stress_options;

/* ---- names (stress_names.c) ---- */

enum { STRESS_SCOPES = 4 };
extern const char *const stress_scopes[STRESS_SCOPES]; /* their paths; the first is the root */

/* What the variable of a number is. */
typedef struct stress_name {
    size_t number;
    size_t scope;               /* in stress_scopes */
    char leaf[STRESS_KEY_SIZE]; /* what to ask for inside of the scope */
    char key[STRESS_KEY_SIZE];
    int64_t dims[2];
    vs_dtype dtype;
    vs_tristate use_resource;
    bool is_partitioned; /* into STRESS_SLICES */
    bool is_regularized;
    bool may_nest;   /* its creation may ask for the next name */
    size_t opposite; /* its creation may ask for this one, and that one's for it; its own number: for none */
} stress_name;

stress_name stress_name_of(size_t number, size_t names);

/* ---- a round ---- */

/* One name of one graph, as all threads see it. */
typedef struct stress_target {
    _Atomic(vs_variable *) variable; /* what the first one got; NULL: nobody yet */
    atomic_uint created;             /* how many were told that they created it */
} stress_target;

typedef struct stress_graph {
    vs_graph *graph;
    vs_capture *captures[STRESS_SCOPES]; /* inside of each scope */
    vs_variable_scope *scopes[STRESS_SCOPES];
    stress_target *targets; /* one for each name */
    atomic_size_t uses;     /* nodes that the threads made of variables */
} stress_graph;

/* What may come of a call. */
typedef enum stress_outcome {
    STRESS_CREATED,
    STRESS_FOUND,
    STRESS_ALREADY_EXISTS,
    STRESS_NOT_FOUND,
    STRESS_INCOMPATIBLE,
    STRESS_ABORTED,  /* refused, as it would have waited for itself */
    STRESS_CANCELLED, /* its initializer failed, on purpose */
    STRESS_OUTCOMES
} stress_outcome;

extern const char *const stress_outcome_names[STRESS_OUTCOMES];

typedef struct stress_anomaly {
    char text[STRESS_ANOMALY_SIZE];
} stress_anomaly;

/* Anomalies: all are counted, the first few kept. */
typedef struct stress_anomalies {
    char where[STRESS_KEY_SIZE]; /* what each begins with */
    size_t count;
    stress_anomaly kept[STRESS_KEPT];
} stress_anomalies;

void stress_complain(stress_anomalies *anomalies, const char *format, ...) VS_PRINTF(2, 3);

/* What threads count, each for itself. */
typedef struct stress_tally {
    uint64_t outcomes[STRESS_OUTCOMES];
    histogram created, found, refused; /* nanoseconds of calls */
    stress_anomalies anomalies;
} stress_tally;

typedef struct stress_round {
    const stress_options *options;
    size_t index;
    stress_graph *graphs;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t running;  /* guard: lock */
    bool may_start;  /* guard: lock */
    bool is_called_off; /* guard: lock; a thread could not be made */
} stress_round;

typedef struct stress_worker {
    stress_round *round;
    size_t index;
    pthread_t thread;
    uint64_t random;     /* from the seed, the round and the index; where those of each call begin */
    atomic_size_t calls; /* finished, for whoever watches */
    stress_tally tally;
} stress_worker;

/* What a thread does in a round (stress_work.c). */
void *stress_work(void *worker);

/* How many calls a thread makes in a round. */
size_t stress_calls_each(const stress_options *options);

/* The next random number. */
uint64_t stress_random(uint64_t *state);

/* What a graph of a round holds. */
typedef struct stress_census {
    size_t nodes;
    size_t variables;
} stress_census;

/* ---- all rounds together (stress_run.c) ---- */

typedef struct stress_run {
    const stress_options *options;
    bool is_chatty;         /* progress is shown, on standard error */
    stress_worker *workers; /* a round's */
    stress_tally total;     /* but for its anomalies */
    stress_census census;
    size_t anomalies;
    size_t rounds;
    uint64_t calls;
    vs_graph *last; /* the first graph of the last round; owned */
    double start;
    double seconds;  /* in all */
    double building; /* while threads ran */
    double shown;    /* when progress was last shown */
} stress_run;

/* Do all rounds. Returns false, with the fault said, when one could not be done. */
bool stress_run_all(stress_run *run);

/* ---- judging what was built (stress_check.c, stress_export.c) ---- */

/* Check a graph at the end of a round, and count what it holds. False: out of memory. */
bool stress_check(const stress_graph *graph, size_t names, stress_census *census, stress_anomalies *anomalies);

/* Export a graph and read it again: each node once, and none whose inputs are missing. False: out of memory. */
bool stress_check_export(const vs_graph *graph, bool is_final, stress_anomalies *anomalies);

#endif
