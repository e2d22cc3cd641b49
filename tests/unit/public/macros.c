/* Every macro of the public headers, used as a caller would. To be compiled as C11 without a warning. */
#include <varscope/varscope.h>

#define VALUE_OF(code, value, name, text) +(value)
#define NUMBER_OF(code, value, name, size) +(value)
enum { SUM_OF_CODES = 0 VS_STATUS_MAP(VALUE_OF), SUM_OF_DTYPES = 0 VS_DTYPE_MAP(NUMBER_OF) };

vs_graph *use_scopes(vs_capture *capture, vs_variable_scope *scope, vs_tensor x);
vs_variable *use_variables(void);
vs_operation *use_ops(vs_tensor x, const vs_operation *operation);
int use_try(vs_error *first);

vs_graph *use_scopes(vs_capture *capture, vs_variable_scope *scope, vs_tensor x)
{
    vs_graph *graph = vs_graph_new();
    const char *name;
    VS_WITH_GRAPH(graph)
        VS_WITH_NAME_SCOPE("a")
            VS_WITH_NAME_SCOPE(NULL, .default_name = "b", .values = &x, .num_values = 1, .as = &name)
                VS_WITH_VARIABLE_SCOPE("c")
                    VS_WITH_VARIABLE_SCOPE(NULL, .default_name = "d", .reuse = VS_AUTO_REUSE, .as = &scope)
                        VS_WITH_VARIABLE_SCOPE_OBJECT(scope)
                            VS_WITH_VARIABLE_SCOPE_OBJECT(scope, .auxiliary_name_scope = VS_FALSE)
                                VS_WITH_DEVICE("/cpu:0")
                                    VS_WITH_CONTROL_DEPENDENCIES(x, x)
                                        VS_WITH_NO_CONTROL_DEPENDENCIES()
                                            VS_WITH_COLOCATE(x)
                                                vs_no_op(NULL);
    VS_WITH_CAPTURE(capture, .name_scope = "e")
        vs_captures_release(vs_fork(2, "f"));
    VS_WITH_CAPTURE(capture)
        return graph;
    for (int i = 0; i < 2; i++)
        VS_WITH_GRAPH(graph) {
            if (i)
                continue;
            else
                break;
        }
    return NULL;
}

vs_variable *use_variables(void)
{
    const vs_initializer initializers[] = {
        vs_zeros_initializer(),
        vs_ones_initializer(),
        vs_constant_initializer(vs_real(0.5)),
        vs_constant_initializer(VS_INTS(1, 2)),
        vs_random_normal_initializer(),
        vs_random_normal_initializer(.mean = VS_FLOAT(1.0), .stddev = VS_FLOAT(0.1), .seed = VS_SEED(0)),
        vs_random_uniform_initializer(vs_real(-1.0), .maxval = vs_real(1.0)),
        vs_random_uniform_initializer(vs_int(0)),
        vs_truncated_normal_initializer(.seed = VS_SEED(1)),
        vs_variance_scaling_initializer(.scale = VS_FLOAT(2.0), .mode = VS_FAN_OUT,
                                        .distribution = VS_UNIFORM),
        vs_uniform_unit_scaling_initializer(.scale = VS_FLOAT(1.0)),
        vs_orthogonal_initializer(),
        vs_identity_initializer(),
        vs_value_initializer(VS_REALS(1.0, 2.0)),
        vs_function_initializer(NULL, .takes_no_shape = true),
        vs_glorot_uniform_initializer(),
        vs_glorot_normal_initializer(.seed = VS_SEED(1)),
        vs_he_uniform_initializer(),
        vs_he_normal_initializer(),
        vs_lecun_uniform_initializer(),
        vs_lecun_normal_initializer(),
    };
    const vs_partitioner partitioners[] = {
        vs_fixed_size_partitioner(3),
        vs_variable_axis_size_partitioner(1 << 20, .axis = 1, .max_shards = 2),
        vs_min_max_variable_partitioner(4, .min_slice_size = 1 << 10),
        vs_function_partitioner(NULL),
    };
    const vs_regularizer regularizers[] = {
        vs_no_regularizer(),
        vs_l1_regularizer(0.1),
        vs_l2_regularizer(0.1),
        vs_function_regularizer(NULL),
    };
    vs_outcome outcome;
    vs_get_variable("v");
    vs_get_variable("v", .shape = VS_SHAPE(5, 5, 3, -1), .dtype = VS_FLOAT32, .initializer = initializers[0],
                    .partitioner = partitioners[0], .regularizer = regularizers[0],
                    .collections = VS_KEYS("a", VS_GLOBAL_VARIABLES), .outcome = &outcome);
    vs_get_local_variable("l", .shape = VS_SCALAR, .collections = VS_NO_KEYS);
    vs_new_variable(vs_zeros_initializer(), .shape = VS_UNKNOWN_SHAPE);
    return vs_new_variable(vs_value_initializer(vs_int(1)), .name = "w", .dtype = VS_INT64);
}

vs_operation *use_ops(vs_tensor x, const vs_operation *operation)
{
    vs_placeholder(VS_FLOAT32);
    vs_placeholder(VS_FLOAT32, .shape = VS_SHAPE(-1, 3), .name = "x");
    vs_constant(vs_bool(true));
    vs_constant(vs_string("a"), .name = "c");
    vs_zeros(VS_SHAPE(3));
    vs_ones(VS_SCALAR, .dtype = VS_INT32);
    vs_random_normal(VS_INTS(2, 3), .seed = VS_SEED(0));
    vs_random_uniform(VS_INTS(2, 3), .minval = vs_int(0), .maxval = vs_int(9), .dtype = VS_INT32);
    vs_add(vs_add(x, x), vs_subtract(x, vs_multiply(x, vs_plus(x, x, .name = "p"))), .name = "sum");
    vs_matmul(x, x, .transpose_b = true);
    vs_conv2d(x, x, .strides = {1, 1, 1, 1}, .padding = VS_PADDING_SAME);
    vs_bias_add(x, x);
    vs_relu(vs_identity(vs_l2_loss(x)), .name = "r");
    vs_reduce_sum(x, .axis = vs_int(0), .keepdims = true);
    vs_add_n(VS_TENSORS(x, x), .name = "n");
    vs_assign(x, x);
    vs_no_op("nothing");
    vs_group(VS_TENSORS(x, vs_operation_as_tensor(operation)));
    vs_op("NoOp");
    return vs_op("Tanh", .inputs = VS_OP_INPUTS({.name = "x", .tensor = x}),
                 .attrs = VS_OP_ATTRS({"T", VS_ATTR_TYPE, .value.type = VS_FLOAT32}), .name = "t");
}

/* The functions of one tensor, of two, and reductions are macros of one form each. */
void use_elementwise(vs_tensor x);
void use_arrays(vs_tensor x);

void use_elementwise(vs_tensor x)
{
    vs_stop_gradient(x, .name = "n");
    vs_rank(x, .name = "n");
    vs_negative(x, .name = "n");
    vs_abs(x, .name = "n");
    vs_sign(x, .name = "n");
    vs_square(x, .name = "n");
    vs_sqrt(x, .name = "n");
    vs_rsqrt(x, .name = "n");
    vs_reciprocal(x, .name = "n");
    vs_exp(x, .name = "n");
    vs_log(x, .name = "n");
    vs_log1p(x, .name = "n");
    vs_sin(x, .name = "n");
    vs_cos(x, .name = "n");
    vs_tanh(x, .name = "n");
    vs_sigmoid(x, .name = "n");
    vs_erf(x, .name = "n");
    vs_floor(x, .name = "n");
    vs_ceil(x, .name = "n");
    vs_round(x, .name = "n");
    vs_is_nan(x, .name = "n");
    vs_is_finite(x, .name = "n");
    vs_logical_not(x, .name = "n");
    vs_relu6(x, .name = "n");
    vs_elu(x, .name = "n");
    vs_selu(x, .name = "n");
    vs_softplus(x, .name = "n");
    vs_softsign(x, .name = "n");
    vs_softmax(x, .name = "n");
    vs_log_softmax(x, .name = "n");
    vs_invert(x, .name = "n");
    vs_divide(x, x);
    vs_truediv(x, x);
    vs_floordiv(x, x);
    vs_realdiv(x, x);
    vs_div_no_nan(x, x);
    vs_mod(x, x);
    vs_pow(x, x);
    vs_maximum(x, x);
    vs_minimum(x, x);
    vs_squared_difference(x, x);
    vs_less(x, x);
    vs_less_equal(x, x);
    vs_greater(x, x);
    vs_greater_equal(x, x);
    vs_equal(x, x);
    vs_not_equal(x, x);
    vs_logical_and(x, x);
    vs_logical_or(x, x);
    vs_logical_xor(x, x);
    vs_minus(x, x);
    vs_times(x, x);
    vs_over(x, x);
    vs_floor_over(x, x);
    vs_remainder(x, x);
    vs_to_the(x, x);
    vs_matrix_times(x, x);
    vs_and(x, x);
    vs_or(x, x);
    vs_xor(x, x);
    vs_reduce_mean(x, .keepdims = true);
    vs_reduce_max(x, .keepdims = true);
    vs_reduce_min(x, .keepdims = true);
    vs_reduce_prod(x, .keepdims = true);
    vs_reduce_all(x, .keepdims = true);
    vs_reduce_any(x, .keepdims = true);
    vs_cast(x, VS_INT32);
    vs_clip_by_value(x, vs_real(0.0), vs_real(1.0));
    vs_argmax(x, .axis = vs_int(1));
    vs_argmin(x);
    vs_cumsum(x, .exclusive = true);
    vs_max_pool(x, .ksize = {1, 2, 2, 1}, .strides = {1, 2, 2, 1}, .padding = VS_PADDING_VALID);
    vs_avg_pool(x, .ksize = {1, 2, 2, 1}, .strides = {1, 2, 2, 1}, .padding = VS_PADDING_SAME);
}

void use_arrays(vs_tensor x)
{
    vs_tensor parts[2];
    vs_zeros_like(x);
    vs_ones_like(x, .dtype = VS_INT32);
    vs_filled(VS_INTS(2, 3), vs_int(0), .name = "f");
    vs_range(vs_int(0), .limit = vs_int(3), .delta = vs_int(1));
    vs_shape_of(x, .out_type = VS_INT64);
    vs_size(x);
    vs_reshape(x, VS_LIST(x, vs_int(-1)), .name = "r");
    vs_transpose(x, .perm = VS_INTS(1, 0));
    vs_expand_dims(x, .axis = vs_int(0));
    vs_squeeze(x, .axis = VS_AXES(0, -1));
    vs_tile(x, VS_INTS(1, 2));
    vs_pad(x, x, .mode = "REFLECT");
    vs_gather(x, x, .batch_dims = 1);
    vs_one_hot(x, vs_int(3), .axis = VS_INT(0));
    vs_where(x, .x = x, .y = x);
    vs_where_v2(x);
    vs_matrix_band_part(x, vs_int(0), vs_int(-1));
    vs_getitem(x, VS_AT(0), VS_SLICE(1, 2), VS_ALL, VS_NEW_AXIS, VS_ELLIPSIS, {.start = vs_int(1)});
    vs_stack(VS_TENSORS(x, x), .axis = 1);
    vs_concat(VS_TENSORS(x, x), vs_int(0));
    vs_unstack(x, .num = VS_INT(2), VS_OUTPUTS(parts));
    vs_split(x, .num = 2, VS_OUTPUTS(parts));
    vs_split(x, .sizes = VS_INTS(1, 2), .axis = vs_int(1), VS_OUTPUTS(parts));
    vs_identity(VS_LIST(parts[0], vs_real(1.0), VS_LIST(x)));
}

int use_try(vs_error *first)
{
    vs_error error;
    VS_TRY(first)
        vs_get_variable("v");
    VS_TRY(&error)
        VS_WITH_NAME_SCOPE("a") {
            vs_error inner;
            VS_TRY(&inner)
                vs_raise(VS_UNKNOWN, "%s", "inside");
            vs_error_raise(&inner);
        }
    VS_TRY(NULL)
        vs_raise(VS_UNKNOWN, "to be dropped");
    return SUM_OF_CODES + SUM_OF_DTYPES + error.code;
}
