package net.meshos;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * A daemon of an SDK, made by {@link Sdk#register}. It stays registered until it is closed, whether this object is kept
 * or not. All methods may be called from any thread. Ids are unsigned.
 */
public final class Daemon implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Sdk sdk;
    private final long handle;
    private final DaemonSide side;
    private final long id;
    private final String name;
    private final Cleaner.Cleanable cleanable;

    Daemon(Sdk sdk, long handle, DaemonSide side) {
        this.sdk = sdk;
        this.handle = handle;
        this.side = side;
        this.id = Calls.net_meshos_handle_daemon_id(handle);
        this.name = Calls.constant(Calls.net_meshos_handle_daemon_name(handle));
        // For a daemon that nobody closes: the SDK keeps it, so that is after the SDK's end.
        this.cleanable = CLEANER.register(this, () -> Calls.net_meshos_handle_free(handle));
    }

    /**
     * The daemon's id.
     *
     * @return an unsigned number
     */
    public long id() {
        return id;
    }

    /**
     * The daemon's id as people read it.
     *
     * @return 16 hexadecimal digits
     */
    public String idHex() {
        return String.format("%016x", id);
    }

    /**
     * The name that it was registered with.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * What a callback of this daemon threw last.
     *
     * @return null if none threw
     */
    public Throwable lastException() {
        return side == null ? null : side.lastException();
    }

    /**
     * Ends the daemon at once and frees it. Returns when none of its callbacks runs or will run; called from inside one
     * it returns at once. Closing twice does nothing.
     */
    @Override
    public void close() {
        cleanable.clean();
        sdk.forget(this);
    }

    /**
     * Has the daemon process an event on this thread, after those posted before.
     *
     * @param payload the event's bytes
     * @return what it emitted
     */
    public List<Output> deliver(byte[] payload) {
        return sdk.deliver(id, new Event(payload));
    }

    /**
     * Puts an event into the daemon's inbox and returns.
     *
     * @param payload the event's bytes
     * @throws QueueFullException if there is no room
     */
    public void post(byte[] payload) {
        sdk.post(id, new Event(payload));
    }

    /**
     * Puts an event into the daemon's inbox and returns.
     *
     * @param event the event
     * @throws QueueFullException if there is no room
     */
    public void post(Event event) {
        sdk.post(id, event);
    }

    /**
     * Takes the oldest control event.
     *
     * @return null if there is none
     */
    public ControlEvent tryNextControl() {
        ByteBuffer out = Scratch.ofThread().control();
        MeshosException.check(Calls.net_meshos_try_next_control(handle, out));
        return Scratch.read(out);
    }

    /**
     * Waits for a control event, without limit.
     *
     * @return null if the SDK or this daemon has ended
     * @throws InterruptedException if the thread is interrupted
     */
    public ControlEvent nextControl() throws InterruptedException {
        return nextControl(Times.FOREVER);
    }

    /**
     * Waits for a control event.
     *
     * @param timeout how long at most
     * @return null if that is over, or the SDK or this daemon has ended
     * @throws InterruptedException if the thread is interrupted
     */
    public ControlEvent nextControl(Duration timeout) throws InterruptedException {
        return timeout.isZero() ? tryNextControl() : nextControl(Times.milliseconds("timeout", timeout));
    }

    private ControlEvent nextControl(long leftMs) throws InterruptedException {
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            long piece = leftMs == Times.FOREVER ? Times.PIECE_MS : Math.min(leftMs, Times.PIECE_MS);
            ByteBuffer out = Scratch.ofThread().control();
            long begin = System.nanoTime();
            MeshosException.check(Calls.net_meshos_next_control(handle, piece, out));
            ControlEvent event = Scratch.read(out);
            // The library never says before the time is over that there was none, unless nothing will come.
            if (event != null || System.nanoTime() - begin < piece * 1_000_000) {
                return event;
            }
            if (leftMs != Times.FOREVER) {
                leftMs -= piece;
                if (leftMs == 0) {
                    return null;
                }
            }
        }
    }

    /** Says that the daemon has finished after SHUTDOWN, so that nobody waits for the rest of its grace time. */
    public void done() {
        MeshosException.check(Calls.net_meshos_ext_daemon_done(handle));
    }

    /**
     * Sends SHUTDOWN, waits for the grace time or until {@link #done()}, and ends the daemon. It must still be closed.
     *
     * @param grace the time that it has
     */
    public void gracefulShutdown(Duration grace) {
        MeshosException.check(Calls.net_meshos_graceful_shutdown(handle, Times.milliseconds("grace", grace)));
        sdk.forget(this);
    }

    /**
     * Logs a line. It never waits.
     *
     * @param level how much it matters
     * @param message the line
     * @throws MeshosException of kind "queue_full" if there is no room now
     */
    public void log(LogLevel level, String message) {
        byte[] text = message.getBytes(StandardCharsets.UTF_8);
        MeshosException.check(Calls.net_meshos_publish_log(handle, level.ordinal(), text, text.length));
    }

    /**
     * Says what the daemon can do, in place of what it said before; without tags nothing.
     *
     * @param tags such as "hardware.gpu"
     */
    public void publishCapabilities(String... tags) {
        byte[] text = Json.array(List.of(tags)).getBytes(StandardCharsets.UTF_8);
        MeshosException.check(Calls.net_meshos_publish_capabilities(handle, text, text.length));
    }

    /**
     * The state of the node as the daemon has seen it last.
     *
     * @return a JSON object
     */
    public String metadata() {
        return Calls.text(Calls.net_meshos_metadata(handle));
    }

    /**
     * The present state of the node.
     *
     * @return a JSON object
     */
    public String refreshMetadata() {
        return Calls.text(Calls.net_meshos_refresh_metadata(handle));
    }

    @Override
    public String toString() {
        return "Daemon[" + name + " " + idHex() + "]";
    }
}
