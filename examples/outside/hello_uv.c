/* A program of your own on libuv, with nothing but the installed libraries: a job of the pool builds. */
#include <stdio.h>
#include <varscope/uv.h>
#include <varscope/varscope.h>

static void build(vs_uv_work *work)
{
    vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(2, 3));
    vs_tensor_format(vs_multiply(vs_value(w), vs_real(2)), work->data, 128);
}

static void built(vs_uv_work *work, const vs_error *error)
{
    puts(error->code ? error->message : (const char *)work->data);
}

int main(void)
{
    char text[128] = "";
    vs_uv_work work = {.data = text};
    uv_loop_t loop;
    vs_graph *graph = vs_graph_new();
    uv_loop_init(&loop);
    VS_WITH_GRAPH(graph)
        VS_WITH_VARIABLE_SCOPE("hello")
            vs_uv_queue_work(&loop, &work, build, built);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    vs_graph_release(graph);
    return 0;
}
