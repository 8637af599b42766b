/* The library under test. It is opened in the child that runs a round, so that the parent, which forks, never has
 * it. A call is made as CALL(name)(arguments), and counted. */
#ifndef FUZZ_LIB_H
#define FUZZ_LIB_H

#include <net_meshos_ext.h>
#include <stdatomic.h>

#define FUZZ_CALLS(X)                          \
    X(net_meshos_sdk_start)                    \
    X(net_meshos_sdk_free)                     \
    X(net_meshos_sdk_shutdown)                 \
    X(net_meshos_sdk_dropped_control_events)   \
    X(net_meshos_process_emit)                 \
    X(net_meshos_snapshot_emit)                \
    X(net_meshos_register_daemon_with_vtable)  \
    X(net_meshos_register_daemon)              \
    X(net_meshos_handle_free)                  \
    X(net_meshos_handle_daemon_id)             \
    X(net_meshos_handle_daemon_name)           \
    X(net_meshos_try_next_control)             \
    X(net_meshos_next_control)                 \
    X(net_meshos_publish_log)                  \
    X(net_meshos_graceful_shutdown)            \
    X(net_meshos_metadata)                     \
    X(net_meshos_refresh_metadata)             \
    X(net_meshos_free_string)                  \
    X(net_meshos_publish_capabilities)         \
    X(net_meshos_last_error_message)           \
    X(net_meshos_last_error_kind)              \
    X(net_meshos_clear_last_error)             \
    X(net_meshos_ext_version)                  \
    X(net_meshos_ext_sdk_start)                \
    X(net_meshos_register_daemon_with_vtable_v2) \
    X(net_meshos_ext_deliver)                  \
    X(net_meshos_ext_post)                     \
    X(net_meshos_ext_flush)                    \
    X(net_meshos_ext_set_output)               \
    X(net_meshos_ext_subscribe)                \
    X(net_meshos_ext_unsubscribe)              \
    X(net_meshos_ext_snapshot)                 \
    X(net_meshos_ext_restore)                  \
    X(net_meshos_ext_free_bytes)               \
    X(net_meshos_ext_enter_maintenance)        \
    X(net_meshos_ext_exit_maintenance)         \
    X(net_meshos_ext_stop_daemon)              \
    X(net_meshos_ext_restart_daemon)           \
    X(net_meshos_ext_daemon_done)              \
    X(net_meshos_ext_on_log)                   \
    X(net_meshos_ext_logs_json)                \
    X(net_meshos_ext_runtime_json)             \
    X(net_meshos_ext_daemon_json)

enum {
#define X(name) CALL_##name,
    FUZZ_CALLS(X)
#undef X
        CALLS
};

struct lib {
#define X(name) __typeof__(&name) name;
    FUZZ_CALLS(X)
#undef X
};

extern struct lib lib;
extern const char *const call_names[CALLS];
extern atomic_ulong *call_counts; /* CALLS of them, in memory that parent and children share */

#define CALL(name) (*(atomic_fetch_add_explicit(&call_counts[CALL_##name], 1, memory_order_relaxed), lib.name))

void lib_open(const char *path);

#endif
