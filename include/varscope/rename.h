/* Renaming: a graph written, or compared with a checkpoint, under other scopes' names than it was built in.
 *
 *     const vs_rename renames[] = {{"bert", "encoder/bert"}, {"bert/pooler", "pooler"}};
 *     vs_graph_rename_preview(graph, renames, 2, print, NULL, &error);     // bert/w -> encoder/bert/w, ...
 *     vs_graph_write_renamed(graph, renames, 2, "out/model.meta", &error);
 *
 * Nodes do not change once they are made; what changes are the names in what is written: of nodes, of their inputs and
 * control inputs, of the groups that they are colocated with, of resource variables (shared_name), in collections and in
 * what describes variables. A scope is renamed with all below it, "bert" and "bert/w" but not "bert_1/w"; of several
 * renames the one of the longest scope counts, once. "" as from stands for the whole graph, "" as to takes a level away.
 */
#ifndef VARSCOPE_RENAME_H
#define VARSCOPE_RENAME_H

#include "export.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Rename a scope, or a node. Both without or with a trailing slash. */
typedef struct vs_rename {
    const char *from; /* "a/b"; "" for all */
    const char *to;   /* "c"; "" for nothing: "a/b/w" becomes "w" */
} vs_rename;

/**
 * What a name becomes: of a node, a tensor ("a/w:0") or a key of a checkpoint.
 *
 * @return the length of the whole name, as snprintf; of the same name when no rename is about it
 * Threads: any.
 */
VS_API size_t vs_rename_apply(const vs_rename *renames, size_t count, const char *name, char *buffer, size_t size);

/** Called for a node with another name than before; names are borrowed for the call. Return false to stop. */
typedef bool (*vs_rename_visitor)(const vs_operation *operation, const char *from, const char *to, void *user);

/**
 * Say what renaming would do, for each node with another name than before, in serial order. Nothing is said when it
 * cannot be done.
 *
 * @param visitor  may be NULL, to ask only whether it can be done
 * @param[out] error  gets the error; may be NULL
 * @return VS_OK; VS_INVALID_ARGUMENT (a scope without a name or renamed twice, a name that TensorFlow refuses, a node
 *         left without a name), VS_ALREADY_EXISTS (two nodes would have one name; says which),
 *         VS_RESOURCE_EXHAUSTED, VS_CANCELLED (the visitor stopped it)
 * Threads: any; nodes that others make at the same time may be seen or not. The visitor runs on the calling thread.
 */
VS_API vs_status vs_graph_rename_preview(const vs_graph *graph, const vs_rename *renames, size_t count,
                                         vs_rename_visitor visitor, void *user, vs_error *error);

/** As vs_graph_export(), renamed; errors as of vs_graph_rename_preview(), too. Nothing is written when it cannot be done. */
VS_API vs_status vs_graph_export_renamed(const vs_graph *graph, const vs_rename *renames, size_t count, vs_format format,
                                         vs_write write, void *user, vs_error *error);

/** As vs_graph_write(), renamed; errors as of vs_graph_rename_preview(), too. */
VS_API vs_status vs_graph_write_renamed(const vs_graph *graph, const vs_rename *renames, size_t count, const char *path,
                                        vs_error *error);

#ifdef __cplusplus
}
#endif

#endif
