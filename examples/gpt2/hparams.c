#include "hparams.h"

#include <jansson.h>
#include <stdio.h>

/* What keeps every dimension, and every product of two, far from overflow. */
enum { MOST = 1 << 28 };

static bool is_size(json_int_t number)
{
    return number >= 1 && number <= MOST;
}

static bool check(const json_t *json, json_int_t *const numbers[], const char *const names[], char *problem, size_t size)
{
    for (int i = 0; names[i]; i++) {
        const json_t *number = json_object_get(json, names[i]);
        *numbers[i] = json_integer_value(number);
        if (!json_is_integer(number) || !is_size(*numbers[i])) {
            snprintf(problem, size, "%s must be an integer from 1", names[i]);
            return false;
        }
    }
    return true;
}

bool gpt2_read_hparams(const char *path, gpt2_hparams *out, char *problem, size_t size)
{
    static const char *const names[] = {"n_vocab", "n_ctx", "n_embd", "n_head", "n_layer", NULL};
    json_int_t vocab, ctx, embd, head, layer;
    json_int_t *const numbers[] = {&vocab, &ctx, &embd, &head, &layer};
    json_error_t error;
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        snprintf(problem, size, "line %d: %s", error.line, error.text);
        return false;
    }
    bool good = check(json, numbers, names, problem, size);
    json_decref(json);
    if (!good)
        return false;
    *out = (gpt2_hparams){vocab, ctx, embd, head, layer};
    if (embd % head) {
        snprintf(problem, size, "n_embd must be a multiple of n_head");
        return false;
    }
    if (layer > GPT2_MOST_LAYERS) {
        snprintf(problem, size, "n_layer must be at most %d", GPT2_MOST_LAYERS);
        return false;
    }
    return true;
}
