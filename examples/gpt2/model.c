/* The functions, their order and their names are those of model.py, so that the two can be read side by side. C does not
 * say which argument is evaluated first: where two of them make nodes, one has a line of its own. */
#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- shapes ---- */

/* The dimensions of a tensor: a number where it is known, else what the graph will compute. */
static void shape_list(vs_tensor x, vs_tensor *dims)
{
    vs_shape fixed = vs_tensor_shape(x);
    vs_tensor dynamic = vs_shape_of(x);
    for (uint32_t i = 0; i < fixed.rank; i++)
        dims[i] = fixed.dims[i] < 0 ? vs_getitem(dynamic, VS_AT(i)) : vs_int(fixed.dims[i]);
}

static int64_t last_dim(vs_tensor x)
{
    vs_shape shape = vs_tensor_shape(x);
    return shape.rank ? shape.dims[shape.rank - 1] : 0;
}

/* [batch, sequence, m] to [batch, sequence, n, m / n]. */
static vs_tensor split_states(vs_tensor x, int64_t n)
{
    vs_tensor dims[3] = {0};
    shape_list(x, dims);
    return vs_reshape(x, VS_LIST(dims[0], dims[1], vs_int(n), vs_int(last_dim(x) / n)));
}

/* [batch, sequence, a, b] to [batch, sequence, a * b]. */
static vs_tensor merge_states(vs_tensor x)
{
    vs_tensor dims[4] = {0};
    shape_list(x, dims);
    vs_shape shape = vs_tensor_shape(x);
    return vs_reshape(x, VS_LIST(dims[0], dims[1], vs_int(shape.rank ? shape.dims[2] * shape.dims[3] : 0)));
}

/* ---- layers ---- */

static vs_tensor softmax(vs_tensor x)
{
    x = vs_minus(x, vs_reduce_max(x, .axis = vs_int(-1), .keepdims = true));
    vs_tensor ex = vs_exp(x);
    return vs_over(ex, vs_reduce_sum(ex, .axis = vs_int(-1), .keepdims = true));
}

static vs_tensor gelu(vs_tensor x)
{
    vs_tensor half = vs_times(vs_real(0.5), x);
    vs_tensor bent = vs_plus(x, vs_times(vs_real(0.044715), vs_pow(x, vs_int(3))));
    vs_tensor gate = vs_tanh(vs_times(vs_real(sqrt(2 / acos(-1))), bent));
    return vs_times(half, vs_plus(vs_int(1), gate));
}

/* Normalize to mean = 0, std = 1, then do a diagonal affine transform. */
static vs_tensor norm(vs_tensor x, const char *scope)
{
    VS_WITH_VARIABLE_SCOPE(scope) {
        int64_t n_state = last_dim(x);
        vs_variable *g = vs_get_variable("g", .shape = VS_SHAPE(n_state), .initializer = vs_constant_initializer(vs_int(1)));
        vs_variable *b = vs_get_variable("b", .shape = VS_SHAPE(n_state), .initializer = vs_constant_initializer(vs_int(0)));
        vs_tensor u = vs_reduce_mean(x, .axis = vs_int(-1), .keepdims = true);
        vs_tensor s = vs_reduce_mean(vs_square(vs_minus(x, u)), .axis = vs_int(-1), .keepdims = true);
        x = vs_minus(x, u);
        x = vs_times(x, vs_rsqrt(vs_plus(s, vs_real(1e-5))));
        x = vs_plus(vs_times(x, vs_value(g)), vs_value(b));
    }
    return x;
}

static vs_tensor conv1d(vs_tensor x, const char *scope, int64_t nf)
{
    VS_WITH_VARIABLE_SCOPE(scope) {
        vs_tensor dims[3] = {0};
        shape_list(x, dims);
        int64_t nx = last_dim(x);
        vs_variable *w = vs_get_variable("w", .shape = VS_SHAPE(1, nx, nf),
                                         .initializer = vs_random_normal_initializer(.stddev = VS_FLOAT(0.02)));
        vs_variable *b = vs_get_variable("b", .shape = VS_SHAPE(nf), .initializer = vs_constant_initializer(vs_int(0)));
        x = vs_reshape(x, VS_INTS(-1, nx));
        x = vs_plus(vs_matmul(x, vs_reshape(vs_value(w), VS_INTS(-1, nf))), vs_value(b));
        x = vs_reshape(x, VS_LIST(dims[0], dims[1], vs_int(nf)));
    }
    return x;
}

/* ---- attention ---- */

/* 1's in the lower triangle, counting from the lower right corner. */
static vs_tensor attention_mask(vs_tensor nd, vs_tensor ns, vs_dtype dtype)
{
    vs_tensor i = vs_getitem(vs_range(nd), VS_ALL, VS_NEW_AXIS);
    vs_tensor j = vs_range(ns);
    return vs_cast(vs_greater_equal(i, vs_plus(vs_minus(j, ns), nd)), dtype);
}

/* From [batch, sequence, features] to [batch, heads, sequence, features]. */
static vs_tensor split_heads(vs_tensor x, int64_t n_head)
{
    return vs_transpose(split_states(x, n_head), VS_INTS(0, 2, 1, 3));
}

static vs_tensor merge_heads(vs_tensor x)
{
    return merge_states(vs_transpose(x, VS_INTS(0, 2, 1, 3)));
}

/* w has shape [batch, heads, dst_sequence, src_sequence], where information flows from src to dst. */
static vs_tensor mask_attn_weights(vs_tensor w)
{
    vs_tensor dims[4] = {0};
    shape_list(w, dims);
    vs_tensor nd = dims[2], ns = dims[3];
    vs_tensor b = attention_mask(nd, ns, vs_tensor_dtype(w));
    b = vs_reshape(b, VS_LIST(vs_int(1), vs_int(1), nd, ns));
    w = vs_times(w, b);
    vs_tensor huge = vs_cast(vs_real(1e10), vs_tensor_dtype(w));
    return vs_minus(w, vs_times(huge, vs_minus(vs_int(1), b)));
}

/* q, k, v have shape [batch, heads, sequence, features]. */
static vs_tensor multihead_attn(vs_tensor q, vs_tensor k, vs_tensor v)
{
    vs_tensor w = vs_matmul(q, k, .transpose_b = true);
    w = vs_times(w, vs_rsqrt(vs_cast(vs_int(last_dim(v)), vs_tensor_dtype(w))));
    w = mask_attn_weights(w);
    w = softmax(w);
    return vs_matmul(w, v);
}

static vs_tensor attn(vs_tensor x, const char *scope, int64_t n_state, const gpt2_hparams *hparams, vs_tensor *present)
{
    VS_WITH_VARIABLE_SCOPE(scope) {
        vs_tensor qkv[3];
        vs_tensor c = conv1d(x, "c_attn", n_state * 3);
        vs_split(c, .num = 3, .axis = vs_int(2), VS_OUTPUTS(qkv));
        for (int i = 0; i < 3; i++)
            qkv[i] = split_heads(qkv[i], hparams->n_head);
        *present = vs_stack(VS_TENSORS(qkv[1], qkv[2]), .axis = 1);
        x = multihead_attn(qkv[0], qkv[1], qkv[2]);
        x = merge_heads(x);
        x = conv1d(x, "c_proj", n_state);
    }
    return x;
}

/* ---- the model ---- */

static vs_tensor mlp(vs_tensor x, const char *scope, int64_t n_state)
{
    VS_WITH_VARIABLE_SCOPE(scope) {
        int64_t nx = last_dim(x);
        x = gelu(conv1d(x, "c_fc", n_state));
        x = conv1d(x, "c_proj", nx);
    }
    return x;
}

static vs_tensor block(vs_tensor x, const char *scope, const gpt2_hparams *hparams, vs_tensor *present)
{
    VS_WITH_VARIABLE_SCOPE(scope) {
        int64_t nx = last_dim(x);
        x = vs_plus(x, attn(norm(x, "ln_1"), "attn", nx, hparams, present));
        x = vs_plus(x, mlp(norm(x, "ln_2"), "mlp", nx * 4));
    }
    return x;
}

/* Add a new axis of a given size to a vector. */
static vs_tensor expand_tile(vs_tensor value, vs_tensor size)
{
    return vs_tile(vs_expand_dims(value, .axis = vs_int(0)), VS_LIST(size, vs_int(1)));
}

static vs_tensor positions_for(vs_tensor tokens, int64_t past_length)
{
    vs_tensor batch_size = vs_getitem(vs_shape_of(tokens), VS_AT(0));
    vs_tensor nsteps = vs_getitem(vs_shape_of(tokens), VS_AT(1));
    return expand_tile(vs_plus(vs_int(past_length), vs_range(nsteps)), batch_size);
}

/* All layers. presents has room for one tensor a layer. */
static gpt2_results transformer(const gpt2_hparams *hparams, vs_tensor X, vs_tensor *presents)
{
    gpt2_results results;
    vs_tensor dims[2] = {0};
    shape_list(X, dims);
    vs_variable *wpe = vs_get_variable("wpe", .shape = VS_SHAPE(hparams->n_ctx, hparams->n_embd),
                                       .initializer = vs_random_normal_initializer(.stddev = VS_FLOAT(0.01)));
    vs_variable *wte = vs_get_variable("wte", .shape = VS_SHAPE(hparams->n_vocab, hparams->n_embd),
                                       .initializer = vs_random_normal_initializer(.stddev = VS_FLOAT(0.02)));
    vs_tensor h = vs_gather(vs_value(wte), X);
    h = vs_plus(h, vs_gather(vs_value(wpe), positions_for(X, 0)));

    for (int64_t layer = 0; layer < hparams->n_layer; layer++) {
        char name[24];
        snprintf(name, sizeof name, "h%d", (int)layer);
        h = block(h, name, hparams, &presents[layer]);
    }
    results.present = vs_stack(presents, (size_t)hparams->n_layer, .axis = 1);
    h = norm(h, "ln_f");

    /* Language model loss. Do tokens <n predict token n? */
    vs_tensor h_flat = vs_reshape(h, VS_LIST(vs_times(dims[0], dims[1]), vs_int(hparams->n_embd)));
    vs_tensor logits = vs_matmul(h_flat, vs_value(wte), .transpose_b = true);
    results.logits = vs_reshape(logits, VS_LIST(dims[0], dims[1], vs_int(hparams->n_vocab)));
    return results;
}

gpt2_results gpt2_model(const gpt2_hparams *hparams, vs_tensor X)
{
    vs_tensor presents[GPT2_MOST_LAYERS] = {0};
    gpt2_results results = {0};
    VS_WITH_VARIABLE_SCOPE("model", .reuse = VS_AUTO_REUSE)
        results = transformer(hparams, X, presents);
    return results;
}
