/* A server that embeds the library: each connection builds a subgraph of one graph, all share its variables.
 *
 *     server CONNECTIONS OUT.pb      serve so many connections on 127.0.0.1, then write the graph
 *
 * A client sends lines, one at a time, and gets a line for each:
 *
 *     (at first)         client NUMBER              its nodes are client_NUMBER/...
 *     scope NAME         ok NAME                    enter a variable scope, until `leave`
 *     leave              ok                         leave the innermost one
 *     dense UNITS        ok TENSOR                  a layer on what the last one gave; variables are shared by name
 *     nodes              ok COUNT                   how many nodes the client has
 *     quit               ok                         and the connection ends
 *     (what failed)      error CODE MESSAGE
 *
 * The loop's thread reads and answers, the threads of libuv's pool build. A connection's scopes stay from one line to
 * the next in its vs_uv_context; jobs take them along. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <varscope/uv.h>
#include <varscope/varscope.h>

enum { LONGEST_LINE = 256, LONGEST_ANSWER = VS_ERROR_MESSAGE_SIZE + 64, MOST_SCOPES = 16, INPUTS = 8 };

typedef struct server {
    uv_loop_t loop;
    uv_tcp_t listener;
    vs_graph *graph;
    int most; /* connections to serve */
    int accepted;
    int ended;
} server;

typedef struct connection {
    server *server;
    uv_tcp_t socket;
    vs_uv_context context;
    vs_uv_work work;
    uv_write_t write;
    int number;
    char input[LONGEST_LINE]; /* what came and is no whole line yet */
    size_t used;
    char answer[LONGEST_ANSWER];
    vs_frame scopes[MOST_SCOPES]; /* entered by `scope` */
    int num_scopes;
    vs_tensor value; /* what the last layer gave */
    int64_t units;   /* of a layer that is asked for */
    int open;        /* socket and context, until both are closed */
    bool is_over;    /* to be closed after the answer */
} connection;

static void serve_next(connection *self);

/* ---- the end of a connection ---- */

static void end(connection *self)
{
    server *of = self->server;
    if (--self->open)
        return;
    free(self);
    if (++of->ended == of->most)
        uv_close((uv_handle_t *)&of->listener, NULL);
}

static void on_socket_closed(uv_handle_t *handle)
{
    end(handle->data);
}

static void on_context_closed(vs_uv_context *context)
{
    end(context->data);
}

/* A job that is on its way is waited for, and its answer goes nowhere. */
static void close_connection(connection *self)
{
    if (vs_uv_context_close(&self->context, on_context_closed) == VS_OK)
        uv_close((uv_handle_t *)&self->socket, on_socket_closed);
}

/* ---- answers ---- */

static void on_written(uv_write_t *write, int status)
{
    connection *self = write->data;
    if (status < 0 || self->is_over)
        close_connection(self);
    else
        serve_next(self);
}

/* Send what stands in answer; without a word where the client is gone. */
static void send_answer(connection *self)
{
    uv_buf_t line = uv_buf_init(self->answer, (unsigned)strlen(self->answer));
    self->write.data = self;
    if (vs_uv_context_is_closing(&self->context))
        return;
    if (uv_write(&self->write, (uv_stream_t *)&self->socket, &line, 1, on_written) != 0)
        close_connection(self);
}

static void answer(connection *self, const vs_error *error, const char *text)
{
    if (error->code)
        snprintf(self->answer, sizeof self->answer, "error %s %s\n", vs_status_name(error->code), error->message);
    else
        snprintf(self->answer, sizeof self->answer, "ok%s%s\n", text[0] ? " " : "", text);
    send_answer(self);
}

/* ---- building: on the threads of the pool ---- */

static void build_dense(vs_uv_work *work)
{
    connection *self = work->data;
    int64_t inputs = vs_tensor_shape(self->value).dims[1];
    vs_variable *weights = vs_get_variable("weights", .shape = VS_SHAPE(inputs, self->units));
    vs_variable *biases = vs_get_variable("biases", .shape = VS_SHAPE(self->units),
                                          .initializer = vs_zeros_initializer());
    vs_tensor layer = vs_relu(vs_bias_add(vs_matmul(self->value, vs_value(weights)), vs_value(biases)));
    if (!vs_pending())
        self->value = layer;
}

/* On the loop's thread again. */
static void on_dense_built(vs_uv_work *work, const vs_error *error)
{
    connection *self = work->data;
    char text[LONGEST_LINE] = "";
    if (!error->code)
        vs_tensor_name(self->value, text, sizeof text);
    answer(self, error, text);
}

/* ---- lines: on the loop's thread ---- */

static void enter_scope(connection *self, const char *name, vs_error *error)
{
    VS_WITH_UV_CONTEXT(&self->context)
        VS_TRY(error) {
            if (self->num_scopes == MOST_SCOPES)
                vs_raise(VS_RESOURCE_EXHAUSTED, "at most %d scopes", MOST_SCOPES);
            vs_frame frame = vs_enter_variable_scope_with(&(vs_variable_scope_args){.name = name});
            if (frame.context)
                self->scopes[self->num_scopes++] = frame;
        }
}

static void leave_scope(connection *self, vs_error *error)
{
    VS_WITH_UV_CONTEXT(&self->context)
        VS_TRY(error) {
            if (self->num_scopes)
                vs_leave(self->scopes[--self->num_scopes]);
            else
                vs_raise(VS_FAILED_PRECONDITION, "no scope is entered");
        }
}

/* The layer's scope is entered here, as the counters of default_name are the connection's: in a job they begin anew. */
static void queue_dense(connection *self, const char *units)
{
    vs_error error = {.code = VS_OK};
    char *end_of_number;
    self->units = strtol(units, &end_of_number, 10);
    self->work.data = self;
    VS_WITH_UV_CONTEXT(&self->context)
        VS_TRY(&error) {
            if (!units[0] || *end_of_number || self->units < 1 || self->units > 65536)
                vs_raise(VS_INVALID_ARGUMENT, "dense takes a number of units, 1 to 65536");
            VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "dense")
                vs_uv_queue_work(&self->server->loop, &self->work, build_dense, on_dense_built,
                                 .context = &self->context);
        }
    if (error.code)
        answer(self, &error, "");
}

static bool count_node(const vs_operation *operation, void *user)
{
    (void)operation;
    ++*(int *)user;
    return true;
}

static void serve_line(connection *self, char *line)
{
    vs_error error = {.code = VS_OK};
    char text[LONGEST_LINE] = "";
    char *argument = line + strcspn(line, " ");
    if (*argument)
        *argument++ = '\0';
    if (strcmp(line, "dense") == 0) {
        queue_dense(self, argument);
        return;
    }
    if (strcmp(line, "scope") == 0) {
        enter_scope(self, argument, &error);
        snprintf(text, sizeof text, "%s", argument);
    } else if (strcmp(line, "leave") == 0) {
        leave_scope(self, &error);
    } else if (strcmp(line, "nodes") == 0) {
        int count = 0;
        char scope[32];
        snprintf(scope, sizeof scope, "client_%d", self->number);
        vs_graph_walk_scope(self->server->graph, scope, count_node, &count);
        snprintf(text, sizeof text, "%d", count);
    } else if (strcmp(line, "quit") == 0) {
        self->is_over = true;
    } else {
        error.code = VS_UNIMPLEMENTED;
        snprintf(error.message, sizeof error.message, "scope, leave, dense, nodes or quit");
    }
    answer(self, &error, text);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    connection *self = handle->data;
    (void)suggested;
    *out = uv_buf_init(self->input + self->used, (unsigned)(sizeof self->input - self->used));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    connection *self = stream->data;
    (void)buffer;
    if (size < 0) { /* the client is gone, or its line is too long for the buffer */
        close_connection(self);
        return;
    }
    self->used += (size_t)size;
    uv_read_stop(stream);
    serve_next(self);
}

/* Serve the next line if it is there, else read on. A line is answered before the next one is looked at. */
static void serve_next(connection *self)
{
    char line[LONGEST_LINE];
    char *newline = memchr(self->input, '\n', self->used);
    if (!newline) {
        if (uv_read_start((uv_stream_t *)&self->socket, on_alloc, on_read) != 0)
            close_connection(self);
        return;
    }
    size_t size = (size_t)(newline - self->input) + 1;
    memcpy(line, self->input, size - 1);
    line[size - 1] = '\0';
    self->used -= size;
    memmove(self->input, newline + 1, self->used);
    serve_line(self, line);
}

/* ---- connections ---- */

/* The context begins in the client's name scope, and in the variable scope that all share. */
static void open_context(connection *self, vs_error *error)
{
    char name[32];
    snprintf(name, sizeof name, "client_%d", self->number);
    VS_TRY(error)
        VS_WITH_GRAPH(self->server->graph)
            VS_WITH_VARIABLE_SCOPE("net", .reuse = VS_AUTO_REUSE, .auxiliary_name_scope = VS_FALSE)
                VS_WITH_NAME_SCOPE(name) {
                    self->value = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(-1, INPUTS), .name = "x");
                    vs_uv_context_init(&self->server->loop, &self->context, NULL);
                }
}

static void on_connection(uv_stream_t *listener, int status)
{
    server *of = listener->data;
    connection *self = status == 0 && of->accepted < of->most ? calloc(1, sizeof *self) : NULL;
    vs_error error;
    if (!self)
        return;
    self->server = of;
    self->number = of->accepted;
    self->open = 2;
    uv_tcp_init(&of->loop, &self->socket);
    self->socket.data = self;
    self->context.data = self;
    open_context(self, &error);
    if (error.code || uv_accept(listener, (uv_stream_t *)&self->socket) != 0) {
        fprintf(stderr, "server: a connection is refused: %s\n", error.message);
        self->open = error.code ? 1 : 2;
        uv_close((uv_handle_t *)&self->socket, on_socket_closed);
        if (!error.code)
            vs_uv_context_close(&self->context, on_context_closed);
    } else {
        snprintf(self->answer, sizeof self->answer, "client %d\n", self->number);
        send_answer(self);
    }
    of->accepted++;
}

/* Listen on a port that the system chooses, and say which. */
static int listen_here(server *self)
{
    struct sockaddr_in address;
    int size = sizeof address;
    uv_tcp_init(&self->loop, &self->listener);
    self->listener.data = self;
    uv_ip4_addr("127.0.0.1", 0, &address);
    int status = uv_tcp_bind(&self->listener, (const struct sockaddr *)&address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&self->listener, 128, on_connection);
    if (status == 0)
        status = uv_tcp_getsockname(&self->listener, (struct sockaddr *)&address, &size);
    if (status == 0) {
        printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
        fflush(stdout);
    } else {
        fprintf(stderr, "server: %s\n", uv_strerror(status));
        uv_close((uv_handle_t *)&self->listener, NULL);
    }
    return status;
}

static void print_variables(const vs_graph *graph)
{
    char text[256];
    vs_items items;
    if (vs_graph_get_collection(graph, VS_GLOBAL_VARIABLES, NULL, &items) != VS_OK)
        return;
    printf("%zu nodes, %zu variables\n", vs_graph_num_operations(graph), items.count);
    for (size_t i = 0; i < items.count; i++) {
        vs_variable_format(items.items[i].of.variable, text, sizeof text);
        printf("%s\n", text);
    }
    vs_items_free(&items);
}

int main(int argc, char **argv)
{
    static server self;
    vs_error error = {.code = VS_OK};
    self.most = argc == 3 ? atoi(argv[1]) : 0;
    if (self.most < 1) {
        fprintf(stderr, "server CONNECTIONS OUT.pb\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); /* a client that is gone is an error of its connection */
    self.graph = vs_graph_new();
    uv_loop_init(&self.loop);
    int status = listen_here(&self);
    uv_run(&self.loop, UV_RUN_DEFAULT);
    if (status == 0) {
        print_variables(self.graph);
        vs_graph_write(self.graph, argv[2], &error);
    }
    if (error.code)
        fprintf(stderr, "server: %s\n", error.message);
    uv_loop_close(&self.loop);
    vs_graph_release(self.graph);
    return status || error.code ? 1 : 0;
}
