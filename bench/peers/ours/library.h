/* The library that is measured, opened by its path: only the calls of the public headers. */
#ifndef PEERS_LIBRARY_H
#define PEERS_LIBRARY_H

#include <net_meshos_ext.h>

#define LIBRARY_CALLS(X) \
    X(last_error_kind) X(last_error_message) X(sdk_shutdown) X(sdk_free) X(process_emit) \
    X(register_daemon_with_vtable) X(handle_free) X(handle_daemon_id) X(ext_sdk_start) X(ext_deliver) X(ext_post) \
    X(ext_flush) X(ext_subscribe)

#define LIBRARY_MEMBER(name) __typeof__(net_meshos_##name) *name;
extern struct library {
    LIBRARY_CALLS(LIBRARY_MEMBER)
} lib;
#undef LIBRARY_MEMBER

/* Opens it and returns how long dlopen took, in ns. Ends the process where it can't be opened or lacks a call. */
double library_open(const char *path);

#endif
