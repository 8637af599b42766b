/* Control events, logs, graceful shutdown. */
#include "clauses.h"

const struct clause clauses_control[] = {
    PROSE("Control"),

    PROMISE("try_next.takes",
            "Takes the oldest event from the daemon's control channel and writes it to *out, without waiting."),
    PROMISE("try_next.none", "If there is none all of *out is zero: its kind is NET_MESHOS_CONTROL_NONE."),
    PROMISE("try_next.full",
            "A full channel drops the newest event, but never NET_MESHOS_CONTROL_SHUTDOWN (hardened)."),
    PROMISE("try_next.one_caller", "Each event goes to one caller (hardened)."),
    PROMISE("try_next.null_handle", "-1 invalid_argument handle is NULL"),
    PROMISE("try_next.invalid", "-1 invalid_handle handle is invalid (hardened)"),
    PROMISE("try_next.null_out", "-3 invalid_argument out is NULL"),
    PROMISE("try_next.consumed", "-4 already_shutdown the handle is consumed"),

    PROMISE("next.waits",
            "Like net_meshos_try_next_control(), errors included, but waits up to timeout_ms milliseconds for an event, "
            "and without limit if timeout_ms is 0."),
    PROMISE("next.timeout", "After the timeout, and never earlier, *out is all zero."),
    PROMISE("next.event", "An event ends the wait at once."),
    PROMISE("next.ends",
            "So do net_meshos_sdk_shutdown(), net_meshos_sdk_free() and net_meshos_handle_free(), with *out all zero."),
    PROMISE("next.after_shutdown",
            "After a shutdown of the SDK it still hands out the events that wait, then NET_MESHOS_CONTROL_NONE at "
            "once."),
    PROMISE("next.longest", "UINT64_MAX is a valid timeout."),
    PROMISE("next.consumed", "If the handle is consumed while it waits it returns 0 with *out all zero (hardened)."),

    PROSE("Logs"),

    PROMISE("log.line", "Logs a line for the daemon."),
    PROMISE("log.never_waits",
            "It never waits: if the event queue is full the line is refused, and a later call may succeed."),
    PROMISE("log.message", "The message is UTF-8 of any length; it may be empty or have NULs."),
    PROMISE("log.null_handle", "-1 invalid_argument handle is NULL"),
    PROMISE("log.invalid", "-1 invalid_handle handle is invalid (hardened)"),
    PROMISE("log.level", "-3 invalid_log_level level is no NET_MESHOS_LOG_ constant"),
    PROMISE("log.null_message", "-3 invalid_argument message_ptr is NULL, with a length of 0 too"),
    PROMISE("log.not_utf8", "-3 invalid_argument the message is not UTF-8"),
    PROMISE("log.consumed", "-4 already_shutdown the handle is consumed"),
    PROMISE("log.queue_full", "-2 queue_full the event queue has no room"),
    PROMISE("log.loop_closed", "-2 loop_closed the SDK has been shut down or freed"),

    PROSE("Shutdown of a daemon"),

    PROSE("Asks a daemon to end, gives it time, and consumes the handle."),
    PROMISE("graceful.sends",
            "It sends NET_MESHOS_CONTROL_SHUTDOWN with the grace time to the daemon's channel and to on_control,"),
    PROMISE("graceful.waits", "and waits grace_ms milliseconds, no less; 0 means 5,000."),
    PROMISE("graceful.within",
            "Within that time all calls still work on the handle, and a net_meshos_next_control() that waits gets the "
            "event at once."),
    PROMISE("graceful.consumes", "Then the daemon is unregistered and the handle consumed."),
    PROMISE("graceful.callbacks_over",
            "When it has returned 0 no callback of the daemon runs or will run (hardened)."),
    PROMISE("graceful.longest", "UINT64_MAX is a valid grace time."),
    PROMISE("graceful.busy_callback",
            "A callback that still runs when the time is over gives -2 \"shutdown_failed\"; the handle is consumed all "
            "the same, and net_meshos_handle_free() then waits for the callback (hardened)."),
    PROMISE("graceful.inside",
            "From inside a callback of the daemon it returns 0 at once, and the time passes in the background "
            "(hardened)."),
    PROMISE("graceful.after_shutdown",
            "After a shutdown of the SDK it works as before, but no callback is called."),
    PROMISE("graceful.null", "-1 invalid_argument handle is NULL"),
    PROMISE("graceful.invalid", "-1 invalid_handle handle is invalid (hardened)"),
    PROMISE("graceful.again",
            "-4 already_shutdown the handle is consumed, or another net_meshos_graceful_shutdown() runs on it"),
    PROMISE("graceful.failed", "-2 shutdown_failed a callback still runs (hardened)"),
    END_OF_CLAUSES,
};
