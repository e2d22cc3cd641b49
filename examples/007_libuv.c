/* Jobs on libuv's thread pool: each runs in the scopes of whoever queued it, and hands its error back as a value.
 *
 * The loop is the program's own. What follows a job runs on the loop's thread; this program prints at its end, in the
 * order of its jobs, as they end in any order. */
#include <stdio.h>
#include <varscope/uv.h>
#include <varscope/varscope.h>

enum { NUM_JOBS = 6 };

typedef struct job {
    vs_uv_work work;
    int number;
    int64_t width;
    char said[128]; /* out: what it built */
    vs_error error; /* out: what went wrong */
} job;

/* ---- on the threads of the pool ---- */

/* All share net/w. An error is left pending, as anywhere. */
static void build_tower(vs_uv_work *work)
{
    job *self = work->data;
    char name[16];
    snprintf(name, sizeof name, "tower_%d", self->number);
    VS_WITH_NAME_SCOPE(name) {
        vs_tensor x = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(-1, 3), .name = "x");
        vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(3, self->width));
        vs_tensor y = vs_matmul(x, vs_value(w), .name = "y");
        if (!vs_pending())
            vs_tensor_format(y, self->said, sizeof self->said);
    }
}

/* A job with a fault: what it enters by hand, it does not leave. */
static void forget_to_leave(vs_uv_work *work)
{
    (void)work;
    vs_enter_name_scope_with(&(vs_name_scope_args){.name = "forgotten"});
    vs_no_op("inside");
}

/* default_name counts anew in each job: nothing is left of what ran on the thread before. */
static void use_a_default_name(vs_uv_work *work)
{
    job *self = work->data;
    VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "layer")
        snprintf(self->said, sizeof self->said, "variable scope '%s'",
                 vs_variable_scope_name(vs_get_variable_scope()));
}

/* ---- on the loop's thread ---- */

static void note(vs_uv_work *work, const vs_error *error)
{
    job *self = work->data;
    self->error = *error; /* it lies in the work, which is ours again */
}

static void queue_jobs(uv_loop_t *loop, job jobs[NUM_JOBS])
{
    static const struct {
        vs_uv_work_cb run;
        int64_t width;
    } plan[NUM_JOBS] = {{build_tower, 4},     {build_tower, 4},        {build_tower, 5},
                        {forget_to_leave, 0}, {use_a_default_name, 0}, {use_a_default_name, 0}};
    for (int i = 0; i < NUM_JOBS; i++) {
        jobs[i] = (job){.work.data = &jobs[i], .number = i, .width = plan[i].width};
        vs_uv_queue_work(loop, &jobs[i].work, plan[i].run, note);
    }
}

int main(void)
{
    static job jobs[NUM_JOBS];
    uv_loop_t loop;
    vs_error error;
    vs_graph *graph = vs_graph_new();
    uv_loop_init(&loop);
    VS_TRY(&error)
        VS_WITH_GRAPH(graph)
            VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE) {
                vs_get_variable("w", .shape = VS_SHAPE(3, 4));
                queue_jobs(&loop, jobs);
            }
    uv_run(&loop, UV_RUN_DEFAULT);
    for (int i = 0; i < NUM_JOBS; i++)
        printf("job %d: %s\n", i, jobs[i].error.code ? jobs[i].error.message : jobs[i].said);
    printf("variables of net: %s\n", vs_graph_find_variable(graph, "net/w") ? "net/w" : "none");
    if (error.code)
        printf("FAILED\n%s\n", error.message);
    uv_loop_close(&loop);
    vs_graph_release(graph);
    return error.code ? 1 : 0;
}
