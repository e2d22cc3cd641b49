/* `varscope stress`: threads that create and find variables at once, and a judgment of every answer. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stress.h"

enum { MOST_THREADS = 4096, MOST_NAMES = 1000000, MOST_GRAPHS = 1000, MOST_CALLS = 1000000, MOST_SECONDS = 1000000 };

static void print_stress_help(FILE *out)
{
    fputs("Let many threads create and find variables at once, and judge every answer.\n"
          "\n"
          "  varscope stress [--threads N] [--names N] [--graphs N] [--calls N] [--mode MODE]\n"
          "                  [--seconds S | --rounds N] [--seed K] [--stall S] [-o OUT] [--json]\n"
          "\n"
          "  --threads N     threads of a round (8)\n"
          "  --names N       variables that they ask for in each graph (100)\n"
          "  --graphs N      graphs that they build at once (2)\n"
          "  --calls N       calls of a thread in a round, for each name and graph (4)\n"
          "  --mode MODE     all; auto: only find or create; create: only create, reuse being off (all)\n"
          "  --seconds S     start rounds for so long (10)\n"
          "  --rounds N      do as many rounds instead, however long they take\n"
          "  --seed K        what the threads do follows from it; how they meet does not (the time)\n"
          "  --stall S       threads that for so many seconds finish no call are stuck: give up (60)\n"
          "  -o, --output OUT\n"
          "                  write the first graph of the last round; .pb, .pbtxt or .meta\n"
          "  --json          say it as JSON\n"
          "  -h, --help      show this\n"
          "\n"
          "In each round the threads start together on fresh graphs. They enter scopes by name, object and capture,\n"
          "and ask for float, int, resource and partitioned variables in all modes of reuse, with wrong shapes and\n"
          "dtypes, with initializers that fail, ask for other variables, for their own, and in circles. Of each name\n"
          "exactly one call may create the variable, all others must get that one or an error that has to come; at\n"
          "the end each graph must hold each variable once, with unique names, and export whole.\n"
          "\n"
          "Exit status: 0 all was as it must be; 1 an anomaly; 2 a wrong call; 3 an output cannot be written.\n",
          out);
}

/* ---- the command line ---- */

typedef struct stress_call {
    stress_options options;
    bool has_help;
} stress_call;

/* The options that take a number; what getopt gives for them. */
enum { THREADS = 256, NAMES, GRAPHS, CALLS, SECONDS, ROUNDS, SEED, STALL, AFTER_NUMBERS };

static const struct number_option {
    const char *name;
    uint64_t least, most;
} number_options[] = {
    [THREADS - THREADS] = {"threads", 1, MOST_THREADS}, [NAMES - THREADS] = {"names", 1, MOST_NAMES},
    [GRAPHS - THREADS] = {"graphs", 1, MOST_GRAPHS},    [CALLS - THREADS] = {"calls", 1, MOST_CALLS},
    [SECONDS - THREADS] = {"seconds", 1, MOST_SECONDS}, [ROUNDS - THREADS] = {"rounds", 1, UINT32_MAX},
    [SEED - THREADS] = {"seed", 0, UINT64_MAX},         [STALL - THREADS] = {"stall", 1, MOST_SECONDS},
};

static bool parse_number(const char *text, const struct number_option *option, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && !*end && !errno && *out >= option->least && *out <= option->most)
        return true;
    cli_wrong_call("stress", "--%s takes a number from %" PRIu64 " to %" PRIu64 ", not '%s'", option->name,
                   option->least, option->most, text);
    return false;
}

static bool set_number(stress_options *options, int which, const char *text)
{
    uint64_t number;
    if (!parse_number(text, &number_options[which - THREADS], &number))
        return false;
    switch (which) {
    case THREADS: options->threads = (size_t)number; break;
    case NAMES: options->names = (size_t)number; break;
    case GRAPHS: options->graphs = (size_t)number; break;
    case CALLS: options->calls = (size_t)number; break;
    case SECONDS: options->seconds = (size_t)number; break;
    case ROUNDS: options->rounds = (size_t)number; break;
    case SEED: options->seed = number; break;
    default: options->stall = (size_t)number;
    }
    return true;
}

static bool set_mode(stress_options *options, const char *text)
{
    static const char *const modes[] = {[STRESS_ALL] = "all", [STRESS_AUTO] = "auto", [STRESS_CREATE] = "create"};
    for (int i = STRESS_ALL; i <= STRESS_CREATE; i++)
        if (strcmp(text, modes[i]) == 0) {
            options->mode = (stress_mode)i;
            return true;
        }
    cli_wrong_call("stress", "--mode is all, auto or create, not '%s'", text);
    return false;
}

static bool set_output(stress_options *options, const char *path)
{
    options->output = path;
    if (vs_format_of(path) != VS_FORMAT_NONE)
        return true;
    cli_wrong_call("stress", "'%s' has to end in .pb, .pbtxt or .meta", path);
    return false;
}

/* Returns false, with the fault said, for a wrong call. */
static bool parse_options(int argc, char **argv, stress_call *call)
{
    static const struct option options[] = {
        {"threads", required_argument, NULL, THREADS}, {"names", required_argument, NULL, NAMES},
        {"graphs", required_argument, NULL, GRAPHS},   {"calls", required_argument, NULL, CALLS},
        {"seconds", required_argument, NULL, SECONDS}, {"rounds", required_argument, NULL, ROUNDS},
        {"seed", required_argument, NULL, SEED},       {"stall", required_argument, NULL, STALL},
        {"mode", required_argument, NULL, 'm'},        {"output", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},              {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        if (option >= THREADS && option < AFTER_NUMBERS) {
            if (!set_number(&call->options, option, optarg))
                return false;
        } else if (option == 'o') {
            if (!set_output(&call->options, optarg))
                return false;
        } else if (option == 'm') {
            if (!set_mode(&call->options, optarg))
                return false;
        } else if (option == 'j') {
            call->options.is_json = true;
        } else if (option == 'h') {
            call->has_help = true;
            return true;
        } else {
            cli_wrong_option("stress", option, argv);
            return false;
        }
    }
    if (optind < argc)
        cli_wrong_call("stress", "'%s' is not an option", argv[optind]);
    else if (call->options.seconds && call->options.rounds)
        cli_wrong_call("stress", "--seconds or --rounds, not both");
    else
        return true;
    return false;
}

/* ---- the report ---- */

/* A kind of call, as its latencies are told. */
typedef struct latency {
    const char *name;
    const histogram *times;
} latency;

static const double quantiles[] = {0.5, 0.9, 0.99, 0.999};
enum { QUANTILES = sizeof quantiles / sizeof quantiles[0], LATENCIES = 3 };

static void list_latencies(const stress_run *run, latency latencies[LATENCIES])
{
    latencies[0] = (latency){"created", &run->total.created};
    latencies[1] = (latency){"found", &run->total.found};
    latencies[2] = (latency){"refused", &run->total.refused};
}

static double rate_of(const stress_run *run)
{
    return run->building > 0 ? (double)run->calls / run->building : 0;
}

static void print_duration(uint64_t nanoseconds)
{
    static const struct {
        double over, unit;
        const char *name;
    } units[] = {{1e9, 1e9, "s"}, {1e6, 1e6, "ms"}, {1e4, 1e3, "us"}, {0, 1, "ns"}};
    int i = 0;
    while ((double)nanoseconds < units[i].over)
        i++;
    printf("%8.*f %-2s", units[i].unit > 1 ? 1 : 0, (double)nanoseconds / units[i].unit, units[i].name);
}

static void print_text(const stress_run *run)
{
    const stress_options *options = run->options;
    latency latencies[LATENCIES];
    list_latencies(run, latencies);
    printf("%zu threads, %zu names in each of %zu graphs, seed %" PRIu64 "\n", options->threads, options->names,
           options->graphs, options->seed);
    printf("%zu rounds in %.1f s, %.1f s of them building: %" PRIu64 " calls, %.0f a second\n", run->rounds,
           run->seconds, run->building, run->calls, rate_of(run));
    printf("%zu variables, %zu nodes; all graphs checked and exported\n\n", run->census.variables,
           run->census.nodes);
    for (int i = 0; i < STRESS_OUTCOMES; i++)
        printf("  %-16s %12" PRIu64 "\n", stress_outcome_names[i], run->total.outcomes[i]);
    printf("\n  %-16s %11s%11s%11s%11s%11s\n", "time of a call", "p50   ", "p90   ", "p99   ", "p99.9   ", "max   ");
    for (int i = 0; i < LATENCIES; i++) {
        printf("  %-16s ", latencies[i].name);
        for (int k = 0; k < QUANTILES; k++)
            print_duration(histogram_quantile(latencies[i].times, quantiles[k]));
        print_duration(latencies[i].times->largest);
        printf("\n");
    }
    printf("\n%zu anomalies\n", run->anomalies);
}

static void print_json(const stress_run *run)
{
    const stress_options *options = run->options;
    latency latencies[LATENCIES];
    list_latencies(run, latencies);
    printf("{\"threads\": %zu, \"names\": %zu, \"graphs\": %zu, \"seed\": %" PRIu64 ", \"rounds\": %zu,\n",
           options->threads, options->names, options->graphs, options->seed, run->rounds);
    printf(" \"seconds\": %.3f, \"building_seconds\": %.3f, \"calls\": %" PRIu64
           ", \"calls_per_second\": %.0f,\n",
           run->seconds, run->building, run->calls, rate_of(run));
    printf(" \"variables\": %zu, \"nodes\": %zu,\n \"outcomes\": {", run->census.variables, run->census.nodes);
    for (int i = 0; i < STRESS_OUTCOMES; i++)
        printf("%s\"%s\": %" PRIu64, i ? ", " : "", stress_outcome_names[i], run->total.outcomes[i]);
    printf("},\n \"latency_ns\": {");
    for (int i = 0; i < LATENCIES; i++) {
        printf("%s\"%s\": {\"count\": %" PRIu64, i ? ",\n  " : "\n  ", latencies[i].name, latencies[i].times->count);
        for (int k = 0; k < QUANTILES; k++)
            printf(", \"p%g\": %" PRIu64, 100 * quantiles[k], histogram_quantile(latencies[i].times, quantiles[k]));
        printf(", \"max\": %" PRIu64 "}", latencies[i].times->largest);
    }
    printf("},\n \"anomalies\": %zu}\n", run->anomalies);
}

/* ---- the command ---- */

static bool write_last_graph(const stress_run *run)
{
    cli_output output;
    vs_error error;
    bool is_written = cli_output_open(&output, run->options->output);
    if (is_written && vs_graph_export(run->last, vs_format_of(output.path), cli_output_write, &output, &error)) {
        fprintf(stderr, "varscope: %s: %s: %s\n", output.path, vs_status_name(error.code), error.message);
        is_written = false;
    }
    is_written = is_written && cli_outputs_commit(&output, 1);
    cli_outputs_finish(&output, 1);
    return is_written;
}

static int stress(const stress_options *options)
{
    stress_run run = {.options = options, .is_chatty = isatty(STDERR_FILENO)};
    int status = CLI_FAILED;
    if (stress_run_all(&run)) {
        if (options->is_json)
            print_json(&run);
        else
            print_text(&run);
        bool is_written = cli_flush_output() && (!options->output || write_last_graph(&run));
        status = run.anomalies ? CLI_FAILED : is_written ? CLI_DONE : CLI_NOT_WRITTEN;
    }
    vs_graph_release(run.last);
    return status;
}

static int run_stress(int argc, char **argv)
{
    stress_call call = {.options = {.threads = 8, .names = 100, .graphs = 2, .calls = 4, .stall = 60}};
    call.options.seed = (uint64_t)time(NULL);
    if (!parse_options(argc, argv, &call))
        return CLI_WRONG;
    if (call.has_help) {
        print_stress_help(stdout);
        return cli_flush_output() ? CLI_DONE : CLI_NOT_WRITTEN;
    }
    if (!call.options.seconds && !call.options.rounds)
        call.options.seconds = 10;
    return stress(&call.options);
}

const cli_command cli_stress = {
    .name = "stress",
    .summary = "let threads create and find variables at once, and judge",
    .help = print_stress_help,
    .run = run_stress,
};
