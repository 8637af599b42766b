/* The calls on an SDK. */
#include "clauses.h"

const struct clause clauses_sdk[] = {
    PROSE("The SDK"),

    PROMISE("sdk_start.out", "Starts an SDK and writes its handle to *out."),
    PROMISE("sdk_start.defaults", "Each number may be 0 for its default."),
    PROMISE("sdk_start.many", "Many SDKs may run at once in a process; they share nothing."),
    PROMISE("sdk_start.this_node", "this_node id of the node, shown in the metadata; default 0"),
    PROMISE("sdk_start.tick", "tick_interval_ms milliseconds between two ticks; default 500;"),
    PROMISE("sdk_start.tick_never", "UINT64_MAX never ticks"),
    PROMISE("sdk_start.event_queue",
            "event_queue_capacity log lines and other events that may wait for the SDK; default 1024"),
    BEYOND("sdk_start.action_queue",
           "action_queue_capacity has no effect: actions are carried out at once and wait in no queue",
           "what has no effect can't be seen"),
    PROMISE("sdk_start.control", "control_capacity control events that may wait for each daemon; default 8"),
    PROMISE("sdk_start.capacity",
            "Any capacity below 2^61 is accepted: memory grows with what waits, not with the capacity."),
    PROMISE("sdk_start.control_limit",
            "A control_capacity of 2^61 or more starts, but each registration then gets -2 \"runtime_panic\"."),
    PROMISE("sdk_start.null_out", "-3 invalid_argument out is NULL"),
    PROMISE("sdk_start.queue_limit", "-2 runtime_panic a queue capacity is 2^61 or more"),

    PROMISE("sdk_free.frees", "Frees an SDK."),
    PROMISE("sdk_free.shuts_down",
            "One that has not been shut down is shut down first, as by net_meshos_sdk_shutdown(), with its limit of "
            "5,000 ms: what a callback that outlasts it uses may be freed once net_meshos_handle_free() of its daemon "
            "has returned."),
    PROMISE("sdk_free.waits_once",
            "Where a shutdown has waited before, only what is left of that limit is waited."),
    PROMISE("sdk_free.handles_stay", "The daemon handles stay the caller's and go on as described there."),
    PROMISE("sdk_free.null", "It does nothing if sdk is NULL or invalid."),

    PROMISE("sdk_shutdown.consumes", "Stops an SDK and consumes it."),
    PROMISE("sdk_shutdown.wakes",
            "Every net_meshos_next_control() that waits is woken with NET_MESHOS_CONTROL_NONE."),
    PROMISE("sdk_shutdown.callbacks_over",
            "When it has returned 0 no callback of the SDK's daemons runs or will run (hardened)."),
    PROMISE("sdk_shutdown.patience",
            "It waits at most 5,000 ms for a callback that runs, then reports -2 \"shutdown_failed\"; the SDK is "
            "consumed all the same (hardened)."),
    PROMISE("sdk_shutdown.inside",
            "Called from inside a callback it returns 0 at once, and the end follows when the callback is over "
            "(hardened)."),
    PROMISE("sdk_shutdown.handles_outlive",
            "Daemon handles outlive their SDK, whether it is shut down or freed too."),
    PROMISE("sdk_shutdown.handles_go_on",
            "On them all calls go on as usual except two: net_meshos_publish_log() reports \"loop_closed\", and "
            "net_meshos_next_control() never waits."),
    PROMISE("sdk_shutdown.handles_freed", "They must still be freed."),
    PROMISE("sdk_shutdown.null", "-1 invalid_argument sdk is NULL"),
    PROMISE("sdk_shutdown.invalid", "-1 invalid_handle sdk is invalid (hardened)"),
    PROMISE("sdk_shutdown.again", "-4 already_shutdown it has been shut down"),
    PROMISE("sdk_shutdown.failed", "-2 shutdown_failed a callback still runs (hardened)"),

    PROMISE("dropped.number",
            "The number of control events that were dropped because the channel of a daemon was full, over the daemons "
            "that are registered now."),
    PROMISE("dropped.none", "UINT64_MAX if sdk is NULL, invalid or consumed."),
    PROMISE("dropped.last_error", "Never touches the last error."),
    END_OF_CLAUSES,
};
