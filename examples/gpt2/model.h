/* GPT-2's graph, as OpenAI published it (openai/gpt-2, src/model.py), in C. */
#ifndef GPT2_MODEL_H
#define GPT2_MODEL_H

#include <varscope/varscope.h>

/* The sizes of a model, as the published hparams.json has them. */
typedef struct gpt2_hparams {
    int64_t n_vocab;
    int64_t n_ctx;
    int64_t n_embd;
    int64_t n_head;
    int64_t n_layer;
} gpt2_hparams;

enum { GPT2_MOST_LAYERS = 1000 };

typedef struct gpt2_results {
    vs_tensor present; /* keys and values of all layers: [batch, layer, 2, heads, sequence, features] */
    vs_tensor logits;  /* [batch, sequence, n_vocab] */
} gpt2_results;

/*
 * Build the model for tokens X, [batch, sequence], in the current name scope. Its variables stand in variable scope
 * "model", and all models of a graph share them. Null results: an error is pending.
 */
gpt2_results gpt2_model(const gpt2_hparams *hparams, vs_tensor X);

#endif
