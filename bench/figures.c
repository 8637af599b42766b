#include "figures.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define SCALE(n)                                                                                  \
    {"scale_" #n, "free@" #n, "handle_free, " #n " there", NS, 0, "", true},                      \
        {"scale_" #n, "runtime_json@" #n, "ext_runtime_json, " #n " there", NS, 0, "", true},     \
        {"scale_" #n, "resident@" #n, "resident, " #n " there", MEGABYTES, 0, "", true},          \
        {"tick_" #n, "tick@" #n, "tick, " #n " there", NS, 0, "", true},                          \
        {"tick_health_" #n, "tick_health@" #n, "tick, " #n " with health", NS, 0, "", true}
#define REGISTER(n, title, limit, reference) {"scale_" #n, "register@" #n, title, NS, limit, reference, false}
#define REGISTER_SCALE(n) {"scale_" #n, "register@" #n, "register_daemon, " #n " there", NS, 0, "", true}

/* The limits and the reference's figures were set and taken on one machine in
 * one hour, at 3.4 ns a unit. The reference is the Rust cdylib of net-mesh
 * 0.25.0. A star: it has no such call in C, and the figure is that of its Rust
 * function, without a crossing between languages. */
const struct figure figures[] = {
    {"error_null", "error_null", "error: publish_log(NULL, ...)", NS, 2, "7.7", false},
    {"error_level", "error_level", "error: bad log level on a live handle", NS, 3, "8.7", false},
    {"accessors", "last_error_kind", "last_error_kind", NS, 0.9, "0.5-0.9", false},
    {"accessors", "clear_last_error", "clear_last_error", NS, 0.9, "0.5-0.9", false},
    {"accessors", "daemon_id", "handle_daemon_id", NS, 0.9, "0.5-0.9", false},
    {"accessors", "daemon_name", "handle_daemon_name", NS, 0.9, "0.5-0.9", false},
    {"try_next", "try_next", "try_next_control, empty", NS, 3, "4.3", false},
    {"try_next_two", "try_next_two", "the same, 2 threads on 2 handles, per call", NS, 1.5, "2.2", false},
    {"dropped", "dropped", "sdk_dropped_control_events", NS, 3, "5.8", false},
    {"logs", "logs", "publish_log, 30 bytes, full speed, per line taken", NS, 40, "58-95", false},
    {"metadata", "metadata", "metadata + free_string", NS, 25, "91", false},
    {"refresh", "refresh", "refresh_metadata + free_string, no change", NS, 40, "143", false},
    {"capabilities", "capabilities", "publish_capabilities, two tags", NS, 55, "58-69", false},
    {"register_free", "register_free", "register_daemon + handle_free", NS, 2900, "3530", false},
    REGISTER(1000, "register_daemon, 1,000 there", 3000, "4500"),
    REGISTER(10000, "register_daemon, 10,000 there", 3000, "6200-200000"),
    REGISTER(100000, "register_daemon, 100,000 there", 3500, "1900000"),
    {"sdk_life", "sdk_life", "sdk_start + sdk_shutdown + sdk_free", NS, 10000, "12000-14000", false},
    {"next_control", "next_control", "next_control(1 ms), until it returns", MILLISECONDS, 1.15, "2.09", false},
    {"deliver_0", "deliver_0", "ext_deliver, 64 bytes, no output", NS, 35, "23*", false},
    {"deliver_1", "deliver_1", "ext_deliver, one output of 64 bytes", NS, 45, "51*", false},
    {"deliver_8", "deliver_8", "ext_deliver, eight outputs of 64 bytes", NS, 90, "238*", false},
    {"post_1", "post_1", "ext_post by 256, one output each, per event", NS, 15, "-", false},
    {"post_2", "post_2", "the same, two daemons, per event", NS, 12, "-", false},
    {"library", "library", "size of the library", MEGABYTES, 6, "", false},
    {"first_start", "first_start", "dlopen + the first sdk_start", MILLISECONDS, 3, "", false},
    {"resident", "resident_one", "resident, one SDK and one daemon", MEGABYTES, 9, "4.6", false},
    {"scale_100000", "per_daemon@100000", "resident per daemon, 100,000 there", BYTES, 1200, "4800", false},
    {"growth", "growth", "more resident than after the first round", MEGABYTES, 0, "", false},
    {"waiting", "waiting_threads", "threads, 64 of the host in next_control", THREADS, 10, "", false},
    {"scale_100000", "idle", "idle, 100,000 there, of one processor", PERCENT, 0.5, "", false},
    {"lateness", "lateness_p50", "control event under load, median", MICROSECONDS, 1000, "", false},
    {"lateness", "lateness_p99", "control event under load, p99", MICROSECONDS, 10000, "", false},
    {"pauses", "pauses_p50", "ext_deliver amid allocations, median", MICROSECONDS, 0, "", false},
    {"pauses", "pauses_p999", "ext_deliver amid allocations, p99.9", MICROSECONDS, 1000, "", false},
    {"pauses", "pauses_outside_p999", "the machine alone at the same time, p99.9", MICROSECONDS, 0, "", false},
    REGISTER_SCALE(1),
    REGISTER_SCALE(10),
    REGISTER_SCALE(100),
    SCALE(1),
    SCALE(10),
    SCALE(100),
    SCALE(1000),
    SCALE(10000),
    SCALE(100000),
};

const size_t figures_count = COUNT(figures);

size_t figure_find(const char *key) {
    size_t i = 0;
    while (i < figures_count && strcmp(figures[i].key, key) != 0)
        i++;
    return i;
}

size_t figure_find_sized(const char *key, int size) {
    char sized[64];
    snprintf(sized, sizeof sized, "%s@%d", key, size);
    return figure_find(sized);
}

bool figure_is_of_event(const struct figure *f) {
    return f->quantity == NS && (strncmp(f->case_name, "deliver_", 8) == 0 || strncmp(f->case_name, "post_", 5) == 0);
}

const char *quantity_name(enum quantity q) {
    static const char *const names[] = {"ns", "us", "ms", "MB", "bytes", "threads", "%"};
    return names[q];
}

const int scale_sizes[] = {1, 10, 100, 1000, 10000, 100000};
const size_t scale_sizes_count = COUNT(scale_sizes);

const struct scale_curve scale_curves[] = {
    {"register", "register_daemon", false},
    {"free", "handle_free", false},
    {"runtime_json", "ext_runtime_json + free_string", false},
    {"tick", "tick, no callbacks", false},
    {"tick_health", "tick, all with health", false},
    {"resident", "resident memory", true},
};
const size_t scale_curves_count = COUNT(scale_curves);

const struct histogram_title histogram_titles[] = {
    {"lateness", "lateness", "lateness of control events under load"},
    {"pauses", "pauses", "single calls of ext_deliver while another thread makes the library allocate"},
    {"pauses", "pauses_outside", "the machine alone at the same time: as long outside of the library"},
};
const size_t histogram_titles_count = COUNT(histogram_titles);
