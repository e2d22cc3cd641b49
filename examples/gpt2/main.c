/* Build GPT-2's graph, with a tower for each device that would run one; the towers share the variables.
 *
 *     gpt2 HPARAMS.json [--towers N] [--threads N] [--batch B] [-o OUT]... [--summary] [--repeat N] [--json]
 *
 * Worker threads take the towers one after another; each tower has a name scope, and a place in the graph, of its own,
 * so that the graph is the same for any number of threads. */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hparams.h"

enum { MOST_OUTPUTS = 16, MOST_TOWERS = 4096, MOST_THREADS = 1024 };

typedef struct call_options {
    const char *hparams;
    int64_t towers;
    int64_t threads;
    int64_t batch;
    int64_t repeat;
    const char *outputs[MOST_OUTPUTS];
    size_t num_outputs;
    bool has_summary;
    bool has_json;
} call_options;

/* ---- building ---- */

/* What the threads of one build share. */
typedef struct build {
    const gpt2_hparams *hparams;
    int64_t batch;
    int64_t num_towers;
    vs_capture *const *towers;
    atomic_llong next;     /* the tower that is to be taken next */
    pthread_mutex_t lock;  /* of error */
    vs_error error;        /* the first that a worker met */
} build;

static void build_tower(const build *self, int64_t i)
{
    VS_WITH_CAPTURE(self->towers[i]) {
        vs_tensor X = vs_placeholder(VS_INT32, .shape = VS_SHAPE(self->batch, -1), .name = "X");
        gpt2_model(self->hparams, X);
    }
}

/* A thread takes towers until there are no more, and hands back what went wrong. */
static void *work(void *argument)
{
    build *self = argument;
    vs_error error;
    int64_t i;
    while ((i = atomic_fetch_add(&self->next, 1)) < self->num_towers)
        build_tower(self, i);
    if (vs_error_take(&error)) {
        pthread_mutex_lock(&self->lock);
        if (self->error.code == VS_OK)
            self->error = error;
        pthread_mutex_unlock(&self->lock);
    }
    return NULL;
}

/* All towers by so many threads, of which the calling one is the first. */
static void build_towers(const gpt2_hparams *hparams, const call_options *options, vs_capture *const *towers)
{
    build self = {.hparams = hparams, .batch = options->batch, .num_towers = options->towers, .towers = towers};
    pthread_t threads[MOST_THREADS];
    int64_t started = 0;
    pthread_mutex_init(&self.lock, NULL);
    while (started + 1 < options->threads && pthread_create(&threads[started], NULL, work, &self) == 0)
        started++;
    work(&self);
    while (started > 0)
        pthread_join(threads[--started], NULL);
    pthread_mutex_destroy(&self.lock);
    vs_error_raise(&self.error);
}

/* The whole graph; an error is left pending. */
static void build_graph(vs_graph *graph, const gpt2_hparams *hparams, const call_options *options)
{
    VS_WITH_GRAPH(graph) {
        vs_capture **towers = vs_fork((size_t)options->towers, "tower_%d");
        if (towers)
            build_towers(hparams, options, towers);
        vs_captures_release(towers);
        vs_global_variables_initializer();
    }
}

/* ---- what comes of it ---- */

static double milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "gpt2: %s%s%s\n", what, *what ? ": " : "", why);
    return 1;
}

static int compare_times(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool print_text(const void *data, size_t size, void *user)
{
    return fwrite(data, 1, size, user) == size;
}

/* How long the builds took: the median of the times, which are sorted. */
static void report(const vs_graph *graph, const call_options *options, const double *times)
{
    size_t nodes = vs_graph_num_operations(graph);
    double median = times[options->repeat / 2];
    double rate = median > 0 ? (double)nodes / median * 1e3 : 0;
    if (options->has_json) {
        printf("{\"towers\": %lld, \"threads\": %lld, \"nodes\": %zu, \"milliseconds\": [",
               (long long)options->towers, (long long)options->threads, nodes);
        for (int64_t i = 0; i < options->repeat; i++)
            printf("%s%.4f", i ? ", " : "", times[i]);
        printf("], \"median_milliseconds\": %.4f, \"nodes_per_second\": %.0f}\n", median, rate);
        return;
    }
    if (options->has_summary) {
        vs_graph_summarize(graph, print_text, stdout, NULL);
        putchar('\n');
    }
    printf("%lld towers by %lld threads: %zu nodes in %.3f ms, %.0f nodes a second\n", (long long)options->towers,
           (long long)options->threads, nodes, median, rate);
}

static int write_outputs(const vs_graph *graph, const call_options *options)
{
    for (size_t i = 0; i < options->num_outputs; i++) {
        vs_error error;
        if (vs_graph_write(graph, options->outputs[i], &error) != VS_OK)
            return complain("", error.message);
    }
    return 0;
}

/* Build as often as asked for; the last graph is reported and written. */
static int run(const gpt2_hparams *hparams, const call_options *options, double *times)
{
    vs_graph *graph = NULL;
    for (int64_t i = 0; i < options->repeat; i++) {
        vs_error error;
        vs_graph_release(graph);
        graph = vs_graph_new();
        double begin = milliseconds_now();
        build_graph(graph, hparams, options);
        times[i] = milliseconds_now() - begin;
        if (vs_error_take(&error)) {
            vs_graph_release(graph);
            return complain(vs_status_name(error.code), error.message);
        }
    }
    qsort(times, (size_t)options->repeat, sizeof *times, compare_times);
    report(graph, options, times);
    int status = write_outputs(graph, options);
    vs_graph_release(graph);
    return status;
}

/* ---- the command line ---- */

static int usage(const char *problem)
{
    fprintf(stderr,
            "gpt2: %s\n"
            "usage: gpt2 HPARAMS.json [--towers N] [--threads N] [--batch B] [-o OUT]... [--summary] [--repeat N] "
            "[--json]\n",
            problem);
    return 2;
}

static bool read_number(const char *text, int64_t most, int64_t *out)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    *out = number;
    return text[0] >= '0' && text[0] <= '9' && !*end && !errno && number >= 1 && number <= most;
}

/* Returns what is wrong; NULL when nothing is. */
static const char *read_options(int argc, char **argv, call_options *out)
{
    static const struct option names[] = {
        {"towers", required_argument, NULL, 't'}, {"threads", required_argument, NULL, 'j'},
        {"batch", required_argument, NULL, 'b'},  {"repeat", required_argument, NULL, 'r'},
        {"output", required_argument, NULL, 'o'}, {"summary", no_argument, NULL, 's'},
        {"json", no_argument, NULL, 'J'},         {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "o:", names, NULL)) != -1) {
        bool good = true;
        switch (option) {
        case 't':
            good = read_number(optarg, MOST_TOWERS, &out->towers);
            break;
        case 'j':
            good = read_number(optarg, MOST_THREADS, &out->threads);
            break;
        case 'b':
            good = read_number(optarg, INT32_MAX, &out->batch);
            break;
        case 'r':
            good = read_number(optarg, 1000000, &out->repeat);
            break;
        case 'o':
            good = out->num_outputs < MOST_OUTPUTS;
            out->outputs[out->num_outputs - !good] = optarg;
            out->num_outputs += good;
            break;
        case 's':
            out->has_summary = true;
            break;
        case 'J':
            out->has_json = true;
            break;
        default:
            return "a wrong option";
        }
        if (!good)
            return "a number out of range, or too many outputs";
    }
    if (argc - optind != 1)
        return "one file of hyperparameters is needed";
    out->hparams = argv[optind];
    return NULL;
}

int main(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    call_options options = {.towers = 1, .batch = 1, .repeat = 1, .threads = cores > 1 ? cores : 1};
    gpt2_hparams hparams;
    char problem[256];
    const char *wrong = read_options(argc, argv, &options);
    if (wrong)
        return usage(wrong);
    if (options.threads > MOST_THREADS)
        options.threads = MOST_THREADS;
    if (!gpt2_read_hparams(options.hparams, &hparams, problem, sizeof problem))
        return complain(options.hparams, problem);
    double *times = malloc((size_t)options.repeat * sizeof *times);
    if (!times)
        return complain("", "out of memory");
    int status = run(&hparams, &options, times);
    free(times);
    return status;
}
