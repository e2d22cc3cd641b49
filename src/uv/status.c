#include "adapter.h"

vs_status vs_uv_status(int error)
{
    switch (error) {
    case 0:
        return VS_OK;
    case UV_ECANCELED:
        return VS_CANCELLED;
    case UV_EINVAL:
    case UV_EBADF:
    case UV_ENAMETOOLONG:
        return VS_INVALID_ARGUMENT;
    case UV_ENOENT:
        return VS_NOT_FOUND;
    case UV_EEXIST:
        return VS_ALREADY_EXISTS;
    case UV_ENOMEM:
    case UV_ENOBUFS:
    case UV_ENOSPC:
    case UV_EMFILE:
    case UV_ENFILE:
    case UV_EAGAIN: /* a thread or process too many */
        return VS_RESOURCE_EXHAUSTED;
    case UV_EBUSY:
    case UV_EALREADY:
    case UV_ENOTCONN:
        return VS_FAILED_PRECONDITION;
    case UV_ENOSYS:
    case UV_ENOTSUP:
        return VS_UNIMPLEMENTED;
    case UV_ECONNABORTED:
    case UV_ECONNREFUSED:
    case UV_ECONNRESET:
    case UV_EIO:
    case UV_EOF:
    case UV_EPIPE:
    case UV_EROFS:
    case UV_ETIMEDOUT:
    case UV_EADDRINUSE:
    case UV_EADDRNOTAVAIL:
        return VS_UNAVAILABLE;
    default:
        return VS_UNKNOWN;
    }
}
