/* Metadata, capabilities, the last error. */
#include "clauses.h"

const struct clause clauses_metadata[] = {
    PROSE("Metadata and capabilities"),

    PROMISE("metadata.json",
            "The state of the node as the daemon sees it: JSON in one line without spaces, the keys sorted: "
            "{\"daemon_id\":8658788451821909695,\"daemon_name\":\"telemetry\", "
            "\"maintenance_state\":{\"kind\":\"active\"},\"node_id\":4660,\"peers\":[]} (broken here for the page)."),
    PROMISE("metadata.ids", "Ids are integers up to 2^64-1."),
    PROMISE("metadata.escapes",
            "In strings only the quote, the backslash and control characters are escaped, in the short form where JSON "
            "has one, else as \\u00xx in lower case."),
    PROMISE("metadata.maintenance",
           "maintenance_state has a kind and what belongs to it: \"active\", \"entering_maintenance\" (since_ms, "
           "deadline_remaining_ms or null), \"maintenance\" (since_ms), \"exiting_maintenance\" (since_ms), "
           "\"drain_failed\" (since_ms, reason), \"recovery\" (since_ms) or \"unknown\"."),
    BEYOND("metadata.peers",
           "Each peer has capability_set (sorted), cpu_load_1m, disk_total_bytes, disk_used_bytes, forked_from, health, "
           "maintenance, mem_total_bytes, mem_used_bytes, node_id, rtt_ms, saturation_trend and software_version; what "
           "is not known is null. Peers are sorted by node_id.",
           "no call brings a peer about; the empty list is in metadata.json"),
    PROMISE("metadata.cached",
            "It shows the state that the registration or the last net_meshos_refresh_metadata() has seen."),
    PROMISE("metadata.after_shutdown",
            "It works after net_meshos_sdk_shutdown() and net_meshos_sdk_free() too."),
    PROMISE("metadata.text",
            "The text ends with a NUL. It is the caller's, outlives the handle and must be freed with "
            "net_meshos_free_string()."),
    PROMISE("metadata.last_error", "A success leaves the last error alone. A failure returns NULL and sets it:"),
    PROMISE("metadata.null", "invalid_argument handle is NULL"),
    PROMISE("metadata.invalid", "invalid_handle handle is invalid (hardened)"),
    PROMISE("metadata.consumed", "already_shutdown the handle is consumed"),
    PROMISE("metadata.refresh", "Like net_meshos_metadata(), but reads the present state first."),

    PROMISE("free_string.frees",
            "Frees a text of net_meshos_metadata() or net_meshos_refresh_metadata(), on any thread."),
    PROMISE("free_string.null", "It does nothing for NULL."),
    PROMISE("free_string.foreign",
            "It does nothing for a pointer that is no such text, or that has been freed (hardened)."),
    PROMISE("free_string.last_error", "Never touches the last error."),

    PROMISE("capabilities.example",
            "Advertises what the daemon can do: a JSON array of strings, for example [\"hardware.gpu\", "
            "\"software.model.foo=llama-3.1-70b\"]"),
    PROMISE("capabilities.strict",
            "The JSON is strict RFC 8259: a text that is not one array with nothing but strings in it is refused."),
    PROMISE("capabilities.lenient", "White space around, any valid escape, empty and repeated strings are fine."),
    PROMISE("capabilities.clear", "A length of 0 withdraws the advertisement, whatever the pointer."),
    PROSE("The advertisement is shown by net_meshos_ext_daemon_json(), and in a mesh to the other nodes, in capability_set of their peers."),
    PROMISE("capabilities.after_shutdown", "It works after the SDK has been shut down too."),
    PROMISE("capabilities.null_handle", "-1 invalid_argument handle is NULL"),
    PROMISE("capabilities.invalid", "-1 invalid_handle handle is invalid (hardened)"),
    PROMISE("capabilities.consumed", "-4 already_shutdown the handle is consumed"),
    PROMISE("capabilities.null_tags", "-3 invalid_argument tags_json_ptr is NULL with a length above 0"),
    PROMISE("capabilities.refused", "-3 invalid_argument the text is not UTF-8 or not such an array"),

    PROSE("The last error"),

    PROMISE("last_error.message", "The message of the calling thread's last error, or NULL."),
    PROMISE("last_error.new_thread", "Both are NULL on a new thread."),
    PROMISE("last_error.set_and_cleared",
            "A call that returns a status sets them when it fails and clears them when it succeeds."),
    PROMISE("last_error.kept", "No other call except net_meshos_clear_last_error() clears them."),
    PROMISE("last_error.lifetime",
            "The text is the library's and valid until the next call on the same thread that sets or clears them."),
    PROMISE("last_error.kind", "The kind of the calling thread's last error, or NULL."),
    PROMISE("last_error.kind_lifetime", "It lives as long as the message."),
    PROMISE("last_error.clear", "Sets both to NULL."),
    PROSE("extern \"C\""),
    PROSE("NET_MESHOS_H"),
    END_OF_CLAUSES,
};
