/* Callbacks and emits. */
#include "clauses.h"

const struct clause clauses_callbacks[] = {
    PROSE("Callbacks"),
    PROSE("What a health callback returns."),
    PROSE("Where a callback puts its output. The library's; never to be freed."),

    PROSE("The callbacks of a daemon."),
    PROMISE("callbacks.optional", "All but process may be NULL."),
    PROMISE("callbacks.user_ctx", "Each gets the user_ctx of the registration."),
    PROMISE("callbacks.threads",
            "They are called from threads of the library, one at a time for a daemon, at the same time for different "
            "daemons; a slow callback delays its own daemon only (hardened)."),
    PROSE("The first may come before the registration has returned."),
    PROMISE("callbacks.any_call", "A callback may make any call of this header (hardened)."),
    PROMISE("callbacks.ending_inside",
            "One that ends the callback's own daemon or SDK doesn't wait for the callback: it returns at once, and the "
            "end follows when the callback is over (hardened)."),
    PROSE("A callback must return: it must not throw, longjmp or end its thread."),

    PROMISE("process.event",
           "An event for the daemon, to be answered with any number of net_meshos_process_emit(). Returns 0, or "
           "anything else for a failure. The payload is the library's and valid during the callback only."),
    PROMISE("snapshot.state",
           "Gives the daemon's state with one net_meshos_snapshot_emit(). NULL: the daemon has no state."),
    PROMISE("restore.state", "Takes back what snapshot gave. Returns 0, or anything else for a failure."),
    PROMISE("on_control.once",
            "Called once for each event that goes to the daemon's control channel, with the fields of "
            "NetMeshOsDaemonControl."),
    PROMISE("on_control.still_received", "The event can still be received."),
    PROMISE("health.tick", "Called every tick."),
    PROMISE("health.answer", "Returns a NET_MESHOS_HEALTH_ constant."),
    PROMISE("health.optional", "NULL: always healthy."),
    PROMISE("saturation.tick", "Called every tick."),
    PROMISE("saturation.answer", "Returns how busy the daemon is, 0.0 to 1.0."),
    PROMISE("saturation.optional", "NULL: always 0.0."),
    PROMISE("callbacks.any_answer", "Any value that health or saturation returns is harmless (hardened)."),

    PROMISE("process_emit.output",
           "Adds an output to the event that process handles. Valid inside that callback only, on any thread. The bytes "
           "are copied before it returns. payload_ptr may be NULL if payload_len is 0: an empty output."),
    PROMISE("process_emit.bad_context",
            "A ctx that is NULL, made up or of a callback that is over is ignored, and so is NULL with a length "
            "(hardened)."),
    PROMISE("process_emit.last_error", "Never touches the last error."),
    PROMISE("snapshot_emit.state",
           "Gives the state that snapshot was asked for; the first call in a callback counts, later ones are ignored."),
    PROMISE("snapshot_emit.bad_context", "Otherwise like net_meshos_process_emit(), a bad ctx included."),
    END_OF_CLAUSES,
};
