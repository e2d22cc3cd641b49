/* Explaining names: which came out other than asked for, why, and what had taken them.
 *
 * Names are made unique, so "foo" may come out as "foo_1", often far from the call that took "foo". A graph that is
 * told so before it is built keeps a note of each such name:
 *
 *     vs_graph_set_explain(graph);
 *     ...                              // name_scope "foo" at a.c:10, and again at b.c:20
 *     vs_graph_walk_explained(graph, print_note, NULL);
 *     // b.c:20: name scope foo/ came out as foo_1/: name scope foo/ of a.c:10 has that name
 *
 * Notes cost memory for each name of the graph. A graph that was not told keeps nothing.
 */
#ifndef VARSCOPE_EXPLAIN_H
#define VARSCOPE_EXPLAIN_H

#include "status.h"
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a name is of. */
typedef enum vs_named_kind {
    VS_NAMED_OPERATION = 1,   /* "foo/v": a node, and the name scope of what it needs inside */
    VS_NAMED_NAME_SCOPE,      /* "foo/": of name_scope, or opened by a variable scope */
    VS_NAMED_VARIABLE_SCOPE   /* "foo": the prefix of variables, from a default_name */
} vs_named_kind;

/* reason, the name that reports give it */
#define VS_RENAMED_MAP(XX)                                                                                    \
    XX(TAKEN_BY_OPERATION, 1, "taken_by_operation")                                                           \
    XX(TAKEN_BY_SCOPE, 2, "taken_by_scope")                                                                   \
    XX(DIFFERS_IN_CASE, 3, "differs_in_case")                                                                 \
    XX(SCOPE_ENTERED_AGAIN, 4, "scope_entered_again")                                                         \
    XX(DEFAULT_NAME_COUNTED, 5, "default_name_counted")                                                       \
    XX(TAKEN_EARLIER, 6, "taken_earlier")

/**
 * Why a name was not to be had:
 * TAKEN_BY_OPERATION, TAKEN_BY_SCOPE: an operation or a name scope has it;
 * DIFFERS_IN_CASE: one that differs in upper and lower case only has it, and operations must not;
 * SCOPE_ENTERED_AGAIN: a variable scope was entered again, and each time opens a name scope of its own;
 * DEFAULT_NAME_COUNTED: this context opened a variable scope of that default_name before;
 * TAKEN_EARLIER: it was taken before vs_graph_set_explain().
 */
typedef enum vs_renamed_reason {
#define XX(reason, value, name) VS_RENAMED_##reason = value,
    VS_RENAMED_MAP(XX)
#undef XX
} vs_renamed_reason;

/** One name that came out other than asked for. Strings are valid as long as the graph. */
typedef struct vs_name_note {
    vs_named_kind kind;
    vs_renamed_reason reason;
    bool is_given;              /* false: the caller gave no name, and the default of the op was not to be had */
    const char *asked;          /* with the scopes around it: "a/foo/" */
    const char *got;            /* "a/foo_1/" */
    vs_site site;               /* of the call that asked; of a scope program: file, and the JSON pointer as function */
    vs_named_kind taker_kind;   /* what has the name that was asked for; 0 for TAKEN_EARLIER */
    const char *taker;          /* as it is spelled: "a/Foo"; NULL for TAKEN_EARLIER */
    vs_site taker_site;         /* of the call that made it */
} vs_name_note;

/**
 * Keep notes of names from here on. Cannot be taken back.
 *
 * @param graph  best while it is empty: what took a name before is not known
 * @return VS_OK, also when it keeps notes already; VS_RESOURCE_EXHAUSTED, and nothing has changed
 * Threads: any; other threads' names are noted from the moment that they see it.
 */
VS_API vs_status vs_graph_set_explain(vs_graph *graph);

/** Whether notes are kept. Threads: any. */
VS_API bool vs_graph_explains(const vs_graph *graph);

/** Called for each note; return false to stop. The note itself is valid during the call. */
typedef bool (*vs_name_note_visitor)(const vs_name_note *note, void *user);

/**
 * Walk the notes, in the order in which the names were asked for.
 *
 * @return VS_OK, also when the visitor stopped the walk or nothing is kept; VS_RESOURCE_EXHAUSTED when notes are
 *         missing, as there was no memory for them (building goes on then)
 * Threads: any; no lock is held while the visitor runs. Notes added meanwhile are visited too. Where threads build
 *         freely, the order is theirs.
 */
VS_API vs_status vs_graph_walk_explained(const vs_graph *graph, vs_name_note_visitor visitor, void *user);

/** The name of a reason, "taken_by_scope"; "unknown" for a number that is none. Threads: any. */
VS_API const char *vs_renamed_reason_name(vs_renamed_reason reason);

/** What a kind is called, "name scope"; "unknown" for a number that is none. Threads: any. */
VS_API const char *vs_named_kind_name(vs_named_kind kind);

/**
 * Write a note as one line to read: the names, why, where the taker was made, and what to do about it.
 *
 * @return the length, as snprintf
 * Threads: any.
 */
VS_API size_t vs_name_note_format(const vs_name_note *note, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
