/*
 * net_meshos.h: the C interface of libnet_meshos.
 *
 * A host program starts an SDK and registers daemons with it. A daemon is a
 * name, an ed25519 identity and, if wanted, a table of callbacks. The SDK calls
 * the callbacks, hands out control events, takes log lines and shows the state
 * of the node as JSON. One life, without the error checks:
 *
 *     NetMeshOsSdk *sdk;
 *     NetMeshOsHandle *daemon;
 *     NetMeshOsDaemonControl event;
 *     net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk);
 *     net_meshos_register_daemon(sdk, "tally", 5, seed, &daemon);
 *     net_meshos_next_control(daemon, 1000, &event);
 *     net_meshos_graceful_shutdown(daemon, 500);
 *     net_meshos_handle_free(daemon);
 *     net_meshos_sdk_shutdown(sdk);
 *     net_meshos_sdk_free(sdk);
 *
 * The binary interface is that of libnet_meshos of net-mesh 0.25.0. Where
 * this header says "hardened", that library promises less.
 *
 * HANDLES
 *
 * NetMeshOsSdk* and NetMeshOsHandle* are opaque values. They are not the
 * addresses of anything: compare them for equality only. On 64-bit platforms
 * each is below 2^53, so that a double holds it exactly (hardened). No handle
 * is NULL. Each handle that a call hands out is the caller's, who must free it
 * with the matching free call. A handle may be used on any thread.
 *
 * A handle that has been freed, was never handed out or is of the other kind is
 * invalid (hardened). A status call gets -1 with kind "invalid_handle" for it;
 * calls that return a value say in their own description what they do. An invalid
 * handle stays invalid however many handles are handed out after it. The check
 * for an invalid handle comes right after the check for NULL, before all others.
 *
 * Shutting down and freeing are two things. A handle that has been shut down
 * is consumed: its calls return -4, or what their description says, and it
 * must still be freed. Handles and the SDK that they come from may be shut
 * down and freed in any order.
 *
 * ERRORS
 *
 * A call that returns int returns NET_MESHOS_OK or one of the
 * NET_MESHOS_ERR_ constants. Each thread has its own last error, a pair of
 * kind and message; see net_meshos_last_error_kind(). The kinds are stable
 * words to branch on:
 *
 *   "invalid_argument"   an argument that no state makes valid
 *   "invalid_handle"     no live handle of this kind (hardened)
 *   "invalid_log_level"  no NET_MESHOS_LOG_ constant
 *   "already_shutdown"   the SDK or the handle is consumed
 *   "register_failed"    the identity is already registered
 *   "queue_full"         the event queue has no room
 *   "loop_closed"        the SDK takes no more log lines
 *   "shutdown_failed"    a callback outlasted the time it was given (hardened)
 *   "runtime_panic"      a value that can't be served, or a defect
 *   "forked"             the process is a fork of one that had started an SDK
 *                        (hardened)
 *   "out_of_memory"      there is no memory for the call (hardened)
 *   "no_resources"       a start finds too few threads or descriptors (hardened)
 *   "invalid_state"      the call makes no sense now, as one of a signal handler
 *                        that has interrupted another call (hardened)
 *
 * There is a message whenever there is a kind: UTF-8 words for people, which
 * may change. Each call lists its errors in the order of the checks; the first
 * that fails is reported, and a call that fails writes nothing to its out
 * argument. A status without another kind has kind "invalid_argument".
 *
 * THREADS
 *
 * Every call may be made from many threads at once, on the same handle too
 * (hardened). Only net_meshos_next_control() and the calls that end something
 * wait.
 *
 * No call is a cancellation point (hardened): a thread that pthread_cancel() asks
 * to end while it is in a call ends at its own next cancellation point after the
 * call has returned (hardened). A call does not change whether cancellation is
 * enabled (hardened). Asynchronous cancellation is not supported: a thread must
 * not make calls while its type is PTHREAD_CANCEL_ASYNCHRONOUS.
 *
 * MEMORY
 *
 * What a caller passes is read during the call only, except for user_ctx. Text
 * and buffers are a pointer and a length; nothing past the length is read, and
 * no NUL is needed. A length above PTRDIFF_MAX is an invalid argument: -3
 * (hardened). Text is UTF-8, and the check is strict: surrogates, overlong
 * forms and truncated sequences are refused. Starting, registering, shutting
 * down and freeing, however often, let neither memory nor file descriptors nor
 * threads grow: of those the library keeps as many as it has needed at one time,
 * for what comes next (hardened).
 *
 * THE PROCESS
 *
 * Loading the library starts no thread, opens no descriptor, and changes no
 * limit, signal handler or mask; the first start of an SDK is where that begins
 * (hardened). One that can't have the threads, descriptors or addresses that it
 * needs is an error, and changes nothing (hardened).
 *
 * No call writes to standard output or standard error (hardened). The library
 * leaves limits and the signal mask of the calling thread alone, and the
 * dispositions of all signals but SIGSEGV, SIGBUS and SIGFPE, which it passes on
 * to the host's handler where the fault is not its own (hardened). Its threads
 * take none of the host's signals (hardened). A fault in the host's own code ends
 * the host, or reaches the host's handler, as it does without the library
 * (hardened).
 *
 * A signal handler may interrupt a call, with SA_ONSTACK or without (hardened). A
 * call that it makes then gets -2 "invalid_state", or NULL; what returns nothing
 * does nothing, with that last error (hardened). Otherwise a handler may make calls
 * where it may call malloc(): not while it interrupts that.
 *
 * The library can't be used in a child process that fork() made without exec()
 * once an SDK has been started, or while one was being started; a child that was
 * made before may start its own (hardened). There no call blocks (hardened): a
 * status call gets -2 "forked", a call that returns a value returns NULL, 0 or
 * UINT64_MAX, and the free calls do nothing. The parent goes on as if nothing had
 * happened.
 *
 * dlclose() leaves the library in place: its functions still work (hardened).
 * The process may exit while SDKs run and handles are open (hardened).
 */
#ifndef NET_MESHOS_H
#define NET_MESHOS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status ---- */

#define NET_MESHOS_OK                   (0)
#define NET_MESHOS_ERR_NULL             (-1) /* the handle is NULL or invalid */
#define NET_MESHOS_ERR_CALL_FAILED      (-2) /* see the last error */
#define NET_MESHOS_ERR_INVALID_ARG      (-3) /* another argument is invalid */
#define NET_MESHOS_ERR_ALREADY_SHUTDOWN (-4) /* the SDK or the handle is consumed */

/* ---- Control events ---- */

/* The kind of an event says which of its other fields mean something; the
 * rest are zero. */
#define NET_MESHOS_CONTROL_NONE             (0)  /* no event */
#define NET_MESHOS_CONTROL_SHUTDOWN         (1)  /* end within grace_period_ms */
#define NET_MESHOS_CONTROL_DRAIN_START      (2)  /* finish what is queued within grace_period_ms */
#define NET_MESHOS_CONTROL_DRAIN_FINISH     (3)  /* the drain is over */
#define NET_MESHOS_CONTROL_BACKPRESSURE_ON  (4)  /* slow down by level, 0.0 to 1.0 */
#define NET_MESHOS_CONTROL_BACKPRESSURE_OFF (5)  /* go on as usual */
#define NET_MESHOS_CONTROL_UNKNOWN          (99) /* newer than this header: ignore it */

typedef struct {
    int kind;                 /* a NET_MESHOS_CONTROL_ constant */
    uint64_t grace_period_ms; /* milliseconds */
    float level;
} NetMeshOsDaemonControl;

/* ---- Log levels ---- */

#define NET_MESHOS_LOG_TRACE (0)
#define NET_MESHOS_LOG_DEBUG (1)
#define NET_MESHOS_LOG_INFO  (2)
#define NET_MESHOS_LOG_WARN  (3)
#define NET_MESHOS_LOG_ERROR (4)

/* ---- Handles ---- */

typedef struct NetMeshOsSdk NetMeshOsSdk;
typedef struct NetMeshOsHandle NetMeshOsHandle;

/* ---- The SDK ---- */

/*
 * Starts an SDK and writes its handle to *out. Each number may be 0 for its
 * default. Many SDKs may run at once in a process; they share nothing.
 *
 *   this_node              id of the node, shown in the metadata; default 0
 *   tick_interval_ms       milliseconds between two ticks; default 500;
 *                          UINT64_MAX never ticks
 *   event_queue_capacity   log lines and other events that may wait for the
 *                          SDK; default 1024
 *   action_queue_capacity  has no effect: actions are carried out at once and
 *                          wait in no queue
 *   control_capacity       control events that may wait for each daemon;
 *                          default 8
 *
 * Any capacity below 2^61 is accepted: memory grows with what waits, not with
 * the capacity. A control_capacity of 2^61 or more starts, but each
 * registration then gets -2 "runtime_panic".
 *
 *   -3 invalid_argument   out is NULL
 *   -2 runtime_panic      a queue capacity is 2^61 or more
 */
int net_meshos_sdk_start(uint64_t this_node, uint64_t tick_interval_ms, size_t event_queue_capacity,
                         size_t action_queue_capacity, size_t control_capacity, NetMeshOsSdk **out);

/*
 * Frees an SDK. One that has not been shut down is shut down first, as by
 * net_meshos_sdk_shutdown(), with its limit of 5,000 ms: what a callback that
 * outlasts it uses may be freed once net_meshos_handle_free() of its daemon has
 * returned. Where a shutdown has waited before, only what is left of that limit is
 * waited. The daemon handles stay the caller's and go on as described there. It does
 * nothing if sdk is NULL or invalid.
 */
void net_meshos_sdk_free(NetMeshOsSdk *sdk);

/*
 * Stops an SDK and consumes it. Every net_meshos_next_control() that waits is
 * woken with NET_MESHOS_CONTROL_NONE. When it has returned 0 no callback of the
 * SDK's daemons runs or will run (hardened). It waits at most 5,000 ms for a
 * callback that runs, then reports -2 "shutdown_failed"; the SDK is consumed
 * all the same (hardened). Called from inside a callback it returns 0 at once,
 * and the end follows when the callback is over (hardened).
 *
 * Daemon handles outlive their SDK, whether it is shut down or freed too. On
 * them all calls go on as usual except two: net_meshos_publish_log() reports
 * "loop_closed", and net_meshos_next_control() never waits. They must still be
 * freed.
 *
 *   -1 invalid_argument   sdk is NULL
 *   -1 invalid_handle     sdk is invalid (hardened)
 *   -4 already_shutdown   it has been shut down
 *   -2 shutdown_failed    a callback still runs (hardened)
 */
int net_meshos_sdk_shutdown(NetMeshOsSdk *sdk);

/*
 * The number of control events that were dropped because the channel of a
 * daemon was full, over the daemons that are registered now. UINT64_MAX if sdk
 * is NULL, invalid or consumed. Never touches the last error.
 */
uint64_t net_meshos_sdk_dropped_control_events(NetMeshOsSdk *sdk);

/* ---- Callbacks ---- */

/* What a health callback returns. */
#define NET_MESHOS_HEALTH_HEALTHY   (0)
#define NET_MESHOS_HEALTH_DEGRADED  (1)
#define NET_MESHOS_HEALTH_UNHEALTHY (2)

/* Where a callback puts its output. The library's; never to be freed. */
typedef struct NetMeshOsProcessEmitCtx NetMeshOsProcessEmitCtx;
typedef struct NetMeshOsSnapshotEmitCtx NetMeshOsSnapshotEmitCtx;

/*
 * The callbacks of a daemon. All but process may be NULL. Each gets the user_ctx
 * of the registration. They are called from threads of the library, one at a
 * time for a daemon, at the same time for different daemons; a slow callback
 * delays its own daemon only (hardened). The first may come before the
 * registration has returned.
 *
 * A callback may make any call of this header (hardened). One that ends the
 * callback's own daemon or SDK doesn't wait for the callback: it returns at
 * once, and the end follows when the callback is over (hardened). A callback
 * must return: it must not throw, longjmp or end its thread.
 */
typedef struct {
    /* An event for the daemon, to be answered with any number of
     * net_meshos_process_emit(). Returns 0, or anything else for a failure. The
     * payload is the library's and valid during the callback only. */
    int (*process)(void *user_ctx, NetMeshOsProcessEmitCtx *emit_ctx, uint64_t origin_hash, uint64_t sequence,
                   const uint8_t *payload_ptr, size_t payload_len);
    /* Gives the daemon's state with one net_meshos_snapshot_emit(). NULL: the
     * daemon has no state. */
    void (*snapshot)(void *user_ctx, NetMeshOsSnapshotEmitCtx *emit_ctx);
    /* Takes back what snapshot gave. Returns 0, or anything else for a failure. */
    int (*restore)(void *user_ctx, const uint8_t *payload_ptr, size_t payload_len);
    /* Called once for each event that goes to the daemon's control channel, with
     * the fields of NetMeshOsDaemonControl. The event can still be received. */
    void (*on_control)(void *user_ctx, int kind, uint64_t grace_period_ms, float level);
    /* Called every tick. Returns a NET_MESHOS_HEALTH_ constant. NULL: always
     * healthy. */
    int (*health)(void *user_ctx);
    /* Called every tick. Returns how busy the daemon is, 0.0 to 1.0. NULL: always
     * 0.0. Any value that health or saturation returns is harmless (hardened). */
    float (*saturation)(void *user_ctx);
} NetMeshOsDaemonVtable;

/*
 * Adds an output to the event that process handles. Valid inside that callback
 * only, on any thread. The bytes are copied before it returns. payload_ptr may
 * be NULL if payload_len is 0: an empty output. A ctx that is NULL, made up or
 * of a callback that is over is ignored, and so is NULL with a length
 * (hardened). Never touches the last error.
 */
void net_meshos_process_emit(NetMeshOsProcessEmitCtx *ctx, const uint8_t *payload_ptr, size_t payload_len);

/*
 * Gives the state that snapshot was asked for; the first call in a callback
 * counts, later ones are ignored. Otherwise like net_meshos_process_emit(), a
 * bad ctx included.
 */
void net_meshos_snapshot_emit(NetMeshOsSnapshotEmitCtx *ctx, const uint8_t *payload_ptr, size_t payload_len);

/* ---- Daemons ---- */

/*
 * Registers a daemon with callbacks and writes its handle to *out.
 *
 *   name_ptr, name_len  the daemon's name, UTF-8 of any length; it may be empty,
 *                       but must have no NUL
 *   seed_ptr            the 32 bytes of an ed25519 seed
 *   vtable_ptr          the callbacks; the table is copied, the functions must
 *                       stay until the handle is freed
 *   user_ctx            passed to every callback and never dereferenced; once
 *                       net_meshos_handle_free() has returned no callback
 *                       gets it any more (hardened)
 *
 * The seed gives the daemon its id, see net_meshos_handle_daemon_id(). An id can
 * be registered only once at a time in an SDK, and again after
 * net_meshos_handle_free() or net_meshos_graceful_shutdown(). A callback that frees
 * its own daemon's handle can't register the id again itself: it stays taken until
 * that callback has returned. Other SDKs may have the same id at the same time.
 *
 *   -1 invalid_argument   sdk is NULL
 *   -1 invalid_handle     sdk is invalid (hardened)
 *   -3 invalid_argument   name_ptr, seed_ptr, vtable_ptr or out is NULL,
 *                         with a length of 0 too
 *   -3 invalid_argument   the name is not UTF-8
 *   -3 invalid_argument   process is NULL
 *   -4 already_shutdown   sdk has been shut down
 *   -2 runtime_panic      the name has a NUL, or the control_capacity of sdk
 *                         is 2^61 or more
 *   -2 register_failed    the id is registered already
 */
int net_meshos_register_daemon_with_vtable(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len,
                                           const uint8_t *seed_ptr, const NetMeshOsDaemonVtable *vtable_ptr,
                                           void *user_ctx, NetMeshOsHandle **out);

/*
 * Registers a daemon without callbacks, for a host that does the daemon's work
 * itself. In all else, the errors and their order included, it is like
 * net_meshos_register_daemon_with_vtable().
 */
int net_meshos_register_daemon(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len, const uint8_t *seed_ptr,
                               NetMeshOsHandle **out);

/*
 * Frees a daemon handle; the daemon is unregistered if it still was registered.
 * It returns when no callback of the daemon runs or will run (hardened). Every
 * net_meshos_next_control() that waits on the handle is woken with
 * NET_MESHOS_CONTROL_NONE, and no call writes to its *out after this one has
 * returned (hardened). A net_meshos_graceful_shutdown() that runs on another
 * thread ends early with 0 (hardened). Called from inside a callback of the daemon
 * it returns at once; the handle is invalid from then on (hardened). The id stays
 * taken until that callback has returned: to register it inside of the callback is
 * -2 register_failed. It is free when destroy is called. net_meshos_handle_free()
 * returns at once from inside a callback that a callback of the daemon waits for,
 * too, as one that delivers an event does: they would wait for each other forever.
 * Both callbacks then run to their end, and destroy is called when the daemon's
 * has returned. It does nothing if handle is NULL or invalid.
 */
void net_meshos_handle_free(NetMeshOsHandle *handle);

/*
 * The daemon's id: the first 8 bytes, little-endian, of the BLAKE2s-256 hash,
 * keyed with "net-origin-v1", of the ed25519 public key. It works until the
 * handle is freed, on a consumed one too. Returns 0 if handle is NULL, leaving
 * the last error alone, or invalid, with kind "invalid_handle" (hardened).
 */
uint64_t net_meshos_handle_daemon_id(const NetMeshOsHandle *handle);

/*
 * The daemon's name with a NUL at its end. The text is the library's, unchanged
 * and valid until the handle is freed, on a consumed one too. Returns NULL if
 * handle is NULL, leaving the last error alone, or invalid, with kind
 * "invalid_handle" (hardened).
 */
const char *net_meshos_handle_daemon_name(const NetMeshOsHandle *handle);

/* ---- Control ---- */

/*
 * Takes the oldest event from the daemon's control channel and writes it to
 * *out, without waiting. If there is none all of *out is zero: its kind is
 * NET_MESHOS_CONTROL_NONE. A full channel drops the newest event, but never
 * NET_MESHOS_CONTROL_SHUTDOWN (hardened). Each event goes to one caller (hardened).
 *
 *   -1 invalid_argument   handle is NULL
 *   -1 invalid_handle     handle is invalid (hardened)
 *   -3 invalid_argument   out is NULL
 *   -4 already_shutdown   the handle is consumed
 */
int net_meshos_try_next_control(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out);

/*
 * Like net_meshos_try_next_control(), errors included, but waits up to
 * timeout_ms milliseconds for an event, and without limit if timeout_ms is 0.
 * After the timeout, and never earlier, *out is all zero. An event ends the
 * wait at once. So do net_meshos_sdk_shutdown(), net_meshos_sdk_free() and
 * net_meshos_handle_free(), with *out all zero. After a shutdown of the SDK it
 * still hands out the events that wait, then NET_MESHOS_CONTROL_NONE at once.
 * UINT64_MAX is a valid timeout. If the handle is consumed while it waits it
 * returns 0 with *out all zero (hardened).
 */
int net_meshos_next_control(NetMeshOsHandle *handle, uint64_t timeout_ms, NetMeshOsDaemonControl *out);

/* ---- Logs ---- */

/*
 * Logs a line for the daemon. It never waits: if the event queue is full the
 * line is refused, and a later call may succeed. The message is UTF-8 of any
 * length; it may be empty or have NULs.
 *
 *   -1 invalid_argument    handle is NULL
 *   -1 invalid_handle      handle is invalid (hardened)
 *   -3 invalid_log_level   level is no NET_MESHOS_LOG_ constant
 *   -3 invalid_argument    message_ptr is NULL, with a length of 0 too
 *   -3 invalid_argument    the message is not UTF-8
 *   -4 already_shutdown    the handle is consumed
 *   -2 queue_full          the event queue has no room
 *   -2 loop_closed         the SDK has been shut down or freed
 */
int net_meshos_publish_log(NetMeshOsHandle *handle, int level, const char *message_ptr, size_t message_len);

/* ---- Shutdown of a daemon ---- */

/*
 * Asks a daemon to end, gives it time, and consumes the handle. It sends
 * NET_MESHOS_CONTROL_SHUTDOWN with the grace time to the daemon's channel and to
 * on_control, and waits grace_ms milliseconds, no less; 0 means 5,000. Within
 * that time all calls still work on the handle, and a net_meshos_next_control()
 * that waits gets the event at once. Then the daemon is unregistered and the
 * handle consumed. When it has returned 0 no callback of the daemon runs or
 * will run (hardened). UINT64_MAX is a valid grace time.
 *
 * A callback that still runs when the time is over gives -2 "shutdown_failed";
 * the handle is consumed all the same, and net_meshos_handle_free() then waits
 * for the callback (hardened). From inside a callback of the daemon it returns
 * 0 at once, and the time passes in the background (hardened). After a shutdown
 * of the SDK it works as before, but no callback is called.
 *
 *   -1 invalid_argument   handle is NULL
 *   -1 invalid_handle     handle is invalid (hardened)
 *   -4 already_shutdown   the handle is consumed, or another
 *                         net_meshos_graceful_shutdown() runs on it
 *   -2 shutdown_failed    a callback still runs (hardened)
 */
int net_meshos_graceful_shutdown(NetMeshOsHandle *handle, uint64_t grace_ms);

/* ---- Metadata and capabilities ---- */

/*
 * The state of the node as the daemon sees it: JSON in one line without
 * spaces, the keys sorted:
 *
 *   {"daemon_id":8658788451821909695,"daemon_name":"telemetry",
 *   "maintenance_state":{"kind":"active"},"node_id":4660,"peers":[]}
 *
 * (broken here for the page). Ids are integers up to 2^64-1. In strings only
 * the quote, the backslash and control characters are escaped, in the short
 * form where JSON has one, else as \u00xx in lower case.
 *
 * maintenance_state has a kind and what belongs to it: "active",
 * "entering_maintenance" (since_ms, deadline_remaining_ms or null),
 * "maintenance" (since_ms), "exiting_maintenance" (since_ms), "drain_failed"
 * (since_ms, reason), "recovery" (since_ms) or "unknown". Each peer has
 * capability_set (sorted), cpu_load_1m, disk_total_bytes, disk_used_bytes,
 * forked_from, health, maintenance, mem_total_bytes, mem_used_bytes, node_id,
 * rtt_ms, saturation_trend and software_version; what is not known is null.
 * Peers are sorted by node_id.
 *
 * It shows the state that the registration or the last
 * net_meshos_refresh_metadata() has seen. It works after net_meshos_sdk_shutdown()
 * and net_meshos_sdk_free() too. The text ends with a NUL. It is the caller's,
 * outlives the handle and must be freed with net_meshos_free_string(). A success
 * leaves the last error alone. A failure returns NULL and sets it:
 *
 *   invalid_argument   handle is NULL
 *   invalid_handle     handle is invalid (hardened)
 *   already_shutdown   the handle is consumed
 */
char *net_meshos_metadata(const NetMeshOsHandle *handle);

/*
 * Like net_meshos_metadata(), but reads the present state first.
 */
char *net_meshos_refresh_metadata(NetMeshOsHandle *handle);

/*
 * Frees a text of net_meshos_metadata() or net_meshos_refresh_metadata(), on any
 * thread. It does nothing for NULL. It does nothing for a pointer that is no such
 * text, or that has been freed (hardened). Never touches the last error.
 */
void net_meshos_free_string(char *s);

/*
 * Advertises what the daemon can do: a JSON array of strings, for example
 *
 *   ["hardware.gpu", "software.model.foo=llama-3.1-70b"]
 *
 * The JSON is strict RFC 8259: a text that is not one array with nothing but
 * strings in it is refused. White space around, any valid escape, empty and
 * repeated strings are fine. A length of 0 withdraws the advertisement,
 * whatever the pointer. The advertisement is shown by
 * net_meshos_ext_daemon_json(), and in a mesh to the other nodes, in capability_set
 * of their peers. It works after the SDK has been shut down too.
 *
 *   -1 invalid_argument   handle is NULL
 *   -1 invalid_handle     handle is invalid (hardened)
 *   -4 already_shutdown   the handle is consumed
 *   -3 invalid_argument   tags_json_ptr is NULL with a length above 0
 *   -3 invalid_argument   the text is not UTF-8 or not such an array
 */
int net_meshos_publish_capabilities(NetMeshOsHandle *handle, const char *tags_json_ptr, size_t tags_json_len);

/* ---- The last error ---- */

/*
 * The message of the calling thread's last error, or NULL. Both are NULL on a
 * new thread. A call that returns a status sets them when it fails and clears
 * them when it succeeds. No other call except net_meshos_clear_last_error() clears
 * them. The text is the library's and valid until the next call on the same
 * thread that sets or clears them.
 */
const char *net_meshos_last_error_message(void);

/*
 * The kind of the calling thread's last error, or NULL. It lives as long as the
 * message.
 */
const char *net_meshos_last_error_kind(void);

/*
 * Sets both to NULL.
 */
void net_meshos_clear_last_error(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* NET_MESHOS_H */
