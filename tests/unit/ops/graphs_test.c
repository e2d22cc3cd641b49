/*
 * The graphs that the builders make, byte for byte those of TensorFlow's Python functions.
 *
 * Each function here has its twin in tests/oracle/ops_graph.py, call by call; what TensorFlow made of that is in
 * tests/data/ops/NAME.pbtxt.
 */
#include <varscope/varscope.h>

#include <stdio.h>
#include <stdlib.h>

#include "graph_def.h"
#include "test.h"

TestSuite(ops_graphs, .timeout = 30);

/* ---- support ---- */

static char *read_file(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/ops/%s.pbtxt", VS_TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s is not there", path);
    cr_assert(fseek(file, 0, SEEK_END) == 0);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    cr_assert(text && fread(text, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
    return text;
}

/* The line in which two texts part. */
static int line_of_difference(const char *a, const char *b)
{
    int line = 1;
    for (; *a && *a == *b; a++, b++)
        line += *a == '\n';
    return line;
}

static void compare(const char *name, void (*build)(void))
{
    vs_graph *graph = vs_graph_new();
    vs_error error;
    VS_WITH_GRAPH(graph)
        build();
    bool failed = vs_error_take(&error);
    cr_assert(!failed, "%s: %s", vs_status_name(error.code), error.message);
    bytes made = {0};
    cr_assert(vs_graph_export(graph, VS_FORMAT_GRAPH_DEF_TEXT, bytes_write, &made, &error) == VS_OK);
    cr_assert(bytes_write("", 1, &made));
    char *wanted = read_file(name);
    const char *text = (const char *)made.data;
    int line = line_of_difference(text, wanted);
    cr_assert(strcmp(text, wanted) == 0, "%s: line %d is another than TensorFlow's:\n%s", name, line, text);
    free(wanted);
    bytes_free(&made);
    vs_graph_release(graph);
}

#define GraphTest(name)                                                                                       \
    static void name(void);                                                                                   \
    Test(ops_graphs, name)                                                                                    \
    {                                                                                                         \
        compare(#name, name);                                                                                 \
    }                                                                                                         \
    static void name(void)

static vs_tensor placeholder(vs_dtype dtype, vs_shape shape, const char *name)
{
    return vs_placeholder(dtype, .shape = shape, .name = name);
}

static void floats(vs_tensor *x, vs_tensor *y)
{
    *x = placeholder(VS_FLOAT32, VS_SHAPE(-1, 3), "x");
    *y = placeholder(VS_FLOAT32, VS_SHAPE(2, 3), "y");
}

/* ---- elementwise ---- */

GraphTest(unary)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_tensor z = placeholder(VS_COMPLEX64, VS_SHAPE(2), "z"), i = placeholder(VS_INT32, VS_SHAPE(2), "i");
    vs_negative(x);
    vs_abs(x);
    vs_abs(z);
    vs_abs(z, .name = "modulus");
    vs_sign(x);
    vs_square(x);
    vs_sqrt(x);
    vs_rsqrt(x);
    vs_reciprocal(x);
    vs_exp(x);
    vs_log(x);
    vs_log1p(x);
    vs_sin(x);
    vs_cos(x);
    vs_tanh(x);
    vs_sigmoid(x);
    vs_erf(x);
    vs_floor(x);
    vs_ceil(x);
    vs_round(x);
    vs_identity(vs_round(i), .name = "same");
    vs_is_nan(x);
    vs_logical_not(vs_is_finite(x));
    vs_stop_gradient(x);
    vs_relu(x);
    vs_relu6(x);
    vs_elu(x);
    vs_selu(x);
    vs_softplus(x);
    vs_softsign(x);
    vs_softmax(x);
    vs_log_softmax(x, .name = "logs");
}

GraphTest(unary_of_literals)
{
    const vs_literal matrix = {VS_LITERAL_REALS, 2, (const int64_t[]){1, 1}, (const double[]){1.0}};
    const vs_literal ints = {VS_LITERAL_INTS, 2, (const int64_t[]){1, 2}, (const int64_t[]){1, 2}};
    vs_square(vs_real(2.0));
    vs_tanh(VS_REALS(1.0, 2.0));
    vs_abs(vs_int(-1));
    vs_sign(vs_real(-1.5));
    vs_sigmoid(vs_real(0.5), .name = "s");
    vs_round(vs_real(1.5));
    vs_softmax(VS_REALS(1.0, 2.0));
    vs_relu6(vs_real(7.0));
    vs_rank(vs_literal_tensor(&matrix));
    vs_size(VS_INTS(1, 2, 3));
    vs_shape_of(vs_literal_tensor(&ints));
}

GraphTest(binary)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_maximum(x, y);
    vs_minimum(x, vs_real(0.0));
    vs_pow(x, vs_int(2));
    vs_pow(vs_real(2.0), x, .name = "p");
    vs_squared_difference(x, y);
    vs_realdiv(x, y);
    vs_div_no_nan(x, y);
    vs_mod(x, y);
    vs_floordiv(x, vs_real(2.0));
    vs_truediv(x, y);
    vs_divide(x, y);
    vs_divide(x, y, .name = "quotient");
    vs_divide(vs_real(1.0), x);
    vs_less(x, y);
    vs_less_equal(x, vs_real(1.0));
    vs_greater(x, y);
    vs_greater_equal(x, y);
    vs_equal(x, y);
    vs_tensor a = vs_not_equal(x, y);
    vs_tensor b = vs_equal(vs_real(1.0), x);
    vs_logical_and(a, b);
    vs_logical_or(a, b);
    vs_logical_xor(a, b);
    vs_logical_xor(a, b, .name = "either");
}

GraphTest(operators)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_tensor i = placeholder(VS_INT32, VS_SHAPE(2), "i"), j = placeholder(VS_INT32, VS_SHAPE(2), "j");
    vs_plus(x, y);
    vs_minus(x, vs_real(1.0));
    vs_minus(vs_int(1), x);
    vs_times(vs_real(0.5), x);
    vs_times(x, y);
    vs_over(x, y);
    vs_over(vs_real(1.0), x);
    vs_over(i, j);
    vs_floor_over(i, vs_int(2));
    vs_remainder(vs_int(7), i);
    vs_to_the(x, vs_int(2));
    vs_matrix_times(y, vs_transpose(x));
    vs_and(i, j);
    vs_or(i, vs_int(1));
    vs_xor(i, j);
    vs_invert(i);
    vs_tensor a = vs_less(i, j);
    vs_tensor b = vs_greater_equal(i, vs_int(0));
    vs_and(a, b);
    vs_or(a, b);
    vs_xor(a, b);
    vs_invert(a);
    vs_times(a, b);
}

GraphTest(operators_of_variables)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_tensor ref = vs_value(vs_get_variable("ref", .shape = VS_SHAPE(3), .use_resource = VS_FALSE,
                                             .initializer = vs_zeros_initializer()));
    vs_tensor resource = vs_value(vs_get_variable("resource", .shape = VS_SHAPE(3), .use_resource = VS_TRUE,
                                                  .initializer = vs_zeros_initializer()));
    vs_minus(ref, x);
    vs_times(x, resource);
    vs_over(resource, vs_real(2.0));
    vs_times(vs_real(2.0), resource);
    vs_square(resource);
    vs_gather(ref, VS_INTS(0, 1));
    vs_gather(resource, VS_INTS(0, 1));
    vs_cast(ref, .dtype = VS_FLOAT32);
    vs_cast(resource, .dtype = VS_INT32);
    vs_reduce_mean(resource);
}

/* ---- dimensions ---- */

GraphTest(reductions)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_tensor u = placeholder(VS_FLOAT32, VS_UNKNOWN_SHAPE, "u");
    vs_reduce_sum(x, .axis = vs_int(-1), .keepdims = true);
    vs_reduce_mean(x, .axis = VS_INTS(0, 1));
    vs_reduce_max(x);
    vs_reduce_min(x, .axis = vs_int(1), .name = "least");
    vs_reduce_prod(x, .keepdims = true);
    vs_reduce_mean(u);
    vs_reduce_max(u, .name = "most");
    vs_tensor a = vs_less(x, vs_real(0.0));
    vs_reduce_all(a);
    vs_reduce_any(a, .axis = vs_int(0));
    vs_reduce_any(vs_less(u, vs_real(0.0)));
    vs_reduce_sum(VS_REALS(1.0, 2.0));
}

static const vs_literal paddings = {VS_LITERAL_INTS, 2, (const int64_t[]){2, 2}, (const int64_t[]){1, 1, 0, 2}};

GraphTest(shapes)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_tensor u = placeholder(VS_FLOAT32, VS_UNKNOWN_SHAPE, "u");
    vs_tensor empty = placeholder(VS_FLOAT32, VS_SHAPE(-1, 0), "empty");
    vs_shape_of(x);
    vs_shape_of(y);
    vs_shape_of(x, .out_type = VS_INT64, .name = "s");
    vs_shape_of(placeholder(VS_FLOAT32, VS_SCALAR, "scalar"));
    vs_size(x);
    vs_size(y);
    vs_size(empty);
    vs_rank(x);
    vs_rank(u);
    vs_reshape(x, VS_INTS(-1));
    vs_reshape(x, VS_INTS(-1, 3, 1), .name = "r");
    vs_expand_dims(x, vs_int(0));
    vs_expand_dims(x, vs_int(-1), .name = "e");
    vs_squeeze(placeholder(VS_FLOAT32, VS_SHAPE(1, 3, 1), "ones"));
    vs_squeeze(placeholder(VS_FLOAT32, VS_SHAPE(1, 3, 1), "ones"), .axis = VS_AXES(0, -1));
    vs_transpose(x);
    vs_transpose(x, VS_INTS(1, 0));
    vs_transpose(u);
    vs_transpose(placeholder(VS_COMPLEX64, VS_SHAPE(2, 3), "z"), .conjugate = true);
    vs_tile(x, VS_INTS(2, 1));
    vs_pad(x, vs_literal_tensor(&paddings));
    vs_pad(x, vs_literal_tensor(&paddings), .constant_values = vs_real(1.0));
    vs_pad(x, vs_literal_tensor(&paddings), .mode = "REFLECT");
    vs_pad(x, vs_literal_tensor(&paddings), .mode = "symmetric", .name = "mirror");
}

GraphTest(fills)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_tensor n = placeholder(VS_INT32, VS_SCALAR, "n");
    vs_filled(VS_INTS(2, 3), vs_real(1.5));
    vs_filled(VS_LIST(n, vs_int(3)), vs_int(0), .name = "f");
    vs_zeros_like(y);
    vs_zeros_like(x);
    vs_zeros_like(x, .dtype = VS_INT32);
    vs_zeros_like(y, .dtype = VS_INT64, .name = "z");
    vs_zeros_like(placeholder(VS_FLOAT32, VS_SHAPE(40, 40), "large"));
    vs_ones_like(y);
    vs_ones_like(x);
    vs_ones_like(x, .dtype = VS_INT32, .name = "o");
    vs_zeros_like(VS_INTS(1, 2));
    vs_range(n);
    vs_range(vs_int(5));
    vs_range(vs_int(1), vs_int(10), vs_int(3));
    vs_range(vs_real(0.0), n, .name = "mixed");
    vs_range(n, .dtype = VS_INT32);
    vs_range(vs_int(3), .dtype = VS_FLOAT32);
}

GraphTest(casts)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_identity(vs_cast(x, VS_FLOAT32), .name = "same");
    vs_cast(x, VS_INT32);
    vs_cast(vs_real(1e10), VS_FLOAT32);
    vs_cast(vs_int(64), VS_FLOAT32);
    vs_cast(x, VS_FLOAT16, .name = "half");
    vs_clip_by_value(x, vs_real(0.0), vs_real(1.0));
    vs_clip_by_value(x, vs_real(-1.0), x, .name = "clipped");
    vs_argmax(x);
    vs_argmax(x, .axis = vs_int(1), .output_type = VS_INT32);
    vs_argmin(x, .axis = vs_int(-1), .name = "least");
    vs_cumsum(x);
    vs_cumsum(x, .axis = vs_int(1), .exclusive = true, .reverse = true, .name = "c");
}

/* ---- parts and lists ---- */

GraphTest(slices)
{
    vs_tensor x = placeholder(VS_FLOAT32, VS_SHAPE(-1, 3, 4), "x");
    vs_tensor i = placeholder(VS_INT32, VS_SCALAR, "i"), k = placeholder(VS_INT64, VS_SCALAR, "k");
    vs_getitem(x, VS_AT(0));
    vs_getitem(x, VS_ALL, VS_AT(1));
    vs_getitem(x, VS_ELLIPSIS, VS_AT(-1));
    vs_getitem(x, {.start = vs_int(1)}, {.stop = vs_int(2)}, {.step = vs_int(2)});
    vs_getitem(x, VS_ALL, VS_NEW_AXIS);
    vs_getitem(x, VS_AT(0), VS_ELLIPSIS, VS_NEW_AXIS);
    vs_getitem(x, {VS_SUBSCRIPT_INDEX, .start = i});
    vs_getitem(x, {.start = i}, {.start = vs_int(1), .stop = i});
    vs_getitem(x, {VS_SUBSCRIPT_INDEX, .start = k});
    vs_getitem(x, {.start = k}, VS_AT(0));
    vs_getitem(x, VS_SLICE(1, 3), {.step = vs_int(-1)});
    vs_getitem(vs_shape_of(x), VS_AT(0));
}

GraphTest(lists)
{
    vs_tensor x, y, parts[4];
    floats(&x, &y);
    vs_stack(VS_TENSORS(x, y));
    vs_stack(VS_TENSORS(x, y), .axis = 1);
    vs_stack(VS_TENSORS(vs_int(1), vs_int(2), vs_int(3)));
    vs_stack(VS_TENSORS(y, y), .axis = -1, .name = "s");
    vs_concat(VS_TENSORS(x, y), vs_int(0));
    vs_concat(VS_TENSORS(x, y), .axis = vs_int(-1), .name = "c");
    vs_concat(VS_TENSORS(x), vs_int(0));
    size_t count = vs_unstack(y, VS_OUTPUTS(parts));
    cr_assert(count == 2 && vs_tensor_is_null(parts[2]));
    for (size_t i = 0; i < count; i++)
        vs_identity(parts[i]);
    cr_assert(vs_unstack(x, .axis = 1, VS_OUTPUTS(parts)) == 3);
    cr_assert(vs_unstack(placeholder(VS_FLOAT32, VS_UNKNOWN_SHAPE, "u"), .num = VS_INT(2), .name = "un",
                         VS_OUTPUTS(parts)) == 2);
    count = vs_split(y, .num = 3, .axis = vs_int(1), VS_OUTPUTS(parts));
    cr_assert(count == 3);
    for (size_t i = 0; i < count; i++)
        vs_identity(parts[i]);
    cr_assert(vs_split(x, .sizes = VS_INTS(1, 2), .axis = vs_int(1), VS_OUTPUTS(parts)) == 2);
    cr_assert(vs_split(y, .num = 2, .name = "sp", VS_OUTPUTS(parts)) == 2);
}

GraphTest(packed)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_tensor n = placeholder(VS_INT32, VS_SCALAR, "n"), k = placeholder(VS_INT64, VS_SCALAR, "k");
    vs_tensor f = placeholder(VS_FLOAT32, VS_SCALAR, "f");
    vs_reshape(x, VS_LIST(n, vs_int(3)));
    vs_reshape(x, VS_LIST(n, vs_int(-1), n));
    vs_reshape(x, VS_LIST(k, vs_int(3)));
    vs_tile(x, VS_LIST(n, vs_int(1)));
    vs_identity(VS_LIST(n, n));
    vs_identity(VS_LIST(VS_LIST(f, vs_real(1.0)), VS_LIST(vs_real(2.0), f)));
    vs_identity(VS_LIST(VS_LIST(f, vs_real(1.0)), VS_LIST(vs_real(2.0), vs_real(3.0))));
    vs_add(x, VS_LIST(f, vs_real(0.0), vs_int(1)));
    vs_multiply(x, VS_LIST(VS_LIST(f, f, vs_real(2.0))));
    vs_variable *v = vs_get_variable("v", .shape = VS_SCALAR, .initializer = vs_zeros_initializer(),
                                     .use_resource = VS_TRUE);
    vs_identity(VS_LIST(vs_value(v), vs_real(1.0)));
}

GraphTest(selections)
{
    vs_tensor x, y;
    floats(&x, &y);
    vs_tensor i = placeholder(VS_INT32, VS_SHAPE(-1), "i");
    vs_tensor condition = vs_less(y, vs_real(0.0));
    vs_gather(x, i);
    vs_gather(y, i, .axis = vs_int(1), .name = "columns");
    vs_gather(y, placeholder(VS_INT32, VS_SHAPE(2, 1), "rows"), .batch_dims = 1);
    vs_one_hot(i, vs_int(10));
    vs_one_hot(i, vs_int(10), .on_value = vs_real(5.0), .axis = VS_INT(0), .name = "hot");
    vs_one_hot(i, vs_int(4), .on_value = vs_bool(true), .off_value = vs_bool(false), .dtype = VS_BOOL);
    vs_one_hot(i, vs_int(4), .dtype = VS_INT64);
    vs_where(condition);
    vs_where(condition, y, y);
    vs_where_v2(condition, y, vs_real(0.0), .name = "w");
    vs_matrix_band_part(y, vs_int(-1), vs_int(0));
    vs_matrix_band_part(y, vs_int(0), vs_int(1), .name = "upper");
}

GraphTest(pools)
{
    vs_tensor images = placeholder(VS_FLOAT32, VS_SHAPE(-1, 8, 8, 3), "images");
    vs_max_pool(images, .ksize = {1, 2, 2, 1}, .strides = {1, 2, 2, 1}, .padding = VS_PADDING_SAME);
    vs_avg_pool(images, .ksize = {1, 3, 3, 1}, .strides = {1, 1, 1, 1}, .padding = VS_PADDING_VALID, .name = "mean");
}
