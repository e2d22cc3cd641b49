/* `varscope ops`: lists and describes the registered ops. */
#include <fnmatch.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

typedef struct ops_call {
    char **names; /* patterns; none: all ops */
    size_t num_names;
    bool is_json;
    bool has_help;
} ops_call;

static void print_ops_help(FILE *out)
{
    fprintf(out,
            "List the %zu ops that can be built by name, or say what one takes and gives.\n"
            "\n"
            "  varscope ops [NAME]... [--json]\n"
            "\n"
            "  NAME            one op: all of its inputs, outputs and attributes. With * ? or [] a pattern, and\n"
            "                  otherwise the beginning of a name: a line for each op\n"
            "  --json          the same as JSON, whole, a list of ops\n"
            "  -h, --help      show this\n"
            "\n"
            "The registry is that of TensorFlow 2.21.0. Exit status: 0 done; 1 there is no such op; 2 a wrong call;\n"
            "3 standard output cannot be written.\n",
            vs_op_def_count());
}

/* ---- one line an op: Split(split_dim: int32, value: T) -> output: num_split * T ---- */

static void print_type(FILE *out, const vs_op_def_arg *arg)
{
    if (arg->is_ref)
        fputs("Ref(", out);
    if (arg->number_attr)
        fprintf(out, "%s * ", arg->number_attr);
    fputs(arg->type_list_attr ? arg->type_list_attr : arg->type_attr ? arg->type_attr : vs_dtype_name(arg->dtype), out);
    if (arg->is_ref)
        fputs(")", out);
}

static void print_line_of(FILE *out, const vs_op_def *def)
{
    vs_op_def_arg arg;
    fprintf(out, "%s(", vs_op_def_name(def));
    for (size_t i = 0; vs_op_def_get_input(def, i, &arg); i++) {
        fprintf(out, "%s%s: ", i ? ", " : "", arg.name);
        print_type(out, &arg);
    }
    fputs(")", out);
    for (size_t i = 0; vs_op_def_get_output(def, i, &arg); i++) {
        fprintf(out, "%s%s: ", i ? ", " : " -> ", arg.name);
        print_type(out, &arg);
    }
    fputs("\n", out);
}

/* ---- all of an op ---- */

static void print_arg(FILE *out, const char *what, const vs_op_def_arg *arg)
{
    fprintf(out, "  %-10s %s: ", what, arg->name);
    print_type(out, arg);
    fputs("\n", out);
}

/* A default as JSON, which the caller frees; NULL without memory. */
static char *format_default(const vs_op_def *def, size_t i)
{
    size_t length = vs_op_def_format_default(def, i, NULL, 0);
    char *text = malloc(length + 1);
    if (text)
        vs_op_def_format_default(def, i, text, length + 1);
    return text;
}

static void print_attr(FILE *out, const vs_op_def *def, size_t i, const vs_op_def_attr *attr)
{
    bool is_list = strncmp(attr->type, "list", 4) == 0;
    fprintf(out, "  %-10s %s: %s", "attribute", attr->name, attr->type);
    if (attr->has_minimum)
        fprintf(out, is_list ? ", at least %" PRId64 " of them" : ", at least %" PRId64, attr->minimum);
    for (size_t k = 0; k < attr->num_allowed; k++)
        fprintf(out, "%s%s", k ? " " : ", one of ", vs_op_def_allowed(def, i, k));
    if (attr->has_default) {
        char *text = format_default(def, i);
        fprintf(out, "; %s unless given", text ? text : "(out of memory)");
        free(text);
    }
    fputs("\n", out);
}

static const struct flag {
    uint32_t bit;
    const char *name;
    const char *text;
} flags[] = {
    {VS_OP_IS_STATEFUL, "is_stateful", "stateful"},
    {VS_OP_IS_COMMUTATIVE, "is_commutative", "commutative"},
    {VS_OP_IS_AGGREGATE, "is_aggregate", "an aggregate"},
    {VS_OP_ALLOWS_UNINITIALIZED_INPUT, "allows_uninitialized_input", "takes uninitialized variables"},
    {VS_OP_IS_DISTRIBUTED_COMMUNICATION, "is_distributed_communication", "communicates between processes"},
    {VS_OP_HAS_SHAPE_RULE, "has_shape_rule", "its shapes are inferred"},
};

enum { NUM_FLAGS = sizeof flags / sizeof flags[0] };

static void print_whole(FILE *out, const vs_op_def *def)
{
    vs_op_def_arg arg;
    vs_op_def_attr attr;
    uint32_t version;
    const char *deprecation = vs_op_def_deprecation(def, &version);
    print_line_of(out, def);
    for (size_t i = 0; vs_op_def_get_input(def, i, &arg); i++)
        print_arg(out, "input", &arg);
    for (size_t i = 0; vs_op_def_get_output(def, i, &arg); i++)
        print_arg(out, "output", &arg);
    for (size_t i = 0; vs_op_def_get_attr(def, i, &attr); i++)
        print_attr(out, def, i, &attr);
    for (size_t i = 0; i < NUM_FLAGS; i++)
        if (vs_op_def_flags(def) & flags[i].bit)
            fprintf(out, "  %-10s %s\n", "is", flags[i].text);
    if (!(vs_op_def_flags(def) & VS_OP_HAS_SHAPE_RULE))
        fprintf(out, "  %-10s of an unknown shape\n", "outputs");
    if (deprecation)
        fprintf(out, "  %-10s since GraphDef version %" PRIu32 ": %s\n", "removed", version, deprecation);
}

/* ---- JSON: names of the registry need no escapes, but explanations may ---- */

static void print_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if ((unsigned char)*text < ' ')
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
    fputc('"', out);
}

static void print_json_arg(FILE *out, const vs_op_def_arg *arg)
{
    fprintf(out, "{\"name\": \"%s\"", arg->name);
    if (arg->dtype != VS_DTYPE_NONE)
        fprintf(out, ", \"dtype\": \"%s\"", vs_dtype_name(arg->dtype));
    if (arg->type_attr)
        fprintf(out, ", \"type_attr\": \"%s\"", arg->type_attr);
    if (arg->number_attr)
        fprintf(out, ", \"number_attr\": \"%s\"", arg->number_attr);
    if (arg->type_list_attr)
        fprintf(out, ", \"type_list_attr\": \"%s\"", arg->type_list_attr);
    fputs(arg->is_ref ? ", \"is_ref\": true}" : "}", out);
}

static void print_json_attr(FILE *out, const vs_op_def *def, size_t i, const vs_op_def_attr *attr)
{
    fprintf(out, "{\"name\": \"%s\", \"type\": \"%s\"", attr->name, attr->type);
    if (attr->has_default) {
        char *text = format_default(def, i);
        fprintf(out, ", \"default\": %s", text ? text : "null");
        free(text);
    }
    if (attr->has_minimum)
        fprintf(out, ", \"minimum\": %" PRId64, attr->minimum);
    for (size_t k = 0; k < attr->num_allowed; k++) {
        fputs(k ? ", " : ", \"allowed\": [", out);
        print_string(out, vs_op_def_allowed(def, i, k));
    }
    fputs(attr->num_allowed ? "]}" : "}", out);
}

static void print_json(FILE *out, const vs_op_def *def, bool is_first)
{
    vs_op_def_arg arg;
    vs_op_def_attr attr;
    uint32_t version;
    const char *deprecation = vs_op_def_deprecation(def, &version);
    fprintf(out, "%s {\"name\": \"%s\",\n  \"inputs\": [", is_first ? "" : ",\n", vs_op_def_name(def));
    for (size_t i = 0; vs_op_def_get_input(def, i, &arg); i++) {
        fputs(i ? ", " : "", out);
        print_json_arg(out, &arg);
    }
    fputs("],\n  \"outputs\": [", out);
    for (size_t i = 0; vs_op_def_get_output(def, i, &arg); i++) {
        fputs(i ? ", " : "", out);
        print_json_arg(out, &arg);
    }
    fputs("],\n  \"attrs\": [", out);
    for (size_t i = 0; vs_op_def_get_attr(def, i, &attr); i++) {
        fputs(i ? ", " : "", out);
        print_json_attr(out, def, i, &attr);
    }
    fputs("]", out);
    for (size_t i = 0; i < NUM_FLAGS; i++)
        if (vs_op_def_flags(def) & flags[i].bit)
            fprintf(out, ", \"%s\": true", flags[i].name);
    if (deprecation) {
        fprintf(out, ", \"deprecation\": {\"version\": %" PRIu32 ", \"explanation\": ", version);
        print_string(out, deprecation);
        fputs("}", out);
    }
    fputs("}", out);
}

/* ---- the command ---- */

/* Returns false, with the fault said, for a wrong call. */
static bool parse_options(int argc, char **argv, ops_call *call)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (option == 'j') {
            call->is_json = true;
        } else if (option == 'h') {
            call->has_help = true;
            return true;
        } else {
            cli_wrong_option("ops", option, argv);
            return false;
        }
    }
    call->names = argv + optind;
    call->num_names = (size_t)(argc - optind);
    return true;
}

static bool is_pattern(const char *name)
{
    return strpbrk(name, "*?[") != NULL;
}

static bool matches(const char *asked, const vs_op_def *def)
{
    const char *name = vs_op_def_name(def);
    if (is_pattern(asked))
        return fnmatch(asked, name, 0) == 0;
    return vs_op_def_find(asked) ? strcmp(asked, name) == 0 : strncmp(asked, name, strlen(asked)) == 0;
}

/* Whether each name that was asked for is one of some op; says which is none. */
static bool check_names(const ops_call *call)
{
    bool found = true;
    for (size_t n = 0; n < call->num_names; n++) {
        size_t i = 0;
        while (i < vs_op_def_count() && !matches(call->names[n], vs_op_def_at(i)))
            i++;
        if (i < vs_op_def_count())
            continue;
        const vs_op_def *nearest = vs_op_def_nearest(call->names[n]);
        if (nearest)
            fprintf(stderr, "varscope: there is no op %s: did you mean %s?\n", call->names[n],
                    vs_op_def_name(nearest));
        else
            fprintf(stderr, "varscope: there is no op %s\n", call->names[n]);
        found = false;
    }
    return found;
}

static bool is_asked_for(const ops_call *call, const vs_op_def *def, bool *is_exact)
{
    bool asked = call->num_names == 0;
    *is_exact = false;
    for (size_t n = 0; n < call->num_names; n++) {
        asked |= matches(call->names[n], def);
        *is_exact |= strcmp(call->names[n], vs_op_def_name(def)) == 0;
    }
    return asked;
}

static void print_ops(const ops_call *call)
{
    bool is_first = true, is_exact;
    if (call->is_json)
        fputs("[\n", stdout);
    for (size_t i = 0; i < vs_op_def_count(); i++) {
        const vs_op_def *def = vs_op_def_at(i);
        if (!is_asked_for(call, def, &is_exact))
            continue;
        if (call->is_json)
            print_json(stdout, def, is_first);
        else if (is_exact)
            print_whole(stdout, def);
        else
            print_line_of(stdout, def);
        is_first = false;
    }
    if (call->is_json)
        fputs("\n]\n", stdout);
}

static int run_ops(int argc, char **argv)
{
    ops_call call = {.num_names = 0};
    if (!parse_options(argc, argv, &call))
        return CLI_WRONG;
    if (call.has_help)
        print_ops_help(stdout);
    else if (check_names(&call))
        print_ops(&call);
    else
        return CLI_FAILED;
    return cli_flush_output() ? CLI_DONE : CLI_NOT_WRITTEN;
}

const cli_command cli_ops = {
    .name = "ops",
    .summary = "list the ops that can be built, or describe one",
    .help = print_ops_help,
    .run = run_ops,
};
