/* The command `varscope`: what its parts share. Only the public API of the library is used here. */
#ifndef VS_CLI_CLI_H
#define VS_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <varscope/varscope.h>

/* Exit statuses. */
enum {
    CLI_DONE = 0,
    CLI_FAILED = 1,     /* the program failed */
    CLI_WRONG = 2,      /* a wrong call, or a document that is no scope program */
    CLI_NOT_WRITTEN = 3 /* an output cannot be written, and none is */
};

/* One command: `varscope NAME ...`. */
typedef struct cli_command {
    const char *name;
    const char *summary; /* one line for the list of commands */
    void (*help)(FILE *out);
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns an exit status */
} cli_command;

extern const cli_command cli_build;
extern const cli_command cli_ops;
extern const cli_command cli_stress;

/* Say on standard error what is wrong with the call, and how to get help. Returns CLI_WRONG. */
int cli_wrong_call(const char *command, const char *format, ...) VS_PRINTF(2, 3);

/* The same of an option that getopt_long() has just refused: '?', it does not know it, or ':', it needs a value. */
int cli_wrong_option(const char *command, int refused, char *const *argv);

/* Whether standard output took everything so far; says on standard error when it did not. */
bool cli_flush_output(void);

/* ---- files that appear together or not at all (outputs.c) ---- */

typedef struct cli_output {
    const char *path; /* as given */
    char *target;     /* where symbolic links lead; owned */
    char *temporary; /* written beside the target, to be renamed; owned; NULL: the target itself is written */
    char *backup;    /* what stood at the target, while others may still fail; owned; NULL: nothing did */
    FILE *file;
    size_t size;      /* bytes written */
    bool is_in_place; /* renamed */
} cli_output;

/* Open an output for writing; says what is wrong and returns false when it cannot be. */
bool cli_output_open(cli_output *output, const char *path);

/* The same for a new event file in a directory, which is made when it is missing. */
bool cli_output_open_events(cli_output *output, const char *directory);

/* A vs_write function; user is the cli_output. */
bool cli_output_write(const void *data, size_t size, void *user);

/* Put all outputs in place, or none; says which one cannot be. */
bool cli_outputs_commit(cli_output *outputs, size_t count);

/* Remove what is not in place, and free; to be called in every case. */
void cli_outputs_finish(cli_output *outputs, size_t count);

#endif
