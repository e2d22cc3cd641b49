/* `varscope build`: run a scope program and write the graph that it builds. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

typedef struct build_call {
    const char *program;  /* path, or "-" */
    const char **outputs; /* as many as the command line has words */
    size_t num_outputs;
    vs_rename *renames;   /* as many, too */
    size_t num_renames;
    const char *report; /* NULL: none */
    size_t threads;     /* 0: no bound */
    bool has_summary;
    bool explains;
    bool previews;
    bool has_help;
    bool is_chatty; /* progress is shown */
} build_call;

static void print_build_help(FILE *out)
{
    fputs("Run a scope program and write the graph that it builds.\n"
          "\n"
          "  varscope build PROGRAM.json [-o OUT]... [--report FILE] [--threads N] [--summary]\n"
          "                 [--explain] [--rename OLD=NEW]... [--preview]\n"
          "\n"
          "  PROGRAM.json    the program; - reads standard input\n"
          "  -o, --output OUT\n"
          "                  write the graph; by the ending: .pb GraphDef, .pbtxt its text form, .meta\n"
          "                  MetaGraphDef with collections; or a directory, by a slash at its end: an event file in\n"
          "                  it, for TensorBoard; may be given several times\n"
          "  --report FILE   write what failed, was caught, collected and bound, as JSON; also when the\n"
          "                  program fails\n"
          "  --threads N     let at most N threads run at a time; 1: workers one after another, in order\n"
          "  --summary       say on standard error how large the graph is, and list its variables by scope\n"
          "  --explain       say on standard error, and in the report, which names came out other than\n"
          "                  asked for, why, and what has them\n"
          "  --rename OLD=NEW\n"
          "                  write the graph with scope OLD, and all below it, named NEW; an empty OLD is the\n"
          "                  whole graph, an empty NEW takes the level away; may be given several times\n"
          "  --preview       say on standard error what each renamed node is called before and after\n"
          "  -h, --help      show this\n"
          "\n"
          "Standard output is what the program prints, nothing else. Exit status: 0 done; 1 the program\n"
          "failed; 2 a wrong call, or a document that is no scope program; 3 an output cannot be written,\n"
          "and none is.\n",
          out);
}

/* ---- the command line ---- */

static bool parse_threads(const char *text, size_t *out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || number < 1 || number > SIZE_MAX / 2)
        return false;
    *out = (size_t)number;
    return true;
}

/* "a/b=c"; a name of a scope has no =. The text is cut in two. */
static bool add_rename(build_call *call, char *text)
{
    char *to = strchr(text, '=');
    if (!to)
        return false;
    *to++ = '\0';
    call->renames[call->num_renames++] = (vs_rename){text, to};
    return true;
}

/* Returns false, with the fault said, for a wrong call. */
static bool parse_options(int argc, char **argv, build_call *call)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},  {"report", required_argument, NULL, 'r'},
        {"threads", required_argument, NULL, 't'}, {"summary", no_argument, NULL, 's'},
        {"explain", no_argument, NULL, 'e'},       {"rename", required_argument, NULL, 'n'},
        {"preview", no_argument, NULL, 'p'},       {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            if (vs_format_of(optarg) == VS_FORMAT_NONE) {
                cli_wrong_call("build", "'%s' has to end in .pb, .pbtxt, .meta, or a slash for a directory of events", optarg);
                return false;
            }
            call->outputs[call->num_outputs++] = optarg;
            break;
        case 'r':
            call->report = optarg;
            break;
        case 't':
            if (!parse_threads(optarg, &call->threads)) {
                cli_wrong_call("build", "--threads takes a number from 1, not '%s'", optarg);
                return false;
            }
            break;
        case 's':
            call->has_summary = true;
            break;
        case 'e':
            call->explains = true;
            break;
        case 'n':
            if (!add_rename(call, optarg)) {
                cli_wrong_call("build", "--rename takes OLD=NEW, not '%s'", optarg);
                return false;
            }
            break;
        case 'p':
            call->previews = true;
            break;
        case 'h':
            call->has_help = true;
            return true;
        default:
            cli_wrong_option("build", option, argv);
            return false;
        }
    }
    if (argc - optind != 1) {
        cli_wrong_call("build", argc == optind ? "no program" : "more than one program");
        return false;
    }
    call->program = argv[optind];
    return true;
}

/* ---- steps ---- */

static void say(const build_call *call, const char *format, ...) VS_PRINTF(2, 3);

/* Progress, for a person at a terminal. */
static void say(const build_call *call, const char *format, ...)
{
    va_list arguments;
    if (!call->is_chatty)
        return;
    fputs("varscope: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static const char *program_name(const build_call *call)
{
    return strcmp(call->program, "-") == 0 ? "<stdin>" : call->program;
}

/* The whole of a file; NULL, with errno set, when it cannot be read. */
static char *read_file(FILE *file, size_t *size)
{
    size_t capacity = (size_t)1 << 16;
    char *data = malloc(capacity);
    *size = 0;
    while (data) {
        *size += fread(data + *size, 1, capacity - *size, file);
        if (*size < capacity)
            break;
        capacity *= 2;
        char *larger = realloc(data, capacity);
        if (!larger)
            free(data);
        data = larger;
    }
    if (data && ferror(file)) {
        free(data);
        data = NULL;
    }
    return data;
}

static char *read_program(const build_call *call, size_t *size)
{
    bool is_stdin = strcmp(call->program, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(call->program, "rb");
    errno = file ? 0 : errno;
    char *data = file ? read_file(file, size) : NULL;
    if (!data)
        fprintf(stderr, "varscope: %s: %s\n", program_name(call), strerror(errno ? errno : ENOMEM));
    if (file && !is_stdin)
        fclose(file);
    return data;
}

/* One line: file, place, code, message. */
static void print_error(const build_call *call, const vs_program_error *error)
{
    if (error->line)
        fprintf(stderr, "%s:%d:%d: %s: %s\n", program_name(call), (int)error->line, (int)error->column,
                vs_status_name(error->error.code), error->error.message);
    else
        fprintf(stderr, "%s: %s: %s: %s\n", program_name(call), error->path,
                vs_status_name(error->error.code), error->error.message);
}

static void print_line(const char *line, void *user)
{
    (void)user;
    puts(line);
}

static bool write_report(cli_output *output, const char *path, const vs_program *program)
{
    if (!cli_output_open(output, path))
        return false;
    char *report = vs_program_report(program);
    bool written = report && cli_output_write(report, strlen(report), output);
    if (!written)
        fprintf(stderr, "varscope: %s: %s\n", path, report ? strerror(errno) : strerror(ENOMEM));
    vs_program_report_free(report);
    return written;
}

static bool write_graph(const build_call *call, cli_output *output, const char *path, const vs_graph *graph)
{
    vs_error error;
    vs_format format = vs_format_of(path);
    if (!(format == VS_FORMAT_EVENTS ? cli_output_open_events : cli_output_open)(output, path))
        return false;
    say(call, "writing %s", output->path);
    vs_status status = call->num_renames ? vs_graph_export_renamed(graph, call->renames, call->num_renames, format,
                                                                   cli_output_write, output, &error)
                                         : vs_graph_export(graph, format, cli_output_write, output, &error);
    if (status == VS_OK)
        return true;
    fprintf(stderr, "varscope: %s: %s: %s\n", path, vs_status_name(error.code), error.message);
    return false;
}

/* Write the report, and, of a program that worked, the graph; all of it or nothing. */
static bool write_outputs(const build_call *call, const vs_program *program, const vs_graph *graph,
                          bool worked)
{
    size_t count = 0;
    bool written = true;
    cli_output *outputs = calloc(call->num_outputs + 1, sizeof *outputs);
    if (!outputs) {
        fprintf(stderr, "varscope: %s\n", strerror(ENOMEM));
        return false;
    }
    if (call->report)
        written = write_report(&outputs[count++], call->report, program);
    for (size_t i = 0; worked && written && i < call->num_outputs; i++)
        written = write_graph(call, &outputs[count++], call->outputs[i], graph);
    written = written && cli_flush_output() && cli_outputs_commit(outputs, count);
    for (size_t i = 0; written && i < count; i++)
        say(call, "wrote %s, %zu bytes", outputs[i].path, outputs[i].size);
    cli_outputs_finish(outputs, count);
    free(outputs);
    return written;
}

/* ---- explained names ---- */

typedef struct explaining {
    const char *program;
    size_t by_default; /* names of ops that were given none */
    bool is_short;     /* of memory */
} explaining;

static bool print_note(const vs_name_note *note, void *user)
{
    explaining *of = user;
    if (!note->is_given) {
        of->by_default++;
        return true;
    }
    size_t length = vs_name_note_format(note, NULL, 0);
    char *text = malloc(length + 1);
    if (text) {
        vs_name_note_format(note, text, length + 1);
        fprintf(stderr, "%s: %s\n", of->program, text);
        free(text);
    }
    of->is_short = !text;
    return text;
}

static void print_explained(const build_call *call, const vs_graph *graph)
{
    explaining of = {.program = program_name(call)};
    if (vs_graph_walk_explained(graph, print_note, &of) != VS_OK || of.is_short)
        fputs("varscope: out of memory: names are missing in the explanation\n", stderr);
    if (of.by_default)
        fprintf(stderr, "%s: operations without a name of their own that were numbered: %zu (the report has them)\n",
                of.program, of.by_default);
}

static bool print_conflict(const vs_fork_conflict *conflict, void *user)
{
    size_t length = vs_fork_conflict_format(conflict, NULL, 0);
    char *text = malloc(length + 1);
    if (text) {
        vs_fork_conflict_format(conflict, text, length + 1);
        fprintf(stderr, "%s: %s\n", (const char *)user, text);
        free(text);
    }
    return text;
}

/* Say where the graph depends on which worker was faster. */
static void print_conflicts(const build_call *call, const vs_graph *graph)
{
    if (!vs_graph_walk_fork_conflicts(graph, print_conflict, (void *)(uintptr_t)program_name(call)))
        fputs("varscope: out of memory: not all conflicts of workers are told\n", stderr);
}

static bool print_renamed(const vs_operation *operation, const char *from, const char *to, void *user)
{
    (void)operation;
    fprintf(stderr, "%s: %s becomes %s\n", (const char *)user, from, to);
    return true;
}

/* Say what renaming does. false: it cannot be done, which is said. */
static bool preview(const build_call *call, const vs_graph *graph)
{
    vs_error error;
    if (vs_graph_rename_preview(graph, call->renames, call->num_renames, print_renamed,
                                (void *)(uintptr_t)program_name(call), &error) == VS_OK)
        return true;
    fprintf(stderr, "varscope: --rename: %s: %s\n", vs_status_name(error.code), error.message);
    return false;
}

/* ---- the command ---- */

static bool print_text(const void *data, size_t size, void *user)
{
    return fwrite(data, 1, size, user) == size;
}

static void print_summary(const vs_graph *graph, size_t threads, double seconds)
{
    double rate = seconds > 0 ? (double)vs_graph_num_operations(graph) / seconds : 0;
    fprintf(stderr, "threads     %zu\ntime        %.3f ms, %.0f nodes a second\n", threads, seconds * 1e3, rate);
    vs_graph_summarize(graph, print_text, stderr, NULL);
}

static int run_program(const build_call *call, vs_program *program, vs_graph *graph)
{
    vs_program_error error;
    const vs_program_options options = {.threads = call->threads, .print = print_line};
    say(call, "running %s", program_name(call));
    double start = seconds_now();
    bool worked = vs_program_run(program, graph, &options, &error) == VS_OK;
    double seconds = seconds_now() - start;
    fflush(stdout); /* before what is said on standard error */
    print_conflicts(call, graph);
    if (call->explains)
        print_explained(call, graph);
    if (!worked)
        print_error(call, &error);
    if (call->previews && worked && !preview(call, graph))
        return CLI_NOT_WRITTEN;
    if (!write_outputs(call, program, graph, worked))
        return CLI_NOT_WRITTEN;
    if (call->has_summary)
        print_summary(graph, vs_program_num_threads(program), seconds);
    return worked ? CLI_DONE : CLI_FAILED;
}

static int build(const build_call *call)
{
    size_t size;
    vs_program_error error;
    say(call, "reading %s", program_name(call));
    char *data = read_program(call, &size);
    if (!data)
        return CLI_WRONG;
    vs_program *program = vs_program_parse(data, size, program_name(call), NULL, &error);
    free(data);
    if (!program) {
        print_error(call, &error);
        return CLI_WRONG;
    }
    vs_graph *graph = vs_graph_new();
    int status = CLI_FAILED;
    if (graph && (!call->explains || vs_graph_set_explain(graph) == VS_OK))
        status = run_program(call, program, graph);
    else
        fprintf(stderr, "%s: : resource_exhausted: out of memory\n", program_name(call));
    vs_program_free(program);
    vs_graph_release(graph);
    return status;
}

static int run_build(int argc, char **argv)
{
    build_call call = {.is_chatty = isatty(STDERR_FILENO)};
    int status = CLI_WRONG;
    call.outputs = calloc((size_t)argc, sizeof *call.outputs);
    call.renames = calloc((size_t)argc, sizeof *call.renames);
    if (!call.outputs || !call.renames) {
        fprintf(stderr, "varscope: %s\n", strerror(ENOMEM));
        status = CLI_FAILED;
    } else if (parse_options(argc, argv, &call)) {
        if (call.has_help) {
            print_build_help(stdout);
            status = cli_flush_output() ? CLI_DONE : CLI_NOT_WRITTEN;
        } else {
            status = build(&call);
        }
    }
    free(call.outputs);
    free(call.renames);
    return status;
}

const cli_command cli_build = {
    .name = "build",
    .summary = "run a scope program and write its graph",
    .help = print_build_help,
    .run = run_build,
};
