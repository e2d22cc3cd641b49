/* Event files: records with their checksums, what the events hold, and the names of the files. */
#include <varscope/varscope.h>

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h" /* before graph_def.h, whose type `bytes` its parameters would hide */

#include "graph_def.h"
#include "test.h"
#include "varscope_graph.pb-c.h"

TestSuite(events, .timeout = 60);

/* ---- support ---- */

static vs_graph *graph;

static void open_graph(void)
{
    graph = vs_graph_new();
    VS_WITH_GRAPH(graph) {
        vs_tensor x = vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(-1, 3), .name = "x");
        vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(3, 4));
        vs_matmul(x, vs_value(w), .name = "y");
    }
}

static void close_graph(void)
{
    assert_ok();
    vs_graph_release(graph);
}

#define EventsTest(name) Test(events, name, .init = open_graph, .fini = close_graph)

/* CRC-32C bit by bit, as its polynomial says. */
static uint32_t crc32c(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

static uint64_t number_at(const uint8_t *data, size_t size)
{
    uint64_t number = 0;
    for (size_t i = size; i-- > 0;)
        number = number << 8 | data[i];
    return number;
}

static void assert_sum(const uint8_t *data, size_t size, const uint8_t *sum)
{
    uint32_t crc = crc32c(data, size);
    uint32_t masked = (crc >> 15 | crc << 17) + 0xa282ead8u;
    cr_assert(number_at(sum, 4) == masked, "a checksum of %zu bytes is wrong", size);
}

/* The event of the record at a place, which moves on. */
static vs__wire_reader next_event(const bytes *file, size_t *at)
{
    cr_assert(*at + 12 <= file->size, "no more records");
    const uint8_t *head = file->data + *at, *body = head + 12;
    size_t size = (size_t)number_at(head, 8);
    assert_sum(head, 8, head + 8);
    cr_assert(*at + 12 + size + 4 <= file->size, "a record is longer than the file");
    assert_sum(body, size, body + size);
    *at += 12 + size + 4;
    return vs__wire_read(body, size);
}

/* The field of an event that is not its time. */
static vs__wire_reader payload_of(vs__wire_reader event)
{
    cr_assert(vs__wire_next(&event) && event.field == 1 && event.type == VS__WIRE_FIXED64, "no time");
    cr_assert(vs__wire_next(&event), "nothing but a time");
    return event;
}

static bytes export_events(const vs_graph *of)
{
    bytes file = {0};
    vs_error error;
    vs_status status = vs_graph_export(of, VS_FORMAT_EVENTS, bytes_write, &file, &error);
    cr_assert(status == VS_OK, "%s", error.message);
    return file;
}

/* ---- contents ---- */

Test(events, the_checksum_here_is_crc_32c)
{
    cr_assert(crc32c((const uint8_t *)"123456789", 9) == 0xe3069283u);
}

EventsTest(a_file_has_its_version_the_graph_and_the_meta_graph)
{
    bytes file = export_events(graph);
    size_t at = 0;
    vs__wire_reader version = payload_of(next_event(&file, &at));
    cr_assert(version.field == 3 && version.size == 13 && memcmp(version.data, "brain.Event:2", 13) == 0);
    vs__wire_reader graph_def = payload_of(next_event(&file, &at));
    cr_assert(graph_def.field == 4);
    Vs__Pb__GraphDef *read = vs__pb__graph_def__unpack(NULL, graph_def.size, graph_def.data);
    cr_assert(read && read->n_node == vs_graph_num_operations(graph));
    vs__wire_reader meta = payload_of(next_event(&file, &at));
    cr_assert(meta.field == 9);
    Vs__Pb__MetaGraphDef *whole = vs__pb__meta_graph_def__unpack(NULL, meta.size, meta.data);
    cr_assert(whole && whole->graph_def->n_node == read->n_node && whole->n_collection_def == 2);
    cr_assert(at == file.size, "something follows");
    protobuf_c_message_free_unpacked(&read->base, NULL);
    protobuf_c_message_free_unpacked(&whole->base, NULL);
    bytes_free(&file);
}

EventsTest(nodes_in_events_say_the_shapes_of_their_outputs)
{
    bytes file = export_events(graph);
    size_t at = 0;
    next_event(&file, &at);
    vs__wire_reader graph_def = payload_of(next_event(&file, &at));
    Vs__Pb__GraphDef *read = vs__pb__graph_def__unpack(NULL, graph_def.size, graph_def.data);
    const Vs__Pb__NodeDef *y = read->node[read->n_node - 1];
    assert_text(y->name, "y");
    const Vs__Pb__AttrValue *shapes = NULL;
    for (size_t i = 0; i < y->n_attr; i++)
        if (strcmp(y->attr[i]->key, "_output_shapes") == 0)
            shapes = y->attr[i]->value;
    cr_assert(shapes && shapes->list->n_shape == 1 && shapes->list->shape[0]->n_dim == 2);
    cr_assert(shapes->list->shape[0]->dim[0]->size == -1 && shapes->list->shape[0]->dim[1]->size == 4);
    protobuf_c_message_free_unpacked(&read->base, NULL);
    bytes_free(&file);
}

Test(events, a_graph_larger_than_the_buffers_has_the_same_form)
{
    vs_graph *large = vs_graph_new();
    VS_WITH_GRAPH(large)
        for (int i = 0; i < 5000; i++)
            vs_no_op("a/rather/long/name/of/a/node");
    bytes file = export_events(large);
    size_t at = 0, records = 0;
    for (; at < file.size; records++)
        next_event(&file, &at);
    cr_assert(records == 3);
    cr_assert(file.size > 3 * 128 * 1024, "%zu bytes are not more than the buffers", file.size);
    bytes_free(&file);
    vs_graph_release(large);
}

static bool stop_late(const void *data, size_t size, void *user)
{
    size_t *left = user;
    (void)data;
    bool fits = size <= *left;
    *left -= fits ? size : 0;
    return fits;
}

EventsTest(a_writer_that_says_no_stops_the_export)
{
    vs_error error;
    size_t left = 10;
    cr_assert(vs_graph_export(graph, VS_FORMAT_EVENTS, stop_late, &left, &error) == VS_UNAVAILABLE);
}

/* ---- names ---- */

EventsTest(a_directory_is_told_by_its_slash_or_by_being_one)
{
    char folder[] = "/tmp/varscope-XXXXXX";
    cr_assert(mkdtemp(folder));
    cr_assert(vs_format_of("logs/") == VS_FORMAT_EVENTS);
    cr_assert(vs_format_of("x.pb/") == VS_FORMAT_EVENTS);
    cr_assert(vs_format_of(folder) == VS_FORMAT_EVENTS);
    cr_assert(vs_format_of("no-such-directory") == VS_FORMAT_NONE);
    cr_assert(rmdir(folder) == 0);
}

EventsTest(each_write_makes_a_file_of_its_own_and_leaves_nothing_else)
{
    char folder[] = "/tmp/varscope-XXXXXX", run[64], path[512];
    vs_error error;
    cr_assert(mkdtemp(folder));
    snprintf(run, sizeof run, "%s/deep/run//", folder);
    for (int i = 0; i < 3; i++)
        cr_assert(vs_graph_write(graph, run, &error) == VS_OK, "%s", error.message);
    int files = 0;
    DIR *open = opendir(run);
    for (struct dirent *entry; (entry = readdir(open)) != NULL;) {
        if (entry->d_name[0] == '.' && strchr("./", entry->d_name[1] ? entry->d_name[1] : '/'))
            continue;
        cr_assert(strncmp(entry->d_name, "events.out.tfevents.", 20) == 0, "%s", entry->d_name);
        snprintf(path, sizeof path, "%s/%s", run, entry->d_name);
        cr_assert(unlink(path) == 0);
        files++;
    }
    closedir(open);
    cr_assert(files == 3);
    cr_assert(rmdir(run) == 0);
    snprintf(run, sizeof run, "%s/deep", folder);
    cr_assert(rmdir(run) == 0 && rmdir(folder) == 0);
}

EventsTest(a_directory_that_cannot_be_made_is_told)
{
    vs_error error;
    char path[16];
    cr_assert(vs_graph_write(graph, "/dev/null/logs/", &error) == VS_UNAVAILABLE);
    cr_assert(strstr(error.message, "/dev/null/logs/"), "%s", error.message);
    cr_assert(vs_events_path("", path, sizeof path, &error) == VS_INVALID_ARGUMENT);
    cr_assert(vs_events_path("/tmp", path, sizeof path, &error) == VS_INVALID_ARGUMENT, "sixteen bytes are too few");
    cr_assert(vs_events_path("/a/longer/one/than/that", path, sizeof path, NULL) == VS_INVALID_ARGUMENT);
}
