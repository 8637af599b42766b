package net.meshos;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * An SDK: what daemons are registered with. It runs until it is closed, whether this object is kept or not. All methods
 * may be called from any thread. Daemons are named by their ids, which are unsigned.
 */
public final class Sdk implements AutoCloseable {
    /** Keeps those that nobody closes, and with each its daemons. */
    private static final Set<Sdk> OPEN = ConcurrentHashMap.newKeySet();
    private static final int SEED_SIZE = 32;
    private static final long UNKNOWN = -1;

    private final long handle;
    private final Set<Daemon> daemons = ConcurrentHashMap.newKeySet();
    private final AtomicLong output = new AtomicLong();
    private final AtomicLong log = new AtomicLong();

    private Sdk(long handle) {
        this.handle = handle;
        OPEN.add(this);
    }

    /**
     * Starts an SDK.
     *
     * @return the SDK, with all defaults
     */
    public static Sdk start() {
        return start(new Config());
    }

    /**
     * Starts an SDK.
     *
     * @param config its configuration
     * @return the SDK
     */
    public static Sdk start(Config config) {
        return start(config.toString());
    }

    /**
     * Starts an SDK that is configured by a text, such as one of a file.
     *
     * @param json an object of JSON with the keys that {@code net_meshos_ext.h} lists
     * @return the SDK
     */
    public static Sdk start(String json) {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        long[] out = new long[1];
        MeshosException.check(Calls.net_meshos_ext_sdk_start(text, text.length, out));
        return new Sdk(out[0]);
    }

    /**
     * Starts an SDK with the arguments of {@code net_meshos_sdk_start}; 0 is the default of each. The rest of its
     * configuration may come from the file that the environment variable NET_MESHOS_CONFIG names.
     *
     * @param thisNode the id of this node
     * @param tickIntervalMs the time between two ticks
     * @param eventQueueCapacity how many log lines may wait
     * @param actionQueueCapacity how many actions may wait
     * @param controlCapacity how many control events may wait for each daemon
     * @return the SDK
     */
    public static Sdk start(long thisNode, long tickIntervalMs, long eventQueueCapacity, long actionQueueCapacity,
                            long controlCapacity) {
        long[] out = new long[1];
        MeshosException.check(Calls.net_meshos_sdk_start(thisNode, tickIntervalMs, eventQueueCapacity,
            actionQueueCapacity, controlCapacity, out));
        return new Sdk(out[0]);
    }

    /**
     * The version of the library.
     *
     * @return such as "0.1.0"
     */
    public static String version() {
        return Calls.constant(Calls.net_meshos_ext_version());
    }

    /**
     * Makes a seed for a new identity. Keep it as you keep a private key.
     *
     * @return 32 random bytes
     */
    public static byte[] newSeed() {
        byte[] seed = new byte[SEED_SIZE];
        MeshosException.check(Calls.net_meshos_ext_new_seed(seed));
        return seed;
    }

    /**
     * Stops the SDK. Returns when no callback of its daemons runs or will run. It must still be closed.
     *
     * @throws MeshosException of kind "shutdown_failed" if a callback still runs after five seconds
     */
    public void shutdown() {
        MeshosException.check(Calls.net_meshos_sdk_shutdown(handle));
    }

    /**
     * Shuts the SDK down, if that has not been done, and frees it. Its daemons get no more events and can still be asked
     * for their metadata. Closing twice does nothing.
     */
    @Override
    public void close() {
        int status = Calls.net_meshos_sdk_shutdown(handle);
        MeshosException failed = status == -2 ? MeshosException.last(status) : null;
        Calls.net_meshos_sdk_free(handle);
        daemons.clear();
        Bridge.removeFunction(output.getAndSet(0));
        Bridge.removeFunction(log.getAndSet(0));
        OPEN.remove(this);
        if (failed != null) {
            throw failed;
        }
    }

    // Daemons.

    /**
     * Registers a daemon.
     *
     * @param name its name
     * @param seed the 32 secret bytes that give it its id: make them once with {@link #newSeed}, and keep them
     * @param callbacks its work
     * @return the daemon
     */
    public Daemon register(String name, byte[] seed, DaemonCallbacks callbacks) {
        DaemonSide side = new DaemonSide(name, callbacks);
        Calls.Vtable table = side.table();
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        long[] out = new long[1];
        checkSeed(seed);
        long number = Bridge.add(side);
        int status = Calls.net_meshos_register_daemon_with_vtable_v2(handle, text, text.length, seed, table, number,
            Bridge.DESTROY, out);
        if (status != 0) {
            Bridge.removeDaemon(number);
            throw MeshosException.last(status);
        }
        side.registered(out[0]);
        return keep(new Daemon(this, out[0], side));
    }

    /**
     * Registers a daemon whose work is done elsewhere.
     *
     * @param name its name
     * @param seed the 32 secret bytes that give it its id
     * @return the daemon
     */
    public Daemon register(String name, byte[] seed) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        long[] out = new long[1];
        checkSeed(seed);
        MeshosException.check(Calls.net_meshos_register_daemon(handle, text, text.length, seed, out));
        return keep(new Daemon(this, out[0], null));
    }

    private static void checkSeed(byte[] seed) {
        if (seed.length != SEED_SIZE) {
            throw new IllegalArgumentException("a seed has 32 bytes, and this one " + seed.length);
        }
    }

    private Daemon keep(Daemon daemon) {
        daemons.add(daemon);
        return daemon;
    }

    void forget(Daemon daemon) {
        daemons.remove(daemon);
    }

    // Events.

    /**
     * Has a daemon process an event on this thread, after those posted before.
     *
     * @param daemonId the daemon
     * @param event the event
     * @return what it emitted
     * @throws MeshosException of kind "process_failed", whose cause is what the callback threw
     */
    public List<Output> deliver(long daemonId, Event event) {
        List<Output> outputs = new ArrayList<>();
        long number = Bridge.addOutput(outputs::add);
        try (Raised raised = new Raised("process")) {
            raised.check(
                Calls.net_meshos_ext_deliver(handle, daemonId, Scratch.single(event), Bridge.OUTPUT, number));
        } finally {
            Bridge.removeFunction(number);
        }
        return outputs;
    }

    /**
     * Puts an event into a daemon's inbox and returns.
     *
     * @param daemonId the daemon
     * @param event the event
     * @throws QueueFullException if there is no room
     */
    public void post(long daemonId, Event event) {
        post(daemonId, List.of(event));
    }

    /**
     * Puts events into a daemon's inbox and returns. That is much faster than one by one.
     *
     * @param daemonId the daemon
     * @param events the events
     * @throws QueueFullException if there is not room for all; it says how many were taken
     */
    public void post(long daemonId, List<Event> events) {
        long[] accepted = new long[1];
        int status = Calls.net_meshos_ext_post(handle, daemonId, Scratch.ofThread().write(events), events.size(),
            accepted);
        if (status != 0) {
            MeshosException error = MeshosException.last(status);
            throw error.kind().equals("queue_full") ? new QueueFullException(error, (int) accepted[0]) : error;
        }
    }

    /**
     * Puts events into a daemon's inbox as room is made for them.
     *
     * @param daemonId the daemon
     * @param events the events
     * @param timeout how long at most
     * @throws QueueFullException if there was not room for all in time; it says how many were taken
     * @throws InterruptedException if the thread is interrupted; then it is unknown how many were taken
     */
    public void postWait(long daemonId, List<Event> events, Duration timeout) throws InterruptedException {
        long left = Times.milliseconds("timeout", timeout);
        int done = 0;
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            List<Event> rest = events.subList(done, events.size());
            long piece = Math.min(left, Times.PIECE_MS);
            long[] accepted = new long[1];
            int status = Calls.net_meshos_ext_post_wait(handle, daemonId, Scratch.ofThread().write(rest), rest.size(),
                piece, accepted);
            done += (int) accepted[0];
            if (status == 0) {
                return;
            }
            MeshosException error = MeshosException.last(status);
            left -= piece;
            if (!error.kind().equals("queue_full")) {
                throw error;
            }
            if (left == 0) {
                throw new QueueFullException(error, done);
            }
        }
    }

    /**
     * Waits until no event waits for any daemon and no callback runs.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public void flush() throws InterruptedException {
        flush(0, Times.FOREVER);
    }

    /**
     * Waits until no event waits for a daemon and none of its callbacks runs.
     *
     * @param daemonId the daemon, or 0 for all
     * @param timeout how long at most
     * @throws InterruptedException if the thread is interrupted
     * @throws MeshosException of kind "timeout" if that did not happen in time
     */
    public void flush(long daemonId, Duration timeout) throws InterruptedException {
        flush(daemonId, Times.milliseconds("timeout", timeout));
    }

    private void flush(long daemonId, long leftMs) throws InterruptedException {
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            long piece = leftMs == Times.FOREVER ? Times.PIECE_MS : Math.min(leftMs, Times.PIECE_MS);
            int status = Calls.net_meshos_ext_flush(handle, daemonId, piece);
            if (status == 0) {
                return;
            }
            MeshosException error = MeshosException.last(status);
            leftMs = leftMs == Times.FOREVER ? leftMs : leftMs - piece;
            if (leftMs == 0 || !error.kind().equals("timeout")) {
                throw error;
            }
        }
    }

    /**
     * Sends the outputs of all daemons to a function. When this has returned, the function that was set before is not
     * running any more. What the function throws goes to Java's logger "net.meshos".
     *
     * @param function gets the outputs; null: nobody does
     */
    public void setOutput(Consumer<Output> function) {
        long number = function == null ? 0 : Bridge.addOutput(function);
        replace(output, number,
            Calls.net_meshos_ext_set_output(handle, function == null ? null : Bridge.OUTPUT, number));
    }

    /**
     * Sends the log lines that come from now on to a function, as {@link #setOutput} does with outputs.
     *
     * @param least the least level
     * @param function gets the lines; null: nobody does
     */
    public void onLog(LogLevel least, Consumer<LogRecord> function) {
        long number = function == null ? 0 : Bridge.addLog(function);
        replace(log, number,
            Calls.net_meshos_ext_on_log(handle, least.ordinal(), function == null ? null : Bridge.LOG, number));
    }

    private static void replace(AtomicLong current, long number, int status) {
        if (status != 0) {
            MeshosException error = MeshosException.last(status);
            Bridge.removeFunction(number);
            throw error;
        }
        Bridge.removeFunction(current.getAndSet(number));
    }

    /**
     * Sends the outputs of one daemon to another as events.
     *
     * @param fromId whose outputs
     * @param toId who gets them
     */
    public void subscribe(long fromId, long toId) {
        MeshosException.check(Calls.net_meshos_ext_subscribe(handle, fromId, toId));
    }

    /**
     * Ends a subscription.
     *
     * @param fromId whose outputs
     * @param toId who got them
     */
    public void unsubscribe(long fromId, long toId) {
        MeshosException.check(Calls.net_meshos_ext_unsubscribe(handle, fromId, toId));
    }

    // State.

    /**
     * Takes a daemon's state, between two events.
     *
     * @param daemonId the daemon
     * @return null if it gave none
     * @throws MeshosException of kind "callback_failed", whose cause is what the callback threw
     */
    public byte[] snapshot(long daemonId) {
        long[] out = new long[1];
        long[] length = new long[1];
        try (Raised raised = new Raised("snapshot")) {
            MeshosException.check(Calls.net_meshos_ext_snapshot(handle, daemonId, out, length));
            if (out[0] == 0 && raised.found() != null) {
                MeshosException error = new MeshosException("callback_failed", "snapshot threw " + raised.found(), -2);
                error.initCause(raised.found());
                throw error;
            }
        }
        if (out[0] == 0) {
            return null;
        }
        try {
            return Calls.bytes(new com.sun.jna.Pointer(out[0]), length[0]);
        } finally {
            Calls.net_meshos_ext_free_bytes(out[0], length[0]);
        }
    }

    /**
     * Gives a daemon its state back, between two events.
     *
     * @param daemonId the daemon
     * @param state what {@link #snapshot} returned
     * @throws MeshosException of kind "restore_failed", whose cause is what the callback threw
     */
    public void restore(long daemonId, byte[] state) {
        try (Raised raised = new Raised("restore")) {
            raised.check(Calls.net_meshos_ext_restore(handle, daemonId, state, state.length));
        }
    }

    // Control.

    /**
     * Starts a drain.
     *
     * @param drain how long it may take; zero: as long as the configuration says
     */
    public void enterMaintenance(Duration drain) {
        MeshosException.check(Calls.net_meshos_ext_enter_maintenance(handle,
            drain.isZero() ? 0 : Times.milliseconds("drain", drain)));
    }

    /** Ends maintenance. */
    public void exitMaintenance() {
        MeshosException.check(Calls.net_meshos_ext_exit_maintenance(handle));
    }

    /**
     * Stops a daemon; it stays registered and can be restarted.
     *
     * @param daemonId the daemon
     * @param grace the time that it has
     */
    public void stop(long daemonId, Duration grace) {
        MeshosException.check(
            Calls.net_meshos_ext_stop_daemon(handle, daemonId, Times.milliseconds("grace", grace)));
    }

    /**
     * Restarts a daemon that was stopped, or releases one that is held after failures.
     *
     * @param daemonId the daemon
     */
    public void restart(long daemonId) {
        MeshosException.check(Calls.net_meshos_ext_restart_daemon(handle, daemonId));
    }

    /**
     * How many control events didn't fit into the channels of the daemons that are registered now.
     *
     * @return their number
     * @throws MeshosException of kind "already_shutdown" if the SDK has ended
     */
    public long droppedControlEvents() {
        long count = Calls.net_meshos_sdk_dropped_control_events(handle);
        if (count == UNKNOWN) {
            throw new MeshosException("already_shutdown", "the SDK has been shut down", -4);
        }
        return count;
    }

    // Looking.

    /**
     * Log lines, oldest first.
     *
     * @param afterSeq those with numbers above
     * @param max at most so many; 0: all that are kept
     * @return a JSON array
     */
    public String logsJson(long afterSeq, long max) {
        return Calls.text(Calls.net_meshos_ext_logs_json(handle, afterSeq, max));
    }

    /**
     * The state of the SDK and its daemons.
     *
     * @return a JSON object; runtime-json.md describes its keys
     */
    public String runtimeJson() {
        return Calls.text(Calls.net_meshos_ext_runtime_json(handle));
    }

    /**
     * What {@link #runtimeJson} shows, as OpenMetrics text for an endpoint that Prometheus reads.
     *
     * @return the text
     */
    public String metrics() {
        return Calls.text(Calls.net_meshos_ext_metrics(handle));
    }

    /**
     * One daemon as {@link #runtimeJson} shows it.
     *
     * @param daemonId the daemon
     * @return a JSON object
     */
    public String daemonJson(long daemonId) {
        return Calls.text(Calls.net_meshos_ext_daemon_json(handle, daemonId));
    }
}
