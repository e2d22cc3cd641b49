/* Summaries: what is in a graph, for a person to read.
 *
 *     nodes       3,262
 *     variables   148
 *     parameters  124,439,808
 *
 *       variables by scope                   shape              dtype            parameters
 *       model/                                                                  124,439,808
 *         ...
 */
#ifndef VARSCOPE_SUMMARY_H
#define VARSCOPE_SUMMARY_H

#include "export.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Write how large a graph is, and its global variables as a tree of scopes, each with the sum of what is in it.
 *
 * @param[out] error  gets the error; may be NULL
 * @return VS_OK; VS_UNAVAILABLE (write said no), VS_RESOURCE_EXHAUSTED
 * Threads: any, also while the graph is being built; write runs on the calling thread.
 */
VS_API vs_status vs_graph_summarize(const vs_graph *graph, vs_write write, void *user, vs_error *error);

#ifdef __cplusplus
}
#endif

#endif
