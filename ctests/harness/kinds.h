/* The kinds of errors, by their own names: a misspelt one doesn't compile. Constants. */
#ifndef HARNESS_KINDS_H
#define HARNESS_KINDS_H

#define KINDS(X)                                                                                                  \
    X(invalid_argument) X(invalid_handle) X(invalid_log_level) X(invalid_state) X(state_invalid) X(already_shutdown)                \
    X(register_failed) X(queue_full) X(loop_closed) X(shutdown_failed) X(runtime_panic) X(forked) X(not_found)      \
    X(draining) X(stopped) X(backing_off) X(process_failed) X(restore_failed) X(timeout) X(config_invalid) \
    X(out_of_memory) X(no_resources) X(unsupported) X(mesh_unavailable) X(node_id_taken) X(already_processed)

#define KIND(name) extern const char name[];
KINDS(KIND)
#undef KIND

#endif
