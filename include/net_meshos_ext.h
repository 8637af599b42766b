/*
 * net_meshos_ext.h: what this libnet_meshos has beyond net_meshos.h.
 *
 * With net_meshos.h alone a host registers daemons and ends them. With the
 * calls of this header it also hands them events, takes and gives back their
 * state, takes the node into maintenance and out of it, and sees everything.
 * A library that has these calls exports net_meshos_ext_version; look it up
 * with dlsym to find out.
 *
 * Conventions are those of net_meshos.h: a status of NET_MESHOS_OK or a
 * negative number, with the kind and message of the failure in the calling
 * thread's last error; NULL and stale pointers are refused; texts are UTF-8
 * with an explicit length. Every call may be made from any thread, and from
 * inside callbacks. Errors that every call has are not repeated below:
 *
 *   -1 invalid_argument   the SDK or handle is NULL
 *   -1 invalid_handle     it is freed, or never was one
 *   -3 invalid_argument   a pointer is NULL where one is needed
 *   -4 already_shutdown   the SDK has been shut down, or the handle consumed
 *   -2 not_found          no daemon of that id is registered in this SDK
 *   -2 invalid_state      from inside a callback: the call would wait for that
 *                         callback to end
 *
 * Who calls what, and when
 *
 * Each daemon's callbacks run one at a time: process, snapshot, restore,
 * on_control, health, saturation, and the output functions called with its
 * outputs never overlap for one daemon. Different daemons run in parallel.
 * Callbacks run on threads of the library, but for those made by ext_deliver,
 * ext_snapshot and ext_restore, which run on the caller's. Those run with
 * cancellation disabled: a pthread_cancel of that thread acts after the call.
 */
#ifndef NET_MESHOS_EXT_H
#define NET_MESHOS_EXT_H

#include "net_meshos.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header, and of the library that it came with. */
#define NET_MESHOS_EXT_VERSION "0.1.0"

/* The version of the library, "major.minor.patch"; a static string. */
const char *net_meshos_ext_version(void);

/* ---- Starting ------------------------------------------------------------ */

/*
 * Starts an SDK as net_meshos_sdk_start does, configured by one JSON object.
 * NULL with length 0 means all defaults. Every key is optional; numbers are
 * whole, exact up to 2^64-1, and 0 means the default:
 *
 *   this_node               0        id of this node
 *   tick_interval_ms        500      how often health and saturation are asked
 *   event_queue_capacity    1024     log lines that wait, below 2^61
 *   action_queue_capacity   1024     accepted and without effect
 *   control_capacity        8        control events that wait for one daemon
 *   inbox_capacity          65536    events that wait for one daemon
 *   max_payload_bytes       67108864 longest payload that deliver and post take
 *   on_process_failure      "skip"   or "restart", see ext_deliver
 *   backoff_initial_ms      500      the wait before the first restart
 *   backoff_max_ms          60000    the longest wait, each twice the one before
 *   crash_loop_threshold    5        so many failures within the window hold
 *   crash_loop_window_ms    60000    the daemon
 *   crash_loop_cooldown_ms  300000   for so long
 *   stable_run_ms           60000    so long without one forgets failures
 *   drain_deadline_ms       600000   for ext_enter_maintenance(sdk, 0)
 *   recovery_ramp_ms        300000   how long the node stays in Recovery
 *   backpressure_on         1000     waiting events that turn backpressure on,
 *                                    or 80 % of an inbox that is smaller
 *   backpressure_off        200      fewer turn it off, or 20 %
 *   watchdog_ms             5000     a callback that runs longer is overdue
 *
 * -3 invalid_argument: not one JSON object, an unknown key, a wrong type, a
 * number out of range; the message names the key.
 *
 * Programs that call net_meshos_sdk_start get the same configuration from the
 * file that the environment variable NET_MESHOS_CONFIG names; arguments that
 * are not 0 win over it. There, a file that can't be read or is not such an
 * object is -2 config_invalid. A process with raised privileges (setuid, file
 * capabilities) ignores the variable.
 */
int net_meshos_ext_sdk_start(const char *config_json, size_t config_len, NetMeshOsSdk **out);

/*
 * net_meshos_register_daemon_with_vtable with a function that is called once
 * with user_ctx after the last callback: when the handle is freed, a graceful
 * shutdown is over, or the SDK is shut down, whichever comes first, and before
 * that call returns. If the registration fails with -2 or -4, destroy is
 * called before the call returns; if it fails with -1 or -3, not at all. NULL
 * is no function.
 */
int net_meshos_register_daemon_with_vtable_v2(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len,
                                              const uint8_t *seed_ptr, const NetMeshOsDaemonVtable *vtable_ptr,
                                              void *user_ctx, void (*destroy)(void *user_ctx), NetMeshOsHandle **out);

/* ---- Events -------------------------------------------------------------- */

/* One event. A payload of length 0 may be NULL, and reaches process as NULL. */
typedef struct {
    uint64_t origin_hash, sequence;
    const uint8_t *payload;
    size_t payload_len;
} NetMeshOsEvent;

/*
 * Takes one output: who emitted it, the event that it was processing, the
 * output's number (from 1, without gaps, for each daemon), and its bytes, valid
 * during the call. An empty payload is NULL.
 */
typedef void (*NetMeshOsOutputFn)(void *ctx, uint64_t daemon_id, uint64_t in_origin_hash, uint64_t in_sequence,
                                  uint64_t out_sequence, const uint8_t *payload, size_t payload_len);

/*
 * Has a daemon process one event, on this thread, after the events that were
 * posted to it before; waits for its turn. Each output goes to output_fn (may
 * be NULL) with ctx before the call returns, to the function of ext_set_output,
 * and to the daemon's subscribers.
 *
 * -2 process_failed   process returned non-zero: nothing that it emitted for
 *                     this event is kept. The failure is counted and shown by
 *                     ext_runtime_json. With on_process_failure "skip" the
 *                     daemon goes on with the next event. With "restart" it
 *                     gets none until a backoff is over, and is then given the
 *                     state that ext_snapshot took last, if it did; events may
 *                     still be posted, and deliver waits.
 * -2 backing_off      failures came so fast that the daemon is held for
 *                     crash_loop_cooldown_ms; ext_restart_daemon releases it.
 * -2 draining         the node is in maintenance or the daemon shutting down
 * -2 stopped          the daemon has been stopped
 * -3 invalid_argument event is NULL, or its payload is NULL with a length or
 *                     longer than max_payload_bytes
 */
int net_meshos_ext_deliver(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *event,
                           NetMeshOsOutputFn output_fn, void *ctx);

/*
 * Copies n events into a daemon's inbox and returns; the daemon processes them
 * one at a time, in order. *accepted (may be NULL) is how many went in, from
 * the first on.
 *
 * -2 queue_full       not all had room: post the others again
 * and draining, stopped, backing_off, -3 as for ext_deliver: then none went in.
 */
int net_meshos_ext_post(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *events, size_t n,
                        size_t *accepted);

/*
 * Waits until the daemon's inbox is empty and none of its callbacks runs;
 * daemon_id 0: the same of all daemons at once. timeout_ms 0: without end.
 *
 * -2 timeout          it was not so in time
 */
int net_meshos_ext_flush(NetMeshOsSdk *sdk, uint64_t daemon_id, uint64_t timeout_ms);

/*
 * Sends the outputs of all daemons to a function; NULL is none. When it
 * returns, the function before is not running and won't be called again;
 * called from inside a callback it doesn't wait for that.
 */
int net_meshos_ext_set_output(NetMeshOsSdk *sdk, NetMeshOsOutputFn output_fn, void *ctx);

/*
 * Sends the outputs of one daemon to another as events: origin_hash is the
 * emitting daemon's id, sequence the output's number. Nothing is lost: while a
 * subscriber's inbox is full, the producer processes no events but the rest of
 * the batch at hand, at most 256. Where that would make daemons wait for each
 * other in a circle, the inbox takes more than its capacity. What comes for a
 * daemon that has been stopped is dropped, and counted there as discarded.
 * Subscribing again changes nothing. A subscription ends with either daemon.
 */
int net_meshos_ext_subscribe(NetMeshOsSdk *sdk, uint64_t from_daemon_id, uint64_t to_daemon_id);

/* Ends a subscription. -2 not_found: there is none. */
int net_meshos_ext_unsubscribe(NetMeshOsSdk *sdk, uint64_t from_daemon_id, uint64_t to_daemon_id);

/* ---- State --------------------------------------------------------------- */

/*
 * Takes a daemon's state between two events, on this thread. *out and *out_len
 * are what the snapshot callback emitted, for the caller to release with
 * net_meshos_ext_free_bytes; NULL and 0 if the daemon has no such callback or
 * it emitted nothing. Works on a stopped daemon too.
 *
 * -2 stopped          the daemon has ended
 */
int net_meshos_ext_snapshot(NetMeshOsSdk *sdk, uint64_t daemon_id, uint8_t **out, size_t *out_len);

/*
 * Gives a daemon a state between two events, on this thread. The state may be
 * NULL if len is 0.
 *
 * -2 restore_failed   the restore callback returned non-zero, or there is none
 *                     and the state is not empty
 */
int net_meshos_ext_restore(NetMeshOsSdk *sdk, uint64_t daemon_id, const uint8_t *state, size_t len);

/* Releases bytes of ext_snapshot. NULL, and what did not come from there, is
 * ignored. */
void net_meshos_ext_free_bytes(uint8_t *bytes, size_t len);

/* ---- Control ------------------------------------------------------------- */

/* Every event that these calls send goes to the daemon's control channel, from
 * which net_meshos_next_control takes it, and to its on_control callback; to
 * the daemons that are registered then, not to those that come later.
 *
 * The level of BACKPRESSURE_ON is how many events wait for all daemons together,
 * as a share of inbox_capacity, at most 1.
 *
 * A grace time is followed by up to 100 ms for a callback that was due in it and
 * still runs; only then is it shutdown_failed. */

/*
 * Takes the node out of work: EnteringMaintenance, DRAIN_START with the time
 * left to all daemons, and no events are taken from outside. When no event
 * waits and no callback runs: Maintenance and DRAIN_FINISH. When drain_ms (0:
 * drain_deadline_ms) are over first: DrainFailed with a reason and
 * DRAIN_FINISH. health and saturation are not asked while the drain waits for
 * nothing but their answers. Returns at once.
 *
 * -2 invalid_state    the node is neither Active nor in Recovery
 */
int net_meshos_ext_enter_maintenance(NetMeshOsSdk *sdk, uint64_t drain_ms);

/*
 * Takes it back: ExitingMaintenance, and events are taken again; Recovery once
 * all daemons with a health callback, but for those that have been stopped, have
 * said that they are healthy; Active recovery_ramp_ms later. A drain that is
 * under way is given up, with DRAIN_FINISH. Returns at once.
 *
 * -2 invalid_state    the node is not in maintenance, nor on its way there
 */
int net_meshos_ext_exit_maintenance(NetMeshOsSdk *sdk);

/*
 * Sends a daemon SHUTDOWN and stops it when it says ext_daemon_done or grace_ms
 * (0: 5,000) are over: events that still wait are dropped, which is logged and
 * counted, and no more are taken. The daemon stays registered, and
 * ext_restart_daemon starts it again. From inside a callback of the same daemon
 * it returns at once.
 *
 * -2 shutdown_failed  a callback still runs; it gets no more events
 * -2 draining         it is being shut down already
 * -2 stopped          it has been stopped already
 */
int net_meshos_ext_stop_daemon(NetMeshOsSdk *sdk, uint64_t daemon_id, uint64_t grace_ms);

/*
 * Starts a stopped daemon, or releases one that is held after failures at
 * once; either way its failures are forgotten.
 *
 * -2 draining         it is being shut down
 */
int net_meshos_ext_restart_daemon(NetMeshOsSdk *sdk, uint64_t daemon_id);

/*
 * A daemon's way to say that it has finished after SHUTDOWN: the
 * net_meshos_graceful_shutdown or ext_stop_daemon that waits for it ends as
 * soon as no callback runs.
 *
 * -2 invalid_state    it has not been told to shut down
 */
int net_meshos_ext_daemon_done(NetMeshOsHandle *handle);

/* ---- Seeing -------------------------------------------------------------- */

/* Takes one log record: its number (from 1, without gaps), when it was written,
 * a NET_MESHOS_LOG_ level, the daemon that wrote it or that it is about (0:
 * none), and the message, valid during the call and not NUL-terminated. */
typedef void (*NetMeshOsLogFn)(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id,
                               const char *message, size_t message_len);

/*
 * Has a function called, on one thread of the library, with the records of
 * min_level and above that are written from now on; NULL is none. When it
 * returns, the function before is not running and won't be called again;
 * called from inside a callback it doesn't wait for that. A function that is
 * slower than 2,048 records miss some, as the numbers show.
 *
 * -3 invalid_log_level
 */
int net_meshos_ext_on_log(NetMeshOsSdk *sdk, int min_level, NetMeshOsLogFn log_fn, void *ctx);

/*
 * The records kept (the newest 2,048) with numbers after after_seq, oldest
 * first, at most max of them (0: all), as a JSON array. Release it with
 * net_meshos_free_string. NULL on error.
 */
char *net_meshos_ext_logs_json(NetMeshOsSdk *sdk, uint64_t after_seq, size_t max);

/*
 * All there is to see of the SDK as a JSON object, documented key by key in
 * docs/runtime-json.md. Release it with net_meshos_free_string. NULL on error.
 */
char *net_meshos_ext_runtime_json(NetMeshOsSdk *sdk);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* NET_MESHOS_EXT_H */
