/* The command `varscope`: finds the command that is asked for. */
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "cli.h"

static const cli_command *const commands[] = {&cli_build, &cli_ops, &cli_stress};

enum { NUM_COMMANDS = sizeof commands / sizeof commands[0] };

static const cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < NUM_COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static void print_help(FILE *out)
{
    fputs("Build TensorFlow graphs from scope programs, on threads.\n"
          "\n"
          "  varscope COMMAND ...\n"
          "  varscope help COMMAND\n"
          "  varscope --help | --version\n"
          "\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < NUM_COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
}

int cli_wrong_call(const char *command, const char *format, ...)
{
    va_list arguments;
    fputs("varscope: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry 'varscope %s%s'.\n", command ? "help " : "--help", command ? command : "");
    return CLI_WRONG;
}

int cli_wrong_option(const char *command, int refused, char *const *argv)
{
    const char *word = argv[optind - 1]; /* the word before, where the letter is one of several in a word */
    const char letter[] = {'-', (char)optopt, '\0'};
    bool is_letter = optopt > ' ' && optopt < 127 && strncmp(word, "--", 2) != 0;
    return cli_wrong_call(command, refused == ':' ? "'%s' needs a value" : "unknown option '%s'",
                          is_letter ? letter : word);
}

bool cli_flush_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    fputs("varscope: standard output cannot be written\n", stderr);
    return false;
}

static int run_help(int argc, char **argv)
{
    const cli_command *command = argc > 1 ? find_command(argv[1]) : NULL;
    if (argc > 2 || (argc == 2 && !command))
        return cli_wrong_call(NULL, "there is no help for '%s'", argv[argc - 1]);
    if (command)
        command->help(stdout);
    else
        print_help(stdout);
    return cli_flush_output() ? CLI_DONE : CLI_NOT_WRITTEN;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return cli_wrong_call(NULL, "no command");
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("varscope %s\n", vs_version_string());
        return cli_flush_output() ? CLI_DONE : CLI_NOT_WRITTEN;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return run_help(1, argv);
    if (strcmp(name, "help") == 0)
        return run_help(argc - 1, argv + 1);
    const cli_command *command = find_command(name);
    if (!command)
        return cli_wrong_call(NULL, name[0] == '-' ? "unknown option '%s'" : "unknown command '%s'", name);
    return command->run(argc - 1, argv + 1);
}
