/* The library that a child measures, opened and never linked. */
#ifndef BENCH_LIB_H
#define BENCH_LIB_H

#include <net_meshos_ext.h>
#include <stdbool.h>

/* Every libnet_meshos has these. */
#define LIB_BASE(X)                                                                                     \
    X(sdk_start) X(sdk_free) X(sdk_shutdown) X(sdk_dropped_control_events) X(process_emit)              \
    X(snapshot_emit) X(register_daemon_with_vtable) X(register_daemon) X(handle_free)                   \
    X(handle_daemon_id) X(handle_daemon_name) X(try_next_control) X(next_control) X(publish_log)        \
    X(graceful_shutdown) X(metadata) X(refresh_metadata) X(free_string) X(publish_capabilities)         \
    X(last_error_message) X(last_error_kind) X(clear_last_error)

/* NULL in a library that lacks them. */
#define LIB_EXT(X)                                                                                      \
    X(ext_version) X(ext_deliver) X(ext_post) X(ext_flush) X(ext_set_output) X(ext_stop_daemon)         \
    X(ext_restart_daemon) X(ext_daemon_done) X(ext_runtime_json)

#define LIB_MEMBER(name) __typeof__(net_meshos_##name) *name;
struct lib {
    LIB_BASE(LIB_MEMBER)
    LIB_EXT(LIB_MEMBER)
};
#undef LIB_MEMBER

extern struct lib lib;

/* NULL, or why the library can't be used. */
const char *lib_open(const char *path);

/* Whether the library has net_meshos_NAME. */
bool lib_has(const char *name);

#endif
