/* Files that appear together or not at all.
 *
 * Each is written beside its target under a name of its own; when all are written, they are renamed one after
 * another. A rename that fails takes back those before it. What is no regular file (a pipe, /dev/null) is
 * written as it is: it must not be replaced. */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

static bool complain(const cli_output *output, int error)
{
    fprintf(stderr, "varscope: %s: %s\n", output->path, strerror(error));
    return false;
}

/* A name beside the target that only this process uses. */
static char *name_beside(const char *target, const char *what)
{
    static unsigned number;
    size_t size = strlen(target) + strlen(what) + 64;
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%s.%s-%ld-%u", target, what, (long)getpid(), number++);
    return name;
}

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static FILE *open_stream(const char *path, int flags)
{
    int descriptor = open(path, flags | O_WRONLY | O_CLOEXEC, 0666);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (descriptor >= 0 && !file)
        close(descriptor);
    return file;
}

bool cli_output_open(cli_output *output, const char *path)
{
    struct stat status;
    *output = (cli_output){.path = path};
    bool exists = stat(path, &status) == 0;
    if (exists && S_ISDIR(status.st_mode))
        return complain(output, EISDIR);
    if (!exists && lstat(path, &status) == 0)
        return complain(output, ENOENT); /* a link to nothing stays what it is */
    /* What is no file, such as a pipe behind /dev/stdout, has no other name. */
    output->target = exists && S_ISREG(status.st_mode) ? realpath(path, NULL) : copy_of(path);
    if (!output->target)
        return complain(output, errno);
    if (exists && !S_ISREG(status.st_mode)) {
        output->file = open_stream(output->target, 0);
    } else if (exists && access(output->target, W_OK) != 0) {
        return complain(output, errno); /* a rename would not ask */
    } else {
        output->temporary = name_beside(output->target, "new");
        output->file = output->temporary ? open_stream(output->temporary, O_CREAT | O_EXCL) : NULL;
    }
    return output->file || complain(output, errno);
}

/* A name in the target's directory that tells nothing: TensorBoard reads whatever has "tfevents" in its name. */
static char *hidden_name_beside(const char *target)
{
    const char *slash = strrchr(target, '/');
    size_t length = slash ? (size_t)(slash - target) + 1 : 0;
    char *folder = malloc(length + sizeof ".varscope");
    if (!folder)
        return NULL;
    memcpy(folder, target, length);
    memcpy(folder + length, ".varscope", sizeof ".varscope");
    char *name = name_beside(folder, "new");
    free(folder);
    return name;
}

bool cli_output_open_events(cli_output *output, const char *directory)
{
    vs_error error;
    char path[4096];
    *output = (cli_output){.path = directory};
    if (vs_events_path(directory, path, sizeof path, &error) != VS_OK) {
        fprintf(stderr, "varscope: %s\n", error.message);
        return false;
    }
    output->target = copy_of(path);
    output->temporary = output->target ? hidden_name_beside(output->target) : NULL;
    output->file = output->temporary ? open_stream(output->temporary, O_CREAT | O_EXCL) : NULL;
    if (!output->file)
        return complain(output, errno);
    output->path = output->target;
    return true;
}

bool cli_output_write(const void *data, size_t size, void *user)
{
    cli_output *output = user;
    output->size += size;
    return fwrite(data, 1, size, output->file) == size;
}

static bool close_file(cli_output *output)
{
    bool good = !ferror(output->file);
    int error = EIO;
    if (fclose(output->file) != 0) {
        good = false;
        error = errno;
    }
    output->file = NULL;
    return good || complain(output, error);
}

/* Keep what stands at the target under another name too. A file system without links has no way back. */
static void back_up(cli_output *output)
{
    output->backup = name_beside(output->target, "old");
    if (output->backup && link(output->target, output->backup) != 0) {
        free(output->backup);
        output->backup = NULL;
    }
}

static bool put_in_place(cli_output *output)
{
    if (!output->temporary)
        return true;
    if (rename(output->temporary, output->target) != 0)
        return complain(output, errno);
    output->is_in_place = true;
    return true;
}

static void take_back(cli_output *output)
{
    if (!output->is_in_place)
        return;
    if (!output->backup)
        unlink(output->target);
    else if (rename(output->backup, output->target) == 0) {
        free(output->backup);
        output->backup = NULL;
    }
}

bool cli_outputs_commit(cli_output *outputs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!close_file(&outputs[i]))
            return false;
    for (size_t i = 0; count > 1 && i < count; i++)
        if (outputs[i].temporary)
            back_up(&outputs[i]);
    for (size_t i = 0; i < count; i++) {
        if (put_in_place(&outputs[i]))
            continue;
        while (i-- > 0)
            take_back(&outputs[i]);
        return false;
    }
    return true;
}

void cli_outputs_finish(cli_output *outputs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (outputs[i].file)
            fclose(outputs[i].file);
        if (outputs[i].temporary && !outputs[i].is_in_place)
            unlink(outputs[i].temporary);
        if (outputs[i].backup)
            unlink(outputs[i].backup);
        free(outputs[i].target);
        free(outputs[i].temporary);
        free(outputs[i].backup);
    }
}
