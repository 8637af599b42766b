/* Registration, freeing, id and name. */
#include "clauses.h"

const struct clause clauses_daemons[] = {
    PROSE("Daemons"),

    PROMISE("register.out", "Registers a daemon with callbacks and writes its handle to *out."),
    PROMISE("register.name",
            "name_ptr, name_len the daemon's name, UTF-8 of any length; it may be empty, but must have no NUL"),
    PROMISE("register.seed", "seed_ptr the 32 bytes of an ed25519 seed"),
    PROMISE("register.vtable",
            "vtable_ptr the callbacks; the table is copied, the functions must stay until the handle is freed"),
    PROMISE("register.user_ctx",
            "user_ctx passed to every callback and never dereferenced; once net_meshos_handle_free() has returned no "
            "callback gets it any more (hardened)"),
    PROMISE("register.id", "The seed gives the daemon its id, see net_meshos_handle_daemon_id()."),
    PROMISE("register.again",
            "An id can be registered only once at a time in an SDK, and again after net_meshos_handle_free() or "
            "net_meshos_graceful_shutdown()."),
    BEYOND("register.inside",
           "A callback that frees its own daemon's handle can't register the id again itself: it stays taken until "
           "that callback has returned.",
           "other implementations may let go of the id earlier; the suite of the extension calls has a case"),
    PROMISE("register.other_sdk", "Other SDKs may have the same id at the same time."),
    PROMISE("register.null_sdk", "-1 invalid_argument sdk is NULL"),
    PROMISE("register.invalid_sdk", "-1 invalid_handle sdk is invalid (hardened)"),
    PROMISE("register.null",
            "-3 invalid_argument name_ptr, seed_ptr, vtable_ptr or out is NULL, with a length of 0 too"),
    PROMISE("register.not_utf8", "-3 invalid_argument the name is not UTF-8"),
    PROMISE("register.no_process", "-3 invalid_argument process is NULL"),
    PROMISE("register.shut_down", "-4 already_shutdown sdk has been shut down"),
    PROMISE("register.panic",
            "-2 runtime_panic the name has a NUL, or the control_capacity of sdk is 2^61 or more"),
    PROMISE("register.taken", "-2 register_failed the id is registered already"),

    PROMISE("register.plain",
            "Registers a daemon without callbacks, for a host that does the daemon's work itself. In all else, the "
            "errors and their order included, it is like net_meshos_register_daemon_with_vtable()."),

    PROMISE("handle_free.unregisters",
            "Frees a daemon handle; the daemon is unregistered if it still was registered."),
    PROMISE("handle_free.callbacks_over",
            "It returns when no callback of the daemon runs or will run (hardened)."),
    PROMISE("handle_free.wakes",
            "Every net_meshos_next_control() that waits on the handle is woken with NET_MESHOS_CONTROL_NONE, and no "
            "call writes to its *out after this one has returned (hardened)."),
    PROMISE("handle_free.ends_shutdown",
            "A net_meshos_graceful_shutdown() that runs on another thread ends early with 0 (hardened)."),
    PROMISE("handle_free.inside",
            "Called from inside a callback of the daemon it returns at once; the handle is invalid from then on "
            "(hardened)."),
    BEYOND("handle_free.id_inside",
           "The id stays taken until that callback has returned: to register it inside of the callback is -2 "
           "register_failed. It is free when destroy is called.",
           "other implementations may let go of the id at other times; the suite of the extension calls has a case"),
    BEYOND("handle_free.cycle",
           "net_meshos_handle_free() returns at once from inside a callback that a callback of the daemon waits for, "
           "too, as one that delivers an event does: they would wait for each other forever. Both callbacks then run "
           "to their end, and destroy is called when the daemon's has returned.",
           "only extension calls bring such a wait about; the suite of those has a case"),
    PROMISE("handle_free.null", "It does nothing if handle is NULL or invalid."),

    PROMISE("daemon_id.hash",
            "The daemon's id: the first 8 bytes, little-endian, of the BLAKE2s-256 hash, keyed with \"net-origin-v1\", "
            "of the ed25519 public key."),
    PROMISE("daemon_id.lifetime", "It works until the handle is freed, on a consumed one too."),
    PROMISE("daemon_id.invalid",
            "Returns 0 if handle is NULL, leaving the last error alone, or invalid, with kind \"invalid_handle\" "
            "(hardened)."),

    PROMISE("daemon_name.text", "The daemon's name with a NUL at its end."),
    PROMISE("daemon_name.lifetime",
            "The text is the library's, unchanged and valid until the handle is freed, on a consumed one too."),
    PROMISE("daemon_name.invalid",
            "Returns NULL if handle is NULL, leaving the last error alone, or invalid, with kind \"invalid_handle\" "
            "(hardened)."),
    END_OF_CLAUSES,
};
