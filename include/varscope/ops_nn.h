/* Ops of neural networks (nn_ops.py). See ops.h. */
#ifndef VARSCOPE_OPS_NN_H
#define VARSCOPE_OPS_NN_H

#include "ops_arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum vs_padding { VS_PADDING_ABSENT = 0, VS_PADDING_SAME, VS_PADDING_VALID } vs_padding;

/** 2-D convolution of NHWC images. */
typedef struct vs_conv2d_args {
    vs_call call;
    vs_tensor input;  /* [batch, height, width, in_channels] */
    vs_tensor filter; /* [height, width, in_channels, out_channels] */
    int64_t strides[4];
    vs_padding padding;
    const char *name;
} vs_conv2d_args;
VS_API vs_tensor vs_conv2d_with(const vs_conv2d_args *args);
#define vs_conv2d(...) VS__BUILD(conv2d, input, __VA_ARGS__)

/** Add a bias to the last dimension. */
typedef struct vs_bias_add_args {
    vs_call call;
    vs_tensor value;
    vs_tensor bias; /* rank 1 */
    const char *name;
} vs_bias_add_args;
VS_API vs_tensor vs_bias_add_with(const vs_bias_add_args *args);
#define vs_bias_add(...) VS__BUILD(bias_add, value, __VA_ARGS__)

/** Activations and losses of one tensor. */
VS_API vs_tensor vs_relu_with(const vs_unary_args *args);
VS_API vs_tensor vs_relu6_with(const vs_unary_args *args);
VS_API vs_tensor vs_elu_with(const vs_unary_args *args);
VS_API vs_tensor vs_selu_with(const vs_unary_args *args);
VS_API vs_tensor vs_softplus_with(const vs_unary_args *args);
VS_API vs_tensor vs_softsign_with(const vs_unary_args *args);
VS_API vs_tensor vs_l2_loss_with(const vs_unary_args *args); /* sum(x * x) / 2 */

#define vs_relu(...) VS__UNARY(vs_relu_with, __VA_ARGS__)
#define vs_relu6(...) VS__UNARY(vs_relu6_with, __VA_ARGS__)
#define vs_elu(...) VS__UNARY(vs_elu_with, __VA_ARGS__)
#define vs_selu(...) VS__UNARY(vs_selu_with, __VA_ARGS__)
#define vs_softplus(...) VS__UNARY(vs_softplus_with, __VA_ARGS__)
#define vs_softsign(...) VS__UNARY(vs_softsign_with, __VA_ARGS__)
#define vs_l2_loss(...) VS__UNARY(vs_l2_loss_with, __VA_ARGS__)

/** Numbers that sum to 1 along the last dimension. */
VS_API vs_tensor vs_softmax_with(const vs_unary_args *args);
VS_API vs_tensor vs_log_softmax_with(const vs_unary_args *args);

#define vs_softmax(...) VS__UNARY(vs_softmax_with, __VA_ARGS__)
#define vs_log_softmax(...) VS__UNARY(vs_log_softmax_with, __VA_ARGS__)

/** The largest, or the mean, of each window of NHWC images. */
typedef struct vs_pool_args {
    vs_call call;
    vs_tensor value;    /* [batch, height, width, channels] */
    int64_t ksize[4];
    int64_t strides[4];
    vs_padding padding;
    const char *name;
} vs_pool_args;
VS_API vs_tensor vs_max_pool_with(const vs_pool_args *args);
VS_API vs_tensor vs_avg_pool_with(const vs_pool_args *args);
#define vs_max_pool(...) vs_max_pool_with(&(const vs_pool_args){VS_CALL(vs_pool_args), .value = __VA_ARGS__})
#define vs_avg_pool(...) vs_avg_pool_with(&(const vs_pool_args){VS_CALL(vs_pool_args), .value = __VA_ARGS__})

#ifdef __cplusplus
}
#endif

#endif
