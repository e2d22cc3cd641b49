/*
 * TensorFlow's C API in the rows of bench/micro: nodes AddV2 whose names the caller makes unique, as the C API does
 * not; from several threads into one graph, which has a lock; and the GraphDef.
 *
 *     cc -O2 tf_capi.c -I$TF/include -L$TF -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 -Wl,-rpath,$TF
 *
 * TF is the folder of the Python package tensorflow. `tf_capi build N` builds N nodes and nothing else: for callgrind.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include <tensorflow/c/c_api.h>

#include "peer.h"

enum { NODES = 40000 };

static void check(const TF_Status *status)
{
    if (TF_GetCode(status) == TF_OK)
        return;
    fprintf(stderr, "%s\n", TF_Message(status));
    exit(1);
}

static TF_Output placeholder(TF_Graph *graph, TF_Status *status, const char *name)
{
    const int64_t dims[] = {8, 8};
    TF_OperationDescription *description = TF_NewOperation(graph, "Placeholder", name);
    TF_SetAttrType(description, "dtype", TF_FLOAT);
    TF_SetAttrShape(description, "shape", dims, 2);
    TF_Output output = {TF_FinishOperation(description, status), 0};
    check(status);
    return output;
}

static TF_Output add(TF_Graph *graph, TF_Status *status, const char *name, TF_Output x, TF_Output y)
{
    TF_OperationDescription *description = TF_NewOperation(graph, "AddV2", name);
    TF_AddInput(description, x);
    TF_AddInput(description, y);
    TF_Output output = {TF_FinishOperation(description, status), 0};
    check(status);
    return output;
}

typedef struct job {
    TF_Graph *graph;
    int index;
    int count;
    pthread_barrier_t *barrier;
} job;

static void *build(void *given)
{
    job *self = given;
    TF_Status *status = TF_NewStatus();
    char name[64];
    snprintf(name, sizeof name, "tower_%d/x", self->index);
    TF_Output x = placeholder(self->graph, status, name);
    snprintf(name, sizeof name, "tower_%d/y", self->index);
    TF_Output y = placeholder(self->graph, status, name);
    if (self->barrier) {
        cpu_set_t processors;
        CPU_ZERO(&processors);
        CPU_SET((unsigned)(self->index % sysconf(_SC_NPROCESSORS_ONLN)), &processors);
        pthread_setaffinity_np(pthread_self(), sizeof processors, &processors);
        pthread_barrier_wait(self->barrier);
    }
    for (int i = 0; i < self->count; i++) {
        snprintf(name, sizeof name, "tower_%d/AddV2_%d", self->index, i);
        x = add(self->graph, status, name, x, y);
    }
    TF_DeleteStatus(status);
    return NULL;
}

/* Nanoseconds a node: of processor time on one thread, of wall time on several. */
static double measure_nodes(int threads, double *bytes)
{
    TF_Graph *graph = TF_NewGraph();
    pthread_t ids[8];
    job jobs[8];
    pthread_barrier_t barrier;
    double before = (double)mallinfo2().uordblks, start, nanoseconds;
    if (threads == 0) {
        job alone = {graph, 0, NODES, NULL};
        start = seconds(CLOCK_THREAD_CPUTIME_ID);
        build(&alone);
        nanoseconds = (seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e9 / NODES;
    } else {
        pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
        for (int i = 0; i < threads; i++) {
            jobs[i] = (job){graph, i, NODES / threads, &barrier};
            pthread_create(&ids[i], NULL, build, &jobs[i]);
        }
        pthread_barrier_wait(&barrier);
        start = seconds(CLOCK_MONOTONIC);
        for (int i = 0; i < threads; i++)
            pthread_join(ids[i], NULL);
        nanoseconds = (seconds(CLOCK_MONOTONIC) - start) * 1e9 / NODES;
        pthread_barrier_destroy(&barrier);
    }
    *bytes = ((double)mallinfo2().uordblks - before) / NODES;
    TF_DeleteGraph(graph);
    return nanoseconds;
}

static double measure_export(void)
{
    TF_Graph *graph = TF_NewGraph();
    TF_Status *status = TF_NewStatus();
    TF_Buffer *buffer = TF_NewBuffer();
    job alone = {graph, 0, NODES, NULL};
    build(&alone);
    double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    TF_GraphToGraphDef(graph, buffer, status);
    double nanoseconds = (seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e9 / NODES;
    check(status);
    TF_DeleteBuffer(buffer);
    TF_DeleteStatus(status);
    TF_DeleteGraph(graph);
    return nanoseconds;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "build") == 0) {
        job alone = {TF_NewGraph(), 0, atoi(argv[2]), NULL};
        build(&alone);
        return 0;
    }
    double node[REPEATS], bytes[REPEATS], one[REPEATS], two[REPEATS], export[REPEATS], ignored;
    for (int i = 0; i < REPEATS; i++) {
        node[i] = measure_nodes(0, &bytes[i]);
        one[i] = measure_nodes(1, &ignored);
        two[i] = measure_nodes(2, &ignored);
        export[i] = measure_export();
    }
    print_row(1, "node", "ns", "AddV2 of two tensors, its name given", node, REPEATS);
    print_row(0, "node.bytes", "bytes", "allocated a node", bytes, REPEATS);
    print_row(0, "towers.t1", "ns", "nodes from 1 thread: wall time a node", one, REPEATS);
    print_row(0, "towers.t2", "ns", "nodes from 2 threads: wall time a node", two, REPEATS);
    print_row(0, "export", "ns", "TF_GraphToGraphDef, a node", export, REPEATS);
    print_end();
    return 0;
}
