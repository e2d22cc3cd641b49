/* The published hparams.json, read. */
#ifndef GPT2_HPARAMS_H
#define GPT2_HPARAMS_H

#include <stddef.h>

#include "model.h"

/* Read a file. false: what is wrong with it stands in problem. */
bool gpt2_read_hparams(const char *path, gpt2_hparams *out, char *problem, size_t size);

#endif
