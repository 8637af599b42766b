/* Last errors: one pair of kind and message for each thread. */
#ifndef MESHOS_ERRORS_H
#define MESHOS_ERRORS_H

#include <stddef.h>
#include <stdint.h>

/* Every way a call can fail: name, status, kind, message. A GO row is what an
 * error of Go's of this kind becomes; each kind has one at most. Of the two for
 * already_shutdown the export chooses one: see errors.go. The messages are for
 * errors whose cause needs no more words; Go gives others with
 * meshos_error_text. */
#define MESHOS_ERRORS(X, GO)                                                                  \
    X(NULL_SDK, -1, "invalid_argument", "the SDK pointer is NULL")                            \
    X(NULL_HANDLE, -1, "invalid_argument", "the daemon handle is NULL")                       \
    X(STALE_SDK, -1, "invalid_handle",                                                        \
      "this is no live SDK: it has been freed, or never came from net_meshos_sdk_start")      \
    X(STALE_HANDLE, -1, "invalid_handle",                                                     \
      "this is no live daemon handle: it has been freed, or never came from a registration")  \
    X(NULL_OUT, -3, "invalid_argument", "the out pointer is NULL")                            \
    X(NULL_NAME, -3, "invalid_argument", "the daemon name is NULL: for an empty name pass a pointer and length 0") \
    X(NULL_SEED, -3, "invalid_argument", "the seed is NULL: pass 32 bytes")                   \
    X(NULL_VTABLE, -3, "invalid_argument", "the vtable is NULL: use net_meshos_register_daemon for a daemon without callbacks") \
    X(NULL_PROCESS, -3, "invalid_argument", "the vtable has no process callback, which is required") \
    X(NULL_MESSAGE, -3, "invalid_argument", "the log message is NULL: for an empty message pass a pointer and length 0") \
    X(NULL_TAGS, -3, "invalid_argument", "the capability tags are NULL, but their length is not 0") \
    X(NULL_CONFIG, -3, "invalid_argument", "the configuration is NULL, but its length is not 0") \
    X(NULL_EVENT, -3, "invalid_argument", "the events are NULL")                              \
    X(NULL_PAYLOAD, -3, "invalid_argument", "the payload of an event is NULL, but its length is not 0") \
    X(NULL_STATE, -3, "invalid_argument", "the state is NULL, but its length is not 0")       \
    X(LENGTH, -3, "invalid_argument", "a length is larger than any object can be")            \
    GO(LOG_LEVEL, -3, "invalid_log_level", "the log level is not one of 0 (trace) to 4 (error)") \
    GO(ARGUMENT, -3, "invalid_argument", "an argument is invalid")                            \
    GO(SDK_DOWN, -4, "already_shutdown", "the SDK has been shut down: start another one")     \
    X(CONSUMED, -4, "already_shutdown",                                                       \
      "the daemon has been shut down, or is being so: register it again for a new handle")    \
    GO(REGISTER_FAILED, -2, "register_failed", "the daemon could not be registered")          \
    GO(QUEUE_FULL, -2, "queue_full",                                                          \
      "the event queue is full: publish fewer lines, try again later, or start with a larger event_queue_capacity") \
    X(INBOX_FULL, -2, "queue_full", "the inbox of the daemon is full: post the other events later") \
    GO(LOOP_CLOSED, -2, "loop_closed", "the supervisor has been shut down and takes no more log lines") \
    GO(SHUTDOWN_FAILED, -2, "shutdown_failed", "a callback still runs after the grace time")  \
    GO(NOT_FOUND, -2, "not_found", "no daemon of this id is registered")                      \
    GO(DRAINING, -2, "draining", "no events are taken now")                                   \
    GO(STOPPED, -2, "stopped", "the daemon has been stopped")                                 \
    GO(BACKING_OFF, -2, "backing_off", "the daemon crash-loops and is held")                  \
    GO(PROCESS_FAILED, -2, "process_failed", "the daemon could not process the event")        \
    GO(RESTORE_FAILED, -2, "restore_failed", "the daemon did not take the state")             \
    GO(STATE_INVALID, -2, "state_invalid", "the saved state can't be used")                   \
    GO(INVALID_STATE, -2, "invalid_state", "the call makes no sense now")                     \
    GO(TIMEOUT, -2, "timeout", "it was not over in time")                                     \
    GO(CONFIG_INVALID, -2, "config_invalid", "the configuration file can't be used")          \
    GO(UNSUPPORTED, -2, "unsupported", "this edition of the library can't do it")             \
    GO(MESH_UNAVAILABLE, -2, "mesh_unavailable", "the servers of the mesh can't be reached")  \
    GO(NODE_ID_TAKEN, -2, "node_id_taken", "a live node of the mesh has this id")             \
    GO(ALREADY_PROCESSED, -2, "already_processed", "the daemon has processed this event before") \
    GO(PANIC, -2, "runtime_panic", "the library has a defect")                                \
    GO(NO_MEMORY, -2, "out_of_memory", "there is no memory for this call")                    \
    X(NO_ADDRESSES, -2, "out_of_memory",                                                      \
      "the library's runtime needs 2.4 GB of address space, most of which it does not use: see ulimit -v") \
    X(NO_THREADS, -2, "no_resources", "too few threads can be made: see ulimit -u and ulimit -v, or the limits of the container") \
    X(NO_DESCRIPTORS, -2, "no_resources", "fewer than five descriptors are left: see ulimit -n") \
    X(NO_RANDOM, -2, "no_resources", "the kernel gives no random bytes") \
    X(INTERRUPTED, -2, "invalid_state",                                                       \
      "a signal handler can't make a call that has interrupted another call of the same thread") \
    X(FORKED, -2, "forked",                                                                   \
      "this process is a fork of one that had started an SDK, whose threads it does not have: call exec first")

enum meshos_error {
    MESHOS_OK = 0,
#define MESHOS_ERROR_NAME(name, status, kind, message) MESHOS_E_##name,
    MESHOS_ERRORS(MESHOS_ERROR_NAME, MESHOS_ERROR_NAME)
#undef MESHOS_ERROR_NAME
    MESHOS_ERRORS_END
};

/* Longer messages are cut to this, NUL included. */
enum { MESHOS_MESSAGE_SIZE = 512 };

/* The kind of Go's errors that become this one; NULL: none do. */
const char *meshos_error_go_kind(enum meshos_error error);

/* Records an error with its standing message and returns its status. */
int meshos_fail(enum meshos_error error);

/* Ends a call that Go has decided: clears the pair or records the error,
 * keeping the text that meshos_error_text has given. Returns the status. */
int meshos_finish(enum meshos_error error);

/* Gives the next meshos_finish on this thread a message; it is copied and cut
 * to what fits. Where there is no memory the standing message stays. */
void meshos_error_text(const char *text, size_t length);

/* Record errors that are not rare: their messages have the numbers, but are only
 * made if somebody asks for them. That an inbox has no room for left events: */
int meshos_inbox_full(uint64_t daemon_id, uint64_t capacity, size_t left);
/* And that a log level is none. */
int meshos_bad_level(int level);

/* The text that waits for a meshos_finish; NULL: none does. */
const char *meshos_error_given(void);

/* Drops it. */
void meshos_error_forget(void);

#endif
