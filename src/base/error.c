#include "error.h"

#include <stdio.h>
#include <string.h>

const char *vs_status_name(vs_status code)
{
    switch (code) {
#define XX(code, value, name, text)                                                                           \
    case VS_##code:                                                                                           \
        return name;
        VS_STATUS_MAP(XX)
#undef XX
    }
    return "unknown";
}

const char *vs_status_text(vs_status code)
{
    switch (code) {
#define XX(code, value, name, text)                                                                           \
    case VS_##code:                                                                                           \
        return text;
        VS_STATUS_MAP(XX)
#undef XX
    }
    return "no code of this library";
}

/* A message is one line; what callers pass in names may hold anything. */
static void make_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

bool vs__fail_va(vs_error *error, vs_status code, const vs_call *call, const char *format, va_list arguments)
{
    if (error->code != VS_OK)
        return false;
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    if (length < 0)
        error->message[0] = '\0';
    if (length >= (int)sizeof error->message)
        memcpy(error->message + sizeof error->message - 4, "...", 4);
    make_one_line(error->message);
    error->site = vs__site_of(call);
    error->first = (vs_site){NULL, NULL, 0};
    error->code = code;
    return false;
}

bool vs__fail(vs_error *error, vs_status code, const vs_call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vs__fail_va(error, code, call, format, arguments);
    va_end(arguments);
    return false;
}

bool vs__fail_memory(vs_error *error, const vs_call *call)
{
    return vs__fail(error, VS_RESOURCE_EXHAUSTED, call, "out of memory");
}

const char *vs__first_defined(const vs_site *site, char buffer[VS__SITE_SIZE])
{
    char line[16] = "";
    buffer[0] = '\0';
    if (site->line)
        snprintf(line, sizeof line, ":%d", (int)site->line);
    if (site->file)
        snprintf(buffer, VS__SITE_SIZE, ", first defined at %s%s%s%s%s", site->file, line, site->function ? " (" : "",
                 site->function ? site->function : "", site->function ? ")" : "");
    return buffer;
}

const void *vs__arguments_copy(void *local, size_t size, const void *given, size_t given_size)
{
    memset(local, 0, size);
    memcpy(local, given, given_size < size ? given_size : size);
    return local;
}
