/* vs_graph_write: a file that appears whole or not at all; and the names of event files. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <varscope/rename.h>

#include "error.h"
#include "memory.h"

enum { ATTEMPTS = 100, TEMPORARY_NAME_SIZE = 64 };

typedef struct file {
    int descriptor;
    int failure; /* errno of the write that failed; 0: none */
    char *temporary;
    size_t size; /* of the name */
} file;

static bool fail_errno(vs_error *error, const char *path, int number)
{
    char text[256];
    if (strerror_r(number, text, sizeof text) != 0)
        snprintf(text, sizeof text, "error %d", number);
    return vs__fail(error, number == ENOMEM ? VS_RESOURCE_EXHAUSTED : VS_UNAVAILABLE, NULL, "%s: %s", path, text);
}

/*
 * Open a new file in the folder of path, under a name that nobody uses. Not mkstemp(): that makes a file
 * which only its owner may read, and what others may do is the umask's to say, which a thread cannot ask for
 * safely.
 */
static bool open_beside(file *self, const char *path)
{
    static atomic_uint counter;
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    self->size = folder + TEMPORARY_NAME_SIZE;
    self->temporary = vs__allocate(self->size);
    self->descriptor = -1;
    if (!self->temporary) {
        errno = ENOMEM;
        return false;
    }
    memcpy(self->temporary, path, folder);
    for (int i = 0; i < ATTEMPTS && self->descriptor < 0; i++) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(self->temporary + folder, TEMPORARY_NAME_SIZE, ".varscope-%ld-%u-%lx", (long)getpid(),
                 atomic_fetch_add(&counter, 1), (unsigned long)now.tv_nsec);
        self->descriptor = open(self->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (self->descriptor < 0 && errno != EEXIST)
            return false;
    }
    return self->descriptor >= 0;
}

static bool write_all(const void *data, size_t size, void *user)
{
    file *self = user;
    const char *at = data;
    while (size) {
        ssize_t written = write(self->descriptor, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            self->failure = errno;
            return false;
        }
        at += written;
        size -= (size_t)written;
    }
    return true;
}

/* Say it with the path in front. */
static void add_path(vs_error *error, const char *path, const file *self)
{
    vs_error bare = *error;
    error->code = VS_OK;
    if (self->failure)
        fail_errno(error, path, self->failure);
    else
        vs__fail(error, bare.code, NULL, "%s: %s", path, bare.message);
}

/* What is written. */
typedef struct content {
    const vs_graph *graph;
    const vs_rename *renames;
    size_t count;
} content;

/* Fill the open temporary file and put it in place. */
static void write_file(file *self, const content *what, vs_format format, const char *path, vs_error *error)
{
    vs_status status =
        vs_graph_export_renamed(what->graph, what->renames, what->count, format, write_all, self, error);
    if (status != VS_OK)
        add_path(error, path, self);
    if (close(self->descriptor) != 0 && status == VS_OK) /* some file systems say here that they are full */
        fail_errno(error, path, errno);
    if (error->code == VS_OK && rename(self->temporary, path) != 0)
        fail_errno(error, path, errno);
    if (error->code != VS_OK)
        unlink(self->temporary);
}

static void write_at(const content *what, vs_format format, const char *path, vs_error *error)
{
    file self = {.descriptor = -1};
    if (!open_beside(&self, path))
        fail_errno(error, path, errno);
    else
        write_file(&self, what, format, path, error);
    vs__release(self.temporary, self.size);
}

/* ---- event files ---- */

/* Make a directory, and those above it that are missing. */
static bool make_directory(char *path)
{
    struct stat status;
    for (char *slash = path + 1; *slash; slash++) {
        if (*slash != '/')
            continue;
        *slash = '\0';
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST || errno == EROFS || errno == EACCES;
        *slash = '/';
        if (!made)
            return false;
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return false;
    if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
        errno = ENOTDIR;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The directory, which has to fit, without slashes at its end. */
static bool copy_directory(const char *directory, char *path, size_t size)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    if (!length || length >= size)
        return false;
    memcpy(path, directory, length);
    path[length] = '\0';
    return true;
}

/* Append the name of a file of the first second, from now on, that has none. */
static bool append_name(char *path, size_t size)
{
    char host[256] = "localhost";
    size_t length = strlen(path);
    struct stat status;
    gethostname(host, sizeof host - 1);
    for (long long second = time(NULL);; second++) {
        int written = snprintf(path + length, size - length, "%sevents.out.tfevents.%010lld.%s",
                               path[length - 1] == '/' ? "" : "/", second, host);
        if (written < 0 || (size_t)written >= size - length)
            return false;
        if (stat(path, &status) != 0)
            return true;
    }
}

vs_status vs_events_path(const char *directory, char *path, size_t size, vs_error *error)
{
    vs_error own;
    if (!error)
        error = &own;
    memset(error, 0, sizeof *error);
    if (!directory || !path || !copy_directory(directory, path, size))
        vs__fail(error, VS_INVALID_ARGUMENT, NULL, "'%s' is no directory for event files", directory ? directory : "");
    else if (!make_directory(path))
        fail_errno(error, directory, errno);
    else if (!append_name(path, size))
        vs__fail(error, VS_INVALID_ARGUMENT, NULL, "%s: the name of an event file in it is too long", directory);
    return error->code;
}

/* ---- all of them ---- */

vs_status vs_graph_write(const vs_graph *graph, const char *path, vs_error *error)
{
    return vs_graph_write_renamed(graph, NULL, 0, path, error);
}

vs_status vs_graph_write_renamed(const vs_graph *graph, const vs_rename *renames, size_t count, const char *path,
                                 vs_error *error)
{
    const content what = {graph, renames, count};
    vs_error own;
    char events[4096];
    if (!error)
        error = &own;
    memset(error, 0, sizeof *error);
    vs_format format = vs_format_of(path);
    if (!graph || !path)
        vs__fail(error, VS_INVALID_ARGUMENT, NULL, "writing needs a graph and a path");
    else if (format == VS_FORMAT_NONE)
        vs__fail(error, VS_INVALID_ARGUMENT, NULL, "%s: a graph is written as .pb, .pbtxt or .meta, or into a directory",
                 path);
    else if (format != VS_FORMAT_EVENTS)
        write_at(&what, format, path, error);
    else if (vs_events_path(path, events, sizeof events, error) == VS_OK)
        write_at(&what, format, events, error);
    return error->code;
}
