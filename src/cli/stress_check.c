/* What a graph of the stress test must be at the end of a round: each variable once, and nothing else wrong. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "stress.h"

enum { LONGEST_NAME = 256 };

/* What a walk over the graph notes. */
typedef struct walk {
    const vs_graph *graph;
    stress_anomalies *anomalies;
    char **names; /* in lower case, as names are unique ignoring case */
    size_t count;
    size_t capacity;
    size_t variable_ops;
    size_t uses;
    bool is_out_of_memory;
} walk;

void stress_complain(stress_anomalies *anomalies, const char *format, ...)
{
    va_list arguments;
    if (anomalies->count++ >= STRESS_KEPT)
        return;
    char *text = anomalies->kept[anomalies->count - 1].text;
    size_t length = strlen(anomalies->where);
    memcpy(text, anomalies->where, length);
    va_start(arguments, format);
    vsnprintf(text + length, STRESS_ANOMALY_SIZE - length, format, arguments);
    va_end(arguments);
}

static bool keep_name(walk *self, const char *name)
{
    size_t size = strlen(name) + 1;
    if (self->count == self->capacity) {
        size_t capacity = self->capacity ? 2 * self->capacity : 1024;
        char **names = realloc(self->names, capacity * sizeof *names);
        if (!names)
            return false;
        self->names = names;
        self->capacity = capacity;
    }
    char *copy = malloc(size);
    if (!copy)
        return false;
    for (size_t i = 0; i < size; i++)
        copy[i] = (char)tolower((unsigned char)name[i]);
    self->names[self->count++] = copy;
    return true;
}

static bool visit(const vs_operation *operation, void *user)
{
    walk *self = user;
    char name[LONGEST_NAME];
    const char *type = vs_operation_type(operation);
    vs_operation_name(operation, name, sizeof name);
    if (vs_graph_find_operation(self->graph, name) != operation)
        stress_complain(self->anomalies, "node '%s' is not found by its name", name);
    for (uint32_t i = 0; i < vs_operation_num_inputs(operation); i++) {
        const vs_operation *input = vs_tensor_op(vs_operation_input(operation, i));
        if (!input || vs_operation_graph(input) != self->graph)
            stress_complain(self->anomalies, "node '%s' reads what is not in its graph", name);
    }
    const char *leaf = strrchr(name, '/');
    self->variable_ops += strcmp(type, "VariableV2") == 0 || strcmp(type, "VarHandleOp") == 0;
    self->uses += strcmp(type, "Identity") == 0 && strncmp(leaf ? leaf + 1 : name, "use", 3) == 0;
    self->is_out_of_memory = !keep_name(self, name);
    return !self->is_out_of_memory;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_nodes(walk *self, const stress_graph *graph, size_t variables)
{
    if (self->count)
        qsort(self->names, self->count, sizeof *self->names, compare_names);
    for (size_t i = 1; i < self->count; i++)
        if (strcmp(self->names[i - 1], self->names[i]) == 0)
            stress_complain(self->anomalies, "two nodes are named '%s'", self->names[i]);
    if (self->count != vs_graph_num_operations(self->graph))
        stress_complain(self->anomalies, "%zu nodes are counted, but %zu are there",
                        vs_graph_num_operations(self->graph), self->count);
    if (self->variable_ops != variables)
        stress_complain(self->anomalies, "%zu variables have %zu nodes", variables, self->variable_ops);
    size_t uses = atomic_load(&graph->uses);
    if (self->uses != uses)
        stress_complain(self->anomalies, "%zu uses of variables have %zu nodes", uses, self->uses);
}

/* ---- variables ---- */

static size_t count_collection(const vs_graph *graph, const char *key, stress_anomalies *anomalies)
{
    vs_items items;
    if (vs_graph_get_collection(graph, key, NULL, &items) != VS_OK) {
        stress_complain(anomalies, "collection '%s' cannot be read", key);
        return 0;
    }
    size_t count = items.count;
    vs_items_free(&items);
    return count;
}

static void check_name(const stress_graph *graph, const stress_name *name, stress_anomalies *anomalies)
{
    const stress_target *target = &graph->targets[name->number];
    const vs_variable *variable = atomic_load(&target->variable);
    unsigned created = atomic_load(&target->created);
    if (created != (variable != NULL))
        stress_complain(anomalies, "'%s' was created %u times, and %s", name->key, created,
                        variable ? "found" : "never found");
    if (vs_graph_find_variable(graph->graph, name->key) != variable)
        stress_complain(anomalies, "'%s' is not what its key finds", name->key);
}

/* Check each name; returns how many variables there are, slices instead of what is partitioned. */
static size_t check_names(const stress_graph *graph, size_t names, stress_anomalies *anomalies)
{
    size_t variables = 0, losses = 0;
    for (size_t i = 0; i < names; i++) {
        const stress_name name = stress_name_of(i, names);
        check_name(graph, &name, anomalies);
        if (!atomic_load(&graph->targets[i].variable))
            continue;
        variables += name.is_partitioned ? STRESS_SLICES : 1;
        losses += name.is_regularized;
    }
    size_t collected = count_collection(graph->graph, VS_GLOBAL_VARIABLES, anomalies);
    if (collected != variables)
        stress_complain(anomalies, "of %zu variables %zu are collected", variables, collected);
    collected = count_collection(graph->graph, VS_REGULARIZATION_LOSSES, anomalies);
    if (collected != losses)
        stress_complain(anomalies, "of %zu losses %zu are collected", losses, collected);
    return variables;
}

bool stress_check(const stress_graph *graph, size_t names, stress_census *census, stress_anomalies *anomalies)
{
    walk self = {.graph = graph->graph, .anomalies = anomalies};
    size_t variables = check_names(graph, names, anomalies);
    vs_graph_walk(graph->graph, visit, &self);
    if (!self.is_out_of_memory)
        check_nodes(&self, graph, variables);
    census->nodes += self.count;
    census->variables += variables;
    for (size_t i = 0; i < self.count; i++)
        free(self.names[i]);
    free(self.names);
    return !self.is_out_of_memory && stress_check_export(graph->graph, true, anomalies);
}
