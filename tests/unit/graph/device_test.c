/* Device names: parsed, merged field by field and written, as TensorFlow 2.21.0 does (each row was asked there). */
#include "device.h"
#include "test.h"

TestSuite(device, .timeout = 10);

/* What a name becomes inside another one, both as given; NULL: it is no device. */
static const char *merged(const char *outer, const char *inner)
{
    static char text[512];
    static char before[512];
    vs__device none, parsed, outside;
    cr_assert(vs__device_parse("", &none));
    if (!vs__device_parse(outer, &parsed))
        return NULL;
    outside = vs__device_merge(&none, &parsed);
    vs__device_format(&outside, before, sizeof before); /* a context keeps its device as text */
    cr_assert(vs__device_parse(before, &outside));
    if (!vs__device_parse(inner, &parsed))
        return NULL;
    vs__device merged = vs__device_merge(&outside, &parsed);
    size_t length = vs__device_format(&merged, text, sizeof text);
    cr_assert(length == strlen(text));
    return text;
}

Test(device, is_written_in_one_form)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"/", ""},
        {"//", ""},
        {"/job:ps", "/job:ps"},
        {"job:ps/", "/job:ps"},
        {"/job:ps//task:3", "/job:ps/task:3"},
        {"/task:007", "/task:7"},
        {"/replica:2", "/replica:2"},
        {"/gpu:0", "/device:GPU:0"},
        {"/Gpu:0", "/device:GPU:0"},
        {"gpu", "/device:GPU:*"},
        {"/gpu:*", "/device:GPU:*"},
        {"cpu:1", "/device:CPU:1"},
        {"/device:CPU:01", "/device:CPU:1"},
        {"/device:gpu:1", "/device:GPU:1"},
        {"/device:Cpu:0", "/device:Cpu:0"},
        {"/device:tpu:0", "/device:tpu:0"},
        {"/tpu:0", "/device:TPU:0"},
        {"/epu:0", "/device:EPU:0"},
        {"/custom:2", "/device:CUSTOM:2"},
        {"/device:XLA_GPU:2", "/device:XLA_GPU:2"},
        {"/device::0", "/device::0"},
        {"/device:*:*", "/device:*:*"},
        {"/job:", "/job:"},
        {"/job:x y", "/job:x y"},
        {"/task:99999999999", "/task:99999999999"},
        {"/device:GPU:0/task:1/replica:3/job:w", "/job:w/replica:3/task:1/device:GPU:0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_text(merged("", rows[i][0]), rows[i][1]);
}

Test(device, takes_the_last_of_a_field_given_twice_unless_it_is_the_type)
{
    assert_text(merged("", "/job:a/job:b"), "/job:b");
    assert_text(merged("", "/task:1/task:2"), "/task:2");
    assert_text(merged("", "/replica:1/replica:2"), "/replica:2");
    cr_assert_null(merged("", "/gpu:0/cpu:1"));
    cr_assert_null(merged("", "/cpu:0/device:GPU:1"));
}

Test(device, that_is_none_is_refused)
{
    static const char *const rows[] = {
        "/device:CPU", "/device:CPU:0:1", "/device:GPU:", "/device:GPU:x", "/device:GPU:-", "/JOB:a",  "/job",
        "/job:a:b",    "/foo",            "/foo:1",       "/xpu:0",        "/task:",         "/task:x", "/task:*",
        "/replica:*",  "/gpu:",           "/gpu:0:1",     "/gpu:1.0",      " /gpu:0",        "/ gpu:0", "/task:1:2:3:4:5",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_null(merged("", rows[i]), "%s", rows[i]);
        cr_assert_null(merged("/job:ps", rows[i]), "%s", rows[i]);
    }
}

Test(device, of_the_inner_block_wins_field_by_field)
{
    static const char *const rows[][3] = {
        {"/job:ps/task:1", "/gpu:0", "/job:ps/task:1/device:GPU:0"},
        {"/job:ps/task:1", "", "/job:ps/task:1"},
        {"/job:ps/task:1", "/", "/job:ps/task:1"},
        {"/job:ps/task:1", "/task:0", "/job:ps/task:0"},
        {"/job:ps", "/job:w/task:2", "/job:w/task:2"},
        {"/job:ps", "/job:", "/job:"},
        {"/gpu:0", "/cpu:1", "/device:CPU:1"},
        {"/gpu:0", "/job:ps", "/job:ps/device:GPU:0"},
        {"/device:CPU:3", "/device:GPU:*", "/device:GPU:3"},
        {"/gpu:1", "/gpu:*", "/device:GPU:1"},
        {"gpu", "/cpu:0", "/device:CPU:0"},
        {"/gpu:*", "/cpu", "/device:CPU:*"},
        {"/job:a/replica:1/task:2/device:GPU:3", "/replica:0", "/job:a/replica:0/task:2/device:GPU:3"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_text(merged(rows[i][0], rows[i][1]), rows[i][2]);
}

Test(device, that_does_not_fit_is_cut_and_counted)
{
    char text[8];
    vs__device device;
    cr_assert(vs__device_parse("/job:ps/task:1", &device));
    cr_assert(vs__device_format(&device, text, sizeof text) == strlen("/job:ps/task:1"));
    assert_text(text, "/job:ps");
    cr_assert(vs__device_format(&device, NULL, 0) == strlen("/job:ps/task:1"));
}

Test(device, of_any_bytes_is_parsed_without_going_astray)
{
    static const char parts[] = "/:*jobtaskgpudevice0129 \xff";
    uint64_t random = 7;
    for (int round = 0; round < 50000; round++) {
        char *text = malloc(24), again[64];
        size_t length = 0;
        for (; length < (size_t)round % 23; length++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[length] = parts[(random >> 33) % (sizeof parts - 1)];
        }
        text[length] = '\0';
        vs__device device, second;
        if (vs__device_parse(text, &device) && vs__device_format(&device, again, sizeof again) < sizeof again)
            cr_assert(vs__device_parse(again, &second), "\"%s\" became \"%s\", which is no device", text, again);
        free(text);
    }
}
