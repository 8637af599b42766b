/*
 * net_meshos_ext.h: what this libnet_meshos has beyond net_meshos.h.
 *
 * With net_meshos.h alone a host registers daemons and ends them. With the
 * calls of this header it also sends them events, takes and restores their
 * state, takes the node into and out of maintenance, and observes it. A library
 * that has these calls exports net_meshos_ext_version: look for it with dlsym.
 *
 * Conventions are those of net_meshos.h: a status of NET_MESHOS_OK or a negative
 * number, with the kind and message of the failure in the calling thread's last
 * error; NULL and stale pointers are refused; texts are UTF-8 with an explicit
 * length. A call that fails writes nothing to its out arguments, except for the
 * *accepted of the two ways to post. Every call may be made from any thread, and
 * from inside callbacks. These errors, which every call can have, are not repeated
 * below:
 *
 *   -1 invalid_argument   the SDK or handle is NULL
 *   -1 invalid_handle     it has been freed, or was never a handle
 *   -3 invalid_argument   a pointer is NULL where one is needed
 *   -4 already_shutdown   the SDK has been shut down, or the handle consumed
 *   -2 not_found          no daemon of that id is registered in this SDK, nor has one
 *                         ever been in its mesh
 *   -2 invalid_state      inside a callback: the call would wait for that
 *                         callback to end
 *   -2 mesh_unavailable   in a mesh: no server can be reached, and nothing was stored or
 *                         done
 *   -2 timeout            in a mesh: there was no answer, so that it isn't known whether it
 *                         was
 *   -2 out_of_memory      there is no memory for the call
 *
 * Words
 *
 *   host            the program that calls this library
 *   node            what an SDK runs: a supervisor with its daemons
 *   daemon          an event processor: callbacks and an identity
 *   seed            the secret bytes that a daemon's key is made from, see
 *                   net_meshos_ext_new_seed
 *   id              of a daemon, made from its key: the same for the same seed
 *   event           data for process: an origin, a sequence and a payload
 *   origin_hash     of an event: who it comes from. The host chooses it; the outputs of
 *                   a daemon carry the daemon's id. The library hands it on and decides
 *                   nothing by it
 *   sequence        of an event: its number at its origin, so that a daemon can see gaps
 *                   and repetitions. The library hands it on: it neither sorts nor drops
 *                   by it. Outputs of a daemon are numbered from 1, without gaps
 *   output          what a daemon emits while it processes an event
 *   inbox           where a daemon's events wait
 *   control event   what a daemon is told: SHUTDOWN, drains, backpressure
 *   control channel where control events wait for net_meshos_next_control
 *   state           the bytes that snapshot emits and restore gets
 *   drain           the time in which a node finishes the events that wait
 *   backpressure    the request to slow down, while many events wait
 *   held            a daemon that failed gets no events until a time is over
 *   crash loop      failures so close together that the daemon is held for long
 *   tick            when health and saturation are asked for
 *   overdue         a callback that has run longer than watchdog_ms
 *
 * When callbacks run, and on which threads
 *
 * Each daemon's callbacks run one at a time: process, snapshot, restore,
 * on_control, health, saturation, and the output functions called with its
 * outputs never overlap for one daemon. Different daemons run in parallel.
 * Callbacks run on threads of the library, except that net_meshos_ext_deliver,
 * net_meshos_ext_snapshot and net_meshos_ext_restore run them on the caller's
 * thread, with cancellation disabled: a pthread_cancel of that thread takes effect
 * after the call. net_meshos_ext_flush of one daemon without a limit of time may do
 * the same with what the daemon has to do.
 *
 * What is otherwise in a mesh with durable events
 *
 * Everything in this header holds there too, except that
 *
 *   - all callbacks run on threads of the library;
 *   - an event whose sequence is not 0 is processed once for each origin and sequence: a
 *     post of it again is accepted and has no effect, and net_meshos_ext_deliver has the
 *     outputs of the first time, or is -2 already_processed;
 *   - a post is accepted when its events are stored, and they are in inbox_depth and behind
 *     backpressure as soon as the node that runs the daemon sees them;
 *   - mesh.waiting_max_bytes is the room for events that wait, and not inbox_capacity, so
 *     that a subscriber that lags holds up nobody; the events of one post up to 256 KB
 *     go in together, or none does;
 *   - a payload longer than what the servers take less 4 KB is -3 invalid_argument;
 *   - a daemon that has been registered once stays known: without a node that runs it, posts
 *     and subscriptions work, and other calls are -2 mesh_unavailable, or timeout for a
 *     flush;
 *   - a subscription ends with net_meshos_ext_unsubscribe alone;
 *   - a daemon with snapshot needs restore; both are called as the mesh needs them, and
 *     snapshot_events, snapshot_interval_ms and state_dir have no effect;
 *   - a failure with "restart", and a state that restore refuses, bring a daemon back to its
 *     last commit, with nothing if there is none; what it has processed since is processed
 *     again, and the posted event that failed is tried again, mesh.dead_letter_after times
 *     in all;
 *   - a daemon that is stopped keeps the events that wait for it, so that a flush of it is
 *     -2 stopped;
 *   - a flush asks the servers, so that one with a limit of a few ms may be -2 timeout though
 *     nothing waits.
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
 * Starts an SDK as net_meshos_sdk_start does, configured by one JSON object. A
 * length of 0 means all defaults, whatever config_json is. Every key is optional,
 * and none may stand twice; numbers are whole, exact up to 2^64-1, and 0 means the
 * default:
 *
 *   this_node               0        id of this node
 *   tick_interval_ms        500      time between calls of health and saturation
 *   event_queue_capacity    1024     log lines that may wait, below 2^61
 *   action_queue_capacity   1024     accepted, and has no effect
 *   control_capacity        8        control events that may wait for one daemon
 *   inbox_capacity          65536    events that may wait for one daemon
 *   max_payload_bytes       67108864 the longest payload of an event
 *   max_message_bytes       16777216 the longest log line, and the longest name
 *   on_process_failure      "skip"   or "restart", see net_meshos_ext_deliver
 *   snapshot_interval_ms    0        a state is taken this long after an event at the
 *                                    latest; 0: never, see State
 *   snapshot_events         0        a state is taken after this many events; 0: never
 *   state_dir               ""       the folder in which states survive the process,
 *                                    created if there is none; empty: they don't
 *   backoff_first_ms        0        the wait before the restart after a first
 *                                    failure; 0 restarts at once
 *   backoff_initial_ms      500      the wait after a second failure; it doubles
 *                                    with each further one
 *   backoff_max_ms          60000    the longest wait
 *   crash_loop_threshold    5        a daemon crash-loops if it fails this often
 *   crash_loop_window_ms    60000    within this time
 *   crash_loop_cooldown_ms  300000   how long a daemon that crash-loops is held
 *   stable_run_ms           60000    after this time without a failure, earlier
 *                                    ones are forgotten: the next is a first one
 *   drain_deadline_ms       600000   for net_meshos_ext_enter_maintenance(sdk, 0)
 *   recovery_ramp_ms        300000   how long the node stays in Recovery
 *   backpressure_on         1000     this many waiting events turn backpressure on;
 *                                    80 % of inbox_capacity, if that is less
 *   backpressure_off        200      fewer than this turn it off; 20 % of
 *                                    inbox_capacity, if that is less
 *   watchdog_ms             5000     a callback that runs longer is overdue
 *   mesh                             an object: the mesh that the node joins, see below
 *
 * -3 invalid_argument: not one JSON object, a key that is unknown or stands twice, a
 * wrong type, a number out of range; the message names the key, its line and column.
 *
 * -2 config_invalid: state_dir is no folder that can be created and written to. This
 * is tried at the start, so that a state isn't lost later.
 *
 * -2 invalid_state    another SDK has state_dir, of this process or of another, or of
 *                     one that is gone but forked a process that is left: a folder is
 *                     one SDK's, until that is shut down or its process ends. Not in a
 *                     mesh with durable events, nor where folders can't be locked, as
 *                     on Windows
 *
 * The keys of mesh, each of which a message names with its path, such as mesh.lease_ms:
 *
 *   mesh.servers                     URLs of the servers, an array. Required
 *   mesh.name               "meshos" of the mesh: letters, digits, _ and -, 64 at most
 *   mesh.credentials        ""       a file: the credentials for the servers
 *   mesh.tls_ca             ""       a file: who may have signed their certificates
 *   mesh.tls_cert           ""       a file: the node's own certificate
 *   mesh.tls_key            ""       a file: the key of that
 *   mesh.replicas           1        on how many servers everything is stored, 5 at most
 *   mesh.streams            1        over how many streams daemons are spread, 64 at most
 *   mesh.events             "durable" or "direct": events of the own node go straight to
 *                                    the inbox, and end with the process
 *   mesh.beat_interval_ms   1000     the time between two beats of a node
 *   mesh.lease_ms           5000     how long a node that isn't heard of keeps its
 *                                    daemons; whole seconds. With replicas 15000, and
 *                                    not less
 *   mesh.start_timeout_ms   10000    how long a start looks for a server, and waits for
 *                                    the lease of a run of the node that hangs; where
 *                                    it isn't given, lease_ms and 5000
 *   mesh.request_timeout_ms 5000     how long a call waits for the mesh, and in it for
 *                                    a daemon's callbacks. With replicas 12000, and not
 *                                    less
 *   mesh.commit_events      256      a daemon's progress is committed after this many
 *                                    events at the latest
 *   mesh.commit_ms          20       and this long after the first of them. Here 0 is no
 *                                    default, and means at once
 *   mesh.dedup_origins      1000     origins that a daemon remembers
 *   mesh.dedup_window       1000     sequences of each of them
 *   mesh.waiting_max_bytes  1073741824 bytes of events that may wait for one daemon; all
 *                                    nodes of a mesh have the same
 *   mesh.dead_letter_after  3        an event that fails this often is put aside
 *   mesh.operators          []       ed25519 public keys, 64 hex digits each, of those
 *                                    whose orders the node takes
 *
 * Only the library in lib/net_meshos/mesh/ can join a mesh. With mesh a start has these
 * errors, too:
 *
 * -2 unsupported        this library has no mesh: use that one
 * -2 mesh_unavailable   no server could be reached, or had room, within start_timeout_ms
 * -2 timeout            the servers have not answered all that was asked in this time
 * -2 node_id_taken      a node with this this_node is alive
 * -2 config_invalid     the mesh was made with other replicas, streams or sizes; the
 *                       message names the key
 *
 * net_meshos_sdk_start reads the same configuration from the file that the
 * environment variable NET_MESHOS_CONFIG names; arguments that are not 0 take
 * precedence. A process with raised privileges (setuid, file capabilities) ignores
 * the variable. With a file, the start has one more error:
 *
 * -2 config_invalid   the file can't be read, is longer than 1 MiB, or is not such
 *                     an object
 */
int net_meshos_ext_sdk_start(const char *config_json, size_t config_len, NetMeshOsSdk **out);

/*
 * Like net_meshos_register_daemon_with_vtable, with a function that is called
 * once with user_ctx, after the last callback: when the handle is freed, a
 * graceful shutdown is over, or the SDK is shut down, whichever comes first, and
 * before that call returns. If the registration fails with -2 or -4, destroy is
 * called before this call returns; if it fails with -1 or -3, it is not called.
 * destroy may be NULL.
 */
int net_meshos_register_daemon_with_vtable_v2(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len,
                                              const uint8_t *seed_ptr, const NetMeshOsDaemonVtable *vtable_ptr,
                                              void *user_ctx, void (*destroy)(void *user_ctx), NetMeshOsHandle **out);

/*
 * Writes 32 random bytes from the kernel to out32: a seed for a new identity. Whoever
 * has a seed is that daemon, so the host keeps it as it keeps a private key: in a file
 * that only its own user can read, or in a store for secrets, and never in a log. The
 * library copies what it needs of a seed and keeps no seed. The same seed gives the
 * same id at each start; a lost one can't be had back from the id.
 *
 * -2 no_resources     the kernel gives none
 */
int net_meshos_ext_new_seed(uint8_t *out32);

/* ---- Events -------------------------------------------------------------- */

/* One event. An empty payload may be NULL, and reaches process as NULL. */
typedef struct {
    uint64_t origin_hash, sequence;
    const uint8_t *payload;
    size_t payload_len;
} NetMeshOsEvent;

/*
 * Gets one output: the daemon that emitted it, the event that the daemon was
 * processing, the output's number (from 1, without gaps, for each daemon), and
 * its bytes, valid during the call. An empty payload is NULL.
 */
typedef void (*NetMeshOsOutputFn)(void *ctx, uint64_t daemon_id, uint64_t in_origin_hash, uint64_t in_sequence,
                                  uint64_t out_sequence, const uint8_t *payload, size_t payload_len);

/*
 * Has a daemon process one event on this thread. It waits until the events posted
 * to the daemon before are processed. Each output goes to output_fn (may be NULL)
 * with ctx before the call returns, to the function of net_meshos_ext_set_output,
 * and to the daemon's subscribers.
 *
 * A daemon of net_meshos_register_daemon has no process: events that it gets by
 * this call, by net_meshos_ext_post or as a subscriber count as processed, and have no
 * outputs.
 *
 * -2 process_failed   process returned non-zero: nothing that it emitted for
 *                     this event is kept. The failure is counted and shown by
 *                     net_meshos_ext_runtime_json. With on_process_failure "skip" the
 *                     daemon continues with the next event. With "restart" it
 *                     first gets back the state that net_meshos_ext_snapshot took
 *                     last, if any: at once after a first failure, after a backoff
 *                     when it soon fails again. During a backoff it gets no events;
 *                     events may be posted, and net_meshos_ext_deliver waits.
 * -2 backing_off      the daemon crash-loops and is held for
 *                     crash_loop_cooldown_ms; net_meshos_ext_restart_daemon releases it.
 * -2 already_processed in a mesh: the daemon has processed this event, and the mesh
 *                     no longer knows its outputs
 * -2 draining         the node is in maintenance, or the daemon is shutting down
 * -2 stopped          the daemon has been stopped
 * -3 invalid_argument event is NULL, or its payload is NULL with a length or
 *                     longer than max_payload_bytes
 */
int net_meshos_ext_deliver(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *event,
                           NetMeshOsOutputFn output_fn, void *ctx);

/*
 * Copies n events into a daemon's inbox and returns; the daemon processes them
 * one at a time, in order. If accepted is not NULL, *accepted is always written,
 * even if the call fails: how many events were accepted, counted from the first.
 *
 * -2 queue_full       there was not room for all: post the others again
 *
 * and draining, stopped, backing_off, -3 as for net_meshos_ext_deliver: then none were
 * accepted.
 */
int net_meshos_ext_post(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *events, size_t n,
                        size_t *accepted);

/*
 * Like net_meshos_ext_post, but waits for room, at most timeout_ms; 0 waits without
 * limit. Events go in as room is made for them, in order; those that others post
 * meanwhile may come between. Who waits first is served first. The wait ends early
 * when the daemon takes no more events. *accepted says how many went in, whatever the
 * call returns.
 *
 * -2 queue_full       the time was over before there was room for all
 * -2 invalid_state    there is no room for all, and inside a callback that the daemon
 *                     waits for, such as one of its own, there never would be
 *
 * and all others of net_meshos_ext_post.
 */
int net_meshos_ext_post_wait(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *events, size_t n,
                             uint64_t timeout_ms, size_t *accepted);

/*
 * Waits until the daemon's inbox is empty and none of its callbacks runs; with
 * daemon_id 0, until that is true of all daemons at once. timeout_ms 0 waits
 * without limit. It doesn't wait for states that are taken or restored by calls
 * made after it, however many there are.
 *
 * -2 timeout          that did not happen in time
 * -2 stopped          in a mesh: the daemon has been stopped, and events wait until it is
 *                     restarted. Not with daemon_id 0
 */
int net_meshos_ext_flush(NetMeshOsSdk *sdk, uint64_t daemon_id, uint64_t timeout_ms);

/*
 * Sends the outputs of all daemons to a function; NULL sends them nowhere. Once
 * the call has returned, all outputs go there, including those of events that are
 * being processed. The function that was set before is then not running and won't
 * be called again; called from inside a callback it doesn't wait for that.
 */
int net_meshos_ext_set_output(NetMeshOsSdk *sdk, NetMeshOsOutputFn output_fn, void *ctx);

/*
 * Sends the outputs of one daemon to another as events: origin_hash is the
 * emitting daemon's id, sequence the output's number. Nothing is lost: while a
 * subscriber's inbox is full, the producer finishes the batch it has begun, at
 * most 256 events, and processes no more. If that would make daemons wait for
 * each other in a cycle, the inbox takes more than its capacity. Outputs for a
 * subscriber that has been stopped are dropped, and counted there as discarded.
 * Subscribing again changes nothing. A daemon may be subscribed to itself: then it
 * processes its own outputs, after the events that wait already. One that emits an
 * output for each of those as well never comes to an end: no flush or drain succeeds
 * until it emits nothing or is stopped. A subscription ends with either daemon. It
 * begins with the outputs of the event that is being processed when it is made.
 */
int net_meshos_ext_subscribe(NetMeshOsSdk *sdk, uint64_t from_daemon_id, uint64_t to_daemon_id);

/* Ends a subscription: outputs emitted after the return are not sent, nor are those
 * of the event that is being processed. -2 not_found: there is no subscription. */
int net_meshos_ext_unsubscribe(NetMeshOsSdk *sdk, uint64_t from_daemon_id, uint64_t to_daemon_id);

/* ---- State --------------------------------------------------------------- */

/*
 * A daemon with a snapshot callback can have its state taken by itself: each time
 * snapshot_events events have been processed, snapshot_interval_ms after an event
 * at the latest, and when net_meshos_ext_stop_daemon or
 * net_meshos_graceful_shutdown end it, if there were events since the last time. A
 * daemon that is idle is left alone. With state_dir each state that is taken, by
 * net_meshos_ext_snapshot too, is written to a file of the daemon's there before
 * its next event is processed: to a new file that replaces the one before once it
 * is on the disk. If that fails, as on a full disk, a log line at error level says
 * so, and the file before stays. A snapshot callback that emits nothing gives no
 * state, as one that can't now: the state and the file before stay, and a log line
 * at error level says that too. An empty state that is emitted is a state.
 *
 * A daemon with a restore callback that is registered when there is such a file
 * gets the state before its first event. If it rejects that, it is held as after a
 * failure. A file that is damaged, of another format or of another daemon is not
 * used: the registration fails, and the file is kept aside, named .damaged, so that
 * the next registration begins without a state. A folder belongs to one SDK at a
 * time.
 *
 * -2 state_invalid    of a registration: the daemon's file can't be used
 *
 * What is lost:
 *
 *   what ends                      on_process_failure "restart"    with state_dir, too
 *   process fails                  the event that failed, and what events since the
 *                                  last state did to the daemon; without any state taken
 *                                  nothing is restored, and the log says that
 *   stop_daemon, graceful_shutdown nothing of the state, if states are taken by
 *                                  themselves; events that still wait
 *   sdk_shutdown, handle_free,     all state                       what happened since
 *   exit, a crash, kill -9                                         the last state, and
 *                                                                  events that wait
 *   power                          all state                       the same, if the disk
 *                                                                  does what it says
 *   the disk                       all state                       all state
 */

/*
 * Takes a daemon's state, on this thread, after the events that were posted to the
 * daemon before and before those that are posted later, as net_meshos_ext_deliver
 * does. A daemon that processes no events now, because it is held after a failure
 * or has been stopped, answers at once. *out and *out_len are what the snapshot
 * callback emitted, for the caller to release with net_meshos_ext_free_bytes; they
 * are NULL and 0 if the daemon has no such callback or it emitted nothing. Works on
 * a stopped daemon too.
 *
 * -2 stopped          the daemon has ended
 * -2 out_of_memory    there was no memory for the state; the one taken before is
 *                     still what a restart restores
 */
int net_meshos_ext_snapshot(NetMeshOsSdk *sdk, uint64_t daemon_id, uint8_t **out, size_t *out_len);

/*
 * Restores a daemon's state, on this thread and in the same order with events as
 * net_meshos_ext_snapshot. A daemon that is held after a failure continues with this
 * state, instead of the one that was taken last. The state may be NULL if len is 0.
 * In a mesh with durable events it is committed before the call returns. A daemon that
 * has no snapshot callback begins with it after each failure and on each node, until
 * another is restored; what events have changed since is not kept.
 *
 * -2 restore_failed   the restore callback returned non-zero, or there is none
 *                     and the state is not empty
 */
int net_meshos_ext_restore(NetMeshOsSdk *sdk, uint64_t daemon_id, const uint8_t *state, size_t len);

/* Frees bytes that net_meshos_ext_snapshot returned. NULL is ignored, and so is any other
 * pointer, even to a text of the library. */
void net_meshos_ext_free_bytes(uint8_t *bytes, size_t len);

/* ---- Control ------------------------------------------------------------- */

/* Every control event that these calls send goes to the daemon's control channel,
 * where net_meshos_next_control receives it, and to its on_control callback.
 * Daemons that are registered later don't get it.
 *
 * SHUTDOWN is never dropped: it has a place of its own in a channel that is full. Of
 * backpressure events that follow each other in a full channel the newest is kept, and
 * so it is with drain events: that makes room. Any other event that finds no room is
 * dropped and counted, and the first one of each daemon is a log line at warn level.
 *
 * The level of BACKPRESSURE_ON is the number of events that wait for all daemons
 * together, divided by inbox_capacity, at most 1.
 *
 * When a grace time is over, a callback that was due within it and still runs
 * gets up to 100 ms more; only then is it shutdown_failed. */

/*
 * Starts a drain: the node is EnteringMaintenance, accepts no events from outside,
 * and sends all daemons DRAIN_START with the time left. Once no event waits and no
 * callback runs, it is in Maintenance and sends DRAIN_FINISH. If drain_ms (0:
 * drain_deadline_ms) pass before that, it is DrainFailed, with a reason, and sends
 * DRAIN_FINISH too. While the drain waits only for health and saturation callbacks
 * to return, no more of them are called. States that are taken or restored by later
 * calls don't hold it up. Returns at once.
 *
 * -2 invalid_state    the node is neither Active nor in Recovery
 */
int net_meshos_ext_enter_maintenance(NetMeshOsSdk *sdk, uint64_t drain_ms);

/*
 * Ends maintenance: the node is ExitingMaintenance and accepts events again. It is
 * in Recovery once all daemons with a health callback, except stopped ones, have
 * reported that they are healthy, and Active recovery_ramp_ms later. A drain under
 * way is aborted, with DRAIN_FINISH. Returns at once.
 *
 * -2 invalid_state    the node is neither in maintenance nor on its way there
 */
int net_meshos_ext_exit_maintenance(NetMeshOsSdk *sdk);

/*
 * Sends a daemon SHUTDOWN, and stops it when it calls net_meshos_ext_daemon_done or
 * grace_ms (0: 5,000) are over: events that still wait are dropped, logged and
 * counted, and no more are accepted. The daemon stays registered, and
 * net_meshos_ext_restart_daemon restarts it. From inside a callback of the same
 * daemon it returns at once. In a mesh the daemon stays stopped on all nodes,
 * whichever takes it over, until it is restarted or the last node that has
 * registered it ends it in order. Durable events that still wait are kept until
 * then.
 *
 * -2 shutdown_failed  a callback still runs; it gets no more events
 * -2 draining         it is already being shut down
 * -2 stopped          it has already been stopped
 */
int net_meshos_ext_stop_daemon(NetMeshOsSdk *sdk, uint64_t daemon_id, uint64_t grace_ms);

/*
 * Restarts a stopped daemon, or releases one that is held after failures at once.
 * Either way its failures are forgotten.
 *
 * -2 draining         it is being shut down
 */
int net_meshos_ext_restart_daemon(NetMeshOsSdk *sdk, uint64_t daemon_id);

/*
 * Says that the daemon has finished after SHUTDOWN: the
 * net_meshos_graceful_shutdown or net_meshos_ext_stop_daemon that waits for it returns as
 * soon as no callback runs.
 *
 * -2 invalid_state    SHUTDOWN has not been sent to it
 */
int net_meshos_ext_daemon_done(NetMeshOsHandle *handle);

/* ---- Observing ----------------------------------------------------------- */

/* Gets one log record: its number (from 1, without gaps), when it was written, a
 * NET_MESHOS_LOG_ level, the daemon that wrote it or that it is about (0: none),
 * and the message, valid during the call and not NUL-terminated. */
typedef void (*NetMeshOsLogFn)(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id,
                               const char *message, size_t message_len);

/*
 * Sets the log function: it is called, on one thread of the library, with the
 * records of min_level and above that are written from now on. NULL removes it.
 * When the call returns, the function that was set before is not running and won't
 * be called again; called from inside a callback it doesn't wait for that. A
 * function that falls more than 2,048 records behind misses some, as the numbers
 * show.
 *
 * net_meshos_sdk_shutdown and net_meshos_sdk_free end it too, but wait at most
 * 5,000 ms for a function that is running. It has certainly returned only if
 * net_meshos_sdk_shutdown has returned 0; after net_meshos_sdk_free alone it may
 * still be using ctx. A host that frees ctx must set NULL first: that waits
 * without limit.
 *
 * Log lines that wait when the SDK is shut down are not lost to the function: it gets
 * all that were published before, and then no more. net_meshos_sdk_shutdown waits for
 * that as for a function that is running.
 *
 * -3 invalid_log_level   min_level is no level; the message says which it is
 */
int net_meshos_ext_on_log(NetMeshOsSdk *sdk, int min_level, NetMeshOsLogFn log_fn, void *ctx);

/*
 * Returns the log records with numbers above after_seq, oldest first, at most max
 * of them (0: all), as a JSON array. The newest 2,048 are kept. Free it with
 * net_meshos_free_string. NULL on error.
 */
char *net_meshos_ext_logs_json(NetMeshOsSdk *sdk, uint64_t after_seq, size_t max);

/*
 * Returns the state of the SDK and its daemons as a JSON object. runtime-json.md
 * documents every key; it is in docs/ of the sources, and in share/doc/net_meshos/
 * below the prefix of an installation. Free it with net_meshos_free_string. NULL on
 * error.
 */
char *net_meshos_ext_runtime_json(NetMeshOsSdk *sdk);

/*
 * What net_meshos_ext_runtime_json shows, as OpenMetrics text 1.0: for an endpoint
 * of the host's that Prometheus reads, to be served as
 * application/openmetrics-text; version=1.0.0; charset=utf-8. runtime-json.md
 * documents the names. Free it with net_meshos_free_string. NULL on error.
 */
char *net_meshos_ext_metrics(NetMeshOsSdk *sdk);

/*
 * One daemon as net_meshos_ext_runtime_json shows it in its daemons[], at a cost
 * that doesn't depend on how many there are. Release it with
 * net_meshos_free_string. NULL on error.
 *
 * -2 not_found        no daemon of this id is registered
 */
char *net_meshos_ext_daemon_json(NetMeshOsSdk *sdk, uint64_t daemon_id);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* NET_MESHOS_EXT_H */
