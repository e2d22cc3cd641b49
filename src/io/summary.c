/* The summary of a graph: its sizes, and the variables by scope. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <varscope/collection.h>
#include <varscope/summary.h>
#include <varscope/variable.h>

#include "error.h"
#include "memory.h"
#include "text.h"

/* Where the lines go. */
typedef struct printer {
    vs_write write;
    void *user;
    bool stopped; /* write said no */
} printer;

static void print(printer *out, const char *format, ...) VS_PRINTF(2, 3);

/* One line, or a part of one; a name that is very long is cut. */
static void print(printer *out, const char *format, ...)
{
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    size_t size = length < 0 ? 0 : (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    out->stopped = out->stopped || !out->write(line, size, out->user);
}

enum { SHAPE_SIZE = 64, NUMBER_SIZE = 32 };
enum { LABEL_WIDTH = 36, SHAPE_WIDTH = 18, DTYPE_WIDTH = 12, COUNT_WIDTH = 14, MOST_INDENT = 32 };

/* 1234567 as 1,234,567. */
static const char *grouped(int64_t number, char buffer[NUMBER_SIZE])
{
    char digits[NUMBER_SIZE];
    int length = snprintf(digits, sizeof digits, "%" PRId64, number);
    char *at = buffer;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return buffer;
}

/* The elements of a variable; 0 where its shape is not known. */
static int64_t num_parameters(const vs_variable *variable)
{
    int64_t count = vs_shape_num_elements(vs_variable_shape(variable));
    return count > 0 ? count : 0;
}

static int compare_names(const void *a, const void *b)
{
    const unsigned char *name_a = (const unsigned char *)vs_variable_name(*(vs_variable *const *)a);
    const unsigned char *name_b = (const unsigned char *)vs_variable_name(*(vs_variable *const *)b);
    /* A slash before all else, so that a scope's variables stand together: a/b, a_1. */
    for (; *name_a && *name_a == *name_b; name_a++, name_b++)
        ;
    int key_a = *name_a == '/' ? 1 : *name_a;
    int key_b = *name_b == '/' ? 1 : *name_b;
    return key_a - key_b;
}

/* The global variables, sorted by name. The array has room for as many as there are items, and is to be released. */
static vs_variable **sorted_variables(const vs_items *items, size_t *count)
{
    vs_variable **variables = vs__allocate((items->count + 1) * sizeof *variables);
    *count = 0;
    for (size_t i = 0; variables && i < items->count; i++)
        if (items->items[i].kind == VS_ITEM_VARIABLE)
            variables[(*count)++] = items->items[i].of.variable;
    if (variables)
        qsort(variables, *count, sizeof *variables, compare_names);
    return variables;
}

static void print_row(printer *out, size_t depth, const char *label, size_t length, const char *shape,
                      const char *dtype, int64_t parameters)
{
    char number[NUMBER_SIZE];
    int indent = (int)(2 * depth < MOST_INDENT ? 2 * depth : MOST_INDENT);
    print(out, "  %*s%-*.*s %-*s %-*s %*s\n", indent, "", LABEL_WIDTH - indent, (int)length, label,
            SHAPE_WIDTH, shape, DTYPE_WIDTH, dtype, COUNT_WIDTH, grouped(parameters, number));
}

/* The parameters of those variables, from the first on, whose names begin with a prefix of this length. */
static int64_t sum_of_scope(vs_variable *const *variables, size_t count, size_t length)
{
    const char *prefix = vs_variable_name(variables[0]);
    int64_t sum = 0;
    for (size_t i = 0; i < count && strncmp(vs_variable_name(variables[i]), prefix, length) == 0; i++)
        sum += num_parameters(variables[i]);
    return sum;
}

static void print_variable(printer *out, size_t depth, const char *leaf, const vs_variable *variable)
{
    char shape[SHAPE_SIZE];
    const char *colon = strchr(leaf, ':');
    vs_shape_format(vs_variable_shape(variable), shape, sizeof shape);
    print_row(out, depth, leaf, colon ? (size_t)(colon - leaf) : strlen(leaf), shape,
              vs_dtype_name(vs_dtype_base(vs_variable_dtype(variable))), num_parameters(variable));
}

/* A tree: each scope once, before what is in it; the names are sorted, so one pass does. */
static void print_variables(printer *out, vs_variable *const *variables, size_t count)
{
    const char *previous = "";
    for (size_t i = 0; i < count; i++) {
        const char *name = vs_variable_name(variables[i]);
        const char *part = name;
        size_t depth = 0;
        for (const char *slash; (slash = strchr(part, '/')) != NULL; part = slash + 1, depth++) {
            size_t length = (size_t)(slash - name) + 1;
            if (strncmp(previous, name, length) != 0)
                print_row(out, depth, part, (size_t)(slash - part) + 1, "", "",
                          sum_of_scope(variables + i, count - i, length));
        }
        print_variable(out, depth, part, variables[i]);
        previous = name;
    }
}

static void print_summary(printer *out, const vs_graph *graph, vs_variable *const *variables, size_t count)
{
    char number[NUMBER_SIZE];
    int64_t parameters = 0;
    for (size_t i = 0; i < count; i++)
        parameters += num_parameters(variables[i]);
    print(out, "nodes       %s\n", grouped((int64_t)vs_graph_num_operations(graph), number));
    print(out, "variables   %s\n", grouped((int64_t)count, number));
    print(out, "parameters  %s\n", grouped(parameters, number));
    if (!count)
        return;
    print(out, "\n  %-*s %-*s %-*s %*s\n", LABEL_WIDTH, "variables by scope", SHAPE_WIDTH, "shape", DTYPE_WIDTH, "dtype",
          COUNT_WIDTH, "parameters");
    print_variables(out, variables, count);
}

vs_status vs_graph_summarize(const vs_graph *graph, vs_write write, void *user, vs_error *error)
{
    vs_error own;
    vs_items items = {0, NULL};
    printer out = {write, user, false};
    if (!error)
        error = &own;
    memset(error, 0, sizeof *error);
    if (vs_graph_get_collection(graph, VS_GLOBAL_VARIABLES, NULL, &items) != VS_OK) {
        vs__fail_memory(error, NULL);
        return error->code;
    }
    size_t count, room = (items.count + 1) * sizeof(vs_variable *);
    vs_variable **variables = sorted_variables(&items, &count);
    if (variables)
        print_summary(&out, graph, variables, count);
    else
        vs__fail_memory(error, NULL);
    if (out.stopped)
        vs__fail(error, VS_UNAVAILABLE, NULL, "the summary could not be written");
    vs__release(variables, room);
    vs_items_free(&items);
    return error->code;
}
