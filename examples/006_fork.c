/* Threads that build parts of one network, and a graph that does not depend on them.
 *
 * Four towers share their variables. The program builds them by 1, 2 and 4 threads, in any order, and looks whether
 * the graphs have the same bytes. The last part shows what a worker should not do, and how it is found. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <varscope/varscope.h>

enum { TOWERS = 4 };

/* ---- what a tower is ---- */

static vs_tensor dense(vs_tensor input, int64_t inputs, int64_t outputs, const char *name)
{
    vs_tensor result = {.kind = 0};
    VS_WITH_VARIABLE_SCOPE(name) {
        vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(inputs, outputs));
        vs_variable *b = vs_get_variable("b", .shape = VS_SHAPE(outputs), .initializer = vs_zeros_initializer());
        result = vs_relu(vs_bias_add(vs_matmul(input, vs_value(w)), vs_value(b)));
    }
    return result;
}

static void build_tower(void)
{
    vs_tensor x = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(-1, 4), .name = "x");
    vs_tensor hidden = dense(x, 4, 8, "hidden");
    vs_add_to_collection("logits", dense(hidden, 8, 2, "logits"));
}

/* ---- threads that run the workers of a fork ---- */

typedef struct team {
    vs_capture **workers;
    void (*build)(void);
    pthread_mutex_t lock;
    int taken;      /* guard: lock */
    vs_error error; /* the first one; guard: lock */
} team;

static int take(team *self, const vs_error *error)
{
    pthread_mutex_lock(&self->lock);
    if (!self->error.code)
        self->error = *error;
    int index = self->taken < TOWERS ? self->taken++ : -1;
    pthread_mutex_unlock(&self->lock);
    return index;
}

/* What a thread of a pool does: it enters one worker after another, and hands errors back as values. */
static void *work(void *argument)
{
    team *self = argument;
    vs_error error = {.code = VS_OK};
    int index;
    while ((index = take(self, &error)) >= 0)
        VS_TRY(&error)
            VS_WITH_CAPTURE(self->workers[TOWERS - 1 - index])
                self->build();
    return NULL;
}

/* Fork, and have some threads build. Any number of them makes the same graph. */
static void build_on_threads(int count, void (*build)(void))
{
    team all = {.workers = vs_fork(TOWERS, "tower_%d"), .build = build, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[TOWERS];
    if (!all.workers)
        return;
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, &all) != 0)
            abort();
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    vs_error_raise(&all.error);
    vs_captures_release(all.workers);
}

/* ---- graphs, and their bytes ---- */

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

static bool append(const void *data, size_t size, void *user)
{
    bytes *to = user;
    unsigned char *larger = realloc(to->data, to->size + size);
    if (!larger)
        return false;
    to->data = larger;
    memcpy(to->data + to->size, data, size);
    to->size += size;
    return true;
}

static vs_graph *build_graph(int count, void (*build)(void))
{
    vs_graph *graph = vs_graph_new();
    vs_error error;
    VS_TRY(&error)
        VS_WITH_GRAPH(graph)
            VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE, .regularizer = vs_l2_regularizer(0.1)) {
                vs_set_random_seed(1);
                build_on_threads(count, build);
            }
    if (error.code)
        printf("FAILED\n%s\n", error.message);
    return graph;
}

static bytes write_graph(const vs_graph *graph)
{
    bytes out = {NULL, 0};
    if (vs_graph_export(graph, VS_FORMAT_META_GRAPH_DEF, append, &out, NULL) != VS_OK)
        printf("FAILED to write the graph\n");
    return out;
}

static void print_collection(const vs_graph *graph, const char *key)
{
    vs_items items;
    vs_graph_get_collection(graph, key, NULL, &items);
    printf("%s:\n", key);
    for (size_t i = 0; i < items.count; i++) {
        char name[64];
        if (items.items[i].kind == VS_ITEM_VARIABLE)
            snprintf(name, sizeof name, "%s", vs_variable_name(items.items[i].of.variable));
        else
            vs_tensor_name(items.items[i].of.tensor, name, sizeof name);
        printf("  %s\n", name);
    }
    vs_items_free(&items);
}

/* ---- what depends on the schedule, and is found ---- */

static void build_by_name(void)
{
    /* Each tower wants to start the shared variable from another value: whoever is first has its way. */
    vs_get_variable("start", .shape = VS_SHAPE(2),
                    .initializer = strstr(vs_current_name_scope(), "tower_0") ? vs_ones_initializer()
                                                                             : vs_zeros_initializer());
}

static bool print_conflict(const vs_fork_conflict *conflict, void *user)
{
    (void)user;
    printf("  %s: %s differs\n", conflict->name, conflict->setting);
    return true;
}

int main(void)
{
    static const int threads[] = {1, 2, TOWERS};
    bytes first = {NULL, 0};
    for (int i = 0; i < 3; i++) {
        vs_graph *graph = build_graph(threads[i], build_tower);
        bytes written = write_graph(graph);
        if (i == 0) {
            first = written;
            print_collection(graph, "trainable_variables");
            print_collection(graph, "logits");
            print_collection(graph, "regularization_losses");
        } else {
            bool same = written.size == first.size && memcmp(written.data, first.data, first.size) == 0;
            printf("%d threads: %s\n", threads[i], same ? "the same bytes" : "OTHER BYTES");
            free(written.data);
        }
        if (vs_graph_num_fork_conflicts(graph))
            printf("FAILED: workers are in each other's way\n");
        vs_graph_release(graph);
    }
    free(first.data);

    vs_graph *graph = build_graph(2, build_by_name);
    printf("what depends on the schedule:\n");
    vs_graph_walk_fork_conflicts(graph, print_conflict, NULL);
    vs_graph_release(graph);
    return 0;
}
